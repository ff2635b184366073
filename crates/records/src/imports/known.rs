//! The records a sheet is compared with, read once. While rows are compared, what they would add is added here too, so
//! that two rows about one family meet.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cleansheet_terms::{ActivityId, Date, GuardianId, ParticipantId};
use serde::Serialize;

use crate::{
    activities::{Activities, Activity, Guardian, Participant, Relation, folded, marks},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
};

/// A place in [`Known::people`].
pub(super) type Subject = usize;
/// A place in [`Known::adults`].
pub(super) type Parent = usize;
/// A place in [`Known::activities`].
pub(super) type Place = usize;

/// A participant, or one that a row would add.
pub(super) struct Somebody {
    /// On record.
    pub(super) is: Option<Participant>,
    /// The row that would add them.
    pub(super) line: u32,
    pub(super) name: String,
    pub(super) folded: String,
    pub(super) born: Option<Date>,
    pub(super) adult: bool,
    pub(super) reference: String,
    pub(super) mail: String,
    pub(super) left: Option<Date>,
    pub(super) parents: Vec<Bond>,
}

/// Who answers for somebody.
pub(super) struct Bond {
    pub(super) parent: Parent,
    pub(super) relation: Relation,
    pub(super) ended: bool,
}

/// A guardian, or one that a row would add.
pub(super) struct SomeParent {
    pub(super) is: Option<GuardianId>,
    pub(super) name: String,
    pub(super) folded: String,
    pub(super) mail: String,
    pub(super) phone: String,
    pub(super) language: String,
}

/// An activity, or one that a row would add.
pub(super) struct SomeActivity {
    pub(super) is: Option<ActivityId>,
    pub(super) name: String,
    pub(super) folded: String,
    pub(super) place: String,
    pub(super) day: Date,
    pub(super) roster: HashSet<Subject>,
}

/// One thing that is done when the rows are taken over, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) enum Step {
    AddPerson(Subject),
    ChangePerson(Subject),
    Leaves(Subject, Date),
    AddParent(Parent),
    ChangeParent(Parent),
    Link(Subject, Parent),
    Relate(Subject, Parent, &'static str),
    AddActivity(Place),
    OnRoster(Place, Subject),
    Apart(Subject, Subject),
}

#[derive(Default)]
pub(super) struct Known {
    pub(super) people: Vec<Somebody>,
    pub(super) adults: Vec<SomeParent>,
    pub(super) activities: Vec<SomeActivity>,
    pub(super) steps: Vec<Step>,
    pub(super) apart: BTreeSet<(ParticipantId, ParticipantId)>,
    by_id: HashMap<ParticipantId, Subject>,
    by_mark: HashMap<u64, Vec<Subject>>,
    by_reference: HashMap<String, Vec<Subject>>,
    by_mail: HashMap<String, Vec<Parent>>,
    by_phone: HashMap<String, Vec<Parent>>,
}

impl Known {
    pub(super) async fn load(tx: &mut Tx) -> Result<Self, StoreError> {
        let mut known = Self { apart: Activities(tx).apart().await?, ..Self::default() };
        for one in Activities(tx).participants().await? {
            known.add_person(Somebody {
                line: 0,
                name: one.name.clone(),
                folded: folded(&one.name),
                born: one.born,
                adult: one.adult,
                reference: one.reference.clone(),
                mail: one.mail.clone(),
                left: one.left,
                parents: Vec::new(),
                is: Some(one),
            });
        }
        let mut parents = BTreeMap::new();
        for one in Activities(tx).guardians().await? {
            parents.insert(one.id.clone(), known.add_parent(of(one)));
        }
        for row in
            tx.rows(sql("SELECT participant_id, guardian_id, relation, ended_ms FROM guardianship")).await?
        {
            let subject = known.by_id.get(&row.read("participant_id", ParticipantId::parse)?).copied();
            let parent = parents.get(&row.read("guardian_id", GuardianId::parse)?).copied();
            let Some((subject, parent)) = subject.zip(parent) else { continue };
            let (relation, ended) =
                (row.read("relation", Relation::parse)?, row.maybe_instant("ended_ms")?.is_some());
            if let Some(person) = known.people.get_mut(subject) {
                person.parents.push(Bond { parent, relation, ended });
            }
        }
        known.load_activities(tx).await?;
        Ok(known)
    }

    async fn load_activities(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        for one in Activities(tx).activities().await? {
            let Activity { id, name, place, day } = one;
            let roster = HashSet::new();
            self.activities.push(SomeActivity {
                is: Some(id),
                folded: folded(&name),
                name,
                place,
                day,
                roster,
            });
        }
        Ok(())
    }

    /// Reads the roster of an activity that a row names, once.
    pub(super) async fn load_roster(&mut self, tx: &mut Tx, place: Place) -> Result<(), StoreError> {
        let Some(id) = self.activities.get(place).and_then(|one| one.is.clone()) else { return Ok(()) };
        let found =
            sql("SELECT participant_id FROM roster WHERE activity_id = $1").bind(id.as_str().to_owned());
        for row in tx.rows(found).await? {
            let on = self.by_id.get(&row.read("participant_id", ParticipantId::parse)?).copied();
            if let Some(activity) = self.activities.get_mut(place) {
                activity.roster.extend(on);
            }
        }
        Ok(())
    }

    pub(super) fn add_person(&mut self, one: Somebody) -> Subject {
        let at = self.people.len();
        if let Some(is) = &one.is {
            self.by_id.insert(is.id.clone(), at);
        }
        for mark in marks(&one.folded, one.born) {
            self.by_mark.entry(mark).or_default().push(at);
        }
        if !one.reference.is_empty() {
            self.by_reference.entry(one.reference.to_lowercase()).or_default().push(at);
        }
        self.people.push(one);
        at
    }

    pub(super) fn add_parent(&mut self, one: SomeParent) -> Parent {
        let at = self.adults.len();
        if !one.mail.is_empty() {
            self.by_mail.entry(one.mail.clone()).or_default().push(at);
        }
        if !one.phone.is_empty() {
            self.by_phone.entry(digits(&one.phone)).or_default().push(at);
        }
        self.adults.push(one);
        at
    }

    pub(super) fn person(&self, id: &ParticipantId) -> Option<Subject> {
        self.by_id.get(id).copied()
    }

    /// Everybody with a number of the trust's own: one, unless it was given twice.
    pub(super) fn by_reference(&self, reference: &str) -> &[Subject] {
        self.by_reference.get(&reference.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Everybody worth comparing with a name and a birthday.
    pub(super) fn candidates(&self, folded: &str, born: Option<Date>) -> BTreeSet<Subject> {
        marks(folded, born).filter_map(|mark| self.by_mark.get(&mark)).flatten().copied().collect()
    }

    /// Every guardian with an address or, without one, a number.
    pub(super) fn parents_at(&self, mail: &str, phone: &str) -> Vec<Parent> {
        let found = if mail.is_empty() { self.by_phone.get(&digits(phone)) } else { self.by_mail.get(mail) };
        found.filter(|_| !(mail.is_empty() && phone.is_empty())).cloned().unwrap_or_default()
    }
}

fn of(one: Guardian) -> SomeParent {
    let Guardian { id, name, mail, phone, language, .. } = one;
    SomeParent { is: Some(id), folded: folded(&name), name, mail, phone, language }
}

/// The digits of a telephone number; `+44` is a zero at home.
pub(super) fn digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("44") {
        Some(rest) if phone.trim_start().starts_with('+') => format!("0{}", rest.trim_start_matches('0')),
        _ => digits,
    }
}
