//! Makes the public files of a growing log, each hash once.

use cleansheet_terms::Digest;

use crate::{
    entry::EntryError,
    note::Checkpoint,
    tile::{Level, TILE_WIDTH, Tile, add_to_bundle, hash_tile},
    tree::{leaf_hash, root, root_of_levels},
};

/// A file of the log to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where, relative to the log's folder, as [`Tile::path`] writes it.
    pub path: String,
    /// What.
    pub bytes: Vec<u8>,
}

/// The right edge of a log: enough to append entries and to write every file that becomes new.
///
/// The truth is wherever the entries are kept; after a start, [`Writer::push`] them all again and pass over the
/// files of those that were published already. A million entries take about a second.
///
/// To publish: write what the pushes gave, then [`Writer::partials`], make them durable, and only then replace the
/// `checkpoint` file by [`Writer::checkpoint`], signed. The same entries always give the same bytes, so a step that
/// was cut off is simply taken again. Write temporary files outside `tile/`, where the verifier calls them stray.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    size: u64,
    /// Per level, bottom first, the items behind the last full tile: 0 to 255.
    edges: Vec<Vec<Digest>>,
    /// The entry bundle behind the last full one.
    bundle: Vec<u8>,
}

impl Writer {
    /// The writer of an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an entry. Returns the tiles that it makes full: none, except for every 256th entry.
    pub fn push(&mut self, entry: &[u8]) -> Result<Vec<File>, EntryError> {
        add_to_bundle(&mut self.bundle, entry)?;
        let mut full = Vec::new();
        let mut number = self.size;
        let mut item = leaf_hash(entry);
        self.size += 1;
        for height in 0_u8.. {
            let Some(edge) = self.edges.get_mut(usize::from(height)) else {
                self.edges.push(vec![item]);
                break;
            };
            edge.push(item);
            if (edge.len() as u64) < TILE_WIDTH {
                break;
            }
            number /= TILE_WIDTH;
            let file = |level, bytes| File { path: Tile { level, number, width: TILE_WIDTH }.path(), bytes };
            if height == 0 {
                full.push(file(Level::Entries, std::mem::take(&mut self.bundle)));
            }
            full.push(file(Level::Hashes(height), hash_tile(edge)));
            item = root(edge);
            edge.clear();
        }
        Ok(full)
    }

    /// The partial tiles and the partial bundle at the present size, which its checkpoint needs.
    pub fn partials(&self) -> Vec<File> {
        let mut files = Vec::new();
        let mut number = self.size;
        for (height, edge) in (0_u8..).zip(&self.edges) {
            number /= TILE_WIDTH;
            if edge.is_empty() {
                continue;
            }
            let width = edge.len() as u64;
            let file = |level, bytes| File { path: Tile { level, number, width }.path(), bytes };
            if height == 0 {
                files.push(file(Level::Entries, self.bundle.clone()));
            }
            files.push(file(Level::Hashes(height), hash_tile(edge)));
        }
        files
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The checkpoint of the present size, to be signed.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { size: self.size, root: root_of_levels(&self.edges) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Writer;
    use crate::tile::{Level, bundle, hash_tile, levels, tiles_between};
    use crate::tree::{leaf_hash, root};

    #[test]
    fn the_files_of_a_growing_log_are_those_listed_for_its_sizes() {
        let sizes = [1_u64, 2, 200, 255, 256, 257, 512, 600, 65_535, 65_536, 65_537];
        let entries: Vec<Vec<u8>> = (0..65_537_u32).map(|n| n.to_be_bytes().to_vec()).collect();
        let mut writer = Writer::new();
        let mut before = 0;
        for size in sizes {
            let mut files = BTreeMap::new();
            for entry in &entries[before as usize..size as usize] {
                files.extend(writer.push(entry).unwrap().into_iter().map(|file| (file.path, file.bytes)));
            }
            files.extend(writer.partials().into_iter().map(|file| (file.path, file.bytes)));
            let leaves: Vec<_> = entries[..size as usize].iter().map(|entry| leaf_hash(entry)).collect();
            assert_eq!(writer.checkpoint().root, root(&leaves), "at {size}");
            let levels = levels(leaves);
            for tile in tiles_between(before, size) {
                let first = (tile.number * 256) as usize;
                let range = first..first + tile.width as usize;
                let wanted = match tile.level {
                    Level::Entries => bundle(entries[range].iter().map(Vec::as_slice)).unwrap(),
                    Level::Hashes(level) => hash_tile(&levels[usize::from(level)][range]),
                };
                assert_eq!(files.remove(&tile.path()), Some(wanted), "{}", tile.path());
            }
            // An upper partial tile that did not grow is given again; nothing else is.
            assert!(files.keys().all(|path| path.contains(".p/")), "at {size}: {:?}", files.keys());
            before = size;
        }
    }

    #[test]
    fn an_entry_too_long_for_a_bundle_changes_nothing() {
        let mut writer = Writer::new();
        writer.push(b"one").unwrap();
        assert!(writer.push(&[0; 65_536]).is_err());
        assert_eq!(writer.checkpoint().root, leaf_hash(b"one"));
        assert_eq!(writer.partials().first().map(|file| file.bytes.clone()), Some(b"\0\x03one".to_vec()));
    }
}
