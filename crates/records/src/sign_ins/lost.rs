//! A lost phone: anybody who works here says whose, and at once nobody goes on with it (clause 4).
//!
//! Every sign-in, link, printed code and push of its person ends, and no passkey or app lets them in until they come
//! back by a code that a Manager prints or by a link that is made on the server afterwards, or until somebody who may says
//! that the phone is found. Nothing else is lost, so a false alarm harms little.

use cleansheet_terms::{Clock, Entropy, PersonId, Role, Timestamp, id};
use jiff::SignedDuration;

use super::{Holder, SignIns, end_codes, pushes::Pushes};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, Person, PersonError},
};

id!(
    /// One report that a phone is lost.
    LostId,
    "lost"
);

/// For how long reports count against the limits.
const COUNTED: SignedDuration = SignedDuration::from_hours(24);
/// How many people one member of staff can lock in that time, and how many a Manager or safeguarding lead: whoever finds
/// a phone that is not locked yet must not lock everybody.
const MOST: i64 = 3;
const MOST_OF_A_LEAD: i64 = 10;
/// How many all members of staff together; what Managers and safeguarding leads report counts for themselves alone.
const MOST_TOGETHER: i64 = 6;
const SUBJECT: &str = "A phone was reported lost";

/// A phone that is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Who said so.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// Why nobody is locked or let in.
#[derive(Debug, thiserror::Error)]
pub enum LostError {
    /// Enough for one day.
    #[error(
        "so many phones were reported lost today that somebody has to look; ring the Manager or the safeguarding lead, \
         who can still report one"
    )]
    TooMany,
    /// Not theirs to say.
    #[error(
        "only the Manager, or the safeguarding lead for a Manager, lets somebody in again; ask one of them"
    )]
    NotYours,
    /// Nobody is locked.
    #[error("no phone of theirs is reported lost; nothing was changed")]
    NotLost,
    /// The person.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignIns<'_> {
    /// A phone of this person is lost: everything that lets somebody in as them ends. The person, every Manager and, when
    /// it is about a Manager, the safeguarding lead are told by mail. Pressed twice it changes nothing more.
    pub async fn phone_is_lost(
        &mut self,
        person: &PersonId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), LostError> {
        let now = clock.now();
        let holder = People(self.0).present(person).await?;
        if self.lost(person).await?.is_some() {
            return Ok(());
        }
        self.within_limits(by, now).await?;
        let id = LostId::new(clock, entropy);
        let insert = sql("INSERT INTO lost_phone (id, person_id, by_id, at_ms) VALUES ($1, $2, $3, $4)")
            .bind(id.as_str().to_owned())
            .bind(person.as_str().to_owned())
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond());
        self.0.run(insert).await?;
        self.end_all(&Holder::Person(person.clone()), now).await?;
        end_codes(self.0, person, now).await?;
        Pushes(self.0).forget_all(person).await?;
        Ledger(self.0).append("phone.lost", person.as_str(), by, now, entropy).await?;
        tell(self.0, &holder, clock, entropy).await?;
        Ok(())
    }

    /// Since when, and by whom, a phone of this person is reported lost.
    pub async fn lost(&mut self, person: &PersonId) -> Result<Option<Lost>, StoreError> {
        let found = sql("SELECT by_id, at_ms FROM lost_phone WHERE person_id = $1 AND ended_ms IS NULL");
        let row = self.0.row(found.bind(person.as_str().to_owned())).await?;
        row.map(|row| Ok(Lost { by: row.read("by_id", PersonId::parse)?, at: row.instant("at_ms")? }))
            .transpose()
    }

    /// Everybody who is locked because of it.
    pub async fn all_lost(&mut self) -> Result<Vec<(PersonId, Lost)>, StoreError> {
        let found =
            sql("SELECT person_id, by_id, at_ms FROM lost_phone WHERE ended_ms IS NULL ORDER BY at_ms");
        let mut all = Vec::new();
        for row in self.0.rows(found).await? {
            let lost = Lost { by: row.read("by_id", PersonId::parse)?, at: row.instant("at_ms")? };
            all.push((row.read("person_id", PersonId::parse)?, lost));
        }
        Ok(all)
    }

    /// The phone is found, or it was a false alarm: a Manager lets its person in as before. About a Manager the
    /// safeguarding lead may say so too, or the only Manager would be locked out by anybody.
    pub async fn phone_is_found(
        &mut self,
        person: &PersonId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), LostError> {
        let now = clock.now();
        let (holder, actor) = (People(self.0).find(person).await?, People(self.0).find(by).await?);
        let may = holder.zip(actor).is_some_and(|(holder, actor)| may_let_in(&holder, &actor, now));
        if !may {
            return Err(LostError::NotYours);
        }
        if !self.found_again(person, now).await? {
            return Err(LostError::NotLost);
        }
        Ledger(self.0).append("phone.found", person.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// The person is in again. Says whether a phone of theirs was lost.
    pub(super) async fn found_again(
        &mut self,
        person: &PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = sql("UPDATE lost_phone SET ended_ms = $1 WHERE person_id = $2 AND ended_ms IS NULL");
        Ok(self.0.run(end.bind(now.as_millisecond()).bind(person.as_str().to_owned())).await? > 0)
    }

    async fn within_limits(&mut self, by: &PersonId, now: Timestamp) -> Result<(), LostError> {
        let since = now.checked_sub(COUNTED).unwrap_or(Timestamp::MIN);
        let count = sql("SELECT by_id, COUNT(*) AS reports FROM lost_phone WHERE at_ms > $1 GROUP BY by_id")
            .bind(since.as_millisecond());
        let (mut own, mut by_staff) = (0, 0);
        for row in self.0.rows(count).await? {
            let (one, reports) = (row.read("by_id", PersonId::parse)?, row.number("reports")?);
            own += if one == *by { reports } else { 0 };
            by_staff += if self.leads(&one, now).await? { 0 } else { reports };
        }
        let enough = if self.leads(by, now).await? {
            own >= MOST_OF_A_LEAD
        } else {
            own >= MOST || by_staff >= MOST_TOGETHER
        };
        if enough { Err(LostError::TooMany) } else { Ok(()) }
    }

    async fn leads(&mut self, person: &PersonId, now: Timestamp) -> Result<bool, StoreError> {
        let found = People(self.0).find(person).await?;
        Ok(found.is_some_and(|one| one.is(Role::Manager, now) || one.is(Role::Dsl, now)))
    }
}

/// Whether somebody may say that another's phone is found: a Manager, or the safeguarding lead about a Manager.
pub fn may_let_in(holder: &Person, by: &Person, now: Timestamp) -> bool {
    let leads_over = by.is(Role::Manager, now) || (holder.is(Role::Manager, now) && by.is(Role::Dsl, now));
    leads_over && !by.is_suspended() && by.id != holder.id
}

async fn tell(
    tx: &mut Tx,
    holder: &Person,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), StoreError> {
    let now = clock.now();
    let body = "A colleague reported that your phone is lost. Nobody can go on with it: every sign-in of yours has ended, \
                and no passkey or app lets you in.\n\nCome back with a code that the Manager prints for you in person. If \
                you have your phone, tell the Manager: one press lets you in as before.\n";
    Mails(tx).queue(&holder.mail, SUBJECT, body, clock, entropy).await?;
    let body = format!(
        "A colleague reported that a phone of {} is lost. Every sign-in of theirs has ended, and no passkey or app lets them \
         in.\n\nRing them. When they stand before you, print a new way in. If it was a false alarm, open “A phone is lost” \
         at the foot of the page: one press lets them in as before.\n",
        holder.name
    );
    let about_a_manager = holder.is(Role::Manager, now);
    for one in People(tx).list().await? {
        let told = one.is(Role::Manager, now) || (about_a_manager && one.is(Role::Dsl, now));
        if told && one.id != holder.id && !one.is_suspended() {
            Mails(tx).queue(&one.mail, SUBJECT, &body, clock, entropy).await?;
        }
    }
    Ok(())
}
