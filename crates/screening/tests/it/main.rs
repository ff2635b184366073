//! The screening as others use it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod photos;
mod words;
