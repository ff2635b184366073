//! The words of the policy that could be read in two ways, and how the trust reads them.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_policy::{INTERPRETATIONS, Used};
use cleansheet_records::review::{Reading, Readings};
use cleansheet_terms::day_in_london;

use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// One word.
struct Word {
    key: &'static str,
    word: &'static str,
    question: &'static str,
    proposed: &'static str,
    clause: u8,
    /// Rules rest on it; otherwise its clause is not built yet.
    in_rules: bool,
    signed: Option<Said>,
    history: Vec<Said>,
}

/// One signed reading.
struct Said {
    words: String,
    by: String,
}

#[derive(Template)]
#[template(path = "policy/readings.html")]
struct List {
    page: Page,
    words: Vec<Word>,
    open: usize,
}

/// `GET /policy/readings` — all twelve, the open ones first.
pub(in crate::web) async fn list(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut all = Readings(&mut app.records.read().await?).all().await?;
    let signed = |reading: Reading| Said {
        by: format!("{}, {}", reading.signed_by, clock_words::day(day_in_london(reading.signed))),
        words: reading.words,
    };
    let mut words: Vec<Word> = INTERPRETATIONS
        .iter()
        .map(|one| {
            let mut readings = all.remove(one.key).unwrap_or_default().into_iter().map(signed);
            Word {
                key: one.key,
                word: one.word,
                question: one.question,
                proposed: one.proposed,
                clause: one.clause.number(),
                in_rules: one.used == Used::Rules,
                signed: readings.next(),
                history: readings.collect(),
            }
        })
        .collect();
    words.sort_by_key(|word| word.signed.is_some());
    let open = words.iter().filter(|word| word.signed.is_none()).count();
    show(&List { page, words, open })
}

/// `POST /policy/readings/{key}` — the Manager signs a reading.
pub(in crate::web) async fn sign(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    Readings(&mut tx).sign(&key, fields.one("reading"), &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/policy/readings#{key}")))
}
