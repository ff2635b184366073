//! The policy from outside, over all cases.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails says where by itself"
)]

mod coverage;
mod loading;
mod oracle;
mod orders;
mod random;
mod taken_away;

use std::sync::LazyLock;

use cleansheet_policy::Policy;

/// Loaded once for all tests.
pub(crate) static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::load().unwrap());
