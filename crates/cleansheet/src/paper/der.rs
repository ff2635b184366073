//! As much of DER (X.690) as a certificate and a signature need to be written.

use jiff::Timestamp;

/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
/// SET.
pub(super) const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
/// UTF8String.
pub(super) const UTF8: u8 = 0x0c;
const GENERALIZED_TIME: u8 = 0x18;

/// Tag, length and contents.
pub(super) fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let bytes = contents.len().to_be_bytes();
    let length: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match length.as_slice() {
        [] => out.push(0),
        [one] if *one < 0x80 => out.push(*one),
        many => {
            out.push(0x80 | u8::try_from(many.len()).unwrap_or(8));
            out.extend_from_slice(many);
        }
    }
    out.extend_from_slice(contents);
    out
}

/// A constructed value of these parts.
pub(super) fn of(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    value(tag, &parts.concat())
}

/// `[number]` around a value.
pub(super) fn context(number: u8, contents: &[u8]) -> Vec<u8> {
    value(0xa0 | number, contents)
}

/// A whole number that is not negative, from its bytes, the highest first.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    value(INTEGER, &digits)
}

/// Whole bytes as BIT STRING; `unused` bits of the last one do not count.
pub(super) fn bits(unused: u8, bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[unused], bytes].concat())
}

/// An object identifier of its arcs.
pub(super) fn object(arcs: &[u32]) -> Vec<u8> {
    let (first, rest) = match arcs {
        [one, two, rest @ ..] => (one * 40 + two, rest),
        _ => (0, arcs),
    };
    let contents: Vec<u8> = std::iter::once(&first).chain(rest).flat_map(|arc| base_128(*arc)).collect();
    value(OBJECT, &contents)
}

fn base_128(arc: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for shift in [28, 21, 14, 7] {
        let digit = u8::try_from((arc >> shift) & 0x7f).unwrap_or_default();
        if digit != 0 || !out.is_empty() {
            out.push(digit | 0x80);
        }
    }
    out.push(u8::try_from(arc & 0x7f).unwrap_or_default());
    out
}

/// An instant to the second.
pub(super) fn time(at: Timestamp) -> Vec<u8> {
    value(GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{SEQUENCE, integer, object, value};

    #[test]
    fn values_are_written_as_the_standard_says() {
        assert_eq!(
            object(&[1, 2, 840, 113_549, 1, 7, 2]),
            [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]
        );
        assert_eq!(integer(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
        assert_eq!(value(SEQUENCE, &[0; 200])[..3], [0x30, 0x81, 200]);
        assert_eq!(value(SEQUENCE, &[0; 300])[..4], [0x30, 0x82, 1, 44]);
    }
}
