//! An account on X.
//!
//! X has no key that makes a repeat harmless, and its lists may be late: after a call without an answer, finding the post
//! proves that it is there, and not finding it proves nothing. Then a person looks; nothing is ever sent again blind.
//!
//! X charges for most calls ([`CAPABILITIES`]`.price`): nothing is read that an answer has told already.

use std::sync::Arc;

use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_terms::{Network, failpoint};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Account, Addresses, Answer, AppKeys, Capabilities, Channel, ChannelError, Copy, Count, Gone, Health,
    Kind, Missing, Outside, Price, Profile, Rate, Sent, Shown, Trail, Turn, Vault, Watched, With, approved,
    outside::{Body, Call, Part as Field},
    same_words_twice, vault, worst,
};

mod api;
mod letters;
mod oauth;
mod posts;
mod reading;

pub use letters::letters;
pub(crate) use oauth::SCOPES;
pub use oauth::{Begun, begin, finish, revoke};

use api::{Credential, Failure, Session, unless_gone};
use posts::{Answered, Part, Post};
use reading::{is_of, is_older};

/// What one post on X may carry.
pub const CAPABILITIES: Capabilities = Capabilities {
    network: Network::X,
    text_letters: 280,
    text_bytes: usize::MAX,
    counts: Count::Weighted,
    threads: true,
    pictures: 4,
    needs_picture: false,
    // https://docs.x.com/x-api/media/quickstart/best-practices
    picture_bytes: 5_000_000,
    picture_side_px: 4_096,
    shape: None,
    keeps_bytes: false,
    alt_text_letters: 1_000,
    hashtags: None,
    mentions: None,
    takes_down: true,
    // https://docs.x.com/x-api/fundamentals/rate-limits; of posts our own ceiling, below all that X has named.
    take_downs: Some(Rate { calls: 50, seconds: 900 }),
    posts: Some(Rate { calls: 300, seconds: 10_800 }),
    lists_old: false,
    // https://docs.x.com/x-api/getting-started/pricing
    price: Some(Price {
        post: 15_000,
        post_with_link: 200_000,
        alt_text: 5_000,
        take_down: 10_000,
        read: 1_000,
    }),
};
/// How many of the account's posts are looked through for one.
const LOOKED_THROUGH: &str = "20";
/// How many new posts are listed at most.
const WATCHED: &str = "100";
/// How many at the first look, which is paid for in full.
const FIRST_WATCHED: &str = "5";
/// How much earlier than the order its post may say that it was made: clocks differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);
/// How long before X drops a picture it is no longer relied on.
const BEFORE_DROPPED: i64 = 600;
/// Seconds for which a picture is kept when X does not say.
const KEPT: i64 = 86_400;

/// The trust's account.
pub struct X {
    session: Session,
}

impl X {
    /// An account with its credential.
    ///
    /// - `turn`: shared by every channel of this account.
    pub fn new(
        outside: Outside,
        addresses: Addresses,
        account: Account,
        keys: AppKeys,
        vault: Arc<dyn Vault>,
        turn: Turn,
    ) -> Self {
        Self { session: Session { outside, addresses, account, keys, vault, turn } }
    }

    async fn health(&self) -> Result<Health, ChannelError> {
        let me = self.me().await?;
        if me.id != self.session.account.remote {
            return Err(ChannelError::Reconnect("X answered for another account".to_owned()));
        }
        let credential: Credential = vault::load(&*self.session.vault).await?;
        let missing = oauth::missing(&credential.scope).into_iter();
        let missing = missing.map(|(scope, needed_for)| Missing {
            permission: scope.to_owned(),
            needed_for,
            optional: false,
        });
        Ok(Health { handle: me.username, missing: missing.collect(), ..Health::default() })
    }

    async fn me(&self) -> Result<Me, ChannelError> {
        let call = Call::get(self.session.at("/2/users/me"))
            .query("user.fields", "description,id,name,profile_image_url,username");
        let reply = self.session.call(Kind::Read, call).await.map_err(Failure::of_asking)?;
        reply.read().map(|answered: Answered<Me>| answered.data).map_err(Failure::of_asking)
    }

    async fn put(&self, order: &ReleaseOrder, with: With<'_>) -> Result<Sent, ChannelError> {
        let mut trail = with.trail.clone();
        if trail.making {
            let Some(found) = self.searched(order, &trail).await? else { return Err(not_certain()) };
            trail = trail.with_post(found.id);
            with.keeper.keep(&trail).await?;
        }
        let before = trail.posts.len();
        if before == 0 {
            self.prepare(order, with, &mut trail).await?;
        }
        for n in before..order.texts().len() {
            self.make(order, n, with, &mut trail).await?;
        }
        self.remember_addresses(with, &mut trail).await;
        self.sent(&trail).ok_or_else(|| ChannelError::later("the order has no text"))
    }

    /// Looks whether it all fits, and sends the pictures with their alt texts.
    async fn prepare(
        &self,
        order: &ReleaseOrder,
        with: With<'_>,
        trail: &mut Trail,
    ) -> Result<(), ChannelError> {
        fits(order)?;
        let relied_on = self.session.outside.now().as_second() + BEFORE_DROPPED;
        if trail.parts.iter().any(|kept| Part::read(kept).until < relied_on) {
            trail.parts.clear();
            with.keeper.keep(trail).await?;
        }
        let mut rest = Vec::new();
        for picture in order.pictures().iter().skip(trail.parts.len()) {
            let bytes = approved(with.pictures, &picture.digest)?;
            if bytes.len() > CAPABILITIES.picture_bytes {
                let (has, may) = (bytes.len(), CAPABILITIES.picture_bytes);
                return Err(ChannelError::ChangePost(format!("a picture has {has} bytes; X takes {may}")));
            }
            rest.push((bytes, picture.alt_text.clone()));
        }
        for (bytes, alt_text) in rest {
            let part = self.uploaded(bytes, alt_text).await?;
            trail.parts.push(part.written());
            with.keeper.keep(trail).await?;
            failpoint("x.uploaded");
        }
        Ok(())
    }

    async fn uploaded(&self, bytes: Vec<u8>, alt_text: String) -> Result<Part, ChannelError> {
        let fields =
            vec![Field::Text("media_category", "tweet_image".to_owned()), Field::Jpeg("media", bytes)];
        let call = Call::post(self.session.at("/2/media/upload"), Body::Parts(fields));
        let reply = self.session.call(Kind::Upload, call).await.map_err(Failure::of_preparing)?;
        let made: Answered<Uploaded> = reply.read().map_err(Failure::of_preparing)?;
        let made = made.data;
        if !alt_text.is_empty() {
            let body = json!({ "id": made.id, "metadata": { "alt_text": { "text": alt_text } } });
            let call = Call::post(self.session.at("/2/media/metadata"), Body::Json(body));
            self.session.call(Kind::Upload, call).await.map_err(Failure::of_preparing)?;
        }
        let until = self.session.outside.now().as_second() + made.expires_after_secs.unwrap_or(KEPT);
        Ok(Part { id: made.id, key: made.media_key, until, url: None })
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
        let mut body = json!({ "text": order.texts().get(n).cloned().unwrap_or_default() });
        if let Some(fields) = body.as_object_mut() {
            if n == 0 && !trail.parts.is_empty() {
                let ids: Vec<String> = trail.parts.iter().map(|kept| Part::read(kept).id).collect();
                fields.insert("media".to_owned(), json!({ "media_ids": ids }));
            }
            if let Some(before) = trail.posts.last() {
                fields.insert("reply".to_owned(), json!({ "in_reply_to_tweet_id": before }));
            }
        }
        trail.making = true;
        with.keeper.keep(trail).await?;
        failpoint("x.making");
        let reply = self
            .session
            .call(Kind::Publish, Call::post(self.session.at("/2/tweets"), Body::Json(body)))
            .await;
        failpoint("x.made");
        match reply.and_then(|reply| reply.read::<Made, _>()) {
            Ok(made) => {
                trail.posts.push(made.data.id);
                trail.making = false;
                with.keeper.keep(trail).await.map_err(|error| ChannelError::UnknownOutcome(error.to_string()))
            }
            Err(Failure::Refused(refusal)) if refusal.is_repeat() => {
                let why = Failure::Refused(refusal).of_publishing();
                self.repeated(why, order, with, trail).await
            }
            Err(failure) => {
                let error = failure.of_publishing();
                if !matches!(error, ChannelError::UnknownOutcome(_)) {
                    trail.making = false;
                    with.keeper.keep(trail).await?;
                }
                Err(error)
            }
        }
    }

    /// X says that these words are out already: by this very order, when something on the way asked twice, or in an older
    /// post, and then they have to change. Where the account shows neither, nobody knows.
    async fn repeated(
        &self,
        why: ChannelError,
        order: &ReleaseOrder,
        with: With<'_>,
        trail: &mut Trail,
    ) -> Result<(), ChannelError> {
        let Ok(listed) = self.listed().await else { return Err(why) };
        if let Some(ours) = listed.iter().find(|post| is_of(post, order, trail)) {
            *trail = trail.with_post(ours.id.clone());
            return with.keeper.keep(trail).await.map_err(ChannelError::behind_the_call);
        }
        let text = order.texts().get(trail.posts.len()).map_or("", String::as_str);
        if listed.iter().any(|post| is_older(post, order) && post.words(text) == *text) {
            trail.making = false;
            with.keeper.keep(trail).await?;
            return Err(same_words_twice(Network::X));
        }
        Err(why)
    }

    fn sent(&self, trail: &Trail) -> Option<Sent> {
        let id = trail.posts.first()?;
        let (pages, name) =
            (&self.session.addresses.x_pages, self.session.account.handle.trim_start_matches('@'));
        Some(Sent { remote: id.clone(), url: format!("{pages}/{name}/status/{id}") })
    }

    async fn remove(&self, order: &ReleaseOrder, trail: &Trail) -> Result<(), ChannelError> {
        let (mut ids, mut failed) = (trail.posts.clone(), Vec::new());
        if trail.making {
            match self.searched(order, trail).await {
                Ok(Some(post)) => ids.push(post.id),
                Ok(None) | Err(_) => failed.push(not_certain()),
            }
        }
        // What is known goes first, whatever came of the search, and all of it is asked for. A no is a person's to act on.
        for id in ids {
            let call = Call::delete(self.session.at(&format!("/2/tweets/{id}")));
            let removed = unless_gone(self.session.call(Kind::TakeDown, call).await);
            failed.extend(removed.map_err(Failure::of_reading).err());
            failpoint("x.deleted");
        }
        worst(failed)
    }

    async fn remains(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Gone, ChannelError> {
        let live = |why: String| Ok(Gone::StillLive { why });
        if trail.making {
            return match self.searched(order, trail).await? {
                Some(_) => live("the post is still on X".to_owned()),
                None => Err(not_certain()),
            };
        }
        for id in &trail.posts {
            if self.read(id).await?.is_some() {
                return live("the post is still on X".to_owned());
            }
        }
        for (n, kept) in trail.parts.iter().enumerate() {
            // Without its address nothing but the post could be looked for. It was asked for before the post was removed,
            // and once the post is gone X tells it no more.
            let Some(url) = Part::read(kept).url else { continue };
            if self.answers(&url).await? {
                return live(format!("picture {} can still be opened at its address on X", n + 1));
            }
        }
        Ok(Gone::Gone)
    }

    async fn shown(&self, since: Option<&str>) -> Result<Watched, ChannelError> {
        let path = format!("/2/users/{}/tweets", self.session.account.remote);
        let call = Call::get(self.session.at(&path)).query("post.fields", "created_at,id,text");
        let call = match since {
            Some(since) => call.query("max_results", WATCHED).query("since_id", since),
            None => call.query("max_results", FIRST_WATCHED),
        };
        let reply = self.session.call(Kind::Read, call).await.map_err(Failure::of_asking)?;
        let listed: Answered<Vec<Post>> = reply.read().map_err(Failure::of_asking)?;
        let me = self.me().await?;
        let address = |id: &str| format!("{}/{}/status/{id}", self.session.addresses.x_pages, me.username);
        let shown = listed.data.into_iter();
        let shown =
            shown.map(|post| Shown { url: address(&post.id), remote: post.id, published: post.created_at });
        Ok(Watched {
            posts: shown.collect(),
            newest: listed.meta.newest_id.or_else(|| since.map(str::to_owned)),
            profile: Some(Profile { name: me.name, about: me.description, picture: me.profile_image_url }),
        })
    }
}

fn not_certain() -> ChannelError {
    ChannelError::UnknownOutcome(
        "X does not show the post, which proves nothing; look at the account itself, it may still come"
            .to_owned(),
    )
}

/// What does not fit is said before anything is sent.
fn fits(order: &ReleaseOrder) -> Result<(), ChannelError> {
    if let Some(too_long) = order.texts().iter().find_map(|text| CAPABILITIES.too_long(text)) {
        return Err(ChannelError::ChangePost(too_long.to_string()));
    }
    if order.pictures().len() > CAPABILITIES.pictures {
        return Err(ChannelError::ChangePost(format!("X takes {} pictures", CAPABILITIES.pictures)));
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Me {
    id: String,
    username: String,
    name: String,
    description: String,
    profile_image_url: String,
}

#[derive(Deserialize)]
struct Made {
    data: MadePost,
}

#[derive(Deserialize)]
struct MadePost {
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Uploaded {
    id: String,
    media_key: String,
    expires_after_secs: Option<i64>,
}

impl Channel for X {
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
            // What is known already is removed at once, whatever comes of the search.
            let Ok(Some(post)) = self.searched(order, trail).await else { return Ok(None) };
            Ok(Some(trail.with_post(post.id)))
        })
    }

    fn learned<'a>(&'a self, _order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(self.with_addresses(trail))
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
