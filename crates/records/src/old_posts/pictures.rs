//! The files of old posts: looked at in the sandbox, and kept as small sealed copies for the people who tag.

use cleansheet_terms::{Clock, Entropy, OldPictureId, OldPostId};
use sqlx::any::AnyRow;

use super::{OldPicture, OldPost, OldPostError, OldPosts, OldState, PictureState};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    jobs::{Claimed, Jobs},
    ledger_entries::Ledger,
};

/// What became of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// A small copy is kept.
    Ready {
        /// Its key in the media folder.
        copy: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// How many faces were found.
        faces: usize,
    },
    /// The network does not hand it out.
    Missing,
    /// It cannot be used: why, in one sentence.
    Refused(String),
    /// Clause 7: nobody is shown it.
    Stopped,
}

impl OldPosts<'_> {
    /// The files of an old post, in order.
    pub async fn pictures(&mut self, id: &OldPostId) -> Result<Vec<OldPicture>, StoreError> {
        let found =
            sql("SELECT id, old_post_id, file, alt_text, state, because, copy_key, width, height, faces
             FROM old_picture WHERE old_post_id = $1 ORDER BY position");
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(picture).collect()
    }

    /// The post whose pictures are to be looked at; `None`, and the job is finished, when it is no longer public.
    pub async fn claim_to_look(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<OldPost>, OldPostError> {
        let post = self.ours(job).await?;
        if post.state == OldState::Public {
            return Ok(Some(post));
        }
        Jobs(self.0).finish(job, clock.now()).await?;
        Ok(None)
    }

    /// One picture was looked at. Says whether it waited for that, and its post is still public; otherwise a copy that was
    /// made is nobody's.
    pub async fn looked(
        &mut self,
        job: &Claimed,
        id: &OldPictureId,
        looked: &Looked,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, OldPostError> {
        let post = self.ours(job).await?;
        if post.state != OldState::Public {
            return Ok(false);
        }
        let (state, because, copy, size, faces) = match looked {
            Looked::Ready { copy, width, height, faces } => {
                let faces = i64::try_from(*faces).unwrap_or(i64::MAX);
                (PictureState::Ready, None, Some(copy.clone()), Some((*width, *height)), Some(faces))
            }
            Looked::Missing => (PictureState::Missing, None, None, None, None),
            Looked::Refused(because) => (PictureState::Refused, Some(because.clone()), None, None, None),
            Looked::Stopped => (PictureState::Stopped, None, None, None, None),
        };
        let set = sql(
            "UPDATE old_picture SET state = $1, because = $2, copy_key = $3, width = $4, height = $5, faces = $6
             WHERE id = $7 AND old_post_id = $8 AND state = 'waiting'",
        )
        .bind(state.as_str())
        .bind(because)
        .bind(copy)
        .bind(size.map(|size| i64::from(size.0)))
        .bind(size.map(|size| i64::from(size.1)))
        .bind(faces)
        .bind(id.as_str().to_owned())
        .bind(post.id.as_str().to_owned());
        let kept = self.0.run(set).await? == 1;
        if kept && state == PictureState::Stopped {
            Ledger(self.0).append("old_post.stopped", post.id.as_str(), &(), clock.now(), entropy).await?;
        }
        Ok(kept)
    }

    /// Forgets the copies of a post that is gone, and returns their keys: the files go after the commit.
    pub(super) async fn forget_copies(&mut self, id: &OldPostId) -> Result<Vec<String>, StoreError> {
        let copies = self.pictures(id).await?.into_iter().filter_map(|one| one.copy).collect();
        let forget = sql("UPDATE old_picture SET copy_key = NULL, state = 'missing'
             WHERE old_post_id = $1 AND state IN ('ready', 'waiting')");
        self.0.run(forget.bind(id.as_str().to_owned())).await?;
        Ok(copies)
    }

    /// Whether some picture of a post is stopped by clause 7: only the safeguarding lead says what becomes of it.
    pub(super) async fn is_stopped(&mut self, id: &OldPostId) -> Result<bool, StoreError> {
        Ok(self.pictures(id).await?.iter().any(|one| one.state == PictureState::Stopped))
    }
}

fn picture(row: &AnyRow) -> Result<OldPicture, StoreError> {
    let side = |name: &str| -> Result<Option<u32>, StoreError> {
        let side: Option<i64> = row.raw(name)?;
        side.map(|side| u32::try_from(side).map_err(|_| StoreError::damaged(name))).transpose()
    };
    Ok(OldPicture {
        id: row.read("id", OldPictureId::parse)?,
        post: row.read("old_post_id", OldPostId::parse)?,
        file: row.text("file")?,
        alt_text: row.text("alt_text")?,
        state: row.read("state", PictureState::parse)?,
        because: row.maybe_text("because")?,
        copy: row.maybe_text("copy_key")?,
        size: side("width")?.zip(side("height")?),
        faces: row.raw("faces")?,
    })
}
