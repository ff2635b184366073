//! Boxes around faces, and which of them are the same face.

/// More faces than this in one picture are not boxed but refused: nobody can account for them one by one.
pub(super) const MOST_FACES: usize = 2000;

/// Two boxes are one face when they share this much of what they cover together.
const SAME_BY_UNION: f32 = 0.3;

/// Two boxes are one face when this much of the smaller one lies inside the larger.
const SAME_BY_SMALLER: f32 = 0.7;

/// A box with a score, in pixels of some picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) w: f32,
    pub(crate) h: f32,
    /// 0..=1
    pub(crate) score: f32,
}

impl Spot {
    fn area(&self) -> f32 {
        self.w * self.h
    }

    fn shared(&self, other: &Self) -> f32 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }

    /// Whether both are around the same face.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let shared = self.shared(other);
        shared > SAME_BY_UNION * (self.area() + other.area() - shared)
            || shared > SAME_BY_SMALLER * self.area().min(other.area())
    }

    /// The box in a picture `factor_x` times as wide and `factor_y` times as high.
    pub(super) fn scaled(&self, factor_x: f32, factor_y: f32) -> Self {
        let (x, w) = (self.x * factor_x, self.w * factor_x);
        let (y, h) = (self.y * factor_y, self.h * factor_y);
        Self { x, y, w, h, score: self.score }
    }

    /// The part inside a picture of this size; `None` when nothing is left.
    pub(super) fn clipped(&self, width: f32, height: f32) -> Option<Self> {
        let (left, top) = (self.x.clamp(0.0, width), self.y.clamp(0.0, height));
        let right = (self.x + self.w).clamp(0.0, width);
        let bottom = (self.y + self.h).clamp(0.0, height);
        (right > left && bottom > top).then_some(Self {
            x: left,
            y: top,
            w: right - left,
            h: bottom - top,
            score: self.score,
        })
    }

    /// A box found in a picture turned right, in the picture before; `height` is of the picture before.
    pub(super) fn turned_back_from_right(&self, height: f32) -> Self {
        Self { x: self.y, y: height - self.x - self.w, w: self.h, h: self.w, score: self.score }
    }

    /// A box found in a picture turned left, in the picture before; `width` is of the picture before.
    pub(super) fn turned_back_from_left(&self, width: f32) -> Self {
        Self { x: width - self.y - self.h, y: self.x, w: self.h, h: self.w, score: self.score }
    }
}

/// One box for each face: of boxes around the same face the one with the highest score stays.
///
/// `None` when there are more than [`MOST_FACES`].
pub(crate) fn merged(mut spots: Vec<Spot>) -> Option<Vec<Spot>> {
    spots.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut kept: Vec<Spot> = Vec::new();
    for spot in spots {
        if !kept.iter().any(|other| other.is_same(&spot)) {
            if kept.len() == MOST_FACES {
                return None;
            }
            kept.push(spot);
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Spot, merged};

    fn spot(x: f32, y: f32, w: f32, h: f32, score: f32) -> Spot {
        Spot { x, y, w, h, score }
    }

    #[test]
    fn of_boxes_around_one_face_the_surest_stays() {
        let sure = spot(100.0, 100.0, 50.0, 60.0, 0.9);
        let shifted = spot(105.0, 104.0, 50.0, 60.0, 0.6);
        let inside = spot(110.0, 110.0, 15.0, 15.0, 0.5);
        let elsewhere = spot(300.0, 100.0, 50.0, 60.0, 0.4);
        assert_eq!(merged(vec![shifted, inside, elsewhere, sure]), Some(vec![sure, elsewhere]));
    }

    #[test]
    fn two_faces_side_by_side_stay_two() {
        let left = spot(0.0, 0.0, 50.0, 60.0, 0.9);
        let right = spot(40.0, 0.0, 50.0, 60.0, 0.8);
        assert_eq!(merged(vec![left, right]).unwrap().len(), 2);
    }

    #[test]
    fn too_many_faces_are_refused_rather_than_forgotten() {
        let crowd = (0..2001).map(|n| spot(n as f32 * 10.0, 0.0, 9.0, 9.0, 0.5)).collect();
        assert_eq!(merged(crowd), None);
    }

    proptest! {
        #[test]
        fn a_box_comes_back_from_a_turn(x in 0.0_f32..90.0, y in 0.0_f32..40.0, w in 1.0_f32..10.0, h in 1.0_f32..10.0) {
            // In a picture of 100 by 50, turned right: (x, y) lies at (50 - y, x); turned left: at (y, 100 - x).
            let right = spot(50.0 - y - h, x, h, w, 0.5).turned_back_from_right(50.0);
            let left = spot(y, 100.0 - x - w, h, w, 0.5).turned_back_from_left(100.0);
            for back in [right, left] {
                prop_assert!((back.x - x).abs() < 1e-3 && (back.y - y).abs() < 1e-3);
                prop_assert!((back.w - w).abs() < 1e-6 && (back.h - h).abs() < 1e-6);
            }
        }

        #[test]
        fn no_two_kept_boxes_are_the_same_face(all in proptest::collection::vec((0.0_f32..100.0, 0.0_f32..100.0, 1.0_f32..40.0, 0.0_f32..1.0), 0..40)) {
            let kept = merged(all.into_iter().map(|(x, y, side, score)| spot(x, y, side, side, score)).collect()).unwrap();
            for (at, one) in kept.iter().enumerate() {
                prop_assert!(kept.iter().skip(at + 1).all(|other| !one.is_same(other)));
            }
        }
    }
}
