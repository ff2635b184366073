//! From pixels to the file that is published: as large as the network takes, and nothing in it but the picture.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::{
    Fit, Rendered,
    picture::{Picture, Scaling},
};

/// JPEG qualities that are tried, best first.
const QUALITIES: [u8; 7] = [88, 80, 72, 64, 56, 48, 40];

/// How much smaller the picture gets when even the last quality is too large.
const SMALLER: f64 = 0.8;

/// Below this longer side a picture is of no use to anybody.
const SMALLEST_SIDE: u32 = 64;

/// Scales and encodes. `None` when nothing useful fits.
///
/// The result is a baseline JPEG that this program wrote from pixels: no EXIF, XMP, IPTC, ICC profile, comment or
/// thumbnail can be in it, because nothing of the original file is copied.
pub(super) fn fit(picture: &Picture, fit: Fit) -> Option<Rendered> {
    let mut side = picture.width().max(picture.height()).min(fit.side_px);
    loop {
        let (width, height) = picture.size_within(side);
        let scaled = picture.scaled(width, height, Scaling::Sharp)?;
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
    use super::{Fit, fit};
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
        let limits = Fit { side_px: 500, bytes: 60_000 };
        let copy = fit(&picture, limits).unwrap();
        assert!(copy.jpeg.len() <= 60_000 && copy.width <= 500);
        let read = decode(&copy.jpeg).unwrap();
        assert_eq!((read.width(), read.height()), (copy.width, copy.height));
    }

    #[test]
    fn a_small_picture_is_left_as_large_as_it_is() {
        let copy = fit(&noise(90, 60), Fit { side_px: 1080, bytes: 1_000_000 }).unwrap();
        assert_eq!((copy.width, copy.height), (90, 60));
    }

    #[test]
    fn what_cannot_fit_is_refused() {
        assert_eq!(fit(&noise(200, 200), Fit { side_px: 1080, bytes: 300 }), None);
    }

    #[test]
    fn a_copy_holds_its_picture_and_nothing_else() {
        let copy = fit(&noise(300, 200), Fit { side_px: 300, bytes: 1_000_000 }).unwrap();
        // JFIF, tables, frame: no APP1 to APP15 (EXIF, XMP, ICC, IPTC, MPF), no comment.
        assert!(segments(&copy.jpeg).iter().all(|name| matches!(name, 0xe0 | 0xdb | 0xc0 | 0xc4)));
        assert_eq!(segments(&copy.jpeg).iter().filter(|name| **name == 0xe0).count(), 1);
        assert!(copy.jpeg.ends_with(&[0xff, 0xd9]));
    }
}
