//! `cleansheet doctor`: what is there, what is missing, and what to do about it.

use std::path::PathBuf;

use clap::Args;
use cleansheet_channels::Addresses;
use cleansheet_screening::photo::{PhotoScreener, Settings as Screening};

use super::{
    Ended, Failed, block_on, models_folder, place::Place, say, say_json, serve::MetaVersion,
    update_service::UpdateServiceFlag,
};
use crate::{
    app::Places,
    doctor::{Asked, Finding, State, examine},
    kept::Connections,
    system::{SystemClock, SystemEntropy},
};

#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    place: Place,
    /// The mail server
    #[arg(long, env = "CLEANSHEET_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// Send one test mail to this address
    #[arg(long, value_name = "ADDRESS")]
    send_mail: Option<String>,
    #[command(flatten)]
    update_service: UpdateServiceFlag,
    #[command(flatten)]
    meta_version: MetaVersion,
    /// Where the models are
    #[arg(long)]
    models: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let (places, connections) = self.place.find()?;
        let asked = Asked {
            places: &places,
            smtp: self.smtp.or(connections.smtp),
            send_mail: self.send_mail,
            update_service: self.update_service.service()?,
            meta_version: self.meta_version.or_usual(),
            photos: photos(self.models),
        };
        let found = block_on(async { Ok(examine(asked, &SystemClock, &mut SystemEntropy).await) })?;
        if self.json {
            say_json(&found)?;
        } else {
            found.iter().for_each(tell);
        }
        let whole = found.iter().all(|one| one.state != State::Missing);
        Ok(if whole { Ended::Done } else { Ended::Unfinished })
    }
}

/// What `setup` ends with.
pub(super) async fn self_test(places: &Places) -> Result<(), Failed> {
    let connections = Connections::read(places).map_err(Failed::new)?;
    let smtp = std::env::var("CLEANSHEET_SMTP").ok().or(connections.smtp);
    let meta_version = Addresses::default().meta_version;
    let (send_mail, update_service, photos) = (None, None, photos(None));
    let asked = Asked { places, smtp, send_mail, update_service, meta_version, photos };
    examine(asked, &SystemClock, &mut SystemEntropy).await.iter().for_each(tell);
    Ok(())
}

fn tell(one: &Finding) {
    let word = match one.state {
        State::Fine => "ok",
        State::Look => "look",
        State::Missing => "MISSING",
    };
    say(format!("{word:<8}{:<9}{}", one.about, one.say));
    if let Some(next) = &one.next {
        say(format!("{:<17}{next}", ""));
    }
}

/// Starts the screener as `serve` does, and ends it again: only that shows whether its walls and models hold here.
fn photos(models: Option<PathBuf>) -> Finding {
    let finding = |state, say: String, next: Option<&str>| Finding {
        about: "photos",
        state,
        say,
        next: next.map(str::to_owned),
    };
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            return finding(State::Missing, error.to_string(), Some("Start the program by its whole path."));
        }
    };
    match PhotoScreener::start(Screening {
        program,
        models: models_folder(models),
        threads: 1,
        at_once: 1,
        gently: false,
    }) {
        Ok(screener) if screener.has_landlock() => {
            finding(State::Fine, "Photos are screened, behind limits, Landlock and seccomp.".to_owned(), None)
        }
        Ok(_) => finding(
            State::Look,
            "Photos are screened, behind limits and seccomp; this kernel has no Landlock.".to_owned(),
            Some("Use a kernel of 5.13 or later with Landlock switched on."),
        ),
        Err(error) => finding(
            State::Missing,
            format!("No photo can be published: {error}"),
            Some("Run `cleansheet models install`."),
        ),
    }
}
