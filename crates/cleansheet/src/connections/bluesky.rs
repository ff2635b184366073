//! Bluesky: each account is asked for at its own server, which is found by its handle.

use cleansheet_channels::{
    CameBack, ChannelError, Connected,
    bluesky::{self, Account, Begun, Bluesky, Client, Credential, Means},
};
use cleansheet_records::accounts::{Accounts, connections::Connection};
use cleansheet_terms::{ChannelId, PersonId};

use super::{CALLBACK, ConnectError, NotConnected, connecting::Step, reconnect};
use crate::app::App;

impl App {
    /// An account on Bluesky.
    pub async fn bluesky(&self, id: &ChannelId) -> Result<Bluesky, NotConnected> {
        let connection = Accounts(&mut self.records.read().await?).connection(id).await?;
        let Connection { remote, handle, server, .. } = connection.ok_or(NotConnected::Never)?;
        let account = Account { did: remote, handle, server };
        let client = self.bluesky_client();
        Ok(Bluesky::new(self.means(id), account, client, self.vault(id), self.turns.of(id)))
    }

    fn means(&self, id: &ChannelId) -> Means {
        Means { outside: self.outside(id), directories: self.settings.bluesky.clone() }
    }

    /// This program, as Bluesky's servers know it.
    pub fn bluesky_client(&self) -> Client {
        Client::new(&self.settings.public_url, CALLBACK, &self.bluesky_key)
    }

    /// Connects an account with an app password: for the demo alone.
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
        if !self.settings.demo {
            return Err(ConnectError::ByPassword);
        }
        let means = self.means(channel);
        let found = bluesky::find(&means, name, server).await?;
        let (did, at) = (found.account.did, found.account.server);
        let (account, credential) = bluesky::with_app_password(&means, &at, &did, password).await?;
        if account.did != did {
            return Err(reconnect("the server answered for another account").into());
        }
        let way = credential.way();
        self.keep_connection(channel, &connected(account, &credential)?, way, by).await
    }

    pub(super) async fn begin_bluesky(
        &self,
        channel: &ChannelId,
        name: &str,
        server: Option<&str>,
    ) -> Result<(String, Step, String), ConnectError> {
        let means = self.means(channel);
        let found = bluesky::find(&means, name, server).await?;
        let (begun, go) = bluesky::begin(&means, &self.bluesky_client(), &found).await?;
        Ok((begun.state.clone(), Step::Bluesky(Box::new(begun)), go))
    }

    pub(super) async fn finish_bluesky(
        &self,
        channel: &ChannelId,
        begun: Begun,
        back: &CameBack,
    ) -> Result<Connected, ConnectError> {
        let (means, client) = (self.means(channel), self.bluesky_client());
        let (account, credential) = bluesky::finish(&means, &client, begun, back).await?;
        connected(account, &credential)
    }

    pub(super) async fn revoke_bluesky(
        &self,
        channel: &ChannelId,
        credential: &[u8],
    ) -> Result<(), ChannelError> {
        let Ok(credential) = serde_json::from_slice::<Credential>(credential) else { return Ok(()) };
        bluesky::revoke(&self.means(channel), &self.bluesky_client(), &credential).await
    }
}

fn connected(account: Account, credential: &Credential) -> Result<Connected, ConnectError> {
    let credential = serde_json::to_vec(credential).map_err(|_| ConnectError::Sealing)?;
    let Account { did: remote, handle, server } = account;
    Ok(Connected { remote, handle, server, credential })
}
