//! Passkeys of staff. What an authenticator sends is verified by the caller; here is what is kept of it.

use cleansheet_terms::{Clock, Entropy, PasskeyId, PersonId, Timestamp, random_hex};
use sqlx::any::AnyRow;

use super::{SignIns, codes::Codes, identities::Identities, pushes::Pushes};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

/// One passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The passkey.
    pub id: PasskeyId,
    /// Whose.
    pub person: PersonId,
    /// The key that verifies, its counter and flags, as the caller wrote them. Nothing in it is secret.
    pub credential: String,
    /// What its person calls it.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it was last used.
    pub used: Option<Timestamp>,
}

/// A passkey to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    /// The authenticator's own id of it, as text.
    pub credential_id: &'a str,
    /// See [`Passkey::credential`].
    pub credential: &'a str,
    /// What its person calls it.
    pub name: &'a str,
}

/// What a person calls a passkey: one line, 60 characters at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// Takes what was typed in; nothing becomes "Passkey".
    pub fn new(typed: &str) -> Self {
        let line: String = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = line.chars().filter(|letter| !letter.is_control()).take(60).collect();
        Self(if cut.is_empty() { "Passkey".to_owned() } else { cut })
    }
}

/// How a person can prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ways {
    /// How many passkeys they have.
    pub passkeys: usize,
    /// They have an authenticator app.
    pub codes: bool,
    /// They have an account at the trust's provider that is bound to them.
    pub identity: bool,
}

impl Ways {
    /// Whether there is one at all.
    pub fn any(self) -> bool {
        self.passkeys > 0 || self.codes || self.identity
    }
}

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, person_id, credential, name, made_ms, used_ms FROM passkey ", $tail)
    };
}

impl SignIns<'_> {
    /// How a person can prove who they are.
    pub async fn ways_of(&mut self, person: &PersonId) -> Result<Ways, StoreError> {
        Ok(Ways {
            passkeys: self.passkeys_of(person).await?.len(),
            codes: Codes(self.0).of(person).await?.is_some_and(|app| app.confirmed.is_some()),
            identity: !Identities(self.0).of(person).await?.is_empty(),
        })
    }

    /// Forgets every way of somebody who has left.
    pub(crate) async fn forget_ways(&mut self, person: &PersonId) -> Result<(), StoreError> {
        for forget in [
            "DELETE FROM passkey WHERE person_id = $1",
            "DELETE FROM code_app WHERE person_id = $1",
            "DELETE FROM identity WHERE person_id = $1",
            "DELETE FROM known_browser WHERE person_id = $1",
        ] {
            self.0.run(sql(forget).bind(person.as_str().to_owned())).await?;
        }
        Pushes(self.0).forget_all(person).await?;
        Ok(())
    }

    /// The random name under which authenticators know a person: 32 hex digits, made on first use.
    pub async fn user_handle(
        &mut self,
        person: &PersonId,
        entropy: &mut dyn Entropy,
    ) -> Result<String, StoreError> {
        let found =
            sql("SELECT handle FROM user_handle WHERE person_id = $1").bind(person.as_str().to_owned());
        if let Some(row) = self.0.row(found).await? {
            return row.text("handle");
        }
        let handle = random_hex(entropy, 16);
        let insert = sql("INSERT INTO user_handle (person_id, handle) VALUES ($1, $2)")
            .bind(person.as_str().to_owned())
            .bind(handle.clone());
        self.0.run(insert).await?;
        Ok(handle)
    }

    /// A person's passkeys, the oldest first.
    pub async fn passkeys_of(&mut self, person: &PersonId) -> Result<Vec<Passkey>, StoreError> {
        let found =
            sql(select!("WHERE person_id = $1 ORDER BY made_ms, id")).bind(person.as_str().to_owned());
        self.0.rows(found).await?.iter().map(passkey).collect()
    }

    /// The passkey with an authenticator's own id, if it belongs to the person of this user handle, who is still here.
    pub async fn passkey_used(
        &mut self,
        credential_id: &str,
        handle: &str,
    ) -> Result<Option<Passkey>, StoreError> {
        let found = sql(select!(
            "WHERE credential_id = $1 AND person_id IN
                 (SELECT h.person_id FROM user_handle h JOIN person p ON p.id = h.person_id
                  WHERE h.handle = $2 AND p.left_ms IS NULL AND NOT EXISTS
                      (SELECT 1 FROM lost_phone x WHERE x.person_id = p.id AND x.ended_ms IS NULL))"
        ))
        .bind(credential_id.to_owned())
        .bind(handle.to_owned());
        self.0.row(found).await?.as_ref().map(passkey).transpose()
    }

    /// Keeps a passkey. An authenticator's id that is kept already is a [`StoreError::is_unique_violation`].
    pub async fn add_passkey(
        &mut self,
        person: &PersonId,
        new: &NewPasskey<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<PasskeyId, StoreError> {
        let (id, now) = (PasskeyId::new(clock, entropy), clock.now());
        let insert = sql("INSERT INTO passkey (id, person_id, credential_id, credential, name, made_ms)
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id.as_str().to_owned())
        .bind(person.as_str().to_owned())
        .bind(new.credential_id.to_owned())
        .bind(new.credential.to_owned())
        .bind(PasskeyName::new(new.name).0)
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("passkey.added", id.as_str(), person, now, entropy).await?;
        Ok(id)
    }

    /// A passkey was used: its counter and flags as they are now.
    pub async fn passkey_was_used(
        &mut self,
        id: &PasskeyId,
        credential: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let used = sql("UPDATE passkey SET credential = $1, used_ms = $2 WHERE id = $3")
            .bind(credential.to_owned())
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(used).await?;
        Ok(())
    }

    /// Gives one's own passkey another name. Says whether there is such a passkey.
    pub async fn name_passkey(
        &mut self,
        person: &PersonId,
        id: &PasskeyId,
        name: &PasskeyName,
    ) -> Result<bool, StoreError> {
        let put = sql("UPDATE passkey SET name = $1 WHERE id = $2 AND person_id = $3")
            .bind(name.0.clone())
            .bind(id.as_str().to_owned())
            .bind(person.as_str().to_owned());
        Ok(self.0.run(put).await? == 1)
    }

    /// Removes one's own passkey for good. Says whether there was such a passkey.
    pub async fn remove_passkey(
        &mut self,
        person: &PersonId,
        id: &PasskeyId,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let gone = sql("DELETE FROM passkey WHERE id = $1 AND person_id = $2")
            .bind(id.as_str().to_owned())
            .bind(person.as_str().to_owned());
        let removed = self.0.run(gone).await? == 1;
        if removed {
            Ledger(self.0).append("passkey.removed", id.as_str(), person, now, entropy).await?;
        }
        Ok(removed)
    }
}

fn passkey(row: &AnyRow) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.read("id", PasskeyId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        credential: row.text("credential")?,
        name: row.text("name")?,
        made: row.instant("made_ms")?,
        used: row.maybe_instant("used_ms")?,
    })
}
