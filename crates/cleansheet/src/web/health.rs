//! Two pages for machines: that the program lives, and that it can work. They tell strangers nothing else.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use crate::{app::App, health};

/// `GET /healthz` — looks at nothing: an answer means that the program runs.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz` — one line for each thing that has to work; 503 when one does not.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let checks = health::checks(&app).await;
    let mut lines = String::new();
    for check in checks.iter() {
        let _writing_to_a_string_cannot_fail = writeln!(lines, "{}: {}", check.name, check.word);
    }
    let fine = checks.iter().all(health::Check::is_fine);
    let status = if fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, lines).into_response()
}
