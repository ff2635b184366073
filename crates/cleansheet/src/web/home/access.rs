//! What Today says to the Manager about accounts (clauses 2 and 3): wishes, the access review, people beside us, reports.

use cleansheet_records::{
    StoreError, Tx,
    accounts::{Accounts, NativeRole, Request, reports, review::Review},
};
use cleansheet_terms::{Date, Timestamp, day_in_london};

use crate::web::{
    clock_words,
    parts::{Notice, Way},
};

/// At most this many accounts have a notice of their own.
const NAMED: usize = 3;
/// What lapsed is told for this many days.
const TOLD_FOR: i32 = 28;

/// One notice for each thing to do.
pub(super) async fn notices(tx: &mut Tx, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
    let today = day_in_london(now);
    let newest = Accounts(tx).newest_review().await?;
    let review = newest.and_then(|review| reviewed(&review, today));
    let asked = Accounts(tx).requests().await?;
    let reported = reports::waiting(tx).await?;
    let beside = Accounts(tx).native_roles().await?;
    Ok(review.into_iter().chain(wishes(&asked)).chain(told(reported)).chain(beside_us(&beside)).collect())
}

fn reviewed(review: &Review, today: Date) -> Option<Notice> {
    let open = review.is_open_on(today);
    if review.undecided == 0 || (!open && (today - review.lapses).get_days() > TOLD_FOR) {
        return None;
    }
    let (state, say, remedy, words) = if open {
        let say = format!("{} of {} wait in the access review", review.undecided, review.lines);
        let lapses = clock_words::day(review.lapses);
        ("hold", say, format!("Keep or remove each. What nobody decides lapses on {lapses}."), "Decide them")
    } else {
        let say = format!("{} of {} were not decided in the access review", review.undecided, review.lines);
        let remedy = "Permissions among them have lapsed. Give new ones where they are needed.";
        ("stop", say, remedy.to_owned(), "See which")
    };
    Some(notice(state, 3, say, remedy, &format!("/accounts/reviews/{}", review.id), words))
}

fn wishes(all: &[Request]) -> Option<Notice> {
    let say = match all.iter().filter(|one| one.answer.is_none()).count() {
        0 => return None,
        1 => "An account is asked for".to_owned(),
        many => format!("{many} accounts are asked for"),
    };
    let remedy = "Nothing is connected before you have said yes. Read why, and decide.".to_owned();
    Some(notice("hold", 2, say, remedy, "/accounts/requests", "Read and decide"))
}

fn told(reports: i64) -> Option<Notice> {
    let say = match reports {
        0 => return None,
        1 => "Somebody told us of an account in our name".to_owned(),
        many => format!("{many} reports of accounts in our name wait"),
    };
    let remedy = "Look, tell the network, and say what was found.".to_owned();
    Some(notice("hold", 2, say, remedy, "/account-reports", "Read what they say"))
}

/// One notice for each account; behind some of them one for the rest.
fn beside_us(all: &[NativeRole]) -> Vec<Notice> {
    let remedy = "What they do there passes no check. Remove them on the network, or change its password, then say so.";
    let accounts: Vec<&[NativeRole]> = all.chunk_by(|a, b| a.channel == b.channel).collect();
    let one = |roles: &&[NativeRole]| {
        let first = roles.first()?;
        let who = match roles {
            [only] => format!("{} can act", only.holder),
            many => format!("{} people can act", many.len()),
        };
        let (say, to) = (
            format!("{who} on {} beside us", first.channel_name),
            format!("/accounts/{}#beside", first.channel),
        );
        Some(notice("hold", 3, say, remedy.to_owned(), &to, "See who"))
    };
    let mut notices: Vec<Notice> = accounts.iter().take(NAMED).filter_map(one).collect();
    if accounts.len() > NAMED {
        let say = format!("On {} more accounts people can act beside us", accounts.len() - NAMED);
        notices.push(notice("hold", 3, say, remedy.to_owned(), "/accounts", "See the accounts"));
    }
    notices
}

fn notice(state: &'static str, clause: u8, say: String, remedy: String, to: &str, words: &str) -> Notice {
    let way = vec![Way::Link { to: to.to_owned(), words: words.to_owned() }];
    Notice { state, clause: Some(clause), say, remedy, way }
}
