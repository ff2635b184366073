//! The renditions of one order, as channels ask for them: read, or lent to a network that fetches them itself.

use std::io;

use cleansheet_channels::{Answer, ChannelError, Pictures};
use cleansheet_records::orders::Orders;
use cleansheet_terms::{Digest, OrderId};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use crate::app::App;

/// Where lent pictures are, on this program's own pages.
pub const LENT: &str = "/lent";

/// The renditions of one order.
pub struct Renditions<'a> {
    /// Where they lie, and who lends them.
    pub app: &'a App,
    /// The order that shows them.
    pub order: &'a OrderId,
}

impl Renditions<'_> {
    /// A network comes from outside and by TLS; on one machine, for tests and the demo, without.
    fn can_be_reached(&self) -> Result<(), ChannelError> {
        let settings = &self.app.settings;
        if settings.public_url.starts_with("https://") || settings.networks.local {
            return Ok(());
        }
        Err(ChannelError::Refused(
            "the network fetches pictures itself, and this program has no address that it can be reached at from the internet; whoever runs it gives it one that begins with https://"
                .to_owned(),
        ))
    }
}

impl Pictures for Renditions<'_> {
    /// A channel asks in the middle of its call: the thread leaves its other work to another one meanwhile.
    fn read(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let media = &self.app.media;
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => block_in_place(|| media.rendition(digest)),
            _ => media.rendition(digest),
        }
    }

    fn lend<'a>(&'a self, digest: &'a Digest) -> Answer<'a, String> {
        Box::pin(async {
            self.can_be_reached()?;
            let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
            let mut tx = self.app.records.begin().await.map_err(ChannelError::later)?;
            let secret = Orders(&mut tx).lend(self.order, digest, clock, &mut chance).await;
            let secret = secret.map_err(ChannelError::later)?;
            tx.commit().await.map_err(ChannelError::later)?;
            Ok(format!("{}{LENT}/{}.jpg", self.app.settings.public_url, secret.reveal()))
        })
    }

    fn take_back(&self) -> Answer<'_, ()> {
        Box::pin(async {
            let mut tx = self.app.records.begin().await.map_err(ChannelError::later)?;
            Orders(&mut tx).take_back(self.order).await.map_err(ChannelError::later)?;
            tx.commit().await.map_err(ChannelError::later)
        })
    }
}
