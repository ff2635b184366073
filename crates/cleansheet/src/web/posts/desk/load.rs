//! Reads a post the way its pages show it.

use cleansheet_policy::Reason;
use cleansheet_records::{
    Tx,
    accounts::{Accounts, Right},
    activities::Activities,
    approval::{self, Verdict as Answer},
    facts::Seat,
    orders::{Order as Kept, OrderState, Orders},
    people::People,
    posts::{self, Listed, Place as ListPlace, Post, Posts, Stage, Wanted, Who},
    review::Readings,
};
use cleansheet_screening::{
    finding::{self, Field, Finding},
    photo::{Fit, STOP_AT},
};
use cleansheet_terms::{ChannelId, Date, Digest, PersonId, PhotoId, PostId, Timestamp, day_in_london};

use super::{
    Depicted, Desk, Mark, Needs, OnRoster, Order, Photo, PhotoState, Place, Seen, Summary, Ticked, Verdict,
    acts::aside, carries, is_author, named, story,
};
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words,
        posts::faces::{Rect, reading_order},
        roles,
    },
};

/// The author's own look at an original: as large as a screen shows it.
const LOOK: Fit = Fit { side_px: 1_600, bytes: 1_500_000, shape: None };

/// What the author reads instead of an explicit picture.
const STOPPED: &str = "this picture is stopped; take it out, and tell the safeguarding lead";
/// No copy can be made any more of what was deleted.
const DELETED: &str = "the photo as it was taken is deleted after seven days, so its faces cannot be changed any more; take \
                       it out and add it again";

/// Who acts, and from which browser.
pub(super) fn seat(me: &Signed) -> Seat<'_> {
    Seat::Person { id: &me.person.id, sign_in: me.device }
}

/// One post with everything its pages show.
pub(in crate::web::posts) async fn load(app: &App, me: &Signed, id: &PostId) -> Result<Desk, Problem> {
    let now = app.clock.now();
    let today = day_in_london(now);
    let mut tx = app.records.read().await?;
    let post = Posts(&mut tx).post(id).await?.ok_or(Problem::NotFound)?;
    let needs = needs(&mut tx, me, &post, now).await?;
    let author_name = name_of(&mut tx, &post.author).await?;
    let activity = Activities(&mut tx).activity(&post.activity).await?.ok_or(Problem::Internal)?;
    let roster = Posts(&mut tx).roster(id, today).await?;
    let roster: Vec<OnRoster> = roster
        .into_iter()
        .map(|one| OnRoster { id: one.participant.id, name: one.participant.name, may: one.may })
        .collect();
    let channels = ticked(&mut tx, me, id, today).await?;
    let photos = photos(&mut tx, id, &roster).await?;
    let found = Posts(&mut tx).words(id, &app.allow, today).await?;
    let orders = Orders(&mut tx).orders_of(id).await?;
    let history = story::history(&mut tx, &post, &author_name, &orders, &channels).await?;
    let has_left =
        |order: &Kept| !matches!(order.state, OrderState::Queued | OrderState::Stopped | OrderState::Gone);
    let mut shown = Vec::new();
    for order in orders.iter().filter(|one| !story::is_past(one, &orders)) {
        let unsettled = order.state == OrderState::Uncertain;
        let may = unsettled && Orders(&mut tx).may_answer(order, &me.person, now).await?;
        let look = may.then(|| format!("/posts/{id}/uncertain/{}", order.id));
        let mut one = Order { look, ..self::shown(order, &channels, now) };
        if let (OrderState::Queued, Some(at)) = (order.state, post.publish_at.filter(|at| *at > now)) {
            one.say = format!("It goes out on {}.", clock_words::some_moment(at, now));
        }
        shown.push(one);
    }
    let mine = is_author(me, &post.author);
    let counting =
        orders.iter().filter(|one| one.revision == post.revision || one.state != OrderState::Stopped);
    let submitted = post.stage == Stage::Submitted;
    Ok(Desk {
        // Of this very moment: a hash that is read later would be of words that nobody has seen.
        content: if submitted { Posts(&mut tx).shown(id).await? } else { String::new() },
        id: id.clone(),
        mine,
        may_edit: mine && post.stage == Stage::Draft,
        activity: activity.name,
        day: activity.day,
        stage: post.stage.as_str(),
        state: story::state(&post, &counting.map(|order| order.state).collect()),
        completion: Posts(&mut tx).completion_of(id).await?.map(|post| post.id),
        missing: approval::missing(&post, &orders).iter().map(|id| called(id, &channels)).collect(),
        waits: post.stage == Stage::Approved && !orders.iter().any(has_left),
        corrects: post.corrects.is_some(),
        returned: post.returned.clone().filter(|_| post.stage == Stage::Draft),
        kept: post.moved,
        readings: Readings(&mut tx).in_force().await?,
        seen: seen_once(found, &channels),
        orders: shown,
        goes_out: post.publish_at.map(|at| clock_words::some_moment(at, now)),
        publish_at: post.publish_at,
        caption: post.caption,
        purpose: post.purpose,
        author_name,
        needs,
        channels,
        photos,
        roster,
        history,
    })
}

async fn needs(tx: &mut Tx, me: &Signed, post: &Post, now: Timestamp) -> Result<Needs, Problem> {
    let requirements = People(tx).requirements().await?;
    let approver = Posts(tx).approvals(&post.id).await?.pop().map(|approval| approval.approver);
    let mut of = async |id: Option<&PersonId>| {
        let Some(id) = id else { return Ok::<_, Problem>(String::new()) };
        let person = People(tx).find(id).await?;
        Ok(person.map_or_else(String::new, |one| roles::needs(&one.roles_at(now), &requirements)))
    };
    Ok(Needs {
        author: of(Some(&post.author)).await?,
        approver: of(approver.as_ref()).await?,
        actor: roles::needs(&me.person.roles_at(now), &requirements),
    })
}

async fn name_of(tx: &mut Tx, id: &PersonId) -> Result<String, Problem> {
    let person = People(tx).find(id).await?;
    Ok(person.map_or_else(|| "somebody".to_owned(), |person| person.name))
}

async fn ticked(tx: &mut Tx, me: &Signed, id: &PostId, today: Date) -> Result<Vec<Ticked>, Problem> {
    let open = Accounts(tx).channels_open_to(&me.person.id, Right::Draft, today).await?;
    let chosen = Posts(tx).channels_of(id).await?;
    let mut own = Posts(tx).own_words(id).await?;
    let mut all = Vec::new();
    for one in Accounts(tx).channels_in_use().await? {
        let words = own.remove(&one.id).unwrap_or_default();
        all.push(Ticked {
            may: open.iter().any(|other| other.id == one.id),
            ticked: chosen.contains(&one.id),
            takes: carries::takes(tx, &one).await?,
            handle: Accounts(tx).connection(&one.id).await?.map(|connection| connection.handle),
            own: words.text,
            thread: words.thread,
            name: named(&one.name, one.network),
            network: one.network,
            id: one.id,
        });
    }
    tell_apart(&mut all);
    Ok(all)
}

/// Accounts of one name on one network differ by their names there.
fn tell_apart(all: &mut [Ticked]) {
    let names: Vec<String> = all.iter().map(|one| one.name.clone()).collect();
    for one in all {
        let twice = names.iter().filter(|name| **name == one.name).count() > 1;
        if let (true, Some(handle)) = (twice, &one.handle) {
            one.name = format!("{}, {handle}", one.name);
        }
    }
}

async fn photos(tx: &mut Tx, id: &PostId, roster: &[OnRoster]) -> Result<Vec<Photo>, Problem> {
    let mut photos = Vec::new();
    for photo in Posts(tx).photos(id).await? {
        let depictions = Posts(tx).depictions(&photo.id).await?;
        let renditions: Vec<ChannelId> =
            Posts(tx).renditions(&photo.id).await?.into_iter().map(|one| one.channel).collect();
        let boxes: Vec<Rect> = depictions.iter().map(|one| rect(one.area)).collect();
        let in_order = reading_order(&boxes);
        let faces = in_order.into_iter().filter_map(|index| depictions.get(index));
        let (width, height) = photo.looked.as_ref().map_or((1, 1), |looked| (looked.width, looked.height));
        photos.push(Photo {
            faces: faces.map(|one| depicted(one, roster)).collect(),
            state: match photo.state {
                posts::PhotoState::Waiting | posts::PhotoState::Looking => PhotoState::Looking,
                posts::PhotoState::Looked if !is_seemly(photo.looked) => {
                    PhotoState::Refused(STOPPED.to_owned())
                }
                posts::PhotoState::Looked if photo.original_gone.is_some() && renditions.is_empty() => {
                    PhotoState::Refused(DELETED.to_owned())
                }
                posts::PhotoState::Looked => PhotoState::Ready,
                posts::PhotoState::Refused(because) => PhotoState::Refused(because),
            },
            id: photo.id,
            alt_text: photo.alt_text,
            given_name: photo.given_name,
            width,
            height,
            published_on: renditions.first().cloned(),
            renditions,
        });
    }
    Ok(photos)
}

/// An explicit picture is stopped without being shown to anybody, its author included.
fn is_seemly(looked: Option<posts::Looked>) -> bool {
    looked.is_some_and(|looked| looked.nudity < STOP_AT)
}

fn rect(area: posts::Area) -> Rect {
    Rect { x: area.x, y: area.y, w: area.w, h: area.h }
}

fn depicted(one: &posts::Depiction, roster: &[OnRoster]) -> Depicted {
    let mark = match &one.who {
        Who::Cover => Mark::Cover,
        Who::Roster(id) => {
            let name = roster.iter().find(|line| line.id == *id).map(|line| line.name.clone());
            Mark::Roster {
                id: id.clone(),
                name: name.unwrap_or_else(|| "No longer on the roster".to_owned()),
            }
        }
        Who::Adult { name, .. } => Mark::Adult(name.clone()),
    };
    Depicted { id: one.id.to_string(), rect: rect(one.area), mark, drawn: one.drawn_by.is_some() }
}

/// Names a finding by what was seen and where: a button pressed on an older page mends that or nothing.
pub(super) fn finding_key(seen: &posts::Seen) -> String {
    let finding = &seen.finding;
    let what = (&finding.rule, &finding.say, &finding.fix);
    let account = seen.account.as_ref().map_or_else(String::new, |account| format!("{account} "));
    Digest::of(format!("{account}{:?} {what:?}", finding.place.order()).as_bytes())
        .to_string()
        .chars()
        .take(16)
        .collect()
}

/// What was seen, each once: what pictures say goes with the words of every account.
fn seen_once(found: Vec<posts::Seen>, channels: &[Ticked]) -> Vec<Seen> {
    let in_caption: Vec<Finding> =
        found.iter().filter(|one| one.account.is_none()).map(|one| one.finding.clone()).collect();
    let again = |one: &posts::Seen| {
        let words = matches!(one.finding.place, finding::Place::Text { field: Field::Caption, .. });
        one.account.is_some() && !words && in_caption.contains(&one.finding)
    };
    found.iter().filter(|one| !again(one)).map(|one| seen(one, channels)).collect()
}

fn seen(one: &posts::Seen, channels: &[Ticked]) -> Seen {
    let (finding, key) = (one.finding.clone(), finding_key(one));
    let place = match (finding.place, &one.account) {
        (finding::Place::Text { field: Field::Caption, start, end }, Some(account)) => {
            Place::Own { account: account.clone(), start, end }
        }
        (place, _) => in_shared(&place),
    };
    let account = one.account.as_ref().and_then(|id| channels.iter().find(|channel| channel.id == *id));
    Seen {
        key,
        account: account.map(|channel| channel.name.clone()),
        clause: finding.clause,
        severity: finding.severity,
        place,
        say: finding.say,
        remedy: finding.remedy,
        fix: finding.fix,
    }
}

fn in_shared(place: &finding::Place) -> Place {
    match *place {
        finding::Place::Text { field: Field::Caption, start, end } => Place::Caption { start, end },
        finding::Place::Text { field: Field::AltText(index), .. } => Place::AltText(index + 1),
        finding::Place::Text { field: Field::FileName(_), .. } | finding::Place::Photo { .. } => {
            Place::Elsewhere
        }
    }
}

/// What people call an account.
fn called(id: &ChannelId, channels: &[Ticked]) -> String {
    let channel = channels.iter().find(|channel| channel.id == *id);
    channel.map_or_else(|| "A channel".to_owned(), |channel| channel.name.clone())
}

fn shown(order: &Kept, channels: &[Ticked], now: Timestamp) -> Order {
    let (state, say) = story::order(order, now);
    let public =
        matches!(order.state, OrderState::Sent | OrderState::Published) || story::is_late(order, now);
    Order {
        channel: called(&order.channel, channels),
        say,
        url: order.url.clone().filter(|url| public && !url.is_empty()),
        state,
        is_live: order.state == OrderState::Published,
        look: None,
    }
}

/// When a post is to go out, as it is kept.
pub(in crate::web::posts) async fn publish_at(app: &App, id: &PostId) -> Result<Option<Timestamp>, Problem> {
    let post = Posts(&mut app.records.read().await?).post(id).await?;
    Ok(post.ok_or(Problem::NotFound)?.publish_at)
}

/// A page of the posts that fit, the last moved first, and where the next page begins.
pub(in crate::web::posts) async fn summaries(
    app: &App,
    me: &Signed,
    wanted: &Wanted<'_>,
    most: u32,
) -> Result<(Vec<Summary>, Option<ListPlace>), Problem> {
    let (found, next) = Posts(&mut app.records.read().await?).list(wanted, most).await?;
    Ok((found.into_iter().map(|one| summary(me, one)).collect(), next))
}

/// The posts that concern this person, the last moved first.
pub(in crate::web::posts) async fn concerning(app: &App, me: &Signed) -> Result<Vec<Summary>, Problem> {
    let found = Posts(&mut app.records.read().await?).concerning(&me.person.id).await?;
    Ok(found.into_iter().map(|one| summary(me, one)).collect())
}

fn summary(me: &Signed, one: Listed) -> Summary {
    Summary {
        stage: one.post.stage.as_str(),
        state: story::state(&one.post, &one.orders),
        moved: one.post.moved,
        mine: is_author(me, &one.post.author),
        returned: one.post.returned.is_some() && one.post.stage == Stage::Draft,
        thumb: one.thumb,
        author: one.author,
        activity: one.activity,
        id: one.post.id,
        caption: one.post.caption,
    }
}

/// What the policy would say if this person submitted the post now.
pub(in crate::web::posts) async fn would_submit(
    app: &App,
    me: &Signed,
    id: &PostId,
) -> Result<Verdict, Problem> {
    let mut tx = app.records.read().await?;
    let now = app.clock.now();
    let said = approval::would_submit(&mut tx, id, &seat(me), &app.rules(), now).await?;
    Ok(verdict(said, carries::in_the_way(&mut tx, id, now).await?))
}

/// What the policy would say if this person approved the post now.
pub(in crate::web::posts) async fn would_approve(
    app: &App,
    me: &Signed,
    id: &PostId,
) -> Result<Verdict, Problem> {
    let mut tx = app.records.read().await?;
    let now = app.clock.now();
    let said = approval::would_approve(&mut tx, id, &seat(me), &app.rules(), now).await?;
    Ok(verdict(said, carries::in_the_way(&mut tx, id, now).await?))
}

/// - `in_the_way`: what no network would take, whatever the policy says.
fn verdict(answer: Answer, in_the_way: Vec<Reason>) -> Verdict {
    let (may, held_for) = (answer.may() && in_the_way.is_empty(), answer.held_for().into_iter().next());
    Verdict { may, held_for, reasons: [in_the_way, answer.reasons()].concat() }
}

/// A photo before faces are covered, for its author alone: made anew in the sandbox, never the bytes that came.
pub(in crate::web::posts) async fn original(
    app: &App,
    me: &Signed,
    post: &PostId,
    photo: &PhotoId,
) -> Result<Vec<u8>, Problem> {
    let mut tx = app.records.read().await?;
    let author = Posts(&mut tx).post(post).await?.ok_or(Problem::NotFound)?.author;
    let photo =
        Posts(&mut tx).photo(photo).await?.filter(|photo| photo.post == *post).ok_or(Problem::NotFound)?;
    if !is_author(me, &author) || !is_seemly(photo.looked) || photo.removed.is_some() {
        return Err(Problem::NotFound);
    }
    if photo.original_gone.is_some() {
        // What was made of it while it was there is all that is left to look at.
        let made = Posts(&mut tx).renditions(&photo.id).await?.into_iter().next().ok_or(Problem::NotFound)?;
        let media = app.media.clone();
        return aside(move || media.rendition(&made.hash)).await;
    }
    drop(tx);
    let screener = app.screener.clone().ok_or(Problem::NotFound)?;
    let _turn = app.looks.acquire().await.map_err(|e| Problem::internal(&e))?;
    let media = app.media.clone();
    let made = aside(move || Ok(screener.render(&media.original(&photo.original)?, &[], LOOK))).await?;
    made.map(|made| made.jpeg).map_err(|error| Problem::internal(&error))
}

/// Exactly the bytes that go out.
pub(in crate::web::posts) async fn rendition(
    app: &App,
    _me: &Signed,
    post: &PostId,
    photo: &PhotoId,
    channel: &ChannelId,
) -> Result<Vec<u8>, Problem> {
    let mut tx = app.records.read().await?;
    Posts(&mut tx).photo(photo).await?.filter(|photo| photo.post == *post).ok_or(Problem::NotFound)?;
    let made = Posts(&mut tx).renditions(photo).await?;
    drop(tx);
    let made = made.into_iter().find(|one| one.channel == *channel).ok_or(Problem::NotFound)?;
    let media = app.media.clone();
    aside(move || media.rendition(&made.hash)).await
}
