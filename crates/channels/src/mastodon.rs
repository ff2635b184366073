//! An account on a Mastodon server.
//!
//! Each server has its own limits, so they are read before each post. A post is made under an `Idempotency-Key` that comes
//! from the order alone: the server answers a repeat within the hour with the first post. Since reading back comes before
//! any repeat, and a server lists its own posts at once, an order is sent a second time only when its post is not there.
//!
//! Facts: <https://docs.joinmastodon.org/methods/statuses/>, `/methods/media/`, `/api/rate-limits/`.

use std::{sync::Arc, time::Duration};

use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_terms::{Network, failpoint};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Account, Answer, Capabilities, Channel, ChannelError, Copy, Count, Gone, Health, Kind, Limits, Missing,
    Outside, Profile, Rate, Sent, Shown, Trail, Turn, Vault, Watched, With, approved,
    outside::{Body, Call, Part as Field},
    vault, worst,
};

mod api;
mod oauth;
mod posts;
mod reading;

pub(crate) use oauth::SCOPES;
pub use oauth::{Begun, begin, finish, revoke};
pub use posts::letters;

use api::{Credential, Failure, Session, asked, unless_gone};
use posts::{Attachment, Part, Status};

/// What one post on Mastodon may carry, where its server says nothing else.
pub const CAPABILITIES: Capabilities = Capabilities {
    network: Network::Mastodon,
    text_letters: 500,
    text_bytes: usize::MAX,
    counts: Count::LinksAs(23),
    threads: true,
    pictures: 4,
    needs_picture: false,
    picture_bytes: 16_000_000,
    // Servers make pictures smaller that have more than 8.3 million pixels.
    picture_side_px: 2_880,
    shape: None,
    keeps_bytes: false,
    alt_text_letters: 1_500,
    hashtags: None,
    mentions: None,
    takes_down: true,
    // https://docs.joinmastodon.org/api/rate-limits/
    take_downs: Some(Rate { calls: 30, seconds: 1_800 }),
    posts: Some(Rate { calls: 300, seconds: 300 }),
    lists_old: false,
    price: None,
};
/// How often a picture is asked for that the server works on, and how long is waited in between.
const LOOKS: usize = 6;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Posts on a page of the account's list, and how many pages are looked through.
const PAGE: &str = "40";
const PAGES: usize = 5;
/// How much earlier than the order its post may say that it was made: servers' clocks differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

/// The trust's account.
pub struct Mastodon {
    session: Session,
}

impl Mastodon {
    /// An account with its credential.
    ///
    /// - `_turn`: as every network takes it; tokens of Mastodon are not renewed.
    pub fn new(outside: Outside, account: Account, vault: Arc<dyn Vault>, _turn: Turn) -> Self {
        Self { session: Session { outside, account, vault } }
    }

    async fn health(&self) -> Result<Health, ChannelError> {
        let call = Call::get(self.session.at("/api/v1/accounts/verify_credentials"));
        let reply = self.session.call(Kind::Read, call).await.map_err(Failure::of_asking)?;
        let is: Is = reply.read().map_err(Failure::of_asking)?;
        if is.id != self.session.account.remote {
            return Err(ChannelError::Reconnect("the server answered for another account".to_owned()));
        }
        let credential: Credential = vault::load(&*self.session.vault).await?;
        let missing = oauth::missing(&credential.scope).into_iter();
        Ok(Health {
            handle: oauth::handle(&is.acct, &self.session.account.server),
            missing: missing
                .map(|(scope, needed_for)| Missing {
                    permission: scope.to_owned(),
                    needed_for,
                    optional: false,
                })
                .collect(),
            ends: None,
            limits: self.limits().await?,
        })
    }

    /// What the server says of itself.
    async fn limits(&self) -> Result<Limits, ChannelError> {
        let call = Call::get(self.session.at("/api/v2/instance"));
        let reply = asked(&self.session.outside, Kind::Read, call).await.map_err(Failure::of_asking)?;
        let instance: Instance = reply.read().map_err(Failure::of_asking)?;
        let (posts, pictures) = (instance.configuration.statuses, instance.configuration.media_attachments);
        Ok(Limits {
            text_letters: posts.max_characters,
            pictures: posts.max_media_attachments,
            picture_bytes: pictures.image_size_limit,
            alt_text_letters: pictures.description_limit,
            link_letters: posts.characters_reserved_per_url,
        })
    }

    async fn put(&self, order: &ReleaseOrder, with: With<'_>) -> Result<Sent, ChannelError> {
        let mut trail = with.trail.clone();
        if trail.making {
            self.adopt(order, &mut trail).await?;
            with.keeper.keep(&trail).await?;
        }
        if trail.posts.is_empty() {
            self.prepare(order, with, &mut trail).await?;
        }
        for n in trail.posts.len()..order.texts().len() {
            self.make(order, n, with, &mut trail).await?;
        }
        self.sent(&trail).ok_or_else(|| ChannelError::later("the order has no text"))
    }

    /// A post that an earlier try has made and nobody read the answer of; without one the order is gone on with.
    async fn adopt(&self, order: &ReleaseOrder, trail: &mut Trail) -> Result<(), ChannelError> {
        trail.posts.extend(self.adopted(order, trail).await?);
        trail.making = false;
        Ok(())
    }

    /// Looks whether it all fits, and has every picture ready at the server.
    async fn prepare(
        &self,
        order: &ReleaseOrder,
        with: With<'_>,
        trail: &mut Trail,
    ) -> Result<(), ChannelError> {
        let can = CAPABILITIES.within(&self.limits().await?);
        fits(order, &can)?;
        self.drop_lost_parts(order, with, trail).await?;
        if !trail.posts.is_empty() {
            return Ok(());
        }
        let mut rest = Vec::new();
        for picture in order.pictures().iter().skip(trail.parts.len()) {
            let bytes = approved(with.pictures, &picture.digest)?;
            if bytes.len() > can.picture_bytes {
                let (has, may) = (bytes.len(), can.picture_bytes);
                return Err(ChannelError::ChangePost(format!(
                    "a picture has {has} bytes; its server takes {may}"
                )));
            }
            rest.push((bytes, picture.alt_text.clone()));
        }
        for (bytes, alt_text) in rest {
            let part = self.uploaded(bytes, alt_text).await?;
            trail.parts.push(part.written());
            with.keeper.keep(trail).await?;
            failpoint("mastodon.uploaded");
        }
        for n in 0..trail.parts.len() {
            let Some(part) = trail.parts.get(n).map(|kept| Part::read(kept)) else { continue };
            if part.url.is_none() {
                let ready = self.ready(&part.id).await?;
                if let Some(kept) = trail.parts.get_mut(n) {
                    *kept = ready.written();
                }
                with.keeper.keep(trail).await?;
            }
        }
        Ok(())
    }

    /// Servers drop pictures that no post shows within a day; then all are sent anew. One that a post was asked for with
    /// may be in that post instead, and is never sent a second time.
    async fn drop_lost_parts(
        &self,
        order: &ReleaseOrder,
        with: With<'_>,
        trail: &mut Trail,
    ) -> Result<(), ChannelError> {
        if !self.lost(trail).await? {
            return Ok(());
        }
        if trail.parts.iter().any(|kept| Part::read(kept).asked) {
            trail.making = true;
            with.keeper.keep(trail).await?;
            self.adopt(order, trail).await?;
        } else {
            trail.parts.clear();
        }
        with.keeper.keep(trail).await
    }

    async fn uploaded(&self, bytes: Vec<u8>, alt_text: String) -> Result<Part, ChannelError> {
        let fields = vec![Field::Text("description", alt_text), Field::Jpeg("file", bytes)];
        let call = Call::post(self.session.at("/api/v2/media"), Body::Parts(fields));
        let reply = self.session.call(Kind::Upload, call).await.map_err(Failure::of_preparing)?;
        let made: Attachment = reply.read().map_err(Failure::of_preparing)?;
        Ok(Part::of(made))
    }

    /// Waits a little for a picture that the server works on: 206 while it does.
    async fn ready(&self, id: &str) -> Result<Part, ChannelError> {
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            let call = Call::get(self.session.at(&format!("/api/v1/media/{id}")));
            let reply = self.session.call(Kind::Read, call).await.map_err(Failure::of_preparing)?;
            let is: Attachment = reply.read().map_err(Failure::of_preparing)?;
            if reply.status == 200 && is.url.is_some() {
                return Ok(Part::of(is));
            }
        }
        Err(ChannelError::later("the server is still working on a picture"))
    }

    /// Makes one post.
    ///
    /// - `n`: which of the order's texts.
    async fn make(
        &self,
        order: &ReleaseOrder,
        n: usize,
        with: With<'_>,
        trail: &mut Trail,
    ) -> Result<(), ChannelError> {
        let text = order.texts().get(n).cloned().unwrap_or_default();
        let mut body = json!({ "status": text, "visibility": "public", "language": "en" });
        if let Some(fields) = body.as_object_mut() {
            if n == 0 && !trail.parts.is_empty() {
                let ids: Vec<String> = trail.parts.iter().map(|kept| Part::read(kept).id).collect();
                fields.insert("media_ids".to_owned(), ids.into());
            }
            if let Some(before) = trail.posts.last() {
                fields.insert("in_reply_to_id".to_owned(), before.clone().into());
            }
        }
        trail.making = true;
        for kept in &mut trail.parts {
            *kept = Part { asked: true, ..Part::read(kept) }.written();
        }
        with.keeper.keep(trail).await?;
        failpoint("mastodon.making");
        let call = Call::post(self.session.at("/api/v1/statuses"), Body::Json(body))
            .header("idempotency-key", format!("{}-{n}", order.record_key()));
        let reply = self.session.call(Kind::Publish, call).await;
        failpoint("mastodon.made");
        match reply.and_then(|reply| reply.read::<Status, _>()) {
            Ok(made) => {
                trail.posts.push(made.id);
                trail.making = false;
                with.keeper.keep(trail).await.map_err(|error| ChannelError::UnknownOutcome(error.to_string()))
            }
            Err(failure) => {
                let unfit = matches!(&failure, Failure::Refused(refusal) if refusal.status == 422);
                let error = failure.of_publishing();
                // A picture goes into one post: it may be the one of an earlier call whose answer nobody has read. Servers
                // say so in the account's language, so it is seen by asking.
                if unfit && n == 0 {
                    let found = self.adopted(order, trail).await.map_err(ChannelError::behind_the_call)?;
                    if let Some(id) = found {
                        *trail = trail.with_post(id);
                        let kept = with.keeper.keep(trail).await;
                        return kept.map_err(ChannelError::behind_the_call);
                    }
                }
                if !matches!(error, ChannelError::UnknownOutcome(_)) {
                    trail.making = false;
                    with.keeper.keep(trail).await?;
                }
                Err(error)
            }
        }
    }

    fn sent(&self, trail: &Trail) -> Option<Sent> {
        let account = &self.session.account;
        let name = account.handle.trim_start_matches('@').split('@').next().unwrap_or_default();
        let id = trail.posts.first()?;
        Some(Sent { remote: id.clone(), url: format!("{}/@{name}/{id}", account.server) })
    }

    /// What is known goes first, whatever comes of the search for what is not; all of it is asked for.
    async fn remove(&self, order: &ReleaseOrder, trail: &Trail) -> Result<(), ChannelError> {
        let (mut ids, mut failed) = (trail.posts.clone(), Vec::new());
        match self.unnamed(order, trail).await {
            Ok(found) => ids.extend(found),
            Err(error) => failed.push(error),
        }
        for id in &ids {
            // Without the word the server keeps the pictures for a day.
            let call = Call::delete(self.session.at(&format!("/api/v1/statuses/{id}")))
                .query("delete_media", "true");
            let removed = unless_gone(self.session.call(Kind::TakeDown, call).await);
            failed.extend(removed.map_err(Failure::of_reading).err());
            failpoint("mastodon.deleted");
        }
        if ids.is_empty() {
            for kept in &trail.parts {
                failed.extend(self.unsent(&Part::read(kept).id).await.err());
            }
        }
        worst(failed)
    }

    /// Removes a picture that no post shows. Servers before 4.4 do not know how, and delete it by themselves.
    async fn unsent(&self, id: &str) -> Result<(), ChannelError> {
        let call = Call::delete(self.session.at(&format!("/api/v1/media/{id}")));
        match self.session.call(Kind::TakeDown, call).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(refusal)) if matches!(refusal.status, 404 | 405 | 410) => Ok(()),
            Err(failure) => Err(failure.of_asking()),
        }
    }

    async fn remains(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Gone, ChannelError> {
        let live = |why: String| Ok(Gone::StillLive { why });
        for id in self.known(order, trail).await? {
            if self.status(&id).await?.is_some() {
                return live("the post is still on its Mastodon server".to_owned());
            }
        }
        for (n, kept) in trail.parts.iter().enumerate() {
            let part = Part::read(kept);
            let held = self.held(&part.id).await?;
            let seen = match &part.url {
                Some(url) => self.answers(url).await?,
                None => false,
            };
            if held || seen {
                return live(format!("picture {} is still on its Mastodon server", n + 1));
            }
        }
        Ok(Gone::Gone)
    }

    async fn shown(&self, since: Option<&str>) -> Result<Watched, ChannelError> {
        let posts = self.listed(since, None).await?;
        let path = format!("/api/v1/accounts/{}", self.session.account.remote);
        let reply = self.session.call(Kind::Read, Call::get(self.session.at(&path))).await;
        let is: Is = reply.and_then(|reply| reply.read()).map_err(Failure::of_asking)?;
        let newest = posts.first().map(|post| post.id.clone()).or(since.map(str::to_owned));
        let shown = posts.into_iter().map(|post| Shown {
            url: post.url.filter(|_| post.reblog.is_none()).unwrap_or(post.uri),
            remote: post.id,
            published: post.created_at,
        });
        Ok(Watched {
            posts: shown.collect(),
            newest,
            profile: Some(Profile {
                name: is.display_name,
                about: posts::words(&is.note),
                picture: is.avatar,
            }),
        })
    }
}

/// What does not fit is said before anything is sent.
fn fits(order: &ReleaseOrder, can: &Capabilities) -> Result<(), ChannelError> {
    if let Some(too_long) = order.texts().iter().find_map(|text| can.too_long(text)) {
        return Err(ChannelError::ChangePost(too_long.to_string()));
    }
    if order.pictures().len() > can.pictures {
        return Err(ChannelError::ChangePost(format!(
            "its server takes {} pictures in a post",
            can.pictures
        )));
    }
    let longest = order.pictures().iter().map(|picture| picture.alt_text.chars().count()).max().unwrap_or(0);
    if longest > can.alt_text_letters {
        let may = can.alt_text_letters;
        return Err(ChannelError::ChangePost(format!(
            "an alt text has {longest} letters; its server takes {may}"
        )));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Is {
    id: String,
    acct: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    avatar: String,
}

#[derive(Deserialize)]
struct Instance {
    configuration: Configuration,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    statuses: OfPosts,
    #[serde(default)]
    media_attachments: OfPictures,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OfPosts {
    max_characters: Option<usize>,
    max_media_attachments: Option<usize>,
    characters_reserved_per_url: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OfPictures {
    description_limit: Option<usize>,
    image_size_limit: Option<usize>,
}

impl Channel for Mastodon {
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
            match self.searched(order, trail).await {
                // What is known already is removed at once, whatever comes of the search.
                Err(_) if !trail.posts.is_empty() => Ok(None),
                id => Ok(id?.map(|id| trail.with_post(id))),
            }
        })
    }

    fn learned<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async move {
            if !trail.posts.is_empty() {
                return Ok(None);
            }
            Ok(self.unnamed(order, trail).await?.map(|id| trail.with_post(id)))
        })
    }

    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(self.remove(order, trail))
    }

    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Gone> {
        Box::pin(self.remains(order, trail))
    }

    fn watch<'a>(&'a self, since: Option<&'a str>) -> Answer<'a, Watched> {
        Box::pin(self.shown(since))
    }
}
