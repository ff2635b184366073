//! Reading: what the account shows, and which of it belongs to an order.

use cleansheet_policy::ReleaseOrder;
use cleansheet_terms::Network;

use super::{
    CLOCKS_DIFFER, Mastodon, PAGE, PAGES,
    api::{Failure, unless_gone},
    posts::{Attachment, Part, Source, Status},
};
use crate::{ChannelError, CopiedFile, CopiedPicture, Copy, Kind, Trail, outside::Call, same_words};

impl Mastodon {
    /// The post that was being made, in the account's own list, which is up to date at once.
    pub(super) async fn searched(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Option<String>, ChannelError> {
        let n = trail.posts.len();
        let (Some(text), earliest) = (order.texts().get(n), order.made_at() - CLOCKS_DIFFER) else {
            return Ok(None);
        };
        let parts: Vec<String> = trail.parts.iter().map(|kept| Part::read(kept).id).collect();
        let mut before = None;
        for _ in 0..PAGES {
            let page = self.listed(None, before.as_deref()).await?;
            for status in &page {
                let shown: Vec<&String> = status.media_attachments.iter().map(|one| &one.id).collect();
                let follows = status.in_reply_to_id.as_ref() == trail.posts.last();
                if !follows || status.created_at.is_some_and(|at| at < earliest) {
                    continue;
                }
                // A picture belongs to one post for good; without one it is known by its words.
                let ours = if n == 0 && !parts.is_empty() {
                    shown.iter().copied().eq(&parts)
                } else {
                    shown.is_empty()
                        && self.words_of(&status.id).await?.is_some_and(|words| same_words(&words, text))
                };
                if ours {
                    return Ok(Some(status.id.clone()));
                }
            }
            let Some(last) = page.last().filter(|last| last.created_at.is_some_and(|at| at >= earliest))
            else {
                return Ok(None);
            };
            before = Some(last.id.clone());
        }
        Err(ChannelError::UnknownOutcome(
            "the account shows more posts than can be looked through".to_owned(),
        ))
    }

    /// A page of the account's posts, the newest first.
    pub(super) async fn listed(
        &self,
        since: Option<&str>,
        before: Option<&str>,
    ) -> Result<Vec<Status>, ChannelError> {
        let path = format!("/api/v1/accounts/{}/statuses", self.session.account.remote);
        let mut call = Call::get(self.session.at(&path)).query("limit", PAGE);
        if let Some(since) = since {
            call = call.query("since_id", since);
        }
        if let Some(before) = before {
            call = call.query("max_id", before);
        }
        let reply = self.session.call(Kind::Read, call).await.map_err(Failure::of_asking)?;
        reply.read().map_err(Failure::of_asking)
    }

    pub(super) async fn words_of(&self, id: &str) -> Result<Option<String>, ChannelError> {
        let call = Call::get(self.session.at(&format!("/api/v1/statuses/{id}/source")));
        let reply = unless_gone(self.session.call(Kind::Read, call).await).map_err(Failure::of_asking)?;
        reply
            .map(|reply| reply.read().map(|source: Source| source.text))
            .transpose()
            .map_err(Failure::of_asking)
    }

    /// The post that was being made; `None` when certainly none was. A picture that was sent ahead and is asked for under
    /// its own address is in no post: where one does not answer there, and no post shows it, a person has to look.
    pub(super) async fn adopted(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Option<String>, ChannelError> {
        let found = self.searched(order, trail).await?;
        if found.is_none() && trail.posts.is_empty() && self.lost(trail).await? {
            return Err(ChannelError::UnknownOutcome(
                "a picture of it is in a post already or no longer at its server, and the account shows no such post; look at the account"
                    .to_owned(),
            ));
        }
        Ok(found)
    }

    /// The post that has no name yet: one that is being made, or that a call with these pictures has made which arrived
    /// after it was looked for. Whoever removes it may have removed its pictures before: that they are not at the server
    /// says nothing here, and whether they are seen is asked at their own addresses.
    pub(super) async fn unnamed(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Option<String>, ChannelError> {
        let asked = trail.posts.is_empty() && trail.parts.iter().any(|kept| Part::read(kept).asked);
        if trail.making || asked { self.searched(order, trail).await } else { Ok(None) }
    }

    /// Whether a picture that was sent ahead is in a post by now, or no longer there.
    pub(super) async fn lost(&self, trail: &Trail) -> Result<bool, ChannelError> {
        for kept in &trail.parts {
            if !self.held(&Part::read(kept).id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the server holds a picture that no post shows.
    pub(super) async fn held(&self, id: &str) -> Result<bool, ChannelError> {
        let call = Call::get(self.session.at(&format!("/api/v1/media/{id}")));
        let held = unless_gone(self.session.call(Kind::Read, call).await).map_err(Failure::of_asking)?;
        Ok(held.is_some())
    }

    /// Names of everything that the order has among the account's posts.
    pub(super) async fn known(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Vec<String>, ChannelError> {
        let mut ids = trail.posts.clone();
        ids.extend(self.unnamed(order, trail).await?);
        Ok(ids)
    }

    pub(super) async fn status(&self, id: &str) -> Result<Option<Status>, ChannelError> {
        let call = Call::get(self.session.at(&format!("/api/v1/statuses/{id}")));
        let reply = unless_gone(self.session.call(Kind::Read, call).await).map_err(Failure::of_asking)?;
        reply.map(|reply| reply.read()).transpose().map_err(Failure::of_asking)
    }

    pub(super) async fn public(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Option<Copy>, ChannelError> {
        let mut ids = trail.posts.clone();
        ids.extend(if trail.making {
            self.adopted(order, trail).await?
        } else {
            self.unnamed(order, trail).await?
        });
        let (mut texts, mut pictures) = (Vec::new(), Vec::new());
        for (n, id) in ids.iter().enumerate() {
            let Some(status) = self.status(id).await? else { continue };
            let Some(text) = self.words_of(id).await? else { continue };
            texts.push(text);
            for (at, picture) in status.media_attachments.into_iter().enumerate() {
                let sent = trail.parts.get(at).filter(|_| n == 0).map(|kept| Part::read(kept).id);
                pictures.push(self.copied(picture, sent.as_deref()).await?);
            }
        }
        let found = Trail { posts: ids, ..Trail::default() };
        Ok(self.sent(&found).filter(|_| !texts.is_empty()).map(|sent| Copy { texts, pictures, sent }))
    }

    pub(super) async fn copied(
        &self,
        shown: Attachment,
        sent: Option<&str>,
    ) -> Result<CopiedPicture, ChannelError> {
        let file = match shown.url {
            _ if sent != Some(shown.id.as_str()) => CopiedFile::Another,
            Some(url) if self.answers(&url).await? => CopiedFile::Remade { url },
            _ => CopiedFile::Missing,
        };
        Ok(CopiedPicture { alt_text: shown.description.unwrap_or_default(), file })
    }

    /// Whether anybody gets a picture at its address.
    pub(super) async fn answers(&self, url: &str) -> Result<bool, ChannelError> {
        if !self.session.outside.may_ask(url) {
            return Err(ChannelError::later("the server names an address of a picture that cannot be asked"));
        }
        let answer = self.session.outside.has_answer(Network::Mastodon, &Call::get(url)).await;
        match answer.map_err(|failure: Failure| failure.of_asking())? {
            None => Ok(true),
            Some(reply) if matches!(reply.status, 403 | 404 | 410) => Ok(false),
            Some(reply) => {
                Err(ChannelError::later(format!("the address of a picture answers {}", reply.status)))
            }
        }
    }
}
