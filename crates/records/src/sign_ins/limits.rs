//! When a sign-in is over, and how long a proof lasts.

use cleansheet_policy::facts::{Certificate, Dbs, Standing};
use cleansheet_terms::{Role, Timestamp, day_in_london};
use jiff::SignedDuration;

use super::{Came, Holder, SignIn, SignIns};
use crate::{
    database::StoreError,
    people::{People, Person, PersonError},
};

/// No sign-in of staff lasts longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Parents have this long in all; acts do not lengthen it.
const GUARDIAN_LONGEST: SignedDuration = SignedDuration::from_mins(30);
/// A child who was handed the phone; nobody waits for it longer.
const HANDED_LONGEST: SignedDuration = SignedDuration::from_mins(15);
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// Whoever can change what others may do is signed out sooner.
const IDLE_SOON: SignedDuration = SignedDuration::from_mins(15);
/// On a device that others use too.
const IDLE_SHARED: SignedDuration = SignedDuration::from_mins(5);
/// How long a proof of who somebody is stays fresh.
pub const PROOF_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// A clock may be set back a little without asking everybody again; a proof from further ahead is none.
const CLOCK_STEP: SignedDuration = SignedDuration::from_mins(1);

impl SignIn {
    /// Whether its person has proved who they are within the last ten minutes.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        self.proved.is_some_and(|proved| {
            let age = now.duration_since(proved);
            age < PROOF_LASTS && age > -CLOCK_STEP
        })
    }
}

impl SignIns<'_> {
    pub(super) async fn is_good(&mut self, sign_in: &SignIn, now: Timestamp) -> Result<bool, StoreError> {
        let (age, idle) = (now.duration_since(sign_in.made), now.duration_since(sign_in.last));
        let Holder::Person(person) = &sign_in.holder else {
            let longest = if sign_in.came == Came::Handed { HANDED_LONGEST } else { GUARDIAN_LONGEST };
            return Ok(age < longest);
        };
        let Some(person) = People(self.0).find(person).await? else { return Ok(false) };
        if person.left.is_some() || age >= LONGEST || idle >= may_idle(&person, sign_in.shared_device, now) {
            return Ok(false);
        }
        Ok(!self.lapsed_since(&person, sign_in.made, now).await?)
    }

    /// Whether the papers that were in order when a sign-in began are not any more. They run out by the day, so on the
    /// day it began nothing has to be looked up.
    async fn lapsed_since(
        &mut self,
        person: &Person,
        made: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if day_in_london(made) == day_in_london(now) {
            return Ok(false);
        }
        let (then, today) = (self.standing(person, made).await?, self.standing(person, now).await?);
        Ok(in_order(&then) && !in_order(&today))
    }

    async fn standing(&mut self, person: &Person, at: Timestamp) -> Result<Standing, StoreError> {
        People(self.0).standing(&person.id, at).await.map_err(|error| match error {
            PersonError::Store(error) => error,
            _ => StoreError::damaged("person_id"),
        })
    }
}

/// How long a member of staff may do nothing before the sign-in is over.
pub fn may_idle(person: &Person, shared_device: bool, at: Timestamp) -> SignedDuration {
    if shared_device {
        IDLE_SHARED
    } else if person.is(Role::Manager, at) || person.is(Role::Dsl, at) {
        IDLE_SOON
    } else {
        IDLE
    }
}

/// Whether the papers of clause 1 are in order.
pub(crate) fn in_order(standing: &Standing) -> bool {
    standing.dbs == Dbs::Current && standing.certificate == Certificate::Current
}
