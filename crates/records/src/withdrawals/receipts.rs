//! What a withdrawal did: for the guardian's page, and by mail once everything is gone.

use cleansheet_locales::{Texts, moment, texts};
use cleansheet_terms::{Clock, Entropy, GuardianId, OldPostId, OrderId, ParticipantId, PostId, WithdrawalId};
use sqlx::any::AnyRow;

use super::{ByHand, Receipt, Removed, RemovedOld, Scope, ShownNow, giver};
use crate::{
    columns::Columns as _,
    consents::Giver,
    database::{StoreError, Tx, sql},
    invitations::{Invitations, Visitor},
    ledger_entries::Ledger,
    mails::Mails,
    tasks::{Tasks, Thing},
};

/// What a withdrawal did, as it is now.
pub async fn receipt(tx: &mut Tx, id: &WithdrawalId) -> Result<Option<Receipt>, StoreError> {
    let found =
        sql("SELECT participant_id, guardian_id, at_ms, receipt_ms, scope FROM withdrawal WHERE id = $1");
    let Some(row) = tx.row(found.bind(id.as_str().to_owned())).await? else { return Ok(None) };
    let orders = sql("SELECT o.id, o.post_id, c.name, o.url, o.gone_ms, w.was FROM withdrawal_order w
         JOIN release_order o ON o.id = w.order_id JOIN channel c ON c.id = o.channel_id
         WHERE w.withdrawal_id = $1 ORDER BY c.name, o.id");
    let (mut removed, mut stopped) = (Vec::new(), 0);
    for order in tx.rows(orders.bind(id.as_str().to_owned())).await? {
        if order.text("was")? == "live" {
            removed.push(self::removed(tx, &order).await?);
        } else {
            stopped += 1;
        }
    }
    Ok(Some(Receipt {
        id: id.clone(),
        participant: row.read("participant_id", ParticipantId::parse)?,
        giver: giver(row.maybe_read("guardian_id", GuardianId::parse)?),
        scope: row.read("scope", Scope::parse)?,
        at: row.instant("at_ms")?,
        removed,
        removed_old: removed_old(tx, id).await?,
        stopped,
        mailed: row.maybe_instant("receipt_ms")?,
    }))
}

async fn removed(tx: &mut Tx, row: &AnyRow) -> Result<Removed, StoreError> {
    let order = row.read("id", OrderId::parse)?;
    Ok(Removed {
        by_hand: by_hand(tx, Thing::Order(&order)).await?,
        order,
        post: row.read("post_id", PostId::parse)?,
        channel: row.text("name")?,
        url: row.maybe_text("url")?,
        gone: row.maybe_instant("gone_ms")?,
    })
}

async fn removed_old(tx: &mut Tx, id: &WithdrawalId) -> Result<Vec<RemovedOld>, StoreError> {
    let found = sql("SELECT p.id, c.name, p.url, p.gone_ms FROM withdrawal_old_post w
         JOIN old_post p ON p.id = w.old_post_id JOIN channel c ON c.id = p.channel_id
         WHERE w.withdrawal_id = $1 ORDER BY c.name, p.published_ms, p.id")
    .bind(id.as_str().to_owned());
    let mut all = Vec::new();
    for row in tx.rows(found).await? {
        let post = row.read("id", OldPostId::parse)?;
        all.push(RemovedOld {
            by_hand: by_hand(tx, Thing::OldPost(&post)).await?,
            post,
            channel: row.text("name")?,
            url: row.text("url")?,
            gone: row.maybe_instant("gone_ms")?,
        });
    }
    Ok(all)
}

/// A person does it, or has done it where nothing can be read.
async fn by_hand(tx: &mut Tx, thing: Thing<'_>) -> Result<Option<ByHand>, StoreError> {
    let task = Tasks(tx).newest_for(thing).await?;
    Ok(task
        .filter(|task| task.done.is_none() || task.on_word)
        .map(|task| ByHand { due: task.due, on_word: task.said.filter(|_| task.on_word).map(|(_, at)| at) }))
}

/// The receipts of one visitor, the newest first. Those of others, about the same child too, are not theirs to see.
pub async fn receipts_of(tx: &mut Tx, visitor: &Visitor) -> Result<Vec<Receipt>, StoreError> {
    let found = match visitor {
        Visitor::Guardian(id) => {
            sql("SELECT id FROM withdrawal WHERE guardian_id = $1 ORDER BY at_ms DESC, id DESC")
                .bind(id.as_str().to_owned())
        }
        Visitor::Participant(id) => sql("SELECT id FROM withdrawal
             WHERE participant_id = $1 AND guardian_id IS NULL ORDER BY at_ms DESC, id DESC")
        .bind(id.as_str().to_owned()),
    };
    let mut all = Vec::new();
    for row in tx.rows(found).await? {
        all.extend(receipt(tx, &row.read("id", WithdrawalId::parse)?).await?);
    }
    Ok(all)
}

/// Where somebody can be seen now.
pub async fn shown_now(tx: &mut Tx, participant: &ParticipantId) -> Result<Vec<ShownNow>, StoreError> {
    let found = sql(
        "SELECT o.id, o.post_id, c.name, o.url, COALESCE(o.published_ms, o.sent_ms, o.queued_ms) AS since_ms
         FROM release_order o JOIN order_person s ON s.order_id = o.id JOIN channel c ON c.id = o.channel_id
         WHERE s.participant_id = $1 AND o.state IN ('sending', 'uncertain', 'sent', 'published')
         ORDER BY since_ms DESC, o.id",
    )
    .bind(participant.as_str().to_owned());
    let one = |row: &AnyRow| {
        Ok(ShownNow {
            order: row.read("id", OrderId::parse)?,
            post: row.read("post_id", PostId::parse)?,
            channel: row.text("name")?,
            url: row.maybe_text("url")?,
            since: row.instant("since_ms")?,
        })
    };
    tx.rows(found).await?.iter().map(one).collect()
}

/// Whether an order is public, or may be, and shows somebody: one of [`shown_now`].
pub(super) async fn is_shown_in(
    tx: &mut Tx,
    participant: &ParticipantId,
    order: &OrderId,
) -> Result<bool, StoreError> {
    let found = sql("SELECT o.id FROM release_order o JOIN order_person s ON s.order_id = o.id
         WHERE o.id = $1 AND s.participant_id = $2
             AND o.state IN ('sending', 'uncertain', 'sent', 'published')");
    let found = found.bind(order.as_str().to_owned()).bind(participant.as_str().to_owned());
    Ok(tx.row(found).await?.is_some())
}

/// What is gone, of what withdrawals wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ended<'a> {
    /// A copy of ours.
    Order(&'a OrderId),
    /// An old post.
    OldPost(&'a OldPostId),
}

/// The receipts that waited for this alone are mailed.
pub(crate) async fn complete(
    tx: &mut Tx,
    gone: Ended<'_>,
    trust: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let found = match gone {
        Ended::Order(order) => {
            sql("SELECT w.id FROM withdrawal w JOIN withdrawal_order o ON o.withdrawal_id = w.id
                 WHERE o.order_id = $1 AND w.receipt_ms IS NULL ORDER BY w.id")
            .bind(order.as_str().to_owned())
        }
        Ended::OldPost(post) => {
            sql("SELECT w.id FROM withdrawal w JOIN withdrawal_old_post o ON o.withdrawal_id = w.id
                 WHERE o.old_post_id = $1 AND w.receipt_ms IS NULL ORDER BY w.id")
            .bind(post.as_str().to_owned())
        }
    };
    for row in tx.rows(found).await? {
        let id = row.read("id", WithdrawalId::parse)?;
        send_when_complete(tx, &id, trust, clock, entropy).await?;
    }
    Ok(())
}

/// Mails the receipt once, when everything it names is gone, to whoever asked and has an address.
pub(super) async fn send_when_complete(
    tx: &mut Tx,
    id: &WithdrawalId,
    trust: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let Some(receipt) = receipt(tx, id).await? else { return Ok(()) };
    let mut gone =
        receipt.removed.iter().map(|one| one.gone).chain(receipt.removed_old.iter().map(|one| one.gone));
    if receipt.mailed.is_some() || gone.any(|gone| gone.is_none()) {
        return Ok(());
    }
    let visitor = match &receipt.giver {
        Giver::Guardian(guardian) => Visitor::Guardian(guardian.clone()),
        Giver::Own => Visitor::Participant(receipt.participant.clone()),
    };
    let contact = Invitations(tx).contact(&visitor).await?.filter(|contact| !contact.mail.is_empty());
    if let Some(contact) = contact {
        let body = body(&receipt, texts(contact.language), trust);
        let subject = texts(contact.language).say("mail-receipt-subject");
        Mails(tx).queue(&contact.mail, &subject, &body, clock, entropy).await?;
    }
    let now = clock.now();
    let sent = sql("UPDATE withdrawal SET receipt_ms = $1 WHERE id = $2");
    tx.run(sent.bind(now.as_millisecond()).bind(id.as_str().to_owned())).await?;
    Ledger(tx)
        .append(
            "consent.receipt",
            id.as_str(),
            &(receipt.removed.len() + receipt.removed_old.len()),
            now,
            entropy,
        )
        .await?;
    Ok(())
}

/// No name in it: a mail may be read on a locked phone, or by somebody else.
fn body(receipt: &Receipt, say: &'static Texts, trust: &str) -> String {
    let asked = match (&receipt.giver, receipt.scope) {
        (_, Scope::Picture) => "mail-receipt-picture",
        (Giver::Own, _) => "mail-receipt-own",
        (Giver::Guardian(_), Scope::All) => "mail-receipt-all",
        (Giver::Guardian(_), Scope::Some) => "mail-receipt-some",
    };
    let moment = |at| moment(say.language, at);
    let mut lines = vec![say.with("moment", &moment(receipt.at)).say(asked)];
    let removed = receipt.removed.iter().map(|one| (one.channel.clone(), one.gone, one.by_hand));
    let old = receipt.removed_old.iter();
    let old = old.map(|one| (format!("{}, {}", one.channel, one.url), one.gone, one.by_hand));
    let gone = removed.chain(old).map(|(place, gone, by_hand)| {
        let word = by_hand.and_then(|by_hand| by_hand.on_word);
        let key = if word.is_some() { "mail-receipt-word" } else { "mail-receipt-line" };
        let seen = word.or(gone).map(moment).unwrap_or_default();
        format!("- {}", say.with("place", &place).with("moment", &seen).say(key))
    });
    let gone: Vec<String> = gone.collect();
    if gone.is_empty() {
        lines.push(say.say("mail-receipt-none"));
    } else {
        lines.push(format!("{}\n{}", say.say("mail-receipt-gone"), gone.join("\n")));
    }
    if receipt.stopped > 0 {
        lines.push(say.say("mail-receipt-stopped"));
    }
    lines.extend([say.say("mail-receipt-copies"), say.say("mail-not-you"), format!("{trust}\n")]);
    lines.join("\n\n")
}

#[cfg(test)]
mod tests {
    use cleansheet_locales::{Language, texts};
    use cleansheet_terms::{GuardianId, OldPostId, OrderId, ParticipantId, PostId, WithdrawalId};

    use super::{Receipt, Removed, RemovedOld, body};
    use crate::consents::Giver;

    #[test]
    fn a_receipt_says_what_is_gone_and_what_cannot_be_called_back() {
        let receipt = Receipt {
            id: WithdrawalId::parse("withdrawal_1").unwrap(),
            participant: ParticipantId::parse("participant_1").unwrap(),
            giver: Giver::Guardian(GuardianId::parse("guardian_1").unwrap()),
            scope: super::Scope::All,
            at: "2026-07-10T11:30:00Z".parse().unwrap(),
            removed: vec![Removed {
                order: OrderId::parse("order_1").unwrap(),
                post: PostId::parse("post_1").unwrap(),
                channel: "News page".into(),
                url: Some("/news/1".into()),
                gone: Some("2026-07-10T11:30:09Z".parse().unwrap()),
                by_hand: None,
            }],
            removed_old: vec![RemovedOld {
                post: OldPostId::parse("oldpost_1").unwrap(),
                channel: "Bluesky".into(),
                url: "https://bsky.app/profile/did:plc:fenland/post/3a1".into(),
                gone: Some("2026-07-10T11:30:10Z".parse().unwrap()),
                by_hand: None,
            }],
            stopped: 1,
            mailed: None,
        };
        let english = body(&receipt, texts(Language::English), "Riverside United Community Trust");
        insta::assert_snapshot!(english, @r"
        You asked us on 10 July 2026, 12:30 to stop showing your child.

        These were public, and are gone:
        - News page: we looked on 10 July 2026, 12:30, and it was not there
        - Bluesky, https://bsky.app/profile/did:plc:fenland/post/3a1: we looked on 10 July 2026, 12:30, and it was not there

        What was waiting to go out was stopped.

        If somebody saved or shared a copy, we cannot remove it. Tell us where you saw it, and we ask them.

        If this was not you, tell us at once.

        Riverside United Community Trust
        ");
        for language in Language::ALL {
            let theirs = body(&receipt, texts(language), "T");
            assert_eq!(theirs.matches("\n\n").count(), english.matches("\n\n").count(), "{language}");
        }
    }
}
