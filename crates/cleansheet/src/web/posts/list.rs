//! All posts: find, filter, keep as a file.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Html,
};
use serde::Deserialize;

use super::{desk, words};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::Csv, layout::Page, parts, problem::show},
};

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    words: String,
    #[serde(default = "all")]
    show: String,
}

fn all() -> String {
    "all".to_owned()
}

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
}

/// `GET /posts` — all posts this person may see.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let lines = lines(&app, &me, &search.show, &search.words).await?;
    show(&List { page, words: search.words, show: search.show, filters: FILTERS, lines })
}

/// `GET /posts.csv` — the same as a file.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    me: Signed,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let lines = lines(&app, &me, &search.show, &search.words).await?;
    let row =
        |line: Line| vec![line.title, line.author, line.activity, line.word.to_owned(), line.moved, line.id];
    Ok(Csv {
        name: "posts",
        headings: &["Post", "Author", "Activity", "State", "Moved", "Id"],
        rows: lines.into_iter().map(row).collect(),
    })
}

/// The posts that fit, the newest first.
pub(in crate::web) async fn lines(
    app: &App,
    me: &Signed,
    stage: &str,
    search: &str,
) -> Result<Vec<Line>, Problem> {
    let search = search.trim().to_lowercase();
    let now = app.clock.now();
    let posts = desk::summaries(app, me).await?;
    let fits = |post: &desk::Summary| {
        let cells = [&post.caption, &post.author, &post.activity];
        (stage == "all" || post.stage == stage)
            && cells.iter().any(|cell| cell.to_lowercase().contains(&search))
    };
    Ok(posts
        .into_iter()
        .filter(fits)
        .map(|post| Line {
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
        })
        .collect())
}
