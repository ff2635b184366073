//! Posts that the account wrote before this program came, and what it showed again of others.
//!
//! Anybody may have written these records, years ago and with any program: they are read field by field, and what cannot
//! be read is left out rather than losing the post.

use cleansheet_policy::ReleaseOrder;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Bluesky,
    record::{self, POSTS},
    xrpc::{self, Failure},
};
use crate::{Answer, ChannelError, Gone, OldPage, OldPost, OldPosts, outside::Body};

/// Where reposts are kept.
const REPOSTS: &str = "app.bsky.feed.repost";
/// Both, in the order in which they are listed.
const LISTED: [&str; 2] = [POSTS, REPOSTS];
/// Posts on a page.
const PAGE: &str = "50";

/// One record with its address.
#[derive(Deserialize)]
struct Listed {
    uri: String,
    value: Value,
}

#[derive(Deserialize)]
struct Page {
    records: Vec<Listed>,
    cursor: Option<String>,
}

impl Bluesky {
    async fn page(&self, from: Option<&str>) -> Result<OldPage, ChannelError> {
        let (collection, cursor) = match from {
            None => (POSTS, None),
            Some(place) => read_place(place)?,
        };
        let mut query =
            vec![("repo", self.did()), ("collection", collection.to_owned()), ("limit", PAGE.to_owned())];
        query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        let call = xrpc::ask(self.server(), "com.atproto.repo.listRecords", query);
        let reply = xrpc::call(&self.session.means, &call, &[]).await.map_err(Failure::of_reading)?;
        let page: Page = reply.read().map_err(Failure::of_asking)?;
        let next = match page.cursor {
            Some(cursor) => Some(format!("{collection} {cursor}")),
            None => after(collection).map(|next| format!("{next} ")),
        };
        Ok(OldPage { posts: page.records.iter().filter_map(|one| self.old(one)).collect(), next })
    }

    fn old(&self, listed: &Listed) -> Option<OldPost> {
        let (collection, key) = self.own(&listed.uri).ok()?;
        let value = &listed.value;
        let text = |at: &str| value.pointer(at).and_then(Value::as_str).map(str::to_owned);
        let reposted = (collection == REPOSTS).then(|| text("/subject/uri")).flatten();
        Some(OldPost {
            remote: listed.uri.clone(),
            url: match &reposted {
                Some(subject) => self.page_of(subject).unwrap_or_else(|| self.seen_at(collection, key)),
                None => self.seen_at(collection, key),
            },
            published: text("/createdAt").and_then(|at| at.parse().ok()),
            text: text("/text").unwrap_or_default(),
            files: record::files(value),
            // A quote, alone or beside pictures.
            shares: reposted
                .or_else(|| text("/embed/record/uri"))
                .or_else(|| text("/embed/record/record/uri")),
        })
    }

    /// Collection and key of a record of this very account; nothing else is touched.
    fn own<'u>(&self, remote: &'u str) -> Result<(&'static str, &'u str), ChannelError> {
        let other = || ChannelError::ChangePost("this post is not one of the connected account".to_owned());
        let did = self.did();
        let path = remote.strip_prefix("at://").and_then(|rest| rest.strip_prefix(&did));
        let (collection, key) =
            path.and_then(|path| path.strip_prefix('/')?.split_once('/')).ok_or_else(other)?;
        let collection = LISTED.into_iter().find(|one| *one == collection).ok_or_else(other)?;
        let plain = !key.is_empty()
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'~'));
        if plain { Ok((collection, key)) } else { Err(other()) }
    }

    /// Where the public reads somebody else's post.
    fn page_of(&self, subject: &str) -> Option<String> {
        let (did, key) = subject.strip_prefix("at://")?.split_once(&format!("/{POSTS}/"))?;
        let plain =
            |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'-'));
        let known =
            self.server().starts_with("https://") && did.starts_with("did:") && plain(did) && plain(key);
        known.then(|| format!("https://bsky.app/profile/{did}/post/{key}"))
    }

    async fn old_remains(&self, remote: &str, files: &[String]) -> Result<Gone, ChannelError> {
        let (collection, key) = self.own(remote)?;
        let live = |why: String| Ok(Gone::StillLive { why });
        if self.is_there(collection, key).await? {
            return live("the post is still on Bluesky".to_owned());
        }
        for (n, file) in files.iter().enumerate() {
            if self.has_file(file).await? && !self.is_in_another_post(file).await? {
                return live(format!("file {} is still on Bluesky’s server", n + 1));
            }
        }
        Ok(Gone::Gone)
    }
}

impl OldPosts for Bluesky {
    fn list<'a>(&'a self, from: Option<&'a str>) -> Answer<'a, OldPage> {
        Box::pin(self.page(from))
    }

    fn name_of(&self, order: &ReleaseOrder) -> Option<String> {
        Some(self.sent(order).remote)
    }

    fn names_of(&self, order: &ReleaseOrder) -> Vec<String> {
        (0..order.texts().len()).map(|n| self.uri(order, n)).collect()
    }

    fn file<'a>(&'a self, _remote: &'a str, file: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.blob(file).await.map_err(Failure::of_reading) })
    }

    fn take_down_old<'a>(&'a self, remote: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let (collection, key) = self.own(remote)?;
            let body = json!({ "repo": self.did(), "collection": collection, "rkey": key });
            let call = xrpc::act(self.server(), "com.atproto.repo.deleteRecord", Body::Json(body));
            self.session.call(&call).await.map_err(Failure::of_asking)?;
            Ok(())
        })
    }

    fn confirm_old_gone<'a>(&'a self, remote: &'a str, files: &'a [String]) -> Answer<'a, Gone> {
        Box::pin(self.old_remains(remote, files))
    }
}

/// What is listed when this collection has ended.
fn after(collection: &str) -> Option<&'static str> {
    let at = LISTED.iter().position(|one| *one == collection)?;
    LISTED.get(at + 1).copied()
}

/// Collection and cursor; no cursor at its beginning.
fn read_place(text: &str) -> Result<(&'static str, Option<&str>), ChannelError> {
    let damaged = || ChannelError::Refused("the place in the list cannot be read".to_owned());
    let (collection, cursor) = text.split_once(' ').ok_or_else(damaged)?;
    let collection = LISTED.into_iter().find(|one| *one == collection).ok_or_else(damaged)?;
    Ok((collection, (!cursor.is_empty()).then_some(cursor)))
}
