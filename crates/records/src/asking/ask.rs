//! One press asks many: links, mails, text messages and letters in one transaction, and nobody twice.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_terms::{AskingId, Clock, Entropy, ParticipantId, PersonId, Timestamp};

use super::{
    AskError, By, Of, Why, Words, Written, quiet,
    who::{Frame, Listed, running_out, unasked},
};
use crate::{
    database::{StoreError, Tx, sql},
    invitations::{Invitations, Visitor},
    ledger_entries::Ledger,
    mails::Mails,
    texts::Texts,
};

/// People who are written to in one transaction: others wait for the one writer meanwhile.
pub(super) const BATCH: usize = 100;

/// Who writes, and by which ways.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// The words.
    pub words: &'a dyn Words,
    /// Text messages can be sent.
    pub texts: bool,
    /// Who pressed the button; nobody when the program asks by itself.
    pub by: Option<&'a PersonId>,
}

/// Whom to ask.
#[derive(Debug, Clone)]
pub enum Chosen<'a> {
    /// Everybody of these whom nobody has asked.
    Fitting(&'a Of, &'a str),
    /// Those who answer for these participants.
    These(&'a [ParticipantId]),
    /// The same by a letter, whether they were asked in another way or not.
    ByLetter(&'a [ParticipantId]),
}

/// What one transaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// People who are sent a mail.
    pub mails: usize,
    /// People who are sent a text message.
    pub texts: usize,
    /// People for whom a letter is to be printed.
    pub letters: usize,
    /// There are more: ask again in another transaction.
    pub more: bool,
}

impl Asked {
    /// Of several transactions together.
    pub fn and(self, next: Self) -> Self {
        Self {
            mails: self.mails + next.mails,
            texts: self.texts + next.texts,
            letters: self.letters + next.letters,
            more: next.more,
        }
    }

    pub(super) fn count(&mut self, by: By) {
        match by {
            By::Mail => self.mails += 1,
            By::Sms => self.texts += 1,
            By::Letter => self.letters += 1,
        }
    }
}

/// Asks those whom nobody has asked in the words in force. Whoever was asked and has not answered is left alone, so a second
/// press does nothing.
pub async fn ask(
    tx: &mut Tx,
    chosen: &Chosen<'_>,
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let frame = Frame::of(tx, clock.now()).await?.ok_or(AskError::NoWording)?;
    let (found, more) = match chosen {
        Chosen::Fitting(of, words) => whole(unasked(tx, &frame, of, words, most_rows()).await?),
        Chosen::These(ids) | Chosen::ByLetter(ids) => {
            let mut found = Vec::new();
            for id in *ids {
                let of = Of::Participant(id.clone());
                found.extend(unasked(tx, &frame, &of, "", most_rows()).await?);
            }
            (by_visitor(found), false)
        }
    };
    let letter = matches!(chosen, Chosen::ByLetter(_));
    let mut asked = write_to_all(tx, &frame, found, Why::Ask, letter, sender, clock, entropy).await?;
    if let Chosen::ByLetter(ids) = chosen {
        asked.letters += to_letters(tx, &frame, ids).await?;
    }
    asked.more = more;
    Ok(asked)
}

/// Asks those anew whose yes to the words in force runs out within a month.
pub async fn renew(
    tx: &mut Tx,
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let Some(frame) = Frame::of(tx, clock.now()).await? else { return Ok(Asked::default()) };
    let (found, more) = whole(running_out(tx, &frame, most_rows()).await?);
    let asked = write_to_all(tx, &frame, found, Why::Renew, false, sender, clock, entropy).await?;
    Ok(Asked { more, ..asked })
}

pub(super) fn most_rows() -> i64 {
    i64::try_from(BATCH * 4).unwrap_or(i64::MAX)
}

type Visitors = BTreeMap<Visitor, Vec<Listed>>;

fn by_visitor(found: Vec<Listed>) -> Visitors {
    let mut all = Visitors::new();
    for one in found {
        all.entry(one.visitor.clone()).or_default().push(one);
    }
    all
}

/// As many visitors as go into one transaction, each with all of their children, and whether there are more.
pub(super) fn whole(found: Vec<Listed>) -> (Visitors, bool) {
    let cut = i64::try_from(found.len()).is_ok_and(|rows| rows >= most_rows());
    let mut order: Vec<Visitor> = found.iter().map(|one| one.visitor.clone()).collect();
    order.dedup();
    // The rows of the last one may go on; one with more children than a whole batch has rows is taken as they are.
    if cut && order.len() > 1 {
        order.pop();
    }
    let more = cut || order.len() > BATCH;
    order.truncate(BATCH);
    let kept: BTreeSet<Visitor> = order.into_iter().collect();
    let mut all = by_visitor(found);
    all.retain(|visitor, _| kept.contains(visitor));
    (all, more)
}

#[expect(clippy::too_many_arguments, reason = "a private step of two acts that share all of it")]
async fn write_to_all(
    tx: &mut Tx,
    frame: &Frame,
    all: Visitors,
    why: Why,
    letter: bool,
    sender: Sender<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Asked, AskError> {
    let mut asked = Asked::default();
    for (visitor, about) in all {
        let Some(first) = about.first() else { continue };
        let by = if letter { By::Letter } else { way_to(first, sender.texts) };
        let mut fresh = false;
        for one in &about {
            fresh |= note(tx, frame, one, by, sender.by, clock, entropy).await?;
        }
        if fresh {
            write(tx, why, &visitor, first, by, sender.words, clock, entropy).await?;
            asked.count(by);
        }
    }
    if asked != Asked::default() {
        let payload = (sender.by, asked.mails, asked.texts, asked.letters);
        Ledger(tx).append("consent.asked", frame.edition.as_str(), &payload, clock.now(), entropy).await?;
    }
    Ok(asked)
}

/// The best way to reach somebody.
fn way_to(one: &Listed, texts: bool) -> By {
    if !one.mail.is_empty() {
        By::Mail
    } else if texts && !one.phone.is_empty() {
        By::Sms
    } else {
        By::Letter
    }
}

/// Writes down that somebody is asked about one participant. Says whether they were not asked already.
async fn note(
    tx: &mut Tx,
    frame: &Frame,
    one: &Listed,
    by: By,
    who: Option<&PersonId>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<bool, StoreError> {
    let now = clock.now().as_millisecond();
    let put = sql("INSERT INTO asking (id, participant_id, visitor_id, edition_id, way, asked_by, asked_ms, reminders,
             last_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $7)
         ON CONFLICT (participant_id, visitor_id, edition_id) DO UPDATE SET way = excluded.way,
             asked_by = excluded.asked_by, asked_ms = excluded.asked_ms, reminders = 0, last_ms = excluded.last_ms,
             answered_ms = NULL, printed_ms = NULL
         WHERE asking.answered_ms IS NOT NULL")
    .bind(AskingId::new(clock, entropy).as_str().to_owned())
    .bind(one.participant.as_str().to_owned())
    .bind(one.visitor.as_str().to_owned())
    .bind(frame.edition.as_str().to_owned())
    .bind(by.as_str())
    .bind(who.map(|who| who.as_str().to_owned()))
    .bind(now);
    Ok(tx.run(put).await? == 1)
}

/// Those who were asked in another way are asked by a letter from now on. Says for how many people.
async fn to_letters(tx: &mut Tx, frame: &Frame, ids: &[ParticipantId]) -> Result<usize, StoreError> {
    let mut visitors = BTreeSet::new();
    for id in ids {
        let change = sql("UPDATE asking SET way = 'letter', printed_ms = NULL
             WHERE participant_id = $1 AND edition_id = $2 AND answered_ms IS NULL
                 AND (way <> 'letter' OR printed_ms IS NOT NULL)
             RETURNING visitor_id")
        .bind(id.as_str().to_owned())
        .bind(frame.edition.as_str().to_owned());
        for row in tx.rows(change).await? {
            use crate::columns::Columns as _;
            visitors.insert(row.text("visitor_id")?);
        }
    }
    Ok(visitors.len())
}

/// Sends somebody a link of their own. A letter's is made when it is printed.
#[expect(clippy::too_many_arguments, reason = "a private step of three acts that share all of it")]
pub(super) async fn write(
    tx: &mut Tx,
    why: Why,
    visitor: &Visitor,
    to: &Listed,
    by: By,
    words: &dyn Words,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), AskError> {
    if by == By::Letter {
        return Ok(());
    }
    let link = Invitations(tx).invite(visitor, clock, entropy).await?;
    let due: Timestamp = quiet::daytime(clock.now());
    if by == By::Mail {
        let Written { subject, body } = words.mail(why, visitor, &to.language, link.reveal());
        Mails(tx).queue_for(&to.mail, &subject, &body, due, clock, entropy).await?;
    } else {
        let text = words.text(why, visitor, &to.language, link.reveal());
        Texts(tx).queue(visitor, &to.phone, &text, due, clock, entropy).await?;
    }
    Ok(())
}
