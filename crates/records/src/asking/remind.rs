//! Reminders: after a week, and after three; at most two, and none once somebody has answered.

use cleansheet_terms::{Clock, Entropy, ParticipantId, Timestamp};
use jiff::SignedDuration;

use super::{
    AskError, By, Of, Why,
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
    let Some(frame) = Frame::of(tx, now).await? else { return Ok(false) };
    let when = (before(now, FIRST), before(now, SECOND));
    if anybody_waits(tx, &frame, when).await? && !to_remind(tx, &frame, &Of::All, when, 1).await?.is_empty() {
        return Ok(true);
    }
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
    send(tx, &frame, found, sender, clock, entropy).await
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
    send(tx, &frame, found, sender, clock, entropy).await
}

async fn send(
    tx: &mut Tx,
    frame: &Frame,
    found: Vec<Listed>,
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let mut sent = Asked::default();
    let (all, more) = whole(found);
    for (visitor, about) in all {
        let Some((first, by)) = about.first().and_then(|one| Some((one, way_now(one)?))) else {
            continue;
        };
        for one in &about {
            note(tx, frame, one, by, clock.now()).await?;
        }
        write(tx, Why::Remind, &visitor, first, by, sender.words, clock, entropy).await?;
        sent.count(by);
    }
    Ok(Asked { more, ..sent })
}

/// In the way somebody was asked; by a letter once there is nowhere to send it to.
fn way_now(one: &Listed) -> Option<By> {
    let by = one.open.as_ref()?.by;
    let gone = match by {
        By::Mail => one.mail.is_empty(),
        By::Sms => one.phone.is_empty(),
        By::Letter => false,
    };
    Some(if gone { By::Letter } else { by })
}

/// One more reminder; a letter is to be printed again.
async fn note(tx: &mut Tx, frame: &Frame, one: &Listed, by: By, now: Timestamp) -> Result<(), StoreError> {
    let note = sql("UPDATE asking SET reminders = reminders + 1, last_ms = $1, way = $2, printed_ms = NULL
         WHERE participant_id = $3 AND visitor_id = $4 AND edition_id = $5 AND answered_ms IS NULL")
    .bind(now.as_millisecond())
    .bind(by.as_str())
    .bind(one.participant.as_str().to_owned())
    .bind(one.visitor.as_str().to_owned())
    .bind(frame.edition.as_str().to_owned());
    tx.run(note).await?;
    Ok(())
}

/// A look into an index, so that most looks cost nothing. It finds some who have left or grown up since.
async fn anybody_waits(
    tx: &mut Tx,
    frame: &Frame,
    (last, first): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let found = sql("SELECT id FROM asking
         WHERE answered_ms IS NULL AND last_ms <= $1 AND edition_id = $2
             AND (reminders = 0 OR (reminders = 1 AND asked_ms <= $3))
             AND (way <> 'letter' OR printed_ms IS NOT NULL) LIMIT 1")
    .bind(last.as_millisecond())
    .bind(frame.edition.as_str().to_owned())
    .bind(first.as_millisecond());
    Ok(tx.row(found).await?.is_some())
}

fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}
