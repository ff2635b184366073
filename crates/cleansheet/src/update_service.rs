//! The DBS Update Service: a status check for each person who agreed to it, once a night and when somebody asks (clause 1).
//!
//! The address of a call is personal data by itself (number, name, birthday): it is in no log, no error and no ledger entry, and
//! no error of the HTTP client is passed on, for they name addresses.

mod answer;
mod request;

use std::time::Duration;

use cleansheet_records::people::dbs::{
    Answer, DbsError, DbsRecords, Due, Way, details_are_due, forget_details,
};
use cleansheet_terms::PersonId;
use reqwest::StatusCode;

pub use answer::{Unreadable, read};
pub use request::{Service, ServiceError};

use crate::app::App;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// After so many failures in a row a round ends: other reminders wait for it, and the next one comes in a quarter of an hour.
const ENOUGH: u32 = 3;
/// An answer has some 300 bytes.
const ANSWER_BYTES: usize = 16 * 1024;

/// Why there is no answer. No number, no name, no address is in these words.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The owner has named no service.
    #[error("no Update Service is set; ask by hand, or have it set with --dbs-update-service")]
    None,
    /// It does not answer in time, or not at all.
    #[error("the Update Service does not answer; it is asked again later")]
    Silent,
    /// It answers with an error, or with a page for people.
    #[error("the Update Service answers with status {0}; it is asked again later")]
    Status(u16),
    /// What came is no answer.
    #[error("the Update Service's answer cannot be used: {0}")]
    Unreadable(#[from] Unreadable),
    /// The records.
    #[error(transparent)]
    Records(#[from] DbsError),
}

impl From<cleansheet_records::StoreError> for AskError {
    fn from(error: cleansheet_records::StoreError) -> Self {
        Self::Records(error.into())
    }
}

impl Service {
    /// Asks about one certificate, and compares what comes with what was seen.
    pub async fn ask(
        &self,
        outside: &reqwest::Client,
        due: &Due,
        organisation: &str,
    ) -> Result<Answer, AskError> {
        let call = outside.get(self.address(due, organisation)).timeout(PATIENCE);
        // Every error of the client can name the address.
        let mut response = call.send().await.map_err(|_| AskError::Silent)?;
        if response.status() != StatusCode::OK {
            return Err(AskError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| AskError::Silent)? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(Unreadable::Long.into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(read(&body)?.compared_with(due))
    }
}

impl Service {
    /// Whether a server answers there at all; asks about nobody.
    pub async fn is_there(&self, outside: &reqwest::Client) -> bool {
        outside.get(self.place()).timeout(PATIENCE).send().await.is_ok()
    }
}

/// Asks about one person because somebody pressed the button, and keeps what comes.
pub async fn ask_now(app: &App, person: &PersonId, by: &PersonId) -> Result<(), AskError> {
    let service = app.settings.update_service.as_ref().ok_or(AskError::None)?;
    let due = {
        let mut tx = app.records.read().await?;
        let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
        records.to_ask(person).await?
    };
    let answer = service.ask(&app.outside, &due, &app.settings.profile.trust.name).await?;
    keep(app, &due, (answer, Way::Service), Some(by)).await
}

/// Keeps what somebody read on the government's own page.
pub async fn asked_by_hand(
    app: &App,
    person: &PersonId,
    answer: Answer,
    by: &PersonId,
) -> Result<(), AskError> {
    let due = {
        let mut tx = app.records.read().await?;
        DbsRecords { tx: &mut tx, sealer: &app.sealer }.to_ask(person).await?
    };
    keep(app, &due, (answer, Way::ByHand), Some(by)).await
}

/// What goes by itself: details that were kept for six months go, and whoever agreed is asked about once a night. One person
/// whose answer fails holds nobody else up.
pub async fn by_itself(app: &App) -> Result<(), AskError> {
    forget(app).await?;
    let Some(service) = &app.settings.update_service else { return Ok(()) };
    let due = {
        let mut tx = app.records.read().await?;
        DbsRecords { tx: &mut tx, sealer: &app.sealer }.due(app.clock.now()).await?
    };
    let (mut answered, mut failed, mut in_a_row) = (0, 0, 0);
    for one in &due {
        if in_a_row == ENOUGH {
            break;
        }
        match ask_about(app, service, one).await {
            Ok(()) => (answered, in_a_row) = (answered + 1, 0),
            // The database: nobody else could be asked about either.
            Err(AskError::Records(DbsError::Store(error))) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "a status check had no answer; it comes again");
                (failed, in_a_row) = (failed + 1, in_a_row + 1);
                let mut tx = app.records.begin().await?;
                let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
                let url = &app.settings.public_url;
                records.not_answered(one, url, &*app.clock, &mut &app.entropy).await?;
                tx.commit().await?;
            }
        }
    }
    if answered + failed > 0 {
        tracing::info!(answered, failed, "status checks were made");
        app.wake.all();
    }
    Ok(())
}

async fn ask_about(app: &App, service: &Service, due: &Due) -> Result<(), AskError> {
    let answer = service.ask(&app.outside, due, &app.settings.profile.trust.name).await?;
    match keep(app, due, (answer, Way::Service), None).await {
        // Taken back, or decided anew, while the call was under way.
        Err(AskError::Records(DbsError::NotAgreed)) => Ok(()),
        kept => kept,
    }
}

async fn forget(app: &App) -> Result<(), AskError> {
    let now = app.clock.now();
    if details_are_due(&mut app.records.read().await?, now).await? {
        let mut tx = app.records.begin().await?;
        let records = forget_details(&mut tx, now).await?;
        tx.commit().await?;
        tracing::info!(records, "details of DBS records were kept for six months and are gone");
    }
    Ok(())
}

async fn keep(app: &App, due: &Due, answer: (Answer, Way), by: Option<&PersonId>) -> Result<(), AskError> {
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    let url = &app.settings.public_url;
    records.answered(due, answer, by, url, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}
