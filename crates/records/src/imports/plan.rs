//! What a sheet would do to the records, row by row.

use std::collections::{BTreeMap, HashMap};

use cleansheet_terms::{ActivityId, Date, Digest};

use super::{
    Alike, Choice, Choices, ImportError, Line, Outcome, Preview, Remark, Row, Session, Sheet, Totals,
    known::{Known, Place, SomeActivity, Somebody, Step, Subject},
};
use crate::{
    activities::{Likeness, folded, likeness, one_slip_apart, same_parts},
    database::{StoreError, Tx},
};

/// A preview, and what has to be done for it.
pub(super) struct Plan {
    pub(super) preview: Preview,
    pub(super) known: Known,
}

/// Compares a sheet with the records.
///
/// - `roster`: everybody goes on the roster of this activity, whatever the sheet says.
pub(super) async fn plan(
    tx: &mut Tx,
    sheet: &Sheet,
    choices: &Choices,
    roster: Option<&ActivityId>,
) -> Result<Plan, StoreError> {
    let mut known = Known::load(tx).await?;
    let places = places(tx, &mut known, sheet, roster).await?;
    let mut comparing = Comparing { known, choices, rows: HashMap::new() };
    let mut lines = Vec::new();
    for row in &sheet.rows {
        let place = match (&row.activity, roster) {
            (_, Some(id)) => comparing.known.activities.iter().position(|one| one.is.as_ref() == Some(id)),
            (Some(session), None) => places.get(&key(session)).copied().flatten(),
            (None, None) => None,
        };
        let lost = roster.is_none() && row.activity.is_some() && place.is_none();
        lines.push(comparing.line(row, place, lost));
    }
    let known = comparing.known;
    let totals = totals(&lines, &known);
    let said: Vec<_> = lines.iter().map(|line| (line.row.line, said(&line.outcome), &line.says)).collect();
    let bytes = serde_json::to_vec(&(said, &known.steps)).map_err(|_| StoreError::damaged("import_batch"))?;
    let preview = Preview { totals, hash: Digest::of(&bytes), lines };
    Ok(Plan { preview, known })
}

/// How a session of a sheet is looked up.
fn key(session: &Session) -> (String, Option<Date>) {
    (folded(&session.name), session.day)
}

/// The activities a sheet names: on record, or to be added when their day is known.
async fn places(
    tx: &mut Tx,
    known: &mut Known,
    sheet: &Sheet,
    roster: Option<&ActivityId>,
) -> Result<BTreeMap<(String, Option<Date>), Option<Place>>, StoreError> {
    let mut places = BTreeMap::new();
    if let Some(id) = roster {
        let place = known.activities.iter().position(|one| one.is.as_ref() == Some(id));
        if let Some(place) = place {
            known.load_roster(tx, place).await?;
        }
        return Ok(places);
    }
    for session in
        sheet.rows.iter().filter(|row| row.faults.is_empty()).filter_map(|row| row.activity.as_ref())
    {
        let key = key(session);
        if places.contains_key(&key) {
            continue;
        }
        // Of those with the same name the first is the newest.
        let fits = |one: &SomeActivity| one.folded == key.0 && session.day.is_none_or(|day| one.day == day);
        let mut place = known.activities.iter().position(fits);
        if let Some(place) = place {
            known.load_roster(tx, place).await?;
        } else if let Some(day) = session.day {
            place = Some(known.activities.len());
            known.activities.push(SomeActivity {
                is: None,
                name: session.name.clone(),
                folded: key.0.clone(),
                place: session.place.clone(),
                day,
                roster: std::collections::HashSet::new(),
            });
        }
        places.insert(key, place);
    }
    Ok(places)
}

struct Comparing<'c> {
    known: Known,
    choices: &'c Choices,
    /// Whom the rows so far are about, by their numbers.
    rows: HashMap<u32, Subject>,
}

/// Whom a row is about.
enum About {
    Somebody(Subject, Sure),
    New { apart_from: Vec<Subject> },
    Open(Vec<Subject>),
}

/// How it is known whom a row is about.
#[derive(PartialEq)]
enum Sure {
    /// By the trust's own number, an earlier row, or because somebody said so.
    Yes,
    /// By name and birthday: somebody may say otherwise.
    ByName,
}

impl Comparing<'_> {
    fn line(&mut self, row: &Row, place: Option<Place>, lost: bool) -> Line {
        let line = |outcome, says| Line { row: row.clone(), outcome, says, notes: Vec::new() };
        if self.choices.get(&row.line) == Some(&Choice::LeaveOut) {
            return line(Outcome::LeftOut, Vec::new());
        }
        let mut faults = row.faults.clone();
        if lost && faults.is_empty() {
            faults.extend(row.activity.as_ref().map(no_day));
        }
        if !faults.is_empty() {
            return line(Outcome::Faulty(faults), Vec::new());
        }
        let (subject, sure, mut says) = match self.about(row) {
            About::Open(alike) => return line(Outcome::Open(self.alike(&alike)), Vec::new()),
            About::Somebody(subject, sure) => {
                let says = self.change(subject, row);
                (subject, sure, says)
            }
            About::New { apart_from } => (self.add(row, &apart_from), Sure::Yes, Vec::new()),
        };
        let is_new =
            self.known.people.get(subject).is_some_and(|one| one.is.is_none() && one.line == row.line);
        self.rows.insert(row.line, subject);
        says.extend(self.known.family(subject, &row.guardians));
        says.extend(place.and_then(|place| self.on_roster(place, subject)));
        let who = self.known.people.get(subject).and_then(|one| one.is.clone()).map(Box::new);
        let who = who.filter(|_| sure == Sure::ByName);
        let outcome = match (is_new, says.is_empty()) {
            (true, _) => Outcome::New,
            (false, true) => Outcome::Known(who),
            (false, false) => Outcome::Changed(who),
        };
        Line { notes: self.notes(subject, row), ..line(outcome, says) }
    }

    /// What is worth knowing of a row, and of those it is about as they would be.
    fn notes(&self, subject: Subject, row: &Row) -> Vec<String> {
        let mut notes: Vec<String> = row.notes.iter().map(|note| note.say.clone()).collect();
        let Some(person) = self.known.people.get(subject) else { return notes };
        if person.born.is_none() && !person.adult {
            notes.push("without a birthday they count as a young child; add it when you know it".to_owned());
        }
        for adult in &row.guardians {
            let name = folded(&adult.name);
            let parents = person.parents.iter().filter_map(|bond| self.known.adults.get(bond.parent));
            if parents.into_iter().any(|one| one.mail.is_empty() && same_parts(&one.folded, &name)) {
                notes
                    .push(format!("{} has no mail address, so a letter can be printed for them", adult.name));
            }
        }
        notes
    }

    fn about(&self, row: &Row) -> About {
        let name = folded(&row.child.name);
        let alike = self.looks_like(row, &name);
        match self.choices.get(&row.line) {
            // A choice counts while it is one of those that are offered.
            Some(Choice::Same(id)) => {
                if let Some(subject) = self.known.person(id).filter(|one| offered(&alike, *one)) {
                    return About::Somebody(subject, Sure::ByName);
                }
            }
            Some(Choice::SameRow(line)) => {
                if let Some(subject) = self.rows.get(line).filter(|one| offered(&alike, **one)) {
                    return About::Somebody(*subject, Sure::Yes);
                }
            }
            Some(Choice::Another) => {
                return About::New { apart_from: alike.into_iter().map(|(subject, _)| subject).collect() };
            }
            Some(Choice::LeaveOut) | None => {}
        }
        match self.known.by_reference(&row.child.reference) {
            [] => self.by_name(row, alike),
            numbered => self.by_number(numbered, (&name, row.child.born), alike),
        }
    }

    /// A number that was given twice must not make one child of two: beside it, the name has to fit.
    fn by_number(
        &self,
        numbered: &[Subject],
        (name, born): (&str, Option<Date>),
        alike: Vec<(Subject, Likeness)>,
    ) -> About {
        let fits = |subject: &&Subject| {
            self.known.people.get(**subject).is_some_and(|one| {
                let same_birthday = born.is_some() && one.born == born;
                same_parts(&one.folded, name)
                    || (first_part(&one.folded) == first_part(name)
                        && (same_birthday || one_slip_apart(&one.folded, name)))
            })
        };
        let mut all = numbered.iter().filter(fits);
        match (all.next(), all.next()) {
            (Some(one), None) => About::Somebody(*one, Sure::Yes),
            _ => About::Open(alike.into_iter().map(|(subject, _)| subject).collect()),
        }
    }

    /// Everybody a row looks like, but those with another number of the trust's.
    fn looks_like(&self, row: &Row, name: &str) -> Vec<(Subject, Likeness)> {
        let mut candidates = self.known.candidates(name, row.child.born);
        let numbered = self.known.by_reference(&row.child.reference);
        candidates.extend(numbered);
        let alike = candidates.into_iter().filter_map(|subject| {
            let one = self.known.people.get(subject)?;
            let numbers = [&one.reference, &row.child.reference];
            let other_number = numbers.iter().all(|number| !number.is_empty()) && numbers[0] != numbers[1];
            let like = likeness((&one.folded, one.born), (name, row.child.born));
            let alike = like != Likeness::None && !other_number;
            (alike || numbered.contains(&subject)).then_some((subject, like))
        });
        alike.collect()
    }

    fn by_name(&self, row: &Row, alike: Vec<(Subject, Likeness)>) -> About {
        let shares = |subject: Subject| self.known.shares_a_parent(subject, &row.guardians);
        let strangers = |subject: Subject| {
            let has = self.known.people.get(subject).is_some_and(|one| !one.parents.is_empty());
            has && !row.guardians.is_empty() && !shares(subject)
        };
        let named = |subject: Subject| {
            self.known
                .people
                .get(subject)
                .is_some_and(|one| same_parts(&one.folded, &folded(&row.child.name)))
        };
        let same: Vec<Subject> =
            alike.iter().filter(|(_, like)| *like == Likeness::Same).map(|(subject, _)| *subject).collect();
        // Of several with the same name and birthday, the one whose parent is in the row too.
        let family: Vec<Subject> =
            alike.iter().map(|(subject, _)| *subject).filter(|one| named(*one) && shares(*one)).collect();
        match (family.as_slice(), same.as_slice()) {
            ([one], _) => About::Somebody(*one, self.how(*one)),
            ([], [one]) if self.alone(*one, &alike) && !strangers(*one) => {
                About::Somebody(*one, self.how(*one))
            }
            _ if alike.is_empty() => About::New { apart_from: Vec::new() },
            _ => About::Open(alike.into_iter().map(|(subject, _)| subject).collect()),
        }
    }

    /// A person has said of everybody else a row looks like that they are somebody else.
    fn alone(&self, subject: Subject, alike: &[(Subject, Likeness)]) -> bool {
        let id = |subject: Subject| self.known.people.get(subject)?.is.as_ref().map(|one| one.id.clone());
        alike.iter().filter(|(other, _)| *other != subject).all(|(other, _)| {
            match (id(subject), id(*other)) {
                (Some(one), Some(other)) => {
                    let pair = if one < other { (one, other) } else { (other, one) };
                    self.known.apart.contains(&pair)
                }
                _ => false,
            }
        })
    }

    /// Of people on record somebody may say otherwise; rows of one sheet are corrected in the sheet.
    fn how(&self, subject: Subject) -> Sure {
        let on_record = self.known.people.get(subject).is_some_and(|one| one.is.is_some());
        if on_record { Sure::ByName } else { Sure::Yes }
    }

    fn alike(&self, subjects: &[Subject]) -> Vec<Alike> {
        let people = subjects.iter().filter_map(|subject| self.known.people.get(*subject));
        people
            .map(|one| match &one.is {
                Some(is) => Alike::Known(Box::new(is.clone())),
                None => Alike::Row(one.line, one.name.clone()),
            })
            .collect()
    }

    fn add(&mut self, row: &Row, apart_from: &[Subject]) -> Subject {
        let child = &row.child;
        let subject = self.known.add_person(Somebody {
            is: None,
            line: row.line,
            name: child.name.clone(),
            folded: folded(&child.name),
            born: child.born,
            adult: child.adult,
            reference: child.reference.clone(),
            mail: child.mail.clone(),
            left: child.left,
            parents: Vec::new(),
        });
        self.known.steps.push(Step::AddPerson(subject));
        self.known.steps.extend(child.left.map(|day| Step::Leaves(subject, day)));
        self.known.steps.extend(apart_from.iter().map(|other| Step::Apart(*other, subject)));
        subject
    }

    /// What the sheet knows better of somebody. What it leaves empty stays.
    fn change(&mut self, subject: Subject, row: &Row) -> Vec<String> {
        let Some(one) = self.known.people.get_mut(subject) else { return Vec::new() };
        let (child, name) = (&row.child, folded(&row.child.name));
        let mut says = Vec::new();
        if !same_parts(&one.folded, &name) {
            says.push(format!("the name becomes {} (it was {})", child.name, one.name));
            (one.name, one.folded) = (child.name.clone(), name);
        }
        if let Some(born) = child.born.filter(|born| one.born != Some(*born)) {
            let before = one.born.map_or_else(|| "none".to_owned(), in_words);
            says.push(format!("the birthday becomes {} (it was {before})", in_words(born)));
            one.born = Some(born);
        }
        if child.adult && !one.adult && one.born.is_none() {
            says.push("they are 18 or over".to_owned());
            one.adult = true;
        }
        if !child.reference.is_empty() && child.reference != one.reference {
            says.push(format!("the reference becomes {}", child.reference));
            one.reference.clone_from(&child.reference);
        }
        if !child.mail.is_empty() && child.mail != one.mail {
            says.push(format!("their own address becomes {}", child.mail));
            one.mail.clone_from(&child.mail);
        }
        if !says.is_empty() {
            self.known.steps.push(Step::ChangePerson(subject));
        }
        if let Some(day) = child.left.filter(|day| one.left != Some(*day)) {
            says.push(format!("their last day is {}", in_words(day)));
            one.left = Some(day);
            self.known.steps.push(Step::Leaves(subject, day));
        }
        says
    }

    fn on_roster(&mut self, place: Place, subject: Subject) -> Option<String> {
        let activity = self.known.activities.get_mut(place)?;
        if activity.roster.is_empty() && activity.is.is_none() {
            self.known.steps.push(Step::AddActivity(place));
        }
        let added = activity.roster.insert(subject);
        if added {
            self.known.steps.push(Step::OnRoster(place, subject));
        }
        added.then(|| format!("on the roster of {}, {}", activity.name, in_words(activity.day)))
    }
}

/// The first name, as far as a folded name says which one that is.
fn first_part(folded: &str) -> &str {
    folded.split(' ').next().unwrap_or_default()
}

fn offered(alike: &[(Subject, Likeness)], subject: Subject) -> bool {
    alike.iter().any(|(one, _)| *one == subject)
}

fn no_day(session: &Session) -> Remark {
    let say = format!(
        "there is no activity “{}” yet; add it first, or give its day in a column Session date",
        session.name
    );
    Remark { column: "Activity".to_owned(), say }
}

/// `3 February 2016`.
fn in_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

fn totals(lines: &[Line], known: &Known) -> Totals {
    let count = |test: &dyn Fn(&Outcome) -> bool| lines.iter().filter(|line| test(&line.outcome)).count();
    let steps = |test: &dyn Fn(&Step) -> bool| known.steps.iter().filter(|step| test(step)).count();
    Totals {
        new: count(&|outcome| matches!(outcome, Outcome::New)),
        changed: count(&|outcome| matches!(outcome, Outcome::Changed(_))),
        known: count(&|outcome| matches!(outcome, Outcome::Known(_))),
        faulty: count(&|outcome| matches!(outcome, Outcome::Faulty(_))),
        open: count(&|outcome| matches!(outcome, Outcome::Open(_))),
        left_out: count(&|outcome| matches!(outcome, Outcome::LeftOut)),
        guardians: steps(&|step| matches!(step, Step::AddParent(_))),
        activities: steps(&|step| matches!(step, Step::AddActivity(_))),
    }
}

/// For the hash: what somebody is shown of a row.
fn said(outcome: &Outcome) -> (&'static str, Option<&str>) {
    match outcome {
        Outcome::New => ("new", None),
        Outcome::Known(who) => ("known", who.as_ref().map(|one| one.id.as_str())),
        Outcome::Changed(who) => ("changed", who.as_ref().map(|one| one.id.as_str())),
        Outcome::Faulty(_) => ("faulty", None),
        Outcome::Open(_) => ("open", None),
        Outcome::LeftOut => ("left out", None),
    }
}

/// How many rows stand in the way.
pub(super) fn ready(preview: &Preview) -> Result<(), ImportError> {
    if preview.totals.is_ready() {
        Ok(())
    } else {
        Err(ImportError::NotReady(preview.totals.faulty + preview.totals.open))
    }
}
