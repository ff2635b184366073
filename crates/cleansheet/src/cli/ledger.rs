//! `cleansheet ledger`: re-computes the whole log from its public files, offline; begins a new one after a loss.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use cleansheet_ledger::{CHECKPOINT_PATH, Files as _, VerifierKey, WitnessKey, verify};
use cleansheet_terms::Timestamp;

use super::{Ended, Failed, complain, data_folder, say, say_json};
use crate::{app::Places, ledger_files::Folder};

mod goes_on;

#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Re-compute every hash from the entries and compare with tiles and checkpoint
    #[command(
        after_help = "Example: cleansheet ledger verify --data /srv/trust --since checkpoint-of-last-month"
    )]
    Verify(Verify),
    /// After a loss that the witness found out: begin a new ledger that says what it goes on from
    #[command(
        after_help = "Example: cleansheet ledger continue --data /srv/trust --witnessed last-checkpoint"
    )]
    Continue(goes_on::Continue),
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// A checkpoint kept from earlier: finds out whether entries were cut off or the history was forked
    #[arg(long)]
    since: Option<PathBuf>,
    /// A verifier key kept elsewhere, as text; by default the one beside the log
    #[arg(long)]
    key: Option<String>,
    /// The key of a witness whose cosignature must be there
    #[arg(long, value_name = "KEY")]
    witness_key: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl LedgerCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::Verify(asked) => asked.run(),
            Self::Continue(asked) => asked.run(),
        }
    }
}

impl Verify {
    fn run(self) -> Result<Ended, Failed> {
        let folder = Places::of(&data_folder(self.data)).ledger();
        let files = Folder::new(&folder);
        let key = match self.key {
            Some(key) => key,
            None => fs::read_to_string(files.key_path())
                .map_err(|e| Failed::new(format!("`{}` cannot be read: {e}", files.key_path().display())))?,
        };
        let key = VerifierKey::parse(key.trim()).map_err(Failed::new)?;
        let since = match &self.since {
            Some(path) => Some(
                fs::read_to_string(path)
                    .map_err(|e| Failed::new(format!("`{}` cannot be read: {e}", path.display())))?,
            ),
            None => None,
        };
        let seen = self.witness_key.as_deref().map(|key| seen(&files, key)).transpose()?;
        if let Some(None) = seen {
            complain("the checkpoint is not signed by that witness; ask its keeper what it saw last");
            return Ok(Ended::Unfinished);
        }
        match verify(&files, &key, since.as_deref()) {
            Ok(verified) if self.json => say_json(&serde_json::json!({
                "verified": true, "entries": verified.size, "root": verified.root.to_string(),
                "witnessed": seen.flatten().map(|at| at.to_string()) }))?,
            Ok(verified) => {
                say(format!("verified: {} entries, root {}", verified.size, verified.root));
                if let Some(at) = seen.flatten() {
                    say(format!("seen by the witness at {at}"));
                }
                goes_on::tell(&files, verified.size)?;
            }
            Err(fault) if self.json => {
                say_json(
                    &serde_json::json!({ "verified": false, "file": fault.file(), "index": fault.index(),
                    "sentence": fault.to_string() }),
                )?;
                return Ok(Ended::Unfinished);
            }
            Err(fault) => {
                complain(fault);
                return Ok(Ended::Unfinished);
            }
        }
        Ok(Ended::Done)
    }
}

/// When a witness saw the checkpoint.
fn seen(files: &Folder, key: &str) -> Result<Option<Timestamp>, Failed> {
    let key = WitnessKey::parse(key.trim()).map_err(Failed::new)?;
    let text = files.read(CHECKPOINT_PATH).map_err(Failed::new)?.unwrap_or_default();
    let seconds = key.saw(&String::from_utf8_lossy(&text)).and_then(|seconds| i64::try_from(seconds).ok());
    Ok(seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()))
}
