//! Making a face unrecognisable for good.
//!
//! A light blur can be computed back; so what is put in the place of a face is made of very few numbers: the averages of
//! at most [`CELLS`] by [`CELLS`] cells, drawn half-way to the average of the whole. Measured with the scorer of our
//! development pictures, next to nothing of the detail that tells faces apart is left.

use super::{Cover, picture::Picture};

/// How much is covered beyond the face, on each side, as a share of its width and height: ears, hair, and a box that sits
/// a little off.
const MARGIN: f64 = 0.15;

/// The same in pixels, for the smallest faces.
const MARGIN_PX: f64 = 2.0;

/// Cells along the longer side of what is covered.
const CELLS: u32 = 5;

/// How wide the soft edge is, as a share of the shorter side; it lies in the margin, never on the face.
const SOFT: f64 = 0.05;

/// How round the corners are, as a share of the shorter side; the corners of the face's own box stay covered.
const ROUND: f64 = 0.25;

/// Covers every face for good.
///
/// `None` when a box is no box (not a number, or without size): then nothing may be published.
pub(super) fn cover(picture: &mut Picture, covers: &[Cover]) -> Option<()> {
    // Two rounds, so that no cell takes its colour from a neighbour's face that is still open.
    for _ in 0..2 {
        for face in covers {
            if let Some(patch) = Patch::around(face, picture)? {
                patch.paint(picture);
            }
        }
    }
    Some(())
}

/// The part of a picture that is painted over, in whole pixels.
struct Patch {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
    /// The rounded rectangle, before it is cut at the picture's edge.
    shape: [f64; 4],
}

impl Patch {
    /// `None` for what is no box, `Some(None)` for a box outside the picture.
    fn around(face: &Cover, picture: &Picture) -> Option<Option<Self>> {
        let Cover { x, y, w, h } = *face;
        if ![x, y, w, h].into_iter().all(f64::is_finite) || w <= 0.0 || h <= 0.0 {
            return None;
        }
        let (aside, above) = ((MARGIN * w).max(MARGIN_PX), (MARGIN * h).max(MARGIN_PX));
        let shape = [x - aside, y - above, x + w + aside, y + h + above];
        let [left, top, right, bottom] = shape;
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        let (left, right) = (left.floor().clamp(0.0, width), right.ceil().clamp(0.0, width));
        let (top, bottom) = (top.floor().clamp(0.0, height), bottom.ceil().clamp(0.0, height));
        if left >= right || top >= bottom {
            return Some(None);
        }
        let [left, top, right, bottom] = [left, top, right, bottom].map(|edge| edge as u32);
        Some(Some(Self { left, top, right, bottom, shape }))
    }

    fn paint(&self, picture: &mut Picture) {
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        let cell = width.max(height).div_ceil(CELLS).max(1);
        let all = average(picture, self.left..self.right, self.top..self.bottom);
        let columns: Vec<u32> = (self.left..self.right).step_by(cell as usize).collect();
        for top in (self.top..self.bottom).step_by(cell as usize) {
            let bottom = (top + cell).min(self.bottom);
            for left in &columns {
                let right = (left + cell).min(self.right);
                let own = average(picture, *left..right, top..bottom);
                let colour = [0, 1, 2].map(|channel: usize| {
                    let of = |colour: &[f64; 3]| colour.get(channel).copied().unwrap_or_default();
                    (of(&own) + of(&all)) / 2.0
                });
                for y in top..bottom {
                    for (x, pixel) in (*left..right).zip(picture.row_mut(y, *left, right)) {
                        let share = self.share(f64::from(x) + 0.5, f64::from(y) + 0.5);
                        for (byte, colour) in pixel.iter_mut().zip(colour) {
                            *byte = (f64::from(*byte) + (colour - f64::from(*byte)) * share).round() as u8;
                        }
                    }
                }
            }
        }
    }

    /// How much of a point is painted over: 1 inside, 0 outside the rounded shape, in between on its soft edge.
    fn share(&self, x: f64, y: f64) -> f64 {
        let [left, top, right, bottom] = self.shape;
        let shorter = (right - left).min(bottom - top);
        let radius = ROUND * shorter;
        // Distance to the shape's edge, positive inside.
        let out_x = (left + radius - x).max(x - (right - radius)).max(0.0);
        let out_y = (top + radius - y).max(y - (bottom - radius)).max(0.0);
        let inside =
            if out_x > 0.0 && out_y > 0.0 { radius - out_x.hypot(out_y) } else { radius - out_x.max(out_y) };
        (inside / (SOFT * shorter).max(0.5)).clamp(0.0, 1.0)
    }
}

fn average(picture: &Picture, columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> [f64; 3] {
    let mut sums = [0_u64; 3];
    let mut count = 0_u64;
    for y in rows {
        for pixel in picture.row(y, columns.start, columns.end) {
            sums.iter_mut().zip(pixel).for_each(|(sum, byte)| *sum += u64::from(*byte));
            count += 1;
        }
    }
    sums.map(|sum| sum as f64 / count.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cover, cover};
    use crate::photo::picture::Picture;

    /// Fine stripes of black and white, the detail that must go.
    fn stripes(width: u32, height: u32) -> Picture {
        let rgb = (0..height)
            .flat_map(|_| (0..width).flat_map(|x| [if x % 2 == 0 { 0 } else { 255 }; 3]))
            .collect();
        Picture::new(width, height, rgb).unwrap()
    }

    fn steps(picture: &Picture, face: &Cover) -> i32 {
        let (left, right) = (face.x.ceil() as u32, (face.x + face.w).floor() as u32);
        (face.y.ceil() as u32..(face.y + face.h).floor() as u32)
            .flat_map(|y| {
                picture
                    .row(y, left, right)
                    .windows(2)
                    .map(|two| (i32::from(two[0][0]) - i32::from(two[1][0])).abs())
                    .collect::<Vec<_>>()
            })
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn nothing_fine_is_left_of_a_face_and_the_rest_is_untouched() {
        let before = stripes(200, 160);
        let mut after = before.clone();
        let face = Cover { x: 60.0, y: 50.0, w: 70.0, h: 80.0 };
        cover(&mut after, &[face]).unwrap();
        assert!(steps(&before, &face) == 255);
        assert!(steps(&after, &face) <= 12, "{}", steps(&after, &face));
        assert_eq!(before.row(10, 0, 200), after.row(10, 0, 200));
        assert_eq!(before.row(90, 0, 40), after.row(90, 0, 40));
    }

    #[test]
    fn what_is_no_box_stops_everything() {
        let mut picture = stripes(20, 20);
        for face in [
            Cover { x: f64::NAN, y: 0.0, w: 5.0, h: 5.0 },
            Cover { x: 0.0, y: 0.0, w: 0.0, h: 5.0 },
            Cover { x: 0.0, y: 0.0, w: 5.0, h: f64::INFINITY },
        ] {
            assert_eq!(cover(&mut picture, &[face]), None);
        }
    }

    proptest! {
        #[test]
        fn a_face_is_told_by_no_more_than_a_few_colours(
            x in -20.0_f64..120.0, y in -20.0_f64..120.0, w in 1.0_f64..90.0, h in 1.0_f64..90.0, seed in any::<u8>(),
        ) {
            let rgb = (0..100_u32 * 100 * 3).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed).collect();
            let mut picture = Picture::new(100, 100, rgb).unwrap();
            let face = Cover { x, y, w, h };
            cover(&mut picture, &[face]).unwrap();
            let (left, right) = (x.max(0.0).ceil() as u32, (x + w).clamp(0.0, 100.0).floor() as u32);
            let (top, bottom) = (y.max(0.0).ceil() as u32, (y + h).clamp(0.0, 100.0).floor() as u32);
            let mut colours = std::collections::HashSet::new();
            for row in top..bottom {
                if left < right {
                    colours.extend(picture.row(row, left, right).iter().copied());
                }
            }
            prop_assert!(colours.len() <= 25, "{} colours", colours.len());
        }
    }
}
