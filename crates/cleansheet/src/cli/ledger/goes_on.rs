//! `cleansheet ledger continue`: what was signed is never signed otherwise. When entries are lost that a witness has seen,
//! the log ends where it is, and a new one begins whose first entry commits to what the witness saw.

use std::{fs, io, path::PathBuf};

use clap::Args;
use cleansheet_ledger::{Entry, Files as _, Level, RecordKey, Tile, VerifierKey, commit, unbundle};
use cleansheet_records::{
    ledger_entries::Ledger,
    settings::{Because, Settings},
};
use cleansheet_terms::{Clock as _, Digest};
use serde::{Deserialize, Serialize};

use super::super::{Ended, Failed, block_on, place::Place, say};
use crate::{
    app::Places,
    ledger_files::{CONTINUED, Folder},
    lock::Lock,
    system::{SystemClock, SystemEntropy},
};

#[derive(Args)]
pub(crate) struct Continue {
    #[command(flatten)]
    place: Place,
    /// The last checkpoint that the witness signed, when somebody kept it
    #[arg(long)]
    witnessed: Option<PathBuf>,
}

/// What a new log says it goes on from; its first entry commits to this.
#[derive(Serialize, Deserialize)]
struct GoesOn {
    /// The log before.
    origin: String,
    /// How many entries its witness had seen.
    witnessed: u64,
    /// The signed text, when somebody kept it.
    checkpoint: Option<String>,
}

/// The file that lets everybody check it.
#[derive(Serialize, Deserialize)]
struct Public {
    /// A [`GoesOn`] as JSON: the first entry commits to these bytes.
    payload: String,
    /// The key of the commitment, hexadecimal.
    key: String,
}

impl Continue {
    pub(super) fn run(self) -> Result<Ended, Failed> {
        let (places, _) = self.place.find()?;
        let _lock = Lock::take(&places.data).map_err(Failed::new)?;
        let checkpoint = self.witnessed.map(fs::read_to_string).transpose().map_err(Failed::new)?;
        let number = block_on(begin(&places, checkpoint))?;
        say(format!(
            "A new ledger, number {number}, begins at the next start; the old one stays in ledger-{}.",
            number - 1
        ));
        say(
            "Give the new line in ledger/verifier.key to the witness's keeper, and keep it with the old one.",
        );
        say("Publishing stays paused until the Manager has looked at what was lost.");
        Ok(Ended::Done)
    }
}

async fn begin(places: &Places, checkpoint: Option<String>) -> Result<u32, Failed> {
    let records = places.records().await.map_err(Failed::new)?;
    let mut tx = records.begin().await.map_err(Failed::new)?;
    let pause = Settings(&mut tx).pause().await.map_err(Failed::new)?;
    let Some(Because::RolledBack { witnessed }) = pause.map(|pause| pause.because) else {
        return Err(Failed::new("no witness says that entries are lost; nothing was changed"));
    };
    let number = Ledger(&mut tx).origin().await.map_err(Failed::new)?.number;
    let (old, now) = (places.ledger(), SystemClock.now());
    let aside = places.data.join(format!("ledger-{number}"));
    // A run that was cut off has moved it already.
    if old.exists() && !aside.exists() {
        fs::rename(&old, &aside).map_err(Failed::new)?;
    }
    let key = fs::read_to_string(Folder::new(&aside).key_path()).map_err(Failed::new)?;
    let key = VerifierKey::parse(key.trim()).map_err(Failed::new)?;
    let goes_on = GoesOn { origin: key.name().to_owned(), witnessed, checkpoint };
    let begun = Ledger(&mut tx).begin_anew(&goes_on, now, &mut SystemEntropy).await;
    let (origin, key) = begun.map_err(Failed::new)?;
    Settings(&mut tx).settle_roll_back(now, now).await.map_err(Failed::new)?;
    let public = Public {
        payload: serde_json::to_string(&goes_on).map_err(Failed::new)?,
        key: Digest::from_bytes(key.to_bytes()).to_string(),
    };
    fs::create_dir_all(&old).map_err(Failed::new)?;
    fs::write(old.join(CONTINUED), serde_json::to_vec_pretty(&public).map_err(Failed::new)?)
        .map_err(Failed::new)?;
    tx.commit().await.map_err(Failed::new)?;
    records.close().await;
    Ok(origin.number)
}

/// Says what a log goes on from, once its first entry was found to commit to it.
pub(super) fn tell(files: &Folder, size: u64) -> Result<(), Failed> {
    let bytes = match files.read(CONTINUED) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(()),
        Err(error) => return Err(Failed::new(error)),
    };
    let wrong = || {
        Failed::new(format!("`{CONTINUED}` is not what the first entry commits to; compare it with a backup"))
    };
    let public: Public = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let goes_on: GoesOn = serde_json::from_str(&public.payload).map_err(|_| wrong())?;
    let key = Digest::parse(&public.key).map_err(|_| wrong())?;
    let first = first_entry(files, size).map_err(Failed::new)?.ok_or_else(wrong)?;
    if commit(&RecordKey::from_bytes(*key.as_bytes()), public.payload.as_bytes()) != first.commitment {
        return Err(wrong());
    }
    say(format!("goes on from {} entries of {}, after a loss", goes_on.witnessed, goes_on.origin));
    Ok(())
}

fn first_entry(files: &Folder, size: u64) -> io::Result<Option<Entry>> {
    let Some(tile) = Tile::within(Level::Entries, 0, size) else { return Ok(None) };
    let bytes = files.read(&tile.path())?.unwrap_or_default();
    let entries = unbundle(&bytes).unwrap_or_default();
    Ok(entries.first().and_then(|entry| Entry::parse(entry).ok()))
}
