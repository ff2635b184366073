//! A policy that is not entirely in order does not load, and one whose rules err refuses.

use std::collections::BTreeSet;

use cleansheet_policy::{
    Judged, Policy, PolicyError, Step,
    testing::{policy_of, post_in_order, texts},
};

use crate::POLICY;

const RULE: &str = r#"
@id("4-new")
@clause("4")
@effect("deny")
@say("something is the matter")
@remedy("do something about it")
forbid (principal, action == Action::"publish_post", resource)
when { context.sign_in.age_minutes > 5 };
"#;

/// Our own policy with this added to the file of clause 4.
fn with(rule: &str) -> Result<Policy, PolicyError> {
    let (schema, mut files) = texts();
    let file = files.iter_mut().find(|(name, _)| *name == "04_devices").unwrap();
    let text = format!("{}{rule}", file.1);
    file.1 = &text;
    policy_of(schema, &files)
}

fn refused(rule: &str) -> String {
    with(rule).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_rule_that_is_in_order_loads_and_speaks() {
    let judgement = with(RULE).unwrap().judge(Step::Submit, &post_in_order("submit"));
    assert_eq!(judgement.outcome, Judged::Deny);
    assert_eq!(judgement.reasons[0].say, "something is the matter");
}

#[test]
fn a_rule_that_asks_for_a_fact_nobody_has_does_not_load() {
    let error = with(&RULE.replace("age_minutes", "phase_of_the_moon")).unwrap_err();
    assert!(matches!(error, PolicyError::Invalid(_)), "{error}");
}

#[test]
fn a_rule_that_compares_apples_with_pears_does_not_load() {
    let error = with(&RULE.replace("> 5", "== \"five\"")).unwrap_err();
    assert!(matches!(error, PolicyError::Invalid(_)), "{error}");
}

#[test]
fn a_rule_that_can_never_speak_does_not_load() {
    let error = with(&RULE.replace("context.sign_in.age_minutes > 5", "false")).unwrap_err();
    assert!(matches!(error, PolicyError::Invalid(_)), "{error}");
}

#[test]
fn two_rules_with_one_id_do_not_load() {
    assert_eq!(refused(&RULE.replace("4-new", "1-author-dbs")), "two rules have the id `1-author-dbs`");
    assert_eq!(refused(&format!("{RULE}{RULE}")), "two rules have the id `4-new`");
}

#[test]
fn a_rule_without_what_it_has_to_carry_does_not_load() {
    let line = |start: &str| format!("{}\n", RULE.lines().find(|line| line.starts_with(start)).unwrap());
    let without = |start: &str| refused(&RULE.replace(&line(start), ""));
    insta::assert_snapshot!(
        [without("@id"), without("@clause"), without("@effect"), without("@say"), without("@remedy")].join("\n"),
        @r"
        a rule in `04_devices` has no @id
        `4-new` in `04_devices` has no @clause
        `4-new` in `04_devices` has no @effect
        `4-new` in `04_devices` has no @say
        `4-new` in `04_devices` has no @remedy
        "
    );
}

#[test]
fn a_rule_that_contradicts_itself_does_not_load() {
    let hold = RULE.replace("\"deny\"", "\"hold\"");
    let sentences = [
        refused(&hold),
        refused(&hold.replace("@say", "@approver(\"headmaster\")\n@say")),
        refused(&RULE.replace("@say", "@approver(\"dsl\")\n@say")),
        refused(&RULE.replace("\"deny\"", "\"frown\"")),
        refused(&RULE.replace("\"4\"", "\"9\"")),
        refused(&RULE.replace("\"4\"", "\"finding\"")),
        refused(&RULE.replace("@say", "@approvar(\"dsl\")\n@say")),
        refused(&RULE.replace("@say", "@about(\"everything\")\n@say")),
        refused(&RULE.replace("@say", "@reads(\"tea_leaves\")\n@say")),
        refused("@id(\"4-yes\") permit (principal, action, resource);"),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @r"
    `4-new` in `04_devices` holds, so it needs an @approver
    `4-new` in `04_devices` names no role as @approver
    `4-new` in `04_devices` denies, so no @approver can lift it
    `4-new` in `04_devices` has an @effect that is neither `deny` nor `hold`
    `4-new` in `04_devices` cites another clause than its file
    `4-new` in `04_devices` cites another clause than its file
    `4-new` in `04_devices` has an annotation that nobody reads
    `4-new` in `04_devices` has an @about other than `channel`
    `4-new` in `04_devices` has an @reads that names no interpretation
    `4-yes` in `04_devices` permits, and a clause only forbids
    ");
}

#[test]
fn a_file_that_is_no_cedar_or_no_clause_does_not_load() {
    assert!(matches!(with("forbid everything;").unwrap_err(), PolicyError::Unreadable(..)));
    let (schema, mut files) = texts();
    files.push(("17_weather", ""));
    assert!(matches!(policy_of(schema, &files).unwrap_err(), PolicyError::Misnamed(_)));
    assert!(matches!(policy_of("entity;", &texts().1).unwrap_err(), PolicyError::Schema(_)));
}

#[test]
fn a_rule_that_errs_when_it_is_asked_refuses() {
    // It fits the schema and overflows: Cedar skips it, and so would say yes.
    let overflows = RULE.replace("age_minutes > 5", "age_minutes + 9223372036854775807 < 0");
    let policy = with(&overflows).unwrap();
    let judgement = policy.judge(Step::Submit, &post_in_order("submit"));
    assert_eq!(judgement.outcome, Judged::Deny);
    let reasons: Vec<_> =
        judgement.reasons.iter().map(|reason| (reason.clause, reason.rule.as_str())).collect();
    assert_eq!(reasons, [(None, "engine-error")]);
}

#[test]
fn a_policy_without_its_base_permits_nothing() {
    let (schema, files) = texts();
    let files: Vec<_> = files.into_iter().filter(|(name, _)| *name != "00_base").collect();
    let judgement = policy_of(schema, &files).unwrap().judge(Step::Send, &post_in_order("send"));
    assert_eq!(judgement.outcome, Judged::Deny);
    assert!(judgement.reasons.iter().all(|reason| reason.clause.is_none()));
}

#[test]
fn the_hash_of_the_policy_tells_any_two_apart() {
    let (schema, files) = texts();
    let mut hashes = BTreeSet::from([POLICY.hash()]);
    assert_eq!(policy_of(schema, &files).unwrap().hash(), POLICY.hash());
    for n in 0..files.len() {
        let (mut changed, text) = (files.clone(), format!("{}// a word more\n", files[n].1));
        changed[n].1 = &text;
        assert!(hashes.insert(policy_of(schema, &changed).unwrap().hash()), "{}", files[n].0);
    }
    assert!(hashes.insert(policy_of(&format!("{schema}\n"), &files).unwrap().hash()));
    assert!(hashes.insert(with(RULE).unwrap().hash()));
}
