//! An authenticator app's code: the second choice of signing in, for who has no passkey at hand.
//!
//! The secret is sealed for its person. A code works once. Whatever address and code are sent, the same work is done and
//! the same is said: nobody learns who is with the trust, or who has an app. Wrong codes lead to waits that survive a
//! restart, for else whoever can make the program restart could go on guessing.

use cleansheet_terms::{Clock, Digest, Entropy, PersonId, Timestamp};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use super::{Browser, Holder, Method, SignIns, Started};
use crate::{
    Records,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    people::Person,
    sealing::{SealError, Sealer},
};

mod lock;
mod totp;

/// What the secrets are sealed for.
const PURPOSE: &str = "code app";

/// Why a code was not taken, or no app added.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// Unknown address, no app, wrong or used code, or too many wrong ones: a stranger learns no more than that.
    #[error("this mail address and code do not fit together; wait for the next code and try again")]
    Wrong,
    /// One app a person.
    #[error("you have an authenticator app already; remove it before you add another")]
    HasOne,
    /// Nothing was begun, or somebody finished it already.
    #[error("there is no new authenticator app to finish; begin again")]
    NothingBegun,
    /// The secret could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A person's authenticator app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeApp {
    /// Begun.
    pub made: Timestamp,
    /// The first right code; `None` as long as it signs nobody in.
    pub confirmed: Option<Timestamp>,
}

/// What a new app is told, once. Never logged: its debug form shows nothing.
pub struct NewSecret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSecret(…)")
    }
}

impl NewSecret {
    /// To type in: 32 letters and digits, eight groups of four.
    pub fn in_groups(&self) -> String {
        let letters: Vec<char> = totp::base32(&self.0).chars().collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }

    /// What an app that knows the secret shows at an instant.
    pub fn code_at(&self, at: Timestamp) -> String {
        totp::code_at(&self.0, totp::step_of(at))
    }

    /// To scan or to open: an `otpauth` address.
    ///
    /// - `trust`: the trust's name, shown by the app.
    /// - `mail`: whose account it is.
    pub fn address(&self, trust: &str, mail: &str) -> String {
        let (issuer, account) = (escaped(trust), escaped(mail));
        let secret = totp::base32(&self.0);
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        )
    }
}

/// The authenticator apps in the database. Borrow it from a [`Tx`].
pub struct Codes<'t>(pub &'t mut Tx);

/// One row, as far as trying a code needs it.
struct Kept {
    person: PersonId,
    secret: Vec<u8>,
    last_step: i64,
    may_enter: bool,
}

/// Signs in with a mail address and a code. Commits by itself, whatever it answers: wrong codes are counted.
pub async fn sign_in(
    records: &Records,
    sealer: &Sealer,
    sent: Sent<'_>,
    browser: Browser<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Started, CodeError> {
    let mut tx = records.begin().await?;
    let started = match Codes(&mut tx).use_up(sealer, sent, clock.now()).await? {
        Some(person) => {
            let holder = Holder::Person(person);
            Some(SignIns(&mut tx).start(holder, Method::Code, browser, clock, entropy).await?)
        }
        None => None,
    };
    tx.commit().await?;
    started.ok_or(CodeError::Wrong)
}

/// Whether this is a code of the person, used up by asking; a code that signed somebody in does not work again. Commits
/// by itself, whatever it answers.
pub async fn is_right(
    records: &Records,
    sealer: &Sealer,
    person: &Person,
    code: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = records.begin().await?;
    let sent = Sent { mail: &person.mail, code };
    let whose = Codes(&mut tx).use_up(sealer, sent, now).await?;
    tx.commit().await?;
    Ok(whose.is_some_and(|whose| whose == person.id))
}

/// Finishes a new app with its first right code. Commits by itself, whatever it answers.
pub async fn finish(
    records: &Records,
    sealer: &Sealer,
    person: &PersonId,
    code: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), CodeError> {
    let mut tx = records.begin().await?;
    let now = clock.now();
    let mut codes = Codes(&mut tx);
    let secret = codes.begun(person, sealer).await?.ok_or(CodeError::NothingBegun)?;
    let step = totp::fitting_step(&secret.0, &digits(code), now, 0).ok_or(CodeError::Wrong)?;
    let confirm = sql("UPDATE code_app SET confirmed_ms = $1, last_step = $2
         WHERE person_id = $3 AND confirmed_ms IS NULL")
    .bind(now.as_millisecond())
    .bind(step)
    .bind(person.as_str().to_owned());
    codes.0.run(confirm).await?;
    Ledger(codes.0).append("sign_in.code_added", person.as_str(), &(), now, entropy).await?;
    tx.commit().await?;
    Ok(())
}

/// What somebody sent to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The mail address.
    pub mail: &'a str,
    /// Six digits; spaces and hyphens between them do not count.
    pub code: &'a str,
}

impl Codes<'_> {
    /// A person's app, finished or not.
    pub async fn of(&mut self, person: &PersonId) -> Result<Option<CodeApp>, StoreError> {
        let found = sql("SELECT made_ms, confirmed_ms FROM code_app WHERE person_id = $1");
        let row = self.0.row(found.bind(person.as_str().to_owned())).await?;
        row.map(|row| {
            Ok(CodeApp { made: row.instant("made_ms")?, confirmed: row.maybe_instant("confirmed_ms")? })
        })
        .transpose()
    }

    /// Draws a new secret. It signs nobody in until [`finish`]; beginning again forgets the one before.
    pub async fn begin(
        &mut self,
        person: &PersonId,
        sealer: &Sealer,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), CodeError> {
        if self.of(person).await?.is_some_and(|app| app.confirmed.is_some()) {
            return Err(CodeError::HasOne);
        }
        let mut secret = Zeroizing::new([0_u8; totp::SECRET]);
        entropy.fill(&mut *secret);
        let sealed = sealer.seal(PURPOSE, person.as_str(), &*secret, entropy)?;
        let put = sql("INSERT INTO code_app (person_id, secret, made_ms, last_step) VALUES ($1, $2, $3, 0)
             ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, made_ms = excluded.made_ms")
        .bind(person.as_str().to_owned())
        .bind(sealed)
        .bind(clock.now().as_millisecond());
        self.0.run(put).await?;
        Ok(())
    }

    /// The secret of an app that is not finished yet.
    pub async fn begun(
        &mut self,
        person: &PersonId,
        sealer: &Sealer,
    ) -> Result<Option<NewSecret>, StoreError> {
        let found = sql("SELECT secret FROM code_app WHERE person_id = $1 AND confirmed_ms IS NULL");
        let Some(row) = self.0.row(found.bind(person.as_str().to_owned())).await? else { return Ok(None) };
        let sealed: Vec<u8> = row.raw("secret")?;
        let secret = sealer.open(PURPOSE, person.as_str(), &sealed);
        secret.map(|secret| Some(NewSecret(secret))).ok_or_else(|| StoreError::damaged("secret"))
    }

    /// Removes a person's app. Says whether there was one.
    pub async fn remove(
        &mut self,
        person: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let gone = sql("DELETE FROM code_app WHERE person_id = $1").bind(person.as_str().to_owned());
        let was_there = self.0.run(gone).await? == 1;
        if was_there {
            let (kind, now) = ("sign_in.code_removed", clock.now());
            Ledger(self.0).append(kind, person.as_str(), &(), now, entropy).await?;
        }
        Ok(was_there)
    }

    /// Whether so many wrong codes were sent for an address that none is taken now.
    pub async fn is_shut(&mut self, mail: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(!self.wrong_so_far(mail, now).await?.1)
    }

    /// Whose code this is, used up; counts it when it is nobody's. The same statements and the same arithmetic whoever
    /// it is about, also when it is about nobody.
    async fn use_up(
        &mut self,
        sealer: &Sealer,
        sent: Sent<'_>,
        now: Timestamp,
    ) -> Result<Option<PersonId>, StoreError> {
        let kept = self.kept(sent.mail).await?;
        let (wrong, open) = self.wrong_so_far(sent.mail, now).await?;
        // As long as a sealed secret; it never opens.
        let decoy = [b"CSS1".as_slice(), &[0; 24 + totp::SECRET + 16]].concat();
        let nobody = ("nobody", decoy.as_slice());
        let (id, sealed) =
            kept.as_ref().map_or(nobody, |kept| (kept.person.as_str(), kept.secret.as_slice()));
        let secret = sealer.open(PURPOSE, id, sealed);
        let real = secret.is_some();
        let secret = secret.unwrap_or_else(|| Zeroizing::new(vec![0; totp::SECRET]));
        let last_step = kept.as_ref().map_or(0, |kept| kept.last_step);
        let step = totp::fitting_step(&secret, &digits(sent.code), now, last_step);
        let right = kept.filter(|kept| kept.may_enter && real && open).zip(step);
        match right {
            Some((kept, step)) => self.note_right(sent.mail, kept.person, step).await.map(Some),
            None => {
                self.note_wrong(sent.mail, wrong, open, now).await?;
                Ok(None)
            }
        }
    }

    async fn kept(&mut self, mail: &str) -> Result<Option<Kept>, StoreError> {
        let found = sql("SELECT p.id, c.secret, c.last_step, p.left_ms, p.suspended_ms,
                 (SELECT COUNT(*) FROM lost_phone x WHERE x.person_id = p.id AND x.ended_ms IS NULL) AS lost
             FROM person p JOIN code_app c ON c.person_id = p.id AND c.confirmed_ms IS NOT NULL
             WHERE p.mail = $1");
        let row = self.0.row(found.bind(plain(mail))).await?;
        row.as_ref().map(kept).transpose()
    }

    /// How many wrong codes in a row there were for an address, and whether a code is taken now.
    async fn wrong_so_far(&mut self, mail: &str, now: Timestamp) -> Result<(i64, bool), StoreError> {
        let found = sql("SELECT wrong, last_ms, until_ms FROM code_lock WHERE who = $1").bind(name(mail));
        let Some(row) = self.0.row(found).await? else { return Ok((0, true)) };
        let forgotten = now.duration_since(row.instant("last_ms")?) >= lock::FORGOTTEN;
        let wrong = if forgotten { 0 } else { row.number("wrong")? };
        Ok((wrong, forgotten || row.instant("until_ms")? <= now))
    }

    /// A try while codes are shut is written down as it was, so that it takes as long as any other.
    async fn note_wrong(
        &mut self,
        mail: &str,
        wrong: i64,
        open: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let forgotten = now.checked_sub(lock::FORGOTTEN).unwrap_or(Timestamp::MIN);
        let old = sql("DELETE FROM code_lock WHERE last_ms < $1").bind(forgotten.as_millisecond());
        self.0.run(old).await?;
        let wrong = if open { wrong + 1 } else { wrong };
        let put = sql("INSERT INTO code_lock (who, wrong, last_ms, until_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (who) DO UPDATE SET wrong = $2,
                 last_ms = CASE WHEN $5 = 1 THEN $3 ELSE code_lock.last_ms END,
                 until_ms = CASE WHEN $5 = 1 THEN $4 ELSE code_lock.until_ms END")
        .bind(name(mail))
        .bind(wrong)
        .bind(now.as_millisecond())
        .bind(lock::shut_until(wrong, now).as_millisecond())
        .bind(i64::from(open));
        self.0.run(put).await?;
        Ok(())
    }

    async fn note_right(&mut self, mail: &str, person: PersonId, step: i64) -> Result<PersonId, StoreError> {
        let used = sql("UPDATE code_app SET last_step = $1 WHERE person_id = $2");
        self.0.run(used.bind(step).bind(person.as_str().to_owned())).await?;
        self.0.run(sql("DELETE FROM code_lock WHERE who = $1").bind(name(mail))).await?;
        Ok(person)
    }
}

fn kept(row: &AnyRow) -> Result<Kept, StoreError> {
    let gone = row.maybe_instant("left_ms")?.is_some()
        || row.maybe_instant("suspended_ms")?.is_some()
        || row.number("lost")? > 0;
    Ok(Kept {
        person: row.read("id", PersonId::parse)?,
        secret: row.raw("secret")?,
        last_step: row.number("last_step")?,
        may_enter: !gone,
    })
}

/// Addresses are kept in small letters.
fn plain(mail: &str) -> String {
    mail.trim().to_lowercase()
}

/// Under which name wrong codes are counted: a stranger's slip of the keyboard is not written down.
fn name(mail: &str) -> String {
    Digest::of(format!("code\n{}", plain(mail)).as_bytes()).to_string()
}

/// People type codes as their app shows them: with a gap.
fn digits(code: &str) -> String {
    code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect()
}

/// Everything but plain letters and digits as `%XX`.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
