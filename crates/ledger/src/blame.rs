//! The entries do not give the signed root: which file is to blame, and from which entry on?
//!
//! The hash tiles are a second witness. The lowest level of them that leads to the signed root can be trusted; from
//! there the search goes down to the first hash that the entries do not give, as far as the tiles below it fit.

use cleansheet_terms::Digest;

use crate::{
    fault::Fault,
    note::Checkpoint,
    tile::{TILE_WIDTH, levels},
    tree::{root, root_of_levels},
    verify::{CHECKPOINT_PATH, Log},
};

/// `computed` are the levels that the entries give.
pub(crate) fn blame(log: &Log<'_>, computed: &[Vec<Digest>], checkpoint: &Checkpoint) -> Fault {
    let stored: Result<Vec<_>, Fault> = (0_u8..).zip(computed).map(|(level, _)| log.stored(level)).collect();
    let stored = match stored {
        Ok(stored) => stored,
        Err(fault) => return fault,
    };
    let found = trusted(&stored, &checkpoint.root).and_then(|level| first_wrong(&stored, computed, level));
    match found {
        Some(Wrong { index, exact: true }) => Fault::Entry { path: log.bundle_path(index), index },
        Some(Wrong { index, exact: false }) => Fault::Bundle { path: log.bundle_path(index), index },
        // Entries and tiles agree with each other, or contradict the checkpoint everywhere.
        None => Fault::Root { path: CHECKPOINT_PATH.to_owned() },
    }
}

struct Wrong {
    index: u64,
    exact: bool,
}

/// The lowest level whose items, with what the levels below it have at the right edge, give the root.
fn trusted(stored: &[Vec<Digest>], signed: &Digest) -> Option<usize> {
    (0..stored.len()).find(|level| {
        let (below, from) = stored.split_at(*level);
        let above = levels(from.first().cloned().unwrap_or_default());
        let whole: Vec<_> = below.iter().cloned().chain(above).collect();
        root_of_levels(&whole) == *signed
    })
}

/// The first difference below the trusted level `top`; behind its last item come the right edges of lower levels.
fn first_wrong(stored: &[Vec<Digest>], computed: &[Vec<Digest>], top: usize) -> Option<Wrong> {
    for level in (0..=top).rev() {
        let (stored_items, computed_items) = (stored.get(level)?, computed.get(level)?);
        let covered = if level == top { 0 } else { stored_items.len() / WIDTH * WIDTH };
        let pairs = stored_items.iter().zip(computed_items).skip(covered);
        if let Some(at) = pairs.into_iter().position(|(stored, computed)| stored != computed) {
            return Some(descend(stored, computed, level, covered + at));
        }
    }
    None
}

const WIDTH: usize = TILE_WIDTH as usize;

/// Item `item` of `level` is as signed and the entries do not give it: the first wrong entry below it.
fn descend(stored: &[Vec<Digest>], computed: &[Vec<Digest>], level: usize, item: usize) -> Wrong {
    let here = Wrong { index: (item as u64) << (8 * level), exact: level == 0 };
    let Some(below) = level.checked_sub(1) else { return here };
    let tile = |levels: &[Vec<Digest>]| -> Option<Vec<Digest>> {
        levels.get(below)?.get(item * WIDTH..(item + 1) * WIDTH).map(<[Digest]>::to_vec)
    };
    let (Some(stored_tile), Some(computed_tile)) = (tile(stored), tile(computed)) else { return here };
    let signed = stored.get(level).and_then(|items| items.get(item));
    if Some(&root(&stored_tile)) != signed {
        return here;
    }
    match stored_tile.iter().zip(&computed_tile).position(|(stored, computed)| stored != computed) {
        Some(at) => descend(stored, computed, below, item * WIDTH + at),
        None => here,
    }
}
