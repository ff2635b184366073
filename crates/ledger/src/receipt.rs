//! A receipt that a person can keep: one entry's proof with the checkpoint it leads to, checked without the log.
//!
//! Format: C2SP [tlog-proof](https://c2sp.org/tlog-proof), file extension `.tlog-proof`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cleansheet_terms::Digest;

use crate::{
    note::{Checkpoint, NoteError, VerifierKey},
    proof::{check_inclusion, inclusion_proof},
    tree::leaf_hash,
};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a receipt.
    #[error(
        "this is no receipt; its first line must read `{FIRST_LINE}`, so give the file as it was received"
    )]
    Form,
    /// Its checkpoint is not the trust's.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The entry is not the one it was made for.
    #[error(
        "the log that the receipt speaks of does not hold this entry at index {0}; ask the trust to explain"
    )]
    NotIncluded(u64),
}

/// The proof that the entry at an index is in the log of a signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    index: u64,
    proof: Vec<Digest>,
    checkpoint: String,
}

impl Receipt {
    /// The receipt of entry `index` of the log with these leaf hashes; `checkpoint` is the signed text for exactly
    /// their number. `None` when there is no such entry.
    pub fn new(leaves: &[Digest], index: u64, checkpoint: &str) -> Option<Self> {
        let proof = inclusion_proof(leaves, usize::try_from(index).ok()?)?;
        Some(Self { index, proof, checkpoint: checkpoint.to_owned() })
    }

    /// The text to keep.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\nindex {}\n", self.index);
        for hash in &self.proof {
            text.push_str(&BASE64_STANDARD.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a receipt. An `extra` line is passed over: nothing vouches for it.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ReceiptError::Form)?;
        let head = head.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_prefix('\n'));
        let mut lines = head.ok_or(ReceiptError::Form)?.split('\n').peekable();
        lines.next_if(|line| line.starts_with("extra "));
        let digits = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(ReceiptError::Form)?;
        let index: u64 = digits.parse().map_err(|_| ReceiptError::Form)?;
        if index.to_string() != digits {
            return Err(ReceiptError::Form);
        }
        let hash = |line: &str| {
            let bytes = BASE64_STANDARD.decode(line).ok()?;
            Some(Digest::from_bytes(bytes.try_into().ok()?))
        };
        let proof: Option<Vec<_>> = lines.map(hash).collect();
        Ok(Self { index, proof: proof.ok_or(ReceiptError::Form)?, checkpoint: checkpoint.to_owned() })
    }

    /// Which entry it is about.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Checks that `entry` is in the log of the checkpoint, and the checkpoint signed by `key`; returns it.
    pub fn check(&self, entry: &[u8], key: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = leaf_hash(entry);
        if check_inclusion(&checkpoint.root, checkpoint.size, self.index, &leaf, &self.proof) {
            Ok(checkpoint)
        } else {
            Err(ReceiptError::NotIncluded(self.index))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Receipt, ReceiptError};
    use crate::{Checkpoint, SigningKey, leaf_hash, root};

    fn receipt() -> (String, SigningKey) {
        let key = SigningKey::new("rivermead-town", &[7; 32]).unwrap();
        let leaves: Vec<_> = (0..300_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let checkpoint = Checkpoint { size: 300, root: root(&leaves) }.sign(&key);
        (Receipt::new(&leaves, 258, &checkpoint).unwrap().to_text(), key)
    }

    #[test]
    fn a_receipt_proves_its_entry_and_no_other() {
        let (text, key) = receipt();
        let receipt = Receipt::parse(&text).unwrap();
        assert_eq!(receipt.to_text(), text);
        assert_eq!(receipt.check(&258_u32.to_be_bytes(), &key.verifier()).unwrap().size, 300);
        let other = receipt.check(&259_u32.to_be_bytes(), &key.verifier());
        assert_eq!(other, Err(ReceiptError::NotIncluded(258)));
        assert_eq!(Receipt::parse(&text.replace("index 258", "index 0258")), Err(ReceiptError::Form));
        let with_extra = text.replacen("\nindex", "\nextra eA==\nindex", 1);
        assert_eq!(Receipt::parse(&with_extra), Ok(receipt));
    }

    #[test]
    fn a_receipt_with_any_byte_changed_proves_nothing() {
        let (text, key) = receipt();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let checked = Receipt::parse(&changed)
                .and_then(|receipt| receipt.check(&258_u32.to_be_bytes(), &key.verifier()));
            assert!(checked.is_err(), "byte {at}: {changed}");
        }
    }
}
