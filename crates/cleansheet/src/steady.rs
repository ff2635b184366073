//! The machine's clock, as far as it can be believed.
//!
//! Consents end, permissions end and leases end by this clock, so it never goes back: a consent that has ended does not
//! become valid again because somebody sets the clock. A clock that jumps is not followed. Time then goes on from where it
//! was, at the pace of the machine's uptime, and an alarm says so until the clock is right again; as long as it stands,
//! nothing is published (see `jobs`), and withdrawals and take-downs go on.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cleansheet_terms::{Clock, Timestamp};
use jiff::SignedDuration;

use crate::web::moment;

/// A clock may be set back by this much without an alarm: time then stands still until it has caught up.
const BACK: SignedDuration = SignedDuration::from_secs(60);
/// A clock may be set forward by this much while the program runs. How long it did not run, nobody knows.
const FORWARD: SignedDuration = SignedDuration::from_mins(10);

/// A clock that neither goes back nor jumps.
pub struct SteadyClock<W, U> {
    wall: W,
    uptime: U,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// The last answer, and the uptime then. `None` before the first one.
    last: Option<(Timestamp, Duration)>,
    /// What the machine's clock said when it could not be believed.
    wrong: Option<Timestamp>,
}

impl<W: Fn() -> Timestamp, U: Fn() -> Duration> SteadyClock<W, U> {
    /// - `wall`: what the machine's clock says.
    /// - `uptime`: how long the machine has been running, sleep included; it only grows.
    pub fn new(wall: W, uptime: U) -> Self {
        Self { wall, uptime, state: Mutex::new(State { last: None, wrong: None }) }
    }

    fn look(&self) -> State {
        // A panic elsewhere cannot leave it half-changed: it is replaced as a whole.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, uptime) = ((self.wall)(), (self.uptime)());
        let (now, believed) = match state.last {
            None => (wall, true),
            Some((last, then)) => next(last, uptime.saturating_sub(then), wall),
        };
        *state = State { last: Some((now, uptime)), wrong: (!believed).then_some(wall) };
        *state
    }
}

/// The instant that comes `passed` after `last`, and whether `wall` can be believed.
fn next(last: Timestamp, passed: Duration, wall: Timestamp) -> (Timestamp, bool) {
    let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::ZERO);
    let expected = last.checked_add(passed).unwrap_or(last);
    let ahead = wall.duration_since(expected);
    if ahead > FORWARD || ahead < -BACK { (expected, false) } else { (wall.max(last), true) }
}

impl<W, U> Clock for SteadyClock<W, U>
where
    W: Fn() -> Timestamp + Send + Sync,
    U: Fn() -> Duration + Send + Sync,
{
    fn now(&self) -> Timestamp {
        let State { last, .. } = self.look();
        last.map_or_else(|| (self.wall)(), |(now, _)| now)
    }

    fn not_before(&self, earliest: Timestamp) {
        self.look();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last, _)) = &mut state.last {
            *last = earliest.max(*last);
        }
    }

    fn alarm(&self) -> Option<String> {
        let State { last, wrong } = self.look();
        let (wrong, (now, _)) = (wrong?, last?);
        Some(format!(
            "The server’s clock says {} and cannot be believed: by our own count it is {}. Nothing is published until it is set \
             right. If it is right, start Cleansheet again.",
            moment(wrong),
            moment(now)
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use cleansheet_terms::{Clock as _, Timestamp};
    use jiff::SignedDuration;

    use super::SteadyClock;

    /// Where the wall and the uptime stand.
    type Machine = Arc<Mutex<(Timestamp, Duration)>>;

    fn clock() -> (Machine, SteadyClock<impl Fn() -> Timestamp, impl Fn() -> Duration>) {
        let machine: Machine =
            Arc::new(Mutex::new(("2026-11-21T12:00:00Z".parse().unwrap(), Duration::from_secs(1000))));
        let (one, other) = (Arc::clone(&machine), Arc::clone(&machine));
        (machine, SteadyClock::new(move || one.lock().unwrap().0, move || other.lock().unwrap().1))
    }

    /// The wall moves by `wall` seconds while `uptime` seconds pass.
    fn pass(machine: &Machine, wall: i64, uptime: u64) {
        let mut now = machine.lock().unwrap();
        now.0 = now.0.checked_add(SignedDuration::from_secs(wall)).unwrap();
        now.1 += Duration::from_secs(uptime);
    }

    fn after_noon(seconds: i64) -> Timestamp {
        "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn an_ordinary_clock_is_followed() {
        let (machine, clock) = clock();
        assert_eq!((clock.now(), clock.alarm()), (after_noon(0), None));
        for (wall, uptime, total) in [(5, 5, 5), (7_200, 7_200, 7_205), (65, 60, 7_270), (300, 1, 7_570)] {
            pass(&machine, wall, uptime);
            assert_eq!((clock.now(), clock.alarm()), (after_noon(total), None));
        }
    }

    #[test]
    fn a_little_back_stands_still_until_it_has_caught_up() {
        let (machine, clock) = clock();
        pass(&machine, 100, 100);
        assert_eq!(clock.now(), after_noon(100));
        pass(&machine, -40, 0);
        assert_eq!((clock.now(), clock.alarm()), (after_noon(100), None));
        pass(&machine, 50, 50);
        assert_eq!(clock.now(), after_noon(110));
    }

    #[test]
    fn far_back_raises_an_alarm_and_time_goes_on_until_it_is_right_again() {
        let (machine, clock) = clock();
        assert_eq!(clock.now(), after_noon(0));
        pass(&machine, -2 * 86_400, 10);
        assert_eq!(clock.now(), after_noon(10));
        assert!(clock.alarm().is_some_and(|say| say.contains("19 November")), "{:?}", clock.alarm());
        pass(&machine, 30, 30);
        assert_eq!(clock.now(), after_noon(40));
        pass(&machine, 2 * 86_400, 0);
        assert_eq!((clock.now(), clock.alarm()), (after_noon(40), None));
    }

    #[test]
    fn far_forward_is_not_followed() {
        let (machine, clock) = clock();
        assert_eq!(clock.now(), after_noon(0));
        pass(&machine, 3_600, 5);
        assert_eq!(clock.now(), after_noon(5));
        assert!(clock.alarm().is_some());
        pass(&machine, 10 - 3_600, 5);
        assert_eq!((clock.now(), clock.alarm()), (after_noon(10), None));
    }

    #[test]
    fn what_was_seen_before_the_start_is_never_undone() {
        let (machine, clock) = clock();
        clock.not_before(after_noon(86_400));
        pass(&machine, 20, 20);
        assert_eq!(clock.now(), after_noon(86_420), "a consent that ended in between stays ended");
        assert!(clock.alarm().is_some());
    }
}
