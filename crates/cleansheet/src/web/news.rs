//! The trust's public news page, which is a channel like any other: what is in the site's folder is public.
//!
//! Everybody may read it, and it may be kept for some seconds: a story that was taken down is soon gone everywhere.

use std::{io, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use cleansheet_channels::website::Site;

use super::{Problem, layout::Page, problem::show};
use crate::app::App;

mod article;

use article::Shown;

/// Stories in the feed.
const FEED_MOST: usize = 20;
/// Stories on the page.
const PAGE_MOST: usize = 60;
const BRIEFLY: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=15"));

#[derive(Template)]
#[template(path = "news/index.html")]
struct Index {
    page: Page,
    articles: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "news/article.html")]
struct Story {
    page: Page,
    article: Shown,
}

#[derive(Template)]
#[template(path = "news/gone.html")]
struct Gone {
    page: Page,
}

#[derive(Template)]
#[template(path = "news/feed.xml")]
struct Feed {
    trust: String,
    origin: String,
    updated: String,
    articles: Vec<Shown>,
}

/// `GET /news` — the newest stories.
pub(super) async fn index(State(app): State<Arc<App>>, page: Page) -> Result<Response, Problem> {
    let articles = newest(&app, PAGE_MOST).await?;
    Ok(([BRIEFLY], show(&Index { page, articles })?).into_response())
}

/// `GET /news/feed.xml` — the same for readers of feeds.
pub(super) async fn feed(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let articles = newest(&app, FEED_MOST).await?;
    let updated =
        articles.first().map_or_else(|| app.clock.now().to_string(), |newest| newest.instant.clone());
    let feed = Feed {
        trust: app.settings.profile.trust.name.clone(),
        origin: app.settings.public_url.clone(),
        updated,
        articles,
    };
    let Html(text) = show(&feed)?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8"));
    Ok(([kind, BRIEFLY], text).into_response())
}

/// `GET /news/{key}` — one story, or a friendly word when it is not there any more.
pub(super) async fn story(
    State(app): State<Arc<App>>,
    page: Page,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    match aside(&app, move |site| site.article(&key)).await? {
        Some(article) => Ok(([BRIEFLY], show(&Story { page, article: article.into() })?).into_response()),
        None => Ok((StatusCode::NOT_FOUND, show(&Gone { page })?).into_response()),
    }
}

/// `GET /news/{key}/{file}` — a picture of a story.
pub(super) async fn picture(
    State(app): State<Arc<App>>,
    Path((key, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let bytes = aside(&app, move |site| site.picture(&key, &file)).await?.ok_or(Problem::NotFound)?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(([kind, BRIEFLY], bytes).into_response())
}

async fn newest(app: &App, most: usize) -> Result<Vec<Shown>, Problem> {
    let articles = aside(app, move |site| site.newest(most)).await?;
    Ok(articles.into_iter().map(Shown::from).collect())
}

/// Reading files blocks; it leaves the threads that answer pages alone.
async fn aside<T: Send + 'static>(
    app: &App,
    read: impl FnOnce(&Site) -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let site = app.site.clone();
    let read = tokio::task::spawn_blocking(move || read(&site)).await;
    read.map_err(|e| Problem::internal(&e))?.map_err(|e| Problem::internal(&e))
}
