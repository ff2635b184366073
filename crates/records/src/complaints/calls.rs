//! Somebody wants to be called in their language, with an interpreter.

use cleansheet_locales::Language;
use cleansheet_terms::{CallId, Clock, Entropy, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::{ComplaintError, tell_managers};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    invitations::Visitor,
    ledger_entries::Ledger,
};

/// One call to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The call.
    pub id: CallId,
    /// Whom to call.
    pub visitor: Visitor,
    /// In which language.
    pub language: Language,
    /// Since when they wait.
    pub asked: Timestamp,
}

/// The calls in the database. Borrow it from a [`Tx`].
pub struct Calls<'t>(pub &'t mut Tx);

impl Calls<'_> {
    /// Writes down that somebody wants to be called, and tells the Manager. Asking again while nobody has called changes
    /// nothing.
    pub async fn ask(
        &mut self,
        visitor: &Visitor,
        language: Language,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        if self.waiting().await?.iter().any(|call| call.visitor == *visitor) {
            return Ok(());
        }
        let (id, now) = (CallId::new(clock, entropy), clock.now());
        let insert =
            sql("INSERT INTO call_request (id, visitor_id, language, asked_ms) VALUES ($1, $2, $3, $4)")
                .bind(id.as_str().to_owned())
                .bind(visitor.as_str().to_owned())
                .bind(language.code())
                .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("visitor.call_asked", id.as_str(), &language.code(), now, entropy).await?;
        let body = format!(
            "A family wants to be called in {}, with an interpreter.\n\nSign in and open “Complaints and calls”: it says \
             whom to call. Press “Called” afterwards.\n\n{trust}\n",
            language.english_name()
        );
        tell_managers(self.0, "A family wants to be called", &body, clock, entropy).await
    }

    /// Everybody who waits, the longest first.
    pub async fn waiting(&mut self) -> Result<Vec<Call>, StoreError> {
        let found = sql("SELECT id, visitor_id, language, asked_ms FROM call_request
             WHERE done_ms IS NULL ORDER BY asked_ms, id");
        self.0.rows(found).await?.iter().map(call).collect()
    }

    /// Somebody has called.
    pub async fn done(
        &mut self,
        id: &CallId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ComplaintError> {
        let now = clock.now();
        let put = sql("UPDATE call_request SET done_ms = $1, done_by = $2 WHERE id = $3 AND done_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(by.as_str().to_owned())
            .bind(id.as_str().to_owned());
        if self.0.run(put).await? == 0 {
            return Err(ComplaintError::Missing);
        }
        Ledger(self.0).append("visitor.called", id.as_str(), by, now, entropy).await?;
        Ok(())
    }
}

fn call(row: &AnyRow) -> Result<Call, StoreError> {
    Ok(Call {
        id: row.read("id", CallId::parse)?,
        visitor: row.read("visitor_id", Visitor::parse)?,
        language: row.read("language", Language::parse)?,
        asked: row.instant("asked_ms")?,
    })
}
