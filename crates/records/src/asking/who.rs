//! Who has not answered to the words in force, or whose yes runs out soon; whether they were asked, when and how.

use cleansheet_terms::{Date, EditionId, ParticipantId, Timestamp, day_in_london};
use jiff::{Span, ToSpan as _};
use sqlx::any::AnyRow;

use super::{AskError, By, Of};
use crate::{
    columns::Columns as _,
    consents::{Kind, Purpose},
    database::{Statement, StoreError, Tx, sql},
    invitations::Visitor,
    posts::pattern,
    settings::Settings,
};

/// A yes that ends within this many days is asked for anew.
const SOON: i64 = 30;

/// Somebody who has not answered about a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// About whom.
    pub participant: ParticipantId,
    /// The participant's name.
    pub name: String,
    /// Who has to answer.
    pub visitor: Visitor,
    /// Their name.
    pub visitor_name: String,
    /// Their address; empty when there is none.
    pub mail: String,
    /// Their telephone number; empty when there is none.
    pub phone: String,
    /// The language they read best.
    pub language: String,
    /// They were asked, and have not answered since.
    pub open: Option<Open>,
    /// They have said yes to these words before, and it runs out.
    pub ends: bool,
}

impl Listed {
    /// Whether one of the names contains these words. The engines fold letters that are not ASCII differently, so their
    /// pattern lets all of those through, and this decides.
    fn has(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        [&self.name, &self.visitor_name].iter().any(|name| name.to_lowercase().contains(&words))
    }
}

/// That somebody was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// When.
    pub asked: Timestamp,
    /// How.
    pub by: By,
    /// How often they were reminded.
    pub reminders: i64,
    /// When they were written to last.
    pub last: Timestamp,
    /// A letter for them is still to be printed.
    pub to_print: bool,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// All.
    #[default]
    All,
    /// Nobody has asked them.
    Unasked,
    /// They were asked.
    Waiting,
}

impl Shown {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unasked => "unasked",
            Self::Waiting => "waiting",
        }
    }
}

/// What a list has.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Of everybody, a roster, or one participant.
    pub of: Of,
    /// What the participant's name, or that of who answers, contains.
    pub words: &'a str,
    /// Asked or not.
    pub shown: Shown,
    /// Those after this one.
    pub after: Option<&'a Place>,
}

/// A place in the list, which goes by the participant's name: where its next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    participant: ParticipantId,
    visitor: Visitor,
}

impl Place {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (participant, visitor) = text.split_once('.')?;
        let participant = ParticipantId::parse(participant).ok()?;
        Some(Self { participant, visitor: Visitor::parse(visitor).ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.participant, self.visitor.as_str())
    }
}

/// Everybody whose answer to the edition `$1` is wanted, with what came of asking them.
///
/// `$2`: born after it is a child; `$3`: born up to it is sixteen or more, and may be written to (under that it goes through a
/// parent, FA 6.4: they hand the phone over, or bring a form); `$4`: today; `$5`: a yes that ends up to it runs
/// out; `$6`: a pattern or nothing; `$7`: the roster of an activity, or nothing; `$8`: a participant, or nothing; `$9`: all,
/// unasked or waiting. Whoever asked to be forgotten is not asked. Whoever said no to everything is not asked again: a no has no end.
macro_rules! wanted {
    ($columns:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (
                 SELECT s.participant_id AS participant_id, g.id AS visitor_id, g.id AS giver_id,
                     g.name AS visitor_name, g.mail AS mail, g.phone AS phone, g.language AS language
                 FROM guardianship s JOIN guardian g ON g.id = s.guardian_id
                     JOIN participant c ON c.id = s.participant_id
                 WHERE s.ended_ms IS NULL
                     AND ((c.born_day IS NULL AND c.adult = 0) OR c.born_day > $2)
                 UNION ALL
                 SELECT c.id, c.id, '', c.name, c.mail, '', 'en' FROM participant c
                 WHERE (c.born_day IS NULL AND c.adult = 1) OR c.born_day <= $2
                     OR (c.born_day <= $3 AND c.mail <> '')
             ) v JOIN participant p ON p.id = v.participant_id
             LEFT JOIN asking a
                 ON a.participant_id = p.id AND a.visitor_id = v.visitor_id AND a.edition_id = $1
             WHERE p.merged_into IS NULL AND (p.left_day IS NULL OR p.left_day >= $4)
                 AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.participant_id = p.id)
                 AND ($6 = '' OR lower(p.name) LIKE $6 ESCAPE '~' OR lower(v.visitor_name) LIKE $6 ESCAPE '~')
                 AND ($7 = '' OR EXISTS (SELECT 1 FROM roster r
                     WHERE r.activity_id = $7 AND r.participant_id = p.id))
                 AND ($8 = '' OR p.id = $8)
                 AND ($9 = 'all' OR ($9 = 'waiting') = (a.id IS NOT NULL AND a.answered_ms IS NULL))
                 AND ((NOT EXISTS (SELECT 1 FROM consent c JOIN edition_wording w ON w.hash = c.wording_hash
                             WHERE w.edition_id = $1 AND c.participant_id = p.id
                                 AND COALESCE(c.guardian_id, '') = v.giver_id)
                         AND (NOT EXISTS (SELECT 1 FROM consent c
                                 WHERE c.participant_id = p.id AND COALESCE(c.guardian_id, '') = v.giver_id)
                             OR EXISTS (SELECT 1 FROM consent c
                                 WHERE c.participant_id = p.id AND COALESCE(c.guardian_id, '') = v.giver_id
                                     AND c.answer = 'yes' AND NOT EXISTS (SELECT 1 FROM consent n
                                         WHERE n.participant_id = p.id AND n.purpose = c.purpose
                                             AND n.kind = c.kind AND n.given_ms > c.given_ms
                                             AND COALESCE(n.guardian_id, '') = v.giver_id))))
                     OR EXISTS (SELECT 1 FROM consent c JOIN edition_wording w ON w.hash = c.wording_hash
                         WHERE w.edition_id = $1 AND c.participant_id = p.id AND c.answer = 'yes'
                             AND c.until_day <= $5 AND COALESCE(c.guardian_id, '') = v.giver_id
                             AND NOT EXISTS (SELECT 1 FROM consent n
                                 WHERE n.participant_id = p.id AND n.purpose = c.purpose AND n.kind = c.kind
                                     AND n.given_ms > c.given_ms
                                     AND COALESCE(n.guardian_id, '') = v.giver_id))) ",
            $tail
        )
    };
}

macro_rules! listed {
    ($tail:literal) => {
        wanted!(
            "p.id AS participant_id, p.name, v.visitor_id, v.visitor_name, v.mail, v.phone, v.language,
             a.asked_ms, a.way, a.reminders, a.last_ms, a.printed_ms, a.answered_ms,
             (SELECT MAX(c.given_ms) FROM consent c JOIN edition_wording w ON w.hash = c.wording_hash
                 WHERE w.edition_id = $1 AND c.participant_id = p.id
                     AND COALESCE(c.guardian_id, '') = v.giver_id) AS answered_before_ms",
            $tail
        )
    };
}

/// What every one of these statements is given first.
pub(super) struct Frame {
    pub(super) edition: EditionId,
    today: Date,
}

impl Frame {
    pub(super) async fn of(tx: &mut Tx, now: Timestamp) -> Result<Option<Self>, StoreError> {
        let edition = Settings(tx).edition_in_force().await?;
        Ok(edition.map(|edition| Self { edition, today: day_in_london(now) }))
    }

    fn bind(&self, statement: Statement, wanted: &Wanted<'_>) -> Statement {
        let (activity, participant) = match &wanted.of {
            Of::All => (String::new(), String::new()),
            Of::Activity(id) => (id.as_str().to_owned(), String::new()),
            Of::Participant(id) => (String::new(), id.as_str().to_owned()),
        };
        statement
            .bind(self.edition.as_str().to_owned())
            .bind(self.ago(18.years()).to_string())
            .bind(self.ago(16.years()).to_string())
            .bind(self.today.to_string())
            .bind(self.today.saturating_add(SOON.days()).to_string())
            .bind(pattern(&wanted.words.trim().to_lowercase()))
            .bind(activity)
            .bind(participant)
            .bind(wanted.shown.as_str())
    }

    fn ago(&self, span: Span) -> Date {
        self.today.saturating_sub(span)
    }
}

/// Those whose answer is wanted, by the participant's name, at most `most`, and where the next page begins.
pub async fn who(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    most: u32,
    now: Timestamp,
) -> Result<(Vec<Listed>, Option<Place>), StoreError> {
    let Some(frame) = Frame::of(tx, now).await? else { return Ok((Vec::new(), None)) };
    let (after_name, after_participant, after_visitor) = match wanted.after {
        Some(place) => (
            name_of(tx, &place.participant).await?,
            place.participant.as_str().to_owned(),
            place.visitor.as_str().to_owned(),
        ),
        None => Default::default(),
    };
    let page = sql(listed!(
        "AND (p.name > $10 OR (p.name = $10 AND (p.id > $11 OR (p.id = $11 AND v.visitor_id > $12))))
         ORDER BY p.name, p.id, v.visitor_id LIMIT $13"
    ));
    let page = frame
        .bind(page, wanted)
        .bind(after_name)
        .bind(after_participant)
        .bind(after_visitor)
        .bind(i64::from(most) + 1);
    let mut found: Vec<Listed> = tx.rows(page).await?.iter().map(listed).collect::<Result<_, _>>()?;
    let more = found.len() > usize::try_from(most).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let last =
        found.last().map(|one| Place { participant: one.participant.clone(), visitor: one.visitor.clone() });
    found.retain(|one| one.has(wanted.words));
    Ok((found, last.filter(|_| more)))
}

/// How many answers are wanted.
pub async fn how_many(tx: &mut Tx, wanted: &Wanted<'_>, now: Timestamp) -> Result<i64, StoreError> {
    let Some(frame) = Frame::of(tx, now).await? else { return Ok(0) };
    if !wanted.words.is_ascii() {
        let all: Vec<Listed> = tx
            .rows(frame.bind(sql(listed!("")), wanted))
            .await?
            .iter()
            .map(listed)
            .collect::<Result<_, _>>()?;
        return Ok(i64::try_from(all.iter().filter(|one| one.has(wanted.words)).count()).unwrap_or(i64::MAX));
    }
    let count = frame.bind(sql(wanted!("COUNT(*) AS n", "")), wanted);
    tx.row(count).await?.map_or(Ok(0), |row| row.number("n"))
}

/// Those nobody has asked, all of one visitor side by side, at most `most` rows. The last visitor may be cut.
pub(super) async fn unasked(
    tx: &mut Tx,
    frame: &Frame,
    of: &Of,
    words: &str,
    most: i64,
) -> Result<Vec<Listed>, StoreError> {
    let wanted = Wanted { of: of.clone(), words, shown: Shown::Unasked, after: None };
    // What the pattern lets through beside the words must not stand in the way of those behind it.
    let read = if words.is_ascii() { most } else { i64::MAX };
    let found = frame.bind(sql(listed!("ORDER BY v.visitor_id, p.id LIMIT $10")), &wanted).bind(read);
    let mut found: Vec<Listed> = tx.rows(found).await?.iter().map(listed).collect::<Result<_, _>>()?;
    found.retain(|one| one.has(words));
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found)
}

/// Of those nobody has asked, the ones who said yes to these words, and whose yes runs out.
pub(super) async fn running_out(tx: &mut Tx, frame: &Frame, most: i64) -> Result<Vec<Listed>, StoreError> {
    let wanted = Wanted { shown: Shown::Unasked, ..Wanted::default() };
    let found = sql(listed!(
        "AND EXISTS (SELECT 1 FROM consent c JOIN edition_wording w ON w.hash = c.wording_hash
             WHERE w.edition_id = $1 AND c.participant_id = p.id AND COALESCE(c.guardian_id, '') = v.giver_id)
         ORDER BY v.visitor_id, p.id LIMIT $10"
    ));
    tx.rows(frame.bind(found, &wanted).bind(most)).await?.iter().map(listed).collect()
}

/// Those who were asked and may be reminded: written to last at `last` or before; the second time only when they were asked
/// at `first` or before. A letter that was not printed yet is no reason.
pub(super) async fn to_remind(
    tx: &mut Tx,
    frame: &Frame,
    of: &Of,
    (last, first): (Timestamp, Timestamp),
    most: i64,
) -> Result<Vec<Listed>, StoreError> {
    let wanted = Wanted { of: of.clone(), shown: Shown::Waiting, ..Wanted::default() };
    let found = sql(listed!(
        "AND a.last_ms <= $10 AND (a.reminders = 0 OR (a.reminders = 1 AND a.asked_ms <= $11))
             AND (a.way <> 'letter' OR a.printed_ms IS NOT NULL)
         ORDER BY v.visitor_id, p.id LIMIT $12"
    ));
    let found =
        frame.bind(found, &wanted).bind(last.as_millisecond()).bind(first.as_millisecond()).bind(most);
    tx.rows(found).await?.iter().map(listed).collect()
}

/// Those for whom a letter is to be printed.
pub(super) async fn to_print(tx: &mut Tx, frame: &Frame, most: i64) -> Result<Vec<Listed>, StoreError> {
    let wanted = Wanted { shown: Shown::Waiting, ..Wanted::default() };
    let found =
        sql(listed!("AND a.way = 'letter' AND a.printed_ms IS NULL ORDER BY v.visitor_id, p.id LIMIT $10"));
    tx.rows(frame.bind(found, &wanted).bind(most)).await?.iter().map(listed).collect()
}

async fn name_of(tx: &mut Tx, id: &ParticipantId) -> Result<String, StoreError> {
    let found = sql("SELECT name FROM participant WHERE id = $1").bind(id.as_str().to_owned());
    tx.row(found).await?.map_or_else(|| Ok(String::new()), |row| row.text("name"))
}

fn listed(row: &AnyRow) -> Result<Listed, StoreError> {
    let answered = row.maybe_instant("answered_ms")?.is_some();
    let open = match row.maybe_instant("asked_ms")?.filter(|_| !answered) {
        None => None,
        Some(asked) => {
            let by = row.read("way", By::parse)?;
            Some(Open {
                asked,
                by,
                reminders: row.number("reminders")?,
                last: row.instant("last_ms")?,
                to_print: by == By::Letter && row.maybe_instant("printed_ms")?.is_none(),
            })
        }
    };
    Ok(Listed {
        participant: row.read("participant_id", ParticipantId::parse)?,
        name: row.text("name")?,
        visitor: row.read("visitor_id", Visitor::parse)?,
        visitor_name: row.text("visitor_name")?,
        mail: row.text("mail")?,
        phone: row.text("phone")?,
        language: row.text("language")?,
        open,
        ends: row.maybe_instant("answered_before_ms")?.is_some(),
    })
}

/// How asking goes, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Answers that were asked for in the words in force.
    pub asked: i64,
    /// Of them, those that came.
    pub answered: i64,
    /// Children for whom nobody is on record who could answer.
    pub nobody: i64,
    /// Yes and no to each question, each giver's newest.
    pub shares: Vec<(Purpose, Kind, i64, i64)>,
}

/// Counts; nobody's name.
pub async fn figures(tx: &mut Tx, now: Timestamp) -> Result<Figures, AskError> {
    let frame = Frame::of(tx, now).await?.ok_or(AskError::NoWording)?;
    let edition = frame.edition.as_str();
    let asked =
        sql("SELECT COUNT(*) AS asked, COUNT(answered_ms) AS answered FROM asking WHERE edition_id = $1")
            .bind(edition.to_owned());
    let nobody = sql("SELECT COUNT(*) AS n FROM participant p
         WHERE p.merged_into IS NULL AND (p.left_day IS NULL OR p.left_day >= $1)
             AND ((p.born_day IS NULL AND p.adult = 0) OR p.born_day > $2)
             AND NOT EXISTS (SELECT 1 FROM guardianship s JOIN guardian g ON g.id = s.guardian_id
                 WHERE s.participant_id = p.id AND s.ended_ms IS NULL)")
    .bind(frame.today.to_string())
    .bind(frame.ago(18.years()).to_string());
    let mut figures = Figures::default();
    if let Some(row) = tx.row(asked).await? {
        (figures.asked, figures.answered) = (row.number("asked")?, row.number("answered")?);
    }
    if let Some(row) = tx.row(nobody).await? {
        figures.nobody = row.number("n")?;
    }
    figures.shares = shares(tx, edition).await?;
    Ok(figures)
}

async fn shares(tx: &mut Tx, edition: &str) -> Result<Vec<(Purpose, Kind, i64, i64)>, StoreError> {
    let found = sql("SELECT c.purpose, c.kind, COUNT(CASE WHEN c.answer = 'yes' THEN 1 END) AS yes,
             COUNT(CASE WHEN c.answer = 'no' THEN 1 END) AS no
         FROM consent c
         WHERE c.wording_hash IN (SELECT hash FROM edition_wording WHERE edition_id = $1)
             AND NOT EXISTS (SELECT 1 FROM consent n WHERE n.participant_id = c.participant_id
                 AND n.purpose = c.purpose AND n.kind = c.kind AND n.given_ms > c.given_ms
                 AND COALESCE(n.guardian_id, '') = COALESCE(c.guardian_id, ''))
         GROUP BY c.purpose, c.kind ORDER BY c.purpose, c.kind")
    .bind(edition.to_owned());
    let one = |row: &AnyRow| {
        let (purpose, kind) = (row.read("purpose", Purpose::parse)?, row.read("kind", Kind::parse)?);
        Ok((purpose, kind, row.number("yes")?, row.number("no")?))
    };
    tx.rows(found).await?.iter().map(one).collect()
}
