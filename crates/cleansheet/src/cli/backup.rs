//! `cleansheet backup`: everything a trust is, sealed, in a folder; read back; brought back.

use std::{io, path::PathBuf};

use clap::{Args, Subcommand};
use cleansheet_records::media::Media;

use super::{Ended, Failed, block_on, data_folder, place::Place, say, say_json};
use crate::{
    app::Places,
    backup::{self, Keep, RunId, Vault},
    keys::Keys,
    pictures, s3,
    system::{SystemClock, SystemEntropy},
};

#[derive(Subcommand)]
pub(crate) enum BackupCommand {
    /// Back a trust up while it is served; only what is new is copied
    #[command(after_help = "Example: cleansheet backup create --data /srv/trust --to /mnt/backup/trust")]
    Create(Create),
    /// Read a backup back and replay its ledger
    #[command(
        after_help = "Example: cleansheet backup verify /mnt/backup/trust --keys /srv/trust.keys --sample 20"
    )]
    Verify(Verify),
    /// Bring a trust back into an empty folder, on either database
    #[command(
        after_help = "Example: cleansheet backup restore /mnt/backup/trust --data /srv/trust --keys /safe/trust.keys"
    )]
    Restore(Restore),
}

#[derive(Args)]
pub(crate) struct Create {
    /// The folder for the backups, on another disk or machine
    #[arg(long)]
    to: PathBuf,
    #[command(flatten)]
    place: Place,
    /// A bucket for pictures instead of the data folder; see `cleansheet serve --help`
    #[arg(long)]
    media: Option<s3::Address>,
    /// Keep this many backups, and remove older ones
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Remove backups that are older; what was erased lives on in them until then
    #[arg(long, default_value_t = backup::USUAL_DAYS, value_parser = clap::value_parser!(u32).range(1..))]
    keep_days: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The folder with the backups
    folder: PathBuf,
    /// The key file of the trust
    #[arg(long)]
    keys: Option<PathBuf>,
    /// The trust's data folder, beside which its keys are when --keys is not given
    #[arg(long)]
    data: Option<PathBuf>,
    /// Verify this backup; by default the newest
    #[arg(long)]
    run: Option<String>,
    /// Read only this many pictures, chosen by chance
    #[arg(long)]
    sample: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// The folder with the backups
    folder: PathBuf,
    /// The new data folder; empty, or not there
    #[arg(long)]
    data: Option<PathBuf>,
    /// The key file of the trust: it is never in a backup
    #[arg(long)]
    keys: Option<PathBuf>,
    /// An empty PostgreSQL database instead of a SQLite file
    #[arg(long, env = "CLEANSHEET_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Restore this backup; by default the newest
    #[arg(long)]
    run: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl BackupCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::Create(create) => create.run(),
            Self::Verify(verify) => verify.run(),
            Self::Restore(restore) => restore.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<Ended, Failed> {
        let (mut places, _) = self.place.of_a_trust()?;
        places.media = self.media;
        let keys = Keys::open(&places.keys, false, &mut SystemEntropy).map_err(Failed::new)?;
        let vault = Vault::make(&self.to, &keys.backup).map_err(Failed::new)?;
        let keep = Keep { newest: self.keep.and_then(|keep| keep.try_into().ok()), days: self.keep_days };
        let made = block_on(async {
            let key = *keys.originals.bytes();
            let media =
                pictures::open(&places.data, places.media.as_ref(), key).await.map_err(Failed::new)?;
            let mut chance = SystemEntropy;
            let made = backup::create(&places, &media, &vault, keep, &SystemClock, &mut chance);
            made.await.map_err(Failed::new)
        })?;
        if self.json {
            say_json(&serde_json::json!({
                "backup": made.run.as_str(), "files": made.files, "pictures": made.pictures, "entries": made.entries,
                "new_bytes": made.new_bytes, "removed": made.removed }))?;
            return Ok(Ended::Done);
        }
        say(format!(
            "Backup {}: {} files, of them {} pictures, and {} ledger entries; {} new.",
            made.run,
            made.files,
            made.pictures,
            made.entries,
            size(made.new_bytes)
        ));
        if made.removed > 0 {
            say(format!("{} older backups were removed.", made.removed));
        }
        say("The key file is not in it: keep a copy of that elsewhere, or no backup opens.");
        Ok(Ended::Done)
    }
}

impl Verify {
    fn run(self) -> Result<Ended, Failed> {
        let keys = keys_of(self.keys, self.data)?;
        let vault = Vault::open(&self.folder, &keys.backup).map_err(Failed::new)?;
        let run = wanted(self.run.as_deref())?;
        let done = block_on(async {
            let mut chance = SystemEntropy;
            let verified = backup::verify(&vault, run.as_ref(), &keys, self.sample, &mut chance);
            verified.await.map_err(Failed::new)
        })?;
        let manifest = &done.manifest;
        if self.json {
            say_json(&serde_json::json!({
                "backup": done.run.as_str(), "verified": true, "made": manifest.made.to_string(),
                "pictures": manifest.pictures(), "pictures_read": done.read, "entries": manifest.entries,
                "root": manifest.root.to_string() }))?;
        } else {
            say(format!(
                "verified: backup {} of {}, {}; {} of {} pictures read back; {} ledger entries, root {}",
                done.run,
                manifest.trust,
                size(manifest.bytes()),
                done.read,
                manifest.pictures(),
                manifest.entries,
                manifest.root
            ));
        }
        Ok(Ended::Done)
    }
}

impl Restore {
    fn run(self) -> Result<Ended, Failed> {
        let mut places = Places::of(&data_folder(self.data));
        places.database = self.database;
        places.keys = self.keys.unwrap_or(places.keys);
        let keys = keys_of(Some(places.keys.clone()), None)?;
        let vault = Vault::open(&self.folder, &keys.backup).map_err(Failed::new)?;
        let run = wanted(self.run.as_deref())?;
        let back = block_on(async {
            let media =
                |root: &std::path::Path| -> io::Result<Media> { Media::open(root, *keys.originals.bytes()) };
            let clock = SystemClock;
            let mut chance = SystemEntropy;
            let back = backup::restore(&vault, run.as_ref(), &places, &keys, media, &clock, &mut chance);
            back.await.map_err(Failed::new)
        })?;
        let manifest = &back.manifest;
        if self.json {
            return say_json(&serde_json::json!({
                "backup": back.run.as_str(), "restored": true, "made": manifest.made.to_string(),
                "pictures": manifest.pictures(), "entries": manifest.entries, "root": manifest.root.to_string() }))
            .map(|()| Ended::Done);
        }
        say(format!(
            "Restored {} as it was on {}: {} pictures and {} ledger entries; the ledger is verified.",
            manifest.trust,
            manifest.made.strftime("%d %B %Y at %H:%M UTC"),
            manifest.pictures(),
            manifest.entries
        ));
        say(format!("Start it with: cleansheet serve --data {}", places.data.display()));
        say(
            "Publishing is paused. What families withdrew since then is not in it: enter it again, then end the pause.",
        );
        Ok(Ended::Done)
    }
}

fn keys_of(given: Option<PathBuf>, data: Option<PathBuf>) -> Result<Keys, Failed> {
    let path = given.unwrap_or_else(|| Places::of(&data_folder(data)).keys);
    if !path.exists() {
        return Err(Failed::new(format!(
            "a backup opens with the key file of its trust, and `{}` is not there; give it with --keys",
            path.display()
        )));
    }
    Keys::open(&path, false, &mut SystemEntropy).map_err(Failed::new)
}

fn wanted(run: Option<&str>) -> Result<Option<RunId>, Failed> {
    let wrong = |run| Failed::new(format!("`{run}` names no backup; leave out --run for the newest"));
    run.map(|run| RunId::parse(run).ok_or_else(|| wrong(run))).transpose()
}

/// Bytes, as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
