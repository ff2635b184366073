//! What is being taken down: how far each network is, when it will be finished, and why then.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Html,
};
use cleansheet_channels::{Kind, capabilities};
use cleansheet_records::orders::{Down, Going, Orders};
use cleansheet_terms::{ChannelId, Network, Timestamp};
use jiff::SignedDuration;
use serde::Deserialize;

use super::{
    Problem, clock_words,
    csv::CsvFile,
    layout::Page,
    parts,
    problem::{sentence, show},
};
use crate::{
    app::App,
    budgets::{Count, finishes},
};

pub(super) mod task;

/// What is gone is shown for this long.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(48);
/// Posts on a page.
const PAGE: usize = 60;

#[derive(Deserialize, Default)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
    /// How many posts come before this page.
    #[serde(default)]
    from: usize,
}

/// One account.
#[derive(Default)]
struct Account {
    name: String,
    asked: u32,
    sent: u32,
    gone: u32,
    still: u32,
    by_hand: u32,
    /// When it is finished.
    finish: String,
    why: String,
}

struct Line {
    title: String,
    about: String,
    say: String,
    to: Option<String>,
    state: &'static str,
    word: &'static str,
}

#[derive(Template)]
#[template(path = "taking_down/list.html")]
struct List {
    page: Page,
    words: String,
    accounts: Vec<Account>,
    lines: Vec<Line>,
    /// How many posts there are in all.
    many: usize,
    later: bool,
    /// Where the next page begins.
    next: Option<usize>,
    running: bool,
}

/// `GET /taking-down` — how far it is.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let now = app.clock.now();
    let all = everything(&app, now).await?;
    let accounts = accounts(&app, &all, now);
    let found: Vec<&Down> = all.iter().filter(|one| fits(one, &search.words)).collect();
    let many = found.len();
    let lines = found.into_iter().skip(search.from).take(PAGE).map(|one| line(one, now)).collect();
    show(&List {
        running: accounts.iter().any(|one| one.asked + one.sent > 0),
        accounts,
        lines,
        many,
        later: search.from > 0,
        next: Some(search.from.saturating_add(PAGE)).filter(|next| *next < many),
        words: search.words,
        page,
    })
}

/// `GET /taking-down.csv` — the same as a file.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let headings = ["Account", "Network", "Words", "Address", "Asked for", "Why", "State", "Details", "Gone"];
    let (mut file, now) = (CsvFile::new("taking-down", &headings)?, app.clock.now());
    for one in everything(&app, now).await?.iter().filter(|one| fits(one, &search.words)) {
        let row = line(one, now);
        let gone = if let Going::Gone(at) = &one.going { clock_words::exact(*at) } else { String::new() };
        file.row(&[
            one.channel_name.clone(),
            one.network.to_string(),
            one.words.clone(),
            one.url.clone().unwrap_or_default(),
            clock_words::exact(one.asked),
            one.because.clone(),
            row.word.to_owned(),
            row.say,
            gone,
        ])?;
    }
    Ok(file)
}

async fn everything(app: &App, now: Timestamp) -> Result<Vec<Down>, Problem> {
    let since = now.checked_sub(SHOWN_FOR).unwrap_or(now);
    Ok(Orders(&mut app.records.read().await?).going_down(since).await?)
}

fn fits(one: &Down, words: &str) -> bool {
    let wanted = words.trim().to_lowercase();
    [&one.words, &one.channel_name].iter().any(|text| text.to_lowercase().contains(&wanted))
}

/// One row for each account, by name.
fn accounts(app: &App, all: &[Down], now: Timestamp) -> Vec<Account> {
    let mut by_id: BTreeMap<&ChannelId, (Network, Account, Option<Timestamp>)> = BTreeMap::new();
    for one in all {
        let (_, account, last) = by_id.entry(&one.channel).or_insert_with(|| {
            (one.network, Account { name: one.channel_name.clone(), ..Account::default() }, None)
        });
        match &one.going {
            Going::Asked { .. } => account.asked += 1,
            Going::Sent { .. } => account.sent += 1,
            Going::StillThere { .. } => account.still += 1,
            Going::ByHand(_) => account.by_hand += 1,
            Going::Gone(at) => {
                account.gone += 1;
                *last = (*last).max(Some(*at));
            }
        }
    }
    let mut rows: Vec<Account> = by_id
        .into_iter()
        .map(|(id, (network, account, last))| {
            let rate = capabilities(network).and_then(|can| can.take_downs);
            let count = app.budgets.count(id, Kind::TakeDown, rate, now);
            finished(account, network, count, last, now)
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

/// - `last`: when the last one was seen to be gone.
fn finished(
    account: Account,
    network: Network,
    count: Option<Count>,
    last: Option<Timestamp>,
    now: Timestamp,
) -> Account {
    let open = account.asked + account.sent + account.still;
    let (finish, mut why) = if open == 0 && account.by_hand == 0 {
        let seen = last.map(clock_words::moment).unwrap_or_default();
        (seen, "We looked, and all of it was gone.".to_owned())
    } else if open == 0 {
        ("When a person has done it".to_owned(), String::new())
    } else {
        let at = finishes(account.asked, count, now);
        let finish = if at > now {
            format!("About {}", clock_words::moment(at))
        } else {
            "In a few minutes".to_owned()
        };
        (finish, limit_in_words(network, count, account.asked, now))
    };
    if account.still > 0 {
        why.push_str(" What is still there is asked for again and looked at again.");
    }
    if account.by_hand > 0 {
        why.push_str(" What is done by hand has a person and a time; see the list.");
    }
    Account { finish, why: why.trim().to_owned(), ..account }
}

fn limit_in_words(network: Network, count: Option<Count>, waiting: u32, now: Timestamp) -> String {
    let Some(count) = count.map(|count| count.at(now)) else {
        return format!("{network} sets no limit that we know of.");
    };
    let limit = format!("{network} takes {} in {}", count.limit, period(count.period));
    if count.left >= waiting {
        return format!("{limit}, which is enough for all of them.");
    }
    let left = match count.left {
        0 => "none is left".to_owned(),
        1 => "1 is left".to_owned(),
        left => format!("{left} are left"),
    };
    format!(
        "{limit}; {left} until {}. What a family asked for goes first.",
        clock_words::moment(count.resets)
    )
}

fn period(period: SignedDuration) -> String {
    match (period.as_mins() + i64::from(period.as_secs() % 60 != 0)).max(1) {
        1 => "a minute".to_owned(),
        60 => "an hour".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} hours", minutes / 60),
        minutes => format!("{minutes} minutes"),
    }
}

fn line(one: &Down, now: Timestamp) -> Line {
    let (state, word, say) = match &one.going {
        Going::Asked { why: None } => {
            ("hold", "Asked for", "Its turn comes as the network allows.".to_owned())
        }
        Going::Asked { why: Some(why) } => {
            ("hold", "Asked for", format!("It is tried again. The last try: {}", sentence(why)))
        }
        Going::Sent { why: None } => {
            ("hold", "Sent", "The network said yes. We look whether it is gone.".to_owned())
        }
        Going::Sent { why: Some(why) } => (
            "hold",
            "Sent",
            format!("The network said yes. We look again whether it is gone: {}", sentence(why)),
        ),
        Going::StillThere { why } => ("stop", "Still there", sentence(why)),
        Going::ByHand(task) => {
            let by = clock_words::moment(task.due);
            (
                "seal",
                "By hand",
                format!("{} takes it down by {by}: {}", task.person_name, sentence(&task.why)),
            )
        }
        Going::Gone(at) => {
            ("ok", "Gone", format!("We looked {}, and it was not there.", clock_words::ago(*at, now)))
        }
    };
    let post = one.post.as_ref().map(|id| format!("/posts/{id}"));
    let old = one.old_post.as_ref().map(|id| format!("/old-posts/{id}"));
    let task = if let Going::ByHand(task) = &one.going { Some(format!("/tasks/{}", task.id)) } else { None };
    let asked = if one.for_a_family { "a family asked" } else { one.because.as_str() };
    Line {
        title: super::posts::title(&one.words),
        about: format!("{} · {} · {asked}", one.channel_name, clock_words::ago(one.asked, now)),
        say,
        to: task.or(post).or(old),
        state,
        word,
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_channels::Rate;
    use cleansheet_terms::Network;

    use super::{Account, Count, finished, limit_in_words};

    #[test]
    fn the_page_says_when_a_network_is_finished_and_why() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let count = Count { left: 10, ..Count::of(Rate { calls: 30, seconds: 1_800 }, now) };
        let many = Account { asked: 45, ..Account::default() };
        let says = finished(many, Network::Mastodon, Some(count), None, now);
        assert_eq!(says.finish, "About Saturday 21 November, 13:00");
        insta::assert_snapshot!(says.why, @"Mastodon takes 30 in 30 minutes; 10 are left until Saturday 21 November, 12:30. What a family asked for goes first.");
        let few = limit_in_words(Network::X, Some(Count::of(Rate { calls: 50, seconds: 900 }, now)), 50, now);
        assert_eq!(few, "X takes 50 in 15 minutes, which is enough for all of them.");
        let by_hand = Account { by_hand: 2, ..Account::default() };
        let says = finished(by_hand, Network::Instagram, None, None, now);
        assert_eq!(says.finish, "When a person has done it");
        assert_eq!(says.why, "What is done by hand has a person and a time; see the list.");
    }
}
