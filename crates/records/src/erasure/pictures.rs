//! Pictures of somebody who asked to be forgotten. A row of `rendition` says what was made last; what was public before that
//! stands in the orders alone. And a photo may go on without them: covered, in a draft or public again.

use std::collections::BTreeSet;

use cleansheet_terms::{Digest, OrderId, ParticipantId, PhotoId, PostId, Timestamp};

use super::Files;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    orders::Orders,
    posts::Posts,
};

/// Takes the rows of pictures that show them away, and says which files nobody needs any more. For somebody of whom nothing
/// is public.
pub(super) async fn of(tx: &mut Tx, id: &ParticipantId, now: Timestamp) -> Result<Files, StoreError> {
    let mut files = Files::default();
    let mut copies = published(tx, id).await?;
    for photo in photos(tx, id).await? {
        copies.extend(take_copies(tx, &photo).await?);
        // As it was taken, it shows the face that was covered since.
        let gone = sql("UPDATE photo SET original_gone_ms = $1 WHERE id = $2 AND original_gone_ms IS NULL");
        tx.run(gone.bind(now.as_millisecond()).bind(photo.id.as_str().to_owned())).await?;
        files.originals.insert(photo.original);
        if photo.shows_them
            && !Orders(tx).orders_of(&photo.post).await?.iter().any(|one| one.state.is_living())
        {
            let remove = sql("UPDATE photo SET removed_ms = $1 WHERE id = $2 AND removed_ms IS NULL");
            tx.run(remove.bind(now.as_millisecond()).bind(photo.id.as_str().to_owned())).await?;
        }
    }
    for copy in copies {
        if !is_needed(tx, &copy).await? {
            files.renditions.insert(copy);
        }
    }
    Ok(files)
}

struct Photo {
    id: PhotoId,
    post: PostId,
    original: String,
    /// Now; or it may have before it was covered.
    shows_them: bool,
}

/// The copies in what was public, or was to be, with them in it.
async fn published(tx: &mut Tx, id: &ParticipantId) -> Result<BTreeSet<Digest>, StoreError> {
    let found = sql("SELECT s.order_id FROM order_person s JOIN release_order o ON o.id = s.order_id
         WHERE s.participant_id = $1 AND o.state IN ('stopped', 'gone')");
    let mut copies = BTreeSet::new();
    for row in tx.rows(found.bind(id.as_str().to_owned())).await? {
        let order = Orders(tx).order(&row.read("order_id", OrderId::parse)?).await?;
        // Words that somebody else was blotted out of do not read any more, and their copies went then.
        if let Some(release) = order.and_then(|order| order.release().ok()) {
            copies.extend(release.pictures().iter().map(|picture| picture.digest));
        }
    }
    Ok(copies)
}

/// Photos that show them, those of posts that did, and copies of either in other posts.
async fn photos(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<Photo>, StoreError> {
    let found = sql("SELECT p.id, p.post_id, p.original_key,
             (SELECT COUNT(*) FROM depiction d WHERE d.photo_id = p.id AND d.participant_id = $1) AS shows_them
         FROM photo p WHERE p.original_key IN (SELECT q.original_key FROM photo q
             WHERE q.id IN (SELECT d.photo_id FROM depiction d WHERE d.participant_id = $1)
                 OR q.post_id IN (SELECT o.post_id FROM release_order o JOIN order_person s ON s.order_id = o.id
                     WHERE s.participant_id = $1))
         ORDER BY p.id");
    let one = |row: &sqlx::any::AnyRow| {
        Ok(Photo {
            id: row.read("id", PhotoId::parse)?,
            post: row.read("post_id", PostId::parse)?,
            original: row.text("original_key")?,
            shows_them: row.flag("shows_them")?,
        })
    };
    tx.rows(found.bind(id.as_str().to_owned())).await?.iter().map(one).collect()
}

/// Takes the rows of copies away that show them: all of a photo that does, and those made before it was covered.
async fn take_copies(tx: &mut Tx, photo: &Photo) -> Result<Vec<Digest>, StoreError> {
    let good =
        if photo.shows_them { String::new() } else { Posts(tx).marks_hash(&photo.id).await?.to_string() };
    let found = sql("SELECT hash FROM rendition WHERE photo_id = $1 AND marks_hash <> $2 ORDER BY hash");
    let rows = tx.rows(found.bind(photo.id.as_str().to_owned()).bind(good.clone())).await?;
    let taken = sql("DELETE FROM rendition WHERE photo_id = $1 AND marks_hash <> $2");
    tx.run(taken.bind(photo.id.as_str().to_owned()).bind(good)).await?;
    rows.iter().map(|row| row.read("hash", Digest::parse)).collect()
}

/// Whether something that is public or on its way holds this copy, or a photo that does not show them.
async fn is_needed(tx: &mut Tx, copy: &Digest) -> Result<bool, StoreError> {
    let needed = sql("SELECT hash FROM rendition WHERE hash = $1
         UNION ALL SELECT id FROM release_order
         WHERE state NOT IN ('stopped', 'gone') AND payload LIKE '%' || $1 || '%' LIMIT 1");
    Ok(tx.row(needed.bind(copy.to_string())).await?.is_some())
}
