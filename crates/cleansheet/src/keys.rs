//! The secrets of one trust. They live in a file outside the data folder and outside its backup, so that a copied
//! database or backup yields no original photo and signs no checkpoint.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use cleansheet_terms::{Entropy, random_hex};
use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("the key file `{path}` cannot be used: {source}")]
    File {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not one of ours.
    #[error("`{0}` is not a Cleansheet key file; give the right one with --keys")]
    Unreadable(PathBuf),
    /// Others could read it.
    #[error("other accounts of this machine can read the key file `{0}`; run `chmod 600` on it")]
    TooOpen(PathBuf),
    /// Data is there, its keys are not.
    #[error("the key file `{0}` is missing, but the data folder holds a trust; give its keys with --keys")]
    Missing(PathBuf),
}

/// 32 secret bytes; wiped when they are no longer needed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn parse(hex: &str) -> Option<Self> {
        let digest = cleansheet_terms::Digest::parse(hex).ok()?;
        Some(Self(Zeroizing::new(*digest.as_bytes())))
    }
}

/// The secrets of one trust.
pub struct Keys {
    /// Seals originals at rest.
    pub originals: Key,
    /// Signs the ledger's checkpoints.
    pub ledger: Key,
    /// Signs the tokens of forms that nobody has signed in for.
    pub forms: Key,
    /// Seals what the database keeps but must not tell: tokens of accounts, secrets of sign-in codes. The keys for Bluesky,
    /// for pushes and for papers are made from it, so that a kept copy of this file brings them back as they were.
    pub secrets: Key,
    /// Seals backups.
    pub backup: Key,
}

/// As written, one line a key. The last two came later: a file without them is completed.
#[derive(Deserialize)]
struct KeyFile {
    originals: String,
    ledger: String,
    forms: String,
    secrets: Option<String>,
    backup: Option<String>,
}

impl Keys {
    /// Where the keys of a data folder are unless `--keys` says otherwise: beside it, never inside.
    pub fn default_path(data: &Path) -> PathBuf {
        let mut name = data.file_name().unwrap_or(data.as_os_str()).to_owned();
        name.push(".keys");
        data.with_file_name(name)
    }

    /// Reads the keys, or makes them for a data folder that holds no trust yet.
    pub fn open(path: &Path, new_trust: bool, entropy: &mut dyn Entropy) -> Result<Self, KeysError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::read(path, text, entropy),
            Err(error) if error.kind() == io::ErrorKind::NotFound && new_trust => Self::make(path, entropy),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeysError::Missing(path.to_owned())),
            Err(source) => Err(KeysError::File { path: path.to_owned(), source }),
        }
    }

    fn read(path: &Path, mut text: String, entropy: &mut dyn Entropy) -> Result<Self, KeysError> {
        let file = |source| KeysError::File { path: path.to_owned(), source };
        if fs::metadata(path).map_err(file)?.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::TooOpen(path.to_owned()));
        }
        let unreadable = || KeysError::Unreadable(path.to_owned());
        let mut parsed: KeyFile = toml::from_str(&text).map_err(|_| unreadable())?;
        if parsed.complete(entropy) {
            write_whole(path, &parsed.text()).map_err(file)?;
        }
        text.zeroize();
        let key = |hex: &str| Key::parse(hex).ok_or_else(unreadable);
        Ok(Self {
            originals: key(&parsed.originals)?,
            ledger: key(&parsed.ledger)?,
            forms: key(&parsed.forms)?,
            secrets: key(parsed.secrets.as_deref().unwrap_or_default())?,
            backup: key(parsed.backup.as_deref().unwrap_or_default())?,
        })
    }

    fn make(path: &Path, entropy: &mut dyn Entropy) -> Result<Self, KeysError> {
        let file = |source| KeysError::File { path: path.to_owned(), source };
        let [originals, ledger, forms] = [(); 3].map(|()| random_hex(entropy, 32));
        let mut made = KeyFile { originals, ledger, forms, secrets: None, backup: None };
        made.complete(entropy);
        let text = made.text();
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file)?;
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file)?;
        Self::read(path, text, entropy)
    }
}

impl KeyFile {
    /// Draws the keys that a file of an older program has not. Says whether there were any.
    fn complete(&mut self, entropy: &mut dyn Entropy) -> bool {
        let missing = self.secrets.is_none() || self.backup.is_none();
        for key in [&mut self.secrets, &mut self.backup] {
            key.get_or_insert_with(|| random_hex(entropy, 32));
        }
        missing
    }

    fn text(&self) -> String {
        let [secrets, backup] = [&self.secrets, &self.backup].map(|key| key.as_deref().unwrap_or_default());
        format!(
            "originals = \"{}\"\nledger = \"{}\"\nforms = \"{}\"\nsecrets = \"{secrets}\"\nbackup = \"{backup}\"\n",
            self.originals, self.ledger, self.forms
        )
    }
}

/// The old file or the new one, never half of it: without its keys a trust is lost.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&name)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&name, path)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use cleansheet_terms::SeededEntropy;

    use super::{Keys, KeysError};

    #[test]
    fn keys_are_made_once_beside_the_data_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("trust");
        let path = Keys::default_path(&data);
        assert_eq!(path, folder.path().join("trust.keys"));
        let made = Keys::open(&path, true, &mut SeededEntropy::new(1)).unwrap();
        let read = Keys::open(&path, false, &mut SeededEntropy::new(2)).unwrap();
        assert_eq!(made.originals.bytes(), read.originals.bytes());
        assert_ne!(read.originals.bytes(), read.ledger.bytes());
    }

    #[test]
    fn the_key_file_of_an_older_program_is_completed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.keys");
        Keys::open(&path, true, &mut SeededEntropy::new(1)).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        let older: String = whole.lines().take(3).map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, older).unwrap();
        let first = Keys::open(&path, false, &mut SeededEntropy::new(2)).unwrap();
        let again = Keys::open(&path, false, &mut SeededEntropy::new(3)).unwrap();
        assert_eq!(first.secrets.bytes(), again.secrets.bytes());
        assert_ne!(first.secrets.bytes(), first.backup.bytes());
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(whole.lines().next().unwrap()));
    }

    #[test]
    fn a_trust_without_its_keys_or_with_open_keys_does_not_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.keys");
        let mut entropy = SeededEntropy::new(1);
        assert!(matches!(Keys::open(&path, false, &mut entropy), Err(KeysError::Missing(_))));
        Keys::open(&path, true, &mut entropy).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keys::open(&path, false, &mut entropy), Err(KeysError::TooOpen(_))));
    }
}
