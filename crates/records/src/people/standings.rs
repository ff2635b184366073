//! The facts about people at an instant, for the policy (clauses 1 and 12).

use std::collections::BTreeSet;

use cleansheet_policy::facts::Standing;
use cleansheet_terms::{Digest, PersonId, Role, Timestamp, day_in_london};

use super::{Course, Courses, Person, PersonError, RoleRequirement, papers_on, register::People};
use crate::{database::StoreError, settings::Settings};

/// What everybody is measured against.
struct Measure {
    requirements: Vec<RoleRequirement>,
    courses: Vec<Course>,
    in_force: Option<Digest>,
}

impl People<'_> {
    /// The facts about a person at an instant. Whoever stands in for the Manager needs what a Manager needs.
    pub async fn standing(&mut self, id: &PersonId, at: Timestamp) -> Result<Standing, PersonError> {
        let person = self.find(id).await?.ok_or_else(|| PersonError::Missing(id.clone()))?;
        let roles = person.roles_at(at);
        Ok(self.standing_as(&person, roles, at).await?)
    }

    /// The same for some people, in their order: what they have in common is looked up once.
    pub async fn standings(&mut self, people: &[Person], at: Timestamp) -> Result<Vec<Standing>, StoreError> {
        let measure = self.measure().await?;
        let mut standings = Vec::with_capacity(people.len());
        for person in people {
            standings.push(self.measured(person, person.roles_at(at), &measure, at).await?);
        }
        Ok(standings)
    }

    /// What somebody's papers would be worth in these roles.
    pub(super) async fn standing_as(
        &mut self,
        person: &Person,
        roles: BTreeSet<Role>,
        at: Timestamp,
    ) -> Result<Standing, StoreError> {
        let measure = self.measure().await?;
        self.measured(person, roles, &measure, at).await
    }

    async fn measure(&mut self) -> Result<Measure, StoreError> {
        Ok(Measure {
            requirements: self.requirements().await?,
            courses: Courses(self.0).list().await?,
            in_force: Settings(self.0).policy_in_force().await?,
        })
    }

    async fn measured(
        &mut self,
        person: &Person,
        roles: BTreeSet<Role>,
        measure: &Measure,
        at: Timestamp,
    ) -> Result<Standing, StoreError> {
        let day = day_in_london(at);
        let checks = self.dbs_lines(&person.id).await?;
        let certificates = self.certificates_by(&measure.courses, &person.id).await?;
        let (dbs, certificate) = papers_on(&roles, &measure.requirements, &checks, &certificates, day);
        let acknowledged = person.acknowledged.as_ref().map(|(policy, _)| policy);
        Ok(Standing {
            person: person.id.as_str().to_owned(),
            dbs,
            certificate,
            suspended: person.is_suspended(),
            acknowledged: measure.in_force.is_some() && acknowledged == measure.in_force.as_ref(),
            roles,
        })
    }
}
