//! A decoded picture, and the two things that are done to all of it: turning and scaling.

use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images};

/// Pixels: RGB8, rows top to bottom, no padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

/// How the pixels of a scaled picture are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// For the models: quick, every pixel of the source counts.
    Even,
    /// For people: sharper.
    Sharp,
}

impl Picture {
    /// A picture; `None` when the number of bytes is not three for each pixel, or when there is no pixel.
    pub(crate) fn new(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let pixels = (width as usize).checked_mul(height as usize)?;
        (pixels > 0 && rgb.len() == pixels.checked_mul(3)?).then_some(Self { width, height, rgb })
    }

    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// All bytes, RGB, rows top to bottom.
    pub(crate) fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Pixels `from..to` of a row; empty when they are not all inside.
    pub(crate) fn row(&self, y: u32, from: u32, to: u32) -> &[[u8; 3]] {
        self.range(y, from, to).and_then(|range| self.rgb.get(range)).unwrap_or_default().as_chunks().0
    }

    /// The same, to change.
    pub(crate) fn row_mut(&mut self, y: u32, from: u32, to: u32) -> &mut [[u8; 3]] {
        match self.range(y, from, to) {
            Some(range) => self.rgb.get_mut(range).unwrap_or_default().as_chunks_mut().0,
            None => &mut [],
        }
    }

    fn range(&self, y: u32, from: u32, to: u32) -> Option<std::ops::Range<usize>> {
        let inside = y < self.height && from <= to && to <= self.width;
        let start = y as usize * self.width as usize;
        inside.then(|| (start + from as usize) * 3..(start + to as usize) * 3)
    }

    /// The largest size that fits in a square of `side` pixels without getting larger, keeping the shape.
    pub(crate) fn size_within(&self, side: u32) -> (u32, u32) {
        let longest = self.width.max(self.height);
        if longest <= side {
            return (self.width, self.height);
        }
        let scaled =
            |length: u32| (f64::from(length) * f64::from(side) / f64::from(longest)).round().max(1.0) as u32;
        (scaled(self.width), scaled(self.height))
    }

    /// A copy of another size. `None` when a side is zero or memory is short.
    pub(crate) fn scaled(&self, width: u32, height: u32, scaling: Scaling) -> Option<Self> {
        if (width, height) == (self.width, self.height) {
            return Some(self.clone());
        }
        let from = images::ImageRef::new(self.width, self.height, &self.rgb, PixelType::U8x3).ok()?;
        let mut to = images::Image::new(width, height, PixelType::U8x3);
        let filter = match scaling {
            Scaling::Even => FilterType::Bilinear,
            Scaling::Sharp => FilterType::Lanczos3,
        };
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
        Resizer::new().resize(&from, &mut to, &options).ok()?;
        Self::new(width, height, to.into_vec())
    }

    /// A copy whose pixel `(x, y)` is this picture's pixel at `from(x, y)`.
    fn rearranged(&self, width: u32, height: u32, from: impl Fn(u32, u32) -> (u32, u32)) -> Self {
        let pixels = self.rgb.as_chunks::<3>().0;
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = from(x, y);
                let at = from_y as usize * self.width as usize + from_x as usize;
                rgb.extend_from_slice(pixels.get(at).unwrap_or(&[0; 3]));
            }
        }
        Self { width, height, rgb }
    }

    /// A quarter turn clockwise.
    pub(crate) fn turned_right(&self) -> Self {
        self.rearranged(self.height, self.width, |x, y| (y, self.height - 1 - x))
    }

    /// A quarter turn anti-clockwise.
    pub(crate) fn turned_left(&self) -> Self {
        self.rearranged(self.height, self.width, |x, y| (self.width - 1 - y, x))
    }

    /// The picture as it is meant to be looked at.
    ///
    /// - `orientation`: 1 to 8 as in EXIF; anything else counts as 1.
    /// - Source: CIPA DC-008 (EXIF 2.32), tag 0x0112.
    pub(crate) fn upright(self, orientation: u16) -> Self {
        let (width, height) = (self.width, self.height);
        let (right, bottom) = (width - 1, height - 1);
        match orientation {
            2 => self.rearranged(width, height, |x, y| (right - x, y)),
            3 => self.rearranged(width, height, |x, y| (right - x, bottom - y)),
            4 => self.rearranged(width, height, |x, y| (x, bottom - y)),
            5 => self.rearranged(height, width, |x, y| (y, x)),
            6 => self.turned_right(),
            7 => self.rearranged(height, width, |x, y| (right - y, bottom - x)),
            8 => self.turned_left(),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Picture, Scaling};

    /// Three by two pixels, each with its own red value: 0 1 2 / 3 4 5.
    fn small() -> Picture {
        Picture::new(3, 2, (0..6).flat_map(|red| [red, 0, 0]).collect()).unwrap()
    }

    fn reds(picture: &Picture) -> Vec<Vec<u8>> {
        (0..picture.height())
            .map(|y| picture.row(y, 0, picture.width()).iter().map(|pixel| pixel[0]).collect())
            .collect()
    }

    #[test]
    fn every_orientation_comes_out_upright() {
        for (orientation, upright) in [
            (1, vec![vec![0, 1, 2], vec![3, 4, 5]]),
            (2, vec![vec![2, 1, 0], vec![5, 4, 3]]),
            (3, vec![vec![5, 4, 3], vec![2, 1, 0]]),
            (4, vec![vec![3, 4, 5], vec![0, 1, 2]]),
            (5, vec![vec![0, 3], vec![1, 4], vec![2, 5]]),
            (6, vec![vec![3, 0], vec![4, 1], vec![5, 2]]),
            (7, vec![vec![5, 2], vec![4, 1], vec![3, 0]]),
            (8, vec![vec![2, 5], vec![1, 4], vec![0, 3]]),
            (9, vec![vec![0, 1, 2], vec![3, 4, 5]]),
            (0, vec![vec![0, 1, 2], vec![3, 4, 5]]),
        ] {
            assert_eq!(reds(&small().upright(orientation)), upright, "orientation {orientation}");
        }
    }

    #[test]
    fn a_picture_has_three_bytes_for_each_pixel() {
        assert_eq!(Picture::new(3, 2, vec![0; 17]), None);
        assert_eq!(Picture::new(0, 2, vec![]), None);
        assert_eq!(Picture::new(u32::MAX, u32::MAX, vec![]), None);
    }

    proptest! {
        #[test]
        fn two_quarter_turns_either_way_are_the_same(width in 1_u32..9, height in 1_u32..9) {
            let rgb = (0..width * height * 3).map(|byte| byte as u8).collect();
            let picture = Picture::new(width, height, rgb).unwrap();
            prop_assert_eq!(picture.turned_left().turned_right(), picture.clone());
            prop_assert_eq!(picture.turned_left().turned_left(), picture.turned_right().turned_right());
        }

        #[test]
        fn a_picture_fits_where_it_should_and_keeps_its_shape(width in 1_u32..5000, height in 1_u32..5000, side in 1_u32..3000) {
            let picture = Picture { width, height, rgb: Vec::new() };
            let (w, h) = picture.size_within(side);
            prop_assert!(w >= 1 && h >= 1 && w <= side.max(1) && h <= side.max(1));
            prop_assert!(w <= width && h <= height);
        }

        #[test]
        fn scaling_gives_the_size_that_was_asked(width in 1_u32..40, height in 1_u32..40, to in 1_u32..60) {
            let picture = Picture::new(width, height, vec![7; (width * height * 3) as usize]).unwrap();
            let scaled = picture.scaled(to, 2 * to, Scaling::Sharp).unwrap();
            prop_assert_eq!((scaled.width(), scaled.height()), (to, 2 * to));
            prop_assert!(scaled.rgb().iter().all(|byte| *byte == 7));
        }
    }
}
