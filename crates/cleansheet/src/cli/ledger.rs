//! `cleansheet ledger verify`: re-computes the whole log from its public files, offline.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use cleansheet_ledger::{VerifierKey, verify};

use super::{Ended, Failed, complain, data_folder, say, say_json};
use crate::{app::Places, ledger_files::Folder};

#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Re-compute every hash from the entries and compare with tiles and checkpoint
    #[command(
        after_help = "Example: cleansheet ledger verify --data /srv/trust --since checkpoint-of-last-month"
    )]
    Verify(Verify),
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
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl LedgerCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::Verify(asked) => asked.run(),
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
        match verify(&files, &key, since.as_deref()) {
            Ok(verified) if self.json => say_json(&serde_json::json!({
                "verified": true, "entries": verified.size, "root": verified.root.to_string() }))?,
            Ok(verified) => {
                say(format!("verified: {} entries, root {}", verified.size, verified.root));
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
