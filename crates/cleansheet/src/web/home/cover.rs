//! What Today says about cover: who stands in for the Manager, and accounts on which too few people could approve.

use cleansheet_policy::Policy;
use cleansheet_records::{
    StoreError, Tx,
    cover::{self, OnCall, Short},
    people::{Deputies, Deputy, Person},
};
use cleansheet_terms::{PersonId, Role, Timestamp};

use crate::web::{
    clock_words,
    layout::Page,
    parts::{Notice, Way},
};

/// For everybody; who will stand in, for the Manager, whom it concerns and the trustees.
pub(super) async fn notices(
    tx: &mut Tx,
    page: &Page,
    me: &Person,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<Notice>, StoreError> {
    let mut notices = Vec::new();
    if page.nav.cover {
        notices.extend(short(&cover::is_short(tx, policy, now).await?));
    }
    let stands_in = Deputies(tx).at(now).await?;
    notices.extend(stands_in.as_ref().map(|one| running(one, &me.id)));
    let sees_ahead = me.roles.contains(&Role::Manager) || me.roles.contains(&Role::Trustee);
    let coming = Deputies(tx).list().await?.into_iter().rev().filter(|one| {
        one.period.is_ahead(now) && !one.period.holds(now) && (sees_ahead || one.person == me.id)
    });
    notices.extend(coming.map(|one| ahead(&one, &me.id)));
    if OnCall(tx).at(now).await?.iter().any(|turn| turn.person == me.id) {
        let remedy = "When a post waits, you are told first.";
        notices.push(note("You are on call".to_owned(), remedy));
    }
    Ok(notices)
}

/// One notice however many accounts are short: the page behind it names them all.
fn short(all: &[Short]) -> Option<Notice> {
    let say = match all {
        [] => return None,
        [one] if one.able == 0 => format!("Nobody can approve on {}", one.name),
        [one] => format!("Only one person can approve on {}", one.name),
        many => format!("On {} accounts fewer than two people can approve", many.len()),
    };
    Some(Notice {
        state: "hold",
        clause: Some(12),
        say,
        remedy: "Every post needs two people. Give somebody permission, or see whose papers have run out."
            .to_owned(),
        way: vec![Way::Link { to: "/cover".to_owned(), words: "See who could approve".to_owned() }],
    })
}

fn running(one: &Deputy, me: &PersonId) -> Notice {
    let until = clock_words::day(one.period.until);
    if one.person == *me {
        let remedy = "You have the Manager’s rights. What you do is written down as yours.";
        return note(format!("You stand in for the Manager until {until}"), remedy);
    }
    note(
        format!("{} stands in for the Manager until {until}", one.name),
        "Ask them what you would ask the Manager.",
    )
}

fn ahead(one: &Deputy, me: &PersonId) -> Notice {
    let (from, until) = (clock_words::day(one.period.from), clock_words::day(one.period.until));
    let who =
        if one.person == *me { "You will stand".to_owned() } else { format!("{} will stand", one.name) };
    note(format!("{who} in for the Manager from {from} to {until}"), "")
}

fn note(say: String, remedy: &str) -> Notice {
    Notice {
        state: "note",
        clause: None,
        say,
        remedy: remedy.to_owned(),
        way: vec![Way::Link { to: "/cover".to_owned(), words: "See the cover".to_owned() }],
    }
}
