//! One press of a family: several answers at once, and everything that follows from them.

use cleansheet_terms::{Clock, Date, Entropy, Naming, ParticipantId, Role, WithdrawalId, day_in_london};
use jiff::ToSpan as _;

use super::{Consents, Giver, Kind, NewAnswer, Purpose, Way};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    mails::Mails,
    people::People,
    withdrawals::{self, Scope, WithdrawalError},
};

/// What was answered to each question: `None` is a no.
pub type Answers = [(Purpose, Kind, Option<Naming>)];

/// Answers to write down, to the wording in force.
#[derive(Debug, Clone)]
pub struct NewAnswers<'a> {
    /// About whom.
    pub participant: &'a ParticipantId,
    /// Who answers.
    pub giver: Giver,
    /// To which questions; those that are not among them stay as they were.
    pub answers: &'a Answers,
    /// In which language they read the words.
    pub language: &'a str,
    /// How they came.
    pub way: Way,
    /// How they were given, for a later doubt.
    pub evidence: &'a str,
    /// The last day a yes is good for.
    pub until: Date,
    /// The trust's name, for mails.
    pub trust: &'a str,
}

/// What followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Something public or waiting had to go, or a yes became a no: there is a receipt.
    pub withdrawal: Option<WithdrawalId>,
    /// Those who answer for this child do not agree; the safeguarding lead was told.
    pub disagree: bool,
}

/// Writes answers down and starts everything that follows from them.
pub async fn answer(
    tx: &mut Tx,
    new: &NewAnswers<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Answered, WithdrawalError> {
    let (mut took_back, mut narrowed) = (false, false);
    let today = day_in_london(clock.now());
    let disagreed = disagree(tx, new.participant, today).await?;
    for (purpose, kind, given) in new.answers {
        let before = Consents(tx).newest(new.participant, *purpose, *kind).await?;
        let before = before.get(&new.giver);
        let yes = before.filter(|before| before.yes).map(|before| before.naming);
        took_back |= yes.is_some_and(|yes| given.is_none_or(|given| given < yes));
        // Nobody waited for this giver before; from now on what is public has to keep to their answer too.
        narrowed |= given.is_none_or(|given| before.is_none() && given < Naming::Full);
        let one = NewAnswer {
            participant: new.participant,
            giver: new.giver.clone(),
            purpose: *purpose,
            kind: *kind,
            yes: given.is_some(),
            naming: given.unwrap_or_default(),
            language: new.language,
            way: new.way,
            evidence: new.evidence,
            until: if given.is_some() { new.until } else { Date::MAX },
        };
        Consents(tx).record(&one, clock, entropy).await?;
    }
    answered(tx, new.participant, &new.giver, clock).await?;
    let disagree = disagree(tx, new.participant, today).await?;
    if disagree && !disagreed {
        tell(tx, new.trust, clock, entropy).await?;
    }
    let withdrawal = if took_back || narrowed {
        let about = withdrawals::About { participant: new.participant, giver: &new.giver, trust: new.trust };
        withdrawals::end_what_may_not_stay(tx, &about, Scope::Some, took_back, clock, entropy).await?
    } else {
        None
    };
    Ok(Answered { withdrawal, disagree })
}

/// Whoever was asked has answered.
pub(super) async fn answered(
    tx: &mut Tx,
    participant: &ParticipantId,
    giver: &Giver,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let visitor = match giver {
        Giver::Guardian(id) => id.as_str(),
        Giver::Own => participant.as_str(),
    };
    let done = sql("UPDATE asking SET answered_ms = $1
         WHERE participant_id = $2 AND visitor_id = $3 AND answered_ms IS NULL")
    .bind(clock.now().as_millisecond())
    .bind(participant.as_str().to_owned())
    .bind(visitor.to_owned());
    tx.run(done).await?;
    Ok(())
}

/// Children about whom those who answer for them now say yes and no to the same question; `$1`: born after it is a child.
/// An adult answers alone, whatever guardians said before.
macro_rules! disagreeing {
    ($which:literal) => {
        concat!(
            "SELECT DISTINCT n.participant_id FROM (
                 SELECT c.participant_id, c.purpose, c.kind, c.answer, ROW_NUMBER() OVER (
                     PARTITION BY c.participant_id, c.purpose, c.kind, c.guardian_id
                     ORDER BY c.given_ms DESC, c.id DESC) AS place
                 FROM consent c JOIN participant p ON p.id = c.participant_id
                 LEFT JOIN guardianship s ON s.participant_id = c.participant_id
                     AND s.guardian_id = c.guardian_id AND s.ended_ms IS NULL
                 WHERE ((p.born_day IS NULL AND p.adult = 0) OR p.born_day > $1)
                     AND (c.guardian_id IS NULL OR s.guardian_id IS NOT NULL)
                     AND ",
            $which,
            ") n WHERE n.place = 1
             GROUP BY n.participant_id, n.purpose, n.kind HAVING MIN(n.answer) <> MAX(n.answer)
             ORDER BY n.participant_id"
        )
    };
}

/// Whether those who answer for a participant do not agree on a day.
async fn disagree(tx: &mut Tx, id: &ParticipantId, day: Date) -> Result<bool, StoreError> {
    let found = sql(disagreeing!("c.participant_id = $2"));
    Ok(tx.row(found.bind(grown_up(day)).bind(id.as_str().to_owned())).await?.is_some())
}

/// Every participant about whom people do not agree on a day, for the safeguarding lead.
pub async fn who_disagree(tx: &mut Tx, day: Date) -> Result<Vec<ParticipantId>, StoreError> {
    let found = sql(disagreeing!(
        "c.participant_id IN (SELECT o.participant_id FROM consent o WHERE o.answer = 'no')"
    ));
    let rows = tx.rows(found.bind(grown_up(day))).await?;
    rows.iter().map(|row| row.read("participant_id", ParticipantId::parse)).collect()
}

/// Whoever was born up to then is 18.
fn grown_up(day: Date) -> String {
    day.saturating_sub(18.years()).to_string()
}

/// No name in it: mail may be read by others.
async fn tell(
    tx: &mut Tx,
    trust: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let body = format!(
        "Two people who answer for the same child, or the child and somebody who answers for them, do not agree about \
         pictures. Any no counts: where they differ, the child is not shown.\n\nSign in and look at the list of \
         participants: “They do not agree” stands above it. Nobody else was told.\n\n{trust}\n"
    );
    let (people, now) = (People(tx).list().await?, clock.now());
    for lead in people.into_iter().filter(|one| one.is(Role::Dsl, now) && !one.is_suspended()) {
        Mails(tx).queue(&lead.mail, "A family does not agree about pictures", &body, clock, entropy).await?;
    }
    Ok(())
}
