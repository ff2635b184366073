//! What Today says about papers: one line to whoever has something to do, and to those who look at certificates.

use cleansheet_records::{
    StoreError, Tx,
    people::{People, Person, PersonError, ToDo, to_do},
};
use cleansheet_terms::{Timestamp, day_in_london};

use crate::web::{
    clock_words,
    layout::Page,
    parts::{Notice, Way},
    people::own::SOON_DAYS,
};

/// One's own line first, then what waits for oneself.
pub(super) async fn notices(
    tx: &mut Tx,
    page: &Page,
    person: &Person,
    now: Timestamp,
) -> Result<Vec<Notice>, PersonError> {
    let mut notices = Vec::new();
    if page.nav.draft {
        notices.extend(own(tx, person, now).await?);
    }
    if page.nav.verify {
        notices.extend(to_look_at(tx, person).await?);
    }
    Ok(notices)
}

async fn own(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<Option<Notice>, PersonError> {
    let standing = People(tx).standing(&person.id, now).await?;
    let runs_out = People(tx).runs_out_for(&person.id, SOON_DAYS, now).await?;
    let line = to_do(&ToDo { today: day_in_london(now), standing: &standing, runs_out: &runs_out });
    Ok(line.map(|say| Notice {
        state: "hold",
        clause: Some(1),
        say,
        remedy: String::new(),
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
