//! Everybody's answers about one participant, joined into what the policy asks.

use std::collections::BTreeMap;

use cleansheet_policy::facts::Answer;
use cleansheet_terms::{Date, Digest, GuardianId};

use super::{Consent, Giver};
use crate::activities::Participant;

/// From this birthday on a child's own answer is asked for.
const OWN_ANSWER_FROM: i16 = 12;

/// What may be shown of one participant for one purpose on one network, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// Under 18 on the day, or of unknown age.
    pub child: bool,
    /// The guardians' answers joined; `NotNeeded` from the 18th birthday on.
    pub guardians: Answer,
    /// The participant's own; `NotNeeded` for a child under 12 who has not said no.
    pub own: Answer,
    /// Everybody whose yes is needed agreed to the name beside the picture too.
    pub naming_agreed: bool,
}

/// Joins the newest answers of each giver.
///
/// - `guardians`: everybody with parental responsibility on the day; answers of others do not count.
/// - `newest`: at most one answer a giver, all for the same purpose and network.
/// - `wording`: the wording in force; a yes to another has lapsed.
pub(super) fn join(
    participant: &Participant,
    guardians: &[GuardianId],
    newest: &BTreeMap<Giver, Consent>,
    wording: Option<&Digest>,
    day: Date,
) -> Joined {
    let answer = |giver: &Giver| worth(participant, newest.get(giver), wording, day);
    let child = participant.is_child_on(day);
    let of_guardians: Vec<Giver> =
        if child { guardians.iter().cloned().map(Giver::Guardian).collect() } else { Vec::new() };
    let asked = !child || participant.age_on(day).is_some_and(|age| age >= OWN_ANSWER_FROM);
    let own = match answer(&Giver::Own) {
        // A child who says no is heard at any age.
        Answer::No => Answer::No,
        given if asked => given,
        _ => Answer::NotNeeded,
    };
    let guardians = if child {
        of_guardians.iter().map(answer).max_by_key(|answer| weight(*answer)).unwrap_or(Answer::Unasked)
    } else {
        Answer::NotNeeded
    };
    let counted = of_guardians.into_iter().chain(asked.then_some(Giver::Own));
    let agreed = |giver: Giver| {
        answer(&giver) == Answer::Yes && newest.get(&giver).is_some_and(|consent| consent.naming)
    };
    let allowed = |answer| matches!(answer, Answer::Yes | Answer::NotNeeded);
    let naming_agreed =
        allowed(guardians) && allowed(own) && counted.map(agreed).reduce(|a, b| a && b) == Some(true);
    Joined { child, guardians, own, naming_agreed }
}

/// What one answer is worth on a day. A no never lapses.
fn worth(
    participant: &Participant,
    consent: Option<&Consent>,
    wording: Option<&Digest>,
    day: Date,
) -> Answer {
    let Some(consent) = consent else { return Answer::Unasked };
    let left = participant.left.is_some_and(|last_day| day > last_day);
    if !consent.yes {
        Answer::No
    } else if day > consent.until || wording != Some(&consent.wording) || left {
        Answer::Lapsed
    } else {
        Answer::Yes
    }
}

/// Of several answers the heaviest counts: any no, then what has lapsed, then who was never asked.
fn weight(answer: Answer) -> u8 {
    match answer {
        Answer::NotNeeded => 0,
        Answer::Yes => 1,
        Answer::Unasked => 2,
        Answer::Lapsed => 3,
        Answer::No => 4,
    }
}
