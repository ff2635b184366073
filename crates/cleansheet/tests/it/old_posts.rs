//! Old posts through the pages: imported from the site and from Bluesky, tagged, taken back by a family.

use cleansheet::jobs;
use cleansheet_channels::{bluesky::Directories, website::Article};
use cleansheet_records::{
    jobs::{Jobs, Work},
    old_posts::{Looked, OldPost, OldPosts, OldState, PictureState, Show, Wanted},
};
use cleansheet_simulators::bluesky::cid;
use cleansheet_terms::{Clock as _, Network};
use serde_json::json;

use crate::{
    accounts::{Played, played},
    post::{self, PICTURE, to, work},
    site::{Browser, TestSite},
};

/// Puts an article into the folder of the public site, as somebody who copied the site before would.
pub(crate) fn copied(site: &TestSite, key: &str, day: u8) {
    let at = site.data().join("site/posts").join(key);
    std::fs::create_dir_all(&at).unwrap();
    std::fs::write(at.join("1.jpg"), PICTURE).unwrap();
    let picture = json!({ "file": "1.jpg", "alt_text": "A team", "width": 8, "height": 6,
        "digest": cleansheet_terms::Digest::of(PICTURE) });
    let article = json!({ "record_key": key, "published": format!("2023-05-{day:02}T10:00:00Z"),
        "text": format!("The story of {key}"), "pictures": [picture] });
    let article: Article = serde_json::from_value(article).unwrap();
    std::fs::write(at.join("article.json"), serde_json::to_vec(&article).unwrap()).unwrap();
}

/// Writes down what is public on the news page.
pub(crate) async fn import(site: &TestSite) {
    let mut dele = site.browser("manager").await;
    let page = dele.get("/old-posts").await;
    let fields = [("channel", site.channel.as_str())];
    assert_eq!(to(&dele.press(&page, "/old-posts/import", &fields).await), "/old-posts#accounts");
    work(site).await;
}

/// Every old post, the newest first.
pub(crate) async fn all(site: &TestSite) -> Vec<OldPost> {
    let mut tx = site.app.records.read().await.unwrap();
    OldPosts(&mut tx).list(&Wanted { show: Show::All, after: None }, 100).await.unwrap().0
}

/// Stands for the sandbox, which these tests have not: the copy of every waiting picture is kept.
async fn look(site: &TestSite) {
    site.clock.advance_ms(60_000);
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    loop {
        let mut tx = site.app.records.begin().await.unwrap();
        let lease = jiff::SignedDuration::from_mins(2);
        let Some(job) = Jobs(&mut tx).claim(&[Work::FetchOldPictures], lease, clock.now()).await.unwrap()
        else {
            return;
        };
        let post = OldPosts(&mut tx).claim_to_look(&job, clock).await.unwrap().unwrap();
        for picture in OldPosts(&mut tx).pictures(&post.id).await.unwrap() {
            if picture.state == PictureState::Waiting {
                let copy = site.app.media.keep_original(PICTURE, &mut chance).unwrap();
                let looked = Looked::Ready { copy, width: 800, height: 600, faces: 2 };
                OldPosts(&mut tx).looked(&job, &picture.id, &looked, clock, &mut chance).await.unwrap();
            }
        }
        Jobs(&mut tx).finish(&job, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// The value of the box beside a name.
async fn box_of(browser: &mut Browser, at: &str, name: &str) -> String {
    let page = browser.get(at).await;
    let found = browser.press(&page, at, &[("find", name), ("do", "find")]).await;
    assert_eq!(found.status, 200, "searching changes nothing and leads nowhere");
    let text = found.text();
    let before = text.split(&format!(">{name}")).next().unwrap();
    before.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn old_articles_are_imported_looked_at_one_after_the_other_and_taken_down() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let empty = jo.get("/old-posts").await.text();
    assert!(empty.contains("Nothing is imported yet") && !empty.contains("/old-posts/import"));
    for (key, day) in [("one", 3), ("two", 2), ("three", 1)] {
        copied(&site, key, day);
    }
    let ours = post::public(&site, &post::submitted(&site).await).await;
    import(&site).await;
    let list = site.browser("manager").await.get("/old-posts").await.text();
    assert!(list.contains("To do: 3") && list.contains("4 posts looked at, 3 of them new"), "{list}");
    let old = all(&site).await;
    assert!(old.iter().all(|one| one.url != ours), "what went out by an order is none");
    let first = to(&jo.get("/old-posts/next").await);
    assert_eq!(first, format!("/old-posts/{}", old[0].id), "the newest first");
    assert!(jo.get(&first).await.text().contains("This picture is being fetched"));
    look(&site).await;
    let page = jo.get(&first).await;
    assert!(page.text().contains("The story of one") && page.text().contains("2 faces found"));
    assert_eq!(jo.get(&format!("{first}/pictures/1")).await.bytes, PICTURE);
    assert_eq!(jo.get(&format!("{first}/pictures/2")).await.status, 404);

    // Nobody ticked: said so, and nothing written.
    let nobody = jo.press(&page, &first, &[("do", "shown")]).await;
    assert!(nobody.status == 422 && nobody.text().contains("Tick who is shown"), "{}", nobody.text());
    // Nobody of ours: the next one comes by itself.
    let next = to(&jo.press(&page, &first, &[("do", "nobody")]).await);
    assert_eq!(to(&jo.get(&next).await), format!("/old-posts/{}", old[1].id));
    // Somebody who never agreed: said at once, without the reason; a coach asks, the lead takes it down.
    let second = format!("/old-posts/{}", old[1].id);
    let asha = box_of(&mut jo, &second, "Asha Verma").await;
    assert_eq!(to(&jo.press(&page, &second, &[("do", "shown"), ("who", &asha)]).await), second);
    let told = jo.get(&second).await.text();
    assert!(told.contains("Asha Verma cannot appear here") && told.contains("Ask the safeguarding lead"));
    assert!(!told.contains("Take it down now"));
    let refused = jo.press(&page, &format!("{second}/take-down"), &[]).await;
    assert_eq!(refused.status, 403);
    jo.press(&page, &second, &[("do", "ask")]).await;
    let mut ruth = site.browser("dsl").await;
    let asked = ruth.get("/old-posts?show=asked").await;
    assert!(asked.text().contains("The story of two"), "{}", asked.text());
    let there = ruth.get(&second).await;
    assert!(there.text().contains("Take it down now"));
    to(&ruth.press(&there, &format!("{second}/take-down"), &[]).await);
    assert_eq!(site.stranger().get("/news/two").await.status, 200, "asked for, and not yet done");
    work(&site).await;
    assert_eq!(site.stranger().get("/news/two").await.status, 404);
    assert!(ruth.get(&second).await.text().contains("and it was not there"));
    assert_eq!(ruth.get(&format!("{second}/pictures/1")).await.status, 404, "the copy is gone with it");
    let late = jo.press(&page, &second, &[("do", "nobody")]).await;
    assert_eq!(late.status, 409);
    assert_eq!(site.stranger().get(&ours).await.status, 200);
}

#[tokio::test]
async fn a_family_that_changes_its_mind_takes_the_old_posts_down_and_reads_their_addresses() {
    let site = TestSite::new().await;
    copied(&site, "one", 3);
    copied(&site, "two", 2);
    import(&site).await;
    look(&site).await;
    let mut jo = site.browser("author").await;
    let first = to(&jo.get("/old-posts/next").await);
    let asha = box_of(&mut jo, &first, "Asha Verma").await;
    let page = jo.get(&first).await;
    jo.press(&page, &first, &[("do", "shown"), ("who", &asha)]).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let receipt = to(&meera.press(&page, "/g/children/1/stop", &[]).await);
    let under_way = meera.get(&receipt).await.text();
    assert!(under_way.contains("/news/one") && under_way.contains("Being removed"), "{under_way}");
    assert!(!under_way.contains("/news/two"));
    work(&site).await;
    let done = meera.get(&receipt).await.text();
    assert!(done.contains("/news/one") && done.contains("We looked on 21 November 2026"), "{done}");
    assert_eq!(site.stranger().get("/news/one").await.status, 404);
    assert_eq!(site.stranger().get("/news/two").await.status, 200);
}

#[tokio::test]
async fn the_list_is_kept_as_a_file_without_formulas() {
    let site = TestSite::new().await;
    copied(&site, "one", 3);
    let file = site.data().join("site/posts/one/article.json");
    let text = std::fs::read_to_string(&file).unwrap().replace("The story of one", "=HYPERLINK(1)");
    std::fs::write(&file, text).unwrap();
    import(&site).await;
    let mut dele = site.browser("manager").await;
    let csv = dele.get("/old-posts.csv?show=all").await;
    assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"old-posts.csv\"");
    assert!(csv.text().contains("\"'=HYPERLINK(1)\""), "{}", csv.text());
    assert_eq!(site.browser("trustee").await.get("/old-posts.csv").await.status, 403, "it has names in it");
}

/// The site with an account on a fake server, connected on the page.
async fn on_bluesky() -> (TestSite, Played) {
    let fake = played().await;
    let directories = Directories { plc: fake.url.clone(), resolver: fake.url.clone() };
    let mut site = TestSite::looking_up(directories).await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/accounts").await;
    crate::accounts::asks_and_permits(&mut dele, "Bluesky").await;
    let channels = {
        let mut tx = site.app.records.read().await.unwrap();
        cleansheet_records::accounts::Accounts(&mut tx).channels().await.unwrap()
    };
    site.channel = channels.into_iter().find(|one| one.network == Network::Bluesky).unwrap().id;
    connect(&site, &fake).await;
    for who in ["author", "approver"] {
        let person = site.people[who].as_str();
        let give = [("person", person), ("until", "2027-05-31"), ("draft", "yes"), ("approve", "yes")];
        dele.press(&page, &format!("/accounts/{}/give", site.channel), &give).await;
    }
    (site, fake)
}

async fn connect(site: &TestSite, fake: &Played) {
    let mut dele = site.browser("manager").await;
    let page = dele.get("/accounts").await;
    let fields = [("handle", "fenland.test"), ("server", fake.url.as_str()), ("password", "app-password")];
    to(&dele.press(&page, &format!("/accounts/{}/connect", site.channel), &fields).await);
}

/// Writes a post with one picture, as somebody did years ago.
fn wrote(fake: &Played, key: &str, words: &str, picture: &[u8]) {
    let image = json!({ "alt": "Under nines", "image": { "$type": "blob", "ref": { "$link": cid(picture) },
        "mimeType": "image/jpeg", "size": 3 } });
    let record =
        json!({ "text": words, "createdAt": "2023-05-06T14:00:00Z", "embed": { "images": [image] } });
    fake.with(|it| it.wrote(key, record, &[picture]));
}

#[tokio::test]
async fn connecting_an_account_again_takes_down_at_once_what_waited_for_it() {
    let (site, fake) = on_bluesky().await;
    wrote(&fake, "3a1", "Old days", b"one");
    import(&site).await;
    let mut dele = site.browser("manager").await;
    let at = format!("/old-posts/{}", all(&site).await[0].id);
    let page = dele.get(&at).await;
    dele.press(&page, &format!("{at}/take-down"), &[]).await;
    for name in ["deleteRecord", "refreshSession"] {
        let body = json!({ "error": "ExpiredToken", "message": "no longer" });
        fake.with(|it| it.says(name, 400, body, Vec::new()));
    }
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(all(&site).await[0].state, OldState::TakingDown);
    assert!(dele.get("/accounts").await.text().contains("Needs reconnecting"));
    connect(&site, &fake).await;
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(all(&site).await[0].state, OldState::Gone, "and no minute has passed");
}

#[tokio::test]
async fn an_ended_account_is_reached_until_somebody_has_looked_at_every_old_post() {
    let (site, fake) = on_bluesky().await;
    wrote(&fake, "3a1", "Old days", b"one");
    wrote(&fake, "3a2", "Older days", b"two");
    import(&site).await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/accounts").await;
    dele.press(&page, &format!("/accounts/{}/end", site.channel), &[]).await;
    let connected = async || {
        let mut tx = site.app.records.read().await.unwrap();
        cleansheet_records::accounts::Accounts(&mut tx).connection(&site.channel).await.unwrap().is_some()
    };
    for post in all(&site).await {
        assert!(connected().await, "nobody knows yet who is in it");
        let at = format!("/old-posts/{}", post.id);
        let page = dele.get(&at).await;
        dele.press(&page, &at, &[("do", "nobody")]).await;
    }
    assert!(!connected().await);
    // Somebody finds a child in one of them after all, and takes it down: people hear that only they can.
    let at = format!("/old-posts/{}", all(&site).await[0].id);
    let page = dele.get(&at).await;
    dele.press(&page, &format!("{at}/take-down"), &[]).await;
    for _ in 0..3 {
        jobs::run_due(&site.app).await.unwrap();
        site.clock.advance_ms(60_000);
    }
    let mails = {
        let mut tx = site.app.records.read().await.unwrap();
        cleansheet_records::mails::Mails(&mut tx).newest(20).await.unwrap()
    };
    let told: Vec<&str> = mails
        .iter()
        .filter(|mail| mail.subject == "Something has to be taken down from an account that is not connected")
        .map(|mail| mail.to.as_str())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    connect(&site, &fake).await;
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(all(&site).await[0].state, OldState::Gone);
}

#[tokio::test]
async fn what_a_network_never_answers_holds_nothing_else_up() {
    let (site, fake) = on_bluesky().await;
    let image = |bytes: &[u8]| json!({ "alt": "", "image": { "ref": { "$link": cid(bytes) } } });
    let embed = json!({ "images": [image(b"one"), image(b"two")] });
    fake.with(|it| it.wrote("3a1", json!({ "text": "Old days", "embed": embed }), &[]));
    let no = |name: &str| {
        let body = json!({ "error": "InvalidRequest", "message": "no such place" });
        fake.with(|it| it.says(name, 400, body, Vec::new()));
    };
    no("listRecords");
    import(&site).await;
    let list = site.browser("manager").await.get("/old-posts").await.text();
    assert!(list.contains("Stopped on") && list.contains("the network refuses it: no such place"), "{list}");
    assert!(list.contains("Look again for"), "{list}");
    no("getBlob");
    import(&site).await;
    let mut tx = site.app.records.read().await.unwrap();
    let post = OldPosts(&mut tx).list(&Wanted { show: Show::All, after: None }, 9).await.unwrap().0.remove(0);
    let states: Vec<PictureState> =
        OldPosts(&mut tx).pictures(&post.id).await.unwrap().into_iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [PictureState::Refused, PictureState::Missing],
        "the second was asked for all the same"
    );
}

#[tokio::test]
async fn an_account_on_bluesky_is_walked_through_and_a_busy_one_waits_as_long_as_it_asks() {
    let (site, fake) = on_bluesky().await;
    let mut dele = site.browser("manager").await;
    wrote(&fake, "3a1", "Old days", b"one");
    post::public(&site, &post::submitted(&site).await).await;
    let wait = vec![("retry-after", "40".to_owned())];
    fake.with(|it| it.says("listRecords", 429, json!({ "error": "RateLimitExceeded" }), wait));
    import(&site).await;
    let waiting = dele.get("/old-posts").await.text();
    assert!(waiting.contains("Waiting: the network could not do it now"), "{waiting}");
    site.clock.advance_ms(41_000);
    work(&site).await;
    let old = all(&site).await;
    let words: Vec<&str> = old.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(words, ["Old days"], "ours is none");
    let at = format!("/old-posts/{}", old[0].id);
    let page = dele.get(&at).await;
    dele.press(&page, &format!("{at}/take-down"), &[]).await;
    // The account asks for a new connection in the middle: it waits, and is done when it can be.
    fake.with(|it| it.says("deleteRecord", 503, json!({}), Vec::new()));
    work(&site).await;
    assert_eq!(all(&site).await[0].state, OldState::TakingDown);
    site.clock.advance_ms(10_000);
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(all(&site).await[0].state, OldState::Gone);
    assert_eq!(fake.with(|it| it.records.len()), 1, "only ours is left");
    assert!(!fake.with(|it| it.files.contains_key(&cid(b"one"))), "down to the picture");
}

#[tokio::test]
async fn the_pages_of_old_posts_hold_to_the_rules_of_every_page() {
    let site = TestSite::new().await;
    copied(&site, "one", 3);
    import(&site).await;
    look(&site).await;
    let id = all(&site).await[0].id.clone();
    for role in ["author", "manager", "dsl"] {
        let mut browser = site.browser(role).await;
        for path in ["/old-posts", "/old-posts?show=gone", &format!("/old-posts/{id}")] {
            let page = browser.get(path).await.text();
            assert_eq!(page.matches("<h1").count(), 1, "{role} {path}");
            assert!(!page.contains(" style=") && !page.contains(" onclick"), "{role} {path}");
            assert!(page.matches("name=\"csrf\"").count() >= page.matches("method=\"post\"").count());
        }
    }
}
