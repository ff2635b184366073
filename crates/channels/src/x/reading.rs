//! Reading: what X shows of an order, and where the public gets its pictures.

use cleansheet_policy::ReleaseOrder;
use cleansheet_terms::Network;

use super::{
    CLOCKS_DIFFER, LOOKED_THROUGH, X,
    api::{Failure, unless_gone},
    not_certain,
    posts::{self, Answered, Media, Part, Post},
};
use crate::{ChannelError, CopiedFile, CopiedPicture, Copy, Kind, Trail, With, outside::Call};

impl X {
    /// The trail with where the public gets the pictures: X tells it only while the post is there, and after a take-down
    /// those addresses have to be asked. `None` when nothing is lacking, or X does not say.
    pub(super) async fn with_addresses(&self, trail: &Trail) -> Result<Option<Trail>, ChannelError> {
        let lacks = trail.parts.iter().any(|kept| Part::read(kept).url.is_none());
        let Some(id) = trail.posts.first().filter(|_| lacks) else { return Ok(None) };
        let Some(found) = self.read(id).await? else { return Ok(None) };
        let (media, mut learned) = (found.data.media(&found.includes), trail.clone());
        for kept in &mut learned.parts {
            let part = Part::read(kept);
            let shown = media.iter().find(|shown| shown.media_key == part.key);
            let url = shown.and_then(|shown| shown.url.clone()).or(part.url.clone());
            *kept = Part { url, ..part }.written();
        }
        Ok((learned != *trail).then_some(learned))
    }

    /// The same as soon as a post is made. It is not less public when X does not say, so no answer is no failure:
    /// whoever reads it back asks again.
    pub(super) async fn remember_addresses(&self, with: With<'_>, trail: &mut Trail) {
        if let Ok(Some(learned)) = self.with_addresses(trail).await {
            *trail = learned;
            let _not_less_public = with.keeper.keep(trail).await;
        }
    }

    /// One post as X has it; `None` when it is not there.
    pub(super) async fn read(&self, id: &str) -> Result<Option<Answered<Post>>, ChannelError> {
        let call = with_fields(Call::get(self.session.at(&format!("/2/tweets/{id}"))));
        let reply = unless_gone(self.session.call(Kind::Read, call).await).map_err(Failure::of_asking)?;
        reply.map(|reply| reply.read()).transpose().map_err(Failure::of_asking)
    }

    /// The post that was being made, among the account's newest. That it is not among them proves nothing.
    pub(super) async fn searched(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Option<Post>, ChannelError> {
        let listed = self.listed().await?;
        Ok(listed.into_iter().find(|post| is_of(post, order, trail)))
    }

    /// The account's newest posts.
    pub(super) async fn listed(&self) -> Result<Vec<Post>, ChannelError> {
        let path = format!("/2/users/{}/tweets", self.session.account.remote);
        let call = with_fields(Call::get(self.session.at(&path)).query("max_results", LOOKED_THROUGH));
        let reply = self.session.call(Kind::Read, call).await.map_err(Failure::of_asking)?;
        reply.read().map(|listed: Answered<Vec<Post>>| listed.data).map_err(Failure::of_asking)
    }

    /// Names of everything that the order has among the account's posts.
    async fn known(&self, order: &ReleaseOrder, trail: &Trail) -> Result<Vec<String>, ChannelError> {
        let mut ids = trail.posts.clone();
        if trail.making {
            ids.push(self.searched(order, trail).await?.ok_or_else(not_certain)?.id);
        }
        Ok(ids)
    }

    pub(super) async fn public(
        &self,
        order: &ReleaseOrder,
        trail: &Trail,
    ) -> Result<Option<Copy>, ChannelError> {
        let ids = self.known(order, trail).await?;
        let (mut texts, mut pictures) = (Vec::new(), Vec::new());
        for (n, id) in ids.iter().enumerate() {
            let Some(found) = self.read(id).await? else { continue };
            texts.push(found.data.words(order.texts().get(n).map_or("", String::as_str)));
            for (at, shown) in found.data.media(&found.includes).into_iter().enumerate() {
                let sent = trail.parts.get(at).filter(|_| n == 0).map(|kept| Part::read(kept).key);
                pictures.push(self.copied(shown, sent.as_deref()).await?);
            }
        }
        let found = Trail { posts: ids, ..Trail::default() };
        Ok(self.sent(&found).filter(|_| !texts.is_empty()).map(|sent| Copy { texts, pictures, sent }))
    }

    async fn copied(&self, shown: Media, sent: Option<&str>) -> Result<CopiedPicture, ChannelError> {
        let file = match shown.url {
            _ if sent != Some(shown.media_key.as_str()) => CopiedFile::Another,
            Some(url) if self.answers(&url).await? => CopiedFile::Remade { url },
            _ => CopiedFile::Missing,
        };
        Ok(CopiedPicture { alt_text: shown.alt_text, file })
    }

    /// Whether anybody gets a picture at its address.
    pub(super) async fn answers(&self, url: &str) -> Result<bool, ChannelError> {
        if !self.session.outside.may_ask(url) {
            return Err(ChannelError::later("X names an address of a picture that cannot be asked"));
        }
        let answer = self.session.outside.has_answer(Network::X, &Call::get(url)).await;
        match answer.map_err(|failure: Failure| failure.of_asking())? {
            None => Ok(true),
            Some(reply) if matches!(reply.status, 403 | 404 | 410) => Ok(false),
            Some(reply) => {
                Err(ChannelError::later(format!("the address of a picture answers {}", reply.status)))
            }
        }
    }
}

/// Whether it is the post that was being made.
pub(super) fn is_of(post: &Post, order: &ReleaseOrder, trail: &Trail) -> bool {
    let n = trail.posts.len();
    let Some(text) = order.texts().get(n) else { return false };
    if is_older(post, order) || trail.posts.contains(&post.id) {
        return false;
    }
    let keys: Vec<String> = trail.parts.iter().map(|kept| Part::read(kept).key).collect();
    if n == 0 && !keys.is_empty() {
        post.media_keys() == keys
    } else {
        post.media_keys().is_empty() && post.words(text) == *text
    }
}

/// Whether a post was there before the order was made.
pub(super) fn is_older(post: &Post, order: &ReleaseOrder) -> bool {
    post.created_at.is_some_and(|at| at < order.made_at() - CLOCKS_DIFFER)
}

fn with_fields(call: Call) -> Call {
    call.query("post.fields", posts::FIELDS)
        .query("expansions", posts::EXPANSIONS)
        .query("media.fields", posts::MEDIA_FIELDS)
}
