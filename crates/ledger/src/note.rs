//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with Ed25519 keys.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cleansheet_terms::Digest;
use ed25519_dalek::{Signature, Signer as _};
use sha2::{Digest as _, Sha256};

const ED25519: u8 = 1;
/// A verifier must look at 16 signatures at least; more than this are not ours to read.
const MOST_SIGNATURES: usize = 64;

/// Why a key or a checkpoint is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a verifier key.
    #[error("this is no verifier key; it looks like `name+8 hex digits+base64`")]
    Key,
    /// A name with a space, a plus or a control character, or none at all.
    #[error("`{0}` cannot name a log: leave out spaces and plus signs")]
    Name(String),
    /// Not a checkpoint.
    #[error("it is not in the form of a checkpoint")]
    Checkpoint,
    /// Nobody we trust signed it.
    #[error("it is not signed by `{0}`")]
    Unsigned(String),
    /// Another log.
    #[error("it is of the log `{found}`, not of `{wanted}`")]
    Origin {
        /// What it says.
        found: String,
        /// What the key is for.
        wanted: String,
    },
}

/// The public half: who may sign a checkpoint. Written `name+key id+base64` (C2SP signed-note).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

/// The secret half.
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// The key of the log `name` from 32 secret random bytes.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !names_a_log(name) {
            return Err(NoteError::Name(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    /// The public half.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }
}

impl VerifierKey {
    /// Reads the text that a verifier key displays as, and only exactly that.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, key) = read_key(text, ED25519)?;
        Ok(Self { name, key })
    }

    /// The log's name, which is also its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> [u8; 4] {
        key_id(&self.name, ED25519, &self.key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, &self.name, ED25519, &self.key)
    }
}

/// The first bytes of a key's hash, which signatures carry.
pub(crate) fn key_id(name: &str, kind: u8, key: &ed25519_dalek::VerifyingKey) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', kind]);
    hash.update(key.as_bytes());
    let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
    [a, b, c, d]
}

/// Writes `name+key id+base64`.
pub(crate) fn write_key(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    kind: u8,
    key: &ed25519_dalek::VerifyingKey,
) -> fmt::Result {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(key.as_bytes());
    let id = u32::from_be_bytes(key_id(name, kind, key));
    write!(f, "{name}+{id:08x}+{}", BASE64_STANDARD.encode(bytes))
}

/// Reads what [`write_key`] writes, and only exactly that.
pub(crate) fn read_key(text: &str, kind: u8) -> Result<(String, ed25519_dalek::VerifyingKey), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::Key);
    };
    if !names_a_log(name) {
        return Err(NoteError::Key);
    }
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| NoteError::Key)?;
    let Some((found, key)) = bytes.split_first() else { return Err(NoteError::Key) };
    let key = key.try_into().map_err(|_| NoteError::Key)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| NoteError::Key)?;
    let id = u32::from_be_bytes(key_id(name, kind, &key));
    if *found == kind && hash == format!("{id:08x}") && BASE64_STANDARD.encode(&bytes) == encoded {
        Ok((name.to_owned(), key))
    } else {
        Err(NoteError::Key)
    }
}

pub(crate) fn names_a_log(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '+' || c.is_whitespace() || c.is_control())
}

/// The size and root of a log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The signed text: origin, size, root, a blank line, the signature.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body(&key.name);
        let mut signature = key.verifier().id().to_vec();
        signature.extend_from_slice(&key.key.sign(body.as_bytes()).to_bytes());
        format!("{body}\n— {} {}\n", key.name, BASE64_STANDARD.encode(signature))
    }

    /// Reads a checkpoint that `key` signed; other signatures beside it are passed over.
    pub fn open(text: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let (body, signatures) = text.split_once("\n\n").ok_or(NoteError::Checkpoint)?;
        let body = format!("{body}\n");
        let checkpoint = Self::read(&body, key)?;
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Checkpoint)?;
        let mut signed = false;
        for line in signatures.split('\n').take(MOST_SIGNATURES) {
            signed |= signature_holds(line, &body, key)?;
        }
        if signed { Ok(checkpoint) } else { Err(NoteError::Unsigned(key.name.clone())) }
    }

    fn body(&self, origin: &str) -> String {
        format!("{origin}\n{}\n{}\n", self.size, BASE64_STANDARD.encode(self.root.as_bytes()))
    }

    fn read(body: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Checkpoint);
        };
        if origin != key.name {
            return Err(NoteError::Origin {
                found: origin.chars().take(80).collect(),
                wanted: key.name.clone(),
            });
        }
        let root = BASE64_STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let checkpoint = Self {
            size: size.parse().map_err(|_| NoteError::Checkpoint)?,
            root: Digest::from_bytes(root.ok_or(NoteError::Checkpoint)?),
        };
        // No extension lines are ours; a text that reads alike but is written otherwise is not accepted.
        if checkpoint.body(&key.name) == body { Ok(checkpoint) } else { Err(NoteError::Checkpoint) }
    }
}

/// `Ok(false)`: another key's line. An unreadable line, or a wrong signature under our key's id, is an error.
fn signature_holds(line: &str, body: &str, key: &VerifierKey) -> Result<bool, NoteError> {
    let (name, encoded) =
        line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Checkpoint)?;
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| NoteError::Checkpoint)?;
    let (id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Checkpoint)?;
    if name != key.name || *id != key.id() {
        return Ok(false);
    }
    let unsigned = || NoteError::Unsigned(key.name.clone());
    let signature = Signature::from_slice(signature).map_err(|_| unsigned())?;
    key.key.verify_strict(body.as_bytes(), &signature).map_err(|_| unsigned())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Digest;

    use super::{Checkpoint, NoteError, SigningKey, VerifierKey};

    fn key() -> SigningKey {
        SigningKey::new("rivermead-town", &[7; 32]).unwrap()
    }

    fn signed() -> String {
        Checkpoint { size: 5, root: Digest::of(b"root") }.sign(&key())
    }

    #[test]
    fn a_verifier_key_reads_back_and_a_changed_one_does_not() {
        let text = key().verifier().to_string();
        assert_eq!(VerifierKey::parse(&text), Ok(key().verifier()));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(VerifierKey::parse(&changed), Err(NoteError::Key), "{changed}");
        }
        for name in ["", "two words", "a+b", "a\nb"] {
            assert!(SigningKey::new(name, &[7; 32]).is_err(), "{name}");
        }
    }

    #[test]
    fn the_known_verifier_key_of_the_go_implementation_is_read() {
        let known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(VerifierKey::parse(known).unwrap().to_string(), known);
    }

    #[test]
    fn signatures_of_others_are_passed_over() {
        let text = signed();
        let (body, ours) = text.split_once("\n\n").unwrap();
        let witness = "— witness.example AAAAAAAA";
        let both = format!("{body}\n\n{witness}\n{ours}{witness}\n");
        assert_eq!(Checkpoint::open(&both, &key().verifier()).unwrap().size, 5);
        let without = format!("{body}\n\n{witness}\n");
        assert!(matches!(Checkpoint::open(&without, &key().verifier()), Err(NoteError::Unsigned(_))));
    }

    #[test]
    fn a_checkpoint_written_otherwise_is_refused() {
        let text = signed();
        let otherwise = [
            text.replace("\n5\n", "\n05\n"),
            text.replace("\n5\n", "\n+5\n"),
            text.replace("\n5\n", "\n5\r\n"),
            text.replacen("\n\n", "\nmore\n\n", 1),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replace("=\n", "=\r\n"),
            String::new(),
        ];
        for changed in otherwise {
            assert!(Checkpoint::open(&changed, &key().verifier()).is_err(), "{changed:?}");
        }
    }
}
