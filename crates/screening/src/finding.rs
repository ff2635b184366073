//! What a check saw: in the words or in a photo.

use std::borrow::Cow;

use cleansheet_terms::{Clause, Severity};
use serde::{Deserialize, Serialize};

/// One thing a check saw, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's stable name, as its fixtures' folder.
    pub check: Cow<'static, str>,
    /// What sort of thing it is, such as `profanity` or `phone`.
    pub kind: Cow<'static, str>,
    /// The clause it is about.
    pub clause: Clause,
    /// What it does to the post by itself.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// How sure the check is, 0..=1.
    pub confidence: f32,
    /// The rule that spoke, so that the approver sees why and the ledger can replay it.
    pub rule: String,
    /// One sentence: what is the matter. Never repeats a secret number.
    pub say: String,
    /// What to do next.
    pub remedy: String,
    /// Text to put in its place, where there is one; empty takes the words out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// Which text of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The caption, or the message.
    Caption,
    /// The alt text of the photo with this index, from 0.
    AltText(usize),
    /// The file name of the photo with this index, from 0.
    FileName(usize),
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A half-open range of Unicode code points of a text as given.
    Text {
        /// Which text.
        field: Field,
        /// First code point.
        start: usize,
        /// One past the last code point.
        end: usize,
    },
    /// A photo, or a box in it.
    Photo {
        /// Index of the photo, from 0.
        photo: usize,
        /// The box; none means the whole photo.
        bounds: Option<Bounds>,
    },
}

/// A box in pixels of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

impl Place {
    /// For ordering: texts first (caption, alt texts, file names), then photos.
    pub fn order(&self) -> (u8, usize, usize, usize) {
        match self {
            Self::Text { field, start, end } => {
                let (rank, photo) = match field {
                    Field::Caption => (0, 0),
                    Field::AltText(photo) => (1, *photo),
                    Field::FileName(photo) => (2, *photo),
                };
                (rank, photo, *start, *end)
            }
            Self::Photo { photo, bounds } => {
                (3, *photo, bounds.map_or(0, |b| b.y as usize), bounds.map_or(0, |b| b.x as usize))
            }
        }
    }

    /// The code points, when it is a text.
    pub fn span(&self) -> Option<(usize, usize)> {
        match self {
            Self::Text { start, end, .. } => Some((*start, *end)),
            Self::Photo { .. } => None,
        }
    }
}
