//! Everybody's answers about one participant, joined into what the policy asks.

use std::collections::BTreeMap;

use cleansheet_policy::facts::Answer;
use cleansheet_terms::{Date, GuardianId, Naming, Network};

use super::{ApprovedWords, Consent, Giver, Kind, Purpose};
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
    /// How far everybody whose yes is needed agreed to the name beside the picture.
    pub naming: Naming,
}

impl Joined {
    /// Everybody whose yes is needed has said it.
    pub fn is_yes(&self) -> bool {
        let guardians = if self.child { self.guardians == Answer::Yes } else { true };
        let own = if self.child {
            matches!(self.own, Answer::Yes | Answer::NotNeeded)
        } else {
            self.own == Answer::Yes
        };
        guardians && own
    }
}

/// Which words a yes may have been to.
#[derive(Debug, Clone, Copy)]
pub enum To<'a> {
    /// Those in force, which speak of the network: for what is about to become public.
    InForce(Option<&'a ApprovedWords>, Network),
    /// Any, of everybody who has to be asked: what a family reads of their answers.
    Any,
    /// Any: for what is public already. It was agreed to in the words of then, by everybody who had to be asked then. Who
    /// has to be asked since, a parent added later or a child who has turned 12, ends it by a no, not by being asked.
    Public,
}

/// The newest answer of each giver to one question.
///
/// - `about`: every answer about one participant, the oldest first.
pub fn newest(about: &[Consent], purpose: Purpose, kind: Kind) -> BTreeMap<Giver, &Consent> {
    let these = about.iter().filter(|one| one.purpose == purpose && one.kind == kind);
    these.map(|one| (one.giver.clone(), one)).collect()
}

/// Joins the newest answers of each giver.
///
/// - `guardians`: everybody with parental responsibility on the day; answers of others do not count.
/// - `newest`: at most one answer a giver, all for the same purpose and kind of channel.
/// - `day`: in London.
pub fn join(
    participant: &Participant,
    guardians: &[GuardianId],
    newest: &BTreeMap<Giver, &Consent>,
    to: To<'_>,
    day: Date,
) -> Joined {
    let answer = |giver: &Giver| worth(participant, newest.get(giver).copied(), to, day);
    let child = participant.is_child_on(day);
    // Of what is public, who was never asked says nothing.
    let counts = |giver: &Giver| !matches!(to, To::Public) || newest.contains_key(giver);
    let mut of_guardians: Vec<Giver> =
        if child { guardians.iter().cloned().map(Giver::Guardian).collect() } else { Vec::new() };
    of_guardians.retain(counts);
    let old_enough = participant.age_on(day).is_some_and(|age| age >= OWN_ANSWER_FROM);
    let asked = !child || (old_enough && counts(&Giver::Own));
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
    let mut joined = Joined { child, guardians, own, naming: Naming::None };
    if joined.is_yes() {
        let agreed = |giver: Giver| newest.get(&giver).map_or(Naming::None, |consent| consent.naming);
        joined.naming = counted.map(agreed).min().unwrap_or(Naming::None);
    }
    joined
}

/// What one answer is worth on a day. A no never lapses.
fn worth(participant: &Participant, consent: Option<&Consent>, to: To<'_>, day: Date) -> Answer {
    let Some(consent) = consent else { return Answer::Unasked };
    let left = participant.left.is_some_and(|last_day| day > last_day);
    let words = match to {
        To::Any | To::Public => true,
        To::InForce(words, network) => words
            .is_some_and(|words| words.networks.contains(&network) && words.texts.contains(&consent.wording)),
    };
    if !consent.yes {
        Answer::No
    } else if day > consent.until || !words || left {
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
