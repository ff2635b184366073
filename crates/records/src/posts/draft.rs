//! Starting a post and changing it. Every change of what would be published goes through [`Posts::changed`].

use cleansheet_terms::{ChannelId, Clock, Entropy, PersonId, PostId};

use super::{NewPost, PhotoState, Post, PostError, Posts, Stage, read::ms};
use crate::{
    accounts::Accounts,
    activities::{Activities, ActivityError},
    consents::Purpose,
    database::{StoreError, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    orders::Orders,
};

/// Nothing of it is different, and it is its author's again.
const TAKEN_BACK: &str = "taken back";
/// The same, because a second person says so.
pub(crate) const RETURNED: &str = "returned";

impl Posts<'_> {
    /// Starts a draft.
    pub async fn start(
        &mut self,
        new: &NewPost<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<PostId, PostError> {
        let activity = Activities(self.0).activity(new.activity).await?;
        activity.ok_or_else(|| ActivityError::NoActivity(new.activity.clone()))?;
        let (id, now) = (PostId::new(clock, entropy), clock.now());
        let insert =
            sql("INSERT INTO post (id, author_id, activity_id, purpose, caption, stage, revision, made_ms,
                 moved_ms)
             VALUES ($1, $2, $3, $4, '', 'draft', 1, $5, $5)")
            .bind(id.as_str().to_owned())
            .bind(new.author.as_str().to_owned())
            .bind(new.activity.as_str().to_owned())
            .bind(Purpose::News.as_str())
            .bind(ms(now));
        self.0.run(insert).await?;
        self.tick(&id, new.channels).await?;
        Ledger(self.0).append("post.started", id.as_str(), &new.activity, now, entropy).await?;
        Ok(id)
    }

    /// Writes the words. The space around them is not kept: telephones add some, and networks take it off, so that what
    /// is read back would be other words than were approved.
    pub async fn set_caption(
        &mut self,
        id: &PostId,
        caption: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let (post, caption) = (self.editable(id, by).await?, caption.trim());
        if post.caption == caption {
            return Ok(());
        }
        let set = sql("UPDATE post SET caption = $1 WHERE id = $2");
        self.0.run(set.bind(caption.to_owned()).bind(id.as_str().to_owned())).await?;
        self.changed(&post, "caption", clock, entropy).await
    }

    /// Says what the post is for: a consent to one use is none to another.
    pub async fn set_purpose(
        &mut self,
        id: &PostId,
        purpose: Purpose,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let post = self.editable(id, by).await?;
        if post.purpose == purpose || !Purpose::OF_POSTS.contains(&purpose) {
            return Ok(());
        }
        let set = sql("UPDATE post SET purpose = $1 WHERE id = $2");
        self.0.run(set.bind(purpose.as_str()).bind(id.as_str().to_owned())).await?;
        self.changed(&post, "purpose", clock, entropy).await
    }

    /// Ticks exactly these channels.
    pub async fn set_channels(
        &mut self,
        id: &PostId,
        channels: &[ChannelId],
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let post = self.editable(id, by).await?;
        let mut wanted = channels.to_vec();
        wanted.sort();
        wanted.dedup();
        if self.channels_of(id).await? == wanted {
            return Ok(());
        }
        self.0.run(sql("DELETE FROM post_channel WHERE post_id = $1").bind(id.as_str().to_owned())).await?;
        self.tick(id, &wanted).await?;
        for photo in self.photos(id).await? {
            if photo.state == PhotoState::Looked {
                Jobs(self.0).enqueue(Work::Render, photo.id.as_str(), clock.now(), clock, entropy).await?;
            }
        }
        self.changed(&post, "channels", clock, entropy).await
    }

    /// The author takes a post back without changing it yet: one that waits, was stopped, or was approved and has not left.
    pub async fn take_back(
        &mut self,
        id: &PostId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let post = self.editable(id, by).await?;
        if post.stage == Stage::Draft {
            return Ok(());
        }
        self.changed(&post, TAKEN_BACK, clock, entropy).await
    }

    async fn tick(&mut self, id: &PostId, channels: &[ChannelId]) -> Result<(), PostError> {
        for channel in channels {
            let known = Accounts(self.0).channel(channel).await?;
            known.ok_or_else(|| PostError::NoChannel(channel.clone()))?;
            let tick = sql("INSERT INTO post_channel (post_id, channel_id) VALUES ($1, $2)
                 ON CONFLICT (post_id, channel_id) DO NOTHING");
            self.0.run(tick.bind(id.as_str().to_owned()).bind(channel.as_str().to_owned())).await?;
        }
        Ok(())
    }

    /// A post that this person may change now: their own, and nothing of it is on its way or public.
    pub(crate) async fn editable(&mut self, id: &PostId, by: &PersonId) -> Result<Post, PostError> {
        let post = self.known(id).await?;
        if post.author != *by {
            return Err(PostError::NotAuthor);
        }
        self.not_on_its_way(&post).await?;
        Ok(post)
    }

    pub(crate) async fn not_on_its_way(&mut self, post: &Post) -> Result<(), PostError> {
        if post.stage == Stage::Dropped {
            return Err(PostError::WrongStage(post.stage));
        }
        let orders = Orders(self.0).orders_of(&post.id).await?;
        if orders.iter().any(|order| order.state.has_left()) { Err(PostError::OnItsWay) } else { Ok(()) }
    }

    /// What would be published has changed: the approval is void, waiting orders stop, and it is a draft (again).
    pub(crate) async fn changed(
        &mut self,
        post: &Post,
        what: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let now = clock.now();
        // INVARIANT: the revision only grows, so an approval or order of an earlier one never fits again.
        let raise =
            sql("UPDATE post SET revision = revision + 1, stage = 'draft', moved_ms = $1 WHERE id = $2");
        self.0.run(raise.bind(ms(now)).bind(post.id.as_str().to_owned())).await?;
        self.void_approvals(&post.id, now).await?;
        let because = match what {
            TAKEN_BACK => "its author took it back",
            RETURNED => "it went back to its author",
            _ => "it was changed after it was approved",
        };
        Orders(self.0).stop_waiting(&post.id, because, clock, entropy).await?;
        Ledger(self.0)
            .append("post.changed", post.id.as_str(), &(what, post.revision + 1), now, entropy)
            .await?;
        Ok(())
    }

    pub(crate) async fn void_approvals(
        &mut self,
        id: &PostId,
        at: cleansheet_terms::Timestamp,
    ) -> Result<(), StoreError> {
        let void = sql("UPDATE approval SET void_ms = $1 WHERE post_id = $2 AND void_ms IS NULL");
        self.0.run(void.bind(ms(at)).bind(id.as_str().to_owned())).await?;
        Ok(())
    }

    /// Moves a post from one stage to the next; `WrongStage` when somebody else moved it first.
    pub(crate) async fn advance(
        &mut self,
        post: &Post,
        to: Stage,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let now = clock.now();
        let advance =
            sql("UPDATE post SET stage = $1, moved_ms = $2 WHERE id = $3 AND stage = $4 AND revision = $5")
                .bind(to.as_str())
                .bind(ms(now))
                .bind(post.id.as_str().to_owned())
                .bind(post.stage.as_str())
                .bind(post.revision);
        if self.0.run(advance).await? != 1 {
            return Err(PostError::WrongStage(post.stage));
        }
        let payload = (post.stage.as_str(), to.as_str(), post.revision);
        Ledger(self.0).append("post.moved", post.id.as_str(), &payload, now, entropy).await?;
        Ok(())
    }
}
