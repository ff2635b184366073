//! Logged-in devices (clause 4): a lost phone, a form whose sign-in is over, the way back to where one was.

use axum::http::{StatusCode, header};

use crate::{
    post::{self, start},
    site::{Answer, Browser, TestSite},
};

async fn sign_in(site: &TestSite, browser: &mut Browser, who: &str) -> Answer {
    let link = site.link(who).await;
    let page = browser.get(&link).await;
    browser.press(&page, &link, &[]).await
}

#[tokio::test]
async fn a_colleague_locks_a_lost_phone_with_two_taps_and_the_manager_lets_its_person_in_again() {
    let site = TestSite::new().await;
    let (mut jo, mut priya) = (site.browser("author").await, site.browser("approver").await);
    assert!(jo.get("/").await.text().contains("href=\"/lost\""), "at the foot of every page");
    let page = jo.get("/lost?words=priya").await;
    let priyas = site.people["approver"].to_string();
    let to = format!("/lost/{priyas}");
    assert!(page.text().contains(&format!("action=\"{to}\"")) && !page.text().contains("Ruth Amankwah"));
    let pressed = jo.press(&page, &to, &[]).await;
    let done = jo.get(pressed.headers[header::LOCATION].to_str().unwrap()).await.text();
    assert!(done.contains("Nobody can go on with the phone of Priya Nair"), "{done}");
    assert!(!done.contains("let them in"), "that is not Jo's to say");
    assert_eq!(priya.get("/").await.headers[header::LOCATION], "/sign-in", "one request later");
    let answer = sign_in(&site, &mut site.stranger(), "approver").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let found = jo.press(&page, &format!("{to}/found"), &[]).await;
    assert_eq!(found.status, StatusCode::FORBIDDEN);
    let leads = site.browser("dsl").await.get("/lost").await.text();
    assert!(leads.contains("Locked now") && !leads.contains("let them in"), "only about a Manager: {leads}");
    let mut dele = site.browser("manager").await;
    let page = dele.get("/lost").await;
    assert!(page.text().contains("Priya has the phone: let them in"), "{}", page.text());
    assert_eq!(dele.press(&page, &format!("{to}/found"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&site, &mut site.stranger(), "approver").await.status, StatusCode::SEE_OTHER);
    assert!(site.stranger().get("/sign-in").await.text().contains("Your phone is lost?"));
    let manager = &site.people["manager"];
    let page = jo.get("/lost").await;
    jo.press(&page, &format!("/lost/{manager}"), &[]).await;
    let leads = site.browser("dsl").await.get("/lost").await.text();
    assert!(leads.contains("let them in"), "the safeguarding lead lets the Manager in: {leads}");
}

#[tokio::test]
async fn a_draft_whose_sign_in_ran_out_comes_back_with_its_words_and_is_kept_after_signing_in() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let token = jo.get(&draft).await.token();
    site.clock.advance_ms(31 * 60_000);
    let words = "Everybody scored on Saturday & <sang>.";
    let fields = [("do", "keep"), ("caption", words)];
    let late = jo.upload(&draft, &token, &fields, &[("a.jpg", b"not looked at")]).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    let text = late.text();
    assert!(
        text.contains("You were signed out")
            && text.contains("Everybody scored on Saturday &#38; &#60;sang&#62;."),
        "{text}"
    );
    assert!(text.contains("Photos are not kept") && text.contains("target=\"_blank\""), "{text}");
    // Beside it, in another tab of the same browser.
    assert_eq!(sign_in(&site, &mut jo, "author").await.status, StatusCode::SEE_OTHER);
    let again = jo.upload(&draft, &late.token(), &fields, &[]).await;
    assert!(
        again.text().contains("Look at it once more"),
        "the old page's token is never right: {}",
        again.text()
    );
    let kept = jo.upload(&draft, &again.token(), &fields, &[]).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    assert!(jo.get(&draft).await.text().contains("Everybody scored on Saturday"));
    let token = jo.get(&draft).await.token();
    site.clock.advance_ms(31 * 60_000);
    let short = jo.upload(&draft, &token, &[("do", "keep"), ("caption", "Goal!")], &[]).await;
    assert!(short.text().contains("Goal!</textarea>"), "a short caption too: {}", short.text());
}

#[tokio::test]
async fn an_old_form_without_words_or_from_elsewhere_is_refused_as_before() {
    let site = TestSite::new().await;
    let mut nobody = site.stranger();
    let answer = nobody.post("/pause", &[("what", "pause")]).await;
    assert!(answer.text().contains("for somebody else"), "{}", answer.text());
    let words = "words that somebody else's page put into this form";
    let request = axum::http::Request::post("/pause")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://evil.example")
        .body(axum::body::Body::from(format!("what={}", words.replace(' ', "+"))))
        .unwrap();
    let answer = nobody.send(request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.text().contains(words), "nothing of another site's form is shown");
}

#[tokio::test]
async fn signing_in_leads_back_to_the_page_a_mail_led_to_or_the_screen_was_locked_on() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let to = format!("/posts/{post}/approve");
    let mut priya = site.stranger();
    assert_eq!(priya.get(&to).await.headers[header::LOCATION], "/sign-in");
    let link = site.link("approver").await;
    let page = priya.get(&link).await;
    // Whoever has no other way in yet is led to a passkey first.
    assert_eq!(priya.press(&page, &link, &[]).await.headers[header::LOCATION], "/me/passkeys/new");
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let page = jo.get(&draft).await;
    jo.press(&page, "/sign-out", &[("back", &draft)]).await;
    assert_eq!(jo.cookie("back"), draft);
    for bad in ["https://evil.example", "//evil.example", "/sign-in/abc"] {
        let mut jo = site.browser("author").await;
        let page = jo.get("/").await;
        let locked = jo.press(&page, "/sign-out", &[("back", bad)]).await;
        let set = locked
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .any(|one| one.to_str().unwrap().starts_with("back="));
        assert!(!set, "{bad}");
    }
}

#[tokio::test]
async fn a_page_says_when_it_locks_itself_and_a_shared_device_says_what_it_is() {
    let site = TestSite::new().await;
    for (who, seconds) in [("author", 30 * 60 - 40), ("manager", 15 * 60 - 40)] {
        let page = site.browser(who).await.get("/").await.text();
        assert!(page.contains(&format!("data-idle=\"{seconds}\"")), "{who}");
    }
    assert!(!site.stranger().get("/sign-in").await.text().contains("data-idle"));
    let (mut shared, link) = (site.stranger(), site.link("author").await);
    let page = shared.get(&link).await;
    shared.press(&page, &link, &[("shared", "1")]).await;
    let page = shared.get("/").await.text();
    assert!(page.contains("data-idle=\"260\"") && page.contains("This is a shared device"), "{page}");
    let passkey = shared.get("/me/passkeys/new").await;
    assert!(passkey.text().contains("Do it from your own phone or computer"), "{}", passkey.text());
    let page = shared.get("/").await;
    let locked = shared.press(&page, "/sign-out", &[("back", "/posts")]).await;
    assert!(
        locked
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .all(|one| !one.to_str().unwrap().starts_with("back="))
    );
}
