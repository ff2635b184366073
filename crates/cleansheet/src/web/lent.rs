//! Pictures that are lent to a network which fetches them itself: each at an address that nobody can guess, for minutes.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use cleansheet_records::orders::Orders;

use super::Problem;
use crate::app::App;

const UNSEARCHED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, noarchive"));
const UNKEPT: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// `GET /lent/{secret}.jpg` — exactly that picture while it is lent, and nothing else ever.
pub(super) async fn get(State(app): State<Arc<App>>, Path(file): Path<String>) -> Result<Response, Problem> {
    let secret = file.strip_suffix(".jpg").ok_or(Problem::NotFound)?;
    let lent = Orders(&mut app.records.read().await?).lent(secret, &*app.clock).await?;
    let digest = lent.ok_or(Problem::NotFound)?;
    let media = app.media.clone();
    // Reading files blocks; it leaves the threads that answer pages alone.
    let read = tokio::task::spawn_blocking(move || media.rendition(&digest)).await;
    let bytes = read.map_err(|e| Problem::internal(&e))?.map_err(|e| Problem::internal(&e))?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(([kind, UNKEPT, UNSEARCHED], bytes).into_response())
}
