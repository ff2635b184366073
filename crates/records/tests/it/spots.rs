//! Adults who are asked on the spot.

use cleansheet_records::{
    activities::{self, Activities, ActivityError},
    asking::{NewSpot, SpotError, Spots},
    consents::{Consents, Purpose},
};
use cleansheet_terms::{Naming, ParticipantId};

use crate::{
    asking::{Plain, subjects},
    forms::yes_and_no,
    world::{TRUST, World, day, worlds},
};

async fn spot(
    world: &mut World,
    token: &str,
    once: &str,
    change: impl FnOnce(&mut NewSpot<'_>),
) -> Result<ParticipantId, SpotError> {
    world.clock.advance_ms(1_000);
    let answers = yes_and_no();
    let mut new = NewSpot {
        token,
        once,
        name: "  Sam   Carter ",
        mail: "Sam@example.org",
        adult: true,
        answers: &answers,
        trust: TRUST,
        words: &Plain,
    };
    change(&mut new);
    let mut tx = world.records.begin().await.unwrap();
    let spotted = Spots(&mut tx).answer(&new, &world.clock, &mut world.chance).await?;
    tx.commit().await.unwrap();
    Ok(spotted.participant)
}

#[tokio::test]
async fn an_adult_answers_on_the_spot_once_and_is_on_the_roster() {
    for mut world in worlds().await {
        let (activity, author) = (world.activity.clone(), world.person("author"));
        let (token, ends) = world
            .act(async |tx, clock, chance| Spots(tx).make(&activity, &author, clock, chance).await.unwrap())
            .await;
        assert_eq!(ends, "2026-11-23T00:00:00Z".parse().unwrap(), "the end of the day after");
        let token = token.reveal().to_owned();
        for change in [
            (|new: &mut NewSpot<'_>| new.adult = false) as fn(&mut NewSpot<'_>),
            |new| new.name = "  ",
            |new| new.mail = "sam",
            |new| new.mail = "sam@example.org\nBcc: all@example.org",
            |new| new.answers = &[],
            |new| new.token = "none",
        ] {
            assert!(spot(&mut world, &token, "a", change).await.is_err());
        }
        let sam = spot(&mut world, &token, "a", |_| {}).await.unwrap();
        assert!(matches!(spot(&mut world, &token, "a", |_| {}).await, Err(SpotError::Twice)));
        let mut tx = world.records.read().await.unwrap();
        let roster = Activities(&mut tx).roster(&activity).await.unwrap();
        let found = roster.iter().find(|one| one.id == sam).unwrap();
        assert_eq!(
            (found.name.as_str(), found.mail.as_str(), found.adult),
            ("Sam Carter", "sam@example.org", true)
        );
        let joined = Consents(&mut tx)
            .joined(&sam, Purpose::News, cleansheet_terms::Network::Website, day("2026-11-21"))
            .await
            .unwrap();
        assert!(joined.is_yes() && !joined.child && joined.naming == Naming::First);
        drop(tx);
        assert!(subjects(&world).await.contains(&("sam@example.org".to_owned(), "Receipt".to_owned())));
        world.go_to("2026-11-23T00:00:00Z");
        assert!(matches!(spot(&mut world, &token, "b", |_| {}).await, Err(SpotError::Ended)));
        let over = world
            .act(async |tx, clock, chance| Spots(tx).make(&activity, &author, clock, chance).await)
            .await;
        assert!(matches!(over, Err(SpotError::Over)));
    }
}

#[tokio::test]
async fn an_adult_with_the_name_of_a_child_waits_until_somebody_says_that_they_are_two() {
    for mut world in worlds().await {
        let (activity, author) = (world.activity.clone(), world.person("author"));
        let (token, _) = world
            .act(async |tx, clock, chance| Spots(tx).make(&activity, &author, clock, chance).await.unwrap())
            .await;
        let token = token.reveal().to_owned();
        // Of unknown age, of 17, grown up and flagged, grown up.
        let mut others = Vec::new();
        for (name, born) in [
            ("sam carter", None),
            ("Carter, Sam", Some("2009-03-04")),
            ("Sam Carter", Some("1990-01-01")),
            ("Sam Carter", Some("1991-01-01")),
        ] {
            let born = born.map(day);
            let other = world
                .act(async |tx, clock, chance| {
                    Activities(tx).add_participant(name, born, clock, chance).await.unwrap()
                })
                .await;
            others.push(other);
        }
        let flagged = others[2].clone();
        world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&flagged, true, None, "dsl", clock, chance).await.unwrap();
            })
            .await;
        let sam = spot(&mut world, &token, "a", |_| {}).await.unwrap();
        let other = spot(&mut world, &token, "b", |new| new.name = "Alex Moss").await.unwrap();
        let on_roster = async |world: &World, id: &ParticipantId| {
            let mut tx = world.records.read().await.unwrap();
            Activities(&mut tx).on_roster(&world.activity, id).await.unwrap()
        };
        assert!(on_roster(&world, &other).await && !on_roster(&world, &sam).await);
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(
            Consents(&mut tx).answers_about(&sam).await.unwrap().len(),
            2,
            "what they answered is kept"
        );
        assert!(Activities(&mut tx).waits(&sam).await.unwrap());
        drop(tx);
        // Nobody puts them there by hand, and a new name of the child makes nobody forget.
        world
            .act(async |tx, _, _| {
                let put = Activities(tx).put_on_roster(&activity, &sam).await;
                assert!(matches!(put, Err(ActivityError::MayBeAnother)), "{put:?}");
            })
            .await;
        world
            .tamper("UPDATE participant SET name = 'Samuel Carter' WHERE name = 'Carter, Sam'")
            .await
            .unwrap();
        let pairs = Activities(&mut world.records.read().await.unwrap()).duplicates().await.unwrap();
        let with_sam = pairs.iter().filter(|pair| pair.second.id == sam).map(|pair| &pair.first.id);
        assert_eq!(with_sam.collect::<Vec<_>>().len(), 4, "{pairs:?}");
        let by = world.person("dsl");
        for (number, like) in others[..3].iter().enumerate() {
            assert!(!on_roster(&world, &sam).await, "{number}");
            world
                .act(async |tx, clock, chance| {
                    Activities(tx).say_apart(like, &sam, &by, clock, chance).await.unwrap();
                })
                .await;
        }
        assert!(on_roster(&world, &sam).await, "{:?}", world.db.engine());
        // Or they are one: then the one is on the roster, and still not to be shown.
        let twice = spot(&mut world, &token, "c", |_| {}).await.unwrap();
        for like in &others[..2] {
            world
                .act(async |tx, clock, chance| {
                    Activities(tx).say_apart(like, &twice, &by, clock, chance).await.unwrap();
                })
                .await;
        }
        world
            .act(async |tx, clock, chance| {
                activities::merge(tx, &flagged, &twice, &by, clock, chance).await.unwrap();
            })
            .await;
        assert!(on_roster(&world, &flagged).await && !on_roster(&world, &twice).await);
        let mut tx = world.records.read().await.unwrap();
        assert!(Activities(&mut tx).participant(&flagged).await.unwrap().unwrap().no_image);
    }
}
