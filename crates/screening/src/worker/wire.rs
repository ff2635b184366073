//! What parent and children say to each other: little-endian numbers and bytes, lengths checked before anything is
//! allocated.

use std::io::{self, Read, Write};

use crate::photo::{Shape, picture::Picture};

/// The child did what was asked; what it has to say follows.
pub(crate) const DONE: u8 = 0;
/// The photo is refused; one more byte says why.
pub(crate) const REFUSED: u8 = 1;
/// The model worker cannot work; bytes with a sentence follow.
pub(crate) const FAILED: u8 = 2;

/// To the decode child: send the picture for the models, no side longer than the number that follows.
pub(crate) const PREVIEW: u8 = b'p';
/// To the decode child: cover, fit and encode.
pub(crate) const RENDER: u8 = b'r';

/// More bytes than this are never sent at once: the largest picture, and room.
pub(crate) const LONGEST: usize = 200_000_000;

pub(crate) fn put_u8(to: &mut impl Write, number: u8) -> io::Result<()> {
    to.write_all(&[number])
}

pub(crate) fn put_u32(to: &mut impl Write, number: u32) -> io::Result<()> {
    to.write_all(&number.to_le_bytes())
}

pub(crate) fn put_f64(to: &mut impl Write, number: f64) -> io::Result<()> {
    to.write_all(&number.to_le_bytes())
}

/// Four numbers; all 0 for any shape.
pub(crate) fn put_shape(to: &mut impl Write, shape: Option<Shape>) -> io::Result<()> {
    let (tallest, widest) = shape.map_or(((0, 0), (0, 0)), |shape| (shape.tallest, shape.widest));
    [tallest.0, tallest.1, widest.0, widest.1].into_iter().try_for_each(|number| put_u32(to, number))
}

pub(crate) fn put_bytes(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.len() > LONGEST {
        return Err(nonsense());
    }
    put_u32(to, bytes.len() as u32)?;
    to.write_all(bytes)
}

pub(crate) fn put_picture(to: &mut impl Write, picture: &Picture) -> io::Result<()> {
    put_u32(to, picture.width())?;
    put_u32(to, picture.height())?;
    to.write_all(picture.rgb())
}

pub(crate) fn u8(from: &mut impl Read) -> io::Result<u8> {
    let mut bytes = [0];
    from.read_exact(&mut bytes)?;
    Ok(u8::from_le_bytes(bytes))
}

pub(crate) fn u32(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

pub(crate) fn f64(from: &mut impl Read) -> io::Result<f64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(f64::from_le_bytes(bytes))
}

/// `None` for any shape.
pub(crate) fn shape(from: &mut impl Read) -> io::Result<Option<Shape>> {
    match [u32(from)?, u32(from)?, u32(from)?, u32(from)?] {
        [0, 0, 0, 0] => Ok(None),
        [a, b, c, d] if [a, b, c, d].iter().all(|number| (1..=10_000).contains(number)) => {
            Ok(Some(Shape { tallest: (a, b), widest: (c, d) }))
        }
        _ => Err(nonsense()),
    }
}

/// At most `limit` bytes.
pub(crate) fn bytes(from: &mut impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let length = u32(from)? as usize;
    if length > limit {
        return Err(nonsense());
    }
    exactly(from, length)
}

/// A picture with no side longer than `side`.
pub(crate) fn picture(from: &mut impl Read, side: u32) -> io::Result<Picture> {
    let (width, height) = (u32(from)?, u32(from)?);
    if width > side || height > side {
        return Err(nonsense());
    }
    let rgb = exactly(from, width as usize * height as usize * 3)?;
    Picture::new(width, height, rgb).ok_or_else(nonsense)
}

fn exactly(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The other side says something that makes no sense.
pub(crate) fn nonsense() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_goes_through_unchanged() {
        let picture = Picture::new(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let mut sent = Vec::new();
        put_picture(&mut sent, &picture).unwrap();
        assert_eq!(super::picture(&mut sent.as_slice(), 2).unwrap(), picture);
    }

    #[test]
    fn a_shape_goes_through_and_one_without_a_side_does_not() {
        for sent in [None, Some(Shape { tallest: (4, 5), widest: (191, 100) })] {
            let mut asked = Vec::new();
            put_shape(&mut asked, sent).unwrap();
            assert_eq!(super::shape(&mut asked.as_slice()).unwrap(), sent);
        }
        let sideless = [4_u32, 0, 191, 100].map(u32::to_le_bytes).concat();
        assert!(super::shape(&mut sideless.as_slice()).is_err());
    }

    #[test]
    fn lengths_are_checked_before_anything_is_allocated() {
        let huge = [0xff; 8];
        assert!(picture(&mut huge.as_slice(), 2048).is_err());
        assert!(bytes(&mut huge.as_slice(), 1000).is_err());
        assert!(picture(&mut [0_u8; 8].as_slice(), 2048).is_err(), "a picture without pixels");
    }
}
