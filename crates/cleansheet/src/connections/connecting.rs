//! Connecting an account in the browser: begun here, allowed on the network's own pages, finished here. Which accounts there
//! are to choose from, the network says.

use cleansheet_channels::{CameBack, Connected, bluesky, mastodon, meta, x};
use cleansheet_records::{
    StoreError,
    accounts::{
        AccountError, Accounts,
        connections::{Begun, NewConnection},
    },
};
use cleansheet_terms::{ChannelId, Network, PersonId, SignInId, random_hex};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{CREDENTIAL, ConnectError, NotConnected, sealed};
use crate::app::App;

const BEGUN: &str = "connection begun";
/// Bytes of what names a choice.
const CHOICE: usize = 16;

/// How an account is connected, for people.
pub(super) const IN_THE_BROWSER: &str = "OAuth";

/// What is kept, sealed, until the browser comes back.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Its owner is asked at their own server.
    Bluesky(Box<bluesky::Begun>),
    /// Its owner is asked at their own server.
    Mastodon(Box<mastodon::Begun>),
    /// Its owner is asked at X.
    X(Box<x::Begun>),
    /// Somebody is asked at Facebook.
    Meta(Box<meta::Begun>),
    /// What was allowed, and the Manager says which of them is the trust's.
    Choice(Vec<Connected>),
}

/// What came of coming back.
pub enum Finished {
    /// The account is connected.
    Connected(ChannelId),
    /// The Manager says first whether it is the trust's, or which of several.
    Choose(Choice),
}

/// Why a connection that came back could not be finished.
#[derive(Debug)]
pub struct NotFinished {
    /// Whose connection it was; `None` when nothing of it is known here any more.
    pub channel: Option<ChannelId>,
    /// What happened.
    pub why: ConnectError,
}

impl From<ConnectError> for NotFinished {
    fn from(why: ConnectError) -> Self {
        Self { channel: None, why }
    }
}

/// Accounts to choose from; there may be only one.
pub struct Choice {
    /// What to bring back with the answer.
    pub state: String,
    /// Whose connection it is.
    pub channel: ChannelId,
    /// The network's lasting name of each, and its name as people write it.
    pub accounts: Vec<(String, String)>,
}

impl App {
    /// Begins to connect an account in the browser. Returns the address to go on to.
    ///
    /// - `name`: as people write it, where the network asks for it.
    /// - `server`: of the account, where there are several.
    pub async fn begin_connection(
        &self,
        channel: &ChannelId,
        name: &str,
        server: Option<&str>,
        who: (&PersonId, &SignInId),
    ) -> Result<String, ConnectError> {
        Accounts(&mut self.records.read().await?).must_be_connectable(channel).await?;
        let (state, step, go) = match self.network_of(channel).await? {
            Network::Bluesky => self.begin_bluesky(channel, name, server).await?,
            Network::Mastodon => self.begin_mastodon(channel, server.unwrap_or_default()).await?,
            Network::X => self.begin_x(channel).await?,
            network @ (Network::Facebook | Network::Instagram) => self.begin_meta(channel, network).await?,
            Network::Website => return Err(NotConnected::Network(Network::Website).into()),
        };
        self.keep_step(channel, &state, &step, who).await?;
        Ok(go)
    }

    /// Finishes what was begun in this browser.
    pub async fn finish_connection(
        &self,
        back: &CameBack,
        who: (&PersonId, &SignInId),
    ) -> Result<Finished, NotFinished> {
        let (channel, step) = self.take_step(&back.state, who).await?;
        let finished = self.finished(&channel, step, back, who).await;
        finished.map_err(|why| NotFinished { channel: Some(channel), why })
    }

    async fn finished(
        &self,
        channel: &ChannelId,
        step: Step,
        back: &CameBack,
        who: (&PersonId, &SignInId),
    ) -> Result<Finished, ConnectError> {
        let network = self.network_of(channel).await?;
        let allowed = match step {
            Step::Bluesky(begun) => vec![self.finish_bluesky(channel, *begun, back).await?],
            Step::Mastodon(begun) => vec![mastodon::finish(&self.outside(channel), *begun, back).await?],
            Step::X(begun) => vec![self.finish_x(channel, *begun, back).await?],
            Step::Meta(begun) => self.finish_meta(channel, *begun, back).await?,
            Step::Choice(_) => return Err(ConnectError::Stale),
        };
        if allowed.is_empty() {
            return Err(ConnectError::Nothing(network));
        }
        let before = Accounts(&mut self.records.read().await?).connection(channel).await?;
        // Connecting an account again leaves nothing to choose; another one than before the records refuse. What is
        // connected for the first time is somebody's word: whoever is signed in at the network in this browser need not be
        // the trust, and approved posts go out at once. Only at Bluesky the account was named before.
        let only = match (&before, network) {
            (Some(before), _) => allowed.iter().find(|one| one.remote == before.remote).or(allowed.first()),
            (None, Network::Bluesky) => allowed.first(),
            (None, _) => None,
        };
        if let Some(only) = only {
            self.keep_connection(channel, only, IN_THE_BROWSER, who.0).await?;
            return Ok(Finished::Connected(channel.clone()));
        }
        let state = random_hex(&mut &self.entropy, CHOICE);
        let accounts = allowed.iter().map(|one| (one.remote.clone(), one.handle.clone())).collect();
        self.keep_step(channel, &state, &Step::Choice(allowed), who).await?;
        Ok(Finished::Choose(Choice { state, channel: channel.clone(), accounts }))
    }

    /// Connects the one of which the Manager says that it is the trust's.
    ///
    /// - `remote`: the network's lasting name of it.
    pub async fn choose_connection(
        &self,
        state: &str,
        remote: &str,
        who: (&PersonId, &SignInId),
    ) -> Result<ChannelId, NotFinished> {
        let (channel, allowed) = self.take_choice(state, who).await?;
        let kept = match allowed.iter().find(|one| one.remote == remote) {
            Some(chosen) => self.keep_connection(&channel, chosen, IN_THE_BROWSER, who.0).await,
            None => Err(ConnectError::NotOffered),
        };
        kept.map(|()| channel.clone()).map_err(|why| NotFinished { channel: Some(channel), why })
    }

    /// None of those that were allowed is the trust's: nothing is connected, and what signs in to them is given back.
    pub async fn choose_none(
        &self,
        state: &str,
        who: (&PersonId, &SignInId),
    ) -> Result<ChannelId, NotFinished> {
        let (channel, allowed) = self.take_choice(state, who).await?;
        for one in &allowed {
            self.give_back_open(&channel, &one.credential).await;
        }
        Ok(channel)
    }

    async fn take_choice(
        &self,
        state: &str,
        who: (&PersonId, &SignInId),
    ) -> Result<(ChannelId, Vec<Connected>), NotFinished> {
        match self.take_step(state, who).await? {
            (channel, Step::Choice(allowed)) => Ok((channel, allowed)),
            _ => Err(ConnectError::Stale.into()),
        }
    }

    /// Forgets connections that were begun and never finished, and gives back what signs in to accounts that nobody chose.
    pub(crate) async fn forget_abandoned(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if !Accounts(&mut self.records.read().await?).is_one_abandoned(now).await? {
            return Ok(());
        }
        let mut tx = self.records.begin().await?;
        let abandoned = Accounts(&mut tx).forget_abandoned(now).await?;
        tx.commit().await?;
        for Begun { channel, sealed, .. } in abandoned {
            let Ok(Step::Choice(allowed)) = self.step(&channel, &sealed) else { continue };
            for one in &allowed {
                self.give_back_open(&channel, &one.credential).await;
            }
        }
        Ok(())
    }

    async fn network_of(&self, channel: &ChannelId) -> Result<Network, ConnectError> {
        let found = Accounts(&mut self.records.read().await?).channel(channel).await?;
        Ok(found.ok_or_else(|| AccountError::Missing(channel.clone()))?.network)
    }

    async fn keep_step(
        &self,
        channel: &ChannelId,
        state: &str,
        step: &Step,
        (by, sign_in): (&PersonId, &SignInId),
    ) -> Result<(), ConnectError> {
        let plain = Zeroizing::new(serde_json::to_vec(step).map_err(|_| ConnectError::Sealing)?);
        let seal = self.sealer.seal(BEGUN, channel.as_str(), &plain, &mut &self.entropy);
        let seal = seal.map_err(|_| ConnectError::Sealing)?;
        let mut tx = self.records.begin().await?;
        let now = self.clock.now();
        Accounts(&mut tx).begin_connection(state, channel, by, sign_in, &seal, now).await?;
        Ok(tx.commit().await?)
    }

    /// What this browser brings back, once.
    async fn take_step(
        &self,
        state: &str,
        (by, sign_in): (&PersonId, &SignInId),
    ) -> Result<(ChannelId, Step), ConnectError> {
        let mut tx = self.records.begin().await?;
        let taken = Accounts(&mut tx).take_begun(state, sign_in, self.clock.now()).await?;
        tx.commit().await?;
        let Begun { channel, person, sealed, .. } = taken.ok_or(ConnectError::Stale)?;
        if person != *by {
            return Err(ConnectError::Stale);
        }
        // Tokens for an account that the Manager ended meanwhile are not even asked for.
        Accounts(&mut self.records.read().await?).must_be_connectable(&channel).await?;
        let step = self.step(&channel, &sealed)?;
        Ok((channel, step))
    }

    fn step(&self, channel: &ChannelId, sealed: &[u8]) -> Result<Step, ConnectError> {
        let plain = self.sealer.open(BEGUN, channel.as_str(), sealed).ok_or(ConnectError::Sealing)?;
        serde_json::from_slice(&plain).map_err(|_| ConnectError::Sealing)
    }

    pub(super) async fn keep_connection(
        &self,
        channel: &ChannelId,
        account: &Connected,
        way: &str,
        by: &PersonId,
    ) -> Result<(), ConnectError> {
        let seal = sealed(&self.sealer, &self.entropy, channel, &account.credential);
        let seal = seal.ok_or(ConnectError::Sealing)?;
        let new = NewConnection {
            channel,
            remote: &account.remote,
            handle: &account.handle,
            server: &account.server,
            way,
            sealed: &seal,
            by,
        };
        // A renewal that is on its way ends first, so that what it brings is not kept over this.
        let turn = self.turns.of(channel);
        let turn = turn.lock().await;
        let mut tx = self.records.begin().await?;
        let before = Accounts(&mut tx).sealed_credential(channel).await?;
        if let Err(no) = Accounts(&mut tx).connect(&new, &*self.clock, &mut &self.entropy).await {
            drop(tx);
            // Nothing here will ever use these.
            self.give_back_open(channel, &account.credential).await;
            return Err(no.into());
        }
        tx.commit().await?;
        drop(turn);
        self.wake.all();
        // Whoever connects an account again because its tokens may have been stolen wants the old ones dead.
        self.give_back(channel, before.map(|(sealed, _)| sealed)).await;
        Ok(())
    }

    /// Takes the permission for an account back; its tokens are given back to the network, unless posts are still out.
    pub async fn disconnect(&self, channel: &ChannelId, by: &PersonId) -> Result<(), ConnectError> {
        // A renewal that is on its way ends first: what it brings is given back as well.
        let turn = self.turns.of(channel);
        let turn = turn.lock().await;
        let mut tx = self.records.begin().await?;
        let forgotten = Accounts(&mut tx).disconnect(channel, by, &*self.clock, &mut &self.entropy).await?;
        tx.commit().await?;
        drop(turn);
        self.give_back(channel, forgotten).await;
        Ok(())
    }

    /// Gives tokens that nobody here uses any more back to their network, which would take them for months yet.
    pub(crate) async fn give_back(&self, channel: &ChannelId, sealed: Option<Vec<u8>>) {
        let open = sealed.and_then(|sealed| self.sealer.open(CREDENTIAL, channel.as_str(), &sealed));
        if let Some(credential) = open {
            self.give_back_open(channel, &credential).await;
        }
    }

    async fn give_back_open(&self, channel: &ChannelId, credential: &[u8]) {
        let Ok(network) = self.network_of(channel).await else { return };
        let given = match network {
            Network::Bluesky => self.revoke_bluesky(channel, credential).await,
            Network::Mastodon => mastodon::revoke(&self.outside(channel), credential).await,
            Network::X => self.revoke_x(channel, credential).await,
            // Meta takes no single connection back: it would end those of the trust's other accounts as well. The page of
            // the account says where a person removes the app there.
            Network::Facebook | Network::Instagram | Network::Website => Ok(()),
        };
        if let Err(error) = given {
            tracing::warn!(error = %error, "tokens could not be given back; they run out by themselves");
        }
    }
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}
