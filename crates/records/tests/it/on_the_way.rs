//! Calls that make a post and are on their way: what is kept of them, and what is believed meanwhile.

use cleansheet_records::{
    jobs::Work,
    old_posts::OldPosts,
    orders::{Claim, OrderError, OrderState, Orders},
};
use cleansheet_terms::Clock as _;
use jiff::SignedDuration;

use crate::{sending::claimed, world::worlds};

/// How long a call may be on its way.
const SOON: SignedDuration = SignedDuration::from_mins(2);

#[tokio::test]
async fn what_was_taken_back_before_its_call_is_not_made_public_and_what_was_made_is_kept() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)));
        let (none, first) = ([].as_slice(), ["post-1".to_owned()]);
        let soon = world.clock.now() + SOON;
        world
            .act(async |tx, clock, chance| {
                let mut orders = Orders(tx);
                orders.begins(&job, soon).await.unwrap();
                orders.to_take_down(&order, "a family asked", clock, chance).await.unwrap();
                let making = orders.keep_trail(&job, "making", none, Some(soon)).await;
                assert!(matches!(making, Err(OrderError::WrongState(OrderState::TakingDown))), "{making:?}");
                assert!(orders.begins(&job, soon).await.is_err());
                assert!(!orders.trail(&order).await.unwrap().making, "nothing was begun");
                // A call that had begun before answers late: its name has to be known.
                orders.keep_trail(&job, "made", &first, None).await.unwrap();
                assert_eq!(orders.trail(&order).await.unwrap().text.as_deref(), Some("made"));
            })
            .await;
    }
}

#[tokio::test]
async fn what_may_still_arrive_is_neither_sent_again_nor_taken_to_be_gone() {
    for taken_back in [false, true] {
        for mut world in worlds().await {
            let (order, job) = claimed(&mut world).await;
            assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)));
            let soon = world.clock.now() + SOON;
            world
                .act(async |tx, clock, chance| {
                    Orders(tx).keep_trail(&job, "{}", &[], Some(soon)).await.unwrap();
                    Orders(tx).uncertain(&job, "no reply", clock, chance).await.unwrap();
                    if taken_back {
                        Orders(tx).to_take_down(&order, "a family asked", clock, chance).await.unwrap();
                    }
                })
                .await;
            world.clock.advance_ms(10_000);
            if taken_back {
                let job = world.claim(Work::Publish).await.unwrap();
                assert!(matches!(world.claim_to_send(&job).await, Claim::Nothing));
                world.take_down().await;
                assert_eq!(world.order(&order).await.state, OrderState::TakingDown, "it may still come");
                world.clock.advance_ms(120_000);
                world.take_down().await;
                assert_eq!(world.order(&order).await.state, OrderState::Gone);
            } else {
                let job = world.claim(Work::Publish).await.unwrap();
                assert!(matches!(world.not_there(&job).await, Claim::Wait));
                assert_eq!(world.order(&order).await.state, OrderState::Uncertain);
                world.clock.advance_ms(120_000);
                let job = world.claim(Work::Publish).await.unwrap();
                assert!(matches!(world.not_there(&job).await, Claim::Cleared(_)));
            }
        }
    }
}

#[tokio::test]
async fn what_is_public_in_part_is_never_said_to_have_stayed_here() {
    for refused in [false, true] {
        for mut world in worlds().await {
            let (order, job) = claimed(&mut world).await;
            assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)));
            let first = [format!("post-{refused}")];
            world
                .act(async |tx, clock, chance| {
                    let mut orders = Orders(tx);
                    orders.keep_trail(&job, "{}", &first, None).await.unwrap();
                    match refused {
                        true => orders.stopped(&job, "it breaks a rule", clock, chance).await.unwrap(),
                        false => orders.retry_later(&job, "no money", None, clock, chance).await.unwrap(),
                    }
                })
                .await;
            let stands = if refused { OrderState::TakingDown } else { OrderState::Uncertain };
            assert_eq!(world.order(&order).await.state, stands);
            world
                .act(async |tx, clock, chance| {
                    Orders(tx).to_take_down(&order, "a family asked", clock, chance).await.unwrap();
                })
                .await;
            assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        }
    }
}

#[tokio::test]
async fn what_has_a_name_for_each_of_its_posts_is_not_looked_for() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        let channel = world.order(&order).await.channel;
        assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)));
        let (first, soon) = (["post-1".to_owned()], world.clock.now() + SOON);
        world
            .act(async |tx, _, _| {
                Orders(tx).keep_trail(&job, "{}", &[], Some(soon)).await.unwrap();
                assert_eq!(OldPosts(tx).orders_without_name(&channel).await.unwrap().len(), 1);
                Orders(tx).keep_trail(&job, "{}", &first, None).await.unwrap();
                assert!(OldPosts(tx).orders_without_name(&channel).await.unwrap().is_empty());
            })
            .await;
    }
}

#[tokio::test]
async fn a_name_that_was_found_is_kept_unless_the_call_has_answered_meanwhile() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)));
        let (none, first) = ([].as_slice(), ["post-1".to_owned()]);
        let soon = world.clock.now() + SOON;
        world
            .act(async |tx, _, _| {
                Orders(tx).keep_trail(&job, "making the first", none, Some(soon)).await.unwrap();
                let mut orders = Orders(tx);
                let other = orders.keep_found(&job, "something else", "found", &first, false).await.unwrap();
                assert!(!other, "what was kept is not what was looked for");
                assert!(orders.keep_found(&job, "making the first", "found", &first, false).await.unwrap());
                let again =
                    orders.keep_found(&job, "making the first", "found", &first, false).await.unwrap();
                assert!(!again, "nothing is being made any more");
                let kept = orders.trail(&order).await.unwrap();
                assert_eq!((kept.text.as_deref(), kept.making), (Some("found"), false));
            })
            .await;
    }
}
