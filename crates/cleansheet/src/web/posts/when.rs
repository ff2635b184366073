//! When a post goes out, in words and from a form.

use cleansheet_terms::{Date, Time, Timestamp, instant_in_london};

use super::desk::Desk;
use crate::web::clock_words;

/// What somebody wrote about the time, where it is no time to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoTime(pub(super) String);

/// Reads a day and a time on the clocks of London; both empty for as soon as it is approved.
///
/// - `kept`: the time that the boxes were filled with. Left as it is, it is no mistake of now, even when it has passed: what
///   the policy says of the post says so.
pub(super) fn read_again(
    (day, time): (&str, &str),
    kept: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, NoTime> {
    let (kept_day, kept_time) = boxes(kept);
    if (day.trim(), time.trim()) == (&kept_day, &kept_time) { Ok(kept) } else { read(day, time, now) }
}

/// Reads a new day and time, as [`read_again`] does.
pub(super) fn read(day: &str, time: &str, now: Timestamp) -> Result<Option<Timestamp>, NoTime> {
    let no = |say: &str| Err(NoTime(say.to_owned()));
    let (day, time) = match (day.trim(), time.trim()) {
        ("", "") => return Ok(None),
        ("", _) => return no("choose the day as well"),
        (_, "") => return no("choose the time as well"),
        (day, time) => (day.parse::<Date>(), time.parse::<Time>()),
    };
    let (Ok(day), Ok(time)) = (day, time) else {
        return no("write the day as 2026-11-28 and the time as 10:00");
    };
    match instant_in_london(day, time) {
        Err(error) => no(&error.to_string()),
        Ok(at) if at <= now => no("this time has passed already; choose a later one"),
        Ok(at) => Ok(Some(at)),
    }
}

/// Day and time as the boxes of a form want them.
pub(super) fn boxes(at: Option<Timestamp>) -> (String, String) {
    at.map_or_else(Default::default, |at| (clock_words::iso_day(at), clock_words::hour(at)))
}

/// When it goes out, while it has not.
pub(super) fn planned(desk: &Desk) -> Option<String> {
    let at = desk.goes_out.as_ref().filter(|_| desk.waits || matches!(desk.stage, "draft" | "submitted"))?;
    Some(match desk.stage {
        "approved" => format!("It goes out on {at}."),
        _ => format!("It is planned for {at}."),
    })
}

/// What the second person reads above the button.
pub(super) fn approving(desk: &Desk) -> String {
    match &desk.goes_out {
        Some(at) => format!("You are the second person. It goes out on {at}."),
        None => "You are the second person. It goes out when you press.".to_owned(),
    }
}

/// The button.
pub(super) fn approve(desk: &Desk) -> String {
    match desk.publish_at {
        Some(_) => "Approve for this time".to_owned(),
        None => "Approve and publish".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{read, read_again};

    #[test]
    fn what_is_no_time_says_what_to_choose() {
        let now = "2026-11-21T12:46:00Z".parse().unwrap();
        let said = |day: &str, time: &str| match read(day, time, now) {
            Ok(at) => at.map_or_else(|| "at once".to_owned(), |at| at.to_string()),
            Err(no) => no.0,
        };
        assert_eq!(said("", ""), "at once");
        assert_eq!(said("2026-11-28", "10:00"), "2026-11-28T10:00:00Z");
        assert_eq!(said("2027-07-03", "10:00"), "2027-07-03T09:00:00Z");
        assert_eq!(said("2026-11-28", ""), "choose the time as well");
        assert_eq!(said("", "10:00"), "choose the day as well");
        assert!(said("2027-03-28", "01:30").contains("choose 02:00 or later"));
        assert!(said("2027-10-31", "01:30").contains("twice"));
        assert!(said("2026-11-21", "12:46").contains("passed"));
        assert!(said("tomorrow", "noon").contains("write the day"));
    }

    #[test]
    fn a_time_that_nobody_changed_is_no_mistake_when_it_has_passed() {
        let now = "2026-11-21T12:46:00Z".parse().unwrap();
        let kept = Some("2026-11-21T10:00:00Z".parse().unwrap());
        assert_eq!(read_again(("2026-11-21", "10:00"), kept, now), Ok(kept));
        assert_eq!(read_again(("", ""), kept, now), Ok(None));
        assert!(read_again(("2026-11-21", "10:01"), kept, now).is_err());
        assert!(read_again(("2026-11-21", "10:00"), None, now).is_err());
    }
}
