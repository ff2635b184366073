//! Rows of a sheet as they were understood: what the records are asked to take over.

use cleansheet_terms::Date;
use serde::{Deserialize, Serialize};

use crate::activities::Relation;

/// A sheet that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Headings of columns that nothing is taken from.
    pub unused: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One row: a child, the adults who answer for them, and an activity they were at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number in the sheet.
    pub line: u32,
    /// The child, or an adult who takes part.
    pub child: Child,
    /// Who answers for them.
    pub guardians: Vec<Adult>,
    /// Whose roster they go on.
    pub activity: Option<Session>,
    /// What has to be put right before the row can be taken over.
    pub faults: Vec<Remark>,
    /// What is worth knowing and holds nothing up.
    pub notes: Vec<Remark>,
}

/// Something to say about a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The heading of its column.
    pub column: String,
    /// A sentence: what, and what to do.
    pub say: String,
}

/// A participant as a sheet has them. What is empty or `None` is not in the sheet, and changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Whole name.
    pub name: String,
    /// Birthday.
    pub born: Option<Date>,
    /// Said to be 18 or over.
    pub adult: bool,
    /// The trust's own number.
    pub reference: String,
    /// Their own mail address in lower case.
    pub mail: String,
    /// Their last day in activities.
    pub left: Option<Date>,
}

/// A guardian as a sheet has them. What is empty or `None` is not in the sheet, and changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adult {
    /// Whole name.
    pub name: String,
    /// Mail address in lower case.
    pub mail: String,
    /// Telephone number.
    pub phone: String,
    /// What they are to the child.
    pub relation: Option<Relation>,
    /// Their language, as a code.
    pub language: Option<String>,
}

/// An activity as a sheet names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Session {
    /// Its name.
    pub name: String,
    /// Its day; without one the newest activity of the name is meant.
    pub day: Option<Date>,
    /// Where.
    pub place: String,
}
