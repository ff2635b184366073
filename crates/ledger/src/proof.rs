//! Proofs of RFC 6962: that an entry is in a log, and that a log goes on from an earlier one.

use cleansheet_terms::Digest;

use crate::tree::{node_hash, root};

/// The largest power of two below `size`, for `size` of 2 and more.
pub(crate) fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// The path from leaf `index` to the root over `leaves`, nearest sibling first. `None` when there is no such leaf.
pub fn inclusion_proof(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (side, inner, other) =
        if index < left.len() { (left, index, right) } else { (right, index - left.len(), left) };
    let mut path = inclusion_proof(side, inner)?;
    path.push(root(other));
    Some(path)
}

/// Whether `proof` leads from `leaf` at `index` to the root of a log of `size` leaves.
pub fn check_inclusion(root: &Digest, size: u64, index: u64, leaf: &Digest, proof: &[Digest]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The proof that the log of the first `old` leaves is a prefix of `leaves` (RFC 6962 §2.1.2).
pub fn consistency_proof(leaves: &[Digest], old: usize) -> Option<Vec<Digest>> {
    (1..=leaves.len()).contains(&old).then(|| sub_proof(leaves, old, true))
}

fn sub_proof(leaves: &[Digest], old: usize, known: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, other) = if old <= left.len() {
        (sub_proof(left, old, known), root(right))
    } else {
        (sub_proof(right, old - left.len(), false), root(left))
    };
    path.push(other);
    path
}

/// Whether `proof` shows that the log with `old_root` at `old_size` is a prefix of the one with `new_root`.
pub fn check_consistency(
    old_root: &Digest,
    old_size: u64,
    new_root: &Digest,
    new_size: u64,
    proof: &[Digest],
) -> bool {
    if old_size > new_size {
        return false;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == root(&[]);
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let mut path = proof.iter();
    let seed = if node == 0 { Some(old_root) } else { path.next() };
    let Some(seed) = seed else { return false };
    let (mut old_hash, mut new_hash) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}
