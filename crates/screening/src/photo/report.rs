//! The report of `cleansheet screen photos`: its shape is a contract with programs that read it.

use std::time::Duration;

use cleansheet_terms::Severity;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::{PhotoFace, Took};
use crate::finding::{Finding, Place};

/// The whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// One entry for each photo, in the order of their names.
    pub photos: Vec<PhotoReport>,
    /// Counts.
    pub totals: Totals,
}

/// Counts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Totals {
    /// Photos in the report.
    pub photos: usize,
    /// With a copy.
    pub accepted: usize,
    /// Without.
    pub refused: usize,
    /// Of the refused, those that could not be read, written or looked at; the exit code is 1 when there are any.
    pub unreadable: usize,
    /// Faces found.
    pub faces: usize,
    /// Photos that a person has to look at, or that cannot be published.
    pub held: usize,
    /// Files that are no pictures by name, links and the like.
    pub passed_over: usize,
    /// How long the run took.
    pub seconds: f64,
}

/// What came of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// There is a copy.
    Accepted,
    /// There is none, and a reason.
    Refused,
}

/// One photo of the report.
#[derive(Debug, Clone, Serialize)]
pub struct PhotoReport {
    /// Its path from the folder that was given.
    pub file: String,
    /// What came of it.
    pub status: Status,
    /// Why it was refused, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Width of the upright picture in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height of the upright picture in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Every face, in pixels of the upright, full-size picture.
    pub faces: Vec<FaceReport>,
    /// Explicit-picture score, 0..=1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nudity: Option<f64>,
    /// What the policy has to say about it.
    #[serde(serialize_with = "spoken")]
    pub findings: Vec<Finding>,
    /// The copy's file name in the folder of the copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rendition: Option<String>,
    /// Where the time went.
    pub ms: Milliseconds,
    /// It is not the photo's fault: it could not be read, written or looked at.
    #[serde(skip)]
    pub(super) unreadable: bool,
}

/// A face of the report, rounded to what means something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FaceReport {
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

/// Where the time went, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Milliseconds {
    /// Starting the child, decoding, turning upright.
    pub decode: f64,
    /// Finding faces and scoring.
    pub detect: f64,
    /// Covering and encoding.
    pub render: f64,
}

impl Report {
    pub(super) fn of(photos: Vec<PhotoReport>, passed_over: usize, took: Duration) -> Self {
        let accepted = photos.iter().filter(|photo| photo.status == Status::Accepted).count();
        let totals = Totals {
            photos: photos.len(),
            accepted,
            refused: photos.len() - accepted,
            unreadable: photos.iter().filter(|photo| photo.unreadable).count(),
            faces: photos.iter().map(|photo| photo.faces.len()).sum(),
            held: photos
                .iter()
                .filter(|photo| photo.findings.iter().any(|f| f.severity >= Severity::Hold))
                .count(),
            passed_over,
            seconds: rounded(took.as_secs_f64(), 3),
        };
        Self { photos, totals }
    }
}

impl PhotoReport {
    /// Refused for what it is.
    pub(super) fn refused(file: &str, reason: String) -> Self {
        Self {
            file: file.to_owned(),
            status: Status::Refused,
            reason: Some(reason),
            width: None,
            height: None,
            faces: Vec::new(),
            nudity: None,
            findings: Vec::new(),
            rendition: None,
            ms: Milliseconds::default(),
            unreadable: false,
        }
    }

    /// Refused because nobody could look.
    pub(super) fn unreadable(file: &str, reason: String) -> Self {
        Self { unreadable: true, ..Self::refused(file, reason) }
    }
}

impl From<&PhotoFace> for FaceReport {
    fn from(face: &PhotoFace) -> Self {
        let PhotoFace { x, y, w, h, score } = *face;
        Self {
            x: rounded(x, 1),
            y: rounded(y, 1),
            w: rounded(w, 1),
            h: rounded(h, 1),
            score: rounded(score, 3),
        }
    }
}

impl Milliseconds {
    pub(super) fn of(took: &Took) -> Self {
        let ms = |time: Duration| rounded(time.as_secs_f64() * 1e3, 1);
        Self { decode: ms(took.decode), detect: ms(took.detect), render: ms(took.render) }
    }
}

fn rounded(number: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (number * factor).round() / factor
}

/// Findings as `cleansheet screen text` writes them; `box` where it is about one face.
fn spoken<S: Serializer>(findings: &[Finding], to: S) -> Result<S::Ok, S::Error> {
    struct Spoken<'f>(&'f Finding);
    impl Serialize for Spoken<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let finding = self.0;
            let mut map = to.serialize_map(None)?;
            map.serialize_entry("clause", &finding.clause)?;
            map.serialize_entry("kind", &finding.kind)?;
            map.serialize_entry("severity", &finding.severity)?;
            map.serialize_entry("say", &finding.say)?;
            map.serialize_entry("remedy", &finding.remedy)?;
            map.serialize_entry("rule", &finding.rule)?;
            map.serialize_entry("confidence", &rounded(finding.confidence.into(), 3))?;
            if let Place::Photo { bounds: Some(bounds), .. } = &finding.place {
                map.serialize_entry("box", bounds)?;
            }
            map.end()
        }
    }
    to.collect_seq(findings.iter().map(Spoken))
}
