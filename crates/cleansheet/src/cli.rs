//! The command line: one file a command. Errors go to stderr in one sentence that says what to do.
//!
//! Exit codes: 0 done, whatever was found; 1 some input could not be read or written, a model is missing, or a
//! check or verification failed; 2 wrong usage.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

mod backup;
mod channel;
mod demo;
mod doctor;
mod ledger;
mod models;
mod oidc;
mod place;
mod policy;
mod screen;
mod serve;
mod setup;
mod update_service;
mod witness;

/// Cleansheet makes a community trust's social media, internet and image use policy happen.
#[derive(Parser)]
#[command(name = "cleansheet", version, max_term_width = 100)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make a new trust and print a one-time sign-in link for its first Manager
    #[command(
        after_help = "Example: cleansheet setup --data /srv/trust --profile profiles/cuct.toml --public-url https://posts.example.org"
    )]
    Setup(setup::Setup),
    /// Serve a trust's pages and run its jobs
    #[command(
        after_help = "Example: cleansheet serve --data /srv/trust --listen 127.0.0.1:8080 --public-url https://posts.example.org"
    )]
    Serve(Box<serve::Serve>),
    /// Fill a throw-away trust with invented people and serve it, or play the story in the terminal
    #[command(after_help = "Example: cleansheet demo --story --data /tmp/story")]
    Demo(demo::Demo),
    /// Screen words or photos
    #[command(subcommand)]
    Screen(screen::Screen),
    /// Check, test and explain the policy
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Verify the ledger offline, or begin a new one after a loss
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// The official accounts, and what is missing before anything goes out there
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// Say what is there, what is missing and what to do about it
    #[command(after_help = "Example: cleansheet doctor --data /srv/trust")]
    Doctor(doctor::Doctor),
    /// Back a trust up, verify a backup, restore one
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// Look at another trust's ledger for it
    #[command(subcommand)]
    Witness(witness::WitnessCommand),
    /// The models that look at photos
    #[command(subcommand)]
    Models(models::Models),
    /// The sandboxed child that decodes one photo, or holds the models; started by the program itself
    #[command(hide = true)]
    ScreenWorker {
        /// What the child does.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

/// Why a command did not do what it was asked. `Display` is the one sentence for stderr.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failed(String);

impl Failed {
    pub(crate) fn new(sentence: impl std::fmt::Display) -> Self {
        Self(sentence.to_string())
    }
}

/// How a command ended when it did run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Exit code 0.
    Done,
    /// Exit code 1; the command has already said why.
    Unfinished,
    /// Exit code 2; the command has already said what to give.
    Misused,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let ended = match Command::parse().what {
        What::Setup(setup) => setup.run(),
        What::Serve(serve) => serve.run(),
        What::Demo(demo) => demo.run(),
        What::Screen(screen) => screen.run(),
        What::Policy(policy) => policy.run(),
        What::Ledger(ledger) => ledger.run(),
        What::Channel(channel) => channel.run(),
        What::Doctor(doctor) => doctor.run(),
        What::Backup(backup) => backup.run(),
        What::Witness(witness) => witness.run(),
        What::Models(models) => models.run(),
        What::ScreenWorker { args } => return cleansheet_screening::worker::child_main(&args),
    };
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Unfinished) => ExitCode::from(1),
        Ok(Ended::Misused) => ExitCode::from(2),
        Err(failed) => {
            complain(&failed);
            ExitCode::from(1)
        }
    }
}

/// Log lines of a command that is no server: what went wrong, and only that.
pub(crate) fn log() {
    crate::log::start(crate::log::Format::Text, "warn");
}

/// One line for the person at the terminal. Nobody listening any more (`| head`) is no reason to break off.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One sentence on stderr.
pub(crate) fn complain(sentence: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "cleansheet: {sentence}");
}

/// Prints a value as JSON, for `--json`.
pub(crate) fn say_json(value: &impl serde::Serialize) -> Result<(), Failed> {
    say(serde_json::to_string_pretty(value).map_err(Failed::new)?);
    Ok(())
}

/// Where the models are unless `--models` or `CLEANSHEET_MODELS` says otherwise.
pub(crate) fn models_folder(given: Option<PathBuf>) -> PathBuf {
    given
        .or_else(|| std::env::var_os("CLEANSHEET_MODELS").map(PathBuf::from))
        .unwrap_or_else(cleansheet_screening::models::default_folder)
}

/// Where the trust is unless `--data` or `CLEANSHEET_DATA` says otherwise.
pub(crate) fn data_folder(given: Option<PathBuf>) -> PathBuf {
    given
        .or_else(|| std::env::var_os("CLEANSHEET_DATA").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("trust"))
}

/// Runs asynchronous work to its end on as many threads as the machine has cores.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::new)?.block_on(work)
}
