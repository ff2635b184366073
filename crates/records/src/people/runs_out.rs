//! What runs out next: checks, certificates and permissions, soonest first.

use std::collections::BTreeMap;

use cleansheet_terms::{Date, PersonId, Timestamp, day_in_london};

use super::{
    CertificateState, CourseCertificate, Person,
    dbs::{Line, last_day},
    register::People,
};
use crate::{
    accounts::{Accounts, Grant},
    database::StoreError,
};

/// A permission that ran out this many days ago is not missed by anybody.
const FORGOTTEN_DAYS: i32 = 30;

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

impl RunsOutWhat {
    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dbs => "dbs",
            Self::Certificate => "certificate",
            Self::Grant => "grant",
        }
    }
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
    /// The id of the certificate or permission; of the person, for a check.
    pub about: String,
    /// The account's name, for a permission.
    pub channel: Option<String>,
    /// The last good day.
    pub last_day: Date,
    /// 0 on the last day, negative afterwards.
    pub days_left: i32,
    /// Its holder has done what they can: a newer certificate waits for somebody to look.
    pub waits: bool,
}

/// What can run out, of everybody who is asked about.
struct Papers {
    /// Each person's, oldest first.
    checks: BTreeMap<PersonId, Vec<Line>>,
    certificates: Vec<CourseCertificate>,
    grants: Vec<Grant>,
}

impl People<'_> {
    /// Everything of people who still act that runs out within `days` days, or has run out, soonest first.
    pub async fn runs_out(&mut self, days: i32, at: Timestamp) -> Result<Vec<RunsOut>, StoreError> {
        let everybody = self.list().await?;
        let papers = Papers {
            checks: self.all_dbs_lines().await?,
            certificates: self.all_certificates().await?,
            grants: Accounts(self.0).grants_running().await?,
        };
        self.runs_out_of(everybody, papers, days, at).await
    }

    /// Everything of one person that runs out within `days` days.
    pub async fn runs_out_for(
        &mut self,
        id: &PersonId,
        days: i32,
        at: Timestamp,
    ) -> Result<Vec<RunsOut>, StoreError> {
        let person = self.find(id).await?.into_iter().collect();
        let papers = Papers {
            checks: BTreeMap::from([(id.clone(), self.dbs_lines(id).await?)]),
            certificates: self.certificates_of(id).await?,
            grants: Accounts(self.0).grants_of(id).await?,
        };
        self.runs_out_of(person, papers, days, at).await
    }

    async fn runs_out_of(
        &mut self,
        mut people: Vec<Person>,
        papers: Papers,
        days: i32,
        at: Timestamp,
    ) -> Result<Vec<RunsOut>, StoreError> {
        let (today, requirements) = (day_in_london(at), self.requirements().await?);
        let (certificates, grants) =
            (best_certificates(papers.certificates, today), last_grants(papers.grants));
        let mut found = Vec::new();
        people.retain(|person| !person.is_suspended());
        for person in &people {
            let checks = papers.checks.get(&person.id);
            let dbs = checks.and_then(|checks| last_day(person, &requirements, checks, at));
            let mut add = |what, about: &str, channel: Option<&str>, last_day: Date, waits| {
                let days_left = (last_day - today).get_days();
                if days_left <= days && (what != RunsOutWhat::Grant || days_left >= -FORGOTTEN_DAYS) {
                    let (id, name) = (person.id.clone(), person.name.clone());
                    let (about, channel) = (about.to_owned(), channel.map(str::to_owned));
                    found.push(RunsOut {
                        person: id,
                        name,
                        what,
                        about,
                        channel,
                        last_day,
                        days_left,
                        waits,
                    });
                }
            };
            if let Some(last_day) = dbs {
                add(RunsOutWhat::Dbs, person.id.as_str(), None, last_day, false);
            }
            if let Some((id, last_day, waits)) = certificates.get(&person.id) {
                add(RunsOutWhat::Certificate, id, None, *last_day, *waits);
            }
            for grant in grants.get(&person.id).into_iter().flatten() {
                let last_day = grant.last_day();
                add(RunsOutWhat::Grant, grant.id.as_str(), Some(&grant.channel_name), last_day, false);
            }
        }
        found.sort_by(|a, b| (a.last_day, &a.name, a.what).cmp(&(b.last_day, &b.name, b.what)));
        Ok(found)
    }
}

/// Of each person the verified certificate that is good for longest, with its last day, and whether a better one waits.
fn best_certificates(all: Vec<CourseCertificate>, today: Date) -> BTreeMap<PersonId, (String, Date, bool)> {
    let mut best: BTreeMap<PersonId, (String, Date, bool)> = BTreeMap::new();
    let verified = |one: &&CourseCertificate| one.verified.is_some() && one.refused.is_none();
    for one in all.iter().filter(verified) {
        let known = best.get(&one.person).is_some_and(|(_, last_day, _)| *last_day >= one.last_day);
        if !known {
            best.insert(one.person.clone(), (one.id.to_string(), one.last_day, false));
        }
    }
    for one in all.iter().filter(|one| one.state_on(today) == CertificateState::Waiting) {
        if let Some((_, last_day, waits)) = best.get_mut(&one.person) {
            *waits |= one.last_day > *last_day;
        }
    }
    best
}

/// Of each person and account the running permission that lasts longest.
fn last_grants(all: Vec<Grant>) -> BTreeMap<PersonId, Vec<Grant>> {
    let mut last: BTreeMap<PersonId, Vec<Grant>> = BTreeMap::new();
    for grant in all.into_iter().filter(|grant| grant.ended.is_none() && !grant.void) {
        let of = last.entry(grant.person.clone()).or_default();
        match of.iter_mut().find(|one| one.channel == grant.channel) {
            Some(one) if one.last_day() < grant.last_day() => *one = grant,
            Some(_) => {}
            None => of.push(grant),
        }
    }
    last
}
