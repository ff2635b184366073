//! What a Facebook Page and an Instagram account have in common: Meta's Graph API, its refusals and its sign-in.

mod graph;
mod login;
mod refusal;
mod versions;

pub use login::{Begun, begin, finish};
pub use versions::ends;

use serde::{Deserialize, Serialize};

pub(crate) use graph::{Graph, Id, List, Node, since};
pub(crate) use refusal::{Failure, Refusal};

/// What signs in to one Page, or to the Instagram account that belongs to it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The token of the Page. Made from a long-lived token of a person, it has no end of its own.
    pub page_token: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(…)")
    }
}
