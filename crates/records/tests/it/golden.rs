//! The golden cases of the domain that end in a post: one test each, by their numbers.

use cleansheet_policy::facts::{Certificate, Dbs};
use cleansheet_records::{
    activities::Activities,
    approval::Approved,
    consents::{Consents, Giver, Purpose},
    jobs::Work,
    media::Media,
    orders::{Claim, OrderState},
    people::People,
    posts::{Mark, PostError, Posts, Stage},
};
use cleansheet_terms::{Clock as _, Naming, Network, SeededEntropy, Timestamp};

use crate::world::{World, day, only_certificate, worlds};

fn rules(reasons: &[cleansheet_policy::Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.rule.as_str()).collect()
}

/// A certificate completed on a day is good at one instant and over at the other.
async fn run_out_between(cases: &[(&str, &str, &str)]) {
    for mut world in worlds().await {
        let (author, manager) = (world.person("author"), world.person("manager"));
        for (completed, good, over) in cases.iter().copied() {
            world
                .act(async |tx, clock, chance| {
                    only_certificate(tx, &author, (completed, &manager), clock, chance).await;
                })
                .await;
            let mut tx = world.records.read().await.unwrap();
            let mut at = async |instant: &str| {
                let at: Timestamp = instant.parse().unwrap();
                People(&mut tx).standing(&author, at).await.unwrap().certificate
            };
            assert_eq!(at(good).await, Certificate::Current, "{good}");
            assert_eq!(at(over).await, Certificate::Expired, "{over}");
        }
    }
}

#[tokio::test]
async fn no_1_a_course_of_30_june_2022_counts_for_36_months_and_one_of_1_july_for_24() {
    let cases = [
        ("2022-06-30", "2025-06-30T22:59:59.999Z", "2025-06-30T23:00:00Z"),
        ("2022-07-01", "2024-07-01T22:59:59.999Z", "2024-07-01T23:00:00Z"),
    ];
    run_out_between(&cases).await;
}

#[tokio::test]
async fn no_4_a_certificate_runs_out_at_midnight_in_london_on_both_sides_of_the_clock_changes() {
    // Completed so that the last day is the day of the change; the instants around London's midnight in UTC.
    let cases = [
        // The clocks go forward on 29 March 2026: that evening is summer time.
        ("2024-03-29", "2026-03-29T22:59:59.999Z", "2026-03-29T23:00:00Z"),
        // The evening before is winter time.
        ("2024-03-28", "2026-03-28T23:59:59.999Z", "2026-03-29T00:00:00Z"),
        // The clocks go back on 25 October 2026: that evening is winter time.
        ("2024-10-25", "2026-10-25T23:59:59.999Z", "2026-10-26T00:00:00Z"),
        ("2024-10-24", "2026-10-24T22:59:59.999Z", "2026-10-24T23:00:00Z"),
        // Ordinary days of winter and of summer, and the last day of a year.
        ("2024-01-15", "2026-01-15T23:59:59.999Z", "2026-01-16T00:00:00Z"),
        ("2024-07-15", "2026-07-15T22:59:59.999Z", "2026-07-15T23:00:00Z"),
        ("2023-12-31", "2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00Z"),
    ];
    run_out_between(&cases).await;
}

#[tokio::test]
async fn no_4_a_dbs_check_is_asked_for_again_at_midnight_in_london() {
    for world in worlds().await {
        let mut tx = world.records.read().await.unwrap();
        let mut at = async |instant: &str| {
            let at: Timestamp = instant.parse().unwrap();
            People(&mut tx).standing(&world.person("author"), at).await.unwrap().dbs
        };
        // Issued on 10 January 2025, good for three years.
        assert_eq!(at("2028-01-10T23:59:59Z").await, Dbs::Current);
        assert_eq!(at("2028-01-11T00:00:00Z").await, Dbs::RecheckOverdue);
    }
}

#[tokio::test]
async fn no_4_a_dbs_check_is_asked_for_again_at_midnight_on_both_sides_of_the_clock_changes() {
    // Good for three years; the clocks change in the nights to 28 March and to 31 October 2027.
    for (issued, good, over) in [
        ("2024-03-27", "2027-03-27T23:59:59Z", "2027-03-28T00:00:00Z"),
        ("2024-03-28", "2027-03-28T22:59:59Z", "2027-03-28T23:00:00Z"),
        ("2024-10-30", "2027-10-30T22:59:59Z", "2027-10-30T23:00:00Z"),
        ("2024-10-31", "2027-10-31T23:59:59Z", "2027-11-01T00:00:00Z"),
    ] {
        for world in worlds().await {
            world.tamper(&format!("UPDATE dbs_record SET issued_day = '{issued}'")).await.unwrap();
            let mut tx = world.records.read().await.unwrap();
            let mut at = async |instant: &str| {
                let at: Timestamp = instant.parse().unwrap();
                People(&mut tx).standing(&world.person("author"), at).await.unwrap().dbs
            };
            assert_eq!(at(good).await, Dbs::Current, "{good}");
            assert_eq!(at(over).await, Dbs::RecheckOverdue, "{over}");
        }
    }
}

#[tokio::test]
async fn no_5_a_consent_withdrawn_between_approval_and_sending_stops_the_post() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        // Only the answer changes: no withdrawal has stopped the order, the decision at sending has to.
        let (asha, giver) = (world.child("asha"), world.guardians["asha 1"].clone());
        world.answer(&asha, Giver::Guardian(giver), false).await;
        let job = world.claim(Work::Publish).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("a family said no") };
        assert_eq!(rules(&reasons), ["9-cannot-appear"]);
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
        assert_eq!(world.stage(&id).await, Stage::Stopped);
    }
}

/// A post that shows Tyrone, who turns 18 on 28 November 2026.
async fn shows_tyrone(world: &mut World) -> cleansheet_terms::PostId {
    let id = world.draft().await;
    let photo = world.photo(&id, 2).await;
    let (face, tyrone) = (world.faces(&photo).await[0].id.clone(), world.child("tyrone"));
    world.mark(&face, Mark::Roster(&tyrone)).await.unwrap();
    world.render(&id).await;
    id
}

#[tokio::test]
async fn no_6_from_the_eighteenth_birthday_a_parents_consent_no_longer_counts() {
    for mut world in worlds().await {
        // His own answer lapses with the wording; his parents' would do as well if they still counted.
        let id = shows_tyrone(&mut world).await;
        world.approved(&id).await;
        let (tyrone, own) = (world.child("tyrone"), Giver::Own);
        world.answer(&tyrone, own, false).await;
        for number in ["tyrone 1", "tyrone 2"] {
            let giver = world.guardians[number].clone();
            world.answer(&tyrone, Giver::Guardian(giver), true).await;
        }
        world.go_to("2026-11-28T00:00:00Z");
        let job = world.claim(Work::Publish).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("an adult said no") };
        assert_eq!(rules(&reasons), ["8-adult"], "he is an adult now, and his own answer is what counts");
    }
}

#[tokio::test]
async fn no_6_an_adult_who_agreed_himself_is_shown_whatever_his_parents_said() {
    for mut world in worlds().await {
        let tyrone = world.child("tyrone");
        let giver = world.guardians["tyrone 1"].clone();
        world.answer(&tyrone, Giver::Guardian(giver), false).await;
        let id = shows_tyrone(&mut world).await;
        assert_eq!(rules(&world.would_submit(&id).await.reasons()), ["9-cannot-appear"]);
        world.go_to("2026-11-27T23:59:00Z");
        assert_eq!(
            rules(&world.would_submit(&id).await.reasons()),
            ["9-cannot-appear"],
            "the last minute of 17"
        );
        world.go_to("2026-11-28T00:00:00Z");
        assert!(world.would_submit(&id).await.clear());
    }
}

#[tokio::test]
async fn no_7_any_no_wins() {
    for refuses in ["asha 1", "asha 2", "asha"] {
        for mut world in worlds().await {
            let (id, _) = world.group().await;
            let asha = world.child("asha");
            let giver = match world.guardians.get(refuses) {
                Some(guardian) => Giver::Guardian(guardian.clone()),
                None => Giver::Own,
            };
            world.answer(&asha, giver, false).await;
            let verdict = world.submit(&id).await.unwrap();
            assert_eq!(rules(&verdict.reasons()), ["9-cannot-appear"], "{refuses}");
        }
    }
}

#[tokio::test]
async fn no_8_a_no_image_flag_beats_every_consent_and_reads_like_any_refusal() {
    for mut world in worlds().await {
        let (flagged, first) = world.group().await;
        let (refused, second) = world.group().await;
        let (asha, leo, dsl) = (world.child("asha"), world.child("leo"), world.person("dsl"));
        let giver = world.guardians["leo 1"].clone();
        world.answer(&leo, Giver::Guardian(giver), false).await;
        world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&asha, true, None, dsl.as_str(), clock, chance).await.unwrap()
            })
            .await;
        // One post shows the flagged child only, the other the refused one only.
        let (leos, ashas) =
            (world.faces(&first).await[1].id.clone(), world.faces(&second).await[0].id.clone());
        world.mark(&leos, Mark::Cover).await.unwrap();
        world.mark(&ashas, Mark::Cover).await.unwrap();
        let said = |reasons: Vec<cleansheet_policy::Reason>| {
            reasons
                .into_iter()
                .map(|one| (one.clause, one.rule, one.effect, one.say, one.remedy))
                .collect::<Vec<_>>()
        };
        let flag = said(world.submit(&flagged).await.unwrap().reasons());
        assert_eq!(flag.len(), 1);
        assert_eq!(flag, said(world.submit(&refused).await.unwrap().reasons()));
    }
}

#[tokio::test]
async fn no_9_a_name_beside_the_picture_is_found_wherever_it_stands() {
    let places = [
        ("caption", "Great save by Asha"),
        ("hashtag", "What a save #AshaVerma"),
        ("handle", "What a save @ashaverma"),
        ("alt text", "Asha dives for the ball"),
        ("file name", "asha-verma-saves.jpg"),
    ];
    for (place, words) in places {
        for mut world in worlds().await {
            let (id, photo) = world.group().await;
            let author = world.person("author");
            match place {
                "alt text" => {
                    world
                        .act(async |tx, clock, chance| {
                            Posts(tx).set_alt_text(&photo, words, &author, clock, chance).await.unwrap();
                        })
                        .await;
                }
                "file name" => {
                    let rename = format!("UPDATE photo SET given_name = '{words}' WHERE id = '{photo}'");
                    world.tamper(&rename).await.unwrap();
                }
                _ => world.caption(&id, words).await.unwrap(),
            }
            world.render(&id).await;
            let refused = rules(&world.would_submit(&id).await.reasons()).join(" ");
            assert!(refused.contains("9-named"), "{place}: {refused}");
            // Everybody agreed to the first name: only what says more is refused.
            for giver in ["asha 1", "asha 2"] {
                let giver = Giver::Guardian(world.guardians[giver].clone());
                world.answer_named(&world.child("asha"), giver, Naming::First).await;
            }
            let refused = rules(&world.would_submit(&id).await.reasons()).join(" ");
            let more = ["hashtag", "handle", "file name"].contains(&place);
            assert_eq!(refused.contains("9-named"), more, "{place}: {refused}");
        }
    }
}

#[tokio::test]
async fn no_11_a_picture_swapped_on_disk_after_the_approval_is_not_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let media = Media::open(folder.path(), [1; 32]).unwrap();
    let digest = media.keep_rendition(b"the approved picture").unwrap();
    let path = folder.path().join("renditions").join(digest.to_string());
    std::fs::write(path, b"another picture").unwrap();
    assert!(media.rendition(&digest).is_err());
    assert!(media.keep_original(b"x", &mut SeededEntropy::new(1)).is_ok());
}

#[tokio::test]
async fn no_11_a_copy_swapped_in_the_records_after_the_approval_voids_it() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let other = cleansheet_terms::Digest::of(b"another picture");
        world
            .tamper(&format!("UPDATE rendition SET hash = '{other}' WHERE photo_id = '{photo}'"))
            .await
            .unwrap();
        let job = world.claim(Work::Publish).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("other bytes") };
        assert_eq!(rules(&reasons), ["12-changed"]);
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
    }
}

#[tokio::test]
async fn no_12_the_author_is_not_the_approver() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        world.submit(&id).await.unwrap();
        let Approved::No(verdict) = world.approve(&id, "author").await.unwrap() else { panic!("own work") };
        assert_eq!(rules(&verdict.reasons()), ["12-own-work"]);
    }
}

#[tokio::test]
async fn no_13_the_waiting_posts_of_a_suspended_author_stop() {
    for mut world in worlds().await {
        let (one, _) = world.group().await;
        let (two, _) = world.group().await;
        let orders = [world.approved(&one).await.remove(0), world.approved(&two).await.remove(0)];
        let (author, manager) = (world.person("author"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                People(tx).suspend(&author, "", &manager, clock, chance).await.unwrap()
            })
            .await;
        while let Some(job) = world.claim(Work::Publish).await {
            let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("suspended") };
            assert_eq!(rules(&reasons), ["1-author-suspended"]);
        }
        for order in &orders {
            assert_eq!(world.order(order).await.state, OrderState::Stopped);
        }
    }
}

#[tokio::test]
async fn no_15_the_sixteenth_birthday_changes_nothing_about_pictures() {
    for world in worlds().await {
        // Ines turns 16 on 9 September 2029; everybody answers for longer than that.
        world.tamper("UPDATE consent SET until_day = '2031-01-01'").await.unwrap();
        let (ines, mut seen) = (world.child("ines"), Vec::new());
        for instant in ["2029-09-08T22:59:58Z", "2029-09-08T23:00:01Z"] {
            world.go_to(instant);
            let mut tx = world.records.read().await.unwrap();
            let day = cleansheet_terms::day_in_london(world.clock.now());
            let joined = Consents(&mut tx).joined(&ines, Purpose::News, Network::Website, day).await.unwrap();
            assert!(joined.child && joined.is_yes(), "{instant}");
            seen.push(joined);
        }
        assert_eq!(seen[0], seen[1]);
    }
}

#[tokio::test]
async fn no_16_somebody_of_unknown_age_is_a_young_child() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let activity = world.activity.clone();
        let unknown = world
            .act(async |tx, clock, chance| {
                let one = Activities(tx).add_participant("Kofi Mensa", None, clock, chance).await.unwrap();
                Activities(tx).put_on_roster(&activity, &one).await.unwrap();
                one
            })
            .await;
        world.answer(&unknown, Giver::Own, true).await;
        let face = world.faces(&photo).await[2].id.clone();
        world.mark(&face, Mark::Roster(&unknown)).await.unwrap();
        world.render(&id).await;
        assert_eq!(
            rules(&world.would_submit(&id).await.reasons()),
            ["9-cannot-appear"],
            "no guardian has answered"
        );
    }
}

#[tokio::test]
async fn no_22_the_other_teams_children_stay_covered() {
    for mut world in worlds().await {
        let id = world.draft().await;
        let photo = world.photo(&id, 22).await;
        let stranger = world
            .act(async |tx, clock, chance| {
                let born = Some(day("2016-01-01"));
                Activities(tx).add_participant("Of the other team", born, clock, chance).await.unwrap()
            })
            .await;
        let faces = world.faces(&photo).await;
        assert!(faces.iter().all(|face| !face.is_shown()));
        assert!(matches!(
            world.mark(&faces[0].id, Mark::Roster(&stranger)).await,
            Err(PostError::NotOnRoster)
        ));
        world.render(&id).await;
        world.approved(&id).await;
        world.publish().await;
        let order = world.orders(&id).await.remove(0);
        assert_eq!(order.state, OrderState::Published, "with everybody covered it goes out on time");
        let decided = Posts(&mut world.records.read().await.unwrap()).decisions(&id).await.unwrap();
        assert!(decided.iter().all(|one| one.facts.depicted.is_empty()));
    }
}
