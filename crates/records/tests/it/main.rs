//! The records on real databases: SQLite always, PostgreSQL as well when `CLEANSHEET_TEST_POSTGRES` names a server.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops and says where"
)]

mod access;
mod approving;
mod asking;
mod changing;
mod codes;
mod consenting;
mod dbs;
mod deputies;
mod drafts;
mod editing;
mod ending;
mod entering;
mod erasing;
mod forms;
mod gauges;
mod golden;
mod identities;
mod importing;
mod inventory;
mod jobs;
mod ledger;
mod lending;
mod lists;
mod living;
mod lost;
mod merging;
mod old_posts;
mod on_call;
mod on_the_way;
mod oracle_standing;
mod papers;
mod people;
mod random;
mod reminding;
mod reviewing;
mod schema;
mod sending;
mod shown;
mod snapshot;
mod spending;
mod spots;
mod standing;
mod told;
mod unsettled;
mod visiting;
mod ways;
mod withdrawing;
mod wording;
mod world;
