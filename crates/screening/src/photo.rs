//! Photos: every face found, an explicit-picture score, and copies that can be published.
//!
//! No byte of a photo is interpreted in this process. [`PhotoScreener`] hands it to a child that has locked itself down
//! ([`crate::worker`]); pixels go on to one long-lived model worker, locked down as well. Detection only: nothing here
//! knows who anybody is.

use std::path::PathBuf;

pub(crate) mod boxes;
mod cover;
pub(crate) mod decode;
mod exif;
pub mod findings;
mod fit;
pub mod folder;
pub(crate) mod kind;
pub(crate) mod picture;
pub mod report;
mod screener;
pub(crate) mod search;
mod walk;

pub use kind::{Kind, LARGEST_BYTES, LARGEST_PIXELS, accept};
pub use screener::{PhotoScreener, Screened, Took};

/// From this explicit-picture score on, a person has to look (0..=1).
///
/// Of 97 development pictures, none of them explicit, one video call scores 0.31, and 0.90 with rain drawn over it; the rest
/// stay below 0.2. How many explicit pictures it finds was never measured, because nobody should collect such pictures: the approver's
/// own eyes are the other half of this check.
pub const LOOK_AT: f64 = 0.2;

/// From this explicit-picture score on, the photo is stopped without being shown to anybody (0..=1).
pub const STOP_AT: f64 = 0.8;

/// Longer side of the copy that the models look at, in pixels; a larger picture is scaled down before it leaves the
/// decoder.
pub(crate) const PREVIEW_SIDE: u32 = 2048;

/// What a [`PhotoScreener`] needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program that runs [`crate::worker::child_main`] when it is started with `screen-worker …`.
    pub program: PathBuf,
    /// The folder with ONNX Runtime and the models, see [`crate::models`].
    pub models: PathBuf,
    /// How many threads the model worker uses for one photo.
    pub threads: usize,
    /// How many photos may be decoded or looked at at the same time, at least 1; the others wait for their turn.
    pub at_once: usize,
    /// The children stand back when others want the processor.
    pub gently: bool,
}

/// What was seen in a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Width of the upright, full-size picture in pixels.
    pub width: u32,
    /// Height of the upright, full-size picture in pixels.
    pub height: u32,
    /// Every face, from the top left; all of them may be people.
    pub faces: Vec<PhotoFace>,
    /// Explicit-picture score, 0..=1; see [`LOOK_AT`] and [`STOP_AT`].
    pub nudity: f64,
}

/// A face, in pixels of the upright, full-size picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhotoFace {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
    /// How sure the detector is, 0..=1.
    pub score: f64,
}

/// A face to make unrecognisable, in pixels of the upright, full-size picture. What is covered is a little larger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cover {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// What a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The longer side is at most this many pixels; a smaller picture is left as it is.
    pub side_px: u32,
    /// The file is at most this many bytes.
    pub bytes: usize,
    /// The shapes that are taken; `None` for any. A picture of another shape gets plain margins: nothing is cut off, so
    /// that nobody is left out and what is covered stays covered.
    pub shape: Option<Shape>,
}

/// Shapes between two, each a width and a height that are not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The tallest that is taken, for example `(4, 5)`.
    pub tallest: (u32, u32),
    /// The widest that is taken, for example `(191, 100)`.
    pub widest: (u32, u32),
}

/// A copy that can be published: upright, covered, re-encoded, with no metadata of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The JPEG file.
    pub jpeg: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Why a photo was not looked at or not rendered. Never means that it is clean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// The photo: one sentence that says what to do instead. The same photo is refused again.
    #[error("{0}")]
    Refused(String),
    /// A model is missing or damaged: one sentence that says what to do.
    #[error("{0}")]
    Models(String),
    /// The worker: the same photo may pass when it is tried again.
    #[error("the photo worker stopped in the middle ({0}); try again")]
    Worker(String),
}

/// The copy that can be published: covered at full size, then fitted and encoded. Runs only in the locked-down child.
///
/// `None` when a cover is no box or nothing useful fits; then nothing may be published.
pub(crate) fn rendered(mut picture: picture::Picture, covers: &[Cover], limits: Fit) -> Option<Rendered> {
    cover::cover(&mut picture, covers)?;
    fit::fit(&picture, limits)
}
