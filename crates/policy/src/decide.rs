//! The decision about one post for one channel at one instant.

use std::collections::BTreeSet;

use cleansheet_terms::{Clause, Digest, Role};
use serde::Serialize;

use crate::{
    About, Act, Effect, Permit, Policy, Reason, Step, canonical,
    facts::PostFacts,
    load::Answer,
    questions::{self, Question},
    rules::{Cites, Rule},
};

/// What was decided, why, and on what.
#[derive(Debug)]
pub struct Decision<A> {
    /// The permit, the roles that have to look, or no.
    pub outcome: Outcome<A>,
    /// Every rule that spoke, denials and holds alike: the post first, then photos, people and words.
    pub reasons: Vec<Reason>,
    /// SHA-256 of the canonical JSON of the facts.
    pub facts_hash: Digest,
    /// [`Policy::hash`] at the time.
    pub policy_hash: Digest,
}

/// How it ended.
#[derive(Debug)]
pub enum Outcome<A> {
    /// Nothing speaks against it.
    Allow(Permit<A>),
    /// Nothing denies it, and somebody in these roles has to look first.
    Hold(BTreeSet<Role>),
    /// It cannot be done; the reasons say why and what to do.
    Deny,
}

impl<A> Outcome<A> {
    /// As stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::Hold(_) => "hold",
            Self::Deny => "deny",
        }
    }
}

/// The same without a permit: for explaining, for golden cases, for asking "what if".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// How it ended.
    pub outcome: Judged,
    /// As in [`Decision::reasons`].
    pub reasons: Vec<Reason>,
    /// As in [`Decision::facts_hash`].
    pub facts_hash: Digest,
    /// As in [`Decision::policy_hash`].
    pub policy_hash: Digest,
}

/// How a [`Judgement`] ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judged {
    /// Nothing speaks against it.
    Allow,
    /// Somebody in these roles has to look first.
    Hold(BTreeSet<Role>),
    /// It cannot be done.
    Deny,
}

impl Judged {
    /// As stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold(_) => "hold",
            Self::Deny => "deny",
        }
    }
}

impl Policy {
    /// Decides about one act on one post.
    pub fn decide<A: Act>(&self, facts: &PostFacts) -> Decision<A> {
        let Judgement { outcome, reasons, facts_hash, policy_hash } = self.judge(A::STEP, facts);
        let outcome = match outcome {
            Judged::Allow => Outcome::Allow(Permit::new(facts)),
            Judged::Hold(roles) => Outcome::Hold(roles),
            Judged::Deny => Outcome::Deny,
        };
        Decision { outcome, reasons, facts_hash, policy_hash }
    }

    /// What [`Policy::decide`] would say. Gives no permit.
    pub fn judge(&self, step: Step, facts: &PostFacts) -> Judgement {
        let lost = |say| Reason::unsure("facts-incomplete", say, None);
        let mut reasons: Vec<Reason> = what_is_lost(facts).map(lost).into_iter().collect();
        for question in questions::all(step, facts) {
            self.answer(question, &facts.channel.id, &mut reasons);
        }
        let facts_hash = canonical::digest(facts).unwrap_or_else(|_| {
            reasons.push(Reason::unsure(
                "facts-unfit",
                "the facts of this post cannot be written down",
                None,
            ));
            Digest::of(&[])
        });
        Judgement { outcome: join(&reasons), reasons, facts_hash, policy_hash: self.hash() }
    }

    /// Asks one question and adds what speaks against it to `reasons`.
    fn answer(&self, question: Question, channel: &str, reasons: &mut Vec<Reason>) {
        let Question { action, about, found, context } = question;
        match self.ask(action, context) {
            Answer::Permitted => {}
            Answer::Unsure(rule, say) => reasons.push(Reason::unsure(rule, say, about)),
            Answer::Refused(rules) if rules.is_empty() => {
                reasons.push(Reason::unsure("nothing-permits", "no rule permits this", about));
            }
            Answer::Refused(rules) => {
                reasons.extend(rules.into_iter().map(|rule| reason(rule, about.clone(), found, channel)));
            }
        }
    }
}

fn reason(rule: &Rule, about: Option<About>, found: Option<Clause>, channel: &str) -> Reason {
    Reason {
        clause: match rule.cites {
            Cites::Clause(clause) => Some(clause),
            Cites::Finding => found,
        },
        rule: rule.id.clone(),
        effect: rule.effect,
        say: rule.say.clone(),
        remedy: rule.remedy.clone(),
        approver: rule.approver,
        about: about.or_else(|| rule.about_channel.then(|| About::Channel(channel.to_owned()))),
        reads: rule.reads.iter().map(|key| (*key).to_owned()).collect(),
    }
}

/// One "no" is enough; a hold counts when nothing denies.
fn join(reasons: &[Reason]) -> Judged {
    let mut roles = BTreeSet::new();
    for reason in reasons {
        match (reason.effect, reason.approver) {
            (Effect::Hold, Some(role)) => roles.insert(role),
            (Effect::Deny, _) | (Effect::Hold, None) => return Judged::Deny,
        };
    }
    if roles.is_empty() { Judged::Allow } else { Judged::Hold(roles) }
}

/// What of the facts is not there or does not fit together, in words. A list that lost an entry has nobody in it who could object.
fn what_is_lost(facts: &PostFacts) -> Option<&'static str> {
    let is = |counted: u32, there: usize| usize::try_from(counted) == Ok(there);
    let all_there = facts.counted.is_some_and(|counted| {
        is(counted.found, facts.found.len())
            && is(counted.photos, facts.photos.len())
            && is(counted.depicted, facts.depicted.len())
    });
    if !all_there {
        return Some("some facts about this post were not found");
    }
    let names = [&facts.post, &facts.channel.id, &facts.author.person, &facts.actor.person];
    let approver = facts.approval.approver.iter().map(|approver| &approver.person);
    let photos = facts.photos.iter().map(|photo| &photo.id);
    let people = facts.depicted.iter().map(|person| &person.depiction);
    if names.into_iter().chain(approver).chain(photos).chain(people).any(String::is_empty) {
        return Some("some facts do not say whom or what they are about");
    }
    if !facts.depicted.iter().all(|person| facts.photos.iter().any(|photo| photo.id == person.photo)) {
        return Some("somebody is shown in a photo that is not in this post");
    }
    None
}
