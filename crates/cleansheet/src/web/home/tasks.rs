//! What Today says about posts that somebody has to take down by hand, and about accounts that are not as we left them.

use cleansheet_records::{
    StoreError, Tx,
    drift::{Drift, Drifts},
    tasks::{Task, Tasks},
};
use cleansheet_terms::{PersonId, Timestamp};

use crate::web::{
    clock_words,
    layout::Page,
    parts::{Notice, Way},
    posts::title,
};

/// At most this many accounts' reports have a notice of their own.
const NAMED: usize = 3;

/// One's own tasks; those of others that are late, and what the accounts show, for whoever sees to that.
pub(super) async fn notices(
    tx: &mut Tx,
    page: &Page,
    me: &PersonId,
    now: Timestamp,
) -> Result<Vec<Notice>, StoreError> {
    let mut notices: Vec<Notice> = Tasks(tx).open_of(me).await?.iter().map(|task| own(task, now)).collect();
    if !page.nav.manage_old_posts {
        return Ok(notices);
    }
    let others = Tasks(tx).open().await?;
    notices.extend(others.iter().filter(|task| task.person != *me && task.due <= now).map(late));
    let drifts = Drifts(tx).open().await?;
    notices.extend(drifts.iter().take(NAMED).map(drift));
    if let Some(more) = drifts.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let say = format!("{more} more things on the accounts are not as we left them");
        notices.push(notice(say, "Look at each.".to_owned(), "/drift".to_owned(), "See all of them"));
    }
    Ok(notices)
}

fn own(task: &Task, now: Timestamp) -> Notice {
    let by = clock_words::moment(task.due);
    let say = format!("Please take “{}” down on {} by hand", title(&task.words), task.channel_name);
    let remedy = match (&task.said, task.due <= now) {
        (Some((_, at)), _) => format!("You said at {} that it is gone. We look.", clock_words::hour(*at)),
        (None, true) => format!("It was due by {by}. The program cannot do it."),
        (None, false) => format!("By {by}. The program cannot do it."),
    };
    let state = if task.said.is_some() { "hold" } else { "stop" };
    let to = format!("/tasks/{}", task.id);
    Notice { state, ..notice(say, remedy, to, "See where, and say that it is gone") }
}

fn late(task: &Task) -> Notice {
    let say = format!("{} has not taken a post down on {} in time", task.person_name, task.channel_name);
    let remedy = "Take it down yourself, or see to it that they do.".to_owned();
    notice(say, remedy, format!("/tasks/{}", task.id), "See which post")
}

fn drift(one: &Drift) -> Notice {
    let say = format!("{} on {}", one.what.split(':').next().unwrap_or(&one.what), one.channel_name);
    let remedy = format!("Seen on {}. Look, and say what it was.", clock_words::moment(one.seen));
    notice(say, remedy, "/drift".to_owned(), "Look what it is")
}

fn notice(say: String, remedy: String, to: String, words: &str) -> Notice {
    Notice { state: "stop", clause: None, say, remedy, way: vec![Way::Link { to, words: words.to_owned() }] }
}
