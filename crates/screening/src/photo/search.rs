//! Where the face detector looks, and what its answers mean.
//!
//! One look at the whole picture, at most [`LOOK`] pixels long; two more at half size with the picture turned a quarter
//! either way, because nearly all faces that the first look misses lie on their side; and a closer one where that costs
//! little or where faces are small or many, because a crowd has faces that are smaller still.
//!
//! Measured on 48 development pictures with 224 faces, and on 34 with one hardship each (night, rain, tilt, goal net): the
//! plain faces 1.000 and 0.965 found, those that are tiny, hidden or cut off among them 0.987 and 0.915, at a precision
//! of 0.987 and 0.986. Without the closer look 0.973 and 0.902 of all.
//! What is left are faces behind nets.

use super::{
    boxes::{Spot, merged},
    picture::{Picture, Scaling},
};

/// Longer side of the first look, in pixels.
const LOOK: u32 = 1280;

/// How much larger the closer look is.
const CLOSER: f32 = 1.6;

/// A picture up to this many pixels long gets a closer look in any case: it costs less than the first look at a large one.
const SMALL_PICTURE: u32 = 640;

/// A face smaller than this in the first look, in pixels, has others near it that are smaller still.
const SMALL_FACE: f32 = 32.0;

/// So many faces are a crowd.
const CROWD: usize = 8;

/// The detector's stride: sides are multiples of this.
const STRIDE: u32 = 32;

/// Pixels of the input for each cell of the answer.
const CELL: f32 = 4.0;

/// From this score on, something is a face in the first look.
const SURE: f32 = 0.3;

/// The same in the looks at the turned picture, where more things look like faces.
const SURE_TURNED: f32 = 0.45;

/// The same in the closer look, for the same reason.
const SURE_CLOSER: f32 = 0.4;

/// How the picture is held in a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Upright,
    Right,
    Left,
}

/// One look: a picture as the detector takes it, and how to read the answer.
pub(crate) struct Look {
    /// Sides are multiples of [`STRIDE`].
    pub(crate) picture: Picture,
    turn: Turn,
    sure: f32,
}

/// The detector's answer to one look: planes of `rows` by `columns` cells.
pub(crate) struct Answer<'m> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// How much each cell looks like the middle of a face, 0..=1: one plane.
    pub(crate) heat: &'m [f32],
    /// Logarithm of height and width, in cells: two planes.
    pub(crate) size: &'m [f32],
    /// Where in the cell the middle is, down and across: two planes.
    pub(crate) offset: &'m [f32],
}

/// The looks at a picture, in order.
pub(crate) fn looks(picture: &Picture) -> Option<Vec<Look>> {
    let (width, height) = picture.size_within(LOOK);
    let first = scaled(picture, width, height)?;
    let half = scaled(&first, (width / 2).max(1), (height / 2).max(1))?;
    Some(vec![
        Look { turn: Turn::Right, sure: SURE_TURNED, picture: half.turned_right() },
        Look { turn: Turn::Left, sure: SURE_TURNED, picture: half.turned_left() },
        Look { turn: Turn::Upright, sure: SURE, picture: first },
    ])
}

/// A closer look, if what the first ones saw calls for it; `spots` are in pixels of `picture`.
pub(crate) fn closer(picture: &Picture, spots: &[Spot]) -> Option<Look> {
    let (width, height) = picture.size_within(LOOK);
    let factor = width as f32 / picture.width() as f32;
    let small = |spot: &Spot| spot.w.max(spot.h) * factor < SMALL_FACE;
    if width.max(height) > SMALL_PICTURE && spots.len() < CROWD && !spots.iter().any(small) {
        return None;
    }
    let larger = |side: u32| (side as f32 * CLOSER).round() as u32;
    Some(Look {
        turn: Turn::Upright,
        sure: SURE_CLOSER,
        picture: scaled(picture, larger(width), larger(height))?,
    })
}

/// A copy whose sides are the next multiples of [`STRIDE`].
fn scaled(picture: &Picture, width: u32, height: u32) -> Option<Picture> {
    picture.scaled(width.next_multiple_of(STRIDE), height.next_multiple_of(STRIDE), Scaling::Even)
}

impl Look {
    /// The faces in an answer, in pixels of a picture of `width` by `height`, the one that was looked at.
    ///
    /// `None` when the answer is not of the size that belongs to the look.
    pub(crate) fn spots(&self, answer: &Answer<'_>, width: u32, height: u32) -> Option<Vec<Spot>> {
        let cells = answer.rows.checked_mul(answer.columns)?;
        if answer.heat.len() != cells || answer.size.len() != 2 * cells || answer.offset.len() != 2 * cells {
            return None;
        }
        let (heights, widths) = answer.size.split_at_checked(cells)?;
        let (downs, acrosses) = answer.offset.split_at_checked(cells)?;
        let upright = match self.turn {
            Turn::Upright => (self.picture.width(), self.picture.height()),
            Turn::Right | Turn::Left => (self.picture.height(), self.picture.width()),
        };
        let factors = (width as f32 / upright.0 as f32, height as f32 / upright.1 as f32);
        let mut spots = Vec::new();
        for (at, score) in answer.heat.iter().enumerate() {
            if *score < self.sure {
                continue;
            }
            let (row, column) = ((at / answer.columns) as f32, (at % answer.columns) as f32);
            let (h, w) = (heights.get(at)?.exp() * CELL, widths.get(at)?.exp() * CELL);
            let (down, across) = (downs.get(at)?, acrosses.get(at)?);
            let x = (column + across + 0.5) * CELL - w / 2.0;
            let y = (row + down + 0.5) * CELL - h / 2.0;
            let spot = Spot { x, y, w, h, score: score.min(1.0) };
            let spot = match self.turn {
                Turn::Upright => spot,
                Turn::Right => spot.turned_back_from_right(upright.1 as f32),
                Turn::Left => spot.turned_back_from_left(upright.0 as f32),
            };
            spots.extend(spot.scaled(factors.0, factors.1).clipped(width as f32, height as f32));
        }
        merged(spots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32) -> Picture {
        Picture::new(width, height, vec![128; (width * height * 3) as usize]).unwrap()
    }

    /// An answer with one face: middle in the given cell, as large as asked, in pixels of the look.
    fn one_face(look: &Look, row: usize, column: usize, h: f32, w: f32, score: f32) -> Vec<Spot> {
        let (rows, columns) = (look.picture.height() as usize / 4, look.picture.width() as usize / 4);
        let cells = rows * columns;
        let mut heat = vec![0.0; cells];
        let mut size = vec![0.0; cells * 2];
        let offset = vec![0.0; cells * 2];
        let at = row * columns + column;
        heat[at] = score;
        size[at] = (h / CELL).ln();
        size[cells + at] = (w / CELL).ln();
        look.spots(&Answer { rows, columns, heat: &heat, size: &size, offset: &offset }, 2560, 1920).unwrap()
    }

    #[test]
    fn a_picture_is_looked_at_upright_and_turned_both_ways() {
        let looks = looks(&grey(2560, 1920)).unwrap();
        let sizes: Vec<_> = looks.iter().map(|look| (look.picture.width(), look.picture.height())).collect();
        assert_eq!(sizes, [(480, 640), (480, 640), (1280, 960)]);
    }

    #[test]
    fn a_face_is_where_the_answer_says_in_every_look() {
        // Upright, half of the picture's size; turned, a quarter. The face's middle: cell (60, 80) of 240 by 320.
        for look in looks(&grey(2560, 1920)).unwrap() {
            let (spot, middle) = match look.turn {
                Turn::Upright => (one_face(&look, 60, 80, 48.0, 40.0, 0.8), (644.0, 484.0)),
                // Turned right, what was left is up: the middle lies 161 down, 480 - 121 across.
                Turn::Right => (one_face(&look, 40, 89, 20.0, 24.0, 0.8), (648.0, 488.0)),
                Turn::Left => (one_face(&look, 119, 30, 20.0, 24.0, 0.8), (648.0, 488.0)),
            };
            let spot = spot[0];
            assert!((spot.x + spot.w / 2.0 - middle.0).abs() < 1.0, "{:?} {spot:?}", look.turn);
            assert!((spot.y + spot.h / 2.0 - middle.1).abs() < 1.0, "{:?} {spot:?}", look.turn);
            assert!((spot.w - 80.0).abs() < 1.0 && (spot.h - 96.0).abs() < 1.0, "{:?} {spot:?}", look.turn);
        }
    }

    #[test]
    fn what_the_detector_is_not_sure_of_is_no_face() {
        let looks = looks(&grey(2560, 1920)).unwrap();
        assert!(one_face(&looks[0], 40, 89, 20.0, 24.0, 0.4).is_empty());
        assert_eq!(one_face(&looks[2], 60, 80, 48.0, 40.0, 0.4).len(), 1);
    }

    #[test]
    fn an_answer_of_another_size_is_refused() {
        let looks = looks(&grey(64, 64)).unwrap();
        let answer =
            Answer { rows: 16, columns: 16, heat: &[0.0; 256], size: &[0.0; 300], offset: &[0.0; 512] };
        assert!(looks[2].spots(&answer, 64, 64).is_none());
    }

    #[test]
    fn small_pictures_small_faces_and_crowds_get_a_closer_look() {
        let large = grey(2560, 1920);
        let face = |side| Spot { x: 0.0, y: 0.0, w: side, h: side, score: 0.9 };
        assert!(closer(&large, &[face(100.0)]).is_none());
        assert_eq!(closer(&large, &[face(100.0), face(60.0)]).unwrap().picture.width(), 2048);
        assert!(closer(&large, &[face(100.0); 8]).is_some());
        assert_eq!(closer(&grey(640, 480), &[]).unwrap().picture.width(), 1024);
    }

    #[test]
    fn even_one_pixel_can_be_looked_at() {
        assert_eq!(looks(&grey(1, 1)).unwrap().len(), 3);
    }
}
