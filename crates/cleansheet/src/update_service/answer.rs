//! What the Update Service says. Pure; takes only the published form and nothing that is nearly so.
//!
//! The codes are parts of each other (`NEW_INFO` ends `BLANK_NO_NEW_INFO`, which ends `NON_BLANK_NO_NEW_INFO`): only the whole text
//! of the element counts.

use std::collections::BTreeMap;

use cleansheet_records::people::dbs::{Answer, Due};
use cleansheet_terms::Date;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Why an answer cannot be used. Nothing of the answer is in these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than any answer has.
    #[error("it is too long")]
    Long,
    /// No XML, or not of the published form: an error page, a document type, an entity, an element inside another.
    #[error("it does not have the published form")]
    Form,
    /// The service says that it failed.
    #[error("it says that the check failed")]
    Failure,
    /// A code that nobody knows.
    #[error("its code is unknown")]
    Code,
    /// Name or day of print is missing.
    #[error("it does not say whose certificate it is about")]
    Whose,
}

/// The four codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    Blank,
    NonBlank,
    NewInfo,
    NoMatch,
}

/// An answer that was read, not yet compared with anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    code: Code,
    /// Forename, surname and day of print; not there when nothing matches.
    whose: Option<(String, String, Date)>,
}

const ROOT: &str = "statusCheckResult";
/// An element that says something: its name and its text.
const FIELDS: [&str; 5] = ["statusCheckResultType", "status", "forename", "surname", "printDate"];

/// Reads an answer.
///
/// - `body`: at most 16 KiB; the caller stops reading there.
pub fn read(body: &[u8]) -> Result<Said, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::Form)?;
    let fields = fields(text)?;
    let field = |name: &str| fields.get(name).map(String::as_str);
    match field("statusCheckResultType") {
        Some("SUCCESS") => {}
        Some("FAILURE") => return Err(Unreadable::Failure),
        _ => return Err(Unreadable::Form),
    }
    let code = match field("status") {
        Some("BLANK_NO_NEW_INFO") => Code::Blank,
        Some("NON_BLANK_NO_NEW_INFO") => Code::NonBlank,
        Some("NEW_INFO") => Code::NewInfo,
        Some("NO_MATCH_FOUND") => Code::NoMatch,
        _ => return Err(Unreadable::Code),
    };
    let day = field("printDate").and_then(|day| day.parse().ok());
    let whose = match (field("forename"), field("surname"), day) {
        (Some(forename), Some(surname), Some(day)) if !forename.is_empty() && !surname.is_empty() => {
            Some((forename.to_owned(), surname.to_owned(), day))
        }
        _ => None,
    };
    if whose.is_none() && code != Code::NoMatch {
        return Err(Unreadable::Whose);
    }
    Ok(Said { code, whose })
}

impl Said {
    /// What this means for the certificate that was asked about. News that stops somebody counts whatever name stands beside
    /// it; anything that lets somebody go on has to be about the very certificate that was seen.
    pub(super) fn compared_with(&self, due: &Due) -> Answer {
        let same = self.whose.as_ref().is_some_and(|(forename, surname, printed)| {
            let ours = &due.identity;
            plain(forename) == plain(&ours.forename)
                && plain(surname) == plain(&ours.surname)
                && *printed == due.issued
        });
        match self.code {
            Code::NoMatch => Answer::NoMatch,
            Code::NewInfo => Answer::NewInfo,
            _ if !same => Answer::Differs,
            Code::Blank => Answer::Blank,
            Code::NonBlank => Answer::NonBlank,
        }
    }
}

/// Names are compared without case and kind of apostrophe, with single spaces.
fn plain(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").replace(['’', '‘', '`'], "'").to_uppercase()
}

/// The text of each known element directly below the root. Anything the published form does not have makes it unreadable.
fn fields(text: &str) -> Result<BTreeMap<&'static str, String>, Unreadable> {
    let mut reader = Reader::from_str(text);
    let (mut found, mut inside, mut ended) = (BTreeMap::new(), None, false);
    // The root, before it begins; then elements one below the other.
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| Unreadable::Form)? {
            Event::Start(start) if !ended => {
                inside = entered(&start, depth, &mut found)?;
                depth += 1;
            }
            Event::Empty(start) if depth > 0 => {
                entered(&start, depth, &mut found)?;
            }
            Event::Text(words) => match inside {
                Some(name) => found.entry(name).or_default().push_str(&words),
                None if words.trim().is_empty() => {}
                None => return Err(Unreadable::Form),
            },
            Event::GeneralRef(reference) => {
                let name = inside.ok_or(Unreadable::Form)?;
                found.entry(name).or_default().push(predefined(&reference)?);
            }
            Event::End(_) => {
                depth = depth.checked_sub(1).ok_or(Unreadable::Form)?;
                (inside, ended) = (None, depth == 0);
            }
            Event::Decl(_) if depth == 0 && !ended => {}
            Event::Eof if ended => break,
            // A document type, a comment that splits a code, an instruction, an end too early.
            _ => return Err(Unreadable::Form),
        }
    }
    Ok(found.into_iter().map(|(name, text): (_, String)| (name, text.trim().to_owned())).collect())
}

/// Which field begins. Each comes once, directly below the root, and no other comes there.
fn entered(
    start: &BytesStart<'_>,
    depth: usize,
    found: &mut BTreeMap<&'static str, String>,
) -> Result<Option<&'static str>, Unreadable> {
    let name = start.name();
    match depth {
        0 if name.as_ref() == ROOT => Ok(None),
        1 => {
            let field = FIELDS.into_iter().find(|field| name.as_ref() == *field).ok_or(Unreadable::Form)?;
            match found.insert(field, String::new()) {
                None => Ok(Some(field)),
                Some(_) => Err(Unreadable::Form),
            }
        }
        _ => Err(Unreadable::Form),
    }
}

/// A letter written as a number, or one of the five names that need no document type.
fn predefined(reference: &quick_xml::events::BytesRef<'_>) -> Result<char, Unreadable> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return Ok(letter);
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(Unreadable::Form),
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_records::people::dbs::Answer;

    use super::{Unreadable, read};
    use crate::update_service::request::tests::due;

    fn answer(status: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<statusCheckResult>\n  \
             <statusCheckResultType>SUCCESS</statusCheckResultType>\n  <status>{status}</status>\n  \
             <forename>ZOË</forename>\n  <surname>O&apos;NEILL &amp; SONS/..?X=1#Y</surname>\n  <printDate \
             class=\"sql-date\">2025-01-10</printDate>\n</statusCheckResult>\n"
        )
    }

    #[test]
    fn no_3_each_code_is_read_whole() {
        let said = |status: &str| read(answer(status).as_bytes()).map(|said| said.compared_with(&due()));
        assert_eq!(said("BLANK_NO_NEW_INFO"), Ok(Answer::Blank));
        assert_eq!(said("NON_BLANK_NO_NEW_INFO"), Ok(Answer::NonBlank));
        assert_eq!(said("NEW_INFO"), Ok(Answer::NewInfo));
        assert_eq!(said("NO_MATCH_FOUND"), Ok(Answer::NoMatch));
        assert_eq!(said(" \n NEW_INFO \n"), Ok(Answer::NewInfo), "blanks around it are layout");
        for nearly in [
            "",
            "NEW_INFO_FOUND",
            "NO_NEW_INFO",
            "XBLANK_NO_NEW_INFO",
            "BLANK_NO_NEW_INFO NEW_INFO",
            "NON_BLANK_NO_NEW_INFO.",
            "blank_no_new_info",
            "NON BLANK_NO_NEW_INFO",
        ] {
            assert_eq!(said(nearly), Err(Unreadable::Code), "{nearly:?}");
        }
    }

    #[test]
    fn no_3_a_code_anywhere_else_is_not_the_code() {
        let good = answer("NEW_INFO");
        for (find, instead) in [
            ("<forename>ZOË", "<forename>BLANK_NO_NEW_INFO"),
            ("class=\"sql-date\"", "class=\"BLANK_NO_NEW_INFO\""),
            ("<status>", "<status note=\"NON_BLANK_NO_NEW_INFO\">"),
        ] {
            let changed = good.replace(find, instead);
            assert!(changed != good);
            assert_eq!(read(changed.as_bytes()).unwrap().compared_with(&due()), Answer::NewInfo, "{changed}");
        }
    }

    #[test]
    fn what_is_only_nearly_of_the_published_form_is_not_read() {
        let good = answer("BLANK_NO_NEW_INFO");
        assert!(read(good.as_bytes()).is_ok());
        let changes = [
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE a [<!ENTITY b \"NEW_INFO\">]>"),
            ("<status>BLANK_", "<status><!-- x -->BLANK_"),
            ("<status>BLANK_NO_NEW_INFO", "<status><![CDATA[BLANK_NO_NEW_INFO]]>"),
            ("<status>BLANK_NO_NEW_INFO", "<status>&b;"),
            ("<status>BLANK_NO_NEW_INFO", "<status><b>BLANK_NO_NEW_INFO</b>"),
            ("<status>", "<status>NEW_INFO</status><status>"),
            ("<status>BLANK_NO_NEW_INFO</status>", ""),
            ("<status>BLANK_NO_NEW_INFO</status>", "<status/>"),
            ("</statusCheckResult>\n", ""),
            ("</statusCheckResult>\n", "</statusCheckResult><statusCheckResult></statusCheckResult>"),
            ("</statusCheckResult>\n", "</statusCheckResult>more"),
            ("</status>", "</statuss>"),
            ("<statusCheckResult>", "<answer>"),
            ("SUCCESS", "PERHAPS"),
            ("SUCCESS", "FAILURE"),
            ("<forename>ZOË</forename>", ""),
            ("<surname>", "<other>x</other><surname>"),
            ("2025-01-10", "10/01/2025"),
            ("2025-01-10", "2025-02-30"),
        ];
        for (find, instead) in changes {
            let changed = good.replacen(find, instead, 1);
            assert!(changed != good, "{find}");
            assert!(read(changed.as_bytes()).is_err(), "{changed}");
        }
        for bytes in
            [b"".as_slice(), b"<html><body>Down for maintenance</body></html>", b"NEW_INFO", b"\xff\xfe"]
        {
            assert_eq!(read(bytes), Err(Unreadable::Form));
        }
    }

    #[test]
    fn a_good_answer_has_to_be_about_the_certificate_that_was_seen() {
        for (find, instead) in
            [("ZOË", "ZOE"), ("NEILL", "NEIL"), ("2025-01-10", "2025-01-11"), ("ZOË", "ZOËMARIE")]
        {
            for (status, expected) in [
                ("BLANK_NO_NEW_INFO", Answer::Differs),
                ("NON_BLANK_NO_NEW_INFO", Answer::Differs),
                ("NEW_INFO", Answer::NewInfo),
            ] {
                let said = read(answer(status).replace(find, instead).as_bytes()).unwrap();
                assert_eq!(said.compared_with(&due()), expected, "{find} {status}");
            }
        }
        let nothing = "<statusCheckResult><statusCheckResultType>SUCCESS</statusCheckResultType>\
                       <status>NO_MATCH_FOUND</status></statusCheckResult>";
        assert_eq!(read(nothing.as_bytes()).unwrap().compared_with(&due()), Answer::NoMatch);
    }
}
