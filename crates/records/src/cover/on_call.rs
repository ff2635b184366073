//! Stand-ins on call: who is told first of a post that waits, on evenings and match days.

use cleansheet_terms::{ActivityId, Clock, Entropy, PersonId, Timestamp, id};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    people::{People, PersonError},
};

id!(
    /// One turn of being on call.
    OnCallId,
    "oncall"
);

/// A turn is an evening or a match day, a long weekend at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(4 * 24);

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The turn.
    pub id: OnCallId,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The match day's activity, when it is for one.
    pub activity: Option<String>,
    /// From then.
    pub from: Timestamp,
    /// Up to then.
    pub until: Timestamp,
}

/// A turn to give.
#[derive(Debug, Clone, Copy)]
pub struct NewTurn<'a> {
    /// Who.
    pub person: &'a PersonId,
    /// The Manager who gives it.
    pub by: &'a PersonId,
    /// The match day's activity, when it is for one.
    pub activity: Option<&'a ActivityId>,
    /// From then.
    pub from: Timestamp,
    /// Up to then.
    pub until: Timestamp,
}

/// Why a turn cannot be given or ended.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Over already, or backwards.
    #[error("this turn would be over before it begins; choose a later end")]
    Backwards,
    /// Too long.
    #[error("a turn lasts four days at most; give several")]
    TooLong,
    /// No such turn, or it is over.
    #[error("this turn is over already; look at the list again")]
    Missing(OnCallId),
    /// Somebody who may not act.
    #[error("they cannot act at the moment; choose somebody else")]
    CannotAct,
    /// Not a Manager, or nobody we know.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rota in the database. Borrow it from a [`Tx`].
pub struct OnCall<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT o.id, o.person_id, p.name, a.name AS activity_name, o.from_ms, o.until_ms FROM on_call o
             JOIN person p ON p.id = o.person_id LEFT JOIN activity a ON a.id = o.activity_id
             WHERE o.ended_ms IS NULL AND p.left_ms IS NULL AND ",
            $tail
        )
    };
}

impl OnCall<'_> {
    /// Gives somebody a turn.
    pub async fn give(
        &mut self,
        new: &NewTurn<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<OnCallId, TurnError> {
        let now = clock.now();
        People(self.0).must_be_manager(new.by, now).await?;
        if new.until <= new.from || new.until <= now {
            return Err(TurnError::Backwards);
        }
        if new.until.duration_since(new.from) > LONGEST {
            return Err(TurnError::TooLong);
        }
        if People(self.0).present(new.person).await?.is_suspended() {
            return Err(TurnError::CannotAct);
        }
        let id = OnCallId::new(clock, entropy);
        let insert = sql("INSERT INTO on_call (id, person_id, activity_id, from_ms, until_ms)
             VALUES ($1, $2, $3, $4, $5)")
        .bind(id.as_str().to_owned())
        .bind(new.person.as_str().to_owned())
        .bind(new.activity.map(|activity| activity.as_str().to_owned()))
        .bind(new.from.as_millisecond())
        .bind(new.until.as_millisecond());
        self.0.run(insert).await?;
        let payload = (new.person, new.by, new.from.as_millisecond(), new.until.as_millisecond());
        Ledger(self.0).append("on_call.given", id.as_str(), &payload, now, entropy).await?;
        Ok(id)
    }

    /// Ends a turn, or calls one off.
    pub async fn end(
        &mut self,
        id: &OnCallId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), TurnError> {
        let now = clock.now();
        People(self.0).must_be_manager(by, now).await?;
        let end =
            sql("UPDATE on_call SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL AND until_ms > $1")
                .bind(now.as_millisecond())
                .bind(id.as_str().to_owned());
        if self.0.run(end).await? == 0 {
            return Err(TurnError::Missing(id.clone()));
        }
        Ledger(self.0).append("on_call.ended", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// Who is on call at an instant.
    pub async fn at(&mut self, at: Timestamp) -> Result<Vec<Turn>, StoreError> {
        let found = sql(select!("o.from_ms <= $1 AND o.until_ms > $1 ORDER BY o.from_ms, o.id"));
        self.0.rows(found.bind(at.as_millisecond())).await?.iter().map(turn).collect()
    }

    /// The turns that run or are to come, the next first.
    pub async fn ahead(&mut self, at: Timestamp) -> Result<Vec<Turn>, StoreError> {
        let found = sql(select!("o.until_ms > $1 ORDER BY o.from_ms, o.id"));
        self.0.rows(found.bind(at.as_millisecond())).await?.iter().map(turn).collect()
    }
}

fn turn(row: &AnyRow) -> Result<Turn, StoreError> {
    Ok(Turn {
        id: row.read("id", OnCallId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        name: row.text("name")?,
        activity: row.maybe_text("activity_name")?,
        from: row.instant("from_ms")?,
        until: row.instant("until_ms")?,
    })
}
