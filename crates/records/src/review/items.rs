//! What a review asks about, one thing after the other.

use cleansheet_policy::SINCE;
use cleansheet_terms::{Clause, Date, PersonId, Timestamp};
use serde::Serialize;

/// Whom clause 16 names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Party {
    /// The Community Trust Manager.
    Manager,
    /// The IT support provider.
    It,
}

/// One thing a review asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Item {
    /// Keep a clause, or want it otherwise?
    Clause(Clause),
    /// Is this still whom to tell, and where?
    Contact(Party),
    /// Does this change since the last review ask for another policy? Its key.
    Since(&'static str),
}

impl Item {
    /// As stored, and as in addresses: `clause-6`, `contact-it`, `since-data-act`.
    pub fn name(self) -> String {
        match self {
            Self::Clause(clause) => format!("clause-{clause}"),
            Self::Contact(Party::Manager) => "contact-manager".to_owned(),
            Self::Contact(Party::It) => "contact-it".to_owned(),
            Self::Since(key) => format!("since-{key}"),
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('-')? {
            ("clause", number) => Clause::new(number.parse().ok()?).ok().map(Self::Clause),
            ("contact", "manager") => Some(Self::Contact(Party::Manager)),
            ("contact", "it") => Some(Self::Contact(Party::It)),
            ("since", key) => SINCE.iter().find(|one| one.key == key).map(|one| Self::Since(one.key)),
            _ => None,
        }
    }
}

/// Everything that a review asks about: what changed since the last one, the contacts, the sixteen clauses.
pub fn items(last_review: Date) -> Vec<Item> {
    let later = SINCE.iter().filter(|one| one.day.parse().is_ok_and(|day: Date| day > last_review));
    let since = later.map(|one| Item::Since(one.key));
    let contacts = [Item::Contact(Party::Manager), Item::Contact(Party::It)];
    since.chain(contacts).chain(Clause::all().map(Item::Clause)).collect()
}

/// What was said about one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// It stays as it is, it is right, or it asks for nothing.
    pub keep: bool,
    /// What should be otherwise; may be empty when it stays.
    pub words: String,
    /// Who said so.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use cleansheet_policy::SINCE;
    use cleansheet_terms::Date;

    use super::{Item, items};

    #[test]
    fn the_first_review_asks_about_everything_and_every_item_is_read_back() {
        let all = items("2022-03-31".parse().unwrap());
        assert_eq!(all.len(), 11 + 2 + 16);
        for item in &all {
            assert_eq!(Item::parse(&item.name()), Some(*item));
        }
        assert_eq!(Item::parse("clause-17"), None);
        assert_eq!(Item::parse("since-nothing"), None);
    }

    #[test]
    fn what_an_earlier_review_has_looked_at_is_not_asked_again() {
        assert_eq!(items("2026-12-31".parse().unwrap()).len(), 2 + 16);
        assert!(SINCE.iter().all(|one| one.day.parse::<Date>().is_ok()));
    }
}
