//! Shows the checkpoint to the outside witness. The witness is asked before anything is signed: a copy that lost entries
//! which the witness has seen signs nothing at all.

use cleansheet_ledger::{CHECKPOINT_PATH, Checkpoint, consistency_proof, root};
use cleansheet_records::{
    Records,
    ledger_entries::Ledger,
    settings::{Because, Settings},
};
use cleansheet_terms::Timestamp;
use jiff::SignedDuration;

use super::{LedgerError, LedgerFiles, State};
use crate::witness::{Said, Witness, WitnessError};

/// The witness is asked this often at most.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);

/// What this process knows of the witness.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// What the witness has seen; `None` until it was asked.
    seen: Option<u64>,
    /// It has seen what these records do not hold.
    other: Option<u64>,
    tried: Option<Timestamp>,
    silent_since: Option<Timestamp>,
    trouble: Option<WitnessError>,
    told: bool,
}

/// How the ledger stands with its witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Witnessed {
    /// There is none.
    Nobody,
    /// The witness has signed what is published, or will within the minute.
    Yes,
    /// It does not answer, or not with a signature.
    Silent {
        /// Since when, as far as this process knows.
        since: Timestamp,
    },
}

impl LedgerFiles {
    /// The first thing after a start: has the witness seen more than these records hold? No answer is no reason to stop,
    /// unless the records came out of a backup.
    pub(super) async fn ask_first(&self, state: &mut State, records: &Records) -> Result<(), LedgerError> {
        if let Some(witnessed) = state.shown.other {
            return Err(LedgerError::RolledBack { witnessed });
        }
        let Some(witness) = self.witness.as_ref().filter(|_| state.signed.is_none()) else { return Ok(()) };
        let mut tx = records.read().await?;
        let restored = Settings(&mut tx).pause().await?.map(|pause| pause.because);
        drop(tx);
        if let Some(Because::RolledBack { witnessed }) = restored {
            return Err(LedgerError::RolledBack { witnessed });
        }
        let asked = match self.seen(state, witness).await {
            Ok(seen) => self.compare(state, records, witness, seen).await,
            Err(error) => Err(error.into()),
        };
        match asked {
            Ok(()) => Ok(()),
            // It has never seen this log: there is nothing to take back.
            Err(Trouble::Witness(WitnessError::Unknown)) => Ok(()),
            Err(Trouble::Witness(error)) if matches!(restored, Some(Because::Restored { .. })) => {
                Err(LedgerError::NotAsked(error))
            }
            // The minute's turn comes back to it.
            Err(Trouble::Witness(_)) => Ok(()),
            Err(Trouble::Ledger(error)) => Err(error),
        }
    }

    /// Shows the newest checkpoint, once a minute at most, and keeps the cosignature with it.
    pub async fn show_to_witness(&self, records: &Records, now: Timestamp) -> Result<Witnessed, LedgerError> {
        let mut state = self.state.lock().await;
        let Some(witness) = &self.witness else { return Ok(Witnessed::Nobody) };
        let current = state.shown.seen.is_some() && state.shown.seen == state.signed;
        let recent = state.shown.tried.is_some_and(|tried| now.duration_since(tried) < BETWEEN);
        if !(recent || current && self.is_cosigned(witness)) {
            state.shown.tried = Some(now);
            let shown = match self.seen(&mut state, witness).await {
                Ok(seen) => self.compare(&mut state, records, witness, seen).await,
                Err(error) => Err(error.into()),
            };
            match shown {
                Ok(()) => {
                    (state.shown.silent_since, state.shown.trouble, state.shown.told) = (None, None, false)
                }
                Err(Trouble::Ledger(error)) => return Err(error),
                Err(Trouble::Witness(error)) => {
                    if state.shown.trouble.as_ref() != Some(&error) {
                        tracing::warn!(error = %error, "the witness has not cosigned");
                    }
                    state.shown.trouble = Some(error);
                    state.shown.silent_since.get_or_insert(now);
                }
            }
        }
        Ok(state.shown.silent_since.map_or(Witnessed::Yes, |since| Witnessed::Silent { since }))
    }

    /// Whether a long silence has not been told yet; it is told now.
    pub async fn silence_is_news(&self, now: Timestamp) -> bool {
        let mut state = self.state.lock().await;
        let long = state.shown.silent_since.is_some_and(|since| since < now);
        long && !std::mem::replace(&mut state.shown.told, true)
    }

    /// Since when the witness has been silent, and what was the matter; for Today.
    pub async fn witness_trouble(&self) -> Option<(Timestamp, String)> {
        let state = self.state.lock().await;
        let trouble = state.shown.trouble.as_ref().map(ToString::to_string)?;
        Some((state.shown.silent_since?, trouble))
    }

    /// How much the witness has seen. Asked with the checkpoint of an empty log, which signs nothing away.
    async fn seen(&self, state: &mut State, witness: &Witness) -> Result<u64, WitnessError> {
        if let Some(seen) = state.shown.seen {
            return Ok(seen);
        }
        let nothing = Checkpoint { size: 0, root: root(&[]) }.sign(&self.key);
        Ok(match witness.show(0, &[], &nothing).await? {
            Said::Seen(size) => size,
            Said::Cosigned(_) | Said::OtherHistory => 0,
        })
    }

    /// Shows what the records hold, proving that it goes on from what the witness has seen.
    async fn compare(
        &self,
        state: &mut State,
        records: &Records,
        witness: &Witness,
        mut seen: u64,
    ) -> Result<(), Trouble> {
        let mut tx = records.read().await.map_err(LedgerError::from)?;
        let mut leaves = Ledger(&mut tx).leaves().await.map_err(LedgerError::from)?;
        drop(tx);
        // What is published may be a little behind the records; before anything is published, all of them are shown.
        if let Some(signed) = state.signed {
            leaves.truncate(usize::try_from(signed).unwrap_or(usize::MAX));
        }
        let size = leaves.len() as u64;
        let text = Checkpoint { size, root: root(&leaves) }.sign(&self.key);
        for _ in 0..2 {
            if seen > size {
                return Err(self.rolled_back(state, seen));
            }
            let proof = usize::try_from(seen).ok().and_then(|seen| consistency_proof(&leaves, seen));
            match witness.show(seen, &proof.unwrap_or_default(), &text).await? {
                Said::Cosigned(line) => {
                    state.shown.seen = Some(size);
                    return Ok(self.keep_line(state, size, &text, &line)?);
                }
                Said::Seen(now) => seen = now,
                Said::OtherHistory => return Err(self.rolled_back(state, seen)),
            }
        }
        Err(WitnessError::Silent("it says different things at once".into()).into())
    }

    fn rolled_back(&self, state: &mut State, witnessed: u64) -> Trouble {
        state.shown.other = Some(witnessed);
        LedgerError::RolledBack { witnessed }.into()
    }

    /// The cosignature stays with its checkpoint until a newer one is written.
    fn keep_line(&self, state: &State, size: u64, text: &str, line: &str) -> Result<(), LedgerError> {
        if state.signed == Some(size) {
            self.folder.write(CHECKPOINT_PATH, format!("{text}{line}").as_bytes())?;
        }
        Ok(())
    }

    fn is_cosigned(&self, witness: &Witness) -> bool {
        self.checkpoint_text().is_some_and(|text| witness.key().saw(&text).is_some())
    }
}

/// What went wrong: the witness's matter, or ours.
enum Trouble {
    Witness(WitnessError),
    Ledger(LedgerError),
}

impl From<WitnessError> for Trouble {
    fn from(error: WitnessError) -> Self {
        Self::Witness(error)
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}
