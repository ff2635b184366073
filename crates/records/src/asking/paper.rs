//! Answers on paper: two people read the same form, each without seeing what the other read. Where they agree, it counts;
//! where they do not, both are told where, and nothing counts until they look again.

use cleansheet_terms::{
    Clock, Date, EditionId, Entropy, Naming, PaperFormId, ParticipantId, PersonId, Timestamp, day_in_london,
};
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::{
    activities::{Activities, ActivityError, Participant},
    columns::Columns as _,
    consents::{
        self, Answers, Consents, EditionWording, Editions, Giver, Kind, NewAnswers, Purpose, QUESTIONS, Way,
    },
    database::{StoreError, Tx, sql},
    invitations::Visitor,
    ledger_entries::Ledger,
    posts::pattern,
    withdrawals::WithdrawalError,
};

/// Forms are printed in it.
const LANGUAGE: &str = "en";

/// What one person read from a form.
#[derive(Debug, Clone)]
pub struct PaperEntry<'a> {
    /// About whom.
    pub participant: &'a ParticipantId,
    /// Who signed it.
    pub visitor: &'a Visitor,
    /// The day beside the signature.
    pub signed: Date,
    /// The number at the foot of the form, which says in which words it asks; empty when there is none.
    pub mark: &'a str,
    /// What was ticked; a question that was left empty is not among them.
    pub answers: &'a Answers,
    /// Who read it.
    pub by: &'a PersonId,
    /// The trust's name, for mails.
    pub trust: &'a str,
}

/// Where two readings differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The day beside the signature.
    Day,
    /// The number at the foot of the form.
    Mark,
    /// A question.
    Question(Purpose, Kind),
}

/// The parts that two people read differently.
pub type Differs = Vec<Part>;

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// A second person has to read the form.
    Waiting,
    /// The two readings are not alike; nothing counts.
    Differs(Differs),
    /// They are alike, and count.
    Recorded {
        /// Ticks that did not: the same person has answered since they signed, or said yes to other words than those that are in
        /// force for them.
        overtaken: usize,
    },
}

/// A form that two people have not agreed about yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperForm {
    /// The form.
    pub id: PaperFormId,
    /// About whom.
    pub participant: ParticipantId,
    /// Their name.
    pub name: String,
    /// Who signed it.
    pub visitor: Visitor,
    /// Their name.
    pub visitor_name: String,
    /// Who read it first.
    pub first: PersonId,
    /// When.
    pub entered: Timestamp,
    /// Who read it as the second person.
    pub second: Option<PersonId>,
    /// Where the two differ.
    pub differs: Differs,
}

/// Somebody who may have signed a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// About whom.
    pub participant: ParticipantId,
    /// Their name.
    pub name: String,
    /// Who signs.
    pub visitor: Visitor,
    /// Their name.
    pub visitor_name: String,
}

/// Why a form was not entered.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// No words are in force.
    #[error("no consent wording is in force; put one in force first")]
    NoWording,
    /// Somebody who does not answer for this participant.
    #[error(
        "whoever signed this form does not answer for this participant; add them on the participant’s page first"
    )]
    NotTheirs,
    /// A day that cannot be.
    #[error("the day beside the signature lies in the future or more than a year ago; look at it again")]
    Day,
    /// A number that no form has.
    #[error(
        "the number at the foot of the form has eight digits; look at it again, or leave it empty if there is none"
    )]
    Mark,
    /// Nothing was ticked.
    #[error("nothing is ticked; a form without answers says nothing, so ask the family again")]
    Empty,
    /// Two others have it.
    #[error("two colleagues have entered this form already; whoever of them read it wrongly enters it again")]
    Two,
    /// Somebody else's, or it is not there any more.
    #[error("this form is not yours to remove, or two people have agreed about it already")]
    NotYours,
    /// The participant.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// The answers.
    #[error(transparent)]
    Answer(#[from] WithdrawalError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// As it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reading {
    signed: Date,
    /// None in what was read before forms had one.
    #[serde(default)]
    mark: String,
    answers: Vec<(Purpose, Kind, Option<Naming>)>,
}

impl Reading {
    fn of(entry: &PaperEntry<'_>) -> Self {
        let answer = |(purpose, kind)| {
            let mut all = entry.answers.iter();
            all.find(|(p, k, _)| (*p, *k) == (purpose, kind)).copied()
        };
        let mark = entry.mark.chars().filter(char::is_ascii_digit).collect();
        Self { signed: entry.signed, mark, answers: QUESTIONS.into_iter().filter_map(answer).collect() }
    }

    fn differs(&self, other: &Self) -> Differs {
        let answer = |reading: &Self, purpose, kind| {
            let mut all = reading.answers.iter();
            all.find(|(p, k, _)| (*p, *k) == (purpose, kind)).map(|(_, _, given)| *given)
        };
        let day = (self.signed != other.signed).then_some(Part::Day);
        let mark = (self.mark != other.mark).then_some(Part::Mark);
        let questions = QUESTIONS.into_iter().filter(|(p, k)| answer(self, *p, *k) != answer(other, *p, *k));
        day.into_iter().chain(mark).chain(questions.map(|(p, k)| Part::Question(p, k))).collect()
    }

    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// An open form's row.
struct Open {
    id: PaperFormId,
    first: PersonId,
    reading: Reading,
    second: Option<(PersonId, Reading)>,
}

/// What two people have read alike.
struct Alike<'a> {
    id: &'a PaperFormId,
    by: [&'a PersonId; 2],
    reading: &'a Reading,
    giver: Giver,
    /// They stand for the words in force for who signed.
    mark: Option<String>,
}

/// The forms in the database. Borrow it from a [`Tx`].
pub struct Forms<'t>(pub &'t mut Tx);

impl Forms<'_> {
    /// Writes down what one person read. The first one's reading waits for a second person; either may read it again.
    pub async fn enter(
        &mut self,
        entry: &PaperEntry<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Entered, PaperError> {
        let (edition, today) = (Editions(self.0).in_force().await?, day_in_london(clock.now()));
        let edition = edition.ok_or(PaperError::NoWording)?;
        let participant = self.may_be(entry, today).await?;
        let reading = Reading::of(entry);
        let Some(open) = self.find(entry).await? else {
            self.insert(entry, &edition.id, &reading, clock, entropy).await?;
            return Ok(Entered::Waiting);
        };
        let by = entry.by;
        let (first, second) = match &open.second {
            _ if open.first == *by => (reading, open.second.clone()),
            Some((second, _)) if second != by => return Err(PaperError::Two),
            _ => (open.reading.clone(), Some((by.clone(), reading))),
        };
        self.keep(&open.id, &first, second.as_ref(), open.first == *by, clock.now()).await?;
        let Some((second_by, second)) = second else { return Ok(Entered::Waiting) };
        let differs = first.differs(&second);
        if !differs.is_empty() {
            return Ok(Entered::Differs(differs));
        }
        let giver = match entry.visitor {
            Visitor::Guardian(id) => Giver::Guardian(id.clone()),
            Visitor::Participant(_) => Giver::Own,
        };
        let mark = edition.wording(giver.reader(&participant, today), LANGUAGE).map(EditionWording::mark);
        let alike = Alike { id: &open.id, by: [&open.first, &second_by], reading: &first, giver, mark };
        self.record(entry, &alike, clock, entropy).await
    }

    /// Whether such a form can be.
    async fn may_be(&mut self, entry: &PaperEntry<'_>, today: Date) -> Result<Participant, PaperError> {
        let participant = Activities(self.0).known_participant(entry.participant).await?;
        let theirs = match entry.visitor {
            Visitor::Participant(id) => id == entry.participant,
            Visitor::Guardian(id) => {
                Activities(self.0).guardians_of(entry.participant).await?.iter().any(|one| one.id == *id)
            }
        };
        if !theirs {
            return Err(PaperError::NotTheirs);
        }
        if entry.signed > today || ends(entry.signed) < today {
            return Err(PaperError::Day);
        }
        let digits = entry.mark.chars().filter(char::is_ascii_digit).count();
        let only = entry.mark.chars().all(|letter| letter.is_ascii_digit() || letter.is_whitespace());
        if !only || !matches!(digits, 0 | 8) {
            return Err(PaperError::Mark);
        }
        if entry.answers.is_empty() { Err(PaperError::Empty) } else { Ok(participant) }
    }

    async fn find(&mut self, entry: &PaperEntry<'_>) -> Result<Option<Open>, StoreError> {
        let found = sql("SELECT id, entered_by, answers, second_by, second_answers FROM paper_form
             WHERE participant_id = $1 AND visitor_id = $2 AND recorded_ms IS NULL")
        .bind(entry.participant.as_str().to_owned())
        .bind(entry.visitor.as_str().to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let second = row.maybe_read("second_by", PersonId::parse)?;
        Ok(Some(Open {
            id: row.read("id", PaperFormId::parse)?,
            first: row.read("entered_by", PersonId::parse)?,
            reading: row.read("answers", Reading::parse)?,
            second: second.zip(row.maybe_read("second_answers", Reading::parse)?),
        }))
    }

    async fn insert(
        &mut self,
        entry: &PaperEntry<'_>,
        edition: &EditionId,
        reading: &Reading,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let (id, now) = (PaperFormId::new(clock, entropy), clock.now());
        let insert =
            sql("INSERT INTO paper_form (id, participant_id, visitor_id, edition_id, answers, entered_by,
                 entered_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(id.as_str().to_owned())
            .bind(entry.participant.as_str().to_owned())
            .bind(entry.visitor.as_str().to_owned())
            .bind(edition.as_str().to_owned())
            .bind(text(reading)?)
            .bind(entry.by.as_str().to_owned())
            .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("consent.paper", id.as_str(), entry.by, now, entropy).await?;
        Ok(())
    }

    async fn keep(
        &mut self,
        id: &PaperFormId,
        first: &Reading,
        second: Option<&(PersonId, Reading)>,
        by_first: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let keep = if by_first {
            sql("UPDATE paper_form SET answers = $1, entered_ms = $2 WHERE id = $3")
                .bind(text(first)?)
                .bind(now.as_millisecond())
        } else {
            let (by, reading) = match second {
                Some((by, reading)) => (Some(by.as_str().to_owned()), Some(text(reading)?)),
                None => (None, None),
            };
            sql("UPDATE paper_form SET second_by = $1, second_answers = $2, second_ms = $3 WHERE id = $4")
                .bind(by)
                .bind(reading)
                .bind(now.as_millisecond())
        };
        self.0.run(keep.bind(id.as_str().to_owned())).await?;
        Ok(())
    }

    /// Both read the same: it counts, but for a yes that the same person has answered otherwise since the day they signed, or
    /// that was to other words than those in force for them.
    async fn record(
        &mut self,
        entry: &PaperEntry<'_>,
        alike: &Alike<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Entered, PaperError> {
        let (reading, [first, second]) = (alike.reading, alike.by);
        let other_words = alike.mark.as_ref() != Some(&reading.mark);
        let mut counts = Vec::new();
        for (purpose, kind, given) in &reading.answers {
            let newest = Consents(self.0).newest(entry.participant, *purpose, *kind).await?;
            let since =
                newest.get(&alike.giver).is_some_and(|last| day_in_london(last.given) >= reading.signed);
            // A no counts however old it is; a yes never undoes what was said after it.
            if given.is_none() || !(since || other_words) {
                counts.push((*purpose, *kind, *given));
            }
        }
        let mark = if reading.mark.is_empty() { "without a number" } else { &reading.mark };
        let evidence = format!("form {mark} signed on {}, read by {first} and {second}", reading.signed);
        if !counts.is_empty() {
            let new = NewAnswers {
                participant: entry.participant,
                giver: alike.giver.clone(),
                answers: &counts,
                language: LANGUAGE,
                way: Way::Paper,
                evidence: &evidence,
                until: ends(reading.signed),
                trust: entry.trust,
            };
            consents::answer(self.0, &new, clock, entropy).await?;
        }
        let now = clock.now();
        let done = sql("UPDATE paper_form SET recorded_ms = $1 WHERE id = $2")
            .bind(now.as_millisecond())
            .bind(alike.id.as_str().to_owned());
        self.0.run(done).await?;
        let overtaken = reading.answers.len() - counts.len();
        let payload = (first, second, overtaken);
        Ledger(self.0).append("consent.paper", alike.id.as_str(), &payload, now, entropy).await?;
        Ok(Entered::Recorded { overtaken })
    }

    /// The forms that two people have not agreed about yet, the oldest first. What anybody read is not in it.
    pub async fn open(&mut self) -> Result<Vec<PaperForm>, StoreError> {
        let found = sql(
            "SELECT f.id, f.participant_id, p.name, f.visitor_id, COALESCE(g.name, p.name) AS visitor_name,
                 f.entered_by, f.entered_ms, f.answers, f.second_by, f.second_answers
             FROM paper_form f JOIN participant p ON p.id = f.participant_id
                 LEFT JOIN guardian g ON g.id = f.visitor_id
             WHERE f.recorded_ms IS NULL ORDER BY f.entered_ms, f.id",
        );
        self.0.rows(found).await?.iter().map(form).collect()
    }

    /// Those who may have signed a form about a participant whose name contains these words: at most `most` of them.
    pub async fn signers(
        &mut self,
        words: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<Vec<Signer>, StoreError> {
        let words = words.trim().to_lowercase();
        let twelve = day_in_london(now).saturating_sub(12.years());
        let found = sql("SELECT p.id, p.name, v.visitor_id, v.visitor_name FROM (
                 SELECT s.participant_id AS participant_id, g.id AS visitor_id, g.name AS visitor_name
                 FROM guardianship s JOIN guardian g ON g.id = s.guardian_id
                 WHERE s.ended_ms IS NULL
                 UNION ALL SELECT c.id, c.id, c.name FROM participant c WHERE c.adult = 1 OR c.born_day <= $1
             ) v JOIN participant p ON p.id = v.participant_id
             WHERE p.merged_into IS NULL AND lower(p.name) LIKE $2 ESCAPE '~'
             ORDER BY p.name, p.id, v.visitor_id LIMIT $3")
        .bind(twelve.to_string())
        .bind(pattern(&words))
        .bind(i64::from(most));
        let one = |row: &AnyRow| {
            Ok(Signer {
                participant: row.read("id", ParticipantId::parse)?,
                name: row.text("name")?,
                visitor: row.read("visitor_id", Visitor::parse)?,
                visitor_name: row.text("visitor_name")?,
            })
        };
        let rows = self.0.rows(found).await?;
        let mut all = rows.iter().map(one).collect::<Result<Vec<Signer>, StoreError>>()?;
        all.retain(|one| one.name.to_lowercase().contains(&words));
        Ok(all)
    }

    /// Throws an entry away: for the wrong child, for example. Only the one who made it may, and only before it counts.
    pub async fn remove(
        &mut self,
        id: &PaperFormId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PaperError> {
        let remove = sql("DELETE FROM paper_form WHERE id = $1 AND entered_by = $2 AND recorded_ms IS NULL")
            .bind(id.as_str().to_owned())
            .bind(by.as_str().to_owned());
        if self.0.run(remove).await? == 0 {
            return Err(PaperError::NotYours);
        }
        Ledger(self.0).append("consent.paper_removed", id.as_str(), by, clock.now(), entropy).await?;
        Ok(())
    }
}

/// The last day a yes that was signed on a day is good for.
fn ends(signed: Date) -> Date {
    consents::good_until(signed)
}

fn text(reading: &Reading) -> Result<String, StoreError> {
    serde_json::to_string(reading).map_err(|_| StoreError::damaged("answers"))
}

fn form(row: &AnyRow) -> Result<PaperForm, StoreError> {
    let first = row.read("answers", Reading::parse)?;
    let second = row.maybe_read("second_answers", Reading::parse)?;
    Ok(PaperForm {
        id: row.read("id", PaperFormId::parse)?,
        participant: row.read("participant_id", ParticipantId::parse)?,
        name: row.text("name")?,
        visitor: row.read("visitor_id", Visitor::parse)?,
        visitor_name: row.text("visitor_name")?,
        first: row.read("entered_by", PersonId::parse)?,
        entered: row.instant("entered_ms")?,
        second: row.maybe_read("second_by", PersonId::parse)?,
        differs: second.map(|second| first.differs(&second)).unwrap_or_default(),
    })
}
