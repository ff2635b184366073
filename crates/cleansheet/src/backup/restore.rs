//! Brings a trust back out of a backup, into an empty folder and an empty database.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use cleansheet_records::{
    Records,
    media::{Media, Put},
    settings::{Because, Settings},
};
use cleansheet_terms::{Clock, Entropy};

use super::{
    BackupError, Manifest, RunId, Vault,
    create::{Bench, RECORDS},
    picture_of,
    verify::{verify, write_out},
};
use crate::{app::Places, keys::Keys};

/// What came back.
#[derive(Debug)]
pub struct Restored {
    /// Which backup.
    pub run: RunId,
    /// What it held.
    pub manifest: Manifest,
}

/// Restores one backup, the newest unless `run` says otherwise. The data folder appears whole or not at all. Publishing
/// is paused in it until somebody has looked: what families withdrew after the backup is not in it.
///
/// - `media`: opens the shelf for the pictures, given the folder where they lie when they lie in the data folder.
pub async fn restore(
    vault: &Vault,
    run: Option<&RunId>,
    places: &Places,
    keys: &Keys,
    media: impl FnOnce(&Path) -> std::io::Result<Media>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Restored, BackupError> {
    let data = &places.data;
    if fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(BackupError::NotEmpty(data.clone()));
    }
    // Everything is read and replayed before anything is written.
    let verified = verify(vault, run, keys, Some(0), entropy).await?;
    let manifest = verified.manifest;
    let bench = Bench::make(beside(data))?;
    let shelf = media(&bench.0.join("media")).map_err(BackupError::file(bench.0.join("media")))?;
    for file in &manifest.files {
        if let Some((place, name)) = picture_of(&file.path) {
            let bytes = vault.bytes(file)?;
            shelf.shelf().put(place, name, &bytes, Put::New).map_err(BackupError::file(&file.path))?;
            continue;
        }
        let to = inside(&bench.0, &file.path)?;
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(BackupError::file(folder))?;
        }
        write_out(vault, Some(&file), &to)?;
    }
    let copy = bench.0.join(RECORDS);
    let records = match &places.database {
        None => Records::open_file(&copy).await?,
        Some(url) => {
            Records::fill(url, &copy).await?;
            for left in ["", "-wal", "-shm"] {
                let _absent_is_fine = fs::remove_file(bench.0.join(format!("{RECORDS}{left}")));
            }
            Records::open(url).await?
        }
    };
    let mut tx = records.begin().await?;
    Settings(&mut tx).stop_publishing(Because::Restored { made: manifest.made }, clock.now()).await?;
    tx.commit().await?;
    records.close().await;
    let failed = || BackupError::file(data);
    match fs::remove_dir(data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed()(error)),
        _ => {}
    }
    fs::rename(&bench.0, data).map_err(failed())?;
    let around = data.parent().filter(|around| !around.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(around).and_then(|around| around.sync_all()).map_err(failed())?;
    Ok(Restored { run: verified.run, manifest })
}

/// On the same disk as the data folder, so that it becomes it by one rename.
fn beside(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".being-restored");
    PathBuf::from(name)
}

/// The paths of a backup are ours, but nothing is ever written outside the folder.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, BackupError> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if plain { Ok(folder.join(path)) } else { Err(BackupError::Damaged(path.to_owned())) }
}
