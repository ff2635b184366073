//! A new draft made of a public post: one that replaces it once it is out, or one for the accounts it is not on.

use cleansheet_terms::{ChannelId, Clock, DepictionId, Entropy, PersonId, PhotoId, PostId, Timestamp};

use crate::{
    database::{Tx, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    orders::{Order, OrderState, Orders},
    posts::{NewPost, ORIGINALS_LAST, Photo, PhotoState, Post, PostError, Posts, Stage},
};

/// Starts a draft that corrects a public post: the same words, channels, photos and faces, and nothing approved. When the
/// same person has one open already, that one is returned.
pub async fn correct(
    tx: &mut Tx,
    id: &PostId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<PostId, PostError> {
    let old = Posts(tx).known(id).await?;
    if !Orders(tx).orders_of(id).await?.iter().any(|order| order.state.is_live()) {
        return Err(PostError::NotPublic);
    }
    if let Some(open) = Posts(tx).correction_of(id).await? {
        let theirs = open.author == *by && open.stage == Stage::Draft;
        return if theirs { Ok(open.id) } else { Err(PostError::BeingCorrected) };
    }
    let channels = Posts(tx).channels_of(id).await?;
    let copy = copy_of(tx, &old, &channels, by, clock, entropy).await?;
    let link = sql("UPDATE post SET corrects_id = $1 WHERE id = $2");
    tx.run(link.bind(id.as_str().to_owned()).bind(copy.as_str().to_owned())).await?;
    Ledger(tx).append("post.correcting", copy.as_str(), &id, clock.now(), entropy).await?;
    Ok(copy)
}

/// The accounts on which an approved post did not go out and will not, while it is public elsewhere or may be: it can no
/// longer be changed, so only a new post goes there.
///
/// - `orders`: of the post.
pub fn missing(post: &Post, orders: &[Order]) -> Vec<ChannelId> {
    if post.stage != Stage::Approved || !orders.iter().any(|order| order.state.is_live()) {
        return Vec::new();
    }
    let stopped = orders.iter().filter(|order| order.revision == post.revision);
    stopped.filter(|order| order.state == OrderState::Stopped).map(|order| order.channel.clone()).collect()
}

/// Starts a draft for the accounts that a public post is [`missing`] on: the same words, photos and faces, and nothing
/// approved. What is public stays. When the same person has one open already, that one is returned.
pub async fn complete(
    tx: &mut Tx,
    id: &PostId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<PostId, PostError> {
    let old = Posts(tx).known(id).await?;
    let channels = missing(&old, &Orders(tx).orders_of(id).await?);
    if channels.is_empty() {
        return Err(PostError::NothingMissing);
    }
    if let Some(open) = Posts(tx).completion_of(id).await? {
        let theirs = open.author == *by && open.stage == Stage::Draft;
        return if theirs { Ok(open.id) } else { Err(PostError::BeingCompleted) };
    }
    let copy = copy_of(tx, &old, &channels, by, clock, entropy).await?;
    let link = sql("UPDATE post SET completes_id = $1 WHERE id = $2");
    tx.run(link.bind(id.as_str().to_owned()).bind(copy.as_str().to_owned())).await?;
    Ledger(tx).append("post.completing", copy.as_str(), &id, clock.now(), entropy).await?;
    Ok(copy)
}

/// A draft with the words, photos and faces of another post.
async fn copy_of(
    tx: &mut Tx,
    old: &Post,
    channels: &[ChannelId],
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<PostId, PostError> {
    let new = NewPost { author: by, activity: &old.activity, channels };
    let copy = Posts(tx).start(&new, clock, entropy).await?;
    let fill = sql("UPDATE post SET caption = $1, purpose = $2 WHERE id = $3")
        .bind(old.caption.clone())
        .bind(old.purpose.as_str())
        .bind(copy.as_str().to_owned());
    tx.run(fill).await?;
    Posts(tx).copy_own_words(&old.id, &copy).await?;
    for photo in Posts(tx).photos(&old.id).await? {
        if photo.state == PhotoState::Looked {
            copy_photo(tx, &photo, &copy, clock, entropy).await?;
        }
    }
    Ok(copy)
}

/// Copies a photo with its faces and finished copies. The original is shared by its key, and ends when it would have.
async fn copy_photo(
    tx: &mut Tx,
    photo: &Photo,
    to: &PostId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), PostError> {
    let id = PhotoId::new(clock, entropy);
    let copy = sql("INSERT INTO photo (id, post_id, position, alt_text, given_name, original_key, original_gone_ms, state,
             width, height, nudity, added_ms)
         SELECT $1, $2, position, alt_text, given_name, original_key, original_gone_ms, state, width, height, nudity,
             added_ms
         FROM photo WHERE id = $3")
    .bind(id.as_str().to_owned())
    .bind(to.as_str().to_owned())
    .bind(photo.id.as_str().to_owned());
    tx.run(copy).await?;
    let before = Posts(tx).marks_hash(&photo.id).await?;
    for face in Posts(tx).depictions(&photo.id).await? {
        let copy = sql("INSERT INTO depiction (id, photo_id, x, y, w, h, score, drawn_by, who, participant_id, adult_name,
                 asked_by, asked_ms)
             SELECT $1, $2, x, y, w, h, score, drawn_by, who, participant_id, adult_name, asked_by, asked_ms
             FROM depiction WHERE id = $3")
        .bind(DepictionId::new(clock, entropy).as_str().to_owned())
        .bind(id.as_str().to_owned())
        .bind(face.id.as_str().to_owned());
        tx.run(copy).await?;
    }
    let after = Posts(tx).marks_hash(&id).await?;
    let copies =
        sql("INSERT INTO rendition (photo_id, channel_id, marks_hash, hash, width, height, size_bytes)
         SELECT $1, channel_id, $2, hash, width, height, size_bytes FROM rendition
         WHERE photo_id = $3 AND marks_hash = $4")
        .bind(id.as_str().to_owned())
        .bind(after.to_string())
        .bind(photo.id.as_str().to_owned())
        .bind(before.to_string());
    tx.run(copies).await?;
    if photo.original_gone.is_none() {
        let end = photo.added.checked_add(ORIGINALS_LAST).unwrap_or(Timestamp::MAX);
        Jobs(tx).enqueue(Work::RemoveOriginal, id.as_str(), end, clock, entropy).await?;
        Jobs(tx).enqueue(Work::Render, id.as_str(), clock.now(), clock, entropy).await?;
    }
    Ok(())
}
