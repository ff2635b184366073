//! Who is told that something of theirs runs out, and when: its holder 90, 60, 30, 14, 7 and 0 days before, and the Manager
//! on Monday mornings. Each of them once; what was missed while the program was off is not made up for.

use std::collections::BTreeMap;

use cleansheet_terms::{Clock, Date, Entropy, LONDON, PersonId, Role, Timestamp, day_in_london};
use jiff::ToSpan as _;

use super::{CertificateState, Person, RunsOut, RunsOutWhat, register::People, to_do::line};
use crate::{
    database::{StoreError, Tx},
    mails::Mails,
    told::Told,
};

/// Days before the last day.
const STEPS: [i32; 6] = [0, 7, 14, 30, 60, FURTHEST];
const FURTHEST: i32 = 90;
/// Nobody's phone rings at night: reminders leave from this hour on, in London.
const MORNING: i8 = 8;

/// How many mails were queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reminded {
    /// To holders, one each.
    pub holders: usize,
    /// The week's list, one for each Manager.
    pub digests: usize,
}

/// Whether [`remind`] has anything to do: so that nobody waits for a writer in most rounds.
pub async fn reminders_are_due(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    if hour_in_london(now) < MORNING {
        return Ok(false);
    }
    let all = People(tx).runs_out(FURTHEST, now).await?;
    for one in all.iter().filter(|one| !one.waits) {
        if let Some(step) = step(one.days_left)
            && !Told(tx).already(&one.about, &occasion(one, step)).await?
        {
            return Ok(true);
        }
    }
    let Some(list) = WeeksList::read(tx, &all, now).await? else { return Ok(false) };
    for manager in &list.managers {
        if !Told(tx).already(manager.id.as_str(), &list.occasion()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whoever is due to be told at this moment.
///
/// - `origin`: the site's own address, for the links in the mails.
pub async fn remind(
    tx: &mut Tx,
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Reminded, StoreError> {
    let now = clock.now();
    let mut reminded = Reminded::default();
    if hour_in_london(now) < MORNING {
        return Ok(reminded);
    }
    let all = People(tx).runs_out(FURTHEST, now).await?;
    let mut due: BTreeMap<&PersonId, Vec<&RunsOut>> = BTreeMap::new();
    for one in all.iter().filter(|one| !one.waits) {
        if let Some(step) = step(one.days_left)
            && Told(tx).first(&one.about, &occasion(one, step), now).await?
        {
            due.entry(&one.person).or_default().push(one);
        }
    }
    for (id, things) in due {
        let Some(person) = People(tx).find(id).await? else { continue };
        let body = to_holder(&things, day_in_london(now), origin);
        Mails(tx).queue(&person.mail, "Something of yours runs out", &body, clock, entropy).await?;
        reminded.holders += 1;
    }
    reminded.digests = digests(tx, &all, origin, clock, entropy).await?;
    Ok(reminded)
}

/// The step that was reached last.
fn step(days_left: i32) -> Option<i32> {
    STEPS.into_iter().find(|step| (0..=*step).contains(&days_left))
}

fn occasion(one: &RunsOut, step: i32) -> String {
    format!("{} {} {step} days", one.what.as_str(), one.last_day)
}

fn to_holder(things: &[&RunsOut], today: Date, origin: &str) -> String {
    let lines: Vec<String> = things.iter().map(|one| format!("- {}", line(one, today))).collect();
    format!(
        "So that you can go on posting for the trust:\n\n{}\n\nHow you stand, and where to add a certificate:\n\
         {origin}/me/papers\n",
        lines.join("\n")
    )
}

/// The week's list, at the first look since Monday morning. Whoever joined since then waits a week, and a week in which
/// nothing runs out has no list.
struct WeeksList {
    monday: Date,
    /// Certificates that wait for somebody to look.
    waiting: usize,
    /// Whom it is for.
    managers: Vec<Person>,
}

impl WeeksList {
    async fn read(tx: &mut Tx, all: &[RunsOut], now: Timestamp) -> Result<Option<Self>, StoreError> {
        let Some((monday, begins)) = this_week(now) else { return Ok(None) };
        if now < begins {
            return Ok(None);
        }
        let (certificates, today) = (People(tx).certificates_waiting().await?, day_in_london(now));
        let waits = certificates.iter().filter(|one| one.state_on(today) == CertificateState::Waiting);
        let waiting = waits.count();
        if all.is_empty() && waiting == 0 {
            return Ok(None);
        }
        let mut managers = People(tx).list().await?;
        managers.retain(|one| one.is(Role::Manager, now) && !one.is_suspended() && one.joined < begins);
        Ok(Some(Self { monday, waiting, managers }))
    }

    fn occasion(&self) -> String {
        format!("what runs out, week of {}", self.monday)
    }
}

/// Tells each Manager the week's list.
async fn digests(
    tx: &mut Tx,
    all: &[RunsOut],
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, StoreError> {
    let (now, mut sent) = (clock.now(), 0);
    let Some(list) = WeeksList::read(tx, all, now).await? else { return Ok(0) };
    for manager in &list.managers {
        if Told(tx).first(manager.id.as_str(), &list.occasion(), now).await? {
            let body = to_manager(all, list.waiting, origin);
            Mails(tx)
                .queue(&manager.mail, "What runs out in the next 90 days", &body, clock, entropy)
                .await?;
            sent += 1;
        }
    }
    Ok(sent)
}

/// This week's Monday in London, and when its list is due.
fn this_week(now: Timestamp) -> Option<(Date, Timestamp)> {
    let today = day_in_london(now);
    let since = i64::from(today.weekday().to_monday_zero_offset());
    let monday = today.checked_sub(since.days()).ok()?;
    let begins = monday.at(MORNING, 0, 0, 0).in_tz(LONDON).ok()?.timestamp();
    Some((monday, begins))
}

fn to_manager(all: &[RunsOut], waiting: usize, origin: &str) -> String {
    let words = |one: &RunsOut| {
        let what = match one.what {
            RunsOutWhat::Dbs => "DBS check".to_owned(),
            RunsOutWhat::Certificate => "safeguarding certificate".to_owned(),
            RunsOutWhat::Grant => {
                format!("permission for {}", one.channel.as_deref().unwrap_or("an account"))
            }
        };
        let ends = if one.days_left < 0 { "ended" } else { "ends" };
        let waits = if one.waits { "; a newer one waits for somebody to look" } else { "" };
        format!("- {}: {what} {ends} on {}{waits}", one.name, one.last_day.strftime("%-d %B %Y"))
    };
    let mut body = String::new();
    let lines: Vec<String> = all.iter().map(words).collect();
    if !lines.is_empty() {
        body = format!("What has ended, and what ends within 90 days:\n\n{}\n\n", lines.join("\n"));
    }
    match waiting {
        0 => {}
        1 => {
            body.push_str(&format!("One certificate waits for somebody to look:\n{origin}/people/papers\n\n"))
        }
        many => {
            body.push_str(&format!(
                "{many} certificates wait for somebody to look:\n{origin}/people/papers\n\n"
            ));
        }
    }
    body + &format!("The same as a calendar, up to date:\n{origin}/people/calendar\n")
}

fn hour_in_london(at: Timestamp) -> i8 {
    at.in_tz(LONDON).map_or(0, |at| at.hour())
}

#[cfg(test)]
mod tests {
    use super::{step, this_week};

    #[test]
    fn only_the_step_that_was_reached_last_is_due() {
        let due = [-1, 0, 1, 7, 8, 14, 15, 30, 31, 60, 61, 90, 91].map(step);
        let said = [None, Some(0), Some(7), Some(7), Some(14), Some(14), Some(30), Some(30), Some(60)];
        assert_eq!(due[..9], said);
        assert_eq!(due[9..], [Some(60), Some(90), Some(90), None]);
    }

    #[test]
    fn a_week_begins_on_monday_at_eight_in_london() {
        for (now, monday, begins) in [
            ("2026-11-21T12:46:00Z", "2026-11-16", "2026-11-16T08:00:00Z"),
            ("2026-06-28T23:30:00Z", "2026-06-29", "2026-06-29T07:00:00Z"),
        ] {
            let found = this_week(now.parse().unwrap()).unwrap();
            assert_eq!((found.0.to_string(), found.1.to_string()), (monday.to_owned(), begins.to_owned()));
        }
    }
}
