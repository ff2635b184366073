//! An organisation's own facts: its name, contacts, review dates and colours. Nothing of them is in the code.

use std::{fs, path::Path};

use cleansheet_records::review::{OnPaper, When};
use cleansheet_screening::material::Allow;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("the profile `{0}` cannot be read: {1}")]
    File(String, std::io::Error),
    /// The file says something else than a profile does.
    #[error("the profile `{0}` is not right: {1}")]
    Wrong(String, String),
}

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Names and words.
    pub trust: Trust,
    /// Whom clause 16 names.
    pub contacts: Contacts,
    /// The policy's own clock.
    pub review: Review,
    /// The club's look.
    pub colours: Colours,
}

/// Names and words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// In full, as the public reads it.
    pub name: String,
    /// As people say it.
    pub short_name: String,
    /// Mail domains that are the trust's own: such an address is no personal detail.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Public telephone numbers.
    #[serde(default)]
    pub phones: Vec<String>,
    /// Postcodes of its grounds and offices.
    #[serde(default)]
    pub postcodes: Vec<String>,
    /// Words that only people inside should read, clause 10.
    #[serde(default)]
    pub confidential: Vec<String>,
    /// Schools of the region.
    #[serde(default)]
    pub schools: Vec<String>,
}

/// Whom clause 16 names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// The Community Trust Manager.
    pub manager: Contact,
    /// The IT support provider.
    pub it: Contact,
}

/// A person or desk and its address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// As written in the policy.
    pub name: String,
    /// Mail address.
    pub mail: String,
}

/// The policy's own clock. Months are `YYYY-MM`, as on the policy's cover.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The last review.
    #[serde(deserialize_with = "month")]
    pub last: When,
    /// When the next one is due.
    #[serde(deserialize_with = "month")]
    pub next_due: When,
    /// Who did the last.
    pub last_by: String,
    /// Who does the next.
    pub next_by: Vec<String>,
}

/// The club's look; decoration, never a meaning.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// `#rrggbb`.
    pub club: String,
    /// Letters on it, `#rrggbb`.
    pub club_on: String,
}

/// The invented trust of the demo, as its profile file says it.
pub const DEMO: &str = include_str!("../../../profiles/demo.toml");

impl Profile {
    /// Reads a profile from a file.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|e| ProfileError::File(name.clone(), e))?;
        Self::parse(&text).map_err(|e| ProfileError::Wrong(name, e))
    }

    /// The invented trust of the demo.
    pub fn demo() -> Result<Self, ProfileError> {
        Self::parse(DEMO).map_err(|e| ProfileError::Wrong("profiles/demo.toml".to_owned(), e))
    }

    /// What the word checks let through, and what they stop, for this organisation.
    pub fn allow(&self) -> Allow {
        let trust = &self.trust;
        Allow {
            org_domains: trust.domains.clone(),
            org_phones: trust.phones.clone(),
            venues: trust.postcodes.clone(),
            schools: trust.schools.clone(),
            confidential: trust.confidential.clone(),
        }
    }

    /// What the policy's cover says about its reviews.
    pub fn on_paper(&self) -> OnPaper {
        let Review { last, next_due, last_by, next_by } = self.review.clone();
        OnPaper { last, last_by, next_due, next_by }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string().trim().to_owned())
    }
}

fn month<'de, D: Deserializer<'de>>(from: D) -> Result<When, D::Error> {
    let text = String::deserialize(from)?;
    When::month(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no month; write it as 2026-03")))
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn the_profiles_that_come_with_the_program_are_right() {
        let demo = Profile::demo().unwrap();
        assert!(demo.contacts.manager.mail.ends_with("example.org"), "a demo never writes to real people");
        let cuct = Profile::parse(include_str!("../../../profiles/cuct.toml")).unwrap();
        assert_eq!(cuct.review.last.in_words(), "March 2022");
        assert_eq!(cuct.review.next_due.in_words(), "March 2023");
    }

    #[test]
    fn a_profile_with_an_unknown_word_is_refused() {
        assert!(Profile::parse("[trust]\nname = 'A'\nshort_nam = 'A'").is_err());
    }
}
