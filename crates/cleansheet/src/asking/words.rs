//! What families are sent, in plain English: nobody's name, what to do, and that no is as good as yes.
//!
//! Every text is asked for in a language, so that the texts of other languages have their place here.

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
    pub language: &'static str,
    /// The heading.
    pub heading: String,
    /// Why it came.
    pub why: String,
    /// What to do, step by step.
    pub steps: [&'static str; 3],
    /// What does not change.
    pub safe: &'static str,
    /// For whoever cannot or does not want to.
    pub help: String,
}

impl OurWords<'_> {
    /// The words of a letter.
    ///
    /// - `contact`: the Manager's mail address.
    pub fn letter(&self, own: bool, _language: &str, contact: &str) -> LetterWords {
        let trust = self.trust;
        LetterWords {
            language: "en",
            heading: if own { "May we show you in pictures?" } else { "May we show your child in pictures?" }
                .to_owned(),
            why: if own {
                format!(
                    "{trust} takes pictures of its activities. Your answer decides whether your face is shown."
                )
            } else {
                format!(
                    "{trust} takes pictures of its activities. Your answer decides whether your child’s face is shown. \
                     Until you answer, we cover it."
                )
            },
            steps: [
                "Scan the square with a phone, or type in the address.",
                "Type in the code.",
                "Answer each question. It takes about two minutes.",
            ],
            safe: if own {
                "No is as good as yes. You can change your answer on any day, with the same letter."
            } else {
                "No is as good as yes: your child’s place is safe either way. You can change your answer on any day, with \
                 the same letter."
            },
            help: format!(
                "No phone or computer? Tell the coach: we have the same questions on paper. Or write to {contact}."
            ),
        }
    }
}

impl Words for OurWords<'_> {
    fn mail(&self, why: Why, to: &Visitor, _language: &str, link: &str) -> Written {
        let (origin, trust) = (self.origin, self.trust);
        let own = matches!(to, Visitor::Participant(_));
        let (of_whom, safe) = if own {
            ("of you", "No is as good as yes.")
        } else {
            (
                "of the children you answer for",
                "No is as good as yes: every child’s place is safe either way.",
            )
        };
        let (subject, begin) = match why {
            Why::Ask => (
                "Pictures: may we show them?",
                format!("may we use pictures {of_whom}? We ask before we show anybody’s face."),
            ),
            Why::Remind => (
                "Pictures: your answer is still open",
                format!(
                    "we have asked whether we may use pictures {of_whom}, and have no answer yet. Until there is one, we \
                     cover the face."
                ),
            ),
            Why::Renew => (
                "Pictures: your answer runs out soon",
                format!(
                    "your answer about pictures {of_whom} runs out soon. We ask you again, as we do every year."
                ),
            ),
            Why::Receipt => (
                "Pictures: your answers",
                "thank you for your answers. Here you can always see them, and change your mind.".to_owned(),
            ),
        };
        let body = format!(
            "Hello,\n\n{begin}\n\nYour own page:\n{origin}/g/{link}\n\nThe page shows nothing by itself: it sends a code to \
             this address first. It takes about two minutes. {safe} You can change your answer on any day.\n\nIf this mail \
             is not meant for you, you need do nothing; tell us, and we put it right.\n\n{trust}\n"
        );
        Written { subject: subject.to_owned(), body }
    }

    fn text(&self, why: Why, _to: &Visitor, _language: &str, link: &str) -> String {
        let (origin, trust) = (self.origin, self.trust);
        let begin = match why {
            Why::Ask | Why::Receipt => "May we use pictures? Please answer here",
            Why::Remind => "Your answer about pictures is still open",
            Why::Renew => "Your answer about pictures runs out soon",
        };
        format!("{trust}: {begin}: {origin}/g/{link}")
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_records::{
        asking::{Why, Words as _},
        invitations::Visitor,
    };
    use cleansheet_terms::{GuardianId, ParticipantId};

    use super::OurWords;

    #[test]
    fn every_message_leads_to_the_readers_own_page_and_names_nobody_in_its_subject() {
        let words = OurWords { origin: "https://posts.example.org", trust: "Rivermead Trust" };
        let parent = Visitor::Guardian(GuardianId::parse("guardian_1").unwrap());
        let own = Visitor::Participant(ParticipantId::parse("participant_1").unwrap());
        for to in [parent, own] {
            for why in [Why::Ask, Why::Remind, Why::Renew, Why::Receipt] {
                let mail = words.mail(why, &to, "en", "abc");
                assert!(mail.body.contains("https://posts.example.org/g/abc\n"), "{}", mail.body);
                assert!(mail.subject.starts_with("Pictures: "), "{}", mail.subject);
                let text = words.text(why, &to, "en", "abc");
                assert!(text.ends_with("https://posts.example.org/g/abc"), "{text}");
            }
        }
    }
}
