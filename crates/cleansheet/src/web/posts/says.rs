//! What checks and clauses say, as notices with a way forward.

use std::collections::BTreeSet;

use cleansheet_policy::{About, Effect, Reason};
use cleansheet_terms::{Clause, Severity};

use super::desk::{Desk, Seen, Verdict};
use crate::web::{
    parts::{Notice, Way},
    policy::quote,
    problem::sentence,
};

/// Open notices at most; the rest is folded away.
const OPEN: usize = 3;

/// What one check saw, with a button that mends it where there is one.
pub(super) fn finding(seen: &Seen) -> Notice {
    let mut way = Vec::new();
    if let Some(fix) = &seen.fix {
        let words = if fix.is_empty() { "Take it out".to_owned() } else { format!("Write “{fix}”") };
        way.push(Way::Press { form: "draft", name: "do", value: format!("fix {}", seen.key), words });
    }
    if way.is_empty() {
        way.push(Way::Link { to: seen.place.link(), words: seen.place.words() });
    }
    Notice {
        state: match seen.severity {
            Severity::Block => "stop",
            Severity::Hold => "hold",
            Severity::Note => "note",
        },
        clause: Some(seen.clause.number()),
        say: match &seen.account {
            Some(account) => format!("{} In the words for {account}.", seen.say),
            None => seen.say.clone(),
        },
        remedy: seen.remedy.clone(),
        way,
    }
}

/// What the policy says, the heaviest first.
///
/// - `at`: the page where things are put right; empty for "this page".
pub(super) fn reasons(reasons: &[Reason], desk: &Desk, at: &str) -> Vec<Notice> {
    let mut reasons: Vec<&Reason> = reasons.iter().collect();
    reasons.sort_by_key(|reason| reason.effect == Effect::Hold);
    let mut notices: Vec<Notice> = Vec::new();
    for reason in reasons {
        let notice = Notice {
            state: if reason.effect == Effect::Deny { "stop" } else { "hold" },
            clause: reason.clause.map(Clause::number),
            say: sentence(&reason.say),
            remedy: remedy(reason, desk),
            way: way(reason, desk, at),
        };
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
    notices
}

/// What to do next; where clause 1 refuses, with what the role needs and why, and wherever a rule rests on a word of the
/// policy, with how the trust reads it.
fn remedy(reason: &Reason, desk: &Desk) -> String {
    let next = if reason.remedy.is_empty() { String::new() } else { sentence(&reason.remedy) };
    let needs = match reason.rule.as_str() {
        "1-author-dbs" => &desk.needs.author,
        "1-actor-dbs" => &desk.needs.actor,
        "1-approver-standing" => &desk.needs.approver,
        _ => "",
    };
    let readings = reason.reads.iter().filter_map(|key| Some(quote(key, desk.readings.get(key)?)));
    let said = [next, needs.to_owned()].into_iter().chain(readings).filter(|words| !words.is_empty());
    said.collect::<Vec<_>>().join(" ")
}

fn way(reason: &Reason, desk: &Desk, at: &str) -> Vec<Way> {
    let link = |anchor: String, words: &str| {
        vec![Way::Link { to: format!("{at}#{anchor}"), words: words.to_owned() }]
    };
    match &reason.about {
        Some(About::Depiction(id)) => match desk.face(id) {
            Some((photo, face)) => link(format!("face-{photo}-{face}"), "See the face"),
            None => link("photos-t".into(), "See the photos"),
        },
        Some(About::Photo(id)) => {
            link(format!("photo-{}", desk.photo_number(id).unwrap_or(1)), "See the photo")
        }
        Some(About::Finding(_)) => link("words-t".into(), "See the words"),
        Some(About::Channel(_)) => link("where-t".into(), "Choose the channels"),
        // What no clause says is about the post itself: there is nothing in it yet.
        None if reason.clause.is_none() => link("words-t".into(), "Go to the words"),
        None => vec![Way::Link { to: "/".into(), words: "See where you stand".into() }],
    }
}

/// The open notices, and those that are folded away.
pub(super) fn folded(mut notices: Vec<Notice>) -> (Vec<Notice>, Vec<Notice>) {
    let more = if notices.len() > OPEN { notices.split_off(OPEN) } else { Vec::new() };
    (notices, more)
}

/// The enforced clauses that have no objection: number and name.
pub(super) fn fine(verdict: &Verdict, clauses: &[cleansheet_policy::ClauseInfo]) -> Vec<(u8, String)> {
    let spoke: BTreeSet<u8> =
        verdict.reasons.iter().filter_map(|reason| reason.clause).map(Clause::number).collect();
    clauses
        .iter()
        .filter(|info| info.enforced && !spoke.contains(&info.clause.number()))
        .map(|info| (info.clause.number(), info.name.to_string()))
        .collect()
}
