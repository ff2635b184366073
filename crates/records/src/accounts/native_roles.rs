//! People who can act on a network itself, beside this program: admins of a Page, whoever knows a password. Nothing of
//! what they do there passes a check, so they are shown until they are removed.

use cleansheet_terms::{ChannelId, Clock, Entropy, NativeRoleId, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::{AccountError, Accounts, ByAt, text, words};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::{People, PersonError},
};

/// The longest name and the longest description, in letters.
const MOST: usize = 200;

/// Somebody's right on a network itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeRole {
    /// The right.
    pub id: NativeRoleId,
    /// On which account.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// When it is somebody who signs in here.
    pub person: Option<PersonId>,
    /// Their name.
    pub holder: String,
    /// What they can do there: `admin of the Page`, `knows the password`.
    pub what: String,
    /// Who wrote it down.
    pub by: PersonId,
    /// When.
    pub noted: Timestamp,
    /// Who says that it is gone on the network, and when.
    pub removed: Option<(PersonId, Timestamp)>,
}

/// A right to write down.
#[derive(Debug, Clone)]
pub struct NewNativeRole<'a> {
    /// On which account.
    pub channel: &'a ChannelId,
    /// When it is somebody who signs in here.
    pub person: Option<&'a PersonId>,
    /// Their name, when it is somebody else.
    pub holder: &'a str,
    /// What they can do there.
    pub what: &'a str,
    /// The Manager who writes it down.
    pub by: &'a PersonId,
}

macro_rules! select_native {
    ($tail:literal) => {
        concat!(
            "SELECT n.id, n.channel_id, c.name AS channel_name, n.person_id, COALESCE(p.name, n.holder) AS holder,
                 n.what, n.noted_by, n.noted_ms, n.removed_by, n.removed_ms
             FROM native_role n JOIN channel c ON c.id = n.channel_id LEFT JOIN person p ON p.id = n.person_id ",
            $tail
        )
    };
}

impl Accounts<'_> {
    /// Writes down that somebody can act on the network itself.
    pub async fn note_native_role(
        &mut self,
        new: &NewNativeRole<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<NativeRoleId, AccountError> {
        People(self.0).must_be_manager(new.by, clock.now()).await?;
        self.known(new.channel).await?;
        let (holder, what) = (words(new.holder, MOST)?, words(new.what, MOST)?);
        if what.is_empty() || (holder.is_empty() && new.person.is_none()) {
            return Err(PersonError::Incomplete.into());
        }
        if let Some(person) = new.person {
            let known = People(self.0).find(person).await?;
            known.ok_or_else(|| PersonError::Missing(person.clone()))?;
        }
        let (id, now) = (NativeRoleId::new(clock, entropy), clock.now());
        let put = sql("INSERT INTO native_role (id, channel_id, person_id, holder, what, noted_by, noted_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id.as_str().to_owned())
        .bind(text(new.channel))
        .bind(new.person.map(|person| person.as_str().to_owned()))
        .bind(holder)
        .bind(what)
        .bind(new.by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        let payload = (new.channel, new.by);
        Ledger(self.0).append("native_role.noted", id.as_str(), &payload, now, entropy).await?;
        Ok(id)
    }

    /// Somebody looked at the network, and the right is gone there.
    pub async fn native_role_is_gone(
        &mut self,
        id: &NativeRoleId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ChannelId, AccountError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        let now = clock.now();
        let put = sql("UPDATE native_role SET removed_by = $1, removed_ms = $2
             WHERE id = $3 AND removed_ms IS NULL RETURNING channel_id")
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(id.as_str().to_owned());
        let row = self.0.row(put).await?.ok_or_else(|| AccountError::NoNativeRole(id.clone()))?;
        Ledger(self.0).append("native_role.removed", id.as_str(), by, now, entropy).await?;
        Ok(row.read("channel_id", ChannelId::parse)?)
    }

    /// Every right beside us that runs, by account and name.
    pub async fn native_roles(&mut self) -> Result<Vec<NativeRole>, StoreError> {
        let found = sql(select_native!("WHERE n.removed_ms IS NULL ORDER BY c.name, c.id, holder, n.id"));
        self.0.rows(found).await?.iter().map(native_role).collect()
    }

    /// The rights on one account, those that run first, and what was removed behind them.
    pub async fn native_roles_on(&mut self, channel: &ChannelId) -> Result<Vec<NativeRole>, StoreError> {
        let found = sql(select_native!(
            "WHERE n.channel_id = $1 ORDER BY CASE WHEN n.removed_ms IS NULL THEN 0 ELSE 1 END, holder, n.id"
        ));
        self.0.rows(found.bind(text(channel))).await?.iter().map(native_role).collect()
    }

    /// The rights that one person still has on networks: to be removed there when they leave.
    pub async fn native_roles_of(&mut self, person: &PersonId) -> Result<Vec<NativeRole>, StoreError> {
        let found =
            sql(select_native!("WHERE n.person_id = $1 AND n.removed_ms IS NULL ORDER BY c.name, n.id"));
        self.0.rows(found.bind(person.as_str().to_owned())).await?.iter().map(native_role).collect()
    }
}

pub(super) fn native_role(row: &AnyRow) -> Result<NativeRole, StoreError> {
    let removed: Option<ByAt> =
        row.maybe_read("removed_by", PersonId::parse)?.zip(row.maybe_instant("removed_ms")?);
    Ok(NativeRole {
        id: row.read("id", NativeRoleId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("channel_name")?,
        person: row.maybe_read("person_id", PersonId::parse)?,
        holder: row.text("holder")?,
        what: row.text("what")?,
        by: row.read("noted_by", PersonId::parse)?,
        noted: row.instant("noted_ms")?,
        removed,
    })
}
