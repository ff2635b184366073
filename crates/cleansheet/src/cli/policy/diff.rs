//! `cleansheet policy diff`: two versions that were in force, clause by clause.

use std::path::PathBuf;

use clap::Args;
use cleansheet_policy::{Difference, Piece, RuleDifference, Version, plain};
use cleansheet_records::{
    Tx,
    review::{InForce, Versions},
};
use serde_json::json;

use super::super::{Ended, Failed, block_on, data_folder, say, say_json};
use crate::{app::Places, kept::Connections};

#[derive(Args)]
pub(crate) struct Diff {
    /// The older version: its hash, or how it begins [default: the one before the newest]
    older: Option<String>,
    /// The newer version [default: the newest]
    newer: Option<String>,
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long)]
    database: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let json = self.json;
        let Some((older, newer, difference)) = block_on(self.compare())? else {
            say("One version was in force so far; there is nothing to compare it with.");
            return Ok(Ended::Done);
        };
        if json {
            let versions = json!({ "older": older.hash, "newer": newer.hash, "difference": difference });
            say_json(&versions)?;
        } else {
            say(format!(
                "From {} (since {})\nto   {} (since {})",
                older.hash, older.since, newer.hash, newer.since
            ));
            tell(&difference);
        }
        Ok(Ended::Done)
    }

    async fn compare(self) -> Result<Option<(InForce, InForce, Difference)>, Failed> {
        let mut places = Places::of(&data_folder(self.data));
        let connections = Connections::read(&places).map_err(Failed::new)?;
        places.database = self.database.or(connections.database);
        if !places.hold_a_trust() {
            let folder = places.data.display();
            return Err(Failed::new(format!("there is no trust in `{folder}`; name it with --data")));
        }
        let records = places.records().await.map_err(Failed::new)?;
        let mut tx = records.read().await.map_err(Failed::new)?;
        let all = Versions(&mut tx).all().await.map_err(Failed::new)?;
        let newest = all.first().map(|one| one.hash);
        let newer = match &self.newer {
            Some(start) => Some(named(&all, start)?),
            None => all.first().cloned(),
        };
        let older = match &self.older {
            Some(start) => Some(named(&all, start)?),
            None => all.iter().find(|one| Some(one.hash) != newest).cloned(),
        };
        let (Some(older), Some(newer)) = (older, newer) else { return Ok(None) };
        let (then, now) = (whole(&mut tx, &older).await?, whole(&mut tx, &newer).await?);
        Ok(Some((older, newer, now.since(&then))))
    }
}

fn named(all: &[InForce], start: &str) -> Result<InForce, Failed> {
    let mut found = all.iter().filter(|one| one.hash.to_string().starts_with(start));
    let one = found.next().cloned();
    match one {
        Some(one) if found.all(|other| other.hash == one.hash) => Ok(one),
        Some(_) => Err(Failed::new(format!("several versions begin with `{start}`; give more of the hash"))),
        None => {
            Err(Failed::new(format!("no version begins with `{start}`; the page of versions lists them")))
        }
    }
}

async fn whole(tx: &mut Tx, one: &InForce) -> Result<Version, Failed> {
    let version = Versions(tx).whole(&one.hash).await.map_err(Failed::new)?;
    version.ok_or_else(|| Failed::new(format!("the version {} was not kept", one.hash)))
}

fn tell(difference: &Difference) {
    for clause in difference.clauses.iter().filter(|clause| clause.is_changed()) {
        say(format!("\nClause {}, {}", clause.clause, clause.name));
        if clause.text.iter().any(Piece::is_changed) {
            say(format!("  {}", plain(&clause.text)));
        }
        clause.rules.iter().for_each(rule);
    }
    if difference.beside_clauses() {
        say("\nBeside the clauses");
        difference.other_rules.iter().for_each(rule);
        for words in &difference.interpretations {
            say(format!("  a word to be read in one way: {}", plain(words)));
        }
        if difference.facts {
            say("  the list of facts that rules may ask for is another");
        }
    }
    let unchanged = difference.clauses.len() - difference.changed_clauses();
    say(format!("\n{unchanged} clauses are unchanged."));
}

fn rule(rule: &RuleDifference) {
    say(match rule {
        RuleDifference::New(rule) => format!("  new rule [{}]: {}", rule.id, rule.say),
        RuleDifference::Gone(rule) => format!("  rule gone [{}]: {}", rule.id, rule.say),
        RuleDifference::Changed { id, says, otherwise } => {
            let more = if *otherwise { "; it speaks in other cases than before" } else { "" };
            format!("  changed rule [{id}]: {}{more}", plain(says))
        }
    });
}
