//! What a channel has left on its network for one order: without it nothing of it could be found again.

use serde::{Deserialize, Serialize};

use crate::{Answer, ChannelError};

/// What is known of an order on its network, kept by the caller before and after each call that makes something there.
/// Networks that let us choose the names have no need of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trail {
    /// What was made ahead of the post, by the network's names: uploaded pictures, containers, unpublished photos, in the
    /// order of the pictures.
    pub parts: Vec<String>,
    /// The posts that the network answered with, in the order of the texts; more than one for a thread.
    pub posts: Vec<String>,
    /// A post is being made and nobody has read the answer: the one after `posts`.
    pub making: bool,
}

impl Trail {
    /// The same, when the post that was being made has a name.
    pub(crate) fn with_post(&self, id: String) -> Self {
        let mut found = Self { making: false, ..self.clone() };
        found.posts.push(id);
        found
    }
}

/// Where a trail is kept.
pub trait TrailKeeper: Send + Sync {
    /// Keeps the trail; durable when this returns. [`ChannelError::RetryLater`], and nothing may be sent, when another
    /// worker has the order now, or a post is to be made of an order that nobody wants published any more.
    fn keep<'a>(&'a self, trail: &'a Trail) -> Answer<'a, ()>;

    /// The next call makes a post. Asked right before it, also where nothing has to be kept: uploads take their time, and
    /// an order may have been taken back meanwhile. [`ChannelError::RetryLater`] then, and nothing may be sent.
    fn begins(&self) -> Answer<'_, ()> {
        Box::pin(async { Ok::<(), ChannelError>(()) })
    }
}

/// For networks that leave nothing that has to be remembered, and for tests.
pub struct NoTrail;

impl TrailKeeper for NoTrail {
    fn keep<'a>(&'a self, _trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(async { Ok::<(), ChannelError>(()) })
    }
}
