//! `cleansheet policy`: is it in order, does it say what its cases say, what did it say about a post, and what would a draft have said.

mod diff;
mod explain;
mod replay;

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use cleansheet_policy::{ClauseInfo, NOT_YET_ENFORCED, Policy, cases};
use cleansheet_terms::Clause;
use serde_json::json;

use super::{Ended, Failed, complain, say, say_json};

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Validate every rule against the schema of facts, and list the sixteen clauses
    #[command(after_help = "Example: cleansheet policy check")]
    Check(Output),
    /// Run the golden cases of every clause
    #[command(after_help = "Example: cleansheet policy test --json")]
    Test(Output),
    /// Say for one post what every clause says and why
    #[command(after_help = "Examples: cleansheet policy explain post_01… --data /srv/trust
          cleansheet policy explain --facts facts.json --act approve")]
    Explain(explain::Explain),
    /// Say what is different between two versions that were in force
    #[command(after_help = "Examples: cleansheet policy diff --data /srv/trust
          cleansheet policy diff 4f0c… 9b1e… --data /srv/trust --json")]
    Diff(diff::Diff),
    /// Ask a draft of the policy about every decision there was, and say which would end otherwise
    #[command(after_help = "Examples: cleansheet policy replay --clauses draft --data /srv/trust
          cleansheet policy replay --since 2026-09-01 --json")]
    Replay(replay::Replay),
}

#[derive(Args)]
pub(crate) struct Output {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PolicyCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::Check(asked) => asked.check(),
            Self::Test(asked) => asked.test(),
            Self::Explain(asked) => asked.run(),
            Self::Diff(asked) => asked.run(),
            Self::Replay(asked) => asked.run(),
        }
    }
}

impl Output {
    fn check(&self) -> Result<Ended, Failed> {
        let policy = match Policy::load() {
            Ok(policy) => policy,
            Err(error) => {
                if self.json {
                    say_json(&json!({ "valid": false, "sentence": error.to_string() }))?;
                }
                return Err(Failed::new(error));
            }
        };
        let rules = policy.rules().count();
        if self.json {
            say_json(&json!({ "valid": true, "hash": policy.hash(), "rules": rules,
                "clauses": policy.clauses(), "not_yet_enforced": NOT_YET_ENFORCED }))?;
        } else {
            say(format!("The policy is in order: {rules} rules, each fits the schema of facts."));
            say(format!("Hash {}\n", policy.hash()));
            policy.clauses().iter().for_each(|info| say(line(info)));
            let numbers = NOT_YET_ENFORCED.map(|clause| clause.to_string()).join(", ");
            say(format!(
                "\nNot yet enforced: {numbers}. Until they are, people keep these clauses by themselves."
            ));
        }
        Ok(Ended::Done)
    }

    fn test(&self) -> Result<Ended, Failed> {
        let policy = Policy::load().map_err(Failed::new)?;
        let ran = cases::run(&policy).map_err(Failed::new)?;
        let passed = ran.iter().all(cases::Ran::passed);
        if self.json {
            say_json(&json!({ "passed": passed, "cases": ran }))?;
        } else {
            let mut files: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
            for case in &ran {
                let (all, failed) = files.entry(&case.file).or_default();
                *all += 1;
                *failed += usize::from(!case.passed());
            }
            for (file, (all, failed)) in files {
                let ended = if failed == 0 { "passed".to_owned() } else { format!("{failed} FAILED") };
                say(format!("{file:<20} {all:>3} cases  {ended}"));
            }
            say(format!("{} cases in all", ran.len()));
        }
        for case in ran.iter().filter(|case| !case.passed()) {
            let (expected, found) = (in_words(&case.expected), in_words(&case.found));
            complain(format!(
                "{}, \"{}\" ({}): expected {expected}, found {found}",
                case.file, case.says, case.act
            ));
        }
        Ok(if passed { Ended::Done } else { Ended::Unfinished })
    }
}

fn line(info: &ClauseInfo) -> String {
    let state = if info.enforced { "enforced" } else { "not yet enforced" };
    format!("{:>3}  {:<24} {state:<17} {}", info.clause.number(), info.name, info.text)
}

/// `deny by 1 and 12`.
fn in_words(verdict: &cases::Verdict) -> String {
    let number =
        |clause: &Option<Clause>| clause.map_or_else(|| "no clause".to_owned(), |clause| clause.to_string());
    let clauses: Vec<String> = verdict.clauses.iter().map(number).collect();
    if clauses.is_empty() {
        verdict.outcome.clone()
    } else {
        format!("{} by {}", verdict.outcome, clauses.join(" and "))
    }
}
