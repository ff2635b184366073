//! Who is reminded by itself: of a version to be read, and of a review that is due.

use std::collections::BTreeSet;

use cleansheet_terms::{Clock, Date, Entropy, PersonId, Role, Timestamp, day_in_london};

use super::{OnPaper, Readers, ReviewClock, Reviews, Versions, may_review};
use crate::{
    Records,
    database::{StoreError, Tx},
    mails::Mails,
    people::{People, Person},
    told::Told,
};

/// Days after a version came into force, or somebody came, on which they are reminded to read it.
const UNREAD: [i32; 2] = [3, 10];
/// Days before a review is due on which its reviewers are reminded.
const BEFORE: [i32; 3] = [60, 30, 0];

/// One mail to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reminder {
    /// To whom.
    pub person: Person,
    /// The occasions it is for: the last one is told, those before are over.
    occasions: Vec<String>,
    /// Names nobody.
    subject: &'static str,
    body: String,
}

/// Sends what is due and was not sent yet. Says how many mails that were.
pub async fn by_itself(
    records: &Records,
    paper: &OnPaper,
    public_url: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, StoreError> {
    let now = clock.now();
    let mut tx = records.read().await?;
    let mut due = unread(&mut tx, public_url, now).await?;
    due.extend(reviews(&mut tx, paper, public_url, now).await?);
    let mut new = Vec::new();
    for reminder in due {
        let Some(last) = reminder.occasions.last() else { continue };
        if !Told(&mut tx).already(reminder.person.id.as_str(), last).await? {
            new.push(reminder);
        }
    }
    drop(tx);
    if new.is_empty() {
        return Ok(0);
    }
    let mut tx = records.begin().await?;
    let mut sent = 0;
    for reminder in new {
        sent += usize::from(send(&mut tx, &reminder, clock, entropy).await?);
    }
    tx.commit().await?;
    Ok(sent)
}

/// The Manager reminds everybody who has not read the version in force; once a day is enough. Says how many mails that were.
pub async fn remind_now(
    tx: &mut Tx,
    public_url: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, StoreError> {
    let Some(in_force) = Versions(tx).in_force().await? else { return Ok(0) };
    let mut sent = 0;
    for reader in Readers(tx).all().await?.into_iter().filter(|reader| !reader.has_read) {
        let occasion = format!("policy {} asked on {}", in_force.hash, day_in_london(clock.now()));
        let reminder = to_read(reader.person, vec![occasion], public_url);
        sent += usize::from(send(tx, &reminder, clock, entropy).await?);
    }
    Ok(sent)
}

async fn send(
    tx: &mut Tx,
    reminder: &Reminder,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<bool, StoreError> {
    let mut first = false;
    for occasion in &reminder.occasions {
        first = Told(tx).first(reminder.person.id.as_str(), occasion, clock.now()).await?;
    }
    if first {
        Mails(tx).queue(&reminder.person.mail, reminder.subject, &reminder.body, clock, entropy).await?;
    }
    Ok(first)
}

async fn unread(tx: &mut Tx, public_url: &str, now: Timestamp) -> Result<Vec<Reminder>, StoreError> {
    let Some(in_force) = Versions(tx).in_force().await? else { return Ok(Vec::new()) };
    let mut due = Vec::new();
    for reader in Readers(tx).all().await?.into_iter().filter(|reader| !reader.has_read) {
        let since = day_in_london(in_force.since.max(reader.person.joined));
        let days = (day_in_london(now) - since).get_days();
        let over = UNREAD.into_iter().filter(|after| days >= *after);
        let occasions: Vec<String> =
            over.map(|after| format!("policy {} {after} days", in_force.hash)).collect();
        if !occasions.is_empty() {
            due.push(to_read(reader.person, occasions, public_url));
        }
    }
    Ok(due)
}

fn to_read(person: Person, occasions: Vec<String>, public_url: &str) -> Reminder {
    let body = format!(
        "The trust’s policy waits for you to read it. Until you have said that you follow it, you can write drafts but \
         neither submit nor approve a post (clause 12). It takes about five minutes.\n\n{public_url}/policy/read\n"
    );
    Reminder { person, occasions, subject: "The policy waits to be read", body }
}

async fn reviews(
    tx: &mut Tx,
    paper: &OnPaper,
    public_url: &str,
    now: Timestamp,
) -> Result<Vec<Reminder>, StoreError> {
    let (clock, today) = (ReviewClock::read(tx, paper).await?, day_in_london(now));
    let occasions = occasions(&clock, today);
    if occasions.is_empty() {
        return Ok(Vec::new());
    }
    let body = format!(
        "The review of the trust’s policy is {}. It was last reviewed {}. The Manager and a second reviewer go through \
         it clause by clause; it can be left and taken up again.\n\n{public_url}/policy/review\n",
        clock.in_words(today),
        clock.last.said(),
    );
    let whom = reviewers(tx, &clock, now).await?.into_iter();
    let subject = "The policy is due for review";
    Ok(whom
        .map(|person| Reminder { person, occasions: occasions.clone(), subject, body: body.clone() })
        .collect())
}

/// What there is to tell on a day, the newest last.
fn occasions(clock: &ReviewClock, today: Date) -> Vec<String> {
    let (due, left) = (clock.next_due.last_day(), clock.days_left(today));
    let before = BEFORE.into_iter().filter(|days| left <= *days);
    let mut all: Vec<String> = before.map(|days| format!("review {due} {days} days")).collect();
    all.extend(clock.months_overdue(today).map(|months| format!("review {due} {months} months over")));
    all
}

/// Who is named for the next review, and everybody who acts as Manager, who owns it. The cover names people as it likes;
/// whoever of them is found in the records is told.
async fn reviewers(tx: &mut Tx, clock: &ReviewClock, now: Timestamp) -> Result<Vec<Person>, StoreError> {
    let named = match Reviews(tx).under_way().await? {
        Some(review) => review.reviewers,
        None => Reviews(tx).last_done().await?.map(|review| review.next).unwrap_or_default(),
    };
    let on_cover = |person: &Person| clock.next_by.iter().any(|name| same_person(name, &person.name));
    let may: BTreeSet<PersonId> = may_review(tx).await?.into_iter().map(|one| one.id).collect();
    let mut people = People(tx).list().await?;
    people.retain(|one| {
        let reviews = may.contains(&one.id) && (named.contains(&one.id) || on_cover(one));
        !one.is_suspended() && (one.is(Role::Manager, now) || reviews)
    });
    Ok(people)
}

/// Whether `S Gomarsall` on the cover is `Sam Gomarsall`: the same last name, and a first name that begins as the other.
pub(super) fn same_person(on_cover: &str, name: &str) -> bool {
    let parts = |text: &str| -> Option<(String, String)> {
        let text = text.to_lowercase().replace('.', " ");
        let mut words = text.split_whitespace();
        let (first, last) = (words.next()?.to_owned(), words.next_back()?.to_owned());
        Some((first, last))
    };
    match (parts(on_cover), parts(name)) {
        (Some((first, last)), Some((given, family))) => {
            last == family && (given.starts_with(&first) || first.starts_with(&given))
        }
        _ => false,
    }
}

/// The people in the records whom the cover names for the next review.
pub async fn on_the_cover(tx: &mut Tx, clock: &ReviewClock) -> Result<Vec<Person>, StoreError> {
    let mut people = People(tx).list().await?;
    people.retain(|one| clock.next_by.iter().any(|name| same_person(name, &one.name)));
    Ok(people)
}

/// Whom the cover names for the next review and who is not among the people in the records, as the cover writes them. Nobody
/// reminds them.
pub async fn not_here(tx: &mut Tx, clock: &ReviewClock) -> Result<Vec<String>, StoreError> {
    if !clock.on_paper {
        return Ok(Vec::new());
    }
    let people = People(tx).list().await?;
    let is_here = |name: &&String| people.iter().any(|one| same_person(name, &one.name));
    Ok(clock.next_by.iter().filter(|name| !is_here(name)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::{occasions, same_person};
    use crate::review::{ReviewClock, When};

    #[test]
    fn a_name_on_the_cover_is_found_by_its_first_letter() {
        assert!(same_person("S Gomarsall", "Sam Gomarsall") && same_person("S. Gomarsall", "sam gomarsall"));
        assert!(same_person("Ruth Amankwah", "Ruth Amankwah"));
        assert!(!same_person("V Neal", "Sam Neal") && !same_person("Neal", "Vicky Neal"));
    }

    #[test]
    fn reviewers_are_told_before_on_the_day_and_then_every_month() {
        let (last, next_due) = (When::month("2025-03").unwrap(), When::month("2026-03").unwrap());
        let clock = ReviewClock { last, last_by: Vec::new(), next_due, next_by: Vec::new(), on_paper: true };
        let newest = |day: &str| occasions(&clock, day.parse().unwrap()).pop();
        assert_eq!(newest("2026-01-29"), None);
        assert_eq!(newest("2026-01-30").unwrap(), "review 2026-03-31 60 days");
        assert_eq!(newest("2026-03-01").unwrap(), "review 2026-03-31 30 days");
        assert_eq!(newest("2026-03-31").unwrap(), "review 2026-03-31 0 days");
        assert_eq!(newest("2026-04-01").unwrap(), "review 2026-03-31 1 months over");
        assert_eq!(newest("2026-05-31").unwrap(), "review 2026-03-31 2 months over");
    }
}
