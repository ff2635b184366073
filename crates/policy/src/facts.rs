//! Everything a decision rests on. Each fact is required: a fact that is not known has a value that says so, and
//! that value never helps a post out.
//!
//! Calendars and ages stay outside the policy language: whoever gathers the facts works out "current" and "child"
//! for one instant (Europe/London) and says at which instant that was.

use std::collections::BTreeSet;

use cleansheet_terms::{Clause, Naming, Network, Role, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A DBS check, measured against what the person's role needs (clause 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dbs {
    /// Level, workforce and age are what the role needs.
    Current,
    /// None is on record.
    Missing,
    /// The original has not been seen, or a suitability decision is open.
    Undecided,
    /// A lower level or another workforce than the role needs.
    WrongLevel,
    /// The date by which it had to be checked again has passed.
    RecheckOverdue,
}

/// A Safeguarding Children certificate (clause 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// Verified by someone else and in date.
    Current,
    /// None is on record.
    Missing,
    /// Recorded, but nobody other than its holder has verified it.
    Unverified,
    /// Its last day has passed.
    Expired,
}

/// The Manager's permission for one person on one channel (clause 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// May act on this channel today.
    Current,
    /// Never given.
    Missing,
    /// Its last day has passed, the Manager ended it, or an access review left it undecided.
    Ended,
    /// May act on this channel today, but not do this there.
    Narrower,
}

/// One person at one instant: who they are and whether they may act for the trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The person's id.
    pub person: String,
    /// Their roles.
    pub roles: BTreeSet<Role>,
    /// Clause 1.
    pub dbs: Dbs,
    /// Clause 1.
    pub certificate: Certificate,
    /// Suspended, or has left.
    pub suspended: bool,
    /// Has acknowledged the policy in force (clause 12).
    pub acknowledged: bool,
}

/// The browser an act comes from (clause 4). A worker that sends has none: see [`PostFacts::sign_in`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Minutes since the last act in this sign-in.
    pub idle_minutes: u32,
    /// Minutes since signing in.
    pub age_minutes: u32,
    /// The device is shared; nothing that publishes may be done from it.
    pub shared_device: bool,
}

/// The account a post is for (clause 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The channel's id.
    pub id: String,
    /// Its network.
    pub network: Network,
    /// The Manager's express permission for this account is on record and not withdrawn.
    pub permitted: bool,
    /// "Pause all publishing" is on.
    pub paused: bool,
    /// The actor's grant to approve.
    pub actor_grant: Grant,
    /// The author's grant to draft.
    pub author_grant: Grant,
}

/// What the text and link checks saw, one per finding (clauses 6, 7, 8, 9, 10, 12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The clause the finding cites.
    pub clause: Clause,
    /// What it does to the post by itself.
    pub severity: Severity,
    /// Stable kind, for example `nhs_number`.
    pub kind: String,
    /// Where it is, for people: `caption, letters 5 to 17`.
    pub place: String,
}

/// How far the explicit-picture check got with one photo (clause 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// Screened; nothing seen.
    Clear,
    /// Screened; a person has to look.
    Look,
    /// Screened; stopped.
    Stopped,
    /// Not screened, or the check failed.
    Unscreened,
}

/// One photo of the post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// The photo's id.
    pub id: String,
    /// Clause 7.
    pub picture: Picture,
    /// Faces that are visible in the rendition although nobody has said who they are (clause 8). Must be 0.
    pub unaccounted_faces: u32,
    /// An alt text was written.
    pub has_alt_text: bool,
    /// The rendition for this channel exists, was made from exactly these marks and carries no metadata.
    pub rendition_ready: bool,
}

/// A guardian's, participant's or adult's answer for this purpose, channel kind and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes, to the wording in force, still running.
    Yes,
    /// No, or withdrawn.
    No,
    /// Has run out, or was to another wording.
    Lapsed,
    /// Never asked, or asked and not answered.
    Unasked,
    /// Does not apply: an adult has no guardian, a child under 12 is not asked itself.
    NotNeeded,
}

/// The identifiability dial, which the Manager sets for each purpose (DOMAIN A3): consent is a floor, and the trust may
/// ask for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dial {
    /// Level 0: every child's face is covered.
    Covered,
    /// Level 1: children who may be shown are not shown alone and close.
    NoCloseUp,
    /// Level 2: consent is enough.
    Consent,
}

/// One person shown (not covered) in one photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depicted {
    /// The depiction's id.
    pub depiction: String,
    /// The photo it is in.
    pub photo: String,
    /// Under 18 on the day, or of unknown age.
    pub child: bool,
    /// The hard "no image" flag (clause 9). Its reason never enters the facts.
    pub no_image: bool,
    /// On the activity's roster, or an adult who agreed on the spot.
    pub on_roster: bool,
    /// The guardians' answers joined: any `No` wins, then `Lapsed`, `Unasked`, `Yes`; `NotNeeded` for an adult.
    pub guardians: Answer,
    /// The person's own: an adult's consent, or a child's answer from 12 on.
    pub own: Answer,
    /// How far the words, alt texts or file names beside the photo name this person.
    pub named: Naming,
    /// How far naming beside a picture was agreed to, by everybody whose yes is needed.
    pub naming: Naming,
    /// The only face and close, or larger than a face among others may be.
    pub close_up: bool,
    /// What the trust allows for children, for the purpose of the post.
    pub dial: Dial,
}

/// What was approved, seen from the instant of sending. Before approval, everything is `false` or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Someone approved.
    pub given: bool,
    /// That someone is not the author (clause 12).
    pub by_second_person: bool,
    /// The approver, at this instant. `None` before approval.
    pub approver: Option<Standing>,
    /// The approver's grant to approve, at this instant.
    pub approver_grant: Grant,
    /// Text, alt texts, renditions, channel and record key have the hashes that were approved.
    pub hashes_match: bool,
    /// The roles the approver had: a `hold` is lifted by approval from the role it names.
    pub roles: BTreeSet<Role>,
}

/// How many there are, counted apart from the lists: a list that lost an entry on the way is no reason to let a post
/// out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Findings of the checks, all severities.
    pub found: u32,
    /// Photos.
    pub photos: u32,
    /// People shown, over all photos.
    pub depicted: u32,
}

/// Everything about one post for one channel at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostFacts {
    /// The instant the facts are true at.
    pub at: Timestamp,
    /// The post's id.
    pub post: String,
    /// Who wrote it.
    pub author: Standing,
    /// Who acts now: the author when submitting, the approver when approving and when sending.
    pub actor: Standing,
    /// The browser; `None` when a worker sends what was approved.
    pub sign_in: Option<SignIn>,
    /// The account.
    pub channel: Channel,
    /// Every check ran to its end on exactly these words.
    pub words_screened: bool,
    /// What they saw.
    pub found: Vec<Found>,
    /// The photos.
    pub photos: Vec<Photo>,
    /// The people shown.
    pub depicted: Vec<Depicted>,
    /// How long those three lists have to be. `None`: nobody counted.
    pub counted: Option<Counted>,
    /// The approval so far.
    pub approval: Approval,
    /// A withdrawal touches somebody in this post.
    pub withdrawn: bool,
}
