//! What Today says about papers: one line to whoever has something to do, and to those who look at certificates.

use cleansheet_policy::facts::{Certificate, Dbs, Standing};
use cleansheet_records::{
    StoreError, Tx,
    people::{People, Person, PersonError, RunsOutWhat, ToDo, to_do},
};
use cleansheet_terms::{Timestamp, day_in_london};

use crate::web::{
    clock_words,
    layout::Page,
    parts::{Notice, Way},
    roles,
};

/// What of one's own papers runs out within so many days is a thing to do; a course takes an evening.
const PAPERS_DAYS: i32 = 30;
/// A permission is renewed by a press: two weeks are enough.
const GRANT_DAYS: i32 = 14;

/// One's own line first, then what waits for oneself.
pub(super) async fn notices(
    tx: &mut Tx,
    page: &Page,
    person: &Person,
    standing: &Standing,
    now: Timestamp,
) -> Result<Vec<Notice>, PersonError> {
    let mut notices = Vec::new();
    if page.nav.draft {
        notices.extend(own(tx, person, standing, now).await?);
    }
    if page.nav.verify {
        notices.extend(to_look_at(tx, person).await?);
    }
    Ok(notices)
}

/// All of one's own papers in one line; where the DBS check is what is missing, with what the role needs and why.
async fn own(
    tx: &mut Tx,
    person: &Person,
    standing: &Standing,
    now: Timestamp,
) -> Result<Option<Notice>, PersonError> {
    let mut runs_out = People(tx).runs_out_for(&person.id, PAPERS_DAYS, now).await?;
    runs_out.retain(|one| one.what != RunsOutWhat::Grant || one.days_left <= GRANT_DAYS);
    let line = to_do(&ToDo { today: day_in_london(now), standing, runs_out: &runs_out });
    let remedy = match standing.dbs {
        Dbs::Current => String::new(),
        _ => roles::needs(&person.roles_at(now), &People(tx).requirements().await?),
    };
    let in_order = standing.dbs == Dbs::Current && standing.certificate == Certificate::Current;
    Ok(line.map(|say| Notice {
        state: if in_order { "hold" } else { "stop" },
        clause: Some(1),
        say,
        remedy,
        way: vec![Way::Link { to: "/me/papers".into(), words: "See your papers".into() }],
    }))
}

async fn to_look_at(tx: &mut Tx, person: &Person) -> Result<Option<Notice>, StoreError> {
    let waiting = People(tx).certificates_waiting().await?;
    let number = waiting.iter().filter(|one| one.person != person.id).count();
    Ok((number > 0).then(|| Notice {
        state: "hold",
        clause: Some(1),
        say: match number {
            1 => "A certificate waits for you to look".to_owned(),
            many => {
                format!("{} wait for you to look", clock_words::count(many, "certificate", "certificates"))
            }
        },
        remedy: "Its holder can act once somebody else has seen it.".into(),
        way: vec![Way::Link { to: "/people/papers".into(), words: "Look at it".into() }],
    }))
}
