//! The outside witness: another trust, or the county, that looks at every checkpoint and signs that it goes on from the
//! last one it saw (C2SP tlog-witness). What the witness has seen, no administrator here can take back.

use std::time::Duration;

use cleansheet_ledger::WitnessKey;
use cleansheet_terms::Digest;

pub mod keeping;
pub mod serve;

/// Longest wait for the witness.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the witness has not cosigned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// No answer, or none that means anything.
    #[error("the witness does not answer ({0}); publishing goes on, and it is asked again every minute")]
    Silent(String),
    /// It does not know this log.
    #[error("the witness does not know this ledger; give its keeper the line in ledger/verifier.key")]
    Unknown,
    /// It knows the log under another key.
    #[error(
        "the witness knows this ledger under another key; give its keeper the line in ledger/verifier.key"
    )]
    OtherKey,
    /// What it sent back is no cosignature of the key that was given.
    #[error("what the witness sent is not signed by the key given with --witness-key")]
    WrongSignature,
}

/// What the witness said to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It goes on from what the witness saw: the line to put under it.
    Cosigned(String),
    /// The witness has seen this many entries; the proof has to start there.
    Seen(u64),
    /// It does not go on from what the witness saw.
    OtherHistory,
}

/// A witness to ask.
#[derive(Debug, Clone)]
pub struct Witness {
    url: String,
    key: WitnessKey,
    client: reqwest::Client,
}

impl Witness {
    /// The witness at `url`, which signs with `key`.
    pub fn new(url: &str, key: WitnessKey, client: reqwest::Client) -> Self {
        Self { url: format!("{}/add-checkpoint", url.trim_end_matches('/')), key, client }
    }

    /// Whose signature counts.
    pub fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Shows a checkpoint.
    ///
    /// - `old`: the size that the witness saw last.
    /// - `proof`: that the checkpoint goes on from there.
    pub async fn show(&self, old: u64, proof: &[Digest], checkpoint: &str) -> Result<Said, WitnessError> {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let lines: String = proof.iter().map(|hash| BASE64_STANDARD.encode(hash.as_bytes()) + "\n").collect();
        let body = format!("old {old}\n{lines}\n{checkpoint}");
        // What a library says may hold the address, and with it a password.
        let silent = |e: reqwest::Error| {
            WitnessError::Silent(if e.is_timeout() { "too slow" } else { "no connection" }.into())
        };
        let sent = self.client.post(&self.url).timeout(PATIENCE).body(body).send().await.map_err(silent)?;
        let status = sent.status().as_u16();
        let text = sent.text().await.map_err(silent)?;
        match status {
            200 if self.key.saw(&format!("{checkpoint}{text}")).is_some() => Ok(Said::Cosigned(text)),
            200 => Err(WitnessError::WrongSignature),
            403 => Err(WitnessError::OtherKey),
            404 => Err(WitnessError::Unknown),
            409 => match text.trim().parse() {
                Ok(size) => Ok(Said::Seen(size)),
                Err(_) => Err(WitnessError::Silent("an unreadable size".into())),
            },
            422 => Ok(Said::OtherHistory),
            other => Err(WitnessError::Silent(format!("status {other}"))),
        }
    }
}
