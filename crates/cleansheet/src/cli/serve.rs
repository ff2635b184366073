//! `cleansheet serve`: a trust's pages and jobs, until told to stop.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use cleansheet_screening::photo::{PhotoScreener, Settings as Screening};
use tokio::net::TcpListener;

use super::{Ended, Failed, block_on, complain, data_folder, log, models_folder, say};
use crate::{
    app::{App, Places, Settings},
    jobs,
    lock::Lock,
    mail_server::MailServer,
    profile::Profile,
    system::{SystemEntropy, steady_clock},
    web,
};

#[derive(Args)]
pub(crate) struct Serve {
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where to listen; put a web server with TLS in front
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The address people use
    #[arg(long)]
    public_url: Option<String>,
    /// The key file; by default beside the data folder
    #[arg(long)]
    keys: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long)]
    database: Option<String>,
    /// The mail server, for example smtps://user:password@mail.example.org; the environment keeps the password off the
    /// list of processes
    #[arg(long, env = "CLEANSHEET_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// Where the models are
    #[arg(long)]
    models: Option<PathBuf>,
}

impl Serve {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let mut places = Places::of(&data_folder(self.data));
        places.database = self.database;
        if let Some(keys) = self.keys {
            places.keys = keys;
        }
        if !places.hold_a_trust() {
            return Err(Failed::new(format!(
                "there is no trust in `{}`; run `cleansheet setup --data {0}` first",
                places.data.display()
            )));
        }
        let profile = Profile::read(&places.profile()).map_err(Failed::new)?;
        let public_url =
            self.public_url.unwrap_or_else(|| format!("http://localhost:{}", self.listen.port()));
        let public_url = public_url.trim_end_matches('/').to_owned();
        let mail = self.smtp.map(|smtp| MailServer::at(&smtp, &profile)).transpose().map_err(Failed::new)?;
        let settings = Settings { public_url, demo: false, profile, mail };
        log();
        // Pages do not wait for the models.
        let screener = screening(self.models).map(|settings| PhotoScreener::start_aside(settings, complain));
        let lock = Lock::take(&places.data).map_err(Failed::new)?;
        block_on(async move {
            let listener = listen(self.listen).await?;
            let app = App::open(&places, settings, screener, Arc::new(steady_clock()), SystemEntropy)
                .await
                .map_err(Failed::new)?;
            let (trust, origin) = (&app.settings.profile.trust.name, &app.settings.public_url);
            say(format!("Serving {trust} on {}, as {origin}", self.listen));
            run(Arc::new(app), listener, &lock).await
        })
    }
}

/// The photo screener, or `None` with a sentence when a model is missing: posts without photos still go out.
pub(super) fn screener(models: Option<PathBuf>) -> Option<PhotoScreener> {
    PhotoScreener::start(screening(models)?).map_err(complain).ok()
}

fn screening(models: Option<PathBuf>) -> Option<Screening> {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            complain(format!("photos cannot be screened, because the program does not find itself: {error}"));
            return None;
        }
    };
    // One core stays for the pages.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = cores.saturating_sub(1).max(1);
    Some(Screening { program, models: models_folder(models), threads: 1, at_once, gently: true })
}

/// Starts to listen, before anything is opened that would have to be closed again.
pub(super) async fn listen(at: SocketAddr) -> Result<TcpListener, Failed> {
    let listening = TcpListener::bind(at).await;
    listening.map_err(|e| Failed::new(format!("cannot listen on {at}: {e}; choose another with --listen")))
}

/// Serves pages and runs jobs until the process is told to stop; both end what they are doing first.
pub(super) async fn run(app: Arc<App>, listener: TcpListener, lock: &Lock) -> Result<Ended, Failed> {
    let jobs = jobs::start(&app, lock).await.map_err(Failed::new)?;
    web::serve(Arc::clone(&app), listener, told_to_stop()).await.map_err(Failed::new)?;
    jobs.stop().await;
    app.records.close().await;
    Ok(Ended::Done)
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        // Without signals the process can still be killed, which loses nothing.
        _ => std::future::pending().await,
    }
}
