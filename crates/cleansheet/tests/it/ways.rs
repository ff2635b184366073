//! Ways in over real requests: what the pages of one's own sign-ins, of the Manager and of the printed code do.

use axum::http::{StatusCode, header};
use cleansheet_records::sign_ins::{NewPasskey, SignIns};
use cleansheet_terms::PasskeyId;

use crate::{
    confirm::{prove, sign_in},
    site::TestSite,
};

/// A passkey that nobody could use: what is asked here is what the pages do with it.
async fn passkey(site: &TestSite, who: &str, credential_id: &str) -> PasskeyId {
    let mut tx = site.app.records.begin().await.unwrap();
    let new = NewPasskey { credential_id, credential: "{}", name: "Phone" };
    let mut chance = &site.app.entropy;
    let id = SignIns(&mut tx).add_passkey(&site.people[who], &new, &*site.clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn the_first_sign_in_by_link_leads_to_a_passkey_and_a_shared_device_does_not() {
    let site = TestSite::new().await;
    for (fields, leads) in [(vec![], "/me/passkeys/new"), (vec![("shared", "1")], "/")] {
        let (mut jo, link) = (site.stranger(), site.link("author").await);
        let page = jo.get(&link).await;
        let answer = jo.press(&page, &link, &fields).await;
        assert_eq!(answer.headers[header::LOCATION], leads);
        let way = jo.get("/me/passkeys/new").await.text();
        assert_eq!(way.contains("<h1>Make a passkey</h1>"), leads != "/", "never on a shared device");
    }
    passkey(&site, "author", "c1").await;
    let (mut jo, link) = (site.stranger(), site.link("author").await);
    let page = jo.get(&link).await;
    assert_eq!(jo.press(&page, &link, &[]).await.headers[header::LOCATION], "/", "has one already");
}

#[tokio::test]
async fn a_new_way_in_beside_an_old_one_wants_a_fresh_link_or_a_proof() {
    let site = TestSite::new().await;
    passkey(&site, "author", "c1").await;
    let mut jo = site.asked_browser("author").await;
    let makes = |text: String| text.contains("<h1>Make a passkey</h1>");
    assert!(makes(jo.get("/me/passkeys/new").await.text()));
    for _ in 0..3 {
        site.clock.advance_ms(20 * 60_000);
        jo.get("/").await;
    }
    assert!(!makes(jo.get("/me/passkeys/new").await.text()), "an hour later a proof is wanted");
    prove(&site, &jo).await;
    assert!(makes(jo.get("/me/passkeys/new").await.text()));
    let mut by_demo = site.browser("author").await;
    assert!(
        !makes(by_demo.get("/me/passkeys/new").await.text()),
        "the demo asks too, once there is a passkey"
    );
}

#[tokio::test]
async fn the_last_way_in_is_removed_only_when_that_was_said_twice() {
    let site = TestSite::new().await;
    let (first, second) = (passkey(&site, "author", "c1").await, passkey(&site, "author", "c2").await);
    let mut jo = site.asked_browser("author").await;
    prove(&site, &jo).await;
    let page = jo.get("/me").await;
    assert!(page.text().contains("Phone"));
    let remove = |id: &PasskeyId| format!("/me/passkeys/{id}/remove");
    assert_eq!(jo.press(&page, &remove(&first), &[]).await.status, StatusCode::SEE_OTHER);
    let warned = jo.press(&page, &remove(&second), &[]).await;
    assert!(warned.text().contains("<h1>This is your last way in</h1>"));
    assert!(jo.get("/me").await.text().contains("Phone"), "it is still there");
    let gone = jo.press(&warned, &remove(&second), &[("sure", "1")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(!jo.get("/me").await.text().contains("Phone"));
    let other = passkey(&site, "approver", "c3").await;
    assert_eq!(jo.press(&page, &remove(&other), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ones_own_sign_ins_are_ended_one_by_one_or_all_but_this() {
    let site = TestSite::new().await;
    let mut here = site.browser("author").await;
    let (mut phone, mut tablet) = (site.browser("author").await, site.browser("author").await);
    let mut priya = site.browser("approver").await;
    let page = here.get("/me").await;
    assert_eq!(page.text().matches("End this sign-in</button>").count(), 2);
    let end = |id: &str| format!("/me/sign-ins/{id}/end");
    let hers = sign_in(&site, &priya).await.id;
    assert_eq!(here.press(&page, &end(hers.as_str()), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(priya.get("/").await.status, StatusCode::OK, "nobody else's");
    let id = sign_in(&site, &phone).await.id;
    assert_eq!(here.press(&page, &end(id.as_str()), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(phone.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(tablet.get("/").await.status, StatusCode::OK);
    here.press(&page, "/me/sign-ins/end", &[]).await;
    assert_eq!(tablet.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(here.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_manager_ends_sign_ins_and_prints_a_way_back_in() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let mut dele = site.browser("manager").await;
    let of_jo = format!("/people/{}", site.people["author"]);
    let page = dele.get(&format!("{of_jo}/way-in")).await;
    assert!(page.text().contains("Signed in on one device"));
    dele.press(&page, &format!("{of_jo}/end-sign-ins"), &[]).await;
    assert_eq!(jo.get("/").await.status, StatusCode::SEE_OTHER);

    let paper = dele.press(&page, &format!("{of_jo}/way-in"), &[]).await;
    assert_eq!(paper.headers[header::CACHE_CONTROL], "no-store");
    let text = paper.text();
    let code = text.split("class=\"printed\"><bdi>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut new = site.stranger();
    let form = new.get("/recover").await;
    let back = new.press(&form, "/recover", &[("code", &code)]).await;
    assert_eq!(back.headers[header::LOCATION], "/me/passkeys/new");
    assert_eq!(new.get("/").await.status, StatusCode::OK);
    let again = site.stranger().get("/recover").await;
    assert_eq!(again.status, StatusCode::OK);
    let mut second = site.stranger();
    let form = second.get("/recover").await;
    let used = second.press(&form, "/recover", &[("code", &code)]).await;
    assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY);
    let own = format!("/people/{}/way-in", site.people["manager"]);
    assert_eq!(dele.press(&page, &own, &[]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_shared_device_keeps_nothing() {
    let site = TestSite::new().await;
    let (mut jo, link) = (site.stranger(), site.link("author").await);
    let page = jo.get(&link).await;
    let begun = jo.press(&page, &link, &[("shared", "1")]).await;
    for cookie in begun.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().unwrap();
        assert!(!cookie.contains("Max-Age") && !cookie.starts_with("browser="), "{cookie}");
    }
    let home = jo.get("/").await;
    assert!(home.text().contains("data-shared"));
    let left = jo.press(&home, "/sign-out", &[]).await;
    assert_eq!(left.headers["clear-site-data"], "\"cache\", \"cookies\", \"storage\"");
    let mut own = site.browser("author").await;
    let home = own.get("/").await;
    assert!(!home.text().contains("data-shared"));
    assert!(!own.press(&home, "/sign-out", &[]).await.headers.contains_key("clear-site-data"));
}

#[tokio::test]
async fn a_challenge_names_nobody_and_asks_for_verification() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let page = stranger.get("/sign-in").await;
    let asked = stranger.press(&page, "/sign-in/passkey/start", &[]).await.text();
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    let options = &asked["options"]["publicKey"];
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["rpId"], "localhost");
    assert_eq!(options["allowCredentials"].as_array().map(Vec::len), Some(0));
    let mut jo = site.asked_browser("author").await;
    let page = jo.get("/me/passkeys/new").await;
    let asked = jo.press(&page, "/me/passkeys/start", &[]).await.text();
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    let options = &asked["options"]["publicKey"];
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let id = site.people["author"].as_str();
    assert!(!options["user"]["id"].as_str().unwrap().contains(id), "the handle is made of chance");
}
