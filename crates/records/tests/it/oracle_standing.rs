//! An independent reading of clause 1, from its words: none of the program's calendar, order or rules. It has to agree with
//! the program on every random standing.

use std::collections::BTreeSet;

use cleansheet_policy::facts::{Certificate, Dbs};
use cleansheet_records::people::{
    Course, CourseCertificate, DbsCheck, DbsLevel, FA_SAFEGUARDING_CHILDREN, RoleRequirement, Validity,
    Workforce,
    dbs::{Counts, Line},
    papers_on,
};
use cleansheet_terms::{
    CertificateId, CourseId, Date, Entropy as _, FixedClock, PersonId, Role, SeededEntropy, Timestamp,
};

/// How many random standings. The issue asks for 100,000.
const STANDINGS: u32 = 100_000;

type Day = (i16, i8, i8);

fn plain(day: Date) -> Day {
    (day.year(), day.month(), day.day())
}

fn days_in(year: i16, month: i8) -> i8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Turns the leaves of a calendar, one month after the other.
fn later((mut year, mut month, day): Day, months: i64) -> Day {
    for _ in 0..months {
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    (year, month, day.min(days_in(year, month)))
}

fn dbs(roles: &BTreeSet<Role>, requirements: &[RoleRequirement], lines: &[Line], today: Day) -> Dbs {
    // "The newest decided one counts"; nothing decided: nothing is certain.
    let mut counts: Option<&Line> = None;
    for line in lines {
        if let Some(at) = line.decided
            && counts.and_then(|one| one.decided).is_none_or(|newest| at >= newest)
        {
            counts = Some(line);
        }
    }
    let mut worst = if roles.is_empty() { 4 } else { 0 };
    for role in roles {
        let mut found = None;
        for requirement in requirements {
            if requirement.role == *role && found.is_none() {
                found = Some(requirement);
            }
        }
        let this = match (found, counts) {
            (None, _) => 3,
            (Some(RoleRequirement { dbs_level: None, .. }), _) => 0,
            (Some(_), _) if lines.is_empty() => 4,
            (Some(_), None) => 3,
            (Some(need), Some(line)) => one_role(need, line, today),
        };
        worst = worst.max(this);
    }
    [Dbs::Current, Dbs::RecheckOverdue, Dbs::WrongLevel, Dbs::Undecided, Dbs::Missing][worst]
}

/// 0 in order, 1 to be made again, 2 another level, 3 open.
fn one_role(need: &RoleRequirement, line: &Line, today: Day) -> usize {
    let rank = |level: DbsLevel| match level {
        DbsLevel::Basic => 1,
        DbsLevel::Standard => 2,
        DbsLevel::Enhanced => 3,
        DbsLevel::EnhancedBarred => 4,
    };
    let check = &line.check;
    let issued = plain(check.issued);
    if check.seen.is_none() || !check.suitable || issued > today {
        return 3;
    }
    let mut from = issued;
    match line.status {
        // New information, another name, a disclosure nobody decided about.
        Some(Counts::Stops) => return 3,
        // Still current that day, as long as the holder agrees to being asked about.
        Some(Counts::Passes(day)) if line.agreed && plain(day) > from => from = plain(day),
        Some(Counts::Passes(_) | Counts::Nothing) | None => {}
    }
    if need.dbs_level.map(rank) > Some(rank(check.level)) || need.workforce != check.workforce {
        return 2;
    }
    usize::from(today > later(from, need.recheck_months))
}

/// The best one counts: good, then one that somebody has still to see, then one that has ended.
fn certificate(held: &[CourseCertificate], today: Day) -> Certificate {
    let (mut good, mut open, mut ended) = (false, false, false);
    for one in held {
        if one.refused.is_some() {
            continue;
        }
        // The Football Association: three years when completed by 30 June 2022, two years since.
        let completed = plain(one.completed);
        let months = if completed <= (2022, 6, 30) { 36 } else { 24 };
        if today > later(completed, months) {
            ended = true;
        } else if completed > today || one.verified.is_none() {
            open = true;
        } else {
            good = true;
        }
    }
    match (good, open, ended) {
        (true, _, _) => Certificate::Current,
        (false, true, _) => Certificate::Unverified,
        (false, false, true) => Certificate::Expired,
        (false, false, false) => Certificate::Missing,
    }
}

/// As every trust starts with it.
fn course() -> Course {
    let since = |day: &str, months| Validity { from: day.parse().unwrap(), months, reason: "FA".into() };
    Course {
        id: CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap(),
        name: "FA Safeguarding Children".into(),
        reason: "FA".into(),
        accepted: None,
        validities: vec![since("1900-01-01", 36), since("2022-07-01", 24)],
    }
}

struct Dice(SeededEntropy);

impl Dice {
    fn below(&mut self, sides: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) % sides
    }

    fn one_in(&mut self, sides: u32) -> bool {
        self.below(sides) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(u32::try_from(all.len()).unwrap()) as usize]
    }

    /// Near the days on which anything changes, more often than not.
    fn day(&mut self, around: Date) -> Date {
        let months = i64::from(self.of(&[0_u8, 6, 12, 24, 36, 37, 60]));
        let days = i64::from(self.below(5)) - 2;
        let span = jiff::Span::new().months(-months).days(days);
        if self.one_in(4) {
            around.checked_sub(jiff::Span::new().days(i64::from(self.below(2_500)))).unwrap()
        } else {
            around.checked_add(span).unwrap()
        }
    }

    fn line(&mut self, someone: &PersonId, today: Date) -> Line {
        let at = Timestamp::from_second(i64::from(self.below(6))).unwrap();
        let decided = (!self.one_in(4)).then_some(at);
        let status = match self.below(5) {
            0 => Some(Counts::Stops),
            1 => Some(Counts::Nothing),
            2 => Some(Counts::Passes(self.day(today))),
            _ => None,
        };
        let check = DbsCheck {
            level: if self.one_in(3) { self.of(&DbsLevel::ALL) } else { DbsLevel::Enhanced },
            workforce: if self.one_in(5) { self.of(&Workforce::ALL) } else { Workforce::Child },
            issued: self.day(today),
            seen: (!self.one_in(8)).then(|| (someone.clone(), at)),
            suitable: decided.is_some() && !self.one_in(8),
        };
        Line { check, decided, status, agreed: !self.one_in(3) }
    }

    fn certificate(&mut self, someone: &PersonId, course: &Course, today: Date) -> CourseCertificate {
        let completed = if self.one_in(6) { "2022-06-30".parse().unwrap() } else { self.day(today) };
        let at = Timestamp::UNIX_EPOCH;
        CourseCertificate {
            id: CertificateId::new(&FixedClock::at("2026-11-26T00:00:00Z"), &mut self.0),
            person: someone.clone(),
            course: course.id.clone(),
            course_name: course.name.clone(),
            completed,
            last_day: course.last_day(completed),
            reference: String::new(),
            added: at,
            verified: (!self.one_in(4)).then(|| (someone.clone(), at)),
            refused: self.one_in(6).then(|| (someone.clone(), at, "another name".into())),
        }
    }

    fn requirement(&mut self, role: Role) -> RoleRequirement {
        RoleRequirement {
            role,
            dbs_level: (!self.one_in(6))
                .then(|| self.of(&[DbsLevel::Standard, DbsLevel::Enhanced, DbsLevel::EnhancedBarred])),
            workforce: if self.one_in(6) { self.of(&Workforce::ALL) } else { Workforce::Child },
            recheck_months: i64::from(self.of(&[12_u8, 24, 36, 36, 60])),
            reason: "because".into(),
        }
    }
}

#[test]
fn an_independent_reading_of_clause_1_agrees_on_every_random_standing() {
    let mut dice = Dice(SeededEntropy::new(21));
    let someone = PersonId::new(&FixedClock::at("2026-11-26T00:00:00Z"), &mut SeededEntropy::new(1));
    let (course, mut seen) = (course(), [0_u32; 9]);
    for number in 0..STANDINGS {
        let base: Date = "2024-02-29".parse().unwrap();
        let today = base.checked_add(jiff::Span::new().days(i64::from(dice.below(1_500)))).unwrap();
        let roles: BTreeSet<Role> = Role::ALL.into_iter().filter(|_| dice.one_in(3)).collect();
        let known = Role::ALL.into_iter().filter(|_| !dice.one_in(10)).collect::<Vec<_>>();
        let requirements: Vec<RoleRequirement> =
            known.into_iter().map(|role| dice.requirement(role)).collect();
        let lines: Vec<Line> = (0..dice.below(4)).map(|_| dice.line(&someone, today)).collect();
        let held: Vec<CourseCertificate> =
            (0..dice.below(4)).map(|_| dice.certificate(&someone, &course, today)).collect();
        let said = papers_on(&roles, &requirements, &lines, &held, today);
        let read = (dbs(&roles, &requirements, &lines, plain(today)), certificate(&held, plain(today)));
        assert_eq!(said, read, "{number}: {roles:?} {requirements:?} {lines:?} {held:?} on {today}");
        let all = [Dbs::Current, Dbs::Missing, Dbs::Undecided, Dbs::WrongLevel, Dbs::RecheckOverdue];
        seen[all.iter().position(|one| *one == said.0).unwrap()] += 1;
        let all = [Certificate::Current, Certificate::Missing, Certificate::Unverified, Certificate::Expired];
        seen[5 + all.iter().position(|one| *one == said.1).unwrap()] += 1;
    }
    assert!(seen.iter().all(|count| *count > STANDINGS / 50), "every answer comes often: {seen:?}");
}
