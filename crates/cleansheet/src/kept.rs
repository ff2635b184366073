//! What `setup` was told and `serve` goes by, so that `cleansheet serve --data DIR` is enough. Flags win.
//!
//! `serve.toml` in the data folder holds nothing secret and is part of a backup. Addresses that carry a password lie in a
//! file of their own beside the keys, outside the data folder and outside its backup, for this account alone.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::app::Places;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// A file.
    #[error("the settings in `{0}` cannot be read or written: {1}")]
    File(PathBuf, io::Error),
    /// It says something else than settings do.
    #[error("the settings in `{0}` are not right: {1}")]
    Wrong(PathBuf, String),
    /// Others could read the passwords in it.
    #[error("other accounts of this machine can read `{0}`, which holds passwords; run `chmod 600` on it")]
    TooOpen(PathBuf),
}

/// `serve.toml`: nothing secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The origin people use.
    pub public_url: Option<String>,
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// The witness that keeps the ledger honest: its address, and the key it signs with.
    pub witness: Option<String>,
    /// The witness's verifier key.
    pub witness_key: Option<String>,
}

/// Addresses that may carry a password.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// The mail server.
    pub smtp: Option<String>,
    /// A PostgreSQL database.
    pub database: Option<String>,
}

impl Kept {
    /// Where it lies.
    pub fn path(places: &Places) -> PathBuf {
        places.data.join("serve.toml")
    }

    /// Reads it; nothing is kept when it is not there.
    pub fn read(places: &Places) -> Result<Self, KeptError> {
        read(&Self::path(places))
    }

    /// Writes it.
    pub fn write(&self, places: &Places) -> Result<(), KeptError> {
        let listen = self.listen.map(|listen| listen.to_string());
        let lines = [
            ("public_url", self.public_url.as_deref()),
            ("listen", listen.as_deref()),
            ("witness", self.witness.as_deref()),
            ("witness_key", self.witness_key.as_deref()),
        ];
        let about = "# What `cleansheet serve` goes by. Flags win. Nothing secret belongs here.\n";
        write(&Self::path(places), about, &lines)
    }
}

impl Connections {
    /// Where they lie: beside the data folder, as the keys do.
    pub fn path(places: &Places) -> PathBuf {
        let mut name = places.data.file_name().unwrap_or(places.data.as_os_str()).to_owned();
        name.push(".connections");
        places.data.with_file_name(name)
    }

    /// Reads them; nothing is kept when the file is not there.
    pub fn read(places: &Places) -> Result<Self, KeptError> {
        let path = Self::path(places);
        if fs::metadata(&path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0) {
            return Err(KeptError::TooOpen(path));
        }
        read(&path)
    }

    /// Writes them for this account alone.
    pub fn write(&self, places: &Places) -> Result<(), KeptError> {
        let lines = [("smtp", self.smtp.as_deref()), ("database", self.database.as_deref())];
        let about =
            "# Addresses with passwords. For the account that runs Cleansheet alone; not part of a backup.\n";
        write(&Self::path(places), about, &lines)
    }
}

fn read<T: Default + for<'de> Deserialize<'de>>(path: &Path) -> Result<T, KeptError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            // The parser's own words would show the line, and with it a password.
            let wrong = |e: toml::de::Error| KeptError::Wrong(path.to_owned(), e.message().to_owned());
            toml::from_str(&text).map_err(wrong)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(KeptError::File(path.to_owned(), error)),
    }
}

/// The old file or the new one, never half of it.
fn write(path: &Path, about: &str, lines: &[(&str, Option<&str>)]) -> Result<(), KeptError> {
    let failed = |error| KeptError::File(path.to_owned(), error);
    let mut text = about.to_owned();
    for (name, value) in lines {
        let Some(value) = value else { continue };
        text.push_str(&format!("{name} = {}\n", quoted(value)));
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let mut out =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&name).map_err(failed)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)?;
    fs::rename(&name, path).map_err(failed)
}

/// A text as TOML writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Connections, Kept, KeptError};
    use crate::app::Places;

    #[test]
    fn what_is_kept_reads_back_and_passwords_lie_apart() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::of(&folder.path().join("trust"));
        std::fs::create_dir(&places.data).unwrap();
        assert_eq!(Kept::read(&places).unwrap(), Kept::default());
        let kept = Kept {
            public_url: Some("https://posts.example.org".into()),
            listen: Some("127.0.0.1:8081".parse().unwrap()),
            witness: None,
            witness_key: None,
        };
        kept.write(&places).unwrap();
        assert_eq!(Kept::read(&places).unwrap(), kept);
        let secret = "smtps://jo:pa\"ss\\word@mail.example.org";
        let connections = Connections { smtp: Some(secret.into()), database: None };
        connections.write(&places).unwrap();
        assert!(Connections::read(&places).unwrap() == connections);
        let path = Connections::path(&places);
        assert!(!path.starts_with(&places.data), "{}", path.display());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Connections::read(&places), Err(KeptError::TooOpen(_))));
    }

    #[test]
    fn a_wrong_line_is_said_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::of(&folder.path().join("trust"));
        let path = Connections::path(&places);
        std::fs::write(&path, "smtp = \"hunter2\nfoo").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let sentence = Connections::read(&places).err().map(|e| e.to_string()).unwrap();
        assert!(sentence.contains("not right") && !sentence.contains("hunter2"), "{sentence}");
    }
}
