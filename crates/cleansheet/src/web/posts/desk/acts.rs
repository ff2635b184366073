//! What people do to a post: one transaction and one call of the product each.

use std::sync::Arc;

use axum::body::Bytes;
use cleansheet_records::{
    Tx,
    approval::{self, Approved as Answer},
    consents::Purpose,
    cover,
    posts::{self, Area, MOST_PHOTOS, NewPhoto, NewPost, PostError, Posts, Who},
};
use cleansheet_screening::finding::{Field, Place};
use cleansheet_terms::{
    ActivityId, ChannelId, DepictionId, ParticipantId, PhotoId, PostId, Timestamp, day_in_london,
};

use super::{
    Approved, Mark, carries, is_author,
    load::{finding_key, seat},
};
use crate::{
    app::App,
    web::{Problem, Signed, posts::faces, posts::words::replaced},
};

/// Starts a draft.
pub(in crate::web::posts) async fn start(
    app: &App,
    me: &Signed,
    activity: &ActivityId,
    channels: &[ChannelId],
) -> Result<PostId, Problem> {
    let mut tx = app.records.begin().await?;
    let new = NewPost { author: &me.person.id, activity, channels };
    let id = Posts(&mut tx).start(&new, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(id)
}

/// Keeps a photo and has it looked at. `false`: the post has as many as it may have.
pub(in crate::web::posts) async fn add_photo(
    app: &Arc<App>,
    me: &Signed,
    id: &PostId,
    given_name: &str,
    bytes: Bytes,
) -> Result<bool, Problem> {
    let mut tx = app.records.read().await?;
    let post = Posts(&mut tx).post(id).await?.ok_or(Problem::NotFound)?;
    let photos = Posts(&mut tx).photos(id).await?.len();
    drop(tx);
    if !is_author(me, &post.author) {
        return Err(PostError::NotAuthor.into());
    }
    if photos >= MOST_PHOTOS {
        return Ok(false);
    }
    // Durable before the row that names it: a row without its original would be a photo that was lost.
    let original = {
        let shared = Arc::clone(app);
        aside(move || shared.media.keep_original(&bytes, &mut &shared.entropy)).await?
    };
    let mut tx = app.records.begin().await?;
    let new = NewPhoto { given_name, original: &original };
    let added = Posts(&mut tx).add_photo(id, &new, &me.person.id, &*app.clock, &mut &app.entropy).await;
    match added {
        Ok(_) => finish(app, tx, id).await.map(|()| true),
        Err(error) => {
            let (media, original) = (app.media.clone(), original.clone());
            aside(move || media.remove_original(&original)).await?;
            if matches!(error, PostError::TooManyPhotos) { Ok(false) } else { Err(error.into()) }
        }
    }
}

/// What stands on the page; `None` where the form did not say.
pub(in crate::web::posts) struct Kept<'a> {
    pub(in crate::web::posts) caption: Option<&'a str>,
    pub(in crate::web::posts) channels: Option<&'a [ChannelId]>,
    pub(in crate::web::posts) purpose: Option<Purpose>,
    pub(in crate::web::posts) alt_texts: &'a [(&'a str, &'a str)],
    /// Account and its own words.
    pub(in crate::web::posts) own: &'a [(&'a str, &'a str)],
    /// When it is to go out.
    pub(in crate::web::posts) time: Option<Option<Timestamp>>,
}

/// Keeps it.
pub(in crate::web::posts) async fn keep(
    app: &App,
    me: &Signed,
    id: &PostId,
    kept: &Kept<'_>,
) -> Result<(), Problem> {
    let (clock, mut chance, by) = (&*app.clock, &app.entropy, &me.person.id);
    let mut tx = app.records.begin().await?;
    author_only(&mut tx, me, id).await?;
    if let Some(purpose) = kept.purpose {
        Posts(&mut tx).set_purpose(id, purpose, by, clock, &mut chance).await?;
    }
    if let Some(caption) = kept.caption {
        Posts(&mut tx).set_caption(id, caption, by, clock, &mut chance).await?;
    }
    if let Some(channels) = kept.channels {
        Posts(&mut tx).set_channels(id, channels, by, clock, &mut chance).await?;
    }
    for (photo, alt_text) in kept.alt_texts {
        // A photo that was taken out meanwhile takes its words with it.
        if let Ok(photo) = photo_of(&mut tx, id, photo).await {
            Posts(&mut tx).set_alt_text(&photo, alt_text, by, clock, &mut chance).await?;
        }
    }
    for (channel, words) in kept.own {
        if let Ok(channel) = ChannelId::parse(channel) {
            Posts(&mut tx).set_own_words(id, &channel, words, by, clock, &mut chance).await?;
        }
    }
    if let Some(time) = kept.time {
        Posts(&mut tx).set_time(id, time, by, clock, &mut chance).await?;
    }
    finish(app, tx, id).await
}

/// Lets the words of an account begin as the caption does.
pub(in crate::web::posts) async fn begin_own(
    app: &App,
    me: &Signed,
    id: &PostId,
    channel: &str,
) -> Result<(), Problem> {
    let (clock, mut chance, by) = (&*app.clock, &app.entropy, &me.person.id);
    let channel = ChannelId::parse(channel).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let post = Posts(&mut tx).post(id).await?.ok_or(Problem::NotFound)?;
    // Words that somebody has written there meanwhile are never written over.
    let own = Posts(&mut tx).own_words(id).await?.remove(&channel).and_then(|own| own.text);
    if own.is_none() {
        Posts(&mut tx).set_own_words(id, &channel, &post.caption, by, clock, &mut chance).await?;
    }
    finish(app, tx, id).await
}

/// Covers the shirt below a covered face as well.
pub(in crate::web::posts) async fn cover_shirt(
    app: &App,
    me: &Signed,
    id: &PostId,
    face: &str,
) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    let face = face_of(&mut tx, id, face).await?;
    Posts(&mut tx).cover_shirt(&face, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, id).await
}

/// Takes a photo out of the post.
pub(in crate::web::posts) async fn remove_photo(
    app: &App,
    me: &Signed,
    id: &PostId,
    photo: &str,
) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    let photo = photo_of(&mut tx, id, photo).await?;
    Posts(&mut tx).remove_photo(&photo, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, id).await
}

/// Says who a face is.
pub(in crate::web::posts) async fn mark(
    app: &App,
    me: &Signed,
    id: &PostId,
    face: &str,
    mark: Mark,
) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    let face = face_of(&mut tx, id, face).await?;
    let mark = match &mark {
        Mark::Cover => posts::Mark::Cover,
        Mark::Roster { id, .. } => posts::Mark::Roster(id),
        Mark::Adult(name) => posts::Mark::Adult(name),
    };
    Posts(&mut tx).mark(&face, mark, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, id).await
}

/// Covers a face that the detector missed.
///
/// - `percent`: left, top, width and height in parts of a hundred of the upright picture.
pub(in crate::web::posts) async fn draw(
    app: &App,
    me: &Signed,
    id: &PostId,
    photo: &str,
    percent: [f64; 4],
) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    let photo = photo_of(&mut tx, id, photo).await?;
    let looked =
        Posts(&mut tx).photo(&photo).await?.and_then(|photo| photo.looked).ok_or(Problem::NotFound)?;
    let rect = faces::drawn(percent, f64::from(looked.width), f64::from(looked.height));
    let rect = rect.ok_or_else(|| Problem::from(PostError::BadBox))?;
    let area = Area { x: rect.x, y: rect.y, w: rect.w, h: rect.h };
    Posts(&mut tx).draw(&photo, area, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, id).await
}

/// Takes a drawn box away.
pub(in crate::web::posts) async fn undraw(
    app: &App,
    me: &Signed,
    id: &PostId,
    face: &str,
) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    let face = face_of(&mut tx, id, face).await?;
    Posts(&mut tx).undraw(&face, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, id).await
}

/// Puts the words right as the finding with this key proposes.
pub(in crate::web::posts) async fn fix(
    app: &App,
    me: &Signed,
    id: &PostId,
    key: &str,
) -> Result<(), Problem> {
    let (clock, mut chance, by) = (&*app.clock, &app.entropy, &me.person.id);
    let mut tx = app.records.begin().await?;
    let post = Posts(&mut tx).post(id).await?.ok_or(Problem::NotFound)?;
    let found = Posts(&mut tx).words(id, &app.allow, day_in_london(clock.now())).await?;
    // Words that changed meanwhile have other findings: then there is nothing to do.
    let Some(seen) = found.into_iter().find(|seen| finding_key(seen) == key) else { return Ok(()) };
    let (Some(by_words), Place::Text { field, start, end }) = (seen.finding.fix, seen.finding.place) else {
        return Ok(());
    };
    match (field, seen.account) {
        (Field::Caption, Some(account)) => {
            let own = Posts(&mut tx).own_words(id).await?.remove(&account).and_then(|own| own.text);
            if let Some(words) = own.and_then(|own| replaced(&own, start, end, &by_words)) {
                Posts(&mut tx).set_own_words(id, &account, &words, by, clock, &mut chance).await?;
            }
        }
        (Field::Caption, None) => {
            if let Some(caption) = replaced(&post.caption, start, end, &by_words) {
                Posts(&mut tx).set_caption(id, &caption, by, clock, &mut chance).await?;
            }
        }
        (Field::AltText(index), _) => {
            let photo = Posts(&mut tx).photos(id).await?.into_iter().nth(index).ok_or(Problem::NotFound)?;
            if let Some(alt_text) = replaced(&photo.alt_text, start, end, &by_words) {
                Posts(&mut tx).set_alt_text(&photo.id, &alt_text, by, clock, &mut chance).await?;
            }
        }
        (Field::FileName(_), _) => return Ok(()),
    }
    finish(app, tx, id).await
}

/// Sends a draft to the second person. `false`: something stands in the way.
pub(in crate::web::posts) async fn submit(app: &App, me: &Signed, id: &PostId) -> Result<bool, Problem> {
    let mut tx = app.records.begin().await?;
    author_only(&mut tx, me, id).await?;
    if !carries::in_the_way(&mut tx, id, app.clock.now()).await?.is_empty() {
        return Ok(false);
    }
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let verdict = approval::submit(&mut tx, id, &seat(me), &app.rules(), clock, &mut chance).await?;
    if verdict.may() {
        let origin = &app.settings.public_url;
        cover::tell_waiting(&mut tx, id, &app.policy, origin, clock, &mut chance).await?;
    }
    tx.commit().await?;
    app.wake.all();
    Ok(verdict.may())
}

/// Lets exactly the content that was shown go out.
pub(in crate::web::posts) async fn approve(
    app: &App,
    me: &Signed,
    id: &PostId,
    content: &str,
) -> Result<Approved, Problem> {
    let mut tx = app.records.begin().await?;
    let in_the_way = carries::in_the_way(&mut tx, id, app.clock.now()).await?;
    if !in_the_way.is_empty() {
        return Ok(Approved::No(in_the_way));
    }
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let answer = approval::approve(&mut tx, id, content, &seat(me), &app.rules(), clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(match answer {
        Answer::Yes(_) => Approved::Yes,
        Answer::No(verdict) => Approved::No(verdict.reasons()),
    })
}

/// A submitted or stopped post is a draft again, for its author to go on with. Whoever may not be shown any more is
/// covered, so that what is left to do is to look and to send it.
pub(in crate::web::posts) async fn take_back(app: &App, me: &Signed, id: &PostId) -> Result<(), Problem> {
    let (clock, mut chance, by) = (&*app.clock, &app.entropy, &me.person.id);
    let mut tx = app.records.begin().await?;
    Posts(&mut tx).take_back(id, by, clock, &mut chance).await?;
    let roster = Posts(&mut tx).roster(id, day_in_london(clock.now())).await?;
    let may = |who: &ParticipantId| roster.iter().any(|one| one.may && one.participant.id == *who);
    for photo in Posts(&mut tx).photos(id).await? {
        for face in Posts(&mut tx).depictions(&photo.id).await? {
            if matches!(&face.who, Who::Roster(who) if !may(who)) {
                Posts(&mut tx).mark(&face.id, posts::Mark::Cover, by, clock, &mut chance).await?;
            }
        }
    }
    finish(app, tx, id).await
}

/// Back to the author.
pub(in crate::web::posts) async fn give_back(
    app: &App,
    me: &Signed,
    id: &PostId,
    note: &str,
) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    approval::give_back(&mut tx, id, note, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}

/// Puts a post away; what is public is taken down.
pub(in crate::web::posts) async fn drop_post(app: &App, me: &Signed, id: &PostId) -> Result<(), Problem> {
    let mut tx = app.records.begin().await?;
    approval::drop(&mut tx, id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}

/// A new draft that replaces a public post.
pub(in crate::web::posts) async fn correct(app: &App, me: &Signed, id: &PostId) -> Result<PostId, Problem> {
    let mut tx = app.records.begin().await?;
    let copy = approval::correct(&mut tx, id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, &copy).await?;
    Ok(copy)
}

/// A new draft for the accounts on which a public post did not go out.
pub(in crate::web::posts) async fn complete(app: &App, me: &Signed, id: &PostId) -> Result<PostId, Problem> {
    let mut tx = app.records.begin().await?;
    let copy = approval::complete(&mut tx, id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    finish(app, tx, &copy).await?;
    Ok(copy)
}

/// Every edit ends here: the words are looked at, all of it is kept, the jobs are called.
async fn finish(app: &App, mut tx: Tx, id: &PostId) -> Result<(), Problem> {
    carries::cut(&mut tx, id, &*app.clock, &mut &app.entropy).await?;
    Posts(&mut tx).screen_words(id, &app.allow, &*app.clock).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(())
}

async fn author_only(tx: &mut Tx, me: &Signed, id: &PostId) -> Result<(), Problem> {
    let post = Posts(tx).post(id).await?.ok_or(Problem::NotFound)?;
    if is_author(me, &post.author) { Ok(()) } else { Err(PostError::NotAuthor.into()) }
}

/// A photo of this very post; ids arrive in forms.
async fn photo_of(tx: &mut Tx, post: &PostId, photo: &str) -> Result<PhotoId, Problem> {
    let id = PhotoId::parse(photo).map_err(|_| Problem::NotFound)?;
    let photo = Posts(tx).photo(&id).await?.filter(|photo| photo.post == *post && photo.removed.is_none());
    photo.map(|photo| photo.id).ok_or(Problem::NotFound)
}

async fn face_of(tx: &mut Tx, post: &PostId, face: &str) -> Result<DepictionId, Problem> {
    let id = DepictionId::parse(face).map_err(|_| Problem::NotFound)?;
    let face = Posts(tx).depiction(&id).await?.ok_or(Problem::NotFound)?;
    photo_of(tx, post, face.photo.as_str()).await?;
    Ok(face.id)
}

/// Files and pictures block; they leave the threads that answer pages alone.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| Problem::internal(&e))?;
    Ok(done?)
}
