//! The second person's look: exactly what goes out, and approve or return.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_policy::Reason;
use cleansheet_terms::PostId;

use super::{
    desk::{self, Approved, Desk},
    looks::{Preview, previews},
    says,
    show::{Event, PostView, history, post_view},
    when,
};
use crate::{
    app::App,
    web::{Problem, Signed, fields::Fields, layout::Page, parts, parts::Notice, problem::show},
};

#[derive(Template)]
#[template(path = "posts/approve.html")]
struct Approve {
    page: Page,
    post: PostView,
    content: String,
    fingerprint: String,
    previews: Vec<Preview>,
    missing: Vec<Notice>,
    notices: Vec<Notice>,
    more: Vec<Notice>,
    fine: Vec<(u8, String)>,
    history: Vec<Event>,
    act_says: String,
    act: String,
}

/// `GET /posts/{id}/approve` — the post as it will go out.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let desk = desk::load(&app, &me, &id).await?;
    if desk.stage != "submitted" {
        return Ok(Redirect::to(&format!("/posts/{id}")).into_response());
    }
    desk::opened(&app, &me, &id).await?;
    Ok(show(&view(&app, &me, page, &desk, None).await?)?.into_response())
}

async fn view(
    app: &App,
    me: &Signed,
    page: Page,
    desk: &Desk,
    refused: Option<Vec<Reason>>,
) -> Result<Approve, Problem> {
    let verdict = desk::would_approve(app, me, &desk.id).await?;
    let at = format!("/posts/{}", desk.id);
    let notices = says::reasons(&verdict.reasons, desk, &at);
    let missing = refused.map(|reasons| says::reasons(&reasons, desk, &at)).unwrap_or_default();
    let (notices, more) = says::folded(if missing.is_empty() { notices } else { Vec::new() });
    Ok(Approve {
        post: post_view(desk),
        fingerprint: fingerprint(&desk.content),
        content: desk.content.clone(),
        previews: previews(app, desk, true),
        missing,
        notices,
        more,
        fine: says::fine(&verdict, app.policy.clauses()),
        history: history(desk),
        act_says: if desk.mine {
            "It needs a second person: somebody else has to approve your post.".to_owned()
        } else {
            when::approving(desk)
        },
        act: when::approve(desk),
        page,
    })
}

/// The beginning of a hash, in fours, for people to compare.
fn fingerprint(content: &str) -> String {
    let letters: Vec<char> = content.chars().take(16).collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// `POST /posts/{id}/approve` — lets exactly what was shown go out.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    match desk::approve(&app, &me, &id, fields.one("content")).await? {
        Approved::Yes => Ok(Redirect::to(&format!("/posts/{id}")).into_response()),
        Approved::No(reasons) => {
            let desk = desk::load(&app, &me, &id).await?;
            let page = show(&view(&app, &me, page, &desk, Some(reasons)).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /posts/{id}/return` — back to the author with a line about what would make it ready.
pub(in crate::web) async fn give_back(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let note = fields.one("note").trim();
    if note.is_empty() {
        return Err(Problem::Wrong("say in a line what would make the post ready, then return it".into()));
    }
    desk::give_back(&app, &me, &id, note).await?;
    Ok(Redirect::to("/posts?show=submitted"))
}
