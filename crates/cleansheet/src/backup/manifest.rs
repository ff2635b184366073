//! What one backup holds: the names of the objects of every file.

use std::fmt;

use cleansheet_terms::{Digest, Entropy, Timestamp, random_hex};
use serde::{Deserialize, Serialize};

/// The way of writing backups that this program knows.
pub(super) const FORMAT: u32 = 1;

/// The name of one backup: when it was made, and some chance. Sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(String);

/// One backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// The moment it holds.
    pub made: Timestamp,
    /// The trust's short name.
    pub trust: String,
    /// The schema of the records.
    pub schema: i64,
    /// How many ledger entries the records hold.
    pub entries: u64,
    /// The root over them.
    pub root: Digest,
    pub(super) files: Vec<Kept>,
    /// Pictures that were deleted while the backup was made.
    #[serde(default)]
    pub(super) gone: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Relative to the data folder; pictures are `media/originals/…` and `media/renditions/…` wherever they lie.
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
    /// Its pieces, in order.
    pub(super) parts: Vec<Digest>,
}

impl RunId {
    /// Sorts by when it was made, to the millisecond: two backups can begin in one second.
    pub(super) fn new(made: Timestamp, entropy: &mut dyn Entropy) -> Self {
        let (second, ms) = (made.strftime("%Y%m%dT%H%M%S"), made.as_millisecond().rem_euclid(1_000));
        Self(format!("{second}{ms:03}Z-{}", random_hex(entropy, 3)))
    }

    /// Reads the name of a backup, as the program prints it.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!text.is_empty() && text.len() < 64 && text.chars().all(plain)).then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Manifest {
    /// How many pictures it holds.
    pub fn pictures(&self) -> usize {
        self.files.iter().filter(|file| super::picture_of(&file.path).is_some()).count()
    }

    /// How many bytes its files have, unsealed.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::SeededEntropy;

    use super::RunId;

    #[test]
    fn the_newest_of_two_backups_of_one_second_is_the_later_one() {
        let mut chance = SeededEntropy::new(3);
        let at = |text: &str| text.parse().unwrap();
        for later in ["2026-11-26T02:14:52.454Z", "2026-11-26T02:14:53Z", "2026-12-01T00:00:00Z"] {
            for _ in 0..50 {
                let first = RunId::new(at("2026-11-26T02:14:52.453Z"), &mut chance);
                let second = RunId::new(at(later), &mut chance);
                assert!(first < second, "{first} {second}");
                assert_eq!(RunId::parse(second.as_str()).as_ref(), Some(&second));
            }
        }
    }
}
