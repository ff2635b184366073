//! Consents: an answer of a guardian or of the person themselves, for a purpose and a network, to an exact wording,
//! with evidence and an end. The newest answer of the same giver counts; a withdrawal is a newer "no".

mod join;
mod register;

use cleansheet_terms::{ConsentId, Date, Digest, GuardianId, Network, ParticipantId, Timestamp};

pub use join::Joined;
pub use register::{Consents, NewAnswer};

use crate::{activities::ActivityError, database::StoreError};

/// What a picture is used for; consent to one is no consent to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The trust's own website and accounts.
    SocialMedia,
    /// Pictures given to local newspapers and broadcasters.
    LocalPress,
}

/// A text that names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no purpose")]
pub struct UnknownPurpose(pub String);

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 2] = [Self::SocialMedia, Self::LocalPress];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SocialMedia => "social_media",
            Self::LocalPress => "local_press",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| UnknownPurpose(text.to_owned()))
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

/// The exact words that were answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The SHA-256 of the text.
    pub hash: Digest,
    /// The text.
    pub text: String,
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
    /// On which network.
    pub network: Network,
    /// Yes or no.
    pub yes: bool,
    /// The first name may stand beside the picture.
    pub naming: bool,
    /// To which words.
    pub wording: Digest,
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
    /// An empty wording.
    #[error("a consent wording needs words")]
    EmptyWording,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
