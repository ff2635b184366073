//! No clause is forgotten: each has rules and cases, or stands in the list of those that people still keep alone.

use std::{collections::BTreeSet, fs, path::Path};

use cleansheet_policy::{INTERPRETATIONS, NOT_YET_ENFORCED, Used, cases};
use cleansheet_terms::Clause;

use crate::POLICY;

fn folder() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clauses");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_clause_is_enforced_or_listed_as_not_yet() {
    let enforced = POLICY.clauses().iter().filter(|info| info.enforced).map(|info| info.clause);
    let enforced: BTreeSet<Clause> = enforced.collect();
    let not_yet = BTreeSet::from(NOT_YET_ENFORCED);
    assert!(enforced.is_disjoint(&not_yet), "a clause with rules leaves the list");
    assert_eq!(enforced.union(&not_yet).copied().collect::<Vec<_>>(), Clause::all().collect::<Vec<_>>());
}

#[test]
fn the_list_of_clauses_not_yet_enforced_only_shrinks() {
    let ever: BTreeSet<u8> = BTreeSet::from([5, 11, 13, 14, 15, 16]);
    let now: BTreeSet<u8> = NOT_YET_ENFORCED.into_iter().map(Clause::number).collect();
    assert!(now.is_subset(&ever), "a clause that was enforced once stays enforced");
}

#[test]
fn every_clause_has_a_name_and_a_sentence_of_its_own() {
    let clauses = POLICY.clauses();
    assert_eq!(clauses.iter().map(|info| info.clause).collect::<Vec<_>>(), Clause::all().collect::<Vec<_>>());
    assert_eq!(clauses.iter().map(|info| info.name).collect::<BTreeSet<_>>().len(), 16);
    assert_eq!(clauses.iter().map(|info| info.text).collect::<BTreeSet<_>>().len(), 16);
    for info in clauses {
        assert!(info.text.ends_with('.') && !info.name.ends_with('.'), "{}", info.name);
    }
}

#[test]
fn every_file_of_rules_is_built_in_and_has_its_cases() {
    let files = folder();
    let rules: BTreeSet<&str> = files.iter().filter_map(|file| file.strip_suffix(".cedar")).collect();
    let (_, texts) = cleansheet_policy::testing::texts();
    assert_eq!(
        rules,
        texts.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(),
        "list it in src/clauses.rs"
    );
    let tables: BTreeSet<&str> = files.iter().filter_map(|file| file.strip_suffix(".cases.toml")).collect();
    let no_clause = BTreeSet::from(["00_base", "99_access"]);
    assert_eq!(tables, rules.difference(&no_clause).copied().collect::<BTreeSet<_>>());
}

#[test]
fn every_case_ends_as_its_table_says() {
    let ran = cases::run(&POLICY).unwrap();
    let failed: Vec<_> = ran.iter().filter(|case| !case.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_clause_has_a_case_that_is_allowed_and_one_that_is_refused_by_it() {
    let ran = cases::run(&POLICY).unwrap();
    for file in folder().iter().filter_map(|file| file.strip_suffix(".cases.toml")) {
        let of_file: Vec<_> = ran.iter().filter(|case| case.file == file).collect();
        let clause: u8 = file.split('_').next().unwrap().parse().unwrap();
        assert!(of_file.iter().any(|case| case.expected.outcome == "allow"), "{file}: no case is allowed");
        let cites = |clause: Option<Clause>| {
            move |case: &&&cases::Ran| {
                case.expected.outcome == "deny" && case.expected.clauses.contains(&clause)
            }
        };
        let cited = match Clause::new(clause) {
            Ok(clause) => of_file.iter().any(|case| cites(Some(clause))(&case)),
            // The file for other findings speaks for every clause without rules of its own.
            Err(_) => NOT_YET_ENFORCED
                .into_iter()
                .all(|clause| of_file.iter().any(|case| cites(Some(clause))(&case))),
        };
        assert!(cited, "{file}: no case is refused by its clause");
    }
}

#[test]
fn every_rule_speaks_in_some_case() {
    let spoke: BTreeSet<String> =
        cases::run(&POLICY).unwrap().into_iter().flat_map(|case| case.rules).collect();
    let silent: Vec<String> =
        POLICY.rules().map(str::to_owned).filter(|rule| !spoke.contains(rule)).collect();
    assert!(silent.is_empty(), "no case makes these rules speak: {silent:?}");
}

#[test]
fn every_interpretation_is_named_by_a_rule_or_says_that_its_clause_is_not_built() {
    let named: BTreeSet<&str> = POLICY.reads().collect();
    let keys: BTreeSet<&str> = INTERPRETATIONS.iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), INTERPRETATIONS.len(), "a key names one of them");
    for one in INTERPRETATIONS {
        let built = !NOT_YET_ENFORCED.contains(&one.clause);
        assert_eq!(named.contains(one.key), built, "{}: rules of a clause name what they rest on", one.key);
        assert_eq!(one.used == Used::Rules, built, "{}", one.key);
        assert!(one.question.ends_with('?') && !one.proposed.ends_with('.'), "{}", one.key);
    }
}
