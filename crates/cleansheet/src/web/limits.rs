//! Limits on guessing and asking: buckets of one address and of one account, so that a stranger can neither try forever
//! nor lock somebody else out.
//!
//! They only slow down, so they live in memory and a restart forgets them. What must hold over a restart is counted in
//! the records: codes mailed to a guardian and tries of each, wrong codes of an authenticator app.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use cleansheet_terms::Timestamp;

use super::Problem;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Tries to come in from one address.
    Address,
    /// Tries to come in to one account.
    Account,
    /// Pages from one address that ask another server for something.
    Asking,
    /// Answers from one address, where a crowd stands behind one network.
    Answers,
    /// Answers by one code on a wall.
    Wall,
    /// Reports of accounts from one address.
    Reports,
    /// The same from everywhere.
    AllReports,
}

/// How much a bucket holds and how fast it fills again.
#[derive(Debug, Clone, Copy)]
struct Rule {
    burst: f64,
    a_second: f64,
}

impl Kind {
    fn rule(self) -> Rule {
        match self {
            Self::Address => Rule { burst: 10.0, a_second: 1.0 / 60.0 },
            Self::Account => Rule { burst: 30.0, a_second: 0.5 },
            Self::Asking => Rule { burst: 50.0, a_second: 1.0 / 60.0 },
            Self::Answers => Rule { burst: 20.0, a_second: 1.0 / 20.0 },
            Self::Wall => Rule { burst: 100.0, a_second: 0.2 },
            Self::Reports => Rule { burst: 5.0, a_second: 1.0 / 600.0 },
            Self::AllReports => Rule { burst: 60.0, a_second: 1.0 / 60.0 },
        }
    }
}

/// Buckets that are kept at most: full ones are dropped first, because a full bucket says nothing.
const MOST: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

type Key = (Kind, String);

/// The buckets of one process.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<Key, Bucket>>);

impl Limits {
    /// Takes one try from both buckets, or says to wait. A try that was right is given back by
    /// [`Limits::was_right`]: only guessing is slowed down.
    ///
    /// - `address`: where the request comes from; `None` when that is not known, as in tests.
    /// - `account`: what is being tried, for example a link; only its text is compared.
    pub(super) fn try_once(
        &self,
        address: Option<&str>,
        account: &str,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.take(&keys(address, account), now)
    }

    /// Gives a try back that let the right person in.
    pub(super) fn was_right(&self, address: Option<&str>, account: &str) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(address, account) {
            let burst = key.0.rule().burst;
            if let Some(bucket) = buckets.get_mut(&key) {
                bucket.left = (bucket.left + 1.0).min(burst);
            }
        }
    }

    /// Whether an address may have another server asked for something once more.
    pub(super) fn may_ask(&self, address: Option<&str>, now: Timestamp) -> Result<(), Problem> {
        self.take(&one(Kind::Asking, address), now)
    }

    /// Whether one more stranger may answer by a code on a wall.
    pub(super) fn may_answer(
        &self,
        address: Option<&str>,
        code: &str,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let mut keys = one(Kind::Answers, address);
        keys.push((Kind::Wall, code.to_owned()));
        self.take(&keys, now)
    }

    /// Whether an address may tell us of one more account. All addresses together are limited as well: no crowd of them
    /// buries the Manager.
    pub(super) fn may_report(&self, address: Option<&str>, now: Timestamp) -> Result<(), Problem> {
        let mut keys = one(Kind::Reports, address);
        keys.push((Kind::AllReports, String::new()));
        self.take(&keys, now)
    }

    /// Takes one from every bucket, also when one of them is empty: who goes on waits longer.
    fn take(&self, keys: &[Key], now: Timestamp) -> Result<(), Problem> {
        // A panic elsewhere cannot leave a bucket half-changed.
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            make_room(&mut buckets, now);
        }
        let mut enough = true;
        for key in keys {
            let rule = key.0.rule();
            let bucket = buckets.entry(key.clone()).or_insert(Bucket { left: rule.burst, at: now });
            let left = filled(*bucket, rule, now);
            *bucket = Bucket { left: (left - 1.0).max(0.0), at: now };
            enough &= left >= 1.0;
        }
        if enough { Ok(()) } else { Err(Problem::TooOften) }
    }
}

fn keys(address: Option<&str>, account: &str) -> Vec<Key> {
    let mut keys = one(Kind::Address, address);
    keys.push((Kind::Account, account.to_owned()));
    keys
}

fn one(kind: Kind, address: Option<&str>) -> Vec<Key> {
    address.map(|address| (kind, place(address))).into_iter().collect()
}

/// One household or one server has 64 bits of IPv6 addresses: they are one place.
fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// Drops what is full; should that not be enough, the half that was used longest ago.
fn make_room(buckets: &mut HashMap<Key, Bucket>, now: Timestamp) {
    buckets.retain(|(kind, _), bucket| filled(*bucket, kind.rule(), now) < kind.rule().burst);
    if buckets.len() < MOST {
        return;
    }
    let mut used: Vec<Timestamp> = buckets.values().map(|bucket| bucket.at).collect();
    used.sort_unstable();
    let middle = used.get(used.len() / 2).copied().unwrap_or(now);
    buckets.retain(|_, bucket| bucket.at > middle);
}

fn filled(bucket: Bucket, rule: Rule, now: Timestamp) -> f64 {
    let seconds = now.duration_since(bucket.at).as_secs_f64().max(0.0);
    rule.a_second.mul_add(seconds, bucket.left).min(rule.burst)
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Timestamp;
    use jiff::SignedDuration;

    use super::{Limits, MOST, place};

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_address_may_try_ten_times_and_then_once_a_minute() {
        let limits = Limits::default();
        let mut now = noon();
        for n in 0..10 {
            assert!(limits.try_once(Some("192.0.2.1"), &format!("link-{n}"), now).is_ok(), "try {n}");
        }
        assert!(limits.try_once(Some("192.0.2.1"), "link-x", now).is_err());
        assert!(limits.try_once(Some("192.0.2.2"), "link-x", now).is_ok(), "another address is not held up");
        now += SignedDuration::from_secs(61);
        assert!(limits.try_once(Some("192.0.2.1"), "link-y", now).is_ok());
        assert!(limits.try_once(Some("192.0.2.1"), "link-y", now).is_err());
    }

    #[test]
    fn an_account_may_be_tried_thirty_times_from_anywhere_and_then_every_other_second() {
        let limits = Limits::default();
        let mut now = noon();
        for n in 0..30 {
            assert!(limits.try_once(Some(&format!("192.0.2.{n}")), "jo@example.org", now).is_ok(), "try {n}");
        }
        assert!(limits.try_once(Some("192.0.2.99"), "jo@example.org", now).is_err());
        assert!(
            limits.try_once(Some("192.0.2.98"), "priya@example.org", now).is_ok(),
            "another account is open"
        );
        now += SignedDuration::from_secs(2);
        assert!(limits.try_once(Some("192.0.2.97"), "jo@example.org", now).is_ok());
    }

    #[test]
    fn an_address_may_report_five_accounts_and_then_one_in_ten_minutes() {
        let limits = Limits::default();
        for n in 0..5 {
            assert!(limits.may_report(Some("192.0.2.1"), noon()).is_ok(), "report {n}");
        }
        assert!(limits.may_report(Some("192.0.2.1"), noon()).is_err());
        assert!(limits.may_report(Some("192.0.2.2"), noon()).is_ok(), "another address is not held up");
        assert!(limits.may_report(Some("192.0.2.1"), noon() + SignedDuration::from_mins(11)).is_ok());
        for n in 0..60 {
            let _either = limits.may_report(Some(&format!("198.51.100.{n}")), noon());
        }
        assert!(limits.may_report(Some("203.0.113.1"), noon()).is_err(), "all addresses together");
    }

    #[test]
    fn people_who_get_in_are_never_held_up() {
        let limits = Limits::default();
        for n in 0..50 {
            assert!(limits.try_once(Some("192.0.2.1"), "link", noon()).is_ok(), "try {n}");
            limits.was_right(Some("192.0.2.1"), "link");
        }
    }

    #[test]
    fn all_addresses_of_one_household_are_one_place() {
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), place("2001:db8:1:2:ffff::1"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_eq!(place("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(place("unknown"), "unknown");
    }

    #[test]
    fn a_crowd_of_addresses_does_not_fill_the_memory() {
        let limits = Limits::default();
        for n in 0..3 * MOST {
            let _either = limits.may_ask(Some(&format!("place {n}")), noon());
        }
        assert!(limits.0.lock().unwrap().len() <= MOST);
    }
}
