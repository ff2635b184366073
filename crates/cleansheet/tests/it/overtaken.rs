//! Calls that take long on their way to a network, and what people do meanwhile.

use std::{pin::Pin, time::Duration};

use cleansheet::{
    app::App,
    jobs::{self, RunError},
};
use cleansheet_records::{consents::Kind, jobs::Jobs, orders::OrderState};
use cleansheet_simulators::{Act, Fault};
use cleansheet_terms::{Network, PostId};

use crate::{
    post::{agreed_to, approve, order, submitted_with_asha_on, work},
    simulation::world::World,
    site::{Browser, TestSite},
};

type Run<'a> = Pin<Box<dyn Future<Output = Result<usize, RunError>> + 'a>>;

/// A post with Asha in it on one of the world's accounts, approved.
async fn approved(world: &World, account: usize) -> PostId {
    let site = &world.site;
    // An answer is newer than the one before.
    site.clock.advance_ms(1_000);
    agreed_to(site, Kind::Website).await;
    let asha = agreed_to(site, Kind::Social).await;
    let channel = world.channels()[account].clone();
    let mut jo = site.browser("author").await;
    let post = submitted_with_asha_on(site, &mut jo, &[channel], &asha).await;
    assert_eq!(approve(site, "approver", &post).await.status, 303);
    post
}

/// Runs until a call of this kind is on its way.
async fn until_on_its_way<'a>(world: &World, app: &'a App, account: usize, act: Act) -> Run<'a> {
    let network = &world.accounts[account].network;
    network.fail(act, Fault::OnTheWay);
    let mut run: Run<'a> = Box::pin(jobs::run_due(app));
    let mut look = tokio::time::interval(Duration::from_millis(1));
    loop {
        tokio::select! {
            biased;
            done = &mut run => panic!("no call was made: {done:?}"),
            _ = look.tick() => {
                if network.on_the_way() > 0 {
                    return run;
                }
            }
        }
    }
}

/// Asha's mother, who has come in before anything is under way: until she has her code, hours pass.
async fn mother(site: &TestSite) -> Browser {
    let mut meera = site.browser("guardian").await;
    assert_eq!(meera.get("/g/answers").await.status, 200);
    meera
}

/// She takes everything back.
async fn withdraws(meera: &mut Browser) {
    let page = meera.get("/g/answers").await;
    assert_eq!(meera.press(&page, "/g/children/1/stop", &[]).await.status, 303);
}

#[tokio::test]
async fn what_is_withdrawn_while_its_pictures_are_on_their_way_is_never_public() {
    let world = World::new(1, None).await;
    for account in 0..world.accounts.len() {
        let mut meera = mother(&world.site).await;
        let post = approved(&world, account).await;
        let run = until_on_its_way(&world, &world.site.app, account, Act::Upload).await;
        withdraws(&mut meera).await;
        world.accounts[account].network.arrive();
        run.await.unwrap();
        work(&world.site).await;
        let (order, name) = (order(&world.site, &post).await, world.accounts[account].name);
        let trail = world.site.app.trail(&order.id).await.unwrap();
        assert_eq!((&order.remote, trail.posts.len()), (&None, 0), "no post was made on {name}");
        assert_eq!(order.state, OrderState::Gone, "{name}");
        assert!(world.accounts[account].network.texts().is_empty(), "{name}");
    }
    world.close().await;
}

/// The program starts again: whoever held a job is gone.
async fn starts_again(site: &TestSite) {
    let mut tx = site.app.records.begin().await.unwrap();
    Jobs(&mut tx).release_all().await.unwrap();
    tx.commit().await.unwrap();
}

/// Some minutes in which the jobs run.
async fn minutes(site: &TestSite, many: usize) {
    for _ in 0..many {
        work(site).await;
        site.clock.advance_ms(60_000);
    }
}

#[tokio::test]
async fn a_call_that_arrives_after_its_caller_died_makes_the_only_post() {
    let world = World::new(2, None).await;
    for account in (0..world.accounts.len()).filter(|one| world.accounts[*one].name != Network::X) {
        let post = approved(&world, account).await;
        let (network, name) = (&world.accounts[account].network, world.accounts[account].name);
        drop(until_on_its_way(&world, &world.site.app, account, Act::Publish).await);
        starts_again(&world.site).await;
        for _ in 0..4 {
            work(&world.site).await;
            world.site.clock.advance_ms(5_000);
        }
        network.arrive();
        minutes(&world.site, 5).await;
        assert_eq!(network.texts().len(), 1, "{name}");
        assert_eq!(order(&world.site, &post).await.state, OrderState::Published, "{name}");
    }
    world.close().await;
}

#[tokio::test]
async fn what_may_still_arrive_is_not_called_gone() {
    let world = World::new(3, None).await;
    for account in 0..world.accounts.len() {
        let mut meera = mother(&world.site).await;
        let post = approved(&world, account).await;
        let (network, name) = (&world.accounts[account].network, world.accounts[account].name);
        drop(until_on_its_way(&world, &world.site.app, account, Act::Publish).await);
        starts_again(&world.site).await;
        withdraws(&mut meera).await;
        for _ in 0..4 {
            work(&world.site).await;
            assert_eq!(order(&world.site, &post).await.state, OrderState::TakingDown, "{name}");
            world.site.clock.advance_ms(5_000);
        }
        network.arrive();
        minutes(&world.site, 70).await;
        assert!(network.texts().is_empty(), "{name}");
        assert_eq!(order(&world.site, &post).await.state, OrderState::Gone, "{name}");
    }
    world.close().await;
}
