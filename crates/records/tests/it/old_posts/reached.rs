//! What takes old posts down: a family, a flag, an erasure, somebody who looked.

use cleansheet_records::{
    Tx,
    accounts::{Accounts, connections::NewConnection},
    activities::{self, Activities},
    consents::Giver,
    erasure,
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    mails::Mails,
    old_posts::{Looked, OldPostError, OldPosts, OldState, PictureState, Said, Show},
    orders::{OrderState, Orders},
    posts::Posts,
    withdrawals::{self, About},
};
use cleansheet_terms::{Clock as _, FixedClock, SeededEntropy};
use jiff::SignedDuration;

use super::listed;
use crate::world::{LEASE, TRUST, World, erasures_due, worlds};

#[tokio::test]
async fn what_was_thought_to_be_gone_and_is_seen_again_is_taken_down_again() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let remote = world.order(&order).await.remote.unwrap();
        let old = world.imported(&["old"]).await.remove(0);
        let manager = world.person("manager");
        world
            .act(async |tx, clock, chance| {
                OldPosts(tx).take_down(&old.id, &manager, clock, chance).await.unwrap()
            })
            .await;
        world.take_down_old().await;
        world
            .act(async |tx, clock, chance| {
                Orders(tx).to_take_down(&order, "test", clock, chance).await.unwrap();
            })
            .await;
        world.take_down().await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::Gone);
        world.begin_import().await;
        world.keep(&listed(&["old", &remote]), None).await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::TakingDown);
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        world.take_down_old().await;
        world.take_down().await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::Gone);
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
    }
}

#[tokio::test]
async fn a_withdrawal_takes_down_every_old_post_the_child_was_tagged_in_and_the_receipt_names_them() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let old = world.imported(&["a", "b", "c", "d"]).await;
        world.shown(&old[0].id, &["asha", "leo"]).await;
        world.shown(&old[1].id, &["asha"]).await;
        world.shown(&old[2].id, &["leo"]).await;
        world.say(&old[3].id, Said::Nobody, "author").await.unwrap();
        let withdrawal = world.withdraw("asha", "asha 1").await;
        let states: Vec<OldState> = {
            let mut all = Vec::new();
            for one in &old {
                all.push(world.old_post(&one.id).await.state);
            }
            all
        };
        use OldState::{Public, TakingDown};
        assert_eq!(states, [TakingDown, TakingDown, Public, Public]);
        world.take_down().await;
        let mut tx = world.records.read().await.unwrap();
        let receipt = withdrawals::receipt(&mut tx, &withdrawal).await.unwrap().unwrap();
        assert_eq!(receipt.removed.len(), 1);
        let urls: Vec<&str> = receipt.removed_old.iter().map(|one| one.url.as_str()).collect();
        assert_eq!(urls, ["/news/b", "/news/a"], "the oldest first");
        assert!(receipt.mailed.is_none() && receipt.removed_old.iter().all(|one| one.gone.is_none()));
        drop(tx);
        world.take_down_old().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
        let mut tx = world.records.read().await.unwrap();
        let receipt = withdrawals::receipt(&mut tx, &withdrawal).await.unwrap().unwrap();
        assert!(receipt.mailed.is_some() && receipt.removed_old.iter().all(|one| one.gone.is_some()));
        let mails = Mails(&mut tx).newest(9).await.unwrap();
        let bodies: Vec<&str> = mails.iter().map(|one| one.body.as_str()).collect();
        assert_eq!(mails.len(), 1, "{bodies:?}");
        assert!(mails[0].body.contains("News page, /news/b: we looked on 21 November 2026"), "{bodies:?}");
    }
}

#[tokio::test]
async fn a_second_withdrawal_waits_for_the_same_old_posts() {
    for mut world in worlds().await {
        let old = world.imported(&["a"]).await.remove(0);
        world.shown(&old.id, &["asha", "leo"]).await;
        let first = world.withdraw("asha", "asha 1").await;
        let second = world.withdraw("leo", "leo 2").await;
        world.take_down_old().await;
        let third = world.withdraw("asha", "asha 2").await;
        let mut tx = world.records.read().await.unwrap();
        for (id, many) in [(first, 1), (second, 1), (third, 0)] {
            let receipt = withdrawals::receipt(&mut tx, &id).await.unwrap().unwrap();
            assert_eq!((receipt.removed_old.len(), receipt.mailed.is_some()), (many, true));
        }
    }
}

#[tokio::test]
async fn the_hard_flag_takes_old_posts_down_without_anybody_pressing_and_an_answer_that_runs_out_does_not() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        world.shown(&old[0].id, &["leo"]).await;
        world.shown(&old[1].id, &["asha"]).await;
        world.go_to("2027-09-01T00:00:00Z");
        let (leo, asha) = (world.child("leo"), world.child("asha"));
        world
            .act(async |tx, clock, chance| {
                for child in [&leo, &asha] {
                    withdrawals::sweep(tx, child, clock, chance).await.unwrap();
                }
            })
            .await;
        assert_eq!(world.old_post(&old[0].id).await.state, OldState::Public, "people decide about these");
        let may_stay = async |world: &World, child| {
            let mut tx = world.records.read().await.unwrap();
            withdrawals::may_all_stay(&mut tx, child, world.clock.now()).await.unwrap()
        };
        assert!(may_stay(&world, &leo).await && may_stay(&world, &asha).await);
        world
            .act(async |tx, clock, chance| {
                let mut activities = Activities(tx);
                activities.set_no_image(&leo, true, None, "dsl", clock, chance).await.unwrap();
            })
            .await;
        let looked_for = withdrawals::in_public(&mut world.records.read().await.unwrap()).await.unwrap();
        assert!(
            looked_for.contains(&leo) && looked_for.contains(&asha),
            "everybody in an old post, each day"
        );
        assert!(!may_stay(&world, &leo).await && may_stay(&world, &asha).await);
        world.act(async |tx, clock, chance| withdrawals::sweep(tx, &leo, clock, chance).await.unwrap()).await;
        assert_eq!(world.old_post(&old[0].id).await.state, OldState::TakingDown);
        assert_eq!(world.old_post(&old[1].id).await.state, OldState::Public);
    }
}

#[tokio::test]
async fn a_no_that_is_older_than_the_tag_takes_the_post_down_at_once() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b", "c"]).await;
        world.withdraw("asha", "asha 1").await;
        let (leo, dsl) = (world.child("leo"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                let mut activities = Activities(tx);
                activities.set_no_image(&leo, true, None, dsl.as_str(), clock, chance).await.unwrap();
            })
            .await;
        world.shown(&old[0].id, &["ines", "asha"]).await;
        world.shown(&old[1].id, &["leo"]).await;
        world.shown(&old[2].id, &["ines"]).await;
        for (one, state) in [(0, OldState::TakingDown), (1, OldState::TakingDown), (2, OldState::Public)] {
            assert_eq!(world.old_post(&old[one].id).await.state, state, "{one}");
        }
        for one in &old[..2] {
            let because = world.old_post(&one.id).await.because.unwrap();
            assert_eq!(because, "somebody in it can no longer be shown", "a flag and a no read the same");
        }
        world.take_down_old().await;
        assert_eq!(world.old_post(&old[0].id).await.state, OldState::Gone);
    }
}

#[tokio::test]
async fn a_no_that_came_by_another_way_reaches_old_posts_by_the_daily_look() {
    for mut world in worlds().await {
        let old = world.imported(&["a"]).await.remove(0);
        world.shown(&old.id, &["asha", "leo"]).await;
        // As in a restored backup, or by a mend of the records: the answer is there, and nothing followed from it.
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        world.answer(&asha, giver, false).await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::Public);
        let public = withdrawals::in_public(&mut world.records.read().await.unwrap()).await.unwrap();
        assert!(public.contains(&asha));
        let may = {
            let mut tx = world.records.read().await.unwrap();
            withdrawals::may_all_stay(&mut tx, &asha, world.clock.now()).await.unwrap()
        };
        assert!(!may);
        world
            .act(async |tx, clock, chance| withdrawals::sweep(tx, &asha, clock, chance).await.unwrap())
            .await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::TakingDown);
    }
}

#[tokio::test]
async fn a_merge_with_a_record_that_said_no_takes_down_the_old_posts_of_the_other() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        world.shown(&old[0].id, &["asha"]).await;
        world.shown(&old[1].id, &["leo"]).await;
        let (asha, manager) = (world.child("asha"), world.person("manager"));
        let mother = world.guardians["asha 1"].clone();
        let twin = world
            .act(async |tx, clock, chance| {
                let twin = Activities(tx).add_participant("Asha Vema", None, clock, chance).await.unwrap();
                Activities(tx).link(&twin, &mother, clock, chance).await.unwrap();
                twin
            })
            .await;
        world.answer(&twin, Giver::Guardian(mother), false).await;
        world
            .act(async |tx, clock, chance| {
                activities::merge(tx, &asha, &twin, &manager, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.old_post(&old[0].id).await.state, OldState::TakingDown);
        assert_eq!(world.old_post(&old[1].id).await.state, OldState::Public);
    }
}

#[tokio::test]
async fn somebody_who_asks_to_be_forgotten_is_gone_from_old_posts_too() {
    for mut world in worlds().await {
        world.begin_import().await;
        let mut page = listed(&["asha-scores", "b", "c"]);
        page[0].text = "Asha Verma scored.".into();
        page[1].text = "Will Asha come again?".into();
        page[0].files[0].alt_text = "Asha and friends".into();
        world.keep(&page, None).await;
        let old = world.old(Show::All).await;
        world.shown(&old[0].id, &["asha", "leo"]).await;
        let (asha, manager) = (world.child("asha"), world.person("manager"));
        world
            .act(async |tx, clock, chance| erasure::ask(tx, &asha, &manager, clock, chance).await.unwrap())
            .await;
        assert_eq!(world.old_post(&old[0].id).await.state, OldState::TakingDown);
        assert_eq!(world.old_post(&old[1].id).await.state, OldState::Public, "a first name is many people's");
        assert!(erasures_due(&mut world.records.read().await.unwrap(), world.clock.now()).await.is_empty());
        world.take_down_old().await;
        let due = erasures_due(&mut world.records.read().await.unwrap(), world.clock.now()).await.remove(0);
        world.act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap()).await;
        assert!(erasure::scrub(&world.records, &world.clock).await.unwrap());
        let (gone, other) = (world.old_post(&old[0].id).await, world.old_post(&old[1].id).await);
        assert_eq!((gone.text.as_str(), gone.url.as_str()), ("… … scored.", ""));
        assert!(!gone.remote.contains("asha"));
        assert_eq!((other.text.as_str(), other.url.as_str()), ("Will … come again?", "/news/b"));
        let mut tx = world.records.read().await.unwrap();
        let names: Vec<String> =
            OldPosts(&mut tx).shown_in(&old[0].id).await.unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["Leo Hartwell"]);
        let alt = &OldPosts(&mut tx).pictures(&old[0].id).await.unwrap()[0].alt_text;
        assert_eq!(alt, "… and friends");
    }
}

#[tokio::test]
async fn how_to_sign_in_to_an_ended_account_is_kept_while_an_old_post_there_may_show_somebody() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        let (channel, by) = (world.channels[0].clone(), world.person("manager"));
        let new = NewConnection {
            channel: &channel,
            remote: "did:plc:fenland",
            handle: "fenland.test",
            server: "https://pds.example.net",
            way: "OAuth",
            sealed: b"what signs in",
            by: &by,
        };
        world.act(async |tx, clock, chance| Accounts(tx).connect(&new, clock, chance).await.unwrap()).await;
        world.say(&old[1].id, Said::Nobody, "author").await.unwrap();
        let kept = world
            .act(async |tx, clock, chance| {
                Accounts(tx).disconnect(&channel, &by, clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(kept, None, "nobody has looked at one of them yet");
        world.shown(&old[0].id, &["asha"]).await;
        let forget = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| {
                    Accounts(tx).forget_ended(&channel, clock, chance).await.unwrap()
                })
                .await
        };
        assert_eq!(forget(&mut world).await, None, "a withdrawal must still take it down");
        world.withdraw("asha", "asha 1").await;
        world.take_down_old().await;
        assert!(forget(&mut world).await.is_some());
    }
}

#[tokio::test]
async fn of_an_account_that_cannot_be_reached_the_manager_and_the_lead_hear_once() {
    for mut world in worlds().await {
        let (channel, by) = (world.channels[0].clone(), world.person("manager"));
        let told = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| {
                    let origin = "https://posts.example.org";
                    Accounts(tx).is_out_of_reach(&channel, origin, clock, chance).await.unwrap();
                    Mails(tx).newest(9).await.unwrap()
                })
                .await
        };
        assert_eq!(told(&mut world).await.len(), 2);
        let mails = told(&mut world).await;
        let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["dsl@example.org", "manager@example.org"], "once");
        assert!(mails[0].body.contains("News page") && mails[0].body.contains("/accounts"));
        let new = NewConnection {
            channel: &channel,
            remote: "did:plc:fenland",
            handle: "fenland.test",
            server: "https://pds.example.net",
            way: "OAuth",
            sealed: b"what signs in",
            by: &by,
        };
        world.act(async |tx, clock, chance| Accounts(tx).connect(&new, clock, chance).await.unwrap()).await;
        assert_eq!(told(&mut world).await.len(), 4, "again, after it was in reach");
    }
}

#[tokio::test]
async fn a_family_may_not_want_one_old_picture_and_keeps_the_rest() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        world.shown(&old[0].id, &["asha"]).await;
        world.shown(&old[1].id, &["asha"]).await;
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        let leo = world.child("leo");
        let receipt = world
            .act(async |tx, clock, chance| {
                let theirs = About { participant: &leo, giver: &giver, trust: TRUST };
                let other = withdrawals::object_to_old(tx, &theirs, &old[0].id, clock, chance).await.unwrap();
                assert!(other.is_none(), "it does not show Leo");
                let about = About { participant: &asha, giver: &giver, trust: TRUST };
                withdrawals::object_to_old(tx, &about, &old[0].id, clock, chance).await.unwrap().unwrap()
            })
            .await;
        assert_eq!(world.old_post(&old[1].id).await.state, OldState::Public);
        world.take_down_old().await;
        let mut tx = world.records.read().await.unwrap();
        let receipt = withdrawals::receipt(&mut tx, &receipt).await.unwrap().unwrap();
        assert_eq!((receipt.removed_old.len(), receipt.mailed.is_some()), (1, true));
    }
}

#[tokio::test]
async fn a_copy_is_named_as_long_as_its_post_is_public_and_forgotten_with_it() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        while let Some(job) = world.claim(Work::FetchOldPictures).await {
            let looked = async |tx: &mut Tx, clock: &FixedClock, chance: &mut SeededEntropy| {
                let post = OldPosts(tx).claim_to_look(&job, clock).await.unwrap().unwrap();
                let picture = OldPosts(tx).pictures(&post.id).await.unwrap().remove(0);
                let looked = match post.remote.as_str() {
                    "a" => Looked::Ready { copy: "0".repeat(32), width: 800, height: 600, faces: 3 },
                    _ => Looked::Stopped,
                };
                assert!(OldPosts(tx).looked(&job, &picture.id, &looked, clock, chance).await.unwrap());
                let again = OldPosts(tx).looked(&job, &picture.id, &looked, clock, chance).await.unwrap();
                assert!(!again, "looked at twice, the first time counts");
                Jobs(tx).finish(&job, clock.now()).await.unwrap();
            };
            world.act(looked).await;
        }
        let named = Posts(&mut world.records.read().await.unwrap()).named_files().await.unwrap();
        assert!(named.contains(&"0".repeat(32)), "the sweep leaves it alone");
        let (manager, dsl) = (world.person("manager"), world.person("dsl"));
        let refused = world
            .act(async |tx, clock, chance| OldPosts(tx).take_down(&old[1].id, &manager, clock, chance).await)
            .await;
        assert!(matches!(refused, Err(OldPostError::ForTheLead)), "what clause 7 stopped is evidence");
        for id in [&old[0].id, &old[1].id] {
            world
                .act(async |tx, clock, chance| OldPosts(tx).take_down(id, &dsl, clock, chance).await.unwrap())
                .await;
        }
        assert_eq!(world.take_down_old().await, ["0".repeat(32)]);
        let mut tx = world.records.read().await.unwrap();
        let picture = OldPosts(&mut tx).pictures(&old[0].id).await.unwrap().remove(0);
        assert_eq!((picture.state, picture.copy), (PictureState::Missing, None));
        assert!(!Posts(&mut tx).named_files().await.unwrap().contains(&"0".repeat(32)));
    }
}

#[tokio::test]
async fn a_picture_that_stays_is_asked_for_more_and_more_rarely_by_one_job_of_each_kind() {
    for mut world in worlds().await {
        let old = world.imported(&["a"]).await.remove(0);
        world.shown(&old.id, &["asha"]).await;
        world.withdraw("asha", "asha 1").await;
        let mut waits = Vec::new();
        for _ in 0..20 {
            let job = world.claim(Work::TakeDownOld).await.unwrap();
            world
                .act(async |tx, clock, chance| OldPosts(tx).taken_down(&job, clock, chance).await.unwrap())
                .await;
            let job = world.claim(Work::ConfirmOldGone).await.unwrap();
            world
                .act(async |tx, clock, chance| {
                    OldPosts(tx).still_live(&job, "a picture", clock, chance).await.unwrap();
                })
                .await;
            let open = (world.open(Work::TakeDownOld).await, world.open(Work::ConfirmOldGone).await);
            assert_eq!(open, (1, 1), "{:?}", world.db.engine());
            waits.push(world.wait(Work::ConfirmOldGone).await);
            assert_eq!(world.wait(Work::TakeDownOld).await, *waits.last().unwrap());
            world.clock.advance_ms(waits.last().unwrap() * 1_000);
        }
        assert!(waits.is_sorted() && waits[0] == 2 && waits[19] == 600, "{waits:?}");
    }
}

#[tokio::test]
async fn a_take_down_that_waits_for_its_network_is_neither_doubled_nor_hurried() {
    for mut world in worlds().await {
        let old = world.imported(&["a"]).await.remove(0);
        world.shown(&old.id, &["asha"]).await;
        world.withdraw("asha", "asha 1").await;
        let job = world.claim(Work::TakeDownOld).await.unwrap();
        world
            .act(async |tx, clock, chance| OldPosts(tx).taken_down(&job, clock, chance).await.unwrap())
            .await;
        let still_live = async |world: &mut World| {
            let job = world.claim(Work::ConfirmOldGone).await.unwrap();
            world
                .act(async |tx, clock, chance| {
                    OldPosts(tx).still_live(&job, "a picture", clock, chance).await.unwrap();
                })
                .await;
        };
        still_live(&mut world).await;
        world.clock.advance_ms(2_000);
        let job = world.claim(Work::TakeDownOld).await.unwrap();
        world
            .act(async |tx, clock, _| {
                let wait = SignedDuration::from_mins(40);
                Jobs(tx).retry_later(&job, "slow down", wait, clock.now()).await.unwrap();
            })
            .await;
        still_live(&mut world).await;
        assert_eq!(world.open(Work::TakeDownOld).await, 1);
        assert!(world.wait(Work::TakeDownOld).await > 39 * 60, "as long as it asked");
    }
}

#[tokio::test]
async fn a_take_down_that_did_not_work_comes_again_and_its_steps_are_in_the_ledger() {
    for mut world in worlds().await {
        let old = world.imported(&["a"]).await.remove(0);
        world.shown(&old.id, &["asha"]).await;
        world.withdraw("asha", "asha 1").await;
        let job = world.claim(Work::TakeDownOld).await.unwrap();
        world
            .act(async |tx, clock, chance| OldPosts(tx).taken_down(&job, clock, chance).await.unwrap())
            .await;
        let job = world.claim(Work::ConfirmOldGone).await.unwrap();
        world
            .act(async |tx, clock, chance| {
                OldPosts(tx).still_live(&job, "a picture", clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::TakingDown);
        world.clock.advance_ms(5_000);
        let mut tx = world.records.begin().await.unwrap();
        let both = [Work::Publish, Work::ConfirmOldGone, Work::TakeDownOld];
        let first = Jobs(&mut tx).claim(&both, LEASE, world.clock.now()).await.unwrap().unwrap();
        assert_eq!(first.work, Work::TakeDownOld, "taken down again before it is looked for again");
        drop(tx);
        world.take_down_old().await;
        assert_eq!(world.old_post(&old.id).await.state, OldState::Gone);
        let mut tx = world.records.read().await.unwrap();
        let entries = Ledger(&mut tx).entries_from(0, 1_000).await.unwrap();
        let kinds: Vec<String> = entries
            .iter()
            .map(|bytes| cleansheet_ledger::Entry::parse(bytes).unwrap().kind.to_string())
            .filter(|kind| kind.starts_with("old_post"))
            .collect();
        let expected = [
            "old_posts.import",
            "old_posts.imported",
            "old_post.shown",
            "old_post.taking_down",
            "old_post.taken_down",
            "old_post.taken_down",
            "old_post.gone",
        ];
        assert_eq!(kinds, expected);
    }
}
