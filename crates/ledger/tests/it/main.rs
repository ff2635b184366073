//! The log holds together, and whatever is changed is found and named.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails says where by itself")]

mod agreement;
mod tampering;

use std::{collections::BTreeMap, io, sync::LazyLock};

use cleansheet_ledger::{
    CHECKPOINT_PATH, Checkpoint, Entry, Files, Kind, Level, RecordKey, RecordRef, SigningKey, Tile,
    VerifierKey, bundle, commit, hash_tile, leaf_hash, levels, root, tiles_of,
};
use cleansheet_terms::{Digest, Timestamp};

/// A log in memory, with the partial tiles of every size it had a checkpoint at.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) entries: Vec<Vec<u8>>,
}

impl Files for Log {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.get(path).cloned())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files.keys().filter(|path| path.starts_with("tile/")).cloned().collect())
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::new("rivermead-town", &[7; 32]).unwrap()
}

pub(crate) fn verifier() -> VerifierKey {
    key().verifier()
}

pub(crate) fn entry(n: u64) -> Vec<u8> {
    Entry {
        kind: Kind::new("post.approved").unwrap(),
        record: RecordRef::parse(&format!("{n:032x}")).unwrap(),
        commitment: commit(&RecordKey::from_bytes([3; 32]), &n.to_be_bytes()),
        at: Timestamp::from_millisecond(1_795_000_000_000 + n as i64).unwrap(),
    }
    .to_bytes()
}

impl Log {
    /// A log that had checkpoints at 3, 300 and 530 entries, made once.
    pub(crate) fn sample() -> Self {
        static SAMPLE: LazyLock<Log> = LazyLock::new(|| Log::grown(&[3, 300, 530]));
        SAMPLE.clone()
    }

    pub(crate) fn of(size: u64) -> Self {
        Self::grown(&[size])
    }

    /// A log that had a checkpoint at each of these sizes.
    pub(crate) fn grown(sizes: &[u64]) -> Self {
        let last = *sizes.last().unwrap();
        let mut log = Self { files: BTreeMap::new(), entries: (0..last).map(entry).collect() };
        for size in sizes {
            log.publish(*size);
        }
        log
    }

    pub(crate) fn leaves(&self, size: u64) -> Vec<Digest> {
        self.entries.iter().take(size as usize).map(|entry| leaf_hash(entry)).collect()
    }

    pub(crate) fn publish(&mut self, size: u64) {
        let leaves = self.leaves(size);
        let checkpoint = Checkpoint { size, root: root(&leaves) };
        let levels = levels(leaves);
        for tile in tiles_of(size) {
            let bytes = self.bytes(&tile, &levels);
            self.files.insert(tile.path(), bytes);
        }
        self.files.insert(CHECKPOINT_PATH.to_owned(), checkpoint.sign(&key()).into_bytes());
    }

    fn bytes(&self, tile: &Tile, levels: &[Vec<Digest>]) -> Vec<u8> {
        let first = (tile.number * 256) as usize;
        let range = first..first + tile.width as usize;
        match tile.level {
            Level::Entries => bundle(self.entries[range].iter().map(Vec::as_slice)).unwrap(),
            Level::Hashes(level) => hash_tile(&levels[usize::from(level)][range]),
        }
    }

    pub(crate) fn checkpoint(&self) -> String {
        String::from_utf8(self.files[CHECKPOINT_PATH].clone()).unwrap()
    }
}
