//! What the public tells of accounts that may not be the trust's: somebody else in its name, or an old one that nobody
//! looks after (clause 2). A report is a task of the Manager, with what was told as its evidence.
//!
//! What they wrote and how to reach them are sealed, and nothing of it goes into a mail to the Manager or into the ledger.

use cleansheet_terms::{AccountReportId, Clock, Entropy, PersonId, Timestamp};
use jiff::{SignedDuration, ToSpan as _};
use sqlx::any::AnyRow;

use super::tell_managers;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, PersonError},
    sealing::{SealError, Sealer},
};

/// The longest address, in letters.
pub const ADDRESS: usize = 300;
/// The longest "what is wrong" and "what was found", in letters.
pub const WORDS: usize = 2_000;
/// The longest mail address (RFC 5321, 4.5.3.1.3).
pub const CONTACT: usize = 254;
/// Months for which it is known how to reach who told us.
pub const CONTACT_MONTHS: i32 = 6;
/// Open reports at most: behind that somebody plays with the form, and the Manager could read none of them.
const MOST_OPEN: i64 = 300;
/// A day's mails to the Managers at most.
const MAILS_A_DAY: i64 = 5;

const SEAL_WORDS: &str = "account report";
const SEAL_CONTACT: &str = "account report contact";
const SEAL_FOUND: &str = "account report found";

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has done anything yet.
    Open,
    /// The network was told.
    Told,
    /// Closed, with what was found.
    Closed,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The report.
    pub id: AccountReportId,
    /// The address or name of the account, as it was typed. Never a link.
    pub address: String,
    /// What is wrong with it.
    pub words: String,
    /// The mail address of who told us, if they gave one and six months are not over.
    pub contact: Option<String>,
    /// When.
    pub made: Timestamp,
    /// Who told the network, and when.
    pub told: Option<(PersonId, Timestamp)>,
    /// Who closed it, and when.
    pub closed: Option<(PersonId, Timestamp)>,
    /// What was found.
    pub found: String,
    /// When who told us was answered.
    pub answered: Option<Timestamp>,
}

impl Report {
    /// How far it is.
    pub fn state(&self) -> State {
        match (&self.closed, &self.told) {
            (Some(_), _) => State::Closed,
            (None, Some(_)) => State::Told,
            (None, None) => State::Open,
        }
    }
}

/// A report to write down.
#[derive(Debug, Clone, Copy)]
pub struct NewReport<'a> {
    /// The address or name of the account.
    pub address: &'a str,
    /// What is wrong with it.
    pub words: &'a str,
    /// A mail address; may be empty.
    pub contact: &'a str,
}

impl NewReport<'_> {
    /// What it lacks or has too much of, before anything is written down.
    pub fn check(&self) -> Result<(), ReportError> {
        let (address, words) = (plain(self.address, false), plain(self.words, true));
        let contact = self.contact.trim();
        match (address.is_empty(), words.is_empty()) {
            (true, _) => return Err(ReportError::NoAddress),
            (_, true) => return Err(ReportError::NoWords),
            _ => {}
        }
        let long = |text: &str, most| text.chars().count() > most;
        if long(&address, ADDRESS) || long(&words, WORDS) || long(contact, CONTACT) {
            return Err(ReportError::TooLong);
        }
        if contact.is_empty() || is_mail(contact) { Ok(()) } else { Err(ReportError::NoMail) }
    }
}

/// What can be wrong with a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nothing to look for.
    #[error("write the address or the name of the account, as you see it there")]
    NoAddress,
    /// Nothing to go by.
    #[error("write some words about what is wrong with it")]
    NoWords,
    /// Longer than the form takes.
    #[error("that is too long; shorten it")]
    TooLong,
    /// No address to answer to.
    #[error("this is no mail address; correct it, or leave it empty")]
    NoMail,
    /// More than anybody could read.
    #[error(
        "we cannot take more reports at the moment; write to us instead: the address is at the foot of this page"
    )]
    TooMany,
    /// No such report.
    #[error("there is no such report; look at the list again")]
    Missing,
    /// Somebody was quicker.
    #[error("this report was closed already; look at the list again")]
    Closed,
    /// Not a Manager.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The reports in the database, with what opens them.
pub struct Reports<'t>(pub &'t mut Tx, pub &'t Sealer);

macro_rules! select_report {
    ($tail:literal) => {
        concat!(
            "SELECT id, address, words, contact, made_ms, told_by, told_ms, closed_by, closed_ms, found, answered_ms
             FROM account_report ",
            $tail
        )
    };
}

impl Reports<'_> {
    /// Writes a report down, and tells the Managers that there is one; not more than some times a day.
    ///
    /// - `page`: where the Manager reads it, for the mail.
    pub async fn make(
        &mut self,
        new: &NewReport<'_>,
        page: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<AccountReportId, ReportError> {
        let (address, words) = (plain(new.address, false), plain(new.words, true));
        let contact = new.contact.trim();
        new.check()?;
        let now = clock.now();
        let day_before = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let (open, today) = self.counts(day_before).await?;
        if open >= MOST_OPEN {
            return Err(ReportError::TooMany);
        }
        let id = AccountReportId::new(clock, entropy);
        let sealed = self.1.seal(SEAL_WORDS, id.as_str(), words.as_bytes(), entropy)?;
        let reach = match contact {
            "" => None,
            contact => Some(self.1.seal(SEAL_CONTACT, id.as_str(), contact.as_bytes(), entropy)?),
        };
        let put = sql("INSERT INTO account_report (id, address, words, contact, made_ms)
             VALUES ($1, $2, $3, $4, $5)")
        .bind(id.as_str().to_owned())
        .bind(address)
        .bind(sealed)
        .bind(reach)
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        Ledger(self.0).append("account_report.made", id.as_str(), &(), now, entropy).await?;
        if today < MAILS_A_DAY {
            let body = format!(
                "Somebody told us of an account that uses the trust’s name or looks like it (clause 2).\n\nRead what they \
                 wrote, and say what came of it:\n{page}\n"
            );
            tell_managers(self.0, "Somebody reports an account", &body, clock, entropy).await?;
        }
        Ok(id)
    }

    /// How many are not closed, and how many were made since an instant.
    async fn counts(&mut self, since: Timestamp) -> Result<(i64, i64), StoreError> {
        let found = sql("SELECT (SELECT COUNT(*) FROM account_report WHERE closed_ms IS NULL) AS waiting,
                 (SELECT COUNT(*) FROM account_report WHERE made_ms > $1) AS lately")
        .bind(since.as_millisecond());
        let row = self.0.row(found).await?.ok_or_else(|| StoreError::damaged("reports"))?;
        Ok((row.number("waiting")?, row.number("lately")?))
    }

    /// The Manager has told the network of it.
    pub async fn network_told(
        &mut self,
        id: &AccountReportId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReportError> {
        self.must_be_open(id, by, clock.now()).await?;
        let now = clock.now();
        let put =
            sql("UPDATE account_report SET told_by = $1, told_ms = $2 WHERE id = $3 AND told_ms IS NULL")
                .bind(by.as_str().to_owned())
                .bind(now.as_millisecond())
                .bind(id.as_str().to_owned());
        if self.0.run(put).await? == 1 {
            Ledger(self.0).append("account_report.network_told", id.as_str(), by, now, entropy).await?;
        }
        Ok(())
    }

    /// The Manager closes it with what was found, and, if they want, answers who told us.
    ///
    /// - `answer`: send what was found to the address they gave, under this trust's name.
    pub async fn close(
        &mut self,
        id: &AccountReportId,
        found: &str,
        by: &PersonId,
        answer: Option<&str>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReportError> {
        let report = self.must_be_open(id, by, clock.now()).await?;
        let (found, now) = (plain(found, true), clock.now());
        if found.is_empty() {
            return Err(ReportError::NoWords);
        }
        if found.chars().count() > WORDS {
            return Err(ReportError::TooLong);
        }
        let mail = answer.zip(report.contact);
        if let Some((trust, contact)) = &mail {
            let body = format!(
                "Thank you for telling us of an account that uses our name or looks like it. We looked into it.\n\n\
                 {found}\n\n{trust}\n"
            );
            Mails(self.0).queue(contact, "About the account you told us of", &body, clock, entropy).await?;
        }
        let sealed = self.1.seal(SEAL_FOUND, id.as_str(), found.as_bytes(), entropy)?;
        let put =
            sql("UPDATE account_report SET closed_by = $1, closed_ms = $2, found = $3, answered_ms = $4
             WHERE id = $5 AND closed_ms IS NULL")
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond())
            .bind(sealed)
            .bind(mail.is_some().then(|| now.as_millisecond()))
            .bind(id.as_str().to_owned());
        if self.0.run(put).await? == 0 {
            return Err(ReportError::Closed);
        }
        Ledger(self.0).append("account_report.closed", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    async fn must_be_open(
        &mut self,
        id: &AccountReportId,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<Report, ReportError> {
        People(self.0).must_be_manager(by, at).await?;
        let found = sql(select_report!("WHERE id = $1")).bind(id.as_str().to_owned());
        let row = self.0.row(found).await?.ok_or(ReportError::Missing)?;
        let report = self.read(&row)?;
        if report.closed.is_some() { Err(ReportError::Closed) } else { Ok(report) }
    }

    /// Every report: those that wait first, the oldest on top, then the closed ones, the newest on top.
    pub async fn all(&mut self) -> Result<Vec<Report>, StoreError> {
        let found = sql(select_report!(
            "ORDER BY CASE WHEN closed_ms IS NULL THEN 0 ELSE 1 END,
                 CASE WHEN closed_ms IS NULL THEN made_ms ELSE -closed_ms END, id"
        ));
        let rows = self.0.rows(found).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &AnyRow) -> Result<Report, StoreError> {
        let id = row.read("id", AccountReportId::parse)?;
        let open = |purpose: &str, sealed: Vec<u8>| {
            let open = self.1.open(purpose, id.as_str(), &sealed);
            let text = open.and_then(|open| String::from_utf8(open.to_vec()).ok());
            text.ok_or_else(|| StoreError::damaged("account_report"))
        };
        let some = |purpose: &str, column: &str| {
            row.raw::<Option<Vec<u8>>>(column)?.map(|sealed| open(purpose, sealed)).transpose()
        };
        Ok(Report {
            address: row.text("address")?,
            words: open(SEAL_WORDS, row.raw("words")?)?,
            contact: some(SEAL_CONTACT, "contact")?,
            made: row.instant("made_ms")?,
            told: row.maybe_read("told_by", PersonId::parse)?.zip(row.maybe_instant("told_ms")?),
            closed: row.maybe_read("closed_by", PersonId::parse)?.zip(row.maybe_instant("closed_ms")?),
            found: some(SEAL_FOUND, "found")?.unwrap_or_default(),
            answered: row.maybe_instant("answered_ms")?,
            id,
        })
    }
}

/// Reports that are not closed. Nothing is opened for it.
pub async fn waiting(tx: &mut Tx) -> Result<i64, StoreError> {
    let found = sql("SELECT COUNT(*) AS waiting FROM account_report WHERE closed_ms IS NULL");
    tx.row(found).await?.map_or(Ok(0), |row| row.number("waiting"))
}

/// Whether there are contacts of six months ago to forget.
pub async fn contacts_are_due(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    let found = sql("SELECT id FROM account_report WHERE contact IS NOT NULL AND made_ms <= $1 LIMIT 1");
    Ok(tx.row(found.bind(six_months_before(now).as_millisecond())).await?.is_some())
}

/// Forgets how to reach those who told us six months ago. Says how many.
pub async fn forget_contacts(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let forget = sql("UPDATE account_report SET contact = NULL, contact_gone_ms = $1
         WHERE contact IS NOT NULL AND made_ms <= $2")
    .bind(now.as_millisecond())
    .bind(six_months_before(now).as_millisecond());
    tx.run(forget).await
}

fn six_months_before(now: Timestamp) -> Timestamp {
    let london = now.in_tz(cleansheet_terms::LONDON);
    let before = london.and_then(|now| now.checked_sub(CONTACT_MONTHS.months()));
    before.map_or(Timestamp::MIN, |before| before.timestamp())
}

/// What somebody typed without what only changes how it looks: control characters, and those that turn the direction of
/// writing round (Unicode TR 36, 2.4), which make one address look like another.
fn plain(text: &str, lines: bool) -> String {
    let invisible = |letter: char| matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
    let keep = |letter: &char| (lines && *letter == '\n') || !(letter.is_control() || invisible(*letter));
    text.trim().chars().filter(keep).collect::<String>().trim().to_owned()
}

fn is_mail(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    let [name, domain] = parts.as_slice() else { return false };
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || ",;<>\"()[]\\".contains(letter);
    !name.is_empty() && domain.contains('.') && !domain.starts_with('.') && !text.chars().any(odd)
}

#[cfg(test)]
mod tests {
    use super::{is_mail, plain};

    #[test]
    fn a_mail_address_is_one_and_nothing_beside_it() {
        for good in ["sam@example.org", "s.o+x@mail.example.org"] {
            assert!(is_mail(good), "{good}");
        }
        for bad in
            ["", "sam", "sam@example", "a@b.org,c@d.org", "a@b.org\nBcc: c@d.org", "<a@b.org>", "a@@b.org"]
        {
            assert!(!is_mail(bad), "{bad}");
        }
    }

    #[test]
    fn letters_that_nobody_sees_do_not_hide_an_address() {
        assert_eq!(plain(" fen\u{200B}land\u{202E}.exa\u{0}mple ", false), "fenland.example");
        assert_eq!(plain("one\ntwo", true), "one\ntwo");
        assert_eq!(plain("one\ntwo", false), "onetwo");
    }
}
