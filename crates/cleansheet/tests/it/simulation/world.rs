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
    accounts::{Accounts, NewGrant, Rights},
    activities::Activities,
    consents::{Consents, Giver, Kind, NewAnswer, Purpose, Way},
};
use cleansheet_simulators::{Act, Fault, Network as _, Simulator, bluesky::Bluesky};
use cleansheet_terms::{
    ActivityId, ChannelId, Clock, Digest, FixedClock, GuardianId, Naming, Network, ParticipantId, PostId,
    Timestamp,
};

use crate::{
    accounts::played,
    site::{ORIGIN, TestSite},
};

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
    /// How many calls are answered slowly at this moment.
    fn waits(&self) -> usize;
}

impl Played for Simulator<Bluesky> {
    fn fail(&self, act: Act, fault: Fault) {
        Self::fail(self, act, fault);
    }

    fn mend(&self) {
        Self::mend(self);
    }

    fn texts(&self) -> Vec<String> {
        self.with(|network| network.posts()).into_iter().map(|post| post.text).collect()
    }

    fn waits(&self) -> usize {
        Self::waits(self)
    }
}

/// An account on a played network.
pub(crate) struct Account {
    pub(crate) channel: ChannelId,
    pub(crate) network: Box<dyn Played>,
    /// Its origin.
    pub(crate) url: String,
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
    /// It was withdrawn or put away, and that was acknowledged: it may be public nowhere again.
    pub(crate) dead: bool,
}

pub(crate) struct World {
    pub(crate) site: TestSite,
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
        let bluesky = played().await;
        let directories = Directories { plc: bluesky.url.clone(), resolver: bluesky.url.clone() };
        let networks = Addresses { local: true, ..Addresses::default() };
        let settings = Settings {
            demo: true,
            bluesky: directories,
            networks,
            ..Settings::new(ORIGIN, Profile::demo().unwrap())
        };
        let mut watched = None;
        let site = TestSite::watched(settings, database, seed, |clock| {
            let counting = Arc::new(Watched { clock, read: AtomicUsize::new(0) });
            watched = Some(Arc::clone(&counting));
            counting
        })
        .await;
        let (children, activity) = children(&site).await;
        let url = bluesky.url.clone();
        let channel = account(&site, Network::Bluesky).await;
        let account = Account { channel, network: Box::new(bluesky), url, permitted: true };
        let world = Self {
            site,
            watched: watched.unwrap(),
            accounts: vec![account],
            children,
            activity,
            items: Vec::new(),
            paused: false,
            public: BTreeSet::new(),
            leaves: Vec::new(),
            story: Rc::default(),
        };
        world.connect(0).await;
        world
    }

    /// The Manager connects an account, or connects it again.
    pub(crate) async fn connect(&self, number: usize) {
        let account = &self.accounts[number];
        let (sign_in, by) = (("fenland.test", "app-password"), &self.site.people["manager"]);
        let done = self.site.app.connect_by_password(&account.channel, sign_in, Some(&account.url), by).await;
        // A network that fails at this moment is connected another time.
        if let Err(error) = done {
            self.tell(format!("  could not be connected: {error}"));
        }
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
    for name in ["Child One", "Child Two", "Child Three"] {
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
