//! Who can be ticked under an old post: who is ticked already, who was searched for, who was tagged last.

use std::collections::BTreeSet;

use cleansheet_records::{
    Tx,
    activities::{Activities, Participant},
    old_posts::OldPosts,
};
use cleansheet_terms::ParticipantId;

use crate::web::Problem;

/// How many are offered of those who were searched for.
const MOST_FOUND: usize = 24;
/// How many of those who were tagged last.
const MOST_LAST: usize = 12;

/// One name to tick.
pub(super) struct Chip {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) ticked: bool,
}

/// What stands under "Who is shown?".
pub(super) struct People {
    /// What is searched for.
    pub(super) find: String,
    pub(super) chips: Vec<Chip>,
    /// Nobody has what is searched for in their name.
    pub(super) nobody: bool,
}

impl People {
    /// - `ticked`: stay ticked, found or not.
    pub(super) async fn offered(
        tx: &mut Tx,
        find: &str,
        ticked: &BTreeSet<ParticipantId>,
    ) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for id in ticked {
            all.extend(Activities(tx).participant(id).await?);
        }
        let found = match find.trim() {
            "" => Vec::new(),
            words => Activities(tx).find(words).await?.into_iter().take(MOST_FOUND).collect(),
        };
        let nobody = found.is_empty() && !find.trim().is_empty();
        all.extend(found);
        if find.trim().is_empty() {
            all.extend(OldPosts(tx).tagged_last(MOST_LAST).await?);
        }
        let mut seen = BTreeSet::new();
        all.retain(|one| seen.insert(one.id.clone()));
        let chips = all.iter().map(|one| chip(one, ticked.contains(&one.id))).collect();
        Ok(Self { find: find.trim().to_owned(), chips, nobody })
    }
}

/// With the year of birth: two children may have one name.
fn chip(one: &Participant, ticked: bool) -> Chip {
    let name = match one.born {
        Some(born) => format!("{}, born {}", one.name, born.year()),
        None => one.name.clone(),
    };
    Chip { id: one.id.to_string(), name, ticked }
}
