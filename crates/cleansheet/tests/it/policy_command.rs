//! `cleansheet policy`, as somebody types it.

use std::process::{Command, Output};

use cleansheet_policy::NOT_YET_ENFORCED;
use cleansheet_records::{posts::Posts, review::Versions};
use cleansheet_terms::PostId;

use crate::{
    post::{self, id, start, write},
    site::TestSite,
};

fn cleansheet(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cleansheet")).arg("policy").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn explained(site: &TestSite, post: &PostId) -> String {
    let output = cleansheet(&["explain", post.as_str(), "--data", site.data().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    said(&output)
}

#[test]
fn check_lists_every_clause_and_which_are_not_yet_enforced() {
    let output = cleansheet(&["check"]);
    assert_eq!(output.status.code(), Some(0));
    let text = said(&output);
    let numbers = NOT_YET_ENFORCED.map(|clause| clause.to_string()).join(", ");
    assert!(text.contains(&format!("Not yet enforced: {numbers}.")), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains(" enforced  ")).count(), 16, "{text}");
    let json: serde_json::Value = serde_json::from_str(&said(&cleansheet(&["check", "--json"]))).unwrap();
    assert_eq!(json["not_yet_enforced"], serde_json::json!(NOT_YET_ENFORCED));
    assert_eq!(json["clauses"].as_array().unwrap().len(), 16);
}

#[test]
fn test_runs_every_golden_case() {
    let output = cleansheet(&["test", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_str(&said(&output)).unwrap();
    assert_eq!(json["passed"], true);
    assert!(json["cases"].as_array().unwrap().len() > 100);
}

#[tokio::test]
async fn explain_says_of_a_refused_draft_and_of_a_submitted_post_what_every_clause_said() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    write(&site, &mut jo, &draft, "A fucking good game. Ring Sam on 07700 900123.", "keep").await;
    std::fs::write(site.data().join("profile.toml"), cleansheet::profile::DEMO).unwrap();
    let text = explained(&site, &id(&draft));
    assert!(text.contains("it would be refused"), "{text}");
    assert!(text.contains("[6-block]") && text.contains("[10-block]"), "{text}");
    let enforced = 16 - NOT_YET_ENFORCED.len();
    assert_eq!(text.matches("no objection").count(), enforced - 2, "{text}");
    assert_eq!(text.matches("not yet enforced").count(), NOT_YET_ENFORCED.len(), "{text}");
    let submitted = post::submitted(&site).await;
    let text = explained(&site, &submitted);
    assert!(text.starts_with("submit for News page, 2026-11-21T12:46:00Z: allowed"), "{text}");
    assert_eq!(text.matches("no objection").count(), enforced, "{text}");
}

#[tokio::test]
async fn explain_reads_facts_from_a_file_for_any_act() {
    let site = TestSite::new().await;
    let submitted = post::submitted(&site).await;
    let mut tx = site.app.records.read().await.unwrap();
    let decided = Posts(&mut tx).decisions(&submitted).await.unwrap();
    let file = site.data().join("facts.json");
    std::fs::write(&file, serde_json::to_string(&decided[0].facts).unwrap()).unwrap();
    let output = cleansheet(&["explain", "--facts", file.to_str().unwrap(), "--act", "send", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said(&output)).unwrap();
    let decision = &json["decisions"][0];
    assert_eq!(decision["outcome"], "deny");
    assert_eq!(decision["facts_hash"], decided[0].facts_hash.to_string());
    let clause = |number: usize| &decision["clauses"][number - 1]["said"]["answer"];
    assert_eq!(
        (clause(1), clause(12), clause(6)),
        (&"spoke".into(), &"spoke".into(), &"no_objection".into())
    );
}

#[test]
fn explain_says_what_to_do_when_there_is_no_such_post_or_trust() {
    let nowhere = tempfile::tempdir().unwrap();
    let output = cleansheet(&["explain", "post_1", "--data", nowhere.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("name it with --data"));
    assert_eq!(cleansheet(&["explain"]).status.code(), Some(2));
}

#[tokio::test]
async fn diff_says_what_is_different_between_two_versions_that_were_in_force() {
    let site = TestSite::new().await;
    let data = site.data();
    let data = data.to_str().unwrap();
    let one = cleansheet(&["diff", "--data", data]);
    assert!(said(&one).contains("nothing to compare it with"), "{}", said(&one));
    let mut other = site.app.policy.version().clone();
    let clause = other.clauses.iter_mut().find(|one| one.clause.number() == 6).unwrap();
    clause.text = clause.text.replace("foul, hurtful", "foul");
    let mut tx = site.app.records.begin().await.unwrap();
    Versions(&mut tx).put_in_force(&other, &*site.clock, &mut &site.app.entropy).await.unwrap();
    tx.commit().await.unwrap();
    let text = said(&cleansheet(&["diff", "--data", data]));
    assert!(text.contains("[removed: foul, hurtful] [added: foul]") && text.contains("15 clauses"), "{text}");
    let start: String = other.hash().to_string().chars().take(12).collect();
    let same = said(&cleansheet(&["diff", &start, &start, "--data", data]));
    assert!(same.contains("16 clauses are unchanged"), "{same}");
    let json: serde_json::Value =
        serde_json::from_str(&said(&cleansheet(&["diff", "--json", "--data", data]))).unwrap();
    assert_eq!(json["newer"], other.hash().to_string());
    let none = cleansheet(&["diff", "0000", "--data", data]);
    assert_eq!(none.status.code(), Some(1));
}

fn replayed(site: &TestSite, more: &[&str]) -> serde_json::Value {
    let data = site.data();
    let output = cleansheet(&[&["replay", "--json", "--data", data.to_str().unwrap()], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said(&output)).unwrap()
}

#[tokio::test]
async fn replay_says_which_past_decisions_a_draft_would_end_otherwise() {
    let site = TestSite::new().await;
    let submitted = post::submitted(&site).await;
    let same = replayed(&site, &[]);
    assert_eq!((&same["decisions"], &same["changed"]), (&1.into(), &serde_json::json!([])), "{same}");
    let draft = tempfile::tempdir().unwrap();
    let folder = draft.path().to_str().unwrap();
    let output = cleansheet(&["replay", "--data", site.data().to_str().unwrap(), "--clauses", folder]);
    assert_eq!(output.status.code(), Some(1), "an empty folder is no draft");
    let rule = r#"@id("4-young") @clause("4") @effect("hold") @approver("manager") @say("too soon") @remedy("wait")
        forbid (principal, action == Action::"publish_post", resource) when { context.sign_in.age_minutes < 60 };"#;
    std::fs::write(draft.path().join("04_devices.cedar"), rule).unwrap();
    let other = replayed(&site, &["--clauses", folder]);
    let changed = &other["changed"][0];
    assert_eq!((&changed["was"], &changed["would"]), (&"allow".into(), &"hold".into()), "{other}");
    assert_eq!((&changed["new_rules"][0], &changed["post"]), (&"4-young".into(), &submitted.as_str().into()));
    assert_eq!(replayed(&site, &["--clauses", folder, "--since", "2030-01-01"])["decisions"], 0);
    std::fs::write(draft.path().join("04_devices.cedar"), "forbid").unwrap();
    let output = cleansheet(&["replay", "--data", site.data().to_str().unwrap(), "--clauses", folder]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("`04_devices` cannot be read"));
}
