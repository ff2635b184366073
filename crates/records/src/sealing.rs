//! Sealing what the database keeps but must not tell: tokens of accounts, secrets of sign-in codes.
//!
//! XChaCha20-Poly1305 under a key that lies outside the data folder. What a value is for and whose it is are sealed with
//! it, so that a sealed value copied into another row does not open. A stolen database file yields none of them (T16).

use std::{fmt, sync::Arc};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use cleansheet_terms::Entropy;
use zeroize::Zeroizing;

/// What a sealed value begins with, so that another way of sealing can be told apart later.
const MAGIC: &[u8; 4] = b"CSS1";
/// XChaCha20's nonce, in bytes: long enough to be drawn by chance for every value.
const NONCE: usize = 24;

/// A value could not be sealed. With the lengths this program uses it does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret could not be sealed; nothing was kept")]
pub struct SealError;

/// Seals and opens values. Cheap to clone; every clone has the same key.
#[derive(Clone)]
pub struct Sealer(Arc<Zeroizing<[u8; 32]>>);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A sealer with a key of the key file.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(Zeroizing::new(key)))
    }

    /// Seals a value.
    ///
    /// - `purpose`: what it is, for example `channel credential`.
    /// - `id`: of the row it belongs to.
    pub fn seal(
        &self,
        purpose: &str,
        id: &str,
        value: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0_u8; NONCE];
        entropy.fill(&mut nonce);
        let payload = Payload { msg: value, aad: &bound(purpose, id) };
        let sealed = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| SealError)?;
        Ok([MAGIC.as_slice(), &nonce, &sealed].concat())
    }

    /// The value, or `None` when it was sealed under another key, for another purpose or row, or is damaged.
    pub fn open(&self, purpose: &str, id: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.strip_prefix(MAGIC)?.split_at_checked(NONCE)?;
        let payload = Payload { msg: rest, aad: &bound(purpose, id) };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.as_slice().into())
    }
}

/// No two pairs give the same bytes: purposes are ours and have no zero byte.
fn bound(purpose: &str, id: &str) -> Vec<u8> {
    [purpose.as_bytes(), &[0], id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::SeededEntropy;

    use super::Sealer;

    #[test]
    fn a_sealed_value_opens_only_with_its_key_purpose_and_row() {
        let (sealer, mut chance) = (Sealer::new([7; 32]), SeededEntropy::new(1));
        let sealed = sealer.seal("credential", "channel_1", b"a token", &mut chance).unwrap();
        assert_eq!(sealer.open("credential", "channel_1", &sealed).unwrap().as_slice(), b"a token");
        assert!(!sealed.windows(7).any(|window| window == b"a token"));
        for (purpose, id) in [("credential", "channel_2"), ("code", "channel_1"), ("", "")] {
            assert!(sealer.open(purpose, id, &sealed).is_none(), "{purpose} {id}");
        }
        assert!(Sealer::new([8; 32]).open("credential", "channel_1", &sealed).is_none());
    }

    #[test]
    fn any_changed_byte_of_a_sealed_value_is_noticed() {
        let (sealer, mut chance) = (Sealer::new([7; 32]), SeededEntropy::new(1));
        let sealed = sealer.seal("credential", "channel_1", b"a token", &mut chance).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open("credential", "channel_1", &changed).is_none(), "byte {at}");
        }
        assert!(sealer.open("credential", "channel_1", &sealed[..sealed.len() - 1]).is_none());
        assert!(sealer.open("credential", "channel_1", b"").is_none());
    }
}
