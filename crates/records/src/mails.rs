//! Mail waiting to leave. In the demo it stays on the outbox page.
//!
//! A mail has one recipient, so that one who cannot be reached holds nobody else up. It is tried for
//! [`TRIED_FOR`] and then given up; what was given up is kept and told.

use cleansheet_terms::{Clock, Entropy, MailId, Role, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Jobs, Work},
    people::People,
};

/// A mail that did not leave within this time never will: what it says is out of date.
pub const TRIED_FOR: SignedDuration = SignedDuration::from_hours(72);
/// The last error of a job whose mail found no server; the first mail that leaves calls all of them.
pub const NO_SERVER: &str = "the mail server does not answer";

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
    /// When it was given up, and why.
    pub given_up: Option<(Timestamp, String)>,
}

/// How the mail stands, for Today and for those who keep the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// Mails that have not left and are still tried.
    pub waiting: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// Mails that were ever given up.
    pub given_up: i64,
}

/// The mails in the database. Borrow it from a [`Tx`].
pub struct Mails<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, to_address, subject, body, made_ms, sent_ms, given_up_ms, given_up_because FROM mail ",
            $tail
        )
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
        self.queue_for(to, subject, body, clock.now(), clock, entropy).await
    }

    /// Queues a mail that leaves at `due`, not before, and counts as written then.
    pub async fn queue_for(
        &mut self,
        to: &str,
        subject: &str,
        body: &str,
        due: Timestamp,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<MailId, StoreError> {
        let id = MailId::new(clock, entropy);
        let insert =
            sql("INSERT INTO mail (id, to_address, subject, body, made_ms) VALUES ($1, $2, $3, $4, $5)")
                .bind(id.as_str().to_owned())
                .bind(to.to_owned())
                .bind(subject.to_owned())
                .bind(body.to_owned())
                .bind(due.as_millisecond());
        self.0.run(insert).await?;
        Jobs(self.0).enqueue(Work::SendMail, id.as_str(), due, clock, entropy).await?;
        Ok(id)
    }

    /// Queues a mail to the Manager and the safeguarding lead, one for each of them: somebody has to look.
    pub(crate) async fn queue_for_a_look(
        &mut self,
        body: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        for person in People(self.0).list().await? {
            if !person.is_suspended() && (person.is(Role::Manager, now) || person.is(Role::Dsl, now)) {
                self.queue(&person.mail, "Somebody has to look", body, clock, entropy).await?;
            }
        }
        Ok(())
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

    /// The mails that have not left yet and are still tried, oldest first.
    pub async fn unsent(&mut self) -> Result<Vec<Mail>, StoreError> {
        let found = sql(select!("WHERE sent_ms IS NULL AND given_up_ms IS NULL ORDER BY made_ms, id"));
        self.0.rows(found).await?.iter().map(mail).collect()
    }

    /// A mail has left. Says whether it was still waiting.
    pub async fn mark_sent(&mut self, id: &MailId, at: Timestamp) -> Result<bool, StoreError> {
        let sent = sql("UPDATE mail SET sent_ms = $1 WHERE id = $2 AND sent_ms IS NULL")
            .bind(at.as_millisecond())
            .bind(id.as_str().to_owned());
        let was_waiting = self.0.run(sent).await? == 1;
        self.server_answers(at).await?;
        Ok(was_waiting)
    }

    /// A mail is not tried any more.
    ///
    /// - `because`: for the Manager; no address, no text of the mail.
    pub async fn give_up(&mut self, id: &MailId, because: &str, at: Timestamp) -> Result<(), StoreError> {
        let given_up = sql("UPDATE mail SET given_up_ms = $1, given_up_because = $2
             WHERE id = $3 AND sent_ms IS NULL AND given_up_ms IS NULL")
        .bind(at.as_millisecond())
        .bind(because.chars().take(200).collect::<String>())
        .bind(id.as_str().to_owned());
        self.0.run(given_up).await?;
        Ok(())
    }

    /// What waited for a server is due now: it answers again, or the program has just been started anew.
    pub async fn server_answers(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let hasten = sql("UPDATE job SET due_ms = $1
             WHERE kind = $2 AND done_ms IS NULL AND due_ms > $1 AND last_error = $3")
        .bind(now.as_millisecond())
        .bind(Work::SendMail.as_str())
        .bind(NO_SERVER);
        self.0.run(hasten).await?;
        Ok(())
    }

    /// How many wait, since when, and how many were given up.
    pub async fn queue_state(&mut self) -> Result<Queue, StoreError> {
        let waiting = sql("SELECT COUNT(*) AS mails, MIN(made_ms) AS oldest_ms FROM mail
             WHERE sent_ms IS NULL AND given_up_ms IS NULL");
        let given_up =
            sql("SELECT COUNT(*) AS mails FROM mail WHERE sent_ms IS NULL AND given_up_ms IS NOT NULL");
        let mut queue = Queue::default();
        if let Some(row) = self.0.row(waiting).await? {
            (queue.waiting, queue.oldest) = (row.number("mails")?, row.maybe_instant("oldest_ms")?);
        }
        if let Some(row) = self.0.row(given_up).await? {
            queue.given_up = row.number("mails")?;
        }
        Ok(queue)
    }

    /// The mails that were given up since then, newest first, at most `limit`.
    pub async fn given_up_since(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Mail>, StoreError> {
        let found = sql(select!(
            "WHERE sent_ms IS NULL AND given_up_ms >= $1 ORDER BY given_up_ms DESC, id DESC LIMIT $2"
        ));
        let found = found.bind(since.as_millisecond()).bind(i64::from(limit));
        self.0.rows(found).await?.iter().map(mail).collect()
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
        given_up: row.maybe_instant("given_up_ms")?.zip(row.maybe_text("given_up_because")?),
    })
}
