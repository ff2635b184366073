//! What a stranger tries gets the same answer, in the same time, whether it is about somebody or about nobody.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cleansheet_records::{
    people::People,
    sign_ins::{LinkKind, SignIns, print_code},
};
use cleansheet_terms::{SeededEntropy, random_hex};

use crate::site::{Answer, Browser, TestSite};

const TRIES: usize = 60;

/// Codes that were printed for somebody and replaced since.
async fn dead_codes(site: &TestSite, many: usize) -> Vec<String> {
    let mut codes = Vec::new();
    let (records, clock, mut chance) = (&site.app.records, &*site.clock, &site.app.entropy);
    for _ in 0..=many {
        let (who, by) = (&site.people["author"], &site.people["manager"]);
        codes.push(print_code(records, who, by, clock, &mut chance).await.unwrap());
    }
    codes.pop();
    codes
}

/// Links of somebody who has left since.
async fn dead_links(site: &TestSite, many: usize) -> Vec<String> {
    let (who, by) = (&site.people["approver"], &site.people["manager"]);
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let mut links = Vec::new();
    for _ in 0..many {
        let link = SignIns(&mut tx).make_link(who, LinkKind::Once, clock, &mut chance).await.unwrap();
        links.push(link.reveal().to_owned());
    }
    People(&mut tx).leave(who, by, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    links
}

fn assert_alike(known: &Answer, unknown: &Answer) {
    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(known), names(unknown));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Tries in turn, so that whatever else the machine does touches both alike.
async fn assert_as_quick(
    browser: &mut Browser,
    page: &Answer,
    pairs: impl Iterator<Item = ((String, String), (String, String))>,
) {
    let mut times = [Vec::new(), Vec::new()];
    for (known, unknown) in pairs {
        for (n, (path, code)) in [known, unknown].into_iter().enumerate() {
            let start = Instant::now();
            let answer = browser.press(page, &path, &[("code", &code)]).await;
            times[n].push(start.elapsed());
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
    }
    let [known, unknown] = times.map(median);
    let most = Duration::from_millis(1).max(known.max(unknown) / 4);
    assert!(known.abs_diff(unknown) <= most, "known {known:?}, unknown {unknown:?}");
}

#[tokio::test]
async fn links_and_printed_codes_answer_alike_for_known_and_unknown() {
    let site = TestSite::new().await;
    let mut chance = SeededEntropy::new(5);
    let (links, codes) = (dead_links(&site, TRIES).await, dead_codes(&site, TRIES).await);
    let mut stranger = site.stranger();
    let page = stranger.get("/recover").await;
    let unknown = random_hex(&mut chance, 32);
    let known = stranger.press(&page, &format!("/sign-in/{}", links[0]), &[]).await;
    assert_alike(&known, &stranger.press(&page, &format!("/sign-in/{unknown}"), &[]).await);
    let known = stranger.press(&page, "/recover", &[("code", &codes[0])]).await;
    assert_alike(&known, &stranger.press(&page, "/recover", &[("code", "AAAA BBBB CCCC DDDD")]).await);

    let of_links = links.iter().map(|link| {
        let unknown = random_hex(&mut chance, 32);
        let path = |link: &str| (format!("/sign-in/{link}"), String::new());
        (path(link), path(&unknown))
    });
    assert_as_quick(&mut stranger, &page, of_links.collect::<Vec<_>>().into_iter()).await;
    let of_codes = codes.iter().map(|code| {
        let unknown = random_hex(&mut chance, 8).to_uppercase();
        let sent = |code: &str| ("/recover".to_owned(), code.to_owned());
        (sent(code), sent(&unknown))
    });
    assert_as_quick(&mut stranger, &page, of_codes.collect::<Vec<_>>().into_iter()).await;
}

#[tokio::test]
async fn a_passkey_that_does_not_work_says_nothing_of_whose_it_might_be() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let page = stranger.get("/sign-in").await;
    let mut answers = Vec::new();
    for (handle, credential) in [("", "{"), ("AAAA", "{}"), ("AAAAAAAAAAAAAAAAAAAAAA", "[]")] {
        let credential = format!("{credential}{handle}");
        let fields = [("ceremony", "none"), ("credential", credential.as_str())];
        answers.push(stranger.press(&page, "/sign-in/passkey", &fields).await);
    }
    for answer in &answers {
        assert_alike(answer, &answers[0]);
    }
}
