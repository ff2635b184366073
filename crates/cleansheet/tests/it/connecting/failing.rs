//! What a person reads when connecting an account comes to nothing, and what is kept of it.

use cleansheet::{app::Settings, connections::ConnectError, jobs, profile::Profile};
use cleansheet_records::accounts::Accounts;
use cleansheet_terms::Network;

use super::{World, address, offered};
use crate::site::{Answer, ORIGIN, TestSite};

/// The page says what happened, and its one button leads to where the account is connected.
fn leads_back(page: &Answer, to: &str, say: &str) {
    let text = page.text();
    assert!(text.contains(say), "“{say}” is not in {text}");
    assert!(text.contains(&format!("href=\"{to}\"")), "it does not lead to {to}: {text}");
    assert!(!text.contains("Go back and change it"), "the answer of a network is good once: {text}");
}

#[tokio::test]
async fn what_a_network_says_instead_of_yes_is_worded_and_leads_back_to_the_account() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::Mastodon).await;
    let connect = format!("/accounts/{id}/connect");
    let page = manager.get(&connect).await;
    let go = manager.press(&page, &connect, &[("server", &world.mastodon.url)]).await;
    let go = address(&go);
    let state = go.split("state=").nth(1).unwrap().split('&').next().unwrap();
    for (query, say) in [
        ("error=access_denied", "It was not allowed"),
        ("error=access_denied&error_code=200&error_reason=user_denied", "It was not allowed"),
        ("error=invalid_scope&code=", "One of the permissions that the trust needs"),
        ("error=server_error", "the fault is on its side"),
        ("error_code=1349048&error_message=Can%27t+load+URL", "It says “1349048”"),
        ("code=", "Nothing came with you"),
    ] {
        let back = manager.get(&format!("/accounts/callback?{query}&state={state}")).await;
        assert_eq!(back.status, 200);
        leads_back(&back, &connect, say);
        assert!(!back.text().contains("The network says yes"), "{query}");
    }
    let back = manager.get(&format!("/accounts/callback?code=one&state={state}")).await;
    assert!(back.text().contains("The network says yes"), "{}", back.text());
}

#[tokio::test]
async fn a_connection_that_comes_to_nothing_says_why_and_leads_back_to_the_account() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::Mastodon).await;
    let connect = format!("/accounts/{id}/connect");
    let page = manager.get(&connect).await;
    let refused = manager.press(&page, &connect, &[("server", "https://0xa9.0xfe.0xa9.0xfe")]).await;
    assert_eq!(refused.status, 422);
    leads_back(&refused, &connect, "is not the name of a server");
    // The code is not good, as after a long wait at the network.
    let go = manager.press(&page, &connect, &[("server", &world.mastodon.url)]).await;
    let go = address(&go);
    let state = go.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let back = [("state", state), ("code", "another")];
    let refused = manager.press(&page, "/accounts/callback", &back).await;
    assert_eq!(refused.status, 422);
    leads_back(&refused, &connect, "The account was not connected");
    let late = manager.press(&page, "/accounts/callback", &back).await;
    assert_eq!(late.status, 409);
    leads_back(&late, "/accounts", "took too long or was begun in another browser");
}

#[tokio::test]
async fn an_account_that_nobody_chooses_is_given_back_and_nothing_of_it_is_kept() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.permitted(&mut manager, Network::X).await;
    world.keeps_app(&mut manager, &id, ("x-client", "x-secret-of-the-app")).await;
    let came = world.comes_back(&mut manager, &id, &[]).await;
    let [own] = offered(&came).try_into().unwrap();
    let state = came.kept().into_iter().find(|(name, _)| name == "state").unwrap().1;
    let no = manager.press(&came, "/accounts/choose", &[("state", &state), ("none", "yes")]).await;
    assert_eq!(no.headers["location"].to_str().unwrap(), format!("/accounts/{id}/connect"));
    assert_eq!(world.x.called("revoke"), 1, "“No, it is not” gives it back at once");
    let yes = [("state", state.as_str()), ("account", own.as_str())];
    assert_eq!(
        manager.press(&came, "/accounts/choose", &yes).await.status,
        409,
        "and it cannot be chosen any more"
    );
    // Left alone, it goes by itself.
    world.comes_back(&mut manager, &id, &[]).await;
    world.site.clock.advance_ms(11 * 60 * 1000);
    jobs::go_round(&world.site.app).await;
    assert_eq!(world.x.called("revoke"), 2);
    let connection =
        Accounts(&mut world.site.app.records.read().await.unwrap()).connection(&id).await.unwrap();
    assert!(connection.is_none());
}

#[tokio::test]
async fn an_ended_account_says_where_its_app_is_removed_and_a_real_trust_takes_no_app_password() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.connects_meta(&mut manager, Network::Facebook).await;
    let page = manager.get("/accounts").await;
    assert_eq!(manager.press(&page, &format!("/accounts/{id}/end"), &[]).await.status, 303);
    let page = manager.get(&format!("/accounts/{id}/connect")).await.text();
    assert!(page.contains("Settings, Business integrations"), "Meta takes back no single token: {page}");

    let site = TestSite::with(Settings::new(ORIGIN, Profile::demo().unwrap())).await;
    let account = ("fenland.test", "app-password");
    let by = &site.people["manager"];
    let refused = site.app.connect_by_password(&site.channel, account, None, by).await;
    assert!(matches!(refused, Err(ConnectError::ByPassword)), "{refused:?}");
}
