//! All old posts: import, filter, keep as a file.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::{
    Tx,
    accounts::{Accounts, Channel},
    old_posts::{
        Import, OldPicture, OldPost, OldPosts, OldState, PictureState, Place, Show, Tagged, Wanted, Word,
    },
};
use cleansheet_terms::{ChannelId, Timestamp};
use serde::Deserialize;

use super::{published, stands, title};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::CsvFile, fields::Fields, layout::Page, parts, problem::show},
};

/// Old posts on a page.
const PAGE: usize = 40;
/// Old posts of a file that are read at a time.
const BATCH: usize = 500;

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default = "to_do")]
    show: String,
    /// Where this page begins; empty for the first one.
    #[serde(default)]
    after: String,
}

fn to_do() -> String {
    Show::ToDo.as_str().to_owned()
}

struct Filter {
    show: &'static str,
    words: &'static str,
    many: i64,
    here: bool,
}

struct Line {
    id: String,
    title: String,
    about: String,
    thumb: Option<String>,
    state: &'static str,
    word: &'static str,
}

/// An account and how far its import is.
struct Account {
    id: String,
    name: String,
    /// It can be walked through by program.
    lists: bool,
    running: bool,
    say: String,
    button: &'static str,
}

#[derive(Template)]
#[template(path = "old_posts/list.html")]
struct List {
    page: Page,
    filters: Vec<Filter>,
    show: &'static str,
    to_do: i64,
    lines: Vec<Line>,
    accounts: Vec<Account>,
    /// Nothing was ever imported.
    empty: bool,
    /// This is not the first page.
    later: bool,
    /// Where the next page begins.
    next: Option<String>,
}

/// `GET /old-posts` — which there are, and how far the imports are.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let (chosen, after) = (chosen(&search), Place::parse(&search.after));
    let mut tx = app.records.read().await?;
    let counts = OldPosts(&mut tx).counts().await?;
    let wanted = Wanted { show: chosen, after: after.as_ref() };
    let (posts, next) = OldPosts(&mut tx).list(&wanted, PAGE).await?;
    let lines = lines(&mut tx, &posts, app.clock.now()).await?;
    let filters = Show::ALL.into_iter().map(|one| Filter {
        show: one.as_str(),
        words: words(one),
        many: counts.of(one),
        here: one == chosen,
    });
    show(&List {
        filters: filters.collect(),
        show: chosen.as_str(),
        to_do: counts.to_do,
        lines,
        accounts: if page.nav.manage_old_posts { accounts(&mut tx).await? } else { Vec::new() },
        empty: counts.of(Show::All) == 0,
        later: after.is_some(),
        next: next.map(|place| place.to_string()),
        page,
    })
}

/// `POST /old-posts/import` — walks through an account.
pub(in crate::web) async fn import(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let channel = ChannelId::parse(fields.one("channel"))
        .map_err(|_| Problem::Wrong("choose one of the accounts on the list".into()))?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    OldPosts(&mut tx).begin_import(&channel, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/old-posts#accounts"))
}

/// `GET /old-posts.csv` — the same as a file, with names: for those who may take down.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let headings =
        &["Address", "Account", "Published", "Words", "State", "Shown", "Taken down", "Gone", "Id"];
    let (mut file, mut after) = (CsvFile::new("old-posts", headings)?, None);
    loop {
        let mut tx = app.records.read().await?;
        let wanted = Wanted { show: chosen(&search), after: after.as_ref() };
        let (posts, next) = OldPosts(&mut tx).list(&wanted, BATCH).await?;
        for post in posts {
            let shown = OldPosts(&mut tx).shown_in(&post.id).await?;
            let names: Vec<String> = shown.into_iter().map(|one| one.name).collect();
            let at = |at: Option<Timestamp>| at.map(clock_words::exact).unwrap_or_default();
            file.row(&[
                post.url.clone(),
                post.channel_name.clone(),
                published(&post),
                title(&post),
                stands(&post).1.to_owned(),
                names.join("; "),
                at(post.take_down),
                at(post.gone),
                post.id.to_string(),
            ])?;
        }
        if next.is_none() {
            return Ok(file);
        }
        after = next;
    }
}

fn chosen(search: &Search) -> Show {
    Show::parse(&search.show).unwrap_or(Show::ToDo)
}

fn words(show: Show) -> &'static str {
    match show {
        Show::ToDo => "To do",
        Show::Asked => "For the safeguarding lead",
        Show::Shown => "Somebody is shown",
        Show::Nobody => "Nobody of ours",
        Show::Gone => "Taken down",
        Show::All => "All",
    }
}

async fn lines(tx: &mut Tx, posts: &[OldPost], now: Timestamp) -> Result<Vec<Line>, Problem> {
    let shown = |post: &&OldPost| post.state == OldState::Public && post.word == Word::Shown;
    let shown: Vec<&OldPost> = posts.iter().filter(shown).collect();
    let tagged = OldPosts(tx).tagged(&shown, now).await?;
    let mut lines = Vec::new();
    for post in posts {
        let pictures = OldPosts(tx).pictures(&post.id).await?;
        lines.push(line(post, &pictures, tagged.get(&post.id).map_or(&[], Vec::as_slice)));
    }
    Ok(lines)
}

fn line(post: &OldPost, pictures: &[OldPicture], tagged: &[Tagged]) -> Line {
    let ready = (1..).zip(pictures).find(|(_, one)| one.state == PictureState::Ready);
    let (state, word) = match tagged.iter().all(|one| one.may_appear) {
        true => stands(post),
        false => ("stop", "Cannot appear"),
    };
    let files = clock_words::count(pictures.len(), "picture", "pictures");
    Line {
        title: title(post),
        about: format!("{} · {} · {files}", post.channel_name, published(post)),
        thumb: ready.map(|(number, _): (usize, _)| format!("/old-posts/{}/pictures/{number}", post.id)),
        state,
        word,
        id: post.id.to_string(),
    }
}

async fn accounts(tx: &mut Tx) -> Result<Vec<Account>, Problem> {
    let imports: BTreeMap<ChannelId, Import> =
        OldPosts(tx).imports().await?.into_iter().map(|one| (one.channel.clone(), one)).collect();
    let all = Accounts(tx).channels_in_use().await?;
    Ok(all.into_iter().map(|one| account(&one, imports.get(&one.id))).collect())
}

fn account(channel: &Channel, import: Option<&Import>) -> Account {
    let lists = cleansheet_channels::capabilities(channel.network).is_some_and(|can| can.lists_old);
    let running = import.is_some_and(|one| one.ended.is_none());
    let say = match import {
        _ if !lists => format!(
            "{} cannot be listed by this program. Look through the account yourself, and take down there.",
            channel.network
        ),
        None => "Not imported yet.".to_owned(),
        Some(one) => progress(one),
    };
    Account {
        id: channel.id.to_string(),
        name: channel.name.clone(),
        lists,
        running,
        say,
        button: if import.is_some() { "Look again for" } else { "Import" },
    }
}

fn progress(import: &Import) -> String {
    let seen = format!("{} looked at, {} of them new", posts(import.seen), import.taken);
    match (import.ended, &import.because) {
        (None, None) => format!("Being imported: {seen} so far."),
        (None, Some(because)) => format!("Waiting: {because}. {seen} so far; it goes on by itself."),
        (Some(at), None) => format!("Imported on {}: {seen}.", clock_words::moment(at)),
        (Some(at), Some(because)) => {
            format!("Stopped on {}: {because}. {seen}.", clock_words::moment(at))
        }
    }
}

fn posts(many: i64) -> String {
    clock_words::count(usize::try_from(many).unwrap_or(0), "post", "posts")
}
