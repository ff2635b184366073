//! Signs of abuse, neglect or grooming, and children telling, clause 11. It opens a door to the safeguarding lead;
//! it never stops a child's own message and never answers.

use super::{Check, CheckFailed, shared::listed};
use crate::{finding::Finding, reading::Reading};

/// Asks: may a child not be safe?
pub(super) struct SignsOfAbuse;

impl Check for SignsOfAbuse {
    fn name(&self) -> &'static str {
        "signs-of-abuse"
    }

    fn clauses(&self) -> &'static [u8] {
        &[11]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        listed(reading, self.name())
    }
}
