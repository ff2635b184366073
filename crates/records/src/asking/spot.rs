//! Adults on the spot: the code on the wall of an event leads to a page on which somebody of 18 or over answers for
//! themselves. They are on the activity's roster then, with answers of their own.

use cleansheet_terms::{
    ActivityId, Clock, Date, Entropy, LONDON, ParticipantId, PersonId, Timestamp, day_in_london,
};
use jiff::{ToSpan as _, civil::Time};

use super::{Why, Words};
use crate::{
    Secret,
    activities::{Activities, Activity, ActivityError, AddressError, ParticipantDetails, address},
    columns::Columns as _,
    consents::{self, Answers, Giver, NewAnswers, Way},
    database::{StoreError, Tx, sql},
    invitations::{InvitationError, Invitations, Visitor},
    ledger_entries::Ledger,
    mails::Mails,
    secret,
    withdrawals::WithdrawalError,
};

/// More people than come to an event answer by no code: somebody plays with it.
pub const MOST_ANSWERS: i64 = 500;
const LONGEST_NAME: usize = 120;

/// An adult's answers.
#[derive(Clone, Copy)]
pub struct NewSpot<'a> {
    /// The secret part of the code on the wall.
    pub token: &'a str,
    /// A secret of the page they filled in, so that it is answered once.
    pub once: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their address, for a receipt; may be empty.
    pub mail: &'a str,
    /// They said that they are 18 or over.
    pub adult: bool,
    /// What they answered.
    pub answers: &'a Answers,
    /// The trust's name, for mails.
    pub trust: &'a str,
    /// The words of the receipt.
    pub words: &'a dyn Words,
}

/// Somebody who has just answered.
#[derive(Debug, Clone)]
pub struct Spotted {
    /// They themselves.
    pub participant: ParticipantId,
    /// The secret part of their own link, shown this once.
    pub link: Secret,
    /// The code that opens it.
    pub code: String,
}

/// Why somebody's answer was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SpotError {
    /// The code on the wall works no more, or never did.
    #[error("this code does not work any more; ask somebody of the trust for the code of today")]
    Ended,
    /// The event is over.
    #[error("this activity is over; a code works until the day after it")]
    Over,
    /// A child, or somebody who did not say.
    #[error("say that you are 18 or over; if you are younger, ask your parent or carer")]
    NotAdult,
    /// No name.
    #[error("write your name, so that the coach finds you in the picture")]
    Nameless,
    /// No mail address.
    #[error(transparent)]
    Mail(#[from] AddressError),
    /// No answer.
    #[error("answer each question; no is as good as yes")]
    NoAnswer,
    /// The same page was sent twice.
    #[error("this page was sent already; your answers are kept")]
    Twice,
    /// The activity.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// The link.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// The answers.
    #[error(transparent)]
    Answer(#[from] WithdrawalError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The codes on walls, in the database. Borrow it from a [`Tx`].
pub struct Spots<'t>(pub &'t mut Tx);

impl Spots<'_> {
    /// Makes a code for an activity, and says until when it works: the end of the day after.
    pub async fn make(
        &mut self,
        activity: &ActivityId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(Secret, Timestamp), SpotError> {
        let found = Activities(self.0).activity(activity).await?;
        let found = found.ok_or_else(|| ActivityError::NoActivity(activity.clone()))?;
        let (token, ends, now) = (Secret::new(entropy), ends(found.day), clock.now());
        if ends <= now {
            return Err(SpotError::Over);
        }
        let insert =
            sql("INSERT INTO spot_link (token_hash, activity_id, made_ms, ends_ms) VALUES ($1, $2, $3, $4)")
                .bind(token.hash())
                .bind(activity.as_str().to_owned())
                .bind(now.as_millisecond())
                .bind(ends.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("spot.opened", activity.as_str(), by, now, entropy).await?;
        Ok((token, ends))
    }

    /// The activity of a code that works.
    pub async fn activity(&mut self, token: &str, now: Timestamp) -> Result<Option<Activity>, StoreError> {
        let found =
            sql("SELECT activity_id FROM spot_link WHERE token_hash = $1 AND ends_ms > $2 AND answers < $3")
                .bind(secret::hash(token))
                .bind(now.as_millisecond())
                .bind(MOST_ANSWERS);
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        Activities(self.0).activity(&row.read("activity_id", ActivityId::parse)?).await
    }

    /// Keeps an adult's answers, and puts them on the activity's roster; not yet when somebody of that name must not be shown.
    pub async fn answer(
        &mut self,
        new: &NewSpot<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Spotted, SpotError> {
        let (name, mail) = checked(new)?;
        let activity = self.use_up(new, clock.now()).await?;
        let adult = ParticipantDetails { name: &name, born: None, adult: true, reference: "", mail: &mail };
        let id = Activities(self.0).add_participant_with(&adult, clock, entropy).await?;
        Activities(self.0).put_on_roster_or_wait(&activity, &id, day_in_london(clock.now())).await?;
        let answers = NewAnswers {
            participant: &id,
            giver: Giver::Own,
            answers: new.answers,
            language: "en",
            way: Way::Spot,
            evidence: "answered for themselves at the event, by the code on the wall; nobody looked at a document",
            until: consents::good_until(day_in_london(clock.now())),
            trust: new.trust,
        };
        consents::answer(self.0, &answers, clock, entropy).await?;
        let visitor = Visitor::Participant(id.clone());
        let (link, code) = Invitations(self.0).print(&visitor, clock, entropy).await?;
        if !mail.is_empty() {
            let own = Invitations(self.0).invite(&visitor, clock, entropy).await?;
            let written = new.words.mail(Why::Receipt, &visitor, "en", own.reveal());
            Mails(self.0).queue(&mail, &written.subject, &written.body, clock, entropy).await?;
        }
        Ok(Spotted { participant: id, link, code })
    }

    /// Counts one answer of a code, and the page it came from.
    async fn use_up(&mut self, new: &NewSpot<'_>, now: Timestamp) -> Result<ActivityId, SpotError> {
        let once = sql(
            "INSERT INTO spot_answer (once_hash, made_ms) VALUES ($1, $2) ON CONFLICT (once_hash) DO NOTHING",
        )
        .bind(secret::hash(new.once))
        .bind(now.as_millisecond());
        if self.0.run(once).await? == 0 {
            return Err(SpotError::Twice);
        }
        let count = sql("UPDATE spot_link SET answers = answers + 1
             WHERE token_hash = $1 AND ends_ms > $2 AND answers < $3 RETURNING activity_id")
        .bind(secret::hash(new.token))
        .bind(now.as_millisecond())
        .bind(MOST_ANSWERS);
        let row = self.0.row(count).await?.ok_or(SpotError::Ended)?;
        Ok(row.read("activity_id", ActivityId::parse)?)
    }
}

/// Name and address, as they are kept.
fn checked(new: &NewSpot<'_>) -> Result<(String, String), SpotError> {
    if !new.adult {
        return Err(SpotError::NotAdult);
    }
    let name = new.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !name.chars().any(char::is_alphabetic) || name.chars().count() > LONGEST_NAME {
        return Err(SpotError::Nameless);
    }
    let mail = address(new.mail)?;
    if new.answers.is_empty() { Err(SpotError::NoAnswer) } else { Ok((name, mail)) }
}

/// The end of the day after, in London.
fn ends(day: Date) -> Timestamp {
    let end = day.saturating_add(2.days()).to_datetime(Time::midnight());
    end.in_tz(LONDON).map_or(Timestamp::MIN, |at| at.timestamp())
}
