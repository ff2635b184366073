//! Reminders: after a week, and after three; at most two, and none once somebody has answered.

use cleansheet_terms::{Clock, Entropy, ParticipantId, Timestamp};
use jiff::SignedDuration;

use super::{
    AskError, Of, Why,
    ask::{Asked, Sender, most_rows, whole, write},
    quiet,
    who::{Frame, Listed, running_out, to_remind},
};
use crate::database::{StoreError, Tx, sql};

/// Nobody is reminded more often.
pub const MOST_REMINDERS: i64 = 2;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const FIRST: SignedDuration = SignedDuration::from_hours(7 * 24);
const SECOND: SignedDuration = SignedDuration::from_hours(21 * 24);

/// Whether there is anybody to remind, or to ask anew, and it is day in London. Reads, so that most looks hold nobody up.
pub async fn is_due(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    if quiet::daytime(now) != now {
        return Ok(false);
    }
    if anybody_waits(tx, before(now, FIRST)).await? {
        return Ok(true);
    }
    let Some(frame) = Frame::of(tx, now).await? else { return Ok(false) };
    Ok(!running_out(tx, &frame, 1).await?.is_empty())
}

/// Reminds everybody whose turn it is, when it is day in London.
pub async fn remind_due(
    tx: &mut Tx,
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let now = clock.now();
    if quiet::daytime(now) != now {
        return Ok(Asked::default());
    }
    let Some(frame) = Frame::of(tx, now).await? else { return Ok(Asked::default()) };
    let when = (before(now, FIRST), before(now, SECOND));
    let found = to_remind(tx, &frame, &Of::All, when, most_rows()).await?;
    send(tx, found, sender, clock, entropy).await
}

/// Reminds those now who answer for these participants: whoever has had two reminders, or was written to within a day, is
/// left alone.
pub async fn remind(
    tx: &mut Tx,
    ids: &[ParticipantId],
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let now = clock.now();
    let frame = Frame::of(tx, now).await?.ok_or(AskError::NoWording)?;
    let mut found = Vec::new();
    for id in ids {
        let of = Of::Participant(id.clone());
        found.extend(to_remind(tx, &frame, &of, (before(now, DAY), now), most_rows()).await?);
    }
    found.sort_by(|one, other| one.visitor.cmp(&other.visitor));
    send(tx, found, sender, clock, entropy).await
}

async fn send(
    tx: &mut Tx,
    found: Vec<Listed>,
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let mut sent = Asked::default();
    let (all, more) = whole(found);
    for (visitor, about) in all {
        let Some((first, by)) = about.first().and_then(|one| Some((one, one.open.as_ref()?.by))) else {
            continue;
        };
        for one in &about {
            note(tx, one, clock.now()).await?;
        }
        write(tx, Why::Remind, &visitor, first, by, sender.words, clock, entropy).await?;
        sent.count(by);
    }
    Ok(Asked { more, ..sent })
}

/// One more reminder; a letter is to be printed again.
async fn note(tx: &mut Tx, one: &Listed, now: Timestamp) -> Result<(), StoreError> {
    let note = sql("UPDATE asking SET reminders = reminders + 1, last_ms = $1, printed_ms = NULL
         WHERE participant_id = $2 AND visitor_id = $3 AND answered_ms IS NULL")
    .bind(now.as_millisecond())
    .bind(one.participant.as_str().to_owned())
    .bind(one.visitor.as_str().to_owned());
    tx.run(note).await?;
    Ok(())
}

/// A look into an index, so that most looks cost nothing.
async fn anybody_waits(tx: &mut Tx, since: Timestamp) -> Result<bool, StoreError> {
    let found =
        sql("SELECT id FROM asking WHERE answered_ms IS NULL AND reminders < $1 AND last_ms <= $2 LIMIT 1")
            .bind(MOST_REMINDERS)
            .bind(since.as_millisecond());
    Ok(tx.row(found).await?.is_some())
}

fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}
