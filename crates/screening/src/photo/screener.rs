//! The parent's side.

use super::{Cover, Fit, Looked, PhotoError, Rendered, Settings};

/// Looks at photos and renders them. Share one: it holds the model worker.
#[derive(Debug)]
pub struct PhotoScreener {
    _settings: Settings,
}

impl PhotoScreener {
    /// Starts the model worker; an error says in one sentence which model is missing.
    pub fn start(settings: Settings) -> Result<Self, PhotoError> {
        Ok(Self { _settings: settings })
    }

    /// Finds faces and scores the picture. Blocks.
    pub fn look(&self, _photo: &[u8]) -> Result<Looked, PhotoError> {
        Err(PhotoError::Worker("it is not there yet".to_owned()))
    }

    /// Makes a copy that can be published. Blocks.
    pub fn render(&self, _photo: &[u8], _covers: &[Cover], _fit: Fit) -> Result<Rendered, PhotoError> {
        Err(PhotoError::Worker("it is not there yet".to_owned()))
    }
}
