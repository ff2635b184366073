//! Sign-ins: a link opens one, a token in a cookie carries it, time limits end it (clause 4).
//!
//! Of links and tokens only hashes are kept, so a copied database signs nobody in.

use cleansheet_policy::facts;
use cleansheet_terms::{Clock, Entropy, GuardianId, PersonId, Role, SignInId, Timestamp, random_hex};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

use crate::{
    Records,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    people::People,
    secret::{self, Secret},
};

/// Whose sign-in it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A member of staff.
    Person(PersonId),
    /// A parent or carer.
    Guardian(GuardianId),
}

/// One browser's sign-in that is still good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The sign-in.
    pub id: SignInId,
    /// Whose.
    pub holder: Holder,
    /// Goes into every form of this sign-in.
    pub csrf: String,
    /// What the browser calls itself, for the list of sign-ins.
    pub device: String,
    /// Other people use this device too: nothing that publishes may be done from it.
    pub shared_device: bool,
    /// Signed in.
    pub made: Timestamp,
    /// The last act before this one.
    pub last: Timestamp,
}

impl SignIn {
    /// The facts for the policy. Ask before [`SignIns::touch`], or the browser was never idle.
    pub fn facts(&self, now: Timestamp) -> facts::SignIn {
        facts::SignIn {
            idle_minutes: minutes(self.last, now),
            age_minutes: minutes(self.made, now),
            shared_device: self.shared_device,
        }
    }

    /// Whether [`SignIns::touch`] would write; a page that only reads can skip the writing transaction.
    pub fn needs_touch(&self, now: Timestamp) -> bool {
        now.duration_since(self.last) >= GRAIN
    }
}

/// A sign-in that has just begun.
#[derive(Debug)]
pub struct Started {
    /// For the cookie; it cannot be had again.
    pub token: Secret,
    /// The sign-in.
    pub sign_in: SignIn,
}

/// How often a sign-in link works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Once, within 24 hours.
    Once,
    /// As often as you like for a year: for a demo's printed links only.
    Demo,
}

/// What the browser says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Browser<'a> {
    /// For the list of sign-ins; cut to 200 characters.
    pub device: &'a str,
    /// Other people use this device too.
    pub shared: bool,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown, used, run out, or its person has left: a stranger learns no more than that.
    #[error("this link does not work any more; ask the Manager for a new one")]
    BadLink,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// No sign-in of staff lasts longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Parents have this long in all; acts do not lengthen it.
const GUARDIAN_LONGEST: SignedDuration = SignedDuration::from_mins(30);
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// Whoever can change what others may do is signed out sooner.
const IDLE_SOON: SignedDuration = SignedDuration::from_mins(15);
/// A last act is written down to this grain, so that reading pages hardly writes.
const GRAIN: SignedDuration = SignedDuration::from_secs(30);

/// The sign-ins in the database. Borrow it from a [`Tx`].
pub struct SignIns<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, csrf, person_id, guardian_id, device, shared_device, made_ms, last_ms FROM sign_in ",
            $tail
        )
    };
}

/// Signs in by a link; a link that works once is used up. Commits by itself.
pub async fn follow_link(
    records: &Records,
    link: &str,
    browser: Browser<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Started, SignInError> {
    let mut tx = records.begin().await?;
    let mut sign_ins = SignIns(&mut tx);
    let person = sign_ins.link_holder(link, clock.now()).await?.ok_or(SignInError::BadLink)?;
    let used = sql(
        "UPDATE sign_in_link SET used_ms = $1 WHERE token_hash = $2 AND (used_ms IS NULL OR reusable = 1)",
    )
    .bind(clock.now().as_millisecond())
    .bind(secret::hash(link));
    if sign_ins.0.run(used).await? != 1 {
        return Err(SignInError::BadLink);
    }
    let started = sign_ins.start(Holder::Person(person), browser, clock, entropy).await?;
    tx.commit().await?;
    Ok(started)
}

impl SignIns<'_> {
    /// Makes a sign-in link for a person and returns its secret part.
    pub async fn make_link(
        &mut self,
        person: &PersonId,
        kind: LinkKind,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, StoreError> {
        let (link, now) = (Secret::new(entropy), clock.now());
        let hours = if kind == LinkKind::Demo { 24 * 365 } else { 24 };
        let insert = sql("INSERT INTO sign_in_link (token_hash, person_id, made_ms, ends_ms, reusable)
             VALUES ($1, $2, $3, $4, $5)")
        .bind(link.hash())
        .bind(person.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(now.as_millisecond() + hours * 3_600_000)
        .bind(i64::from(kind == LinkKind::Demo));
        self.0.run(insert).await?;
        Ledger(self.0).append("sign_in.link_made", person.as_str(), &(), now, entropy).await?;
        Ok(link)
    }

    /// Whom a link would sign in now. Changes nothing: mail scanners open links.
    pub async fn link_holder(&mut self, link: &str, now: Timestamp) -> Result<Option<PersonId>, StoreError> {
        let found = sql("SELECT l.person_id FROM sign_in_link l JOIN person p ON p.id = l.person_id
             WHERE l.token_hash = $1 AND l.ends_ms > $2 AND (l.used_ms IS NULL OR l.reusable = 1)
                 AND p.left_ms IS NULL")
        .bind(secret::hash(link))
        .bind(now.as_millisecond());
        self.0.row(found).await?.map(|row| row.read("person_id", PersonId::parse)).transpose()
    }

    pub(crate) async fn start(
        &mut self,
        holder: Holder,
        browser: Browser<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Started, StoreError> {
        let (token, now) = (Secret::new(entropy), clock.now());
        let sign_in = SignIn {
            id: SignInId::new(clock, entropy),
            csrf: random_hex(entropy, 32),
            device: browser.device.chars().take(200).collect(),
            shared_device: browser.shared,
            made: now,
            last: now,
            holder,
        };
        let (person, guardian) = match &sign_in.holder {
            Holder::Person(id) => (Some(id.as_str().to_owned()), None),
            Holder::Guardian(id) => (None, Some(id.as_str().to_owned())),
        };
        let insert =
            sql("INSERT INTO sign_in (id, token_hash, csrf, person_id, guardian_id, device, shared_device,
                 made_ms, last_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)")
            .bind(sign_in.id.as_str().to_owned())
            .bind(token.hash())
            .bind(sign_in.csrf.clone())
            .bind(person)
            .bind(guardian)
            .bind(sign_in.device.clone())
            .bind(i64::from(sign_in.shared_device))
            .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("sign_in.started", sign_in.id.as_str(), &(), now, entropy).await?;
        Ok(Started { token, sign_in })
    }

    /// The sign-in a cookie belongs to, unless it has ended or a time limit has passed. A person who has left has
    /// none; a suspended person keeps theirs, to be told so.
    pub async fn by_token(&mut self, token: &str, now: Timestamp) -> Result<Option<SignIn>, StoreError> {
        let found = sql(select!("WHERE token_hash = $1 AND ended_ms IS NULL")).bind(secret::hash(token));
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let sign_in = sign_in(&row)?;
        Ok(self.is_good(&sign_in, now).await?.then_some(sign_in))
    }

    /// Notes an act, to the half minute. Guardians' sign-ins are not lengthened by it.
    pub async fn touch(&mut self, sign_in: &SignIn, now: Timestamp) -> Result<(), StoreError> {
        if !sign_in.needs_touch(now) {
            return Ok(());
        }
        let touch =
            sql("UPDATE sign_in SET last_ms = $1 WHERE id = $2 AND last_ms < $1 AND ended_ms IS NULL")
                .bind(now.as_millisecond())
                .bind(sign_in.id.as_str().to_owned());
        self.0.run(touch).await?;
        Ok(())
    }

    /// Ends one sign-in. Says whether it was running.
    pub async fn end(&mut self, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
        let end = sql("UPDATE sign_in SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        Ok(self.0.run(end).await? == 1)
    }

    /// Ends every sign-in of a holder, and a person's unused links. Says how many sign-ins were ended.
    pub async fn end_all(&mut self, holder: &Holder, now: Timestamp) -> Result<u64, StoreError> {
        let (end, id) = match holder {
            Holder::Person(id) => {
                let links = sql("UPDATE sign_in_link SET ends_ms = $1
                     WHERE person_id = $2 AND ends_ms > $1 AND reusable = 0");
                self.0.run(links.bind(now.as_millisecond()).bind(id.as_str().to_owned())).await?;
                ("UPDATE sign_in SET ended_ms = $1 WHERE person_id = $2 AND ended_ms IS NULL", id.as_str())
            }
            Holder::Guardian(id) => {
                ("UPDATE sign_in SET ended_ms = $1 WHERE guardian_id = $2 AND ended_ms IS NULL", id.as_str())
            }
        };
        self.0.run(sql(end).bind(now.as_millisecond()).bind(id.to_owned())).await
    }

    /// A person's sign-ins that are still good, the newest first.
    pub async fn list_of(&mut self, person: &PersonId, now: Timestamp) -> Result<Vec<SignIn>, StoreError> {
        let found = sql(select!("WHERE person_id = $1 AND ended_ms IS NULL ORDER BY made_ms DESC, id DESC"));
        let rows = self.0.rows(found.bind(person.as_str().to_owned())).await?;
        let mut good = Vec::new();
        for row in &rows {
            let one = sign_in(row)?;
            if self.is_good(&one, now).await? {
                good.push(one);
            }
        }
        Ok(good)
    }

    async fn is_good(&mut self, sign_in: &SignIn, now: Timestamp) -> Result<bool, StoreError> {
        let (age, idle) = (now.duration_since(sign_in.made), now.duration_since(sign_in.last));
        let Holder::Person(person) = &sign_in.holder else { return Ok(age < GUARDIAN_LONGEST) };
        let Some(person) = People(self.0).find(person).await? else { return Ok(false) };
        let soon = person.is(Role::Manager) || person.is(Role::Dsl);
        let may_idle = if soon { IDLE_SOON } else { IDLE };
        Ok(person.left.is_none() && age < LONGEST && idle < may_idle)
    }
}

fn sign_in(row: &AnyRow) -> Result<SignIn, StoreError> {
    let person = row.maybe_read("person_id", PersonId::parse)?.map(Holder::Person);
    let guardian = row.maybe_read("guardian_id", GuardianId::parse)?.map(Holder::Guardian);
    Ok(SignIn {
        id: row.read("id", SignInId::parse)?,
        holder: person.or(guardian).ok_or_else(|| StoreError::damaged("person_id"))?,
        csrf: row.text("csrf")?,
        device: row.text("device")?,
        shared_device: row.flag("shared_device")?,
        made: row.instant("made_ms")?,
        last: row.instant("last_ms")?,
    })
}

/// Whole minutes, rounded down; a clock that was set back counts as no time.
fn minutes(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.duration_since(from).as_mins().max(0)).unwrap_or(u32::MAX)
}
