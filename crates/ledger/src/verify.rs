//! Re-computes a whole log from its public files and compares everything with everything.

use std::io;

use cleansheet_terms::Digest;

use crate::{
    blame::blame,
    entry::Entry,
    fault::Fault,
    note::{Checkpoint, NoteError, VerifierKey},
    tile::{Level, TILE_WIDTH, Tile, hash_tile, levels, readable, unbundle},
    tree::{leaf_hash, root, root_of_levels},
};

/// The path of the newest signed checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// The public files of a log, wherever they are. Paths are as [`Tile::path`] writes them.
pub trait Files {
    /// The bytes of a file, `None` when it is not there.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;
    /// Every path below `tile/`.
    fn list(&self) -> io::Result<Vec<String>>;
}

/// A log that holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// Verifies a log whose checkpoints `key` signs: every entry, every tile, the checkpoint, older partial tiles that
/// are still there, and that nothing else is. `since` is the text of a checkpoint kept from earlier; only with one
/// can it be seen that entries were cut off or the whole history rewritten by somebody who holds the key.
///
/// Reads each file once and keeps 32 bytes an entry in memory. The first fault found is the answer. A log that
/// grows meanwhile is verified a second time.
pub fn verify(files: &dyn Files, key: &VerifierKey, since: Option<&str>) -> Result<Verified, Fault> {
    match verify_once(files, key, since) {
        Err(Fault::Ahead { size, .. }) if checkpoint(files, key)?.size > size => {
            verify_once(files, key, since)
        }
        verified => verified,
    }
}

fn verify_once(files: &dyn Files, key: &VerifierKey, since: Option<&str>) -> Result<Verified, Fault> {
    let checkpoint = checkpoint(files, key)?;
    let open = |text| Checkpoint::open(text, key).map_err(|source| Fault::Since { source });
    let since = since.map(open).transpose()?;
    if let Some(since) = since.as_ref().filter(|since| since.size > checkpoint.size) {
        return Err(Fault::Truncated { size: checkpoint.size, since: since.size });
    }
    let log = Log { files, size: checkpoint.size };
    let (leaves, unknown) = log.entries()?;
    let levels = levels(leaves);
    if root_of_levels(&levels) != checkpoint.root {
        return Err(blame(&log, &levels, &checkpoint));
    }
    if let Some(unknown) = unknown {
        return Err(unknown);
    }
    for (level, items) in (0_u8..).zip(&levels) {
        log.hashes(level, items)?;
    }
    log.others(&levels)?;
    if let Some(since) = since.filter(|since| !goes_on_from(&levels, since)) {
        return Err(Fault::Forked { since: since.size });
    }
    Ok(Verified { size: checkpoint.size, root: checkpoint.root })
}

fn checkpoint(files: &dyn Files, key: &VerifierKey) -> Result<Checkpoint, Fault> {
    let bytes = read(files, CHECKPOINT_PATH, None)?;
    let wrong = |source| Fault::Checkpoint { path: CHECKPOINT_PATH.to_owned(), source };
    let text = String::from_utf8(bytes).map_err(|_| wrong(NoteError::Checkpoint))?;
    Checkpoint::open(&text, key).map_err(wrong)
}

fn goes_on_from(levels: &[Vec<Digest>], since: &Checkpoint) -> bool {
    let leaves = levels.first().map(Vec::as_slice).unwrap_or_default();
    let then = usize::try_from(since.size).ok().and_then(|size| leaves.get(..size));
    then.map(root) == Some(since.root)
}

fn read(files: &dyn Files, path: &str, index: Option<u64>) -> Result<Vec<u8>, Fault> {
    let unreadable = |source| Fault::Unreadable { path: path.to_owned(), source };
    files.read(path).map_err(unreadable)?.ok_or_else(|| Fault::Missing { path: path.to_owned(), index })
}

/// The files of a log that claims a size.
pub(crate) struct Log<'f> {
    files: &'f dyn Files,
    size: u64,
}

impl Log<'_> {
    /// The tiles of one level, in order.
    fn tiles(&self, level: Level) -> impl Iterator<Item = Tile> {
        let size = self.size;
        (0..).map_while(move |number| Tile::within(level, number, size))
    }

    fn read(&self, tile: &Tile) -> Result<Vec<u8>, Fault> {
        read(self.files, &tile.path(), Some(tile.first()))
    }

    /// The leaf hash of every entry, and the first entry, if any, that is not in canonical form.
    fn entries(&self) -> Result<(Vec<Digest>, Option<Fault>), Fault> {
        let mut leaves = Vec::new();
        let mut unknown = None;
        for tile in self.tiles(Level::Entries) {
            let bytes = self.read(&tile)?;
            let found = unbundle(&bytes).filter(|found| found.len() as u64 == tile.width);
            let found = found.ok_or_else(|| self.broken(&tile, &bytes))?;
            for (entry, index) in found.iter().zip(tile.first()..) {
                if unknown.is_none() && Entry::parse(entry).is_err() {
                    unknown = Some(Fault::Form { path: tile.path(), index });
                }
                leaves.push(leaf_hash(entry));
            }
        }
        Ok((leaves, unknown))
    }

    /// A bundle that cannot be taken apart: its first entry that the leaf tile does not know.
    fn broken(&self, bundle: &Tile, bytes: &[u8]) -> Fault {
        let path = bundle.path();
        let leaves = match self.read(&Tile { level: Level::Hashes(0), ..*bundle }) {
            Ok(bytes) => items(&bytes),
            Err(fault) => return fault,
        };
        let found = readable(bytes).0;
        let same =
            found.iter().zip(&leaves).take_while(|(entry, leaf)| leaf_hash(entry) == **leaf).count() as u64;
        Fault::Entry { path, index: bundle.first() + same.min(bundle.width - 1) }
    }

    /// The hashes of one level as the files have them; a tile of the wrong length is a fault.
    pub(crate) fn stored(&self, level: u8) -> Result<Vec<Digest>, Fault> {
        let mut all = Vec::new();
        for tile in self.tiles(Level::Hashes(level)) {
            let bytes = self.read(&tile)?;
            if bytes.len() as u64 != tile.width * 32 {
                let item = (bytes.len() as u64 / 32).min(tile.width - 1);
                return Err(Fault::Hashes { path: tile.path(), index: tile.first() + item * tile.reach() });
            }
            all.extend(items(&bytes));
        }
        Ok(all)
    }

    /// The path of the bundle that holds an entry.
    pub(crate) fn bundle_path(&self, index: u64) -> String {
        let bundle = Tile::within(Level::Entries, index / TILE_WIDTH, self.size);
        bundle.map_or_else(|| CHECKPOINT_PATH.to_owned(), |tile| tile.path())
    }

    /// Compares the tiles of one level with what the entries give.
    fn hashes(&self, level: u8, wanted: &[Digest]) -> Result<(), Fault> {
        self.tiles(Level::Hashes(level)).try_for_each(|tile| self.hashes_of(&tile, wanted))
    }

    fn hashes_of(&self, tile: &Tile, level: &[Digest]) -> Result<(), Fault> {
        let wanted = hash_tile(part(level, tile));
        let found = self.read(tile)?;
        if found == wanted {
            return Ok(());
        }
        let same = found.iter().zip(&wanted).take_while(|(a, b)| a == b).count() as u64 / 32;
        Err(Fault::Hashes {
            path: tile.path(),
            index: tile.first() + same.min(tile.width - 1) * tile.reach(),
        })
    }

    /// Files beside those of the present size: partial tiles of earlier sizes must agree, anything else is stray.
    fn others(&self, levels: &[Vec<Digest>]) -> Result<(), Fault> {
        let unreadable = |source| Fault::Unreadable { path: "tile".to_owned(), source };
        let mut beyond = Vec::new();
        for path in self.files.list().map_err(unreadable)? {
            let tile = Tile::parse(&path).ok_or(Fault::Stray { path })?;
            match Tile::within(tile.level, tile.number, self.size) {
                Some(now) if tile.width == now.width => {}
                Some(now) if tile.width < now.width => self.earlier(&tile, levels)?,
                _ => beyond.push(tile),
            }
        }
        match beyond.first() {
            None => Ok(()),
            Some(_) if beyond.iter().any(|tile| self.goes_on_with(tile)) => {
                Err(Fault::Ahead { path: CHECKPOINT_PATH.to_owned(), size: self.size })
            }
            Some(tile) => Err(Fault::Stray { path: tile.path() }),
        }
    }

    /// Whether a file beyond the present size is the bundle of the entry that would be next.
    fn goes_on_with(&self, tile: &Tile) -> bool {
        tile.level == Level::Entries && tile.number == self.size / TILE_WIDTH
    }

    fn earlier(&self, tile: &Tile, levels: &[Vec<Digest>]) -> Result<(), Fault> {
        if let Level::Hashes(level) = tile.level {
            let wanted = levels.get(usize::from(level)).map(Vec::as_slice).unwrap_or_default();
            return self.hashes_of(tile, wanted);
        }
        let leaves = part(levels.first().map(Vec::as_slice).unwrap_or_default(), tile);
        let bytes = self.read(tile)?;
        let (found, rest) = readable(&bytes);
        let same = found.iter().zip(leaves).take_while(|(entry, leaf)| leaf_hash(entry) == **leaf).count();
        if rest.is_empty() && found.len() == same && same == leaves.len() {
            return Ok(());
        }
        Err(Fault::Entry { path: tile.path(), index: tile.first() + (same as u64).min(tile.width - 1) })
    }
}

/// The items of a level that belong into a tile.
fn part<'i>(level: &'i [Digest], tile: &Tile) -> &'i [Digest] {
    let first = usize::try_from(tile.number.saturating_mul(TILE_WIDTH)).unwrap_or(usize::MAX);
    let end = first.saturating_add(tile.width as usize);
    level.get(first..end).unwrap_or_default()
}

/// The hashes of a tile's bytes.
fn items(bytes: &[u8]) -> Vec<Digest> {
    bytes.as_chunks::<32>().0.iter().map(|hash| Digest::from_bytes(*hash)).collect()
}
