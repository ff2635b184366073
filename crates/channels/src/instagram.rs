//! A professional account on Instagram, by way of the Facebook Page that it belongs to.
//!
//! Instagram fetches each picture itself, from an address that is lent to it and closed again as soon as it has it. What
//! it has fetched is a container; publishing takes one container, once. So the container is kept first, and after a lost
//! answer its state says whether it went out.

use std::{sync::Arc, time::Duration};

use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_terms::{Network, Timestamp, failpoint};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{
    Account, Addresses, Answer, AppKeys, Capabilities, Channel, ChannelError, Copy, Count, Gone, Health,
    Kind, Outside, Quota, Sent, Shape, Shown, Trail, Turn, Vault, Watched, With, approved,
    meta::{Failure, Graph, Id, List, Node, Refusal, since},
    outside::{Body, Call},
};

mod media;
mod preparing;

use media::{Media, State};

/// What one post of an account may carry.
///
/// <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media>. How many posts
/// it takes in 24 hours is asked each time.
pub const CAPABILITIES: Capabilities = Capabilities {
    network: Network::Instagram,
    text_letters: 2_200,
    text_bytes: 4 * 2_200,
    counts: Count::CodePoints,
    threads: false,
    pictures: 10,
    needs_picture: true,
    picture_bytes: 8_000_000,
    picture_side_px: 1_440,
    shape: Some(Shape { tallest: (4, 5), widest: (191, 100) }),
    keeps_bytes: false,
    alt_text_letters: 1_000,
    hashtags: Some(30),
    mentions: Some(20),
    takes_down: true,
    take_downs: None,
    posts: None,
    lists_old: false,
    price: None,
};

/// The permissions that are asked for, each with what it is for.
/// <https://developers.facebook.com/docs/permissions>
pub(crate) const NEEDS: [(&str, &str); 5] = [
    ("pages_show_list", "to find the Page that the account belongs to"),
    ("pages_read_engagement", "to act for the account by way of its Page"),
    ("instagram_basic", "to read back what the account shows"),
    ("instagram_content_publish", "to publish"),
    (DELETES, "to take down; without it that is a task of a person"),
];
/// Meta gives it to few apps, and everything else works without it.
const DELETES: &str = "instagram_manage_contents";

/// How often a container is looked at before the job comes again.
const LOOKS: usize = 10;
/// What is waited between two looks; at a server on this machine it takes next to no time.
const BETWEEN: (Duration, Duration) = (Duration::from_secs(3), Duration::from_millis(20));
/// When it is tried again after as many posts as the account may have in a day.
const IN_A_WHILE: SignedDuration = SignedDuration::from_hours(1);
/// When the job comes again for pictures that are still being fetched.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// The trust's account.
pub struct Instagram {
    graph: Graph,
}

#[derive(Deserialize)]
struct Room {
    #[serde(default)]
    quota_usage: u32,
    config: Option<Config>,
}

#[derive(Deserialize)]
struct Config {
    quota_total: u32,
    /// Seconds.
    quota_duration: i64,
}

impl Instagram {
    /// An account with its credential.
    ///
    /// - `_turn`: nothing is renewed here; the token of a Page stays the same.
    pub fn new(
        outside: Outside,
        addresses: Addresses,
        account: Account,
        keys: AppKeys,
        vault: Arc<dyn Vault>,
        _turn: Turn,
    ) -> Self {
        Self { graph: Graph { outside, addresses, account, keys, vault, network: Network::Instagram } }
    }

    async fn put(&self, order: &ReleaseOrder, with: With<'_>) -> Result<Sent, ChannelError> {
        let mut trail = with.trail.clone();
        if let Some(id) = trail.posts.first() {
            return self.sent(id).await;
        }
        match self.made(order, &trail).await {
            Ok(Some(media)) => return self.keep_post(media.id, trail, with).await,
            Ok(None) => trail.making = false,
            // Nobody asked this time, and yet it may be out: reading back comes first.
            Err(error @ ChannelError::UnknownOutcome(_)) if !trail.making => {
                self.went_out(&mut trail, with).await?;
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        fits(order, with)?;
        self.must_have_room().await?;
        let container = self.prepare(order, &mut trail, with).await?;
        failpoint("instagram.prepared");
        trail.making = true;
        with.keeper.keep(&trail).await?;
        let body = Body::Form(vec![("creation_id", container)]);
        let reply = self.graph.call(Kind::Publish, Call::post(self.graph.own("media_publish"), body)).await;
        failpoint("instagram.published");
        match reply.and_then(|reply| reply.read::<Id, _>()) {
            Ok(Id { id }) => self.keep_post(id, trail, with).await,
            Err(failure) => self.was_it_refused(failure, order, trail, with).await,
        }
    }

    /// The container says whether a refusal came too late: something on the way may have asked twice.
    async fn was_it_refused(
        &self,
        failure: Failure,
        order: &ReleaseOrder,
        mut trail: Trail,
        with: With<'_>,
    ) -> Result<Sent, ChannelError> {
        let stale = matches!(&failure, Failure::Refused(refusal) if refusal.is_stale_container());
        // Nothing left, or with a token that reads nothing either: then nothing was published.
        let certain = match &failure {
            Failure::NotSent(_) | Failure::Known(_) => true,
            Failure::Refused(refusal) => refusal.is_token(),
            Failure::Unanswered(_) | Failure::TooLong => false,
        };
        let error = failure.of_publishing();
        if matches!(error, ChannelError::UnknownOutcome(_)) {
            return Err(error);
        }
        if !certain
            && let Some(media) = self.made(order, &trail).await.map_err(ChannelError::behind_the_call)?
        {
            return self.keep_post(media.id, trail, with).await;
        }
        trail.making = false;
        if stale {
            trail.parts.clear();
        }
        with.keeper.keep(&trail).await?;
        Err(error)
    }

    async fn keep_post(&self, id: String, mut trail: Trail, with: With<'_>) -> Result<Sent, ChannelError> {
        trail.posts = vec![id.clone()];
        trail.making = false;
        with.keeper.keep(&trail).await.map_err(ChannelError::behind_the_call)?;
        self.sent(&id).await
    }

    /// How many posts are left is asked, never assumed: Meta changes it, and it differs between accounts.
    async fn must_have_room(&self) -> Result<(), ChannelError> {
        let call =
            Call::get(self.graph.own("content_publishing_limit")).query("fields", "config,quota_usage");
        let reply = self.graph.call(Kind::Read, call).await.map_err(Failure::of_asking)?;
        let rooms: List<Room> = reply.read().map_err(Failure::of_asking)?;
        let Some(Room { quota_usage, config: Some(config) }) = rooms.data.into_iter().next() else {
            return Ok(());
        };
        let now = self.graph.outside.now();
        let period = SignedDuration::from_secs(config.quota_duration.clamp(0, 7 * 86_400));
        let left = config.quota_total.saturating_sub(quota_usage);
        if left > 0 {
            return Ok(());
        }
        // It is counted back from each instant, so that nothing begins anew: within the hour there may be room again.
        let resets = now.checked_add(IN_A_WHILE).unwrap_or(now);
        (self.graph.outside.heard)(Quota { kind: Kind::Publish, limit: config.quota_total, left, resets });
        let hours = period.as_hours();
        Err(ChannelError::RetryLater {
            say: format!(
                "Instagram takes {} posts of this account in {hours} hours, and there were as many; it is tried again every hour",
                config.quota_total
            ),
            after: Some(IN_A_WHILE),
        })
    }

    async fn sent(&self, id: &str) -> Result<Sent, ChannelError> {
        let media: Option<Media> = self.graph.read(id, media::FIELDS).await?;
        let unseen = || ChannelError::UnknownOutcome("Instagram does not show the post yet".to_owned());
        Ok(media.ok_or_else(unseen)?.sent())
    }

    /// The post of an order that has no name yet; `None` when certainly none was made. Whatever was known when it was last
    /// looked for, a call that was still on its way may have published the container since: it is asked each time.
    async fn made(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Option<Media>, ChannelError> {
        let unknown = |why: &str| ChannelError::UnknownOutcome(why.to_owned());
        let gone =
            "what was prepared is no longer there, so nothing says whether it went out; look at the account";
        let state = match trail.parts.last() {
            Some(container) => self.state(container).await?.map(|container| container.state()),
            None if trail.making => return Err(unknown(gone)),
            None => return Ok(None),
        };
        if !matches!(state, Some(State::Published) | None) {
            return Ok(None);
        }
        let is_ours = |media: &Media| media.is(order);
        let mut found = self.graph.find(media::LIST, since(order), is_ours).await?;
        match (found.pop(), found.is_empty()) {
            (Some(media), true) => Ok(Some(media)),
            (None, _) if state.is_some() => {
                Err(unknown("Instagram says that it is published, and does not show it yet"))
            }
            (None, _) if trail.making => Err(unknown(gone)),
            (None, _) => Ok(None),
            (Some(_), false) => Err(unknown("the account shows several posts with these words")),
        }
    }

    async fn public(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Option<Copy>, ChannelError> {
        let Some(id) = trail.posts.first() else {
            return Ok(self.made(order, trail).await?.map(Media::copied));
        };
        let media: Option<Media> = self.graph.read(id, media::FIELDS).await?;
        if media.is_none() {
            self.must_see_the_account().await?;
        }
        Ok(media.map(Media::copied))
    }

    /// Instagram answers "not there" in the same words when a token may not see something. That the account's list can be
    /// read shows that it may.
    async fn must_see_the_account(&self) -> Result<(), ChannelError> {
        let _seen: List<Id> = self.graph.part(("media", "id"), None).await?;
        Ok(())
    }

    /// A post goes with all its pictures. What was only prepared cannot be removed; nobody sees it, and Instagram drops it
    /// after 24 hours.
    async fn remove(&self, order: &ReleaseOrder, trail: &Trail) -> Result<(), ChannelError> {
        let id = match trail.posts.first() {
            Some(id) => id.clone(),
            None => match self.made(order, trail).await? {
                Some(media) => media.id,
                None => return Ok(()),
            },
        };
        let removed = self.graph.remove(&id).await?;
        failpoint("instagram.deleted");
        // "Not there" is also what is said where deleting is not offered.
        if !removed && self.graph.read::<Id>(&id, "id").await?.is_some() {
            return Err(self.graph.by_hand());
        }
        Ok(())
    }

    async fn remains(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Gone, ChannelError> {
        match self.public(order, trail).await {
            Ok(None) => Ok(Gone::Gone),
            Ok(Some(_)) => Ok(Gone::StillLive { why: "the post is still on Instagram".to_owned() }),
            Err(error) => Err(error),
        }
    }

    async fn health(&self) -> Result<Health, ChannelError> {
        let account: Option<media::Profile> =
            self.graph.read(&self.graph.account.remote, media::PROFILE).await?;
        let (seen, own) = (account.is_some(), self.graph.account.handle.clone());
        let mut health = self.graph.health(account.map_or(own, |account| account.username), &NEEDS).await?;
        for one in &mut health.missing {
            one.optional = one.permission == DELETES;
        }
        if !seen && health.missing.iter().all(|one| one.optional) {
            return Err(ChannelError::Reconnect(
                "Instagram does not show the account to this connection; it may no longer belong to the Page, or be no professional account any more".to_owned(),
            ));
        }
        Ok(health)
    }

    async fn shown(&self) -> Result<Watched, ChannelError> {
        let posts: List<Media> = self.graph.part(media::LIST, None).await?;
        let account: Option<media::Profile> =
            self.graph.read(&self.graph.account.remote, media::PROFILE).await?;
        let shown = |post: Media| {
            let published = post.made();
            let Sent { remote, url } = post.sent();
            Shown { remote, url, published }
        };
        Ok(Watched {
            posts: posts.data.into_iter().map(shown).collect(),
            newest: None,
            profile: account.map(media::Profile::shown),
        })
    }
}

/// What does not fit is said before anything is sent.
fn fits(order: &ReleaseOrder, with: With<'_>) -> Result<(), ChannelError> {
    let change = |why: String| Err(ChannelError::ChangePost(why));
    if let Some(too_long) = CAPABILITIES.too_long(order.text()) {
        return change(too_long.to_string());
    }
    if order.pictures().is_empty() {
        return change("Instagram has no post without a picture; add one, or leave Instagram out".to_owned());
    }
    if order.pictures().len() > CAPABILITIES.pictures {
        return change(format!("Instagram takes {} pictures in one post", CAPABILITIES.pictures));
    }
    for picture in order.pictures() {
        let bytes = approved(with.pictures, &picture.digest)?.len();
        if bytes > CAPABILITIES.picture_bytes {
            return change(format!(
                "a picture has {bytes} bytes; Instagram takes {}",
                CAPABILITIES.picture_bytes
            ));
        }
        if CAPABILITIES.shape.is_some_and(|shape| !shape.takes(picture.width, picture.height)) {
            return change(
                "a picture is too tall or too wide for Instagram; add it to the post again".to_owned(),
            );
        }
    }
    Ok(())
}

impl Node for Media {
    fn made(&self) -> Option<Timestamp> {
        self.timestamp.parse().ok()
    }
}

impl Channel for Instagram {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn check_account(&self) -> Answer<'_, Health> {
        Box::pin(self.health())
    }

    fn publish<'a>(&'a self, cleared: &'a Cleared, with: With<'a>) -> Answer<'a, Sent> {
        Box::pin(self.put(cleared.order(), with))
    }

    fn look<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Copy>> {
        Box::pin(self.public(order, trail))
    }

    fn found<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async move {
            let media = self.made(order, trail).await?;
            Ok(media.map(|media| trail.with_post(media.id)))
        })
    }

    fn learned<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async move {
            if !trail.posts.is_empty() {
                return Ok(None);
            }
            Ok(self.made(order, trail).await?.map(|media| trail.with_post(media.id)))
        })
    }

    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(self.remove(order, trail))
    }

    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Gone> {
        Box::pin(self.remains(order, trail))
    }

    fn watch<'a>(&'a self, _since: Option<&'a str>) -> Answer<'a, Watched> {
        Box::pin(self.shown())
    }
}
