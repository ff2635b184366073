//! A post waits for its second person: who is told, and when the others are.
//!
//! Nothing of the post is in a mail or a push, and nobody's name: both pass through servers of strangers and light up on
//! locked phones.

use std::collections::BTreeSet;

use cleansheet_policy::Policy;
use cleansheet_terms::{Clock, Entropy, PersonId, PostId, Timestamp};
use jiff::SignedDuration;

use super::{Able, OnCall, able_on};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    mails::Mails,
    posts::{Post, PostError, Posts, Stage},
    settings::Settings,
    sign_ins::pushes::Pushes,
};

/// For how many minutes a stand-in on call is told alone when nobody has said otherwise.
pub const USUAL_MINUTES: i16 = 30;
/// For how many it may be.
pub const MINUTES: std::ops::RangeInclusive<i16> = 5..=240;
const SETTING: &str = "minutes_on_call_alone";
const SUBJECT: &str = "A post waits for a second person";

/// So short that nobody can look, or so long that nobody looks in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the others are told after 5 to 240 minutes; choose a number between them")]
pub struct NoSuchWait;

/// Somebody who was told that a post waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldOf {
    /// Their name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// They were on call.
    pub on_call: bool,
    /// When they opened it first.
    pub opened: Option<Timestamp>,
}

/// What telling the others came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellOthers {
    /// So many more people were told.
    Told(usize),
    /// Somebody has opened it, or it does not wait any more.
    NoNeed,
}

/// A post has just been submitted: whoever is on call and can approve it is told, and the others after
/// [`minutes_alone`]; everybody who can, when nobody is. Says how many were told.
///
/// - `origin`: the site's own address.
pub async fn tell_waiting(
    tx: &mut Tx,
    id: &PostId,
    policy: &Policy,
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, PostError> {
    let (post, now) = (Posts(tx).known(id).await?, clock.now());
    let able = able_to_approve(tx, &post, policy, now).await?;
    let on_call: BTreeSet<PersonId> = OnCall(tx).at(now).await?.into_iter().map(|turn| turn.person).collect();
    let (first, others): (Vec<Able>, Vec<Able>) =
        able.into_iter().partition(|one| on_call.contains(&one.person));
    let alone = !first.is_empty();
    let told = if alone { first } else { others };
    for one in &told {
        tell(tx, &post, one, alone, origin, clock, entropy).await?;
    }
    if alone {
        let due = later(now, minutes_alone(tx).await?);
        Jobs(tx).enqueue(Work::TellOthers, id.as_str(), due, clock, entropy).await?;
    }
    Ok(told.len())
}

/// The time in which those on call were told alone is over. The others are told unless somebody has opened the post.
pub async fn tell_others(
    tx: &mut Tx,
    id: &PostId,
    policy: &Policy,
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<TellOthers, PostError> {
    let (post, now) = (Posts(tx).known(id).await?, clock.now());
    let told = told_rows(tx, &post).await?;
    let Some(first) = told.iter().map(|(_, one)| one.at).min() else { return Ok(TellOthers::NoNeed) };
    if post.stage != Stage::Submitted || told.iter().any(|(_, one)| one.opened.is_some()) {
        return Ok(TellOthers::NoNeed);
    }
    let due = later(first, minutes_alone(tx).await?);
    if now < due {
        // It came back, was changed and was submitted again meanwhile: this time counts from then.
        Jobs(tx).enqueue(Work::TellOthers, id.as_str(), due, clock, entropy).await?;
        return Ok(TellOthers::Told(0));
    }
    let mut more = 0;
    for one in able_to_approve(tx, &post, policy, now).await? {
        if told.iter().all(|(person, _)| *person != one.person) {
            tell(tx, &post, &one, false, origin, clock, entropy).await?;
            more += 1;
        }
    }
    Ok(TellOthers::Told(more))
}

/// Whether this person was told of the post as it is now and has not opened it yet: before a writing transaction is begun.
pub async fn is_unopened(tx: &mut Tx, id: &PostId, by: &PersonId) -> Result<bool, StoreError> {
    let found =
        sql("SELECT told_ms FROM post_told WHERE post_id = $1 AND person_id = $2 AND opened_ms IS NULL
             AND revision = (SELECT revision FROM post WHERE id = $1)")
        .bind(id.as_str().to_owned())
        .bind(by.as_str().to_owned());
    Ok(tx.row(found).await?.is_some())
}

/// Somebody who was told looks at the post. Says whether that is new.
pub async fn opened(tx: &mut Tx, id: &PostId, by: &PersonId, at: Timestamp) -> Result<bool, StoreError> {
    let note =
        sql("UPDATE post_told SET opened_ms = $1 WHERE post_id = $2 AND person_id = $3 AND opened_ms IS NULL
             AND revision = (SELECT revision FROM post WHERE id = $2)")
        .bind(at.as_millisecond())
        .bind(id.as_str().to_owned())
        .bind(by.as_str().to_owned());
    Ok(tx.run(note).await? > 0)
}

/// The post does not wait any more: sent again, with the same words even, everybody is told anew.
pub(crate) async fn forget_told(tx: &mut Tx, post: &Post) -> Result<(), StoreError> {
    let forget = sql("DELETE FROM post_told WHERE post_id = $1 AND revision = $2");
    tx.run(forget.bind(post.id.as_str().to_owned()).bind(post.revision)).await?;
    Ok(())
}

/// Who was told of a post as it is now, the first one first.
pub async fn told_of(tx: &mut Tx, id: &PostId) -> Result<Vec<ToldOf>, PostError> {
    let post = Posts(tx).known(id).await?;
    Ok(told_rows(tx, &post).await?.into_iter().map(|(_, one)| one).collect())
}

/// For how many minutes those on call are told alone.
pub async fn minutes_alone(tx: &mut Tx) -> Result<i16, StoreError> {
    let Some(text) = Settings(tx).value(SETTING).await? else { return Ok(USUAL_MINUTES) };
    let minutes = text.parse().map_err(|_| StoreError::damaged("value"))?;
    if MINUTES.contains(&minutes) { Ok(minutes) } else { Err(StoreError::damaged("value")) }
}

/// Says for how many, from now on.
pub async fn set_minutes_alone(
    tx: &mut Tx,
    minutes: i16,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Result<(), NoSuchWait>, StoreError> {
    if !MINUTES.contains(&minutes) {
        return Ok(Err(NoSuchWait));
    }
    Settings(tx).put(SETTING, &minutes.to_string()).await?;
    Ledger(tx).append("on_call.minutes", "trust", &(minutes, by), clock.now(), entropy).await?;
    Ok(Ok(()))
}

/// Who could approve a post on each account it is for; never its author.
async fn able_to_approve(
    tx: &mut Tx,
    post: &Post,
    policy: &Policy,
    at: Timestamp,
) -> Result<Vec<Able>, StoreError> {
    let mut able: Option<Vec<Able>> = None;
    for channel in Posts(tx).channels_of(&post.id).await? {
        let here = able_on(tx, &channel, policy, at).await?;
        able = Some(match able {
            None => here,
            Some(before) => before.into_iter().filter(|one| here.contains(one)).collect(),
        });
    }
    let mut able = able.unwrap_or_default();
    able.retain(|one| one.person != post.author);
    Ok(able)
}

async fn tell(
    tx: &mut Tx,
    post: &Post,
    one: &Able,
    on_call: bool,
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let now = clock.now();
    let note = sql(
        "INSERT INTO post_told (post_id, revision, person_id, on_call, told_ms) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (post_id, revision, person_id) DO NOTHING",
    )
    .bind(post.id.as_str().to_owned())
    .bind(post.revision)
    .bind(one.person.as_str().to_owned())
    .bind(i64::from(on_call))
    .bind(now.as_millisecond());
    if tx.run(note).await? == 0 {
        return Ok(());
    }
    let why = if on_call { "You are on call, so you are told first." } else { "You may approve it." };
    let body = format!(
        "A post waits for a second person. {why}\n\nLook, and approve or return it:\n{origin}/posts/{}/approve\n",
        post.id
    );
    Mails(tx).queue(&one.mail, SUBJECT, &body, clock, entropy).await?;
    for push in Pushes(tx).of(&one.person).await? {
        Jobs(tx).enqueue(Work::SendPush, push.id.as_str(), now, clock, entropy).await?;
    }
    Ok(())
}

async fn told_rows(tx: &mut Tx, post: &Post) -> Result<Vec<(PersonId, ToldOf)>, StoreError> {
    let found = sql("SELECT t.person_id, p.name, t.told_ms, t.on_call, t.opened_ms FROM post_told t
         JOIN person p ON p.id = t.person_id WHERE t.post_id = $1 AND t.revision = $2
         ORDER BY t.told_ms, p.name, p.id")
    .bind(post.id.as_str().to_owned())
    .bind(post.revision);
    let mut all = Vec::new();
    for row in tx.rows(found).await? {
        let one = ToldOf {
            name: row.text("name")?,
            at: row.instant("told_ms")?,
            on_call: row.flag("on_call")?,
            opened: row.maybe_instant("opened_ms")?,
        };
        all.push((row.read("person_id", PersonId::parse)?, one));
    }
    Ok(all)
}

fn later(from: Timestamp, minutes: i16) -> Timestamp {
    from.checked_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}
