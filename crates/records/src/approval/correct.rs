//! Correcting a public post: a new draft that replaces it once it is out.

use cleansheet_terms::{Clock, DepictionId, Entropy, PersonId, PhotoId, PostId, Timestamp};

use crate::{
    database::{Tx, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    orders::Orders,
    posts::{NewPost, ORIGINALS_LAST, Photo, PhotoState, PostError, Posts, Stage},
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
    let new = NewPost { author: by, activity: &old.activity, channels: &channels };
    let copy = Posts(tx).start(&new, clock, entropy).await?;
    let fill = sql("UPDATE post SET caption = $1, purpose = $2, corrects_id = $3 WHERE id = $4")
        .bind(old.caption.clone())
        .bind(old.purpose.as_str())
        .bind(id.as_str().to_owned())
        .bind(copy.as_str().to_owned());
    tx.run(fill).await?;
    Posts(tx).copy_own_words(id, &copy).await?;
    for photo in Posts(tx).photos(id).await? {
        if photo.state == PhotoState::Looked {
            copy_photo(tx, &photo, &copy, clock, entropy).await?;
        }
    }
    Ledger(tx).append("post.correcting", copy.as_str(), &id, clock.now(), entropy).await?;
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
