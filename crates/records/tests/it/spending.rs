//! What a network charges, and the cap that stops posts and never a take-down.

use cleansheet_records::{
    mails::Mails,
    spending::{FIRST_CAP, Month, Paid, Spending},
};
use cleansheet_terms::Clock as _;

use crate::world::worlds;

#[tokio::test]
async fn a_post_over_the_months_cap_waits_and_a_take_down_never_does() {
    for mut world in worlds().await {
        let (channel, manager, now) = (world.channels[0].clone(), world.person("manager"), world.clock.now());
        let next_month = now + jiff::SignedDuration::from_hours(24 * 31);
        world
            .act(async |tx, clock, chance| {
                let mut spending = Spending(tx);
                assert_eq!(spending.month(&channel, now).await.unwrap(), Month { spent: 0, cap: FIRST_CAP });
                spending.set_cap(&channel, 400_000, &manager, clock, chance).await.unwrap();
                assert!(spending.may_publish(&channel, "a", 225_000, now).await.unwrap());
                assert!(
                    spending.may_publish(&channel, "a", 225_000, now).await.unwrap(),
                    "the same order again"
                );
                assert!(!spending.may_publish(&channel, "b", 200_000, now).await.unwrap());
                spending.add(&channel, "a", Paid::Read, 1_000, now).await.unwrap();
                spending.add(&channel, "a", Paid::TakeDown, 300_000, now).await.unwrap();
                assert_eq!(spending.month(&channel, now).await.unwrap().spent, 526_000);
                spending.did_not_publish(&channel, "a", now).await.unwrap();
                assert_eq!(spending.month(&channel, now).await.unwrap().spent, 301_000);
                assert!(spending.may_publish(&channel, "b", 200_000, next_month).await.unwrap());
            })
            .await;
    }
}

#[tokio::test]
async fn the_manager_is_told_once_a_month_that_posts_wait() {
    for mut world in worlds().await {
        let channel = world.channels[0].clone();
        let mails = world
            .act(async |tx, clock, chance| {
                let before = Mails(tx).unsent().await.unwrap().len();
                for _ in 0..2 {
                    Spending(tx)
                        .cap_is_reached(&channel, "https://a.example/accounts/1", clock, chance)
                        .await
                        .unwrap();
                }
                Mails(tx).unsent().await.unwrap().len() - before
            })
            .await;
        assert_eq!(mails, 1);
    }
}
