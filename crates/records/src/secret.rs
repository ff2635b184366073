//! Secrets that people carry: sign-in tokens, links. Only their hash is kept.

use std::fmt;

use cleansheet_terms::{Digest, Entropy, random_hex};

/// 32 random bytes as 64 hex digits, handed out once. Never logged: its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A fresh secret.
    pub fn new(entropy: &mut dyn Entropy) -> Self {
        Self(random_hex(entropy, 32))
    }

    /// The secret itself, for a cookie or a link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> String {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is stored of a secret: SHA-256 as hex. The secrets have 256 random bits, so no salt is needed.
pub(crate) fn hash(secret: &str) -> String {
    Digest::of(secret.as_bytes()).to_string()
}
