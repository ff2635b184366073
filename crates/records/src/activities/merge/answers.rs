//! The answers of two records that become one: of what the same giver said about both, the stricter counts.

use std::collections::BTreeMap;

use cleansheet_terms::{Clock, ConsentId, Date, Entropy, ParticipantId};

use super::Participant;
use crate::{
    consents::{Consent, Consents, Giver, QUESTIONS},
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

/// An answer that has to be the newest after the merge, and the last day it is good for.
pub(super) struct Strict {
    answer: ConsentId,
    until: Date,
}

/// What has to be said again, so that nothing is looser than it was before.
pub(super) async fn strictest(
    tx: &mut Tx,
    kept: &Participant,
    gone: &Participant,
    today: Date,
) -> Result<Vec<Strict>, StoreError> {
    let mut again = Vec::new();
    for (purpose, kind) in QUESTIONS {
        let of_kept = Consents(tx).newest(&kept.id, purpose, kind).await?;
        let of_gone = Consents(tx).newest(&gone.id, purpose, kind).await?;
        let mut all: BTreeMap<Giver, (Option<&Consent>, Option<&Consent>)> = BTreeMap::new();
        for (giver, answer) in &of_kept {
            all.entry(giver.clone()).or_default().0 = Some(answer);
        }
        for (giver, answer) in &of_gone {
            all.entry(giver.clone()).or_default().1 = Some(answer);
        }
        for (one, other) in all.into_values() {
            let one = one.map(|answer| good_until(answer, kept, today));
            let other = other.map(|answer| good_until(answer, gone, today));
            again.extend(stricter(one, other));
        }
    }
    Ok(again)
}

/// An answer and its last day. Whoever has left is shown no more by what was answered before, even when the other record
/// of them has not left.
fn good_until<'c>(answer: &'c Consent, of: &Participant, today: Date) -> (&'c Consent, Date) {
    let left = of.left.filter(|last_day| answer.yes && *last_day < today);
    (answer, left.map_or(answer.until, |last_day| answer.until.min(last_day)))
}

/// The stricter of two answers, if it would not be the newest by itself or ends earlier than it says.
fn stricter(one: Option<(&Consent, Date)>, other: Option<(&Consent, Date)>) -> Option<Strict> {
    // A no before a yes, the narrower naming before the wider; of equals the one that ends first.
    let strictness = |(answer, until): &(&Consent, Date)| (answer.yes, answer.naming, *until);
    let newer = |(answer, _): &(&Consent, Date)| (answer.given, answer.id.clone());
    let both = [one, other];
    let (answer, until) = both.into_iter().flatten().min_by_key(strictness)?;
    let (newest, _) = both.into_iter().flatten().max_by_key(newer)?;
    let stands = newest.id == answer.id && until == answer.until;
    (!stands).then(|| Strict { answer: answer.id.clone(), until })
}

/// Says answers again, word for word, as the newest of their givers.
pub(super) async fn restate(
    tx: &mut Tx,
    keep: &ParticipantId,
    again: &[Strict],
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    for strict in again {
        let id = ConsentId::new(clock, entropy);
        // Later than every answer there is, even when a clock was set back.
        let copy = sql("INSERT INTO consent (id, participant_id, guardian_id, purpose, kind, answer, named, wording_hash,
                 language, way, evidence, given_ms, until_day)
             SELECT $1, participant_id, guardian_id, purpose, kind, answer, named, wording_hash, language, way,
                 evidence || '; stands for two records that were made one', CASE
                     WHEN (SELECT MAX(m.given_ms) FROM consent m WHERE m.participant_id = $2) < $3 THEN $3
                     ELSE (SELECT MAX(m.given_ms) FROM consent m WHERE m.participant_id = $2) + 1 END, $4
             FROM consent WHERE id = $5")
        .bind(id.as_str().to_owned())
        .bind(keep.as_str().to_owned())
        .bind(clock.now().as_millisecond())
        .bind(strict.until.to_string())
        .bind(strict.answer.as_str().to_owned());
        tx.run(copy).await?;
        let payload = (&strict.answer, strict.until.to_string());
        let (kind, at) = ("consent.answered", clock.now());
        Ledger(tx).append(kind, id.as_str(), &payload, at, entropy).await?;
    }
    Ok(())
}
