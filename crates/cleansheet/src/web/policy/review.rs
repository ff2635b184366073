//! The review of the policy: what is out of date, what was answered, two signatures, and when the next one is due.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_policy::INTERPRETATIONS;
use cleansheet_records::{
    Tx,
    review::{Item, Readings, Review, ReviewClock, Reviews, items, may_review, not_here, on_the_cover},
};
use cleansheet_terms::{Date, Digest, PersonId, day_in_london};

use super::{item, name_of, people_in_words};
use crate::{
    app::App,
    policy_clock,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// Where the policy's clock stands, in words.
struct Clock {
    state: &'static str,
    state_word: &'static str,
    word: String,
    last: String,
    last_by: String,
    next: String,
    next_by: String,
    /// Whom the policy's cover names for it without their being here.
    missing: Option<String>,
    /// What is out of date in the policy on paper.
    out_of_date: Vec<String>,
}

/// One thing that is asked.
struct Line {
    name: String,
    title: String,
    state: &'static str,
    word: &'static str,
    words: String,
}

/// Somebody who may review.
struct Choice {
    id: String,
    name: String,
    roles: String,
    ticked: bool,
}

/// The review under way.
struct UnderWay {
    seal: String,
    lines: Vec<Line>,
    answered: usize,
    /// The next one without an answer.
    next: Option<String>,
    /// This person may answer.
    mine: bool,
    reviewers: String,
    /// Who signed it as it is, and when.
    signed: Option<String>,
    /// This person signed it.
    by_me: bool,
    /// It was signed, and something was changed since.
    changed: bool,
    /// The program has another version than the one under review.
    other_version: bool,
}

#[derive(Template)]
#[template(path = "policy/review.html")]
struct Overview {
    page: Page,
    clock: Clock,
    under_way: Option<UnderWay>,
    reviewers: Vec<Choice>,
    next: Vec<Choice>,
    /// Words without a signed reading.
    open_readings: usize,
    /// One sentence for each review that was done.
    done: Vec<String>,
}

/// `GET /policy/review` — where it stands.
pub(in crate::web) async fn overview(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let clock = ReviewClock::read(&mut tx, &app.settings.profile.on_paper()).await?;
    let review = Reviews(&mut tx).under_way().await?;
    let last = Reviews(&mut tx).last_done().await?;
    let mut named: BTreeSet<PersonId> = match (&review, &last) {
        (Some(review), _) => review.reviewers.clone(),
        (None, Some(last)) => last.next.clone(),
        (None, None) => on_the_cover(&mut tx, &clock).await?.into_iter().map(|one| one.id).collect(),
    };
    let next = match &review {
        Some(review) if !review.next.is_empty() => review.next.clone(),
        _ => named.iter().cloned().chain([me.person.id.clone()]).collect(),
    };
    named.remove(&me.person.id);
    let reviewers = choices(&mut tx, &named, Some(&me.person.id)).await?;
    let next = choices(&mut tx, &next, None).await?;
    let mut under_way = None;
    if let Some(review) = &review {
        under_way = Some(standing(&mut tx, &app, review, &me, clock.last.last_day()).await?);
    }
    let open_readings = INTERPRETATIONS.len() - Readings(&mut tx).in_force().await?.len();
    let done = done(&mut tx).await?;
    let missing = not_here(&mut tx, &clock).await?;
    drop(tx);
    let clock = in_words(&clock, &missing, &app);
    show(&Overview { page, clock, under_way, reviewers, next, open_readings, done })
}

/// `POST /policy/review/begin` — the Manager begins, or says anew who reviews.
pub(in crate::web) async fn begin(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let reviewers = people(&fields, "reviewer")?;
    let mut tx = app.records.begin().await?;
    Reviews(&mut tx).begin(&reviewers, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/policy/review"))
}

/// `POST /policy/review/sign` — the Manager signs exactly what the page showed.
pub(in crate::web) async fn sign(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (seen, next) = (seen(&fields)?, people(&fields, "next")?);
    let mut tx = app.records.begin().await?;
    let (paper, clock, mut chance) = (app.settings.profile.on_paper(), &*app.clock, &app.entropy);
    Reviews(&mut tx).sign(&paper, &seen, &next, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to("/policy/review"))
}

/// `POST /policy/review/confirm` — a second reviewer confirms exactly what the page showed.
pub(in crate::web) async fn confirm(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let seen = seen(&fields)?;
    let mut tx = app.records.begin().await?;
    Reviews(&mut tx).confirm(&seen, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/policy/review"))
}

fn seen(fields: &Fields) -> Result<Digest, Problem> {
    let again = || Problem::Wrong("sign on the page of the review, where you can read what you sign".into());
    Digest::parse(fields.one("seen")).map_err(|_| again())
}

fn people(fields: &Fields, name: &str) -> Result<BTreeSet<PersonId>, Problem> {
    fields.all(name).map(|id| PersonId::parse(id).map_err(|_| Problem::NotFound)).collect()
}

async fn choices(
    tx: &mut Tx,
    ticked: &BTreeSet<PersonId>,
    without: Option<&PersonId>,
) -> Result<Vec<Choice>, Problem> {
    let people = may_review(tx).await?.into_iter().filter(|person| Some(&person.id) != without);
    let choices = people.map(|person| Choice {
        ticked: ticked.contains(&person.id),
        roles: person.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        id: person.id.to_string(),
        name: person.name,
    });
    Ok(choices.collect())
}

async fn standing(
    tx: &mut Tx,
    app: &App,
    review: &Review,
    me: &Signed,
    last: Date,
) -> Result<UnderWay, Problem> {
    let all = items(last);
    let lines: Vec<Line> = all.iter().map(|one| line(app, review, *one)).collect();
    let next = all.iter().find(|item| !review.answers.contains_key(item)).map(|item| item.name());
    let mut names = Vec::new();
    for id in &review.reviewers {
        names.push(name_of(tx, id).await?);
    }
    let mut signed = None;
    if let Some(signature) = review.signed_as_it_is() {
        let name = name_of(tx, &signature.by).await?;
        signed = Some(format!("{name} signed it, {}", clock_words::moment(signature.at)));
    }
    let is_manager = me.person.roles.contains(&cleansheet_terms::Role::Manager);
    Ok(UnderWay {
        seal: review.seal.to_string(),
        answered: lines.iter().filter(|line| line.state != "off").count(),
        lines,
        next,
        mine: is_manager || review.reviewers.contains(&me.person.id),
        reviewers: people_in_words(&names),
        by_me: review.signed.as_ref().is_some_and(|signature| signature.by == me.person.id),
        changed: review.signed.is_some() && signed.is_none(),
        signed,
        other_version: review.version != app.policy.hash(),
    })
}

fn line(app: &App, review: &Review, one: Item) -> Line {
    let answer = review.answers.get(&one);
    let (state, word) = match answer.map(|answer| answer.keep) {
        None => ("off", "Not answered"),
        Some(true) => ("ok", item::kept(one)),
        Some(false) => ("hold", "Wanted otherwise"),
    };
    Line {
        name: one.name(),
        title: item::title(app, one),
        state,
        word,
        words: answer.map(|answer| answer.words.clone()).unwrap_or_default(),
    }
}

async fn done(tx: &mut Tx) -> Result<Vec<String>, Problem> {
    let mut done = Vec::new();
    for review in Reviews(tx).all().await? {
        let (Some(signature), Some((second, at))) = (&review.signed, &review.confirmed) else { continue };
        let wanted = review.answers.values().filter(|answer| !answer.keep).count();
        done.push(format!(
            "{}: {} signed, {} confirmed; {} wanted otherwise",
            clock_words::day(day_in_london(*at)),
            name_of(tx, &signature.by).await?,
            name_of(tx, second).await?,
            clock_words::count(wanted, "thing", "things"),
        ));
    }
    Ok(done)
}

fn in_words(clock: &ReviewClock, missing: &[String], app: &App) -> Clock {
    let today = day_in_london(app.clock.now());
    let overdue = clock.months_overdue(today).is_some();
    let (state, state_word) = match (overdue, clock.days_left(today)) {
        (true, _) => ("stop", "Overdue"),
        (false, ..=60) => ("hold", "Soon"),
        (false, _) => ("ok", "Fine"),
    };
    Clock {
        state,
        state_word,
        word: clock.in_words(today),
        last: clock.last.said(),
        last_by: people_in_words(&clock.last_by),
        next: clock.next_due.said(),
        next_by: people_in_words(&clock.next_by),
        missing: (!missing.is_empty())
            .then(|| format!("The policy’s cover names {} for the next review.", people_in_words(missing))),
        out_of_date: if clock.on_paper && overdue {
            policy_clock::out_of_date(&app.settings.profile)
        } else {
            Vec::new()
        },
    }
}
