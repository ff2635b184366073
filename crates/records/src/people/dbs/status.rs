//! Status checks with the DBS Update Service: what an answer means for the gate, and when the next one is due. Pure.

use cleansheet_terms::{Date, Digest, LONDON, PersonId, Timestamp, day_in_london};
use jiff::SignedDuration;

use super::{Counts, DbsConsentId, Disclosed, Why};

/// What the Update Service says of a certificate, compared with what we have of it.
///
/// Source: DBS, Multiple Status Checking Guide 2.0 (23 November 2024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It disclosed nothing, and nothing is new (`BLANK_NO_NEW_INFO`).
    Blank,
    /// It disclosed something, and nothing is new (`NON_BLANK_NO_NEW_INFO`).
    NonBlank,
    /// It is no longer current (`NEW_INFO`).
    NewInfo,
    /// Wrong details, no subscription, or agreement taken back (`NO_MATCH_FOUND`): no evidence of anything.
    NoMatch,
    /// Name or day of print are others than on the certificate that was seen.
    Differs,
}

impl Answer {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Blank, Self::NonBlank, Self::NewInfo, Self::NoMatch, Self::Differs];
}

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The program asked the Update Service.
    Service,
    /// Somebody asked on the government's site and wrote the answer down.
    ByHand,
}

impl Way {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::ByHand => "by_hand",
        }
    }

    /// Reads the stored form.
    pub(super) fn parse(text: &str) -> Result<Self, crate::people::UnknownWord> {
        let both = [Self::Service, Self::ByHand];
        both.into_iter()
            .find(|way| way.as_str() == text)
            .ok_or_else(|| crate::people::UnknownWord(text.to_owned()))
    }
}

/// What an answer does to a record that somebody decided about.
///
/// - `disclosed`: what whoever decided had before them; `None` when that is no longer kept. DBS says that a certificate with a
///   disclosure is still current: who was found suitable with it stays so. Where it is no longer kept, only a record that
///   does not stop its holder counts as decided with it.
/// - `before`: how the last answer counted. What stopped somebody is not undone by an answer without evidence: else ending
///   the subscription would do it. A reason that is no longer kept does not come back with the next night.
pub(super) fn effect(
    answer: Answer,
    disclosed: Option<Disclosed>,
    before: Option<(Counts, Why)>,
    today: Date,
) -> (Counts, Why) {
    match (answer, before) {
        (Answer::Blank, _) => (Counts::Passes(today), Why::Fine),
        (_, Some((Counts::Stops, Why::NotKept))) => (Counts::Stops, Why::NotKept),
        (Answer::NonBlank, Some((Counts::Stops, why))) if disclosed.is_none() => (Counts::Stops, why),
        (Answer::NonBlank, _) if disclosed == Some(Disclosed::Nothing) => (Counts::Stops, Why::NotDecided),
        (Answer::NonBlank, _) => (Counts::Passes(today), Why::Fine),
        (Answer::NewInfo, _) => (Counts::Stops, Why::NewInformation),
        (Answer::Differs, _) => (Counts::Stops, Why::Differs),
        (Answer::NoMatch, Some((Counts::Stops, why))) => (Counts::Stops, why),
        (Answer::NoMatch, _) => (Counts::Nothing, Why::Fine),
    }
}

/// Somebody's running agreement to status checks, and how asking goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The agreement.
    pub id: DbsConsentId,
    /// Whose.
    pub person: PersonId,
    /// When they agreed in writing.
    pub given: Date,
    /// Who wrote that down.
    pub recorded_by: PersonId,
    /// Who declared to DBS that status checks may be made (`hasAgreedTermsAndConditions`), and when.
    pub declared_by: PersonId,
    /// See above.
    pub declared: Timestamp,
    /// The one who declared, as DBS is told: forename and surname.
    pub checker: (String, String),
    /// The last night with an answer.
    pub done: Option<Date>,
    /// Not before this, after a failure.
    pub next: Option<Timestamp>,
    /// Failures since the last answer, this night.
    pub tries: i64,
    /// Nights in a row without an answer.
    pub failed_nights: i64,
    /// The last of them.
    pub failed_day: Option<Date>,
}

/// What has to be said to begin status checks.
#[derive(Debug, Clone)]
pub struct NewConsent {
    /// When they agreed in writing.
    pub given: Date,
    /// Somebody ticked that they did.
    pub agreed: bool,
    /// Somebody ticked the declaration to DBS.
    pub declares: bool,
    /// Forename and surname of whoever declares, as DBS is told.
    pub checker: (String, String),
}

/// Checks are spread over so many minutes from midnight on.
const SPREAD_MINUTES: u64 = 300;
/// The wait after the first failure; it doubles with each.
const FIRST_WAIT_MINUTES: i64 = 30;
/// And does not grow beyond this.
const LONGEST_WAIT_MINUTES: i64 = 8 * 60;

/// Whether a night's status check is due: once for each London day, from a moment after midnight that is this agreement's own,
/// and not before the wait after a failure is over.
pub fn is_due(consent: &Consent, now: Timestamp) -> bool {
    let today = day_in_london(now);
    let waits = consent.next.is_some_and(|next| now < next);
    consent.done != Some(today) && !waits && now >= own_moment(&consent.id, today)
}

/// Minutes since midnight are counted in real time, so that neither change of the clocks leaves anybody out.
fn own_moment(id: &DbsConsentId, day: Date) -> Timestamp {
    let chance = Digest::of(id.as_str().as_bytes()).to_string();
    let number = u64::from_str_radix(chance.get(..8).unwrap_or_default(), 16).unwrap_or_default();
    let minutes = i64::try_from(number % SPREAD_MINUTES).unwrap_or_default();
    let midnight = day.in_tz(LONDON).map_or(Timestamp::MIN, |midnight| midnight.timestamp());
    midnight.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(midnight)
}

/// How long to wait after so many failures.
pub(super) fn wait_after(tries: i64) -> SignedDuration {
    let doubled = u32::try_from(tries - 1).unwrap_or_default().min(8);
    SignedDuration::from_mins((FIRST_WAIT_MINUTES << doubled).min(LONGEST_WAIT_MINUTES))
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::{FixedClock, PersonId, SeededEntropy, Timestamp};

    use super::{Answer, Consent, Counts, DbsConsentId, Disclosed, Why, effect, is_due, wait_after};

    #[test]
    fn what_stops_somebody_is_not_undone_by_an_answer_without_evidence() {
        let today = "2026-11-26".parse().unwrap();
        let (nothing, something) = (Some(Disclosed::Nothing), Some(Disclosed::Something));
        for (answer, disclosed, why) in [
            (Answer::NewInfo, something, Why::NewInformation),
            (Answer::Differs, something, Why::Differs),
            (Answer::NonBlank, nothing, Why::NotDecided),
        ] {
            let stopped = effect(answer, disclosed, None, today);
            assert_eq!(stopped, (Counts::Stops, why));
            assert_eq!(effect(Answer::NoMatch, disclosed, Some(stopped), today), stopped);
            assert_eq!(effect(Answer::NonBlank, None, Some(stopped), today), stopped, "the content is gone");
            assert_eq!(effect(Answer::Blank, disclosed, Some(stopped), today).0, Counts::Passes(today));
            let forgotten = (Counts::Stops, Why::NotKept);
            assert_eq!(effect(answer, None, Some(forgotten), today), forgotten, "{answer:?}");
        }
        for disclosed in [something, None] {
            assert_eq!(effect(Answer::NonBlank, disclosed, None, today).0, Counts::Passes(today));
        }
        let passed = Some((Counts::Passes(today), Why::Fine));
        assert_eq!(effect(Answer::NoMatch, something, passed, today).0, Counts::Nothing);
    }

    fn consent(number: u64) -> Consent {
        let (clock, mut chance) = (FixedClock::at("2026-01-01T00:00:00Z"), SeededEntropy::new(number));
        let person = PersonId::new(&clock, &mut chance);
        Consent {
            id: DbsConsentId::new(&clock, &mut chance),
            given: "2026-01-01".parse().unwrap(),
            recorded_by: person.clone(),
            declared_by: person.clone(),
            declared: Timestamp::UNIX_EPOCH,
            checker: (String::new(), String::new()),
            person,
            done: None,
            next: None,
            tries: 0,
            failed_nights: 0,
            failed_day: None,
        }
    }

    #[test]
    fn everybody_is_asked_about_once_a_night_and_not_all_at_once_on_every_day_of_the_year() {
        let quarter = 15 * 60_000;
        // Days with 23 and 25 hours among them, in London.
        for (midnight, hours) in [
            ("2026-11-26T00:00:00Z", 24),
            ("2027-03-28T00:00:00Z", 23),
            ("2027-10-30T23:00:00Z", 25),
            ("2027-07-01T23:00:00Z", 24),
        ] {
            let start: Timestamp = midnight.parse().unwrap();
            let mut first = std::collections::BTreeMap::new();
            for number in 0..200 {
                let mut one = consent(number);
                one.done = Some(cleansheet_terms::day_in_london(start).yesterday().unwrap());
                let mut asked = Vec::new();
                for round in 0..hours * 4 {
                    let now = Timestamp::from_millisecond(start.as_millisecond() + round * quarter).unwrap();
                    if is_due(&one, now) {
                        asked.push(round);
                        one.done = Some(cleansheet_terms::day_in_london(now));
                    }
                }
                assert_eq!(asked.len(), 1, "{midnight}: {asked:?}");
                assert!(asked[0] <= 20, "before a quarter past five in real time: {asked:?}");
                *first.entry(asked[0]).or_insert(0) += 1;
            }
            assert!(first.len() > 15 && first.values().all(|count| *count < 30), "{first:?}");
        }
    }

    #[test]
    fn waits_after_failures_double_and_end_at_eight_hours() {
        let minutes: Vec<i64> = (1..8).map(|tries| wait_after(tries).as_mins()).collect();
        assert_eq!(minutes, [30, 60, 120, 240, 480, 480, 480]);
    }
}
