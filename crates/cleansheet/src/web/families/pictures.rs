//! The pictures that show somebody, for those alone who may know that they are in them.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use cleansheet_records::{Tx, withdrawals};
use cleansheet_terms::{Digest, OrderId, ParticipantId, day_in_london};
use tokio::task::spawn_blocking;

use super::Me;
use crate::{app::App, web::Problem};

/// `GET /g/pictures/{order}/{digest}`, `GET /own/pictures/{order}/{digest}` — exactly what is public.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Me,
    Path((order, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (order, digest) =
        OrderId::parse(&order).ok().zip(Digest::parse(&digest).ok()).ok_or(Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    if !shows_one_of_theirs(&app, &mut tx, &me, &order, &digest).await? {
        return Err(Problem::NotFound);
    }
    drop(tx);
    let media = app.media.clone();
    let bytes =
        spawn_blocking(move || media.rendition(&digest)).await.map_err(|e| Problem::internal(&e))??;
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"picture.jpg\"")),
    ];
    Ok((headers, bytes).into_response())
}

async fn shows_one_of_theirs(
    app: &App,
    tx: &mut Tx,
    me: &Me,
    order: &OrderId,
    digest: &Digest,
) -> Result<bool, Problem> {
    let theirs: Vec<ParticipantId> = match me {
        Me::Guardian(guardian) => {
            let today = day_in_london(app.clock.now());
            super::children(tx, guardian, today).await?.into_iter().map(|child| child.id).collect()
        }
        Me::Participant(own) => vec![own.participant.id.clone()],
    };
    for one in &theirs {
        let pictures = withdrawals::pictures_in(tx, one, order).await?;
        if pictures.iter().any(|picture| picture.digest == *digest) {
            return Ok(true);
        }
    }
    Ok(false)
}
