//! Consents: an answer of a guardian or of the person themselves, for a purpose, a kind of channel and a way of naming, to
//! an exact wording, with evidence and an end. The newest answer of the same giver counts; a withdrawal is a newer "no".

mod answers;
mod dial;
mod editions;
mod join;
mod register;

use cleansheet_terms::{ConsentId, Date, Digest, GuardianId, Naming, Network, ParticipantId, Timestamp};
use jiff::ToSpan as _;

pub use answers::{Answered, Answers, NewAnswers, answer, who_disagree};
pub use cleansheet_locales::{Reader, UnknownReader};
pub use dial::Dials;
pub use editions::{ApprovedWords, Edition, EditionWording, Editions, NewEdition, Review};
pub use join::{Joined, To, join, newest};
pub use register::{Consents, NewAnswer};

use crate::{
    activities::{ActivityError, Participant},
    database::StoreError,
};

/// What a picture is used for; consent to one is no consent to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Reports about what the trust does, on its own website and accounts.
    News,
    /// Adverts, posters and funding bids of the trust.
    Promotion,
    /// Pictures given to local newspapers and broadcasters.
    Press,
}

/// A text that names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no purpose")]
pub struct UnknownPurpose(pub String);

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::News, Self::Promotion, Self::Press];
    /// Those a post may have.
    pub const OF_POSTS: [Self; 2] = [Self::News, Self::Promotion];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Promotion => "promotion",
            Self::Press => "press",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| UnknownPurpose(text.to_owned()))
    }
}

/// What people are asked about: not each network, but kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The trust's own website.
    Website,
    /// The trust's accounts on networks.
    Social,
    /// Newspapers and broadcasters.
    Press,
}

/// A text that names no kind of channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of channel")]
pub struct UnknownKind(pub String);

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Website, Self::Social, Self::Press];

    /// The kind a network is of.
    pub fn of(network: Network) -> Self {
        match network {
            Network::Website => Self::Website,
            Network::X | Network::Facebook | Network::Instagram | Network::Mastodon | Network::Bluesky => {
                Self::Social
            }
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Website => "website",
            Self::Social => "social",
            Self::Press => "press",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// What everybody is asked, one question each, in the order of the page.
pub const QUESTIONS: [(Purpose, Kind); 5] = [
    (Purpose::News, Kind::Website),
    (Purpose::News, Kind::Social),
    (Purpose::Press, Kind::Press),
    (Purpose::Promotion, Kind::Website),
    (Purpose::Promotion, Kind::Social),
];

/// The last day of a yes that is given on a day: a year later at most, people are asked again.
pub fn good_until(given: Date) -> Date {
    given.saturating_add(12.months())
}

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// On their own page, behind a link and a code that was sent.
    Link,
    /// On their own page, behind a link and a code from a letter.
    Letter,
    /// On paper, read by two people.
    Paper,
    /// Said to a colleague, who wrote it down.
    Person,
    /// At an event, by the code on the wall.
    Spot,
}

/// A text that is no way of answering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way of answering")]
pub struct UnknownWay(pub String);

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Link, Self::Letter, Self::Paper, Self::Person, Self::Spot];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Letter => "letter",
            Self::Paper => "paper",
            Self::Person => "person",
            Self::Spot => "spot",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWay> {
        Self::ALL.into_iter().find(|w| w.as_str() == text).ok_or_else(|| UnknownWay(text.to_owned()))
    }
}

/// Who answers for a participant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Giver {
    /// An adult with parental responsibility.
    Guardian(GuardianId),
    /// The participant themselves.
    Own,
}

impl Giver {
    /// In which words they are asked about a participant on a day.
    pub fn reader(&self, participant: &Participant, day: Date) -> Reader {
        match self {
            Self::Guardian(_) => Reader::Guardian,
            Self::Own if participant.is_child_on(day) => Reader::Child,
            Self::Own => Reader::Adult,
        }
    }
}

/// One answer on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The answer.
    pub id: ConsentId,
    /// About whom.
    pub participant: ParticipantId,
    /// Who answered.
    pub giver: Giver,
    /// For which use.
    pub purpose: Purpose,
    /// On which kind of channel.
    pub kind: Kind,
    /// Yes or no.
    pub yes: bool,
    /// How far the name may stand beside the picture; none in a no.
    pub naming: Naming,
    /// To which words.
    pub wording: Digest,
    /// In which language they were read.
    pub language: String,
    /// How it came.
    pub way: Way,
    /// How it was given, for example `form of 3 September, seen by the coach`.
    pub evidence: String,
    /// When.
    pub given: Timestamp,
    /// The last day it is good for.
    pub until: Date,
}

/// What can be wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// No such participant or guardian.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// Somebody without parental responsibility for this participant.
    #[error("this guardian does not answer for this participant")]
    NotTheirs,
    /// No words are on record to say yes to.
    #[error("no consent wording is in force; put one in force first")]
    NoWording,
    /// Nobody has approved the words in this language yet.
    #[error("nobody has approved the wording in `{0}` yet; ask in English, or have it approved first")]
    NotApproved(String),
    /// No such wording.
    #[error("there is no wording in `{0}` to approve")]
    NoSuchWording(String),
    /// Words that somebody looked at have been changed meanwhile.
    #[error("these words have changed since you opened the page; open it again and read them once more")]
    OtherWords,
    /// A reviewer without a name.
    #[error("say who approved the wording, and how they know the language")]
    NoReviewer,
    /// An empty wording.
    #[error("a consent wording needs words")]
    EmptyWording,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
