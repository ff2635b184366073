//! One post: how it looks, where it is on its way, what happened to it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_policy::Action;
use cleansheet_terms::PostId;

use super::{
    desk::{self, Desk},
    looks::{Preview, previews},
    when,
    words::title,
};
use crate::{
    app::App,
    web::{Problem, Signed, Visit, clock_words, layout::Page, layout::first_name, parts, problem::show},
};

pub(super) struct PostView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) author_first: String,
    pub(super) activity: String,
    pub(super) day: String,
    pub(super) returned: Option<String>,
}

struct Step {
    word: &'static str,
    done: bool,
    now: bool,
}

struct OrderView {
    channel: String,
    say: String,
    url: Option<String>,
    look: Option<String>,
    state: &'static str,
    word: &'static str,
}

/// The accounts on which a public post did not go out.
struct Rest {
    heading: String,
    /// Their names.
    accounts: String,
    /// The post that is for them, where somebody has started it.
    completion: Option<String>,
    /// The one who looks may start it.
    may: bool,
}

/// Something that happened.
pub(super) struct Event {
    pub(super) state: &'static str,
    pub(super) instant: String,
    pub(super) at: String,
    pub(super) say: String,
}

#[derive(Template)]
#[template(path = "posts/show.html")]
struct Show {
    page: Page,
    post: PostView,
    steps: [Step; 4],
    state: (&'static str, &'static str),
    /// When it goes out, while it has not.
    planned: Option<String>,
    previews: Vec<Preview>,
    orders: Vec<OrderView>,
    /// Something of it is being taken down.
    going: bool,
    /// It is public, and did not go out on every account.
    rest: Option<Rest>,
    history: Vec<Event>,
    /// Who was told that it waits.
    told: Vec<String>,
    may_approve: bool,
    may_edit: bool,
    /// It waits for its second person or for its time, and its author may go on with it.
    may_take_back: bool,
    /// It was approved and has not left, and this second person may return it.
    may_return: bool,
    /// It was approved and has not left.
    is_approved: bool,
    /// It was stopped or taken down, and its author may send it again: the heading that says so.
    again: Option<&'static str>,
    may_correct: bool,
    may_drop: bool,
}

/// `GET /posts/{id}` — one post.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let desk = desk::load(&app, &me, &id).await?;
    let may = |action| app.policy.may(action, visit.who.visitor()).allowed;
    let acts = may(Action::DraftPost);
    let live = desk.orders.iter().any(|order| order.is_live);
    let waits = desk.stage == "submitted";
    if waits {
        desk::opened(&app, &me, &id).await?;
    }
    show(&Show {
        told: if waits { desk::told(&app, &id).await? } else { Vec::new() },
        post: post_view(&desk),
        steps: steps(&desk),
        state: desk.state,
        planned: when::planned(&desk),
        previews: previews(&app, &desk, false),
        orders: desk.orders.iter().map(order_view).collect(),
        going: desk.state.1 == "Being taken down",
        rest: rest(&desk, acts),
        history: history(&desk),
        may_approve: desk.stage == "submitted" && !desk.mine && may(Action::ApprovePost),
        may_edit: desk.may_edit && acts,
        may_take_back: (waits || desk.waits) && desk.mine && acts,
        may_return: desk.waits && !desk.mine && may(Action::ReturnPost),
        is_approved: desk.waits,
        again: (desk.stage == "stopped" && desk.mine && acts).then(|| again(&desk)),
        may_correct: live && acts,
        may_drop: acts && desk.stage != "dropped" && (desk.mine || may(Action::PausePublishing)),
        page: visit.page,
    })
}

/// `POST /posts/{id}/drop` — puts a post away; what is public is taken down.
pub(in crate::web) async fn drop(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    desk::drop_post(&app, &me, &id).await?;
    Ok(Redirect::to(&format!("/posts/{id}")))
}

/// `POST /posts/{id}/take-back` — a post that waits, was stopped, or has not left yet is its author's draft again.
pub(in crate::web) async fn take_back(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    desk::take_back(&app, &me, &id).await?;
    Ok(Redirect::to(&format!("/posts/{id}/edit")))
}

/// Never a dead end: what was shown may go, the story need not.
fn again(desk: &Desk) -> &'static str {
    if desk.state.1 == "Stopped" { "It can still go out" } else { "The story can stay" }
}

/// `POST /posts/{id}/correct` — a new draft that replaces a public post.
pub(in crate::web) async fn correct(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let copy = desk::correct(&app, &me, &id).await?;
    Ok(Redirect::to(&format!("/posts/{copy}/edit")))
}

/// `POST /posts/{id}/complete` — a new draft for the accounts on which a public post did not go out.
pub(in crate::web) async fn complete(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let copy = desk::complete(&app, &me, &id).await?;
    Ok(Redirect::to(&format!("/posts/{copy}/edit")))
}

fn rest(desk: &Desk, may: bool) -> Option<Rest> {
    let (last, before) = desk.missing.split_last()?;
    let accounts = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    let is_public = desk.orders.iter().any(|order| order.is_live);
    let heading =
        if is_public { format!("Public, but not on {accounts}") } else { format!("Not on {accounts}") };
    let completion = desk.completion.as_ref().map(|id| format!("/posts/{id}"));
    Some(Rest { heading, accounts, completion, may })
}

pub(super) fn post_view(desk: &Desk) -> PostView {
    PostView {
        id: desk.id.to_string(),
        title: title(&desk.caption),
        author: desk.author_name.clone(),
        author_first: first_name(&desk.author_name),
        activity: desk.activity.clone(),
        day: clock_words::day(desk.day),
        returned: desk.returned.clone(),
    }
}

fn steps(desk: &Desk) -> [Step; 4] {
    let live = desk.orders.iter().any(|order| order.is_live);
    let at = match desk.stage {
        "draft" | "stopped" => Some(0),
        "submitted" => Some(1),
        "dropped" => None,
        _ if live => Some(3),
        _ => Some(2),
    };
    let step = |n, word| Step { word, done: at.is_some_and(|at| n < at), now: at == Some(n) };
    [step(0, "Draft"), step(1, "Second person"), step(2, "On its way"), step(3, "Public")]
}

fn order_view(order: &desk::Order) -> OrderView {
    OrderView {
        channel: order.channel.clone(),
        say: order.say.clone(),
        url: order.url.clone(),
        look: order.look.clone(),
        state: order.state.0,
        word: order.state.1,
    }
}

pub(super) fn history(desk: &Desk) -> Vec<Event> {
    desk.history
        .iter()
        .map(|(at, state, say)| Event {
            state,
            instant: at.to_string(),
            at: clock_words::exact(*at),
            say: say.clone(),
        })
        .collect()
}
