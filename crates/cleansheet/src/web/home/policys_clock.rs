//! What Today says about the policy itself: its review, and who has not read it.

use cleansheet_records::{
    StoreError, Tx,
    review::{Readers, Review, ReviewClock, Reviews, items},
};
use cleansheet_terms::day_in_london;

use crate::{
    app::App,
    policy_clock::out_of_date,
    web::{
        Signed,
        layout::Page,
        parts::{Notice, Way},
        policy::people_in_words,
    },
};

/// From how many days before its last day on a review is spoken of.
const SOON: i32 = 60;

/// For whoever reviews the policy: the Manager, the safeguarding lead and trustees.
pub(super) async fn notices(
    app: &App,
    tx: &mut Tx,
    me: &Signed,
    page: &Page,
) -> Result<Vec<Notice>, StoreError> {
    if !page.nav.review {
        return Ok(Vec::new());
    }
    let clock = ReviewClock::read(tx, &app.settings.profile.on_paper()).await?;
    let mut notices = Vec::new();
    match Reviews(tx).under_way().await? {
        Some(review) => notices.extend(under_way(&review, &clock, me, page)),
        None => notices.extend(due(app, &clock, page)),
    }
    if page.nav.sign {
        let unread = Readers(tx)
            .all()
            .await?
            .iter()
            .filter(|one| !one.has_read && one.person.id != me.person.id)
            .count();
        notices.extend((unread > 0).then(|| not_read(unread)));
    }
    Ok(notices)
}

fn due(app: &App, clock: &ReviewClock, page: &Page) -> Option<Notice> {
    let today = day_in_london(app.clock.now());
    let overdue = clock.months_overdue(today).is_some();
    if !overdue && clock.days_left(today) > SOON {
        return None;
    }
    let mut remedy = vec![format!(
        "It was last reviewed {} by {}; the next review {} due {}.",
        clock.last.said(),
        people_in_words(&clock.last_by),
        if overdue { "was" } else { "is" },
        clock.next_due.said()
    )];
    if clock.on_paper && overdue {
        remedy.extend(out_of_date(&app.settings.profile));
    }
    let words = if page.nav.sign { "Begin the review" } else { "See how the review stands" };
    Some(Notice {
        state: "hold",
        clause: None,
        say: format!("The policy’s review is {}", clock.in_words(today)),
        remedy: remedy.join(" "),
        way: vec![Way::Link { to: "/policy/review".into(), words: words.into() }],
    })
}

/// What the review that is under way wants of this person.
fn under_way(review: &Review, clock: &ReviewClock, me: &Signed, page: &Page) -> Option<Notice> {
    let mine = page.nav.sign || review.reviewers.contains(&me.person.id);
    let all = items(clock.last.last_day());
    let open = all.iter().filter(|item| !review.answers.contains_key(item)).count();
    let (say, remedy, words) = match review.signed_as_it_is() {
        Some(signature) if mine && signature.by != me.person.id => (
            "The policy’s review waits for you to confirm it".to_owned(),
            "The Manager has signed it. A second reviewer reads it and confirms.",
            "Read and confirm it",
        ),
        Some(_) => return None,
        None if mine && open > 0 => (
            format!("The policy’s review goes on: {} of {} answered", all.len() - open, all.len()),
            "What was answered is kept; go on where you left it.",
            "Go on with the review",
        ),
        None if page.nav.sign => (
            "The policy’s review can be signed".to_owned(),
            "Everything is answered. You sign, and a second reviewer confirms.",
            "Read and sign it",
        ),
        None => return None,
    };
    let way = vec![Way::Link { to: "/policy/review".into(), words: words.into() }];
    Some(Notice { state: "hold", clause: None, say, remedy: remedy.into(), way })
}

fn not_read(people: usize) -> Notice {
    let who = if people == 1 { "One person has".to_owned() } else { format!("{people} people have") };
    Notice {
        state: "note",
        clause: Some(12),
        say: format!("{who} not read the policy in force"),
        remedy: "They can draft, and neither submit nor approve. They are reminded after 3 and 10 days."
            .into(),
        way: vec![Way::Link {
            to: "/policy/readers?show=unread".into(),
            words: "See who, and remind them".into(),
        }],
    }
}
