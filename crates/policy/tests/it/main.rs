//! The policy from outside, over all cases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where by itself")]

mod orders;
