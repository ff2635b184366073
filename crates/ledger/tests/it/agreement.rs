//! Our log and the independent `tlog_tiles` crate agree.

use std::{cell::RefCell, collections::BTreeMap};

use cleansheet_ledger::{
    Checkpoint, Level, Tile, Writer, check_consistency, check_inclusion, consistency_proof, inclusion_proof,
    leaf_hash, root, tiles_between, tiles_of, verify,
};
use cleansheet_terms::Digest;
use proptest::prelude::*;
use tlog_tiles::{self as peer, HashReader};

use crate::{Log, key, verifier};

struct Stored(RefCell<Vec<peer::Hash>>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<peer::Hash>, peer::Error> {
        let all = self.0.borrow();
        Ok(indexes.iter().map(|index| all[*index as usize]).collect())
    }
}

fn peers_log(log: &Log) -> Stored {
    let stored = Stored(RefCell::new(Vec::new()));
    for (n, entry) in log.entries.iter().enumerate() {
        let new = peer::stored_hashes(n as u64, entry, &stored).unwrap();
        stored.0.borrow_mut().extend(new);
    }
    stored
}

fn hash(digest: &Digest) -> peer::Hash {
    peer::Hash(*digest.as_bytes())
}

fn hashes(digests: &[Digest]) -> Vec<peer::Hash> {
    digests.iter().map(hash).collect()
}

/// The peer puts the height of its tiles into the path.
fn standard_path(tile: &peer::Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

#[test]
fn tiles_agree_in_path_and_bytes_while_a_log_grows() {
    let log = Log::of(66_000);
    let stored = peers_log(&log);
    let mut writer = Writer::new();
    for size in [1, 2, 200, 255, 256, 257, 511, 512, 513, 600, 65_535, 65_536, 65_537, 65_792, 65_793, 66_000]
    {
        let old = writer.size();
        let mut files = BTreeMap::new();
        for entry in &log.entries[old as usize..size as usize] {
            files.extend(writer.push(entry).unwrap().into_iter().map(|file| (file.path, file.bytes)));
        }
        files.extend(writer.partials().into_iter().map(|file| (file.path, file.bytes)));
        for tile in peer::Tile::new_tiles(8, old, size) {
            let path = standard_path(&tile);
            assert_eq!(files.get(&path), Some(&tile.read_data(&stored).unwrap()), "{path} at {size}");
        }
    }
}

#[test]
fn new_tiles_agree_at_every_border() {
    let sizes = [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 16_777_215, 16_777_216, 16_777_217];
    for (at, old) in sizes.into_iter().enumerate() {
        for new in sizes.into_iter().skip(at).filter(|new| new - old < 100_000) {
            let hashes = |tile: &Tile| tile.level != Level::Entries;
            let mut ours: Vec<_> =
                tiles_between(old, new).iter().filter(|tile| hashes(tile)).map(Tile::path).collect();
            let mut theirs: Vec<_> = peer::Tile::new_tiles(8, old, new).iter().map(standard_path).collect();
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "from {old} to {new}");
        }
    }
}

#[test]
fn roots_agree_at_every_size() {
    let log = Log::of(600);
    let stored = peers_log(&log);
    for size in 1..=600 {
        let ours = root(&log.leaves(size));
        assert_eq!(*ours.as_bytes(), peer::tree_hash(size, &stored).unwrap().0, "at {size}");
    }
}

#[test]
fn proofs_agree_and_hold() {
    let log = Log::of(300);
    let stored = peers_log(&log);
    for size in [1_u64, 2, 3, 7, 8, 255, 256, 257, 300] {
        let leaves = log.leaves(size);
        let head = root(&leaves);
        for index in (0..size).step_by(7) {
            let ours = inclusion_proof(&leaves, index as usize).unwrap();
            let theirs = peer::prove_record(size, index, &stored).unwrap();
            assert_eq!(hashes(&ours), theirs);
            let leaf = leaves[index as usize];
            peer::check_record(&hashes(&ours), size, hash(&head), index, hash(&leaf)).unwrap();
            assert!(check_inclusion(&head, size, index, &leaf, &ours));
            assert!(!check_inclusion(&head, size, index, &leaf_hash(b"another"), &ours));
        }
        for old in 1..=size {
            let ours = consistency_proof(&leaves, old as usize).unwrap();
            let theirs = peer::prove_tree(size, old, &stored).unwrap();
            assert_eq!(hashes(&ours), theirs);
            let old_root = root(&leaves[..old as usize]);
            peer::check_tree(&hashes(&ours), size, hash(&head), old, hash(&old_root)).unwrap();
            assert!(check_consistency(&old_root, old, &head, size, &ours));
            assert!(!check_consistency(&leaf_hash(b"another"), old, &head, size, &ours));
        }
    }
}

#[test]
fn paths_are_those_of_the_standard() {
    let path = |level, number, width| Tile { level, number, width }.path();
    assert_eq!(path(Level::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(Level::Hashes(3), 0, 17), "tile/3/000.p/17");
    assert_eq!(path(Level::Entries, 999, 256), "tile/entries/999");
    assert_eq!(path(Level::Entries, 1000, 1), "tile/entries/x001/000.p/1");
    for (number, width) in [(0, 256), (5, 3), (999, 256), (1000, 9), (1_234_067, 256)] {
        for level in 0..3_u8 {
            let theirs = peer::Tile::new(8, level, number, width as u32, false);
            assert_eq!(path(Level::Hashes(level), number, width), standard_path(&theirs));
        }
    }
    assert_eq!(Tile::parse("tile/0/1"), None);
    assert_eq!(Tile::parse("tile/0/000.p/256"), None);
}

#[test]
fn the_files_of_a_size_are_listed_around_every_border() {
    let count = |size| tiles_of(size).len();
    assert_eq!(count(0), 0);
    assert_eq!(count(1), 2);
    assert_eq!(count(256), 3, "a bundle, a leaf tile and a partial tile above");
    assert_eq!(count(257), 5);
    assert_eq!(tiles_of(65_536).iter().filter(|tile| tile.level == Level::Hashes(2)).count(), 1);
    assert_eq!(tiles_of(65_537).iter().filter(|tile| tile.level == Level::Hashes(1)).count(), 1);
    for new in [1, 255, 256, 257, 513, 65_537] {
        let all: Vec<Tile> = tiles_between(0, new);
        assert_eq!(all, tiles_of(new));
        assert!(tiles_between(new, new).is_empty());
    }
}

#[test]
fn a_checkpoint_is_the_signed_note_of_the_standard() {
    let log = Log::of(5);
    let text = log.checkpoint();
    let body = text.split_once("\n\n").unwrap().0;
    let mut lines = body.lines();
    assert_eq!(lines.next(), Some("rivermead-town"));
    assert_eq!(lines.next(), Some("5"));
    let root_of_five = hash(&root(&log.leaves(5)));
    let theirs = peer::Checkpoint::from_bytes(format!("{body}\n").as_bytes()).unwrap();
    assert_eq!(theirs, peer::Checkpoint::new("rivermead-town", 5, root_of_five, "").unwrap());
    let peers_key = signed_note_key();
    assert_eq!(verifier().to_string(), peers_key);
    let opened = Checkpoint::open(&text, &verifier()).unwrap();
    assert_eq!(opened, Checkpoint { size: 5, root: root(&log.leaves(5)) });
    assert_eq!(opened.sign(&key()), text, "signing again gives the same text");
}

/// The key text worked out by hand from C2SP signed-note: name, first 4 bytes of SHA-256(name, newline, 1, key).
fn signed_note_key() -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let public = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    let mut hashed = b"rivermead-town\n\x01".to_vec();
    hashed.extend_from_slice(public.as_bytes());
    let id = cleansheet_terms::Digest::of(&hashed).to_string();
    let mut encoded = vec![1];
    encoded.extend_from_slice(public.as_bytes());
    format!("rivermead-town+{}+{}", &id[..8], BASE64_STANDARD.encode(encoded))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_log_of_any_size_verifies_and_any_older_checkpoint_with_it(size in 1_u64..700, older in 1_u64..700) {
        let older = older.min(size);
        let log = Log::grown(&[older, size]);
        let then = Log::of(older).checkpoint();
        let verified = verify(&log, &verifier(), Some(&then)).unwrap();
        prop_assert_eq!(verified.size, size);
    }
}
