//! The adults of a row: who of them is on record, who is new, and what is different.

use super::{
    known::{Bond, Known, Parent, SomeParent, Step, Subject, digits},
    rows::Adult,
};
use crate::activities::{Relation, folded, one_slip_apart, same_parts};

impl Known {
    /// Takes the adults of a row over. Says what is new or different.
    pub(super) fn family(&mut self, subject: Subject, adults: &[Adult]) -> Vec<String> {
        adults.iter().flat_map(|adult| self.adult(subject, adult)).collect()
    }

    fn adult(&mut self, subject: Subject, adult: &Adult) -> Vec<String> {
        let name = folded(&adult.name);
        let mut says = Vec::new();
        let parent = match self.find_parent(subject, adult, &name) {
            Some(parent) => {
                if self.bond(subject, parent).is_some_and(|bond| bond.ended) {
                    let known = self.adults.get(parent).map_or("", |one| one.name.as_str());
                    let say =
                        format!("{known} no longer answers for them, and the sheet does not change that");
                    return vec![say];
                }
                says.extend(self.change_parent(parent, adult, &name));
                parent
            }
            None => {
                let parent = self.add_parent(SomeParent {
                    is: None,
                    name: adult.name.clone(),
                    folded: name,
                    mail: adult.mail.clone(),
                    phone: adult.phone.clone(),
                    language: adult.language.clone().unwrap_or_else(|| "en".to_owned()),
                });
                self.steps.push(Step::AddParent(parent));
                says.push(format!("{} is new", adult.name));
                parent
            }
        };
        says.extend(self.bind(subject, parent, adult));
        says
    }

    /// Somebody who answers for this child already, by name or by address; or for another child, by both.
    fn find_parent(&self, subject: Subject, adult: &Adult, name: &str) -> Option<Parent> {
        let bonds = self.people.get(subject).map(|one| one.parents.as_slice()).unwrap_or_default();
        let theirs = || bonds.iter().map(|bond| bond.parent);
        let is =
            |parent: &Parent, test: &dyn Fn(&SomeParent) -> bool| self.adults.get(*parent).is_some_and(test);
        let named = |one: &SomeParent| same_parts(&one.folded, name);
        let at = |one: &SomeParent| {
            !adult.mail.is_empty() && one.mail == adult.mail && one_slip_apart(&one.folded, name)
        };
        theirs()
            .find(|parent| is(parent, &named))
            .or_else(|| theirs().find(|parent| is(parent, &at)))
            .or_else(|| {
                let near = self.parents_at(&adult.mail, &adult.phone);
                near.into_iter().find(|parent| is(parent, &named))
            })
    }

    /// Whether one of these adults answers for somebody already.
    pub(super) fn shares_a_parent(&self, subject: Subject, adults: &[Adult]) -> bool {
        adults.iter().any(|adult| {
            let found = self.find_parent(subject, adult, &folded(&adult.name));
            found.is_some_and(|parent| self.bond(subject, parent).is_some())
        })
    }

    fn bond(&self, subject: Subject, parent: Parent) -> Option<&Bond> {
        self.people.get(subject)?.parents.iter().find(|bond| bond.parent == parent)
    }

    /// What the sheet knows better of somebody. What it leaves empty stays.
    fn change_parent(&mut self, parent: Parent, adult: &Adult, name: &str) -> Vec<String> {
        let Some(one) = self.adults.get_mut(parent) else { return Vec::new() };
        let mut says = Vec::new();
        if !same_parts(&one.folded, name) {
            says.push(format!("{}'s name becomes {}", one.name, adult.name));
            (one.name, one.folded) = (adult.name.clone(), name.to_owned());
        }
        if !adult.mail.is_empty() && one.mail != adult.mail {
            let before = if one.mail.is_empty() { "none".to_owned() } else { one.mail.clone() };
            says.push(format!("{}'s address becomes {} (it was {before})", one.name, adult.mail));
            one.mail.clone_from(&adult.mail);
        }
        if !adult.phone.is_empty() && digits(&one.phone) != digits(&adult.phone) {
            says.push(format!("{}'s number becomes {}", one.name, adult.phone));
            one.phone.clone_from(&adult.phone);
        }
        if let Some(language) = adult.language.as_ref().filter(|language| **language != one.language) {
            says.push(format!("{}'s language becomes {}", one.name, in_words(language)));
            one.language.clone_from(language);
        }
        if !says.is_empty() && one.is.is_some() {
            self.steps.push(Step::ChangeParent(parent));
        }
        says
    }

    /// Writes down that somebody answers for a child, and in what place.
    fn bind(&mut self, subject: Subject, parent: Parent, adult: &Adult) -> Vec<String> {
        let name = self.adults.get(parent).map_or_else(String::new, |one| one.name.clone());
        let Some(person) = self.people.get_mut(subject) else { return Vec::new() };
        let wanted = adult.relation;
        let mut says = Vec::new();
        match person.parents.iter_mut().find(|bond| bond.parent == parent) {
            Some(bond) => {
                let Some(relation) = wanted.filter(|relation| *relation != bond.relation) else {
                    return says;
                };
                bond.relation = relation;
                says.push(format!("{name} is their {}", place(relation)));
                self.steps.push(Step::Relate(subject, parent, relation.as_str()));
            }
            None => {
                let relation = wanted.unwrap_or(Relation::Parent);
                person.parents.push(Bond { parent, relation, ended: false });
                if person.is.is_some() {
                    says.push(format!("{name} answers for them"));
                }
                self.steps.push(Step::Link(subject, parent));
                if relation != Relation::Parent {
                    self.steps.push(Step::Relate(subject, parent, relation.as_str()));
                }
            }
        }
        says
    }
}

fn place(relation: Relation) -> &'static str {
    match relation {
        Relation::Parent => "parent",
        Relation::Council => "contact at the council",
        Relation::FosterCarer => "foster carer",
        Relation::Other => "carer",
    }
}

fn in_words(language: &str) -> &str {
    crate::activities::LANGUAGES
        .iter()
        .find(|(code, ..)| *code == language)
        .map_or(language, |(_, name, _)| name)
}
