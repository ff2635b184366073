//! Asking families about pictures: who has not answered yet, the mails, text messages and letters that ask them, and the
//! answers that come back on paper or at an event.
//!
//! Somebody is asked about a participant once for each edition of the words, and reminded at most twice. What is sent says
//! nobody's name: it leads to a page that shows nothing before a code.

mod ask;
mod letters;
mod paper;
mod quiet;
mod remind;
mod spot;
mod who;

use cleansheet_terms::{ActivityId, IdError, ParticipantId};

pub use ask::{Asked, Chosen, Sender, ask, renew};
pub use letters::{Letter, letters_waiting, print_letters};
pub use paper::{Differs, Entered, Forms, PaperEntry, PaperError, PaperForm, Part, Signer};
pub use quiet::daytime;
pub use remind::{MOST_REMINDERS, is_due, remind, remind_due};
pub use spot::{MOST_ANSWERS, NewSpot, SpotError, Spots, Spotted};
pub use who::{Figures, Listed, Open, Place, Shown, Wanted, figures, how_many, who};

use crate::{
    activities::ActivityError, database::StoreError, invitations::InvitationError, invitations::Visitor,
};

/// How somebody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// By mail.
    Mail,
    /// By a text message.
    Sms,
    /// By a letter that is printed here and handed over.
    Letter,
}

/// A text that is no way of asking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way of asking")]
pub struct UnknownBy(pub String);

impl By {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Sms, Self::Letter];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Letter => "letter",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownBy> {
        Self::ALL.into_iter().find(|by| by.as_str() == text).ok_or_else(|| UnknownBy(text.to_owned()))
    }
}

/// Why somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They have not answered yet.
    Ask,
    /// They were asked, and have not answered.
    Remind,
    /// Their yes runs out.
    Renew,
    /// They have just answered, at an event.
    Receipt,
}

/// A mail, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Nobody's name: subjects are shown on locked phones.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// Who writes what is sent, in the language of whoever reads it.
pub trait Words: Sync {
    /// A mail.
    ///
    /// - `link`: the secret part of the reader's own link.
    fn mail(&self, why: Why, to: &Visitor, language: &str, link: &str) -> Written;

    /// A text message: short, and without anybody's name.
    fn text(&self, why: Why, to: &Visitor, language: &str, link: &str) -> String;
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No words are in force.
    #[error("no consent wording is in force; put one in force first")]
    NoWording,
    /// A link could not be made.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// No such participant or activity.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom a list or a press of a button is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Of {
    /// Everybody.
    #[default]
    All,
    /// Those on the roster of an activity.
    Activity(ActivityId),
    /// One participant.
    Participant(ParticipantId),
}

impl Of {
    /// An activity's or a participant's id; an empty text means everybody.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        match text {
            "" => Ok(Self::All),
            text => ActivityId::parse(text)
                .map(Self::Activity)
                .or_else(|_| ParticipantId::parse(text).map(Self::Participant)),
        }
    }
}
