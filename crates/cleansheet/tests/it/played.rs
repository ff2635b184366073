//! Networks that are played inside the test, on its clock: each counts calls as its published limit has it, and a post is
//! there or not.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use cleansheet::app::App;
use cleansheet_channels::{
    Answer, Capabilities, Channel, ChannelError, CopiedFile, CopiedPicture, Copy, Gone, Health, Kind,
    Profile, Quota, Rate, Sent, Shown, Trail, Watched, With, bluesky,
};
use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_records::accounts::{Accounts, NewGrant, Rights};
use cleansheet_terms::{ChannelId, Clock as _, FixedClock, Network, Timestamp};
use jiff::SignedDuration;

use crate::site::TestSite;

/// How long each call takes.
const CALL_MS: i64 = 100;

/// What is public, and what was asked.
#[derive(Default)]
pub(crate) struct State {
    /// Posts by their record key, and when they were made.
    pub(crate) posts: BTreeMap<String, Timestamp>,
    /// Posts of others, the oldest first.
    pub(crate) beside: Vec<(String, Timestamp)>,
    pub(crate) profile: Profile,
    /// When each take-down was obeyed.
    pub(crate) obeyed: Vec<Timestamp>,
    /// Take-downs that were asked for although the limit was used up.
    pub(crate) over: usize,
    window: Option<(Timestamp, u32)>,
    /// Why nothing is taken down.
    pub(crate) refuses: Option<&'static str>,
    /// Why no take-down is done now.
    pub(crate) later: Option<&'static str>,
    /// What was published is not shown.
    pub(crate) hidden: bool,
    /// Nothing can be read.
    pub(crate) closed: bool,
    /// Each call hangs for so long, in real time.
    pub(crate) hangs: Duration,
    /// Every post is refused once its picture is there.
    pub(crate) refuses_posts: bool,
    /// What lies on the network without a post.
    pub(crate) parts: Vec<String>,
}

/// One played account.
pub(crate) struct Played {
    can: Capabilities,
    clock: Arc<FixedClock>,
    app: Arc<App>,
    id: ChannelId,
    state: Mutex<State>,
}

/// Adds an account to the trust, and plays its network.
///
/// - `take_downs`: how many removals it takes.
pub(crate) async fn account(site: &TestSite, network: Network, take_downs: Option<Rate>) -> Arc<Played> {
    let (clock, mut chance, dele) = (&*site.clock, &site.app.entropy, &site.people["manager"]);
    let mut tx = site.app.records.begin().await.unwrap();
    let id = Accounts(&mut tx).add(network, &network.to_string(), clock, &mut chance).await.unwrap();
    Accounts(&mut tx).permit(&id, dele, clock, &mut chance).await.unwrap();
    for who in ["manager", "dsl", "author", "approver"] {
        let grant = NewGrant {
            person: &site.people[who],
            channel: &id,
            rights: Rights::ALL,
            by: dele,
            from: "2026-06-01".parse().unwrap(),
            until: "2027-05-31".parse().unwrap(),
        };
        Accounts(&mut tx).give(&grant, clock, &mut chance).await.unwrap();
    }
    tx.commit().await.unwrap();
    let can = Capabilities { network, take_downs, posts: None, lists_old: false, ..bluesky::CAPABILITIES };
    play(site, id, can)
}

/// Plays the network of an account that is there.
pub(crate) fn play(site: &TestSite, id: ChannelId, can: Capabilities) -> Arc<Played> {
    let played = Arc::new(Played {
        can,
        clock: Arc::clone(&site.clock),
        app: Arc::clone(&site.app),
        id: id.clone(),
        state: Mutex::default(),
    });
    let shared: Arc<dyn Channel> = Arc::<Played>::clone(&played);
    site.app.stand_ins.put(&id, shared);
    played
}

impl Played {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn id(&self) -> &ChannelId {
        &self.id
    }

    pub(crate) fn network(&self) -> String {
        self.can.network.to_string()
    }

    fn call(&self) -> Result<(), ChannelError> {
        self.clock.advance_ms(CALL_MS);
        match self.state().closed {
            true => Err(ChannelError::GoneForGood("the account is suspended".to_owned())),
            false => Ok(()),
        }
    }

    async fn hang(&self) {
        let hangs = self.state().hangs;
        if !hangs.is_zero() {
            tokio::time::sleep(hangs).await;
        }
    }

    /// Counts a take-down in windows that begin with their first call, and says what is left, as networks do.
    fn count(&self) -> Result<(), ChannelError> {
        let (Some(rate), now) = (self.can.take_downs, self.clock.now()) else { return Ok(()) };
        let length = SignedDuration::from_secs(rate.seconds.into());
        let mut state = self.state();
        let (began, used) = state.window.filter(|(began, _)| now < *began + length).unwrap_or((now, 0));
        let resets = began + length;
        let taken = used < rate.calls;
        let used = if taken { used + 1 } else { used };
        state.window = Some((began, used));
        state.over += usize::from(!taken);
        drop(state);
        let quota = Quota { kind: Kind::TakeDown, limit: rate.calls, left: rate.calls - used, resets };
        self.app.budgets.hear(&self.id, quota, now);
        let wait =
            ChannelError::RetryLater { say: "too many".to_owned(), after: Some(resets.duration_since(now)) };
        if taken { Ok(()) } else { Err(wait) }
    }

    fn sent(&self, order: &ReleaseOrder) -> Sent {
        let remote = order.record_key().to_owned();
        Sent { url: format!("https://{}.example/{remote}", self.can.network.as_str()), remote }
    }
}

impl Channel for Played {
    fn capabilities(&self) -> Capabilities {
        self.can.clone()
    }

    fn check_account(&self) -> Answer<'_, Health> {
        Box::pin(async { Ok(Health::default()) })
    }

    fn publish<'a>(&'a self, cleared: &'a Cleared, with: With<'a>) -> Answer<'a, Sent> {
        Box::pin(async move {
            self.hang().await;
            self.call()?;
            let order = cleared.order();
            if self.state().refuses_posts {
                self.state().parts.push("part-1".to_owned());
                let trail = Trail { parts: vec!["part-1".to_owned()], ..Trail::default() };
                with.keeper.keep(&trail).await?;
                return Err(ChannelError::ChangePost("it breaks a rule".to_owned()));
            }
            with.keeper.begins().await?;
            self.state().posts.insert(order.record_key().to_owned(), self.clock.now());
            Ok(self.sent(order))
        })
    }

    fn look<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Option<Copy>> {
        Box::pin(async move {
            self.call()?;
            let there = !self.state().hidden && self.state().posts.contains_key(order.record_key());
            let picture = |one: &cleansheet_policy::OrderPicture| CopiedPicture {
                alt_text: one.alt_text.clone(),
                file: CopiedFile::Remade { url: String::new() },
            };
            Ok(there.then(|| Copy {
                texts: vec![order.text().to_owned()],
                pictures: order.pictures().iter().map(picture).collect(),
                sent: self.sent(order),
            }))
        })
    }

    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(async move {
            self.hang().await;
            self.call()?;
            if let Some(why) = self.state().refuses {
                return Err(ChannelError::Refused(why.to_owned()));
            }
            if let Some(why) = self.state().later {
                return Err(ChannelError::later(why));
            }
            self.count()?;
            let now = self.clock.now();
            let mut state = self.state();
            state.parts.retain(|part| !trail.parts.contains(part));
            if state.posts.remove(order.record_key()).is_some() {
                state.obeyed.push(now);
            }
            Ok(())
        })
    }

    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Gone> {
        Box::pin(async move {
            self.call()?;
            let there = self.state().posts.contains_key(order.record_key());
            let why = "the post is still there".to_owned();
            Ok(if there { Gone::StillLive { why } } else { Gone::Gone })
        })
    }

    fn watch<'a>(&'a self, _since: Option<&'a str>) -> Answer<'a, Watched> {
        Box::pin(async move {
            self.call()?;
            let state = self.state();
            let ours = state.posts.iter().map(|(key, at)| (key.clone(), *at));
            let mut all: Vec<(String, Timestamp)> = ours.chain(state.beside.iter().cloned()).collect();
            all.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
            let shown = |(remote, at): (String, Timestamp)| Shown {
                url: format!("https://{}.example/{remote}", self.can.network.as_str()),
                remote,
                published: Some(at),
            };
            Ok(Watched {
                posts: all.into_iter().map(shown).collect(),
                newest: None,
                profile: Some(state.profile.clone()),
            })
        })
    }
}
