//! Jobs that call an account's network: each account has a lane of its own, and take-downs have an order within it.

use cleansheet_terms::{ChannelId, Timestamp};

use super::{Jobs, NO_MORE_YET, Work};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
};

/// Behind every take-down that a family asked for.
const BEHIND_FAMILIES: i64 = 100_000_000_000_000;
/// Later than any instant in milliseconds that a post may carry: the newest post has the smallest place.
const LATEST: i64 = 10_000_000_000_000;

impl Jobs<'_> {
    /// The account a job is about, and its place there. Take-downs: what a family asked for first, and of either the newest
    /// post, which most people see.
    pub(super) async fn lane_and_place(
        &mut self,
        work: Work,
        subject: &str,
    ) -> Result<(String, i64), StoreError> {
        let found = match work {
            Work::Watch => return Ok((subject.to_owned(), 0)),
            Work::TakeDownOld | Work::ConfirmOldGone => {
                "SELECT p.channel_id, p.published_ms AS post_ms, (SELECT COUNT(*) FROM withdrawal_old_post w
                     WHERE w.old_post_id = p.id) AS asked FROM old_post p WHERE p.id = $1"
            }
            _ if work.calls_a_network() => {
                "SELECT o.channel_id, o.queued_ms AS post_ms, (SELECT COUNT(*) FROM withdrawal_order w
                     WHERE w.order_id = o.id) AS asked FROM release_order o WHERE o.id = $1"
            }
            _ => return Ok((String::new(), 0)),
        };
        let Some(row) = self.0.row(sql(found).bind(subject.to_owned())).await? else {
            return Ok((String::new(), 0));
        };
        let place = match work {
            Work::TakeDown | Work::TakeDownOld => {
                let newest_first = LATEST - row.number("post_ms")?.clamp(0, LATEST);
                if row.flag("asked")? { newest_first } else { BEHIND_FAMILIES + newest_first }
            }
            _ => 0,
        };
        Ok((row.text("channel_id")?, place))
    }

    /// A family asks for what is being taken down already: its job moves forward.
    pub(crate) async fn place_again(&mut self, work: Work, subject: &str) -> Result<(), StoreError> {
        let (_, place) = self.lane_and_place(work, subject).await?;
        let put = sql("UPDATE job SET place = $1 WHERE kind = $2 AND subject = $3 AND done_ms IS NULL")
            .bind(place)
            .bind(work.as_str())
            .bind(subject.to_owned());
        self.0.run(put).await?;
        Ok(())
    }

    /// The network takes no more of a kind from an account before an instant: whatever waits for it waits until then, and
    /// nobody asks meanwhile.
    pub async fn wait_in_lane(
        &mut self,
        work: Work,
        lane: &ChannelId,
        because: &str,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let wait = sql("UPDATE job SET due_ms = $1, last_error = $2
             WHERE kind = $3 AND lane = $4 AND done_ms IS NULL AND lease_ends_ms = 0 AND due_ms < $1")
        .bind(until.as_millisecond())
        .bind(because.to_owned())
        .bind(work.as_str())
        .bind(lane.as_str().to_owned());
        self.0.run(wait).await?;
        Ok(())
    }

    /// Makes waiting work for a record due now, unless it waits for its network to take more.
    pub(crate) async fn hasten_if_taken(
        &mut self,
        work: Work,
        subject: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hasten = sql("UPDATE job SET due_ms = $1 WHERE kind = $2 AND subject = $3 AND done_ms IS NULL
             AND lease_ends_ms = 0 AND due_ms > $1 AND COALESCE(last_error, '') <> $4")
        .bind(now.as_millisecond())
        .bind(work.as_str())
        .bind(subject.to_owned())
        .bind(NO_MORE_YET);
        self.0.run(hasten).await?;
        Ok(())
    }

    /// Ends work that was tried before and waits to be tried again: somebody else has done it.
    pub(crate) async fn end_repeated(
        &mut self,
        work: Work,
        subject: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let end = sql("UPDATE job SET done_ms = $1 WHERE kind = $2 AND subject = $3 AND done_ms IS NULL
             AND attempts > 0 AND lease_ends_ms = 0")
        .bind(now.as_millisecond())
        .bind(work.as_str())
        .bind(subject.to_owned());
        self.0.run(end).await?;
        Ok(())
    }

    /// How many take-downs of an account wait, and how many of them are due or run.
    pub async fn take_downs_in(
        &mut self,
        lane: &ChannelId,
        now: Timestamp,
    ) -> Result<(u32, u32), StoreError> {
        let count = sql(
            "SELECT COUNT(*) AS waiting, COALESCE(SUM(CASE WHEN due_ms <= $1 THEN 1 ELSE 0 END), 0) AS due
             FROM job WHERE kind IN ('take_down', 'take_down_old') AND lane = $2 AND done_ms IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(lane.as_str().to_owned());
        let Some(row) = self.0.row(count).await? else { return Ok((0, 0)) };
        let whole = |name: &str| Ok::<_, StoreError>(u32::try_from(row.number(name)?).unwrap_or(u32::MAX));
        Ok((whole("waiting")?, whole("due")?))
    }
}
