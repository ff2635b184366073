//! The records on real databases: SQLite always, PostgreSQL as well when `CLEANSHEET_TEST_POSTGRES` names a server.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops and says where"
)]

mod approving;
mod asking;
mod changing;
mod codes;
mod consenting;
mod drafts;
mod ending;
mod entering;
mod erasing;
mod gauges;
mod golden;
mod identities;
mod importing;
mod inventory;
mod jobs;
mod ledger;
mod lists;
mod living;
mod merging;
mod old_posts;
mod random;
mod reviewing;
mod schema;
mod sending;
mod shown;
mod snapshot;
mod standing;
mod told;
mod unsettled;
mod visiting;
mod ways;
mod withdrawing;
mod world;
