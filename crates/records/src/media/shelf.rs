//! Where pictures lie: a folder of this machine, or a store elsewhere behind the same six acts.

use std::{io, time::SystemTime};

/// The two kinds of files, kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Sealed originals, named by chance.
    Originals,
    /// Publishable copies, named by the SHA-256 of their bytes.
    Renditions,
}

impl Place {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Originals, Self::Renditions];

    /// The folder's name, and the middle of a key in a bucket.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Originals => "originals",
            Self::Renditions => "renditions",
        }
    }
}

/// Whether a name may be taken already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is new. When another writer had the same thought, the bytes must be the same.
    New,
    /// What is there is damaged and is written again.
    Again,
}

/// One file of a shelf.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Its name: hexadecimal digits, unless somebody else put something there.
    pub name: String,
    /// When it was written, as far as the shelf knows.
    pub written: SystemTime,
    /// Bytes.
    pub size: u64,
}

/// A place for files that are written once. Calls block: keep them off the threads that answer pages.
///
/// A shelf looks at no content: [`super::Media`] seals, opens and hashes.
pub trait Shelf: Send + Sync {
    /// Keeps a file. Durable when this returns.
    ///
    /// An error of kind `AlreadyExists`: the name is taken by other bytes.
    fn put(&self, place: Place, name: &str, bytes: &[u8], how: Put) -> io::Result<()>;

    /// The bytes of a file; an error of kind `NotFound` when it is not there.
    fn get(&self, place: Place, name: &str) -> io::Result<Vec<u8>>;

    /// Removes a file for good. Not being there is success.
    fn remove(&self, place: Place, name: &str) -> io::Result<()>;

    /// Every file of a place.
    fn list(&self, place: Place) -> io::Result<Vec<Kept>>;

    /// Removes what writers that died have left half done before `earlier`; says how many files went.
    fn tidy(&self, earlier: SystemTime) -> io::Result<usize>;

    /// Writes, reads and removes a small file, so that a wrong setting is noticed at the start.
    fn try_out(&self) -> io::Result<()>;
}
