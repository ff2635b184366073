//! What a sheet would do, row by row, and the button that does it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    activities::{Activities, Participant},
    imports::{self, Alike, Batch, Choice, Choices, ImportError, Imports, Line, Outcome, Totals},
};
use cleansheet_terms::{ImportId, ParticipantId};
use serde::Deserialize;

use super::known;
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words,
        fields::Fields,
        layout::Page,
        parts,
        problem::{sentence, show},
    },
};

/// Rows on a page.
const PAGE: usize = 50;
/// What a field about a row begins with.
const ROW: &str = "row-";

#[derive(Deserialize)]
pub(in crate::web) struct Where {
    #[serde(default)]
    show: String,
    #[serde(default)]
    page: usize,
    /// `missing`: somebody pressed the button too early; `again`: something is different from what they saw.
    #[serde(default)]
    say: String,
}

/// One answer that can be chosen for a row.
struct Offer {
    value: String,
    words: String,
    checked: bool,
}

struct RowView {
    number: u32,
    name: String,
    state: &'static str,
    word: &'static str,
    says: Vec<String>,
    notes: Vec<String>,
    ask: &'static str,
    offers: Vec<Offer>,
}

struct Filter {
    name: &'static str,
    words: &'static str,
    count: usize,
}

#[derive(Template)]
#[template(path = "imports/preview.html")]
struct PreviewPage {
    page: Page,
    id: String,
    roster: Option<String>,
    unused: Vec<String>,
    totals: Totals,
    sums: Vec<String>,
    filters: Vec<Filter>,
    show: String,
    rows: Vec<RowView>,
    seen: String,
    say: String,
    number: usize,
    before: Option<usize>,
    next: Option<usize>,
}

#[derive(Template)]
#[template(path = "imports/done.html")]
struct Done {
    page: Page,
    at: String,
    roster: Option<(String, String)>,
    sums: Vec<String>,
}

/// `GET /imports/{id}` — the preview; once it was taken over, what that was.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
    Query(at): Query<Where>,
) -> Result<Html<String>, Problem> {
    let id = known(&id)?;
    let mut tx = app.records.read().await?;
    let batch = Imports(&mut tx).batch(&id, &app.sealer, app.clock.now()).await?;
    let roster = match &batch.roster {
        Some(id) => Activities(&mut tx).activity(id).await?,
        None => None,
    };
    if let Some((at, totals)) = &batch.accepted {
        let roster = roster.map(|one| (one.id.to_string(), one.name));
        return show(&Done { page, at: clock_words::moment(*at), roster, sums: sums(totals) });
    }
    let preview = Imports(&mut tx).preview(&batch).await?;
    let (which, totals) = (which(&at.show, &preview.totals), preview.totals);
    let fits = |line: &&Line| fits(which, &line.outcome);
    let count = preview.lines.iter().filter(fits).count();
    let number = at.page.clamp(1, count.div_ceil(PAGE).max(1));
    let lines = preview.lines.iter().filter(fits).skip((number - 1) * PAGE).take(PAGE);
    let rows = lines.map(|line| row(line, &batch)).collect();
    show(&PreviewPage {
        page,
        id: id.to_string(),
        roster: roster.map(|one| format!("{}, {}", one.name, clock_words::day(one.day))),
        unused: batch.sheet.map(|sheet| sheet.unused).unwrap_or_default(),
        totals,
        sums: sums(&totals),
        filters: filters(&totals),
        show: which.to_owned(),
        rows,
        seen: preview.hash.to_string(),
        say: at.say,
        number,
        before: (number > 1).then(|| number - 1),
        next: (count > number * PAGE).then(|| number + 1),
    })
}

/// Which rows are shown: those to look at first.
fn which(asked: &str, totals: &Totals) -> &'static str {
    match asked {
        "new" => "new",
        "changed" => "changed",
        "known" => "known",
        "out" => "out",
        "all" => "all",
        "look" => "look",
        _ if totals.is_ready() => "all",
        _ => "look",
    }
}

fn fits(which: &str, outcome: &Outcome) -> bool {
    match outcome {
        _ if which == "all" => true,
        Outcome::New => which == "new",
        Outcome::Known(_) => which == "known",
        Outcome::Changed(_) => which == "changed",
        Outcome::Faulty(_) | Outcome::Open(_) => which == "look",
        Outcome::LeftOut => which == "out",
    }
}

fn filters(totals: &Totals) -> Vec<Filter> {
    let all = totals.new + totals.changed + totals.known + totals.faulty + totals.open + totals.left_out;
    let filters = [
        ("look", "To be decided", totals.faulty + totals.open),
        ("new", "New", totals.new),
        ("changed", "Changed", totals.changed),
        ("known", "Known", totals.known),
        ("out", "Left out", totals.left_out),
        ("all", "All", all),
    ];
    let filter = |(name, words, count)| Filter { name, words, count };
    filters.map(filter).into_iter().filter(|one| one.count > 0).collect()
}

/// What all of it comes to, in sentences.
fn sums(totals: &Totals) -> Vec<String> {
    let count = clock_words::count;
    let mut sums = Vec::new();
    let mut say = |number: usize, words: String| {
        if number > 0 {
            sums.push(sentence(&words));
        }
    };
    say(totals.new, count(totals.new, "new participant", "new participants"));
    say(totals.guardians, count(totals.guardians, "new parent or carer", "new parents and carers"));
    say(totals.activities, count(totals.activities, "new activity", "new activities"));
    say(totals.changed, count(totals.changed, "row changes something", "rows change something"));
    say(totals.known, count(totals.known, "row is on record already", "rows are on record already"));
    say(totals.left_out, count(totals.left_out, "row is left out", "rows are left out"));
    sums
}

fn row(line: &Line, batch: &Batch) -> RowView {
    let number = line.row.line;
    let name = &line.row.child.name;
    let (state, word) = match &line.outcome {
        Outcome::New => ("ok", "New"),
        Outcome::Known(_) => ("off", "Already known"),
        Outcome::Changed(_) => ("note", "Changed"),
        Outcome::Faulty(_) => ("stop", "To be put right"),
        Outcome::Open(_) => ("hold", "Your decision"),
        Outcome::LeftOut => ("off", "Left out"),
    };
    let says = match &line.outcome {
        Outcome::Faulty(faults) => {
            faults.iter().map(|one| sentence(&format!("{}: {}", one.column, one.say))).collect()
        }
        _ => line.says.iter().map(|say| sentence(say)).collect(),
    };
    let (ask, offers) = offers(line, batch.choices.get(&number));
    RowView {
        number,
        name: if name.is_empty() { format!("Row {number}") } else { name.clone() },
        state,
        word,
        says,
        notes: line.notes.iter().map(|note| sentence(note)).collect(),
        ask,
        offers,
    }
}

/// What can be chosen for a row. Nothing is chosen for somebody where two people could be made one.
fn offers(line: &Line, chosen: Option<&Choice>) -> (&'static str, Vec<Offer>) {
    let offer = |value: String, words: String, checked: bool| Offer { value, words, checked };
    let leave = || offer("leave".into(), "Leave this row out".into(), chosen == Some(&Choice::LeaveOut));
    let same = |who: &Participant, checked: bool| {
        let born = who.born.map_or_else(
            || "birthday not known".to_owned(),
            |born| format!("born {}", clock_words::day(born)),
        );
        offer(format!("same-{}", who.id), format!("It is {}, {born}, who is on record", who.name), checked)
    };
    let another = |checked| offer("another".into(), "It is somebody else, who is new".into(), checked);
    match &line.outcome {
        Outcome::Faulty(_) => ("Put it right in the sheet and send it again, or", vec![leave()]),
        Outcome::LeftOut => {
            ("This row", vec![offer("take".into(), "Take this row after all".into(), false), leave()])
        }
        Outcome::Open(alike) => {
            let mut offers: Vec<Offer> = alike
                .iter()
                .map(|one| match one {
                    Alike::Known(who) => same(who, false),
                    Alike::Row(line, name) => {
                        offer(format!("row-{line}"), format!("It is {name} of row {line}"), false)
                    }
                })
                .collect();
            offers.extend([another(false), leave()]);
            ("Who is it?", offers)
        }
        Outcome::Known(Some(who)) | Outcome::Changed(Some(who)) => {
            ("Is it somebody else?", vec![same(who, true), another(false), leave()])
        }
        Outcome::New if chosen == Some(&Choice::Another) => (
            "Is it somebody on record after all?",
            vec![another(true), offer("take".into(), "Ask me again".into(), false), leave()],
        ),
        Outcome::New | Outcome::Known(None) | Outcome::Changed(None) => {
            ("This row", vec![offer("take".into(), "Take it".into(), true), leave()])
        }
    }
}

/// `POST /imports/{id}` — keeps what was decided about the rows of one page.
pub(in crate::web) async fn choose(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&id)?;
    decided(&app, &id, &fields).await?;
    let (show, page) = (fields.one("show"), fields.one("page"));
    let show = which(show, &Totals { open: 1, ..Totals::default() });
    let page: usize = page.parse().unwrap_or(1);
    Ok(Redirect::to(&format!("/imports/{id}?show={show}&page={page}")))
}

/// `POST /imports/{id}/accept` — takes the sheet over as it was shown.
pub(in crate::web) async fn accept(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&id)?;
    // Whoever decides something with the same press has not seen yet what comes of it.
    if decided(&app, &id, &fields).await? {
        return Ok(Redirect::to(&format!("/imports/{id}?say=again")));
    }
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let (seen, by, sealer) = (fields.one("seen"), &me.person.id, &app.sealer);
    match imports::accept(&mut tx, &id, seen, by, sealer, clock, &mut chance).await {
        Ok(_) => tx.commit().await?,
        Err(ImportError::NotReady(_)) => {
            return Ok(Redirect::to(&format!("/imports/{id}?show=look&say=missing")));
        }
        Err(ImportError::Changed) => return Ok(Redirect::to(&format!("/imports/{id}?say=again"))),
        Err(error) => return Err(error.into()),
    }
    app.wake.all();
    Ok(Redirect::to(&format!("/imports/{id}")))
}

/// `POST /imports/{id}/drop` — forgets the sheet.
pub(in crate::web) async fn drop(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    Imports(&mut tx).drop(&known(&id)?).await?;
    tx.commit().await?;
    Ok(Redirect::to("/participants"))
}

/// Keeps the choices that a form carries. Says whether any is new.
async fn decided(app: &App, id: &ImportId, fields: &Fields) -> Result<bool, Problem> {
    let sent = fields.beginning_with(ROW);
    if sent.is_empty() {
        return Ok(false);
    }
    let mut tx = app.records.begin().await?;
    let batch = Imports(&mut tx).batch(id, &app.sealer, app.clock.now()).await?;
    if batch.accepted.is_some() {
        return Ok(false);
    }
    let mut choices = batch.choices.clone();
    for (line, value) in sent {
        let line: u32 = line.parse().map_err(|_| Problem::Wrong("a row of the form is damaged".into()))?;
        set(&mut choices, line, value)?;
    }
    // A choice that says what would be done anyway is none, unless it stands against something.
    let before = Imports(&mut tx).preview(&batch).await?.hash;
    let after = Imports(&mut tx).preview(&Batch { choices: choices.clone(), ..batch.clone() }).await?.hash;
    if choices != batch.choices {
        Imports(&mut tx).choose(id, &choices).await?;
        tx.commit().await?;
    }
    Ok(before != after)
}

fn set(choices: &mut Choices, line: u32, value: &str) -> Result<(), Problem> {
    let choice = match value {
        "take" => None,
        "leave" => Some(Choice::LeaveOut),
        "another" => Some(Choice::Another),
        value => match (value.strip_prefix("same-"), value.strip_prefix(ROW)) {
            (Some(id), _) => {
                let id = ParticipantId::parse(id)
                    .map_err(|_| Problem::Wrong("this choice names nobody".into()))?;
                Some(Choice::Same(id))
            }
            (None, Some(other)) => Some(Choice::SameRow(
                other.parse().map_err(|_| Problem::Wrong("this choice names no row".into()))?,
            )),
            (None, None) => return Err(Problem::Wrong("choose one of the answers".into())),
        },
    };
    match choice {
        Some(choice) => choices.insert(line, choice),
        None => choices.remove(&line),
    };
    Ok(())
}
