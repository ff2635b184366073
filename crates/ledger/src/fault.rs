//! What can be wrong with a log.

use std::io;

use crate::note::NoteError;

/// What is wrong, in which file, and from which entry on. The sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file could not be read.
    #[error("`{path}` cannot be read: {source}; give this account the right to read it")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is missing.
    #[error("`{path}` is missing; restore it from a backup and find out who removed it")]
    Missing {
        /// The file.
        path: String,
        /// The first entry that can no longer be checked.
        index: Option<u64>,
    },
    /// A file nobody put there.
    #[error("`{path}` does not belong to this log; find out who put it there")]
    Stray {
        /// The file.
        path: String,
    },
    /// The checkpoint is not what the trust signed.
    #[error(
        "`{path}` is not what the trust signed: {source}; compare it with a copy that somebody else keeps"
    )]
    Checkpoint {
        /// The file.
        path: String,
        /// Why.
        source: NoteError,
    },
    /// The older checkpoint is not one that the trust signed.
    #[error("the older checkpoint is not what the trust signed: {source}; give it exactly as it was kept")]
    Since {
        /// Why.
        source: NoteError,
    },
    /// An entry is not the one that was logged.
    #[error("entry {index} in `{path}` is not what was logged; compare the file with a backup")]
    Entry {
        /// The file.
        path: String,
        /// The first wrong entry.
        index: u64,
    },
    /// An entry was changed, and the hashes of its bundle were changed to fit.
    #[error(
        "`{path}` and its hash tile are not what was logged, at entry {index} or later; compare both with a backup"
    )]
    Bundle {
        /// The file of entries.
        path: String,
        /// The first entry that can no longer be trusted.
        index: u64,
    },
    /// The log holds an entry that this program cannot read, but it is the one that was logged.
    #[error("entry {index} in `{path}` is written in a form unknown here; verify with a newer Cleansheet")]
    Form {
        /// The file.
        path: String,
        /// The entry.
        index: u64,
    },
    /// Hashes do not follow from the entries.
    #[error(
        "`{path}` does not follow from the entries, first at entry {index}; compare the file with a backup"
    )]
    Hashes {
        /// The file.
        path: String,
        /// The first entry below the first wrong hash.
        index: u64,
    },
    /// Entries, tiles and checkpoint do not belong together.
    #[error(
        "`{path}` speaks of other entries than the log holds; compare it with a copy that somebody else keeps"
    )]
    Root {
        /// The file.
        path: String,
    },
    /// The files go on where the checkpoint ends: a publication was cut off, or an older checkpoint put back.
    #[error(
        "`{path}` ends at entry {size}, but the log holds later ones; start Cleansheet so that it finishes writing, and if this stays, find out who put an older checkpoint back"
    )]
    Ahead {
        /// The checkpoint.
        path: String,
        /// How many entries it speaks of.
        size: u64,
    },
    /// Entries were cut off.
    #[error(
        "the log has {size} entries, fewer than the {since} of the older checkpoint: entries were cut off; restore them from a backup and find out who removed them"
    )]
    Truncated {
        /// Now.
        size: u64,
        /// Then.
        since: u64,
    },
    /// The history was rewritten.
    #[error(
        "the first {since} entries are not those of the older checkpoint: the history was rewritten; show both to the trustees and compare with a backup"
    )]
    Forked {
        /// How many entries the older checkpoint speaks of.
        since: u64,
    },
}

impl Fault {
    /// The file the fault is in; the older checkpoint names no file of the log.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Unreadable { path, .. }
            | Self::Missing { path, .. }
            | Self::Stray { path }
            | Self::Checkpoint { path, .. }
            | Self::Entry { path, .. }
            | Self::Bundle { path, .. }
            | Self::Form { path, .. }
            | Self::Hashes { path, .. }
            | Self::Ahead { path, .. }
            | Self::Root { path } => Some(path),
            Self::Since { .. } | Self::Truncated { .. } | Self::Forked { .. } => None,
        }
    }

    /// The first entry that is wrong or can no longer be checked.
    pub fn index(&self) -> Option<u64> {
        match self {
            Self::Missing { index, .. } => *index,
            Self::Entry { index, .. }
            | Self::Bundle { index, .. }
            | Self::Form { index, .. }
            | Self::Hashes { index, .. } => Some(*index),
            Self::Ahead { size, .. } | Self::Truncated { size, .. } => Some(*size),
            Self::Unreadable { .. }
            | Self::Stray { .. }
            | Self::Checkpoint { .. }
            | Self::Since { .. }
            | Self::Root { .. }
            | Self::Forked { .. } => None,
        }
    }
}
