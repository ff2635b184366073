//! Sheets that wait to be looked at.

use cleansheet_terms::{ActivityId, Clock, Entropy, ImportId, PersonId, Timestamp};
use jiff::SignedDuration;

use super::{Choices, ImportError, Preview, Sheet, Totals, plan::plan};
use crate::{
    activities::Activities,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    sealing::Sealer,
};

/// How long a sheet waits.
const LASTS: SignedDuration = SignedDuration::from_hours(24);
/// What a sheet is sealed for.
const SEALED_FOR: &str = "import sheet";

/// A sheet that waits, or waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The sheet.
    pub id: ImportId,
    /// Who sent it.
    pub by: PersonId,
    /// When.
    pub made: Timestamp,
    /// Everybody in it goes on this activity's roster.
    pub roster: Option<ActivityId>,
    /// What it holds; nothing once it was accepted.
    pub sheet: Option<Sheet>,
    /// What somebody decided about single rows.
    pub choices: Choices,
    /// When it was taken over, and what that was.
    pub accepted: Option<(Timestamp, Totals)>,
}

/// Sheets in the database. Borrow it from a [`Tx`].
pub struct Imports<'t>(pub &'t mut Tx);

impl Imports<'_> {
    /// Keeps a sheet for a day, sealed. Nothing of it is taken over.
    ///
    /// - `roster`: everybody in it goes on the roster of this activity.
    pub async fn keep(
        &mut self,
        sheet: &Sheet,
        roster: Option<&ActivityId>,
        by: &PersonId,
        sealer: &Sealer,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ImportId, ImportError> {
        if let Some(id) = roster {
            Activities(self.0).known_activity(id).await?;
        }
        self.forget_old(clock.now()).await?;
        let id = ImportId::new(clock, entropy);
        let bytes = serde_json::to_vec(sheet).map_err(|_| StoreError::damaged("import_batch"))?;
        let sealed = sealer.seal(SEALED_FOR, id.as_str(), &bytes, entropy)?;
        let insert = sql("INSERT INTO import_batch (id, made_by, made_ms, activity_id, sealed, choices)
             VALUES ($1, $2, $3, $4, $5, '{}')")
        .bind(id.as_str().to_owned())
        .bind(by.as_str().to_owned())
        .bind(clock.now().as_millisecond())
        .bind(roster.map(|id| id.as_str().to_owned()))
        .bind(sealed);
        self.0.run(insert).await?;
        Ok(id)
    }

    /// Removes every sheet that is older than a day.
    pub async fn forget_old(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let old = sql("DELETE FROM import_batch WHERE made_ms < $1");
        self.0.run(old.bind(now.checked_sub(LASTS).unwrap_or(Timestamp::MIN).as_millisecond())).await?;
        Ok(())
    }

    /// Removes a sheet that somebody does not want to take over.
    pub async fn drop(&mut self, id: &ImportId) -> Result<(), StoreError> {
        let drop = sql("DELETE FROM import_batch WHERE id = $1 AND accepted_ms IS NULL");
        self.0.run(drop.bind(id.as_str().to_owned())).await?;
        Ok(())
    }

    /// A sheet that is not older than a day.
    pub async fn batch(
        &mut self,
        id: &ImportId,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<Batch, ImportError> {
        let found = sql("SELECT made_by, made_ms, activity_id, sealed, choices, accepted_ms, result
             FROM import_batch WHERE id = $1")
        .bind(id.as_str().to_owned());
        let row = self.0.row(found).await?.ok_or(ImportError::Gone)?;
        let made = row.instant("made_ms")?;
        if made.checked_add(LASTS).is_ok_and(|end| end < now) {
            return Err(ImportError::Gone);
        }
        let damaged = || StoreError::damaged("import_batch");
        let sealed: Option<Vec<u8>> = row.raw("sealed")?;
        let sheet = match sealed {
            Some(sealed) => {
                let bytes = sealer.open(SEALED_FOR, id.as_str(), &sealed).ok_or(ImportError::Gone)?;
                Some(serde_json::from_slice(&bytes).map_err(|_| damaged())?)
            }
            None => None,
        };
        let totals = |text: &str| serde_json::from_str::<Totals>(text);
        Ok(Batch {
            id: id.clone(),
            by: row.read("made_by", PersonId::parse)?,
            made,
            roster: row.maybe_read("activity_id", ActivityId::parse)?,
            sheet,
            choices: row.read("choices", |text| serde_json::from_str(text))?,
            accepted: row.maybe_instant("accepted_ms")?.zip(row.maybe_read("result", totals)?),
        })
    }

    /// Writes down what somebody decided about rows: the whole of it, instead of what was decided before.
    pub async fn choose(&mut self, id: &ImportId, choices: &Choices) -> Result<(), ImportError> {
        let text = serde_json::to_string(choices).map_err(|_| StoreError::damaged("import_batch"))?;
        let set = sql("UPDATE import_batch SET choices = $1 WHERE id = $2 AND accepted_ms IS NULL");
        match self.0.run(set.bind(text).bind(id.as_str().to_owned())).await? {
            1 => Ok(()),
            _ => Err(ImportError::Gone),
        }
    }

    /// What would happen with each row. Writes nothing.
    pub async fn preview(&mut self, batch: &Batch) -> Result<Preview, ImportError> {
        let sheet = batch.sheet.as_ref().ok_or(ImportError::Gone)?;
        Ok(plan(self.0, sheet, &batch.choices, batch.roster.as_ref()).await?.preview)
    }

    /// The sheet was taken over: what it held goes, how much it was stays for a day.
    pub(super) async fn accepted(
        &mut self,
        id: &ImportId,
        totals: &Totals,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ImportError> {
        let result = serde_json::to_string(totals).map_err(|_| StoreError::damaged("import_batch"))?;
        let set = sql("UPDATE import_batch SET sealed = NULL, choices = '{}', accepted_ms = $1, result = $2
             WHERE id = $3")
        .bind(clock.now().as_millisecond())
        .bind(result)
        .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        Ledger(self.0).append("import.accepted", id.as_str(), totals, clock.now(), entropy).await?;
        Ok(())
    }
}
