//! Accounts that a network takes no more, and takes again: what is said, and what goes on.

use cleansheet::jobs;
use cleansheet_records::orders::OrderState;
use cleansheet_simulators::{Act, Fault};
use cleansheet_terms::ChannelId;

use super::World;
use crate::{post, site::Browser};

/// Presses “Try the connection” and answers the page.
async fn tries(manager: &mut Browser, id: &ChannelId) -> String {
    let page = manager.get(&format!("/accounts/{id}/connect")).await;
    manager.press(&page, &format!("/accounts/{id}/check"), &[]).await.text()
}

#[tokio::test]
async fn an_account_that_answers_again_is_said_to_and_what_waited_goes_out() {
    let mut world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.connects_mastodon(&mut manager).await;
    world.opens_to_staff(&mut manager, &id).await;
    let post = post::submitted(&world.site).await;
    post::approve(&world.site, "approver", &post).await;
    world.mastodon.fail(Act::Publish, Fault::Refused);
    jobs::run_due(&world.site.app).await.unwrap();
    assert_eq!(post::order(&world.site, &post).await.state, OrderState::Queued);
    assert!(manager.get("/accounts").await.text().contains("Needs reconnecting"));
    // Somebody mended it on the network itself.
    let page = tries(&mut manager, &id).await;
    assert!(page.contains("the trust may post there") && !page.contains("Needs reconnecting"), "{page}");
    assert!(!manager.get("/").await.text().contains("has to be connected again"));
    jobs::run_due(&world.site.app).await.unwrap();
    assert_eq!(post::order(&world.site, &post).await.state, OrderState::Published);
}
