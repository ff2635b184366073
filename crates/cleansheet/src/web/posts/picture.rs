//! Pictures for people who may see the post. Nothing of them stays in a cache.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use cleansheet_terms::{ChannelId, PhotoId, PostId};

use super::desk;
use crate::{
    app::App,
    web::{Problem, Signed},
};

/// `GET /posts/{id}/photos/{photo}/picture` — the photo before faces are covered, for its author.
pub(in crate::web) async fn original(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((post, photo)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (post, photo) = ids(&post, &photo)?;
    Ok(jpeg(desk::original(&app, &me, &post, &photo).await?))
}

/// `GET /posts/{id}/photos/{photo}/published/{channel}` — exactly the bytes that go out.
pub(in crate::web) async fn published(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((post, photo, channel)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (post, photo) = ids(&post, &photo)?;
    let channel = ChannelId::parse(&channel).map_err(|_| Problem::NotFound)?;
    Ok(jpeg(desk::rendition(&app, &me, &post, &photo, &channel).await?))
}

fn ids(post: &str, photo: &str) -> Result<(PostId, PhotoId), Problem> {
    PostId::parse(post).ok().zip(PhotoId::parse(photo).ok()).ok_or(Problem::NotFound)
}

/// A picture to look at.
pub(in crate::web) fn jpeg(bytes: Vec<u8>) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"picture.jpg\"")),
    ];
    (headers, bytes).into_response()
}
