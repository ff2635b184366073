//! The three acts that take a post outside, and the proof that one of them was allowed.

use std::{fmt, marker::PhantomData, str::FromStr};

use cleansheet_terms::{Network, Timestamp};
use serde::{Deserialize, Serialize};

use crate::facts::PostFacts;

/// An act, when it is only known at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The author asks for approval.
    Submit,
    /// A second person approves.
    Approve,
    /// The worker sends what was approved.
    Send,
}

/// A text that names no act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an act; they are submit, approve and send")]
pub struct UnknownStep(pub String);

impl Step {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::Submit, Self::Approve, Self::Send];

    /// As stored, and as the clauses write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Send => "send",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        Self::ALL.into_iter().find(|step| step.as_str() == text).ok_or_else(|| UnknownStep(text.to_owned()))
    }
}

mod sealed {
    pub trait Sealed {}
}

/// An act as a type, so that a permit for one cannot be used for another. Sealed: there are these three.
pub trait Act: sealed::Sealed {
    /// The act.
    const STEP: Step;
    /// Its name.
    const NAME: &'static str = Self::STEP.as_str();
}

/// The author asks for approval.
#[derive(Debug)]
pub enum Submit {}
/// A second person approves.
#[derive(Debug)]
pub enum Approve {}
/// The worker sends what was approved.
#[derive(Debug)]
pub enum Send {}

impl sealed::Sealed for Submit {}
impl sealed::Sealed for Approve {}
impl sealed::Sealed for Send {}

impl Act for Submit {
    const STEP: Step = Step::Submit;
}

impl Act for Approve {
    const STEP: Step = Step::Approve;
}

impl Act for Send {
    const STEP: Step = Step::Send;
}

/// Proof that the policy allowed one act on one post for one channel at one instant.
///
/// INVARIANT: only [`crate::Policy::decide`] makes one; it cannot be copied, and the step it allows uses it up.
///
/// A permit to submit freezes no order:
///
/// ```compile_fail,E0308
/// # use cleansheet_policy::{OrderContent, Permit, ReleaseOrder, Submit};
/// fn freeze(permit: Permit<Submit>, content: OrderContent) -> ReleaseOrder {
///     ReleaseOrder::freeze(permit, content)
/// }
/// ```
///
/// and one approval freezes one order:
///
/// ```compile_fail,E0382
/// # use cleansheet_policy::{Approve, OrderContent, Permit, ReleaseOrder};
/// fn freeze(permit: Permit<Approve>, one: OrderContent, two: OrderContent) -> [ReleaseOrder; 2] {
///     [ReleaseOrder::freeze(permit, one), ReleaseOrder::freeze(permit, two)]
/// }
/// ```
#[derive(Debug)]
#[must_use = "a permit that nobody uses allowed nothing"]
pub struct Permit<A> {
    post: String,
    channel: String,
    network: Network,
    at: Timestamp,
    act: PhantomData<A>,
}

impl<A: Act> Permit<A> {
    pub(crate) fn new(facts: &PostFacts) -> Self {
        Self {
            post: facts.post.clone(),
            channel: facts.channel.id.clone(),
            network: facts.channel.network,
            at: facts.at,
            act: PhantomData,
        }
    }

    /// The post's id.
    pub fn post(&self) -> &str {
        &self.post
    }

    /// The channel's id.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The channel's network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The instant the facts were true at.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}
