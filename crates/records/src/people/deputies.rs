//! Who stands in for the Manager: named in advance by the Manager, from a first to a last day. During it the deputy acts
//! with the Manager's rights, and in their own name.
//!
//! The days alone say when that is: nothing has to run for it to begin or to end.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_terms::{Clock, Date, Entropy, LONDON, PersonId, Role, Timestamp, day_in_london, id};
use jiff::ToSpan as _;
use sqlx::any::AnyRow;

use super::{Person, PersonError, register::People};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
    sign_ins,
};

id!(
    /// One time in which somebody stands in for the Manager.
    DeputyId,
    "deputy"
);

/// For how many months at most: longer than that, the trust needs another Manager.
const MOST_MONTHS: i32 = 3;
/// How far ahead it may begin.
const AHEAD_MONTHS: i32 = 12;
const SUBJECT: &str = "Standing in for the Manager";

/// Days in London from the first to the last, unless ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day; over at the midnight behind it.
    pub until: Date,
    /// Ended early.
    pub ended: Option<Timestamp>,
}

impl Period {
    /// Whether it runs at an instant.
    pub fn holds(&self, at: Timestamp) -> bool {
        let day = day_in_london(at);
        self.from <= day && day <= self.until && self.ended.is_none_or(|ended| at < ended)
    }

    /// Whether it runs or is still to come.
    pub fn is_ahead(&self, at: Timestamp) -> bool {
        day_in_london(at) <= self.until && self.ended.is_none()
    }
}

/// Somebody who stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deputy {
    /// This time of it.
    pub id: DeputyId,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The Manager who named them.
    pub named_by: PersonId,
    /// When they were named.
    pub named: Timestamp,
    /// When they stand in.
    pub period: Period,
}

/// Somebody to name.
#[derive(Debug, Clone, Copy)]
pub struct NewDeputy<'a> {
    /// Who is to stand in.
    pub person: &'a PersonId,
    /// The Manager who names them.
    pub by: &'a PersonId,
    /// The first day, in London.
    pub from: Date,
    /// The last day, in London.
    pub until: Date,
}

/// Why nobody can be named, or a time not be ended.
#[derive(Debug, thiserror::Error)]
pub enum DeputyError {
    /// No such time, or it is over.
    #[error("this time is over already; look at the list again")]
    Missing(DeputyId),
    /// Before today.
    #[error("the first day is over already; choose today or a later day")]
    Past,
    /// Ends before it begins.
    #[error("the last day comes before the first; choose a later last day")]
    Backwards,
    /// Too long, or too far ahead.
    #[error(
        "somebody stands in for {MOST_MONTHS} months at most, and is named a year ahead at most; choose nearer days"
    )]
    TooLong,
    /// Two at once: nobody would know who decides.
    #[error("somebody stands in on some of these days already; end that first, or choose other days")]
    Taken,
    /// It is their own work.
    #[error("a Manager needs nobody's permission to act; choose somebody else")]
    IsManager,
    /// The rights are the Manager's to lend.
    #[error("only the Manager says who stands in; whoever stands in cannot pass it on")]
    NotTheManager,
    /// Clause 1 goes for them as for the Manager.
    #[error(
        "on that day their papers are not in order for the Manager’s work (clause 1); bring their DBS check and \
         safeguarding certificate up to date first, or choose somebody else"
    )]
    Papers,
    /// The person.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who stands in, in the database. Borrow it from a [`Tx`].
pub struct Deputies<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT d.id, d.person_id, p.name, d.named_by, d.named_ms, d.from_day, d.until_day, d.ended_ms
             FROM deputy d JOIN person p ON p.id = d.person_id ",
            $tail
        )
    };
}

impl Deputies<'_> {
    /// The Manager names who stands in. They are told by mail.
    pub async fn name(
        &mut self,
        new: &NewDeputy<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<DeputyId, DeputyError> {
        let (now, period) = (clock.now(), Period { from: new.from, until: new.until, ended: None });
        self.the_manager(new.by).await?;
        in_reach(&period, day_in_london(now))?;
        let person = self.fit(new.person, &period, now).await?;
        let all = self.list().await?;
        let meets = |one: &Deputy| {
            one.period.is_ahead(now) && one.period.from <= new.until && new.from <= one.period.until
        };
        if all.iter().any(meets) {
            return Err(DeputyError::Taken);
        }
        let id = DeputyId::new(clock, entropy);
        let insert = sql("INSERT INTO deputy (id, person_id, named_by, named_ms, from_day, until_day)
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id.as_str().to_owned())
        .bind(new.person.as_str().to_owned())
        .bind(new.by.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(new.from.to_string())
        .bind(new.until.to_string());
        self.0.run(insert).await?;
        let payload = (new.person, new.by, new.from.to_string(), new.until.to_string());
        Ledger(self.0).append("deputy.named", id.as_str(), &payload, now, entropy).await?;
        let body = format!(
            "You stand in for the Manager from {} to {}. On these days you have the Manager's rights, and what you do is \
             written down as yours. DBS records and the policy's signing stay with the Manager and the safeguarding lead; \
             what each role needs and which courses count stays with the Manager.\n\nIf you cannot do it, sign in, open “Cover” at the foot of the page and end it.\n",
            in_words(new.from),
            in_words(new.until)
        );
        Mails(self.0).queue(&person.mail, SUBJECT, &body, clock, entropy).await?;
        Ok(id)
    }

    /// Ends a time early, or calls one off that is still to come: the Manager, or the deputy for themselves. Both are told
    /// by mail.
    pub async fn end(
        &mut self,
        id: &DeputyId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), DeputyError> {
        let now = clock.now();
        let found = self.list().await?.into_iter().find(|one| one.id == *id && one.period.is_ahead(now));
        let deputy = found.ok_or_else(|| DeputyError::Missing(id.clone()))?;
        if deputy.person != *by {
            self.the_manager(by).await?;
        }
        let end = sql("UPDATE deputy SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL");
        self.0.run(end.bind(now.as_millisecond()).bind(id.as_str().to_owned())).await?;
        Ledger(self.0).append("deputy.ended", id.as_str(), by, now, entropy).await?;
        let body = "It has ended early: nobody stands in for the Manager by it any more. Sign in and open “Cover” at the \
                    foot of the page to see how it stands now.\n";
        for person in People(self.0).list().await? {
            let concerned = person.id == deputy.person || person.roles.contains(&Role::Manager);
            if concerned && !person.is_suspended() {
                Mails(self.0).queue(&person.mail, SUBJECT, body, clock, entropy).await?;
            }
        }
        Ok(())
    }

    /// Every time that somebody stands in or stood in, the latest first.
    pub async fn list(&mut self) -> Result<Vec<Deputy>, StoreError> {
        self.0.rows(sql(select!("ORDER BY d.from_day DESC, d.id DESC"))).await?.iter().map(deputy).collect()
    }

    /// Who stands in at an instant.
    pub async fn at(&mut self, at: Timestamp) -> Result<Option<Deputy>, StoreError> {
        let Some(found) = self.list().await?.into_iter().find(|one| one.period.holds(at)) else {
            return Ok(None);
        };
        let acts = People(self.0).find(&found.person).await?.is_some_and(|person| !person.is_suspended());
        Ok(acts.then_some(found))
    }

    async fn the_manager(&mut self, by: &PersonId) -> Result<(), DeputyError> {
        match People(self.0).find(by).await? {
            Some(person) if person.roles.contains(&Role::Manager) && !person.is_suspended() => Ok(()),
            _ => Err(DeputyError::NotTheManager),
        }
    }

    /// Whether somebody could do the Manager's work on the first day.
    async fn fit(&mut self, id: &PersonId, period: &Period, now: Timestamp) -> Result<Person, DeputyError> {
        let person = People(self.0).present(id).await?;
        if person.roles.contains(&Role::Manager) {
            return Err(DeputyError::IsManager);
        }
        let mut roles = person.roles.clone();
        roles.insert(Role::Manager);
        let first = start_of(period.from).max(now);
        let standing = People(self.0).standing_as(&person, roles, first).await?;
        if standing.suspended || !sign_ins::in_order(&standing) {
            return Err(DeputyError::Papers);
        }
        Ok(person)
    }
}

impl People<'_> {
    /// Fails unless this person acts as a Manager at an instant and may. Whoever stands in needs papers in order as well:
    /// they were looked at when they were named, and may have run out since.
    pub(crate) async fn must_be_manager(&mut self, id: &PersonId, at: Timestamp) -> Result<(), PersonError> {
        let person = self.find(id).await?.filter(|one| !one.is_suspended()).ok_or(PersonError::NotManager)?;
        let acts = self.acts_as(&person, at).await?.contains(&Role::Manager);
        if acts { Ok(()) } else { Err(PersonError::NotManager) }
    }

    /// The same for what is not lent: clause 1's own yardsticks, by which whoever stands in is measured as well.
    pub(crate) async fn must_be_own_manager(
        &mut self,
        id: &PersonId,
        at: Timestamp,
    ) -> Result<(), PersonError> {
        self.must_be_manager(id, at).await?;
        let stands_in = self.find(id).await?.is_some_and(|one| one.deputises(at));
        if stands_in { Err(PersonError::NotLent) } else { Ok(()) }
    }

    /// What somebody acts as at an instant. The Manager's role that was lent counts only while their papers are in order
    /// for it.
    pub async fn acts_as(&mut self, person: &Person, at: Timestamp) -> Result<BTreeSet<Role>, StoreError> {
        let lent = person.roles_at(at);
        if !person.deputises(at) {
            return Ok(lent);
        }
        let standing = self.standing_as(person, lent, at).await?;
        Ok(if sign_ins::in_order(&standing) { standing.roles } else { person.roles.clone() })
    }

    /// Whoever stands in has the Manager's rights over others: not over themselves, nor over a Manager or a safeguarding
    /// lead, who watch over them.
    pub(crate) async fn may_change(
        &mut self,
        id: &PersonId,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<(), PersonError> {
        let stands_in = self.find(by).await?.is_some_and(|actor| actor.deputises(at));
        if !stands_in {
            return Ok(());
        }
        let watches = self.find(id).await?.is_some_and(|one| one.roles.iter().any(is_not_lent));
        if id == by || watches { Err(PersonError::StandsIn) } else { Ok(()) }
    }

    /// The same for roles; and nobody becomes a Manager or a safeguarding lead by whoever stands in.
    pub(super) async fn may_give_role(
        &mut self,
        id: &PersonId,
        role: Role,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<(), PersonError> {
        self.may_change(id, by, at).await?;
        let stands_in = self.find(by).await?.is_some_and(|actor| actor.deputises(at));
        if is_not_lent(&role) && stands_in { Err(PersonError::StandsIn) } else { Ok(()) }
    }

    /// When people stand in: everybody, or one.
    pub(super) async fn periods(
        &mut self,
        one: Option<String>,
    ) -> Result<BTreeMap<String, Vec<Period>>, StoreError> {
        let found = match one {
            Some(id) => {
                sql("SELECT person_id, from_day, until_day, ended_ms FROM deputy WHERE person_id = $1")
                    .bind(id)
            }
            None => sql("SELECT person_id, from_day, until_day, ended_ms FROM deputy"),
        };
        let mut periods: BTreeMap<String, Vec<Period>> = BTreeMap::new();
        for row in self.0.rows(found).await? {
            periods.entry(row.text("person_id")?).or_default().push(period(&row)?);
        }
        Ok(periods)
    }
}

/// A role that whoever stands in neither gives nor takes.
fn is_not_lent(role: &Role) -> bool {
    matches!(role, Role::Manager | Role::Dsl)
}

fn in_reach(period: &Period, today: Date) -> Result<(), DeputyError> {
    if period.from < today {
        return Err(DeputyError::Past);
    }
    if period.until < period.from {
        return Err(DeputyError::Backwards);
    }
    let last = period.from.saturating_add(MOST_MONTHS.months());
    let far = today.saturating_add(AHEAD_MONTHS.months());
    if period.until > last || period.from > far { Err(DeputyError::TooLong) } else { Ok(()) }
}

/// 00:00 in London.
fn start_of(day: Date) -> Timestamp {
    day.in_tz(LONDON).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

fn in_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

fn deputy(row: &AnyRow) -> Result<Deputy, StoreError> {
    Ok(Deputy {
        id: row.read("id", DeputyId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        name: row.text("name")?,
        named_by: row.read("named_by", PersonId::parse)?,
        named: row.instant("named_ms")?,
        period: period(row)?,
    })
}

fn period(row: &AnyRow) -> Result<Period, StoreError> {
    Ok(Period {
        from: row.day("from_day")?,
        until: row.day("until_day")?,
        ended: row.maybe_instant("ended_ms")?,
    })
}
