//! What `setup` asks when nobody gave it a profile. Each answer is looked at when it is typed, and can be corrected.

use cleansheet_terms::{Timestamp, day_in_london};
use jiff::ToSpan as _;

use crate::kept::quoted;

/// Where questions go and answers come from.
pub(super) trait Asker {
    /// Shows a line.
    fn say(&mut self, line: &str);
    /// One line, without its end; `None` when there will be no more.
    fn answer(&mut self, question: &str, hidden: bool) -> Option<String>;
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answers {
    /// The profile, as its file says it.
    pub(super) profile: String,
    /// The origin people will use.
    pub(super) public_url: String,
    /// The mail server's address, with its password; `None` for later.
    pub(super) smtp: Option<String>,
}

/// One question.
struct Question {
    ask: &'static str,
    /// Refuses an answer in one sentence.
    look: fn(&str) -> Result<(), &'static str>,
    /// What an empty answer means, given the answers so far.
    usual: fn(&[String], Timestamp) -> Option<String>,
    hidden: bool,
}

const NAME: usize = 0;
const SHORT: usize = 1;
const URL: usize = 2;
const MANAGER: usize = 3;
const MANAGER_MAIL: usize = 4;
const IT: usize = 5;
const IT_MAIL: usize = 6;
const LAST: usize = 7;
const NEXT: usize = 8;
const SERVER: usize = 9;
const USER: usize = 10;
const PASSWORD: usize = 11;

const QUESTIONS: [Question; 12] = [
    Question { ask: "The trust's name in full", look: a_name, usual: none, hidden: false },
    Question { ask: "Its name as people say it", look: a_name, usual: short, hidden: false },
    Question {
        ask: "The address people will use, for example https://posts.example.org",
        look: an_origin,
        usual: |_, _| Some("http://localhost:8080".into()),
        hidden: false,
    },
    Question { ask: "The Community Trust Manager's name", look: a_name, usual: none, hidden: false },
    Question { ask: "The Manager's mail address", look: a_mail, usual: none, hidden: false },
    Question { ask: "The IT support provider's name", look: a_name, usual: none, hidden: false },
    Question { ask: "The IT support provider's mail address", look: a_mail, usual: none, hidden: false },
    Question {
        ask: "The month of the policy's last review, as YYYY-MM",
        look: a_month,
        usual: this_month,
        hidden: false,
    },
    Question { ask: "The month of its next review", look: a_month, usual: a_year_later, hidden: false },
    Question {
        ask: "The mail server, for example mail.example.org (empty: later)",
        look: a_server,
        usual: empty,
        hidden: false,
    },
    Question { ask: "The user name there (empty: none)", look: anything, usual: empty, hidden: false },
    Question { ask: "The password there", look: anything, usual: empty, hidden: true },
];

/// Asks everything, shows it once more, and lets it be corrected. `None` when the answers end early.
pub(super) fn ask(asker: &mut dyn Asker, now: Timestamp) -> Option<Answers> {
    asker.say("An empty answer takes what stands in brackets. Everything can be corrected at the end.");
    let mut given: Vec<String> = Vec::new();
    for question in &QUESTIONS {
        let skip = given.len() > SERVER && given.get(SERVER).is_some_and(String::is_empty)
            || given.len() == PASSWORD && given.get(USER).is_some_and(String::is_empty);
        let answer = if skip { String::new() } else { one(asker, question, &given, now)? };
        given.push(answer);
    }
    loop {
        for (number, (question, answer)) in QUESTIONS.iter().zip(&given).enumerate() {
            let shown = if question.hidden && !answer.is_empty() { "(not shown)" } else { answer };
            asker.say(&format!("{:>3}  {}: {shown}", number + 1, question.ask));
        }
        let reply = asker.answer("Is that right? Empty: yes. A number: ask that again", false)?;
        let chosen = reply.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match chosen.and_then(|at| QUESTIONS.get(at).map(|question| (at, question))) {
            Some((at, question)) => {
                let answer = one(asker, question, &given, now)?;
                if let Some(place) = given.get_mut(at) {
                    *place = answer;
                }
            }
            None if ["", "y", "yes"].contains(&reply.trim().to_lowercase().as_str()) => {
                return Some(answers(&given));
            }
            None => asker.say("Press Enter when all of it is right, or type the number of a line."),
        }
    }
}

fn one(asker: &mut dyn Asker, question: &Question, given: &[String], now: Timestamp) -> Option<String> {
    let usual = (question.usual)(given, now);
    let shown = match usual.as_deref() {
        Some(usual) if !usual.is_empty() => format!("{} [{usual}]", question.ask),
        _ => question.ask.to_owned(),
    };
    loop {
        let typed = asker.answer(&shown, question.hidden)?;
        let typed = typed.trim();
        let answer = match &usual {
            Some(usual) if typed.is_empty() => usual.clone(),
            _ => typed.to_owned(),
        };
        match (question.look)(&answer) {
            Ok(()) => return Some(answer),
            Err(sentence) => asker.say(sentence),
        }
    }
}

fn answers(given: &[String]) -> Answers {
    let at = |which: usize| given.get(which).map_or("", String::as_str);
    let domain = at(MANAGER_MAIL).rsplit_once('@').map_or("", |(_, domain)| domain);
    let lines = [
        "[trust]".to_owned(),
        format!("name = {}", quoted(at(NAME))),
        format!("short_name = {}", quoted(at(SHORT))),
        "# Addresses and numbers of the trust itself: they may stand in posts. Add to these lists."
            .to_owned(),
        format!("domains = [{}]", quoted(domain)),
        "phones = []\npostcodes = []".to_owned(),
        "# Words that only people inside should read.\nconfidential = []\nschools = []".to_owned(),
        format!("\n[contacts.manager]\nname = {}\nmail = {}", quoted(at(MANAGER)), quoted(at(MANAGER_MAIL))),
        format!("\n[contacts.it]\nname = {}\nmail = {}", quoted(at(IT)), quoted(at(IT_MAIL))),
        format!("\n[review]\nlast = {}\nnext_due = {}", quoted(at(LAST)), quoted(at(NEXT))),
        format!("last_by = {}\nnext_by = [{}]", quoted(at(MANAGER)), quoted(at(MANAGER))),
        "\n[colours]\nclub = \"#ffb81c\"\nclub_on = \"#1d1607\"\n".to_owned(),
    ];
    let smtp = (!at(SERVER).is_empty()).then(|| {
        let who = match (at(USER), at(PASSWORD)) {
            ("", _) => String::new(),
            (user, password) => format!("{}:{}@", escaped(user), escaped(password)),
        };
        format!("smtps://{who}{}", at(SERVER))
    });
    Answers { profile: lines.join("\n"), public_url: at(URL).trim_end_matches('/').to_owned(), smtp }
}

/// As an address writes it.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn none(_: &[String], _: Timestamp) -> Option<String> {
    None
}

fn empty(_: &[String], _: Timestamp) -> Option<String> {
    Some(String::new())
}

fn short(given: &[String], _: Timestamp) -> Option<String> {
    let name = given.get(NAME)?;
    let short = name.strip_suffix("Community Trust").unwrap_or(name).trim();
    (!short.is_empty()).then(|| short.to_owned())
}

fn this_month(_: &[String], now: Timestamp) -> Option<String> {
    Some(day_in_london(now).strftime("%Y-%m").to_string())
}

fn a_year_later(given: &[String], _: Timestamp) -> Option<String> {
    let last: jiff::civil::Date = format!("{}-01", given.get(LAST)?).parse().ok()?;
    Some(last.checked_add(1.year()).ok()?.strftime("%Y-%m").to_string())
}

fn anything(_: &str) -> Result<(), &'static str> {
    Ok(())
}

fn a_name(answer: &str) -> Result<(), &'static str> {
    match answer.chars().count() {
        2..=120 if !answer.chars().any(char::is_control) => Ok(()),
        _ => Err("Write a name of 2 to 120 letters."),
    }
}

fn a_mail(answer: &str) -> Result<(), &'static str> {
    let good = answer.parse::<lettre::Address>().is_ok();
    if good { Ok(()) } else { Err("That is no mail address; write for example jo@example.org.") }
}

fn a_month(answer: &str) -> Result<(), &'static str> {
    let good = answer.len() == 7 && format!("{answer}-01").parse::<jiff::civil::Date>().is_ok();
    if good { Ok(()) } else { Err("Write a month as YYYY-MM, for example 2026-03.") }
}

fn a_server(answer: &str) -> Result<(), &'static str> {
    let (host, port) = answer.split_once(':').unwrap_or((answer, "465"));
    let good = host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    match good && port.parse::<u16>().is_ok() {
        true => Ok(()),
        false => Err("Write the server's name, and its port behind a colon when it is not 465."),
    }
}

/// An address that browsers trust: https, or this machine by its name (passkeys need a name).
pub(super) fn an_origin(answer: &str) -> Result<(), &'static str> {
    let answer = answer.trim_end_matches('/');
    let host = answer.strip_prefix("https://").or_else(|| {
        let host = answer.strip_prefix("http://")?;
        (host == "localhost" || host.starts_with("localhost:")).then_some(host)
    });
    let plain = |host: &str| {
        !host.is_empty()
            && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == ':')
    };
    match host.is_some_and(plain) {
        true => Ok(()),
        false => {
            Err("Write https:// and a name, with nothing behind it; or http://localhost:8080 to try it out.")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::{Asker, ask};
    use crate::profile::Profile;

    struct Script(VecDeque<&'static str>, Vec<String>);

    impl Asker for Script {
        fn say(&mut self, line: &str) {
            self.1.push(line.to_owned());
        }
        fn answer(&mut self, question: &str, _hidden: bool) -> Option<String> {
            self.1.push(question.to_owned());
            self.0.pop_front().map(str::to_owned)
        }
    }

    fn play(answers: &[&'static str]) -> (Option<super::Answers>, String) {
        let mut script = Script(answers.iter().copied().collect(), Vec::new());
        let got = ask(&mut script, "2026-11-21T12:00:00Z".parse().unwrap());
        (got, script.1.join("\n"))
    }

    #[test]
    fn wrong_answers_are_asked_again_and_right_ones_can_be_corrected() {
        let (got, shown) = play(&[
            "",
            "Rivermead \"Town\" Community Trust",
            "",
            "http://posts.example.org",
            "https://posts.example.org/",
            "Dele Okafor",
            "dele",
            "dele@example.org",
            "Fenware",
            "help@example.org",
            "March",
            "2026-03",
            "",
            "mail.example.org",
            "dele@example.org",
            "p@ss/word",
            "7",
            "it@example.org",
            "yes",
        ]);
        let got = got.unwrap();
        assert_eq!(got.public_url, "https://posts.example.org");
        assert_eq!(got.smtp.as_deref(), Some("smtps://dele%40example.org:p%40ss%2Fword@mail.example.org"));
        assert!(!shown.contains("p@ss"), "{shown}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("p.toml"), &got.profile).unwrap();
        let profile = Profile::read(&folder.path().join("p.toml")).unwrap();
        assert_eq!(profile.trust.name, "Rivermead \"Town\" Community Trust");
        assert_eq!(profile.contacts.it.mail, "it@example.org");
        assert_eq!(profile.review.next_due.in_words(), "March 2027");
    }

    #[test]
    fn without_a_mail_server_nothing_is_asked_about_it_and_an_early_end_makes_nothing() {
        let few = [
            "Rivermead Community Trust",
            "",
            "",
            "Dele Okafor",
            "dele@example.org",
            "Fenware",
            "help@example.org",
        ];
        let (got, shown) = play(&[few.as_slice(), &["", "", "", ""]].concat());
        let got = got.unwrap();
        assert_eq!((got.smtp, got.public_url.as_str()), (None, "http://localhost:8080"));
        assert!(!shown.contains("The password there\n"), "{shown}");
        assert_eq!(play(&few).0, None);
    }
}
