//! The photos of a post as facts (clauses 7, 8 and 12).

use cleansheet_policy::facts::{self, Picture};
use cleansheet_screening::photo::{LOOK_AT, STOP_AT};

use super::{At, Facts};
use crate::{
    database::StoreError,
    posts::{Depiction, Photo, PhotoState, Posts, Who},
};

impl Facts<'_> {
    pub(super) async fn photos(&mut self, around: &At<'_>) -> Result<Vec<facts::Photo>, StoreError> {
        let mut all = Vec::new();
        for photo in Posts(self.0).photos(&around.post.id).await? {
            let faces = Posts(self.0).depictions(&photo.id).await?;
            let copies = Posts(self.0).renditions(&photo.id).await?;
            all.push(facts::Photo {
                picture: picture(&photo),
                unaccounted_faces: u32::try_from(faces.iter().filter(|face| unaccounted(face)).count())
                    .unwrap_or(u32::MAX),
                has_alt_text: !photo.alt_text.trim().is_empty(),
                rendition_ready: copies.iter().any(|copy| copy.channel == around.channel.id),
                id: photo.id.as_str().to_owned(),
            });
        }
        Ok(all)
    }
}

/// A face that can be seen and has no person behind it. The database allows none; should one be there, nothing leaves.
fn unaccounted(face: &Depiction) -> bool {
    match &face.who {
        Who::Cover | Who::Roster(_) => false,
        Who::Adult { name, .. } => name.trim().is_empty(),
    }
}

/// What the explicit-picture score means. A photo that was refused, or whose score is no number, was not screened.
fn picture(photo: &Photo) -> Picture {
    match (&photo.state, photo.looked) {
        (PhotoState::Looked, Some(looked)) if looked.nudity.is_finite() => {
            if looked.nudity >= STOP_AT {
                Picture::Stopped
            } else if looked.nudity >= LOOK_AT {
                Picture::Look
            } else {
                Picture::Clear
            }
        }
        _ => Picture::Unscreened,
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_policy::facts::Picture;
    use cleansheet_terms::{PhotoId, PostId, Timestamp};

    use super::picture;
    use crate::posts::{Looked, Photo, PhotoState};

    fn photo(state: PhotoState, nudity: Option<f64>) -> Photo {
        Photo {
            id: PhotoId::parse("photo_1").unwrap(),
            post: PostId::parse("post_1").unwrap(),
            position: 1,
            alt_text: String::new(),
            given_name: String::new(),
            original: String::new(),
            original_gone: None,
            state,
            looked: nudity.map(|nudity| Looked { width: 1, height: 1, nudity }),
            added: Timestamp::UNIX_EPOCH,
            removed: None,
        }
    }

    #[test]
    fn a_picture_is_clear_only_when_it_was_looked_at_and_scored_low() {
        let cases = [
            (PhotoState::Looked, Some(0.0), Picture::Clear),
            (PhotoState::Looked, Some(0.199), Picture::Clear),
            (PhotoState::Looked, Some(0.2), Picture::Look),
            (PhotoState::Looked, Some(0.8), Picture::Stopped),
            (PhotoState::Looked, Some(f64::NAN), Picture::Unscreened),
            (PhotoState::Looked, None, Picture::Unscreened),
            (PhotoState::Waiting, Some(0.0), Picture::Unscreened),
            (PhotoState::Looking, Some(0.0), Picture::Unscreened),
            (PhotoState::Refused("no".into()), Some(0.0), Picture::Unscreened),
        ];
        for (state, nudity, expected) in cases {
            assert_eq!(picture(&photo(state.clone(), nudity)), expected, "{state:?} {nudity:?}");
        }
    }
}
