//! Taking a sheet over: exactly what the preview said, in one transaction, once.

use std::collections::{BTreeSet, HashMap};

use cleansheet_terms::{ActivityId, Clock, Date, Entropy, GuardianId, ImportId, ParticipantId, PersonId};

use super::{
    ImportError, Imports, Totals,
    known::{Known, Parent, Place, Somebody, Step, Subject},
    plan::{plan, ready},
};
use crate::{
    activities::{Activities, GuardianDetails, ParticipantDetails, Relation},
    database::{StoreError, Tx},
    sealing::Sealer,
    withdrawals,
};

/// Takes a sheet over. A second time nothing is done, and the answer is the same.
///
/// - `seen`: [`super::Preview::hash`] of what somebody looked at, as text. Another preview now is
///   [`ImportError::Changed`].
pub async fn accept(
    tx: &mut Tx,
    id: &ImportId,
    seen: &str,
    by: &PersonId,
    sealer: &Sealer,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Totals, ImportError> {
    let batch = Imports(tx).batch(id, sealer, clock.now()).await?;
    if let Some((_, totals)) = batch.accepted {
        return Ok(totals);
    }
    let sheet = batch.sheet.ok_or(ImportError::Gone)?;
    let plan = plan(tx, &sheet, &batch.choices, batch.roster.as_ref()).await?;
    ready(&plan.preview)?;
    if plan.preview.hash.to_string() != seen {
        return Err(ImportError::Changed);
    }
    let mut doing = Doing { tx, known: &plan.known, by, clock, entropy, ids: Ids::default() };
    for step in &plan.known.steps {
        doing.step(step).await?;
    }
    doing.what_follows().await?;
    let totals = plan.preview.totals;
    Imports(tx).accepted(id, &totals, clock, entropy).await?;
    Ok(totals)
}

/// The ids of what was added.
#[derive(Default)]
struct Ids {
    people: HashMap<Subject, ParticipantId>,
    parents: HashMap<Parent, GuardianId>,
    activities: HashMap<Place, ActivityId>,
}

struct Doing<'d> {
    tx: &'d mut Tx,
    known: &'d Known,
    by: &'d PersonId,
    clock: &'d dyn Clock,
    entropy: &'d mut dyn Entropy,
    ids: Ids,
}

impl Doing<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), ImportError> {
        match step {
            Step::AddPerson(subject) => self.add_person(*subject).await,
            Step::ChangePerson(subject) => self.change_person(*subject).await,
            Step::Leaves(subject, day) => self.leaves(*subject, *day).await,
            Step::AddParent(parent) => self.add_parent(*parent).await,
            Step::ChangeParent(parent) => self.change_parent(*parent).await,
            Step::Link(subject, parent) => {
                let (child, guardian) = (self.child(*subject)?, self.guardian(*parent)?);
                Ok(Activities(self.tx).link_known(&child, &guardian, self.clock, self.entropy).await?)
            }
            Step::Relate(subject, parent, relation) => {
                let (child, guardian) = (self.child(*subject)?, self.guardian(*parent)?);
                let relation = Relation::parse(relation).map_err(|_| StoreError::damaged("relation"))?;
                let mut activities = Activities(self.tx);
                Ok(activities.set_relation(&child, &guardian, relation, self.clock, self.entropy).await?)
            }
            Step::AddActivity(place) => self.add_activity(*place).await,
            Step::OnRoster(place, subject) => {
                let (activity, child) = (self.activity(*place)?, self.child(*subject)?);
                let mut activities = Activities(self.tx);
                match self.ids.people.contains_key(subject) {
                    true => Ok(activities.add_to_roster(&activity, &child).await?),
                    false => Ok(activities.put_on_roster(&activity, &child).await?),
                }
            }
            Step::Apart(one, other) => {
                let (one, other) = (self.child(*one)?, self.child(*other)?);
                let mut activities = Activities(self.tx);
                Ok(activities.say_apart(&one, &other, self.by, self.clock, self.entropy).await?)
            }
        }
    }

    async fn add_person(&mut self, subject: Subject) -> Result<(), ImportError> {
        let one = self.known.people.get(subject).ok_or_else(lost)?;
        let mut activities = Activities(self.tx);
        let id = activities.add_participant_with(&of_person(one), self.clock, self.entropy).await?;
        self.ids.people.insert(subject, id);
        Ok(())
    }

    async fn change_person(&mut self, subject: Subject) -> Result<(), ImportError> {
        let (id, one) = (self.child(subject)?, self.known.people.get(subject).ok_or_else(lost)?);
        Activities(self.tx)
            .change_participant(&id, &of_person(one), self.by, self.clock, self.entropy)
            .await?;
        Ok(())
    }

    async fn leaves(&mut self, subject: Subject, day: Date) -> Result<(), ImportError> {
        let id = self.child(subject)?;
        Ok(Activities(self.tx).participant_leaves(&id, day, self.clock, self.entropy).await?)
    }

    async fn add_parent(&mut self, parent: Parent) -> Result<(), ImportError> {
        let details = details(self.known, parent)?;
        let id = Activities(self.tx).add_guardian_with(&details, self.clock, self.entropy).await?;
        self.ids.parents.insert(parent, id);
        Ok(())
    }

    async fn change_parent(&mut self, parent: Parent) -> Result<(), ImportError> {
        let (id, details) = (self.guardian(parent)?, details(self.known, parent)?);
        Activities(self.tx).change_guardian(&id, &details, self.by, self.clock, self.entropy).await?;
        Ok(())
    }

    async fn add_activity(&mut self, place: Place) -> Result<(), ImportError> {
        let one = self.known.activities.get(place).ok_or_else(lost)?;
        let mut activities = Activities(self.tx);
        let id = activities.add_activity(&one.name, &one.place, one.day, self.clock, self.entropy).await?;
        self.ids.activities.insert(place, id);
        Ok(())
    }

    /// Whoever was on record and is different now may no longer be shown where they are: a birthday, a last day, or
    /// somebody who has not been asked.
    async fn what_follows(&mut self) -> Result<(), ImportError> {
        let touched: BTreeSet<Subject> = self
            .known
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::ChangePerson(subject) | Step::Leaves(subject, _) | Step::Link(subject, _) => {
                    Some(*subject)
                }
                _ => None,
            })
            .filter(|subject| !self.ids.people.contains_key(subject))
            .collect();
        for subject in touched {
            let child = self.child(subject)?;
            withdrawals::sweep(self.tx, &child, self.clock, self.entropy).await?;
        }
        Ok(())
    }

    fn child(&self, subject: Subject) -> Result<ParticipantId, StoreError> {
        let known = || self.known.people.get(subject)?.is.as_ref().map(|one| one.id.clone());
        self.ids.people.get(&subject).cloned().or_else(known).ok_or_else(lost)
    }

    fn guardian(&self, parent: Parent) -> Result<GuardianId, StoreError> {
        let known = || self.known.adults.get(parent)?.is.clone();
        self.ids.parents.get(&parent).cloned().or_else(known).ok_or_else(lost)
    }

    fn activity(&self, place: Place) -> Result<ActivityId, StoreError> {
        let known = || self.known.activities.get(place)?.is.clone();
        self.ids.activities.get(&place).cloned().or_else(known).ok_or_else(lost)
    }
}

fn of_person(one: &Somebody) -> ParticipantDetails<'_> {
    ParticipantDetails {
        name: &one.name,
        born: one.born,
        adult: one.adult,
        reference: &one.reference,
        mail: &one.mail,
    }
}

fn details(known: &Known, parent: Parent) -> Result<GuardianDetails<'_>, StoreError> {
    let one = known.adults.get(parent).ok_or_else(lost)?;
    Ok(GuardianDetails { name: &one.name, mail: &one.mail, phone: &one.phone, language: &one.language })
}

/// A step about something that no step before added.
fn lost() -> StoreError {
    StoreError::damaged("import_batch")
}
