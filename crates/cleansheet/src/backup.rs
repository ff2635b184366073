//! Backups: everything a trust is, sealed, in a folder that grows by what is new.
//!
//! A folder holds `objects/` (pieces of files, each named by a keyed hash of its content and sealed under the `backup` key
//! of the key file) and `runs/` (one sealed manifest for each backup, which names the objects of every file). An object
//! that is there is not copied again; a manifest is written last, so a backup that was cut off does not exist. The key
//! file itself is never in a backup: a copied backup yields nothing.
//!
//! One moment: the ledger's files are read first, then the records in one transaction, then the pictures that those
//! records name. So the records always hold at least what the checkpoint signs, and a picture is missing only when it was
//! deleted meanwhile.

mod create;
mod manifest;
mod restore;
mod vault;
mod verify;

use std::{io, path::PathBuf};

use cleansheet_ledger::{Fault, Files};
use cleansheet_records::{
    StoreError, Tx,
    media::{Media, Place},
    posts::Posts,
};
use cleansheet_terms::Digest;

pub use create::{Created, Keep, Last, USUAL_DAYS, create};
pub use manifest::{Manifest, RunId};
pub use restore::{Restored, restore};
pub use vault::Vault;
pub use verify::{Verified, verify};

use crate::{keys::KeysError, profile::ProfileError};

/// Why a backup was not made, verified or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder.
    #[error("`{0}` cannot be read or written: {1}")]
    File(PathBuf, io::Error),
    /// No room.
    #[error("the disk of `{0}` is full; nothing that was there is lost: make room and run this again")]
    Full(PathBuf),
    /// Not a folder of backups.
    #[error("`{0}` holds no backup; give the folder that `cleansheet backup create --to` filled")]
    NoBackup(PathBuf),
    /// No such run.
    #[error("there is no backup `{0}`; leave out --run for the newest")]
    NoRun(String),
    /// Sealed under another key.
    #[error("the backups in `{0}` were made with another key file; give that one with --keys")]
    WrongKey(PathBuf),
    /// Changed, cut off or missing.
    #[error(
        "`{0}` is damaged or missing in the backup; use another copy of it, or an earlier backup with --run"
    )]
    Damaged(String),
    /// Made by a later program.
    #[error("the backup was made by a newer Cleansheet; use the newest program")]
    Newer,
    /// Two at a time.
    #[error("another backup into `{0}` is running; wait until it has ended")]
    Taken(PathBuf),
    /// Restoring never writes over anything.
    #[error("`{0}` is not empty; restore into a new folder")]
    NotEmpty(PathBuf),
    /// The records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The ledger does not hold together.
    #[error("the ledger does not verify: {0}")]
    Ledger(#[from] Fault),
    /// Records and ledger are not of one history.
    #[error(
        "the records do not hold what the ledger's checkpoint signs ({0} entries); run `cleansheet ledger verify`"
    )]
    OtherHistory(u64),
    /// A picture that the records name.
    #[error(
        "{0} pictures that the records name are not there; look into the media folder and run this again"
    )]
    PicturesMissing(usize),
}

impl BackupError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            _ => Self::File(path, error),
        }
    }
}

/// The pictures that a backup holds: those that the records name. What must never be copied, such as an original that the
/// police are to have and nobody else, is left out here and nowhere else.
async fn pictures(tx: &mut Tx) -> Result<Vec<(Place, String)>, StoreError> {
    let named = Posts(tx).named_files().await?;
    Ok(named
        .into_iter()
        .map(|name| (if name.len() == 32 { Place::Originals } else { Place::Renditions }, name))
        .collect())
}

/// The path of a picture inside a backup.
fn picture_path(place: Place, name: &str) -> String {
    format!("media/{}/{name}", place.as_str())
}

/// Which picture a path names.
fn picture_of(path: &str) -> Option<(Place, &str)> {
    let (place, name) = path.strip_prefix("media/")?.split_once('/')?;
    Place::ALL.into_iter().find(|one| one.as_str() == place).map(|place| (place, name))
}

/// A picture as it lies there: an original stays sealed. A copy is hashed again.
fn picture(media: &Media, place: Place, name: &str) -> io::Result<Vec<u8>> {
    match (place, Digest::parse(name)) {
        (Place::Renditions, Ok(digest)) => media.rendition(&digest),
        _ => media.shelf().get(place, name),
    }
}

/// The ledger's files of a backup, in memory.
struct InMemory<'a>(&'a std::collections::BTreeMap<String, Vec<u8>>);

impl Files for InMemory<'_> {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(&format!("ledger/{path}")).cloned())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let tiles = self.0.keys().filter_map(|path| path.strip_prefix("ledger/"));
        Ok(tiles.filter(|path| path.starts_with("tile/")).map(str::to_owned).collect())
    }
}
