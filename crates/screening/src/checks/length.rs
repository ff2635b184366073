//! Texts that are too long to be looked at whole.

use cleansheet_terms::{Clause, Severity};

use super::{Check, CheckFailed, shared::Saying};
use crate::{
    finding::Finding,
    reading::{MOST_LETTERS, Reading},
};

/// Asks: was everything looked at?
pub(super) struct Length;

const TOO_LONG: Saying = Saying {
    check: "length",
    kind: "too-long",
    clause: Clause::known::<12>(),
    rule: "length.25000",
    say: "Only the first 25,000 letters were looked at.",
    remedy: "Make the text shorter, then it is looked at whole.",
};

impl Check for Length {
    fn name(&self) -> &'static str {
        "length"
    }

    fn clauses(&self) -> &'static [u8] {
        &[12]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let long = reading.texts.iter().filter(|text| text.length > MOST_LETTERS);
        Ok(long.map(|text| TOO_LONG.at(text, 0..text.folded().len(), Severity::Block, 1.0)).collect())
    }
}
