//! What one guardian has agreed to, in words for a parent: their own answers only.

use std::collections::BTreeMap;

use cleansheet_records::{
    Tx,
    activities::{Activities, Participant},
    consents::{Consent, Consents, Giver, Kind, Purpose},
    withdrawals,
};
use cleansheet_terms::{Date, GuardianId, Naming, day_in_london};

use crate::{
    app::App,
    web::{Problem, clock_words, layout::first_name},
};

/// One child of the guardian.
pub(super) struct Child {
    /// From 1, in the order of the page.
    pub(super) number: usize,
    pub(super) id: String,
    pub(super) first_name: String,
    pub(super) answers: Vec<Answer>,
    pub(super) pictures: Vec<Live>,
    /// There is something to stop.
    pub(super) can_stop: bool,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) place: &'static str,
    pub(super) picture: String,
    pub(super) name: &'static str,
}

/// Where the child can be seen.
pub(super) struct Live {
    pub(super) url: Option<String>,
    pub(super) channel: String,
    pub(super) day: String,
}

/// One withdrawal of this guardian.
pub(super) struct ReceiptLine {
    pub(super) id: String,
    pub(super) first_name: String,
    pub(super) at: String,
}

/// The children of a guardian, and the receipts of what the guardian has withdrawn.
pub(super) async fn of(app: &App, me: &GuardianId) -> Result<(Vec<Child>, Vec<ReceiptLine>), Problem> {
    let today = day_in_london(app.clock.now());
    let mut tx = app.records.read().await?;
    let mut children = Vec::new();
    for (number, child) in (1..).zip(Activities(&mut tx).children_of(me).await?) {
        children.push(one(&mut tx, me, number, child, today).await?);
    }
    let mut receipts = Vec::new();
    for receipt in withdrawals::receipts_of(&mut tx, me).await? {
        let child = Activities(&mut tx).participant(&receipt.participant).await?;
        receipts.push(ReceiptLine {
            id: receipt.id.to_string(),
            first_name: child.map(|child| first_name(&child.name)).unwrap_or_default(),
            at: clock_words::moment(receipt.at),
        });
    }
    Ok((children, receipts))
}

async fn one(
    tx: &mut Tx,
    me: &GuardianId,
    number: usize,
    child: Participant,
    today: Date,
) -> Result<Child, Problem> {
    let about = Consents(tx).answers_about(&child.id).await?;
    let mine = newest(about, &Giver::Guardian(me.clone()));
    let shown = withdrawals::shown_now(tx, &child.id).await?;
    let pictures: Vec<Live> = shown
        .into_iter()
        .map(|one| Live {
            url: one.url,
            channel: one.channel,
            day: clock_words::day(day_in_london(one.since)),
        })
        .collect();
    Ok(Child {
        number,
        id: child.id.to_string(),
        first_name: first_name(&child.name),
        can_stop: !pictures.is_empty() || mine.values().any(|answer| answer.yes),
        answers: in_words(&mine, today),
        pictures,
    })
}

type Newest = BTreeMap<(Purpose, Kind), Consent>;

/// The newest answer of a giver for each use; `about` has the newest first.
fn newest(about: Vec<Consent>, giver: &Giver) -> Newest {
    let mut newest = BTreeMap::new();
    for consent in about.into_iter().filter(|consent| consent.giver == *giver) {
        newest.entry((consent.purpose, consent.kind)).or_insert(consent);
    }
    newest
}

fn in_words(newest: &Newest, today: Date) -> Vec<Answer> {
    if !newest.is_empty() && newest.values().all(|answer| !answer.yes) {
        return vec![Answer { place: "Everywhere", picture: "Picture: no".to_owned(), name: "Name: no" }];
    }
    let mut answers: Vec<Answer> = Vec::new();
    for ((purpose, kind), answer) in newest {
        let picture = match answer.yes {
            true if answer.until < today => format!("Your yes ended on {}", clock_words::day(answer.until)),
            true => "Picture: yes".to_owned(),
            false => "Picture: no".to_owned(),
        };
        let name = match answer.naming {
            Naming::None => "Name: no",
            Naming::First => "First name: yes",
            Naming::Full => "Whole name: yes",
        };
        let line = Answer { place: place(*purpose, *kind), picture, name };
        if !answers.contains(&line) {
            answers.push(line);
        }
    }
    answers
}

fn place(purpose: Purpose, kind: Kind) -> &'static str {
    match (purpose, kind) {
        (Purpose::Press, _) | (_, Kind::Press) => "In local newspapers",
        (Purpose::News, Kind::Website) => "On our news page",
        (Purpose::News, Kind::Social) => "On our social media",
        (Purpose::Promotion, Kind::Website) => "In adverts on our website",
        (Purpose::Promotion, Kind::Social) => "In adverts on social media",
    }
}
