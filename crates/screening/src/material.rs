//! What the checks of the words are given.

use cleansheet_terms::{Date, Naming};
use serde::{Deserialize, Serialize};

/// Who speaks to whom; some findings depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// Something the trust publishes.
    #[default]
    Post,
    /// A message of staff to a child or young person.
    MessageToChild,
    /// A message of a child or young person to the trust.
    MessageFromChild,
    /// What somebody writes under a post.
    Comment,
}

/// One person of the activity's roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterName {
    /// First name and surname as kept.
    pub name: String,
    /// Their face is shown in a photo of this post.
    pub shown: bool,
    /// Under eighteen, or age not known.
    pub child: bool,
    /// How far the guardians (or the adult) agreed to the name beside the picture.
    pub naming: Naming,
}

/// What belongs to the organisation and may be said in public, and what may not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allow {
    /// Mail and link domains of the organisation, such as `example.org`; their subdomains count as well.
    pub org_domains: Vec<String>,
    /// Published telephone numbers of the organisation, in any spelling.
    pub org_phones: Vec<String>,
    /// Postcodes of grounds, venues and offices.
    pub venues: Vec<String>,
    /// Schools of the region: beside a child's name they say where to find that child.
    pub schools: Vec<String>,
    /// Words that are confidential: bid names, projects, salaries.
    pub confidential: Vec<String>,
}

/// All words of one post or message.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The caption, or the message.
    pub caption: &'a str,
    /// Alt texts, in the order of the photos.
    pub alt_texts: &'a [String],
    /// File names of the photos as they were uploaded.
    pub file_names: &'a [String],
    /// Who speaks to whom.
    pub context: Context,
    /// The activity's roster.
    pub roster: &'a [RosterName],
    /// What the organisation allows and forbids.
    pub allow: &'a Allow,
    /// Today in London, for ages.
    pub today: Date,
}
