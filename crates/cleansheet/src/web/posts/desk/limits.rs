//! What an account's network takes at most, said before anybody approves.

use cleansheet_policy::{Effect, Reason};
use cleansheet_records::{StoreError, Tx, accounts::Accounts, posts::Posts};
use cleansheet_terms::PostId;

use crate::connections::capabilities;

/// One reason for each chosen account whose network would not take the words, with its name and the number.
pub(super) async fn too_long(tx: &mut Tx, id: &PostId) -> Result<Vec<Reason>, StoreError> {
    let Some(post) = Posts(tx).post(id).await? else { return Ok(Vec::new()) };
    let mut reasons = Vec::new();
    for channel in Posts(tx).channels_of(id).await? {
        let Some(account) = Accounts(tx).channel(&channel).await? else { continue };
        let Some(can) = capabilities(tx, &channel, account.network).await? else { continue };
        if let Some(over) = can.too_long(&post.caption) {
            reasons.push(Reason {
                clause: None,
                rule: "channel-limits".to_owned(),
                effect: Effect::Deny,
                say: format!(
                    "{} takes {} {}, and the words have {}",
                    account.name, over.may, over.unit, over.has
                ),
                remedy: format!("shorten them by {}, or leave {} out", over.has - over.may, account.name),
                approver: None,
                about: None,
                reads: Vec::new(),
            });
        }
    }
    Ok(reasons)
}
