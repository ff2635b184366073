//! The access review: one screen with every permission and every right beside us, to be kept or removed with a thumb.
//! Each press is kept at once, so that nothing is lost when the sign-in ends midway.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    accounts::{
        AccountError, Accounts,
        review::{self, Decision, Of, ReviewError},
    },
    settings::{SeasonEnd, Settings},
};
use cleansheet_terms::{AccessLineId, AccessReviewId, Date, day_in_london};

use super::{Names, Search};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::Csv, fields::Fields, layout::Page, parts, problem::show},
};

/// One review in the list.
struct Line {
    id: String,
    begun: String,
    by: String,
    say: String,
    state: &'static str,
    word: &'static str,
}

#[derive(Template)]
#[template(path = "accounts/reviews.html")]
struct List {
    page: Page,
    lines: Vec<Line>,
    /// One runs.
    running: bool,
    next: String,
    next_words: String,
    today: String,
    season: SeasonEnd,
}

/// One permission or right in a review.
struct Item {
    id: String,
    channel: String,
    holder: String,
    about: String,
    /// It is a right on the network itself.
    native: bool,
    state: &'static str,
    word: &'static str,
    /// Who decided it and when, or what became of it.
    say: String,
    /// May still be decided.
    open: bool,
    /// May be changed from keep to remove, or for a right beside us either way.
    kept: bool,
}

#[derive(Template)]
#[template(path = "accounts/review.html")]
struct Show {
    page: Page,
    id: String,
    words: String,
    begun: String,
    lapses: String,
    over: bool,
    decided: usize,
    all: usize,
    open: Vec<Item>,
    done: Vec<Item>,
}

/// `GET /accounts/reviews` — every review, and when the next one begins.
pub(in crate::web) async fn list(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let names = Names::load(&mut tx).await?;
    let all = Accounts(&mut tx).reviews().await?;
    let next = Settings(&mut tx).next_access_review(today).await?;
    show(&List {
        running: all.first().is_some_and(|one| one.is_open_on(today)),
        lines: all.into_iter().map(|one| line(&one, &names, today)).collect(),
        next: next.to_string(),
        next_words: clock_words::day(next),
        today: today.to_string(),
        season: Settings(&mut tx).season_end().await?,
        page,
    })
}

fn line(one: &review::Review, names: &Names, today: Date) -> Line {
    let (state, word) = match (one.is_open_on(today), one.undecided) {
        (true, 0) => ("ok", "Decided"),
        (true, _) => ("hold", "Waiting"),
        (false, 0) => ("ok", "Over"),
        (false, _) => ("stop", "Lapsed"),
    };
    let left = if one.is_open_on(today) { "wait" } else { "were not decided" };
    Line {
        id: one.id.to_string(),
        begun: clock_words::day(day_in_london(one.begun)),
        by: one
            .by
            .as_ref()
            .map_or_else(|| "began by itself".to_owned(), |by| format!("begun by {}", names.of(by))),
        say: format!("{} of {} {left}", one.undecided, one.lines),
        state,
        word,
    }
}

/// `POST /accounts/reviews` — begins one now.
pub(in crate::web) async fn begin(State(app): State<Arc<App>>, me: Signed) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let id = Accounts(&mut tx).begin_review(Some(&me.person.id), clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/reviews/{id}")))
}

/// `POST /accounts/season` — when permissions end unless somebody says otherwise.
pub(in crate::web) async fn season(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let number = |name: &str| fields.one(name).trim().parse::<i8>().unwrap_or_default();
    let end = SeasonEnd::new(number("month"), number("day"));
    let end = end.map_err(|error| Problem::Wrong(error.to_string()))?;
    let mut tx = app.records.begin().await?;
    Settings(&mut tx).set_season_end(end, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/accounts/reviews"))
}

/// `POST /accounts/next-review` — when the next review begins by itself.
pub(in crate::web) async fn next(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let wrong = || Problem::Wrong("choose a day within the next twelve months".into());
    let day: Date = fields.one("next").parse().map_err(|_| wrong())?;
    let days = (day - day_in_london(app.clock.now())).get_days();
    if !(0..=366).contains(&days) {
        return Err(wrong());
    }
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    Settings(&mut tx).set_next_access_review(day, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to("/accounts/reviews"))
}

/// `GET /accounts/reviews/{review}` — everything in it: what waits on top.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(review): Path<String>,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let (one, items) = items(&app, &review, &search).await?;
    let all = items.len();
    let (open, done): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.open);
    let over = !one.is_open_on(day_in_london(app.clock.now()));
    show(&Show {
        page,
        id: one.id.to_string(),
        words: search.words,
        begun: clock_words::day(day_in_london(one.begun)),
        lapses: clock_words::day(one.lapses),
        over,
        decided: all - open.len(),
        all,
        open,
        done,
    })
}

/// `GET /accounts/reviews/{review}/result.csv` — who decided what, and when.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Path(review): Path<String>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let (_, items) = items(&app, &review, &search).await?;
    let row = |item: Item| {
        let kind = if item.native { "on the network itself" } else { "permission" };
        vec![item.holder, item.channel, kind.to_owned(), item.about, item.word.to_owned(), item.say]
    };
    Ok(Csv {
        name: "access-review",
        headings: &["Who", "Account", "Kind", "What for", "Result", "Decided"],
        rows: items.into_iter().map(row).collect(),
    })
}

async fn items(app: &App, id: &str, search: &Search) -> Result<(review::Review, Vec<Item>), Problem> {
    let id = AccessReviewId::parse(id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let one = Accounts(&mut tx).review(&id).await?.ok_or(Problem::NotFound)?;
    let names = Names::load(&mut tx).await?;
    let over = !one.is_open_on(day_in_london(app.clock.now()));
    let lines = Accounts(&mut tx).lines(&id).await?.into_iter();
    let lines = lines.filter(|line| search.finds(&[&line.holder, &line.channel_name, &line.what]));
    Ok((one, lines.map(|line| item(line, &names, over)).collect()))
}

fn item(line: review::Line, names: &Names, over: bool) -> Item {
    let native = matches!(line.of, Of::Native(_));
    let by = line.decided.as_ref().map(|(_, by, at)| names.on(&(by.clone(), *at)));
    let decision = line.decided.as_ref().map(|(decision, ..)| *decision);
    let (state, word) = match decision {
        Some(Decision::Keep) => ("ok", "Kept"),
        Some(Decision::Remove) if native && !line.ended => ("hold", "To be removed there"),
        Some(Decision::Remove) => ("off", "Removed"),
        None if line.ended => ("off", "Ended meanwhile"),
        None if over && native => ("stop", "Not decided"),
        None if over => ("stop", "Lapsed"),
        None => ("hold", "Waiting"),
    };
    let about = match line.until {
        Some(until) => format!("{}, until {}", line.what, clock_words::day(until)),
        None => line.what.clone(),
    };
    Item {
        id: line.id.to_string(),
        channel: line.channel_name.clone(),
        open: !over && line.is_undecided(),
        kept: !over && !line.ended && decision == Some(Decision::Keep),
        holder: line.holder,
        about,
        native,
        state,
        word,
        say: by.unwrap_or_default(),
    }
}

/// `POST /accounts/reviews/lines/{line}` — keep or remove; kept before the next page is there.
pub(in crate::web) async fn decide(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(line): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = AccessLineId::parse(&line).map_err(|_| Problem::NotFound)?;
    let decision = Decision::parse(fields.one("do"));
    let decision = decision.map_err(|_| Problem::Wrong("keep it or remove it".into()))?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let line = Accounts(&mut tx).decide_line(&id, decision, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/accounts/reviews/{}#next", line.review)))
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Missing => Self::NotFound,
            ReviewError::Running | ReviewError::Nothing | ReviewError::Over | ReviewError::Ended => {
                Self::Conflict(error.to_string())
            }
            ReviewError::Person(error) => error.into(),
            ReviewError::Account(AccountError::NoGrant(_)) => Self::Conflict(ReviewError::Ended.to_string()),
            ReviewError::Account(error) => error.into(),
            ReviewError::Store(error) => error.into(),
        }
    }
}
