//! The people in the database.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_policy::facts::Standing;
use cleansheet_terms::{Clock, Digest, Entropy, PersonId, Role, Timestamp, day_in_london};
use sqlx::any::AnyRow;

use super::{
    Course, DbsCheck, DbsLevel, Person, PersonError, RoleRequirement, SafeguardingCertificate, Workforce,
    standing,
};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    review::Readers,
    settings::Settings,
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
    pub async fn add(
        &mut self,
        new: &NewPerson<'_>,
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
        let insert = sql("INSERT INTO person (id, name, mail, joined_ms) VALUES ($1, $2, $3, $4)")
            .bind(text(&id))
            .bind(name.to_owned())
            .bind(mail)
            .bind(now.as_millisecond());
        self.0.run(insert).await?;
        for role in BTreeSet::from_iter(new.roles) {
            self.insert_role(&id, *role).await?;
        }
        Ledger(self.0).append("person.added", id.as_str(), &new.roles, now, entropy).await?;
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

    /// Everybody whose name or address contains `words`, whatever the case.
    pub async fn search(&mut self, words: &str) -> Result<Vec<Person>, StoreError> {
        // In Rust, because the engines fold the case of letters beyond ASCII differently; a trust has 10 to 60 people.
        let wanted = words.trim().to_lowercase();
        let mut people = self.list().await?;
        people.retain(|person| person.name.to_lowercase().contains(&wanted) || person.mail.contains(&wanted));
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
        if !person.is(role) {
            self.insert_role(id, role).await?;
            Ledger(self.0)
                .append("person.role_given", id.as_str(), &(role, by), clock.now(), entropy)
                .await?;
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
        if role == Role::Manager {
            self.someone_else_manages(id).await?;
        }
        let taken = sql("DELETE FROM person_role WHERE person_id = $1 AND role = $2");
        if self.0.run(taken.bind(text(id)).bind(role.as_str())).await? == 1 {
            Ledger(self.0)
                .append("person.role_taken", id.as_str(), &(role, by), clock.now(), entropy)
                .await?;
            self.end_sign_ins(id, clock.now()).await?;
        }
        Ok(())
    }

    /// Suspends a person: in one transaction their sign-ins end; from now on they may not act, and what they wrote or
    /// approved is not sent. They may sign in again, to be told so.
    pub async fn suspend(
        &mut self,
        id: &PersonId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        self.someone_else_manages(id).await?;
        let now = clock.now();
        let suspend = sql("UPDATE person SET suspended_ms = $1 WHERE id = $2 AND suspended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(text(id));
        if self.0.run(suspend).await? == 1 {
            Ledger(self.0).append("person.suspended", id.as_str(), by, now, entropy).await?;
            self.end_sign_ins(id, now).await?;
        }
        Ok(())
    }

    /// Ends a suspension.
    pub async fn restore(
        &mut self,
        id: &PersonId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        let restore = sql("UPDATE person SET suspended_ms = NULL WHERE id = $1 AND suspended_ms IS NOT NULL");
        if self.0.run(restore.bind(text(id))).await? == 1 {
            Ledger(self.0).append("person.restored", id.as_str(), by, clock.now(), entropy).await?;
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

    /// Says what a role needs, instead of what was said before. Whoever's papers are no longer in order by it is signed out
    /// in the same transaction.
    pub async fn require(
        &mut self,
        requirement: &RoleRequirement,
        by: Option<&PersonId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        let (level, now) = (requirement.dbs_level.map_or("none", DbsLevel::as_str), clock.now());
        let mut before = Vec::new();
        for one in self.list().await?.into_iter().filter(|one| one.is(requirement.role)) {
            before.push((self.standing(&one.id, now).await?, one.id));
        }
        let put = sql("INSERT INTO role_requirement (role, dbs_level, workforce, recheck_months, reason)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (role) DO UPDATE SET dbs_level = excluded.dbs_level, workforce = excluded.workforce,
                 recheck_months = excluded.recheck_months, reason = excluded.reason")
        .bind(requirement.role.as_str())
        .bind(level)
        .bind(requirement.workforce.as_str())
        .bind(requirement.recheck_months)
        .bind(requirement.reason.clone());
        self.0.run(put).await?;
        let payload =
            (requirement.role, level, requirement.workforce.as_str(), requirement.recheck_months, by);
        let subject = format!("role_{}", requirement.role.as_str());
        Ledger(self.0).append("role.requirement", &subject, &payload, now, entropy).await?;
        for (before, id) in before {
            self.end_if_worse(&before, &id, now).await?;
        }
        Ok(())
    }

    /// What the roles need, as far as somebody has said.
    pub async fn requirements(&mut self) -> Result<Vec<RoleRequirement>, StoreError> {
        let found = sql(
            "SELECT role, dbs_level, workforce, recheck_months, reason FROM role_requirement ORDER BY role",
        );
        let level = |text: &str| if text == "none" { Ok(None) } else { DbsLevel::parse(text).map(Some) };
        let one = |row: &AnyRow| {
            Ok(RoleRequirement {
                role: row.read("role", Role::parse)?,
                dbs_level: row.read("dbs_level", level)?,
                workforce: row.read("workforce", Workforce::parse)?,
                recheck_months: row.number("recheck_months")?,
                reason: row.text("reason")?,
            })
        };
        self.0.rows(found).await?.iter().map(one).collect()
    }

    /// Writes down a DBS check instead of the one before. If the person's papers are no longer in order by it, their
    /// sign-ins end in the same transaction.
    pub async fn record_dbs(
        &mut self,
        id: &PersonId,
        check: &DbsCheck,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        if check.seen.as_ref().is_some_and(|(by, _)| by == id) {
            return Err(PersonError::OwnPapers);
        }
        let before = self.standing(id, clock.now()).await?;
        let put =
            sql("INSERT INTO dbs_check (person_id, level, workforce, issued_day, seen_by, seen_ms, suitable)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (person_id) DO UPDATE SET level = excluded.level, workforce = excluded.workforce,
                 issued_day = excluded.issued_day, seen_by = excluded.seen_by, seen_ms = excluded.seen_ms,
                 suitable = excluded.suitable")
            .bind(text(id))
            .bind(check.level.as_str())
            .bind(check.workforce.as_str())
            .bind(check.issued.to_string())
            .bind(check.seen.as_ref().map(|(by, _)| text(by)))
            .bind(check.seen.as_ref().map(|(_, at)| at.as_millisecond()))
            .bind(i64::from(check.suitable));
        self.0.run(put).await?;
        let payload =
            (check.level.as_str(), check.workforce.as_str(), check.issued.to_string(), check.suitable);
        Ledger(self.0).append("person.dbs_recorded", id.as_str(), &payload, clock.now(), entropy).await?;
        self.end_if_worse(&before, id, clock.now()).await
    }

    /// Writes down a safeguarding certificate instead of the one before; the same as with a DBS check goes for it.
    pub async fn record_certificate(
        &mut self,
        id: &PersonId,
        certificate: &SafeguardingCertificate,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        self.present(id).await?;
        if certificate.verified.as_ref().is_some_and(|(by, _)| by == id) {
            return Err(PersonError::OwnPapers);
        }
        let before = self.standing(id, clock.now()).await?;
        let put = sql("INSERT INTO certificate (person_id, course, completed_day, verified_by, verified_ms)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (person_id) DO UPDATE SET course = excluded.course,
                 completed_day = excluded.completed_day, verified_by = excluded.verified_by,
                 verified_ms = excluded.verified_ms")
        .bind(text(id))
        .bind(certificate.course.as_str())
        .bind(certificate.completed.to_string())
        .bind(certificate.verified.as_ref().map(|(by, _)| text(by)))
        .bind(certificate.verified.as_ref().map(|(_, at)| at.as_millisecond()));
        self.0.run(put).await?;
        let payload = (certificate.course.as_str(), certificate.completed.to_string());
        Ledger(self.0)
            .append("person.certificate_recorded", id.as_str(), &payload, clock.now(), entropy)
            .await?;
        self.end_if_worse(&before, id, clock.now()).await
    }

    /// The person's DBS check.
    pub async fn dbs_check(&mut self, id: &PersonId) -> Result<Option<DbsCheck>, StoreError> {
        let found = sql("SELECT level, workforce, issued_day, seen_by, seen_ms, suitable FROM dbs_check
             WHERE person_id = $1")
        .bind(text(id));
        let one = |row: AnyRow| {
            Ok(DbsCheck {
                level: row.read("level", DbsLevel::parse)?,
                workforce: row.read("workforce", Workforce::parse)?,
                issued: row.day("issued_day")?,
                seen: row.maybe_read("seen_by", PersonId::parse)?.zip(row.maybe_instant("seen_ms")?),
                suitable: row.flag("suitable")?,
            })
        };
        self.0.row(found).await?.map(one).transpose()
    }

    /// The person's safeguarding certificate.
    pub async fn certificate(
        &mut self,
        id: &PersonId,
    ) -> Result<Option<SafeguardingCertificate>, StoreError> {
        let found = sql(
            "SELECT course, completed_day, verified_by, verified_ms FROM certificate WHERE person_id = $1",
        )
        .bind(text(id));
        let one = |row: AnyRow| {
            Ok(SafeguardingCertificate {
                course: row.read("course", Course::parse)?,
                completed: row.day("completed_day")?,
                verified: row
                    .maybe_read("verified_by", PersonId::parse)?
                    .zip(row.maybe_instant("verified_ms")?),
            })
        };
        self.0.row(found).await?.map(one).transpose()
    }

    /// The facts about a person at an instant, for the policy.
    pub async fn standing(&mut self, id: &PersonId, at: Timestamp) -> Result<Standing, PersonError> {
        let person = self.find(id).await?.ok_or_else(|| PersonError::Missing(id.clone()))?;
        let (requirements, day) = (self.requirements().await?, day_in_london(at));
        let (check, certificate) = (self.dbs_check(id).await?, self.certificate(id).await?);
        let in_force = Settings(self.0).policy_in_force().await?;
        let acknowledged = person.acknowledged.map(|(policy, _)| policy);
        Ok(Standing {
            person: text(id),
            dbs: standing::dbs(&person.roles, &requirements, check.as_ref(), day),
            certificate: standing::certificate(certificate.as_ref(), day),
            suspended: person.is_suspended(),
            acknowledged: in_force.is_some() && acknowledged == in_force,
            roles: person.roles,
        })
    }

    /// Fails unless this person is a Manager who may act.
    pub(crate) async fn must_be_manager(&mut self, id: &PersonId) -> Result<(), PersonError> {
        match self.find(id).await? {
            Some(person) if person.is(Role::Manager) && !person.is_suspended() => Ok(()),
            _ => Err(PersonError::NotManager),
        }
    }

    /// Ends a person's sign-ins when their papers were in order before a change and are not after it.
    async fn end_if_worse(
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

    async fn present(&mut self, id: &PersonId) -> Result<Person, PersonError> {
        let person = self.find(id).await?.ok_or_else(|| PersonError::Missing(id.clone()))?;
        if person.left.is_some() { Err(PersonError::Left) } else { Ok(person) }
    }

    /// Without any Manager nobody could give a permission again.
    async fn someone_else_manages(&mut self, id: &PersonId) -> Result<(), PersonError> {
        let people = self.list().await?;
        let manages = |person: &&Person| person.is(Role::Manager) && !person.is_suspended();
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
            [one] => {
                sql("SELECT person_id, role FROM person_role WHERE person_id = $1").bind(one.text("id")?)
            }
            _ => sql("SELECT person_id, role FROM person_role"),
        };
        for row in self.0.rows(found).await? {
            roles.entry(row.text("person_id")?).or_default().insert(row.read("role", Role::parse)?);
        }
        rows.iter().map(|row| person(row, roles.remove(&row.text("id")?).unwrap_or_default())).collect()
    }
}

fn person(row: &AnyRow, roles: BTreeSet<Role>) -> Result<Person, StoreError> {
    let policy = row.maybe_read("acknowledged_policy", Digest::parse)?;
    Ok(Person {
        id: row.read("id", PersonId::parse)?,
        name: row.text("name")?,
        mail: row.text("mail")?,
        roles,
        joined: row.instant("joined_ms")?,
        suspended: row.maybe_instant("suspended_ms")?,
        left: row.maybe_instant("left_ms")?,
        acknowledged: policy.zip(row.maybe_instant("acknowledged_ms")?),
    })
}

fn text(id: &PersonId) -> String {
    id.as_str().to_owned()
}
