//! All posts: find, filter, keep as a file.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Html,
};
use cleansheet_records::posts::{Place, Stage, Wanted};
use cleansheet_terms::Timestamp;
use serde::Deserialize;

use super::{desk, words};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::CsvFile, layout::Page, parts, problem::show},
};

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
    #[serde(default = "all")]
    show: String,
    /// Where this page begins; empty for the first one.
    #[serde(default)]
    after: String,
}

fn all() -> String {
    "all".to_owned()
}

/// Posts on a page.
const PAGE: u32 = 50;
/// Posts of a file that are read at a time.
const BATCH: u32 = 1_000;

/// Which posts, and what the choice is called.
const FILTERS: [(&str, &str); 5] = [
    ("all", "All"),
    ("draft", "Drafts"),
    ("submitted", "Waiting for a second person"),
    ("approved", "Approved"),
    ("stopped", "Stopped"),
];

/// One post in a list.
#[derive(Debug, Clone)]
pub(in crate::web) struct Line {
    pub(in crate::web) id: String,
    pub(in crate::web) to: String,
    pub(in crate::web) title: String,
    pub(in crate::web) author: String,
    pub(in crate::web) activity: String,
    pub(in crate::web) moved: String,
    pub(in crate::web) stage: &'static str,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) word: &'static str,
    pub(in crate::web) thumb: Option<String>,
    pub(in crate::web) mine: bool,
    pub(in crate::web) returned: bool,
}

#[derive(Template)]
#[template(path = "posts/list.html")]
struct List {
    page: Page,
    words: String,
    show: String,
    filters: [(&'static str, &'static str); 5],
    lines: Vec<Line>,
    /// This is not the first page.
    later: bool,
    /// Where the next page begins.
    next: Option<String>,
}

/// `GET /posts` — all posts this person may see.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let after = Place::parse(&search.after);
    let (lines, next) = lines(&app, &me, &search, after.as_ref(), PAGE).await?;
    let (later, next) = (after.is_some(), next.map(|place| place.to_string()));
    show(&List { page, words: search.words, show: search.show, filters: FILTERS, lines, later, next })
}

/// `GET /posts.csv` — the same as a file.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    me: Signed,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let mut file = CsvFile::new("posts", &["Post", "Author", "Activity", "State", "Moved", "Id"])?;
    let mut after = None;
    loop {
        let (lines, next) = lines(&app, &me, &search, after.as_ref(), BATCH).await?;
        for line in lines {
            file.row(&[line.title, line.author, line.activity, line.word.to_owned(), line.moved, line.id])?;
        }
        if next.is_none() {
            return Ok(file);
        }
        after = next;
    }
}

/// What concerns this person: waiting for a second one, their own drafts, on its way and public.
pub(in crate::web) async fn concerning(app: &App, me: &Signed) -> Result<Vec<Line>, Problem> {
    let now = app.clock.now();
    Ok(desk::concerning(app, me).await?.into_iter().map(|post| line(post, now)).collect())
}

/// The posts that fit, the last moved first, and where the next page begins.
async fn lines(
    app: &App,
    me: &Signed,
    search: &Search,
    after: Option<&Place>,
    most: u32,
) -> Result<(Vec<Line>, Option<Place>), Problem> {
    let stage = Stage::parse(&search.show).ok();
    if stage.is_none() && search.show != "all" {
        return Ok((Vec::new(), None));
    }
    let wanted = Wanted { stage, words: &search.words, after };
    let (posts, next) = desk::summaries(app, me, &wanted, most).await?;
    let now = app.clock.now();
    Ok((posts.into_iter().map(|post| line(post, now)).collect(), next))
}

fn line(post: desk::Summary, now: Timestamp) -> Line {
    Line {
        to: if post.stage == "submitted" && !post.mine {
            format!("/posts/{}/approve", post.id)
        } else if post.stage == "draft" && post.mine {
            format!("/posts/{}/edit", post.id)
        } else {
            format!("/posts/{}", post.id)
        },
        title: words::title(&post.caption),
        author: post.author,
        activity: post.activity,
        moved: clock_words::ago(post.moved, now),
        stage: post.stage,
        state: post.state.0,
        word: post.state.1,
        thumb: post
            .thumb
            .map(|(photo, channel)| format!("/posts/{}/photos/{photo}/published/{channel}", post.id)),
        mine: post.mine,
        returned: post.returned,
        id: post.id.to_string(),
    }
}
