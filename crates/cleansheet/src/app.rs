//! One running trust: everything a page or a job may use.

use std::{
    fs,
    io::{self, Read as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    sync::Arc,
};

use cleansheet_channels::{
    Addresses,
    bluesky::{self, Directories},
    website::Site,
};
use cleansheet_policy::Policy;
use cleansheet_records::{
    Records, StoreError, Trouble, facts::Rules, ledger_entries::Ledger, media::Media, people::People,
    review::Versions, sealing::Sealer, settings,
};
use cleansheet_screening::{material::Allow, photo::PhotoScreener};
use cleansheet_terms::{Clock, Entropy};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{
    budgets::Budgets,
    connections::{StandIns, Turns},
    health::Health,
    jobs::Wake,
    keys::{Keys, KeysError},
    ledger_files::{self, LedgerFiles},
    mail_server::MailServer,
    metrics::Metrics,
    oidc_settings::OidcSettings,
    outside,
    paper::Seal,
    pictures::{self, PicturesError},
    profile::Profile,
    push::Pusher,
    s3,
    sms::SmsGateway,
    system::SharedEntropy,
    trouble::Troubles,
    update_service::Service,
};

/// Beyond this, looks wait for each other.
const LOOKS: usize = 2;

/// Why a trust cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder.
    #[error("the data folder `{0}` cannot be used: {1}")]
    Folder(PathBuf, io::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The policy does not pass its own validation: nothing may run without it.
    #[error("the policy cannot be loaded, so nothing may be published: {0}")]
    Policy(String),
    /// The database.
    #[error("the records cannot be opened: {0}")]
    Records(String),
    /// The ledger's files.
    #[error("the ledger cannot be opened: {0}")]
    Ledger(String),
    /// The pictures.
    #[error(transparent)]
    Pictures(#[from] PicturesError),
    /// The way to other servers.
    #[error(transparent)]
    Outside(#[from] outside::OutsideError),
}

/// What the owner chose at start.
pub struct Settings {
    /// The origin people use, for example `https://posts.example.org`, without a slash at the end.
    pub public_url: String,
    /// A throw-away trust: sign-in links are printed, mail stays on the outbox page.
    pub demo: bool,
    /// The organisation's own facts.
    pub profile: Profile,
    /// Where mail leaves from; `None` in the demo, and as long as none is connected.
    pub mail: Option<MailServer>,
    /// Where text messages leave from; `None` when none are sent.
    pub sms: Option<SmsGateway>,
    /// The trust's own provider of accounts; `None` when people sign in without one.
    pub oidc: Option<OidcSettings>,
    /// Where the DBS Update Service is; `None`: people ask it by hand.
    pub update_service: Option<Service>,
    /// Where accounts on Bluesky are looked up.
    pub bluesky: Directories,
    /// Where the other networks are.
    pub networks: Addresses,
    /// A push service that is believed beside the known ones, for tests: its origin.
    pub push_service: Option<String>,
    /// Web servers in front of this one, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
}

impl Settings {
    /// What a trust needs to be told at least. Web servers on this machine are believed, mail goes nowhere.
    pub fn new(public_url: &str, profile: Profile) -> Self {
        Self {
            public_url: public_url.to_owned(),
            demo: false,
            profile,
            mail: None,
            sms: None,
            oidc: None,
            update_service: None,
            bluesky: Directories::default(),
            networks: Addresses::default(),
            push_service: None,
            proxies: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        }
    }
}

/// Where a trust's things are.
#[derive(Debug, Clone)]
pub struct Places {
    /// The data folder.
    pub data: PathBuf,
    /// The key file.
    pub keys: PathBuf,
    /// `None`: a SQLite file in the data folder.
    pub database: Option<String>,
    /// `None`: pictures lie in the data folder.
    pub media: Option<s3::Address>,
    /// Somebody has a backup: a PostgreSQL database may be upgraded.
    pub backed_up: bool,
}

impl Places {
    /// The usual places for a data folder.
    pub fn of(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            keys: Keys::default_path(data),
            database: None,
            media: None,
            backed_up: false,
        }
    }

    /// Whether a trust lives here already.
    pub fn hold_a_trust(&self) -> bool {
        self.sqlite().exists() || self.ledger().exists()
    }

    /// A trust opened with other records than its own would begin a second history in the same folder.
    fn point_to_its_records(&self) -> Result<(), OpenError> {
        let wrong = |say: &str| Err(OpenError::Records(say.to_owned()));
        match (&self.database, self.sqlite().exists()) {
            (Some(_), true) => wrong("this trust keeps them in its own folder; leave out --database"),
            (None, true) if self.ledger().exists() && !is_sqlite(&self.sqlite()) => {
                Err(OpenError::Records(StoreError::Corrupt("the file is no database".to_owned()).to_string()))
            }
            (None, false) if self.ledger().exists() => {
                wrong("this trust keeps them in another database; give its address with --database")
            }
            _ => Ok(()),
        }
    }

    /// The organisation's own facts, copied here by `setup`.
    pub fn profile(&self) -> PathBuf {
        self.data.join("profile.toml")
    }

    /// The public tiles, checkpoints and verifier key of the ledger.
    pub fn ledger(&self) -> PathBuf {
        self.data.join("ledger")
    }

    /// Opens the records that are here.
    pub async fn records(&self) -> Result<Records, StoreError> {
        match &self.database {
            Some(url) if self.backed_up => Records::open_backed_up(url).await,
            Some(url) => Records::open(url).await,
            None => Records::open_file(&self.sqlite()).await,
        }
    }

    /// Opens the records that are here without changing their schema, to copy them.
    pub async fn records_as_is(&self) -> Result<Records, StoreError> {
        match &self.database {
            Some(url) => Records::open_as_is(url).await,
            None => Records::open_as_is(&self.sqlite().to_string_lossy()).await,
        }
    }

    fn sqlite(&self) -> PathBuf {
        self.data.join("trust.db")
    }
}

/// Whether a file begins as SQLite's do. An empty one would be filled with new, empty records.
fn is_sqlite(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"SQLite format 3\0"
}

/// One running trust.
pub struct App {
    /// People, consents, posts, jobs.
    pub records: Records,
    /// The policy in force.
    pub policy: Policy,
    /// What the organisation may say in public, and what not.
    pub allow: Allow,
    /// Sealed originals and renditions.
    pub media: Media,
    /// `None` when the models are missing: photos then wait, and nothing with a photo is published.
    pub screener: Option<Arc<PhotoScreener>>,
    /// How many authors may look at an original at the same time: each look decodes a whole photo.
    pub looks: Semaphore,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: SharedEntropy,
    /// The public news page.
    pub site: Site,
    /// The ledger's public files.
    pub ledger: LedgerFiles,
    /// Seals secrets before they are kept in the records.
    pub sealer: Sealer,
    /// Signs papers.
    pub seal: Seal,
    /// The one way to other servers.
    pub outside: reqwest::Client,
    /// The key by which Bluesky's servers know this program.
    pub bluesky_key: Zeroizing<String>,
    /// Tells browsers by push.
    pub push: Pusher,
    /// Who renews the credential of which account.
    pub turns: Turns,
    /// How many more calls the network of each account takes.
    pub budgets: Budgets,
    /// Channels that stand in for those of accounts: for tests.
    pub stand_ins: StandIns,
    /// The key of forms that nobody has signed in for.
    pub forms_key: crate::keys::Key,
    /// What the owner chose.
    pub settings: Settings,
    /// Where this trust's things are.
    pub places: Places,
    /// What is counted while the program runs.
    pub metrics: Metrics,
    /// Whether the program can do its work, as last looked at.
    pub health: Health,
    /// Tells the jobs that there is work.
    pub wake: Wake,
    /// What is wrong with the disk or the records.
    pub troubles: Troubles,
}

impl App {
    /// Opens a trust, making what is missing of a new one.
    pub async fn open(
        places: &Places,
        settings: Settings,
        screener: Option<PhotoScreener>,
        clock: Arc<dyn Clock>,
        entropy: impl Entropy + 'static,
    ) -> Result<Self, OpenError> {
        let entropy = SharedEntropy::new(entropy);
        let folder = |e| OpenError::Folder(places.data.clone(), e);
        fs::create_dir_all(&places.data).map_err(folder)?;
        places.point_to_its_records()?;
        let keys = Keys::open(&places.keys, !places.hold_a_trust(), &mut &entropy)?;
        let policy = Policy::load().map_err(|e| OpenError::Policy(e.to_string()))?;
        let store = |e: StoreError| match e.trouble() {
            Trouble::Damaged => OpenError::Records(StoreError::Corrupt(e.to_string()).to_string()),
            _ => OpenError::Records(e.to_string()),
        };
        let records = places.records().await.map_err(store)?;
        records.check_if_small().await.map_err(store)?;
        let mut tx = records.begin().await.map_err(store)?;
        // What was valid when the clock had not been set back stays as it was then.
        if let Some(latest) = settings::Settings(&mut tx).latest_instant().await.map_err(store)? {
            clock.not_before(latest);
        }
        let in_force = Versions(&mut tx).put_in_force(policy.version(), &*clock, &mut &entropy).await;
        in_force.map_err(store)?;
        People(&mut tx).fold_names().await.map_err(store)?;
        let origin = Ledger(&mut tx).origin().await.map_err(store)?;
        tx.commit().await.map_err(store)?;
        Ok(Self {
            records,
            policy,
            allow: settings.profile.allow(),
            media: pictures::open(&places.data, places.media.as_ref(), *keys.originals.bytes()).await?,
            screener: screener.map(Arc::new),
            looks: Semaphore::new(LOOKS),
            clock,
            site: Site::open(&places.data.join("site")).map_err(folder)?,
            ledger: LedgerFiles::open(
                &places.ledger(),
                &ledger_files::name(&settings.profile.trust.short_name, origin.number),
                &keys.ledger,
            )
            .map_err(|e| OpenError::Ledger(e.to_string()))?,
            sealer: Sealer::new(*keys.secrets.bytes()),
            seal: Seal::new(&keys.secrets, &settings.profile.trust.name),
            outside: outside::client()?,
            bluesky_key: Zeroizing::new(bluesky::key_from(keys.secrets.bytes())),
            push: Pusher::new(keys.secrets.bytes()),
            turns: Turns::default(),
            budgets: Budgets::default(),
            stand_ins: StandIns::default(),
            forms_key: keys.forms.clone(),
            entropy,
            settings,
            places: places.clone(),
            metrics: Metrics::default(),
            health: Health::default(),
            wake: Wake::default(),
            troubles: Troubles::new(&places.data),
        })
    }

    /// What facts and decisions are measured by.
    pub fn rules(&self) -> Rules<'_> {
        Rules { policy: &self.policy, allow: &self.allow }
    }
}
