//! `cleansheet policy replay`: what would a draft have decided about the posts there were? Asked before a review changes a
//! rule, so that nobody finds out on a match day.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use cleansheet_policy::{Draft, Judgement, SCHEMA};
use cleansheet_records::{
    Records,
    posts::{DecisionId, Past, Posts},
};
use cleansheet_terms::{ChannelId, Date, Digest, PostId, Timestamp, day_in_london};
use serde::Serialize;
use serde_json::json;

use super::super::{Ended, Failed, block_on, place::Place, say, say_json};

/// Read and judged at a time.
const BATCH: i64 = 500;

#[derive(Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    place: Place,
    /// A folder with the changed clauses: files named as in `crates/policy/clauses`, and `schema.cedarschema` if the facts
    /// change. Without it the program's own policy is replayed
    #[arg(long)]
    clauses: Option<PathBuf>,
    /// Only decisions since this day, `YYYY-MM-DD`
    #[arg(long)]
    since: Option<Date>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One decision that would have ended in another way.
#[derive(Serialize)]
struct Changed {
    post: PostId,
    channel: ChannelId,
    act: String,
    at: Timestamp,
    was: String,
    would: String,
    /// Rules that would speak and did not.
    new_rules: BTreeSet<String>,
    /// Rules that spoke and would not.
    silent_rules: BTreeSet<String>,
}

#[derive(Default)]
struct Found {
    decisions: u64,
    /// What an earlier program wrote down in a way that cannot be read any more.
    unreadable: u64,
    /// As it was, and with other rules, by what it was and would be.
    outcomes: BTreeMap<(String, String), u64>,
    changed: Vec<Changed>,
}

impl Replay {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let draft = match &self.clauses {
            None => Draft::with(&[]),
            Some(folder) => Draft::with(&read(folder)?),
        };
        let draft = draft.map_err(Failed::new)?;
        let (json, place, since) = (self.json, self.place, self.since);
        let found = block_on(async {
            let records = place.of_a_trust()?.0.records().await.map_err(Failed::new)?;
            replay(&records, &draft, since).await
        })?;
        if json {
            found.print_json(draft.hash())?
        } else {
            found.print(draft.hash())
        }
        Ok(if found.unreadable == 0 { Ended::Done } else { Ended::Unfinished })
    }
}

/// Name and text of every file of a draft.
fn read(folder: &Path) -> Result<Vec<(String, String)>, Failed> {
    let unreadable =
        |path: &Path, e: std::io::Error| Failed::new(format!("`{}` cannot be read: {e}", path.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
        let path = entry.map_err(|e| unreadable(folder, e))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = match name.strip_suffix(".cedar") {
            Some(name) => name,
            None if name == "schema.cedarschema" => SCHEMA,
            None => continue,
        };
        files.push((name.to_owned(), fs::read_to_string(&path).map_err(|e| unreadable(&path, e))?));
    }
    if files.is_empty() {
        let folder = folder.display();
        return Err(Failed::new(format!(
            "no clause in `{folder}`; copy a file of `crates/policy/clauses` there and change it"
        )));
    }
    Ok(files)
}

async fn replay(records: &Records, draft: &Draft, since: Option<Date>) -> Result<Found, Failed> {
    let (mut found, mut last): (Found, Option<DecisionId>) = (Found::default(), None);
    loop {
        let mut tx = records.read().await.map_err(Failed::new)?;
        let page = Posts(&mut tx).past_decisions(last.as_ref(), BATCH).await.map_err(Failed::new)?;
        drop(tx);
        let Some(newest) = page.last() else { return Ok(found) };
        last = Some(newest.id.clone());
        let wanted = |past: &Past| since.is_none_or(|since| day_in_london(past.at) >= since);
        page.into_iter().filter(wanted).for_each(|past| found.add(past, draft));
    }
}

impl Found {
    fn add(&mut self, past: Past, draft: &Draft) {
        self.decisions += 1;
        let (Some(facts), Ok(step)) = (&past.facts, past.act.parse()) else {
            self.unreadable += 1;
            return;
        };
        let Judgement { outcome, reasons, .. } = draft.judge(step, facts);
        let would = outcome.as_str().to_owned();
        *self.outcomes.entry((past.outcome.clone(), would.clone())).or_default() += 1;
        let rules: BTreeSet<String> = reasons.into_iter().map(|reason| reason.rule).collect();
        if would == past.outcome && rules == past.rules {
            return;
        }
        self.changed.push(Changed {
            new_rules: &rules - &past.rules,
            silent_rules: &past.rules - &rules,
            post: past.post,
            channel: past.channel,
            act: past.act,
            at: past.at,
            was: past.outcome,
            would,
        });
    }

    fn print_json(&self, hash: Digest) -> Result<(), Failed> {
        let outcomes: Vec<_> = self
            .outcomes
            .iter()
            .map(|((was, would), count)| json!({ "was": was, "would": would, "decisions": count }))
            .collect();
        say_json(&json!({ "policy_hash": hash, "decisions": self.decisions, "unreadable": self.unreadable,
            "outcomes": outcomes, "changed": self.changed }))
    }

    fn print(&self, hash: Digest) {
        say(format!("{} decisions, asked again of policy {hash}", self.decisions));
        for ((was, would), count) in &self.outcomes {
            let words = if was == would { format!("stay {was}") } else { format!("{was} → {would}") };
            say(format!("{count:>8}  {words}"));
        }
        if self.unreadable > 0 {
            say(format!("{:>8}  were written by an earlier program and cannot be read", self.unreadable));
        }
        if self.changed.is_empty() {
            return say("No decision would be another, and no rule would speak that did not.");
        }
        say("");
        for one in &self.changed {
            say(format!(
                "{} of {} for {}, {}: {} → {}",
                one.act, one.post, one.channel, one.at, one.was, one.would
            ));
            one.new_rules.iter().for_each(|rule| say(format!("          speaks now       {rule}")));
            one.silent_rules.iter().for_each(|rule| say(format!("          speaks no more   {rule}")));
        }
    }
}
