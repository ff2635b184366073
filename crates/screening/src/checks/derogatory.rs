//! Derogatory words, clauses 6 and 7: slurs and what is said against groups or a person; a group's name alone is never one.

use super::{Check, CheckFailed, shared::listed};
use crate::{finding::Finding, reading::Reading};

/// Asks: is somebody put down?
pub(super) struct Derogatory;

impl Check for Derogatory {
    fn name(&self) -> &'static str {
        "derogatory"
    }

    fn clauses(&self) -> &'static [u8] {
        &[6, 7]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        listed(reading, self.name())
    }
}
