//! One trust with its posts, a news page and an account on a played network.

use std::{fs, sync::Arc, time::Duration};

use cleansheet::{
    app::{App, Places, Settings},
    jobs,
    lock::Lock,
    profile::Profile,
};
use cleansheet_channels::{Addresses, bluesky::Directories};
use cleansheet_policy::facts::SignIn;
use cleansheet_records::{
    Tx,
    accounts::{Accounts, NewGrant, Rights},
    activities::Activities,
    approval::{self, Approved},
    facts::Seat,
    orders::{OrderState, Orders},
    people::{DbsCheck, DbsLevel, FA_SAFEGUARDING_CHILDREN, NewCertificate, NewPerson, People, RoleRequirement, Workforce},
    posts::{NewPost, Posts},
};
use cleansheet_simulators::{Simulator, bluesky::Bluesky};
use cleansheet_terms::{ChannelId, Clock, CourseId, Network, PersonId, PostId, Role, SeededEntropy, Timestamp, day_in_london};
use jiff::ToSpan as _;

use crate::Error;

const PASSWORD: &str = "app-password";
/// How often it is looked whether everything is read back.
const LOOK: Duration = Duration::from_millis(2);

/// The machine's clock.
pub(crate) struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

pub(crate) struct Trust {
    app: Arc<App>,
    pub(crate) network: Simulator<Bluesky>,
    posts: Vec<PostId>,
    approver: PersonId,
    running: jobs::Running,
    _only: Lock,
    folder: tempfile::TempDir,
}

fn seat(person: &PersonId) -> Seat<'_> {
    Seat::Person { id: person, sign_in: SignIn { idle_minutes: 0, age_minutes: 1, shared_device: false } }
}

impl Trust {
    /// A trust whose posts wait for their second person.
    pub(crate) async fn new(posts: usize) -> Result<Self, Error> {
        let mut account = Bluesky::new();
        account.password = PASSWORD.to_owned();
        let network = Simulator::start(account, Arc::new(Now)).await;
        let folder = tempfile::tempdir()?;
        let places = Places::of(&folder.path().join("trust"));
        let bluesky = Directories { plc: network.url.clone(), resolver: network.url.clone() };
        let networks = Addresses { local: true, ..Addresses::default() };
        let settings = Settings::new("http://localhost:8080", Profile::demo()?);
        let settings = Settings { demo: true, bluesky, networks, ..settings };
        let seed = Timestamp::now().as_nanosecond() as u64;
        let app = Arc::new(App::open(&places, settings, None, Arc::new(Now), SeededEntropy::new(seed)).await?);
        let mut tx = app.records.begin().await?;
        let [manager, author, approver] = people(&mut tx, &app).await?;
        let channels = channels(&mut tx, &app, &manager, [&author, &approver]).await?;
        tx.commit().await?;
        let name = ("fenland.test", PASSWORD);
        app.connect_by_password(&channels[1], name, Some(&network.url), &manager).await?;
        let posts = submitted(&app, &author, &channels, posts).await?;
        let only = Lock::take(&places.data)?;
        let running = jobs::start(&app, &only).await?;
        Ok(Self { app, network, posts, approver, running, _only: only, folder })
    }

    /// The second person approves every post, one after the other.
    pub(crate) async fn approve(&self) -> Result<(), Error> {
        for post in &self.posts {
            let mut tx = self.app.records.begin().await?;
            let content = Posts(&mut tx).content_hash(post).await?.to_string();
            let (clock, mut chance, rules) = (&*self.app.clock, &self.app.entropy, self.app.rules());
            let done =
                approval::approve(&mut tx, post, &content, &seat(&self.approver), &rules, clock, &mut chance).await?;
            if let Approved::No(verdict) = done {
                return Err(format!("a post is not approved: {:?}", verdict.reasons()).into());
            }
            tx.commit().await?;
            self.app.wake.all();
        }
        Ok(())
    }

    /// Waits until every post has been read back on both channels.
    pub(crate) async fn publish(&self) -> Result<(), Error> {
        let mut waiting = self.posts.clone();
        while let Some(post) = waiting.last() {
            let orders = Orders(&mut self.app.records.read().await?).orders_of(post).await?;
            if orders.iter().all(|order| order.state == OrderState::Published) {
                waiting.pop();
            } else if let Some(order) = orders.iter().find(|order| order.state == OrderState::Stopped) {
                return Err(format!("a post was stopped: {:?}", order.because).into());
            } else {
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }

    /// How many commits are in the database's journal: its frames that end a transaction.
    /// <https://www.sqlite.org/fileformat2.html#walformat>
    pub(crate) fn commits(&self) -> Result<usize, Error> {
        const HEADER: usize = 32;
        const FRAME: usize = 24 + 4_096;
        let journal = fs::read(self.folder.path().join("trust/trust.db-wal"))?;
        let salt = journal.get(16..24).ok_or("the journal is empty")?;
        let frames = journal[HEADER..].chunks_exact(FRAME).take_while(|frame| frame[8..16] == *salt);
        Ok(frames.filter(|frame| frame[4..8] != [0; 4]).count())
    }

    pub(crate) async fn end(self) {
        self.running.stop().await;
        self.app.records.close().await;
    }
}

async fn people(tx: &mut Tx, app: &App) -> Result<[PersonId; 3], Error> {
    let (clock, mut chance, today) = (&*app.clock, &app.entropy, day_in_london(app.clock.now()));
    let mut ids = Vec::new();
    for (name, role) in [("Dele Okafor", Role::Manager), ("Jo Brightwell", Role::Staff), ("Priya Nair", Role::Staff)] {
        let mail = format!("{}@example.org", name.replace(' ', "-"));
        let new = NewPerson { name, mail: &mail, roles: &[role] };
        ids.push(People(tx).add(&new, None, clock, &mut chance).await?);
    }
    for requirement in RoleRequirement::usual() {
        People(tx).require(&requirement, None, clock, &mut chance).await?;
    }
    for id in &ids[1..] {
        let (seen, issued) = (Some((ids[0].clone(), app.clock.now())), today.checked_sub(14.months())?);
        let check =
            DbsCheck { level: DbsLevel::Enhanced, workforce: Workforce::Child, issued, seen, suitable: true };
        People(tx).record_dbs(id, &check, clock, &mut chance).await?;
        let (course, completed) = (CourseId::parse(FA_SAFEGUARDING_CHILDREN)?, today.checked_sub(11.months())?);
        let papers = NewCertificate { course: &course, completed, reference: "" };
        let papers = People(tx).add_certificate(id, &papers, clock, &mut chance).await?;
        People(tx).verify_certificate(&papers, &ids[0], clock, &mut chance).await?;
        People(tx).acknowledge(id, &app.policy.hash(), clock, &mut chance).await?;
    }
    ids.try_into().map_err(|_| "three people".into())
}

/// The news page and the account, open to both.
async fn channels(
    tx: &mut Tx,
    app: &App,
    manager: &PersonId,
    people: [&PersonId; 2],
) -> Result<[ChannelId; 2], Error> {
    let (clock, mut chance, today) = (&*app.clock, &app.entropy, day_in_london(app.clock.now()));
    let (from, until) = (today.checked_sub(2.months())?, today.checked_add(10.months())?);
    let mut ids = Vec::new();
    for network in [Network::Website, Network::Bluesky] {
        let channel = Accounts(tx).add(network, network.as_str(), clock, &mut chance).await?;
        Accounts(tx).permit(&channel, manager, clock, &mut chance).await?;
        for person in people {
            let grant = NewGrant { person, channel: &channel, rights: Rights::ALL, by: manager, from, until };
            Accounts(tx).give(&grant, clock, &mut chance).await?;
        }
        ids.push(channel);
    }
    ids.try_into().map_err(|_| "two channels".into())
}

async fn submitted(app: &App, author: &PersonId, channels: &[ChannelId], posts: usize) -> Result<Vec<PostId>, Error> {
    let (clock, mut chance, today) = (&*app.clock, &app.entropy, day_in_london(app.clock.now()));
    let mut tx = app.records.begin().await?;
    let activity = Activities(&mut tx).add_activity("Under-11s skills", "Lark Lane", today, clock, &mut chance).await?;
    let mut all = Vec::new();
    for number in 0..posts {
        let new = NewPost { author, activity: &activity, channels };
        let post = Posts(&mut tx).start(&new, clock, &mut chance).await?;
        let words = format!("Session {number}: we played in the rain, and everybody went home with a smile.");
        Posts(&mut tx).set_caption(&post, &words, author, clock, &mut chance).await?;
        let verdict = approval::submit(&mut tx, &post, &seat(author), &app.rules(), clock, &mut chance).await?;
        if !verdict.may() {
            return Err(format!("a post is refused: {:?}", verdict.reasons()).into());
        }
        all.push(post);
    }
    tx.commit().await?;
    Ok(all)
}
