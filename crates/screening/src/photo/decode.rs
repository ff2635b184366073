//! From a file's bytes to upright pixels. Runs only in the locked-down child.

use std::io::Cursor;

use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{
    exif,
    kind::{Kind, LARGEST_PIXELS},
    picture::Picture,
};

/// The longest side that is decoded: what a JPEG can have, and the most that can be written again.
const LONGEST_SIDE: u32 = 65_535;

/// A progressive JPEG tells its picture in this many scans at most; ordinary ones have 10.
const MOST_SCANS: usize = 64;

/// Why a file gives no picture. Travels from the child as one byte, so that no text of a hostile file gets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is none of the kinds that are read.
    Kind,
    /// It is damaged, cut short or stored in a way that is not read.
    Damaged,
    /// Its header says more than [`LARGEST_PIXELS`].
    TooLarge,
    /// It has several frames.
    Moving,
    /// The copy that was asked for could not be made of it.
    NoCopy,
}

impl Unreadable {
    const ALL: [Self; 5] = [Self::Kind, Self::Damaged, Self::TooLarge, Self::Moving, Self::NoCopy];

    /// What it is called on the way out of the child.
    pub(crate) fn code(self) -> u8 {
        Self::ALL.iter().position(|each| *each == self).map_or(u8::MAX, |at| at as u8)
    }

    /// Reads the code; anything unknown is damage.
    pub(crate) fn of_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::Damaged)
    }

    /// One sentence that says what to do instead.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Kind => "this is not a picture that can be read; send the photo as JPEG, PNG or WebP",
            Self::Damaged => {
                "the picture is damaged, cut short or stored in an unusual way; send the original again, or open it and save it as JPEG"
            }
            Self::TooLarge => {
                "the picture has more than 50 million pixels; make it smaller, then add it again"
            }
            Self::Moving => {
                "the picture moves, and faces can hide in its later frames; save one frame of it as JPEG or PNG"
            }
            Self::NoCopy => "no copy of this picture fits what the network takes; crop it, then add it again",
        }
    }
}

/// Decodes a photo and turns it upright.
pub(crate) fn decode(bytes: &[u8]) -> Result<Picture, Unreadable> {
    let (picture, orientation) = match Kind::of(bytes).map_err(|_| Unreadable::Kind)? {
        Kind::Jpeg => jpeg(bytes)?,
        Kind::Png => png(bytes)?,
        Kind::WebP => webp(bytes)?,
    };
    Ok(picture.upright(orientation))
}

/// Refuses by the header, before anything is allocated for the pixels.
fn within_limits(width: u64, height: u64) -> Result<(u32, u32), Unreadable> {
    let longest = u64::from(LONGEST_SIDE);
    if width == 0 || height == 0 {
        Err(Unreadable::Damaged)
    } else if width > longest || height > longest || width * height > LARGEST_PIXELS {
        Err(Unreadable::TooLarge)
    } else {
        u32::try_from(width).ok().zip(u32::try_from(height).ok()).ok_or(Unreadable::TooLarge)
    }
}

/// The first image of a JPEG file; whatever lies behind its end is not looked at.
fn jpeg(bytes: &[u8]) -> Result<(Picture, u16), Unreadable> {
    // Strict, because a JPEG that breaks off in the middle is otherwise filled up with grey.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(LONGEST_SIDE as usize)
        .set_max_height(LONGEST_SIDE as usize)
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| Unreadable::Damaged)?;
    let (width, height) = decoder.dimensions().ok_or(Unreadable::Damaged)?;
    let (width, height) = within_limits(width as u64, height as u64)?;
    let orientation = exif::orientation(exif::of_jpeg(bytes));
    let pixels = decoder.decode().map_err(|_| Unreadable::Damaged)?;
    Ok((Picture::new(width, height, pixels).ok_or(Unreadable::Damaged)?, orientation))
}

fn png(bytes: &[u8]) -> Result<(Picture, u16), Unreadable> {
    let limits = png::Limits { bytes: LARGEST_PIXELS as usize * 4 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| Unreadable::Damaged)?;
    let info = reader.info();
    let (width, height) = within_limits(info.width.into(), info.height.into())?;
    if info.animation_control().is_some_and(|animation| animation.num_frames > 1) {
        return Err(Unreadable::Moving);
    }
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(Unreadable::TooLarge)?];
    let frame = reader.next_frame(&mut pixels).map_err(|_| Unreadable::Damaged)?;
    pixels.truncate(frame.buffer_size());
    // To the end: a checksum may be wrong there, and the orientation may stand behind the pixels.
    reader.finish().map_err(|_| Unreadable::Damaged)?;
    let orientation = reader.info().exif_metadata.as_deref().map_or(1, exif::orientation);
    let channels = frame.color_type.samples();
    Ok((Picture::new(width, height, to_rgb(pixels, channels)).ok_or(Unreadable::Damaged)?, orientation))
}

fn webp(bytes: &[u8]) -> Result<(Picture, u16), Unreadable> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = within_limits(width.into(), height.into())?;
    if decoder.is_animated() {
        return Err(Unreadable::Moving);
    }
    decoder.set_memory_limit(LARGEST_PIXELS as usize * 4);
    let exif = decoder.exif_metadata().map_err(|_| Unreadable::Damaged)?;
    let orientation = exif.as_deref().map_or(1, exif::orientation);
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(Unreadable::TooLarge)?];
    decoder.read_image(&mut pixels).map_err(|_| Unreadable::Damaged)?;
    Ok((Picture::new(width, height, to_rgb(pixels, channels)).ok_or(Unreadable::Damaged)?, orientation))
}

/// Three bytes a pixel from one (grey), two (grey, alpha), three or four (RGB, alpha); see-through pixels lie on white.
fn to_rgb(mut pixels: Vec<u8>, channels: usize) -> Vec<u8> {
    match channels {
        1 => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
        2 => pixels.as_chunks().0.iter().flat_map(|[grey, alpha]| [on_white(*grey, *alpha); 3]).collect(),
        4 => {
            // In place: a copy of the largest picture would double the child's memory.
            let count = pixels.len() / 4;
            for at in 0..count {
                let Some(&[red, green, blue, alpha]) = pixels.get(at * 4..).and_then(<[u8]>::first_chunk)
                else {
                    break;
                };
                if let Some(to) = pixels.get_mut(at * 3..).and_then(<[u8]>::first_chunk_mut) {
                    *to = [on_white(red, alpha), on_white(green, alpha), on_white(blue, alpha)];
                }
            }
            pixels.truncate(count * 3);
            pixels
        }
        _ => pixels,
    }
}

/// A colour that lets white shine through: `alpha` 0 is all white.
fn on_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use image_webp::{ColorType as WebPColour, WebPEncoder};
    use jpeg_encoder::{ColorType, Encoder};
    use proptest::prelude::*;

    use super::*;

    fn jpeg_of(width: u16, height: u16, colour: ColorType, pixel: &[u8]) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let pixels = pixel.repeat(usize::from(width) * usize::from(height));
        Encoder::new(&mut jpeg, 95).encode(&pixels, width, height, colour).unwrap();
        jpeg
    }

    fn progressive(width: u16, height: u16) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 95);
        encoder.set_progressive(true);
        let pixels = [200, 60, 30].repeat(usize::from(width) * usize::from(height));
        encoder.encode(&pixels, width, height, ColorType::Rgb).unwrap();
        jpeg
    }

    fn png_of(
        colour: png::ColorType,
        depth: png::BitDepth,
        pixels: &[u8],
        set: impl Fn(&mut png::Encoder<'_, &mut Vec<u8>>),
    ) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        set(&mut encoder);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        file
    }

    fn near(picture: &Picture, pixel: [u8; 3]) -> bool {
        picture
            .rgb()
            .as_chunks::<3>()
            .0
            .iter()
            .all(|has| has.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= 6))
    }

    #[test]
    fn jpegs_of_every_kind_are_read() {
        assert!(near(&decode(&jpeg_of(40, 24, ColorType::Rgb, &[200, 60, 30])).unwrap(), [200, 60, 30]));
        assert!(near(&decode(&jpeg_of(40, 24, ColorType::Luma, &[90])).unwrap(), [90; 3]));
        assert!(near(&decode(&progressive(40, 24)).unwrap(), [200, 60, 30]));
        // Cyan, magenta, yellow, black: no ink at all is white.
        assert!(near(&decode(&jpeg_of(40, 24, ColorType::Cmyk, &[0, 0, 0, 0])).unwrap(), [255; 3]));
        assert!(near(
            &decode(&jpeg_of(40, 24, ColorType::CmykAsYcck, &[0, 255, 255, 0])).unwrap(),
            [255, 0, 0]
        ));
    }

    #[test]
    fn pngs_of_every_kind_are_read() {
        let plain = |_: &mut png::Encoder<'_, &mut Vec<u8>>| {};
        let eight = png::BitDepth::Eight;
        let read = |file: &[u8]| decode(file).unwrap().rgb().to_vec();
        assert_eq!(read(&png_of(png::ColorType::Grayscale, eight, &[7, 9], plain)), [7, 7, 7, 9, 9, 9]);
        assert_eq!(
            read(&png_of(png::ColorType::Grayscale, png::BitDepth::Sixteen, &[7, 0, 9, 0], plain)),
            [7, 7, 7, 9, 9, 9]
        );
        assert_eq!(read(&png_of(png::ColorType::Rgb, eight, &[1, 2, 3, 4, 5, 6], plain)), [1, 2, 3, 4, 5, 6]);
        let palette =
            |encoder: &mut png::Encoder<'_, &mut Vec<u8>>| encoder.set_palette(vec![1, 2, 3, 4, 5, 6]);
        assert_eq!(read(&png_of(png::ColorType::Indexed, eight, &[1, 0], palette)), [4, 5, 6, 1, 2, 3]);
    }

    #[test]
    fn what_is_see_through_lies_on_white() {
        let file =
            png_of(png::ColorType::Rgba, png::BitDepth::Eight, &[9, 9, 9, 0, 0, 100, 200, 255], |_| {});
        assert_eq!(decode(&file).unwrap().rgb(), [255, 255, 255, 0, 100, 200]);
        let file = png_of(png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, &[0, 0, 50, 255], |_| {});
        assert_eq!(decode(&file).unwrap().rgb(), [255, 255, 255, 50, 50, 50]);
        let mut file = Vec::new();
        WebPEncoder::new(&mut file).encode(&[9, 9, 9, 0, 0, 100, 200, 255], 2, 1, WebPColour::Rgba8).unwrap();
        assert_eq!(decode(&file).unwrap().rgb(), [255, 255, 255, 0, 100, 200]);
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let mut webp = Vec::new();
        let noise: Vec<u8> =
            (0..64 * 64 * 3_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
        WebPEncoder::new(&mut webp).encode(&noise, 64, 64, WebPColour::Rgb8).unwrap();
        let png = png_of(png::ColorType::Rgb, png::BitDepth::Eight, &[1, 2, 3, 4, 5, 6], |_| {});
        for file in [jpeg_of(400, 300, ColorType::Rgb, &[200, 60, 30]), progressive(400, 300), webp, png] {
            assert!(decode(&file).is_ok());
            assert_eq!(decode(&file[..file.len() / 2]), Err(Unreadable::Damaged));
        }
    }

    #[test]
    fn a_header_with_too_many_pixels_is_refused_before_they_are_made() {
        let mut jpeg = jpeg_of(40, 24, ColorType::Rgb, &[1, 2, 3]);
        let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
        assert_eq!(decode(&jpeg), Err(Unreadable::TooLarge));
        assert_eq!(within_limits(10_000, 5_000), Ok((10_000, 5_000)));
        assert_eq!(within_limits(10_001, 5_000), Err(Unreadable::TooLarge));
        assert_eq!(within_limits(0, 5_000), Err(Unreadable::Damaged));
        assert_eq!(within_limits(u64::from(u32::MAX), u64::from(u32::MAX)), Err(Unreadable::TooLarge));
    }

    #[test]
    fn a_picture_that_moves_is_refused() {
        let file = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, &[7, 9], |encoder| {
            encoder.set_animated(2, 0).unwrap();
        });
        assert_eq!(decode(&file), Err(Unreadable::Moving));
    }

    #[test]
    fn every_code_reads_back_and_an_unknown_one_is_damage() {
        for each in Unreadable::ALL {
            assert_eq!(Unreadable::of_code(each.code()), each);
        }
        assert_eq!(Unreadable::of_code(200), Unreadable::Damaged);
    }

    proptest! {
        #[test]
        fn a_damaged_photo_is_read_or_refused(at in 0_usize..600, bytes in proptest::collection::vec(any::<u8>(), 1..8)) {
            for mut file in [jpeg_of(24, 16, ColorType::Rgb, &[200, 60, 30]), progressive(24, 16), png_of(png::ColorType::Rgb, png::BitDepth::Eight, &[1, 2, 3, 4, 5, 6], |_| {})] {
                let at = at % file.len();
                for (place, byte) in file[at..].iter_mut().zip(&bytes) {
                    *place = *byte;
                }
                let _ = decode(&file);
            }
        }
    }
}
