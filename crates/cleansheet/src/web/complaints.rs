//! Complaints of families with their clocks, and the calls they ask for: for the Manager and the safeguarding lead.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_locales::Language;
use cleansheet_records::{
    Tx,
    activities::Activities,
    complaints::{Calls, Complaint, ComplaintError, Complaints},
    invitations::Visitor,
};
use cleansheet_terms::{CallId, ComplaintId, Date, day_in_london};

use super::{Problem, Signed, clock_words, csv::Csv, fields::Fields, layout::Page, parts, problem::show};
use crate::app::App;

/// Days before its last day from which a complaint stands out.
const SOON: i32 = 7;

/// One complaint.
struct Line {
    id: String,
    from: String,
    mail: String,
    made: String,
    due: String,
    state: &'static str,
    word: &'static str,
    clock: String,
    words: String,
    acknowledged: bool,
    answer: Option<String>,
    closed: String,
}

/// One call to make.
struct CallLine {
    id: String,
    name: String,
    phone: String,
    mail: String,
    language: &'static str,
    asked: String,
}

#[derive(Template)]
#[template(path = "complaints/list.html")]
struct List {
    page: Page,
    lines: Vec<Line>,
    calls: Vec<CallLine>,
}

/// `GET /complaints` — the next to be acknowledged on top.
pub(super) async fn list(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let lines = lines(&mut tx, &app).await?;
    let mut calls = Vec::new();
    for call in Calls(&mut tx).waiting().await? {
        let (name, mail, phone) = who(&mut tx, &call.visitor).await?;
        calls.push(CallLine {
            id: call.id.to_string(),
            name,
            mail,
            phone,
            language: Language::english_name(call.language),
            asked: clock_words::ago(call.asked, app.clock.now()),
        });
    }
    show(&List { page, lines, calls })
}

/// `GET /complaints.csv` — the same as a file, to be kept like the complaints themselves.
pub(super) async fn export(State(app): State<Arc<App>>) -> Result<Csv, Problem> {
    let mut tx = app.records.read().await?;
    let rows = lines(&mut tx, &app).await?;
    let row = |line: Line| {
        let word = line.word.to_owned();
        let answer = line.answer.unwrap_or_default();
        vec![line.made, line.from, line.mail, line.due, word, line.clock, line.words, answer, line.closed]
    };
    Ok(Csv {
        name: "complaints",
        headings: &[
            "Made",
            "From",
            "Mail",
            "To be acknowledged by",
            "State",
            "Clock",
            "Words",
            "Answer",
            "Answered",
        ],
        rows: rows.into_iter().map(row).collect(),
    })
}

/// `POST /complaints/{complaint}/acknowledge` — the family hears that it is being worked on.
pub(super) async fn acknowledge(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(complaint): Path<String>,
) -> Result<Redirect, Problem> {
    let id = ComplaintId::parse(&complaint).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance, trust) = (&*app.clock, &app.entropy, &app.settings.profile.trust.name);
    Complaints(&mut tx, &app.sealer).acknowledge(&id, &me.person.id, trust, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/complaints"))
}

/// `POST /complaints/{complaint}/answer` — the family reads the answer on their page, and it is closed.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(complaint): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = ComplaintId::parse(&complaint).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance, trust) = (&*app.clock, &app.entropy, &app.settings.profile.trust.name);
    let (words, by) = (fields.one("answer"), &me.person.id);
    Complaints(&mut tx, &app.sealer).answer(&id, words, by, trust, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/complaints"))
}

/// `POST /complaints/calls/{call}` — somebody has called.
pub(super) async fn called(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(call): Path<String>,
) -> Result<Redirect, Problem> {
    let id = CallId::parse(&call).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    Calls(&mut tx).done(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/complaints"))
}

async fn lines(tx: &mut Tx, app: &App) -> Result<Vec<Line>, Problem> {
    let today = day_in_london(app.clock.now());
    let mut lines = Vec::new();
    for complaint in Complaints(tx, &app.sealer).all().await? {
        let (from, mail, _) = who(tx, &complaint.visitor).await?;
        lines.push(line(complaint, from, mail, today));
    }
    Ok(lines)
}

fn line(complaint: Complaint, from: String, mail: String, today: Date) -> Line {
    let left = (complaint.due - today).get_days();
    let (state, word, clock) = if complaint.closed.is_some() {
        ("ok", "Answered", String::new())
    } else if complaint.acknowledged.is_some() {
        ("note", "Being worked on", String::new())
    } else if left < 0 {
        ("stop", "Too late", format!("It should have been acknowledged {} ago.", days(-left)))
    } else {
        let state = if left <= SOON { "stop" } else { "hold" };
        (state, "To be acknowledged", format!("{} left.", days(left)))
    };
    Line {
        id: complaint.id.to_string(),
        from,
        mail,
        made: clock_words::day(day_in_london(complaint.made)),
        due: clock_words::day(complaint.due),
        state,
        word,
        clock,
        words: complaint.words,
        acknowledged: complaint.acknowledged.is_some(),
        answer: complaint.answer,
        closed: complaint.closed.map(|at| clock_words::day(day_in_london(at))).unwrap_or_default(),
    }
}

fn days(number: i32) -> String {
    clock_words::count(usize::try_from(number).unwrap_or_default(), "day", "days")
}

/// Name, mail and telephone of a visitor.
async fn who(tx: &mut Tx, visitor: &Visitor) -> Result<(String, String, String), Problem> {
    let found = match visitor {
        Visitor::Guardian(id) => {
            Activities(tx).guardian(id).await?.map(|one| (one.name, one.mail, one.phone))
        }
        Visitor::Participant(id) => {
            Activities(tx).participant(id).await?.map(|one| (one.name, one.mail, String::new()))
        }
    };
    Ok(found.unwrap_or_default())
}

impl From<ComplaintError> for Problem {
    fn from(error: ComplaintError) -> Self {
        match error {
            ComplaintError::Missing | ComplaintError::Id(_) => Self::NotFound,
            ComplaintError::Empty => Self::Wrong(error.to_string()),
            ComplaintError::Answered => Self::Conflict(error.to_string()),
            ComplaintError::Seal(_) => Self::internal(&error),
            ComplaintError::Store(error) => error.into(),
        }
    }
}
