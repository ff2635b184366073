//! Text messages waiting to leave: for those who have a telephone and no mail address.
//!
//! A text message says nobody's name. What has left, or was given up, keeps neither number nor words.

use cleansheet_terms::{Clock, Entropy, TextId, Timestamp};
use jiff::SignedDuration;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    invitations::Visitor,
    jobs::{Jobs, Work},
};

/// A message that asks did not leave within this time: a letter is printed instead.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(72);

/// One text message that is still to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The message.
    pub id: TextId,
    /// The telephone number.
    pub to: String,
    /// The words.
    pub body: String,
    /// Later than this it is of no use to anybody.
    pub ends: Timestamp,
}

/// The text messages in the database. Borrow it from a [`Tx`].
pub struct Texts<'t>(pub &'t mut Tx);

impl Texts<'_> {
    /// Queues a message that asks somebody, and leaves at `due`, not before.
    pub async fn queue(
        &mut self,
        visitor: &Visitor,
        to: &str,
        body: &str,
        due: Timestamp,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<TextId, StoreError> {
        self.put(visitor, to, body, (due, TRIED_FOR), clock, entropy).await
    }

    /// Queues a message with a code, which leaves now or never.
    pub(crate) async fn queue_code(
        &mut self,
        visitor: &Visitor,
        to: &str,
        body: &str,
        lasts: SignedDuration,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<TextId, StoreError> {
        self.put(visitor, to, body, (clock.now(), lasts), clock, entropy).await
    }

    async fn put(
        &mut self,
        visitor: &Visitor,
        to: &str,
        body: &str,
        (due, lasts): (Timestamp, SignedDuration),
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<TextId, StoreError> {
        let id = TextId::new(clock, entropy);
        let ends = due.checked_add(lasts).unwrap_or(Timestamp::MAX);
        let insert = sql("INSERT INTO text_message (id, visitor_id, to_number, body, made_ms, ends_ms)
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id.as_str().to_owned())
        .bind(visitor.as_str().to_owned())
        .bind(to.to_owned())
        .bind(body.to_owned())
        .bind(due.as_millisecond())
        .bind(ends.as_millisecond());
        self.0.run(insert).await?;
        Jobs(self.0).enqueue(Work::SendText, id.as_str(), due, clock, entropy).await?;
        Ok(id)
    }

    /// A message that is still to be sent.
    pub async fn waiting(&mut self, id: &TextId) -> Result<Option<Text>, StoreError> {
        let found = sql("SELECT to_number, body, ends_ms FROM text_message
             WHERE id = $1 AND sent_ms IS NULL AND given_up_ms IS NULL")
        .bind(id.as_str().to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let (to, body, ends) = (row.text("to_number")?, row.text("body")?, row.instant("ends_ms")?);
        Ok(Some(Text { id: id.clone(), to, body, ends }))
    }

    /// A message has left.
    pub async fn mark_sent(&mut self, id: &TextId, at: Timestamp) -> Result<(), StoreError> {
        let sent = sql("UPDATE text_message SET sent_ms = $1, to_number = '', body = ''
             WHERE id = $2 AND sent_ms IS NULL AND given_up_ms IS NULL")
        .bind(at.as_millisecond())
        .bind(id.as_str().to_owned());
        self.0.run(sent).await?;
        Ok(())
    }

    /// A message is not tried any more; whoever it asked is sent a letter instead.
    ///
    /// - `because`: for the Manager; no number, no words of the message.
    pub async fn give_up(&mut self, id: &TextId, because: &str, at: Timestamp) -> Result<(), StoreError> {
        let given_up =
            sql("UPDATE text_message SET given_up_ms = $1, given_up_because = $2, to_number = '', body = ''
             WHERE id = $3 AND sent_ms IS NULL AND given_up_ms IS NULL RETURNING visitor_id")
            .bind(at.as_millisecond())
            .bind(because.chars().take(200).collect::<String>())
            .bind(id.as_str().to_owned());
        let Some(row) = self.0.row(given_up).await? else { return Ok(()) };
        let letter = sql("UPDATE asking SET way = 'letter', printed_ms = NULL
             WHERE visitor_id = $1 AND way = 'sms' AND answered_ms IS NULL")
        .bind(row.text("visitor_id")?);
        self.0.run(letter).await?;
        Ok(())
    }

    /// How many were given up since then.
    pub async fn given_up_since(&mut self, since: Timestamp) -> Result<i64, StoreError> {
        let found = sql("SELECT COUNT(*) AS n FROM text_message WHERE given_up_ms >= $1")
            .bind(since.as_millisecond());
        self.0.row(found).await?.map_or(Ok(0), |row| row.number("n"))
    }
}
