//! Reads a backup back and replays its ledger.

use std::{collections::BTreeMap, fs::File, io::Write as _, path::Path};

use cleansheet_ledger::{Checkpoint, SigningKey, VerifierKey, verify as verify_log};
use cleansheet_records::Records;
use cleansheet_terms::{Digest, Entropy, random_hex};

use super::{
    BackupError, InMemory, Manifest, RunId, Vault,
    create::{Bench, RECORDS, replay},
    manifest::Kept,
    picture_of, picture_path, pictures,
};
use crate::keys::Keys;

/// A backup that holds together.
#[derive(Debug)]
pub struct Verified {
    /// Its name.
    pub run: RunId,
    /// What it is.
    pub manifest: Manifest,
    /// How many pictures were read back.
    pub read: usize,
}

/// Verifies one backup, the newest unless `run` says otherwise: every file is read back (of the pictures a random
/// `sample`, when given), the records are whole and name no picture that is missing, and the ledger replays to what the
/// trust signed.
pub async fn verify(
    vault: &Vault,
    run: Option<&RunId>,
    keys: &Keys,
    sample: Option<usize>,
    entropy: &mut dyn Entropy,
) -> Result<Verified, BackupError> {
    let (run, manifest) = vault.manifest(run)?;
    let (mut pictures, others): (Vec<_>, Vec<_>) =
        manifest.files.iter().partition(|file| picture_of(&file.path).is_some());
    let mut small = BTreeMap::new();
    for file in &others {
        if file.path.starts_with("ledger/") {
            small.insert(file.path.clone(), vault.bytes(file)?);
        } else if file.path != RECORDS {
            vault.fetch(file, |_| Ok(()))?;
        }
    }
    let checkpoint = ledger(&small, keys)?;
    let bench =
        Bench::make(std::env::temp_dir().join(format!("cleansheet-verify-{}", random_hex(entropy, 8))))?;
    let copy = bench.0.join(RECORDS);
    write_out(vault, others.iter().find(|file| file.path == RECORDS), &copy)?;
    records(&copy, &manifest, checkpoint.as_ref()).await?;
    drop(bench);
    if let Some(sample) = sample {
        // A random order, of which the first are read.
        pictures.sort_by_cached_key(|_| random_hex(entropy, 8));
        pictures.truncate(sample);
    }
    for file in &pictures {
        intact(vault, file)?;
    }
    let read = pictures.len();
    Ok(Verified { run, read, manifest })
}

/// The ledger's files hold together and are signed by the trust's own key.
fn ledger(files: &BTreeMap<String, Vec<u8>>, keys: &Keys) -> Result<Option<Checkpoint>, BackupError> {
    let Some(text) = files.get("ledger/checkpoint") else { return Ok(None) };
    let damaged = |path: &str| BackupError::Damaged(path.to_owned());
    let key = files.get("ledger/verifier.key").ok_or_else(|| damaged("ledger/verifier.key"))?;
    let key = VerifierKey::parse(String::from_utf8_lossy(key).trim())
        .map_err(|_| damaged("ledger/verifier.key"))?;
    let ours = SigningKey::new(key.name(), keys.ledger.bytes()).map(|ours| ours.verifier());
    if ours.ok().as_ref() != Some(&key) {
        return Err(damaged("ledger/verifier.key"));
    }
    verify_log(&InMemory(files), &key, None)?;
    let text = String::from_utf8_lossy(text);
    Checkpoint::open(&text, &key).map(Some).map_err(|_| damaged("ledger/checkpoint"))
}

/// The records are whole, hold the history that was noted, and name no picture that the backup has not.
async fn records(
    copy: &Path,
    manifest: &Manifest,
    checkpoint: Option<&Checkpoint>,
) -> Result<(), BackupError> {
    let records = Records::open_as_is(&copy.to_string_lossy()).await?;
    if records.damage().await?.is_some() {
        return Err(BackupError::Damaged(RECORDS.to_owned()));
    }
    let mut tx = records.read().await?;
    if replay(&mut tx, checkpoint).await? != (manifest.entries, manifest.root) {
        return Err(BackupError::OtherHistory(manifest.entries));
    }
    let named = pictures(&mut tx).await?;
    tx.rollback().await?;
    records.close().await;
    let missing = named
        .iter()
        .map(|(place, name)| picture_path(*place, name))
        // What was deleted while the backup was made is noted there as deleted.
        .filter(|path| !manifest.gone.contains(path) && !manifest.files.iter().any(|file| file.path == *path))
        .count();
    if missing > 0 { Err(BackupError::PicturesMissing(missing)) } else { Ok(()) }
}

/// A picture reads back, and a publishable copy is the one with this hash.
fn intact(vault: &Vault, file: &Kept) -> Result<(), BackupError> {
    let bytes = vault.bytes(file)?;
    let named = picture_of(&file.path).and_then(|(_, name)| Digest::parse(name).ok());
    if named.is_some_and(|digest| digest != Digest::of(&bytes)) {
        return Err(BackupError::Damaged(file.path.clone()));
    }
    Ok(())
}

/// Writes one file of a backup out, durably.
pub(super) fn write_out(vault: &Vault, file: Option<&&Kept>, to: &Path) -> Result<(), BackupError> {
    let file = file.ok_or_else(|| BackupError::Damaged(RECORDS.to_owned()))?;
    let failed = || BackupError::file(to);
    let mut out = File::create(to).map_err(failed())?;
    vault.fetch(file, |piece| out.write_all(piece).map_err(failed()))?;
    out.sync_all().map_err(failed())
}
