//! Pictures on disk: sealed originals that live for days, and the copies that may be published.
//!
//! An original is sealed with XChaCha20-Poly1305 under a key that lies outside the data folder; its name is chance, and
//! the name is sealed with it, so that two files cannot be swapped. A rendition is named by the SHA-256 of its bytes and
//! hashed again whenever it is read: what was approved is what is sent (T3).
//!
//! A file is durable before its name is handed out: written under another name, synced, renamed, its folder synced. So
//! the row that names it is always committed later, and a file without a row is the only leftover of a crash; see
//! [`Media::sweep`]. Why not `object_store`: `docs/decisions/0001-own-media-store.md`.

use std::{
    collections::BTreeSet,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
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

/// What a sealed file begins with, so that another way of sealing can be told apart later.
const MAGIC: &[u8; 4] = b"CSO1";
/// XChaCha20's nonce, in bytes: long enough to be drawn by chance for every file.
const NONCE: usize = 24;
/// How long a file without a row is left alone.
const LEFT_ALONE: SignedDuration = SignedDuration::from_hours(24);

/// The media folder of one trust. Cheap to clone; every clone is the same folder.
#[derive(Clone)]
pub struct Media {
    root: PathBuf,
    key: Arc<Zeroizing<[u8; 32]>>,
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Media {
    /// Opens the folder, making it when it is not there.
    ///
    /// - `key`: seals originals; whoever has the folder without it has no original.
    pub fn open(root: &Path, key: [u8; 32]) -> io::Result<Self> {
        let media = Self { root: root.to_owned(), key: Arc::new(Zeroizing::new(key)) };
        for folder in [media.originals(), media.renditions(), media.workshop()] {
            fs::create_dir_all(folder)?;
        }
        Ok(media)
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
        self.put(&self.originals(), &name, &[MAGIC.as_slice(), &nonce, &sealed])?;
        Ok(name)
    }

    /// An original, opened. An error of kind `InvalidData` means that the file is damaged or was swapped.
    pub fn original(&self, key: &str) -> io::Result<Vec<u8>> {
        let file = fs::read(self.originals().join(plain(key, 32)?))?;
        let damaged =
            || io::Error::new(io::ErrorKind::InvalidData, "an original is damaged or under another key");
        let rest = file.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: key.as_bytes() };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| damaged())
    }

    /// Removes an original for good. Not being there is success.
    pub fn remove_original(&self, key: &str) -> io::Result<()> {
        remove(&self.originals(), plain(key, 32)?)
    }

    /// Keeps a publishable copy under its SHA-256. The same bytes again change nothing.
    pub fn keep_rendition(&self, bytes: &[u8]) -> io::Result<Digest> {
        let digest = Digest::of(bytes);
        match self.rendition(&digest) {
            Ok(_) => Ok(digest),
            // Not there, or spoiled on disk: written (again).
            Err(_) => self.put(&self.renditions(), &digest.to_string(), &[bytes]).map(|()| digest),
        }
    }

    /// The copy with this SHA-256, hashed again. An error of kind `InvalidData` means that its bytes have changed.
    pub fn rendition(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let bytes = fs::read(self.renditions().join(digest.to_string()))?;
        if Digest::of(&bytes) == *digest {
            Ok(bytes)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "a picture on disk is not the one with this hash"))
        }
    }

    /// Removes a copy. Not being there is success.
    pub fn remove_rendition(&self, digest: &Digest) -> io::Result<()> {
        remove(&self.renditions(), &digest.to_string())
    }

    /// Removes what no row names: leftovers of a crash between file and row. Returns how many files went. For a program
    /// that has just started: no worker may be about to name a file that is here already.
    ///
    /// - `named`: the keys and hashes that rows name, see [`crate::posts::Posts::named_files`].
    /// - `now`: files younger than a day stay; their row may be about to be committed.
    pub fn sweep(&self, named: &BTreeSet<String>, now: Timestamp) -> io::Result<usize> {
        let latest = now.checked_sub(LEFT_ALONE).unwrap_or(Timestamp::UNIX_EPOCH);
        let latest_ms = latest.as_millisecond();
        let Ok(latest_ms) = u64::try_from(latest_ms) else { return Ok(0) };
        let (latest, mut gone) = (SystemTime::UNIX_EPOCH + Duration::from_millis(latest_ms), 0);
        for folder in [self.originals(), self.renditions(), self.workshop()] {
            let half_done = folder == self.workshop();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let old = entry.metadata()?.modified()? < latest;
                let name = entry.file_name();
                if old && (half_done || !name.to_str().is_some_and(|name| named.contains(name))) {
                    fs::remove_file(entry.path())?;
                    gone += 1;
                }
            }
            sync_folder(&folder)?;
        }
        Ok(gone)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_slice().into())
    }

    fn originals(&self) -> PathBuf {
        self.root.join("originals")
    }

    fn renditions(&self) -> PathBuf {
        self.root.join("renditions")
    }

    /// Files that are being written; whatever is found here after a crash is worth nothing.
    fn workshop(&self) -> PathBuf {
        self.root.join("workshop")
    }

    fn put(&self, folder: &Path, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        // Two writers of one rendition have the same bytes, but each needs a file of its own until it is renamed.
        let thread = format!("{:?}", std::thread::current().id());
        let number: String = thread.chars().filter(char::is_ascii_digit).collect();
        let bench = self.workshop().join(format!("{name}-{}-{number}", std::process::id()));
        let mut file = fs::File::create(&bench)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        fs::rename(&bench, folder.join(name))?;
        sync_folder(folder)
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

fn remove(folder: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_folder(folder),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, io::ErrorKind, path::PathBuf, time::SystemTime};

    use cleansheet_terms::{Digest, SeededEntropy, Timestamp};
    use jiff::SignedDuration;

    use super::Media;

    fn media() -> (tempfile::TempDir, Media) {
        let folder = tempfile::tempdir().unwrap();
        let media = Media::open(&folder.path().join("media"), [7; 32]).unwrap();
        (folder, media)
    }

    fn only_file(media: &Media, folder: &str) -> PathBuf {
        fs::read_dir(media.root.join(folder)).unwrap().next().unwrap().unwrap().path()
    }

    #[test]
    fn an_original_is_unreadable_on_disk_and_reads_back() {
        let (_folder, media) = media();
        let photo = b"a photo with a face in it, long enough to be found".repeat(20);
        let key = media.keep_original(&photo, &mut SeededEntropy::new(1)).unwrap();
        assert_eq!(media.original(&key).unwrap(), photo);
        let on_disk = fs::read(only_file(&media, "originals")).unwrap();
        assert!(!on_disk.windows(20).any(|window| photo.windows(20).next() == Some(window)));
        media.remove_original(&key).unwrap();
        media.remove_original(&key).unwrap();
        assert_eq!(media.original(&key).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn an_original_opens_only_with_its_key_and_under_its_own_name() {
        let (_folder, media) = media();
        let mut chance = SeededEntropy::new(1);
        let (one, other) = (
            media.keep_original(b"one", &mut chance).unwrap(),
            media.keep_original(b"other", &mut chance).unwrap(),
        );
        let stranger = Media::open(&media.root, [8; 32]).unwrap();
        assert_eq!(stranger.original(&one).unwrap_err().kind(), ErrorKind::InvalidData);
        fs::rename(media.root.join("originals").join(&one), media.root.join("originals").join(&other))
            .unwrap();
        assert_eq!(media.original(&other).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn any_changed_byte_of_an_original_is_noticed() {
        let (_folder, media) = media();
        let key = media.keep_original(b"a small photo", &mut SeededEntropy::new(1)).unwrap();
        let path = only_file(&media, "originals");
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
        let (_folder, media) = media();
        let digest = media.keep_rendition(b"a picture").unwrap();
        assert_eq!(digest, Digest::of(b"a picture"));
        assert_eq!(media.keep_rendition(b"a picture").unwrap(), digest);
        assert_eq!(media.rendition(&digest).unwrap(), b"a picture");
        fs::write(only_file(&media, "renditions"), b"another picture").unwrap();
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
        let (_folder, media) = media();
        let mut chance = SeededEntropy::new(1);
        let kept = media.keep_original(b"kept", &mut chance).unwrap();
        let lost = media.keep_original(b"lost", &mut chance).unwrap();
        let picture = media.keep_rendition(b"lost too").unwrap();
        fs::write(media.root.join("workshop/half"), b"half").unwrap();
        let named = BTreeSet::from([kept.clone()]);
        let written = fs::metadata(media.root.join("workshop/half")).unwrap().modified().unwrap();
        let since = written.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let written = Timestamp::from_millisecond(since.try_into().unwrap()).unwrap();
        let after = |hours| written.checked_add(SignedDuration::from_hours(hours)).unwrap();
        assert_eq!(media.sweep(&named, after(23)).unwrap(), 0, "young files stay");
        assert_eq!(media.sweep(&named, after(25)).unwrap(), 3);
        assert!(media.original(&kept).is_ok() && media.original(&lost).is_err());
        assert!(media.rendition(&picture).is_err());
    }
}
