//! Mastodon: the program makes itself known to the account's own server; nobody makes an app by hand.

use cleansheet_channels::mastodon;
use cleansheet_terms::{ChannelId, Network};

use super::{ConnectError, connecting::Step};
use crate::app::App;

impl App {
    pub(super) async fn begin_mastodon(
        &self,
        channel: &ChannelId,
        server: &str,
    ) -> Result<(String, Step, String), ConnectError> {
        let name = format!("Cleansheet of {}", self.settings.profile.trust.name);
        let (outside, callback) = (self.outside(channel), self.callback(Network::Mastodon));
        let (begun, go) = mastodon::begin(&outside, server, &name, &callback).await?;
        Ok((begun.state.clone(), Step::Mastodon(Box::new(begun)), go))
    }
}
