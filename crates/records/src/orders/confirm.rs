//! Reading back what was sent.

use cleansheet_terms::{Clock, Entropy};

use super::{
    Order, OrderError, OrderState, Orders,
    machine::{Place, Published},
};
use crate::{
    jobs::{Claimed, Jobs},
    posts::{Posts, Stage},
};

impl Orders<'_> {
    /// The order to read back; `None`, and the job is finished, when there is nothing to confirm any more.
    pub async fn claim_to_confirm(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
    ) -> Result<Option<Order>, OrderError> {
        let order = self.ours(job).await?;
        if order.state == OrderState::Sent {
            return Ok(Some(order));
        }
        Jobs(self.0).finish(job, clock.now()).await?;
        Ok(None)
    }

    /// The public sees exactly what was approved. What this post corrects is taken down.
    pub async fn confirmed(
        &mut self,
        job: &Claimed,
        remote: &str,
        url: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        if let Place::Sent(at) = order.place() {
            self.found_at(&order, remote, url).await?;
            self.take(at.to(Published), None, clock, entropy).await?;
            self.replace_older(&order, clock, entropy).await?;
        }
        Ok(Jobs(self.0).finish(job, clock.now()).await?)
    }

    /// Something else is there than was approved: it is taken down.
    pub async fn differs(
        &mut self,
        job: &Claimed,
        what: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let order = self.ours(job).await?;
        let because = format!("what is public is not what was approved: {what}");
        self.to_take_down(&order.id, &because, clock, entropy).await?;
        Ok(Jobs(self.0).finish(job, clock.now()).await?)
    }

    /// Takes down the copies of the post that this one corrects: on the same channel, and on channels that the new post
    /// does not go to. The old post is put away, so that nobody sends it again.
    pub(super) async fn replace_older(
        &mut self,
        order: &Order,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OrderError> {
        let post = Posts(self.0).known(&order.post).await?;
        let Some(old) = post.corrects else { return Ok(()) };
        let (old, channels) = (Posts(self.0).known(&old).await?, Posts(self.0).channels_of(&post.id).await?);
        for copy in self.orders_of(&old.id).await? {
            if copy.channel == order.channel || !channels.contains(&copy.channel) {
                self.to_take_down(&copy.id, "a corrected copy has replaced it", clock, entropy).await?;
            }
        }
        let left = self.orders_of(&old.id).await?.iter().any(|copy| copy.state.is_live());
        if !left && matches!(old.stage, Stage::Approved | Stage::Stopped) {
            let old = Posts(self.0).known(&old.id).await?;
            Posts(self.0).void_approvals(&old.id, clock.now()).await?;
            Posts(self.0).advance(&old, Stage::Dropped, clock, entropy).await?;
        }
        Ok(())
    }
}
