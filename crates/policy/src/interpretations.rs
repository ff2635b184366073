//! Words of the policy that two people may read in two ways, so that a rule needs to know which.
//!
//! The program asks and proposes; the Manager signs how the trust reads each of them. A rule names what it rests on with
//! `@reads("key")`, and whoever is refused by it reads the trust's own words.

use cleansheet_terms::Clause;
use serde::Serialize;

/// One such word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Interpretation {
    /// Stable name, as in `@reads`.
    pub key: &'static str,
    /// The word as the policy writes it.
    pub word: &'static str,
    /// What has to be decided.
    pub question: &'static str,
    /// What the program goes by, for the Manager to sign or to say better.
    pub proposed: &'static str,
    /// The clause it stands in.
    pub clause: Clause,
    /// Whether rules rest on it already.
    pub used: Used,
}

/// Where a reading counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Used {
    /// Rules of its clause name it.
    Rules,
    /// Its clause has no rules yet: people keep it, by this reading.
    NotBuiltYet,
}

/// The twelve that have to be signed before a rule can rest on them.
pub const INTERPRETATIONS: [Interpretation; 12] = [
    Interpretation {
        key: "relevant_dbs_check",
        word: "relevant DBS check",
        question: "Which check does which role need, and how old may it be?",
        proposed: "the level, workforce and barred list that the table of roles gives for the person’s role, on a certificate whose original somebody else has seen, not older than the table allows",
        clause: Clause::known::<1>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "up_to_date_certificate",
        word: "up-to-date certificate",
        question: "Which course counts, and for how long?",
        proposed: "the FA Safeguarding Children course, verified by somebody other than its holder: valid for three years if completed up to 30 June 2022, for two years if completed later, and over at the midnight after its last day",
        clause: Clause::known::<1>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "managed_by",
        word: "managed by",
        question: "Does writing a draft count, or only publishing?",
        proposed: "both: whoever writes a post, approves it or connects the account manages it; whoever only reads does not",
        clause: Clause::known::<1>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "known_through_role",
        word: "known through their role",
        question: "Does it go on for those who no longer take part?",
        proposed: "everybody who is or ever was on a roster of the trust, until their eighteenth birthday",
        clause: Clause::known::<5>(),
        used: Used::NotBuiltYet,
    },
    Interpretation {
        key: "inappropriate",
        word: "inappropriate",
        question: "What is on the list?",
        proposed: "nudity, violence, cruelty, gambling, alcohol, tobacco and drugs, and whatever nobody would show a parent at a session",
        clause: Clause::known::<7>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "informed_consent",
        word: "informed consent of participants",
        question: "Who has to be asked among adults, and in a crowd?",
        proposed: "every adult whose face is shown was told where the picture goes and said yes; in a crowd as anywhere else, a face that nobody has accounted for is covered",
        clause: Clause::known::<8>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "children",
        word: "children",
        question: "Up to which age, and what if it is not known?",
        proposed: "everybody under 18; whoever’s date of birth is not known counts as a child",
        clause: Clause::known::<9>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "confidential",
        word: "confidential",
        question: "What is on the list?",
        proposed: "anybody’s address, telephone number, mail address, health and other private details, whatever was told in confidence, and the words on the trust’s own list",
        clause: Clause::known::<10>(),
        used: Used::Rules,
    },
    Interpretation {
        key: "the_server",
        word: "the server",
        question: "Which addresses are meant?",
        proposed: "every address under which this program and the trust’s files are reached; the IT provider keeps the list",
        clause: Clause::known::<14>(),
        used: Used::NotBuiltYet,
    },
    Interpretation {
        key: "appropriate_anti_virus",
        word: "appropriate anti-virus",
        question: "What counts on a phone, for which there is none?",
        proposed: "on a computer, one that is on, keeps itself up to date and was heard of within seven days; a phone that takes apps from its maker’s shop alone and is up to date counts as well",
        clause: Clause::known::<13>(),
        used: Used::NotBuiltYet,
    },
    Interpretation {
        key: "verbally",
        word: "verbally",
        question: "Is a voice message enough?",
        proposed: "face to face, or by telephone on a number that the trust had before; a voice message is not enough",
        clause: Clause::known::<15>(),
        used: Used::NotBuiltYet,
    },
    Interpretation {
        key: "immediately",
        word: "immediately",
        question: "Within how many minutes?",
        proposed: "within 15 minutes of the suspicion, at any hour, and before anything else is done on the device",
        clause: Clause::known::<16>(),
        used: Used::NotBuiltYet,
    },
];

/// The one with this key.
pub fn interpretation(key: &str) -> Option<&'static Interpretation> {
    INTERPRETATIONS.iter().find(|one| one.key == key)
}
