//! Posts, photos and faces as they are in the database.

use cleansheet_terms::{
    ActivityId, ChannelId, Date, DepictionId, Network, ParticipantId, PersonId, PhotoId, PostId, Timestamp,
};
use sqlx::any::AnyRow;

use super::{Area, Depiction, Looked, OnRoster, Photo, PhotoState, Post, PostError, Posts, Stage, Who};
use crate::{
    accounts::Accounts,
    activities::{Activities, Participant},
    columns::Columns as _,
    consents::{Consents, Purpose},
    database::{StoreError, sql},
};

macro_rules! select_post {
    ($tail:literal) => {
        concat!(
            "SELECT id, author_id, activity_id, purpose, caption, stage, revision, publish_at_ms, corrects_id,
                 returned_note, made_ms, moved_ms
             FROM post ",
            $tail
        )
    };
}

macro_rules! select_photo {
    ($tail:literal) => {
        concat!(
            "SELECT id, post_id, position, alt_text, given_name, original_key, original_gone_ms, state,
                 refused_because, width, height, nudity, added_ms, removed_ms
             FROM photo ",
            $tail
        )
    };
}

macro_rules! select_depiction {
    ($tail:literal) => {
        concat!(
            "SELECT d.id, d.photo_id, d.x, d.y, d.w, d.h, d.score, d.drawn_by, d.who, d.participant_id, d.adult_name,
                 d.asked_by, d.asked_ms
             FROM depiction d ",
            $tail
        )
    };
}

impl Posts<'_> {
    /// One post.
    pub async fn post(&mut self, id: &PostId) -> Result<Option<Post>, StoreError> {
        let found = sql(select_post!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(post).transpose()
    }

    /// The post that replaces this one, or is meant to: a draft, on its way, or public itself.
    pub(crate) async fn correction_of(&mut self, id: &PostId) -> Result<Option<Post>, StoreError> {
        let found = sql(select_post!(
            "WHERE corrects_id = $1 AND stage <> 'dropped' ORDER BY moved_ms DESC, id DESC LIMIT 1"
        ));
        self.0.row(found.bind(id.as_str().to_owned())).await?.as_ref().map(post).transpose()
    }

    /// The post that goes out where this one did not, or is meant to.
    pub async fn completion_of(&mut self, id: &PostId) -> Result<Option<Post>, StoreError> {
        let found = sql(select_post!(
            "WHERE completes_id = $1 AND stage <> 'dropped' ORDER BY moved_ms DESC, id DESC LIMIT 1"
        ));
        self.0.row(found.bind(id.as_str().to_owned())).await?.as_ref().map(post).transpose()
    }

    /// The ticked channels, by id.
    pub async fn channels_of(&mut self, id: &PostId) -> Result<Vec<ChannelId>, StoreError> {
        let found = sql("SELECT channel_id FROM post_channel WHERE post_id = $1 ORDER BY channel_id");
        let rows = self.0.rows(found.bind(id.as_str().to_owned())).await?;
        rows.iter().map(|row| row.read("channel_id", ChannelId::parse)).collect()
    }

    /// The photos of a post in order, without those that were taken out.
    pub async fn photos(&mut self, id: &PostId) -> Result<Vec<Photo>, StoreError> {
        let found = sql(select_photo!("WHERE post_id = $1 AND removed_ms IS NULL ORDER BY position"));
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(photo).collect()
    }

    /// One photo, also one that was taken out.
    pub async fn photo(&mut self, id: &PhotoId) -> Result<Option<Photo>, StoreError> {
        let found = sql(select_photo!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(photo).transpose()
    }

    /// The faces in a photo, from the top.
    pub async fn depictions(&mut self, id: &PhotoId) -> Result<Vec<Depiction>, StoreError> {
        let found = sql(select_depiction!("WHERE d.photo_id = $1 ORDER BY d.y, d.x, d.id"));
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(depiction).collect()
    }

    /// One face.
    pub async fn depiction(&mut self, id: &DepictionId) -> Result<Option<Depiction>, StoreError> {
        let found = sql(select_depiction!("WHERE d.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(depiction).transpose()
    }

    /// The faces in all photos of a post.
    pub(crate) async fn depictions_in(&mut self, id: &PostId) -> Result<Vec<Depiction>, StoreError> {
        let found = sql(select_depiction!(
            "JOIN photo p ON p.id = d.photo_id WHERE p.post_id = $1 AND p.removed_ms IS NULL
             ORDER BY p.position, d.y, d.x, d.id"
        ));
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(depiction).collect()
    }

    /// Who may be in the picture, by name, and whether they may be shown on every ticked channel on a day in London.
    pub async fn roster(&mut self, id: &PostId, day: Date) -> Result<Vec<OnRoster>, PostError> {
        let post = self.known(id).await?;
        let networks = self.networks(id).await?;
        let mut all = Vec::new();
        for participant in Activities(self.0).roster(&post.activity).await? {
            let may = self.may_appear(&participant, post.purpose, &networks, day).await?;
            all.push(OnRoster { participant, may });
        }
        Ok(all)
    }

    async fn may_appear(
        &mut self,
        participant: &Participant,
        purpose: Purpose,
        networks: &[Network],
        day: Date,
    ) -> Result<bool, PostError> {
        for network in networks {
            let joined = Consents(self.0).joined(&participant.id, purpose, *network, day).await?;
            if !joined.is_yes() {
                return Ok(false);
            }
        }
        Ok(!participant.no_image)
    }

    /// The networks of the ticked channels, each once.
    pub(crate) async fn networks(&mut self, id: &PostId) -> Result<Vec<Network>, StoreError> {
        let mut networks = Vec::new();
        for channel in self.channels_of(id).await? {
            if let Some(channel) = Accounts(self.0).channel(&channel).await? {
                networks.push(channel.network);
            }
        }
        networks.sort();
        networks.dedup();
        Ok(networks)
    }

    pub(crate) async fn known(&mut self, id: &PostId) -> Result<Post, PostError> {
        self.post(id).await?.ok_or_else(|| PostError::Missing(id.clone()))
    }

    /// A photo that is still in its post.
    pub(crate) async fn known_photo(&mut self, id: &PhotoId) -> Result<Photo, PostError> {
        let photo = self.photo(id).await?.filter(|photo| photo.removed.is_none());
        photo.ok_or_else(|| PostError::NoPhoto(id.clone()))
    }
}

pub(super) fn post(row: &AnyRow) -> Result<Post, StoreError> {
    Ok(Post {
        id: row.read("id", PostId::parse)?,
        author: row.read("author_id", PersonId::parse)?,
        activity: row.read("activity_id", ActivityId::parse)?,
        purpose: row.read("purpose", Purpose::parse)?,
        caption: row.text("caption")?,
        stage: row.read("stage", Stage::parse)?,
        revision: row.number("revision")?,
        publish_at: row.maybe_instant("publish_at_ms")?,
        corrects: row.maybe_read("corrects_id", PostId::parse)?,
        returned: row.maybe_text("returned_note")?,
        made: row.instant("made_ms")?,
        moved: row.instant("moved_ms")?,
    })
}

fn photo(row: &AnyRow) -> Result<Photo, StoreError> {
    let state = match row.text("state")?.as_str() {
        "waiting" => PhotoState::Waiting,
        "looking" => PhotoState::Looking,
        "looked" => PhotoState::Looked,
        "refused" => PhotoState::Refused(row.maybe_text("refused_because")?.unwrap_or_default()),
        _ => return Err(StoreError::damaged("state")),
    };
    Ok(Photo {
        id: row.read("id", PhotoId::parse)?,
        post: row.read("post_id", PostId::parse)?,
        position: row.number("position")?,
        alt_text: row.text("alt_text")?,
        given_name: row.text("given_name")?,
        original: row.text("original_key")?,
        original_gone: row.maybe_instant("original_gone_ms")?,
        looked: looked(row)?,
        state,
        added: row.instant("added_ms")?,
        removed: row.maybe_instant("removed_ms")?,
    })
}

/// All three were seen, or none of them.
fn looked(row: &AnyRow) -> Result<Option<Looked>, StoreError> {
    let (width, height): (Option<i64>, Option<i64>) = (row.raw("width")?, row.raw("height")?);
    let nudity: Option<f64> = row.raw("nudity")?;
    let (Some(width), Some(height), Some(nudity)) = (width, height, nudity) else { return Ok(None) };
    let width = u32::try_from(width).map_err(|_| StoreError::damaged("width"))?;
    let height = u32::try_from(height).map_err(|_| StoreError::damaged("height"))?;
    Ok(Some(Looked { width, height, nudity }))
}

fn depiction(row: &AnyRow) -> Result<Depiction, StoreError> {
    let side = |name: &str| row.raw::<f64>(name);
    let who = match row.text("who")?.as_str() {
        "cover" => Who::Cover,
        "roster" => Who::Roster(row.read("participant_id", ParticipantId::parse)?),
        "adult" => Who::Adult {
            name: row.text("adult_name")?,
            asked_by: row.read("asked_by", PersonId::parse)?,
            asked: row.instant("asked_ms")?,
        },
        _ => return Err(StoreError::damaged("who")),
    };
    Ok(Depiction {
        id: row.read("id", DepictionId::parse)?,
        photo: row.read("photo_id", PhotoId::parse)?,
        area: Area { x: side("x")?, y: side("y")?, w: side("w")?, h: side("h")? },
        score: side("score")?,
        drawn_by: row.maybe_read("drawn_by", PersonId::parse)?,
        who,
    })
}

/// Milliseconds for a column.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}
