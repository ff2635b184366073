//! Safeguarding Children certificates (clause 1): their holder brings one, somebody else verifies it, and the best one
//! counts. No scan is kept, only what the certificate says.

use cleansheet_terms::{
    CertificateId, Clock, CourseId, Date, Entropy, PersonId, Role, Timestamp, day_in_london,
};
use sqlx::any::AnyRow;

use super::{Course, Courses, Person, PersonError, register::People};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

/// Somebody has at most this many that wait: a slip is refused, not hidden under another.
const MOST_WAITING: usize = 5;

/// What a certificate is worth on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateState {
    /// Verified and in date.
    Good,
    /// Its day of completion is still to come, so nobody can have seen it.
    Early,
    /// In date, and nobody but its holder has looked yet.
    Waiting,
    /// Out of date.
    Ended,
    /// Somebody looked and said no.
    Refused,
}

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseCertificate {
    /// The certificate.
    pub id: CertificateId,
    /// Whose.
    pub person: PersonId,
    /// The course.
    pub course: CourseId,
    /// As the list of courses calls it.
    pub course_name: String,
    /// The day on the certificate.
    pub completed: Date,
    /// The last day on which it is good, by the list of courses.
    pub last_day: Date,
    /// The number or reference on it; may be empty.
    pub reference: String,
    /// When its holder brought it.
    pub added: Timestamp,
    /// Who verified it and when; never its holder.
    pub verified: Option<(PersonId, Timestamp)>,
    /// Who refused it, when and why; never its holder.
    pub refused: Option<(PersonId, Timestamp, String)>,
}

impl CourseCertificate {
    /// What it is worth on a day in London.
    pub fn state_on(&self, day: Date) -> CertificateState {
        if self.refused.is_some() {
            CertificateState::Refused
        } else if day > self.last_day {
            CertificateState::Ended
        } else if self.verified.is_none() {
            CertificateState::Waiting
        } else if self.completed > day {
            CertificateState::Early
        } else {
            CertificateState::Good
        }
    }
}

/// A certificate to add.
#[derive(Debug, Clone)]
pub struct NewCertificate<'a> {
    /// One of the list of courses.
    pub course: &'a CourseId,
    /// The day on the certificate.
    pub completed: Date,
    /// The number or reference on it; may be empty.
    pub reference: &'a str,
}

/// What can be wrong with a certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// No such certificate.
    #[error("no certificate `{0}`")]
    Missing(CertificateId),
    /// The course is not on the list.
    #[error("this course is not on the trust’s list; choose one of it, or ask the Manager to accept yours")]
    NoCourse,
    /// A day that is still to come.
    #[error("the course cannot have been completed on a day that is still to come; look at the day again")]
    StillToCome,
    /// It would not count.
    #[error("a certificate of that day ended on {0}; take the course again and add the new one (clause 1)")]
    EndedAlready(Date),
    /// The same one again.
    #[error("this certificate is here already; the Manager or the safeguarding lead looks at it next")]
    Again,
    /// Too many wait.
    #[error("several of your certificates wait already; ask the Manager to look at them first")]
    TooMany,
    /// Only these two look at certificates.
    #[error("only the Manager or the safeguarding lead verifies a certificate (clause 1)")]
    NotVerifier,
    /// A refusal without a reason helps nobody.
    #[error("say why, so that its holder knows what to do")]
    NoReason,
    /// Somebody was quicker.
    #[error("somebody has looked at this certificate already")]
    LookedAt,
    /// The person.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT k.id, k.person_id, k.course_id, k.completed_day, k.reference, k.added_ms, k.verified_by, k.verified_ms,
                 k.refused_by, k.refused_ms, k.refused_because FROM course_certificate k ",
            $tail
        )
    };
}

impl People<'_> {
    /// Its holder brings a certificate. It waits for somebody else, and takes nothing away meanwhile.
    pub async fn bring_certificate(
        &mut self,
        id: &PersonId,
        new: &NewCertificate<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<CertificateId, CertificateError> {
        let today = day_in_london(clock.now());
        let course = self.course(new.course).await?;
        let last_day = course.last_day(new.completed);
        if new.completed <= today && last_day < today {
            return Err(CertificateError::EndedAlready(last_day));
        }
        let own = self.certificates_of(id).await?;
        let same = |one: &CourseCertificate| {
            one.course == *new.course && one.completed == new.completed && one.refused.is_none()
        };
        if own.iter().any(same) {
            return Err(CertificateError::Again);
        }
        if own.iter().filter(|one| one.state_on(today) == CertificateState::Waiting).count() >= MOST_WAITING {
            return Err(CertificateError::TooMany);
        }
        self.add_certificate(id, new, clock, entropy).await
    }

    /// Writes a certificate down, whatever it is still worth.
    pub async fn add_certificate(
        &mut self,
        id: &PersonId,
        new: &NewCertificate<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<CertificateId, CertificateError> {
        self.present(id).await?;
        self.course(new.course).await?;
        let now = clock.now();
        if new.completed > day_in_london(now) {
            return Err(CertificateError::StillToCome);
        }
        let certificate = CertificateId::new(clock, entropy);
        let insert = sql(
            "INSERT INTO course_certificate (id, person_id, course_id, completed_day, reference, added_ms)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(certificate.as_str().to_owned())
        .bind(id.as_str().to_owned())
        .bind(new.course.as_str().to_owned())
        .bind(new.completed.to_string())
        .bind(new.reference.trim().chars().take(80).collect::<String>())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        let payload = (&certificate, new.course, new.completed.to_string());
        Ledger(self.0).append("person.certificate_added", id.as_str(), &payload, now, entropy).await?;
        Ok(certificate)
    }

    /// Somebody else has looked at the certificate, and it is what it says.
    pub async fn verify_certificate(
        &mut self,
        certificate: &CertificateId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), CertificateError> {
        let one = self.for_a_look(certificate, by, clock.now()).await?;
        let now = clock.now();
        let verify = sql("UPDATE course_certificate SET verified_by = $1, verified_ms = $2
             WHERE id = $3 AND verified_ms IS NULL AND refused_ms IS NULL")
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(certificate.as_str().to_owned());
        if self.0.run(verify).await? == 0 {
            return Err(CertificateError::LookedAt);
        }
        let payload = (certificate, by);
        Ledger(self.0)
            .append("person.certificate_verified", one.person.as_str(), &payload, now, entropy)
            .await?;
        Ok(())
    }

    /// Somebody else says that the certificate does not count, whether it waited or had been verified. If the person's papers
    /// are no longer in order by it, their sign-ins end in the same transaction.
    pub async fn refuse_certificate(
        &mut self,
        certificate: &CertificateId,
        because: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), CertificateError> {
        let one = self.for_a_look(certificate, by, clock.now()).await?;
        self.may_stop(&one.person, by, clock.now()).await?;
        let because = because.trim();
        if because.is_empty() {
            return Err(CertificateError::NoReason);
        }
        let now = clock.now();
        let before = self.standing(&one.person, now).await?;
        let refuse =
            sql("UPDATE course_certificate SET refused_by = $1, refused_ms = $2, refused_because = $3
             WHERE id = $4 AND refused_ms IS NULL")
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond())
            .bind(because.to_owned())
            .bind(certificate.as_str().to_owned());
        if self.0.run(refuse).await? == 0 {
            return Err(CertificateError::LookedAt);
        }
        let payload = (certificate, because, by);
        Ledger(self.0)
            .append("person.certificate_refused", one.person.as_str(), &payload, now, entropy)
            .await?;
        self.end_if_worse(&before, &one.person, now).await?;
        Ok(())
    }

    /// One certificate.
    pub async fn certificate(&mut self, id: &CertificateId) -> Result<Option<CourseCertificate>, StoreError> {
        let found = sql(select!("WHERE k.id = $1")).bind(id.as_str().to_owned());
        let rows = self.0.row(found).await?.into_iter().collect();
        Ok(self.certificates(rows).await?.into_iter().next())
    }

    /// A person's certificates, the one that is good for longest first.
    pub async fn certificates_of(&mut self, id: &PersonId) -> Result<Vec<CourseCertificate>, StoreError> {
        let courses = Courses(self.0).list().await?;
        self.certificates_by(&courses, id).await
    }

    pub(super) async fn certificates_by(
        &mut self,
        courses: &[Course],
        id: &PersonId,
    ) -> Result<Vec<CourseCertificate>, StoreError> {
        let found = sql(select!("WHERE k.person_id = $1")).bind(id.as_str().to_owned());
        let rows = self.0.rows(found).await?;
        let mut all = rows.iter().map(|row| certificate(row, courses)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| (b.last_day, &b.id).cmp(&(a.last_day, &a.id)));
        Ok(all)
    }

    /// Certificates of people who are here that wait for somebody to look, the oldest first.
    pub async fn certificates_waiting(&mut self) -> Result<Vec<CourseCertificate>, StoreError> {
        let found = sql(select!(
            "JOIN person p ON p.id = k.person_id WHERE k.verified_ms IS NULL AND k.refused_ms IS NULL AND p.left_ms IS NULL
             ORDER BY k.added_ms, k.id"
        ));
        let rows = self.0.rows(found).await?;
        self.certificates(rows).await
    }

    /// Who has a certificate of a course and is here.
    pub(super) async fn with_certificate_of(
        &mut self,
        course: &CourseId,
    ) -> Result<Vec<PersonId>, StoreError> {
        let found =
            sql("SELECT DISTINCT k.person_id FROM course_certificate k JOIN person p ON p.id = k.person_id
             WHERE k.course_id = $1 AND p.left_ms IS NULL")
            .bind(course.as_str().to_owned());
        self.0.rows(found).await?.iter().map(|row| row.read("person_id", PersonId::parse)).collect()
    }

    /// Every certificate of people who are here and may act, each person's best ones first.
    pub(super) async fn all_certificates(&mut self) -> Result<Vec<CourseCertificate>, StoreError> {
        let found = sql(select!(
            "JOIN person p ON p.id = k.person_id WHERE p.left_ms IS NULL AND p.suspended_ms IS NULL AND k.refused_ms IS NULL"
        ));
        let rows = self.0.rows(found).await?;
        self.certificates(rows).await
    }

    async fn certificates(&mut self, rows: Vec<AnyRow>) -> Result<Vec<CourseCertificate>, StoreError> {
        let courses = Courses(self.0).list().await?;
        rows.iter().map(|row| certificate(row, &courses)).collect()
    }

    async fn course(&mut self, id: &CourseId) -> Result<Course, CertificateError> {
        let all = Courses(self.0).list().await?;
        all.into_iter().find(|course| course.id == *id).ok_or(CertificateError::NoCourse)
    }

    /// By a lent right nobody stops a Manager or a safeguarding lead. A safeguarding lead needs no lent one.
    async fn may_stop(&mut self, holder: &PersonId, by: &PersonId, at: Timestamp) -> Result<(), PersonError> {
        let leads = self.find(by).await?.is_some_and(|one| one.roles.contains(&Role::Dsl));
        if leads { Ok(()) } else { self.may_change(holder, by, at).await }
    }

    /// The certificate, if `by` may say something about it.
    async fn for_a_look(
        &mut self,
        id: &CertificateId,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<CourseCertificate, CertificateError> {
        let one = self.certificate(id).await?.ok_or_else(|| CertificateError::Missing(id.clone()))?;
        if one.person == *by {
            return Err(PersonError::OwnPapers.into());
        }
        let verifies =
            |one: &Person| (one.is(Role::Manager, at) || one.is(Role::Dsl, at)) && !one.is_suspended();
        if !self.find(by).await?.as_ref().is_some_and(verifies) {
            return Err(CertificateError::NotVerifier);
        }
        Ok(one)
    }
}

fn certificate(row: &AnyRow, courses: &[Course]) -> Result<CourseCertificate, StoreError> {
    let (course, completed) = (row.read("course_id", CourseId::parse)?, row.day("completed_day")?);
    let known =
        courses.iter().find(|one| one.id == course).ok_or_else(|| StoreError::damaged("course_id"))?;
    let refused = row.maybe_read("refused_by", PersonId::parse)?.zip(row.maybe_instant("refused_ms")?);
    Ok(CourseCertificate {
        id: row.read("id", CertificateId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        course_name: known.name.clone(),
        last_day: known.last_day(completed),
        course,
        completed,
        reference: row.text("reference")?,
        added: row.instant("added_ms")?,
        verified: row.maybe_read("verified_by", PersonId::parse)?.zip(row.maybe_instant("verified_ms")?),
        refused: match refused {
            Some((by, at)) => Some((by, at, row.maybe_text("refused_because")?.unwrap_or_default())),
            None => None,
        },
    })
}
