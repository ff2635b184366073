//! From an account in the records to the channel that publishes there: its credential opened, renewed one at a time, and
//! sealed again before it is used.

mod apps;
mod bluesky;
mod connecting;
mod mastodon;
mod meta;
mod x;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cleansheet_channels::{
    Account, Answer, Capabilities, Channel, ChannelError, Health, Limits, Outside, Trail, Turn, Vault,
    facebook::Facebook, instagram::Instagram, mastodon::Mastodon, x::X,
};
use cleansheet_records::{
    Records, StoreError, Tx,
    accounts::{
        AccountError, Accounts,
        connections::Connection,
        health::{Checked, Lacking},
    },
    orders::Orders,
    sealing::Sealer,
};
use cleansheet_terms::{ChannelId, Entropy as _, Network, OrderId, Timestamp};
use zeroize::Zeroizing;

pub use apps::whose_app;
pub use connecting::{Choice, Finished, NotFinished};

use crate::{app::App, system::SharedEntropy};

/// Where a browser comes back to from a network's own pages.
pub const CALLBACK: &str = "/accounts/callback";
const CREDENTIAL: &str = "channel credential";

/// Why nothing can be asked of an account's network.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    /// The records know no such account.
    #[error("there is no account `{0}`")]
    Unknown(String),
    /// This program cannot publish there yet.
    #[error("this network is not connected: {0}")]
    Network(Network),
    /// Nobody has connected it yet.
    #[error("the account is not connected; the Manager connects it on the page Accounts")]
    Never,
    /// The trust has no app of its own there, or its secret does not open.
    #[error(
        "the trust’s own app on {0} is not written down here, or the key file does not open it; the Manager writes it \
         down on the account’s page “Connect”"
    )]
    NoApp(Network),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an account cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// The Manager has not permitted it, or has ended it and nothing has to come down from it.
    #[error("the Manager has not permitted this account, or has ended it, and nothing is out there")]
    NotPermitted,
    /// It is not connected.
    #[error(transparent)]
    NotConnected(#[from] NotConnected),
    /// Its network says no.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

impl From<StoreError> for NotUsable {
    fn from(error: StoreError) -> Self {
        Self::NotConnected(error.into())
    }
}

/// Why an account could not be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The network said no, or something else than was meant.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The records said no.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Something has to be there before.
    #[error(transparent)]
    NotConnected(#[from] NotConnected),
    /// Whoever signed in there may act for nothing that could be connected.
    #[error("{}", nothing_there(*.0))]
    Nothing(Network),
    /// None of those that were offered.
    #[error("choose one of the accounts that were offered")]
    NotOffered,
    /// An app password may do more than posting needs, and passes through this program.
    #[error("app passwords are for the demo alone; leave that field empty, and allow it at Bluesky")]
    ByPassword,
    /// It took too long, was brought back twice, or by another browser.
    #[error("this connection took too long or was begun in another browser; begin again")]
    Stale,
    /// What is to be kept cannot be sealed or opened.
    #[error("the credential could not be sealed; look at the key file")]
    Sealing,
}

fn nothing_there(network: Network) -> String {
    match network {
        Network::Facebook => {
            "whoever signed in has no Page on which they may publish; ask an admin of the Page for full \
             control of it, then begin again and tick the Page"
                .to_owned()
        }
        Network::Instagram => {
            "whoever signed in has no Page with a professional Instagram account; make the account \
             professional, link it to the Page, then begin again and tick both"
                .to_owned()
        }
        other => format!("whoever signed in has no account on {other} that could be connected"),
    }
}

/// Whose turn it is to renew the credential of each account.
#[derive(Default)]
pub struct Turns(Mutex<BTreeMap<ChannelId, Turn>>);

impl Turns {
    fn of(&self, id: &ChannelId) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(id.clone()).or_default())
    }
}

/// Channels that stand in for those of accounts: for tests, which own the clock of their networks.
#[derive(Default)]
pub struct StandIns(Mutex<BTreeMap<ChannelId, Arc<dyn Channel>>>);

impl StandIns {
    /// From now on this is the channel of an account.
    pub fn put(&self, id: &ChannelId, channel: Arc<dyn Channel>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), channel);
    }

    fn of(&self, id: &ChannelId) -> Option<Arc<dyn Channel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// An account's credential in the records, sealed.
struct Sealed {
    records: Records,
    sealer: Sealer,
    chance: SharedEntropy,
    id: ChannelId,
    /// Since when the account is connected with what was opened last. Whoever renews holds the account's turn, and so does
    /// whoever connects it again: what takes the place of a credential is kept in the place of that one alone.
    since: Mutex<Option<Timestamp>>,
}

impl Sealed {
    fn since(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for Sealed {
    fn load(&self) -> Answer<'_, Zeroizing<Vec<u8>>> {
        Box::pin(async {
            let mut tx = self.records.read().await.map_err(ChannelError::later)?;
            let sealed = Accounts(&mut tx).sealed_credential(&self.id).await.map_err(ChannelError::later)?;
            let (sealed, since) = sealed.ok_or_else(|| reconnect("the account is not connected"))?;
            *self.since() = Some(since);
            let open = self.sealer.open(CREDENTIAL, self.id.as_str(), &sealed);
            let open = open.ok_or_else(|| reconnect("the key file does not open what signs in to it"))?;
            Ok(Zeroizing::new(open.to_vec()))
        })
    }

    fn keep<'a>(&'a self, next: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async {
            let sealed = sealed(&self.sealer, &self.chance, &self.id, next)
                .ok_or_else(|| ChannelError::later("the credential could not be sealed"))?;
            let since = self.since().ok_or_else(|| ChannelError::later("nothing was opened before"))?;
            let mut tx = self.records.begin().await.map_err(ChannelError::later)?;
            let mut accounts = Accounts(&mut tx);
            if !accounts.keep_credential(&self.id, since, &sealed).await.map_err(ChannelError::later)? {
                let again = accounts.connection(&self.id).await.map_err(ChannelError::later)?.is_some();
                return Err(if again {
                    ChannelError::later("the account was connected again meanwhile")
                } else {
                    reconnect("the account was disconnected")
                });
            }
            tx.commit().await.map_err(ChannelError::later)
        })
    }
}

fn reconnect(why: &str) -> ChannelError {
    ChannelError::Reconnect(why.to_owned())
}

fn sealed(sealer: &Sealer, mut chance: &SharedEntropy, id: &ChannelId, credential: &[u8]) -> Option<Vec<u8>> {
    sealer.seal(CREDENTIAL, id.as_str(), credential, &mut chance).ok()
}

impl App {
    /// The channel of one account, with what it needs to sign in there.
    ///
    /// - `id`: as a release order carries it.
    pub async fn channel(&self, id: &str) -> Result<Arc<dyn Channel>, NotConnected> {
        let unknown = || NotConnected::Unknown(id.to_owned());
        let known = ChannelId::parse(id).map_err(|_| unknown())?;
        if let Some(channel) = self.stand_ins.of(&known) {
            return Ok(channel);
        }
        let account = Accounts(&mut self.records.read().await?).channel(&known).await?;
        match account.ok_or_else(unknown)?.network {
            Network::Website => Ok(Arc::new(self.site.clone())),
            Network::Bluesky => Ok(Arc::new(self.bluesky(&known).await?)),
            Network::Mastodon => {
                let account = self.account(&known).await?;
                let (outside, vault) = (self.outside(&known), self.vault(&known));
                Ok(Arc::new(Mastodon::new(outside, account, vault, self.turns.of(&known))))
            }
            network @ (Network::X | Network::Facebook | Network::Instagram) => {
                self.with_app(&known, network).await
            }
        }
    }

    /// An account on a network that knows the trust by an app of its own.
    async fn with_app(&self, id: &ChannelId, network: Network) -> Result<Arc<dyn Channel>, NotConnected> {
        let (account, keys) = (self.account(id).await?, self.app_keys(network).await?);
        let (outside, at) = (self.outside(id), self.settings.networks.clone());
        let (vault, turn) = (self.vault(id), self.turns.of(id));
        Ok(match network {
            Network::X => Arc::new(X::new(outside, at, account, keys, vault, turn)),
            Network::Facebook => Arc::new(Facebook::new(outside, at, account, keys, vault, turn)),
            Network::Instagram => Arc::new(Instagram::new(outside, at, account, keys, vault, turn)),
            other => return Err(NotConnected::Network(other)),
        })
    }

    /// Which account it is on its network.
    async fn account(&self, id: &ChannelId) -> Result<Account, NotConnected> {
        let connection = Accounts(&mut self.records.read().await?).connection(id).await?;
        let Connection { remote, handle, server, .. } = connection.ok_or(NotConnected::Never)?;
        Ok(Account { remote, handle, server })
    }

    /// Where the credential of an account is kept.
    fn vault(&self, id: &ChannelId) -> Arc<dyn Vault> {
        Arc::new(Sealed {
            records: self.records.clone(),
            sealer: self.sealer.clone(),
            chance: self.entropy.clone(),
            id: id.clone(),
            since: Mutex::new(None),
        })
    }

    /// What is known of an order on its network.
    pub async fn trail(&self, order: &OrderId) -> Result<Trail, StoreError> {
        let kept = Orders(&mut self.records.read().await?).trail(order).await?;
        // One that cannot be read says nothing of what is public: an empty one would say that nothing is.
        let trail: Option<Trail> = kept
            .text
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| StoreError::Damaged { column: "release_order.trail".to_owned() })?;
        Ok(Trail { making: kept.making, ..trail.unwrap_or_default() })
    }

    /// What calls of other servers need.
    ///
    /// - `channel`: the account that they concern: what its network says of the calls that are left is remembered.
    pub fn outside(&self, channel: &ChannelId) -> Outside {
        let chance = self.entropy.clone();
        Outside {
            http: self.outside.clone(),
            clock: Arc::clone(&self.clock),
            chance: Arc::new(move |bytes: &mut [u8]| (&mut &chance).fill(bytes)),
            heard: self.budgets.ear(channel, &self.clock),
            local: self.settings.networks.local,
        }
    }

    /// Signs in to an account and looks whether it answers. Keeps what its network says of it, and marks it when it has to
    /// be connected again, or not any more. An ended one is tried while something has still to come down from it.
    pub async fn tried(&self, id: &ChannelId) -> Result<Health, NotUsable> {
        let account = Accounts(&mut self.records.read().await?).channel(id).await?;
        let account = account.ok_or_else(|| NotConnected::Unknown(id.to_string()))?;
        if !Accounts(&mut self.records.read().await?).still_signs_in(&account).await? {
            return Err(NotUsable::NotPermitted);
        }
        let asked = self.clock.now();
        let channel = self.channel(id.as_str()).await?;
        match channel.check_account().await {
            Ok(health) => {
                self.keep_checked(id, asked, &health).await?;
                Ok(health)
            }
            Err(error) => {
                self.mark(id, asked, &error).await?;
                Err(error.into())
            }
        }
    }

    async fn keep_checked(
        &self,
        id: &ChannelId,
        asked: Timestamp,
        health: &Health,
    ) -> Result<(), StoreError> {
        let lacking = health.missing.iter().map(|one| Lacking {
            permission: one.permission.clone(),
            needed_for: one.needed_for.to_owned(),
            optional: one.optional,
        });
        let checked = Checked {
            at: Some(self.clock.now()),
            limits: serde_json::to_string(&health.limits).ok(),
            ends: health.ends,
            missing: lacking.collect(),
        };
        let mut tx = self.records.begin().await?;
        let (clock, mut chance) = (&*self.clock, &self.entropy);
        let mended =
            Accounts(&mut tx).keep_checked(id, asked, &health.handle, &checked, clock, &mut chance).await?;
        tx.commit().await?;
        if mended {
            self.wake.all();
        }
        Ok(())
    }

    async fn mark(&self, id: &ChannelId, asked: Timestamp, error: &ChannelError) -> Result<(), StoreError> {
        let mut tx = self.records.begin().await?;
        self.mark_in(&mut tx, id, asked, error).await?;
        tx.commit().await
    }

    /// Marks an account that its network no longer takes, and tells the Manager, once.
    ///
    /// - `asked`: when the network was asked; what was connected since then is another matter.
    pub(crate) async fn mark_in(
        &self,
        tx: &mut Tx,
        id: &ChannelId,
        asked: Timestamp,
        error: &ChannelError,
    ) -> Result<(), StoreError> {
        if !matches!(error, ChannelError::Reconnect(_) | ChannelError::GoneForGood(_)) {
            return Ok(());
        }
        let page = format!("{}/accounts", self.settings.public_url);
        let (clock, mut chance, why) = (&*self.clock, &self.entropy, error.to_string());
        Accounts(tx).needs_reconnecting(id, asked, &why, &page, clock, &mut chance).await
    }
}

/// What a post on an account may carry, as its own server has it; `None` while this program cannot publish there.
pub async fn capabilities(
    tx: &mut Tx,
    id: &ChannelId,
    network: Network,
) -> Result<Option<Capabilities>, StoreError> {
    let Some(usual) = cleansheet_channels::capabilities(network) else { return Ok(None) };
    let kept = Accounts(tx).connection(id).await?.and_then(|connection| connection.checked.limits);
    let limits: Limits = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(Some(usual.within(&limits)))
}
