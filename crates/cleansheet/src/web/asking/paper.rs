//! Answers on paper: two people read each form, each without seeing what the other read.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_locales::Said;
use cleansheet_records::{
    Tx,
    activities::Activities,
    asking::{Differs, Entered, Forms, PaperEntry, PaperForm, Part},
    consents::{Editions, Reader, good_until},
    invitations::Visitor,
    people::People,
};
use cleansheet_terms::{PaperFormId, ParticipantId, day_in_london};
use serde::Deserialize;

use super::letters::in_fours;
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words,
        fields::Fields,
        layout::Page,
        parts,
        problem::show,
        questions::{self, Around, Question},
    },
};

/// People to choose from at most.
const MOST: u32 = 40;

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
    /// What the last press did.
    #[serde(default)]
    done: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct Whose {
    #[serde(default)]
    participant: String,
    #[serde(default)]
    visitor: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct For {
    #[serde(default)]
    reader: String,
}

/// A form that two people have not agreed about.
struct Line {
    id: String,
    to: String,
    name: String,
    visitor: String,
    say: String,
    state: &'static str,
    word: &'static str,
    /// What this person can do next; empty when it is another's turn.
    button: &'static str,
    /// This person may throw it away.
    mine: bool,
}

/// Somebody whose form may be entered.
struct Signer {
    to: String,
    name: String,
    visitor: String,
}

#[derive(Template)]
#[template(path = "asking/paper.html")]
struct List {
    page: Page,
    words: String,
    done: Option<(&'static str, String)>,
    lines: Vec<Line>,
    signers: Vec<Signer>,
}

#[derive(Template)]
#[template(path = "asking/form.html")]
struct FormPage {
    page: Page,
    participant: String,
    visitor: String,
    name: String,
    visitor_name: String,
    today: String,
    questions: Vec<Question>,
    around: Around,
    naming: String,
    on_paper: bool,
}

#[derive(Template)]
#[template(path = "asking/blank.html")]
struct Blank {
    page: Page,
    around: Around,
    mark: String,
    own: bool,
    questions: Vec<Question>,
}

/// `GET /asking/paper` — forms that a second person has to read, and whose form to enter.
pub(in crate::web) async fn list(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let mut lines = Vec::new();
    for form in Forms(&mut tx).open().await? {
        lines.push(line(&mut tx, &me, form).await?);
    }
    let words = search.words.trim().to_owned();
    let found = match words.is_empty() {
        true => Vec::new(),
        false => Forms(&mut tx).signers(&words, MOST, app.clock.now()).await?,
    };
    let signers = found.into_iter().map(|one| Signer {
        to: address(&one.participant, &one.visitor),
        visitor: signs(&one.visitor, &one.visitor_name),
        name: one.name,
    });
    show(&List { page, words, done: done(&search.done), lines, signers: signers.collect() })
}

async fn line(tx: &mut Tx, me: &Signed, form: PaperForm) -> Result<Line, Problem> {
    let who = form.second.as_ref().unwrap_or(&form.first);
    let name = |person: Option<cleansheet_records::people::Person>| {
        person.map_or_else(|| "a colleague".to_owned(), |one| one.name)
    };
    let first = name(People(tx).find(&form.first).await?);
    let last = name(People(tx).find(who).await?);
    let when = clock_words::moment(form.entered);
    let (mine, second) = (form.first == me.person.id, form.second.as_ref() == Some(&me.person.id));
    let (state, word, say, button) = match (&form.second, mine || second) {
        (None, true) => {
            ("hold", "Waiting", format!("You entered it on {when}. Somebody else reads it next."), "")
        }
        (None, false) => {
            ("note", "Your turn", format!("{first} entered it on {when}."), "Read the same form")
        }
        (Some(_), true) => (
            "stop",
            "Differs",
            format!("{first} and {last} differ: {}.", parts_of(&form.differs)),
            "Read it again",
        ),
        (Some(_), false) => {
            ("stop", "Differs", format!("{first} and {last} differ: {}.", parts_of(&form.differs)), "")
        }
    };
    Ok(Line {
        to: address(&form.participant, &form.visitor),
        visitor: signs(&form.visitor, &form.visitor_name),
        id: form.id.to_string(),
        name: form.name,
        say,
        state,
        word,
        button,
        mine,
    })
}

fn signs(visitor: &Visitor, name: &str) -> String {
    match visitor {
        Visitor::Guardian(_) => format!("signed by {name}"),
        Visitor::Participant(_) => "signed by themselves".to_owned(),
    }
}

fn address(participant: &ParticipantId, visitor: &Visitor) -> String {
    format!("/asking/paper/form?participant={participant}&visitor={}", visitor.as_str())
}

/// Where two readings differ; not how.
fn parts_of(differs: &Differs) -> String {
    let words = |part: &Part| match part {
        Part::Day => "the day beside the signature".to_owned(),
        Part::Mark => "the number at the foot".to_owned(),
        Part::Question(purpose, kind) => format!("“{}”", questions::words(*purpose, *kind)),
    };
    differs.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// `GET /asking/paper/form` — the same empty form for the first and the second person.
pub(in crate::web) async fn form(
    State(app): State<Arc<App>>,
    page: Page,
    Query(whose): Query<Whose>,
) -> Result<Html<String>, Problem> {
    let (participant, visitor) = ids(&whose.participant, &whose.visitor)?;
    let mut tx = app.records.read().await?;
    let child = Activities(&mut tx).participant(&participant).await?.ok_or(Problem::NotFound)?;
    let visitor_name = match &visitor {
        Visitor::Guardian(id) => Activities(&mut tx).guardian(id).await?.ok_or(Problem::NotFound)?.name,
        Visitor::Participant(_) => child.name.clone(),
    };
    show(&FormPage {
        page,
        participant: whose.participant,
        visitor: whose.visitor,
        name: child.name,
        visitor_name: signs(&visitor, &visitor_name),
        today: day_in_london(app.clock.now()).to_string(),
        questions: questions::of(&Fields::default()),
        naming: String::new(),
        around: questions::around_paper(),
        on_paper: true,
    })
}

/// `POST /asking/paper/form` — what one person read.
pub(in crate::web) async fn enter(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (participant, visitor) = ids(fields.one("participant"), fields.one("visitor"))?;
    let signed = fields.one("signed").parse();
    let signed = signed.map_err(|_| Problem::Wrong("write the day beside the signature".into()))?;
    let unsaid = "say for each question what is on the paper; it may be left empty there";
    let answers = questions::given_on_paper(&fields).ok_or_else(|| Problem::Wrong(unsaid.into()))?;
    let entry = PaperEntry {
        participant: &participant,
        visitor: &visitor,
        signed,
        mark: fields.one("mark"),
        answers: &answers,
        by: &me.person.id,
        trust: &app.settings.profile.trust.name,
    };
    let mut tx = app.records.begin().await?;
    let entered = Forms(&mut tx).enter(&entry, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    let done = match entered {
        Entered::Waiting => "waiting".to_owned(),
        Entered::Differs(_) => "differs".to_owned(),
        Entered::Recorded { overtaken } => format!("counts{overtaken}"),
    };
    Ok(Redirect::to(&format!("/asking/paper?done={done}")))
}

/// `POST /asking/paper/{form}/remove` — an entry of one's own, made for the wrong person.
pub(in crate::web) async fn remove(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(form): Path<String>,
) -> Result<Redirect, Problem> {
    let form = PaperFormId::parse(&form).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    Forms(&mut tx).remove(&form, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/asking/paper?done=removed"))
}

/// `GET /asking/paper/blank` — an empty form to print, in the words in force.
pub(in crate::web) async fn blank(
    State(app): State<Arc<App>>,
    page: Page,
    Query(wanted): Query<For>,
) -> Result<Html<String>, Problem> {
    let reader = Reader::parse(&wanted.reader).unwrap_or(Reader::Guardian);
    let edition = Editions(&mut app.records.read().await?).in_force().await?;
    let until = good_until(day_in_london(app.clock.now()));
    let said = Said { child: "your child", trust: &page.trust, until };
    let (around, questions) = questions::in_force(edition.as_ref(), reader, &said, &Fields::default())?;
    let mark = in_fours(&around.mark);
    show(&Blank { page, around, mark, own: reader != Reader::Guardian, questions })
}

fn ids(participant: &str, visitor: &str) -> Result<(ParticipantId, Visitor), Problem> {
    let participant = ParticipantId::parse(participant).map_err(|_| Problem::NotFound)?;
    Ok((participant, Visitor::parse(visitor).map_err(|_| Problem::NotFound)?))
}

/// What the last press did, as a state and in words.
fn done(text: &str) -> Option<(&'static str, String)> {
    let (state, say) = match text {
        "waiting" => ("ok", "Entered. It counts once somebody else has read the same form."),
        "differs" => {
            ("stop", "The two of you read different things. Nothing counts yet: look at the paper again.")
        }
        "removed" => ("ok", "Removed. Nothing of it counted."),
        "counts0" => ("ok", "Both of you read the same. The answers count from now on."),
        text if text.starts_with("counts") => (
            "note",
            "Both of you read the same. Some ticks do not count: the family has answered since they signed, or the form does not \
             have the words that are in force for them. Ask them anew.",
        ),
        _ => return None,
    };
    Some((state, say.to_owned()))
}
