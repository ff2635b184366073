//! Complaints of families, and calls they ask for.
//!
//! A complaint is acknowledged within 30 days (Data (Use and Access) Act 2025). Its words and the answer are sealed; the
//! ledger says that there is one, and nothing of it.

mod calls;

use cleansheet_locales::texts;
use cleansheet_terms::{
    Clock, ComplaintId, Date, Entropy, IdError, PersonId, Role, Timestamp, day_in_london,
};
use jiff::ToSpan as _;
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    invitations::{Invitations, Visitor},
    ledger_entries::Ledger,
    mails::Mails,
    people::People,
    sealing::{SealError, Sealer},
};

pub use calls::{Call, Calls};

/// Days until a complaint has to be acknowledged.
const DAYS: i64 = 30;
/// What is sealed, for [`Sealer`].
const WORDS: &str = "complaint";
const ANSWER: &str = "answer to a complaint";

/// One complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The complaint.
    pub id: ComplaintId,
    /// Who complains.
    pub visitor: Visitor,
    /// What they wrote.
    pub words: String,
    /// When.
    pub made: Timestamp,
    /// By this day it has to be acknowledged.
    pub due: Date,
    /// When somebody said that it is being worked on.
    pub acknowledged: Option<Timestamp>,
    /// What was answered.
    pub answer: Option<String>,
    /// When it was answered, and so closed.
    pub closed: Option<Timestamp>,
}

/// What can be wrong with a complaint.
#[derive(Debug, thiserror::Error)]
pub enum ComplaintError {
    /// No such complaint, or call.
    #[error("there is no such complaint; look at the list again")]
    Missing,
    /// Nothing in it.
    #[error("write some words first")]
    Empty,
    /// It was answered before.
    #[error("this complaint has been answered already; look at it again")]
    Answered,
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An id that is none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The complaints in the database, with what opens them.
pub struct Complaints<'t>(pub &'t mut Tx, pub &'t Sealer);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, visitor_id, words, made_ms, due_day, acknowledged_ms, answer, closed_ms FROM complaint ",
            $tail
        )
    };
}

impl Complaints<'_> {
    /// Writes a complaint down and tells the Manager that there is one. The same words again, before there is an answer, are
    /// a second press on the button.
    pub async fn make(
        &mut self,
        visitor: &Visitor,
        words: &str,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ComplaintId, ComplaintError> {
        let words = words.trim();
        if words.is_empty() {
            return Err(ComplaintError::Empty);
        }
        let mut before = self.of(visitor).await?.into_iter();
        if let Some(same) = before.find(|one| one.closed.is_none() && one.words == words) {
            return Ok(same.id);
        }
        let (id, now) = (ComplaintId::new(clock, entropy), clock.now());
        let due = day_in_london(now).checked_add(DAYS.days()).unwrap_or(Date::MAX);
        let sealed = self.1.seal(WORDS, id.as_str(), words.as_bytes(), entropy)?;
        let insert = sql("INSERT INTO complaint (id, visitor_id, words, made_ms, due_day)
             VALUES ($1, $2, $3, $4, $5)")
        .bind(id.as_str().to_owned())
        .bind(visitor.as_str().to_owned())
        .bind(sealed)
        .bind(now.as_millisecond())
        .bind(due.to_string());
        self.0.run(insert).await?;
        Ledger(self.0).append("complaint.made", id.as_str(), &due.to_string(), now, entropy).await?;
        let body = format!(
            "A family has made a complaint. It has to be acknowledged by {}, 30 days after it was made.\n\n\
             Sign in and open “Complaints and calls”. Only you and the safeguarding lead can read it.\n\n{trust}\n",
            due.strftime("%-d %B %Y")
        );
        tell_managers(self.0, "A complaint", &body, clock, entropy).await?;
        Ok(id)
    }

    /// Says that it is being worked on. A second time changes nothing.
    pub async fn acknowledge(
        &mut self,
        id: &ComplaintId,
        by: &PersonId,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ComplaintError> {
        let complaint = self.get(id).await?.ok_or(ComplaintError::Missing)?;
        if complaint.acknowledged.is_none() {
            self.note_acknowledged(id, by, clock, entropy).await?;
            self.write_to(&complaint.visitor, "mail-complaint-working", trust, clock, entropy).await?;
        }
        Ok(())
    }

    /// Answers and closes it.
    pub async fn answer(
        &mut self,
        id: &ComplaintId,
        words: &str,
        by: &PersonId,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ComplaintError> {
        let words = words.trim();
        if words.is_empty() {
            return Err(ComplaintError::Empty);
        }
        let complaint = self.get(id).await?.ok_or(ComplaintError::Missing)?;
        if complaint.closed.is_some() {
            return Err(ComplaintError::Answered);
        }
        if complaint.acknowledged.is_none() {
            self.note_acknowledged(id, by, clock, entropy).await?;
        }
        let now = clock.now();
        let sealed = self.1.seal(ANSWER, id.as_str(), words.as_bytes(), entropy)?;
        let put = sql("UPDATE complaint SET answer = $1, closed_ms = $2 WHERE id = $3 AND closed_ms IS NULL")
            .bind(sealed)
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(put).await?;
        Ledger(self.0).append("complaint.answered", id.as_str(), by, now, entropy).await?;
        self.write_to(&complaint.visitor, "mail-complaint-answered", trust, clock, entropy).await
    }

    /// One complaint.
    pub async fn get(&mut self, id: &ComplaintId) -> Result<Option<Complaint>, StoreError> {
        let found = sql(select!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(|row| self.read(row)).transpose()
    }

    /// The complaints of one visitor, the newest first.
    pub async fn of(&mut self, visitor: &Visitor) -> Result<Vec<Complaint>, StoreError> {
        let found = sql(select!("WHERE visitor_id = $1 ORDER BY made_ms DESC, id DESC"));
        let rows = self.0.rows(found.bind(visitor.as_str().to_owned())).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// When one visitor complained, the newest first. Nothing is opened for it.
    pub async fn days_of(&mut self, visitor: &Visitor) -> Result<Vec<(ComplaintId, Timestamp)>, StoreError> {
        let found =
            sql("SELECT id, made_ms FROM complaint WHERE visitor_id = $1 ORDER BY made_ms DESC, id DESC");
        let rows = self.0.rows(found.bind(visitor.as_str().to_owned())).await?;
        rows.iter().map(|row| Ok((row.read("id", ComplaintId::parse)?, row.instant("made_ms")?))).collect()
    }

    /// Every complaint: those that wait first, the next to be acknowledged on top.
    pub async fn all(&mut self) -> Result<Vec<Complaint>, StoreError> {
        let found = sql(select!(
            "ORDER BY CASE WHEN closed_ms IS NOT NULL THEN 2 WHEN acknowledged_ms IS NOT NULL THEN 1 ELSE 0 END,
                 due_day, made_ms, id"
        ));
        let rows = self.0.rows(found).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    async fn note_acknowledged(
        &mut self,
        id: &ComplaintId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let put = sql("UPDATE complaint SET acknowledged_ms = $1, acknowledged_by = $2 WHERE id = $3")
            .bind(now.as_millisecond())
            .bind(by.as_str().to_owned())
            .bind(id.as_str().to_owned());
        self.0.run(put).await?;
        Ledger(self.0).append("complaint.acknowledged", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// A mail in their language that says where to look, and nothing of what was written.
    async fn write_to(
        &mut self,
        visitor: &Visitor,
        text: &str,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ComplaintError> {
        let contact = Invitations(self.0).contact(visitor).await?.filter(|contact| !contact.mail.is_empty());
        if let Some(contact) = contact {
            let say = texts(contact.language);
            let body = format!("{}\n\n{trust}\n", say.say(text));
            let subject = say.say("mail-complaint-subject");
            Mails(self.0).queue(&contact.mail, &subject, &body, clock, entropy).await?;
        }
        Ok(())
    }

    fn read(&self, row: &AnyRow) -> Result<Complaint, StoreError> {
        let id = row.read("id", ComplaintId::parse)?;
        let open = |purpose: &str, sealed: Vec<u8>| {
            let plain = self.1.open(purpose, id.as_str(), &sealed);
            let words = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
            words.ok_or_else(|| StoreError::damaged("complaint"))
        };
        Ok(Complaint {
            visitor: row.read("visitor_id", Visitor::parse)?,
            words: open(WORDS, row.raw("words")?)?,
            made: row.instant("made_ms")?,
            due: row.day("due_day")?,
            acknowledged: row.maybe_instant("acknowledged_ms")?,
            answer: row.raw::<Option<Vec<u8>>>("answer")?.map(|sealed| open(ANSWER, sealed)).transpose()?,
            closed: row.maybe_instant("closed_ms")?,
            id,
        })
    }
}

/// Whoever looks after families' pages hears of it. No name in the mail: it may be read by others.
async fn tell_managers(
    tx: &mut Tx,
    subject: &str,
    body: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let (all, now) = (People(tx).list().await?, clock.now());
    let acting = |role| -> Vec<String> {
        let of_role = all.iter().filter(|one| one.is(role, now) && !one.is_suspended());
        of_role.map(|one| one.mail.clone()).collect()
    };
    // The clock runs whether there is a Manager or not.
    let managers = acting(Role::Manager);
    let told = if managers.is_empty() { acting(Role::Dsl) } else { managers };
    for mail in told {
        Mails(tx).queue(&mail, subject, body, clock, entropy).await?;
    }
    Ok(())
}
