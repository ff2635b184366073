//! Answers: the newest of each giver, to the words in force, with an end; any no wins.

use cleansheet_policy::facts::Answer::{self, Lapsed, No, NotNeeded, Unasked, Yes};
use cleansheet_records::{
    activities::Activities,
    consents::{ConsentError, Consents, Editions, Giver, Kind, NewAnswer, NewEdition, Purpose, Way},
};
use cleansheet_terms::{Date, Naming, Network, ParticipantId};

use crate::world::{World, day, worlds};

async fn joined(world: &World, child: &ParticipantId, on: &str) -> (Answer, Answer) {
    let mut tx = world.records.read().await.unwrap();
    let found = Consents(&mut tx).joined(child, Purpose::News, Network::Website, day(on)).await.unwrap();
    (found.guardians, found.own)
}

const TODAY: &str = "2026-11-21";

#[tokio::test]
async fn a_yes_lasts_to_its_last_day_and_lapses_with_another_wording() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        assert_eq!(joined(&world, &asha, TODAY).await, (Yes, NotNeeded));
        assert_eq!(joined(&world, &asha, "2027-08-31").await, (Yes, NotNeeded));
        assert_eq!(joined(&world, &asha, "2027-09-01").await, (Lapsed, NotNeeded));
        world
            .act(async |tx, clock, chance| {
                let other = NewEdition::of_one_text("May we show your child, on paper too?", None);
                Editions(tx).put_in_force(&other, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(joined(&world, &asha, TODAY).await, (Lapsed, NotNeeded), "they said yes to other words");
        let giver = Giver::Guardian(world.guardians["asha 1"].clone());
        world.answer(&asha, giver, true).await;
        assert_eq!(joined(&world, &asha, TODAY).await, (Lapsed, NotNeeded), "one of the two");
        let giver = Giver::Guardian(world.guardians["asha 2"].clone());
        world.answer(&asha, giver, true).await;
        assert_eq!(joined(&world, &asha, TODAY).await, (Yes, NotNeeded));
    }
}

#[tokio::test]
async fn every_order_of_two_guardians_answers_ends_in_the_same_word() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        let both = [
            Giver::Guardian(world.guardians["asha 1"].clone()),
            Giver::Guardian(world.guardians["asha 2"].clone()),
        ];
        for (first, second) in [(0, 1), (1, 0)] {
            for (one, other, expected) in
                [(true, true, Yes), (true, false, No), (false, true, No), (false, false, No)]
            {
                world.answer(&asha, both[first].clone(), one).await;
                world.answer(&asha, both[second].clone(), other).await;
                assert_eq!(joined(&world, &asha, TODAY).await.0, expected, "{one} {other}");
            }
        }
    }
}

#[tokio::test]
async fn from_twelve_on_the_childs_own_answer_is_needed_and_a_no_counts_at_any_age() {
    for mut world in worlds().await {
        let (ines, asha) = (world.child("ines"), world.child("asha"));
        assert_eq!(joined(&world, &ines, TODAY).await, (Yes, Yes));
        world.answer(&ines, Giver::Own, false).await;
        assert_eq!(joined(&world, &ines, TODAY).await, (Yes, No));
        assert_eq!(joined(&world, &asha, "2028-02-02").await.1, NotNeeded, "eleven");
        assert_eq!(joined(&world, &asha, "2028-02-03").await.1, Unasked, "twelve today");
        world.answer(&asha, Giver::Own, false).await;
        assert_eq!(joined(&world, &asha, TODAY).await.1, No);
    }
}

#[tokio::test]
async fn an_answer_is_for_one_purpose_and_one_network() {
    for world in worlds().await {
        let asha = world.child("asha");
        let mut tx = world.records.read().await.unwrap();
        for (purpose, network) in [
            (Purpose::Press, Network::Website),
            (Purpose::Promotion, Network::Website),
            (Purpose::Promotion, Network::X),
        ] {
            let found = Consents(&mut tx).joined(&asha, purpose, network, day(TODAY)).await.unwrap();
            assert_eq!(found.guardians, Unasked, "{purpose:?} {network:?}");
        }
    }
}

#[tokio::test]
async fn nobody_answers_for_somebody_elses_child() {
    for mut world in worlds().await {
        let (asha, leos) = (world.child("asha"), world.guardians["leo 1"].clone());
        let new = NewAnswer {
            participant: &asha,
            giver: Giver::Guardian(leos),
            purpose: Purpose::News,
            kind: Kind::Website,
            yes: true,
            naming: Naming::First,
            language: "en",
            way: Way::Paper,
            evidence: "a form",
            until: Date::MAX,
        };
        let refused =
            world.act(async |tx, clock, chance| Consents(tx).record(&new, clock, chance).await).await;
        assert!(matches!(refused, Err(ConsentError::NotTheirs)));
    }
}

#[tokio::test]
async fn a_withdrawal_counts_even_when_the_clock_was_set_back() {
    for mut world in worlds().await {
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        world.clock.advance_ms(-3_600_000);
        world
            .act(async |tx, clock, chance| {
                Consents(tx).refuse_all(&asha, &giver, "told the coach", clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(joined(&world, &asha, TODAY).await.0, No);
    }
}

#[tokio::test]
async fn a_name_beside_the_picture_needs_everybodys_word_for_it() {
    for mut world in worlds().await {
        let (ines, ones) = (world.child("ines"), ["ines 1", "ines 2"]);
        let mut givers: Vec<Giver> =
            ones.iter().map(|one| Giver::Guardian(world.guardians[*one].clone())).collect();
        givers.push(Giver::Own);
        for (number, giver) in givers.into_iter().enumerate() {
            let new = NewAnswer {
                participant: &ines,
                giver,
                purpose: Purpose::News,
                kind: Kind::Website,
                yes: true,
                naming: Naming::First,
                language: "en",
                way: Way::Paper,
                evidence: "a form",
                until: Date::MAX,
            };
            world
                .act(async |tx, clock, chance| Consents(tx).record(&new, clock, chance).await.unwrap())
                .await;
            let mut tx = world.records.read().await.unwrap();
            let all =
                Consents(&mut tx).joined(&ines, Purpose::News, Network::Website, day(TODAY)).await.unwrap();
            let agreed = if number == 2 { Naming::First } else { Naming::None };
            assert_eq!(all.naming, agreed, "after {} of 3", number + 1);
        }
    }
}

#[tokio::test]
async fn a_guardian_who_is_added_later_has_to_be_asked_too() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        world
            .act(async |tx, clock, chance| {
                let mut activities = Activities(tx);
                let third = activities.add_guardian("New", "new@example.org", clock, chance).await.unwrap();
                activities.link(&asha, &third, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(joined(&world, &asha, TODAY).await.0, Unasked);
    }
}

#[tokio::test]
async fn consents_end_when_the_participant_leaves() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        world
            .act(async |tx, clock, chance| {
                Activities(tx).participant_leaves(&asha, day("2026-11-20"), clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(joined(&world, &asha, "2026-11-20").await.0, Yes);
        assert_eq!(joined(&world, &asha, TODAY).await.0, Lapsed);
    }
}
