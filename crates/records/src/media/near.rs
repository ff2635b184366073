//! Publishable copies at hand: what lies in a store elsewhere, and a bounded folder of this machine in front of it.
//!
//! The store elsewhere is the truth: a file is there before it is at hand. While it cannot be reached, what is at hand
//! can still be looked at and published. Originals are never kept at hand: one place is enough for them.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use cleansheet_terms::Digest;

use super::{
    folder::Folder,
    shelf::{Kept, Place, Put, Shelf},
};

/// A store elsewhere with a bounded folder in front of it.
pub struct AtHand {
    far: Arc<dyn Shelf>,
    near: Folder,
    most: u64,
    held: AtomicU64,
}

impl AtHand {
    /// Puts a folder in front of a store.
    ///
    /// - `most`: bytes that the folder may hold; the oldest go first.
    pub fn new(far: Arc<dyn Shelf>, near: Folder, most: u64) -> io::Result<Self> {
        let held = near.list(Place::Renditions)?.iter().map(|kept| kept.size).sum();
        Ok(Self { far, near, most, held: AtomicU64::new(held) })
    }

    /// Keeps a copy at hand. That it cannot is no reason to fail: it lies elsewhere already.
    fn hold(&self, name: &str, bytes: &[u8]) {
        if self.near.put(Place::Renditions, name, bytes, Put::Again).is_err() {
            return;
        }
        let size = bytes.len() as u64;
        if self.held.fetch_add(size, Ordering::Relaxed) + size > self.most {
            let _full_disks_are_told_elsewhere = self.make_room();
        }
    }

    /// Removes the oldest until a fifth of the room is free.
    fn make_room(&self) -> io::Result<()> {
        let mut all = self.near.list(Place::Renditions)?;
        all.sort_by_key(|kept| kept.written);
        let mut held: u64 = all.iter().map(|kept| kept.size).sum();
        for kept in all {
            if held <= self.most / 5 * 4 {
                break;
            }
            self.near.remove(Place::Renditions, &kept.name)?;
            held = held.saturating_sub(kept.size);
        }
        self.held.store(held, Ordering::Relaxed);
        Ok(())
    }
}

impl Shelf for AtHand {
    fn put(&self, place: Place, name: &str, bytes: &[u8], how: Put) -> io::Result<()> {
        self.far.put(place, name, bytes, how)?;
        if place == Place::Renditions {
            self.hold(name, bytes);
        }
        Ok(())
    }

    fn get(&self, place: Place, name: &str) -> io::Result<Vec<u8>> {
        if place == Place::Originals {
            return self.far.get(place, name);
        }
        match self.near.get(place, name) {
            Ok(bytes) if Digest::of(&bytes).to_string() == name => return Ok(bytes),
            // Damaged here: the one elsewhere may be whole.
            Ok(_) => self.near.remove(place, name)?,
            Err(_) => {}
        }
        let bytes = self.far.get(place, name)?;
        if Digest::of(&bytes).to_string() == name {
            self.hold(name, &bytes);
        }
        Ok(bytes)
    }

    fn remove(&self, place: Place, name: &str) -> io::Result<()> {
        self.near.remove(place, name)?;
        self.far.remove(place, name)
    }

    fn list(&self, place: Place) -> io::Result<Vec<Kept>> {
        self.far.list(place)
    }

    fn tidy(&self, earlier: SystemTime) -> io::Result<usize> {
        Ok(self.near.tidy(earlier)? + self.far.tidy(earlier)?)
    }

    fn try_out(&self) -> io::Result<()> {
        self.far.try_out()
    }
}
