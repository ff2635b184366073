//! The people in the database.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_policy::facts::Standing;
use cleansheet_terms::{Clock, Digest, Entropy, PersonId, Role, Timestamp};
use sqlx::any::AnyRow;

use super::{Happened, Period, Person, PersonError, search::searched};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    review::Readers,
    sign_ins::{self, Holder, SignIns},
};

/// Somebody to add.
#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    /// As colleagues know them.
    pub name: &'a str,
    /// One person an address.
    pub mail: &'a str,
    /// What they are to the trust.
    pub roles: &'a [Role],
}

/// The people in the database. Borrow it from a [`Tx`]; nothing is kept until the transaction commits.
pub struct People<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, name, mail, joined_ms, suspended_ms, left_ms, acknowledged_policy, acknowledged_ms FROM person ",
            $tail
        )
    };
}

impl People<'_> {
    /// Adds a person; they have no papers yet and so may not act.
    ///
    /// - `by`: who adds them; nobody when the records are set up.
    pub async fn add(
        &mut self,
        new: &NewPerson<'_>,
        by: Option<&PersonId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<PersonId, PersonError> {
        let (name, mail) = (new.name.trim(), new.mail.trim().to_lowercase());
        if name.is_empty() || !mail.contains('@') {
            return Err(PersonError::Incomplete);
        }
        if self.by_mail(&mail).await?.is_some() {
            return Err(PersonError::MailTaken(mail));
        }
        let (id, now) = (PersonId::new(clock, entropy), clock.now());
        if let Some(by) = by {
            for role in new.roles {
                self.may_give_role(&id, *role, by, now).await?;
            }
        }
        let insert =
            sql("INSERT INTO person (id, name, mail, joined_ms, folded) VALUES ($1, $2, $3, $4, $5)")
                .bind(text(&id))
                .bind(name.to_owned())
                .bind(mail.clone())
                .bind(now.as_millisecond())
                .bind(searched(name, &mail));
        self.0.run(insert).await?;
        for role in BTreeSet::from_iter(new.roles) {
            self.insert_role(&id, *role).await?;
        }
        Ledger(self.0).append("person.added", id.as_str(), &(new.roles, by), now, entropy).await?;
        self.happened(&id, (Happened::Added, ""), by, clock, entropy).await?;
        Ok(id)
    }

    /// One person.
    pub async fn find(&mut self, id: &PersonId) -> Result<Option<Person>, StoreError> {
        let row = self.0.row(sql(select!("WHERE id = $1")).bind(text(id))).await?;
        self.with_roles(row.into_iter().collect()).await.map(|people| people.into_iter().next())
    }

    /// The person with this address.
    pub async fn by_mail(&mut self, mail: &str) -> Result<Option<Person>, StoreError> {
        let row = self.0.row(sql(select!("WHERE mail = $1")).bind(mail.trim().to_lowercase())).await?;
        self.with_roles(row.into_iter().collect()).await.map(|people| people.into_iter().next())
    }

    /// Everybody, those who have left last, then by name.
    pub async fn list(&mut self) -> Result<Vec<Person>, StoreError> {
        let rows = self.0.rows(sql(select!("ORDER BY name, id"))).await?;
        let mut people = self.with_roles(rows).await?;
        people.sort_by_key(|person| person.left.is_some());
        Ok(people)
    }

    /// Gives a role.
    pub async fn give_role(
        &mut self,
        id: &PersonId,
        role: Role,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        let person = self.present(id).await?;
        self.may_give_role(id, role, by, clock.now()).await?;
        if !person.roles.contains(&role) {
            self.insert_role(id, role).await?;
            Ledger(self.0)
                .append("person.role_given", id.as_str(), &(role, by), clock.now(), entropy)
                .await?;
            self.happened(id, (Happened::RoleGiven, role.as_str()), Some(by), clock, entropy).await?;
        }
        Ok(())
    }

    /// Takes a role away; in the same transaction the person's sign-ins end, for they began under it.
    pub async fn take_role(
        &mut self,
        id: &PersonId,
        role: Role,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.may_give_role(id, role, by, clock.now()).await?;
        if role == Role::Manager {
            self.someone_else_manages(id).await?;
        }
        let taken = sql("DELETE FROM person_role WHERE person_id = $1 AND role = $2");
        if self.0.run(taken.bind(text(id)).bind(role.as_str())).await? == 1 {
            Ledger(self.0)
                .append("person.role_taken", id.as_str(), &(role, by), clock.now(), entropy)
                .await?;
            self.happened(id, (Happened::RoleTaken, role.as_str()), Some(by), clock, entropy).await?;
            self.end_sign_ins(id, clock.now()).await?;
        }
        Ok(())
    }

    /// Suspends a person: in one transaction their sign-ins end; from now on they may not act, and what they wrote or
    /// approved is not sent. They may sign in again, to be told so.
    ///
    /// - `because`: for the Manager's eyes; pages ask for it, and it may be empty.
    pub async fn suspend(
        &mut self,
        id: &PersonId,
        because: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        self.may_change(id, by, clock.now()).await?;
        self.someone_else_manages(id).await?;
        let now = clock.now();
        let suspend = sql("UPDATE person SET suspended_ms = $1 WHERE id = $2 AND suspended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(text(id));
        if self.0.run(suspend).await? == 1 {
            Ledger(self.0).append("person.suspended", id.as_str(), by, now, entropy).await?;
            self.happened(id, (Happened::Suspended, because), Some(by), clock, entropy).await?;
            self.end_sign_ins(id, now).await?;
        }
        Ok(())
    }

    /// Ends a suspension.
    ///
    /// - `because`: for the Manager's eyes; pages ask for it, and it may be empty.
    pub async fn restore(
        &mut self,
        id: &PersonId,
        because: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        self.may_change(id, by, clock.now()).await?;
        let restore = sql("UPDATE person SET suspended_ms = NULL WHERE id = $1 AND suspended_ms IS NOT NULL");
        if self.0.run(restore.bind(text(id))).await? == 1 {
            Ledger(self.0).append("person.restored", id.as_str(), by, clock.now(), entropy).await?;
            self.happened(id, (Happened::Restored, because), Some(by), clock, entropy).await?;
        }
        Ok(())
    }

    /// The person leaves: in one transaction their sign-ins, links, codes, passkeys and grants end. What they wrote or approved is not
    /// sent any more.
    pub async fn leave(
        &mut self,
        id: &PersonId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        self.may_change(id, by, clock.now()).await?;
        self.someone_else_manages(id).await?;
        let now = clock.now();
        for end in [
            "UPDATE person SET left_ms = $1 WHERE id = $2",
            "UPDATE sign_in_link SET ends_ms = $1 WHERE person_id = $2 AND ends_ms > $1",
            "UPDATE channel_grant SET ended_ms = $1 WHERE person_id = $2 AND ended_ms IS NULL",
        ] {
            self.0.run(sql(end).bind(now.as_millisecond()).bind(text(id))).await?;
        }
        self.end_sign_ins(id, now).await?;
        SignIns(self.0).forget_ways(id).await?;
        Ledger(self.0).append("person.left", id.as_str(), by, now, entropy).await?;
        self.happened(id, (Happened::Left, ""), Some(by), clock, entropy).await?;
        Ok(())
    }

    /// Writes down that the person has read and accepts the policy in force.
    pub async fn acknowledge(
        &mut self,
        id: &PersonId,
        policy: &Digest,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        let now = clock.now();
        let put = sql("UPDATE person SET acknowledged_policy = $1, acknowledged_ms = $2 WHERE id = $3")
            .bind(policy.to_string())
            .bind(now.as_millisecond())
            .bind(text(id));
        self.0.run(put).await?;
        Readers(self.0).note(id, policy, now).await?;
        Ledger(self.0).append("person.acknowledged", id.as_str(), policy, now, entropy).await?;
        Ok(())
    }

    /// Ends a person's sign-ins when their papers were in order before a change and are not after it.
    pub(super) async fn end_if_worse(
        &mut self,
        before: &Standing,
        id: &PersonId,
        now: Timestamp,
    ) -> Result<(), PersonError> {
        if sign_ins::in_order(before) && !sign_ins::in_order(&self.standing(id, now).await?) {
            self.end_sign_ins(id, now).await?;
        }
        Ok(())
    }

    async fn end_sign_ins(&mut self, id: &PersonId, now: Timestamp) -> Result<(), StoreError> {
        SignIns(self.0).end_all(&Holder::Person(id.clone()), now).await?;
        sign_ins::end_codes(self.0, id, now).await
    }

    pub(crate) async fn present(&mut self, id: &PersonId) -> Result<Person, PersonError> {
        let person = self.find(id).await?.ok_or_else(|| PersonError::Missing(id.clone()))?;
        if person.left.is_some() { Err(PersonError::Left) } else { Ok(person) }
    }

    /// Without any Manager nobody could give a permission again.
    async fn someone_else_manages(&mut self, id: &PersonId) -> Result<(), PersonError> {
        let people = self.list().await?;
        let manages = |person: &&Person| person.roles.contains(&Role::Manager) && !person.is_suspended();
        let mut managers = people.iter().filter(manages);
        match (managers.next(), managers.next()) {
            (Some(only), None) if only.id == *id => Err(PersonError::LastManager),
            _ => Ok(()),
        }
    }

    async fn insert_role(&mut self, id: &PersonId, role: Role) -> Result<(), StoreError> {
        let insert = sql("INSERT INTO person_role (person_id, role) VALUES ($1, $2)");
        self.0.run(insert.bind(text(id)).bind(role.as_str())).await?;
        Ok(())
    }

    async fn with_roles(&mut self, rows: Vec<AnyRow>) -> Result<Vec<Person>, StoreError> {
        let mut roles: BTreeMap<String, BTreeSet<Role>> = BTreeMap::new();
        let found = match rows.as_slice() {
            [] => return Ok(Vec::new()),
            [one] => {
                sql("SELECT person_id, role FROM person_role WHERE person_id = $1").bind(one.text("id")?)
            }
            _ => sql("SELECT person_id, role FROM person_role"),
        };
        for row in self.0.rows(found).await? {
            roles.entry(row.text("person_id")?).or_default().insert(row.read("role", Role::parse)?);
        }
        let one = if let [one] = rows.as_slice() { Some(one.text("id")?) } else { None };
        let mut periods = self.periods(one).await?;
        let mut people = Vec::new();
        for row in &rows {
            let id = row.text("id")?;
            let (roles, stands_in) = (roles.remove(&id).unwrap_or_default(), periods.remove(&id));
            people.push(person(row, roles, stands_in.unwrap_or_default())?);
        }
        Ok(people)
    }
}

pub(super) fn person(
    row: &AnyRow,
    roles: BTreeSet<Role>,
    stands_in: Vec<Period>,
) -> Result<Person, StoreError> {
    let policy = row.maybe_read("acknowledged_policy", Digest::parse)?;
    Ok(Person {
        id: row.read("id", PersonId::parse)?,
        name: row.text("name")?,
        mail: row.text("mail")?,
        roles,
        stands_in,
        joined: row.instant("joined_ms")?,
        suspended: row.maybe_instant("suspended_ms")?,
        left: row.maybe_instant("left_ms")?,
        acknowledged: policy.zip(row.maybe_instant("acknowledged_ms")?),
    })
}

pub(super) fn text(id: &PersonId) -> String {
    id.as_str().to_owned()
}
