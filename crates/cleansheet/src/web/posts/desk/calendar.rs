//! Posts by the day they go out or went out, and moving them.

use std::collections::BTreeMap;

use cleansheet_records::posts::{Listed, Posts};
use cleansheet_terms::{Date, PostId, Time, Timestamp, day_in_london, instant_in_london};
use jiff::ToSpan as _;

use super::{is_author, story};
use crate::{
    app::App,
    web::{Problem, Signed, posts::words::title},
};

/// One post of a calendar.
#[derive(Debug, Clone)]
pub(in crate::web::posts) struct Planned {
    pub(in crate::web::posts) id: PostId,
    pub(in crate::web::posts) title: String,
    pub(in crate::web::posts) author: String,
    pub(in crate::web::posts) activity: String,
    pub(in crate::web::posts) state: (&'static str, &'static str),
    /// When it goes out or went out.
    pub(in crate::web::posts) at: Option<Timestamp>,
    /// The one who looks may move it.
    pub(in crate::web::posts) may_move: bool,
}

/// One day of a calendar.
#[derive(Debug, Clone)]
pub(in crate::web::posts) struct Day {
    pub(in crate::web::posts) day: Date,
    /// By the hour.
    pub(in crate::web::posts) posts: Vec<Planned>,
}

/// The days from `from` to the day before `to`, and what waits without a time.
pub(in crate::web::posts) async fn planned(
    app: &App,
    me: &Signed,
    from: Date,
    to: Date,
    words: &str,
) -> Result<(Vec<Day>, Vec<Planned>), Problem> {
    let midnight = |day: Date| instant_in_london(day, Time::midnight()).unwrap_or(Timestamp::MAX);
    let now = app.clock.now();
    let mut tx = app.records.read().await?;
    let found = Posts(&mut tx).between(midnight(from), midnight(to), words).await?;
    let (mut by_day, mut waiting) = (BTreeMap::<Date, Vec<Planned>>::new(), Vec::new());
    for one in found {
        let may_move = one.published.is_none()
            && one.orders.iter().all(|state| matches!(state.as_str(), "queued" | "stopped" | "gone"))
            && matches!(one.post.stage.as_str(), "draft" | "submitted" | "approved")
            && Posts(&mut tx).may_set_time(&one.post, &me.person.id, now).await?;
        let planned = line(one, may_move);
        match planned.at {
            Some(at) => by_day.entry(day_in_london(at)).or_default().push(planned),
            None => waiting.push(planned),
        }
    }
    // What waits is somebody else's draft as long as nobody may do anything about it.
    waiting.retain(|one| one.may_move);
    let mut days = Vec::new();
    let mut day = from;
    while day < to {
        let mut posts = by_day.remove(&day).unwrap_or_default();
        posts.sort_by_key(|one| one.at);
        days.push(Day { day, posts });
        day = day.checked_add(1.days()).unwrap_or(to);
    }
    Ok((days, waiting))
}

fn line(one: Listed, may_move: bool) -> Planned {
    Planned {
        title: title(&one.post.caption),
        state: story::state(&one.post, &one.orders),
        at: one.published.or(one.post.publish_at),
        author: one.author,
        activity: one.activity,
        id: one.post.id,
        may_move,
    }
}

/// Moves a post to another time. Answers whether it has to be approved anew.
pub(in crate::web::posts) async fn moved_to(
    app: &App,
    me: &Signed,
    id: &PostId,
    at: Timestamp,
) -> Result<bool, Problem> {
    let mut tx = app.records.begin().await?;
    let before = Posts(&mut tx).post(id).await?.ok_or(Problem::NotFound)?;
    Posts(&mut tx).set_time(id, Some(at), &me.person.id, &*app.clock, &mut &app.entropy).await?;
    let after = Posts(&mut tx).post(id).await?.ok_or(Problem::NotFound)?;
    if before.stage != after.stage && is_author(me, &after.author) {
        // It is a draft again.
        Posts(&mut tx).screen_words(id, &app.allow, &*app.clock).await?;
    }
    tx.commit().await?;
    app.wake.all();
    Ok(before.stage != after.stage)
}
