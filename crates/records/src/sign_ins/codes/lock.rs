//! What wrong codes lead to: waits that grow, for one mail address and for codes alone. A passkey, a link and the
//! trust's own provider go on working, so nobody can shut somebody else out.

use cleansheet_terms::Timestamp;
use jiff::SignedDuration;

use super::totp::SECONDS;

/// After this long without a wrong code the earlier ones are forgotten.
pub(super) const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Until when no code is taken, after `wrong` wrong ones in a row, the last of them at `now`.
///
/// Three shut the half minute they were tried in; then each further three shut for longer. Somebody who never stops
/// gets some thirty tries on the first day and three a day from then on: three codes in a million are good at any
/// moment, so a year of it finds one with a chance of less than 1 in 250.
pub(super) fn shut_until(wrong: i64, now: Timestamp) -> Timestamp {
    if wrong < 3 || wrong % 3 != 0 {
        return now;
    }
    let wait = match wrong {
        3 => SignedDuration::from_secs(SECONDS - now.as_second().rem_euclid(SECONDS)),
        6 => SignedDuration::from_mins(1),
        9 => SignedDuration::from_mins(5),
        12 => SignedDuration::from_mins(15),
        13..30 => SignedDuration::from_hours(1),
        _ => SignedDuration::from_hours(24),
    };
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Timestamp;
    use jiff::SignedDuration;

    use super::{FORGOTTEN, shut_until};

    fn noon() -> Timestamp {
        "2026-11-21T12:00:10Z".parse().unwrap()
    }

    #[test]
    fn three_wrong_codes_shut_the_half_minute_and_waits_grow() {
        let waits: Vec<i64> =
            (1..=36).map(|wrong| shut_until(wrong, noon()).duration_since(noon()).as_secs()).collect();
        for (index, wait) in waits.iter().enumerate() {
            assert_eq!(*wait > 0, (index + 1) % 3 == 0, "after {} wrong codes", index + 1);
        }
        let real: Vec<i64> = waits.into_iter().filter(|wait| *wait > 0).collect();
        assert_eq!(real, [20, 60, 300, 900, 3600, 3600, 3600, 3600, 3600, 86_400, 86_400, 86_400]);
    }

    #[test]
    fn a_year_of_guessing_finds_a_code_with_a_chance_below_one_in_250() {
        let (mut now, mut tries, mut wrong) = (noon(), 0_u32, 0_i64);
        let end = now + SignedDuration::from_hours(24 * 365);
        while now < end {
            tries += 1;
            wrong += 1;
            now = shut_until(wrong, now);
        }
        let chance = f64::from(tries) * 3.0 / 1e6;
        assert!(chance < 1.0 / 250.0, "{tries} tries, {chance}");
        // Pausing until the earlier ones are forgotten gains little: thirty tries cost a day and a week.
        let rounds = 365.0 / (FORGOTTEN.as_secs_f64() / 86_400.0 + 0.3);
        assert!(rounds * 30.0 * 3.0 / 1e6 < 1.0 / 150.0, "{rounds}");
    }
}
