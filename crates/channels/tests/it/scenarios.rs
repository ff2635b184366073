//! One list of faults for every network: each of them, at each kind of call, on the way of one order from cleared to gone.
//!
//! The order is driven as the jobs drive it: an unknown outcome is looked at before anything is sent again, and where
//! looking settles nothing a person looks at what the public sees. What that is, the played network says itself. A network
//! joins by one line in [`STAGES`].

use std::{pin::Pin, sync::Arc};

use cleansheet_channels::{Channel, ChannelError, Gone, Seen, Sent, Trail, TrailKeeper as _, website::Site};
use cleansheet_policy::Cleared;
use cleansheet_simulators::{Act, Fault, Network, Post, Simulator};
use cleansheet_terms::Network as Name;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    bluesky,
    contract::{Album, Remembered, cleared},
    mastodon, meta, x,
};

const TEXT: &str = "Full time: 3–2.";
/// Longer than any fault lasts.
const ROUNDS: usize = 24;
/// A network that cannot be read for so many looks is looked at by a person.
const LOOKS: usize = 4;

/// So many scenarios run at once.
const AT_ONCE: usize = 12;

const FAULTS: [Fault; 14] = [
    Fault::Limited { seconds: 90 },
    Fault::Slow { ms: 30 },
    Fault::Down,
    Fault::DoneBut502,
    Fault::ReplyLost,
    Fault::HalfReply,
    Fault::Silence,
    Fault::Twice,
    Fault::Expired,
    Fault::Revoked,
    Fault::ContentRefused,
    Fault::Suspended,
    Fault::Late { looks: 2 },
    Fault::Refused,
];

/// What a scenario needs of a played network.
pub(crate) trait Played: Send + Sync {
    /// The next act of this kind goes wrong. `false` when that cannot happen here.
    fn fail(&self, act: Act, fault: Fault) -> bool;
    fn mend(&self);
    /// What the public sees.
    fn posts(&self) -> Vec<Post>;
    /// How many calls of a kind there were.
    fn count(&self, act: Act) -> usize;
}

impl<N: Network> Played for Simulator<N> {
    fn fail(&self, act: Act, fault: Fault) -> bool {
        Self::fail(self, act, fault);
        true
    }

    fn mend(&self) {
        Self::mend(self);
    }

    fn posts(&self) -> Vec<Post> {
        Self::posts(self)
    }

    fn count(&self, act: Act) -> usize {
        Self::count(self, act)
    }
}

/// A network and the connector that publishes there.
pub(crate) struct Stage {
    network: Arc<dyn Played>,
    /// The account with a good credential: as the Manager connects it, and connects it again.
    connect: Box<dyn Fn() -> Box<dyn Channel> + Send + Sync>,
}

type Make = fn() -> Pin<Box<dyn Future<Output = Stage> + Send>>;

const STAGES: [(Name, Make); 6] = [
    (Name::Website, || Box::pin(website())),
    (Name::Bluesky, || Box::pin(async { on(bluesky::played().await, |it| Box::new(bluesky::again(it))) })),
    (Name::X, || Box::pin(async { on(x::start().await, |it| Box::new(x::again(it))) })),
    (Name::Mastodon, || Box::pin(async { on(mastodon::start().await, |it| Box::new(mastodon::again(it))) })),
    (Name::Facebook, || Box::pin(async { on(meta::simulator().await, |it| Box::new(meta::facebook(it))) })),
    (Name::Instagram, || Box::pin(async { on(meta::simulator().await, |it| Box::new(meta::instagram(it))) })),
];

/// - `connect`: the account with a good credential, as the Manager connects it, and connects it again.
fn on<N: Network>(simulator: Simulator<N>, connect: fn(&Simulator<N>) -> Box<dyn Channel>) -> Stage {
    let network = Arc::new(simulator);
    let account = Arc::clone(&network);
    Stage { network, connect: Box::new(move || connect(&account)) }
}

/// The site's folder: its one fault is a disk that does not take what is written.
struct Folder(tempfile::TempDir);

impl Played for Folder {
    fn fail(&self, act: Act, fault: Fault) -> bool {
        let may = fault == Fault::Down && matches!(act, Act::Publish | Act::Delete);
        if may && !self.0.path().join("away").exists() {
            std::fs::rename(self.0.path().join("posts"), self.0.path().join("away")).unwrap();
            std::fs::write(self.0.path().join("posts"), "in the way").unwrap();
        }
        may
    }

    fn mend(&self) {
        if self.0.path().join("away").exists() {
            std::fs::remove_file(self.0.path().join("posts")).unwrap();
            std::fs::rename(self.0.path().join("away"), self.0.path().join("posts")).unwrap();
        }
    }

    fn posts(&self) -> Vec<Post> {
        let at = ["away", "posts"].map(|name| self.0.path().join(name)).into_iter().find(|at| at.is_dir());
        let entries = at.and_then(|at| std::fs::read_dir(at).ok()).into_iter().flatten().flatten();
        let one = |entry: std::fs::DirEntry| {
            let article = std::fs::read(entry.path().join("article.json")).ok()?;
            let article: serde_json::Value = serde_json::from_slice(&article).unwrap();
            let (id, text) =
                (entry.file_name().to_string_lossy().into_owned(), article["text"].as_str()?.to_owned());
            Some(Post { id, text, alt_texts: Vec::new(), pictures: Vec::new() })
        };
        entries.filter_map(one).collect()
    }

    fn count(&self, _act: Act) -> usize {
        0
    }
}

async fn website() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_owned();
    Site::open(&at).unwrap();
    Stage { network: Arc::new(Folder(folder)), connect: Box::new(move || Box::new(Site::open(&at).unwrap())) }
}

/// What a connector may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Done,
    Reconnect,
    Change,
    Later,
    Refused,
    Gone,
    Unknown,
}

impl Class {
    fn of<T>(answer: &Result<T, ChannelError>) -> Self {
        match answer {
            Ok(_) => Self::Done,
            Err(ChannelError::Reconnect(_)) => Self::Reconnect,
            Err(ChannelError::ChangePost(_)) => Self::Change,
            Err(ChannelError::RetryLater { .. }) => Self::Later,
            Err(ChannelError::Refused(_)) => Self::Refused,
            Err(ChannelError::GoneForGood(_)) => Self::Gone,
            Err(ChannelError::UnknownOutcome(_)) => Self::Unknown,
        }
    }
}

/// What publishing may answer when this goes wrong with the call that publishes (`last`), or with one before it.
fn allowed(fault: Fault, last: bool) -> &'static [Class] {
    use Class::{Change, Done, Gone, Later, Reconnect, Refused, Unknown};
    match (fault, last) {
        (Fault::Slow { .. }, _) => &[Done],
        (Fault::Limited { .. }, _) => &[Later],
        (Fault::Twice, true) => &[Done, Unknown],
        // A picture that is fetched twice at once may not be had.
        (Fault::Twice, false) => &[Done, Unknown, Later],
        (Fault::Down, true) => &[Unknown, Later],
        (Fault::DoneBut502 | Fault::ReplyLost | Fault::HalfReply | Fault::Silence, true) => &[Unknown, Done],
        // What is on its way is left alone by whoever asked: it is driven by tests of its own.
        (Fault::OnTheWay, _) => &[],
        (Fault::Down | Fault::DoneBut502 | Fault::ReplyLost | Fault::HalfReply | Fault::Silence, false) => {
            &[Later, Done]
        }
        (Fault::Expired, _) => &[Done, Reconnect],
        (Fault::Revoked, _) => &[Reconnect],
        (Fault::ContentRefused, _) => &[Change, Refused],
        (Fault::Suspended, _) => &[Gone, Reconnect],
        (Fault::Late { .. }, true) => &[Done, Unknown, Later],
        (Fault::Late { .. }, false) => &[Done, Later],
        (Fault::Refused, _) => &[Change, Refused, Reconnect, Gone, Later],
    }
}

/// Where the order is, as the records know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Queued,
    Uncertain,
    Sent,
    Published,
    Stopped,
}

/// One order on its way, and what is remembered of it.
struct Way {
    name: String,
    stage: Stage,
    channel: Box<dyn Channel>,
    remembered: Remembered,
    order: Cleared,
    album: Album,
    place: Place,
    looks: usize,
}

impl Way {
    async fn new(name: String, stage: Stage) -> Self {
        let (order, album) = cleared("k1a2b3", TEXT);
        let (channel, remembered) = ((stage.connect)(), Remembered::default());
        Self { name, stage, channel, remembered, order, album, place: Place::Queued, looks: 0 }
    }

    fn public(&self) -> usize {
        self.stage.network.posts().iter().filter(|post| post.text.contains(TEXT)).count()
    }

    /// At most one, whatever happened.
    fn once(&self, when: &str) {
        assert!(self.public() <= 1, "{}: {when}: public {} times", self.name, self.public());
    }

    async fn forget_the_call(&self) {
        let trail = Trail { making: false, ..self.remembered.trail() };
        self.remembered.keep(&trail).await.unwrap();
    }

    /// One call of the connector that publishes, and what its answer means for the order.
    async fn send(&mut self) -> Result<Sent, ChannelError> {
        let before = self.stage.network.count(Act::Publish);
        let answer = self.remembered.publish(&*self.channel, &self.order, &self.album).await;
        let (class, calls) = (Class::of(&answer), self.stage.network.count(Act::Publish) - before);
        self.once("after publishing");
        assert!(class != Class::Unknown || calls > 0, "{}: not even asked to publish: {answer:?}", self.name);
        let begun = !self.remembered.trail().posts.is_empty();
        if !matches!(class, Class::Done | Class::Unknown) && !begun {
            assert_eq!(self.public(), 0, "{}: it says that nothing was published: {answer:?}", self.name);
        }
        self.place = match class {
            Class::Done => Place::Sent,
            Class::Unknown => Place::Uncertain,
            Class::Later | Class::Reconnect if begun => Place::Uncertain,
            Class::Later | Class::Reconnect => Place::Queued,
            Class::Change | Class::Refused | Class::Gone => Place::Stopped,
        };
        if self.place == Place::Queued {
            self.forget_the_call().await;
        }
        answer
    }

    /// What is known of it, with the name of a post whose answer was lost; that is kept before anything is done about it.
    async fn found(&self) -> Result<Trail, ChannelError> {
        let trail = self.remembered.trail();
        if trail.making
            && let Some(found) = self.channel.found(self.order.order(), &trail).await?
        {
            self.remembered.keep(&found).await.unwrap();
        }
        Ok(self.remembered.trail())
    }

    /// An earlier try may have got through: the network is looked at before anything is sent.
    async fn read_back(&mut self) {
        let seen = match self.found().await {
            Ok(trail) => self.channel.confirm(self.order.order(), &trail).await,
            Err(error) => Err(error),
        };
        match seen {
            Ok(Seen::AsApproved(_)) => self.place = Place::Sent,
            Ok(Seen::Absent | Seen::Partly { .. }) => {
                self.forget_the_call().await;
                self.place = Place::Queued;
            }
            Ok(Seen::Different { what }) => panic!("{}: something else is there: {what}", self.name),
            Err(_) if self.looks < LOOKS => self.looks += 1,
            Err(_) if self.public() == 1 => self.place = Place::Published,
            Err(_) => {
                self.forget_the_call().await;
                self.place = Place::Queued;
            }
        }
    }

    /// Goes on until the order is published or stopped. The Manager connects an account again that asks for it.
    async fn settle(&mut self) {
        for _ in 0..ROUNDS {
            match self.place {
                Place::Queued => match self.send().await {
                    Err(ChannelError::Reconnect(_)) => self.channel = (self.stage.connect)(),
                    // What lasts is mended by somebody: a disk.
                    Err(ChannelError::RetryLater { .. }) => self.stage.network.mend(),
                    _ => {}
                },
                Place::Uncertain => self.read_back().await,
                Place::Sent => match self.channel.confirm(self.order.order(), &self.remembered.trail()).await
                {
                    Ok(Seen::AsApproved(_)) => self.place = Place::Published,
                    Err(ChannelError::Reconnect(_)) => self.channel = (self.stage.connect)(),
                    Ok(Seen::Absent) | Err(_) => {}
                    Ok(other) => panic!("{}: {other:?}", self.name),
                },
                Place::Published | Place::Stopped => return,
            }
            self.once("on the way");
        }
        panic!("{}: never settled, {:?}", self.name, self.place);
    }

    /// One round of taking down: asked for, then looked at. `true` once it is said to be gone, by the network or, where the
    /// network cannot say, by a person who looked.
    async fn goes(&mut self) -> bool {
        let order = self.order.order();
        let taken = match self.found().await {
            Ok(trail) => self.channel.take_down(order, &trail).await,
            Err(error) => Err(error),
        };
        match taken {
            Err(ChannelError::UnknownOutcome(_)) if self.looks >= LOOKS => return self.public() == 0,
            Err(ChannelError::UnknownOutcome(_)) => {
                self.looks += 1;
                return false;
            }
            Err(ChannelError::Reconnect(_)) => {
                self.channel = (self.stage.connect)();
                return false;
            }
            Err(_) => return false,
            Ok(()) => {}
        }
        for _ in 0..3 {
            match self.channel.confirm_gone(order, &self.remembered.trail()).await {
                Ok(Gone::Gone) => {
                    let left = self.stage.network.posts();
                    assert!(left.is_empty(), "{}: said to be gone, and there: {left:?}", self.name);
                    return true;
                }
                Ok(Gone::StillLive { .. }) => {}
                Err(ChannelError::Reconnect(_)) => self.channel = (self.stage.connect)(),
                Err(_) => {}
            }
        }
        false
    }

    async fn until_gone(&mut self) {
        for _ in 0..ROUNDS {
            if self.goes().await {
                return;
            }
        }
        panic!("{}: never gone", self.name);
    }
}

/// The fault comes on the way to the public.
async fn published_through(mut way: Way, act: Act, fault: Fault) {
    if !way.stage.network.fail(act, fault) {
        return;
    }
    let before = way.stage.network.count(act);
    let answer = way.send().await;
    let met = way.stage.network.count(act) > before;
    if met && matches!(act, Act::Publish | Act::Upload) {
        let may = allowed(fault, act == Act::Publish);
        assert!(may.contains(&Class::of(&answer)), "{}: {answer:?}, and not one of {may:?}", way.name);
    }
    if let (Fault::Limited { seconds }, Err(ChannelError::RetryLater { after: Some(after), .. })) =
        (fault, &answer)
    {
        assert!(after.as_secs() >= i64::from(seconds) - 1, "{}: it comes back too early", way.name);
    }
    if matches!(answer, Err(ChannelError::Reconnect(_))) {
        way.channel = (way.stage.connect)();
    }
    way.settle().await;
    way.stage.network.mend();
    if way.place == Place::Published {
        assert_eq!(way.public(), 1, "{}: published", way.name);
    } else {
        assert_eq!(way.public(), 0, "{}: stopped", way.name);
    }
    way.until_gone().await;
}

/// The fault comes when it is taken down.
async fn taken_down_through(mut way: Way, act: Act, fault: Fault) {
    way.settle().await;
    assert_eq!((way.place, way.public()), (Place::Published, 1), "{}", way.name);
    if way.stage.network.fail(act, fault) {
        way.goes().await;
        way.stage.network.mend();
    }
    way.until_gone().await;
}

/// A network that refuses for good is never said to have obeyed, and once it obeys it is gone.
async fn never_said_to_be_gone(mut way: Way, fault: Fault) {
    way.settle().await;
    for _ in 0..64 {
        way.stage.network.fail(Act::Delete, fault);
    }
    for _ in 0..3 {
        let gone = way.goes().await;
        assert!(!gone || way.public() == 0, "{}: it is still there", way.name);
    }
    way.stage.network.mend();
    way.until_gone().await;
}

/// Nobody read the answer of the call that publishes, and the order is withdrawn before anybody looked.
async fn withdrawn_in_doubt(mut way: Way, fault: Fault) {
    if !way.stage.network.fail(Act::Publish, fault) {
        return;
    }
    let _nobody_heard_it = way.send().await;
    way.stage.network.mend();
    way.channel = (way.stage.connect)();
    way.until_gone().await;
}

/// Neither the answer to the call that publishes is heard nor the one to the call that removes.
async fn lost_twice(mut way: Way, fault: Fault) {
    if way.stage.network.fail(Act::Publish, fault) && way.stage.network.fail(Act::Delete, fault) {
        way.send().await.ok();
        way.until_gone().await;
    }
}

/// Some at once: waiting for silence costs its time seldom, and none of them waits for its turn on the machine.
async fn on_every_network<F>(what: &str, faults: &[Fault], acts: &[Act], scenario: fn(Way, Act, Fault) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (mut all, places) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
    for ((network, make), act, fault) in each(faults, acts) {
        let name = format!("{network}, {what}, {act:?}: {fault:?}");
        let places = Arc::clone(&places);
        all.spawn(async move {
            let _place = places.acquire().await;
            scenario(Way::new(name, make().await).await, act, fault).await;
        });
    }
    let mut failed = Vec::new();
    while let Some(ended) = all.join_next().await {
        if let Err(error) = ended {
            failed.push(said(error.into_panic()));
        }
    }
    assert!(failed.is_empty(), "{} scenarios failed:\n{}", failed.len(), failed.join("\n"));
}

fn said(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn each(faults: &[Fault], acts: &[Act]) -> Vec<((Name, Make), Act, Fault)> {
    let of = |act: Act| faults.iter().map(move |fault| (act, *fault));
    let pairs: Vec<(Act, Fault)> = acts.iter().flat_map(|act| of(*act)).collect();
    STAGES.iter().flat_map(|stage| pairs.iter().map(move |(act, fault)| (*stage, *act, *fault))).collect()
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_out_it_is_public_at_most_once_and_gone_at_the_end() {
    let acts = [Act::Token, Act::Upload, Act::Publish, Act::Read];
    on_every_network("publishing", &FAULTS, &acts, published_through).await;
}

#[tokio::test]
async fn whatever_goes_wrong_while_taking_down_it_is_gone_when_it_is_said_to_be() {
    let acts = [Act::Token, Act::Delete, Act::Read];
    on_every_network("taking down", &FAULTS, &acts, taken_down_through).await;
}

#[tokio::test]
async fn a_network_that_does_not_take_it_down_is_never_said_to_have() {
    let faults = [Fault::Refused, Fault::Down, Fault::Suspended, Fault::Limited { seconds: 90 }];
    on_every_network("refusing", &faults, &[Act::Delete], |way, _, fault| never_said_to_be_gone(way, fault))
        .await;
}

#[tokio::test]
async fn what_is_withdrawn_while_its_outcome_is_unknown_is_found_and_taken_down() {
    let faults = [Fault::ReplyLost, Fault::HalfReply, Fault::DoneBut502, Fault::Silence, Fault::Down];
    on_every_network("withdrawn", &faults, &[Act::Publish], |way, _, fault| withdrawn_in_doubt(way, fault))
        .await;
}

#[tokio::test]
async fn what_lost_its_name_twice_is_gone_when_it_is_said_to_be() {
    let faults = [Fault::ReplyLost, Fault::HalfReply, Fault::DoneBut502];
    on_every_network("lost twice", &faults, &[Act::Publish], |way, _, fault| lost_twice(way, fault)).await;
}

#[test]
fn every_network_that_can_be_published_to_is_in_the_list() {
    let file = |network: &Name| format!("{}/src/{}.rs", env!("CARGO_MANIFEST_DIR"), network.as_str());
    for network in Name::ALL.into_iter().filter(|network| std::path::Path::new(&file(network)).exists()) {
        assert!(STAGES.iter().any(|(name, _)| *name == network), "{network} has no line in STAGES");
    }
}
