//! Threats of violence, clause 7.

use super::{Check, CheckFailed, shared::listed};
use crate::{finding::Finding, reading::Reading};

/// Asks: is somebody threatened?
pub(super) struct Threats;

impl Check for Threats {
    fn name(&self) -> &'static str {
        "threats"
    }

    fn clauses(&self) -> &'static [u8] {
        &[7]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        listed(reading, self.name())
    }
}
