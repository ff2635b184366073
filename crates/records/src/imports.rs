//! Sheets of participants, guardians and rosters.

mod rows;

pub use rows::{Adult, Child, Remark, Row, Session, Sheet};
