//! Makes a backup, while the trust is served.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use cleansheet_ledger::{CHECKPOINT_PATH, Checkpoint, Files as _, VerifierKey, root, tiles_of};
use cleansheet_records::{
    Records, Tx,
    ledger_entries::Ledger,
    media::{Media, Place},
};
use cleansheet_terms::{Clock, Digest, Entropy, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    BackupError, Manifest, RunId, Vault,
    manifest::{FORMAT, Kept},
    picture, picture_path, pictures,
};
use crate::{
    app::Places,
    ledger_files::{CONTINUED, Folder},
    profile::Profile,
};

/// The name of the records inside a backup.
pub(super) const RECORDS: &str = "trust.db";
/// Where the copy of the records lies until it is sealed: inside the data folder, which others cannot enter.
const BENCH: &str = "being-backed-up";
/// Notes when the last backup was made, for `doctor` and for upgrades.
const LAST: &str = "last-backup.json";
/// A log that grows while it is read is read again this often.
const TRIES: usize = 20;

/// Backups are kept this many days when nobody says otherwise, and so are the copies that upgrades make.
pub const USUAL_DAYS: u32 = 35;

/// Which older backups stay.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Not more than this many; `None` for any number.
    pub newest: Option<usize>,
    /// Not longer than this many days. Erased data lives on in backups for that long, and no longer.
    pub days: u32,
}

/// What was done.
#[derive(Debug)]
pub struct Created {
    /// Its name.
    pub run: RunId,
    /// How many files it holds.
    pub files: usize,
    /// How many of them are pictures.
    pub pictures: usize,
    /// How many ledger entries it holds.
    pub entries: u64,
    /// Bytes that were added to the folder.
    pub new_bytes: u64,
    /// How many older backups were removed.
    pub removed: usize,
}

/// When the last backup was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Last {
    /// The moment it holds.
    pub made: Timestamp,
    /// Its name.
    pub run: String,
    /// The folder it went to.
    pub to: PathBuf,
}

impl Last {
    /// The last backup that was made from this machine, if there is a note of one.
    pub fn of(places: &Places) -> Option<Self> {
        serde_json::from_slice(&fs::read(places.data.join(LAST)).ok()?).ok()
    }

    /// Young enough to upgrade a database that cannot be copied first.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.made) < SignedDuration::from_hours(24)
    }
}

/// A folder for copies in the clear; it goes when this does.
pub(super) struct Bench(pub(super) PathBuf);

impl Bench {
    /// Made anew; only this account may look into it.
    pub(super) fn make(path: PathBuf) -> Result<Self, BackupError> {
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::File(path, error));
            }
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&path).map_err(BackupError::file(&path))?;
        Ok(Self(path))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _gone_or_removed_by_the_next = fs::remove_dir_all(&self.0);
    }
}

/// Backs a trust up.
///
/// - `media`: where its pictures lie.
pub async fn create(
    places: &Places,
    media: &Media,
    vault: &Vault,
    keep: Keep,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Created, BackupError> {
    let profile = Profile::read(&places.profile())?;
    let known = match vault.runs()?.is_empty() {
        true => BTreeMap::new(),
        // The pictures of the last backup are known by their names; a damaged manifest only makes this one longer.
        false => vault.manifest(None).map(|(_, last)| by_path(last)).unwrap_or_default(),
    };
    let mut writer = Writer { vault, entropy, kept: Vec::new(), new_bytes: 0 };
    let ledger = ledger_files(places)?;
    for (path, bytes) in &ledger.files {
        writer.keep(path, &mut bytes.as_slice())?;
    }
    let made = clock.now();
    let bench = Bench::make(places.data.join(BENCH))?;
    let copy = bench.0.join(RECORDS);
    let records = places.records_as_is().await?;
    records.snapshot(&copy).await?;
    let found = look_into(&copy, ledger.checkpoint.as_ref()).await?;
    writer.keep(RECORDS, &mut File::open(&copy).map_err(BackupError::file(&copy))?)?;
    drop(bench);
    let missing = writer.pictures(media, &found.pictures, &known)?;
    writer.folder(&places.data)?;
    if let Some(damage) = still_missing(&records, &missing).await? {
        return Err(BackupError::PicturesMissing(damage));
    }
    records.close().await;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made,
        trust: profile.trust.short_name,
        schema: found.schema,
        entries: found.entries,
        root: found.root,
        files: writer.kept,
        gone: missing.iter().map(|(place, name)| picture_path(*place, name)).collect(),
    };
    let run = RunId::new(made, writer.entropy);
    vault.finish(&run, &manifest, writer.entropy)?;
    note(places, vault, &run, made)?;
    let removed = vault.forget(&outlived(vault, keep, &run, made)?)?;
    Ok(Created {
        files: manifest.files.len(),
        pictures: manifest.pictures(),
        entries: manifest.entries,
        new_bytes: writer.new_bytes,
        removed,
        run,
    })
}

fn by_path(manifest: Manifest) -> BTreeMap<String, Kept> {
    manifest.files.into_iter().map(|file| (file.path.clone(), file)).collect()
}

struct Writer<'a> {
    vault: &'a Vault,
    entropy: &'a mut dyn Entropy,
    kept: Vec<Kept>,
    new_bytes: u64,
}

impl Writer<'_> {
    fn keep(&mut self, path: &str, from: &mut dyn io::Read) -> Result<(), BackupError> {
        let (kept, new) = self.vault.keep(path, from, self.entropy)?;
        self.kept.push(kept);
        self.new_bytes += new;
        Ok(())
    }

    /// Pictures never change under their name: one that an earlier backup holds is not even read again. Answers which
    /// are not there.
    fn pictures(
        &mut self,
        media: &Media,
        wanted: &[(Place, String)],
        known: &BTreeMap<String, Kept>,
    ) -> Result<BTreeSet<(Place, String)>, BackupError> {
        let mut missing = BTreeSet::new();
        for (place, name) in wanted {
            let path = picture_path(*place, name);
            if let Some(kept) = known.get(&path).filter(|kept| self.vault.holds(kept)) {
                self.kept.push(kept.clone());
                continue;
            }
            match picture(media, *place, name) {
                Ok(bytes) => self.keep(&path, &mut bytes.as_slice())?,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) =>
                {
                    missing.insert((*place, name.clone()));
                }
                Err(error) => return Err(BackupError::File(path.into(), error)),
            }
        }
        Ok(missing)
    }

    /// The rest of the data folder: settings, and the public site. An article that is taken down meanwhile is left out.
    fn folder(&mut self, data: &Path) -> Result<(), BackupError> {
        let mut paths: Vec<String> = ["profile.toml", "serve.toml"].map(str::to_owned).into();
        let mut folders = vec!["site/posts".to_owned()];
        // The ledgers before a loss.
        for entry in fs::read_dir(data).map_err(BackupError::file(data))?.flatten() {
            folders.extend(
                entry.file_name().to_str().filter(|name| name.starts_with("ledger-")).map(str::to_owned),
            );
        }
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(data.join(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(BackupError::file(data.join(&folder)))?,
            };
            for entry in entries {
                let entry = entry.map_err(BackupError::file(data.join(&folder)))?;
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(path),
                    Ok(kind) if kind.is_file() => paths.push(path),
                    _ => {}
                }
            }
        }
        for path in paths {
            match File::open(data.join(&path)) {
                Ok(mut file) => self.keep(&path, &mut file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(BackupError::File(data.join(&path), error)),
            }
        }
        Ok(())
    }
}

struct LedgerCopy {
    files: BTreeMap<String, Vec<u8>>,
    checkpoint: Option<Checkpoint>,
}

/// The ledger's files as one checkpoint names them. Tiles may be pruned while they are read: then once more.
fn ledger_files(places: &Places) -> Result<LedgerCopy, BackupError> {
    let folder = Folder::new(&places.ledger());
    let failed = |path: &str| BackupError::file(places.ledger().join(path));
    for _ in 0..TRIES {
        let mut files = BTreeMap::new();
        let Some(text) = folder.read(CHECKPOINT_PATH).map_err(failed(CHECKPOINT_PATH))? else {
            return Ok(LedgerCopy { files, checkpoint: None });
        };
        let key = fs::read_to_string(folder.key_path()).map_err(BackupError::file(folder.key_path()))?;
        let unsigned = |_| BackupError::Damaged("ledger/checkpoint".to_owned());
        let verifier = VerifierKey::parse(key.trim()).map_err(unsigned)?;
        let checkpoint = Checkpoint::open(&String::from_utf8_lossy(&text), &verifier).map_err(unsigned)?;
        let mut whole = true;
        for tile in tiles_of(checkpoint.size) {
            let path = tile.path();
            match folder.read(&path).map_err(failed(&path))? {
                Some(bytes) => drop(files.insert(format!("ledger/{path}"), bytes)),
                None => whole = false,
            }
        }
        if whole {
            files.insert(format!("ledger/{CHECKPOINT_PATH}"), text);
            files.insert("ledger/verifier.key".to_owned(), key.into_bytes());
            if let Some(bytes) = folder.read(CONTINUED).map_err(failed(CONTINUED))? {
                files.insert(format!("ledger/{CONTINUED}"), bytes);
            }
            return Ok(LedgerCopy { files, checkpoint: Some(checkpoint) });
        }
    }
    Err(BackupError::Damaged("ledger".to_owned()))
}

struct Found {
    pictures: Vec<(Place, String)>,
    schema: i64,
    entries: u64,
    root: Digest,
}

/// What the copied records name, and whether they hold what the checkpoint signs.
async fn look_into(copy: &Path, checkpoint: Option<&Checkpoint>) -> Result<Found, BackupError> {
    let records = Records::open_as_is(&copy.to_string_lossy()).await?;
    let mut tx = records.read().await?;
    let (entries, root) = replay(&mut tx, checkpoint).await?;
    let found = Found { pictures: pictures(&mut tx).await?, schema: records.schema().await?, entries, root };
    tx.rollback().await?;
    records.close().await;
    Ok(found)
}

/// Replays the ledger out of records: how many entries, and the root. They must go on from what the checkpoint signs.
pub(super) async fn replay(
    tx: &mut Tx,
    checkpoint: Option<&Checkpoint>,
) -> Result<(u64, Digest), BackupError> {
    let leaves = Ledger(tx).leaves().await?;
    if let Some(signed) = checkpoint {
        let then = usize::try_from(signed.size).ok().and_then(|size| leaves.get(..size));
        if then.map(root) != Some(signed.root) {
            return Err(BackupError::OtherHistory(signed.size));
        }
    }
    Ok((leaves.len() as u64, root(&leaves)))
}

/// How many of the pictures that were not there should be: an original may have been deleted since the copy was made.
async fn still_missing(
    records: &Records,
    missing: &BTreeSet<(Place, String)>,
) -> Result<Option<usize>, BackupError> {
    if missing.is_empty() {
        return Ok(None);
    }
    let named: BTreeSet<_> = pictures(&mut records.read().await?).await?.into_iter().collect();
    let damaged = missing.intersection(&named).count();
    Ok((damaged > 0).then_some(damaged))
}

/// The backups that are too many or too old. The one just made always stays.
fn outlived(vault: &Vault, keep: Keep, newest: &RunId, now: Timestamp) -> Result<Vec<RunId>, BackupError> {
    let oldest =
        now.checked_sub(SignedDuration::from_hours(24 * i64::from(keep.days))).unwrap_or(Timestamp::MIN);
    let mut runs = vault.runs()?;
    runs.retain(|run| run != newest);
    let stay = keep.newest.map_or(runs.len(), |newest| newest.saturating_sub(1));
    let too_many = runs.len().saturating_sub(stay);
    let mut gone = Vec::new();
    for (number, run) in runs.into_iter().enumerate() {
        let (run, manifest) = vault.manifest(Some(&run))?;
        if number < too_many || manifest.made < oldest {
            gone.push(run);
        }
    }
    Ok(gone)
}

fn note(places: &Places, vault: &Vault, run: &RunId, made: Timestamp) -> Result<(), BackupError> {
    let path = places.data.join(LAST);
    let last = Last { made, run: run.to_string(), to: vault.root().to_owned() };
    let text = serde_json::to_vec(&last).map_err(|e| BackupError::File(path.clone(), io::Error::other(e)))?;
    fs::write(&path, text).map_err(BackupError::file(&path))
}
