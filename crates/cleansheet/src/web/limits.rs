//! Limits on guessing: one bucket an address, one bucket an account, so that a stranger can neither try forever nor
//! lock somebody else out.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use cleansheet_terms::Timestamp;

use super::Problem;

/// How much a bucket holds and how fast it fills again.
#[derive(Debug, Clone, Copy)]
struct Rule {
    burst: f64,
    a_second: f64,
}

const ADDRESS: Rule = Rule { burst: 10.0, a_second: 1.0 / 60.0 };
const ACCOUNT: Rule = Rule { burst: 30.0, a_second: 0.5 };
/// Buckets that are kept at most: full ones are dropped first, because a full bucket says nothing.
const MOST: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

/// The buckets of one process.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<(bool, String), Bucket>>);

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
        // A panic elsewhere cannot leave a bucket half-changed.
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|(by_address, _), bucket| {
                let rule = if *by_address { ADDRESS } else { ACCOUNT };
                filled(*bucket, rule, now) < rule.burst
            });
        }
        let mut take = |key, rule: Rule| {
            let bucket = buckets.entry(key).or_insert(Bucket { left: rule.burst, at: now });
            let left = filled(*bucket, rule, now);
            *bucket = Bucket { left: (left - 1.0).max(0.0), at: now };
            left >= 1.0
        };
        let by_address = address.is_none_or(|address| take((true, address.to_owned()), ADDRESS));
        let by_account = take((false, account.to_owned()), ACCOUNT);
        if by_address && by_account { Ok(()) } else { Err(Problem::TooOften) }
    }

    /// Gives a try back that let the right person in.
    pub(super) fn was_right(&self, address: Option<&str>, account: &str) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = [address.map(|address| (true, address.to_owned())), Some((false, account.to_owned()))];
        for key in keys.into_iter().flatten() {
            let rule = if key.0 { ADDRESS } else { ACCOUNT };
            if let Some(bucket) = buckets.get_mut(&key) {
                bucket.left = (bucket.left + 1.0).min(rule.burst);
            }
        }
    }
}

fn filled(bucket: Bucket, rule: Rule, now: Timestamp) -> f64 {
    let seconds = now.duration_since(bucket.at).as_secs_f64().max(0.0);
    rule.a_second.mul_add(seconds, bucket.left).min(rule.burst)
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Timestamp;

    use super::Limits;

    #[test]
    fn an_address_may_try_ten_times_and_then_once_a_minute() {
        let limits = Limits::default();
        let mut now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for n in 0..10 {
            assert!(limits.try_once(Some("192.0.2.1"), &format!("link-{n}"), now).is_ok(), "try {n}");
        }
        assert!(limits.try_once(Some("192.0.2.1"), "link-x", now).is_err());
        assert!(limits.try_once(Some("192.0.2.2"), "link-x", now).is_ok(), "another address is not held up");
        now += jiff::SignedDuration::from_secs(61);
        assert!(limits.try_once(Some("192.0.2.1"), "link-y", now).is_ok());
        assert!(limits.try_once(Some("192.0.2.1"), "link-y", now).is_err());
    }

    #[test]
    fn people_who_get_in_are_never_held_up() {
        let limits = Limits::default();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for n in 0..50 {
            assert!(limits.try_once(Some("192.0.2.1"), "link", now).is_ok(), "try {n}");
            limits.was_right(Some("192.0.2.1"), "link");
        }
    }
}
