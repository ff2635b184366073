//! One trust, the networks it publishes on, and what a simple model knows of its posts.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use cleansheet::app::Settings;
use cleansheet::profile::Profile;
use cleansheet_channels::{Addresses, bluesky::Directories};
use cleansheet_records::{
    accounts::{Accounts, NewGrant, Rights, connections::NewConnection},
    activities::Activities,
    consents::{Consents, Giver, Kind, NewAnswer, Purpose, Way},
};
use cleansheet_simulators::{
    Act, Fault, Post, Simulator,
    bluesky::{self, Bluesky},
    mastodon::{self, Mastodon},
    meta::{self, Meta},
    x::{self, X},
};
use cleansheet_terms::{
    ActivityId, ChannelId, Clock, Digest, FixedClock, GuardianId, Naming, Network, ParticipantId, PostId,
    Timestamp,
};

use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::site::TestSite;

/// Where the seeds of the program's own chance begin.
const CHANCE: u64 = 1 << 32;

/// A clock that counts how often it is read: where a worker dies is so many readings on.
pub(crate) struct Watched {
    clock: Arc<FixedClock>,
    read: AtomicUsize,
}

impl Watched {
    pub(crate) fn readings(&self) -> usize {
        self.read.load(Ordering::SeqCst)
    }
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.read.fetch_add(1, Ordering::SeqCst);
        self.clock.now()
    }
}

/// What of a network the simulation needs.
pub(crate) trait Played {
    fn fail(&self, act: Act, fault: Fault);
    fn mend(&self);
    fn texts(&self) -> Vec<String>;
    /// How many calls were done and are answered late, so far.
    fn slowed(&self) -> usize;
    fn on_the_way(&self) -> usize;
    fn arrive(&self);
    fn url(&self) -> &str;
    /// The account's lasting name, and what signs in to it now that it is connected (again).
    fn signs_in(&self) -> (&'static str, Value);
}

macro_rules! played {
    ($network:ty, |$it:ident, $url:ident| $signs_in:expr) => {
        impl Played for Simulator<$network> {
            fn fail(&self, act: Act, fault: Fault) {
                Self::fail(self, act, fault);
            }

            fn mend(&self) {
                Self::mend(self);
            }

            fn texts(&self) -> Vec<String> {
                self.posts().into_iter().map(|post| post.text).collect()
            }

            fn slowed(&self) -> usize {
                Self::slowed(self)
            }

            fn on_the_way(&self) -> usize {
                Self::on_the_way(self)
            }

            fn arrive(&self) {
                Self::arrive(self);
            }

            fn url(&self) -> &str {
                &self.url
            }

            fn signs_in(&self) -> (&'static str, Value) {
                let $url = self.url.as_str();
                self.with(|$it| $signs_in)
            }
        }
    };
}

played!(Bluesky, |it, _url| {
    it.connected_again();
    let (access, refresh) = (format!("access-{}", it.session), format!("refresh-{}", it.session));
    (bluesky::DID, json!({ "by": "app_password", "access": access, "refresh": refresh }))
});
played!(X, |it, _url| (x::ACCOUNT, it.connected_again()));
played!(Mastodon, |it, url| (mastodon::ACCOUNT, it.connected_again(url)));

/// The Page or the account on Instagram: one program plays both.
struct Side {
    meta: Arc<Simulator<Meta>>,
    /// What signs in to it is for.
    of: &'static str,
}

impl Played for Side {
    fn fail(&self, act: Act, fault: Fault) {
        self.meta.fail(act, fault);
    }

    fn mend(&self) {
        self.meta.mend();
    }

    fn texts(&self) -> Vec<String> {
        let on_page = |post: &Post| post.id.starts_with(meta::PAGE);
        let ours = |post: &Post| on_page(post) == (self.of == meta::PAGE);
        self.meta.posts().into_iter().filter(ours).map(|post| post.text).collect()
    }

    fn slowed(&self) -> usize {
        self.meta.slowed()
    }

    fn on_the_way(&self) -> usize {
        self.meta.on_the_way()
    }

    fn arrive(&self) {
        self.meta.arrive();
    }

    fn url(&self) -> &str {
        &self.meta.url
    }

    fn signs_in(&self) -> (&'static str, Value) {
        (self.of, self.meta.with(|meta| json!({ "page_token": meta.page_token() })))
    }
}

/// An account on a played network.
pub(crate) struct Account {
    pub(crate) channel: ChannelId,
    pub(crate) name: Network,
    pub(crate) network: Box<dyn Played>,
    /// The Manager has permitted it, as the model knows.
    pub(crate) permitted: bool,
}

/// A child and who answers for it.
pub(crate) struct Child {
    pub(crate) id: ParticipantId,
    pub(crate) guardian: GuardianId,
}

/// A post, as the model knows it.
pub(crate) struct Item {
    pub(crate) id: PostId,
    pub(crate) text: String,
    pub(crate) child: Option<usize>,
    /// The approval was acknowledged.
    pub(crate) approved: bool,
    /// It was seen somewhere.
    pub(crate) was_public: bool,
    /// It was withdrawn or put away, and that was acknowledged: it may be public nowhere again.
    pub(crate) dead: bool,
}

pub(crate) struct World {
    pub(crate) site: TestSite,
    pages: JoinHandle<()>,
    pub(crate) watched: Arc<Watched>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) children: Vec<Child>,
    pub(crate) activity: ActivityId,
    pub(crate) items: Vec<Item>,
    pub(crate) paused: bool,
    /// What was public after the step before: number of the account, or the website behind them, and text.
    pub(crate) public: BTreeSet<(usize, String)>,
    /// The ledger's entries so far.
    pub(crate) leaves: Vec<Digest>,
    pub(crate) story: Rc<RefCell<Vec<String>>>,
}

impl World {
    pub(crate) async fn new(seed: u64, database: Option<String>) -> Self {
        let clock = Arc::new(FixedClock::at("2026-11-21T12:46:00Z"));
        let now = || Arc::<FixedClock>::clone(&clock);
        let bluesky = Simulator::start(Bluesky::new(), now()).await;
        let x = Simulator::start(X::new(), now()).await;
        let meta = Arc::new(Simulator::start(Meta::new(), now()).await);
        let mastodon = Simulator::start(Mastodon::new(), now()).await;
        let networks = Addresses {
            x_api: x.url.clone(),
            x_pages: x.url.clone(),
            meta_api: meta.url.clone(),
            meta_pages: meta.url.clone(),
            local: true,
            ..Addresses::default()
        };
        let bluesky_at = Directories { plc: bluesky.url.clone(), resolver: bluesky.url.clone() };
        // Instagram fetches pictures from the program's own pages.
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let usual = Settings::new(&origin, Profile::demo().unwrap());
        let settings = Settings { demo: true, bluesky: bluesky_at, networks, ..usual };
        let watched = Arc::new(Watched { clock: now(), read: AtomicUsize::new(0) });
        let shared = Arc::<Watched>::clone(&watched);
        // Nobody else in a test draws from it: the site is filled by a chance of its own, and what two draw alike collides.
        let site = TestSite::watched(settings, database, CHANCE + seed, (now(), shared)).await;
        let pages = site.serve(listener);
        let (children, activity) = children(&site).await;
        let dele = &site.people["manager"];
        site.app.set_app(Network::X, ("app-1", "hush"), dele).await.unwrap();
        site.app.set_app(Network::Facebook, (meta::APP, meta::SECRET), dele).await.unwrap();
        let side = |of| Box::new(Side { meta: Arc::clone(&meta), of });
        let played: [(Network, Box<dyn Played>); 5] = [
            (Network::Bluesky, Box::new(bluesky)),
            (Network::X, Box::new(x)),
            (Network::Mastodon, Box::new(mastodon)),
            (Network::Facebook, side(meta::PAGE)),
            (Network::Instagram, side(meta::ACCOUNT)),
        ];
        let mut accounts = Vec::new();
        for (name, network) in played {
            accounts.push(Account { channel: account(&site, name).await, name, network, permitted: true });
        }
        let world = Self {
            site,
            pages,
            watched,
            accounts,
            children,
            activity,
            items: Vec::new(),
            paused: false,
            public: BTreeSet::new(),
            leaves: Vec::new(),
            story: Rc::default(),
        };
        for number in 0..world.accounts.len() {
            world.connect(number).await;
        }
        world
    }

    /// The Manager connects an account, or connects it again: its credential is sealed and kept as the pages keep it.
    pub(crate) async fn connect(&self, number: usize) {
        let (account, app) = (&self.accounts[number], &self.site.app);
        let (remote, credential) = account.network.signs_in();
        let (clock, mut chance, id) = (&*app.clock, &app.entropy, &account.channel);
        let plain = credential.to_string();
        let sealed =
            app.sealer.seal("channel credential", id.as_str(), plain.as_bytes(), &mut chance).unwrap();
        let new = NewConnection {
            channel: id,
            remote,
            handle: "fenland.test",
            server: account.network.url(),
            way: "OAuth",
            sealed: &sealed,
            by: &self.site.people["manager"],
        };
        let mut tx = app.records.begin().await.unwrap();
        Accounts(&mut tx).connect(&new, clock, &mut chance).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What everybody sees now.
    pub(crate) fn seen(&self) -> BTreeSet<(usize, String)> {
        let (all, site) = (self.texts(), self.accounts.len());
        let unique: BTreeSet<_> = all.iter().cloned().collect();
        assert_eq!(unique.len(), all.len(), "I1: public twice, at {site} or before: {all:?}");
        unique
    }

    fn texts(&self) -> Vec<(usize, String)> {
        let of = |(number, account): (usize, &Account)| {
            account.network.texts().into_iter().map(move |text| (number, text)).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = self.accounts.iter().enumerate().flat_map(of).collect();
        let articles = self.site.app.site.articles().unwrap();
        all.extend(articles.into_iter().map(|article| (self.accounts.len(), article.text)));
        all
    }

    /// Every channel a post is written for, in the order of the numbers.
    pub(crate) fn channels(&self) -> Vec<ChannelId> {
        let accounts = self.accounts.iter().map(|account| account.channel.clone());
        accounts.chain([self.site.channel.clone()]).collect()
    }

    pub(crate) fn tell(&self, what: impl Into<String>) {
        self.story.borrow_mut().push(what.into());
    }

    pub(crate) async fn close(self) {
        self.pages.abort();
        self.site.app.records.close().await;
    }
}

/// An account on a network that the Manager has permitted, open to the two who write and approve.
async fn account(site: &TestSite, network: Network) -> ChannelId {
    let (clock, mut chance, manager) = (&*site.clock, &site.app.entropy, &site.people["manager"]);
    let mut tx = site.app.records.begin().await.unwrap();
    let id = Accounts(&mut tx).add(network, network.as_str(), clock, &mut chance).await.unwrap();
    Accounts(&mut tx).permit(&id, manager, clock, &mut chance).await.unwrap();
    for who in ["author", "approver"] {
        let grant = NewGrant {
            person: &site.people[who],
            channel: &id,
            rights: Rights::ALL,
            by: manager,
            from: "2026-06-01".parse().unwrap(),
            until: "2027-05-31".parse().unwrap(),
        };
        Accounts(&mut tx).give(&grant, clock, &mut chance).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

async fn children(site: &TestSite) -> (Vec<Child>, ActivityId) {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let mut activities = Activities(&mut tx);
    let activity = activities.activities().await.unwrap().remove(0).id;
    let mut children = Vec::new();
    for name in ["Ben Oduya", "Cleo Marsh", "Dina Pike"] {
        let born = Some("2015-05-06".parse().unwrap());
        let mail = format!("{}@example.org", name.replace(' ', "-"));
        let id = activities.add_participant(name, born, clock, &mut chance).await.unwrap();
        let guardian = activities.add_guardian(name, &mail, clock, &mut chance).await.unwrap();
        activities.link(&id, &guardian, clock, &mut chance).await.unwrap();
        activities.put_on_roster(&activity, &id).await.unwrap();
        children.push(Child { id, guardian });
    }
    tx.commit().await.unwrap();
    for child in &children {
        says_yes(site, child).await;
    }
    (children, activity)
}

/// A parent agrees to everything.
pub(crate) async fn says_yes(site: &TestSite, child: &Child) {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    for kind in [Kind::Website, Kind::Social] {
        let yes = NewAnswer {
            participant: &child.id,
            giver: Giver::Guardian(child.guardian.clone()),
            purpose: Purpose::News,
            kind,
            yes: true,
            naming: Naming::None,
            language: "en",
            way: Way::Paper,
            evidence: "a form",
            until: "2027-08-31".parse().unwrap(),
        };
        Consents(&mut tx).record(&yes, clock, &mut chance).await.unwrap();
    }
    tx.commit().await.unwrap();
}
