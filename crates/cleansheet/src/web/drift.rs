//! What an account shows, or no longer shows, and nobody did from here.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_channels::capabilities;
use cleansheet_records::{
    Tx,
    drift::{Drift, DriftError, Drifts, Kind},
    old_posts::{Listed, OldPosts},
    orders::Orders,
};
use cleansheet_terms::{DriftId, PersonId};
use serde::Deserialize;

use super::{Problem, Signed, clock_words, csv::Csv, fields::Fields, layout::Page, parts, problem::show};
use crate::app::App;

#[derive(Deserialize, Default)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
}

struct Line {
    id: String,
    what: String,
    about: String,
    account: String,
    account_page: String,
    url: Option<String>,
    post: Option<String>,
    /// Somebody else's post.
    strange: bool,
    /// A post of ours.
    of_ours: bool,
    /// The account's old posts can be listed, so this one can be taken down from here.
    lists: bool,
    answer: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "drift/list.html")]
struct List {
    page: Page,
    words: String,
    lines: Vec<Line>,
    /// Each account, and when it was looked at last.
    looks: Vec<Look>,
    /// Every account was looked at lately.
    all_watched: bool,
}

struct Look {
    account: String,
    at: String,
    watched: bool,
}

/// `GET /drift` — what is not as we left it, what nobody has answered on top.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let lines = found(&app, &search).await?.into_iter().map(line).collect();
    let now = app.clock.now();
    let looks = Drifts(&mut app.records.read().await?).looks().await?.into_iter().map(|one| Look {
        watched: one.is_watched(now),
        at: one.at.map_or_else(|| "never yet: is it connected?".to_owned(), |at| clock_words::ago(at, now)),
        account: one.account,
    });
    let looks: Vec<Look> = looks.collect();
    show(&List { page, words: search.words, lines, all_watched: looks.iter().all(|one| one.watched), looks })
}

/// `GET /drift.csv` — the same as a file.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let row = |one: Drift| {
        let answer = one.closed.as_ref().map_or("", |(_, _, answer)| in_words(answer)).to_owned();
        let closed = one.closed.as_ref().map(|(_, at, _)| clock_words::exact(*at)).unwrap_or_default();
        let url = one.url.unwrap_or_default();
        vec![clock_words::exact(one.seen), one.channel_name, one.what, url, answer, closed]
    };
    Ok(Csv {
        name: "accounts-watched",
        headings: &["Seen", "Account", "What", "Address", "Answer", "Answered"],
        rows: found(&app, &search).await?.into_iter().map(row).collect(),
    })
}

/// `POST /drift/{drift}` — what it was, and what becomes of it.
pub(super) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(drift): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = DriftId::parse(&drift).map_err(|_| Problem::NotFound)?;
    let answer = fields.one("answer");
    if !["ours", "taken_down", "seen_to"].contains(&answer) {
        return Err(Problem::Wrong("say what it was".into()));
    }
    let mut tx = app.records.begin().await?;
    let drift = Drifts(&mut tx).close(&id, answer, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    follow(&app, &mut tx, &drift, answer, &me.person.id).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/drift"))
}

/// A post of ours from before or beside this program becomes an old post; one that has to go is taken down like those.
async fn follow(app: &App, tx: &mut Tx, drift: &Drift, answer: &str, by: &PersonId) -> Result<(), Problem> {
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let lists = lists(drift);
    match (answer, drift.kind, &drift.order) {
        ("ours", Kind::Post, None) if lists => {
            OldPosts(tx).begin_import(&drift.channel, by, clock, &mut chance).await?;
        }
        ("taken_down", Kind::Post, None) if lists => {
            let listed = Listed {
                remote: drift.remote.clone(),
                url: drift.url.clone().unwrap_or_default(),
                published: None,
                text: String::new(),
                files: Vec::new(),
                shares: None,
            };
            let post = OldPosts(tx).write_down(&drift.channel, &listed, clock, &mut chance).await?;
            OldPosts(tx).take_down(&post, by, clock, &mut chance).await?;
        }
        ("taken_down", _, Some(order)) => {
            let because = "it was not as we left it";
            Orders(tx).to_take_down(order, because, clock, &mut chance).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn found(app: &App, search: &Search) -> Result<Vec<Drift>, Problem> {
    let wanted = search.words.trim().to_lowercase();
    let mut all = Drifts(&mut app.records.read().await?).all().await?;
    all.retain(|one| [&one.what, &one.channel_name].iter().any(|text| text.to_lowercase().contains(&wanted)));
    Ok(all)
}

fn lists(drift: &Drift) -> bool {
    capabilities(drift.network).is_some_and(|can| can.lists_old)
}

fn in_words(answer: &str) -> &'static str {
    match answer {
        "ours" => "It was ours",
        "taken_down" => "Taken down",
        _ => "Seen to",
    }
}

fn line(one: Drift) -> Line {
    let closed = one.closed.as_ref();
    let about = match closed {
        Some((_, at, _)) => {
            format!("Seen on {}, answered on {}", clock_words::exact(one.seen), clock_words::exact(*at))
        }
        None => format!("Seen on {}", clock_words::exact(one.seen)),
    };
    Line {
        id: one.id.to_string(),
        lists: lists(&one),
        about,
        strange: one.kind == Kind::Post && one.order.is_none(),
        of_ours: matches!(one.kind, Kind::Gone | Kind::Changed),
        answer: closed.map(|(_, _, answer)| in_words(answer)),
        post: one.post.map(|id| format!("/posts/{id}")),
        account_page: format!("/accounts/{}", one.channel),
        account: one.channel_name,
        what: one.what,
        url: one.url,
    }
}

impl From<DriftError> for Problem {
    fn from(error: DriftError) -> Self {
        match error {
            DriftError::Missing(_) => Self::NotFound,
            DriftError::Closed => Self::Conflict(error.to_string()),
            DriftError::Store(error) => error.into(),
        }
    }
}
