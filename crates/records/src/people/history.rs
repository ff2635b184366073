//! What happened to a person, newest first: for the page about them. The ledger proves it; these rows can be read.

use cleansheet_terms::{Clock, Entropy, PersonId, Timestamp, id};

use super::{UnknownWord, register::People};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    review::Readers,
};

id!(
    /// One thing that happened to a person.
    PersonEventId,
    "event"
);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happened {
    /// They were added.
    Added,
    /// They were given a role.
    RoleGiven,
    /// A role was taken from them.
    RoleTaken,
    /// They were suspended.
    Suspended,
    /// A suspension ended.
    Restored,
    /// They read the policy and agreed to follow it; kept with its versions.
    Acknowledged,
    /// Their name or address was put right.
    Corrected,
    /// They left.
    Left,
}

impl Happened {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Added,
        Self::RoleGiven,
        Self::RoleTaken,
        Self::Suspended,
        Self::Restored,
        Self::Acknowledged,
        Self::Corrected,
        Self::Left,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::RoleGiven => "role_given",
            Self::RoleTaken => "role_taken",
            Self::Suspended => "suspended",
            Self::Restored => "restored",
            Self::Acknowledged => "acknowledged",
            Self::Corrected => "corrected",
            Self::Left => "left",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
    /// A reason or a role's name; may be empty. Reasons are for the Manager alone.
    pub say: String,
    /// Who did it, if it was a person and is known.
    pub by: Option<PersonId>,
}

impl People<'_> {
    /// What happened to a person, newest first.
    pub async fn history_of(&mut self, id: &PersonId) -> Result<Vec<PersonEvent>, StoreError> {
        let found = sql("SELECT at_ms, what, say, by_id FROM person_event WHERE person_id = $1
             ORDER BY at_ms DESC, id DESC")
        .bind(id.as_str().to_owned());
        let mut events = Vec::new();
        for row in self.0.rows(found).await? {
            events.push(PersonEvent {
                at: row.instant("at_ms")?,
                what: row.read("what", Happened::parse)?,
                say: row.text("say")?,
                by: row.maybe_read("by_id", PersonId::parse)?,
            });
        }
        let read = Readers(self.0).history(id).await?.into_iter();
        events.extend(read.map(|(_, at)| PersonEvent {
            at,
            what: Happened::Acknowledged,
            say: String::new(),
            by: None,
        }));
        // What happened in the same moment comes in the order of the words: nobody is suspended before they are added.
        events.sort_by_key(|one| std::cmp::Reverse((one.at, one.what)));
        Ok(events)
    }

    pub(super) async fn happened(
        &mut self,
        id: &PersonId,
        (what, say): (Happened, &str),
        by: Option<&PersonId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let insert = sql("INSERT INTO person_event (id, person_id, at_ms, what, say, by_id)
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(PersonEventId::new(clock, entropy).as_str().to_owned())
        .bind(id.as_str().to_owned())
        .bind(clock.now().as_millisecond())
        .bind(what.as_str().to_owned())
        .bind(say.trim().to_owned())
        .bind(by.map(|by| by.as_str().to_owned()));
        self.0.run(insert).await?;
        Ok(())
    }
}
