//! Mail waiting to leave. In the demo it stays on the outbox page.

use cleansheet_terms::{Clock, Entropy, MailId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Jobs, Work},
};

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The mail.
    pub id: MailId,
    /// One address.
    pub to: String,
    /// No personal data: subjects are shown on locked phones.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// When it was written.
    pub made: Timestamp,
    /// When it left.
    pub sent: Option<Timestamp>,
}

/// The mails in the database. Borrow it from a [`Tx`].
pub struct Mails<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, to_address, subject, body, made_ms, sent_ms FROM mail ", $tail)
    };
}

impl Mails<'_> {
    /// Queues a mail and the job that sends it.
    pub async fn queue(
        &mut self,
        to: &str,
        subject: &str,
        body: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<MailId, StoreError> {
        let id = MailId::new(clock, entropy);
        let now = clock.now();
        let insert =
            sql("INSERT INTO mail (id, to_address, subject, body, made_ms) VALUES ($1, $2, $3, $4, $5)")
                .bind(id.as_str().to_owned())
                .bind(to.to_owned())
                .bind(subject.to_owned())
                .bind(body.to_owned())
                .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Jobs(self.0).enqueue(Work::SendMail, id.as_str(), now, clock, entropy).await?;
        Ok(id)
    }

    /// One mail.
    pub async fn mail(&mut self, id: &MailId) -> Result<Option<Mail>, StoreError> {
        let found = sql(select!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(mail).transpose()
    }

    /// The newest `limit` mails, newest first.
    pub async fn newest(&mut self, limit: u32) -> Result<Vec<Mail>, StoreError> {
        let found = sql(select!("ORDER BY made_ms DESC, id DESC LIMIT $1")).bind(i64::from(limit));
        self.0.rows(found).await?.iter().map(mail).collect()
    }

    /// The mails that have not left yet, oldest first.
    pub async fn unsent(&mut self) -> Result<Vec<Mail>, StoreError> {
        let found = sql(select!("WHERE sent_ms IS NULL ORDER BY made_ms, id"));
        self.0.rows(found).await?.iter().map(mail).collect()
    }

    /// A mail has left. Says whether it was still waiting.
    pub async fn mark_sent(&mut self, id: &MailId, at: Timestamp) -> Result<bool, StoreError> {
        let sent = sql("UPDATE mail SET sent_ms = $1 WHERE id = $2 AND sent_ms IS NULL")
            .bind(at.as_millisecond())
            .bind(id.as_str().to_owned());
        Ok(self.0.run(sent).await? == 1)
    }
}

fn mail(row: &AnyRow) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: row.read("id", MailId::parse)?,
        to: row.text("to_address")?,
        subject: row.text("subject")?,
        body: row.text("body")?,
        made: row.instant("made_ms")?,
        sent: row.maybe_instant("sent_ms")?,
    })
}
