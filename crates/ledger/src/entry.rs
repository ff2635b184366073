//! One entry: what happened to which record, when, and a keyed commitment to the details. No personal data, no
//! lasting person id: `record` is random per record and `commitment` is unlinkable once its key is destroyed.

use std::fmt;

use cleansheet_terms::{Digest, Timestamp};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Longest entry in bytes: an entry bundle gives a length two bytes (C2SP tlog-tiles).
pub const LONGEST_ENTRY: usize = 65_535;

/// Why bytes are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A kind is 1 to 60 characters of `a-z`, `.` and `_`.
    #[error("`{0}` is no kind of entry; use 1 to 60 of a-z, `.` and `_`")]
    Kind(String),
    /// A record reference is 32 lower-case hex digits.
    #[error("a record reference is 32 lower-case hex digits")]
    Record,
    /// The bytes are not exactly what this version writes.
    #[error("these bytes are no entry in canonical form")]
    NotCanonical,
    /// More than [`LONGEST_ENTRY`].
    #[error("an entry of {0} bytes is too long; keep it to {LONGEST_ENTRY}")]
    TooLong(usize),
}

/// What happened, for example `post.approved`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind(String);

impl Kind {
    /// A kind: 1 to 60 characters of `a-z`, `.` and `_`.
    pub fn new(text: &str) -> Result<Self, EntryError> {
        let fine = (1..=60).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
        if fine { Ok(Self(text.to_owned())) } else { Err(EntryError::Kind(text.chars().take(60).collect())) }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The random name of one record inside the log; shown as 32 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRef(String);

impl RecordRef {
    /// A reference from 16 random bytes, drawn once for each record.
    pub fn from_bytes(chance: [u8; 16]) -> Self {
        Self(chance.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads 32 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, EntryError> {
        let fine = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if fine { Ok(Self(text.to_owned())) } else { Err(EntryError::Record) }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The secret of one record. Once it is destroyed, nobody can link the record's commitments to what was committed.
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// The secret bytes: with them everybody may check the record's commitments.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// A key from 32 random bytes, drawn once for each record.
    pub fn from_bytes(chance: [u8; 32]) -> Self {
        Self(chance)
    }
}

/// See [`commit`]; shown as 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(Digest);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// `HMAC-SHA256(key, payload)`: proves the payload to whoever is shown payload and key, and says nothing to others.
pub fn commit(key: &RecordKey, payload: &[u8]) -> Commitment {
    // A key of 32 bytes is shorter than the hash's block of 64, so RFC 2104 pads it with zeros to a whole block.
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(key.0) {
        *to = from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(payload);
    Commitment(Digest::from_bytes(mac.finalize().into_bytes().into()))
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: Kind,
    /// To which record.
    pub record: RecordRef,
    /// See [`commit`].
    pub commitment: Commitment,
    /// When, to the millisecond; finer parts are not written.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    record: String,
    commitment: Commitment,
    at_ms: i64,
}

impl Entry {
    /// One line of JSON with a fixed order of keys; [`Entry::parse`] accepts exactly this.
    pub fn to_bytes(&self) -> Vec<u8> {
        format!(
            r#"{{"kind":"{}","record":"{}","commitment":"{}","at_ms":{}}}"#,
            self.kind.0,
            self.record.0,
            self.commitment,
            self.at.as_millisecond()
        )
        .into_bytes()
    }

    /// Reads an entry; anything that would not be written the same way again is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let line: Line = serde_json::from_slice(bytes).map_err(|_| EntryError::NotCanonical)?;
        let entry = Self {
            kind: Kind::new(&line.kind)?,
            record: RecordRef::parse(&line.record)?,
            commitment: line.commitment,
            at: Timestamp::from_millisecond(line.at_ms).map_err(|_| EntryError::NotCanonical)?,
        };
        if entry.to_bytes() == bytes { Ok(entry) } else { Err(EntryError::NotCanonical) }
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Timestamp;

    use super::{Entry, EntryError, Kind, RecordKey, RecordRef, commit};

    const LINE: &str = concat!(
        r#"{"kind":"post.approved","record":"000102030405060708090a0b0c0d0e0f","#,
        r#""commitment":"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7","at_ms":1795000000123}"#
    );

    /// The key of RFC 4231, test case 1: 20 bytes; the zeros behind are those HMAC pads with by itself.
    fn known_key() -> RecordKey {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        RecordKey::from_bytes(key)
    }

    #[test]
    fn a_commitment_is_the_hmac_of_rfc_4231() {
        let known = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(commit(&known_key(), b"Hi There").to_string(), known);
    }

    #[test]
    fn an_entry_is_written_in_one_way_only() {
        let mut record = [0; 16];
        record.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
        let entry = Entry {
            kind: Kind::new("post.approved").unwrap(),
            record: RecordRef::from_bytes(record),
            commitment: commit(&known_key(), b"Hi There"),
            at: Timestamp::from_millisecond(1_795_000_000_123).unwrap(),
        };
        assert_eq!(String::from_utf8(entry.to_bytes()).unwrap(), LINE);
        assert_eq!(Entry::parse(LINE.as_bytes()), Ok(entry));
    }

    #[test]
    fn an_entry_written_otherwise_is_refused() {
        let otherwise = [
            LINE.replace(":1795", ": 1795"),
            LINE.replace("1795000000123", "1795000000123.0"),
            LINE.replace("1795000000123", "99999999999999999"),
            LINE.replace("b0344c", "B0344C"),
            LINE.replace("0d0e0f", "0d0e0F"),
            LINE.replace("\"at_ms\"", "\"extra\":1,\"at_ms\""),
            LINE.replace("post.approved", "p\\u006fst.approved"),
            LINE.replace("post.approved", "Post approved"),
            LINE.replace("post.approved", ""),
            format!("{LINE}\n"),
            String::new(),
        ];
        for line in otherwise {
            assert!(Entry::parse(line.as_bytes()).is_err(), "{line}");
        }
        assert!(matches!(Kind::new("post approved"), Err(EntryError::Kind(_))));
        assert_eq!(RecordRef::parse("00"), Err(EntryError::Record));
    }
}
