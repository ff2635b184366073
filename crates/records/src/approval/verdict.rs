//! What the policy says about a post on all its channels.

use std::collections::BTreeSet;

use cleansheet_policy::{About, Effect, Reason};
use cleansheet_terms::{ChannelId, Role};

/// What the policy says about one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelVerdict {
    /// Which; `None`: the post as a whole.
    pub channel: Option<ChannelId>,
    /// `allow`, `hold` or `deny`.
    pub outcome: &'static str,
    /// Every rule that spoke.
    pub reasons: Vec<Reason>,
}

/// What the policy says about a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// For each ticked channel.
    pub channels: Vec<ChannelVerdict>,
}

impl Verdict {
    pub(super) fn of(channels: impl Iterator<Item = ChannelVerdict>) -> Self {
        Self { channels: channels.collect() }
    }

    /// A post that goes nowhere, or in which there is nothing, is not sent to anybody.
    pub(super) fn needs_substance(&mut self, no_channel: bool, nothing: bool) {
        let reason = |rule: &str, say: &str, remedy: &str, about| Reason {
            clause: None,
            rule: rule.to_owned(),
            effect: Effect::Deny,
            say: say.to_owned(),
            remedy: remedy.to_owned(),
            approver: None,
            about,
            reads: Vec::new(),
        };
        let nowhere = no_channel.then(|| {
            let about = Some(About::Channel(String::new()));
            reason("no-channel", "no channel is ticked", "tick where the post should go", about)
        });
        let empty = nothing.then(|| {
            reason(
                "no-content",
                "there are no words and no picture yet",
                "write a line, or add a photo",
                None,
            )
        });
        let reasons: Vec<Reason> = nowhere.into_iter().chain(empty).collect();
        if !reasons.is_empty() {
            self.channels.push(ChannelVerdict { channel: None, outcome: "deny", reasons });
        }
    }

    /// Nothing denies it. Somebody may still have to look, see [`Verdict::held_for`].
    pub fn may(&self) -> bool {
        self.channels.iter().all(|one| one.outcome != "deny")
    }

    /// Nothing stands in the way.
    pub fn clear(&self) -> bool {
        self.channels.iter().all(|one| one.outcome == "allow")
    }

    /// Who has to look before it can go out.
    pub fn held_for(&self) -> BTreeSet<Role> {
        let holds =
            self.channels.iter().flat_map(|one| &one.reasons).filter(|one| one.effect == Effect::Hold);
        holds.filter_map(|reason| reason.approver).collect()
    }

    /// Every rule that spoke, each once.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut all: Vec<Reason> = Vec::new();
        for reason in self.channels.iter().flat_map(|one| &one.reasons) {
            if !all.contains(reason) {
                all.push(reason.clone());
            }
        }
        all
    }
}
