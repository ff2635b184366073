//! Facts of a post that is in order, for tests: change the one fact the test is about.

use crate::{Policy, PolicyError, facts::PostFacts};

/// A photo with one child and one adult who may be shown, a second person who approves, nothing to find.
///
/// - `act`: `submit`, `approve` or `send`, as in [`crate::Act::NAME`]; the approval is there only for `send`.
#[expect(clippy::expect_used, reason = "only tests call it, with a word written in the source")]
pub fn post_in_order(act: &str) -> PostFacts {
    crate::cases::in_order(act.parse().expect("an act: submit, approve or send"))
}

/// A policy of other clauses than ours.
///
/// - `texts`: name (`NN_name`) and Cedar of each file.
pub fn policy_of(schema: &str, texts: &[(&str, &str)]) -> Result<Policy, PolicyError> {
    Policy::from_texts(schema, texts)
}

/// Our own schema and files, to change one of them.
pub fn texts() -> (&'static str, Vec<(&'static str, &'static str)>) {
    (crate::clauses::SCHEMA, crate::clauses::FILES.iter().map(|file| (file.name, file.rules)).collect())
}
