//! The tamper-evident log: entries, tree, tiles, checkpoints, proofs and the verifier. Pure: no file, no clock, no
//! database; an auditor can build this crate alone.
//!
//! Format: C2SP [tlog-tiles](https://c2sp.org/tlog-tiles), [tlog-checkpoint](https://c2sp.org/tlog-checkpoint),
//! [signed-note](https://c2sp.org/signed-note) and [tlog-proof](https://c2sp.org/tlog-proof); hashes of RFC 6962 over
//! SHA-256.
//!
//! ```
//! use std::{collections::BTreeMap, io};
//!
//! use cleansheet_ledger::{Entry, Files, Kind, RecordKey, RecordRef, SigningKey, Writer, commit, verify};
//! use cleansheet_terms::Timestamp;
//!
//! struct Memory(BTreeMap<String, Vec<u8>>);
//!
//! impl Files for Memory {
//!     fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
//!         Ok(self.0.get(path).cloned())
//!     }
//!     fn list(&self) -> io::Result<Vec<String>> {
//!         Ok(self.0.keys().filter(|path| path.starts_with("tile/")).cloned().collect())
//!     }
//! }
//!
//! // The record's reference and key, and the seed of the log's key, are drawn at random; here they are fixed.
//! let entry = Entry {
//!     kind: Kind::new("post.approved")?,
//!     record: RecordRef::from_bytes([1; 16]),
//!     commitment: commit(&RecordKey::from_bytes([2; 32]), br#"{"post":"post_0198f2"}"#),
//!     at: Timestamp::UNIX_EPOCH,
//! };
//! let key = SigningKey::new("trust.example.org/ledger", &[3; 32])?;
//!
//! let mut writer = Writer::new();
//! let mut files = writer.push(&entry.to_bytes())?;
//! files.extend(writer.partials());
//! let mut log = Memory(files.into_iter().map(|file| (file.path, file.bytes)).collect());
//! log.0.insert("checkpoint".to_owned(), writer.checkpoint().sign(&key).into_bytes());
//!
//! assert_eq!(verify(&log, &key.verifier(), None)?.size, 1);
//!
//! log.0.insert("tile/entries/000.p/1".to_owned(), b"\0\x04else".to_vec());
//! let fault = verify(&log, &key.verifier(), None).unwrap_err();
//! assert_eq!((fault.file(), fault.index()), (Some("tile/entries/000.p/1"), Some(0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(missing_docs)]

mod blame;
mod cosign;
mod entry;
mod fault;
mod note;
mod proof;
mod receipt;
mod tile;
mod tree;
mod verify;
mod writer;

pub use cosign::{WitnessKey, WitnessSigner};
pub use entry::{Commitment, Entry, EntryError, Kind, LONGEST_ENTRY, RecordKey, RecordRef, commit};
pub use fault::Fault;
pub use note::{Checkpoint, NoteError, SigningKey, VerifierKey};
pub use proof::{check_consistency, check_inclusion, consistency_proof, inclusion_proof};
pub use receipt::{Receipt, ReceiptError};
pub use tile::{Level, TILE_WIDTH, Tile, bundle, hash_tile, levels, tiles_between, tiles_of, unbundle};
pub use tree::{Frontier, leaf_hash, node_hash, root};
pub use verify::{CHECKPOINT_PATH, Files, Verified, verify};
pub use writer::{File, Writer};
