//! Decisions and approvals, kept for good.

use std::collections::BTreeSet;

use cleansheet_policy::{Act, Decision, Reason, facts::PostFacts};
use cleansheet_terms::{ChannelId, Clock, Digest, Entropy, PersonId, PostId, Role, Timestamp};
use sqlx::any::AnyRow;

use super::{Approval, Decided, DecisionId, Post, Posts, read::ms};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

/// A decision as a replay needs it.
#[derive(Debug, Clone)]
pub struct Past {
    /// The decision.
    pub id: DecisionId,
    /// About which post.
    pub post: PostId,
    /// For which account.
    pub channel: ChannelId,
    /// Submit, approve or send.
    pub act: String,
    /// Allow, hold or deny.
    pub outcome: String,
    /// The rules that spoke.
    pub rules: BTreeSet<String>,
    /// What it rested on; `None` when an earlier program wrote it down in a way that this one cannot read.
    pub facts: Option<PostFacts>,
    /// When.
    pub at: Timestamp,
}

impl Posts<'_> {
    /// Every decision about a post, oldest first.
    pub async fn decisions(&mut self, id: &PostId) -> Result<Vec<Decided>, StoreError> {
        let found = sql("SELECT id, channel_id, act, outcome, reasons, facts, facts_hash, policy_hash, at_ms
             FROM decision WHERE post_id = $1 ORDER BY at_ms, id");
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(decided).collect()
    }

    /// Some of all decisions there are, for a replay: in the order of their ids, which is the order they were made in.
    ///
    /// - `after`: the last one of the call before.
    pub async fn past_decisions(
        &mut self,
        after: Option<&DecisionId>,
        most: i64,
    ) -> Result<Vec<Past>, StoreError> {
        let found = sql("SELECT id, post_id, channel_id, act, outcome, reasons, facts, at_ms FROM decision
             WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.map_or("", DecisionId::as_str).to_owned())
        .bind(most);
        self.0.rows(found).await?.iter().map(past).collect()
    }

    /// Every approval of a post, oldest first.
    pub async fn approvals(&mut self, id: &PostId) -> Result<Vec<Approval>, StoreError> {
        let found = sql(
            "SELECT revision, approver_id, content_hash, roles, at_ms, publish_at_ms, void_ms FROM approval
             WHERE post_id = $1 ORDER BY revision",
        );
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(approval).collect()
    }

    /// The approval of exactly what the post is now.
    pub(crate) async fn approval_in_force(&mut self, post: &Post) -> Result<Option<Approval>, StoreError> {
        let all = self.approvals(&post.id).await?;
        Ok(all.into_iter().find(|one| one.revision == post.revision && one.void.is_none()))
    }

    pub(crate) async fn keep_approval(&mut self, post: &Post, approval: &Approval) -> Result<(), StoreError> {
        let roles = serde_json::to_string(&approval.roles).map_err(|_| StoreError::damaged("roles"))?;
        let insert = sql(
            "INSERT INTO approval (post_id, revision, approver_id, author_id, content_hash, roles, at_ms,
                 publish_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(post.id.as_str().to_owned())
        .bind(approval.revision)
        .bind(approval.approver.as_str().to_owned())
        .bind(post.author.as_str().to_owned())
        .bind(approval.content.to_string())
        .bind(roles)
        .bind(ms(approval.at))
        .bind(approval.goes_out.map(ms));
        self.0.run(insert).await?;
        Ok(())
    }

    /// Keeps a decision, whatever it says, with everything it rests on.
    pub(crate) async fn keep_decision<A: Act>(
        &mut self,
        facts: &PostFacts,
        decision: &Decision<A>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<DecisionId, StoreError> {
        let id = DecisionId::new(clock, entropy);
        let outcome = decision.outcome.as_str();
        let reasons = serde_json::to_string(&decision.reasons).map_err(|_| StoreError::damaged("reasons"))?;
        let text = serde_json::to_string(facts).map_err(|_| StoreError::damaged("facts"))?;
        let insert =
            sql("INSERT INTO decision (id, post_id, channel_id, act, outcome, reasons, facts, facts_hash,
                 policy_hash, at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
            .bind(id.as_str().to_owned())
            .bind(facts.post.clone())
            .bind(facts.channel.id.clone())
            .bind(A::NAME)
            .bind(outcome)
            .bind(reasons)
            .bind(text)
            .bind(decision.facts_hash.to_string())
            .bind(decision.policy_hash.to_string())
            .bind(ms(facts.at));
        self.0.run(insert).await?;
        let payload = (A::NAME, outcome, &facts.channel.id, decision.facts_hash, decision.policy_hash);
        Ledger(self.0).append("post.decided", &facts.post, &payload, facts.at, entropy).await?;
        Ok(id)
    }
}

fn decided(row: &AnyRow) -> Result<Decided, StoreError> {
    Ok(Decided {
        id: row.read("id", DecisionId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        act: row.text("act")?,
        outcome: row.text("outcome")?,
        reasons: row.read("reasons", |text| serde_json::from_str(text))?,
        facts: row.read("facts", |text| serde_json::from_str(text))?,
        facts_hash: row.read("facts_hash", Digest::parse)?,
        policy_hash: row.read("policy_hash", Digest::parse)?,
        at: row.instant("at_ms")?,
    })
}

fn past(row: &AnyRow) -> Result<Past, StoreError> {
    let reasons: Vec<Reason> = row.read("reasons", |text| serde_json::from_str(text))?;
    Ok(Past {
        id: row.read("id", DecisionId::parse)?,
        post: row.read("post_id", PostId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        act: row.text("act")?,
        outcome: row.text("outcome")?,
        rules: reasons.into_iter().map(|reason| reason.rule).collect(),
        facts: serde_json::from_str(&row.text("facts")?).ok(),
        at: row.instant("at_ms")?,
    })
}

fn approval(row: &AnyRow) -> Result<Approval, StoreError> {
    Ok(Approval {
        revision: row.number("revision")?,
        approver: row.read("approver_id", PersonId::parse)?,
        content: row.read("content_hash", Digest::parse)?,
        roles: row.read("roles", |text| serde_json::from_str::<BTreeSet<Role>>(text))?,
        at: row.instant("at_ms")?,
        goes_out: row.maybe_instant("publish_at_ms")?,
        void: row.maybe_instant("void_ms")?,
    })
}
