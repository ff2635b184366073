//! The trust's accounts and who may act on them: the Manager's express permission for an account (clause 2) and for a
//! person on it (clause 3), who acts beside us, and the reviews of that.

pub mod apps;
mod channels;
pub mod connections;
mod grants;
pub mod health;
mod native_roles;
mod register;
pub mod reports;
mod requests;
pub mod review;

use cleansheet_terms::{AccountRequestId, ChannelId, Entropy, GrantId, NativeRoleId, Role, Timestamp};

pub use channels::Channel;
pub use grants::{Grant, MOST_MONTHS, NewGrant, Right, Rights};
pub use native_roles::{NativeRole, NewNativeRole};
pub use register::{Entry, NewEntry, Recovery, TwoStep};
pub use requests::{Answer, NewRequest, Request, Wanted};

use crate::{
    database::{StoreError, Tx},
    mails::Mails,
    people::{People, PersonError},
};

/// What can be wrong with an account or a permission.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No such account.
    #[error("no account `{0}`")]
    Missing(ChannelId),
    /// No such grant, or it has ended already.
    #[error("no permission `{0}` that is still running")]
    NoGrant(GrantId),
    /// No such request.
    #[error("no request `{0}`")]
    NoRequest(AccountRequestId),
    /// No such native role, or it was removed already.
    #[error("no right `{0}` on a network that still runs; look at the account again")]
    NoNativeRole(NativeRoleId),
    /// Without a name people could not tell accounts apart.
    #[error("an account needs a name")]
    Nameless,
    /// Nobody can decide about a request without a reason.
    #[error("say why: the one who reads it has only these words to go by")]
    NoReason,
    /// Too long for the register.
    #[error("these words are too long; {0} letters are enough")]
    TooLong(usize),
    /// The account has the Manager's permission already.
    #[error("the Manager has permitted this account already; there is nothing to ask for")]
    AlreadyPermitted,
    /// Somebody was quicker.
    #[error("this request was answered already; look at the list again")]
    Decided,
    /// Clause 2: nothing is connected before the Manager has said yes.
    #[error(
        "the Manager has not permitted this account, so it cannot be connected (clause 2). Ask for it on the page \
         “Ask for an account”; the Manager decides there"
    )]
    NotPermitted,
    /// The account on the network is another one than before.
    #[error(
        "you were signed in there as {is}; this account is {before}. Sign in there as {before}, and begin again"
    )]
    AnotherAccount {
        /// Who it is that was allowed.
        is: String,
        /// Who is connected here.
        before: String,
    },
    /// An app without its name or secret cannot be used.
    #[error("give both the app's id and its secret, as the network's page for developers shows them")]
    AppWithoutKeys,
    /// A permission that ends before it begins.
    #[error("the last day of a permission comes before its first; choose a later last day")]
    Backwards,
    /// Clause 3: a permission has an end.
    #[error("a permission runs for twelve months at most (clause 3); choose a last day before that")]
    TooFar,
    /// A permission to do nothing.
    #[error("say what the permission is for: to draft, to approve or to reply")]
    NoRights,
    /// Not a Manager, or nobody we know.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The accounts and grants in the database. Borrow it from a [`Tx`].
pub struct Accounts<'t>(pub &'t mut Tx);

fn text(id: &ChannelId) -> String {
    id.as_str().to_owned()
}

/// Words that somebody wrote, without the space around them.
///
/// - `most`: the longest there may be, in letters.
fn words(given: &str, most: usize) -> Result<String, AccountError> {
    let given = given.trim();
    if given.chars().count() > most { Err(AccountError::TooLong(most)) } else { Ok(given.to_owned()) }
}

/// Mails every Manager who may act. No name in the subject: it is shown on locked phones.
async fn tell_managers(
    tx: &mut Tx,
    subject: &str,
    body: &str,
    clock: &dyn cleansheet_terms::Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    tell(tx, &[Role::Manager], (subject, body), clock, entropy).await
}

/// Mails everybody who may act in one of these roles, once.
async fn tell(
    tx: &mut Tx,
    roles: &[Role],
    (subject, body): (&str, &str),
    clock: &dyn cleansheet_terms::Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let now = clock.now();
    for person in People(tx).list().await? {
        if roles.iter().any(|role| person.is(*role, now)) && !person.is_suspended() {
            Mails(tx).queue(&person.mail, subject, body, clock, entropy).await?;
        }
    }
    Ok(())
}

/// Somebody and an instant, where both are there or neither is.
type ByAt = (cleansheet_terms::PersonId, Timestamp);
