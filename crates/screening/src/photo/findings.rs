//! What a photo means for the policy, before anybody has said who is in it.

use cleansheet_terms::{Clause, Severity};

use super::{LOOK_AT, Looked, PhotoFace, STOP_AT};
use crate::finding::{Bounds, Finding, Place};

/// What has to be said about a picture as a whole: the explicit-picture score.
///
/// - `photo`: index of the photo in its post, from 0.
pub fn findings(looked: &Looked, photo: usize) -> Vec<Finding> {
    let (severity, rule, say, remedy) = if looked.nudity >= STOP_AT {
        (
            Severity::Block,
            "explicit-picture/stop",
            "this looks like an explicit picture; it cannot be published",
            "Take another picture. If this one is not explicit, ask the Manager; if it shows a child, tell the safeguarding lead at once and send it to nobody.",
        )
    } else if looked.nudity >= LOOK_AT {
        (
            Severity::Hold,
            "explicit-picture/look",
            "this may be a picture with a lot of bare skin",
            "A second person has to look at it and say that it is fit to be published.",
        )
    } else {
        return Vec::new();
    };
    vec![Finding {
        check: "explicit-picture".into(),
        kind: "explicit-picture".into(),
        clause: Clause::known::<7>(),
        severity,
        place: Place::Photo { photo, bounds: None },
        confidence: looked.nudity as f32,
        rule: rule.to_owned(),
        say: say.to_owned(),
        remedy: remedy.to_owned(),
        fix: None,
    }]
}

/// A face that stays open, and nobody has said whose it is.
pub fn open_face(face: &PhotoFace, photo: usize) -> Finding {
    let bounds =
        Bounds { x: face.x as u32, y: face.y as u32, w: face.w.ceil() as u32, h: face.h.ceil() as u32 };
    Finding {
        check: "faces".into(),
        kind: "open-face".into(),
        clause: Clause::known::<8>(),
        severity: Severity::Hold,
        place: Place::Photo { photo, bounds: Some(bounds) },
        confidence: face.score as f32,
        rule: "faces/open".to_owned(),
        say: "this face is shown, and nobody has said whose it is".to_owned(),
        remedy: "Cover it, or make sure that the person agreed, and for a child a parent or guardian."
            .to_owned(),
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(nudity: f64) -> Vec<Finding> {
        findings(&Looked { width: 10, height: 10, faces: Vec::new(), nudity }, 0)
    }

    #[test]
    fn an_explicit_picture_is_held_first_and_stopped_when_the_score_is_high() {
        assert!(scored(0.19).is_empty());
        assert_eq!(scored(LOOK_AT)[0].severity, Severity::Hold);
        assert_eq!(scored(STOP_AT)[0].severity, Severity::Block);
        assert_eq!(scored(1.0)[0].clause.number(), 7);
    }
}
