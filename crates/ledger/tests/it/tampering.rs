//! Whatever byte is changed, file removed, added or swapped: it is found, and the file and entry are named.

use cleansheet_ledger::{
    CHECKPOINT_PATH, Checkpoint, Fault, Level, SigningKey, Tile, leaf_hash, root, verify,
};
use proptest::prelude::*;

use crate::{Log, entry, verifier};

fn fault(log: &Log) -> Fault {
    verify(log, &verifier(), None).unwrap_err()
}

/// The entries below one item of a hash tile, or one entry, given a byte of the file.
fn entries_at(path: &str, byte: usize, log: &Log) -> Option<u64> {
    let tile = Tile::parse(path)?;
    match tile.level {
        Level::Hashes(level) => Some(tile.first() + (byte as u64 / 32) * 256_u64.pow(u32::from(level))),
        Level::Entries => {
            let mut end = 0;
            (tile.first()..).find(|index| {
                end += log.entries[*index as usize].len() + 2;
                byte < end
            })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn any_changed_byte_is_found_with_its_file_and_entry(
        file in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), change in 1_u8..,
    ) {
        let mut log = Log::sample();
        let paths: Vec<String> = log.files.keys().cloned().collect();
        let path = paths[file.index(paths.len())].clone();
        let bytes = log.files.get_mut(&path).unwrap();
        let at = byte.index(bytes.len());
        bytes[at] ^= change;
        let fault = fault(&log);
        prop_assert_eq!(fault.file(), Some(path.as_str()), "{}", fault);
        prop_assert_eq!(fault.index(), entries_at(&path, at, &log), "{}", fault);
    }

    #[test]
    fn any_added_byte_is_found_in_its_file(file in any::<prop::sample::Index>(), added in prop::collection::vec(any::<u8>(), 1..40)) {
        let mut log = Log::sample();
        let paths: Vec<String> = log.files.keys().cloned().collect();
        let path = paths[file.index(paths.len())].clone();
        log.files.get_mut(&path).unwrap().extend(added);
        let fault = fault(&log);
        prop_assert_eq!(fault.file(), Some(path.as_str()), "{}", fault);
    }
}

/// Whether the checkpoint of 530 entries needs the file, rather than an earlier one.
fn is_present(path: &str) -> bool {
    !path.contains(".p/") || path.ends_with(".p/18") || path.ends_with(".p/2")
}

#[test]
fn a_missing_or_cut_file_is_named() {
    let whole = Log::sample();
    for path in whole.files.keys() {
        let mut log = whole.clone();
        let bytes = log.files.remove(path).unwrap();
        if is_present(path) {
            assert_eq!(fault(&log).file(), Some(path.as_str()));
        }
        for cut in [0, 1, 32, bytes.len() / 2, bytes.len() - 1] {
            if cut < bytes.len() {
                log.files.insert(path.clone(), bytes[..cut].to_vec());
                assert_eq!(fault(&log).file(), Some(path.as_str()), "{path} cut to {cut}");
            }
        }
    }
}

#[test]
fn files_put_in_each_others_place_are_named() {
    let whole = Log::sample();
    for one in whole.files.keys() {
        for other in whole.files.keys().filter(|other| *other > one) {
            let mut log = whole.clone();
            log.files.insert(one.clone(), whole.files[other].clone());
            log.files.insert(other.clone(), whole.files[one].clone());
            let fault = fault(&log);
            let named = fault.file().unwrap();
            assert!(named == one || named == other, "{one} and {other}: {fault}");
        }
    }
}

#[test]
fn a_file_that_does_not_belong_is_named() {
    for stray in ["tile/0/007", "tile/notes.txt", "tile/0/000.p/0", "tile/9/000.p/1", "tile/0/000.tmp"] {
        let mut log = Log::sample();
        log.files.insert(stray.to_owned(), vec![0; 32]);
        assert!(matches!(fault(&log), Fault::Stray { path } if path == stray));
    }
}

#[test]
fn an_older_checkpoint_put_back_is_found_by_the_later_files() {
    for older in [3, 256, 300, 512] {
        let mut log = Log::grown(&[3, 256, 300, 512, 530]);
        log.files.insert(CHECKPOINT_PATH.to_owned(), Log::of(older).checkpoint().into_bytes());
        let fault = fault(&log);
        assert_eq!((fault.file(), fault.index()), (Some(CHECKPOINT_PATH), Some(older)), "{fault}");
    }
}

/// `log` with entry `index` replaced and everything made anew that follows from it, except the files that `keep`
/// says, which stay as they were.
fn rewritten(size: u64, index: u64, keep: impl Fn(&str) -> bool) -> Log {
    let honest = Log::of(size);
    let mut log = honest.clone();
    log.entries[index as usize] = entry(999_999);
    log.publish(size);
    for (path, bytes) in honest.files.into_iter().filter(|(path, _)| keep(path)) {
        log.files.insert(path, bytes);
    }
    log
}

#[test]
fn an_entry_changed_with_the_tiles_above_it_is_found_as_far_as_what_is_left_allows() {
    let upper = |path: &str| !path.starts_with("tile/entries") && !path.starts_with("tile/0");
    let found = fault(&rewritten(530, 300, upper));
    assert!(matches!(&found, Fault::Bundle { path, index: 256 } if path == "tile/entries/001"), "{found}");

    let found = fault(&rewritten(530, 300, |path| path == CHECKPOINT_PATH));
    assert!(matches!(&found, Fault::Root { path } if path == CHECKPOINT_PATH), "{found}");

    let found = fault(&rewritten(530, 529, |path| path.starts_with("tile/0") || path == CHECKPOINT_PATH));
    assert!(
        matches!(&found, Fault::Entry { path, index: 529 } if path == "tile/entries/002.p/18"),
        "{found}"
    );

    let top = |path: &str| path.starts_with("tile/2") || path == CHECKPOINT_PATH;
    let found = fault(&rewritten(66_000, 40_000, top));
    assert!(
        matches!(found, Fault::Bundle { index: 0, .. }),
        "only the tile over 65,536 entries is left: {found}"
    );
}

#[test]
fn one_wrong_entry_in_a_large_log_is_found() {
    let mut log = Log::of(66_000);
    assert_eq!(verify(&log, &verifier(), None).unwrap().size, 66_000);
    let bytes = log.files.get_mut("tile/entries/156").unwrap();
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    let fault = fault(&log);
    assert_eq!((fault.file(), fault.index()), (Some("tile/entries/156"), Some(156 * 256 + 255)));
}

#[test]
fn entries_in_a_form_unknown_here_are_not_called_tampered() {
    let mut log = Log::of(20);
    log.entries[7] = b"{\"kind\":\"of the future\"}".to_vec();
    log.publish(20);
    assert!(matches!(fault(&log), Fault::Form { index: 7, .. }));
}

#[test]
fn a_cut_log_is_found_with_an_older_checkpoint() {
    let then = Log::of(300).checkpoint();
    let cut = Log::of(200);
    assert!(verify(&cut, &verifier(), None).is_ok(), "by itself a shorter log holds together");
    let fault = verify(&cut, &verifier(), Some(&then)).unwrap_err();
    assert!(matches!(fault, Fault::Truncated { size: 200, since: 300 }));
}

#[test]
fn a_rewritten_history_is_found_with_an_older_checkpoint() {
    let then = Log::of(200).checkpoint();
    for size in [200, 300] {
        let mut forked = Log::of(size);
        forked.entries.swap(5, 6);
        forked.publish(size);
        assert!(verify(&forked, &verifier(), None).is_ok(), "by itself a rewritten log holds together");
        let fault = verify(&forked, &verifier(), Some(&then)).unwrap_err();
        assert!(matches!(fault, Fault::Forked { since: 200 }));
    }
}

#[test]
fn an_older_checkpoint_of_somebody_else_is_not_believed() {
    let mut then = Log::of(200).checkpoint();
    then = then.replace("\n200\n", "\n100\n");
    let fault = verify(&Log::of(300), &verifier(), Some(&then)).unwrap_err();
    assert!(matches!(fault, Fault::Since { .. }));
    assert_eq!(fault.file(), None);
}

#[test]
fn a_checkpoint_of_another_key_or_log_is_not_accepted() {
    let mut log = Log::of(3);
    let forged = Checkpoint { size: 3, root: root(&log.leaves(3)) };
    let other = SigningKey::new("rivermead-town", &[8; 32]).unwrap();
    log.files.insert(CHECKPOINT_PATH.to_owned(), forged.sign(&other).into_bytes());
    assert!(fault(&log).to_string().contains("not signed by"));
    let other = SigningKey::new("elsewhere", &[7; 32]).unwrap();
    log.files.insert(CHECKPOINT_PATH.to_owned(), forged.sign(&other).into_bytes());
    assert!(fault(&log).to_string().contains("elsewhere"));
}

#[test]
fn a_log_without_entries_verifies() {
    let log = Log::of(0);
    assert_eq!(verify(&log, &verifier(), Some(&log.checkpoint())).unwrap().size, 0);
    assert_eq!(verify(&Log::of(1), &verifier(), Some(&log.checkpoint())).unwrap().root, leaf_hash(&entry(0)));
}
