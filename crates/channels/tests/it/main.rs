//! What every channel must do, and what is particular to one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops and says where")]

mod contract;
mod website;
