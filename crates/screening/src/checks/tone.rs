//! Tone, clause 12: a note to the approver, nothing is stopped.

use super::{Check, CheckFailed, shared::listed};
use crate::{finding::Finding, reading::Reading};

/// Asks: does it sound like the trust?
pub(super) struct Tone;

impl Check for Tone {
    fn name(&self) -> &'static str {
        "tone"
    }

    fn clauses(&self) -> &'static [u8] {
        &[12]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        listed(reading, self.name())
    }
}
