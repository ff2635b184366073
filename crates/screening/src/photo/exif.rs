//! The one thing that is read from a photo's metadata: which way up it is. Everything else in there is dropped.

/// The orientation that an EXIF block gives, 1 to 8; 1 when it gives none or is broken.
///
/// - `exif`: a TIFF structure, with or without `Exif\0\0` in front.
/// - Looks at the first directory only and follows nothing, so that no loop in the file is a loop here.
pub(super) fn orientation(exif: &[u8]) -> u16 {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    read(tiff).filter(|orientation| (1..=8).contains(orientation)).unwrap_or(1)
}

/// The first EXIF block of a JPEG file, which is the one that viewers obey; empty when there is none.
pub(super) fn of_jpeg(jpeg: &[u8]) -> &[u8] {
    const START_OF_SCAN: u8 = 0xda;
    const APP1: u8 = 0xe1;
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xff, name, tail @ ..] = rest {
        if *name == 0xff {
            // Markers may be padded.
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let [high, low, ..] = tail else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(body) = tail.get(2..length) else { break };
        if *name == APP1 && body.starts_with(b"Exif\0\0") {
            return body;
        }
        if *name == START_OF_SCAN {
            break;
        }
        rest = tail.get(length..).unwrap_or_default();
    }
    &[]
}

fn read(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = long(4)? as usize;
    let entries = usize::from(short(directory)?);
    for entry in 0..entries {
        let at = directory.checked_add(2 + entry * 12)?;
        if short(at)? == 0x0112 {
            return match short(at + 2)? {
                3 => short(at + 8),
                4 => u16::try_from(long(at + 8)?).ok(),
                _ => None,
            };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{of_jpeg, orientation};

    fn exif(value: u16, little: bool) -> Vec<u8> {
        let short = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let long = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let mut out = b"Exif\0\0".to_vec();
        out.extend_from_slice(if little { b"II*\0" } else { b"MM\0*" });
        out.extend_from_slice(&long(8));
        out.extend_from_slice(&short(2));
        for (tag, value) in [(0x0100, 640), (0x0112, value)] {
            out.extend_from_slice(&short(tag));
            out.extend_from_slice(&short(3));
            out.extend_from_slice(&long(1));
            out.extend_from_slice(&short(value));
            out.extend_from_slice(&[0, 0]);
        }
        out
    }

    #[test]
    fn the_orientation_is_read_in_both_byte_orders() {
        for value in 1..=8 {
            assert_eq!(orientation(&exif(value, true)), value);
            assert_eq!(orientation(&exif(value, false)), value);
        }
    }

    #[test]
    fn an_orientation_that_does_not_exist_counts_as_upright() {
        assert_eq!(orientation(&exif(9, true)), 1);
        assert_eq!(orientation(&exif(0, false)), 1);
        assert_eq!(orientation(b""), 1);
        assert_eq!(orientation(b"Exif\0\0II*\0\xff\xff\xff\xff"), 1);
    }

    #[test]
    fn of_several_orientations_in_a_jpeg_the_first_counts() {
        let mut jpeg = b"\xff\xd8\xff\xe0\x00\x04ab".to_vec();
        for value in [6, 3] {
            let block = exif(value, true);
            jpeg.extend_from_slice(&[0xff, 0xff, 0xe1]);
            jpeg.extend_from_slice(&(block.len() as u16 + 2).to_be_bytes());
            jpeg.extend_from_slice(&block);
        }
        assert_eq!(orientation(of_jpeg(&jpeg)), 6);
        assert_eq!(orientation(of_jpeg(b"\xff\xd8\xff\xda\x00\x02")), 1);
    }

    proptest! {
        #[test]
        fn any_jpeg_is_walked_to_an_end(tail in proptest::collection::vec(prop_oneof![Just(0xff), Just(0xe1), Just(0), any::<u8>()], 0..200)) {
            let jpeg = [b"\xff\xd8".as_slice(), &tail].concat();
            prop_assert!(of_jpeg(&jpeg).len() <= jpeg.len());
        }

        #[test]
        fn any_bytes_give_an_orientation(tail in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [b"II*\0".as_slice(), &tail].concat();
            prop_assert!((1..=8).contains(&orientation(&bytes)));
        }
    }
}
