//! The policy as code: who may act, what may be shown, and why not.
//!
//! A clause is a file in `clauses/`, in Cedar, with sentences and remedies as annotations. [`Policy::decide`] asks the
//! engine once for the post, once for each photo, each depicted person and each finding, and joins the answers. What it
//! returns is a [`Permit`], which nobody else can make, or the clauses that spoke against it.
//!
//! Fail closed: an error of the engine, a fact that is missing and a request that does not fit the schema are refusals.
//!
//! How to add or change a clause: `docs/adding-a-clause.md`.

#![warn(missing_docs)]

mod access;
mod act;
mod canonical;
pub mod cases;
mod clauses;
mod decide;
mod draft;
mod explain;
pub mod facts;
mod interpretations;
mod load;
mod order;
mod questions;
mod reason;
mod rules;
mod since;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod version;
mod words;

pub use access::{Access, Action, Visitor, VisitorKind};
pub use act::{Act, Approve, Permit, Send, Step, Submit, UnknownStep};
pub use clauses::{ClauseInfo, NOT_YET_ENFORCED};
pub use decide::{Decision, Judged, Judgement, Outcome};
pub use draft::{Draft, SCHEMA};
pub use explain::{Explained, Said, Spoke, explain};
pub use interpretations::{INTERPRETATIONS, Interpretation, Used, interpretation};
pub use load::{Policy, PolicyError};
pub use order::{Cleared, OrderContent, OrderError, OrderPicture, ReleaseOrder};
pub use reason::{About, Effect, Reason};
pub use since::{SINCE, Since};
pub use version::{
    ClauseDifference, ClauseText, Difference, Question, RuleDifference, RuleFile, RuleText, Version,
};
pub use words::{Piece, plain};
