//! What a person can do next so that they may go on acting, in one line.

use cleansheet_policy::facts::{Certificate, Dbs, Standing};
use cleansheet_terms::Date;

use super::{RunsOut, RunsOutWhat};

/// What the line is made of.
#[derive(Debug, Clone, Copy)]
pub struct ToDo<'a> {
    /// In London.
    pub today: Date,
    /// Of the person, today.
    pub standing: &'a Standing,
    /// The person's own things that run out, soonest first.
    pub runs_out: &'a [RunsOut],
}

/// The one line, the most pressing thing first; `None` when nothing is to be done. It says the same of every DBS check that
/// somebody still has to decide about.
pub fn to_do(of: &ToDo<'_>) -> Option<String> {
    let said =
        |what| of.runs_out.iter().find(|one| one.what == what).map(|one| in_words(one.last_day, of.today));
    match of.standing.certificate {
        Certificate::Current => {}
        Certificate::Unverified => {
            return Some(
                "Your certificate is here. The Manager or the safeguarding lead looks at it next.".to_owned(),
            );
        }
        Certificate::Missing => {
            return Some("Take the safeguarding course, and add your certificate.".to_owned());
        }
        Certificate::Expired => {
            return Some(match said(RunsOutWhat::Certificate) {
                Some(day) => format!("Take the safeguarding course now: your certificate ended on {day}."),
                None => "Take the safeguarding course now: your certificate has ended.".to_owned(),
            });
        }
    }
    match of.standing.dbs {
        Dbs::Current => {}
        Dbs::Missing => return Some("Show the Manager your DBS certificate, the original.".to_owned()),
        Dbs::Undecided => {
            return Some("The Manager or the safeguarding lead looks at your DBS check next.".to_owned());
        }
        Dbs::WrongLevel => {
            return Some("Ask the Manager for a new DBS check: your role needs another level.".to_owned());
        }
        Dbs::RecheckOverdue => {
            return Some(match said(RunsOutWhat::Dbs) {
                Some(day) => format!("Ask the Manager for a new DBS check now: yours ended on {day}."),
                None => "Ask the Manager for a new DBS check now: yours has ended.".to_owned(),
            });
        }
    }
    of.runs_out.iter().find(|one| !one.waits).map(|one| line(one, of.today))
}

/// What its holder does about one thing that runs out.
pub(super) fn line(one: &RunsOut, today: Date) -> String {
    let day = in_words(one.last_day, today);
    let over = one.last_day < today;
    match (one.what, over) {
        (RunsOutWhat::Certificate, false) => {
            format!("Take the safeguarding course by {day}: your certificate ends then.")
        }
        (RunsOutWhat::Certificate, true) => {
            format!("Take the safeguarding course now: your certificate ended on {day}.")
        }
        (RunsOutWhat::Dbs, false) => {
            format!("Ask the Manager for a new DBS check by {day}: yours has to be made again then.")
        }
        (RunsOutWhat::Dbs, true) => format!("Ask the Manager for a new DBS check now: yours ended on {day}."),
        (RunsOutWhat::Grant, false) => {
            format!("Ask the Manager by {day} to renew your permission for {}: it ends then.", channel(one))
        }
        (RunsOutWhat::Grant, true) => {
            format!("Ask the Manager to renew your permission for {}: it ended on {day}.", channel(one))
        }
    }
}

fn channel(one: &RunsOut) -> &str {
    one.channel.as_deref().unwrap_or("an account")
}

/// `3 March`, with the year when it is another one.
fn in_words(day: Date, today: Date) -> String {
    let form = if day.year() == today.year() { "%-d %B" } else { "%-d %B %Y" };
    day.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cleansheet_policy::facts::{Certificate, Dbs, Standing};
    use cleansheet_terms::{Date, FixedClock, PersonId, SeededEntropy};

    use super::{RunsOut, RunsOutWhat, ToDo, to_do};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// What runs out, its last day, and whether a newer one waits.
    type Ends<'a> = (RunsOutWhat, &'a str, bool);

    fn said(dbs: Dbs, certificate: Certificate, ends: &[Ends<'_>]) -> Option<String> {
        let person = PersonId::new(&FixedClock::at("2026-11-21T12:00:00Z"), &mut SeededEntropy::new(1));
        let standing = Standing {
            person: person.to_string(),
            dbs,
            certificate,
            suspended: false,
            acknowledged: true,
            roles: BTreeSet::new(),
        };
        let today = day("2026-11-21");
        let one = |(what, last, waits): &Ends<'_>| RunsOut {
            person: person.clone(),
            name: "Jo Brightwell".into(),
            what: *what,
            about: String::new(),
            channel: Some("News page".into()),
            last_day: day(last),
            days_left: (day(last) - today).get_days(),
            waits: *waits,
        };
        let runs_out: Vec<RunsOut> = ends.iter().map(one).collect();
        to_do(&ToDo { today, standing: &standing, runs_out: &runs_out })
    }

    #[test]
    fn one_line_says_what_to_do_next() {
        use RunsOutWhat::{Certificate as Course, Dbs as Check, Grant};
        let fine = (Dbs::Current, Certificate::Current);
        let cases: [(Dbs, Certificate, &[Ends<'_>], &str); 10] = [
            (fine.0, fine.1, &[], ""),
            (
                fine.0,
                fine.1,
                &[(Course, "2026-12-03", false)],
                "Take the safeguarding course by 3 December: your certificate ends then.",
            ),
            (
                fine.0,
                fine.1,
                &[(Course, "2026-12-03", true), (Grant, "2027-01-31", false)],
                "Ask the Manager by 31 January 2027 to renew your permission for News page: it ends then.",
            ),
            (
                fine.0,
                fine.1,
                &[(Check, "2026-11-21", false)],
                "Ask the Manager for a new DBS check by 21 November: yours has to be made again then.",
            ),
            (
                fine.0,
                Certificate::Expired,
                &[(Check, "2026-11-01", false), (Course, "2026-11-14", false)],
                "Take the safeguarding course now: your certificate ended on 14 November.",
            ),
            (fine.0, Certificate::Missing, &[], "Take the safeguarding course, and add your certificate."),
            (
                fine.0,
                Certificate::Unverified,
                &[(Course, "2026-11-14", true)],
                "Your certificate is here. The Manager or the safeguarding lead looks at it next.",
            ),
            (Dbs::Missing, fine.1, &[], "Show the Manager your DBS certificate, the original."),
            (
                Dbs::Undecided,
                fine.1,
                &[],
                "The Manager or the safeguarding lead looks at your DBS check next.",
            ),
            (
                Dbs::RecheckOverdue,
                fine.1,
                &[(Check, "2026-11-14", false)],
                "Ask the Manager for a new DBS check now: yours ended on 14 November.",
            ),
        ];
        for (dbs, certificate, ends, line) in cases {
            assert_eq!(said(dbs, certificate, ends).unwrap_or_default(), line, "{dbs:?} {certificate:?}");
        }
    }
}
