//! What a file is, from its first bytes: never from its name or from what a browser says.

use super::PhotoError;

/// The largest photo that is taken, in bytes. Phones make 2 to 12 MB; the limit is there for what is no photo.
pub const LARGEST_BYTES: usize = 30 * 1000 * 1000;

/// The largest picture that is decoded, in pixels, from its header. Phones make 12 to 50 million.
pub const LARGEST_PIXELS: u64 = 50 * 1000 * 1000;

/// The kinds of picture that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG, as cameras and phones make it.
    Jpeg,
    /// PNG, as screenshots are.
    Png,
    /// WebP, as web pages have it.
    WebP,
}

/// What kind of picture these bytes are, if they are one that is read and not too many.
///
/// - `bytes`: the whole file.
/// - The refusal is one sentence that says what to do instead; for use while the person who sent it still waits.
/// - `Ok` does not mean that the picture can be decoded: only the locked-down child finds out.
pub fn accept(bytes: &[u8]) -> Result<Kind, PhotoError> {
    if bytes.len() > LARGEST_BYTES {
        return Err(too_many_bytes());
    }
    Kind::of(bytes).map_err(|say| PhotoError::Refused(say.to_owned()))
}

/// The refusal of a file with more than [`LARGEST_BYTES`].
pub(super) fn too_many_bytes() -> PhotoError {
    PhotoError::Refused(
        "the file is larger than 30 MB; make the picture smaller, then add it again".to_owned(),
    )
}

impl Kind {
    /// The kind of picture, or one sentence that says what this is and what to do instead.
    ///
    /// Sources: the formats' own signatures; ISO/IEC 14496-12 for `ftyp` brands.
    pub fn of(bytes: &[u8]) -> Result<Self, &'static str> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Err(VIDEO),
            [b'G', b'I', b'F', b'8', ..] => {
                Err("this is a GIF, and faces can hide behind its first picture; save it as JPEG or PNG")
            }
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Err(of_brand(brand)),
            [b'I', b'I', 0x2a, 0, ..] | [b'M', b'M', 0, 0x2a, ..] => {
                Err("this is a TIFF or a camera's raw file; save it as JPEG")
            }
            [b'B', b'M', ..] => Err("this is a BMP picture; save it as JPEG or PNG"),
            [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => {
                Err("this is a JPEG XL picture; save it as an ordinary JPEG")
            }
            [0, 0, 0, 0x0c, b'j', b'P', ..] => {
                Err("this is a JPEG 2000 picture; save it as an ordinary JPEG")
            }
            [b'8', b'B', b'P', b'S', ..] => Err("this is a Photoshop file; export it as JPEG"),
            [b'%', b'P', b'D', b'F', ..] => Err("this is a PDF; save the picture in it as JPEG and add that"),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Err(
                "this is a zip archive or an office document; take the pictures out and add them one by one",
            ),
            [0x1a, 0x45, 0xdf, 0xa3, ..] | [0, 0, 1, 0xba | 0xb3, ..] => Err(VIDEO),
            [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] => Err(
                "this is a program, not a picture; do not open it, and tell the Manager and the IT provider at once",
            ),
            [] => Err("the file is empty; send the photo again"),
            _ => Err(of_text(bytes)),
        }
    }
}

const VIDEO: &str =
    "this is a video, and videos cannot be screened yet; take a still picture from it and add that";

/// ISO base media files: what the first brand says.
fn of_brand(brand: &[u8]) -> &'static str {
    match brand {
        [b'a', b'v', b'i', b'f' | b's', ..] => "this is an AVIF picture; save it as JPEG or PNG",
        [b'h', b'e', b'i' | b'v', ..] | [b'm', b'i', b'f', b'1', ..] | [b'm', b's', b'f', b'1', ..] => {
            "this is a HEIC photo as iPhones take it; share it as JPEG, or choose Settings, Camera, Formats, Most Compatible"
        }
        _ => VIDEO,
    }
}

/// What begins with neither signature: pages and drawings are named, the rest is not a picture.
fn of_text(bytes: &[u8]) -> &'static str {
    let start = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let has = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    let trimmed = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    if trimmed.first() != Some(&b'<') {
        "this is not a picture that can be read; send the photo as JPEG, PNG or WebP"
    } else if has(b"<svg") {
        "this is an SVG drawing, which can carry a program; save it as PNG"
    } else {
        "this is a web page, not a picture; save the picture itself and add that"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Kind, LARGEST_BYTES, accept};

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert_eq!(Kind::of(b"\xff\xd8\xff\xe0JFIF"), Ok(Kind::Jpeg));
        assert_eq!(Kind::of(b"\x89PNG\r\n\x1a\n0000"), Ok(Kind::Png));
        assert_eq!(Kind::of(b"RIFF\x10\0\0\0WEBPVP8 "), Ok(Kind::WebP));
    }

    #[test]
    fn everything_else_is_told_what_to_do_instead() {
        for (bytes, word) in [
            (b"GIF89a".as_slice(), "GIF"),
            (b"\0\0\0\x18ftypheic", "HEIC"),
            (b"\0\0\0\x18ftypmif1", "HEIC"),
            (b"\0\0\0\x18ftypavif", "AVIF"),
            (b"\0\0\0\x18ftypqt  ", "video"),
            (b"\0\0\0\x18ftypisom", "video"),
            (b"RIFF\x10\0\0\0AVI LIST", "video"),
            (b"\x1a\x45\xdf\xa3", "video"),
            (b"II*\0", "TIFF"),
            (b"BM1234", "BMP"),
            (b"%PDF-1.7", "PDF"),
            (b"PK\x03\x04", "zip"),
            (b"<!doctype html><p>", "web page"),
            (b"\xef\xbb\xbf  <?xml version='1.0'?><svg onload='x'/>", "SVG"),
            (b"MZ\x90\0", "program"),
            (b"\x7fELF", "program"),
            (b"", "empty"),
            (b"\xff", "not a picture"),
            (b"just words", "not a picture"),
        ] {
            let say = Kind::of(bytes).unwrap_err();
            assert!(say.contains(word), "{bytes:?}: {say}");
            assert!(say.contains(';'), "{say} does not say what to do");
        }
    }

    #[test]
    fn a_file_of_more_than_thirty_megabytes_is_refused() {
        let mut file = vec![0; LARGEST_BYTES + 1];
        file[..3].copy_from_slice(b"\xff\xd8\xff");
        assert!(accept(&file).unwrap_err().to_string().contains("30 MB"));
        file.pop();
        assert!(accept(&file).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Kind::of(&bytes);
        }
    }
}
