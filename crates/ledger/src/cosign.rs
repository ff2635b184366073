//! Cosignatures of witnesses (C2SP tlog-cosignature v1, Ed25519): somebody outside says when they saw a checkpoint, and
//! that it goes on from the last one they saw.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer as _};

use crate::note::{NoteError, key_id, names_a_log, read_key, write_key};

/// The signature type of timestamped Ed25519 cosignatures.
const COSIGNATURE: u8 = 4;

/// The public half of a witness's key. Written as a log's verifier key is, with another type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

/// The secret half.
pub struct WitnessSigner {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl WitnessSigner {
    /// The key of the witness `name` from 32 secret random bytes.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !names_a_log(name) {
            return Err(NoteError::Name(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    /// The public half.
    pub fn verifier(&self) -> WitnessKey {
        WitnessKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The line to put under a checkpoint.
    ///
    /// - `checkpoint`: the signed text, which must have been opened with its log's key.
    /// - `seconds`: when it was seen, since 1970 in UTC.
    pub fn cosign(&self, checkpoint: &str, seconds: u64) -> Result<String, NoteError> {
        let message = message(checkpoint, seconds)?;
        let mut signature = self.verifier().id().to_vec();
        signature.extend_from_slice(&seconds.to_be_bytes());
        signature.extend_from_slice(&self.key.sign(message.as_bytes()).to_bytes());
        Ok(format!("— {} {}\n", self.name, BASE64_STANDARD.encode(signature)))
    }
}

impl WitnessKey {
    /// Reads the text that a witness's key displays as, and only exactly that.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, key) = read_key(text, COSIGNATURE)?;
        Ok(Self { name, key })
    }

    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the witness saw a checkpoint, in seconds since 1970 in UTC; `None` when no line of it is a cosignature of
    /// this witness over this checkpoint.
    pub fn saw(&self, checkpoint: &str) -> Option<u64> {
        let (_, lines) = checkpoint.split_once("\n\n")?;
        lines.lines().filter_map(|line| self.holds(line, checkpoint)).max()
    }

    fn holds(&self, line: &str, checkpoint: &str) -> Option<u64> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(encoded).ok()?;
        let (id, rest) = bytes.split_first_chunk::<4>()?;
        if name != self.name || *id != self.id() {
            return None;
        }
        let (seconds, signature) = rest.split_first_chunk::<8>()?;
        let seconds = u64::from_be_bytes(*seconds);
        let signature = Signature::from_slice(signature).ok()?;
        let message = message(checkpoint, seconds).ok()?;
        self.key.verify_strict(message.as_bytes(), &signature).ok().map(|()| seconds)
    }

    fn id(&self) -> [u8; 4] {
        key_id(&self.name, COSIGNATURE, &self.key)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, &self.name, COSIGNATURE, &self.key)
    }
}

/// What is signed: when, and the checkpoint's body with its last line end.
fn message(checkpoint: &str, seconds: u64) -> Result<String, NoteError> {
    let (body, _) = checkpoint.split_once("\n\n").ok_or(NoteError::Checkpoint)?;
    Ok(format!("cosignature/v1\ntime {seconds}\n{body}\n"))
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Digest;

    use super::{WitnessKey, WitnessSigner};
    use crate::{Checkpoint, SigningKey};

    #[test]
    fn a_cosignature_holds_for_its_checkpoint_time_and_key_only() {
        let log = SigningKey::new("rivermead-town", &[7; 32]).unwrap();
        let witness = WitnessSigner::new("fenwick-witness", &[9; 32]).unwrap();
        let key = WitnessKey::parse(&witness.verifier().to_string()).unwrap();
        let signed = Checkpoint { size: 5, root: Digest::of(b"root") }.sign(&log);
        let line = witness.cosign(&signed, 1_790_000_000).unwrap();
        let both = format!("{signed}{line}");
        assert_eq!(key.saw(&both), Some(1_790_000_000));
        assert_eq!(Checkpoint::open(&both, &log.verifier()).unwrap().size, 5);
        let other = Checkpoint { size: 6, root: Digest::of(b"root") }.sign(&log);
        assert_eq!(key.saw(&format!("{other}{line}")), None, "moved to another checkpoint");
        assert_eq!(key.saw(&signed), None);
        let stranger = WitnessSigner::new("fenwick-witness", &[8; 32]).unwrap().verifier();
        assert_eq!(stranger.saw(&both), None);
        let encoded = line.rsplit(' ').next().unwrap().trim().to_owned();
        for at in 0..encoded.len() {
            let mut bytes = encoded.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            if bytes != encoded.as_bytes() {
                let changed = String::from_utf8(bytes).unwrap();
                assert_eq!(key.saw(&format!("{signed}— fenwick-witness {changed}\n")), None, "letter {at}");
            }
        }
        assert!(WitnessKey::parse(&log.verifier().to_string()).is_err(), "a log's key is no witness's key");
    }
}
