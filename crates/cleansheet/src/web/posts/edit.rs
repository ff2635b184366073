//! The draft: photos, faces, words, channels, and what the policy says about them.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_records::consents::Purpose;
use cleansheet_terms::{ChannelId, PostId, Severity};
use serde::Deserialize;

use super::{
    desk::{self, Desk, Mark, PhotoState, Place, Verdict},
    faces::{self, Face, Name, pressed},
    looks::{Preview, previews},
    says, when,
    words::{Piece, pieces},
};
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words, fields::Fields, layout::Page, parts, parts::Notice, problem::show,
        upload::Upload,
    },
};

/// What the address of a draft may say beside its id.
#[derive(Deserialize, Default)]
pub(in crate::web) struct Where {
    /// The depiction whose question is open.
    #[serde(default)]
    open: String,
    /// Somebody pressed "Send for approval" and something was missing.
    #[serde(default)]
    missing: Option<String>,
    /// Files that could not be used, by number of the reason.
    #[serde(default)]
    left_out: Option<usize>,
    /// What was written about the time is none.
    #[serde(default)]
    no_time: Option<String>,
}

pub(super) struct PostView {
    pub(super) id: String,
    corrects: bool,
    activity: String,
    day: String,
    returned: Option<String>,
    caption: String,
    /// What it is for, as stored.
    purpose: &'static str,
    kept: String,
    /// When it is to go out, as the boxes want it.
    planned_day: String,
    planned_time: String,
}

struct ChannelView {
    id: String,
    name: String,
    may: bool,
    ticked: bool,
    /// Its own words; empty where the caption goes.
    own: String,
    /// Where its own words are long, in posts.
    counted: String,
}

struct PhotoView {
    id: String,
    number: usize,
    looking: bool,
    refused: Option<String>,
    given_name: String,
    alt_text: String,
    width: u32,
    height: u32,
    faces: Vec<Face>,
    faces_label: String,
    shown: usize,
    preview: Option<String>,
}

#[derive(Template)]
#[template(path = "posts/edit.html")]
struct Edit {
    page: Page,
    post: PostView,
    missing: Vec<Notice>,
    photo_notices: Vec<Notice>,
    photos: Vec<PhotoView>,
    faces_note: &'static str,
    marks: Vec<Piece>,
    word_notices: Vec<Notice>,
    channels: Vec<ChannelView>,
    previews: Vec<Preview>,
    /// What is wrong with the time that was written.
    no_time: Option<String>,
    held_for: Option<String>,
    ready: bool,
    policy_notices: Vec<Notice>,
    more_notices: Vec<Notice>,
    fine: Vec<(u8, String)>,
}

/// `GET /posts/{id}/edit` — the draft.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    Query(at): Query<Where>,
) -> Result<Response, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let desk = desk::load(&app, &me, &id).await?;
    if !desk.may_edit {
        return Ok(Redirect::to(&format!("/posts/{id}")).into_response());
    }
    let verdict = desk::would_submit(&app, &me, &id).await?;
    Ok(show(&view(&app, page, &desk, &verdict, &at))?.into_response())
}

fn view(app: &App, page: Page, desk: &Desk, verdict: &Verdict, at: &Where) -> Edit {
    let notices = says::reasons(&verdict.reasons, desk, "");
    let missing = if at.missing.is_some() && !verdict.may { notices.clone() } else { Vec::new() };
    let (policy_notices, more_notices) = says::folded(if missing.is_empty() { notices } else { Vec::new() });
    let in_caption: Vec<(usize, usize, Severity)> = desk
        .seen
        .iter()
        .filter_map(|seen| match seen.place {
            Place::Caption { start, end } => Some((start, end, seen.severity)),
            Place::Own { .. } | Place::AltText(_) | Place::Elsewhere => None,
        })
        .collect();
    let shows_faces = desk.photos.iter().any(|photo| !photo.faces.is_empty());
    let (planned_day, planned_time) = when::boxes(desk.publish_at);
    let previews = previews(app, desk, false);
    Edit {
        post: PostView {
            id: desk.id.to_string(),
            corrects: desk.corrects,
            activity: desk.activity.clone(),
            day: clock_words::day(desk.day),
            returned: desk.returned.clone(),
            caption: desk.caption.clone(),
            purpose: desk.purpose.as_str(),
            kept: clock_words::hour(desk.kept),
            planned_day,
            planned_time,
        },
        missing,
        photo_notices: photo_notices(desk, at.left_out, app.screener.is_some()),
        photos: desk.photos.iter().enumerate().map(|(n, _)| photo(desk, n, &at.open)).collect(),
        faces_note: if page.demo && shows_faces {
            "In this demo, public-domain portraits of adults stand for the people on the roster."
        } else {
            ""
        },
        marks: pieces(&desk.caption, &in_caption),
        word_notices: desk.seen.iter().map(says::finding).collect(),
        channels: desk
            .channels
            .iter()
            .map(|one| ChannelView {
                id: one.id.to_string(),
                name: one.name.clone(),
                may: one.may,
                ticked: one.ticked,
                own: one.own.clone().unwrap_or_default(),
                counted: previews
                    .iter()
                    .find(|preview| preview.id == one.id)
                    .map(|preview| preview.counted.clone())
                    .unwrap_or_default(),
            })
            .collect(),
        no_time: at.no_time.as_deref().and_then(said_of_time),
        previews,
        held_for: verdict.held_for.filter(|_| verdict.may).map(|role| role.to_string()),
        ready: verdict.may && verdict.held_for.is_none(),
        policy_notices,
        more_notices,
        fine: says::fine(verdict, app.policy.clauses()),
        page,
    }
}

fn photo_notices(desk: &Desk, left_out: Option<usize>, can_look: bool) -> Vec<Notice> {
    let hold = |clause, say: String, remedy: &str| Notice {
        state: "hold",
        clause,
        say,
        remedy: remedy.to_owned(),
        way: Vec::new(),
    };
    let left_out = left_out.filter(|files| *files > 0).map(|files| {
        let say = format!("{} could not be added", clock_words::count(files, "file", "files"));
        hold(None, say, "A post has four photos at most, each of 30 MB at most. The others were kept.")
    });
    let waits = !can_look && desk.photos.iter().any(|photo| photo.state == PhotoState::Looking);
    let waits = waits.then(|| {
        let remedy = "Your draft is kept, and the words can go out without photos. The IT provider puts it right with \
                      cleansheet models install.";
        hold(Some(7), "Photos cannot be checked here at the moment".to_owned(), remedy)
    });
    left_out.into_iter().chain(waits).collect()
}

fn photo(desk: &Desk, index: usize, open: &str) -> PhotoView {
    let Some(photo) = desk.photos.get(index) else { return PhotoView::nothing() };
    let order: Vec<_> = photo.faces.iter().collect();
    let first_open = order
        .iter()
        .find(|face| face.id == open)
        .or_else(|| order.iter().find(|face| face.mark == Mark::Cover));
    let open = first_open.map(|face| face.id.clone()).unwrap_or_default();
    let faces: Vec<Face> =
        order.iter().enumerate().map(|(n, one)| face(desk, photo, one, n + 1, one.id == open)).collect();
    let shown = faces.iter().filter(|face| face.class == "shown").count();
    PhotoView {
        id: photo.id.to_string(),
        number: index + 1,
        looking: photo.state == PhotoState::Looking,
        refused: match &photo.state {
            PhotoState::Refused(because) => Some(crate::web::problem::sentence(because)),
            PhotoState::Looking | PhotoState::Ready => None,
        },
        given_name: photo.given_name.clone(),
        alt_text: photo.alt_text.clone(),
        width: photo.width,
        height: photo.height,
        faces_label: format!("{} found", clock_words::count(faces.len(), "face", "faces")),
        shown,
        preview: photo
            .published_on
            .as_ref()
            .map(|channel| format!("/posts/{}/photos/{}/published/{channel}", desk.id, photo.id)),
        faces,
    }
}

impl PhotoView {
    fn nothing() -> Self {
        Self {
            id: String::new(),
            number: 0,
            looking: true,
            refused: None,
            given_name: String::new(),
            alt_text: String::new(),
            width: 1,
            height: 1,
            faces: Vec::new(),
            faces_label: String::new(),
            shown: 0,
            preview: None,
        }
    }
}

fn face(desk: &Desk, photo: &desk::Photo, one: &desk::Depicted, number: usize, open: bool) -> Face {
    let faces::Placed { rect, hit, crop } =
        faces::place(one.rect, f64::from(photo.width), f64::from(photo.height));
    let [x, y, w, h] = rect;
    let (who, word, adult_name) = match &one.mark {
        Mark::Cover if one.drawn => (format!("Box {number}"), "Drawn by hand: covered", String::new()),
        Mark::Cover => (format!("Face {number}"), "Nobody named: covered", String::new()),
        Mark::Roster { name, .. } => (name.clone(), "From the roster", String::new()),
        Mark::Adult(name) => (name.clone(), "An adult who agreed", name.clone()),
    };
    let class = match (&one.mark, open) {
        (Mark::Cover, true) if !one.drawn => "ask",
        (Mark::Cover, true) => "cover",
        (Mark::Cover, false) => "cover",
        _ => "shown",
    };
    let chosen = |id: &str| matches!(&one.mark, Mark::Roster { id: here, .. } if here.as_str() == id);
    let names = desk.roster.iter().map(|line| Name {
        id: line.id.to_string(),
        name: line.name.clone(),
        may: line.may,
        chosen: pressed(chosen(line.id.as_str())),
    });
    Face {
        id: one.id.clone(),
        number,
        class,
        who,
        word,
        x,
        y,
        w,
        h,
        round: (w / 8).max(2),
        hit,
        crop,
        names: names.collect(),
        is_cover: pressed(one.mark == Mark::Cover),
        adult_name,
        drawn: one.drawn,
    }
}

/// `POST /posts/{id}/edit` — keeps everything on the page, then does what the pressed button says.
pub(in crate::web) async fn post(
    app: Arc<App>,
    me: Signed,
    id: String,
    mut upload: Upload,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let (mut left_out, mut away) = (0, None);
    while let Some(file) = upload.next_file().await? {
        let kept = match file.bytes {
            _ if away.is_some() => Ok(false),
            Some(bytes) => desk::add_photo(&app, &me, &id, &file.name, bytes).await,
            None => Ok(false),
        };
        match kept {
            Ok(kept) => left_out += usize::from(!kept),
            // The words of this form come after its files, and are kept whatever became of those.
            Err(Problem::NoPictures) => away = Some(Problem::NoPictures),
            Err(problem) => return Err(problem),
        }
    }
    let fields = upload.fields();
    let no_time = keep(&app, &me, &id, &fields).await?;
    if let Some(problem) = away {
        return Err(problem);
    }
    if let Some(no_time) = no_time {
        let why = TIMES.iter().position(|(start, _)| no_time.starts_with(start)).unwrap_or(0);
        return Ok(Redirect::to(&format!("/posts/{id}/edit?no_time={why}#when-t")));
    }
    let mut to = act(&app, &me, &id, &fields).await?;
    if left_out > 0 {
        to = format!("/posts/{id}/edit?left_out={left_out}#photos-t");
    }
    Ok(Redirect::to(&to))
}

/// Words, alt texts, channels and time, as they stand on the page. Answers what is wrong with the time, which is then not
/// kept: everything else is.
async fn keep(app: &App, me: &Signed, id: &PostId, fields: &Fields) -> Result<Option<String>, Problem> {
    let caption = fields.has("caption").then(|| fields.one("caption"));
    let channels: Option<Vec<ChannelId>> = fields
        .has("channels")
        .then(|| fields.all("channel").filter_map(|one| ChannelId::parse(one).ok()).collect());
    let alt_texts = fields.beginning_with("alt ");
    let purpose = fields.has("purpose").then(|| Purpose::parse(fields.one("purpose")).ok()).flatten();
    let own = fields.beginning_with("own ");
    let (mut time, mut no_time) = (None, None);
    if fields.has("day") {
        let boxes = (fields.one("day"), fields.one("time"));
        match when::read_again(boxes, desk::publish_at(app, id).await?, app.clock.now()) {
            Ok(read) => time = Some(read),
            Err(no) => no_time = Some(no.0),
        }
    }
    let kept = desk::Kept {
        caption,
        channels: channels.as_deref(),
        purpose,
        alt_texts: &alt_texts,
        own: &own,
        time,
    };
    desk::keep(app, me, id, &kept).await?;
    Ok(no_time)
}

/// How what is wrong with a time begins, by number: words are no part of an address.
const TIMES: [(&str, &str); 6] = [
    ("write the day", "Write the day as 2026-11-28 and the time as 10:00."),
    ("choose the time", "Choose the time as well."),
    ("choose the day", "Choose the day as well."),
    (
        "this time does not exist",
        "This time does not exist: that night the clocks go forward. Choose 02:00 or later.",
    ),
    (
        "this time comes twice",
        "This time comes twice: that night the clocks go back. Choose a time before 01:00 or from 02:00 on.",
    ),
    ("this time has passed", "This time has passed already. Choose a later one."),
];

fn said_of_time(number: &str) -> Option<String> {
    TIMES.get(number.parse::<usize>().ok()?).map(|(_, say)| (*say).to_owned())
}

/// Does what a button says and answers where to go next.
async fn act(app: &App, me: &Signed, id: &PostId, fields: &Fields) -> Result<String, Problem> {
    let draft = format!("/posts/{id}/edit");
    let words: Vec<&str> = fields.one("do").split(' ').collect();
    match words.as_slice() {
        ["submit"] => match desk::submit(app, me, id).await? {
            true => Ok(format!("/posts/{id}")),
            false => Ok(format!("{draft}?missing=1#missing")),
        },
        ["later"] => Ok("/".to_owned()),
        ["look"] => Ok(format!("{draft}#looks-t")),
        ["fix", key] => {
            desk::fix(app, me, id, key).await?;
            Ok(format!("{draft}#words-t"))
        }
        ["own", channel] => {
            desk::begin_own(app, me, id, channel).await?;
            Ok(format!("{draft}#own-{channel}"))
        }
        ["remove", photo] => {
            desk::remove_photo(app, me, id, photo).await?;
            Ok(format!("{draft}#photos-t"))
        }
        ["cover", face] => mark(app, me, id, face, Mark::Cover).await,
        ["roster", face, who] => {
            let mark_as = desk::roster_mark(who)?;
            mark(app, me, id, face, mark_as).await
        }
        ["adult", face] => {
            let name = fields.one(&format!("adult {face}")).trim().to_owned();
            if name.is_empty() {
                return Err(Problem::Wrong(
                    "write the name of the adult who agreed, then press again".into(),
                ));
            }
            mark(app, me, id, face, Mark::Adult(name)).await
        }
        ["draw", photo] => {
            let side = |name: &str| fields.number(&format!("{name} {photo}"));
            let sides = side("x").zip(side("y")).zip(side("w").zip(side("h")));
            let ((x, y), (w, h)) = sides.ok_or_else(empty_box)?;
            desk::draw(app, me, id, photo, [x, y, w, h]).await?;
            Ok(format!("{draft}#photos-t"))
        }
        ["shirt", face] => {
            desk::cover_shirt(app, me, id, face).await?;
            Ok(format!("{draft}#photos-t"))
        }
        ["undraw", face] => {
            desk::undraw(app, me, id, face).await?;
            Ok(format!("{draft}#photos-t"))
        }
        _ => Ok(draft),
    }
}

fn empty_box() -> Problem {
    Problem::Wrong("say where the face is with four numbers from 0 to 100, or draw a box".into())
}

/// Marks a face and goes on to the next one that nobody has named.
async fn mark(app: &App, me: &Signed, id: &PostId, face: &str, mark: Mark) -> Result<String, Problem> {
    desk::mark(app, me, id, face, mark).await?;
    let desk = desk::load(app, me, id).await?;
    let (next, photo, number) = desk.next_open(face);
    Ok(format!("/posts/{id}/edit?open={next}#face-{photo}-{number}"))
}
