//! The first page of whoever has come in: answers, pictures, one button to stop, receipts, complaints.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse, Redirect},
};
use cleansheet_records::{
    Tx,
    activities::Activities,
    complaints::{Calls, Complaints},
    consents::Giver,
    invitations::Visitor,
    sign_ins::{Browser, Came, SignIns},
    withdrawals,
};
use cleansheet_terms::day_in_london;
use serde::Deserialize;

use super::{
    About, Family, Me,
    person::{self, Person},
};
use crate::{
    app::App,
    web::{
        Problem, Visit, client::Client, fields::Fields, layout::first_name, parts, problem::show,
        sign_in::signed_in,
    },
};

#[derive(Deserialize)]
pub(in crate::web) struct Done {
    /// `yes` once answers were kept.
    #[serde(default)]
    saved: String,
    /// `asked` once somebody wants to be called.
    #[serde(default)]
    call: String,
}

/// One line of a list of receipts or complaints.
struct Past {
    to: String,
    words: String,
}

#[derive(Template)]
#[template(path = "families/answers.html")]
struct Answers {
    family: Family,
    saved: bool,
    called: bool,
    people: Vec<Person>,
    receipts: Vec<Past>,
    complaints: Vec<Past>,
    base: &'static str,
}

/// `GET /g/answers`, `GET /own` — everything of whoever is signed in.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Me,
    family: Family,
    Query(done): Query<Done>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let people = people(&app, &mut tx, &family, &me).await?;
    let receipts = receipts(&mut tx, &family, &me).await?;
    let complaints = complaints(&mut tx, &app, &family, &me).await?;
    let (saved, called) = (done.saved == "yes", done.call == "asked");
    show(&Answers { saved, called, people, receipts, complaints, base: me.base(), family })
}

/// `POST /g/call`, `POST /own/call` — somebody wants to be called in their language.
pub(in crate::web) async fn call(
    State(app): State<Arc<App>>,
    me: Me,
    visit: Visit,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    me.keep_language(&mut tx, &visit).await?;
    let trust = &app.settings.profile.trust.name;
    Calls(&mut tx).ask(&me.visitor(), visit.language, trust, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("{}?call=asked", me.home())))
}

/// `POST /g/children/{number}/hand-over` — the guardian's page closes in this browser, and the child's opens for a quarter
/// of an hour.
pub(in crate::web) async fn hand_over(
    State(app): State<Arc<App>>,
    about: About,
    client: Client,
    fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    about.is_meant(&fields)?;
    let today = day_in_london(app.clock.now());
    if about.participant.age_on(today).is_none_or(|age| age < 12) {
        return Err(Problem::NotFound);
    }
    let before = about.me.sign_in();
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).end(&before.id, app.clock.now()).await?;
    let child = Visitor::Participant(about.participant.id.clone());
    let browser = Browser { device: &client.device, shared: false, mark: None };
    let came = (Came::Handed, before.link.as_ref());
    let started = SignIns(&mut tx).start_visit(child, came, browser, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok((signed_in(&app, started.token.reveal()), Redirect::to("/own/answer")))
}

async fn people(app: &App, tx: &mut Tx, family: &Family, me: &Me) -> Result<Vec<Person>, Problem> {
    let found = match me {
        Me::Guardian(guardian) => {
            let today = day_in_london(app.clock.now());
            let children = super::children(tx, guardian, today).await?;
            (1..).zip(children).map(|(n, child)| (n, format!("/g/children/{n}"), child)).collect()
        }
        Me::Participant(own) => vec![(1, "/own".to_owned(), own.participant.clone())],
    };
    let mut people = Vec::new();
    for (number, base, participant) in found {
        people.push(person::of(app, tx, family, me, (number, base, &participant)).await?);
    }
    Ok(people)
}

async fn receipts(tx: &mut Tx, family: &Family, me: &Me) -> Result<Vec<Past>, Problem> {
    let mut all = Vec::new();
    for receipt in withdrawals::receipts_of(tx, &me.visitor()).await? {
        let day = family.day(day_in_london(receipt.at));
        let child = Activities(tx).participant(&receipt.participant).await?;
        let name = child.map(|child| first_name(&child.name)).unwrap_or_default();
        let words = match &receipt.giver {
            Giver::Guardian(_) => family.t.with("child", &name).with("day", &day).say("receipt-line"),
            Giver::Own => day,
        };
        all.push(Past { to: format!("{}/receipts/{}", me.base(), receipt.id), words });
    }
    Ok(all)
}

async fn complaints(tx: &mut Tx, app: &App, family: &Family, me: &Me) -> Result<Vec<Past>, Problem> {
    let found = Complaints(tx, &app.sealer).days_of(&me.visitor()).await?;
    let one = |(id, made)| Past {
        to: format!("{}/complaints/{id}", me.base()),
        words: family.t.with("day", &family.day(day_in_london(made))).say("complaint-line"),
    };
    Ok(found.into_iter().map(one).collect())
}
