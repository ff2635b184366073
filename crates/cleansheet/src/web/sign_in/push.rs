//! "Tell this phone when a post waits": a browser subscribes with its own push service, and ends it again.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect},
};
use cleansheet_records::sign_ins::pushes::{PushError, PushId, Pushes};

use crate::{
    app::App,
    push,
    web::{Problem, Signed, client::Client, fields::Fields},
};

const WORKER: &str = include_str!("../assets/sw.js");

/// `GET /sw.js` — the worker of a browser that is told by push. It keeps no page.
pub(in crate::web) async fn worker() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"))], WORKER)
}

/// `POST /me/push` — this browser is told from now on.
pub(in crate::web) async fn keep(
    State(app): State<Arc<App>>,
    me: Signed,
    client: Client,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let endpoint = fields.one("endpoint");
    if me.sign_in.shared_device {
        return Err(Problem::Wrong("others use this device too; do it on your own phone".into()));
    }
    if push::allowed(endpoint, app.settings.push_service.as_deref()).is_none() {
        return Err(Problem::Wrong(
            "this browser uses a push service we do not know; mail still tells you".into(),
        ));
    }
    let mut tx = app.records.begin().await?;
    let browser = (endpoint, client.device.as_str());
    Pushes(&mut tx).keep(&me.person.id, browser, &app.sealer, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me#push"))
}

/// `POST /me/push/{push}/end` — it is not told any more.
pub(in crate::web) async fn end(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PushId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    if !Pushes(&mut tx).end_own(&me.person.id, &id).await? {
        return Err(Problem::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to("/me#push"))
}

impl From<PushError> for Problem {
    fn from(error: PushError) -> Self {
        match error {
            PushError::TooMany => Self::Conflict(error.to_string()),
            PushError::Seal(error) => Self::internal(&error),
            PushError::Store(error) => error.into(),
        }
    }
}
