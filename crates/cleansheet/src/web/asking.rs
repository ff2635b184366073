//! Asking families: who has not answered yet, and the buttons that ask and remind them.

pub(super) mod letters;
pub(super) mod paper;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    Tx,
    activities::Activities,
    asking::{
        self, AskError, Asked, By, Chosen, Figures, Listed, MOST_REMINDERS, Of, Open, PaperError, Place,
        Shown, Wanted,
    },
    texts::Texts,
};
use cleansheet_terms::{ParticipantId, Timestamp, day_in_london};
use jiff::SignedDuration;
use serde::Deserialize;

use super::{
    Problem, Signed, clock_words,
    csv::CsvFile,
    fields::Fields,
    layout::Page,
    parts,
    problem::{sentence, show},
    questions,
};
use crate::{app::App, asking::Press};

/// People on a page.
const PAGE: u32 = 50;
/// People of a file that are read at a time.
const BATCH: u32 = 1_000;
/// Activities to choose from: the newest.
const ACTIVITIES: usize = 100;
/// Text messages that were given up are told for this long.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
const FILTERS: [(&str, &str); 3] =
    [("all", "All"), ("unasked", "Not asked yet"), ("waiting", "Asked, no answer")];

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
    /// An activity, a participant, or everybody.
    #[serde(default)]
    of: String,
    #[serde(default = "all")]
    show: String,
    /// Where this page begins; empty for the first one.
    #[serde(default)]
    after: String,
    /// What the last press did.
    #[serde(default)]
    done: String,
}

fn all() -> String {
    "all".to_owned()
}

/// A participant, with those who have not answered about them.
struct Row {
    id: String,
    name: String,
    people: Vec<String>,
    state: &'static str,
    word: &'static str,
}

/// How one question was answered.
struct Share {
    question: &'static str,
    yes: i64,
    no: i64,
    percent: i64,
}

#[derive(Template)]
#[template(path = "asking/list.html")]
struct List {
    page: Page,
    words: String,
    of: String,
    show: String,
    filters: [(&'static str, &'static str); 3],
    activities: Vec<(String, String)>,
    rows: Vec<Row>,
    /// Answers that are wanted and that nobody has asked for, on this list.
    unasked: i64,
    figures: Figures,
    answered_percent: i64,
    shares: Vec<Share>,
    letters: usize,
    more_letters: bool,
    lost_texts: i64,
    done: Option<String>,
    later: bool,
    next: Option<String>,
}

/// `GET /asking` — who has not answered, and how asking goes.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let now = app.clock.now();
    let (of, after) = (of(&search.of)?, Place::parse(&search.after));
    let mut tx = app.records.read().await?;
    let figures = asking::figures(&mut tx, now).await?;
    let mut wanted = Wanted { of, words: &search.words, shown: shown(&search.show), after: after.as_ref() };
    let (found, next) = asking::who(&mut tx, &wanted, PAGE, now).await?;
    wanted.shown = Shown::Unasked;
    let unasked = asking::how_many(&mut tx, &wanted, now).await?;
    let (letters, more_letters) = asking::letters_waiting(&mut tx, now).await?;
    let since = now.checked_sub(TOLD_FOR).unwrap_or(Timestamp::UNIX_EPOCH);
    let lost_texts = Texts(&mut tx).given_up_since(since).await?;
    show(&List {
        page,
        filters: FILTERS,
        activities: activities(&mut tx).await?,
        rows: rows(found, now),
        unasked,
        answered_percent: percent(figures.answered, figures.asked),
        shares: shares(&figures),
        figures,
        letters,
        more_letters,
        lost_texts,
        done: done(&search.done, now),
        later: after.is_some(),
        next: next.map(|place| place.to_string()),
        words: search.words,
        of: search.of,
        show: search.show,
    })
}

/// `GET /asking.csv` — the same as a file.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let headings =
        ["Participant", "Who answers", "Asked on", "How", "Days since", "Reminders", "Letter to be printed"];
    let (mut file, now) = (CsvFile::new("asking", &headings)?, app.clock.now());
    let (of, mut after) = (of(&search.of)?, None);
    loop {
        let wanted = Wanted {
            of: of.clone(),
            words: &search.words,
            shown: shown(&search.show),
            after: after.as_ref(),
        };
        let (found, next) = asking::who(&mut app.records.read().await?, &wanted, BATCH, now).await?;
        for one in found {
            file.row(&cells(one, now))?;
        }
        if next.is_none() {
            return Ok(file);
        }
        after = next;
    }
}

fn cells(one: Listed, now: Timestamp) -> [String; 7] {
    let none = String::new;
    let [asked, how, days, reminders, letter] = match one.open {
        None => [none(), none(), none(), none(), none()],
        Some(open) => [
            day_in_london(open.asked).to_string(),
            by(open.by).to_owned(),
            days(open.asked, now).to_string(),
            open.reminders.to_string(),
            if open.to_print { "yes".to_owned() } else { none() },
        ],
    };
    [one.name, one.visitor_name, asked, how, days, reminders, letter]
}

/// `POST /asking` — asks, or reminds.
pub(super) async fn press(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (of, words) = (of(fields.one("of"))?, fields.one("words"));
    let ids: Vec<ParticipantId> =
        fields.all("participant").filter_map(|id| ParticipantId::parse(id).ok()).collect();
    let press = match fields.one("do") {
        "ask-all" => Press::Ask(Chosen::Fitting(&of, words)),
        _ if ids.is_empty() => {
            return Err(Problem::Wrong("nobody is ticked; tick whom you mean, and press again".into()));
        }
        "ask" => Press::Ask(Chosen::These(&ids)),
        "letter" => Press::Ask(Chosen::ByLetter(&ids)),
        "remind" => Press::Remind(&ids),
        _ => return Err(Problem::Wrong("say whether to ask or to remind".into())),
    };
    let Asked { mails, texts, letters, .. } = app.asked(&press, &me.person.id).await?;
    let of = fields.one("of");
    let of = if Of::parse(of).is_ok() { of } else { "" };
    Ok(Redirect::to(&format!("/asking?of={of}&done={mails}.{texts}.{letters}")))
}

fn of(text: &str) -> Result<Of, Problem> {
    Of::parse(text).map_err(|_| Problem::NotFound)
}

fn shown(text: &str) -> Shown {
    match text {
        "unasked" => Shown::Unasked,
        "waiting" => Shown::Waiting,
        _ => Shown::All,
    }
}

async fn activities(tx: &mut Tx) -> Result<Vec<(String, String)>, Problem> {
    let all = Activities(tx).activities().await?.into_iter().take(ACTIVITIES);
    Ok(all.map(|one| (one.id.to_string(), format!("{}, {}", one.name, clock_words::day(one.day)))).collect())
}

/// A participant once, with everybody who has not answered about them.
fn rows(found: Vec<Listed>, now: Timestamp) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for one in found {
        let (state, word) = if one.open.is_some() { ("hold", "Asked") } else { ("note", "Not asked yet") };
        let line = line(&one, now);
        match rows.last_mut().filter(|row| row.id == one.participant.as_str()) {
            Some(row) => {
                row.people.push(line);
                if one.open.is_none() {
                    (row.state, row.word) = (state, word);
                }
            }
            None => rows.push(Row {
                id: one.participant.to_string(),
                name: one.name,
                people: vec![line],
                state,
                word,
            }),
        }
    }
    rows
}

fn line(one: &Listed, now: Timestamp) -> String {
    let name =
        if one.visitor.as_str() == one.participant.as_str() { "themselves" } else { &one.visitor_name };
    let said = match &one.open {
        None if one.ends => "the yes runs out soon".to_owned(),
        None if one.mail.is_empty() && one.phone.is_empty() => "no mail address, so a letter".to_owned(),
        None => "not asked yet".to_owned(),
        Some(open) => asked(open, now),
    };
    format!("{name}: {said}")
}

fn asked(open: &Open, now: Timestamp) -> String {
    let when = match days(open.asked, now) {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    };
    let reminded = match open.reminders {
        0 => "",
        1 => ", reminded once",
        _ => ", reminded twice: speak to them, or print a letter",
    };
    let letter = if open.to_print { ", letter still to be printed" } else { "" };
    debug_assert!(open.reminders <= MOST_REMINDERS);
    format!("asked {} {when}{letter}{reminded}", by(open.by))
}

fn by(by: By) -> &'static str {
    match by {
        By::Mail => "by mail",
        By::Sms => "by text message",
        By::Letter => "by letter",
    }
}

fn days(from: Timestamp, now: Timestamp) -> i32 {
    day_in_london(from).until(day_in_london(now)).map_or(0, |span| span.get_days())
}

fn percent(part: i64, whole: i64) -> i64 {
    (100 * part).checked_div(whole).unwrap_or(0)
}

fn shares(figures: &Figures) -> Vec<Share> {
    let one = |(purpose, kind, yes, no): &(_, _, i64, i64)| Share {
        question: questions::words(*purpose, *kind),
        yes: *yes,
        no: *no,
        percent: percent(*yes, yes + no),
    };
    figures.shares.iter().map(one).collect()
}

/// What the last press did, in a sentence.
fn done(text: &str, now: Timestamp) -> Option<String> {
    let numbers: Vec<usize> = text.split('.').filter_map(|number| number.parse().ok()).collect();
    let [mails, texts, letters] = *numbers.as_slice() else { return None };
    if mails + texts + letters == 0 {
        return Some(
            "Nobody is written to: they were asked already, or had a message within a day.".to_owned(),
        );
    }
    let parts = [
        (mails, clock_words::count(mails, "mail", "mails")),
        (texts, clock_words::count(texts, "text message", "text messages")),
        (letters, clock_words::count(letters, "letter to be printed", "letters to be printed")),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    let when = if mails + texts > 0 && asking::daytime(now) != now {
        " Messages leave at 8 in the morning: nobody’s phone rings at night."
    } else {
        ""
    };
    Some(format!("{}{when}", sentence(&parts.join(", "))))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoWording => Self::Conflict(error.to_string()),
            AskError::Invitation(error) => Self::internal(&error),
            AskError::Activity(error) => error.into(),
            AskError::Store(error) => error.into(),
        }
    }
}

impl From<PaperError> for Problem {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::NoWording | PaperError::Two | PaperError::NotYours => {
                Self::Conflict(error.to_string())
            }
            PaperError::NotTheirs | PaperError::Day | PaperError::Mark | PaperError::Empty => {
                Self::Wrong(error.to_string())
            }
            PaperError::Activity(error) => error.into(),
            PaperError::Answer(error) => error.into(),
            PaperError::Store(error) => error.into(),
        }
    }
}
