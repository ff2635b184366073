//! Who has read and acknowledged the policy, clause 12.

use cleansheet_terms::{Digest, PersonId, Role, Timestamp};

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    people::{People, Person},
    settings::Settings,
};

/// Somebody who has to acknowledge the policy before the next act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub person: Person,
    /// Whether they have acknowledged the version in force.
    pub has_read: bool,
}

/// Whether somebody acts on accounts, and so has to acknowledge the policy.
pub fn has_to_acknowledge(person: &Person) -> bool {
    [Role::Manager, Role::Dsl, Role::Staff].into_iter().any(|role| person.roles.contains(&role))
}

/// Who acknowledged what, in the database. Borrow it from a [`Tx`].
pub struct Readers<'t>(pub &'t mut Tx);

impl Readers<'_> {
    /// Everybody who has to acknowledge the policy, those who have not yet first, then by name.
    pub async fn all(&mut self) -> Result<Vec<Reader>, StoreError> {
        let in_force = Settings(self.0).policy_in_force().await?;
        let people = People(self.0).list().await?.into_iter();
        let people = people.filter(|one| !one.is_suspended() && has_to_acknowledge(one));
        let mut readers: Vec<Reader> = people
            .map(|person| Reader {
                has_read: in_force.is_some()
                    && person.acknowledged.as_ref().map(|(hash, _)| *hash) == in_force,
                person,
            })
            .collect();
        readers.sort_by_key(|reader| reader.has_read);
        Ok(readers)
    }

    /// What somebody acknowledged, the newest first.
    pub async fn history(&mut self, id: &PersonId) -> Result<Vec<(Digest, Timestamp)>, StoreError> {
        let found =
            sql("SELECT hash, at_ms FROM policy_acknowledgement WHERE person_id = $1 ORDER BY at_ms DESC");
        let rows = self.0.rows(found.bind(id.as_str().to_owned())).await?;
        rows.iter().map(|row| Ok((row.read("hash", Digest::parse)?, row.instant("at_ms")?))).collect()
    }

    /// Adds to that history.
    pub(crate) async fn note(
        &mut self,
        id: &PersonId,
        policy: &Digest,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let note = sql("INSERT INTO policy_acknowledgement (person_id, hash, at_ms) VALUES ($1, $2, $3)
             ON CONFLICT (person_id, hash, at_ms) DO NOTHING")
        .bind(id.as_str().to_owned())
        .bind(policy.to_string())
        .bind(at.as_millisecond());
        self.0.run(note).await?;
        Ok(())
    }
}
