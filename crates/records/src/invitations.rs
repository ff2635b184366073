//! How a parent or carer comes in without an account: a link that shows nothing, and a code to the registered address.
//!
//! The link lives long and is worth nothing by itself: it may be forwarded, or opened by a mail scanner. Pressing the
//! button behind it sends a code to the address on record; the code works once, for ten minutes, five tries, in the
//! browser that asked for it. Whoever asks learns nothing from the answers: they are the same for every link.

use cleansheet_terms::{Clock, Digest, Entropy, GuardianId, InvitationId, Timestamp};
use jiff::SignedDuration;
use subtle::ConstantTimeEq as _;

use crate::{
    Records,
    activities::Activities,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
    secret::{self, Secret},
    sign_ins::{Browser, Holder, Method, SignIns, Started},
};

/// Why a guardian is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// Wrong, used, too old, from another browser, or tried too often: a stranger learns no more than that.
    #[error("this code does not work; check it, or ask for a new one")]
    BadCode,
    /// No such guardian.
    #[error("no guardian `{0}`")]
    NoGuardian(GuardianId),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const INVITATION_LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);
const CODE_LASTS: SignedDuration = SignedDuration::from_mins(10);
const TRIES: i64 = 5;
const CODES_AN_HOUR: i64 = 3;
const CODES_A_DAY: i64 = 10;

/// The invitations in the database. Borrow it from a [`Tx`].
pub struct Invitations<'t>(pub &'t mut Tx);

/// An invitation that still works.
struct Open {
    id: InvitationId,
    guardian: GuardianId,
}

/// Sends a code to the guardian's registered address, if the link is one of ours and not too many were sent. Says the
/// same either way. Commits by itself.
///
/// - `browser`: a secret of this browser, from a cookie that the caller set; the code works only with it.
/// - `trust`: the trust's name, for the mail.
pub async fn send_code(
    records: &Records,
    link: &str,
    browser: &str,
    trust: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let mut tx = records.begin().await?;
    Invitations(&mut tx).queue_code(link, browser, trust, clock, entropy).await?;
    tx.commit().await
}

/// Signs a guardian in with a code. A wrong try is counted, so this commits by itself, whatever it answers.
pub async fn redeem(
    records: &Records,
    link: &str,
    code: &str,
    browser: &str,
    device: Browser<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Started, InvitationError> {
    let mut tx = records.begin().await?;
    let mut invitations = Invitations(&mut tx);
    let started = match invitations.try_code(link, code, browser, clock.now()).await? {
        Some(guardian) => {
            let holder = Holder::Guardian(guardian);
            Some(SignIns(invitations.0).start(holder, Method::Link, device, clock, entropy).await?)
        }
        None => None,
    };
    tx.commit().await?;
    started.ok_or(InvitationError::BadCode)
}

impl Invitations<'_> {
    /// Makes a link for a guardian and returns its secret part. It works for a year.
    pub async fn invite(
        &mut self,
        guardian: &GuardianId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, InvitationError> {
        let known = Activities(self.0).guardian(guardian).await?;
        known.ok_or_else(|| InvitationError::NoGuardian(guardian.clone()))?;
        let (id, link, now) = (InvitationId::new(clock, entropy), Secret::new(entropy), clock.now());
        let insert = sql("INSERT INTO invitation (id, token_hash, guardian_id, made_ms, ends_ms)
             VALUES ($1, $2, $3, $4, $5)")
        .bind(id.as_str().to_owned())
        .bind(link.hash())
        .bind(guardian.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(later(now, INVITATION_LASTS));
        self.0.run(insert).await?;
        Ledger(self.0).append("guardian.invited", id.as_str(), &(), now, entropy).await?;
        Ok(link)
    }

    async fn queue_code(
        &mut self,
        link: &str,
        browser: &str,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let Some(open) = self.open(link, now).await? else { return Ok(()) };
        let Some(guardian) = Activities(self.0).guardian(&open.guardian).await? else { return Ok(()) };
        let Some(made_ms) = self.next_code_at(&open, now).await? else { return Ok(()) };
        let code = eight_digits(entropy);
        let insert =
            sql("INSERT INTO guardian_code (invitation_id, code_hash, browser_hash, made_ms, ends_ms, tries)
             VALUES ($1, $2, $3, $4, $5, 0)")
            .bind(open.id.as_str().to_owned())
            .bind(code_hash(&code, browser).to_string())
            .bind(secret::hash(browser))
            .bind(made_ms)
            .bind(later(now, CODE_LASTS));
        self.0.run(insert).await?;
        let (front, back) = code.split_at(4);
        let body = format!(
            "Your code is {front} {back}.\n\nIt works for ten minutes, in the browser you asked from.\n\n\
             If you did not ask for it, you need do nothing: nobody can use it without this message.\n\n{trust}\n"
        );
        Mails(self.0).queue(&guardian.mail, "Your code", &body, clock, entropy).await?;
        Ledger(self.0).append("guardian.code_sent", open.id.as_str(), &(), now, entropy).await?;
        Ok(())
    }

    /// When the next code counts as made, unless the guardian had enough codes in the last hour or day.
    async fn next_code_at(&mut self, open: &Open, now: Timestamp) -> Result<Option<i64>, StoreError> {
        let found = sql("SELECT c.made_ms FROM guardian_code c JOIN invitation i ON i.id = c.invitation_id
             WHERE i.guardian_id = $1 AND c.made_ms > $2 ORDER BY c.made_ms DESC LIMIT $3")
        .bind(open.guardian.as_str().to_owned())
        .bind(now.as_millisecond() - 24 * 3_600_000)
        .bind(CODES_A_DAY);
        let made: Vec<i64> =
            self.0.rows(found).await?.iter().map(|row| row.number("made_ms")).collect::<Result<_, _>>()?;
        let this_hour = made.iter().filter(|made| **made > now.as_millisecond() - 3_600_000).count();
        let enough = |count: usize, limit: i64| i64::try_from(count).is_ok_and(|count| count < limit);
        // The instant is part of the code's key: two codes never share a millisecond.
        let next = made.first().map_or(now.as_millisecond(), |last| now.as_millisecond().max(last + 1));
        Ok((enough(this_hour, CODES_AN_HOUR) && enough(made.len(), CODES_A_DAY)).then_some(next))
    }

    /// Counts a try against this browser's newest code, and uses it up when it is right.
    async fn try_code(
        &mut self,
        link: &str,
        code: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<Option<GuardianId>, StoreError> {
        let Some(open) = self.open(link, now).await? else { return Ok(None) };
        let tried = sql("UPDATE guardian_code SET tries = tries + 1
             WHERE invitation_id = $1 AND used_ms IS NULL AND ends_ms > $2 AND tries < $3
                 AND made_ms = (SELECT MAX(made_ms) FROM guardian_code
                     WHERE invitation_id = $1 AND browser_hash = $4)
             RETURNING code_hash, made_ms")
        .bind(open.id.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(TRIES)
        .bind(secret::hash(browser));
        let Some(row) = self.0.row(tried).await? else { return Ok(None) };
        let given: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let right = row.read("code_hash", Digest::parse)?;
        if !bool::from(right.as_bytes().ct_eq(code_hash(&given, browser).as_bytes())) {
            return Ok(None);
        }
        let used = sql("UPDATE guardian_code SET used_ms = $1 WHERE invitation_id = $2 AND made_ms = $3")
            .bind(now.as_millisecond())
            .bind(open.id.as_str().to_owned())
            .bind(row.number("made_ms")?);
        self.0.run(used).await?;
        Ok(Some(open.guardian))
    }

    async fn open(&mut self, link: &str, now: Timestamp) -> Result<Option<Open>, StoreError> {
        let found = sql("SELECT id, guardian_id FROM invitation WHERE token_hash = $1 AND ends_ms > $2")
            .bind(secret::hash(link))
            .bind(now.as_millisecond());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let guardian = row.read("guardian_id", GuardianId::parse)?;
        Ok(Some(Open { id: row.read("id", InvitationId::parse)?, guardian }))
    }
}

/// Eight digits have too little chance for a plain hash; the browser's secret, which is nowhere in the database, makes up
/// for it.
fn code_hash(code: &str, browser: &str) -> Digest {
    Digest::of(format!("{browser}\n{code}").as_bytes())
}

fn eight_digits(entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0_u8; 8];
    entropy.fill(&mut bytes);
    format!("{:08}", u64::from_le_bytes(bytes) % 100_000_000)
}

fn later(now: Timestamp, by: SignedDuration) -> i64 {
    now.checked_add(by).unwrap_or(Timestamp::MAX).as_millisecond()
}
