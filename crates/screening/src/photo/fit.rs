//! From pixels to the file that is published: as large as the network takes, and nothing in it but the picture.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::{
    Fit, Rendered, Shape,
    picture::{Picture, Scaling},
};

/// JPEG qualities that are tried, best first.
const QUALITIES: [u8; 7] = [88, 80, 72, 64, 56, 48, 40];

/// How much smaller the picture gets when even the last quality is too large.
const SMALLER: f64 = 0.8;

/// Below this longer side a picture is of no use to anybody.
const SMALLEST_SIDE: u32 = 64;

/// Margins are white.
const MARGIN: u8 = 255;

/// Scales, frames and encodes. `None` when nothing useful fits.
///
/// The result is a baseline JPEG that this program wrote from pixels: no EXIF, XMP, IPTC, ICC profile, comment or
/// thumbnail can be in it, because nothing of the original file is copied.
pub(super) fn fit(picture: &Picture, fit: Fit) -> Option<Rendered> {
    let mut side = picture.width().max(picture.height()).min(fit.side_px);
    loop {
        let (width, height) = picture.size_within(side);
        let scaled = framed(picture.scaled(width, height, Scaling::Sharp)?, fit.shape)?;
        let (width, height) = (scaled.width(), scaled.height());
        for quality in QUALITIES {
            let jpeg = encoded(&scaled, quality)?;
            if jpeg.len() <= fit.bytes {
                return Some(Rendered { jpeg, width, height });
            }
        }
        side = (f64::from(side) * SMALLER) as u32;
        if side < SMALLEST_SIDE {
            return None;
        }
    }
}

/// The picture in the middle of plain margins where its shape is not taken. They never make its longer side longer.
fn framed(picture: Picture, shape: Option<Shape>) -> Option<Picture> {
    let Some(shape) = shape else { return Some(picture) };
    let part = |length: u32, (over, under): (u32, u32)| {
        u32::try_from((u64::from(length) * u64::from(over)).div_ceil(u64::from(under.max(1)))).ok()
    };
    let (inner_width, inner_height) = (picture.width(), picture.height());
    let width = inner_width.max(part(inner_height, shape.tallest)?);
    let height = inner_height.max(part(inner_width, (shape.widest.1, shape.widest.0))?);
    if (width, height) == (inner_width, inner_height) {
        return Some(picture);
    }
    let plain = vec![MARGIN; (width as usize).checked_mul(height as usize)?.checked_mul(3)?];
    let mut frame = Picture::new(width, height, plain)?;
    let (left, top) = ((width - inner_width) / 2, (height - inner_height) / 2);
    for y in 0..inner_height {
        let row = picture.row(y, 0, inner_width);
        frame.row_mut(top + y, left, left + inner_width).copy_from_slice(row);
    }
    Some(frame)
}

fn encoded(picture: &Picture, quality: u8) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = (u16::try_from(picture.width()).ok()?, u16::try_from(picture.height()).ok()?);
    encoder.encode(picture.rgb(), width, height, ColorType::Rgb).ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use super::{Fit, MARGIN, Shape, fit};
    use crate::photo::{decode::decode, picture::Picture};

    /// A picture with a lot of detail, so that size and quality matter.
    fn noise(width: u32, height: u32) -> Picture {
        let rgb = (0..width * height * 3).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        Picture::new(width, height, rgb).unwrap()
    }

    /// The names of a JPEG's segments before its pixels.
    fn segments(jpeg: &[u8]) -> Vec<u8> {
        let mut at = 2;
        let mut found = Vec::new();
        while jpeg[at + 1] != 0xda {
            assert_eq!(jpeg[at], 0xff);
            found.push(jpeg[at + 1]);
            at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        }
        found
    }

    #[test]
    fn a_copy_is_no_larger_than_the_network_takes() {
        let picture = noise(900, 600);
        let limits = Fit { side_px: 500, bytes: 60_000, shape: None };
        let copy = fit(&picture, limits).unwrap();
        assert!(copy.jpeg.len() <= 60_000 && copy.width <= 500);
        let read = decode(&copy.jpeg).unwrap();
        assert_eq!((read.width(), read.height()), (copy.width, copy.height));
    }

    #[test]
    fn a_small_picture_is_left_as_large_as_it_is() {
        let copy = fit(&noise(90, 60), Fit { side_px: 1080, bytes: 1_000_000, shape: None }).unwrap();
        assert_eq!((copy.width, copy.height), (90, 60));
    }

    const INSTAGRAM: Shape = Shape { tallest: (4, 5), widest: (191, 100) };

    /// How much of a row or column is not margin, near its ends and in its middle.
    fn is_white(picture: &Picture, x: u32, y: u32) -> bool {
        picture.row(y, x, x + 1)[0].iter().all(|part| *part >= MARGIN - 2)
    }

    #[test]
    fn a_tall_and_a_wide_picture_get_margins_and_lose_nothing() {
        let limits = Fit { side_px: 1440, bytes: 8_000_000, shape: Some(INSTAGRAM) };
        let dark = |width: u32, height: u32| {
            Picture::new(width, height, vec![20; (width * height * 3) as usize]).unwrap()
        };
        let copy = fit(&dark(600, 2400), limits).unwrap();
        assert_eq!((copy.width, copy.height), (1152, 1440));
        let tall = decode(&copy.jpeg).unwrap();
        // 360 of 1440 are the picture: margins on both sides, and it reaches from the top to the bottom.
        assert!(is_white(&tall, 20, 700) && is_white(&tall, 1130, 700));
        for y in [0, 700, 1439] {
            assert!(!is_white(&tall, 576, y) && !is_white(&tall, 410, y) && !is_white(&tall, 740, y), "{y}");
        }
        let copy = fit(&dark(2400, 400), limits).unwrap();
        assert_eq!((copy.width, copy.height), (1440, 754));
        let wide = decode(&copy.jpeg).unwrap();
        assert!(is_white(&wide, 700, 20) && is_white(&wide, 700, 730));
        for x in [0, 700, 1439] {
            assert!(!is_white(&wide, x, 377) && !is_white(&wide, x, 270) && !is_white(&wide, x, 480), "{x}");
        }
    }

    #[test]
    fn a_picture_of_a_shape_that_is_taken_gets_no_margins() {
        let limits = Fit { side_px: 1440, bytes: 8_000_000, shape: Some(INSTAGRAM) };
        for (width, height) in [(400, 500), (382, 200), (300, 300), (90, 60)] {
            let copy = fit(&noise(width, height), limits).unwrap();
            assert_eq!((copy.width, copy.height), (width, height));
        }
    }

    #[test]
    fn every_shape_ends_as_one_that_is_taken() {
        let limits = Fit { side_px: 480, bytes: 8_000_000, shape: Some(INSTAGRAM) };
        for (width, height) in [(5, 900), (900, 5), (333, 480), (480, 251), (481, 1001), (1000, 521), (7, 7)]
        {
            let copy = fit(&noise(width, height), limits).unwrap();
            let (wide, tall) = (copy.width, copy.height);
            assert!(wide * 5 >= tall * 4 && wide * 100 <= tall * 191, "{width}×{height}: {wide}×{tall}");
            assert!(wide.max(tall) <= 480);
        }
    }

    #[test]
    fn what_cannot_fit_is_refused() {
        assert_eq!(fit(&noise(200, 200), Fit { side_px: 1080, bytes: 300, shape: None }), None);
    }

    #[test]
    fn a_copy_holds_its_picture_and_nothing_else() {
        let copy = fit(&noise(300, 200), Fit { side_px: 300, bytes: 1_000_000, shape: None }).unwrap();
        // JFIF, tables, frame: no APP1 to APP15 (EXIF, XMP, ICC, IPTC, MPF), no comment.
        assert!(segments(&copy.jpeg).iter().all(|name| matches!(name, 0xe0 | 0xdb | 0xc0 | 0xc4)));
        assert_eq!(segments(&copy.jpeg).iter().filter(|name| **name == 0xe0).count(), 1);
        assert!(copy.jpeg.ends_with(&[0xff, 0xd9]));
    }
}
