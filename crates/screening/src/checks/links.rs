//! Links, clause 15: every one is listed for the approver; those that hide where they lead are held.

use std::{borrow::Cow, net::Ipv4Addr, sync::OnceLock};

use cleansheet_terms::{Clause, Severity};
use regex::Regex;

use super::{Check, CheckFailed, email::within, shared::Saying};
use crate::{finding::Finding, normal::look_alike, reading::Reading};

/// Asks: where do the links lead?
pub(super) struct Links;

const FOUND: Saying = Saying {
    check: "links",
    kind: "link",
    clause: Clause::known::<15>(),
    rule: "links.listed",
    say: "",
    remedy: "Open it only when you know who sent it.",
};

const SHORTENERS: [&str; 12] = [
    "bit.ly",
    "tinyurl.com",
    "goo.gl",
    "t.co",
    "ow.ly",
    "is.gd",
    "buff.ly",
    "rebrand.ly",
    "cutt.ly",
    "shorturl.at",
    "rb.gy",
    "tiny.cc",
];

impl Check for Links {
    fn name(&self) -> &'static str {
        "links"
    }

    fn clauses(&self) -> &'static [u8] {
        &[15]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        static SHAPE: OnceLock<Option<Regex>> = OnceLock::new();
        let shape = SHAPE.get_or_init(|| {
            Regex::new(concat!(
                r#"(?i)\bhttps?://[^\s<>"']+|\bwww\.[^\s<>"']+"#,
                r"|\b(?:xn--)?[a-z0-9-]{2,63}(?:\.[a-z0-9-]{2,63}){0,3}\.(?:com|org|net|co\.uk|org\.uk|uk|ly|io|gl|me|info|app|xyz|top|link|shop|tv|gov|eu)\b(?:/[^\s<>]*)?",
            ))
            .ok()
        });
        let shape = shape
            .as_ref()
            .ok_or_else(|| CheckFailed { check: self.name(), why: "its pattern is broken".into() })?;
        let mut findings = Vec::new();
        for text in &reading.texts {
            let all = text.folded();
            if !all.contains('.') && !all.contains("://")
                || matches!(text.field, crate::finding::Field::FileName(_))
            {
                continue;
            }
            for found in shape.find_iter(all) {
                let mail = all.get(..found.start()).is_some_and(|before| before.ends_with(['@', '.']))
                    || all.get(found.end()..).is_some_and(|after| after.starts_with('@'));
                let link = found.as_str().trim_end_matches(['.', ',', ')', '!', '?', ';', ':', ']']);
                let bytes = found.start()..found.start() + link.len();
                if !mail {
                    let written = reading_of(text, &bytes, reading);
                    let (rule, severity, say) = judged(link, &written, &reading.material.allow.org_domains);
                    let listed = FOUND.at(text, bytes, severity, 0.95);
                    findings.push(Finding { rule: rule.to_owned(), say: say.into_owned(), ..listed });
                }
            }
        }
        Ok(findings)
    }
}

/// The link as it was given: folding hides look-alike letters.
fn reading_of(text: &crate::reading::Text, bytes: &std::ops::Range<usize>, reading: &Reading<'_>) -> String {
    let given = match text.field {
        crate::finding::Field::Caption => reading.material.caption,
        crate::finding::Field::AltText(photo) => {
            reading.material.alt_texts.get(photo).map_or("", String::as_str)
        }
        crate::finding::Field::FileName(photo) => {
            reading.material.file_names.get(photo).map_or("", String::as_str)
        }
    };
    let (start, end) = text.normal.place(bytes.clone());
    given.chars().skip(start).take(end.saturating_sub(start)).collect()
}

fn judged<'a>(link: &str, written: &str, ours: &[String]) -> (&'static str, Severity, Cow<'a, str>) {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    let hides = |say: &'static str, rule: &'static str| (rule, Severity::Hold, Cow::Borrowed(say));
    let given_host = written.split_once("://").map_or(written, |(_, rest)| rest);
    let given_host = given_host.split(['/', '?', '#']).next().unwrap_or_default();
    let mixed = !given_host.is_ascii() || host.chars().any(|c| look_alike(c) != c);
    if user.is_some() {
        return hides("This link hides where it leads behind an @.", "links.userinfo");
    }
    if mixed {
        return hides("This link uses letters that look like others.", "links.look-alike");
    }
    if host.split('.').any(|label| label.starts_with("xn--")) {
        return hides("This link's name is written in code and may look like another.", "links.punycode");
    }
    if host.parse::<Ipv4Addr>().is_ok() || !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_digit())
    {
        return hides("This link leads to a bare number, not to a name.", "links.bare-number");
    }
    if ours.iter().any(|domain| near_miss(&host, domain)) {
        return hides("This link looks like the trust's address but is not.", "links.near-miss");
    }
    if SHORTENERS.contains(&host.trim_start_matches("www.")) {
        return (
            "links.shortened",
            Severity::Note,
            Cow::Owned(format!("This short link hides where it leads: {host}.")),
        );
    }
    ("links.listed", Severity::Note, Cow::Owned(format!("A link to {host}.")))
}

/// One letter off an address of the trust.
fn near_miss(host: &str, domain: &str) -> bool {
    let host = host.trim_start_matches("www.");
    !within(host, domain) && super::roster_names::one_slip(host, &domain.to_lowercase())
}
