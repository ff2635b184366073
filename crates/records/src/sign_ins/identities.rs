//! Signing in with an account at the trust's own provider (OpenID Connect): who is who.
//!
//! The first time, the provider's verified mail address finds the person, and the account is bound to them. From then on
//! only issuer and subject count: an address that the provider gives to somebody else later opens nothing.

use cleansheet_terms::{Clock, Entropy, PersonId, Timestamp};

use super::{Browser, Holder, Method, SignIn, SignIns, Started};
use crate::{
    Records,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    people::People,
};

/// What a provider's token said, after every check of it.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The provider's address, exactly as it names itself.
    pub issuer: &'a str,
    /// The account's number there; it never changes.
    pub subject: &'a str,
    /// The mail address, only if the provider says that it is verified.
    pub verified_mail: Option<&'a str>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Nobody of the trust, an unverified address, suspended, left, or another person's account: a stranger learns no
    /// more than that.
    #[error("this account does not open anything here; ask the Manager, or sign in another way")]
    NotOurs,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A bound account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The account's number there.
    pub subject: String,
    /// Bound.
    pub made: Timestamp,
    /// The last sign-in with it.
    pub last: Timestamp,
}

/// The bound accounts in the database. Borrow it from a [`Tx`].
pub struct Identities<'t>(pub &'t mut Tx);

/// Signs in whose account it is; the first time, binds it. Commits by itself.
pub async fn sign_in(
    records: &Records,
    account: Account<'_>,
    browser: Browser<'_>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Started, IdentityError> {
    let mut tx = records.begin().await?;
    let person = Identities(&mut tx).person_or_bind(account, clock, entropy).await?;
    let holder = Holder::Person(person);
    let started = SignIns(&mut tx).start(holder, Method::Identity, browser, clock, entropy).await?;
    tx.commit().await?;
    Ok(started)
}

/// Confirms that it is the person of this sign-in, whose account was bound before. Commits by itself.
pub async fn prove(
    records: &Records,
    account: Account<'_>,
    sign_in: &SignIn,
    clock: &dyn Clock,
) -> Result<(), IdentityError> {
    let mut tx = records.begin().await?;
    let owner = Identities(&mut tx).owner(account).await?;
    if owner.is_none_or(|owner| Holder::Person(owner) != sign_in.holder) {
        return Err(IdentityError::NotOurs);
    }
    SignIns(&mut tx).prove(&sign_in.id, clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

impl Identities<'_> {
    /// A person's bound accounts, the oldest first.
    pub async fn of(&mut self, person: &PersonId) -> Result<Vec<Identity>, StoreError> {
        let found = sql("SELECT issuer, subject, made_ms, last_ms FROM identity WHERE person_id = $1
             ORDER BY made_ms, issuer");
        let rows = self.0.rows(found.bind(person.as_str().to_owned())).await?;
        let one = |row: &sqlx::any::AnyRow| {
            Ok(Identity {
                issuer: row.text("issuer")?,
                subject: row.text("subject")?,
                made: row.instant("made_ms")?,
                last: row.instant("last_ms")?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// Unbinds a person's accounts. Says how many there were.
    pub async fn remove_all(
        &mut self,
        person: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<u64, StoreError> {
        let gone = sql("DELETE FROM identity WHERE person_id = $1").bind(person.as_str().to_owned());
        let count = self.0.run(gone).await?;
        if count > 0 {
            let (kind, now) = ("sign_in.identity_removed", clock.now());
            Ledger(self.0).append(kind, person.as_str(), &(), now, entropy).await?;
        }
        Ok(count)
    }

    async fn owner(&mut self, account: Account<'_>) -> Result<Option<PersonId>, StoreError> {
        let found = sql("SELECT person_id FROM identity WHERE issuer = $1 AND subject = $2")
            .bind(account.issuer.to_owned())
            .bind(account.subject.to_owned());
        self.0.row(found).await?.map(|row| row.read("person_id", PersonId::parse)).transpose()
    }

    async fn person_or_bind(
        &mut self,
        account: Account<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<PersonId, IdentityError> {
        let owner = self.owner(account).await?;
        let person = match (&owner, account.verified_mail) {
            (Some(owner), _) => People(self.0).find(owner).await?,
            (None, Some(mail)) => People(self.0).by_mail(mail).await?,
            (None, None) => None,
        };
        let may_enter = |person: &crate::people::Person| person.left.is_none() && !person.is_suspended();
        let person = person.filter(may_enter).ok_or(IdentityError::NotOurs)?;
        if SignIns(self.0).lost(&person.id).await?.is_some() {
            return Err(IdentityError::NotOurs);
        }
        let now = clock.now();
        if owner.is_none() {
            self.bind(account, &person.id, now, entropy).await?;
        }
        let used = sql("UPDATE identity SET last_ms = $1 WHERE issuer = $2 AND subject = $3")
            .bind(now.as_millisecond())
            .bind(account.issuer.to_owned())
            .bind(account.subject.to_owned());
        self.0.run(used).await?;
        Ok(person.id)
    }

    /// One account of a provider a person: another one with the same address is somebody else's.
    async fn bind(
        &mut self,
        account: Account<'_>,
        person: &PersonId,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(), IdentityError> {
        if self.of(person).await?.iter().any(|bound| bound.issuer == account.issuer) {
            return Err(IdentityError::NotOurs);
        }
        let insert = sql("INSERT INTO identity (issuer, subject, person_id, made_ms, last_ms)
             VALUES ($1, $2, $3, $4, $4)")
        .bind(account.issuer.to_owned())
        .bind(account.subject.to_owned())
        .bind(person.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Ledger(self.0).append("sign_in.identity_bound", person.as_str(), &(), now, entropy).await?;
        Ok(())
    }
}
