//! The invented people of the demo trust. Nobody here exists; addresses are at `example.org`.

use cleansheet_locales::Language;
use cleansheet_terms::Role;

/// How a member of staff stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything in order, with a grant on the news page.
    InOrder,
    /// The Safeguarding Children certificate ran out last week.
    CertificateLapsed,
    /// In order, but the Manager has given no permission for any account.
    NoGrant,
    /// Acts on no account.
    NotNeeded,
}

/// Somebody who signs in.
pub(super) struct Colleague {
    pub(super) name: &'static str,
    pub(super) mail: &'static str,
    pub(super) role: Role,
    pub(super) standing: Standing,
    /// Printed beside the sign-in link.
    pub(super) what: &'static str,
}

pub(super) const MANAGER: &str = "dele@example.org";
pub(super) const DSL: &str = "ruth@example.org";
pub(super) const AUTHOR: &str = "jo@example.org";
pub(super) const APPROVER: &str = "priya@example.org";

pub(super) const COLLEAGUES: [Colleague; 8] = [
    Colleague {
        name: "Dele Okafor",
        mail: MANAGER,
        role: Role::Manager,
        standing: Standing::InOrder,
        what: "Manager",
    },
    Colleague {
        name: "Ruth Amankwah",
        mail: DSL,
        role: Role::Dsl,
        standing: Standing::InOrder,
        what: "safeguarding lead",
    },
    Colleague {
        name: "Jo Brightwell",
        mail: AUTHOR,
        role: Role::Staff,
        standing: Standing::InOrder,
        what: "coach who writes posts",
    },
    Colleague {
        name: "Priya Nair",
        mail: APPROVER,
        role: Role::Staff,
        standing: Standing::InOrder,
        what: "coach who approves posts",
    },
    Colleague {
        name: "Callum Reid",
        mail: "callum@example.org",
        role: Role::Staff,
        standing: Standing::CertificateLapsed,
        what: "coach whose safeguarding certificate has run out",
    },
    Colleague {
        name: "Bea Lindqvist",
        mail: "bea@example.org",
        role: Role::Staff,
        standing: Standing::NoGrant,
        what: "coach without permission for any account",
    },
    Colleague {
        name: "Tomas Kale",
        mail: "tomas@example.org",
        role: Role::It,
        standing: Standing::NotNeeded,
        what: "IT provider",
    },
    Colleague {
        name: "Margaret Osei",
        mail: "margaret@example.org",
        role: Role::Trustee,
        standing: Standing::NotNeeded,
        what: "trustee",
    },
];

/// What was answered for a child on the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// Every guardian said yes, with the first name beside the picture.
    Full,
    /// Every guardian said yes to the picture and no to the name.
    NotNamed,
    /// The first guardian said yes, the second no.
    OneGuardianSaysNo,
    /// Guardians said yes, the child (12 or older) said no.
    ChildSaysNo,
    /// Everybody said yes, and the safeguarding lead has set the hard flag.
    NoImage,
    /// Guardians said yes, and yesterday was the eighteenth birthday.
    EighteenYesterday,
    /// Nobody has answered yet.
    Unasked,
}

/// Somebody on the roster.
pub(super) struct Child {
    pub(super) name: &'static str,
    /// Whole years on the day of the demo; the birthday was 40 days ago unless the answers say otherwise.
    pub(super) age: i16,
    pub(super) answers: Answers,
    /// Names and addresses.
    pub(super) guardians: &'static [(&'static str, &'static str)],
}

/// The guardian who withdraws in the story.
pub(super) const WITHDRAWING_GUARDIAN: &str = "meera.verma@example.org";
/// Her child.
pub(super) const WITHDRAWN_CHILD: &str = "Asha Verma";
/// The child whose second guardian said no.
pub(super) const REFUSED_CHILD: &str = "Noor Haddad";

/// Who reads another language than English best.
pub(super) const LANGUAGES: [(&str, Language); 2] =
    [("ewa.wrona@example.org", Language::Polish), ("carla.ferraz@example.org", Language::Portuguese)];
/// Translations that somebody has approved, and who.
pub(super) const REVIEWS: [(Language, &str); 2] = [
    (Language::Polish, "Hanna Zielna, interpreter of the council"),
    (Language::Urdu, "Imran Qadir, who grew up with it and teaches it"),
];

pub(super) const ROSTER: [Child; 12] = [
    Child {
        name: WITHDRAWN_CHILD,
        age: 10,
        answers: Answers::Full,
        guardians: &[("Meera Verma", WITHDRAWING_GUARDIAN), ("Rohan Verma", "rohan.verma@example.org")],
    },
    Child {
        name: "Leo Hartwell",
        age: 9,
        answers: Answers::Full,
        guardians: &[("Anna Hartwell", "anna.hartwell@example.org")],
    },
    Child {
        name: "Zofia Wrona",
        age: 10,
        answers: Answers::Full,
        guardians: &[("Ewa Wrona", "ewa.wrona@example.org")],
    },
    Child {
        name: "Ines Ferraz",
        age: 12,
        answers: Answers::Full,
        guardians: &[("Carla Ferraz", "carla.ferraz@example.org")],
    },
    Child {
        name: "Mia Kowal",
        age: 10,
        answers: Answers::NotNamed,
        guardians: &[("Piotr Kowal", "piotr.kowal@example.org")],
    },
    Child {
        name: "Sam Adeyi",
        age: 11,
        answers: Answers::NotNamed,
        guardians: &[("Grace Adeyi", "grace.adeyi@example.org")],
    },
    Child {
        name: REFUSED_CHILD,
        age: 9,
        answers: Answers::OneGuardianSaysNo,
        guardians: &[
            ("Layla Haddad", "layla.haddad@example.org"),
            ("Karim Haddad", "karim.haddad@example.org"),
        ],
    },
    Child {
        name: "Finn Gallow",
        age: 13,
        answers: Answers::ChildSaysNo,
        guardians: &[("Niamh Gallow", "niamh.gallow@example.org")],
    },
    Child {
        name: "Ella Whitlock",
        age: 10,
        answers: Answers::NoImage,
        guardians: &[("Joan Whitlock", "joan.whitlock@example.org")],
    },
    Child {
        name: "Tyrone Blakely",
        age: 18,
        answers: Answers::EighteenYesterday,
        guardians: &[("Denise Blakely", "denise.blakely@example.org")],
    },
    Child {
        name: "Harvey Lunn",
        age: 11,
        answers: Answers::Unasked,
        guardians: &[("Kate Lunn", "kate.lunn@example.org")],
    },
    Child {
        name: "Kofi Mensa",
        age: 9,
        answers: Answers::NotNamed,
        guardians: &[("Abena Mensa", "abena.mensa@example.org")],
    },
];
