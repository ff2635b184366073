//! The six digits of an authenticator app: TOTP of RFC 6238 with HMAC-SHA-1, six digits and half minutes, which is what
//! every app understands.

use cleansheet_terms::Timestamp;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

/// How long a code is shown, in seconds.
pub(super) const SECONDS: i64 = 30;
/// Bytes of a secret: as many as SHA-1 has.
pub(super) const SECRET: usize = 20;
/// A telephone's clock may be this many steps off, either way.
const AROUND: i64 = 1;

/// The half minute of an instant, counted from 1970.
pub(super) fn step_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS)
}

/// The newest step around `now` whose code this is and that is newer than `last_step`.
///
/// Looks at every step whether one fitted before or not, so that time tells nothing.
pub(super) fn fitting_step(secret: &[u8], code: &str, now: Timestamp, last_step: i64) -> Option<i64> {
    let here = step_of(now);
    let mut found = None;
    for step in here - AROUND..=here + AROUND {
        let right: bool = code_at(secret, step).as_bytes().ct_eq(code.as_bytes()).into();
        if right && step > last_step {
            found = Some(step);
        }
    }
    found
}

/// The code of a step. HMAC takes keys of any length, so the empty text, which fits no code, never comes back.
pub(super) fn code_at(secret: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let mac = mac.finalize().into_bytes();
    // RFC 4226, 5.3: the last four bits say where the four bytes of the number begin.
    let begin = usize::from(mac.last().copied().unwrap_or(0) & 0x0f);
    let four = mac.iter().skip(begin).take(4);
    let number = four.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Base 32 of RFC 4648 without padding, as apps take secrets.
pub(super) fn base32(bytes: &[u8]) -> String {
    const LETTERS: [char; 32] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T',
        'U', 'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
    ];
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0_u32);
    let mut put = |five: u32| text.extend(LETTERS.get((five & 31) as usize));
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            put(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        put(held << (5 - bits));
    }
    text
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Timestamp;

    use super::{base32, code_at, fitting_step, step_of};

    /// RFC 6238, appendix B, for SHA-1; its eight digits end in our six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        for (second, eight) in VECTORS {
            assert_eq!(code_at(SECRET, step_of(at(second))), &eight[2..], "{second}");
        }
        // RFC 4226, appendix D.
        let counted = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (step, code) in counted.iter().enumerate() {
            assert_eq!(code_at(SECRET, i64::try_from(step).unwrap()), *code, "{step}");
        }
    }

    #[test]
    fn secrets_are_written_as_the_standard_writes_them() {
        // RFC 4648, chapter 10, without the padding.
        let written = [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ];
        for (bytes, text) in written {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_fits_one_step_either_side_and_no_step_twice() {
        let now = at(1_800_000_015);
        let here = step_of(now);
        for step in here - 3..=here + 3 {
            let fits = fitting_step(SECRET, &code_at(SECRET, step), now, 0);
            assert_eq!(fits, ((step - here).abs() <= 1).then_some(step), "{}", step - here);
        }
        let code = code_at(SECRET, here);
        assert_eq!(fitting_step(SECRET, &code, now, here - 1), Some(here));
        assert_eq!(fitting_step(SECRET, &code, now, here), None, "used");
        assert_eq!(fitting_step(SECRET, &code, now, here + 1), None, "an older one than the one used");
        assert_eq!(fitting_step(SECRET, "", now, 0), None);
        assert_eq!(fitting_step(b"another secret", &code, now, 0), None);
    }
}
