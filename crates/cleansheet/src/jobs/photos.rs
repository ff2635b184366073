//! Photos: look for faces and hidden things, make the copies that may be published, and remove what is not needed.

use std::{io, sync::Arc};

use cleansheet_records::{
    jobs::{Claimed, Jobs},
    posts::{Area, Face, Looked, Photo, PhotoState, PostError, Posts, Rendition, ToRender, Who},
};
use cleansheet_screening::photo::{self, Cover, Fit, PhotoError, PhotoScreener, Shape};
use cleansheet_terms::PhotoId;
use jiff::SignedDuration;

use super::worker::RunError;
use crate::{app::App, connections::capabilities};

/// An original that is still needed is asked about again this much later.
const ASK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// A photo that ends its worker this often is refused: it is never taken for clean, and nobody waits for ever.
pub(super) const MOST_TRIES: i64 = 8;
const GAVE_UP: &str = "the picture could not be looked at in several tries; open it, save it as an ordinary JPEG, then add it again";

impl From<PostError> for RunError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Store(error) => Self::Store(error),
            error => Self::later(error),
        }
    }
}

/// Looks at a photo in the sandbox, and writes down the faces or why it cannot be used.
pub(super) async fn screen(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = subject(job)?;
    let mut tx = app.records.begin().await?;
    let photo = Posts(&mut tx).photo(&id).await?.filter(|photo| {
        matches!(photo.state, PhotoState::Waiting | PhotoState::Looking) && original_is_there(photo)
    });
    let Some(photo) = photo else { return finished(tx, app, job).await };
    Posts(&mut tx).looking(&id).await?;
    tx.commit().await?;
    let screener = screener(app)?;
    let (media, key) = (app.media.clone(), photo.original);
    let looked = aside(move || Ok(screener.look(&media.original(&key)?))).await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    match looked {
        Ok(seen) => {
            let faces: Vec<Face> = seen.faces.iter().map(face).collect();
            let size = Looked { width: seen.width, height: seen.height, nudity: seen.nudity };
            Posts(&mut tx).looked(&id, &faces, size, clock, &mut chance).await?;
        }
        Err(PhotoError::Refused(because)) => {
            Posts(&mut tx).refused(&id, &because, clock, &mut chance).await?
        }
        Err(PhotoError::Worker(_)) if job.attempt >= MOST_TRIES => {
            Posts(&mut tx).refused(&id, GAVE_UP, clock, &mut chance).await?
        }
        Err(error) => return Err(RunError::later(error)),
    }
    finished(tx, app, job).await
}

/// Makes the copy for every ticked channel that has none of these marks yet.
pub(super) async fn render(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = subject(job)?;
    let mut tx = app.records.read().await?;
    let missing = Posts(&mut tx).to_render(&id).await?;
    let photo = Posts(&mut tx).photo(&id).await?.filter(original_is_there);
    let depictions = Posts(&mut tx).depictions(&id).await?;
    drop(tx);
    if let Some(photo) = photo {
        let covers: Vec<Cover> =
            depictions.iter().filter(|one| one.who == Who::Cover).map(|one| cover(one.area)).collect();
        for copy in missing {
            one_copy(app, job, &photo, &covers, copy).await?;
        }
    }
    finished(app.records.begin().await?, app, job).await
}

async fn one_copy(
    app: &App,
    job: &Claimed,
    photo: &Photo,
    covers: &[Cover],
    copy: ToRender,
) -> Result<(), RunError> {
    let mut tx = app.records.read().await?;
    let Some(can) = capabilities(&mut tx, &copy.channel, copy.network).await? else { return Ok(()) };
    drop(tx);
    let shape = can.shape.map(|shape| Shape { tallest: shape.tallest, widest: shape.widest });
    let fit = Fit { side_px: can.picture_side_px, bytes: can.picture_bytes, shape };
    let (screener, media, key) = (screener(app)?, app.media.clone(), photo.original.clone());
    let covers = covers.to_vec();
    let made = aside(move || match screener.render(&media.original(&key)?, &covers, fit) {
        Ok(made) => Ok(Ok((media.keep_rendition(&made.jpeg)?, made))),
        Err(error) => Ok(Err(error)),
    });
    let (hash, made) = made.await?.map_err(RunError::later)?;
    let rendition = Rendition {
        photo: photo.id.clone(),
        channel: copy.channel,
        marks: copy.marks,
        hash,
        width: made.width,
        height: made.height,
        size_bytes: made.jpeg.len() as u64,
    };
    let mut tx = app.records.begin().await?;
    Jobs(&mut tx).still_ours(job).await?;
    // When the marks changed meanwhile, another job was queued for the new ones.
    let _kept = Posts(&mut tx).put_rendition(&rendition).await?;
    Ok(tx.commit().await?)
}

/// Removes an original once nobody needs it.
pub(super) async fn remove_original(app: &App, job: &Claimed) -> Result<(), RunError> {
    let (id, now) = (subject(job)?, app.clock.now());
    let mut tx = app.records.read().await?;
    let there = Posts(&mut tx).photo(&id).await?.is_some_and(|photo| photo.original_gone.is_none());
    let key = if there { Posts(&mut tx).original_to_remove(&id, now).await? } else { None };
    drop(tx);
    let mut tx = match (there, key) {
        (false, _) => return finished(app.records.begin().await?, app, job).await,
        (true, None) => {
            let mut tx = app.records.begin().await?;
            Jobs(&mut tx).retry_later(job, "the original is still needed", ASK_AGAIN, now).await?;
            return Ok(tx.commit().await?);
        }
        (true, Some(key)) => {
            let media = app.media.clone();
            aside(move || media.remove_original(&key)).await?;
            app.records.begin().await?
        }
    };
    Posts(&mut tx).original_gone(&id, &*app.clock, &mut &app.entropy).await?;
    finished(tx, app, job).await
}

async fn finished(mut tx: cleansheet_records::Tx, app: &App, job: &Claimed) -> Result<(), RunError> {
    Jobs(&mut tx).finish(job, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

fn original_is_there(photo: &Photo) -> bool {
    photo.original_gone.is_none() && photo.removed.is_none()
}

fn subject(job: &Claimed) -> Result<PhotoId, RunError> {
    PhotoId::parse(&job.subject).map_err(RunError::later)
}

pub(super) fn screener(app: &App) -> Result<Arc<PhotoScreener>, RunError> {
    let missing =
        || RunError::Later("a model is missing; run `cleansheet models install` and start again".to_owned());
    app.screener.clone().ok_or_else(missing)
}

fn face(face: &photo::PhotoFace) -> Face {
    Face { area: Area { x: face.x, y: face.y, w: face.w, h: face.h }, score: face.score }
}

fn cover(area: Area) -> Cover {
    Cover { x: area.x, y: area.y, w: area.w, h: area.h }
}

/// Decoding and files block: they leave the threads that answer pages alone.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, RunError> {
    tokio::task::spawn_blocking(work).await.map_err(RunError::later)?.map_err(RunError::later)
}
