//! What every channel must do, and what is particular to one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops and says where"
)]

mod before;
mod bluesky;
mod contract;
mod described;
mod facebook;
mod instagram;
mod letters;
mod mastodon;
mod meta;
mod meta_described;
mod oauth;
mod scenarios;
mod threads;
mod website;
mod x;
