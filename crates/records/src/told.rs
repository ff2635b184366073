//! What somebody was told by itself: each occasion once, however often the program looks.

use cleansheet_terms::Timestamp;

use crate::database::{StoreError, Tx, sql};

/// What was told, in the database. Borrow it from a [`Tx`]; note it in the transaction that queues the mail, so that
/// either both are kept or neither.
pub struct Told<'t>(pub &'t mut Tx);

impl Told<'_> {
    /// Notes an occasion and says whether it is the first time.
    ///
    /// - `about`: the id of what it is about.
    /// - `what`: the occasion, for example `certificate 2027-03-01 30 days`; no personal data.
    pub async fn first(&mut self, about: &str, what: &str, now: Timestamp) -> Result<bool, StoreError> {
        let note = sql("INSERT INTO told (about, what, told_ms) VALUES ($1, $2, $3)
             ON CONFLICT (about, what) DO NOTHING")
        .bind(about.to_owned())
        .bind(what.to_owned())
        .bind(now.as_millisecond());
        Ok(self.0.run(note).await? == 1)
    }

    /// Whether somebody was told of an occasion: before a writing transaction is begun for it.
    pub async fn already(&mut self, about: &str, what: &str) -> Result<bool, StoreError> {
        let found = sql("SELECT told_ms FROM told WHERE about = $1 AND what = $2")
            .bind(about.to_owned())
            .bind(what.to_owned());
        Ok(self.0.row(found).await?.is_some())
    }
}
