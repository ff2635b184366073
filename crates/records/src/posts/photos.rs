//! Photos: added, looked at, refused, taken out; and the end of their originals.

use std::collections::BTreeSet;

use cleansheet_terms::{Clock, DepictionId, Entropy, PersonId, PhotoId, PostId, Timestamp};
use jiff::SignedDuration;

use super::{Face, Looked, MOST_PHOTOS, NewPhoto, PhotoState, PostError, Posts, read::ms};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    orders::Orders,
};

/// An original is removed this long after it was added: by then the post is out, and only its covered copies stay.
pub(crate) const ORIGINALS_LAST: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Posts<'_> {
    /// Adds a photo whose original is in the media folder, and queues its screening and the end of the original.
    pub async fn add_photo(
        &mut self,
        id: &PostId,
        new: &NewPhoto<'_>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<PhotoId, PostError> {
        let post = self.editable(id, by).await?;
        if self.photos(id).await?.len() >= MOST_PHOTOS {
            return Err(PostError::TooManyPhotos);
        }
        let (photo, now) = (PhotoId::new(clock, entropy), clock.now());
        let insert = sql("INSERT INTO photo (id, post_id, position, alt_text, given_name, original_key, state, added_ms)
             VALUES ($1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM photo WHERE post_id = $2), '', $3, $4,
                 'waiting', $5)")
        .bind(photo.as_str().to_owned())
        .bind(id.as_str().to_owned())
        .bind(new.given_name.chars().take(255).collect::<String>())
        .bind(new.original.to_owned())
        .bind(ms(now));
        self.0.run(insert).await?;
        let end = now.checked_add(ORIGINALS_LAST).unwrap_or(Timestamp::MAX);
        let mut jobs = Jobs(self.0);
        jobs.enqueue(Work::ScreenPhoto, photo.as_str(), now, clock, entropy).await?;
        jobs.enqueue(Work::RemoveOriginal, photo.as_str(), end, clock, entropy).await?;
        Ledger(self.0).append("photo.added", photo.as_str(), &id, now, entropy).await?;
        self.changed(&post, "photo added", clock, entropy).await?;
        Ok(photo)
    }

    /// Takes a photo out of the post. Its faces are forgotten at once, its original as soon as the job runs.
    pub async fn remove_photo(
        &mut self,
        id: &PhotoId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let photo = self.known_photo(id).await?;
        let post = self.editable(&photo.post, by).await?;
        let now = clock.now();
        for forget in
            ["DELETE FROM depiction WHERE photo_id = $1", "DELETE FROM rendition WHERE photo_id = $1"]
        {
            self.0.run(sql(forget).bind(id.as_str().to_owned())).await?;
        }
        let remove = sql("UPDATE photo SET removed_ms = $1, alt_text = '', given_name = '' WHERE id = $2");
        self.0.run(remove.bind(ms(now)).bind(id.as_str().to_owned())).await?;
        Jobs(self.0).enqueue(Work::RemoveOriginal, id.as_str(), now, clock, entropy).await?;
        Ledger(self.0).append("photo.removed", id.as_str(), &photo.post, now, entropy).await?;
        self.changed(&post, "photo removed", clock, entropy).await
    }

    /// Says what a photo shows, for people who cannot see it. The space around the words is not kept.
    pub async fn set_alt_text(
        &mut self,
        id: &PhotoId,
        alt_text: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let photo = self.known_photo(id).await?;
        let (post, alt_text) = (self.editable(&photo.post, by).await?, alt_text.trim());
        if photo.alt_text == alt_text {
            return Ok(());
        }
        let set = sql("UPDATE photo SET alt_text = $1 WHERE id = $2");
        self.0.run(set.bind(alt_text.to_owned()).bind(id.as_str().to_owned())).await?;
        self.changed(&post, "alt text", clock, entropy).await
    }

    /// The worker has begun to look. Says whether there is anything to look at.
    pub async fn looking(&mut self, id: &PhotoId) -> Result<bool, StoreError> {
        let looking = sql("UPDATE photo SET state = 'looking'
             WHERE id = $1 AND state IN ('waiting', 'looking') AND removed_ms IS NULL");
        Ok(self.0.run(looking.bind(id.as_str().to_owned())).await? == 1)
    }

    /// The worker has looked: each face becomes a depiction, covered until somebody says who it is. Looked at twice,
    /// the first time counts.
    pub async fn looked(
        &mut self,
        id: &PhotoId,
        faces: &[Face],
        looked: Looked,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let now = clock.now();
        let set = sql("UPDATE photo SET state = 'looked', width = $1, height = $2, nudity = $3
             WHERE id = $4 AND state IN ('waiting', 'looking') AND removed_ms IS NULL")
        .bind(i64::from(looked.width))
        .bind(i64::from(looked.height))
        .bind(looked.nudity)
        .bind(id.as_str().to_owned());
        if self.0.run(set).await? != 1 {
            return Ok(());
        }
        for face in faces {
            let insert = sql("INSERT INTO depiction (id, photo_id, x, y, w, h, score, who)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 'cover')")
            .bind(DepictionId::new(clock, entropy).as_str().to_owned())
            .bind(id.as_str().to_owned())
            .bind(face.area.x)
            .bind(face.area.y)
            .bind(face.area.w)
            .bind(face.area.h)
            .bind(face.score);
            self.0.run(insert).await?;
        }
        Jobs(self.0).enqueue(Work::Render, id.as_str(), now, clock, entropy).await?;
        let payload = (faces.len(), looked.width, looked.height, looked.nudity);
        Ledger(self.0).append("photo.looked", id.as_str(), &payload, now, entropy).await?;
        Ok(())
    }

    /// The photo cannot be used; `because` says in one sentence what to do instead.
    pub async fn refused(
        &mut self,
        id: &PhotoId,
        because: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let refuse = sql("UPDATE photo SET state = 'refused', refused_because = $1
             WHERE id = $2 AND state IN ('waiting', 'looking') AND removed_ms IS NULL");
        if self.0.run(refuse.bind(because.to_owned()).bind(id.as_str().to_owned())).await? == 1 {
            Ledger(self.0).append("photo.refused", id.as_str(), &because, clock.now(), entropy).await?;
        }
        Ok(())
    }

    /// The key of a photo's original when nobody needs the file any more: it was taken out or is a week old, and no
    /// other photo that still needs it has the same.
    pub async fn original_to_remove(
        &mut self,
        id: &PhotoId,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let Some(photo) = self.photo(id).await? else { return Ok(None) };
        let week_ago = now.checked_sub(ORIGINALS_LAST).unwrap_or(Timestamp::MIN);
        let needed = |added: Timestamp, removed: bool| !removed && added > week_ago;
        if photo.original_gone.is_some() || needed(photo.added, photo.removed.is_some()) {
            return Ok(None);
        }
        let others = sql("SELECT added_ms, removed_ms FROM photo
             WHERE original_key = $1 AND id <> $2 AND original_gone_ms IS NULL")
        .bind(photo.original.clone())
        .bind(id.as_str().to_owned());
        for row in self.0.rows(others).await? {
            if needed(row.instant("added_ms")?, row.maybe_instant("removed_ms")?.is_some()) {
                return Ok(None);
            }
        }
        Ok(Some(photo.original))
    }

    /// The original of a photo is gone, or is no longer this photo's.
    pub async fn original_gone(
        &mut self,
        id: &PhotoId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let gone = sql("UPDATE photo SET original_gone_ms = $1 WHERE id = $2 AND original_gone_ms IS NULL");
        if self.0.run(gone.bind(ms(now)).bind(id.as_str().to_owned())).await? == 1 {
            Ledger(self.0).append("photo.original_gone", id.as_str(), &(), now, entropy).await?;
        }
        Ok(())
    }

    /// Every file of the media folder that a row names: originals that are not gone, and copies. Files that are not
    /// among them are leftovers, see [`crate::media::Media::sweep`].
    pub async fn named_files(&mut self) -> Result<BTreeSet<String>, StoreError> {
        let found = sql("SELECT original_key AS name FROM photo WHERE original_gone_ms IS NULL
             UNION SELECT hash AS name FROM rendition
             UNION SELECT copy_key AS name FROM old_picture WHERE copy_key IS NOT NULL");
        let mut named: BTreeSet<String> =
            self.0.rows(found).await?.iter().map(|row| row.text("name")).collect::<Result<_, _>>()?;
        // What is on its way or public is still read, whatever became of its photo since.
        let mut last = String::new();
        loop {
            // A trust may have a hundred thousand of them: never all at once in memory.
            let orders = Orders(self.0).live_orders_after(&last, 1_000).await?;
            let Some(newest) = orders.last() else { return Ok(named) };
            last = newest.id.to_string();
            for release in orders.iter().filter_map(|order| order.release().ok()) {
                named.extend(release.pictures().iter().map(|picture| picture.digest.to_string()));
            }
        }
    }

    /// A photo with a picture size: it was looked at and not refused.
    pub(crate) async fn looked_photo(&mut self, id: &PhotoId) -> Result<(super::Photo, Looked), PostError> {
        let photo = self.known_photo(id).await?;
        match (&photo.state, photo.looked) {
            (PhotoState::Looked, Some(looked)) => Ok((photo, looked)),
            _ => Err(PostError::NotLooked),
        }
    }
}
