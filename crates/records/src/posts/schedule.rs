//! When a post is to go out. It is our own worker that sends it then, never the network: what is sent is decided about at
//! that instant.

use cleansheet_policy::facts::Grant;
use cleansheet_terms::{Clock, Entropy, PersonId, PostId, Timestamp, day_in_london};
use jiff::SignedDuration;

use super::{Post, PostError, Posts, Stage, read::ms};
use crate::{
    accounts::{Accounts, Right},
    database::{StoreError, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    orders::{OrderState, Orders},
};

/// A post goes out this much later than it was meant to, and not later: a match-day post of yesterday is wrong.
pub const LATE: SignedDuration = SignedDuration::from_hours(1);
/// How long an approval is good for another time than the one that it was given for. What a machine can know of that day
/// is decided anew at the instant; whether the story is still true and kind is what a person looked at, and a fortnight
/// later a person looks again.
pub const APPROVAL_LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Nothing is planned for later than this from now.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Whether a post may go out at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Not for this long.
    Early(SignedDuration),
    Now,
    /// Its time is over.
    Over,
    /// It has no time, and waited for longer than its approval lasts.
    Old,
}

impl Post {
    /// Whether its time has come.
    pub(crate) fn turn(&self, now: Timestamp) -> Turn {
        match self.publish_at {
            Some(at) if at > now => Turn::Early(at.duration_since(now)),
            Some(at) if now.duration_since(at) > LATE => Turn::Over,
            _ => Turn::Now,
        }
    }

    /// The same for one that waits to be sent: an approval ages where there is no time that it was given for.
    ///
    /// - `good`: [`Posts::approval_lasts_to`].
    pub(crate) fn turn_with(&self, good: Option<Timestamp>, now: Timestamp) -> Turn {
        match self.turn(now) {
            Turn::Now if self.publish_at.is_none() && good.is_some_and(|good| now > good) => Turn::Old,
            turn => turn,
        }
    }

    /// Its time came and is over: it does not go out any more before another one is chosen.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.turn(now) == Turn::Over
    }
}

impl Posts<'_> {
    /// Says when a post is to go out; `None` for as soon as it is approved. For its author, and for whoever may approve it.
    ///
    /// What was approved stays approved as long as the new time is within [`APPROVAL_LASTS`] of the approval, or not later
    /// than the one it was given for. Beyond that an author has it back as a draft, to be approved for the new time, and
    /// others are refused.
    pub async fn set_time(
        &mut self,
        id: &PostId,
        at: Option<Timestamp>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let (post, now) = (self.known(id).await?, clock.now());
        self.not_on_its_way(&post).await?;
        if !self.may_set_time(&post, by, now).await? {
            return Err(PostError::NotTheirs);
        }
        if post.publish_at == at {
            return Ok(());
        }
        match at {
            Some(at) if at <= now => return Err(PostError::TimePast),
            Some(at) if at.duration_since(now) > AHEAD => return Err(PostError::TooFarAhead),
            _ => {}
        }
        let good = self.approval_lasts_to(&post).await?;
        let anew = at.zip(good).is_some_and(|(at, good)| at > good);
        if anew && post.author != *by {
            return Err(PostError::ApprovalEnds);
        }
        let set = sql("UPDATE post SET publish_at_ms = $1 WHERE id = $2");
        self.0.run(set.bind(at.map(ms)).bind(id.as_str().to_owned())).await?;
        Ledger(self.0).append("post.timed", id.as_str(), &(at.map(ms), post.revision), now, entropy).await?;
        if anew {
            return self.changed(&post, "time", clock, entropy).await;
        }
        for order in Orders(self.0).orders_of(id).await? {
            if order.state == OrderState::Queued {
                Jobs(self.0).put_off(Work::Publish, order.id.as_str(), at.unwrap_or(now)).await?;
            }
        }
        Ok(())
    }

    /// Whether somebody may say when this post goes out: its author, and whoever may approve it on every account.
    pub async fn may_set_time(
        &mut self,
        post: &Post,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if post.author == *by {
            return Ok(true);
        }
        let channels = self.channels_of(&post.id).await?;
        for channel in &channels {
            let state = Accounts(self.0).grant_state(by, channel, Right::Approve, day_in_london(now)).await?;
            if state != Grant::Current {
                return Ok(false);
            }
        }
        Ok(!channels.is_empty() && matches!(post.stage, Stage::Submitted | Stage::Approved))
    }

    /// Until when an approved post may go out without another look; `None` while nobody has approved it.
    pub async fn approval_lasts_to(&mut self, post: &Post) -> Result<Option<Timestamp>, StoreError> {
        if post.stage != Stage::Approved {
            return Ok(None);
        }
        let approval = self.approval_in_force(post).await?;
        Ok(approval.map(|approval| {
            let lasts = approval.at.checked_add(APPROVAL_LASTS).unwrap_or(Timestamp::MAX);
            approval.goes_out.map_or(lasts, |at| at.max(lasts))
        }))
    }
}
