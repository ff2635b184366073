//! What `cargo metadata` says of the whole workspace: our crates depend on each other one way only, heavy crates have one
//! owner, every dependency is explained in `docs/dependencies.md`, and licences and sources are those of `deny.toml`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test may fail like a test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process::Command,
};

use serde_json::Value;

/// Which of our crates a crate of ours may use; DESIGN: dependencies point one way.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("cleansheet-terms", &[]),
    ("cleansheet-ledger", &["terms"]),
    ("cleansheet-locales", &["terms"]),
    ("cleansheet-policy", &["terms"]),
    ("cleansheet-screening", &["terms"]),
    ("cleansheet-simulators", &["terms"]),
    ("cleansheet-channels", &["policy", "terms"]),
    ("cleansheet-records", &["ledger", "locales", "policy", "screening", "terms"]),
    ("cleansheet", &["channels", "ledger", "locales", "policy", "records", "screening", "terms"]),
];

/// Played networks: every crate's tests may talk to them, no crate itself.
const FOR_TESTS: &str = "cleansheet-simulators";

/// Crates that only one of ours may know.
const OWNERS: [(&str, &str); 9] = [
    ("askama", "cleansheet"),
    ("axum", "cleansheet"),
    ("cedar-policy", "cleansheet-policy"),
    ("clap", "cleansheet"),
    ("fluent-bundle", "cleansheet-locales"),
    ("landlock", "cleansheet-screening"),
    ("ort", "cleansheet-screening"),
    ("sqlx", "cleansheet-records"),
    ("webauthn-rs", "cleansheet"),
];

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name} cannot be read: {e}"))
}

/// Everything that is compiled into the program, its build and its tests, on the platform we run on.
fn packages() -> Vec<Value> {
    let asked = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let metadata: Value = serde_json::from_slice(&asked.stdout).unwrap();
    let used: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let all = metadata["packages"].as_array().unwrap();
    all.iter().filter(|package| used.contains(package["id"].as_str().unwrap())).cloned().collect()
}

fn ours(packages: &[Value]) -> BTreeMap<&str, &Value> {
    packages.iter().filter(|p| p["source"].is_null()).map(|p| (p["name"].as_str().unwrap(), p)).collect()
}

/// Names of what a package uses when it is built and run; `with_tests` adds what its tests use.
fn uses(package: &Value, with_tests: bool) -> BTreeSet<&str> {
    let all = package["dependencies"].as_array().unwrap().iter();
    all.filter(|d| with_tests || d["kind"].as_str() != Some("dev"))
        .map(|d| d["name"].as_str().unwrap())
        .collect()
}

#[test]
fn our_crates_depend_on_each_other_one_way() {
    let packages = packages();
    let ours = ours(&packages);
    let listed: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        listed.keys().collect::<Vec<_>>(),
        "a crate is missing in MAY_USE"
    );
    for (name, package) in &ours {
        // A crate's own tests may ask itself for its feature `testing`; that is no direction.
        assert!(!uses(package, false).contains(FOR_TESTS), "{name} uses what only tests may");
        let others = uses(package, true).into_iter().filter(|used| used != name && *used != FOR_TESTS);
        for used in others.filter_map(|used| used.strip_prefix("cleansheet-")) {
            assert!(listed[name].contains(&used), "{name} may not use {used}");
        }
    }
}

#[test]
fn heavy_crates_have_one_owner() {
    let packages = packages();
    for (name, package) in ours(&packages) {
        let uses = uses(package, false);
        for (heavy, owner) in OWNERS {
            let may = name == owner || name == FOR_TESTS;
            assert!(may || !uses.contains(heavy), "{name} uses {heavy}, which belongs to {owner}");
        }
    }
}

#[test]
fn every_dependency_is_explained() {
    let explained = read("docs/dependencies.md");
    let packages = packages();
    for package in ours(&packages).values() {
        for used in uses(package, true).into_iter().filter(|used| !used.starts_with("cleansheet")) {
            assert!(
                explained.contains(&format!("| `{used}` |")),
                "docs/dependencies.md has no line about `{used}`"
            );
        }
    }
}

#[test]
fn licences_and_sources_are_those_of_deny_toml() {
    let rules: toml::Table = read("deny.toml").parse().unwrap();
    let allowed = strings(&rules["licenses"]["allow"]);
    let banned: Vec<_> =
        rules["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    let mut registries = BTreeSet::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(&name), "{name} is on deny.toml's list of bans");
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names no licence"));
        assert!(fits(licence, &allowed), "{name} comes under `{licence}`, which deny.toml does not allow");
        if let Some(source) = package["source"].as_str() {
            assert!(source.starts_with("registry+"), "{name} comes from {source}, not from the registry");
            registries.insert(source.to_owned());
        }
    }
    assert!(registries.len() <= 1, "dependencies come from several registries: {registries:?}");
}

fn strings(list: &toml::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap()).collect()
}

/// Whether an SPDX expression can be met with the allowed licences alone: one side of each `OR`, both of each `AND`.
fn fits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let met = either(&mut words, allowed);
    met && words.is_empty()
}

fn either(words: &mut Vec<&str>, allowed: &[&str]) -> bool {
    let mut met = both(words, allowed);
    while words.last() == Some(&"OR") {
        words.pop();
        met |= both(words, allowed);
    }
    met
}

fn both(words: &mut Vec<&str>, allowed: &[&str]) -> bool {
    let mut met = licence(words, allowed);
    while words.last() == Some(&"AND") {
        words.pop();
        met &= licence(words, allowed);
    }
    met
}

fn licence(words: &mut Vec<&str>, allowed: &[&str]) -> bool {
    let name = words.pop().unwrap_or_default();
    if name == "(" {
        let met = either(words, allowed);
        return words.pop() == Some(")") && met;
    }
    if words.last() == Some(&"WITH") {
        words.pop();
        let exception = words.pop().unwrap_or_default();
        return allowed.contains(&format!("{name} WITH {exception}").as_str()) || allowed.contains(&name);
    }
    allowed.contains(&name)
}

#[test]
fn a_licence_expression_is_met_by_one_side_of_or_and_both_of_and() {
    let allowed = ["MIT", "Unicode-3.0"];
    for fine in [
        "MIT",
        "MIT OR GPL-3.0-only",
        "GPL-3.0-only/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "MIT WITH X-exception",
    ] {
        assert!(fits(fine, &allowed), "{fine}");
    }
    for not in [
        "GPL-3.0-only",
        "MIT AND AGPL-3.0-only",
        "(MIT",
        "MIT MIT",
        "",
        "(MIT OR Apache-2.0) AND GPL-2.0-only",
    ] {
        assert!(!fits(not, &allowed), "{not}");
    }
}
