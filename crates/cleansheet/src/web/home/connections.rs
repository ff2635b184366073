//! What Today says to the Manager about the trust's sign-ins on networks: broken, lacking, or soon over.

use cleansheet_records::{
    StoreError, Tx,
    accounts::{
        Accounts, Channel,
        connections::Connection,
        health::{SIGN_IN_ENDS, VERSION_ENDS, VersionEnds, days_left},
    },
};
use cleansheet_terms::{Network, Timestamp, day_in_london};

use crate::web::{
    clock_words,
    parts::{Notice, Way},
    problem::sentence,
};

/// One notice for each account with something to do, and one for a version that ends.
pub(super) async fn notices(
    tx: &mut Tx,
    versions: &[VersionEnds<'_>],
    now: Timestamp,
) -> Result<Vec<Notice>, StoreError> {
    let (mut all, mut meta) = (Vec::new(), false);
    for channel in Accounts(tx).channels_in_use().await? {
        let Some(connection) = Accounts(tx).connection(&channel.id).await? else { continue };
        if Accounts(tx).still_signs_in(&channel).await? {
            meta |= matches!(channel.network, Network::Facebook | Network::Instagram);
            all.extend(of(&channel, &connection, now));
        }
    }
    if meta {
        all.extend(versions.iter().filter_map(|one| version(one, now)));
    }
    Ok(all)
}

fn of(channel: &Channel, connection: &Connection, now: Timestamp) -> Option<Notice> {
    let name = &channel.name;
    let way = |words: &str| {
        vec![Way::Link { to: format!("/accounts/{}/connect", channel.id), words: words.to_owned() }]
    };
    let checked = &connection.checked;
    let (state, say, remedy) = if let Some((since, why)) = &connection.broken {
        let since = clock_words::moment(*since);
        let waits = if channel.is_permitted() {
            "Posts wait, and nothing of them is lost."
        } else {
            "What is still out there cannot be taken down by the program until then."
        };
        (
            "stop",
            format!("{name} has to be connected again"),
            format!("Since {since}: {} {waits}", sentence(why)),
        )
    } else if let [first, ..] = checked.missing.as_slice() {
        let more = match checked.missing.len() {
            1 => String::new(),
            many => format!(" {} more are missing.", many - 1),
        };
        let remedy = format!(
            "It is needed {}.{more} Connect it again and leave every permission ticked.",
            first.needed_for
        );
        ("stop", format!("{name} lacks the permission {}", first.permission), remedy)
    } else {
        let ends = checked.ends?;
        let days = days_left(ends, now);
        if SIGN_IN_ENDS.iter().all(|span| days > *span) {
            return None;
        }
        let left = clock_words::count(usize::try_from(days).unwrap_or(0), "day", "days");
        let say = format!("The sign-in to {name} ends in {left}");
        (
            "hold",
            say,
            format!(
                "Connect it again before {}. Posts that wait stay.",
                clock_words::day(day_in_london(ends))
            ),
        )
    };
    Some(Notice { state, clause: None, say, remedy, way: way("Connect it again") })
}

fn version(one: &VersionEnds<'_>, now: Timestamp) -> Option<Notice> {
    let VersionEnds { network, version, last } = one;
    let days = last.map(|last| i64::from((last - day_in_london(now)).get_days()));
    if days.is_some_and(|days| VERSION_ENDS.iter().all(|span| days > *span)) {
        return None;
    }
    let (state, say, remedy) = match (days, last.map(clock_words::day)) {
        (Some(days), Some(last)) if days < 0 => (
            "stop",
            format!("{network} ended version {version} of its interface on {last}"),
            "Facebook and Instagram do not answer until whoever looks after the server updates Cleansheet.",
        ),
        (Some(_), Some(last)) => (
            "hold",
            format!("{network} ends version {version} of its interface on {last}"),
            "Ask whoever looks after the server to update Cleansheet before that; Facebook and Instagram stop answering \
             otherwise.",
        ),
        _ => (
            "hold",
            format!("Nobody here knows when {network} ends version {version} of its interface"),
            "Ask whoever looks after the server to update Cleansheet, or to look at the setting CLEANSHEET_META_VERSION.",
        ),
    };
    Some(Notice { state, clause: None, say, remedy: remedy.to_owned(), way: Vec::new() })
}
