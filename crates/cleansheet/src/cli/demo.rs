//! `cleansheet demo`: an invented trust in a throw-away folder, to look around in; or the story, played in the terminal.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use cleansheet_terms::random_hex;

use super::{
    Ended, Failed, block_on, log,
    oidc::OidcFlags,
    say,
    serve::{Lookup, listen, run, screener},
    update_service::UpdateServiceFlag,
};
use crate::{
    app::{App, Places, Settings},
    demo::{self, Filled, Stage},
    jobs,
    ledger_files::Folder,
    lock::Lock,
    profile::{self, Profile},
    system::{SystemEntropy, steady_clock},
    web,
};

/// Where a browser of this machine looks first.
const USUAL_PORT: u16 = 8080;

#[derive(Args)]
pub(crate) struct Demo {
    /// Keep the trust in this folder, which must hold none yet; without it, the trust goes when the demo ends
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where to listen; 127.0.0.1:8080 unless given, and any free port for the story
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Play the main job in the terminal and exit: draft, refusal, fix, approval, publication, withdrawal, proof
    #[arg(long)]
    story: bool,
    /// The folder with the demo's pictures, as `demo/compose` makes it
    #[arg(long)]
    pictures: Option<PathBuf>,
    #[command(flatten)]
    oidc: OidcFlags,
    #[command(flatten)]
    update_service: UpdateServiceFlag,
    /// Where the models are
    #[arg(long)]
    models: Option<PathBuf>,
    /// An empty PostgreSQL database instead of a SQLite file
    #[arg(long)]
    database: Option<String>,
    /// A server of Bluesky on this machine with an account for the demo's trust; `./dev demo --bluesky` starts one
    #[arg(long, env = "CLEANSHEET_DEMO_BLUESKY", requires = "bluesky_handle")]
    bluesky_server: Option<String>,
    /// The handle of that account
    #[arg(long, env = "CLEANSHEET_DEMO_BLUESKY_HANDLE", requires = "bluesky_password")]
    bluesky_handle: Option<String>,
    /// An app password of that account; better given in the environment, which keeps it off the list of processes
    #[arg(long, env = "CLEANSHEET_DEMO_BLUESKY_PASSWORD", hide_env_values = true)]
    bluesky_password: Option<String>,
    /// A push service of a test on this machine; without one, a demo pushes nothing
    #[arg(long, env = "CLEANSHEET_DEMO_PUSH", hide = true)]
    push_service: Option<String>,
    #[command(flatten)]
    lookup: Lookup,
}

impl Demo {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        log();
        let home = Home::new(self.data)?;
        let mut places = Places::of(&home.data);
        places.database = self.database;
        if places.hold_a_trust() {
            return Err(Failed::new(format!(
                "`{}` holds a trust already; give the demo an empty folder with --data, or serve that trust with \
                 `cleansheet serve --data {0}`",
                home.data.display()
            )));
        }
        let lock = Lock::take(&home.data).map_err(Failed::new)?;
        let pictures = pictures_folder(self.pictures);
        let port = if self.story { 0 } else { USUAL_PORT };
        let wanted = self.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let oidc = self.oidc.settings()?;
        let update_service = self.update_service.service()?;
        let screener = screener(self.models);
        if self.story && screener.is_none() {
            return Err(Failed::new("the story needs the models; run `cleansheet models install` once"));
        }
        block_on(async move {
            let listener = listen(wanted).await?;
            let at = listener.local_addr().map_err(Failed::new)?;
            fs::write(places.profile(), profile::DEMO).map_err(Failed::new)?;
            let profile = Profile::demo().map_err(Failed::new)?;
            let origin = format!("http://localhost:{}", at.port());
            let (bluesky, networks) = self.lookup.places(&origin);
            let push_service = self.push_service;
            let base = Settings::new(&origin, profile);
            let settings =
                Settings { demo: true, oidc, update_service, bluesky, networks, push_service, ..base };
            let app = App::open(&places, settings, screener, Arc::new(steady_clock()), SystemEntropy)
                .await
                .map_err(Failed::new)?;
            let account = self.bluesky_server.zip(self.bluesky_handle.zip(self.bluesky_password));
            let filled = demo::fill(&app, account.is_some()).await.map_err(Failed::new)?;
            if let (Some((channel, by)), Some((server, (handle, password)))) = (&filled.bluesky, &account) {
                let connected = app.connect_by_password(channel, (handle, password), Some(server), by).await;
                connected.map_err(|e| Failed::new(format!("the demo’s account on Bluesky: {e}")))?;
            }
            let app = Arc::new(app);
            if self.story {
                let stage =
                    Stage { at, origin: &app.settings.public_url, filled: &filled, pictures, say: line };
                return story(&app, &stage, listener, &lock, &places).await;
            }
            welcome(&app, &filled, &home, &pictures);
            if let Some((server, (handle, _))) = &account {
                say(format!(
                    "Its account on Bluesky is {handle}. That server has no pages; what the public could read is at\n  \
                     {server}/xrpc/com.atproto.repo.listRecords?repo={handle}&collection=app.bsky.feed.post"
                ));
            }
            run(app, listener, &lock).await
        })
    }
}

fn line(text: &str) {
    say(text);
}

fn welcome(app: &App, filled: &Filled, home: &Home, pictures: &Path) {
    let origin = &app.settings.public_url;
    say(format!("{}: a demo, nobody in it exists.", app.settings.profile.trust.name));
    say("Sign in as anybody, as often as you like:");
    for link in &filled.links {
        say(format!("\n  {}, {}\n    {origin}{}", link.name, link.what, link.path));
    }
    say(format!("\nParents’ links are in the outbox, {origin}/outbox; the public reads {origin}/news."));
    if pictures.is_dir() {
        say(format!("Pictures to add to a post: {}", pictures.display()));
    }
    let fate = if home.goes { "It goes when the demo ends" } else { "It stays" };
    say(format!("The trust is in {}. {fate}. Press Ctrl-C to end the demo.", home.data.display()));
}

/// Serves pages and runs the jobs while the story is played, and verifies the ledger when all of it has ended.
async fn story(
    app: &Arc<App>,
    stage: &Stage<'_>,
    listener: tokio::net::TcpListener,
    lock: &Lock,
    places: &Places,
) -> Result<Ended, Failed> {
    let running = jobs::start(app, lock).await.map_err(Failed::new)?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(web::serve(Arc::clone(app), listener, async move { drop(ended.await) }));
    let played = demo::play(stage).await;
    drop(end);
    served.await.map_err(Failed::new)?.map_err(Failed::new)?;
    running.stop().await;
    app.records.close().await;
    played.map_err(Failed::new)?;
    demo::verified(&Folder::new(&places.ledger()), stage.say).map_err(Failed::new)?;
    Ok(Ended::Done)
}

/// Where `demo/compose` puts the pictures unless somebody says otherwise.
fn pictures_folder(given: Option<PathBuf>) -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given.or_else(|| var("CLEANSHEET_PICTURES")).unwrap_or_else(|| {
        let cache = var("CLEANSHEET_CACHE")
            .or_else(|| var("XDG_CACHE_HOME").map(|cache| cache.join("cleansheet")))
            .or_else(|| var("HOME").map(|home| home.join(".cache/cleansheet")));
        cache.unwrap_or_default().join("demo-pictures")
    })
}

/// The folder of the demo's trust.
struct Home {
    data: PathBuf,
    /// It was made for this run, with its keys beside it.
    goes: bool,
}

impl Home {
    fn new(given: Option<PathBuf>) -> Result<Self, Failed> {
        if let Some(data) = given {
            return Ok(Self { data, goes: false });
        }
        let name = format!("cleansheet-demo-{}", random_hex(&mut SystemEntropy, 6));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)
            .map_err(|e| Failed::new(format!("`{}` cannot be made: {e}", folder.display())))?;
        Ok(Self { data: folder.join("trust"), goes: true })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(folder) = self.data.parent().filter(|_| self.goes) {
            let _left_to_the_system = fs::remove_dir_all(folder);
        }
    }
}
