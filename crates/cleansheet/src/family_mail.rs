//! What families are sent to come to their page, in the language they read best. Subjects name nobody.

use cleansheet_locales::{Language, texts};

/// Why somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They are asked for the first time.
    Ask,
    /// They were asked, and have not answered.
    Remind,
}

/// Whom a mail is for.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Their name.
    pub name: &'a str,
    /// They answer for themselves.
    pub own: bool,
    /// The language they read best.
    pub language: Language,
}

/// The subject and the text of a mail that leads to somebody's page.
///
/// - `link`: the whole address of the page.
/// - `trust`: the trust's name.
pub fn invitation(why: Why, to: Reader<'_>, link: &str, trust: &str) -> (String, String) {
    let say = texts(to.language);
    let (subject, begin) = match (why, to.own) {
        (Why::Ask, false) => ("mail-invite-subject", "mail-invite"),
        (Why::Ask, true) => ("mail-invite-subject", "mail-invite-own"),
        (Why::Remind, _) => ("mail-remind-subject", "mail-remind"),
    };
    // A browser begins in English by itself, or in what its owner set.
    let language = match to.language {
        Language::English => String::new(),
        other => format!("?language={other}"),
    };
    let lines = [
        say.with("name", to.name).say("mail-invite-hello"),
        say.say(begin),
        // The address alone on its line, and with nothing around it that could become part of it.
        format!("{link}{language}"),
        say.say("mail-invite-safe"),
        format!("{trust}\n"),
    ];
    (say.say(subject), lines.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use cleansheet_locales::Language;

    use super::{Reader, Why, invitation};

    #[test]
    fn every_mail_leads_to_the_page_in_the_readers_language_and_names_nobody_in_its_subject() {
        for language in Language::ALL {
            for (why, own) in [(Why::Ask, false), (Why::Ask, true), (Why::Remind, false)] {
                let to = Reader { name: "Meera", own, language };
                let (subject, body) = invitation(why, to, "https://posts.example.org/g/abc", "The trust");
                assert!(!subject.contains("Meera") && !subject.is_empty(), "{subject}");
                let chosen = format!("\n\nhttps://posts.example.org/g/abc?language={language}\n\n");
                assert_eq!(body.contains(&chosen), language != Language::English, "{body}");
                assert!(
                    body.contains("\n\nhttps://posts.example.org/g/abc") && body.contains("Meera"),
                    "{body}"
                );
            }
        }
    }
}
