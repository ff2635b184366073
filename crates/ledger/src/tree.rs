//! The Merkle tree of RFC 6962: SHA-256, leaves behind a 0 byte, inner nodes behind a 1 byte.

use cleansheet_terms::Digest;

use crate::tile::TILE_WIDTH;

/// The hash of an entry as a leaf.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut bytes = Vec::with_capacity(entry.len() + 1);
    bytes.push(0);
    bytes.extend_from_slice(entry);
    Digest::of(&bytes)
}

/// The hash of a node from its two children.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1_u8; 65];
    for (to, from) in bytes.iter_mut().skip(1).zip(left.as_bytes().iter().chain(right.as_bytes())) {
        *to = *from;
    }
    Digest::of(&bytes)
}

/// The root over some leaf hashes, in order; the root of nothing is the digest of nothing.
pub fn root(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The root over a log given as levels, bottom first, whose upper levels are made of full tiles of the lower ones.
/// Of each level only what stands behind its last full tile is read.
pub(crate) fn root_of_levels(levels: &[Vec<Digest>]) -> Digest {
    let mut rest = None;
    for items in levels {
        let edge = items.chunks_exact(TILE_WIDTH as usize).remainder();
        if !edge.is_empty() {
            // What the levels below have left over is the last, incomplete, item of this one.
            let row: Vec<Digest> = edge.iter().copied().chain(rest).collect();
            rest = Some(root(&row));
        }
    }
    rest.unwrap_or_else(|| root(&[]))
}

/// The roots of the complete sub-trees of a growing log, largest first: all that is needed to append.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Digest>,
}

impl Frontier {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: Digest) {
        let mut node = leaf;
        let mut rest = self.size;
        while rest & 1 == 1 {
            if let Some(left) = self.roots.pop() {
                node = node_hash(&left, &node);
            }
            rest >>= 1;
        }
        self.roots.push(node);
        self.size += 1;
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the whole log.
    pub fn root(&self) -> Digest {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => Digest::of(&[]),
            Some(last) => roots.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Digest;

    use super::{leaf_hash, root, root_of_levels};
    use crate::tile::levels;

    /// Inputs and roots of the reference tests of Certificate Transparency (RFC 6962 §2.1).
    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let leaves = inputs.map(leaf_hash);
        let known = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        for (size, hex) in known {
            assert_eq!(root(&leaves[..size]).to_string(), hex, "{size} leaves");
        }
    }

    #[test]
    fn the_root_of_the_levels_is_the_root_of_the_leaves() {
        let leaves: Vec<Digest> = (0..66_000_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 65_792, 66_000] {
            let leaves = &leaves[..size];
            assert_eq!(root_of_levels(&levels(leaves.to_vec())), root(leaves), "{size} leaves");
        }
    }
}
