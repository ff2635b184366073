//! Two records of one child become one: both histories, and never a no that turns into a yes.

use cleansheet_policy::facts::Answer;
use cleansheet_records::{
    activities::{self, Activities, ActivityError, MergeError},
    consents::{Consents, Giver, Joined, Kind, NewAnswer, Purpose, Way},
    erasure,
    orders::OrderState,
    withdrawals,
};
use cleansheet_terms::{
    Clock as _, Date, Entropy as _, FixedClock, GuardianId, Naming, Network, ParticipantId, SeededEntropy,
    day_in_london,
};

use crate::world::{TRUST, World, day, erasures_due, worlds};

impl World {
    /// A second record of a child, with these guardians.
    async fn twin(&mut self, name: &str, born: Option<Date>, guardians: &[&str]) -> ParticipantId {
        let guardians: Vec<GuardianId> = guardians.iter().map(|key| self.guardians[*key].clone()).collect();
        self.act(async |tx, clock, chance| {
            let twin = Activities(tx).add_participant(name, born, clock, chance).await.unwrap();
            for guardian in &guardians {
                Activities(tx).link(&twin, guardian, clock, chance).await.unwrap();
            }
            twin
        })
        .await
    }

    async fn merge(&mut self, keep: &ParticipantId, other: &ParticipantId) -> Result<(), MergeError> {
        let by = self.person("manager");
        self.act(async |tx, clock, chance| activities::merge(tx, keep, other, &by, clock, chance).await).await
    }

    async fn news(&self, child: &ParticipantId) -> Joined {
        let today = day_in_london(self.clock.now());
        let mut tx = self.records.read().await.unwrap();
        Consents(&mut tx).joined(child, Purpose::News, Network::Website, today).await.unwrap()
    }
}

#[tokio::test]
async fn the_kept_record_has_both_histories() {
    for mut world in worlds().await {
        let (asha, born) = (world.child("asha"), Some(day("2016-02-03")));
        let twin = world.twin("Asha Vema", born, &["asha 1"]).await;
        let (activity, guardian) = (world.activity.clone(), world.guardians["asha 1"].clone());
        world.act(async |tx, _, _| Activities(tx).put_on_roster(&activity, &twin).await.unwrap()).await;
        world.answer(&twin, Giver::Guardian(guardian), true).await;
        let (_, order) = world.published().await;
        let pairs = Activities(&mut world.records.read().await.unwrap()).duplicates().await.unwrap();
        assert_eq!(pairs.len(), 1);
        assert_eq!((&pairs[0].first.id, &pairs[0].second.id), (&asha, &twin));
        // The one in the post goes; the other is kept.
        world.merge(&twin, &asha).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(activities::merged(&mut tx, &asha).await.unwrap(), Some(twin.clone()));
        assert_eq!(Activities(&mut tx).guardians_of(&twin).await.unwrap().len(), 2);
        assert_eq!(Activities(&mut tx).guardians_of(&asha).await.unwrap(), []);
        let on: Vec<_> =
            Activities(&mut tx).roster(&activity).await.unwrap().into_iter().map(|one| one.id).collect();
        assert!(on.contains(&twin) && !on.contains(&asha));
        assert_eq!(Consents(&mut tx).answers_about(&twin).await.unwrap().len(), 6);
        let shown: Vec<_> =
            withdrawals::shown_now(&mut tx, &twin).await.unwrap().into_iter().map(|one| one.order).collect();
        assert_eq!(shown, std::slice::from_ref(&order), "{:?}", world.db.engine());
        assert_eq!(Activities(&mut tx).duplicates().await.unwrap(), []);
        drop(tx);
        assert_eq!(world.order(&order).await.state, OrderState::Published, "all have said yes");
        assert!(matches!(world.merge(&twin, &asha).await, Err(MergeError::SameRecord)));
        assert!(matches!(world.merge(&twin, &twin.clone()).await, Err(MergeError::SameRecord)));
    }
}

#[tokio::test]
async fn a_no_to_either_stays_a_no_and_ends_what_is_public() {
    for mut world in worlds().await {
        let (asha, one) = (world.child("asha"), world.guardians["asha 1"].clone());
        let twin = world.twin("Asha Verma", None, &["asha 1"]).await;
        // The mother says no for one record, and a day later yes for the other.
        world.answer(&twin, Giver::Guardian(one.clone()), false).await;
        world.clock.advance_ms(86_400_000);
        world.answer(&asha, Giver::Guardian(one), true).await;
        let (_, order) = world.published().await;
        assert!(world.news(&asha).await.is_yes());
        world.merge(&asha, &twin).await.unwrap();
        assert_eq!(world.news(&asha).await.guardians, Answer::No, "{:?}", world.db.engine());
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
    }
}

#[tokio::test]
async fn who_is_somebody_else_stays_somebody_else_and_can_be_erased() {
    for mut world in worlds().await {
        let (asha, by) = (world.child("asha"), world.person("manager"));
        let (one, two) = (
            world.twin("Asha Vema", Some(day("2016-02-03")), &[]).await,
            world.twin("Asha Verna", None, &[]).await,
        );
        world
            .act(async |tx, clock, chance| {
                Activities(tx).say_apart(&two, &one, &by, clock, chance).await.unwrap();
                Activities(tx).say_apart(&one, &asha, &by, clock, chance).await.unwrap();
            })
            .await;
        // The second is the first after all, so she is not the third either.
        let three = world.twin("Asha Vemma", Some(day("2016-02-03")), &[]).await;
        world.merge(&three, &one).await.unwrap();
        let pairs = Activities(&mut world.records.read().await.unwrap()).duplicates().await.unwrap();
        assert_eq!(pairs, [], "{:?}", world.db.engine());
        let id = world
            .act(async |tx, clock, chance| {
                cleansheet_records::erasure::ask(tx, &three, &by, clock, chance).await.unwrap()
            })
            .await;
        assert!(matches!(world.merge(&two, &three).await, Err(MergeError::BeingErased)));
        world
            .act(async |tx, clock, chance| {
                let due = erasures_due(tx, clock.now()).await;
                assert_eq!(due[0].id, id);
                cleansheet_records::erasure::complete(tx, &due[0], clock, chance).await.unwrap();
            })
            .await;
        let left = Activities(&mut world.records.read().await.unwrap()).participant(&one).await.unwrap();
        assert_eq!(left, None, "what was merged into them goes with them");
    }
}

#[tokio::test]
async fn no_image_on_either_is_no_image() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        let twin = world.twin("Asha Verma", Some(day("2016-02-03")), &[]).await;
        let by = world.person("dsl");
        world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&twin, true, None, by.as_str(), clock, chance).await.unwrap();
            })
            .await;
        world.merge(&asha, &twin).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert!(Activities(&mut tx).participant(&asha).await.unwrap().unwrap().no_image);
    }
}

#[tokio::test]
async fn nobody_grows_up_by_a_merge() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        let grown = world.twin("Asha Verma", Some(day("2001-02-03")), &[]).await;
        assert!(matches!(world.merge(&asha, &grown).await, Err(MergeError::AgesDiffer)));
        let unknown = world.twin("Asha Verma", None, &[]).await;
        world.merge(&unknown, &asha).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        let kept = Activities(&mut tx).participant(&unknown).await.unwrap().unwrap();
        assert_eq!(kept.born, Some(day("2016-02-03")));
        drop(tx);
        let elder = world.twin("Asha Verma", Some(day("2014-02-03")), &[]).await;
        world.merge(&elder, &unknown).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(
            Activities(&mut tx).participant(&elder).await.unwrap().unwrap().born,
            Some(day("2016-02-03"))
        );
        assert_eq!(activities::merged(&mut tx, &asha).await.unwrap(), Some(elder), "chains lead to the end");
    }
}

#[tokio::test]
async fn what_was_agreed_before_somebody_left_does_not_come_back() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        let twin = world.twin("Asha Verma", Some(day("2016-02-03")), &["asha 1", "asha 2"]).await;
        world
            .act(async |tx, clock, chance| {
                Activities(tx).participant_leaves(&asha, day("2026-10-01"), clock, chance).await.unwrap();
            })
            .await;
        assert!(!world.news(&asha).await.is_yes() && !world.news(&twin).await.is_yes());
        world.merge(&twin, &asha).await.unwrap();
        assert_eq!(world.news(&twin).await.guardians, Answer::Lapsed, "{:?}", world.db.engine());
    }
}

/// A random record of the same child.
async fn random_record(
    tx: &mut cleansheet_records::Tx,
    guardians: &[GuardianId],
    clock: &FixedClock,
    chance: &mut SeededEntropy,
) -> ParticipantId {
    let born = Some(day("2013-02-03"));
    let one = Activities(tx).add_participant("Ada Twice", born, clock, chance).await.unwrap();
    for guardian in guardians {
        Activities(tx).link(&one, guardian, clock, chance).await.unwrap();
    }
    let mut dice = |sides: u8| {
        let mut byte = [0_u8];
        chance.fill(&mut byte);
        byte[0] % sides
    };
    let mut plan = Vec::new();
    for giver in guardians.iter().cloned().map(Giver::Guardian).chain([Giver::Own]) {
        for _ in 0..dice(3) {
            let naming = [Naming::None, Naming::First, Naming::Full][usize::from(dice(3))];
            let until = if dice(8) == 0 { "2026-11-01" } else { "2027-08-31" };
            plan.push((giver.clone(), dice(4) != 0, naming, until, i64::from(dice(200)) * 1_000));
        }
    }
    let (no_image, leaves) = (dice(12) == 0, dice(10) == 0);
    for (giver, yes, naming, until, later) in plan {
        clock.advance_ms(later);
        let new = NewAnswer {
            participant: &one,
            giver,
            purpose: Purpose::News,
            kind: Kind::Website,
            yes,
            naming,
            language: "en",
            way: Way::Paper,
            evidence: "a form",
            until: day(until),
        };
        Consents(tx).record(&new, clock, chance).await.unwrap();
    }
    if no_image {
        Activities(tx).set_no_image(&one, true, None, "nobody", clock, chance).await.unwrap();
    }
    if leaves {
        Activities(tx).participant_leaves(&one, day("2026-11-01"), clock, chance).await.unwrap();
    }
    one
}

#[tokio::test]
async fn a_merge_never_shows_more_than_both_records_allowed() {
    let mut yes = 0;
    for mut world in worlds().await {
        let guardians: Vec<GuardianId> = ["asha 1", "asha 2"].map(|key| world.guardians[key].clone()).into();
        let by = world.person("manager");
        for _ in 0..150 {
            let mut tx = world.records.begin().await.unwrap();
            let (clock, chance) = (&world.clock, &mut world.chance);
            let one = random_record(&mut tx, &guardians, clock, chance).await;
            let other = random_record(&mut tx, &guardians[..1], clock, chance).await;
            let today = day_in_london(clock.now());
            let news = async |tx: &mut cleansheet_records::Tx, id: &ParticipantId| {
                let no_image = Activities(tx).participant(id).await.unwrap().unwrap().no_image;
                let joined = Consents(tx).joined(id, Purpose::News, Network::Website, today).await.unwrap();
                (joined, no_image)
            };
            let before = [news(&mut tx, &one).await, news(&mut tx, &other).await];
            activities::merge(&mut tx, &one, &other, &by, clock, chance).await.unwrap();
            let (after, no_image) = news(&mut tx, &one).await;
            for (joined, flag) in before {
                if joined.guardians == Answer::No || joined.own == Answer::No {
                    assert!(!after.is_yes(), "{before:?} {after:?}");
                }
                assert!(no_image || !flag);
                if joined.is_yes() && after.is_yes() {
                    assert!(after.naming <= joined.naming, "{before:?} {after:?}");
                }
            }
            yes += usize::from(after.is_yes());
            tx.rollback().await.unwrap();
        }
    }
    assert!(yes > 0, "some merges end in a yes, or this test shows nothing");
}

#[tokio::test]
async fn a_page_that_was_open_during_a_merge_writes_nothing_to_the_record_that_went() {
    for mut world in worlds().await {
        let (asha, lead) = (world.child("asha"), world.person("dsl"));
        let twin = world.twin("Asha Vema", Some(day("2016-02-03")), &["asha 1"]).await;
        let reason = async |world: &mut World, id: &ParticipantId, why: &[u8]| {
            world
                .act(async |tx, clock, chance| {
                    Activities(tx).set_no_image(id, true, Some(why), lead.as_str(), clock, chance).await
                })
                .await
        };
        reason(&mut world, &twin, b"sealed for the twin").await.unwrap();
        world.merge(&asha, &twin).await.unwrap();
        let gone = |done: Result<(), ActivityError>| {
            assert!(matches!(done, Err(ActivityError::Merged(into)) if into == asha));
        };
        gone(reason(&mut world, &twin, b"too late").await);
        let (parent, activity) = (world.guardians["leo 1"].clone(), world.activity.clone());
        gone(
            world
                .act(async |tx, clock, chance| Activities(tx).link(&twin, &parent, clock, chance).await)
                .await,
        );
        gone(world.act(async |tx, _, _| Activities(tx).put_on_roster(&activity, &twin).await).await);
        let last = day("2026-12-01");
        gone(
            world
                .act(async |tx, clock, chance| {
                    Activities(tx).participant_leaves(&twin, last, clock, chance).await
                })
                .await,
        );
        let erased =
            world.act(async |tx, clock, chance| erasure::ask(tx, &twin, &lead, clock, chance).await).await;
        assert!(erased.is_err());
        let stopped = world
            .act(async |tx, clock, chance| {
                withdrawals::withdraw(tx, &twin, &Giver::Own, "their own page", TRUST, clock, chance).await
            })
            .await;
        assert!(stopped.is_err(), "a no is never written where nobody looks");
        let reasons = world
            .act(async |tx, clock, chance| {
                Activities(tx).read_no_image_reasons(&asha, &lead, clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(
            reasons,
            [(twin.clone(), b"sealed for the twin".to_vec())],
            "with the id it is sealed with"
        );
        world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&asha, false, None, lead.as_str(), clock, chance).await.unwrap();
                let left = Activities(tx).read_no_image_reasons(&asha, &lead, clock, chance).await.unwrap();
                assert_eq!(left, [], "lifted, and the reasons with it");
            })
            .await;
    }
}
