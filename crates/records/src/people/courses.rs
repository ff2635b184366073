//! Courses that count for "up-to-date Safeguarding Children certificate" (clause 1): the trust's own list, which the
//! Manager adds to.

use cleansheet_terms::{Clock, CourseId, Date, Entropy, PersonId, Timestamp};

use super::{PersonError, papers::months_after, register::People};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

/// The course that every trust starts with: the FA's Safeguarding Children.
pub const FA_SAFEGUARDING_CHILDREN: &str = "course_fasafeguardingchildren";
/// A certificate is good for at most this many months.
const MOST_MONTHS: i64 = 120;

/// For how long a certificate is good that was completed from a day on, until the next such day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    /// Completed on this day or later.
    pub from: Date,
    /// 1 to 120.
    pub months: i64,
    /// Why, in the words of whoever said so.
    pub reason: String,
}

/// A course that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The course.
    pub id: CourseId,
    /// As its certificate calls it.
    pub name: String,
    /// Why the trust accepts it.
    pub reason: String,
    /// The Manager who accepted it and when; none for the one a trust starts with.
    pub accepted: Option<(PersonId, Timestamp)>,
    /// Oldest first.
    pub validities: Vec<Validity>,
}

impl Course {
    /// The last day on which a certificate of `completed` is good; it has run out at 00:00 in London on the day after.
    /// Completed before anything was said about the course, it was good on that day alone.
    pub fn last_day(&self, completed: Date) -> Date {
        let said = self.validities.iter().rev().find(|one| one.from <= completed);
        said.map_or(completed, |one| months_after(completed, one.months))
    }
}

/// What can be wrong with a course.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// No such course.
    #[error("no course `{0}`; choose one of the list")]
    Missing(CourseId),
    /// Nobody could tell what it is, or why it counts.
    #[error("a course needs its name and the reason why the trust accepts it")]
    Incomplete,
    /// Not a number of months.
    #[error("say for how many months a certificate is good, 1 to 120")]
    Months,
    /// Only a Manager may.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The courses in the database. Borrow it from a [`Tx`].
pub struct Courses<'t>(pub &'t mut Tx);

impl Courses<'_> {
    /// Every course that counts, by name.
    pub async fn list(&mut self) -> Result<Vec<Course>, StoreError> {
        let found = sql(
            "SELECT c.id, c.name, c.reason, c.accepted_by, c.accepted_ms, v.from_day, v.months, v.reason AS because
             FROM course c JOIN course_validity v ON v.course_id = c.id ORDER BY c.name, c.id, v.from_day",
        );
        let mut all: Vec<Course> = Vec::new();
        for row in self.0.rows(found).await? {
            let validity = Validity {
                from: row.day("from_day")?,
                months: row.number("months")?,
                reason: row.text("because")?,
            };
            let id = row.read("id", CourseId::parse)?;
            match all.last_mut().filter(|last| last.id == id) {
                Some(last) => last.validities.push(validity),
                None => all.push(Course {
                    id,
                    name: row.text("name")?,
                    reason: row.text("reason")?,
                    accepted: row
                        .maybe_read("accepted_by", PersonId::parse)?
                        .zip(row.maybe_instant("accepted_ms")?),
                    validities: vec![validity],
                }),
            }
        }
        Ok(all)
    }

    /// The Manager accepts another course.
    ///
    /// - `months`: for how long its certificates are good, whenever they were completed.
    pub async fn accept(
        &mut self,
        name: &str,
        months: i64,
        reason: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<CourseId, CourseError> {
        People(self.0).must_be_own_manager(by, clock.now()).await?;
        let (name, reason) = (name.trim(), reason.trim());
        if name.is_empty() || reason.is_empty() {
            return Err(CourseError::Incomplete);
        }
        let (id, now) = (CourseId::new(clock, entropy), clock.now());
        let insert = sql(
            "INSERT INTO course (id, name, reason, accepted_by, accepted_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.as_str().to_owned())
        .bind(name.to_owned())
        .bind(reason.to_owned())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        self.put(&id, Date::constant(1900, 1, 1), months, reason, (by, now)).await?;
        Ledger(self.0)
            .append("course.accepted", id.as_str(), &(name, months, reason, by), now, entropy)
            .await?;
        Ok(id)
    }

    /// The Manager says for how long certificates of a course are good that were completed from a day on. Whose
    /// certificate is no longer good by it is signed out in the same transaction.
    pub async fn set_validity(
        &mut self,
        id: &CourseId,
        new: &Validity,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), CourseError> {
        People(self.0).must_be_own_manager(by, clock.now()).await?;
        if new.reason.trim().is_empty() {
            return Err(CourseError::Incomplete);
        }
        if !self.list().await?.iter().any(|course| course.id == *id) {
            return Err(CourseError::Missing(id.clone()));
        }
        let now = clock.now();
        let mut before = Vec::new();
        for one in People(self.0).with_certificate_of(id).await? {
            before.push((People(self.0).standing(&one, now).await?, one));
        }
        self.put(id, new.from, new.months, new.reason.trim(), (by, now)).await?;
        let payload = (new.from.to_string(), new.months, &new.reason, by);
        Ledger(self.0).append("course.validity", id.as_str(), &payload, now, entropy).await?;
        for (before, one) in before {
            People(self.0).end_if_worse(&before, &one, now).await?;
        }
        Ok(())
    }

    async fn put(
        &mut self,
        id: &CourseId,
        from: Date,
        months: i64,
        reason: &str,
        (by, now): (&PersonId, Timestamp),
    ) -> Result<(), CourseError> {
        if !(1..=MOST_MONTHS).contains(&months) {
            return Err(CourseError::Months);
        }
        let put = sql("INSERT INTO course_validity (course_id, from_day, months, reason, said_by, said_ms)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (course_id, from_day) DO UPDATE SET months = excluded.months, reason = excluded.reason,
                 said_by = excluded.said_by, said_ms = excluded.said_ms")
        .bind(id.as_str().to_owned())
        .bind(from.to_string())
        .bind(months)
        .bind(reason.to_owned())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::{CourseId, Date};

    use super::{Course, FA_SAFEGUARDING_CHILDREN, Validity};

    #[test]
    fn the_months_are_those_said_for_the_day_of_completion() {
        let validity =
            |from: &str, months| Validity { from: from.parse().unwrap(), months, reason: String::new() };
        let course = Course {
            id: CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap(),
            name: "FA Safeguarding Children".into(),
            reason: String::new(),
            accepted: None,
            validities: vec![validity("1900-01-01", 36), validity("2022-07-01", 24)],
        };
        for (completed, last) in [
            ("2022-06-30", "2025-06-30"),
            ("2022-07-01", "2024-07-01"),
            ("2024-02-29", "2026-02-28"),
            ("1899-12-31", "1899-12-31"),
        ] {
            let completed: Date = completed.parse().unwrap();
            assert_eq!(course.last_day(completed).to_string(), last, "{completed}");
        }
    }
}
