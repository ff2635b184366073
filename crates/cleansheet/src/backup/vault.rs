//! The folder that backups lie in: sealed objects by name, sealed manifests by time.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use cleansheet_records::sealing::Sealer;
use cleansheet_terms::{Digest, Entropy};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    BackupError, Manifest, RunId,
    manifest::{FORMAT, Kept},
};
use crate::keys::Key;

/// Files are cut into pieces of this many bytes: memory stays small, and of a large file only what changed is new.
pub(super) const PIECE: usize = 4 << 20;
/// What sealing adds to a piece.
const SEAL: u64 = 44;
const ABOUT: &str = "cleansheet-backup";
const OBJECT: &str = "backup object";
const RUN: &str = "backup manifest";

/// An open folder of backups.
pub struct Vault {
    root: PathBuf,
    sealer: Sealer,
    naming: Key,
    /// Held while the vault is open: two at a time could remove each other's objects.
    _lock: File,
}

impl Vault {
    /// Opens a folder of backups to add to, making it when it is not there.
    pub fn make(root: &Path, key: &Key) -> Result<Self, BackupError> {
        let failed = || BackupError::file(root);
        DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(failed())?;
        let about = root.join(ABOUT);
        if !about.try_exists().map_err(failed())? {
            if fs::read_dir(root).map_err(failed())?.next().is_some() {
                return Err(BackupError::NotEmpty(root.to_owned()));
            }
            write_whole(root, &about, about_text(key).as_bytes()).map_err(failed())?;
        }
        let vault = Self::open(root, key)?;
        for folder in ["objects", "runs"] {
            fs::create_dir_all(root.join(folder)).map_err(failed())?;
        }
        // What an earlier run was writing when it was cut off.
        match fs::remove_file(root.join(BENCH)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed()(error)),
            _ => Ok(vault),
        }
    }

    /// Opens a folder of backups that is there.
    pub fn open(root: &Path, key: &Key) -> Result<Self, BackupError> {
        let about = match fs::read_to_string(root.join(ABOUT)) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::NoBackup(root.to_owned()));
            }
            Err(error) => return Err(BackupError::File(root.to_owned(), error)),
        };
        if !about.starts_with("cleansheet backup 1\n") {
            return Err(BackupError::Newer);
        }
        if about != about_text(key) {
            return Err(BackupError::WrongKey(root.to_owned()));
        }
        let lock = File::open(root.join(ABOUT)).map_err(BackupError::file(root))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Taken(root.to_owned())),
            Err(TryLockError::Error(error)) => return Err(BackupError::File(root.to_owned(), error)),
        }
        Ok(Self {
            root: root.to_owned(),
            sealer: Sealer::new(*key.bytes()),
            naming: key.clone(),
            _lock: lock,
        })
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps one file, piece by piece. Says what to write into the manifest, and how many bytes were new.
    pub(super) fn keep(
        &self,
        path: &str,
        from: &mut dyn io::Read,
        entropy: &mut dyn Entropy,
    ) -> Result<(Kept, u64), BackupError> {
        let (mut kept, mut new) = (Kept { path: path.to_owned(), size: 0, parts: Vec::new() }, 0);
        loop {
            let mut piece = Zeroizing::new(Vec::new());
            let mut rest = io::Read::take(&mut *from, PIECE as u64);
            io::Read::read_to_end(&mut rest, &mut piece).map_err(BackupError::file(path))?;
            if piece.is_empty() && kept.size > 0 {
                return Ok((kept, new));
            }
            let name = self.name(&piece);
            if !self.has(&name, piece.len() as u64) {
                new += self.put(&name, &piece, entropy)?;
            }
            kept.size += piece.len() as u64;
            kept.parts.push(name);
            if piece.len() < PIECE {
                return Ok((kept, new));
            }
        }
    }

    /// Whether every piece of a file is there, as long as it should be.
    pub(super) fn holds(&self, file: &Kept) -> bool {
        let mut rest = file.size;
        file.parts.iter().all(|part| {
            let size = rest.min(PIECE as u64);
            rest -= size;
            self.has(part, size)
        })
    }

    /// Reads a file back, piece by piece; what is not exactly what was kept is an error.
    pub(super) fn fetch(
        &self,
        file: &Kept,
        mut to: impl FnMut(&[u8]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let mut size = 0;
        for part in &file.parts {
            let damaged = || BackupError::Damaged(object_path(part));
            let sealed = match fs::read(self.root.join(object_path(part))) {
                Ok(sealed) => sealed,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged()),
                Err(error) => return Err(BackupError::File(self.root.join(object_path(part)), error)),
            };
            let piece = self.sealer.open(OBJECT, &part.to_string(), &sealed).ok_or_else(damaged)?;
            if self.name(&piece) != *part {
                return Err(damaged());
            }
            size += piece.len() as u64;
            to(&piece)?;
        }
        if size == file.size { Ok(()) } else { Err(BackupError::Damaged(file.path.clone())) }
    }

    /// A small file, whole.
    pub(super) fn bytes(&self, file: &Kept) -> Result<Vec<u8>, BackupError> {
        let mut all = Vec::new();
        self.fetch(file, |piece| {
            all.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(all)
    }

    /// Every backup, oldest first.
    pub fn runs(&self) -> Result<Vec<RunId>, BackupError> {
        let folder = self.root.join("runs");
        let failed = || BackupError::file(&folder);
        let mut runs = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            runs.extend(name.to_str().and_then(RunId::parse));
        }
        runs.sort();
        Ok(runs)
    }

    /// The manifest of one backup, or of the newest.
    pub fn manifest(&self, run: Option<&RunId>) -> Result<(RunId, Manifest), BackupError> {
        let run = match run {
            Some(run) => run.clone(),
            None => self.runs()?.pop().ok_or_else(|| BackupError::NoBackup(self.root.clone()))?,
        };
        let path = self.root.join("runs").join(run.as_str());
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::NoRun(run.to_string()));
            }
            Err(error) => return Err(BackupError::File(path, error)),
        };
        let damaged = || BackupError::Damaged(format!("runs/{run}"));
        let text = self.sealer.open(RUN, run.as_str(), &sealed).ok_or_else(damaged)?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if manifest.format > FORMAT { Err(BackupError::Newer) } else { Ok((run, manifest)) }
    }

    /// With this a backup exists.
    pub(super) fn finish(
        &self,
        run: &RunId,
        manifest: &Manifest,
        entropy: &mut dyn Entropy,
    ) -> Result<(), BackupError> {
        let path = self.root.join("runs").join(run.as_str());
        let unwritable = |e: String| BackupError::File(path.clone(), io::Error::other(e));
        let text = serde_json::to_vec(manifest).map_err(|e| unwritable(e.to_string()))?;
        let sealed =
            self.sealer.seal(RUN, run.as_str(), &text, entropy).map_err(|e| unwritable(e.to_string()))?;
        // The objects' folders too: a manifest must not survive a power cut that they do not.
        write_whole(&self.root, &path, &sealed).map_err(BackupError::file(&path))
    }

    /// Removes backups, and then every object that no remaining one names. Says how many backups went.
    pub(super) fn forget(&self, runs: &[RunId]) -> Result<usize, BackupError> {
        let mut named = BTreeSet::new();
        for run in self.runs()?.iter().filter(|run| !runs.contains(run)) {
            // One that cannot be read may name anything: nothing is removed then.
            let (_, manifest) = self.manifest(Some(run))?;
            named.extend(manifest.files.into_iter().flat_map(|file| file.parts));
        }
        for run in runs {
            let path = self.root.join("runs").join(run.as_str());
            fs::remove_file(&path).map_err(BackupError::file(&path))?;
        }
        let objects = self.root.join("objects");
        let failed = || BackupError::file(&objects);
        for folder in fs::read_dir(&objects).map_err(failed())? {
            for entry in fs::read_dir(folder.map_err(failed())?.path()).map_err(failed())? {
                let entry = entry.map_err(failed())?;
                let name = entry.file_name();
                let name = name.to_str().and_then(|name| Digest::parse(name).ok());
                if name.is_some_and(|name| !named.contains(&name)) {
                    fs::remove_file(entry.path()).map_err(failed())?;
                }
            }
        }
        Ok(runs.len())
    }

    fn has(&self, name: &Digest, size: u64) -> bool {
        fs::metadata(self.root.join(object_path(name))).is_ok_and(|found| found.len() == size + SEAL)
    }

    fn put(&self, name: &Digest, piece: &[u8], entropy: &mut dyn Entropy) -> Result<u64, BackupError> {
        let path = self.root.join(object_path(name));
        let sealed = self
            .sealer
            .seal(OBJECT, &name.to_string(), piece, entropy)
            .map_err(|e| BackupError::File(path.clone(), io::Error::other(e)))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(BackupError::file(&path))?;
        }
        write_whole(&self.root, &path, &sealed).map_err(BackupError::file(&path))?;
        Ok(sealed.len() as u64)
    }

    /// A name says nothing about the content to whom has not the key.
    fn name(&self, piece: &[u8]) -> Digest {
        keyed(&self.naming, b"name", piece)
    }
}

/// Outside `objects` and `runs`: whatever is found here after a crash is worth nothing.
const BENCH: &str = "being-written";

/// Appears whole, or not at all, and stays after a power cut.
fn write_whole(root: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let bench = root.join(BENCH);
    let written = File::create(&bench).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written {
        // Half a file may be what fills the disk.
        let _absent_is_fine = fs::remove_file(&bench);
        return Err(error);
    }
    fs::rename(&bench, path)?;
    let folder = path.parent().unwrap_or(root);
    File::open(folder)?.sync_all()?;
    // The folder may be new itself.
    File::open(folder.parent().unwrap_or(root))?.sync_all()
}

fn object_path(name: &Digest) -> String {
    let name = name.to_string();
    format!("objects/{}/{name}", name.get(..2).unwrap_or_default())
}

/// Says which key opens the folder, to whom has it.
fn about_text(key: &Key) -> String {
    format!("cleansheet backup 1\n{}\n", keyed(key, b"which key", b""))
}

fn keyed(key: &Key, purpose: &[u8], bytes: &[u8]) -> Digest {
    // A key that fills a block of the hash is taken as it is; shorter ones are filled up with zeroes.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (to, from) in block.iter_mut().zip(key.bytes()) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(block.as_slice().into());
    mac.update(purpose);
    mac.update(&[0]);
    mac.update(bytes);
    Digest::from_bytes(mac.finalize().into_bytes().into())
}
