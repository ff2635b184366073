//! The publishable copies: one for each photo and ticked channel, good only for the marks it was made from.

use cleansheet_screening::photo::STOP_AT;
use cleansheet_terms::{ChannelId, Digest, PhotoId};
use sqlx::any::AnyRow;

use super::{PhotoState, Posts, Rendition, ToRender};
use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, sql},
};

impl Posts<'_> {
    /// The copies of a photo that were made from its marks as they are now, by channel.
    pub async fn renditions(&mut self, id: &PhotoId) -> Result<Vec<Rendition>, StoreError> {
        let marks = self.marks_hash(id).await?;
        let found =
            sql("SELECT photo_id, channel_id, marks_hash, hash, width, height, size_bytes FROM rendition
             WHERE photo_id = $1 AND marks_hash = $2 ORDER BY channel_id")
            .bind(id.as_str().to_owned())
            .bind(marks.to_string());
        self.0.rows(found).await?.iter().map(rendition).collect()
    }

    /// What is still to be made of a photo: one copy for each ticked channel that has none of the marks as they are
    /// now. Nothing for a photo that was refused, stopped or taken out, or whose original is gone.
    pub async fn to_render(&mut self, id: &PhotoId) -> Result<Vec<ToRender>, StoreError> {
        let Some(photo) = self.photo(id).await? else { return Ok(Vec::new()) };
        // An explicit picture is stopped: no copy of it is made.
        let seemly = photo.looked.is_some_and(|looked| looked.nudity < STOP_AT);
        let usable = photo.state == PhotoState::Looked && seemly && photo.removed.is_none();
        if !usable || photo.original_gone.is_some() {
            return Ok(Vec::new());
        }
        let (marks, made) = (self.marks_hash(id).await?, self.renditions(id).await?);
        let mut missing = Vec::new();
        for channel in self.channels_of(&photo.post).await? {
            if made.iter().any(|one| one.channel == channel) {
                continue;
            }
            if let Some(account) = Accounts(self.0).channel(&channel).await? {
                missing.push(ToRender { channel, network: account.network, marks });
            }
        }
        Ok(missing)
    }

    /// Keeps a copy. `false`, and nothing is kept, when the marks have changed since it was made or when there is one
    /// already: a copy that somebody may have approved is never replaced by another of the same marks.
    pub async fn put_rendition(&mut self, new: &Rendition) -> Result<bool, StoreError> {
        let there = self.photo(&new.photo).await?.is_some_and(|photo| photo.removed.is_none());
        if !there || self.marks_hash(&new.photo).await? != new.marks {
            return Ok(false);
        }
        let size = i64::try_from(new.size_bytes).map_err(|_| StoreError::damaged("size_bytes"))?;
        let put = sql("INSERT INTO rendition (photo_id, channel_id, marks_hash, hash, width, height, size_bytes)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (photo_id, channel_id) DO UPDATE SET marks_hash = excluded.marks_hash, hash = excluded.hash,
                 width = excluded.width, height = excluded.height, size_bytes = excluded.size_bytes
             WHERE rendition.marks_hash <> excluded.marks_hash")
        .bind(new.photo.as_str().to_owned())
        .bind(new.channel.as_str().to_owned())
        .bind(new.marks.to_string())
        .bind(new.hash.to_string())
        .bind(i64::from(new.width))
        .bind(i64::from(new.height))
        .bind(size);
        Ok(self.0.run(put).await? == 1)
    }
}

fn rendition(row: &AnyRow) -> Result<Rendition, StoreError> {
    let whole = |name: &str| u32::try_from(row.number(name)?).map_err(|_| StoreError::damaged(name));
    Ok(Rendition {
        photo: row.read("photo_id", PhotoId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        marks: row.read("marks_hash", Digest::parse)?,
        hash: row.read("hash", Digest::parse)?,
        width: whole("width")?,
        height: whole("height")?,
        size_bytes: u64::try_from(row.number("size_bytes")?)
            .map_err(|_| StoreError::damaged("size_bytes"))?,
    })
}
