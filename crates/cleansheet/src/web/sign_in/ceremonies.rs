//! What a browser was asked and has not answered yet: challenges, in memory, for five minutes, for one answer each.
//!
//! They are lost when the program starts again (people press the button once more), and they bind the program to one
//! node: several would need them in the database.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use cleansheet_terms::{Entropy, PersonId, SignInId, Timestamp, random_hex};
use jiff::SignedDuration;
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration};

/// What is asked.
pub(super) enum Ceremony {
    /// A new passkey for this person.
    Make(PersonId, PasskeyRegistration),
    /// To sign in, in the browser with this form token.
    SignIn(String, DiscoverableAuthentication),
    /// To confirm that the person of this sign-in is there.
    Confirm(SignInId, PasskeyAuthentication),
}

struct Open {
    address: Option<String>,
    since: Timestamp,
    asked: Ceremony,
}

/// Challenges that wait for their answer.
#[derive(Default)]
pub(super) struct Ceremonies(Mutex<HashMap<String, Open>>);

const LASTS: SignedDuration = SignedDuration::from_mins(5);
/// Of one address; the oldest goes first, so that nobody can push out somebody else's.
const MOST_OF_ONE: usize = 64;
/// Of all; about 1 kB each.
const MOST: usize = 10_000;

impl Ceremonies {
    /// Keeps a challenge. Answers the name under which it is taken again.
    pub(super) fn begin(
        &self,
        asked: Ceremony,
        address: Option<&str>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> String {
        let name = random_hex(entropy, 16);
        // A panic elsewhere cannot leave the map half-changed.
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, one| is_open(one, now));
        let of_one = open.values().filter(|one| one.address.as_deref() == address).count();
        if of_one >= MOST_OF_ONE {
            drop_oldest(&mut open, |one| one.address.as_deref() == address);
        }
        if open.len() >= MOST {
            drop_oldest(&mut open, |_| true);
        }
        open.insert(name.clone(), Open { address: address.map(str::to_owned), since: now, asked });
        name
    }

    /// Takes a challenge: it works once.
    pub(super) fn take(&self, name: &str, now: Timestamp) -> Option<Ceremony> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name)?;
        is_open(&taken, now).then_some(taken.asked)
    }
}

fn is_open(one: &Open, now: Timestamp) -> bool {
    now.duration_since(one.since).abs() < LASTS
}

fn drop_oldest(open: &mut HashMap<String, Open>, of: impl Fn(&Open) -> bool) {
    let oldest = open.iter().filter(|(_, one)| of(one)).min_by_key(|(_, one)| one.since);
    if let Some(name) = oldest.map(|(name, _)| name.clone()) {
        open.remove(&name);
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::{Clock as _, FixedClock, SeededEntropy};
    use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

    use super::{Ceremonies, Ceremony, MOST_OF_ONE};

    fn asked(webauthn: &Webauthn) -> Ceremony {
        let (_, state) = webauthn.start_discoverable_authentication().unwrap();
        Ceremony::SignIn("form".into(), state)
    }

    #[test]
    fn a_challenge_is_taken_once_within_five_minutes_and_nobody_pushes_out_anothers() {
        let origin = Url::parse("http://localhost:8080").unwrap();
        let webauthn = WebauthnBuilder::new("localhost", &origin).unwrap().build().unwrap();
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let open = Ceremonies::default();
        let name = open.begin(asked(&webauthn), None, clock.now(), &mut chance);
        assert!(open.take(&name, clock.now()).is_some());
        assert!(open.take(&name, clock.now()).is_none(), "used");
        let late = open.begin(asked(&webauthn), None, clock.now(), &mut chance);
        clock.advance_ms(5 * 60_000);
        assert!(open.take(&late, clock.now()).is_none(), "too late");
        let mine = open.begin(asked(&webauthn), Some("192.0.2.1"), clock.now(), &mut chance);
        let first = open.begin(asked(&webauthn), Some("192.0.2.2"), clock.now(), &mut chance);
        for _ in 0..MOST_OF_ONE {
            clock.advance_ms(1);
            open.begin(asked(&webauthn), Some("192.0.2.2"), clock.now(), &mut chance);
        }
        assert!(open.take(&first, clock.now()).is_none(), "the oldest of the same address goes");
        assert!(open.take(&mine, clock.now()).is_some());
    }
}
