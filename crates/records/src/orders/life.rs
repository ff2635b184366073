//! The life of a publication: from the day it is public to its last day, and down at the midnight behind it.
//!
//! A day is a day in London. The last day is written down when the post is seen to be public, so that a later change of the
//! setting shortens nothing behind anybody's back.

use cleansheet_terms::{Clock, Date, Entropy, LONDON, OrderId, PostId, Timestamp, day_in_london};
use jiff::{Span, ToSpan as _, civil::time};
use sqlx::any::AnyRow;

use super::{Order, OrderError, OrderState, Orders};
use crate::{
    columns::Columns as _,
    consents::Purpose,
    database::{StoreError, sql},
    jobs::{Claimed, Jobs, Work},
    settings::Settings,
};

/// What ends within this many days is shown, so that somebody can keep it in time.
pub const SHOWN_DAYS: i32 = 60;
/// What ends this soon is told on Today.
const SOON_DAYS: i32 = 14;
/// The subject of the job.
const TRUST: &str = "trust";
/// What stands beside an order.
const OVER: &str = "its time was over";
/// How many are looked at in one transaction.
const MOST: i64 = 200;

/// A publication that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The order.
    pub order: OrderId,
    /// Its post.
    pub post: PostId,
    /// The words.
    pub caption: String,
    /// The channel's name.
    pub channel: String,
    /// Where the public sees it.
    pub url: Option<String>,
    /// The last day, in London.
    pub last_day: Date,
    /// 0 on the last day.
    pub days_left: i32,
    /// Somebody has asked to keep it.
    pub asked: bool,
}

impl Order {
    /// It has more than [`SHOWN_DAYS`] days left: there is nothing to decide about yet.
    pub fn stays_anyway(&self, at: Timestamp) -> bool {
        self.ends.is_some_and(|last| last > day_in_london(at).saturating_add(SHOWN_DAYS.days()))
    }
}

/// A place in the list of what ends, the soonest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingPlace {
    /// The last day of the last publication of the page before.
    last_day: Date,
    /// That order.
    order: OrderId,
}

impl EndingPlace {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (last_day, order) = text.rsplit_once('-')?;
        Some(Self { last_day: last_day.parse().ok()?, order: OrderId::parse(order).ok()? })
    }
}

impl std::fmt::Display for EndingPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.last_day, self.order)
    }
}

impl Orders<'_> {
    /// How many publications end so soon that somebody should look, or wait for a second person to say whether they stay.
    pub async fn ending_soon(&mut self, at: Timestamp) -> Result<i64, StoreError> {
        let within = |days: i32| day_in_london(at).saturating_add(days.days()).to_string();
        let count = sql("SELECT COUNT(*) AS many FROM release_order o
             WHERE o.state = 'published' AND o.ends_day <= $1 AND (o.ends_day <= $2 OR EXISTS (
                 SELECT 1 FROM renewal r WHERE r.order_id = o.id AND r.decided_ms IS NULL))")
        .bind(within(SHOWN_DAYS))
        .bind(within(SOON_DAYS));
        self.0.row(count).await?.map_or(Ok(0), |row| row.number("many"))
    }

    /// A page of what ends within [`SHOWN_DAYS`] days, the soonest first, and where the next one begins.
    pub async fn ending(
        &mut self,
        at: Timestamp,
        after: Option<&EndingPlace>,
        most: usize,
    ) -> Result<(Vec<Ending>, Option<EndingPlace>), StoreError> {
        let today = day_in_london(at);
        let last = today.saturating_add(SHOWN_DAYS.days());
        let found = sql(
            "SELECT o.id, o.post_id, p.caption, c.name, o.url, o.ends_day,
                 (SELECT COUNT(*) FROM renewal r WHERE r.order_id = o.id AND r.decided_ms IS NULL) AS asked
             FROM release_order o JOIN post p ON p.id = o.post_id JOIN channel c ON c.id = o.channel_id
             WHERE o.state = 'published' AND o.ends_day <= $1
                 AND (o.ends_day > $2 OR (o.ends_day = $2 AND o.id > $3)) ORDER BY o.ends_day, o.id LIMIT $4",
        )
        .bind(last.to_string())
        .bind(after.map_or_else(String::new, |place| place.last_day.to_string()))
        .bind(after.map_or_else(String::new, |place| place.order.as_str().to_owned()))
        // One more than fits says whether there is another page.
        .bind(i64::try_from(most.max(1) + 1).unwrap_or(i64::MAX));
        let rows = self.0.rows(found).await?;
        let mut all: Vec<Ending> = rows.iter().map(|row| ending(row, today)).collect::<Result<_, _>>()?;
        let more = all.len() > most;
        all.truncate(most);
        let place = |one: &Ending| EndingPlace { last_day: one.last_day, order: one.order.clone() };
        let next = all.last().filter(|_| more).map(place);
        Ok((all, next))
    }

    /// Sees to it that what ends is looked for. For a program that has just started.
    pub async fn watch_ends(
        &mut self,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        if !Jobs(self.0).is_open(Work::EndPublications, TRUST).await? {
            Jobs(self.0).enqueue(Work::EndPublications, TRUST, clock.now(), clock, entropy).await?;
        }
        Ok(())
    }

    /// Takes down what is over, and looks again at the next midnight in London, or in an hour if that is sooner. Says how
    /// many there were.
    pub async fn end_what_is_over(
        &mut self,
        job: &Claimed,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<usize, OrderError> {
        Jobs(self.0).still_ours(job).await?;
        let now = clock.now();
        let without = self.give_lives(now).await?;
        let over = self.over(now).await?;
        for order in &over {
            self.to_take_down(order, OVER, clock, entropy).await?;
        }
        let full = |many: usize| many >= usize::try_from(MOST).unwrap_or(usize::MAX);
        let next = if full(over.len()) || full(without) { now } else { next_look(now) };
        Jobs(self.0).enqueue(Work::EndPublications, TRUST, next, clock, entropy).await?;
        Jobs(self.0).finish(job, now).await?;
        Ok(over.len())
    }

    /// Writes the last day of an order down that is public from now on.
    pub(super) async fn give_life(&mut self, order: &Order, now: Timestamp) -> Result<(), StoreError> {
        let months = self.months_of(&order.post).await?;
        let last = day_in_london(now).saturating_add(months);
        self.put_end(&order.id, last).await
    }

    /// The last day of an order if somebody kept it: one more life, behind the one it has.
    pub async fn would_end(&mut self, order: &Order) -> Result<Date, OrderError> {
        let (OrderState::Published, Some(ends)) = (order.state, order.ends) else {
            return Err(OrderError::WrongState(order.state));
        };
        Ok(ends.saturating_add(self.months_of(&order.post).await?))
    }

    /// Gives an order one more life.
    pub(crate) async fn lengthen(&mut self, order: &Order) -> Result<Date, OrderError> {
        let last = self.would_end(order).await?;
        self.put_end(&order.id, last).await?;
        Ok(last)
    }

    /// What was public before lives were written down gets its own, and time enough to be seen to end.
    async fn give_lives(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let found = sql("SELECT id, post_id, published_ms FROM release_order
             WHERE state = 'published' AND ends_day IS NULL AND published_ms IS NOT NULL ORDER BY id LIMIT $1");
        let rows = self.0.rows(found.bind(MOST)).await?;
        let soonest = day_in_london(now).saturating_add(SHOWN_DAYS.days());
        for row in &rows {
            let months = self.months_of(&row.read("post_id", PostId::parse)?).await?;
            let last = day_in_london(row.instant("published_ms")?).saturating_add(months);
            self.put_end(&row.read("id", OrderId::parse)?, last.max(soonest)).await?;
        }
        Ok(rows.len())
    }

    async fn over(&mut self, now: Timestamp) -> Result<Vec<OrderId>, StoreError> {
        let found = sql("SELECT id FROM release_order WHERE state = 'published' AND ends_day < $1
             ORDER BY ends_day, id LIMIT $2")
        .bind(day_in_london(now).to_string())
        .bind(MOST);
        self.0.rows(found).await?.iter().map(|row| row.read("id", OrderId::parse)).collect()
    }

    async fn months_of(&mut self, post: &PostId) -> Result<Span, StoreError> {
        let found = sql("SELECT purpose FROM post WHERE id = $1").bind(post.as_str().to_owned());
        let row = self.0.row(found).await?.ok_or_else(|| StoreError::damaged("post_id"))?;
        let months = Settings(self.0).months_public(row.read("purpose", Purpose::parse)?).await?;
        Ok(months.months())
    }

    async fn put_end(&mut self, id: &OrderId, last: Date) -> Result<(), StoreError> {
        let set = sql("UPDATE release_order SET ends_day = $1 WHERE id = $2")
            .bind(last.to_string())
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        Ok(())
    }
}

fn ending(row: &AnyRow, today: Date) -> Result<Ending, StoreError> {
    let last_day = row.day("ends_day")?;
    Ok(Ending {
        order: row.read("id", OrderId::parse)?,
        post: row.read("post_id", PostId::parse)?,
        caption: row.text("caption")?,
        channel: row.text("name")?,
        url: row.maybe_text("url")?,
        last_day,
        days_left: (last_day - today).get_days(),
        asked: row.flag("asked")?,
    })
}

/// The next midnight in London, or an hour from now if that is sooner: a clock that jumped is caught up with.
fn next_look(now: Timestamp) -> Timestamp {
    let hour = now.checked_add(1.hour()).unwrap_or(Timestamp::MAX);
    let midnight = day_in_london(now)
        .tomorrow()
        .and_then(|day| day.to_datetime(time(0, 0, 0, 0)).in_tz(LONDON))
        .map_or(Timestamp::MAX, |at| at.timestamp());
    hour.min(midnight)
}

#[cfg(test)]
mod tests {
    use super::next_look;

    #[test]
    fn the_next_look_is_at_midnight_in_london_summer_and_winter_and_never_later_than_in_an_hour() {
        let cases = [
            ("2026-11-21T12:46:00Z", "2026-11-21T13:46:00Z"),
            ("2026-11-21T23:30:00Z", "2026-11-22T00:00:00Z"),
            ("2026-11-22T00:00:00Z", "2026-11-22T01:00:00Z"),
            ("2026-07-10T22:30:00Z", "2026-07-10T23:00:00Z"),
            // The night before the clocks go back, and the one after; then forward.
            ("2026-10-24T22:59:59.999Z", "2026-10-24T23:00:00Z"),
            ("2026-10-25T23:30:00Z", "2026-10-26T00:00:00Z"),
            ("2027-03-27T23:30:00Z", "2027-03-28T00:00:00Z"),
            ("2027-03-28T22:30:00Z", "2027-03-28T23:00:00Z"),
        ];
        for (now, expected) in cases {
            assert_eq!(next_look(now.parse().unwrap()), expected.parse().unwrap(), "{now}");
        }
    }
}
