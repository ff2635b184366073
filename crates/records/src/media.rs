//! Pictures: sealed originals that live for days, and the copies that may be published.
//!
//! An original is sealed with XChaCha20-Poly1305 under a key that lies outside the data folder; its name is chance, and
//! the name is sealed with it, so that two files cannot be swapped. A rendition is named by the SHA-256 of its bytes and
//! hashed again whenever it is read: what was approved is what is sent (T3).
//!
//! Where the files lie is a [`Shelf`]: a [`Folder`] of this machine, or a store elsewhere. A file is durable before its
//! name is handed out. So the row that names it is always committed later, and a file without a row is the only leftover
//! of a crash; see [`Media::sweep`]. Why not `object_store`: `docs/decisions/0001-own-media-store.md`.

use std::{
    collections::BTreeSet,
    fmt, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use cleansheet_terms::{Digest, Entropy, Timestamp, random_hex};
use jiff::SignedDuration;
use zeroize::Zeroizing;

mod folder;
mod near;
mod shelf;

pub use folder::Folder;
pub use near::AtHand;
pub use shelf::{Kept, Place, Put, Shelf};

/// What a sealed file begins with, so that another way of sealing can be told apart later.
const MAGIC: &[u8; 4] = b"CSO1";
/// XChaCha20's nonce, in bytes: long enough to be drawn by chance for every file.
const NONCE: usize = 24;
/// How long a file without a row is left alone.
const LEFT_ALONE: SignedDuration = SignedDuration::from_hours(24);

/// The pictures of one trust. Cheap to clone; every clone is the same shelf. Calls block: keep them off the threads that
/// answer pages.
#[derive(Clone)]
pub struct Media {
    shelf: Arc<dyn Shelf>,
    key: Arc<Zeroizing<[u8; 32]>>,
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media").finish_non_exhaustive()
    }
}

impl Media {
    /// Opens a folder of this machine, making it when it is not there.
    ///
    /// - `key`: seals originals; whoever has the folder without it has no original.
    pub fn open(root: &Path, key: [u8; 32]) -> io::Result<Self> {
        Ok(Self::on(Arc::new(Folder::open(root)?), key))
    }

    /// Pictures on any shelf.
    pub fn on(shelf: Arc<dyn Shelf>, key: [u8; 32]) -> Self {
        Self { shelf, key: Arc::new(Zeroizing::new(key)) }
    }

    /// The files as they lie there, sealed, for copies of the whole.
    pub fn shelf(&self) -> &Arc<dyn Shelf> {
        &self.shelf
    }

    /// Seals an original and returns the key it is found under: 32 hex digits that say nothing about it.
    pub fn keep_original(&self, bytes: &[u8], entropy: &mut dyn Entropy) -> io::Result<String> {
        let name = random_hex(entropy, 16);
        let mut nonce = [0_u8; NONCE];
        entropy.fill(&mut nonce);
        let payload = Payload { msg: bytes, aad: name.as_bytes() };
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| io::Error::other("the picture could not be sealed"))?;
        let file = [MAGIC.as_slice(), &nonce, &sealed].concat();
        self.shelf.put(Place::Originals, &name, &file, Put::New)?;
        Ok(name)
    }

    /// An original, opened. An error of kind `InvalidData` means that the file is damaged or was swapped.
    pub fn original(&self, key: &str) -> io::Result<Vec<u8>> {
        let file = self.shelf.get(Place::Originals, plain(key, 32)?)?;
        let damaged =
            || io::Error::new(io::ErrorKind::InvalidData, "an original is damaged or under another key");
        let rest = file.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: key.as_bytes() };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| damaged())
    }

    /// Removes an original for good. Not being there is success.
    pub fn remove_original(&self, key: &str) -> io::Result<()> {
        self.shelf.remove(Place::Originals, plain(key, 32)?)
    }

    /// Keeps a publishable copy under its SHA-256. The same bytes again change nothing.
    pub fn keep_rendition(&self, bytes: &[u8]) -> io::Result<Digest> {
        let digest = Digest::of(bytes);
        let how = match self.rendition(&digest) {
            Ok(_) => return Ok(digest),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Put::New,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Put::Again,
            Err(error) => return Err(error),
        };
        self.shelf.put(Place::Renditions, &digest.to_string(), bytes, how).map(|()| digest)
    }

    /// The copy with this SHA-256, hashed again. An error of kind `InvalidData` means that its bytes have changed.
    pub fn rendition(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let bytes = self.shelf.get(Place::Renditions, &digest.to_string())?;
        if Digest::of(&bytes) == *digest {
            Ok(bytes)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "a stored picture is not the one with this hash"))
        }
    }

    /// Removes a copy. Not being there is success.
    pub fn remove_rendition(&self, digest: &Digest) -> io::Result<()> {
        self.shelf.remove(Place::Renditions, &digest.to_string())
    }

    /// Removes what no row names: leftovers of a crash between file and row. Returns how many files went. For a program
    /// that has just started: no worker may be about to name a file that is here already.
    ///
    /// - `named`: the keys and hashes that rows name, see [`crate::posts::Posts::named_files`].
    /// - `now`: files younger than a day stay; their row may be about to be committed.
    pub fn sweep(&self, named: &BTreeSet<String>, now: Timestamp) -> io::Result<usize> {
        let latest = now.checked_sub(LEFT_ALONE).unwrap_or(Timestamp::UNIX_EPOCH);
        let Ok(latest_ms) = u64::try_from(latest.as_millisecond()) else { return Ok(0) };
        let latest = SystemTime::UNIX_EPOCH + Duration::from_millis(latest_ms);
        let mut gone = self.shelf.tidy(latest)?;
        for place in Place::ALL {
            for kept in self.shelf.list(place)? {
                if kept.written < latest && !named.contains(&kept.name) {
                    self.shelf.remove(place, &kept.name)?;
                    gone += 1;
                }
            }
        }
        Ok(gone)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_slice().into())
    }
}

/// Keys are ours, but they come back from the database: anything that could leave the folder is no key.
fn plain(key: &str, letters: usize) -> io::Result<&str> {
    let plain = key.len() == letters && key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if plain {
        Ok(key)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no key of an original"))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, io::ErrorKind, path::PathBuf, time::SystemTime};

    use cleansheet_terms::{Digest, SeededEntropy, Timestamp};
    use jiff::SignedDuration;

    use super::{AtHand, Folder, Media, Place, Put, Shelf as _};

    fn media() -> (tempfile::TempDir, Media) {
        let folder = tempfile::tempdir().unwrap();
        let media = Media::open(folder.path(), [7; 32]).unwrap();
        (folder, media)
    }

    fn only_file(root: &tempfile::TempDir, folder: &str) -> PathBuf {
        fs::read_dir(root.path().join(folder)).unwrap().next().unwrap().unwrap().path()
    }

    #[test]
    fn an_original_is_unreadable_on_disk_and_reads_back() {
        let (folder, media) = media();
        let photo = b"a photo with a face in it, long enough to be found".repeat(20);
        let key = media.keep_original(&photo, &mut SeededEntropy::new(1)).unwrap();
        assert_eq!(media.original(&key).unwrap(), photo);
        let on_disk = fs::read(only_file(&folder, "originals")).unwrap();
        assert!(!on_disk.windows(20).any(|window| photo.windows(20).next() == Some(window)));
        media.remove_original(&key).unwrap();
        media.remove_original(&key).unwrap();
        assert_eq!(media.original(&key).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn an_original_opens_only_with_its_key_and_under_its_own_name() {
        let (folder, media) = media();
        let mut chance = SeededEntropy::new(1);
        let (one, other) = (
            media.keep_original(b"one", &mut chance).unwrap(),
            media.keep_original(b"other", &mut chance).unwrap(),
        );
        let stranger = Media::open(folder.path(), [8; 32]).unwrap();
        assert_eq!(stranger.original(&one).unwrap_err().kind(), ErrorKind::InvalidData);
        fs::rename(folder.path().join("originals").join(&one), folder.path().join("originals").join(&other))
            .unwrap();
        assert_eq!(media.original(&other).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn any_changed_byte_of_an_original_is_noticed() {
        let (folder, media) = media();
        let key = media.keep_original(b"a small photo", &mut SeededEntropy::new(1)).unwrap();
        let path = only_file(&folder, "originals");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert_eq!(media.original(&key).unwrap_err().kind(), ErrorKind::InvalidData, "byte {at}");
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(media.original(&key).is_err());
    }

    #[test]
    fn a_rendition_is_named_by_its_hash_and_hashed_again_when_read() {
        let (folder, media) = media();
        let digest = media.keep_rendition(b"a picture").unwrap();
        assert_eq!(digest, Digest::of(b"a picture"));
        assert_eq!(media.keep_rendition(b"a picture").unwrap(), digest);
        assert_eq!(media.rendition(&digest).unwrap(), b"a picture");
        fs::write(only_file(&folder, "renditions"), b"another picture").unwrap();
        assert_eq!(media.rendition(&digest).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(media.keep_rendition(b"a picture").unwrap(), digest);
        assert_eq!(media.rendition(&digest).unwrap(), b"a picture", "a spoiled copy is written again");
    }

    #[test]
    fn a_key_that_could_leave_the_folder_is_no_key() {
        let (_folder, media) = media();
        for key in ["", "../trust.db", "0/../../../../../etc/passwd", &"A".repeat(32), &"0".repeat(31)] {
            assert_eq!(media.original(key).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
            assert_eq!(media.remove_original(key).unwrap_err().kind(), ErrorKind::InvalidInput, "{key}");
        }
    }

    #[test]
    fn a_file_that_no_row_names_is_swept_when_it_is_old() {
        let (folder, media) = media();
        let mut chance = SeededEntropy::new(1);
        let kept = media.keep_original(b"kept", &mut chance).unwrap();
        let lost = media.keep_original(b"lost", &mut chance).unwrap();
        let picture = media.keep_rendition(b"lost too").unwrap();
        fs::write(folder.path().join("workshop/half"), b"half").unwrap();
        let named = BTreeSet::from([kept.clone()]);
        let written = fs::metadata(folder.path().join("workshop/half")).unwrap().modified().unwrap();
        let since = written.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let written = Timestamp::from_millisecond(since.try_into().unwrap()).unwrap();
        let after = |hours| written.checked_add(SignedDuration::from_hours(hours)).unwrap();
        assert_eq!(media.sweep(&named, after(23)).unwrap(), 0, "young files stay");
        assert_eq!(media.sweep(&named, after(25)).unwrap(), 3);
        assert!(media.original(&kept).is_ok() && media.original(&lost).is_err());
        assert!(media.rendition(&picture).is_err());
    }

    #[test]
    fn a_copy_at_hand_is_used_while_the_store_is_away_and_never_believed_when_damaged() {
        let (far_root, near_root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let far = std::sync::Arc::new(Folder::open(far_root.path()).unwrap());
        let near = Folder::open(near_root.path()).unwrap();
        let media = Media::on(std::sync::Arc::new(AtHand::new(far, near, 1000).unwrap()), [7; 32]);
        let digest = media.keep_rendition(b"a picture").unwrap();
        let original = media.keep_original(b"a photo", &mut SeededEntropy::new(1)).unwrap();
        assert_eq!(fs::read_dir(near_root.path().join("originals")).unwrap().count(), 0);
        fs::write(only_file(&near_root, "renditions"), b"damaged").unwrap();
        assert_eq!(media.rendition(&digest).unwrap(), b"a picture", "the whole one is fetched");
        let away = far_root.path().join("renditions");
        fs::rename(&away, far_root.path().join("away")).unwrap();
        assert_eq!(media.rendition(&digest).unwrap(), b"a picture", "it is at hand");
        fs::rename(far_root.path().join("away"), &away).unwrap();
        assert_eq!(media.original(&original).unwrap(), b"a photo");
        media.remove_rendition(&digest).unwrap();
        assert_eq!(media.rendition(&digest).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_is_at_hand_stays_within_its_bounds() {
        let (far_root, near_root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let far = std::sync::Arc::new(Folder::open(far_root.path()).unwrap());
        let at_hand = AtHand::new(far, Folder::open(near_root.path()).unwrap(), 1000).unwrap();
        for n in 0..40_u8 {
            at_hand.put(Place::Renditions, &format!("{n:064x}"), &[n; 100], Put::New).unwrap();
            assert!(fs::read_dir(near_root.path().join("renditions")).unwrap().count() <= 10, "{n}");
        }
        assert_eq!(at_hand.list(Place::Renditions).unwrap().len(), 40);
    }
}
