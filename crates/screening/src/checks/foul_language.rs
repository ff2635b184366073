//! Foul language, clause 6: whole words of `lexicon/foul.toml`, however they are disguised.

use super::{Check, CheckFailed, shared::listed};
use crate::{finding::Finding, reading::Reading};

/// Asks: is there a foul word?
pub(super) struct FoulLanguage;

impl Check for FoulLanguage {
    fn name(&self) -> &'static str {
        "foul-language"
    }

    fn clauses(&self) -> &'static [u8] {
        &[6]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        listed(reading, self.name())
    }
}
