//! The way back in for somebody who has lost every other: a code that a Manager prints and hands over in person.

use cleansheet_terms::{Clock, Entropy, PersonId, Role, Timestamp};
use jiff::SignedDuration;

use super::{Browser, Holder, Method, SignIns, Started};
use crate::{
    Records,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, Person, PersonError},
    secret,
};

/// Why there is no way back in.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// Unknown, used or too old: a stranger learns no more than that.
    #[error("this code does not work; check it, or ask the Manager for a new one")]
    BadCode,
    /// Nobody lets themselves back in.
    #[error("somebody else has to do this for you: another Manager, or `cleansheet setup` on the server")]
    Oneself,
    /// The Manager, or whom it is for, cannot.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const LASTS: SignedDuration = SignedDuration::from_hours(1);
/// No letter or digit that looks like another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 80 random bits: nobody guesses them within the hour, and they can be typed in.
const LENGTH: usize = 16;
const SUBJECT: &str = "A new way in to Cleansheet";

/// Prints a code for somebody else, which replaces an older one: for the paper that the Manager hands over. Both are
/// told by mail, and the safeguarding lead when it is about a Manager. Commits by itself.
pub async fn print_code(
    records: &Records,
    person: &PersonId,
    by: &PersonId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<String, RecoveryError> {
    let mut tx = records.begin().await?;
    People(&mut tx).must_be_manager(by, clock.now()).await?;
    if person == by {
        return Err(RecoveryError::Oneself);
    }
    // With the code of a Manager or a safeguarding lead, whoever stands in would be them.
    People(&mut tx).may_change(person, by, clock.now()).await?;
    let holder = People(&mut tx).find(person).await?;
    let holder = holder.ok_or_else(|| PersonError::Missing(person.clone()))?;
    if holder.left.is_some() {
        return Err(PersonError::Left.into());
    }
    let now = clock.now();
    end_codes(&mut tx, person, now).await?;
    let code = random_code(entropy);
    let insert = sql("INSERT INTO recovery_code (code_hash, person_id, made_by, made_ms, ends_ms)
         VALUES ($1, $2, $3, $4, $5)")
    .bind(secret::hash(&code))
    .bind(person.as_str().to_owned())
    .bind(by.as_str().to_owned())
    .bind(now.as_millisecond())
    .bind(now.checked_add(LASTS).unwrap_or(Timestamp::MAX).as_millisecond());
    tx.run(insert).await?;
    Ledger(&mut tx).append("recovery.printed", person.as_str(), by, now, entropy).await?;
    tell(&mut tx, &holder, Told::Printed, clock, entropy).await?;
    tx.commit().await?;
    Ok(in_fours(&code))
}

/// Signs in with a printed code; every other sign-in of the person ends. Commits by itself.
pub async fn redeem_code(
    records: &Records,
    typed: &str,
    browser: Browser<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Started, RecoveryError> {
    let (mut tx, now) = (records.begin().await?, clock.now());
    let code = secret::hash(&plain(typed));
    let found = sql("SELECT c.person_id FROM recovery_code c JOIN person p ON p.id = c.person_id
         WHERE c.code_hash = $1 AND c.used_ms IS NULL AND c.ends_ms > $2 AND p.left_ms IS NULL")
    .bind(code.clone())
    .bind(now.as_millisecond());
    let row = tx.row(found).await?.ok_or(RecoveryError::BadCode)?;
    let person = row.read("person_id", PersonId::parse)?;
    let used = sql("UPDATE recovery_code SET used_ms = $1 WHERE code_hash = $2 AND used_ms IS NULL");
    tx.run(used.bind(now.as_millisecond()).bind(code)).await?;
    SignIns(&mut tx).end_all(&Holder::Person(person.clone()), now).await?;
    SignIns(&mut tx).found_again(&person, now).await?;
    Ledger(&mut tx).append("recovery.used", person.as_str(), &(), now, entropy).await?;
    let holder = People(&mut tx).find(&person).await?;
    let holder = holder.ok_or_else(|| PersonError::Missing(person.clone()))?;
    tell(&mut tx, &holder, Told::Used, clock, entropy).await?;
    let started =
        SignIns(&mut tx).start(Holder::Person(person), Method::Recovery, browser, clock, entropy).await?;
    tx.commit().await?;
    Ok(started)
}

/// Ends the codes that wait for somebody.
pub(crate) async fn end_codes(tx: &mut Tx, person: &PersonId, now: Timestamp) -> Result<(), StoreError> {
    let end = sql("UPDATE recovery_code SET ends_ms = $1 WHERE person_id = $2 AND ends_ms > $1");
    tx.run(end.bind(now.as_millisecond()).bind(person.as_str().to_owned())).await?;
    Ok(())
}

#[derive(Clone, Copy)]
enum Told {
    Printed,
    Used,
}

async fn tell(
    tx: &mut Tx,
    holder: &Person,
    what: Told,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let (happened, to_do) = match what {
        Told::Printed => (
            "A Manager printed a code with which you can sign in once, within the hour.",
            "If you asked for it, take it from them in person.",
        ),
        Told::Used => (
            "The code that a Manager printed for you was used. Every other sign-in of yours has ended.",
            "If that was you, make a new passkey, and remove the ones you have lost.",
        ),
    };
    let body = format!(
        "{happened}\n\n{to_do}\n\nIf you know nothing of it, ring the safeguarding lead and the Manager now.\n"
    );
    Mails(tx).queue(&holder.mail, SUBJECT, &body, clock, entropy).await?;
    let now = clock.now();
    if !holder.is(Role::Manager, now) {
        return Ok(());
    }
    let others = People(tx).list().await?.into_iter();
    for lead in others.filter(|one| one.is(Role::Dsl, now) && !one.is_suspended() && one.id != holder.id) {
        let body = format!(
            "This is about {}, who is a Manager:\n\n{happened}\n\nIf that is not right, talk to them and to the IT \
             provider now.\n",
            holder.name
        );
        Mails(tx).queue(&lead.mail, SUBJECT, &body, clock, entropy).await?;
    }
    Ok(())
}

fn random_code(entropy: &mut dyn Entropy) -> String {
    let mut chance = [0_u8; LENGTH];
    entropy.fill(&mut chance);
    let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).map(|letter| char::from(*letter));
    chance.iter().filter_map(letter).collect()
}

fn in_fours(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What was typed in, without spaces and dashes, in capitals.
fn plain(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).take(64).collect::<String>().to_uppercase()
}
