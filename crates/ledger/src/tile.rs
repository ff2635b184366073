//! Tiles and entry bundles: the public, static form of the log (C2SP tlog-tiles).
//!
//! A full tile is 256 hashes, 8,192 bytes. Level 0 holds leaf hashes, level 1 the roots of full level-0 tiles, and
//! so on. A partial tile exists for the size of every checkpoint that needs it; older partial tiles may stay.

use cleansheet_terms::Digest;

use crate::{entry::EntryError, tree::root};

/// Hashes of a full tile.
pub const TILE_WIDTH: u64 = 256;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The entries themselves.
    Entries,
    /// Hashes; 0 is the leaves.
    Hashes(u8),
}

/// One file of the log: its level, its number and how many items it has (1 to 256).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub level: Level,
    /// Its number among the tiles of its level.
    pub number: u64,
    /// How many items, 1 to 256.
    pub width: u64,
}

impl Tile {
    /// The path of the file: `tile/0/x001/x234/067`, `tile/entries/000.p/17`.
    pub fn path(&self) -> String {
        let mut rest = self.number;
        let mut number = format!("{:03}", rest % 1000);
        while rest >= 1000 {
            rest /= 1000;
            number = format!("x{:03}/{number}", rest % 1000);
        }
        let level = match self.level {
            Level::Entries => "entries".to_owned(),
            Level::Hashes(level) => level.to_string(),
        };
        let partial = if self.width < TILE_WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{level}/{number}{partial}")
    }

    /// Reads a path back; anything that [`Tile::path`] would not write is none.
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = if level == "entries" {
            Level::Entries
        } else {
            Level::Hashes(level.parse().ok().filter(|l| *l < 64)?)
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok().filter(|width| *width > 0)?),
            None => (rest, TILE_WIDTH),
        };
        let digits: String = number.split('/').map(|part| part.strip_prefix('x').unwrap_or(part)).collect();
        let tile = Self { level, number: digits.parse().ok()?, width };
        (tile.path() == path).then_some(tile)
    }

    /// The tile of this level and number in a log of `size` entries, as wide as it is there.
    pub fn within(level: Level, number: u64, size: u64) -> Option<Self> {
        let items = items_of(level.height(), size);
        let width = items.checked_sub(number.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        (width > 0).then_some(Self { level, number, width })
    }

    /// The index of its first entry or leaf.
    pub fn first(&self) -> u64 {
        self.number.saturating_mul(TILE_WIDTH).saturating_mul(self.reach())
    }

    /// How many entries one of its items stands for.
    pub(crate) fn reach(&self) -> u64 {
        TILE_WIDTH.saturating_pow(u32::from(self.level.height()))
    }
}

impl Level {
    fn height(self) -> u8 {
        match self {
            Self::Entries => 0,
            Self::Hashes(level) => level,
        }
    }
}

/// How many items a level of hashes has in a log of `size` entries.
fn items_of(level: u8, size: u64) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

/// Every file that a log of `size` entries consists of.
pub fn tiles_of(size: u64) -> Vec<Tile> {
    tiles_between(0, size)
}

/// The files that are new when a log grows from `old` to `new` entries.
pub fn tiles_between(old: u64, new: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for height in 0..8 {
        let (had, has) = (items_of(height, old), items_of(height, new));
        if had >= has {
            break;
        }
        for number in had / TILE_WIDTH..has.div_ceil(TILE_WIDTH) {
            if height == 0 {
                tiles.extend(Tile::within(Level::Entries, number, new));
            }
            tiles.extend(Tile::within(Level::Hashes(height), number, new));
        }
    }
    tiles
}

/// The items of every level of a log, bottom first: leaf hashes, then the roots of full tiles of the level below.
pub fn levels(leaves: Vec<Digest>) -> Vec<Vec<Digest>> {
    let mut levels = vec![leaves];
    while let Some(below) = levels.last().filter(|below| below.len() as u64 >= TILE_WIDTH) {
        let above = below.chunks_exact(TILE_WIDTH as usize).map(root).collect();
        levels.push(above);
    }
    levels
}

/// A hash tile's bytes.
pub fn hash_tile(items: &[Digest]) -> Vec<u8> {
    items.iter().flat_map(|item| *item.as_bytes()).collect()
}

/// An entry bundle's bytes: each entry behind its length in two bytes, big end first.
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, EntryError> {
    let mut bytes = Vec::new();
    entries.into_iter().try_for_each(|entry| add_to_bundle(&mut bytes, entry))?;
    Ok(bytes)
}

/// Puts one more entry behind those of a bundle. Refuses one longer than [`crate::LONGEST_ENTRY`].
pub(crate) fn add_to_bundle(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryError> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryError::TooLong(entry.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, or `None` when it does not end where its last entry ends.
pub fn unbundle(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (entries, rest) = readable(bytes);
    rest.is_empty().then_some(entries)
}

/// The entries of a bundle as far as it makes sense, and what is left over.
pub(crate) fn readable(mut bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let Some((entry, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
            break;
        };
        entries.push(entry);
        bytes = rest;
    }
    (entries, bytes)
}

#[cfg(test)]
mod tests {
    use super::{Level, Tile, bundle, unbundle};

    #[test]
    fn a_bundle_reads_back_and_nothing_else_does() {
        let long = vec![b'x'; 65_535];
        let entries: [&[u8]; 3] = [b"one", b"", &long];
        let bytes = bundle(entries).unwrap();
        assert_eq!(unbundle(&bytes), Some(entries.to_vec()));
        assert_eq!(unbundle(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unbundle(&[0]), None);
        assert!(bundle([[0_u8; 65_536].as_slice()]).is_err());
    }

    #[test]
    fn only_paths_of_the_standard_are_read() {
        let odd = [
            "tile/0/1",
            "tile/0/0000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/64/000",
            "tile/00/000",
            "tile/0/x000/001",
            "tile/0/x001/x002",
            "tile/0/000.p/1/",
            "tile/data/000",
            "tile/0",
            "tile/0/../000",
            "tile/0/000 ",
            "tile/-1/000",
            "tile/0/999999999999999999999999",
        ];
        for path in odd {
            assert_eq!(Tile::parse(path), None, "{path}");
        }
        let last = Tile { level: Level::Hashes(0), number: u64::MAX / 256, width: 255 };
        assert_eq!(Tile::parse(&last.path()), Some(last));
    }
}
