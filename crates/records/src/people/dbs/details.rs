//! What only the Manager and the safeguarding lead may know of a DBS record, and how it is sealed.
//!
//! What a certificate disclosed is criminal-offence data (UK GDPR, Article 10). Each kind is filled up to one length before it
//! is sealed: a copied database does not tell a long note from none.

use std::fmt;

use cleansheet_terms::{Date, Entropy};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::DbsError;
use crate::sealing::Sealer;

/// The digits of a certificate's number; leading zeros are part of it.
const DIGITS: usize = 12;
/// Names on a certificate have at most this many letters each.
const NAME_LETTERS: usize = 100;
/// A note has at most this many letters.
pub const NOTE_LETTERS: usize = 1_000;

/// A certificate's number. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CertificateNumber(String);

impl CertificateNumber {
    /// Reads a number as people type it: spaces are left out.
    pub fn parse(text: &str) -> Result<Self, DbsError> {
        let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let right = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if right { Ok(Self(digits)) } else { Err(DbsError::Number) }
    }

    /// The twelve digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateNumber(…)")
    }
}

/// Who a certificate is for, as it stands on it. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The number.
    pub number: CertificateNumber,
    /// As printed.
    pub forename: String,
    /// As printed.
    pub surname: String,
    /// Needed for status checks only.
    pub birthday: Option<Date>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    pub(super) fn checked(&self) -> Result<&Self, DbsError> {
        let fits = |name: &str| !name.trim().is_empty() && name.chars().count() <= NAME_LETTERS;
        if fits(&self.forename) && fits(&self.surname) { Ok(self) } else { Err(DbsError::Names) }
    }
}

/// What stands in the part of a certificate that discloses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disclosed {
    /// Nothing.
    Nothing,
    /// Something: what, is kept nowhere.
    Something,
}

/// What a certificate disclosed, and why its holder is suitable or not. Its debug form shows nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Known once somebody has seen the original.
    pub disclosed: Option<Disclosed>,
    /// The note of whoever decided.
    pub note: String,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content(…)")
    }
}

/// Why a status check needs a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It does not.
    Fine,
    /// There is new information: the certificate is no longer current.
    NewInformation,
    /// The certificate disclosed something, and nobody decided with that before them.
    NotDecided,
    /// Name or day of print are others than ours.
    Differs,
    /// It needed one when the details went after six months, and why is not kept beyond them.
    NotKept,
}

/// What is shown of one record, once the look is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Number, names and birthday; `None` when they are gone.
    pub identity: Option<Identity>,
    /// What it disclosed, and the note; `None` when they are gone.
    pub content: Option<Content>,
    /// Why a status check needs a look; `None` when none does.
    pub why: Option<Why>,
}

/// Something that is sealed with a record.
pub(super) trait Sealed: Serialize + DeserializeOwned {
    /// What it is sealed for.
    const PURPOSE: &'static str;
    /// To this many bytes it is filled up; more than any that is let in, with every letter escaped.
    const BYTES: usize;
}

impl Sealed for Identity {
    const PURPOSE: &'static str = "dbs identity";
    const BYTES: usize = 2_048;
}

impl Sealed for Content {
    const PURPOSE: &'static str = "dbs content";
    const BYTES: usize = 8_192;
}

impl Sealed for Why {
    const PURPOSE: &'static str = "dbs status";
    const BYTES: usize = 64;
}

/// Seals a value for the record `id`.
pub(super) fn seal<T: Sealed>(
    value: &T,
    id: &str,
    sealer: &Sealer,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, DbsError> {
    let mut bytes = Zeroizing::new(serde_json::to_vec(value).map_err(|_| DbsError::TooLong)?);
    if bytes.len() > T::BYTES {
        return Err(DbsError::TooLong);
    }
    // JSON takes no notice of blanks behind it.
    bytes.resize(T::BYTES, b' ');
    Ok(sealer.seal(T::PURPOSE, id, &bytes, entropy)?)
}

/// Opens what [`seal`] made.
pub(super) fn open<T: Sealed>(sealed: &[u8], id: &str, sealer: &Sealer) -> Result<T, DbsError> {
    let bytes = sealer.open(T::PURPOSE, id, sealed).ok_or(DbsError::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| DbsError::Unreadable)
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::SeededEntropy;

    use super::{CertificateNumber, Content, Disclosed, Identity, NAME_LETTERS, NOTE_LETTERS, open, seal};
    use crate::sealing::Sealer;

    #[test]
    fn a_number_has_twelve_digits_and_keeps_its_zeros() {
        assert_eq!(CertificateNumber::parse(" 0012 3456 7890 ").unwrap().reveal(), "001234567890");
        for wrong in
            ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２", "-12345678901"]
        {
            assert!(CertificateNumber::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", CertificateNumber::parse("001234567890")), "Ok(CertificateNumber(…))");
    }

    #[test]
    fn what_is_sealed_has_one_length_whatever_it_says() {
        let (sealer, mut chance) = (Sealer::new([7; 32]), SeededEntropy::new(1));
        let contents = [
            Content::default(),
            Content { disclosed: Some(Disclosed::Nothing), note: String::new() },
            Content { disclosed: Some(Disclosed::Something), note: "\u{1F600}".repeat(NOTE_LETTERS) },
            Content { disclosed: Some(Disclosed::Something), note: "\u{1}".repeat(NOTE_LETTERS) },
        ];
        let lengths: Vec<usize> = contents
            .iter()
            .map(|content| {
                let sealed = seal(content, "dbs_1", &sealer, &mut chance).unwrap();
                assert!(open::<Content>(&sealed, "dbs_1", &sealer).unwrap() == *content);
                assert!(open::<Content>(&sealed, "dbs_2", &sealer).is_err(), "of another record");
                sealed.len()
            })
            .collect();
        assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "{lengths:?}");
        let number = CertificateNumber::parse("001234567890").unwrap();
        let name = "\u{1}".repeat(NAME_LETTERS);
        let long = Identity { number, forename: name.clone(), surname: name, birthday: None };
        assert!(seal(&long, "dbs_1", &sealer, &mut chance).is_ok());
    }
}
