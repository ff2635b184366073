//! What the trust knows: people, accounts, consents, activities, posts, jobs. Types, rules and SQL, a folder a noun.
//!
//! [`Records`] opens the database; [`Records::begin`] starts a writing transaction and [`Records::read`] a reading
//! one. A noun's register borrows the transaction: `People(&mut tx).find(&id)`. Whatever changes something writes
//! its row, its ledger entry and the job to do next in the same transaction. The clock and chance are arguments.

mod columns;
mod database;

pub mod accounts;
pub mod activities;
pub mod approval;
pub mod asking;
pub mod complaints;
pub mod consents;
pub mod cover;
pub mod drift;
pub mod erasure;
pub mod facts;
pub mod gauges;
pub mod imports;
pub mod inventory;
pub mod invitations;
pub mod jobs;
pub mod ledger_entries;
pub mod mails;
pub mod media;
pub mod old_posts;
pub mod orders;
pub mod people;
pub mod posts;
pub mod review;
pub mod sealing;
mod secret;
pub mod settings;
pub mod sign_ins;
pub mod spending;
pub mod tasks;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod texts;
pub mod told;
mod trouble;
pub mod withdrawals;

pub use database::{Engine, Promise, Records, StoreError, Tx};
pub use secret::Secret;
pub use trouble::Trouble;
