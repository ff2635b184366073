//! `cleansheet serve`: a trust's pages and jobs, until told to stop.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use clap::Args;
use cleansheet_channels::{Addresses, bluesky::Directories};
use cleansheet_ledger::WitnessKey;
use cleansheet_screening::photo::{PhotoScreener, Settings as Screening};
use cleansheet_terms::Clock as _;
use tokio::net::TcpListener;

use super::{
    Ended, Failed, block_on, complain, models_folder, oidc::OidcFlags, place::Place, say,
    update_service::UpdateServiceFlag,
};
use crate::{
    app::{App, Settings},
    backup::Last,
    jobs,
    kept::Kept,
    lock::Lock,
    log,
    mail_server::MailServer,
    metrics,
    profile::Profile,
    s3,
    sms::SmsGateway,
    system::{SystemEntropy, steady_clock},
    web,
    witness::Witness,
};

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen, by default 127.0.0.1:8080; put a web server with TLS in front
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The address people use
    #[arg(long)]
    public_url: Option<String>,
    /// The mail server, for example smtps://user:password@mail.example.org; the environment keeps the password off the
    /// list of processes
    #[arg(long, env = "CLEANSHEET_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// A gateway for text messages to families without mail, called over HTTPS; its secret is taken from the environment,
    /// as CLEANSHEET_SMS_TOKEN
    #[arg(long, env = "CLEANSHEET_SMS", hide_env_values = true, value_name = "URL")]
    sms: Option<String>,
    /// A bucket for pictures instead of the data folder, for example
    /// s3://pictures/trust?endpoint=https://s3.example.org&region=eu; its keys come from the environment,
    /// CLEANSHEET_S3_ACCESS_KEY and CLEANSHEET_S3_SECRET_KEY (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)
    #[arg(long)]
    media: Option<s3::Address>,
    /// A web server in front of this one, whose X-Forwarded-For is believed; can be given more than once. By default
    /// only this machine's
    #[arg(long, value_name = "ADDRESS")]
    proxy: Vec<IpAddr>,
    /// Where Prometheus may read how things stand, for example 127.0.0.1:9090; never a public address
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// How log lines look; RUST_LOG says which there are
    #[arg(long, value_enum, default_value_t)]
    log: log::Format,
    #[command(flatten)]
    oidc: OidcFlags,
    #[command(flatten)]
    update_service: UpdateServiceFlag,
    /// Where the models are
    #[arg(long)]
    models: Option<PathBuf>,
    /// An outside witness that sees every checkpoint of the ledger, for example https://witness.example.org
    #[arg(long, value_name = "URL")]
    witness: Option<String>,
    /// The key it signs with, as its keeper gave it
    #[arg(long, value_name = "KEY")]
    witness_key: Option<String>,
    /// There is a backup: upgrade a PostgreSQL database that an older program made
    #[arg(long)]
    backup_done: bool,
    #[command(flatten)]
    bluesky: Lookup,
}

/// Where accounts on Bluesky are looked up.
#[derive(Args)]
pub(super) struct Lookup {
    /// The directory of Bluesky's accounts
    #[arg(long, env = "CLEANSHEET_BLUESKY_DIRECTORY", default_value = "https://plc.directory")]
    bluesky_directory: String,
    /// A server that turns Bluesky's handles into accounts
    #[arg(long, env = "CLEANSHEET_BLUESKY_RESOLVER", default_value = "https://public.api.bsky.app")]
    bluesky_resolver: String,
    /// Where X is, for tests
    #[arg(long, env = "CLEANSHEET_X_ADDRESS", hide = true)]
    x_address: Option<String>,
    /// Where Facebook and Instagram are, for tests
    #[arg(long, env = "CLEANSHEET_META_ADDRESS", hide = true)]
    meta_address: Option<String>,
    #[command(flatten)]
    meta_version: MetaVersion,
}

/// Which version of Meta's API is spoken.
#[derive(Args)]
pub(super) struct MetaVersion {
    /// The version of Meta's API to speak
    #[arg(long, env = "CLEANSHEET_META_VERSION", value_parser = meta_version)]
    meta_version: Option<String>,
}

impl MetaVersion {
    pub(super) fn or_usual(self) -> String {
        self.meta_version.unwrap_or_else(|| Addresses::default().meta_version)
    }
}

/// A version as it stands in Meta's addresses: written in another way, no call of Facebook or Instagram is answered.
fn meta_version(given: &str) -> Result<String, &'static str> {
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let parts = given.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    if parts.is_some_and(|(major, minor)| number(major) && number(minor)) {
        Ok(given.to_owned())
    } else {
        Err("write the version as it stands in Meta’s addresses, for example v25.0")
    }
}

impl Lookup {
    /// Where accounts on Bluesky are looked up, and where the other networks are. Servers without TLS are asked only by a
    /// trust that is itself on this machine alone.
    pub(super) fn places(self, public_url: &str) -> (Directories, Addresses) {
        let bluesky = Directories { plc: self.bluesky_directory, resolver: self.bluesky_resolver };
        let usual = Addresses::default();
        let or = |given: &Option<String>, usual: String| given.clone().unwrap_or(usual);
        let networks = Addresses {
            x_api: or(&self.x_address, usual.x_api),
            x_pages: or(&self.x_address, usual.x_pages),
            meta_api: or(&self.meta_address, usual.meta_api),
            meta_pages: or(&self.meta_address, usual.meta_pages),
            meta_version: self.meta_version.or_usual(),
            local: public_url.starts_with("http://localhost"),
        };
        (bluesky, networks)
    }
}

/// Where to listen when nobody says it.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

impl Serve {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let (mut places, connections) = self.place.of_a_trust()?;
        places.media = self.media;
        let clock = Arc::new(steady_clock());
        places.backed_up =
            self.backup_done || Last::of(&places).is_some_and(|last| last.is_fresh(clock.now()));
        let profile = Profile::read(&places.profile()).map_err(Failed::new)?;
        let kept = Kept::read(&places).map_err(Failed::new)?;
        let at = self.listen.or(kept.listen).unwrap_or(LISTEN);
        // Asked for another port, a trust that was set up for this machine is looked for there.
        let kept_url =
            kept.public_url.filter(|url| self.listen.is_none() || !url.starts_with("http://localhost"));
        let public_url =
            self.public_url.or(kept_url).unwrap_or_else(|| format!("http://localhost:{}", at.port()));
        let public_url = public_url.trim_end_matches('/').to_owned();
        let mail = self
            .smtp
            .or(connections.smtp)
            .map(|smtp| MailServer::at(&smtp, &profile))
            .transpose()
            .map_err(Failed::new)?;
        let (bluesky, networks) = self.bluesky.places(&public_url);
        let oidc = self.oidc.settings()?;
        let update_service = self.update_service.service()?;
        let sms =
            SmsGateway::of(self.sms, std::env::var("CLEANSHEET_SMS_TOKEN").ok()).map_err(Failed::new)?;
        let mut settings = Settings {
            mail,
            sms,
            oidc,
            update_service,
            bluesky,
            networks,
            ..Settings::new(&public_url, profile)
        };
        if !self.proxy.is_empty() {
            settings.proxies = self.proxy;
        }
        let witness = witness(self.witness.or(kept.witness), self.witness_key.or(kept.witness_key))?;
        log::start(self.log, "info,sqlx=warn");
        // Pages do not wait for the models.
        let screener = screening(self.models).map(|settings| PhotoScreener::start_aside(settings, complain));
        let lock = Lock::take(&places.data).map_err(Failed::new)?;
        block_on(async move {
            let listener = listen(at).await?;
            let watched = match self.metrics {
                Some(at) => Some(listen(at).await?),
                None => None,
            };
            let mut app =
                App::open(&places, settings, screener, clock, SystemEntropy).await.map_err(Failed::new)?;
            let witness = witness.map(|(url, key)| Witness::new(&url, key, app.outside.clone()));
            app.ledger = app.ledger.with_witness(witness);
            let (trust, origin) = (&app.settings.profile.trust.name, &app.settings.public_url);
            say(format!("Serving {trust} on {at}, as {origin}"));
            let app = Arc::new(app);
            if let Some(watched) = watched {
                tokio::spawn(metrics::serve(Arc::clone(&app), watched, told_to_stop()));
            }
            run(app, listener, &lock).await
        })
    }
}

/// Both the witness's address and its key, or neither.
fn witness(url: Option<String>, key: Option<String>) -> Result<Option<(String, WitnessKey)>, Failed> {
    match (url, key) {
        (None, _) => Ok(None),
        (Some(url), Some(key)) => Ok(Some((url, WitnessKey::parse(key.trim()).map_err(Failed::new)?))),
        (Some(_), None) => Err(Failed::new("a witness is known by its key; give it with --witness-key")),
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

pub(super) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        // Without signals the process can still be killed, which loses nothing.
        _ => std::future::pending().await,
    }
}
