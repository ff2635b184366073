//! What runs out next: checks, certificates and permissions, soonest first.

use cleansheet_terms::{Date, PersonId, Timestamp, day_in_london};

use super::{Person, register::People};
use crate::{accounts::Accounts, database::StoreError};

/// Something with a last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunsOutWhat {
    /// The DBS check has to be made again.
    Dbs,
    /// The safeguarding certificate.
    Certificate,
    /// The permission for one account.
    Grant,
}

/// One thing that runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsOut {
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What.
    pub what: RunsOutWhat,
    /// The account's name, for a permission.
    pub channel: Option<String>,
    /// The last good day.
    pub last_day: Date,
    /// 0 on the last day, negative afterwards.
    pub days_left: i32,
}

impl People<'_> {
    /// Everything of people who still act that runs out within `days` days, or has run out, soonest first.
    pub async fn runs_out(&mut self, days: i32, at: Timestamp) -> Result<Vec<RunsOut>, StoreError> {
        let everybody = self.list().await?;
        self.runs_out_of(&everybody, days, at).await
    }

    /// Everything of one person that runs out within `days` days.
    pub async fn runs_out_for(
        &mut self,
        id: &PersonId,
        days: i32,
        at: Timestamp,
    ) -> Result<Vec<RunsOut>, StoreError> {
        let person = self.find(id).await?;
        self.runs_out_of(person.as_slice(), days, at).await
    }

    async fn runs_out_of(
        &mut self,
        people: &[Person],
        days: i32,
        at: Timestamp,
    ) -> Result<Vec<RunsOut>, StoreError> {
        let (today, requirements) = (day_in_london(at), self.requirements().await?);
        let mut found = Vec::new();
        for person in people.iter().filter(|person| !person.is_suspended()) {
            let mut add = |what, channel, last_day: Date| {
                let days_left = (last_day - today).get_days();
                if days_left <= days {
                    let (id, name) = (person.id.clone(), person.name.clone());
                    found.push(RunsOut { person: id, name, what, channel, last_day, days_left });
                }
            };
            let asked = requirements.iter().filter(|r| r.dbs_level.is_some() && person.is(r.role));
            if let Some(check) = self.dbs_check(&person.id).await?
                && let Some(last_day) = asked.map(|requirement| requirement.last_day(&check)).min()
            {
                add(RunsOutWhat::Dbs, None, last_day);
            }
            if let Some(certificate) = self.certificate(&person.id).await? {
                add(RunsOutWhat::Certificate, None, certificate.last_day());
            }
            for grant in Accounts(self.0).grants_of(&person.id).await? {
                if grant.ended.is_none() && !grant.void {
                    let last_day = grant.last_day();
                    add(RunsOutWhat::Grant, Some(grant.channel_name), last_day);
                }
            }
        }
        found.sort_by(|a, b| (a.last_day, &a.name, a.what).cmp(&(b.last_day, &b.name, b.what)));
        Ok(found)
    }
}
