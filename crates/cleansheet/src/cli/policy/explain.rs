//! `cleansheet policy explain`: every decision about a post, and what every clause said and why.

use std::{fs, path::PathBuf};

use clap::Args;
use cleansheet_policy::{
    Explained, Judgement, Policy, Step, explain,
    facts::{PostFacts, SignIn},
};
use cleansheet_records::{
    Tx,
    accounts::Accounts,
    facts::{Facts, Seat},
    posts::{Decided, Posts},
};
use cleansheet_terms::{ChannelId, Clock as _, Digest, PostId, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::super::{Ended, Failed, block_on, data_folder, say, say_json};
use crate::{app::Places, kept::Connections, profile::Profile, system::SystemClock};

#[derive(Args)]
pub(crate) struct Explain {
    /// The post, as in the address of its page
    #[arg(required_unless_present = "facts", conflicts_with = "facts")]
    post: Option<PostId>,
    /// The trust's data folder
    #[arg(long, conflicts_with = "facts")]
    data: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long, conflicts_with = "facts")]
    database: Option<String>,
    /// Explain what the policy would say about the facts in this JSON file
    #[arg(long, requires = "act")]
    facts: Option<PathBuf>,
    /// With --facts: submit, approve or send
    #[arg(long, requires = "facts")]
    act: Option<Step>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One decision, explained.
#[derive(Serialize)]
struct Account {
    act: String,
    /// As people call it, or its id.
    channel: String,
    at: Timestamp,
    outcome: String,
    /// It was made; otherwise it is what would be said now.
    made: bool,
    facts_hash: Digest,
    policy_hash: Digest,
    clauses: Vec<Explained>,
}

impl Explain {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let policy = Policy::load().map_err(Failed::new)?;
        let (json, post) = (self.json, self.post.clone());
        let accounts = match (&self.facts, self.act, post) {
            (Some(file), Some(step), _) => {
                let text = fs::read_to_string(file)
                    .map_err(|e| Failed::new(format!("`{}` cannot be read: {e}", file.display())))?;
                let facts: PostFacts = serde_json::from_str(&text).map_err(|e| {
                    Failed::new(format!("`{}` holds no facts of a post: {e}", file.display()))
                })?;
                vec![would(&policy, step, &facts)]
            }
            (_, _, Some(post)) => block_on(self.of_trust(&policy, &post))?,
            _ => return Err(Failed::new("name a post, or a file with --facts and an act with --act")),
        };
        if json {
            say_json(&json!({ "policy_hash": policy.hash(), "decisions": accounts }))?;
        } else {
            accounts.iter().for_each(|account| tell(account, &policy));
        }
        Ok(Ended::Done)
    }

    /// Every decision that was made about a post; for a post without any, what would be said now.
    async fn of_trust(self, policy: &Policy, post: &PostId) -> Result<Vec<Account>, Failed> {
        let mut places = Places::of(&data_folder(self.data));
        let connections = Connections::read(&places).map_err(Failed::new)?;
        places.database = self.database.or(connections.database);
        if !places.hold_a_trust() {
            return Err(Failed::new(format!(
                "there is no trust in `{}`; name it with --data",
                places.data.display()
            )));
        }
        let records = places.records().await.map_err(Failed::new)?;
        let mut tx = records.read().await.map_err(Failed::new)?;
        let decided = Posts(&mut tx).decisions(post).await.map_err(Failed::new)?;
        if decided.is_empty() {
            return now(&mut tx, policy, post, &places).await;
        }
        let mut accounts = Vec::new();
        for decision in decided {
            let channel = name(&mut tx, &decision.channel).await?;
            accounts.push(was(policy, decision, channel));
        }
        Ok(accounts)
    }
}

/// What would be said, for each ticked channel, if the author submitted the post now from a fresh sign-in.
async fn now(tx: &mut Tx, policy: &Policy, id: &PostId, places: &Places) -> Result<Vec<Account>, Failed> {
    let allow = Profile::read(&places.profile()).map_err(Failed::new)?.allow();
    let post = Posts(tx).post(id).await.map_err(Failed::new)?;
    let post = post.ok_or_else(|| Failed::new(format!("no post `{id}` in this trust")))?;
    let sign_in = SignIn { idle_minutes: 0, age_minutes: 0, shared_device: false };
    let (seat, at) = (Seat::Person { id: &post.author, sign_in }, SystemClock.now());
    let mut accounts = Vec::new();
    for channel in Posts(tx).channels_of(id).await.map_err(Failed::new)? {
        let facts = Facts(tx).of(id, &channel, &seat, &allow, at).await.map_err(Failed::new)?;
        let channel = name(tx, &channel).await?;
        accounts.push(Account { channel, ..would(policy, Step::Submit, &facts) });
    }
    if accounts.is_empty() {
        return Err(Failed::new("no channel is ticked on this post, so there is nothing to decide yet"));
    }
    Ok(accounts)
}

async fn name(tx: &mut Tx, id: &ChannelId) -> Result<String, Failed> {
    let channel = Accounts(tx).channel(id).await.map_err(Failed::new)?;
    Ok(channel.map_or_else(|| id.to_string(), |channel| channel.name))
}

fn would(policy: &Policy, step: Step, facts: &PostFacts) -> Account {
    let Judgement { outcome, reasons, facts_hash, policy_hash } = policy.judge(step, facts);
    Account {
        act: step.as_str().to_owned(),
        channel: facts.channel.id.clone(),
        at: facts.at,
        outcome: outcome.as_str().to_owned(),
        made: false,
        facts_hash,
        policy_hash,
        clauses: explain(policy, facts, &reasons),
    }
}

fn was(policy: &Policy, decision: Decided, channel: String) -> Account {
    Account {
        clauses: explain(policy, &decision.facts, &decision.reasons),
        act: decision.act,
        channel,
        at: decision.at,
        outcome: decision.outcome,
        made: true,
        facts_hash: decision.facts_hash,
        policy_hash: decision.policy_hash,
    }
}

fn tell(account: &Account, policy: &Policy) {
    let ended = match account.outcome.as_str() {
        "allow" => "allowed",
        "hold" => "held until somebody has looked",
        _ => "refused",
    };
    let made = if account.made { "" } else { "it would be " };
    say(format!("{} for {}, {}: {made}{ended}", account.act, account.channel, account.at));
    account.clauses.iter().for_each(say);
    say(format!("     facts  {}\n     policy {}", account.facts_hash, account.policy_hash));
    if account.policy_hash != policy.hash() {
        say("     The policy has changed since: this is what it said then.");
    }
    say("");
}
