//! The policy's own clock: its versions, who acknowledged which, how the trust reads its words, and its reviews.

mod due;
mod items;
mod papers;
mod readers;
mod readings;
mod remind;
mod reviews;
mod versions;
mod wanted;

use cleansheet_terms::{PersonId, Role};

use crate::{
    database::{StoreError, Tx},
    people::{People, Person},
};

pub use due::{OnPaper, ReviewClock, When};
pub use items::{Answer, Item, Party, items};
pub use papers::{Paper, Papers};
pub use readers::{Reader, Readers, has_to_acknowledge};
pub use readings::{Reading, Readings};
pub use remind::{by_itself, not_here, on_the_cover, remind_now};
pub use reviews::{Review, Reviews, Signature};
pub use versions::{InForce, Versions};
pub use wanted::{Wanted, WantedChanges};

/// Who may review: the Manager owns the policy, the others look with different eyes.
const REVIEWERS: [Role; 3] = [Role::Manager, Role::Dsl, Role::Trustee];

/// What can be wrong with something about the policy itself.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// No such version, paper, word or change.
    #[error("there is nothing of this kind; look at the list again")]
    Missing,
    /// No review is under way.
    #[error("no review is under way; the Manager begins one")]
    NotUnderWay,
    /// Only the Manager signs.
    #[error("only the Manager signs; the policy is theirs")]
    NotManager,
    /// Somebody who was not named.
    #[error("you are not named for this review; ask the Manager to name you")]
    NotReviewer,
    /// A review by one person alone.
    #[error("name at least one other reviewer: the safeguarding lead, a trustee or another Manager")]
    Alone,
    /// Nothing can be asked about this.
    #[error("this review does not ask about that; go back to its list")]
    NoSuchItem,
    /// A change without words.
    #[error("say in words what should be otherwise")]
    NoWords,
    /// A text longer than anybody reads.
    #[error("say it in at most 2,000 letters")]
    TooLong,
    /// Something was left out.
    #[error("some questions have no answer yet ({0}); answer them before you sign")]
    Unanswered(usize),
    /// The program was upgraded meanwhile.
    #[error(
        "the policy in force is another than the one under review; the Manager begins again with it, and only clauses that \
         read otherwise now are asked again"
    )]
    OtherVersion,
    /// There is no signature, or none of what is there now.
    #[error("the Manager has not signed the review as it stands now; ask them to read and sign it again")]
    NotSigned,
    /// One person twice.
    #[error("a second person confirms: ask another reviewer")]
    SamePerson,
    /// Not what the form showed.
    #[error("something changed since you read it; read it again before you sign")]
    Changed,
    /// Nothing has come that could answer a wanted change.
    #[error("this version is the one that was reviewed; a change is answered by a later one")]
    SameVersion,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Letters of a text at most.
const LONGEST: usize = 2_000;

/// A text that somebody wrote, without spaces around it.
fn written(words: &str) -> Result<String, ReviewError> {
    let words = words.trim();
    if words.chars().count() > LONGEST { Err(ReviewError::TooLong) } else { Ok(words.to_owned()) }
}

/// Everybody who could review, by name.
pub async fn may_review(tx: &mut Tx) -> Result<Vec<Person>, StoreError> {
    let mut people = People(tx).list().await?;
    people.retain(|one| !one.is_suspended() && REVIEWERS.into_iter().any(|role| one.roles.contains(&role)));
    Ok(people)
}

/// Fails unless this person is a Manager who may act.
async fn must_be_manager(tx: &mut Tx, id: &PersonId) -> Result<(), ReviewError> {
    match People(tx).find(id).await? {
        Some(person) if person.roles.contains(&Role::Manager) && !person.is_suspended() => Ok(()),
        _ => Err(ReviewError::NotManager),
    }
}
