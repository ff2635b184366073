//! X: through the trust's own app there.

use cleansheet_channels::{
    CameBack, ChannelError, Connected,
    x::{self, Begun},
};
use cleansheet_terms::{ChannelId, Network};

use super::{ConnectError, connecting::Step, reconnect};
use crate::app::App;

impl App {
    pub(super) async fn begin_x(&self, channel: &ChannelId) -> Result<(String, Step, String), ConnectError> {
        let keys = self.app_keys(Network::X).await?;
        let (outside, at, callback) =
            (self.outside(channel), &self.settings.networks, self.callback(Network::X));
        let (begun, go) = x::begin(&outside, at, &keys, &callback)?;
        Ok((begun.state.clone(), Step::X(Box::new(begun)), go))
    }

    pub(super) async fn finish_x(
        &self,
        channel: &ChannelId,
        begun: Begun,
        back: &CameBack,
    ) -> Result<Connected, ConnectError> {
        let keys = self.app_keys(Network::X).await?;
        Ok(x::finish(&self.outside(channel), &self.settings.networks, &keys, begun, back).await?)
    }

    pub(super) async fn revoke_x(&self, channel: &ChannelId, credential: &[u8]) -> Result<(), ChannelError> {
        let keys = self.app_keys(Network::X).await.map_err(|error| reconnect(&error.to_string()))?;
        x::revoke(&self.outside(channel), &self.settings.networks, &keys, credential).await
    }
}
