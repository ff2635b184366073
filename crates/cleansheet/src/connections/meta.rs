//! Facebook and Instagram: through the trust's own app at Meta, which serves both.

use cleansheet_channels::{
    CameBack, Connected,
    meta::{self, Begun},
};
use cleansheet_records::accounts::health::VersionEnds;
use cleansheet_terms::{ChannelId, Network};

use super::{ConnectError, connecting::Step};
use crate::app::App;

impl App {
    /// The versions of networks' interfaces that this trust speaks, and when each ends.
    pub(crate) fn versions_that_end(&self) -> [VersionEnds<'_>; 1] {
        let version = self.settings.networks.meta_version.as_str();
        [VersionEnds { network: "Meta", version, last: meta::ends(version) }]
    }

    pub(super) async fn begin_meta(
        &self,
        channel: &ChannelId,
        network: Network,
    ) -> Result<(String, Step, String), ConnectError> {
        let (keys, callback) = (self.app_keys(network).await?, self.callback(network));
        let (outside, at) = (self.outside(channel), &self.settings.networks);
        let (begun, go) = meta::begin(&outside, at, &keys, &callback, network).await?;
        Ok((begun.state.clone(), Step::Meta(Box::new(begun)), go))
    }

    pub(super) async fn finish_meta(
        &self,
        channel: &ChannelId,
        begun: Begun,
        back: &CameBack,
    ) -> Result<Vec<Connected>, ConnectError> {
        let keys = self.app_keys(Network::Facebook).await?;
        Ok(meta::finish(&self.outside(channel), &self.settings.networks, &keys, begun, back).await?)
    }
}
