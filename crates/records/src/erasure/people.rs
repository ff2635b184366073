//! The rows of somebody who asked to be forgotten, and of guardians who answered for nobody else.

use cleansheet_terms::{GuardianId, ParticipantId};

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

/// Writes the tables that lose rows or words anew.
pub(super) const ANEW: &str = "VACUUM FULL participant, guardian, guardianship, consent, roster, asking, paper_form, complaint, \
    call_request, participant_apart, spot_waiting, import_batch, \
    visitor_code, visitor_link, sign_in, withdrawal_order, withdrawal, order_person, release_order, depiction, rendition, \
    photo, post, words_screened, mail, text_message, ledger_record, withdrawal_old_post, old_depiction, old_picture, old_post";

/// The participant, and the records that were merged into it.
pub(super) async fn same_as(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<ParticipantId>, StoreError> {
    let mut all = vec![id.clone()];
    let mut next = 0;
    while let Some(one) = all.get(next).cloned() {
        let found = sql("SELECT id FROM participant WHERE merged_into = $1 ORDER BY id");
        for row in tx.rows(found.bind(one.as_str().to_owned())).await? {
            all.push(row.read("id", ParticipantId::parse)?);
        }
        next += 1;
    }
    // Those that point to others go first.
    all.reverse();
    Ok(all)
}

/// Every row about them, and the keys of every ledger record.
pub(super) async fn rows(tx: &mut Tx, id: &ParticipantId) -> Result<(), StoreError> {
    let guardians = guardians_of_nobody_else(tx, id).await?;
    for guardian in &guardians {
        mails_to(tx, "SELECT mail AS address FROM guardian WHERE id = $1", guardian.as_str()).await?;
        visitor(tx, guardian.as_str()).await?;
    }
    mails_to(tx, "SELECT mail AS address FROM participant WHERE id = $1", id.as_str()).await?;
    visitor(tx, id.as_str()).await?;
    for of in [
        "SELECT id FROM consent WHERE participant_id = $1",
        "SELECT id FROM withdrawal WHERE participant_id = $1",
        "SELECT id FROM paper_form WHERE participant_id = $1",
    ] {
        for row in tx.rows(sql(of).bind(id.as_str().to_owned())).await? {
            Ledger(tx).forget(&row.text("id")?).await?;
        }
    }
    for statement in OF_A_PARTICIPANT {
        tx.run(sql(statement).bind(id.as_str().to_owned())).await?;
    }
    Ledger(tx).forget(id.as_str()).await?;
    for guardian in &guardians {
        for statement in OF_A_GUARDIAN {
            tx.run(sql(statement).bind(guardian.as_str().to_owned())).await?;
        }
        Ledger(tx).forget(guardian.as_str()).await?;
    }
    Ok(())
}

const OF_A_PARTICIPANT: [&str; 16] = [
    "DELETE FROM withdrawal_order WHERE withdrawal_id IN (SELECT id FROM withdrawal WHERE participant_id = $1)",
    "DELETE FROM withdrawal_old_post WHERE withdrawal_id IN (SELECT id FROM withdrawal WHERE participant_id = $1)",
    "DELETE FROM withdrawal WHERE participant_id = $1",
    "DELETE FROM old_depiction WHERE participant_id = $1",
    "DELETE FROM consent WHERE participant_id = $1",
    "DELETE FROM asking WHERE participant_id = $1",
    "DELETE FROM paper_form WHERE participant_id = $1",
    "DELETE FROM order_person WHERE participant_id = $1",
    "DELETE FROM roster WHERE participant_id = $1",
    "DELETE FROM guardianship WHERE participant_id = $1",
    "DELETE FROM participant_apart WHERE first_id = $1 OR second_id = $1",
    "DELETE FROM spot_waiting WHERE participant_id = $1 OR like_id = $1",
    // A sheet that waits may hold them; nobody looks into it, so it goes.
    "DELETE FROM import_batch WHERE sealed IS NOT NULL AND $1 <> ''",
    "UPDATE depiction SET who = 'cover', participant_id = NULL WHERE participant_id = $1",
    "UPDATE participant SET merged_into = NULL WHERE merged_into = $1",
    "DELETE FROM participant WHERE id = $1",
];

const OF_A_GUARDIAN: [&str; 3] = [
    "DELETE FROM consent WHERE guardian_id = $1",
    "DELETE FROM guardianship WHERE guardian_id = $1",
    "DELETE FROM guardian WHERE id = $1",
];

async fn guardians_of_nobody_else(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<GuardianId>, StoreError> {
    let found = sql("SELECT s.guardian_id FROM guardianship s WHERE s.participant_id = $1
             AND NOT EXISTS (SELECT 1 FROM guardianship o
                 WHERE o.guardian_id = s.guardian_id AND o.participant_id <> s.participant_id)
         ORDER BY s.guardian_id");
    let rows = tx.rows(found.bind(id.as_str().to_owned())).await?;
    rows.iter().map(|row| row.read("guardian_id", GuardianId::parse)).collect()
}

/// Mails to an address, sent or not.
async fn mails_to(tx: &mut Tx, of: &'static str, id: &str) -> Result<(), StoreError> {
    let found = tx.row(sql(of).bind(id.to_owned())).await?;
    let address = found.map(|row| row.text("address")).transpose()?.unwrap_or_default();
    if !address.is_empty() {
        tx.run(sql("DELETE FROM mail WHERE to_address = $1").bind(address)).await?;
    }
    Ok(())
}

/// What somebody without an account leaves behind by coming in.
async fn visitor(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    for of in [
        "SELECT id FROM visitor_link WHERE visitor_id = $1",
        "SELECT id FROM sign_in WHERE visitor_id = $1",
        "SELECT id FROM complaint WHERE visitor_id = $1",
        "SELECT id FROM call_request WHERE visitor_id = $1",
        "SELECT id FROM asking WHERE visitor_id = $1",
        "SELECT id FROM paper_form WHERE visitor_id = $1",
    ] {
        for row in tx.rows(sql(of).bind(id.to_owned())).await? {
            Ledger(tx).forget(&row.text("id")?).await?;
        }
    }
    for statement in [
        "DELETE FROM visitor_code WHERE link_id IN (SELECT id FROM visitor_link WHERE visitor_id = $1)",
        "DELETE FROM visitor_link WHERE visitor_id = $1",
        "DELETE FROM sign_in WHERE visitor_id = $1",
        "DELETE FROM complaint WHERE visitor_id = $1",
        "DELETE FROM call_request WHERE visitor_id = $1",
        "DELETE FROM text_message WHERE visitor_id = $1",
        "DELETE FROM asking WHERE visitor_id = $1",
        "DELETE FROM paper_form WHERE visitor_id = $1",
    ] {
        tx.run(sql(statement).bind(id.to_owned())).await?;
    }
    Ok(())
}
