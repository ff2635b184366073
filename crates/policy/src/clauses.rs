//! The sixteen clauses in our own words, and the files that enforce them.

use cleansheet_terms::Clause;
use serde::Serialize;

/// One clause of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClauseInfo {
    /// Its number.
    pub clause: Clause,
    /// A word or three, for lists.
    pub name: &'static str,
    /// What it asks, in one sentence.
    pub text: &'static str,
    /// Whether a file of rules enforces it.
    pub enforced: bool,
}

/// Clauses that people still have to keep by themselves. This list may only shrink; a test holds it.
pub const NOT_YET_ENFORCED: [Clause; 6] = [
    Clause::known::<5>(),
    Clause::known::<11>(),
    Clause::known::<13>(),
    Clause::known::<14>(),
    Clause::known::<15>(),
    Clause::known::<16>(),
];

/// Name and sentence, in the order of the policy.
pub(crate) const WORDS: [(&str, &str); 16] = [
    (
        "Checked staff",
        "Whoever looks after an official account has the DBS check their role needs and a safeguarding certificate that has not run out.",
    ),
    (
        "Official accounts",
        "An account carries the trust's name only after the Community Trust Manager has said yes.",
    ),
    ("Permission", "Only people whom the Manager has given permission act on an official account."),
    ("Logged-in devices", "Whoever is signed in to an account keeps everybody else away from that device."),
    (
        "Messages to children",
        "Staff write to children they know through their role about the trust's activities and nothing else.",
    ),
    ("Language", "Nothing foul, hurtful or insulting appears on any site."),
    ("Content", "Nothing unsuitable appears, in words or in pictures."),
    ("People in pictures", "Everybody in a picture knew what it was for and agreed."),
    (
        "Children in pictures",
        "A child is shown only when those with parental responsibility knew what it was for and agreed.",
    ),
    ("Confidential details", "Nothing told in confidence, and nobody's private details, are posted."),
    (
        "Safeguarding online",
        "A sign of harm or neglect seen online goes the same way as one seen on the pitch: to the safeguarding lead.",
    ),
    (
        "Professional conduct",
        "Whatever staff do, on the pitch or online, is done in the trust's name and has to be worthy of it.",
    ),
    (
        "Anti-virus, ours",
        "Every computer, tablet and phone of the trust runs suitable anti-virus that is up to date.",
    ),
    (
        "Anti-virus, your own",
        "Somebody's own device that reaches the trust's server needs the same protection.",
    ),
    (
        "Links",
        "A link from somebody unknown stays unopened; when in doubt, ask the sender by voice or face to face.",
    ),
    (
        "Attacks",
        "A suspected virus or other attack is reported at once to the Manager and to the IT provider.",
    ),
];

/// The sixteen clauses; those in `enforced` have a file of rules.
pub(crate) fn all(enforced: &[Clause]) -> Vec<ClauseInfo> {
    Clause::all()
        .zip(WORDS)
        .map(|(clause, (name, text))| ClauseInfo { clause, name, text, enforced: enforced.contains(&clause) })
        .collect()
}

/// One clause's file of rules and its table of cases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClauseFile {
    /// `NN_name`, as in the folder `clauses/`.
    pub(crate) name: &'static str,
    /// Cedar.
    pub(crate) rules: &'static str,
    /// TOML; `None` for the two files that are no clause.
    pub(crate) cases: Option<&'static str>,
}

macro_rules! clause_file {
    ($name:literal, rules only) => {
        ClauseFile { name: $name, rules: include_str!(concat!("../clauses/", $name, ".cedar")), cases: None }
    };
    ($name:literal) => {
        ClauseFile {
            name: $name,
            rules: include_str!(concat!("../clauses/", $name, ".cedar")),
            cases: Some(include_str!(concat!("../clauses/", $name, ".cases.toml"))),
        }
    };
}

/// Every fact the rules may ask for.
pub(crate) const SCHEMA: &str = include_str!("../schema.cedarschema");

/// Every file of the folder `clauses/`, in order. A test compares this list with the folder.
pub(crate) const FILES: &[ClauseFile] = &[
    clause_file!("00_base", rules only),
    clause_file!("01_standing"),
    clause_file!("02_accounts"),
    clause_file!("03_access"),
    clause_file!("04_devices"),
    clause_file!("06_language"),
    clause_file!("07_content"),
    clause_file!("08_pictures"),
    clause_file!("09_children"),
    clause_file!("10_confidential"),
    clause_file!("12_professional"),
    clause_file!("98_other_findings"),
    clause_file!("99_access", rules only),
];
