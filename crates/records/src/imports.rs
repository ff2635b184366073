//! Sheets of participants, guardians and rosters: kept until somebody has looked at every row, then taken over at once.
//!
//! [`Imports`] keeps a sheet for a day. [`Imports::preview`] compares it with the records and says of each row what will
//! happen; nothing is written. [`accept`] does exactly what the preview said, in one transaction, once.

mod accept;
mod batch;
mod families;
mod known;
mod plan;
mod rows;

use std::collections::BTreeMap;

use cleansheet_terms::{Digest, ParticipantId};
use serde::{Deserialize, Serialize};

use crate::{
    activities::{ActivityError, Participant},
    database::StoreError,
    sealing::SealError,
    withdrawals::WithdrawalError,
};

pub use accept::accept;
pub use batch::{Batch, Imports};
pub use rows::{Adult, Child, Remark, Row, Session, Sheet};

/// What somebody decided about a row, by its number in the sheet.
pub type Choices = BTreeMap<u32, Choice>;

/// What somebody decided about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Nothing is taken from it.
    LeaveOut,
    /// It is about somebody who is on record.
    Same(ParticipantId),
    /// It is about the same child as an earlier row.
    SameRow(u32),
    /// It is about somebody who is not.
    Another,
}

/// What will happen when the rows are taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Each row.
    pub lines: Vec<Line>,
    /// How many of what.
    pub totals: Totals,
    /// Names exactly this preview: what somebody saw is what is done.
    pub hash: Digest,
}

/// What will happen with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The row.
    pub row: Row,
    /// What.
    pub outcome: Outcome,
    /// What is new or different, in words.
    pub says: Vec<String>,
    /// What is worth knowing and holds nothing up, in words.
    pub notes: Vec<String>,
}

/// What will happen with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody who is not on record.
    New,
    /// Nothing: all of it is on record. Whom it is about, when that was told by name and birthday.
    Known(Option<Box<Participant>>),
    /// Somebody on record about whom something is new.
    Changed(Option<Box<Participant>>),
    /// It cannot be taken over: what is wrong.
    Faulty(Vec<Remark>),
    /// Somebody has to say whether it is one of these.
    Open(Vec<Alike>),
    /// Nothing, as somebody chose.
    LeftOut,
}

/// Somebody a row looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alike {
    /// On record.
    Known(Box<Participant>),
    /// An earlier row: its number and the name in it.
    Row(u32, String),
}

/// How many rows are what, and what will be added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows about somebody new.
    pub new: usize,
    /// Rows that change something.
    pub changed: usize,
    /// Rows that change nothing.
    pub known: usize,
    /// Rows that cannot be taken over.
    pub faulty: usize,
    /// Rows that wait for a choice.
    pub open: usize,
    /// Rows that are left out.
    pub left_out: usize,
    /// Guardians who are not on record.
    pub guardians: usize,
    /// Activities that are not on record.
    pub activities: usize,
}

impl Totals {
    /// Every row can be taken over or is left out.
    pub fn is_ready(&self) -> bool {
        self.faulty == 0 && self.open == 0
    }
}

/// Why a sheet is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It was never here, or is more than a day old.
    #[error("this sheet is no longer here: it is kept for a day; send it again")]
    Gone,
    /// Rows that are neither put right nor left out.
    #[error("{0} rows still have to be put right, decided or left out")]
    NotReady(usize),
    /// The records, or somebody's choices, are not what they were.
    #[error("something has changed since this preview was made; look at it again before you import")]
    Changed,
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Participants, guardians, activities.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// What follows for posts.
    #[error(transparent)]
    Withdrawal(#[from] WithdrawalError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
