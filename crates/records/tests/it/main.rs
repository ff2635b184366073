//! The records on real databases: SQLite always, PostgreSQL as well when `CLEANSHEET_TEST_POSTGRES` names a server.

mod approving;
mod drafts;
mod golden;
mod jobs;
mod schema;
mod sending;
mod withdrawing;
mod world;
