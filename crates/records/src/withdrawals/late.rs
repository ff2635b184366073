//! What was not seen to be gone in the time that families are promised: people see to it.

use cleansheet_locales::{Language, moment};
use cleansheet_terms::{Clock, Entropy, Timestamp, WithdrawalId};
use jiff::SignedDuration;

use super::{Receipt, receipt};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
};

/// By then everything is seen to be gone, or a person sees to it: the receipt says so.
pub const GONE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Those of which something is not gone: it never was, or it was seen again although the receipt said so.
macro_rules! open_withdrawals {
    ($select:literal, $and:literal) => {
        concat!(
            $select,
            " WHERE (w.receipt_ms IS NULL
                 OR EXISTS (SELECT 1 FROM withdrawal_order t JOIN release_order o ON o.id = t.order_id
                     WHERE t.withdrawal_id = w.id AND o.state = 'taking_down')
                 OR EXISTS (SELECT 1 FROM withdrawal_old_post t JOIN old_post p ON p.id = t.old_post_id
                     WHERE t.withdrawal_id = w.id AND p.state = 'taking_down')) ",
            $and,
            " ORDER BY w.at_ms, w.id"
        )
    };
}

/// Withdrawals of which something is still not seen to be gone, although its time is over; the oldest first.
pub async fn late(tx: &mut Tx, now: Timestamp) -> Result<Vec<Receipt>, StoreError> {
    let found = sql(open_withdrawals!("SELECT w.id FROM withdrawal w", "AND w.at_ms <= $1"));
    let mut late = Vec::new();
    for row in tx.rows(found.bind(over(now))).await? {
        late.extend(receipt(tx, &row.read("id", WithdrawalId::parse)?).await?);
    }
    Ok(late)
}

/// Whether there is one that nobody was told of.
pub async fn is_late_untold(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!untold(tx, now).await?.is_empty())
}

/// Tells the Manager and the safeguarding lead of each of them, once.
///
/// - `origin`: the site's own address, for the link in the mail.
pub async fn tell_late(
    tx: &mut Tx,
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let now = clock.now();
    for (id, asked) in untold(tx, now).await? {
        let told = sql("UPDATE withdrawal SET late_ms = $1 WHERE id = $2");
        tx.run(told.bind(now.as_millisecond()).bind(id.as_str().to_owned())).await?;
        Ledger(tx).append("consent.late", id.as_str(), &(), now, entropy).await?;
        let body = format!(
            "Somebody asked us on {} not to be shown, and 24 hours later we have not seen all of it to be gone. They were \
             promised that a person sees to it then.\n\n\
             We go on asking the network. See which posts they are, look at each as the public does, and remove by hand \
             what is still there:\n{origin}/\n",
            moment(Language::English, asked)
        );
        Mails(tx).queue_for_a_look(&body, clock, entropy).await?;
    }
    Ok(())
}

async fn untold(tx: &mut Tx, now: Timestamp) -> Result<Vec<(WithdrawalId, Timestamp)>, StoreError> {
    let found = sql(open_withdrawals!(
        "SELECT w.id, w.at_ms FROM withdrawal w",
        "AND w.late_ms IS NULL AND w.at_ms <= $1"
    ));
    let rows = tx.rows(found.bind(over(now))).await?;
    rows.iter().map(|row| Ok((row.read("id", WithdrawalId::parse)?, row.instant("at_ms")?))).collect()
}

/// What was asked for up to then is late.
fn over(now: Timestamp) -> i64 {
    now.checked_sub(GONE_WITHIN).unwrap_or(Timestamp::MIN).as_millisecond()
}
