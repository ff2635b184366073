//! Sign-ins: a passkey or a link opens one, a token in a cookie carries it, time limits end it (clause 4).
//!
//! Of links, tokens and codes only hashes are kept, so a copied database signs nobody in.

mod browsers;
pub mod codes;
mod devices;
pub mod identities;
mod limits;
pub mod lost;
mod passkeys;
pub mod pushes;
mod recovery;
mod visits;

use cleansheet_policy::facts;
use cleansheet_terms::{Clock, Entropy, InvitationId, PersonId, SignInId, Timestamp, random_hex};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

use crate::{
    Records,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    invitations::Visitor,
    ledger_entries::Ledger,
    people::{People, PersonError, UnknownWord},
    secret::{self, Secret},
};

pub use devices::device_words;
pub(crate) use limits::in_order;
pub use limits::{PROOF_LASTS, may_idle};
pub use passkeys::{NewPasskey, Passkey, PasskeyName, Ways};
pub(crate) use recovery::end_codes;
pub use recovery::{RecoveryError, print_code, redeem_code};
pub use visits::Came;

/// Whose sign-in it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A member of staff.
    Person(PersonId),
    /// Somebody without an account: a parent or carer, or a participant.
    Visitor(Visitor),
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
    /// How it began.
    pub method: Method,
    /// What the browser calls itself, for the list of sign-ins.
    pub device: String,
    /// Other people use this device too: nothing that publishes may be done from it.
    pub shared_device: bool,
    /// Signed in.
    pub made: Timestamp,
    /// The last act before this one.
    pub last: Timestamp,
    /// When its person last proved who they are, by a passkey or a code. Beginning it is no proof: whoever takes the
    /// cookie of a fresh sign-in has none either.
    pub proved: Option<Timestamp>,
    /// How a visitor came in; staff always by `Link`.
    pub came: Came,
    /// Behind which link a visitor came in.
    pub link: Option<InvitationId>,
}

/// How a sign-in began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By a link that works once; of parents and carers, by the code that follows their link.
    Link,
    /// By a link of the demo, which works again and again.
    Demo,
    /// By a passkey.
    Passkey,
    /// By a code of an authenticator app.
    Code,
    /// By the identity provider of the trust.
    Identity,
    /// By a code that a Manager printed.
    Recovery,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Link, Self::Demo, Self::Passkey, Self::Code, Self::Identity, Self::Recovery];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Demo => "demo",
            Self::Passkey => "passkey",
            Self::Code => "code",
            Self::Identity => "identity",
            Self::Recovery => "recovery",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|m| m.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
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
    /// A random mark that this browser keeps in a cookie, so that it is new to its person only once; `None` for one
    /// that keeps nothing.
    pub mark: Option<&'a str>,
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

/// A last act is written down to this grain, so that reading pages hardly writes.
const GRAIN: SignedDuration = SignedDuration::from_secs(30);

/// The sign-ins in the database. Borrow it from a [`Tx`].
pub struct SignIns<'t>(pub &'t mut Tx);

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, csrf, person_id, visitor_id, method, device, shared_device, made_ms, last_ms, proved_ms,
                 came, link_id
             FROM sign_in ",
            $tail
        )
    };
}

/// Signs in by a link; a link that works once is used up. One that was made after the person's phone was reported lost
/// ends that report: the console is the way back when nobody is left who could let somebody in. Commits by itself.
pub async fn follow_link(
    records: &Records,
    link: &str,
    browser: Browser<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Started, SignInError> {
    let mut tx = records.begin().await?;
    let mut sign_ins = SignIns(&mut tx);
    let (person, kind) = sign_ins.link_found(link, clock.now()).await?.ok_or(SignInError::BadLink)?;
    let used = sql(
        "UPDATE sign_in_link SET used_ms = $1 WHERE token_hash = $2 AND (used_ms IS NULL OR reusable = 1)",
    )
    .bind(clock.now().as_millisecond())
    .bind(secret::hash(link));
    if sign_ins.0.run(used).await? != 1 {
        return Err(SignInError::BadLink);
    }
    let method = if kind == LinkKind::Demo { Method::Demo } else { Method::Link };
    if sign_ins.found_again(&person, clock.now()).await? {
        Ledger(sign_ins.0).append("phone.found", person.as_str(), &person, clock.now(), entropy).await?;
    }
    let started = sign_ins.start(Holder::Person(person), method, browser, clock, entropy).await?;
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
        Ok(self.link_found(link, now).await?.map(|(person, _)| person))
    }

    async fn link_found(
        &mut self,
        link: &str,
        now: Timestamp,
    ) -> Result<Option<(PersonId, LinkKind)>, StoreError> {
        let found =
            sql("SELECT l.person_id, l.reusable FROM sign_in_link l JOIN person p ON p.id = l.person_id
             WHERE l.token_hash = $1 AND l.ends_ms > $2 AND (l.used_ms IS NULL OR l.reusable = 1)
                 AND p.left_ms IS NULL AND NOT EXISTS
                     (SELECT 1 FROM lost_phone x WHERE x.person_id = p.id AND x.ended_ms IS NULL
                         AND x.at_ms >= l.made_ms)")
            .bind(secret::hash(link))
            .bind(now.as_millisecond());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let kind = if row.flag("reusable")? { LinkKind::Demo } else { LinkKind::Once };
        Ok(Some((row.read("person_id", PersonId::parse)?, kind)))
    }

    /// Begins a sign-in, and tells a member of staff by mail when this browser is new to them. It has proved nothing
    /// yet: see [`SignIns::prove`].
    pub async fn start(
        &mut self,
        holder: Holder,
        method: Method,
        browser: Browser<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Started, StoreError> {
        let (token, now) = (Secret::new(entropy), clock.now());
        let sign_in = SignIn {
            id: SignInId::new(clock, entropy),
            csrf: random_hex(entropy, 32),
            method,
            device: browser.device.chars().take(200).collect(),
            shared_device: browser.shared,
            made: now,
            last: now,
            proved: None,
            came: Came::Link,
            link: None,
            holder,
        };
        let (person, visitor) = match &sign_in.holder {
            Holder::Person(id) => (Some(id.as_str().to_owned()), None),
            Holder::Visitor(who) => (None, Some(who.as_str().to_owned())),
        };
        let insert = sql(
            "INSERT INTO sign_in (id, token_hash, csrf, person_id, visitor_id, method, device, shared_device,
                 made_ms, last_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(sign_in.id.as_str().to_owned())
        .bind(token.hash())
        .bind(sign_in.csrf.clone())
        .bind(person)
        .bind(visitor)
        .bind(method.as_str())
        .bind(sign_in.device.clone())
        .bind(i64::from(sign_in.shared_device))
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("sign_in.started", sign_in.id.as_str(), &(), now, entropy).await?;
        if let Holder::Person(person) = &sign_in.holder {
            self.tell_of_browser(person, browser, clock, entropy).await?;
        }
        Ok(Started { token, sign_in })
    }

    /// The sign-in a cookie belongs to, unless it has ended, a time limit has passed, or its person's papers have run
    /// out since it began. A person who has left has none; a suspended person may begin one, to be told so.
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

    /// The person of this sign-in has just proved who they are, by a passkey or a code.
    pub async fn prove(&mut self, id: &SignInId, now: Timestamp) -> Result<(), StoreError> {
        let prove = sql("UPDATE sign_in SET proved_ms = $1 WHERE id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(prove).await?;
        Ok(())
    }

    /// Ends one sign-in. Says whether it was running.
    pub async fn end(&mut self, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
        let end = sql("UPDATE sign_in SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        Ok(self.0.run(end).await? == 1)
    }

    /// Ends one sign-in of this person, if it is theirs. Says whether it was running.
    pub async fn end_own(
        &mut self,
        person: &PersonId,
        id: &SignInId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end =
            sql("UPDATE sign_in SET ended_ms = $1 WHERE id = $2 AND person_id = $3 AND ended_ms IS NULL")
                .bind(now.as_millisecond())
                .bind(id.as_str().to_owned())
                .bind(person.as_str().to_owned());
        Ok(self.0.run(end).await? == 1)
    }

    /// Ends every sign-in of this person but one, and their unused links. Says how many were ended.
    pub async fn end_others(
        &mut self,
        person: &PersonId,
        but: &SignInId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.end_links(person, now).await?;
        let end =
            sql("UPDATE sign_in SET ended_ms = $1 WHERE person_id = $2 AND id <> $3 AND ended_ms IS NULL")
                .bind(now.as_millisecond())
                .bind(person.as_str().to_owned())
                .bind(but.as_str().to_owned());
        self.0.run(end).await
    }

    /// Ends every sign-in of a holder, and a person's unused links. Says how many sign-ins were ended.
    pub async fn end_all(&mut self, holder: &Holder, now: Timestamp) -> Result<u64, StoreError> {
        let (end, id) = match holder {
            Holder::Person(id) => {
                self.end_links(id, now).await?;
                ("UPDATE sign_in SET ended_ms = $1 WHERE person_id = $2 AND ended_ms IS NULL", id.as_str())
            }
            Holder::Visitor(who) => {
                ("UPDATE sign_in SET ended_ms = $1 WHERE visitor_id = $2 AND ended_ms IS NULL", who.as_str())
            }
        };
        self.0.run(sql(end).bind(now.as_millisecond()).bind(id.to_owned())).await
    }

    /// Ends every sign-in of somebody else, and writes down who did it. Whoever stands in for the Manager signs out no Manager
    /// and no safeguarding lead.
    pub async fn end_all_by(
        &mut self,
        holder: &Holder,
        by: &PersonId,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<u64, PersonError> {
        let id = match holder {
            Holder::Person(id) => {
                People(self.0).may_change(id, by, now).await?;
                id.as_str()
            }
            Holder::Visitor(who) => who.as_str(),
        };
        Ledger(self.0).append("sign_in.all_ended", id, by, now, entropy).await?;
        Ok(self.end_all(holder, now).await?)
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

    async fn end_links(&mut self, person: &PersonId, now: Timestamp) -> Result<(), StoreError> {
        let links = sql("UPDATE sign_in_link SET ends_ms = $1
             WHERE person_id = $2 AND ends_ms > $1 AND reusable = 0");
        self.0.run(links.bind(now.as_millisecond()).bind(person.as_str().to_owned())).await?;
        Ok(())
    }
}

fn sign_in(row: &AnyRow) -> Result<SignIn, StoreError> {
    let person = row.maybe_read("person_id", PersonId::parse)?.map(Holder::Person);
    let visitor = row.maybe_read("visitor_id", Visitor::parse)?.map(Holder::Visitor);
    Ok(SignIn {
        id: row.read("id", SignInId::parse)?,
        holder: person.or(visitor).ok_or_else(|| StoreError::damaged("person_id"))?,
        csrf: row.text("csrf")?,
        method: row.read("method", Method::parse)?,
        device: row.text("device")?,
        shared_device: row.flag("shared_device")?,
        made: row.instant("made_ms")?,
        last: row.instant("last_ms")?,
        proved: row.maybe_instant("proved_ms")?,
        came: row.read("came", Came::parse)?,
        link: row.maybe_read("link_id", InvitationId::parse)?,
    })
}

/// Whole minutes, rounded down; a clock that was set back counts as no time.
fn minutes(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.duration_since(from).as_mins().max(0)).unwrap_or(u32::MAX)
}
