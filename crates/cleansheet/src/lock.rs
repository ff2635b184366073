//! One process for one trust: two would publish each other's jobs and write the ledger's files at the same time.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// Why a trust is not ours alone.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another Cleansheet is using `{0}`; stop it first")]
    Taken(PathBuf),
    /// The folder.
    #[error("the data folder `{0}` cannot be used: {1}")]
    Folder(PathBuf, io::Error),
}

/// Holds a data folder until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock is the open file")] File);

impl Lock {
    /// Takes the folder for this process. One that is not there is made, and no other account may look into it.
    pub fn take(data: &Path) -> Result<Self, LockError> {
        let folder = |e| LockError::Folder(data.to_owned(), e);
        DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(folder)?;
        let file = File::create(data.join("lock")).map_err(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(data.to_owned())),
            Err(TryLockError::Error(error)) => Err(folder(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, LockError};

    #[test]
    fn a_trust_is_used_by_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path()).unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(LockError::Taken(_))));
        drop(held);
        assert!(Lock::take(folder.path()).is_ok());
    }
}
