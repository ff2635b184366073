//! Where is Asha shown, and on what grounds? One line for each person in each publication.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderName, HeaderValue, header},
    response::Html,
};
use cleansheet_records::{
    accounts::Accounts,
    activities::Activities,
    consents::Editions,
    inventory::{self, Everything, Ground, Line, Place, Wanted},
    old_posts::OldPosts,
    orders::OrderState,
};
use cleansheet_terms::{ChannelId, EditionId, Naming, ParticipantId, PostId, Timestamp, day_in_london};
use serde::Deserialize;

use super::{Problem, clock_words, csv::CsvFile, layout::Page, old_posts, parts, problem::show};
use crate::app::App;

/// Lines on a page.
const PAGE: u32 = 50;
/// Lines of a file that are read at a time.
const BATCH: u32 = 1_000;

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
    #[serde(default)]
    participant: String,
    #[serde(default)]
    post: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    edition: String,
    /// `all` shows what is gone, too.
    #[serde(default)]
    show: String,
    #[serde(default)]
    after: String,
}

/// One line, in words.
struct Row {
    participant: String,
    name: String,
    post: String,
    title: String,
    channel: String,
    url: Option<String>,
    state: &'static str,
    word: &'static str,
    since: String,
    ends: String,
    grounds: Vec<String>,
}

#[derive(Template)]
#[template(path = "inventory/list.html")]
struct List {
    page: Page,
    search: Search,
    channels: Vec<(String, String)>,
    /// The words that people were asked in, by the day they came into force.
    editions: Vec<(String, String)>,
    rows: Vec<Row>,
    /// What shows them from before this program, when one person was asked for.
    old: Vec<old_posts::Row>,
    /// Whose lines these are, when one person was asked for.
    one: Option<String>,
    next: Option<String>,
}

/// `GET /inventory` — who is shown where.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let now = app.clock.now();
    let mut tx = app.records.read().await?;
    let asked = Asked::of(&search);
    let after = Place::parse(&search.after);
    let wanted = Wanted { after: after.as_ref(), ..asked.wanted(&search) };
    let (lines, next) = inventory::list(&mut tx, &wanted, PAGE).await?;
    let channels = Accounts(&mut tx).channels_in_use().await?;
    let channels = channels.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
    let editions = Editions(&mut tx).days().await?.into_iter();
    let editions =
        editions.map(|(id, made)| (id.to_string(), clock_words::day(day_in_london(made)))).collect();
    let (mut one, mut old) = (None, Vec::new());
    if let Some(id) = &asked.participant {
        one = Activities(&mut tx).participant(id).await?.map(|one| one.name);
        old = OldPosts(&mut tx).showing(id).await?.iter().map(old_posts::row).collect();
    }
    drop(tx);
    let rows = lines.into_iter().map(|line| row(line, now)).collect();
    let next = next.map(|place| place.to_string());
    show(&List { page, search, channels, editions, rows, old, one, next })
}

/// `GET /inventory.csv` — the same as a file.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let headings =
        ["Person", "Post", "Channel", "Address", "State", "Public since", "Until", "Gone", "On what grounds"];
    let mut file = CsvFile::new("inventory", &headings)?;
    let (asked, mut after) = (Asked::of(&search), None);
    let mut tx = app.records.read().await?;
    loop {
        let wanted = Wanted { after: after.as_ref(), ..asked.wanted(&search) };
        let (lines, next) = inventory::list(&mut tx, &wanted, BATCH).await?;
        for line in lines {
            let gone = line.gone.map(clock_words::exact).unwrap_or_default();
            let row = row(line, app.clock.now());
            let grounds = row.grounds.join("; ");
            let cells = [row.name, row.title, row.channel, row.url.unwrap_or_default(), row.word.to_owned()];
            file.row(&[cells.to_vec(), vec![row.since, row.ends, gone, grounds]].concat())?;
        }
        if next.is_none() {
            return Ok(file);
        }
        after = next;
    }
}

/// `GET /inventory/{participant}.json` — everything that is held about one person, for somebody who asks for it.
pub(super) async fn everything(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<Everything>), Problem> {
    let id =
        file.strip_suffix(".json").and_then(|id| ParticipantId::parse(id).ok()).ok_or(Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let all = inventory::everything(&mut tx, &id).await?;
    let file = HeaderValue::from_static("attachment; filename=\"everything-held.json\"");
    Ok(([(header::CONTENT_DISPOSITION, file)], Json(all)))
}

/// The ids among the words of an address; what does not read as one asks for nothing.
struct Asked {
    participant: Option<ParticipantId>,
    post: Option<PostId>,
    channel: Option<ChannelId>,
    edition: Option<EditionId>,
}

impl Asked {
    fn of(search: &Search) -> Self {
        Self {
            participant: ParticipantId::parse(&search.participant).ok(),
            post: PostId::parse(&search.post).ok(),
            channel: ChannelId::parse(&search.channel).ok(),
            edition: EditionId::parse(&search.edition).ok(),
        }
    }

    fn wanted<'a>(&'a self, search: &'a Search) -> Wanted<'a> {
        Wanted {
            words: &search.words,
            participant: self.participant.as_ref(),
            post: self.post.as_ref(),
            channel: self.channel.as_ref(),
            edition: self.edition.as_ref(),
            past_too: search.show == "all",
            after: None,
        }
    }
}

fn row(line: Line, now: Timestamp) -> Row {
    let (state, word) = match line.state {
        OrderState::Queued => ("hold", "Waiting"),
        OrderState::Sending | OrderState::Sent => ("hold", "On its way"),
        OrderState::Uncertain => ("hold", "We do not know"),
        OrderState::Published => ("ok", "Public"),
        OrderState::TakingDown => ("hold", "Being taken down"),
        OrderState::Gone => ("note", "Gone"),
        OrderState::Stopped => ("note", "Stopped"),
    };
    Row {
        participant: line.participant.to_string(),
        name: line.name,
        post: line.post.to_string(),
        title: super::posts::title(&line.caption),
        channel: line.channel,
        url: line.url,
        state,
        word,
        since: line.published.map(|at| clock_words::ago(at, now)).unwrap_or_default(),
        ends: line.ends.map(clock_words::day).unwrap_or_default(),
        grounds: line.grounds.iter().map(ground).collect(),
    }
}

fn ground(ground: &Ground) -> String {
    let name = match ground.naming {
        Naming::None => "no name",
        Naming::First => "first name",
        Naming::Full => "whole name",
    };
    let given = clock_words::day(day_in_london(ground.given));
    let words = ground.wording.to_string();
    let words = words.get(..8).unwrap_or_default();
    let until = clock_words::day(ground.until);
    format!("{} said yes on {given}, until {until}, {name}, to the words {words}", ground.who)
}
