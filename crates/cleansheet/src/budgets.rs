//! How many more calls of a kind an account's network takes now: as the network said last, else as its published limit
//! has it, counted here. Nobody asks a network that has said when its count begins anew.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cleansheet_channels::{Heard, Kind, Quota, Rate};
use cleansheet_terms::{ChannelId, Clock, Timestamp};
use jiff::SignedDuration;

/// How long a period is taken to be when a network never said and no limit is published.
const USUAL_PERIOD: SignedDuration = SignedDuration::from_mins(15);

/// How many calls of a kind are left in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// In one period.
    pub limit: u32,
    /// That are left of them.
    pub left: u32,
    /// When the count begins anew.
    pub resets: Timestamp,
    /// How long a period is.
    pub period: SignedDuration,
}

impl Count {
    /// A published limit of which nothing is used.
    pub fn of(rate: Rate, now: Timestamp) -> Self {
        let period = SignedDuration::from_secs(i64::from(rate.seconds));
        Self { limit: rate.calls, left: rate.calls, resets: later(now, period), period }
    }

    /// As it stands at an instant: a period that is over has begun anew.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        if now < self.resets {
            return self;
        }
        Self { left: self.limit, resets: later(now, self.period), ..self }
    }

    /// What a network says takes the place of what was counted.
    fn heard(before: Option<Self>, quota: Quota, now: Timestamp) -> Self {
        let ahead = quota.resets.duration_since(now);
        let period = before.map_or(USUAL_PERIOD, |count| count.period).max(ahead);
        Self { limit: quota.limit.max(1), left: quota.left, resets: quota.resets, period }
    }
}

/// When the last of so many calls can be made, one after the other as the count allows.
pub fn finishes(waiting: u32, count: Option<Count>, now: Timestamp) -> Timestamp {
    let Some(count) = count.map(|count| count.at(now)) else { return now };
    let Some(beyond) = waiting.checked_sub(count.left).filter(|beyond| *beyond > 0) else { return now };
    let periods = beyond.div_ceil(count.limit.max(1)) - 1;
    later(count.resets, count.period.saturating_mul(i32::try_from(periods).unwrap_or(i32::MAX)))
}

/// The counts of every account. They are lost with the program: the first answer of a network brings them back.
#[derive(Debug, Clone, Default)]
pub struct Budgets(Arc<Mutex<BTreeMap<(ChannelId, Kind), Count>>>);

impl Budgets {
    /// Takes so many calls out of a count; when they do not fit, says when it begins anew.
    ///
    /// - `rate`: the published limit, for a network that has not said anything yet.
    pub fn take(
        &self,
        channel: &ChannelId,
        kind: Kind,
        calls: u32,
        rate: Option<Rate>,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let mut counts = self.lock();
        let known = counts.get(&(channel.clone(), kind)).copied();
        let Some(count) = known.or_else(|| rate.map(|rate| Count::of(rate, now))) else { return Ok(()) };
        let mut count = count.at(now);
        // What is more than a whole period allows is begun with a whole one.
        let wanted = calls.min(count.limit);
        let fits = count.left >= wanted;
        if fits {
            count.left -= wanted;
        }
        counts.insert((channel.clone(), kind), count);
        if fits { Ok(()) } else { Err(count.resets) }
    }

    /// The network refused a call and said when it takes the next one.
    pub fn is_empty_until(
        &self,
        channel: &ChannelId,
        kind: Kind,
        rate: Option<Rate>,
        until: Timestamp,
        now: Timestamp,
    ) {
        let mut counts = self.lock();
        let known = counts.get(&(channel.clone(), kind)).copied();
        let usual = Count { limit: 1, left: 0, resets: until, period: USUAL_PERIOD };
        let count = known.or_else(|| rate.map(|rate| Count::of(rate, now))).unwrap_or(usual);
        // Without a limit nothing is counted: one wait does not become a limit of its own.
        if known.is_some() || rate.is_some() {
            counts.insert((channel.clone(), kind), Count { left: 0, resets: until, ..count });
        }
    }

    /// What is known of a kind of calls now.
    pub fn count(
        &self,
        channel: &ChannelId,
        kind: Kind,
        rate: Option<Rate>,
        now: Timestamp,
    ) -> Option<Count> {
        let known = self.lock().get(&(channel.clone(), kind)).copied();
        known.or_else(|| rate.map(|rate| Count::of(rate, now))).map(|count| count.at(now))
    }

    /// Whether posts leave room for take-downs that wait: where both are counted together, each post would take one.
    pub fn leaves_room(&self, channel: &ChannelId, waiting: u32, now: Timestamp) -> bool {
        let counts = self.lock();
        let of = |kind| counts.get(&(channel.clone(), kind)).map(|count| count.at(now));
        match (of(Kind::Publish), of(Kind::TakeDown)) {
            (Some(posts), Some(downs)) if posts.limit == downs.limit && posts.resets == downs.resets => {
                posts.left > waiting
            }
            _ => true,
        }
    }

    /// What a network said of an account's calls.
    pub fn hear(&self, channel: &ChannelId, quota: Quota, now: Timestamp) {
        let mut counts = self.lock();
        let at = (channel.clone(), quota.kind);
        let count = Count::heard(counts.get(&at).copied(), quota, now);
        counts.insert(at, count);
    }

    /// Hears for one account.
    pub fn ear(&self, channel: &ChannelId, clock: &Arc<dyn Clock>) -> Heard {
        let (budgets, channel, clock) = (self.clone(), channel.clone(), Arc::clone(clock));
        Arc::new(move |quota| budgets.hear(&channel, quota, clock.now()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(ChannelId, Kind), Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use cleansheet_channels::{Kind, Quota, Rate};
    use cleansheet_terms::{ChannelId, Timestamp};

    use super::{Budgets, Count, finishes};

    const MASTODON: Rate = Rate { calls: 30, seconds: 1_800 };

    fn at(text: &str) -> Timestamp {
        format!("2026-11-21T{text}Z").parse().unwrap()
    }

    fn account() -> ChannelId {
        ChannelId::parse("channel_1").unwrap()
    }

    #[test]
    fn the_last_of_many_goes_when_the_count_has_begun_anew_often_enough() {
        let now = at("12:00:00");
        let fresh = Some(Count::of(MASTODON, now));
        let cases = [(0, "12:00:00"), (30, "12:00:00"), (31, "12:30:00"), (60, "12:30:00"), (61, "13:00:00")];
        for (waiting, expected) in cases {
            assert_eq!(finishes(waiting, fresh, now), at(expected), "{waiting}");
        }
        let used = fresh.map(|count| Count { left: 0, resets: at("12:10:00"), ..count });
        assert_eq!(finishes(1, used, now), at("12:10:00"));
        assert_eq!(finishes(31, used, now), at("12:40:00"));
        assert_eq!(finishes(1, used, at("12:10:00")), at("12:10:00"), "the count has begun anew");
        assert_eq!(finishes(9_999, None, now), now, "no limit is known");
    }

    #[test]
    fn what_does_not_fit_waits_until_the_count_begins_anew_and_not_longer() {
        let (budgets, id, now) = (Budgets::default(), account(), at("12:00:00"));
        let take = |now| budgets.take(&id, Kind::TakeDown, 1, Some(MASTODON), now);
        for _ in 0..30 {
            assert_eq!(take(now), Ok(()));
        }
        assert_eq!(take(at("12:05:00")), Err(at("12:30:00")));
        assert_eq!(take(at("12:30:00")), Ok(()));
        let other = ChannelId::parse("channel_2").unwrap();
        assert_eq!(
            budgets.take(&other, Kind::TakeDown, 1, Some(MASTODON), now),
            Ok(()),
            "an account of its own"
        );
        assert_eq!(budgets.take(&id, Kind::Publish, 99, None, now), Ok(()), "no limit is known");
    }

    #[test]
    fn what_the_network_says_counts_more_than_what_was_counted() {
        let (budgets, id, now) = (Budgets::default(), account(), at("12:00:00"));
        let quota = |left, resets| Quota { kind: Kind::TakeDown, limit: 50, left, resets: at(resets) };
        budgets.hear(&id, quota(1, "12:04:00"), now);
        assert_eq!(budgets.take(&id, Kind::TakeDown, 1, Some(MASTODON), now), Ok(()));
        assert_eq!(budgets.take(&id, Kind::TakeDown, 1, Some(MASTODON), now), Err(at("12:04:00")));
        budgets.is_empty_until(&id, Kind::TakeDown, None, at("12:20:00"), now);
        assert_eq!(budgets.take(&id, Kind::TakeDown, 1, None, at("12:19:59")), Err(at("12:20:00")));
        assert_eq!(budgets.take(&id, Kind::TakeDown, 1, None, at("12:20:00")), Ok(()));
    }

    #[test]
    fn a_thread_that_is_longer_than_a_period_allows_is_begun_all_the_same() {
        let (budgets, id, now) = (Budgets::default(), account(), at("12:00:00"));
        assert_eq!(budgets.take(&id, Kind::TakeDown, 40, Some(MASTODON), now), Ok(()));
        assert_eq!(budgets.take(&id, Kind::TakeDown, 1, Some(MASTODON), now), Err(at("12:30:00")));
    }

    #[test]
    fn where_both_are_counted_together_posts_leave_room_for_take_downs() {
        let (budgets, id, now) = (Budgets::default(), account(), at("12:00:00"));
        for kind in [Kind::Publish, Kind::TakeDown] {
            budgets.hear(&id, Quota { kind, limit: 200, left: 5, resets: at("13:00:00") }, now);
        }
        assert!(budgets.leaves_room(&id, 4, now) && !budgets.leaves_room(&id, 5, now));
        assert!(budgets.leaves_room(&id, 5, at("13:00:00")));
    }
}
