//! The ledger's public files: tiles, entry bundles and the checkpoint, derived from the entries in the database.
//!
//! The database is the truth; a crash between its commit and these files only means that they are written at the
//! next start. A checkpoint appears after its tiles are durable, so a verifier never misses a file.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use cleansheet_ledger::{
    CHECKPOINT_PATH, Checkpoint, EntryError, File, Files, NoteError, SigningKey, Writer,
};
use cleansheet_records::{Records, StoreError, ledger_entries::Ledger};
use tokio::sync::Mutex;

use crate::{
    keys::Key,
    witness::{Witness, WitnessError},
};

mod shown;

pub use shown::Witnessed;

const KEY: &str = "verifier.key";
/// What a log that is not the first says it goes on from; its first entry commits to it.
pub const CONTINUED: &str = "continued.json";
/// Outside `tile/`, where the verifier calls unknown files stray.
const BENCH: &str = "being-written";
/// Entries read at a time.
const BATCH: u32 = 8192;

/// Why the ledger's files are not up to date.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder.
    #[error("the ledger's folder cannot be used: {0}")]
    Folder(#[from] io::Error),
    /// The key, or a checkpoint that it did not sign.
    #[error("the ledger's checkpoint or key is not right: {0}")]
    Note(#[from] NoteError),
    /// An entry that fits no bundle.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The records cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An older database under newer files: signing it would be a fork.
    #[error(
        "the ledger's checkpoint has {published} entries with another history than the records; restore the newest \
         backup, or ask for help before anything is signed"
    )]
    Forked {
        /// What was signed.
        published: u64,
    },
    /// The witness has seen what these records do not hold: nothing is signed.
    #[error(
        "the witness has seen {witnessed} ledger entries that these records do not hold; restore the newest backup, or \
         run `cleansheet ledger continue`"
    )]
    RolledBack {
        /// How many the witness has seen.
        witnessed: u64,
    },
    /// Records that came out of a backup sign nothing before the witness has said that nothing is missing.
    #[error("restored records sign nothing before the witness answers: {0}")]
    NotAsked(#[source] WitnessError),
}

/// The folder with the public files, kept up to date with the records.
pub struct LedgerFiles {
    folder: Folder,
    key: SigningKey,
    witness: Option<Witness>,
    state: Mutex<State>,
}

struct State {
    writer: Writer,
    /// What was signed before this start; `None` once the records were found to go on from it.
    before: Option<Checkpoint>,
    /// The size of the newest checkpoint that this process has written.
    signed: Option<u64>,
    shown: shown::Shown,
}

impl LedgerFiles {
    /// Opens the folder, making it when it is not there, and puts the verifier key beside the log.
    ///
    /// - `name`: the trust's; the log is called after it.
    pub fn open(root: &Path, name: &str, key: &Key) -> Result<Self, LedgerError> {
        let name: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        let key = SigningKey::new(&name.join("-").replace('+', "-"), key.bytes())?;
        let folder = Folder::new(root);
        fs::create_dir_all(root)?;
        let before = match folder.read(CHECKPOINT_PATH)? {
            Some(bytes) => Some(Checkpoint::open(&String::from_utf8_lossy(&bytes), &key.verifier())?),
            None => None,
        };
        folder.write(KEY, format!("{}\n", key.verifier()).as_bytes())?;
        let shown = shown::Shown::default();
        let state = Mutex::new(State { writer: Writer::new(), before, signed: None, shown });
        Ok(Self { folder, key, witness: None, state })
    }

    /// With a witness that every checkpoint is shown to.
    pub fn with_witness(self, witness: Option<Witness>) -> Self {
        Self { witness, ..self }
    }

    /// The newest signed checkpoint.
    pub fn checkpoint_text(&self) -> Option<String> {
        let bytes = self.folder.read(CHECKPOINT_PATH).ok().flatten()?;
        String::from_utf8(bytes).ok()
    }

    /// Writes what the records have and the files have not, and then the checkpoint. Says how many entries there are.
    pub async fn bring_up_to_date(&self, records: &Records) -> Result<u64, LedgerError> {
        let mut state = self.state.lock().await;
        self.ask_first(&mut state, records).await?;
        let mut entries = batch(records, &state.writer).await?;
        if entries.is_empty() && state.signed.is_some() {
            return Ok(state.writer.size());
        }
        // A step that fails is taken again from where the files are whole.
        let mut writer = state.writer.clone();
        let mut before = state.before.clone();
        let mut files = Vec::new();
        while !entries.is_empty() {
            for entry in &entries {
                files.extend(writer.push(entry)?.into_iter().filter(|file| !self.folder.has(file)));
                if before.as_ref().is_some_and(|one| one.size == writer.size()) {
                    goes_on_from(before.take(), &writer)?;
                }
            }
            // Nothing is written of a history that may be another one than was signed.
            if before.is_none() {
                self.write_full(&mut files)?;
            }
            entries = batch(records, &writer).await?;
        }
        if let Some(Checkpoint { size: published, .. }) = before.filter(|one| one.size > 0) {
            return Err(LedgerError::Forked { published });
        }
        self.write_full(&mut files)?;
        for file in &writer.partials() {
            self.folder.write_once(file)?;
        }
        self.folder.write(CHECKPOINT_PATH, writer.checkpoint().sign(&self.key).as_bytes())?;
        (state.signed, state.before, state.writer) = (Some(writer.size()), None, writer);
        Ok(state.writer.size())
    }

    /// Full tiles, whose partial copies are no longer needed once they are durable.
    fn write_full(&self, files: &mut Vec<File>) -> io::Result<()> {
        for file in files.drain(..) {
            self.folder.write_once(&file)?;
            self.folder.prune(&file);
        }
        Ok(())
    }
}

/// The entries behind those that the writer has; a few thousand at a time, so that a long ledger never lies in memory whole.
async fn batch(records: &Records, writer: &Writer) -> Result<Vec<Vec<u8>>, StoreError> {
    Ledger(&mut records.read().await?).entries_from(writer.size(), BATCH).await
}

/// What a log is called: after the trust, and its number when it is not the first.
pub fn name(trust: &str, number: u32) -> String {
    if number > 1 { format!("{trust} {number}") } else { trust.to_owned() }
}

/// Never signs a history that does not go on from the one that was signed before.
fn goes_on_from(before: Option<Checkpoint>, writer: &Writer) -> Result<(), LedgerError> {
    match before {
        Some(before) if before != writer.checkpoint() => Err(LedgerError::Forked { published: before.size }),
        _ => Ok(()),
    }
}

/// The public files of a log in a folder.
pub struct Folder(PathBuf);

impl Folder {
    /// The files below `root`.
    pub fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    /// Where the key lies that verifies the checkpoints.
    pub fn key_path(&self) -> PathBuf {
        self.0.join(KEY)
    }

    /// The same entries always give the same bytes: a file that is there is whole, and is left as evidence.
    fn write_once(&self, file: &File) -> io::Result<()> {
        if self.has(file) { Ok(()) } else { self.write(&file.path, &file.bytes) }
    }

    /// Whether a file is there; one that cannot be looked at is written again.
    fn has(&self, file: &File) -> bool {
        self.0.join(&file.path).exists()
    }

    /// Appears whole, or not at all, and stays after a power cut.
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let target = self.0.join(path);
        let folder = target.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        let bench = self.0.join(BENCH);
        let mut file = fs::File::create(&bench)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&bench, &target)?;
        fs::File::open(folder)?.sync_all()
    }

    /// Once a tile is full, its partial copies are no longer needed. One that stays does no harm.
    fn prune(&self, full: &File) {
        let _absent_is_fine = fs::remove_dir_all(self.0.join(format!("{}.p", full.path)));
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec!["tile".to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.0.join(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if entry.file_type()?.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        Ok(found)
    }
}
