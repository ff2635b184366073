//! One old post at a time: the picture large, who is in it, and what becomes of it.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_records::{
    Tx,
    accounts::Accounts,
    old_posts::{
        OldPicture, OldPost, OldPosts, OldState, PictureState, Place, Said, Show, Tagged, Wanted, Word,
    },
};
use cleansheet_terms::{OldPostId, ParticipantId, Timestamp};
use serde::Deserialize;

use super::{people::People, published, stands, title};
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words,
        fields::Fields,
        layout::Page,
        parts::{self, Notice, Way},
        posts::picture::jpeg,
        problem::show,
    },
};

#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    /// Behind which post to go on.
    #[serde(default)]
    after: String,
}

/// One file of the post, as far as it can be shown.
struct Picture {
    number: usize,
    alt_text: String,
    size: Option<(u32, u32)>,
    faces: String,
    /// Instead of the picture.
    say: String,
    waits: bool,
}

#[derive(Template)]
#[template(path = "old_posts/review.html")]
struct Review {
    page: Page,
    id: String,
    title: String,
    about: String,
    text: String,
    url: String,
    shares: bool,
    pictures: Vec<Picture>,
    public: bool,
    /// It is on its way out.
    going: bool,
    /// Some picture was stopped by clause 7.
    stopped: bool,
    may_take_down: bool,
    state: (&'static str, &'static str),
    said: String,
    notices: Vec<Notice>,
    people: People,
    to_do: i64,
    next: String,
}

/// `GET /old-posts/next` — the first that nobody has looked at, behind the one before.
pub(in crate::web) async fn next(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.read().await?;
    for after in [Place::parse(&asked.after), None] {
        let wanted = Wanted { show: Show::ToDo, after: after.as_ref() };
        if let Some(post) = OldPosts(&mut tx).list(&wanted, 1).await?.0.first() {
            return Ok(Redirect::to(&format!("/old-posts/{}", post.id)));
        }
    }
    Ok(Redirect::to("/old-posts"))
}

/// `GET /old-posts/{id}` — the picture, and who is in it.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let post = known(&app, &id).await?;
    let shown = OldPosts(&mut app.records.read().await?).shown_in(&post.id).await?;
    let ticked = shown.into_iter().map(|one| one.id).collect();
    Ok(show(&view(&app, page, post, "", &ticked).await?)?.into_response())
}

/// `POST /old-posts/{id}` — what somebody says who looked; or whom they search for, which changes nothing.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let post = known(&app, &id).await?;
    let ticked: BTreeSet<ParticipantId> =
        fields.all("who").filter_map(|id| ParticipantId::parse(id).ok()).collect();
    let shown: Vec<ParticipantId> = ticked.iter().cloned().collect();
    let said = match fields.one("do") {
        "shown" => Said::Shown(&shown),
        "nobody" => Said::Nobody,
        "ask" => Said::Ask,
        _ => return Ok(show(&view(&app, page, post, fields.one("find"), &ticked).await?)?.into_response()),
    };
    let (origin, clock, mut chance) = (&app.settings.public_url, &*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    OldPosts(&mut tx).say(&post.id, said, &me.person.id, origin, clock, &mut chance).await?;
    let tagged = tagged(&mut tx, &post, clock.now()).await?;
    let cannot = said != Said::Ask && tagged.iter().any(|one| !one.may_appear);
    // It may have been the last one for which an ended account still had to be reached.
    let forgotten = Accounts(&mut tx).forget_ended(&post.channel, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    app.give_back(&post.channel, forgotten).await;
    // Who cannot appear is dealt with at once, not on some later day.
    let to = if cannot { format!("/old-posts/{}", post.id) } else { onward(&post) };
    Ok(Redirect::to(&to).into_response())
}

/// `POST /old-posts/{id}/take-down` — takes it off the network now.
pub(in crate::web) async fn take_down(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let post = known(&app, &id).await?;
    let mut tx = app.records.begin().await?;
    OldPosts(&mut tx).take_down(&post.id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&onward(&post)))
}

/// `GET /old-posts/{id}/pictures/{number}` — the small copy.
pub(in crate::web) async fn picture(
    State(app): State<Arc<App>>,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let post = known(&app, &id).await?;
    let pictures = OldPosts(&mut app.records.read().await?).pictures(&post.id).await?;
    let picture = number.checked_sub(1).and_then(|index| pictures.into_iter().nth(index));
    let copy = picture.and_then(|one| one.copy).ok_or(Problem::NotFound)?;
    let media = app.media.clone();
    let read = tokio::task::spawn_blocking(move || media.original(&copy)).await;
    Ok(jpeg(read.map_err(|error| Problem::internal(&error))??))
}

async fn known(app: &App, id: &str) -> Result<OldPost, Problem> {
    let id = OldPostId::parse(id).map_err(|_| Problem::NotFound)?;
    OldPosts(&mut app.records.read().await?).old_post(&id).await?.ok_or(Problem::NotFound)
}

async fn tagged(tx: &mut Tx, post: &OldPost, at: Timestamp) -> Result<Vec<Tagged>, Problem> {
    Ok(OldPosts(tx).tagged(&[post], at).await?.remove(&post.id).unwrap_or_default())
}

fn onward(post: &OldPost) -> String {
    format!("/old-posts/next?after={}", Place::behind(post))
}

async fn view(
    app: &App,
    page: Page,
    post: OldPost,
    find: &str,
    ticked: &BTreeSet<ParticipantId>,
) -> Result<Review, Problem> {
    let mut tx = app.records.read().await?;
    let pictures = OldPosts(&mut tx).pictures(&post.id).await?;
    let tagged = tagged(&mut tx, &post, app.clock.now()).await?;
    let to_do = OldPosts(&mut tx).counts().await?.to_do;
    let public = post.state == OldState::Public;
    let stopped = pictures.iter().any(|one| one.state == PictureState::Stopped);
    let may_take_down = page.nav.manage_old_posts;
    Ok(Review {
        title: title(&post),
        about: format!("{} · {}", post.channel_name, published(&post)),
        text: post.text.clone(),
        url: post.url.clone(),
        shares: post.shares.is_some(),
        pictures: (1..).zip(&pictures).map(|(number, one)| seen(number, one)).collect(),
        public,
        going: post.state == OldState::TakingDown,
        stopped,
        may_take_down,
        state: stands(&post),
        said: said(&post),
        notices: if public { cannot_appear(&tagged, may_take_down) } else { Vec::new() },
        people: People::offered(&mut tx, find, ticked).await?,
        to_do,
        next: onward(&post),
        id: post.id.to_string(),
        page,
    })
}

fn seen(number: usize, picture: &OldPicture) -> Picture {
    let say = match picture.state {
        PictureState::Ready => String::new(),
        PictureState::Waiting => "This picture is being fetched.".to_owned(),
        PictureState::Video => "A video. Look at it where it is.".to_owned(),
        PictureState::Missing => "The network names a picture here and does not hand it out.".to_owned(),
        PictureState::Refused => {
            let because = picture.because.as_deref().unwrap_or("it cannot be read");
            format!("This picture cannot be shown here: {because}. Look at it where it is.")
        }
        PictureState::Stopped => {
            "Clause 7 stopped this picture, and nobody is shown it. Do not open it on the network. Tell the safeguarding \
             lead now."
                .to_owned()
        }
    };
    Picture {
        number,
        alt_text: picture.alt_text.clone(),
        size: picture.size.filter(|_| picture.copy.is_some()),
        faces: match picture.faces {
            None => String::new(),
            Some(faces) => {
                clock_words::count(usize::try_from(faces).unwrap_or(0), "face", "faces") + " found"
            }
        },
        say,
        waits: picture.state == PictureState::Waiting,
    }
}

/// How it stands, in a sentence.
fn said(post: &OldPost) -> String {
    let asked = post.take_down.map(clock_words::exact).unwrap_or_default();
    let because = post.because.as_deref().unwrap_or_default();
    match (post.state, post.gone) {
        (OldState::Gone, Some(at)) => {
            format!("Taken down: {because}. We looked on {}, and it was not there.", clock_words::exact(at))
        }
        (OldState::Gone | OldState::TakingDown, _) => {
            format!("Being taken down since {asked}: {because}. We look until it is gone.")
        }
        (OldState::Public, _) => match post.word {
            Word::Nothing => String::new(),
            Word::Asked => "Somebody was not sure. The safeguarding lead decides.".to_owned(),
            Word::Shown => "Those who are ticked are shown, as somebody said.".to_owned(),
            Word::Nobody => "Nobody of ours is in it, as somebody said.".to_owned(),
        },
    }
}

/// A flag, a refusal, a withdrawal and no answer at all read the same.
fn cannot_appear(tagged: &[Tagged], may_take_down: bool) -> Vec<Notice> {
    let names: Vec<&str> =
        tagged.iter().filter(|one| !one.may_appear).map(|one| one.participant.name.as_str()).collect();
    let Some((last, others)) = names.split_last() else { return Vec::new() };
    let names =
        if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
    let press = |form, name, value: &str, words: &str| Way::Press {
        form,
        name,
        value: value.to_owned(),
        words: words.to_owned(),
    };
    vec![Notice {
        state: "stop",
        clause: Some(9),
        say: format!("{names} cannot appear here"),
        remedy: if may_take_down {
            "Take the post down now. The story can be told again without the picture.".to_owned()
        } else {
            "The safeguarding lead can take it down. Ask now.".to_owned()
        },
        way: vec![if may_take_down {
            press("take-down", "from", "notice", "Take it down now")
        } else {
            press("say", "do", "ask", "Ask the safeguarding lead")
        }],
    }]
}
