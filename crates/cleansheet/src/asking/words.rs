//! What families are sent, in the language they read best: nobody's name in a subject, what to do, and that no is as good
//! as yes.

use cleansheet_locales::{Language, texts};
use cleansheet_records::{
    asking::{Why, Words, Written},
    invitations::Visitor,
};

/// The trust's own words.
#[derive(Debug, Clone, Copy)]
pub struct OurWords<'a> {
    /// Where the trust's pages are.
    pub origin: &'a str,
    /// The trust's name.
    pub trust: &'a str,
}

/// What a letter says around its link and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterWords {
    /// The language of these words.
    pub language: Language,
    /// The heading.
    pub heading: String,
    /// Why it came.
    pub why: String,
    /// What to do, step by step.
    pub steps: [String; 3],
    /// What does not change.
    pub safe: String,
    /// For whoever cannot or does not want to, and how long it works.
    pub help: String,
}

impl OurWords<'_> {
    /// The words of a letter.
    pub fn letter(&self, own: bool, language: &str) -> LetterWords {
        let language = Language::parse(language).unwrap_or_default();
        let say = |key: &str| texts(language).say(key);
        LetterWords {
            language,
            heading: say(if own { "letter-heading-own" } else { "letter-heading" }),
            why: say("letter-why"),
            steps: ["letter-scan", "letter-code", "letter-answer"].map(say),
            safe: say("letter-safe"),
            help: format!("{} {}", say("letter-help"), say("letter-keep")),
        }
    }

    /// A page's address. A browser begins in English by itself, or in what its owner set.
    fn address(&self, link: &str, language: Language) -> String {
        match language {
            Language::English => format!("{}/g/{link}", self.origin),
            other => format!("{}/g/{link}?language={other}", self.origin),
        }
    }
}

impl Words for OurWords<'_> {
    fn mail(&self, why: Why, to: &Visitor, language: &str, link: &str) -> Written {
        let language = Language::parse(language).unwrap_or_default();
        let say = texts(language);
        let (subject, begin) = match (why, to) {
            (Why::Ask, Visitor::Guardian(_)) => ("mail-invite-subject", "mail-invite"),
            (Why::Ask, Visitor::Participant(_)) => ("mail-invite-subject", "mail-invite-own"),
            (Why::Remind, _) => ("mail-remind-subject", "mail-remind"),
            (Why::Renew, _) => ("mail-renew-subject", "mail-renew"),
            (Why::Receipt, _) => ("mail-answered-subject", "mail-spot"),
        };
        let lines = [
            say.say("mail-hello"),
            say.say(begin),
            // The address alone on its line, and with nothing around it that could become part of it.
            self.address(link, language),
            format!("{} {}", say.say("mail-invite-safe"), say.say("mail-good")),
            format!("{}\n", self.trust),
        ];
        Written { subject: say.say(subject), body: lines.join("\n\n") }
    }

    fn text(&self, why: Why, _to: &Visitor, language: &str, link: &str) -> String {
        let language = Language::parse(language).unwrap_or_default();
        let begin = texts(language).say(match why {
            Why::Ask | Why::Receipt => "sms-ask",
            Why::Remind => "sms-remind",
            Why::Renew => "sms-renew",
        });
        format!("{}: {begin} {}", self.trust, self.address(link, language))
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_locales::Language;
    use cleansheet_records::{
        asking::{Why, Words as _},
        invitations::Visitor,
    };
    use cleansheet_terms::{GuardianId, ParticipantId};

    use super::OurWords;

    #[test]
    fn every_message_leads_to_the_readers_own_page_in_their_language_and_names_nobody() {
        let words = OurWords { origin: "https://posts.example.org", trust: "Rivermead Trust" };
        let parent = Visitor::Guardian(GuardianId::parse("guardian_1").unwrap());
        let own = Visitor::Participant(ParticipantId::parse("participant_1").unwrap());
        for to in [parent, own] {
            for why in [Why::Ask, Why::Remind, Why::Renew, Why::Receipt] {
                let english = words.mail(why, &to, "en", "abc");
                assert!(english.body.contains("\n\nhttps://posts.example.org/g/abc\n\n"), "{}", english.body);
                for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
                    let mail = words.mail(why, &to, language.code(), "abc");
                    let address = format!("https://posts.example.org/g/abc?language={language}");
                    assert!(mail.body.contains(&format!("\n\n{address}\n\n")), "{}", mail.body);
                    assert_ne!(mail.subject, english.subject, "{language}");
                    let text = words.text(why, &to, language.code(), "abc");
                    assert!(text.ends_with(&address), "{text}");
                }
                assert_eq!(words.mail(why, &to, "xx", "abc"), english, "an unknown language is English");
            }
        }
    }
}
