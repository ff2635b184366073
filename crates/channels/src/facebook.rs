//! A Facebook Page.
//!
//! Pictures are uploaded first, unseen; the post then names them. Facebook chooses all names, so each is kept as soon as
//! it is known. After a lost answer the Page's own list is searched for a post with these very pictures. That none is
//! there is certain enough to go on, because Facebook takes a picture into one post only: a second try names the same
//! pictures and is refused as a repeat. A post without pictures has no such mark; where none is found, a person looks.

use std::sync::Arc;

use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_terms::{Network, Timestamp, failpoint};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Account, Addresses, Answer, AppKeys, Capabilities, Channel, ChannelError, CopiedFile, CopiedPicture,
    Copy, Count, Gone, Health, Kind, Outside, Sent, Shown, Trail, Turn, Vault, Watched, With, approved,
    meta::{Failure, Graph, Id, List, Node, Refusal, since},
    outside::{Body, Call, Part},
    same_words, same_words_twice, worst,
};

mod page;

use page::Post;
pub(crate) use page::file_name;

/// What one post of a Page may carry.
///
/// Text: <https://developers.facebook.com/docs/pages-api/posts>. Pictures: Facebook refuses files over 4 MB with error
/// 1366046. It names no most letters of an alt text; this is our own.
pub const CAPABILITIES: Capabilities = Capabilities {
    network: Network::Facebook,
    text_letters: 63_206,
    text_bytes: 4 * 63_206,
    counts: Count::CodePoints,
    threads: false,
    pictures: 10,
    needs_picture: false,
    picture_bytes: 3_500_000,
    picture_side_px: 2_048,
    shape: None,
    keeps_bytes: false,
    alt_text_letters: 1_000,
    hashtags: None,
    mentions: None,
    takes_down: true,
    take_downs: None,
    posts: None,
    lists_old: false,
    price: None,
};

/// The permissions that are asked for, each with what it is for.
/// <https://developers.facebook.com/docs/permissions>
pub(crate) const NEEDS: [(&str, &str); 3] = [
    ("pages_show_list", "to find the Pages that you run"),
    ("pages_manage_posts", "to publish on the Page and to take down"),
    ("pages_read_engagement", "to read back what the Page shows"),
];

/// The trust's Page.
pub struct Facebook {
    graph: Graph,
}

impl Facebook {
    /// A Page with its credential.
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
        Self { graph: Graph { outside, addresses, account, keys, vault, network: Network::Facebook } }
    }

    async fn put(&self, order: &ReleaseOrder, with: With<'_>) -> Result<Sent, ChannelError> {
        let mut trail = with.trail.clone();
        if let Some(id) = trail.posts.first() {
            return Ok(self.sent(id));
        }
        if let Some(id) = self.name(order, &trail).await? {
            return self.keep_post(id, trail, with).await;
        }
        trail.making = false;
        fits(order, with)?;
        self.prepare(order, &mut trail, with).await?;
        failpoint("facebook.uploaded");
        trail.making = true;
        with.keeper.keep(&trail).await?;
        let mut fields = vec![("message", order.text().to_owned())];
        if !trail.parts.is_empty() {
            let media: Vec<_> = trail.parts.iter().map(|id| json!({ "media_fbid": id })).collect();
            fields.push(("attached_media", json!(media).to_string()));
        }
        let call = Call::post(self.graph.own("feed"), Body::Form(fields));
        let reply = self.graph.call(Kind::Publish, call).await;
        failpoint("facebook.posted");
        match reply.and_then(|reply| reply.read::<Id, _>()) {
            Ok(Id { id }) => self.keep_post(id, trail, with).await,
            Err(Failure::Refused(refusal)) if refusal.is_repeat() => {
                self.repeated(refusal, order, trail, with).await
            }
            Err(failure) => {
                let error = failure.of_publishing();
                if !matches!(error, ChannelError::UnknownOutcome(_)) {
                    trail.making = false;
                    with.keeper.keep(&trail).await?;
                }
                Err(error)
            }
        }
    }

    /// Facebook says that the same was posted before. Something on the way may have sent it twice: then the first one is
    /// there. Words alone may also be those of an older post, which it does not take a second time.
    async fn repeated(
        &self,
        refusal: Refusal,
        order: &ReleaseOrder,
        mut trail: Trail,
        with: With<'_>,
    ) -> Result<Sent, ChannelError> {
        let why = Failure::Refused(refusal).of_publishing();
        let words = trail.parts.is_empty();
        let ours = if words { self.said(order).await } else { self.made(order, &trail).await };
        match ours.map_err(ChannelError::behind_the_call)? {
            Some(id) => self.keep_post(id, trail, with).await,
            None if words && self.said_before(order).await.map_err(ChannelError::behind_the_call)? => {
                trail.making = false;
                with.keeper.keep(&trail).await?;
                Err(same_words_twice(Network::Facebook))
            }
            None => Err(why),
        }
    }

    async fn keep_post(&self, id: String, mut trail: Trail, with: With<'_>) -> Result<Sent, ChannelError> {
        let sent = self.sent(&id);
        trail.posts = vec![id];
        trail.making = false;
        let kept = with.keeper.keep(&trail).await;
        kept.map(|()| sent).map_err(ChannelError::behind_the_call)
    }

    /// Uploads what is not there yet, unseen. What an earlier try left is used again.
    async fn prepare(
        &self,
        order: &ReleaseOrder,
        trail: &mut Trail,
        with: With<'_>,
    ) -> Result<(), ChannelError> {
        let before = trail.parts.len();
        for (n, picture) in order.pictures().iter().enumerate() {
            let left = trail.parts.get(n).filter(|_| n < before);
            if let Some(left) = left
                && self.graph.read::<Id>(left, "id").await?.is_some()
            {
                continue;
            }
            let bytes = approved(with.pictures, &picture.digest)?;
            let body = Body::Parts(vec![
                Part::Text("published", "false".to_owned()),
                Part::Text("alt_text_custom", picture.alt_text.clone()),
                Part::Jpeg("source", bytes),
            ]);
            let call = Call::post(self.graph.own("photos"), body);
            let reply = self.graph.call(Kind::Upload, call).await.map_err(Failure::of_preparing)?;
            let Id { id } = reply.read().map_err(Failure::of_preparing)?;
            match trail.parts.get_mut(n) {
                Some(gone) => *gone = id,
                None => trail.parts.push(id),
            }
            with.keeper.keep(trail).await?;
        }
        Ok(())
    }

    fn sent(&self, id: &str) -> Sent {
        Sent { remote: id.to_owned(), url: format!("{}/{id}", self.graph.addresses.meta_pages) }
    }

    /// The post of an order whose answer was lost; `None` when certainly none was made.
    async fn made(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Option<String>, ChannelError> {
        if trail.parts.is_empty() {
            let may_come = || {
                ChannelError::UnknownOutcome(
                    "the Page does not show a post with these words, but it may still come; look at the Page"
                        .to_owned(),
                )
            };
            return self.said(order).await?.ok_or_else(may_come).map(Some);
        }
        let shows = |post: &Post| post.pictures().iter().any(|id| trail.parts.contains(id));
        only(self.graph.find::<Post>(page::LIST, since(order), shows).await?)
    }

    /// The post that says the words of an order and shows no picture.
    async fn said(&self, order: &ReleaseOrder) -> Result<Option<String>, ChannelError> {
        let says = |post: &Post| post.pictures().is_empty() && same_words(&post.message, order.text());
        only(self.graph.find::<Post>(page::LIST, since(order), says).await?)
    }

    /// Whether a post from before the order says its words.
    async fn said_before(&self, order: &ReleaseOrder) -> Result<bool, ChannelError> {
        let says = |post: &Post| same_words(&post.message, order.text());
        Ok(!self.graph.find::<Post>(page::LIST, Timestamp::MIN, says).await?.is_empty())
    }

    /// The name of an order's post; `None` when there is certainly none. Pictures that were uploaded may have been put
    /// into a post by a call that arrived after it was last looked for, so they are looked for whatever was known then.
    async fn name(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Option<String>, ChannelError> {
        match trail.posts.first() {
            Some(id) => Ok(Some(id.clone())),
            None if trail.making || !trail.parts.is_empty() => self.made(order, trail).await,
            None => Ok(None),
        }
    }

    async fn public(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Option<Copy>, ChannelError> {
        let Some(id) = self.name(order, trail).await? else { return Ok(None) };
        let Some(post) = self.graph.read::<Post>(&id, page::FIELDS).await? else {
            self.must_see_the_page().await?;
            return Ok(None);
        };
        let attached = post.pictures();
        let mut pictures = Vec::new();
        for id in &trail.parts {
            let photo = match attached.contains(id) {
                true => self.graph.read::<page::Photo>(id, page::PHOTO).await?,
                false => None,
            };
            pictures.push(photo.map_or_else(missing, page::Photo::copied));
        }
        for _ in attached.iter().filter(|id| !trail.parts.contains(id)) {
            pictures.push(CopiedPicture { alt_text: String::new(), file: CopiedFile::Another });
        }
        Ok(Some(Copy { texts: vec![post.message], pictures, sent: self.sent(&id) }))
    }

    /// Facebook answers "not there" in the same words when a token may not see something. That the Page's list can be
    /// read shows that it may.
    async fn must_see_the_page(&self) -> Result<(), ChannelError> {
        let _seen: List<Id> = self.graph.part(("published_posts", "id"), None).await?;
        Ok(())
    }

    /// Pictures first: they are what is most urgent, and each is a thing of its own that outlives its post. All are asked
    /// for, whatever the answer to one of them is and whether or not the post has a name: without its pictures it is found
    /// by its words, and a call that is still on its way finds no pictures to show.
    async fn remove(&self, order: &ReleaseOrder, trail: &Trail) -> Result<(), ChannelError> {
        let (mut post, mut failed) = (self.name(order, trail).await, Vec::new());
        let mut were_gone = !trail.parts.is_empty();
        for id in &trail.parts {
            match self.graph.remove(id).await {
                Ok(removed) => were_gone &= !removed,
                Err(error) => failed.push(error),
            }
        }
        if matches!(post, Ok(None)) && were_gone && failed.is_empty() {
            post = self.said(order).await;
        }
        match post {
            Ok(Some(id)) => failed.extend(self.graph.remove(&id).await.err()),
            Ok(None) => {}
            Err(error) => failed.push(error),
        }
        failpoint("facebook.deleted");
        worst(failed)
    }

    async fn remains(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Gone, ChannelError> {
        if *trail == Trail::default() {
            return Ok(Gone::Gone);
        }
        let live = |why: String| Ok(Gone::StillLive { why });
        for (n, id) in trail.parts.iter().enumerate() {
            if self.graph.read::<Id>(id, "id").await?.is_some() {
                return live(format!("picture {} is still on Facebook", n + 1));
            }
        }
        let post = match self.name(order, trail).await? {
            None => self.said(order).await?,
            named => named,
        };
        if let Some(id) = post
            && self.graph.read::<Id>(&id, "id").await?.is_some()
        {
            return live("the post is still on Facebook".to_owned());
        }
        self.must_see_the_page().await?;
        Ok(Gone::Gone)
    }

    async fn health(&self) -> Result<Health, ChannelError> {
        let page: Option<page::Page> = self.graph.read(&self.graph.account.remote, page::PROFILE).await?;
        let (seen, own) = (page.is_some(), self.graph.account.handle.clone());
        let health = self.graph.health(page.map_or(own, |page| page.name), &NEEDS).await?;
        if !seen && health.missing.is_empty() {
            return Err(ChannelError::Reconnect(
                "Facebook does not show the Page to this connection; whoever connected it may no longer run the Page, or it is gone".to_owned(),
            ));
        }
        Ok(health)
    }

    async fn shown(&self) -> Result<Watched, ChannelError> {
        let posts: List<Post> = self.graph.part(page::LIST, None).await?;
        let page: Option<page::Page> = self.graph.read(&self.graph.account.remote, page::PROFILE).await?;
        let shown =
            |post: Post| Shown { url: self.sent(&post.id).url, published: post.made(), remote: post.id };
        Ok(Watched {
            posts: posts.data.into_iter().map(shown).collect(),
            newest: None,
            profile: page.map(page::Page::profile),
        })
    }
}

/// The one that was found.
fn only(found: Vec<Post>) -> Result<Option<String>, ChannelError> {
    match found.as_slice() {
        [] => Ok(None),
        [post] => Ok(Some(post.id.clone())),
        _ => Err(ChannelError::UnknownOutcome("the Page shows several posts that may be it".to_owned())),
    }
}

fn missing() -> CopiedPicture {
    CopiedPicture { alt_text: String::new(), file: CopiedFile::Missing }
}

/// What does not fit is said before anything is sent.
fn fits(order: &ReleaseOrder, with: With<'_>) -> Result<(), ChannelError> {
    let change = |why: String| Err(ChannelError::ChangePost(why));
    if let Some(too_long) = CAPABILITIES.too_long(order.text()) {
        return change(too_long.to_string());
    }
    if order.pictures().len() > CAPABILITIES.pictures {
        return change(format!("Facebook takes {} pictures in one post", CAPABILITIES.pictures));
    }
    for picture in order.pictures() {
        let bytes = approved(with.pictures, &picture.digest)?.len();
        if bytes > CAPABILITIES.picture_bytes {
            return change(format!(
                "a picture has {bytes} bytes; Facebook takes {}",
                CAPABILITIES.picture_bytes
            ));
        }
    }
    Ok(())
}

impl Node for Post {
    fn made(&self) -> Option<Timestamp> {
        self.created_time.parse().ok()
    }
}

impl Channel for Facebook {
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
            match self.made(order, trail).await {
                // The pictures are removed at once, whatever comes of the search.
                Err(_) if !trail.parts.is_empty() => Ok(None),
                id => Ok(id?.map(|id| trail.with_post(id))),
            }
        })
    }

    fn learned<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async move {
            if !trail.posts.is_empty() {
                return Ok(None);
            }
            Ok(self.name(order, trail).await?.map(|id| trail.with_post(id)))
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

/// The name of what a list or an answer shows.
#[derive(Deserialize)]
struct Named {
    id: String,
}
