//! Words that families are asked in: other ones, those of some networks only, and translations that somebody has to
//! approve.

use cleansheet_policy::facts::Answer;
use cleansheet_records::{
    consents::{
        ConsentError, Consents, Editions, Giver, Kind, NewAnswer, NewEdition, Purpose, Reader, Review, Way,
    },
    orders::OrderState,
    withdrawals,
};
use cleansheet_terms::{Date, Naming, Network};

use crate::{
    changing::{SOCIAL, answers, said, state},
    world::{day, worlds},
};

#[tokio::test]
async fn other_words_are_asked_anew_and_what_is_public_stays_until_its_yes_runs_out() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let (asha, manager) = (world.child("asha"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                let other = NewEdition::of_one_text("Other words.", Some(&manager));
                Editions(tx).put_in_force(&other, clock, chance).await.unwrap();
            })
            .await;
        let ended = world
            .act(async |tx, clock, chance| withdrawals::sweep(tx, &asha, clock, chance).await.unwrap())
            .await;
        assert_eq!(ended, []);
        assert_eq!(state(&world, &order).await, OrderState::Published);
        let (next, _) = world.group().await;
        let reasons = world.would_submit(&next).await.reasons();
        assert!(reasons.iter().all(|one| one.rule == "9-cannot-appear") && !reasons.is_empty());
    }
}

#[tokio::test]
async fn words_that_speak_of_no_bluesky_are_no_consent_for_it() {
    for mut world in worlds().await {
        let asha = world.child("asha");
        world
            .act(async |tx, clock, chance| {
                let words = Reader::ALL.map(|reader| (reader, "On our page and on Mastodon?"));
                let networks = [Network::Website, Network::Mastodon];
                let edition = NewEdition { words, networks: &networks, by: None };
                Editions(tx).put_in_force(&edition, clock, chance).await.unwrap();
            })
            .await;
        for giver in ["asha 1", "asha 2"] {
            answers(&mut world, "asha", giver, &[said(SOCIAL, Some(Naming::None))]).await;
        }
        let mut tx = world.records.read().await.unwrap();
        let mut on = async |network| {
            let found = Consents(&mut tx).joined(&asha, Purpose::News, network, day("2026-11-21")).await;
            found.unwrap().guardians
        };
        assert_eq!(on(Network::Mastodon).await, Answer::Yes);
        assert_eq!(on(Network::Bluesky).await, Answer::Lapsed);
    }
}

#[tokio::test]
async fn nobody_says_yes_in_words_that_nobody_has_approved_and_everybody_may_say_no() {
    for mut world in worlds().await {
        let (asha, manager) = (world.child("asha"), world.person("manager"));
        let giver = Giver::Guardian(world.guardians["asha 1"].clone());
        let polish = |yes| NewAnswer {
            participant: &asha,
            giver: giver.clone(),
            purpose: Purpose::News,
            kind: Kind::Website,
            yes,
            naming: Naming::None,
            language: "pl",
            way: Way::Link,
            evidence: "their own page",
            until: Date::MAX,
        };
        let edition = world
            .act(async |tx, clock, _| {
                let edition = Editions(tx).in_force().await.unwrap().unwrap();
                let words = "Czy możemy pokazać Państwa dziecko?";
                for reader in Reader::ALL {
                    let mut editions = Editions(tx);
                    editions.add_translation(&edition.id, reader, "pl", words, clock).await.unwrap();
                }
                edition.id
            })
            .await;
        for (step, may) in [("added", false), ("approved", true), ("changed", false)] {
            world
                .act(async |tx, clock, chance| match step {
                    "approved" => {
                        let texts = Editions(tx).in_force().await.unwrap().unwrap().texts_in("pl");
                        let mut review = Review {
                            edition: &edition,
                            language: "pl",
                            texts: &texts,
                            reviewer: " ",
                            by: &manager,
                        };
                        let nobody = Editions(tx).approve(&review, clock, chance).await;
                        assert!(matches!(nobody, Err(ConsentError::NoReviewer)));
                        review.reviewer = "Zofia Nowak, who grew up with it";
                        Editions(tx).approve(&review, clock, chance).await.unwrap();
                    }
                    "changed" => {
                        let words = "Inne słowa.";
                        let (reader, language) = (Reader::Guardian, "pl");
                        let mut editions = Editions(tx);
                        editions.add_translation(&edition, reader, language, words, clock).await.unwrap();
                    }
                    _ => {}
                })
                .await;
            let mut tx = world.records.read().await.unwrap();
            let whole = Editions(&mut tx).in_force().await.unwrap().unwrap().approved();
            assert_eq!(Editions(&mut tx).approved().await.unwrap(), Some(whole), "{step}");
            drop(tx);
            let yes = polish(true);
            let tried =
                world.act(async |tx, clock, chance| Consents(tx).record(&yes, clock, chance).await).await;
            assert_eq!(tried.is_ok(), may, "{step}: {tried:?}");
            let no = polish(false);
            world.act(async |tx, clock, chance| Consents(tx).record(&no, clock, chance).await.unwrap()).await;
        }
    }
}
