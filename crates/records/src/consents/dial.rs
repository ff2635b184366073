//! The identifiability dial, one for each purpose: consent is a floor, and the trust may ask for more.

use std::collections::BTreeMap;

use cleansheet_policy::facts::Dial;
use cleansheet_terms::{Clock, Entropy, PersonId};

use super::Purpose;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

/// What a trust begins with: level 1 (DOMAIN A3).
const USUAL: Dial = Dial::NoCloseUp;

/// The dials in the database. Borrow it from a [`Tx`].
pub struct Dials<'t>(pub &'t mut Tx);

impl Dials<'_> {
    /// How children may be shown for a purpose.
    pub async fn of(&mut self, purpose: Purpose) -> Result<Dial, StoreError> {
        Ok(self.all().await?.get(&purpose).copied().unwrap_or(USUAL))
    }

    /// Every purpose that posts may have.
    pub async fn all(&mut self) -> Result<BTreeMap<Purpose, Dial>, StoreError> {
        let mut all: BTreeMap<_, _> = Purpose::OF_POSTS.map(|purpose| (purpose, USUAL)).into();
        for row in self.0.rows(sql("SELECT purpose, level FROM dial ORDER BY purpose")).await? {
            all.insert(row.read("purpose", Purpose::parse)?, row.read("level", level)?);
        }
        Ok(all)
    }

    /// Sets it. What is public stays; new posts, and those that wait, are measured by it.
    pub async fn set(
        &mut self,
        purpose: Purpose,
        dial: Dial,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let put = sql("INSERT INTO dial (purpose, level, set_by, set_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (purpose) DO UPDATE SET level = excluded.level, set_by = excluded.set_by,
                 set_ms = excluded.set_ms")
        .bind(purpose.as_str())
        .bind(word(dial))
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        let subject = format!("dial_{}", purpose.as_str());
        Ledger(self.0).append("consent.dial", &subject, &(word(dial), by), now, entropy).await?;
        Ok(())
    }
}

fn word(dial: Dial) -> &'static str {
    match dial {
        Dial::Covered => "covered",
        Dial::NoCloseUp => "no_close_up",
        Dial::Consent => "consent",
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no level of the dial")]
struct UnknownLevel(String);

fn level(text: &str) -> Result<Dial, UnknownLevel> {
    let mut all = [Dial::Covered, Dial::NoCloseUp, Dial::Consent].into_iter();
    all.find(|dial| word(*dial) == text).ok_or_else(|| UnknownLevel(text.to_owned()))
}
