//! An account on Bluesky.
//!
//! A post is a record in the account's repository under a key of our own choosing, made from the order alone. Writing it
//! says "only if nothing is there", so a repeat changes nothing, however the first try ended. Pictures are files named by
//! their SHA-256; the server drops those that no post names, so they are uploaded anew at each try.
//!
//! The public's copy is read without signing in, as anybody would.

use std::sync::{Arc, Mutex};

use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_terms::{Digest, Network, failpoint};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Answer, Capabilities, Channel, ChannelError, CopiedFile, CopiedPicture, Copy, Count, Gone, Health,
    OldPosts, Outside, Profile, Rate, Sent, Shown, Trail, Turn, Vault, Watched, With, approved,
    outside::{Body, Call},
    vault,
};

mod before;
mod dpop;
mod facets;
mod identity;
mod oauth;
mod record;
mod session;
mod xrpc;

pub use facets::letters;
pub use identity::{Directories, Found, find};
pub(crate) use oauth::NEEDS;
pub use oauth::{Begun, Client, begin, finish, key_from, revoke};
pub use session::{Account, Credential, with_app_password};

use facets::{Mark, Target};
use record::{Blob, Found as FoundPost, POSTS, Reference};
use session::Session;
use xrpc::Failure;

/// What one post on Bluesky may carry.
pub const CAPABILITIES: Capabilities = Capabilities {
    network: Network::Bluesky,
    text_letters: 300,
    text_bytes: 3_000,
    counts: Count::AsRead,
    threads: true,
    pictures: 4,
    needs_picture: false,
    picture_bytes: 1_000_000,
    picture_side_px: 2_000,
    shape: None,
    keeps_bytes: true,
    alt_text_letters: 1_000,
    hashtags: None,
    mentions: None,
    takes_down: true,
    // 5,000 points an hour, of which a take-down costs 1 and a post 3.
    // https://docs.bsky.app/docs/advanced-guides/rate-limits
    take_downs: Some(Rate { calls: 5_000, seconds: 3_600 }),
    posts: Some(Rate { calls: 1_666, seconds: 3_600 }),
    lists_old: true,
    price: None,
};
/// Where an account says how it presents itself.
const PROFILE: &str = "app.bsky.actor.profile";
/// How many pages of the account's posts are looked through for another post with the same picture.
const PAGES: usize = 100;

/// What calls need besides the account.
#[derive(Clone)]
pub struct Means {
    /// Calls of other servers.
    pub outside: Outside,
    /// Where identities are looked up.
    pub directories: Directories,
}

/// The trust's account.
pub struct Bluesky {
    session: Session,
}

impl Bluesky {
    /// An account with its credential.
    ///
    /// - `turn`: shared by every channel of this account.
    pub fn new(means: Means, account: Account, client: Client, vault: Arc<dyn Vault>, turn: Turn) -> Self {
        Self { session: Session { means, account, client, vault, turn, nonce: Mutex::default() } }
    }

    /// Signs in and looks whether the account answers: changes nothing.
    async fn health(&self) -> Result<Health, ChannelError> {
        let call = xrpc::ask(self.server(), "com.atproto.server.getSession", Vec::new());
        let reply = self.session.call(&call).await.map_err(Failure::of_asking)?;
        let is: Is = reply.read().map_err(Failure::of_asking)?;
        if is.did != self.session.account.did {
            return Err(ChannelError::Reconnect("the server answered for another account".to_owned()));
        }
        if is.active == Some(false) {
            return Err(ChannelError::Reconnect("the account is switched off at Bluesky".to_owned()));
        }
        let missing = oauth::missing(&vault::load(&*self.session.vault).await?);
        Ok(Health { handle: is.handle, missing, ..Health::default() })
    }

    fn server(&self) -> &str {
        &self.session.account.server
    }

    fn did(&self) -> String {
        self.session.account.did.clone()
    }

    fn sent(&self, order: &ReleaseOrder) -> Sent {
        Sent { remote: self.uri(order, 0), url: self.seen_at(POSTS, &record::key(order, 0)) }
    }

    /// The network's name of the post with this number of an order, from 0.
    fn uri(&self, order: &ReleaseOrder, n: usize) -> String {
        format!("at://{}/{POSTS}/{}", self.did(), record::key(order, n))
    }

    /// Where the public sees a record.
    fn seen_at(&self, collection: &str, key: &str) -> String {
        let did = self.did();
        if self.server().starts_with("https://") && collection == POSTS {
            format!("https://bsky.app/profile/{did}/post/{key}")
        } else {
            // A server of tests or of the demo has no pages; its own answer is what there is to see.
            format!(
                "{}/xrpc/com.atproto.repo.getRecord?repo={did}&collection={collection}&rkey={key}",
                self.server()
            )
        }
    }

    async fn put(&self, order: &ReleaseOrder, with: With<'_>) -> Result<Sent, ChannelError> {
        fits(order)?;
        let there = match self.there(order).await {
            // Of an account that is switched off the public sees nothing; the account itself says why.
            Err(error @ ChannelError::RetryLater { .. }) => {
                self.health().await?;
                return Err(error);
            }
            seen => seen?,
        };
        if let Some(what) = self.copy(order, &there).await?.and_then(|copy| copy.differs_from(order)) {
            return Err(ChannelError::UnknownOutcome(format!("another post has this key: {what}")));
        }
        let mut before: Vec<Reference> = there.into_iter().map(|found| found.is).collect();
        let mut trail = with.trail.clone();
        // Of a thread everybody has to know that its beginning is public before more of it is sent.
        if order.texts().len() > 1 && trail.posts.len() != before.len() {
            remember(&mut trail, &before, with).await?;
        }
        for text in order.texts().iter().skip(before.len()) {
            let post = self.put_next(order, text, &before, with).await?;
            before.push(post);
            if order.texts().len() > 1 {
                remember(&mut trail, &before, with).await?;
                failpoint("bluesky.thread");
            }
        }
        Ok(self.sent(order))
    }

    /// Writes one post of an order.
    ///
    /// - `before`: the posts of its thread that are there already.
    async fn put_next(
        &self,
        order: &ReleaseOrder,
        text: &str,
        before: &[Reference],
        with: With<'_>,
    ) -> Result<Reference, ChannelError> {
        let marks = self.resolved(facets::marks(text)).await?;
        let mut blobs = Vec::new();
        // The pictures of a thread are in its first post.
        let shown = if before.is_empty() { order.pictures() } else { &[] };
        for picture in shown {
            let bytes = approved(with.pictures, &picture.digest)?;
            if bytes.len() > CAPABILITIES.picture_bytes {
                let (has, may) = (bytes.len(), CAPABILITIES.picture_bytes);
                return Err(ChannelError::ChangePost(format!(
                    "a picture has {has} bytes; Bluesky takes {may}"
                )));
            }
            blobs.push(self.uploaded(&picture.digest, bytes).await?);
        }
        failpoint("bluesky.uploaded");
        with.keeper.begins().await?;
        let n = before.len();
        let body = json!({
            "repo": self.did(), "collection": POSTS, "rkey": record::key(order, n), "validate": true,
            // Only if nothing is there: the same record again is no change, another one is refused.
            "swapRecord": null,
            "record": record::post(order, text, before, &marks, &blobs),
        });
        let call = xrpc::act(self.server(), "com.atproto.repo.putRecord", Body::Json(body));
        let reply = self.session.call(&call).await;
        failpoint("bluesky.put");
        let written: Written = reply.and_then(|reply| reply.read()).map_err(Failure::of_publishing)?;
        if written.uri == self.uri(order, n) {
            Ok(Reference { uri: written.uri, cid: written.cid })
        } else {
            Err(ChannelError::UnknownOutcome("the server names another post than was written".to_owned()))
        }
    }

    async fn uploaded(&self, digest: &Digest, bytes: Vec<u8>) -> Result<Blob, ChannelError> {
        let call =
            xrpc::act(self.server(), "com.atproto.repo.uploadBlob", Body::File { mime: "image/jpeg", bytes });
        let reply = self.session.call(&call).await.map_err(Failure::of_preparing)?;
        let uploaded: Uploaded = reply.read().map_err(Failure::of_preparing)?;
        if uploaded.blob.cid() != record::cid(digest) {
            return Err(ChannelError::later("the server received another picture than was sent"));
        }
        if !uploaded.blob.mime.starts_with("image/") {
            return Err(ChannelError::ChangePost("Bluesky does not take a picture of this kind".to_owned()));
        }
        Ok(uploaded.blob)
    }

    /// Each mention with the account it leads to; one that leads nowhere stays plain text.
    async fn resolved(&self, marks: Vec<Mark>) -> Result<Vec<(Mark, Option<String>)>, ChannelError> {
        let mut resolved = Vec::new();
        for mark in marks {
            let did = match &mark.to {
                Target::Mention(handle) => {
                    identity::resolve(&self.session.means, self.server(), handle).await?
                }
                Target::Link(_) | Target::Tag(_) => None,
            };
            resolved.push((mark, did));
        }
        Ok(resolved)
    }

    /// The posts of an order that anybody can read, in order.
    async fn there(&self, order: &ReleaseOrder) -> Result<Vec<There>, ChannelError> {
        let mut there = Vec::new();
        for n in 0..order.texts().len() {
            let query =
                vec![("repo", self.did()), ("collection", POSTS.to_owned()), ("rkey", record::key(order, n))];
            let call = xrpc::ask(self.server(), "com.atproto.repo.getRecord", query);
            let reply = match xrpc::call(&self.session.means, &call, &[]).await {
                Ok(reply) => reply,
                Err(Failure::Refused(refusal)) if refusal.error == "RecordNotFound" => continue,
                Err(failure) => return Err(failure.of_asking()),
            };
            let found: Record = reply.read().map_err(Failure::of_asking)?;
            let is = Reference { uri: self.uri(order, n), cid: found.cid };
            there.push(There { is, post: serde_json::from_value(found.value).unwrap_or_default() });
        }
        Ok(there)
    }

    /// What anybody sees of an order.
    async fn public(&self, order: &ReleaseOrder) -> Result<Option<Copy>, ChannelError> {
        let there = self.there(order).await?;
        self.copy(order, &there).await
    }

    /// The posts that are there, with the files of their pictures.
    async fn copy(&self, order: &ReleaseOrder, there: &[There]) -> Result<Option<Copy>, ChannelError> {
        if there.is_empty() {
            return Ok(None);
        }
        let mut pictures = Vec::new();
        for image in there.iter().flat_map(|found| found.post.images()) {
            let bytes = self.blob(image.image.cid()).await.map_err(Failure::of_asking)?;
            let file = bytes.map_or(CopiedFile::Missing, CopiedFile::Bytes);
            pictures.push(CopiedPicture { alt_text: image.alt.clone(), file });
        }
        let texts = there.iter().map(|found| found.post.text.clone()).collect();
        Ok(Some(Copy { texts, pictures, sent: self.sent(order) }))
    }

    /// A file as anybody gets it; `None` when the server has none by this name.
    async fn blob(&self, cid: &str) -> Result<Option<Vec<u8>>, Failure> {
        match xrpc::call(&self.session.means, &self.file_call(cid), &[]).await {
            Ok(reply) => Ok(Some(reply.body)),
            Err(Failure::Refused(refusal)) if is_missing_file(&refusal) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Whether anybody can get a file, however long it is.
    async fn has_file(&self, cid: &str) -> Result<bool, ChannelError> {
        match xrpc::has_answer(&self.session.means, &self.file_call(cid)).await {
            Ok(()) => Ok(true),
            Err(Failure::Refused(refusal)) if is_missing_file(&refusal) => Ok(false),
            Err(failure) => Err(failure.of_asking()),
        }
    }

    fn file_call(&self, cid: &str) -> Call {
        let query = vec![("did", self.did()), ("cid", cid.to_owned())];
        xrpc::ask(self.server(), "com.atproto.sync.getBlob", query)
    }

    /// Whether anybody can read a record of the account.
    async fn is_there(&self, collection: &str, key: &str) -> Result<bool, ChannelError> {
        let query =
            vec![("repo", self.did()), ("collection", collection.to_owned()), ("rkey", key.to_owned())];
        let call = xrpc::ask(self.server(), "com.atproto.repo.getRecord", query);
        match xrpc::call(&self.session.means, &call, &[]).await {
            Ok(_) => Ok(true),
            Err(Failure::Refused(refusal)) if refusal.error == "RecordNotFound" => Ok(false),
            Err(failure) => Err(failure.of_asking()),
        }
    }

    /// The newest posts, and the record by which the account presents itself.
    async fn shown(&self) -> Result<Watched, ChannelError> {
        let page = self.list(None).await?;
        let posts = page.posts.into_iter();
        Ok(Watched {
            posts: posts
                .map(|post| Shown { remote: post.remote, url: post.url, published: post.published })
                .collect(),
            newest: None,
            profile: self.presents_itself().await?,
        })
    }

    async fn presents_itself(&self) -> Result<Option<Profile>, ChannelError> {
        let query =
            vec![("repo", self.did()), ("collection", PROFILE.to_owned()), ("rkey", "self".to_owned())];
        let call = xrpc::ask(self.server(), "com.atproto.repo.getRecord", query);
        let reply = match xrpc::call(&self.session.means, &call, &[]).await {
            Ok(reply) => reply,
            // An account may never have written one.
            Err(Failure::Refused(refusal)) if refusal.error == "RecordNotFound" => return Ok(None),
            Err(failure) => return Err(failure.of_asking()),
        };
        let found: Record = reply.read().map_err(Failure::of_asking)?;
        let words =
            |at: &str| found.value.pointer(at).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        Ok(Some(Profile {
            name: words("/displayName"),
            about: words("/description"),
            picture: words("/avatar/ref/$link"),
        }))
    }

    async fn remains(&self, order: &ReleaseOrder) -> Result<Gone, ChannelError> {
        let live = |why: String| Ok(Gone::StillLive { why });
        for n in 0..order.texts().len() {
            if self.is_there(POSTS, &record::key(order, n)).await? {
                return live(match n {
                    0 => "the post is still on Bluesky".to_owned(),
                    _ => format!("post {} of the thread is still on Bluesky", n + 1),
                });
            }
        }
        for (n, picture) in order.pictures().iter().enumerate() {
            let cid = record::cid(&picture.digest);
            if self.has_file(&cid).await? && !self.is_in_another_post(&cid).await? {
                return live(format!("picture {} is still on Bluesky’s server", n + 1));
            }
        }
        Ok(Gone::Gone)
    }

    /// The same picture may be in another post that is meant to be there: a correction keeps its photos.
    async fn is_in_another_post(&self, cid: &str) -> Result<bool, ChannelError> {
        let mut cursor = None;
        for _ in 0..PAGES {
            let mut query =
                vec![("repo", self.did()), ("collection", POSTS.to_owned()), ("limit", "100".to_owned())];
            query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
            let call = xrpc::ask(self.server(), "com.atproto.repo.listRecords", query);
            let reply = xrpc::call(&self.session.means, &call, &[]).await.map_err(Failure::of_asking)?;
            let page: Page = reply.read().map_err(Failure::of_asking)?;
            let mut files = page.records.iter().flat_map(|one| record::files(&one.value));
            if files.any(|file| file.name == cid) {
                return Ok(true);
            }
            match page.cursor {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        Ok(false)
    }
}

/// The reference server names the first, its predecessors only say so.
fn is_missing_file(refusal: &xrpc::Refusal) -> bool {
    refusal.error == "BlobNotFound" || (refusal.status == 400 && refusal.message == "Blob not found")
}

/// Keeps which posts of a thread are public.
async fn remember(trail: &mut Trail, posts: &[Reference], with: With<'_>) -> Result<(), ChannelError> {
    trail.posts = posts.iter().map(|post| post.uri.clone()).collect();
    let kept = with.keeper.keep(trail).await;
    // Some of it is public: whatever keeps us from writing that down, it has to be read back.
    kept.map_err(|error| ChannelError::UnknownOutcome(error.to_string()))
}

/// What does not fit is said before anything is sent.
fn fits(order: &ReleaseOrder) -> Result<(), ChannelError> {
    if let Some(too_long) = order.texts().iter().find_map(|text| CAPABILITIES.too_long(text)) {
        return Err(ChannelError::ChangePost(too_long.to_string()));
    }
    if order.pictures().len() > CAPABILITIES.pictures {
        return Err(ChannelError::ChangePost(format!("Bluesky takes {} pictures", CAPABILITIES.pictures)));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Is {
    did: String,
    handle: String,
    active: Option<bool>,
}

#[derive(Deserialize)]
struct Written {
    uri: String,
    cid: String,
}

/// A post of an order that anybody can read.
struct There {
    is: Reference,
    post: FoundPost,
}

#[derive(Deserialize)]
struct Uploaded {
    blob: Blob,
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    cid: String,
    value: serde_json::Value,
}

#[derive(Deserialize)]
struct Page {
    records: Vec<Record>,
    cursor: Option<String>,
}

impl Channel for Bluesky {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn check_account(&self) -> Answer<'_, Health> {
        Box::pin(self.health())
    }

    fn publish<'a>(&'a self, cleared: &'a Cleared, with: With<'a>) -> Answer<'a, Sent> {
        Box::pin(self.put(cleared.order(), with))
    }

    fn look<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Option<Copy>> {
        Box::pin(self.public(order))
    }

    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(async move {
            // The first one, which shows the pictures, first.
            for n in 0..order.texts().len() {
                let body = json!({ "repo": self.did(), "collection": POSTS, "rkey": record::key(order, n) });
                let call = xrpc::act(self.server(), "com.atproto.repo.deleteRecord", Body::Json(body));
                self.session.call(&call).await.map_err(Failure::of_asking)?;
                failpoint("bluesky.deleted");
            }
            Ok(())
        })
    }

    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Gone> {
        Box::pin(self.remains(order))
    }

    fn watch<'a>(&'a self, _since: Option<&'a str>) -> Answer<'a, Watched> {
        Box::pin(self.shown())
    }

    fn old_posts(&self) -> Option<&dyn OldPosts> {
        Some(self)
    }
}
