//! Withdrawal wins, wherever the post is.

use cleansheet_records::{
    approval,
    consents::{ConsentError, Giver},
    invitations::Visitor,
    jobs::{Claimed, Work},
    mails::Mails,
    orders::{Claim, OrderState, Orders},
    posts::{Mark, PostError, Stage, Who},
    withdrawals::{self, Receipt, WithdrawalError},
};
use cleansheet_terms::{Clock as _, OrderId, PostId, WithdrawalId};

use crate::world::{TRUST, World, worlds};

async fn receipt(world: &World, id: &WithdrawalId) -> Receipt {
    withdrawals::receipt(&mut world.records.read().await.unwrap(), id).await.unwrap().unwrap()
}

/// An approved post with Asha in it, whose job was claimed.
async fn claimed(world: &mut World) -> (PostId, OrderId, Claimed) {
    let (id, _) = world.group().await;
    let order = world.approved(&id).await.remove(0);
    let job = world.claim(Work::Publish).await.unwrap();
    (id, order, job)
}

#[tokio::test]
async fn a_public_post_is_taken_down_seen_gone_and_the_receipt_is_mailed() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        let asha = world.child("asha");
        let shown = withdrawals::shown_now(&mut world.records.read().await.unwrap(), &asha).await.unwrap();
        assert_eq!(
            shown.iter().map(|one| (&one.order, one.channel.as_str())).collect::<Vec<_>>(),
            [(&order, "News page")]
        );
        let withdrawal = world.withdraw("asha", "asha 1").await;
        let job = world.claim(Work::TakeDown).await.expect("it is asked for at once");
        assert_eq!(job.subject, order.as_str());
        world
            .act(async |tx, clock, chance| {
                assert!(Orders(tx).claim_to_take_down(&job, clock).await.unwrap().is_some());
                Orders(tx).taken_down(&job, clock, chance).await.unwrap();
            })
            .await;
        let before = receipt(&world, &withdrawal).await;
        assert_eq!((before.removed.len(), before.removed[0].gone, before.mailed), (1, None, None));
        assert!(
            withdrawals::shown_now(&mut world.records.read().await.unwrap(), &asha).await.unwrap().is_empty()
        );
        world.take_down().await;
        let there = world.order(&order).await;
        assert_eq!(there.state, OrderState::Gone);
        let after = receipt(&world, &withdrawal).await;
        assert_eq!(after.removed[0].gone, there.gone);
        assert!(after.mailed.is_some());
        let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
        assert_eq!(mails.len(), 1, "to the guardian who withdrew, and to nobody else");
        assert_eq!(mails[0].to, "asha.1@example.org");
        assert!(!mails[0].subject.contains("Asha") && !mails[0].body.contains("Asha"));
        assert_eq!(world.stage(&id).await, Stage::Stopped);
    }
}

#[tokio::test]
async fn a_waiting_post_never_leaves_and_comes_back_to_its_author_covered() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let withdrawal = world.withdraw("asha", "asha 2").await;
        let there = world.order(&order).await;
        assert_eq!(there.state, OrderState::Stopped);
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::Nothing));
        let post = world.post(&id).await;
        assert_eq!(post.stage, Stage::Draft);
        let note = post.returned.unwrap();
        assert!(!note.contains("Asha") && note.contains("covered"));
        let faces = world.faces(&photo).await;
        assert_eq!(faces.iter().filter(|face| face.is_shown()).count(), 1, "Leo's family agreed");
        assert_eq!(faces[0].who, Who::Cover);
        let done = receipt(&world, &withdrawal).await;
        assert_eq!((done.removed.len(), done.stopped), (0, 1));
        assert!(done.mailed.is_some(), "nothing was public");
        // Covered, it goes out on time.
        world.render(&id).await;
        world.approved(&id).await;
        world.publish().await;
    }
}

#[tokio::test]
async fn a_withdrawal_during_the_call_is_followed_by_a_take_down() {
    for mut world in worlds().await {
        let (_, order, job) = claimed(&mut world).await;
        assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)));
        let withdrawal = world.withdraw("asha", "asha 1").await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        // The take-down is faster than the call: nothing is there yet, and that proves nothing.
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        assert_eq!(receipt(&world, &withdrawal).await.mailed, None);
        // The call ends: it is public, and is taken down again.
        world.sent(&job).await;
        let there = world.order(&order).await;
        assert_eq!((there.state, there.url.as_deref()), (OrderState::TakingDown, Some("/news/1")));
        assert!(world.claim(Work::ConfirmPublished).await.is_none());
        assert!(world.claim(Work::TakeDown).await.is_some(), "asked for again, not only looked for");
        world.clock.advance_ms(121_000);
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
        assert!(receipt(&world, &withdrawal).await.mailed.is_some());
    }
}

#[tokio::test]
async fn a_reply_that_comes_while_the_network_is_looked_at_is_taken_down_too() {
    for mut world in worlds().await {
        let (_, order, publishing) = claimed(&mut world).await;
        world.claim_to_send(&publishing).await;
        world.withdraw("asha", "asha 1").await;
        let job = world.claim(Work::TakeDown).await.unwrap();
        world.act(async |tx, clock, chance| Orders(tx).taken_down(&job, clock, chance).await.unwrap()).await;
        // Nothing is there when the network is looked at, and then the call comes through.
        let looking = world.claim(Work::ConfirmGone).await.unwrap();
        world.sent(&publishing).await;
        let gone = world
            .act(async |tx, clock, chance| Orders(tx).gone(&looking, TRUST, clock, chance).await.unwrap())
            .await;
        assert!(!gone && world.order(&order).await.state == OrderState::TakingDown);
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
    }
}

#[tokio::test]
async fn a_worker_that_died_in_the_call_does_not_leave_the_post_public() {
    for mut world in worlds().await {
        let (_, order, job) = claimed(&mut world).await;
        world.claim_to_send(&job).await;
        world.withdraw("asha", "asha 1").await;
        world.take_down().await;
        assert_ne!(world.order(&order).await.state, OrderState::Gone, "the call may still come through");
        world.clock.advance_ms(121_000);
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::Nothing));
        assert!(world.claim(Work::TakeDown).await.is_some(), "whatever the dead worker did is taken away");
        world.clock.advance_ms(121_000);
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
    }
}

#[tokio::test]
async fn an_uncertain_or_sent_post_is_taken_down_as_well() {
    for state in [OrderState::Uncertain, OrderState::Sent] {
        for mut world in worlds().await {
            let (_, order, job) = claimed(&mut world).await;
            world.claim_to_send(&job).await;
            if state == OrderState::Sent {
                world.sent(&job).await;
            } else {
                let why = "no reply";
                world
                    .act(async |tx, clock, chance| {
                        Orders(tx).uncertain(&job, why, clock, chance).await.unwrap()
                    })
                    .await;
            }
            assert_eq!(world.order(&order).await.state, state);
            world.withdraw("leo", "leo 1").await;
            assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
            // The job of the uncertain call does not wait for its own time.
            while let Some(job) = world.claim(Work::Publish).await {
                assert!(matches!(world.claim_to_send(&job).await, Claim::Nothing));
            }
            world.confirm().await;
            world.take_down().await;
            assert_eq!(world.order(&order).await.state, OrderState::Gone, "{state:?}");
        }
    }
}

#[tokio::test]
async fn a_post_without_the_child_goes_on() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        world.withdraw("ines", "ines 1").await;
        assert_eq!(world.order(&order).await.state, OrderState::Published);
    }
}

#[tokio::test]
async fn drafts_and_submitted_posts_are_covered_again() {
    for mut world in worlds().await {
        let (draft, first) = world.group().await;
        let (submitted, second) = world.group().await;
        world.submit(&submitted).await.unwrap();
        let seen = world.content(&submitted).await;
        world.withdraw("asha", "asha 1").await;
        for (id, photo) in [(&draft, &first), (&submitted, &second)] {
            assert_eq!(world.stage(id).await, Stage::Draft);
            assert_eq!(world.faces(photo).await[0].who, Who::Cover);
        }
        let stale = world.approve_what(&submitted, &seen, "approver", crate::world::fresh()).await;
        assert!(matches!(stale, Err(PostError::WrongStage(Stage::Draft))));
        // Marking the child again is refused by the policy, not only by the page.
        let (face, asha) = (world.faces(&first).await[0].id.clone(), world.child("asha"));
        world.mark(&face, Mark::Roster(&asha)).await.unwrap();
        let rules: Vec<String> =
            world.would_submit(&draft).await.reasons().into_iter().map(|one| one.rule).collect();
        assert!(rules.contains(&"9-cannot-appear".to_owned()), "{rules:?}");
    }
}

#[tokio::test]
async fn a_family_that_agrees_again_can_be_shown_again() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        world.withdraw("asha", "asha 1").await;
        let (asha, giver) = (world.child("asha"), world.guardians["asha 1"].clone());
        world.answer(&asha, Giver::Guardian(giver), true).await;
        let face = world.faces(&photo).await[0].id.clone();
        world.mark(&face, Mark::Roster(&asha)).await.unwrap();
        world.render(&id).await;
        assert!(world.would_submit(&id).await.clear());
    }
}

#[tokio::test]
async fn a_withdrawal_since_the_approval_is_a_fact_of_its_own() {
    for mut world in worlds().await {
        let (_, order, job) = claimed(&mut world).await;
        // Only the withdrawal itself is there: no newer answer, and the order was not stopped.
        let (asha, now) = (world.child("asha"), world.clock.now().as_millisecond());
        let row = format!(
            "INSERT INTO withdrawal (id, participant_id, at_ms) VALUES ('withdrawal_1', '{asha}', {now})"
        );
        world.tamper(&row).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else {
            panic!("a family changed its mind")
        };
        assert_eq!(reasons.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["9-withdrawn"]);
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
    }
}

#[tokio::test]
async fn only_a_guardian_of_the_child_withdraws() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let (asha, stranger) = (world.child("asha"), Giver::Guardian(world.guardians["leo 1"].clone()));
        let mut tx = world.records.begin().await.unwrap();
        let (clock, chance) = (&world.clock, &mut world.chance);
        let refused = withdrawals::withdraw(&mut tx, &asha, &stranger, "page", TRUST, clock, chance).await;
        assert!(matches!(refused, Err(WithdrawalError::Consent(ConsentError::NotTheirs))));
        drop(tx);
        assert_eq!(world.order(&order).await.state, OrderState::Published);
    }
}

#[tokio::test]
async fn a_child_who_withdraws_is_heard_without_a_guardian() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let asha = world.child("asha");
        world
            .act(async |tx, clock, chance| {
                withdrawals::withdraw(tx, &asha, &Giver::Own, "told the coach", TRUST, clock, chance)
                    .await
                    .unwrap()
            })
            .await;
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
    }
}

#[tokio::test]
async fn guardians_see_their_own_receipts_only_and_the_second_one_sees_what_is_being_removed() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let first = world.withdraw("asha", "asha 1").await;
        let second = world.withdraw("asha", "asha 2").await;
        let (one, two) = (world.guardians["asha 1"].clone(), world.guardians["asha 2"].clone());
        let mut tx = world.records.read().await.unwrap();
        let of_one = withdrawals::receipts_of(&mut tx, &Visitor::Guardian(one.clone())).await.unwrap();
        assert_eq!(of_one.iter().map(|receipt| &receipt.id).collect::<Vec<_>>(), [&first]);
        let of_two = withdrawals::receipts_of(&mut tx, &Visitor::Guardian(two.clone())).await.unwrap();
        assert_eq!(of_two.iter().map(|receipt| &receipt.id).collect::<Vec<_>>(), [&second]);
        assert_eq!(of_two[0].removed[0].order, order, "it is still being removed");
        drop(tx);
        world.take_down().await;
        assert!(
            receipt(&world, &first).await.mailed.is_some() && receipt(&world, &second).await.mailed.is_some()
        );
    }
}

#[tokio::test]
async fn what_can_still_be_seen_is_taken_down_again() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        world.withdraw("asha", "asha 1").await;
        let job = world.claim(Work::TakeDown).await.unwrap();
        world.act(async |tx, clock, chance| Orders(tx).taken_down(&job, clock, chance).await.unwrap()).await;
        let job = world.claim(Work::ConfirmGone).await.unwrap();
        world
            .act(async |tx, clock, chance| {
                Orders(tx).still_live(&job, "a copy", clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        world.clock.advance_ms(5_000);
        assert!(world.claim(Work::TakeDown).await.is_some());
        world.clock.advance_ms(121_000);
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
    }
}

#[tokio::test]
async fn what_stays_is_asked_for_more_and_more_rarely_by_one_job_of_each_kind() {
    for mut world in worlds().await {
        world.published().await;
        world.withdraw("asha", "asha 1").await;
        let mut waits = Vec::new();
        for _ in 0..20 {
            let job = world.claim(Work::TakeDown).await.unwrap();
            world
                .act(async |tx, clock, chance| Orders(tx).taken_down(&job, clock, chance).await.unwrap())
                .await;
            let job = world.claim(Work::ConfirmGone).await.unwrap();
            world
                .act(async |tx, clock, chance| {
                    Orders(tx).still_live(&job, "a copy", clock, chance).await.unwrap()
                })
                .await;
            let open = (world.open(Work::TakeDown).await, world.open(Work::ConfirmGone).await);
            assert_eq!(open, (1, 1), "{:?}", world.db.engine());
            waits.push(world.wait(Work::ConfirmGone).await);
            world.clock.advance_ms(waits.last().unwrap() * 1_000);
        }
        assert!(waits.is_sorted() && waits[0] == 2 && waits[19] == 600, "{waits:?}");
    }
}

#[tokio::test]
async fn a_dropped_post_is_taken_down_and_stays_dropped() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        let (author, other, dsl) = (world.person("author"), world.person("colleague"), world.person("dsl"));
        let by_other =
            world.act(async |tx, clock, chance| approval::drop(tx, &id, &other, clock, chance).await).await;
        assert!(by_other.is_err(), "neither its author nor a lead");
        world
            .act(async |tx, clock, chance| approval::drop(tx, &id, &dsl, clock, chance).await.unwrap())
            .await;
        world
            .act(async |tx, clock, chance| approval::drop(tx, &id, &author, clock, chance).await.unwrap())
            .await;
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
        assert_eq!(world.stage(&id).await, Stage::Dropped);
        assert!(matches!(world.caption(&id, "again").await, Err(PostError::WrongStage(Stage::Dropped))));
    }
}

#[tokio::test]
async fn a_corrected_post_replaces_the_old_copy_once_it_is_public() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        let author = world.person("author");
        let copy = world
            .act(async |tx, clock, chance| approval::correct(tx, &id, &author, clock, chance).await.unwrap())
            .await;
        let again = world
            .act(async |tx, clock, chance| approval::correct(tx, &id, &author, clock, chance).await.unwrap())
            .await;
        assert_eq!(copy, again, "one draft, however often the button is pressed");
        let other = world.person("colleague");
        let taken = world
            .act(async |tx, clock, chance| approval::correct(tx, &id, &other, clock, chance).await)
            .await;
        assert!(matches!(taken, Err(PostError::BeingCorrected)));
        let photos = world.photos(&copy).await;
        let faces = world.faces(&photos[0].id).await;
        assert_eq!(faces.iter().filter(|face| face.is_shown()).count(), 2, "the marks are copied");
        world.finish(&[Work::Render]).await;
        world.caption(&copy, "What a morning. Everybody scored twice.").await.unwrap();
        let new = world.approved(&copy).await.remove(0);
        assert_eq!(world.order(&order).await.state, OrderState::Published, "the old copy stays until then");
        world.publish().await;
        assert_eq!(world.order(&new).await.state, OrderState::Published);
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
        assert_eq!(world.stage(&id).await, Stage::Dropped, "nobody sends the old one again");
        let gone = world
            .act(async |tx, clock, chance| approval::correct(tx, &id, &author, clock, chance).await)
            .await;
        assert!(matches!(gone, Err(PostError::NotPublic)));
    }
}

#[tokio::test]
async fn what_is_not_gone_after_a_day_is_told_to_the_manager_and_the_lead_once() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let id = world.withdraw("asha", "asha 1").await;
        let asked = receipt(&world, &id).await.at;
        let told = async |world: &mut World| {
            let late = {
                let mut tx = world.records.read().await.unwrap();
                withdrawals::late(&mut tx, world.clock.now()).await.unwrap().len()
            };
            let mut tx = world.records.begin().await.unwrap();
            withdrawals::tell_late(&mut tx, "https://posts.example.org", &world.clock, &mut world.chance)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
            (late, mails)
        };
        let day = asked.checked_add(withdrawals::GONE_WITHIN).unwrap().as_millisecond();
        world.clock.advance_ms(day - world.clock.now().as_millisecond() - 1);
        let (late, mails) = told(&mut world).await;
        assert_eq!((late, mails.len()), (0, 0), "a millisecond early");
        world.clock.advance_ms(1);
        assert!(
            withdrawals::is_late_untold(&mut world.records.read().await.unwrap(), world.clock.now())
                .await
                .unwrap()
        );
        let (late, mails) = told(&mut world).await;
        let mut to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!((late, to), (1, vec!["dsl@example.org", "manager@example.org"]));
        for mail in &mails {
            let all = format!("{} {}", mail.subject, mail.body);
            assert!(["Asha", "Verma", "/news/1", "post_"].iter().all(|word| !all.contains(word)), "{all}");
            assert!(mail.body.contains("21 November 2026, 12:4"), "{}", mail.body);
        }
        world.clock.advance_ms(day);
        let (late, mails) = told(&mut world).await;
        assert_eq!((late, mails.len()), (1, 2), "told once, and still to be seen");
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
        let (late, mails) = told(&mut world).await;
        assert_eq!((late, mails.len()), (0, 3), "the family gets its receipt");
    }
}
