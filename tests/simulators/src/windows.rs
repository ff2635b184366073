//! How many calls a played network takes in a period, and what its answers say of it.

use std::collections::BTreeMap;

use cleansheet_terms::Timestamp;
use jiff::SignedDuration;

use crate::{Act, Response};

/// Counts calls of one kind in periods that begin with the first call.
#[derive(Debug)]
struct Window {
    limit: u32,
    seconds: i64,
    ends: Timestamp,
    used: u32,
}

/// The counts of an account.
#[derive(Debug, Default)]
pub(crate) struct Windows(BTreeMap<Act, Window>);

/// What a count says after a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    /// Calls in a period.
    pub(crate) limit: u32,
    /// That are left.
    pub(crate) left: u32,
    /// When the count begins anew.
    pub(crate) ends: Timestamp,
    /// The call was one too many: it is not done.
    pub(crate) over: bool,
}

impl Windows {
    /// - `limits`: kind, calls, seconds.
    pub(crate) fn new(limits: &[(Act, u32, i64)]) -> Self {
        let one = |(act, limit, seconds): &(Act, u32, i64)| {
            (*act, Window { limit: *limit, seconds: *seconds, ends: Timestamp::MIN, used: 0 })
        };
        Self(limits.iter().map(one).collect())
    }

    /// All periods are over.
    pub(crate) fn begin_anew(&mut self) {
        for window in self.0.values_mut() {
            window.ends = Timestamp::MIN;
        }
    }

    /// Counts a call; `None` for a kind that is not counted.
    pub(crate) fn count(&mut self, act: Act, now: Timestamp) -> Option<Counted> {
        let window = self.0.get_mut(&act)?;
        if now >= window.ends {
            (window.ends, window.used) = (now + SignedDuration::from_secs(window.seconds), 0);
        }
        let over = window.used >= window.limit;
        if !over {
            window.used += 1;
        }
        let left = window.limit - window.used;
        Some(Counted { limit: window.limit, left, ends: window.ends, over })
    }
}

impl Counted {
    /// As headers.
    ///
    /// - `family`: `x-rate-limit` or `x-ratelimit`.
    /// - `in_seconds`: the end as a second since 1970 rather than as an instant.
    pub(crate) fn on(&self, response: Response, family: &str, in_seconds: bool) -> Response {
        let ends = if in_seconds { self.ends.as_second().to_string() } else { self.ends.to_string() };
        response
            .header(&format!("{family}-limit"), self.limit)
            .header(&format!("{family}-remaining"), self.left)
            .header(&format!("{family}-reset"), ends)
    }
}
