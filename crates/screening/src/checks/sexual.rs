//! Sexual content and drugs, clause 7.

use super::{Check, CheckFailed, shared::listed};
use crate::{finding::Finding, reading::Reading};

/// Asks: is it fit for children to read?
pub(super) struct Sexual;

impl Check for Sexual {
    fn name(&self) -> &'static str {
        "sexual"
    }

    fn clauses(&self) -> &'static [u8] {
        &[7]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        listed(reading, self.name())
    }
}
