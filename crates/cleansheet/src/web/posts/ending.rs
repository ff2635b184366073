//! What is public for its last weeks: the list, the wish to keep a post, and the second person's answer.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use cleansheet_policy::Reason;
use cleansheet_records::{
    approval::renewal::{self, Kept, RenewalError},
    consents::Purpose,
    facts::Seat,
    orders::{Ending, EndingPlace, Order, OrderState, Orders},
    people::People,
    settings::{MONTHS, Settings},
};
use cleansheet_terms::{OrderId, day_in_london};
use serde::Deserialize;

use super::{
    desk::{self, Desk},
    looks::{Preview, previews},
    says,
    show::{PostView, post_view},
    words::title,
};
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words,
        fields::Fields,
        layout::Page,
        parts::{self, Notice},
        problem::show,
    },
};

/// Publications on a page.
const PAGE: usize = 40;

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    /// Where this page begins; empty for the first one.
    #[serde(default)]
    after: String,
}

struct Line {
    order: String,
    title: String,
    about: String,
    state: &'static str,
    word: String,
}

struct Life {
    name: &'static str,
    words: &'static str,
    months: i16,
    /// `12 months`.
    say: String,
}

#[derive(Template)]
#[template(path = "posts/ending.html")]
struct List {
    page: Page,
    lines: Vec<Line>,
    /// This is not the first page.
    later: bool,
    /// Where the next page begins.
    next: Option<String>,
    lives: Vec<Life>,
    /// How few and how many months it may be.
    bounds: (i16, i16),
}

#[derive(Template)]
#[template(path = "posts/keep.html")]
struct Keep {
    page: Page,
    order: String,
    post: PostView,
    channel: String,
    last_day: String,
    longer: String,
    previews: Vec<Preview>,
    /// Its last weeks have not come: there is nothing to decide yet.
    early: bool,
    /// Who asked, once somebody has.
    asked: Option<String>,
    may_ask: bool,
    /// This person is the second one.
    may_decide: bool,
    missing: bool,
    notices: Vec<Notice>,
    more: Vec<Notice>,
}

/// `GET /posts/ending` — what ends in the next sixty days.
pub(in crate::web) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let after = EndingPlace::parse(&search.after);
    let mut tx = app.records.read().await?;
    let (ending, next) = Orders(&mut tx).ending(app.clock.now(), after.as_ref(), PAGE).await?;
    let mut lives = Vec::new();
    for purpose in Purpose::OF_POSTS {
        let months = Settings(&mut tx).months_public(purpose).await?;
        let say = clock_words::count(usize::try_from(months).unwrap_or(0), "month", "months");
        lives.push(Life { name: purpose.as_str(), words: words(purpose), months, say });
    }
    show(&List {
        page,
        lines: ending.into_iter().map(line).collect(),
        later: after.is_some(),
        next: next.map(|place| place.to_string()),
        lives,
        bounds: (*MONTHS.start(), *MONTHS.end()),
    })
}

/// `POST /posts/ending/life` — for how long a post stays, from now on.
pub(in crate::web) async fn life(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let wrong = || Problem::Wrong("choose what the posts are for, and write a number of months".into());
    let purpose = Purpose::parse(fields.one("purpose")).map_err(|_| wrong())?;
    let months: i16 = fields.one("months").trim().parse().map_err(|_| wrong())?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let set = Settings(&mut tx).set_months_public(purpose, months, &me.person.id, clock, &mut chance).await?;
    set.map_err(|error| Problem::Wrong(error.to_string()))?;
    tx.commit().await?;
    Ok(Redirect::to("/posts/ending"))
}

/// `GET /posts/ending/{order}` — the post as the public sees it, and what becomes of it.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(order): Path<String>,
) -> Result<Response, Problem> {
    let order = known(&app, &order).await?;
    if order.state != OrderState::Published {
        return Ok(Redirect::to(&format!("/posts/{}", order.post)).into_response());
    }
    Ok(show(&view(&app, &me, page, &order, None).await?)?.into_response())
}

/// `POST /posts/ending/{order}/ask` — somebody wants it to stay.
pub(in crate::web) async fn ask(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(order): Path<String>,
) -> Result<Redirect, Problem> {
    let order = OrderId::parse(&order).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    renewal::ask(&mut tx, &order, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/posts/ending/{order}")))
}

/// `POST /posts/ending/{order}` — what the second person says.
pub(in crate::web) async fn decide(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(order): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let order = known(&app, &order).await?;
    let (seat, clock, mut chance) = (seat(&me), &*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let kept = match fields.one("answer") {
        "keep" => renewal::keep(&mut tx, &order.id, &seat, &app.rules(), clock, &mut chance).await?,
        "end" => {
            renewal::let_end(&mut tx, &order.id, &seat, clock, &mut chance).await?;
            tx.commit().await?;
            return Ok(Redirect::to("/posts/ending").into_response());
        }
        _ => return Err(Problem::Wrong("say whether to keep it or to let it end".into())),
    };
    // A refusal is a decision too, and is kept.
    tx.commit().await?;
    match kept {
        Kept::Until(_) => Ok(Redirect::to("/posts/ending").into_response()),
        Kept::No(verdict) => {
            let page = show(&view(&app, &me, page, &order, Some(verdict.reasons())).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn view(
    app: &App,
    me: &Signed,
    page: Page,
    order: &Order,
    refused: Option<Vec<Reason>>,
) -> Result<Keep, Problem> {
    let desk = desk::load(app, me, &order.post).await?;
    let mut tx = app.records.read().await?;
    let wish = renewal::waiting(&mut tx, &order.id).await?;
    let asked = match &wish {
        Some(wish) => People(&mut tx).find(&wish.by).await?.map(|person| person.name),
        None => None,
    };
    let missing = refused.is_some();
    let reasons = match refused {
        Some(reasons) => reasons,
        None => would_be_said(app, me, order).await?,
    };
    let notices = says::reasons(&reasons, &desk, &format!("/posts/{}", order.post));
    let (notices, more) = says::folded(notices);
    let (channel, longer) = (channel_name(&desk, order), longer(app, order).await?);
    let early = order.stays_anyway(app.clock.now());
    Ok(Keep {
        order: order.id.to_string(),
        post: post_view(&desk),
        last_day: order.ends.map(clock_words::day).unwrap_or_default(),
        longer,
        previews: previews(app, &desk, false).into_iter().filter(|one| one.channel == channel).collect(),
        channel,
        may_ask: wish.is_none() && page.nav.draft && !early,
        may_decide: page.nav.draft
            && wish.is_some_and(|wish| wish.by != me.person.id)
            && !desk.mine
            && !early,
        early,
        asked,
        missing,
        notices,
        more,
        page,
    })
}

/// What the policy would say to this person; nothing as long as nobody has asked.
async fn would_be_said(app: &App, me: &Signed, order: &Order) -> Result<Vec<Reason>, Problem> {
    let mut tx = app.records.read().await?;
    match renewal::would_keep(&mut tx, &order.id, &seat(me), &app.rules(), app.clock.now()).await {
        Ok(verdict) => Ok(verdict.reasons()),
        Err(RenewalError::NotAsked) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// `for another year, to 21 November 2028`.
async fn longer(app: &App, order: &Order) -> Result<String, Problem> {
    let until = Orders(&mut app.records.read().await?).would_end(order).await?;
    let from = order.ends.unwrap_or_else(|| day_in_london(app.clock.now()));
    let months = (until.year() - from.year()) * 12 + i16::from(until.month()) - i16::from(from.month());
    let span = match months {
        12 => "year".to_owned(),
        1 => "month".to_owned(),
        months => format!("{months} months"),
    };
    Ok(format!("for another {span}, to {}", clock_words::day(until)))
}

fn channel_name(desk: &Desk, order: &Order) -> String {
    let found = desk.channels.iter().find(|channel| channel.id == order.channel);
    found.map_or_else(|| "its channel".to_owned(), |channel| channel.name.clone())
}

fn seat(me: &Signed) -> Seat<'_> {
    Seat::Person { id: &me.person.id, sign_in: me.device }
}

async fn known(app: &App, order: &str) -> Result<Order, Problem> {
    let id = OrderId::parse(order).map_err(|_| Problem::NotFound)?;
    Orders(&mut app.records.read().await?).order(&id).await?.ok_or(Problem::NotFound)
}

fn line(one: Ending) -> Line {
    let left = match one.days_left {
        ..0 => "Ends now".to_owned(),
        0 => "Last day".to_owned(),
        1 => "One day left".to_owned(),
        days => format!("{days} days left"),
    };
    Line {
        order: one.order.to_string(),
        title: title(&one.caption),
        about: format!("{} · last day {}", one.channel, clock_words::day(one.last_day)),
        state: if one.asked { "hold" } else { "note" },
        word: if one.asked { format!("{left}, a second person decides") } else { left },
    }
}

fn words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::News => "News of the trust",
        Purpose::Promotion => "Adverts, posters and bids",
        Purpose::Press => "For the press",
    }
}
