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
}

#[derive(Deserialize)]
struct KeyFile {
    originals: String,
    ledger: String,
    forms: String,
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
            Ok(text) => Self::read(path, text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && new_trust => Self::make(path, entropy),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeysError::Missing(path.to_owned())),
            Err(source) => Err(KeysError::File { path: path.to_owned(), source }),
        }
    }

    fn read(path: &Path, mut text: String) -> Result<Self, KeysError> {
        let file = |source| KeysError::File { path: path.to_owned(), source };
        if fs::metadata(path).map_err(file)?.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::TooOpen(path.to_owned()));
        }
        let unreadable = || KeysError::Unreadable(path.to_owned());
        let parsed: KeyFile = toml::from_str(&text).map_err(|_| unreadable())?;
        text.zeroize();
        let key = |hex: &str| Key::parse(hex).ok_or_else(unreadable);
        Ok(Self {
            originals: key(&parsed.originals)?,
            ledger: key(&parsed.ledger)?,
            forms: key(&parsed.forms)?,
        })
    }

    fn make(path: &Path, entropy: &mut dyn Entropy) -> Result<Self, KeysError> {
        let file = |source| KeysError::File { path: path.to_owned(), source };
        let [originals, ledger, forms] = [(); 3].map(|()| random_hex(entropy, 32));
        let text = format!("originals = \"{originals}\"\nledger = \"{ledger}\"\nforms = \"{forms}\"\n");
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file)?;
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file)?;
        Self::read(path, text)
    }
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
