//! From an account in the records to the channel that publishes there: its credential opened, renewed one at a time, and
//! sealed again before it is used.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use cleansheet_channels::{
    Answer, CameBack, Channel, ChannelError, Health, Outside, Trail, Turn, Vault,
    bluesky::{self, Account, Bluesky, Client, Credential, Means},
};
use cleansheet_records::{
    Records, StoreError,
    accounts::{
        AccountError, Accounts,
        connections::{Begun, Connection, NewConnection},
    },
    orders::Orders,
    sealing::Sealer,
};
use cleansheet_terms::{ChannelId, Entropy as _, Network, OrderId, PersonId, SignInId};
use zeroize::Zeroizing;

use crate::{app::App, system::SharedEntropy};

/// Where a browser comes back to from a network's own pages.
pub const CALLBACK: &str = "/accounts/callback";
const CREDENTIAL: &str = "channel credential";
const BEGUN: &str = "connection begun";

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
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an account cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// The Manager has not permitted it, or has ended it.
    #[error("the Manager has not permitted this account, or has ended it")]
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
    /// It took too long, was brought back twice, or by another browser.
    #[error("this connection took too long or was begun in another browser; begin again")]
    Stale,
    /// What is to be kept cannot be sealed or opened.
    #[error("the credential could not be sealed; look at the key file")]
    Sealing,
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
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
}

impl Vault for Sealed {
    fn load(&self) -> Answer<'_, Zeroizing<Vec<u8>>> {
        Box::pin(async {
            let mut tx = self.records.read().await.map_err(ChannelError::later)?;
            let sealed = Accounts(&mut tx).sealed_credential(&self.id).await.map_err(ChannelError::later)?;
            let sealed = sealed.ok_or_else(|| reconnect("the account is not connected"))?;
            let open = self.sealer.open(CREDENTIAL, self.id.as_str(), &sealed);
            let open = open.ok_or_else(|| reconnect("the key file does not open what signs in to it"))?;
            Ok(Zeroizing::new(open.to_vec()))
        })
    }

    fn keep<'a>(&'a self, next: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async {
            let sealed = sealed(&self.sealer, &self.chance, &self.id, next)
                .ok_or_else(|| ChannelError::later("the credential could not be sealed"))?;
            let mut tx = self.records.begin().await.map_err(ChannelError::later)?;
            if !Accounts(&mut tx).keep_credential(&self.id, &sealed).await.map_err(ChannelError::later)? {
                return Err(reconnect("the account was disconnected"));
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
            other => Err(NotConnected::Network(other)),
        }
    }

    /// An account on Bluesky.
    pub async fn bluesky(&self, id: &ChannelId) -> Result<Bluesky, NotConnected> {
        let connection = Accounts(&mut self.records.read().await?).connection(id).await?;
        let Connection { remote, handle, server, .. } = connection.ok_or(NotConnected::Never)?;
        let account = Account { did: remote, handle, server };
        let client = self.bluesky_client();
        let means = Means { outside: self.outside_of(id), ..self.means() };
        Ok(Bluesky::new(means, account, client, self.vault(id), self.turns.of(id)))
    }

    /// Where the credential of an account is kept.
    fn vault(&self, id: &ChannelId) -> Arc<dyn Vault> {
        Arc::new(Sealed {
            records: self.records.clone(),
            sealer: self.sealer.clone(),
            chance: self.entropy.clone(),
            id: id.clone(),
        })
    }

    /// What is known of an order on its network.
    pub async fn trail(&self, order: &OrderId) -> Result<Trail, StoreError> {
        let kept = Orders(&mut self.records.read().await?).trail(order).await?;
        let trail = kept.text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Trail { making: kept.making, ..trail })
    }

    /// What calls of other servers need.
    pub fn outside(&self) -> Outside {
        let chance = self.entropy.clone();
        Outside {
            http: self.outside.clone(),
            clock: Arc::clone(&self.clock),
            chance: Arc::new(move |bytes: &mut [u8]| (&mut &chance).fill(bytes)),
            heard: Arc::new(|_| ()),
            local: self.settings.networks.local,
        }
    }

    /// What calls for one account need: what its network says of the calls that are left is remembered.
    pub fn outside_of(&self, id: &ChannelId) -> Outside {
        Outside { heard: self.budgets.ear(id, &self.clock), ..self.outside() }
    }

    /// What calls to Bluesky need besides an account.
    pub fn means(&self) -> Means {
        Means { outside: self.outside(), directories: self.settings.bluesky.clone() }
    }

    /// This program, as Bluesky's servers know it.
    pub fn bluesky_client(&self) -> Client {
        Client::new(&self.settings.public_url, CALLBACK, &self.bluesky_key)
    }

    /// Connects an account with an app password: for tests and the demo.
    ///
    /// - `server`: the origin of the server that holds it; looked up by the name when there is none.
    pub async fn connect_by_password(
        &self,
        channel: &ChannelId,
        (name, password): (&str, &str),
        server: Option<&str>,
        by: &PersonId,
    ) -> Result<(), ConnectError> {
        Accounts(&mut self.records.read().await?).must_be_connectable(channel).await?;
        let found = bluesky::find(&self.means(), name, server).await?;
        let (did, at) = (found.account.did, found.account.server);
        let (account, credential) = bluesky::with_app_password(&self.means(), &at, &did, password).await?;
        if account.did != did {
            return Err(reconnect("the server answered for another account").into());
        }
        self.keep_connection(channel, &account, &credential, by).await
    }

    /// Begins to connect an account in the browser. Returns the address at the account's own server to go on to.
    pub async fn begin_connection(
        &self,
        channel: &ChannelId,
        name: &str,
        server: Option<&str>,
        (by, sign_in): (&PersonId, &SignInId),
    ) -> Result<String, ConnectError> {
        Accounts(&mut self.records.read().await?).must_be_connectable(channel).await?;
        let means = self.means();
        let found = bluesky::find(&means, name, server).await?;
        let (begun, go) = bluesky::begin(&means, &self.bluesky_client(), &found).await?;
        let plain = serde_json::to_vec(&begun).map_err(|_| ConnectError::Sealing)?;
        let seal = self.sealer.seal(BEGUN, channel.as_str(), &plain, &mut &self.entropy);
        let seal = seal.map_err(|_| ConnectError::Sealing)?;
        let mut tx = self.records.begin().await?;
        let now = self.clock.now();
        Accounts(&mut tx).begin_connection(&begun.state, channel, by, sign_in, &seal, now).await?;
        tx.commit().await?;
        Ok(go)
    }

    /// Finishes what was begun in this browser.
    pub async fn finish_connection(
        &self,
        back: &CameBack,
        (by, sign_in): (&PersonId, &SignInId),
    ) -> Result<ChannelId, ConnectError> {
        let mut tx = self.records.begin().await?;
        let taken = Accounts(&mut tx).take_begun(&back.state, sign_in, self.clock.now()).await?;
        tx.commit().await?;
        let Begun { channel, person, sealed, .. } = taken.ok_or(ConnectError::Stale)?;
        if person != *by {
            return Err(ConnectError::Stale);
        }
        let plain = self.sealer.open(BEGUN, channel.as_str(), &sealed).ok_or(ConnectError::Sealing)?;
        let begun: bluesky::Begun = serde_json::from_slice(&plain).map_err(|_| ConnectError::Sealing)?;
        // Tokens for an account that the Manager ended meanwhile are not even asked for.
        Accounts(&mut self.records.read().await?).must_be_connectable(&channel).await?;
        let client = self.bluesky_client();
        let (account, credential) = bluesky::finish(&self.means(), &client, begun, back).await?;
        self.keep_connection(&channel, &account, &credential, by).await?;
        Ok(channel)
    }

    async fn keep_connection(
        &self,
        channel: &ChannelId,
        account: &Account,
        credential: &Credential,
        by: &PersonId,
    ) -> Result<(), ConnectError> {
        let plain = Zeroizing::new(serde_json::to_vec(credential).map_err(|_| ConnectError::Sealing)?);
        let seal = sealed(&self.sealer, &self.entropy, channel, &plain).ok_or(ConnectError::Sealing)?;
        let new = NewConnection {
            channel,
            remote: &account.did,
            handle: &account.handle,
            server: &account.server,
            way: credential.way(),
            sealed: &seal,
            by,
        };
        let mut tx = self.records.begin().await?;
        let before = Accounts(&mut tx).sealed_credential(channel).await?;
        Accounts(&mut tx).connect(&new, &*self.clock, &mut &self.entropy).await?;
        tx.commit().await?;
        self.wake.all();
        // Whoever connects an account again because its tokens may have been stolen wants the old ones dead.
        self.give_back(channel, before).await;
        Ok(())
    }

    /// Signs in to an account and looks whether it answers; marks it when it has to be connected again.
    pub async fn tried(&self, id: &ChannelId) -> Result<Health, NotUsable> {
        let account = Accounts(&mut self.records.read().await?).channel(id).await?;
        let account = account.ok_or_else(|| NotConnected::Unknown(id.to_string()))?;
        if !account.is_permitted() {
            return Err(NotUsable::NotPermitted);
        }
        let channel = self.channel(id.as_str()).await?;
        match channel.check_account().await {
            Ok(health) => Ok(health),
            Err(error) => {
                self.mark(id, &error).await?;
                Err(error.into())
            }
        }
    }

    async fn mark(&self, id: &ChannelId, error: &ChannelError) -> Result<(), StoreError> {
        if !matches!(error, ChannelError::Reconnect(_) | ChannelError::GoneForGood(_)) {
            return Ok(());
        }
        let page = format!("{}/accounts", self.settings.public_url);
        let mut tx = self.records.begin().await?;
        let (clock, mut chance) = (&*self.clock, &self.entropy);
        Accounts(&mut tx).needs_reconnecting(id, &error.to_string(), &page, clock, &mut chance).await?;
        tx.commit().await
    }

    /// Takes the permission for an account back; its tokens are given back to the network, unless posts are still out.
    pub async fn disconnect(&self, channel: &ChannelId, by: &PersonId) -> Result<(), ConnectError> {
        let mut tx = self.records.begin().await?;
        let forgotten = Accounts(&mut tx).disconnect(channel, by, &*self.clock, &mut &self.entropy).await?;
        tx.commit().await?;
        self.give_back(channel, forgotten).await;
        Ok(())
    }

    /// Gives tokens that nobody here uses any more back to their network, which would take them for months yet.
    pub(crate) async fn give_back(&self, channel: &ChannelId, sealed: Option<Vec<u8>>) {
        let open = sealed.and_then(|sealed| self.sealer.open(CREDENTIAL, channel.as_str(), &sealed));
        if let Some(credential) = open.and_then(|open| serde_json::from_slice::<Credential>(&open).ok()) {
            let client = self.bluesky_client();
            if let Err(error) = bluesky::revoke(&self.means(), &client, &credential).await {
                tracing::warn!(error = %error, "tokens could not be given back; they run out by themselves");
            }
        }
    }
}
