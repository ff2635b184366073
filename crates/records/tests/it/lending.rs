//! Pictures that are lent to a network which fetches them itself.

use cleansheet_records::{
    jobs::Work,
    orders::{Claim, LENT_FOR, OrderState, Orders},
};
use cleansheet_terms::{Digest, OrderId};

use crate::world::{World, worlds};

/// An order that is being sent, and a picture of it.
async fn sending(world: &mut World) -> (OrderId, Digest) {
    let (id, _) = world.group().await;
    let order = world.approved(&id).await.remove(0);
    let job = world.claim(Work::Publish).await.unwrap();
    let Claim::Cleared(cleared) = world.claim_to_send(&job).await else { panic!("in order") };
    (order, cleared.order().pictures()[0].digest)
}

async fn lend(world: &mut World, order: &OrderId, digest: Digest) -> String {
    let secret = world
        .act(async |tx, clock, chance| Orders(tx).lend(order, &digest, clock, chance).await)
        .await
        .unwrap();
    secret.reveal().to_owned()
}

async fn lent(world: &mut World, secret: &str) -> Option<Digest> {
    let secret = secret.to_owned();
    world.act(async |tx, clock, _| Orders(tx).lent(&secret, clock).await).await.unwrap()
}

#[tokio::test]
async fn an_address_leads_to_one_picture_until_it_is_taken_back() {
    for mut world in worlds().await {
        let (order, digest) = sending(&mut world).await;
        let (first, second) =
            (lend(&mut world, &order, digest).await, lend(&mut world, &order, Digest::of(b"another")).await);
        assert!(first.len() == 64 && first != second, "nobody guesses it");
        assert_eq!(lent(&mut world, &first).await, Some(digest));
        assert_eq!(lent(&mut world, &second).await, Some(Digest::of(b"another")));
        for wrong in ["", "0", &first[..63], &digest.to_string()] {
            assert_eq!(lent(&mut world, wrong).await, None, "{wrong}");
        }
        world.act(async |tx, _, _| Orders(tx).take_back(&order).await).await.unwrap();
        assert_eq!(lent(&mut world, &first).await, None);
        assert_eq!(lent(&mut world, &second).await, None);
    }
}

#[tokio::test]
async fn an_address_closes_by_itself_after_ten_minutes_and_with_every_start() {
    for mut world in worlds().await {
        let (order, digest) = sending(&mut world).await;
        let address = lend(&mut world, &order, digest).await;
        world.clock.advance_ms(i64::try_from(LENT_FOR.as_millis()).unwrap() - 10_000);
        assert_eq!(lent(&mut world, &address).await, Some(digest));
        world.clock.advance_ms(10_000);
        assert_eq!(lent(&mut world, &address).await, None);
        let address = lend(&mut world, &order, digest).await;
        world.act(async |tx, _, _| Orders(tx).take_all_back().await).await.unwrap();
        assert_eq!(lent(&mut world, &address).await, None);
    }
}

#[tokio::test]
async fn an_order_that_is_sent_or_taken_down_lends_nothing() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let job = world.claim(Work::Publish).await.unwrap();
        world.claim_to_send(&job).await;
        let address = lend(&mut world, &order, Digest::of(b"a picture")).await;
        assert!(lent(&mut world, &address).await.is_some());
        world.sent(&job).await;
        assert_eq!(lent(&mut world, &address).await, None);
    }
}

#[tokio::test]
async fn while_a_network_still_fetches_the_order_may_wait_and_what_is_taken_back_closes() {
    for mut world in worlds().await {
        let (order, digest) = sending(&mut world).await;
        let address = lend(&mut world, &order, digest).await;
        // The job that was claimed in `sending` gives the order back.
        world.clock.advance_ms(121_000);
        let job = world.claim(Work::Publish).await.unwrap();
        world.not_there(&job).await;
        world
            .act(async |tx, clock, chance| {
                Orders(tx).retry_later(&job, "still fetching", None, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.order(&order).await.state, OrderState::Queued);
        assert_eq!(lent(&mut world, &address).await, Some(digest));
        world
            .act(async |tx, clock, chance| {
                Orders(tx).to_take_down(&order, "a family asked", clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(lent(&mut world, &address).await, None);
    }
}
