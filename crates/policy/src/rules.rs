//! What a rule carries beside its condition: read from its annotations when the policy is loaded, never guessed later.

use cedar_policy::{Effect as Kind, Policy as CedarPolicy};
use cleansheet_terms::{Clause, Role};

use crate::{PolicyError, interpretations::interpretation, reason::Effect};

const KNOWN: [&str; 8] = ["id", "clause", "effect", "say", "remedy", "approver", "about", "reads"];

/// Which clause a rule cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cites {
    /// This one.
    Clause(Clause),
    /// The one of the finding it was asked about.
    Finding,
}

/// One `forbid` rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// Its place among all rules, for reasons in the order of the policy.
    pub(crate) place: usize,
    pub(crate) cites: Cites,
    pub(crate) effect: Effect,
    pub(crate) say: String,
    pub(crate) remedy: String,
    pub(crate) approver: Option<Role>,
    pub(crate) about_channel: bool,
    /// Keys of the interpretations it rests on.
    pub(crate) reads: Vec<&'static str>,
}

/// The stable id of a rule.
pub(crate) fn id(file: &str, policy: &CedarPolicy) -> Result<String, PolicyError> {
    match policy.annotation("id") {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err(PolicyError::Annotation(file.to_owned(), "a rule".to_owned(), "has no @id")),
    }
}

/// Reads the annotations of a rule.
///
/// - `file`: `NN_name`; a rule cites the clause `NN`, or in file 98 the finding's own.
/// - Returns `None` for a `permit`, which belongs into the files 00 and 99 and carries only an `@id`.
pub(crate) fn read(file: &str, place: usize, policy: &CedarPolicy) -> Result<Option<Rule>, PolicyError> {
    let id = id(file, policy)?;
    let wrong = |what| PolicyError::Annotation(file.to_owned(), format!("`{id}`"), what);
    if policy.annotations().any(|(name, _)| !KNOWN.contains(&name)) {
        return Err(wrong("has an annotation that nobody reads"));
    }
    if policy.effect() == Kind::Permit {
        let only_id = policy.annotations().count() == 1;
        return match number(file) {
            Some(0 | 99) if only_id => Ok(None),
            Some(0 | 99) => Err(wrong("permits, so it can carry nothing but @id")),
            _ => Err(wrong("permits, and a clause only forbids")),
        };
    }
    let text =
        |name, what| policy.annotation(name).filter(|text| !text.is_empty()).ok_or_else(|| wrong(what));
    let effect = match text("effect", "has no @effect")? {
        "deny" => Effect::Deny,
        "hold" => Effect::Hold,
        _ => return Err(wrong("has an @effect that is neither `deny` nor `hold`")),
    };
    let approver = match (effect, policy.annotation("approver")) {
        (Effect::Deny, None) => None,
        (Effect::Deny, Some(_)) => return Err(wrong("denies, so no @approver can lift it")),
        (Effect::Hold, Some(role)) => {
            Some(Role::parse(role).map_err(|_| wrong("names no role as @approver"))?)
        }
        (Effect::Hold, None) => return Err(wrong("holds, so it needs an @approver")),
    };
    let about_channel = match policy.annotation("about") {
        None => false,
        Some("channel") => true,
        Some(_) => return Err(wrong("has an @about other than `channel`")),
    };
    let keys = policy.annotation("reads").into_iter().flat_map(str::split_whitespace);
    let reads: Option<Vec<&'static str>> = keys.map(|key| interpretation(key).map(|one| one.key)).collect();
    Ok(Some(Rule {
        place,
        cites: cites(file, text("clause", "has no @clause")?)
            .ok_or_else(|| wrong("cites another clause than its file"))?,
        effect,
        say: text("say", "has no @say")?.to_owned(),
        remedy: text("remedy", "has no @remedy")?.to_owned(),
        approver,
        about_channel,
        reads: reads.ok_or_else(|| wrong("has an @reads that names no interpretation"))?,
        id,
    }))
}

/// `NN` of `NN_name`.
pub(crate) fn number(file: &str) -> Option<u8> {
    file.split_once('_').and_then(|(number, _)| number.parse().ok())
}

fn cites(file: &str, clause: &str) -> Option<Cites> {
    if clause == "finding" {
        return (number(file) == Some(98)).then_some(Cites::Finding);
    }
    let clause = Clause::new(clause.parse().ok()?).ok()?;
    (number(file) == Some(clause.number())).then_some(Cites::Clause(clause))
}
