//! Networks that are played on this machine, with faults to order: what tests, crash runs and benchmarks talk to.
//!
//! A network is one file: a state, what kind of act a request is, and what is answered. The faults are the same for all
//! ([`Fault`]) and are put between the request and the network here, so that every connector meets the same list.
//! Each network refuses what its own description does not allow with status 599: a fault of the simulator's user.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is test code: it may fail like a test"
)]

pub mod bluesky;
mod http;
pub mod mastodon;
pub mod meta;
mod oauth;
mod windows;
pub mod x;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use cleansheet_terms::{Clock, Timestamp};
use tokio::sync::oneshot;

pub use http::{Request, Response};

/// A kind of request, as faults are ordered for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Signing in, and renewing it.
    Token,
    /// Sending a picture, or telling where it is.
    Upload,
    /// The one call after which a post is public.
    Publish,
    /// Removing something.
    Delete,
    /// Everything that only looks.
    Read,
}

impl Act {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Token, Self::Upload, Self::Publish, Self::Delete, Self::Read];

    /// As it is ordered by address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Upload => "upload",
            Self::Publish => "publish",
            Self::Delete => "delete",
            Self::Read => "read",
        }
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not done: too many, with the network's own headers about when to come again.
    Limited {
        /// Seconds until the count begins anew.
        seconds: u32,
    },
    /// Done and answered, but late.
    Slow {
        /// How late.
        ms: u64,
    },
    /// Not done, and answered with 503.
    Down,
    /// Done, and answered with 502.
    DoneBut502,
    /// Done, and the connection is closed without an answer.
    ReplyLost,
    /// Done, and half of the answer comes.
    HalfReply,
    /// Not done, and no answer comes before the caller loses patience.
    Silence,
    /// On its way until [`Simulator::arrive`], and done then, whether or not anybody still waits for the answer.
    OnTheWay,
    /// Done twice, as when something on the way repeats the request; the second answer is given.
    Twice,
    /// Not done: the token has run out. Renewing it helps.
    Expired,
    /// Not done: what signs in was taken back. Only connecting again helps.
    Revoked,
    /// Not done: the content breaks the network's rules.
    ContentRefused,
    /// Not done: the account is suspended.
    Suspended,
    /// Done, but ready only after so many looks: a picture that is being worked on, a post that is not seen yet, a
    /// removal that is obeyed late.
    Late {
        /// How many looks come too early.
        looks: u32,
    },
    /// Not done, for good, without any reason that helps: a removal that is refused.
    Refused,
}

/// A post as the public sees it on a played network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The network's name for it.
    pub id: String,
    /// Its text as the network keeps it.
    pub text: String,
    /// The alt texts of its pictures.
    pub alt_texts: Vec<String>,
    /// The bytes of its pictures, as they were received.
    pub pictures: Vec<Vec<u8>>,
}

/// One network that is played.
pub trait Network: Send + 'static {
    /// What kind of act a request is.
    fn act(&self, request: &Request) -> Act;

    /// Does what is asked.
    ///
    /// - `late`: after how many looks what is done may be seen, for acts that [`Fault::Late`] was ordered for; 0 usually.
    fn answer(&mut self, request: &Request, late: u32, now: Timestamp) -> Response;

    /// How this network words a refusal. Called for `Limited`, `Down`, `DoneBut502`, `Expired`, `Revoked`,
    /// `ContentRefused`, `Suspended` and `Refused`; `Expired` and `Revoked` also change which tokens are good.
    fn refusal(&mut self, fault: Fault, now: Timestamp) -> Response;

    /// Everything that the public sees, the newest first.
    fn posts(&self) -> Vec<Post>;

    /// Somebody posts on the network itself, beside us. Returns its name.
    fn post_beside(&mut self, text: &str, now: Timestamp) -> String;

    /// Turns a switch that only this network has; `false` when it has none by that name.
    fn set(&mut self, _name: &str, _value: &str) -> bool {
        false
    }
}

struct State<N> {
    network: N,
    faults: BTreeMap<Act, VecDeque<Fault>>,
    calls: Vec<(Act, String)>,
    requests: VecDeque<Request>,
    /// How many calls were done and answered late, or are about to be.
    slowed: usize,
    on_the_way: Vec<(Request, oneshot::Sender<Response>)>,
}

/// How many of the latest requests are kept whole.
const KEPT: usize = 200;

/// A played network that answers.
pub struct Simulator<N> {
    /// Its origin.
    pub url: String,
    state: Arc<Mutex<State<N>>>,
    clock: Arc<dyn Clock>,
    serving: tokio::task::JoinHandle<()>,
}

impl<N: Network> Simulator<N> {
    /// Answers on a free port of this machine until it is dropped.
    pub async fn start(network: N, clock: Arc<dyn Clock>) -> Self {
        Self::at(0, network, clock).await
    }

    /// Answers on this port; 0 for a free one.
    pub async fn at(port: u16, network: N, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            network,
            faults: BTreeMap::new(),
            calls: Vec::new(),
            requests: VecDeque::new(),
            slowed: 0,
            on_the_way: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let (url, serving) = http::serve(port, Arc::clone(&state), Arc::clone(&clock)).await;
        Self { url, state, clock, serving }
    }

    /// The next act of this kind goes wrong.
    pub fn fail(&self, act: Act, fault: Fault) {
        self.lock().faults.entry(act).or_default().push_back(fault);
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.lock().faults.clear();
    }

    /// Everything that the public sees, the newest first.
    pub fn posts(&self) -> Vec<Post> {
        self.lock().network.posts()
    }

    /// All calls so far, in order: the kind, method and path.
    pub fn calls(&self) -> Vec<(Act, String)> {
        self.lock().calls.clone()
    }

    /// The latest requests as they came, to be compared with the network's description.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.iter().cloned().collect()
    }

    /// How many calls of this kind there were.
    pub fn count(&self, act: Act) -> usize {
        self.lock().calls.iter().filter(|(kind, _)| *kind == act).count()
    }

    /// How many calls there were whose path ends in this name, behind a `/` or a `.`.
    pub fn called(&self, name: &str) -> usize {
        let ends = |call: &str| call.rsplit(['/', '.']).next() == Some(name);
        self.lock().calls.iter().filter(|(_, call)| ends(call)).count()
    }

    /// How many calls have been done and are answered late ([`Fault::Slow`]), so far.
    pub fn slowed(&self) -> usize {
        self.lock().slowed
    }

    /// How many calls are on their way ([`Fault::OnTheWay`]).
    pub fn on_the_way(&self) -> usize {
        self.lock().on_the_way.len()
    }

    /// Whatever is on its way arrives, and is done.
    pub fn arrive(&self) {
        let (mut state, now) = (self.lock(), self.clock.now());
        for (request, asked) in std::mem::take(&mut state.on_the_way) {
            let answer = state.network.answer(&request, 0, now);
            // Whoever asked may have gone.
            drop(asked.send(answer));
        }
    }

    /// The network itself, to look into or to change.
    pub fn with<T>(&self, look: impl FnOnce(&mut N) -> T) -> T {
        look(&mut self.lock().network)
    }

    fn lock(&self) -> MutexGuard<'_, State<N>> {
        self.state.lock().unwrap()
    }
}

impl<N> Drop for Simulator<N> {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
