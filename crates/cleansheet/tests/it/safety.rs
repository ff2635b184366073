//! What no page may get wrong: headers, cookies, forged forms, GET that changes something, markup in names.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use cleansheet_records::{
    ledger_entries::Ledger,
    people::{NewPerson, People},
    settings::Settings,
};
use cleansheet_terms::Role;

use crate::site::{ORIGIN, TestSite};

const HTTPS: &str = "https://posts.example.org";

async fn entries(site: &TestSite) -> u64 {
    Ledger(&mut site.app.records.read().await.unwrap()).count().await.unwrap()
}

async fn paused(site: &TestSite) -> bool {
    Settings(&mut site.app.records.read().await.unwrap()).pause().await.unwrap().is_some()
}

#[tokio::test]
async fn every_answer_carries_the_safety_headers() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let mut paths: Vec<String> = site
        .routes
        .iter()
        .filter(|route| route.method == Method::GET)
        .map(|route| route.path.replace(['{', '}'], ""))
        .collect();
    paths.push("/nothing/here".into());
    for path in paths {
        let answer = jo.get(&path).await;
        let value = |name: &str| answer.headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
        let csp = value("content-security-policy");
        assert!(csp.starts_with("default-src 'none'") && !csp.contains("unsafe"), "{path}: {csp}");
        assert!(csp.contains("frame-ancestors 'none'") && csp.contains("form-action 'self'"), "{path}");
        assert_eq!(value("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(value("referrer-policy"), "same-origin", "{path}");
        assert_eq!(value("cross-origin-opener-policy"), "same-origin", "{path}");
        let camera = if path == "/posts/id/edit" { "camera=(self)" } else { "camera=()" };
        assert!(value("permissions-policy").contains(camera), "{path}");
        assert!(csp.contains("worker-src 'self'"), "{path}");
        let cache = value("cache-control");
        assert!(
            cache == "no-store" || path.starts_with("/assets") || path.starts_with("/news"),
            "{path}: {cache}"
        );
        assert_eq!(value("strict-transport-security"), "", "plain http says nothing about https");
    }
    let secure = TestSite::at(HTTPS).await;
    let answer = secure.stranger().get("/sign-in").await;
    assert!(answer.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
    for (site, prefix, secure) in
        [(TestSite::at(HTTPS).await, "__Host-", true), (TestSite::new().await, "", false)]
    {
        let link = site.link("author").await;
        let mut browser = site.stranger();
        let page = browser.get(&link).await;
        let answer = browser.press(&page, &link, &[]).await;
        for set in [&page, &answer] {
            let cookie = set.headers[header::SET_COOKIE].to_str().unwrap();
            assert!(cookie.starts_with(prefix), "{cookie}");
            for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_only_by_the_button() {
    let site = TestSite::new().await;
    let link = site.link("author").await;
    let mut scanner = site.stranger();
    for _ in 0..3 {
        let page = scanner.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text().contains("Jo"), "the page says nothing about whose link it is");
    }
    let mut jo = site.stranger();
    let page = jo.get(&link).await;
    assert_eq!(jo.press(&page, &link, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(jo.get("/").await.status, StatusCode::OK);
    let mut second = site.stranger();
    let page = second.get(&link).await;
    let answer = second.press(&page, &link, &[]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("does not work any more"));
}

#[tokio::test]
async fn locking_the_screen_ends_the_sign_in_everywhere() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let page = jo.get("/").await;
    assert_eq!(jo.press(&page, "/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(jo.get("/").await.headers[header::LOCATION], "/sign-in");
}

#[tokio::test]
async fn an_idle_sign_in_ends_and_a_used_one_goes_on() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    for _ in 0..5 {
        site.clock.advance_ms(20 * 60_000);
        assert_eq!(jo.get("/").await.status, StatusCode::OK);
    }
    site.clock.advance_ms(31 * 60_000);
    assert_eq!(jo.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_forged_form_is_refused_and_changes_nothing() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/pause").await;
    let token = page.token();
    let before = entries(&site).await;
    let other = site.browser("dsl").await.get("/pause").await.token();
    for fields in [vec![], vec![("csrf", "")], vec![("csrf", "00")], vec![("csrf", other.as_str())]] {
        let fields: Vec<(&str, &str)> = fields.into_iter().chain([("what", "pause")]).collect();
        assert_eq!(dele.post("/pause", &fields).await.status, StatusCode::FORBIDDEN, "{fields:?}");
    }
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let body = format!("csrf={token}&what=pause");
        let request = Request::post("/pause")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from(body))
            .unwrap();
        assert_eq!(dele.send(request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert!(!paused(&site).await);
    assert_eq!(entries(&site).await, before + 2, "only the other person's sign-in was written");
    assert_eq!(dele.press(&page, "/pause", &[("what", "pause")]).await.status, StatusCode::SEE_OTHER);
    assert!(paused(&site).await);
}

#[tokio::test]
async fn a_form_of_a_stranger_needs_the_token_of_their_own_browser() {
    let site = TestSite::new().await;
    let link = site.link("author").await;
    let mut evil = site.stranger();
    let token = evil.get(&link).await.token();
    let mut victim = site.stranger();
    assert_eq!(victim.post(&link, &[("csrf", &token)]).await.status, StatusCode::FORBIDDEN, "no cookie yet");
    victim.get(&link).await;
    assert_eq!(victim.post(&link, &[("csrf", &token)]).await.status, StatusCode::FORBIDDEN, "another cookie");
}

#[tokio::test]
async fn reading_changes_nothing() {
    let site = TestSite::new().await;
    let before = {
        let mut browsers = Vec::new();
        for role in ["manager", "author", "dsl", "trustee"] {
            browsers.push(site.browser(role).await);
        }
        let before = site.dump().await;
        for browser in &mut browsers {
            for route in site.routes.iter().filter(|route| route.method == Method::GET) {
                browser.get(&route.path.replace(['{', '}'], "")).await;
            }
        }
        before
    };
    assert_eq!(site.dump().await, before);
}

#[tokio::test]
async fn markup_in_a_name_is_shown_as_letters() {
    let site = TestSite::new().await;
    let name = "<img src=x onerror=alert(1)>\"'&";
    let mut tx = site.app.records.begin().await.unwrap();
    let mut chance = &site.app.entropy;
    let new = NewPerson { name, mail: "markup@example.org", roles: &[Role::Staff] };
    People(&mut tx).add(&new, None, &*site.clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    let page = site.browser("manager").await.get("/people?words=%3Cscript%3E%22").await.text();
    assert!(!page.contains("<script>\""));
    let page = site.browser("manager").await.get("/people").await.text();
    assert!(!page.contains("<img src=x") && page.contains("&#60;img src=x"), "{page}");
}

#[tokio::test]
async fn guessing_links_is_slowed_down() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let page = stranger.get("/sign-in/none").await;
    let mut last = StatusCode::OK;
    for _ in 0..40 {
        last = stranger.press(&page, "/sign-in/none", &[]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn pages_have_one_heading_a_language_a_skip_link_and_nothing_inline() {
    let site = TestSite::new().await;
    for role in ["nobody", "guardian", "participant", "author", "manager", "trustee", "it"] {
        let mut browser = site.browser(role).await;
        for path in [
            "/g/none",
            "/g/answers",
            "/g/children/1/answer",
            "/g/complain",
            "/own",
            "/own/answer",
            "/own/complain",
            "/complaints",
            "/wordings",
            "/wordings/pl",
            "/wordings/pl/edit",
            "/wordings/en/edit",
            "/",
            "/sign-in",
            "/locked",
            "/policy",
            "/policy/read",
            "/policy/versions",
            "/policy/readings",
            "/policy/readers",
            "/policy/review",
            "/policy/wanted",
            "/people",
            "/people/calendar",
            "/people/papers",
            "/courses",
            "/me/papers",
            "/roles",
            "/me/dbs",
            "/participants",
            "/participants/duplicates",
            "/activities",
            "/imports/new/all",
            "/ledger",
            "/pause",
            "/outbox",
            "/posts",
            "/posts/new",
            "/posts/ending",
            "/old-posts",
            "/me",
            "/cover",
            "/lost",
            "/me/passkeys/new",
            "/recover",
            "/accounts",
            "/accounts/requests",
            "/accounts/reviews",
            "/account-reports",
            "/report-account",
            "/report-account/thanks",
            "/asking",
            "/asking/letters",
            "/asking/paper",
            "/asking/paper/blank",
            "/spot/none",
            "/lost",
        ] {
            let answer = browser.get(path).await;
            if answer.status == StatusCode::SEE_OTHER {
                continue;
            }
            let page = answer.text();
            assert_eq!(page.matches("<h1").count(), 1, "{role} {path}");
            assert!(page.contains("<html lang=\"en\"") && page.contains("class=\"skip\""), "{role} {path}");
            assert!(
                !page.contains(" style=") && !page.contains("<style") && !page.contains(" onclick"),
                "{role} {path}"
            );
            assert_eq!(page.matches("<form").count(), page.matches("</form>").count());
            let posts = page.matches("method=\"post\"").count();
            assert!(
                page.matches("name=\"csrf\"").count() >= posts,
                "{role} {path}: every form has its token"
            );
            assert!(!page.contains(ORIGIN) || path == "/outbox", "addresses are relative");
        }
    }
}

/// The addresses of this site that a page links to.
fn links(page: &str) -> Vec<String> {
    let after = page.split("<a ").skip(1).filter_map(|tag| tag.split('>').next()?.split("href=\"").nth(1));
    let paths = after.filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with('/'));
    paths.map(|link| link.split('#').next().unwrap().replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn no_page_offers_a_door_that_is_closed_to_whoever_sees_it() {
    let site = TestSite::new().await;
    crate::post::submitted_with_asha(&site).await;
    for role in ["guardian", "author", "approver", "manager", "dsl", "it", "trustee"] {
        let mut browser = site.browser(role).await;
        let mut waiting = vec![if role == "guardian" { "/g/answers" } else { "/" }.to_owned()];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(path) = waiting.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let answer = browser.get(&path).await;
            assert!(
                answer.status.is_success() || answer.status.is_redirection(),
                "{role} {path}: {}",
                answer.status
            );
            // Mails in the outbox are other people's: their links are open to whoever got them.
            if path != "/outbox" {
                // Every day of the calendar leads to an earlier and a later one: one step from today is enough.
                let far = |link: &str| path.contains("day=") && link.contains("day=");
                waiting.extend(links(&answer.text()).into_iter().filter(|link| !far(link)));
            }
        }
        assert!(seen.contains("/news") && seen.len() > 1, "{role} sees {seen:?}");
    }
}
