//! The trust's own apps on networks, opened and sealed.

use cleansheet_channels::AppKeys;
use cleansheet_records::accounts::{AccountError, Accounts};
use cleansheet_terms::{Network, PersonId};

use super::{CALLBACK, ConnectError, NotConnected};
use crate::app::App;

const APP: &str = "network app";

/// The network whose app an account needs: Facebook's serves Instagram as well. `None` where no app is made by hand.
pub fn whose_app(network: Network) -> Option<Network> {
    match network {
        Network::X => Some(Network::X),
        Network::Facebook | Network::Instagram => Some(Network::Facebook),
        Network::Website | Network::Mastodon | Network::Bluesky => None,
    }
}

impl App {
    /// The trust's own app by which a network knows this program.
    pub async fn app_keys(&self, network: Network) -> Result<AppKeys, NotConnected> {
        let of = whose_app(network).ok_or(NotConnected::Network(network))?;
        let mut tx = self.records.read().await?;
        let app = Accounts(&mut tx).app(of).await?.ok_or(NotConnected::NoApp(of))?;
        let sealed = Accounts(&mut tx).sealed_app_secret(of).await?;
        let open = sealed.and_then(|sealed| self.sealer.open(APP, of.as_str(), &sealed));
        let secret = open.and_then(|open| String::from_utf8(open.to_vec()).ok());
        Ok(AppKeys { id: app.id, secret: secret.ok_or(NotConnected::NoApp(of))? })
    }

    /// Keeps the trust's own app on a network, its secret sealed.
    pub async fn set_app(
        &self,
        network: Network,
        (id, secret): (&str, &str),
        by: &PersonId,
    ) -> Result<(), ConnectError> {
        let of = whose_app(network).ok_or(NotConnected::Network(network))?;
        if secret.is_empty() {
            return Err(AccountError::AppWithoutKeys.into());
        }
        let sealed = self.sealer.seal(APP, of.as_str(), secret.as_bytes(), &mut &self.entropy);
        let sealed = sealed.map_err(|_| ConnectError::Sealing)?;
        let mut tx = self.records.begin().await?;
        Accounts(&mut tx).set_app(of, (id, &sealed), by, &*self.clock, &mut &self.entropy).await?;
        Ok(tx.commit().await?)
    }

    /// Where a network sends the browser back to: what has to be written down there, letter by letter.
    pub fn callback(&self, network: Network) -> String {
        match (network, self.settings.public_url.strip_prefix("http://localhost")) {
            // X takes this machine by its number alone; the page there leads on to where people are signed in.
            (Network::X, Some(port)) => format!("http://127.0.0.1{port}{CALLBACK}"),
            _ => format!("{}{CALLBACK}", self.settings.public_url),
        }
    }
}
