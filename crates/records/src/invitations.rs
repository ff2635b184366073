//! How a parent, a carer or a participant comes in without an account: a link that shows nothing, and a code to the
//! registered address, or one that was printed beside the link in a letter.
//!
//! The link lives long and is worth nothing by itself: it may be forwarded, or opened by a mail scanner. Pressing the
//! button behind it sends a code to the address on record; the code works once, for ten minutes, five tries, in the
//! browser that asked for it. Whoever asks learns nothing from the answers: they are the same for every link.

use cleansheet_locales::{Language, texts};
use cleansheet_terms::{Clock, Digest, Entropy, GuardianId, IdError, InvitationId, ParticipantId, Timestamp};
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
    sign_ins::{Browser, Came, SignIns, Started},
    texts::Texts,
};

/// Who comes in without an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visitor {
    /// A parent or carer.
    Guardian(GuardianId),
    /// A participant, for themselves.
    Participant(ParticipantId),
}

impl Visitor {
    /// The id, as stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Guardian(id) => id.as_str(),
            Self::Participant(id) => id.as_str(),
        }
    }

    /// Reads the stored form: an id says what it is of.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        match GuardianId::parse(text) {
            Ok(id) => Ok(Self::Guardian(id)),
            Err(_) => ParticipantId::parse(text).map(Self::Participant),
        }
    }
}

/// How a visitor is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The address on record; empty when there is none.
    pub mail: String,
    /// The language they read best.
    pub language: Language,
}

/// Why a visitor is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// Wrong, used, too old, from another browser, or tried too often: a stranger learns no more than that.
    #[error("this code does not work; check it, or ask for a new one")]
    BadCode,
    /// No such guardian or participant.
    #[error("nobody is `{0}`")]
    Nobody(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const INVITATION_LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);
const CODE_LASTS: SignedDuration = SignedDuration::from_mins(10);
const TRIES: i64 = 5;
/// A printed code lives as long as its letter, and so it has more digits and no new tries.
const PRINTED_TRIES: i64 = 10;
const PRINTED_LASTS: SignedDuration = SignedDuration::from_hours(24 * 60);
const CODES_AN_HOUR: i64 = 3;
const CODES_A_DAY: i64 = 10;

/// The invitations in the database. Borrow it from a [`Tx`].
pub struct Invitations<'t>(pub &'t mut Tx);

/// An invitation that still works.
struct Open {
    id: InvitationId,
    visitor: Visitor,
}

/// Sends a code to the visitor's registered address, if the link is one of ours and not too many were sent. Says the
/// same either way. Commits by itself.
///
/// - `browser`: a secret of this browser, from a cookie that the caller set; the code works only with it.
/// - `wished`: the language they chose on the page, if they chose one; else the mail is in the one on record.
/// - `trust`: the trust's name, for the mail.
pub async fn send_code(
    records: &Records,
    link: &str,
    browser: &str,
    wished: Option<Language>,
    trust: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let mut tx = records.begin().await?;
    Invitations(&mut tx).queue_code(link, browser, wished, trust, clock, entropy).await?;
    tx.commit().await
}

/// Signs a visitor in with a code. A wrong try is counted, so this commits by itself, whatever it answers.
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
        Some((open, came)) => {
            let came = (came, Some(&open.id));
            Some(SignIns(invitations.0).start_visit(open.visitor, came, device, clock, entropy).await?)
        }
        None => None,
    };
    tx.commit().await?;
    started.ok_or(InvitationError::BadCode)
}

impl Invitations<'_> {
    /// Makes a link for a visitor and returns its secret part. It works for a year.
    pub async fn invite(
        &mut self,
        visitor: &Visitor,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, InvitationError> {
        self.make(visitor, INVITATION_LASTS, None, clock, entropy).await
    }

    /// Makes a link with a code of twelve digits, to be printed beside it in a letter. Both work for sixty days.
    pub async fn print(
        &mut self,
        visitor: &Visitor,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(Secret, String), InvitationError> {
        let code: String = (eight_digits(entropy) + &eight_digits(entropy)).chars().take(12).collect();
        let link = self.make(visitor, PRINTED_LASTS, Some(&code), clock, entropy).await?;
        Ok((link, code))
    }

    async fn make(
        &mut self,
        visitor: &Visitor,
        lasts: SignedDuration,
        code: Option<&str>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, InvitationError> {
        self.contact(visitor).await?.ok_or_else(|| InvitationError::Nobody(visitor.as_str().to_owned()))?;
        let (id, link, now) = (InvitationId::new(clock, entropy), Secret::new(entropy), clock.now());
        let insert = sql(
            "INSERT INTO visitor_link (id, token_hash, visitor_id, made_ms, ends_ms, printed_hash, printed_tries)
             VALUES ($1, $2, $3, $4, $5, $6, 0)",
        )
        .bind(id.as_str().to_owned())
        .bind(link.hash())
        .bind(visitor.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(later(now, lasts))
        // The link's secret, which is nowhere in the database, makes up for the few digits.
        .bind(code.map(|code| code_hash(code, link.reveal()).to_string()));
        self.0.run(insert).await?;
        Ledger(self.0).append("visitor.invited", id.as_str(), &(), now, entropy).await?;
        Ok(link)
    }

    /// Where a visitor's mails go, and in which language; `None` for nobody.
    pub async fn contact(&mut self, visitor: &Visitor) -> Result<Option<Contact>, StoreError> {
        Ok(match visitor {
            Visitor::Guardian(id) => Activities(self.0).guardian(id).await?.map(|one| Contact {
                language: Language::parse(&one.language).unwrap_or_default(),
                mail: one.mail,
            }),
            Visitor::Participant(id) => Activities(self.0)
                .participant(id)
                .await?
                .map(|one| Contact { language: Language::default(), mail: one.mail }),
        })
    }

    /// Where codes go of somebody without a mail address; an empty text for nowhere.
    async fn phone(&mut self, visitor: &Visitor) -> Result<String, StoreError> {
        Ok(match visitor {
            Visitor::Guardian(id) => Activities(self.0).guardian(id).await?.map(|one| one.phone),
            Visitor::Participant(_) => None,
        }
        .unwrap_or_default())
    }

    async fn queue_code(
        &mut self,
        link: &str,
        browser: &str,
        wished: Option<Language>,
        trust: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let Some(open) = self.open(link, now).await? else { return Ok(()) };
        let Some(contact) = self.contact(&open.visitor).await? else { return Ok(()) };
        let mail = contact.mail;
        let phone = if mail.is_empty() { self.phone(&open.visitor).await? } else { String::new() };
        if mail.is_empty() && phone.is_empty() {
            return Ok(());
        }
        let Some(made_ms) = self.next_code_at(&open, now).await? else { return Ok(()) };
        let code = eight_digits(entropy);
        let insert =
            sql("INSERT INTO visitor_code (link_id, code_hash, browser_hash, made_ms, ends_ms, tries)
             VALUES ($1, $2, $3, $4, $5, 0)")
            .bind(open.id.as_str().to_owned())
            .bind(code_hash(&code, browser).to_string())
            .bind(secret::hash(browser))
            .bind(made_ms)
            .bind(later(now, CODE_LASTS));
        self.0.run(insert).await?;
        let (front, back) = code.split_at(4);
        let say = texts(wished.unwrap_or(contact.language));
        // The code and nothing else on its line: easy to find, and to copy.
        let code = format!("{front} {back}");
        let (what, lasts) = (say.say("mail-code"), say.say("mail-code-lasts"));
        if mail.is_empty() {
            let text = [what, code, lasts, trust.to_owned()].join("\n");
            Texts(self.0).queue_code(&open.visitor, &phone, &text, CODE_LASTS, clock, entropy).await?;
        } else {
            let body = [what, code, lasts, say.say("mail-code-ignore"), format!("{trust}\n")].join("\n\n");
            Mails(self.0).queue(&mail, &say.say("mail-code-subject"), &body, clock, entropy).await?;
        }
        Ledger(self.0).append("visitor.code_sent", open.id.as_str(), &(), now, entropy).await?;
        Ok(())
    }

    /// When the next code counts as made, unless the visitor had enough codes in the last hour or day.
    async fn next_code_at(&mut self, open: &Open, now: Timestamp) -> Result<Option<i64>, StoreError> {
        let found = sql("SELECT c.made_ms FROM visitor_code c JOIN visitor_link i ON i.id = c.link_id
             WHERE i.visitor_id = $1 AND c.made_ms > $2 ORDER BY c.made_ms DESC LIMIT $3")
        .bind(open.visitor.as_str().to_owned())
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

    /// Counts a try against this browser's newest code, and uses it up when it is right; without one, against the code
    /// that was printed beside the link.
    async fn try_code(
        &mut self,
        link: &str,
        code: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<Option<(Open, Came)>, StoreError> {
        let Some(open) = self.open(link, now).await? else { return Ok(None) };
        let given = digits(code);
        if self.is_printed(&open, link, &given).await? {
            return Ok(Some((open, Came::Letter)));
        }
        let tried = sql("UPDATE visitor_code SET tries = tries + 1
             WHERE link_id = $1 AND used_ms IS NULL AND ends_ms > $2 AND tries < $3
                 AND made_ms = (SELECT MAX(made_ms) FROM visitor_code
                     WHERE link_id = $1 AND browser_hash = $4)
             RETURNING code_hash, made_ms")
        .bind(open.id.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(TRIES)
        .bind(secret::hash(browser));
        let Some(row) = self.0.row(tried).await? else { return Ok(None) };
        let right = row.read("code_hash", Digest::parse)?;
        if !bool::from(right.as_bytes().ct_eq(code_hash(&given, browser).as_bytes())) {
            return Ok(None);
        }
        let used = sql("UPDATE visitor_code SET used_ms = $1 WHERE link_id = $2 AND made_ms = $3")
            .bind(now.as_millisecond())
            .bind(open.id.as_str().to_owned())
            .bind(row.number("made_ms")?);
        self.0.run(used).await?;
        Ok(Some((open, Came::Link)))
    }

    /// Whether this is the code that was printed beside the link; ten wrong ones in all, and it works no more. It may be
    /// used again: a family keeps its letter.
    async fn is_printed(&mut self, open: &Open, link: &str, given: &str) -> Result<bool, StoreError> {
        let tried = sql("UPDATE visitor_link SET printed_tries = printed_tries + 1
             WHERE id = $1 AND printed_hash IS NOT NULL AND printed_tries < $2 RETURNING printed_hash")
        .bind(open.id.as_str().to_owned())
        .bind(PRINTED_TRIES);
        let Some(row) = self.0.row(tried).await? else { return Ok(false) };
        let right = row.read("printed_hash", Digest::parse)?;
        if !bool::from(right.as_bytes().ct_eq(code_hash(given, link).as_bytes())) {
            return Ok(false);
        }
        let again = sql("UPDATE visitor_link SET printed_tries = printed_tries - 1 WHERE id = $1");
        self.0.run(again.bind(open.id.as_str().to_owned())).await?;
        Ok(true)
    }

    async fn open(&mut self, link: &str, now: Timestamp) -> Result<Option<Open>, StoreError> {
        let found = sql("SELECT id, visitor_id FROM visitor_link WHERE token_hash = $1 AND ends_ms > $2")
            .bind(secret::hash(link))
            .bind(now.as_millisecond());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let visitor = row.read("visitor_id", Visitor::parse)?;
        Ok(Some(Open { id: row.read("id", InvitationId::parse)?, visitor }))
    }
}

/// Eight digits have too little chance for a plain hash; the browser's secret, which is nowhere in the database, makes up
/// for it.
fn code_hash(code: &str, browser: &str) -> Digest {
    Digest::of(format!("{browser}\n{code}").as_bytes())
}

/// The digits of a code, whatever stands between them, and in whichever of our scripts they were typed.
fn digits(code: &str) -> String {
    let plain = |letter: char| {
        let zero = match u32::from(letter) {
            0x0660..=0x0669 => 0x0660,
            0x06f0..=0x06f9 => 0x06f0,
            0x09e6..=0x09ef => 0x09e6,
            _ => return letter.to_digit(10),
        };
        Some(u32::from(letter) - zero)
    };
    code.chars().filter_map(plain).filter_map(|digit| char::from_digit(digit, 10)).collect()
}

fn eight_digits(entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0_u8; 8];
    entropy.fill(&mut bytes);
    format!("{:08}", u64::from_le_bytes(bytes) % 100_000_000)
}

fn later(now: Timestamp, by: SignedDuration) -> i64 {
    now.checked_add(by).unwrap_or(Timestamp::MAX).as_millisecond()
}
