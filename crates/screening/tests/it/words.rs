//! The words of a post through the public way in.

use cleansheet_screening::{
    checks,
    finding::{Field, Finding, Place},
    material::{Allow, Context, Material, RosterName},
    text,
};
use cleansheet_terms::{Date, Naming, Severity};
use proptest::prelude::*;

fn today() -> Date {
    Date::new(2026, 11, 24).unwrap()
}

fn child(name: &str) -> RosterName {
    RosterName { name: name.into(), shown: true, child: true, naming: Naming::None }
}

fn with(caption: &str, context: Context, roster: &[RosterName], allow: &Allow) -> Vec<Finding> {
    let material =
        Material { caption, alt_texts: &[], file_names: &[], context, roster, allow, today: today() };
    text::screen(&material).unwrap()
}

fn post(caption: &str) -> Vec<Finding> {
    with(caption, Context::Post, &[], &Allow::default())
}

fn about(findings: &[Finding], check: &str) -> bool {
    findings.iter().any(|finding| finding.check == check)
}

/// Fixtures may begin with `context: …` and `roster: …` lines; the rest is the caption.
fn fixture(file: &str) -> Vec<Finding> {
    let (mut context, mut roster, mut allow) = (Context::Post, Vec::new(), Allow::default());
    let mut rest = file;
    while let Some((line, after)) = rest.split_once('\n') {
        if let Some(value) = line.strip_prefix("context: ") {
            context = serde_json::from_value(serde_json::Value::String(value.into())).unwrap();
        } else if let Some(names) = line.strip_prefix("roster: ") {
            roster = names.split(", ").map(child).collect();
        } else if let Some(words) = line.strip_prefix("confidential: ") {
            allow.confidential = words.split(", ").map(str::to_owned).collect();
        } else {
            break;
        }
        rest = after;
    }
    with(rest, context, &roster, &allow)
}

#[test]
fn every_check_has_texts_that_it_finds_and_texts_that_it_lets_through_and_cites_only_its_clauses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut wrong = Vec::new();
    for check in checks::all() {
        for (side, found) in [("flag", true), ("pass", false)] {
            let side = folder.join(check.name()).join(side);
            let files: Vec<_> = std::fs::read_dir(&side)
                .unwrap_or_else(|_| panic!("`{}` has no folder {}", check.name(), side.display()))
                .map(|file| file.unwrap().path())
                .filter(|path| path.extension().is_some_and(|end| end == "txt"))
                .collect();
            assert!(!files.is_empty(), "{} is empty", side.display());
            for file in files {
                let findings = fixture(&std::fs::read_to_string(&file).unwrap());
                for finding in findings.iter().filter(|finding| finding.check == check.name()) {
                    let cited = finding.clause.number();
                    assert!(check.clauses().contains(&cited), "{} cites clause {cited}", check.name());
                }
                if about(&findings, check.name()) != found {
                    wrong.push(format!("{}: {findings:?}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_is_listed_and_has_a_clause() {
    let files =
        std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks")).unwrap();
    let files: Vec<String> = files
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().replace('_', "-"))
        .collect();
    let listed: Vec<&str> = checks::all().iter().map(|check| check.name()).collect();
    for file in files.iter().filter(|file| *file != "shared") {
        assert!(listed.contains(&file.as_str()), "{file} is not listed");
    }
    assert_eq!(files.len() - 1, listed.len());
    assert!(checks::all().iter().all(|check| !check.clauses().is_empty()));
}

#[test]
fn places_with_rude_names_pass() {
    for place in [
        "Scunthorpe",
        "Penistone",
        "Cockermouth",
        "Lightwater",
        "Clitheroe",
        "Shitterton",
        "Cockfosters",
        "Arsenal",
        "Cockburn",
    ] {
        let text = format!("Away day at {place} on Saturday. Well played {place}, and thank you.");
        assert_eq!(post(&text), [], "{place}");
    }
}

#[test]
fn football_and_names_pass() {
    for clean in [
        "Great cross, first-time shot, and it hit the post.",
        "We shoot towards the river end. Shoot on sight, girls.",
        "Dick Turpin and Gaylord Perry were not in the squad.",
        "Thank you Mr Cocks and Dr Balls for the oranges.",
        "Our keeper smashed it: top fundraiser of the year.",
        "They attack down the left and beat the offside trap.",
        "Cock-a-hoop after the cup win.",
    ] {
        assert_eq!(post(clean), [], "{clean}");
    }
}

#[test]
fn groups_may_be_named_and_celebrated() {
    for group in [
        "refugees",
        "Muslims",
        "gay people",
        "trans women",
        "disabled people",
        "travellers",
        "Polish families",
    ] {
        for neutral in [
            "We welcome {} to our Tuesday session.",
            "Proud of the {} who volunteer with us.",
            "Some of our best players are {}.",
            "{} belong here, and football is for everyone.",
            "I love {} and so do my friends.",
        ] {
            let text = neutral.replace("{}", group);
            assert_eq!(post(&text), [], "{text}");
        }
    }
}

#[test]
fn disguises_do_not_help() {
    for rude in [
        "fuck",
        "f u c k",
        "f.u.c.k",
        "fu\u{200b}ck",
        "fuuuuuck",
        "f*ck",
        "f**k",
        "F\u{fc}ck",
        "fu\u{441}k",
        "ＦＵＣＫ",
        "fu¢k".replace('¢', "c").as_str(),
        "5h1t",
        "sh!t",
        "b@st@rd",
        "wank3r",
        "w a n k e r",
    ] {
        assert!(about(&post(&format!("What a {rude} of a game")), "foul-language"), "{rude}");
    }
}

#[test]
fn offsets_are_code_points_of_the_text_as_given() {
    let findings = post("⚽️ é fu\u{200b}ck");
    assert_eq!(findings.first().unwrap().place, Place::Text { field: Field::Caption, start: 5, end: 10 });
}

#[test]
fn a_secret_number_is_never_repeated() {
    for secret in ["07700 900123", "943 476 5919", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32"] {
        for finding in post(&format!("NHS or card or phone {secret}")) {
            assert!(!finding.say.contains(secret) && !finding.remedy.contains(secret));
        }
    }
}

#[test]
fn a_childs_name_beside_the_face_is_found_everywhere() {
    let roster = [child("Asha Patel"), child("Mohammed Khan"), child("Grace Hill"), child("Zoë O'Neill")];
    let allow = Allow::default();
    for named in [
        "Great save by Asha",
        "Well done #AshaPatel",
        "Mo scored twice",
        "Brilliant from Grace today",
        "Player of the day: Zoe",
        "Hat-trick for Muhammed",
    ] {
        assert!(about(&with(named, Context::Post, &roster, &allow), "roster-names"), "{named}");
    }
    for clean in ["They played with grace on the hill.", "Up the hill we go", "Good Hope for all"] {
        assert_eq!(with(clean, Context::Post, &roster, &allow), [], "{clean}");
    }
    let (alts, files) = (["Asha heads the ball".to_owned()], ["asha_goal.jpg".to_owned()]);
    let material = Material {
        caption: "What a goal",
        alt_texts: &alts,
        file_names: &files,
        context: Context::Post,
        roster: &roster,
        allow: &allow,
        today: today(),
    };
    let fields: Vec<Field> = text::screen(&material)
        .unwrap()
        .iter()
        .filter_map(|finding| match finding.place {
            Place::Text { field, .. } => Some(field),
            Place::Photo { .. } => None,
        })
        .collect();
    assert_eq!(fields, [Field::AltText(0), Field::FileName(0)]);
}

#[test]
fn a_name_that_was_agreed_to_may_stand() {
    let agreed = [RosterName { naming: Naming::Full, ..child("Asha Patel") }];
    assert_eq!(with("Great save by Asha", Context::Post, &agreed, &Allow::default()), []);
}

#[test]
fn who_agreed_to_the_first_name_is_not_named_in_full() {
    let first = [RosterName { naming: Naming::First, ..child("Asha Patel") }];
    for (text, stands) in [
        ("Great save by Asha", true),
        ("Great save by Asha Patel", false),
        ("Great save by Patel", false),
        ("Great save! #AshaPatel", false),
        ("Great save! #AshaSaves", true),
        ("AP 7 saves again", false),
    ] {
        let found = with(text, Context::Post, &first, &Allow::default());
        assert_eq!(!found.iter().any(|one| one.kind == "name"), stands, "{text}: {found:?}");
    }
}

#[test]
fn what_belongs_to_the_trust_is_allowed() {
    let allow = Allow {
        org_domains: vec!["example.org".into()],
        org_phones: vec!["01632 960001".into()],
        venues: vec!["CB5 8LN".into()],
        ..Allow::default()
    };
    let text = "Ring 01632 960 001 or write to hello@example.org. We are at CB5 8LN.";
    assert_eq!(with(text, Context::Post, &[], &allow), []);
    assert_eq!(post(text).iter().filter(|finding| finding.clause.number() == 10).count(), 3);
}

#[test]
fn a_bad_line_is_answered_and_the_run_goes_on() {
    let input =
        b"{\"id\":\"a\",\"text\":\"hello\"}\nnot json\n{\"id\":\"\\u00e9\",\"text\":\"shit\"}\n\xff\xfe\n";
    let mut output = Vec::new();
    let outcome = text::screen_lines(&input[..], &mut output, today()).unwrap();
    assert_eq!((outcome.screened, outcome.bad), (2, 2));
    let lines: Vec<serde_json::Value> = std::str::from_utf8(&output)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0], serde_json::json!({"id": "a", "findings": []}));
    assert_eq!(lines[1]["id"], serde_json::Value::Null);
    assert_eq!(lines[1]["line"], 2);
    assert_eq!(lines[2]["id"], "é");
    assert_eq!(lines[2]["findings"][0]["clause"], 6);
    assert_eq!((&lines[2]["findings"][0]["start"], &lines[2]["findings"][0]["end"]), (&0.into(), &4.into()));
}

#[test]
fn a_text_that_is_too_long_to_be_looked_at_whole_is_stopped() {
    let findings = post(&"word ".repeat(6_000));
    assert!(findings.iter().any(|finding| finding.check == "length" && finding.severity == Severity::Block));
}

#[test]
fn evil_texts_of_a_megabyte_end() {
    for evil in [
        "a",
        "1 ",
        "f*",
        "(",
        "fuck ",
        "women are ",
        "@",
        "a.",
        "0 7 7 ",
        "\u{301}",
        "CB5 ",
        "http://",
        "12-34-56 ",
        "x@x.",
    ] {
        let text = evil.repeat(1_000_000 / evil.len());
        let begun = std::time::Instant::now();
        let _ = post(&text);
        assert!(begun.elapsed().as_secs() < 5, "{evil}: {:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn spans_are_ordered_and_inside_the_text(text in "\\PC{0,120}") {
        let letters = text.chars().count();
        let mut last = 0;
        for finding in post(&text) {
            let (start, end) = finding.place.span().unwrap();
            prop_assert!(last <= start && start < end && end <= letters, "{start}..{end} of {letters}");
            last = start;
        }
    }

    #[test]
    fn hidden_letters_and_look_alikes_are_found(at in 1_usize..4, which in 0_usize..4) {
        let mut word: Vec<char> = "wanker".chars().collect();
        match which {
            0 => word.insert(at, '\u{200b}'),
            1 => word.insert(at, '\u{ad}'),
            2 => word[1] = 'а',
            _ => word[4] = 'е',
        }
        let word: String = word.into_iter().collect();
        let text = format!("total {word} that one");
        prop_assert!(about(&post(&text), "foul-language"), "{}", text);
    }
}
