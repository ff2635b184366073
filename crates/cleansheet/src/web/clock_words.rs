//! Instants and days in words people use. Always London.

use cleansheet_terms::{Date, LONDON, Timestamp, day_in_london};

/// `12:46`.
pub(super) fn hour(at: Timestamp) -> String {
    in_london(at).strftime("%H:%M").to_string()
}

/// `2026-11-21`, as forms want it.
pub(super) fn iso_day(at: Timestamp) -> String {
    day_in_london(at).to_string()
}

/// `Saturday 21 November, 12:46`.
pub(crate) fn moment(at: Timestamp) -> String {
    in_london(at).strftime("%A %-d %B, %H:%M").to_string()
}

/// The same, with the year where it is another than now: `Saturday 3 July 2027, 10:00`.
pub(super) fn some_moment(at: Timestamp, now: Timestamp) -> String {
    if day_in_london(at).year() == day_in_london(now).year() {
        return moment(at);
    }
    in_london(at).strftime("%A %-d %B %Y, %H:%M").to_string()
}

/// `12:46:05`, where somebody checks us.
pub(super) fn exact(at: Timestamp) -> String {
    in_london(at).strftime("%-d %B %Y, %H:%M:%S").to_string()
}

/// `21 November 2026`.
pub(super) fn day(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// `just now`, `6 minutes ago`, `today at 08:12`, `on Saturday 21 November`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        2..60 => format!("{minutes} minutes ago"),
        _ if day_in_london(at) == day_in_london(now) => format!("today at {}", hour(at)),
        _ => format!("on {}", in_london(at).strftime("%A %-d %B")),
    }
}

/// `Good morning`, `Good afternoon`, `Good evening`.
pub(super) fn greeting(now: Timestamp) -> &'static str {
    match in_london(now).hour() {
        0..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    }
}

/// `one photo`, `2 photos`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("one {one}") } else { format!("{number} {many}") }
}

fn in_london(at: Timestamp) -> jiff::ZonedDateTime {
    at.in_tz(LONDON).unwrap_or_else(|_| at.to_zoned_datetime(jiff::tz::TimeZone::UTC))
}

#[cfg(test)]
mod tests {
    use super::{ago, count, greeting, moment, some_moment};

    #[test]
    fn instants_read_as_people_say_them() {
        let now = "2026-07-04T11:46:00Z".parse().unwrap();
        assert_eq!(moment(now), "Saturday 4 July, 12:46");
        assert_eq!(some_moment(now, now), "Saturday 4 July, 12:46");
        let next = "2027-07-03T09:00:00Z".parse().unwrap();
        assert_eq!(some_moment(next, now), "Saturday 3 July 2027, 10:00");
        let new_year = "2026-12-31T23:59:00Z".parse().unwrap();
        assert_eq!(some_moment(new_year, next), "Thursday 31 December 2026, 23:59");
        assert_eq!(greeting(now), "Good afternoon");
        let said = |at: &str| ago(at.parse().unwrap(), now);
        assert_eq!(said("2026-07-04T11:45:30Z"), "just now");
        assert_eq!(said("2026-07-04T11:40:00Z"), "6 minutes ago");
        assert_eq!(said("2026-07-04T07:12:00Z"), "today at 08:12");
        assert_eq!(said("2026-07-02T07:12:00Z"), "on Thursday 2 July");
        assert_eq!(count(1, "photo", "photos"), "one photo");
    }
}
