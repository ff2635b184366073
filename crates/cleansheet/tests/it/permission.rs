//! Clauses 2 and 3 as pages: asking for an account, permissions, the access review, what the public tells.

use crate::{
    accounts::waiting,
    site::{Answer, Browser, TestSite},
};
use cleansheet::jobs;
use cleansheet_records::mails::{Mail, Mails};

const WISH: [(&str, &str); 3] =
    [("network", "instagram"), ("name", "Instagram"), ("why", "Parents ask where we are.")];

async fn mails(site: &TestSite) -> Vec<Mail> {
    Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap()
}

/// The newest mail with a subject.
async fn mail(site: &TestSite, subject: &str) -> Mail {
    mails(site).await.into_iter().find(|mail| mail.subject == subject).unwrap()
}

/// The part of a page from one text to another.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_default()
}

async fn review(manager: &mut Browser) -> (Answer, String) {
    let page = manager.get("/accounts/reviews").await;
    let begun = manager.press(&page, "/accounts/reviews", &[]).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let address = begun.headers["location"].to_str().unwrap().to_owned();
    (manager.get(&address).await, address)
}

/// Where somebody's first line in a review is decided.
fn line_of(page: &Answer, name: &str) -> String {
    let text = page.text();
    let card = between(&text, &format!(">{name}</h3>"), "</article>");
    format!("/accounts/reviews/lines/{}", between(card, "action=\"/accounts/reviews/lines/", "\""))
}

#[tokio::test]
async fn anybody_of_the_staff_asks_and_the_manager_answers_with_a_reason() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let page = jo.get("/accounts/requests").await;
    let silent = [("network", "instagram"), ("name", "Instagram"), ("why", " ")];
    assert_eq!(jo.press(&page, "/accounts/requests", &silent).await.status, 422);
    assert_eq!(jo.press(&page, "/accounts/requests", &WISH).await.status, 303);
    assert!(jo.get("/accounts/requests").await.text().contains("Parents ask where we are."));
    assert_eq!(waiting(&jo.get("/accounts/requests").await), None, "no button to answer oneself");
    let mut priya = site.browser("approver").await;
    assert!(!priya.get("/accounts/requests").await.text().contains("Parents ask"), "only one's own");

    let mut dele = site.browser("manager").await;
    assert!(dele.get("/").await.text().contains("An account is asked for"));
    let page = dele.get("/accounts/requests").await;
    let answer = waiting(&page).unwrap();
    assert_eq!(jo.press(&page, &answer, &[("do", "permit"), ("reason", "Yes")]).await.status, 403);
    assert_eq!(dele.press(&page, &answer, &[("do", "permit"), ("reason", "")]).await.status, 422);
    let yes = [("do", "permit"), ("reason", "Priya looks after it.")];
    assert_eq!(dele.press(&page, &answer, &yes).await.status, 303);
    assert_eq!(dele.press(&page, &answer, &yes).await.status, 409, "answered once");
    let told = mail(&site, "The account you asked for").await;
    assert_eq!(told.to, "author@example.org");
    assert!(told.body.contains("Priya looks after it."));
    let list = dele.get("/accounts?words=insta").await.text();
    assert!(list.contains(">Instagram</h2>") && !list.contains(">News page</h2>"), "{list}");
    let channel = between(&list, "href=\"/accounts/channel_", "\"");
    let one = dele.get(&format!("/accounts/channel_{channel}")).await.text();
    for words in ["Parents ask where we are.", "Priya looks after it.", "Permitted by"] {
        assert!(one.contains(words), "{words}: {one}");
    }
    let file = dele.get("/accounts/requests.csv").await.text();
    assert!(file.contains("Priya looks after it.") && file.contains("Permitted"));
}

#[tokio::test]
async fn a_permission_says_what_for_and_ends_with_the_season() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/accounts").await;
    assert!(page.text().contains("value=\"2027-05-31\""), "the end of the season is what it begins with");
    let (give, person) = (format!("/accounts/{}/give", site.channel), site.people["approver"].to_string());
    let nothing = [("person", person.as_str()), ("until", "2027-05-31")];
    let refused = dele.press(&page, &give, &nothing).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("to draft, to approve or to reply"));
    let long = [("person", person.as_str()), ("until", "2027-11-22"), ("draft", "yes")];
    let refused = dele.press(&page, &give, &long).await;
    assert!(refused.text().contains("twelve months at most (clause 3)"), "{}", refused.text());
    let draft = [("person", person.as_str()), ("until", "2027-05-31"), ("draft", "yes")];
    assert_eq!(dele.press(&page, &give, &draft).await.status, 303);
    let list = dele.get("/accounts").await.text();
    let line = between(&list, "Priya Nair, until 31 May 2027", "</li>");
    assert!(line.contains("· draft<"), "{line}");
    assert_eq!(list.matches("Priya Nair, until").count(), 1, "it takes the place of what she had");
    let season = [("day", "30"), ("month", "6")];
    assert_eq!(dele.press(&page, "/accounts/season", &season).await.status, 303);
    assert!(dele.get("/accounts").await.text().contains("value=\"2027-06-30\""));
    assert_eq!(dele.press(&page, "/accounts/season", &[("day", "31"), ("month", "6")]).await.status, 422);
}

#[tokio::test]
async fn the_review_is_kept_press_by_press_and_what_is_left_lapses() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let (page, address) = review(&mut dele).await;
    assert!(page.text().contains("What nobody decides lapses on 5 December 2026."), "{}", page.text());
    let jo = line_of(&page, "Jo Brightwell");
    assert_eq!(dele.press(&page, &jo, &[("do", "keep")]).await.status, 303);
    // Nothing is lost when the sign-in ends midway.
    let mut dele = site.browser("manager").await;
    let page = dele.get(&address).await;
    assert!(page.text().contains("Kept") && !page.text().contains(">Jo Brightwell</h3>"), "{}", page.text());
    let priya = line_of(&page, "Priya Nair");
    assert_eq!(dele.press(&page, &priya, &[("do", "remove")]).await.status, 303);
    assert_eq!(dele.press(&page, &priya, &[("do", "keep")]).await.status, 409);
    assert_eq!(dele.press(&page, &jo, &[("do", "perhaps")]).await.status, 422);
    assert!(dele.get("/").await.text().contains("wait in the access review"));
    let mut it = site.browser("it").await;
    assert_eq!(it.get(&address).await.status, 403);

    site.clock.advance_ms(14 * 24 * 3_600_000);
    let mut dele = site.browser("manager").await;
    let page = dele.get(&address).await.text();
    assert!(page.contains("Lapsed") && page.contains("over since 5 December 2026"), "{page}");
    assert!(dele.get("/").await.text().contains("were not decided in the access review"));
    let mut trustee = site.browser("trustee").await;
    let read = trustee.get(&address).await.text();
    assert!(read.contains("Lapsed") && !read.contains("value=\"keep\""), "{read}");
    let file = trustee.get(&format!("{address}/result.csv")).await.text();
    let kept = "\"Jo Brightwell\",\"News page\",\"permission\",\"draft, approve and reply, until 31 May 2027\",\"Kept\",\
                \"Dele Okafor on 21 November 2026\"";
    assert!(file.contains(kept), "{file}");
    assert_eq!(file.matches("\"Lapsed\",\"\"").count(), 3, "{file}");
    let mut ruth = site.browser("dsl").await;
    assert!(ruth.get("/posts/new").await.text().contains("News page: ask the Manager"));
    let mut jo = site.browser("author").await;
    assert!(!jo.get("/posts/new").await.text().contains("News page: ask the Manager"));
}

#[tokio::test]
async fn the_review_begins_by_itself_with_the_quarter_and_forgets_nobody() {
    let site = TestSite::new().await;
    jobs::go_round(&site.app).await;
    site.clock.advance_ms(41 * 24 * 3_600_000);
    jobs::go_round(&site.app).await;
    jobs::go_round(&site.app).await;
    let all = mails(&site).await;
    let reviews: Vec<_> =
        all.iter().filter(|mail| mail.subject == "An access review waits for you").collect();
    assert_eq!(reviews.len(), 1);
    assert!(reviews[0].body.contains("lapses on 15 January 2027"), "{}", reviews[0].body);
}

#[tokio::test]
async fn who_can_act_beside_us_stays_on_today_until_the_manager_says_that_they_are_removed() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let at = format!("/accounts/{}", site.channel);
    let page = dele.get(&at).await;
    let nobody = [("person", ""), ("holder", " "), ("what", "admin")];
    assert_eq!(dele.press(&page, &format!("{at}/native-roles"), &nobody).await.status, 422);
    let robin = [("person", ""), ("holder", "Robin Sayer"), ("what", "knows the password")];
    assert_eq!(dele.press(&page, &format!("{at}/native-roles"), &robin).await.status, 303);
    assert!(dele.get("/").await.text().contains("Robin Sayer can act on News page beside us"));
    assert!(dele.get("/accounts").await.text().contains("can act here without this program"));
    let page = dele.get(&at).await;
    let gone =
        format!("/accounts/native-roles/{}", between(&page.text(), "action=\"/accounts/native-roles/", "\""));
    assert_eq!(dele.press(&page, &gone, &[]).await.status, 303);
    assert!(!dele.get("/").await.text().contains("beside us"));
    let one = dele.get(&at).await.text();
    assert!(one.contains("Robin Sayer") && one.contains("gone, says Dele Okafor"), "{one}");
    let entry = [
        ("handle", "news.example.org"),
        ("owner", "words"),
        ("owner_words", "the web company"),
        ("recovery_address", "secret-box@example.org"),
        ("two_step", "off"),
    ];
    assert_eq!(dele.press(&page, &format!("{at}/entry"), &entry).await.status, 303);
    let one = dele.get(&at).await.text();
    assert!(one.contains("the web company") && one.contains("secret-box@example.org"), "{one}");
    let file = dele.get("/accounts.csv").await.text();
    assert!(file.contains("the web company") && !file.contains("secret-box"), "{file}");
}

#[tokio::test]
async fn the_form_for_accounts_keeps_the_words_at_its_limit_and_many_reports_are_closed_at_once() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let form = stranger.get("/report-account").await;
    let report = [("address", "not-us"), ("words", "It uses the badge."), ("contact", "")];
    for _ in 0..61 {
        let slip = stranger.press(&form, "/report-account", &[("address", "not-us"), ("words", "")]).await;
        assert_eq!(slip.status, 422, "a slip does not count");
    }
    for number in 0..60 {
        let sent = stranger.press(&form, "/report-account", &report).await;
        assert_eq!(sent.status, 303, "report {number}");
    }
    let full = stranger.press(&form, "/report-account", &report).await;
    assert_eq!((full.status.as_u16(), full.headers["retry-after"].as_bytes()), (429, &b"600"[..]));
    let text = full.text();
    assert!(text.contains("ry again in ten minutes") && text.contains("It uses the badge."), "{text}");

    let mut dele = site.browser("manager").await;
    let list = dele.get("/account-reports").await;
    let text = list.text();
    let mut close = vec![("found", "Somebody tried us out.")];
    close.extend(
        text.split("name=\"report\" value=\"")
            .skip(1)
            .map(|rest| ("report", rest.split('"').next().unwrap())),
    );
    assert_eq!(close.len(), 61);
    let none = dele.press(&list, "/account-reports/several/close", &close[..1]).await;
    assert_eq!(none.status, 422, "nothing is ticked");
    assert_eq!(dele.press(&list, "/account-reports/several/close", &close[..60]).await.status, 303);
    let rest = dele.get("/account-reports").await.text();
    assert_eq!(rest.matches("is-hold").count(), 1, "one is left: {rest}");
}

#[tokio::test]
async fn anybody_tells_of_an_account_and_the_manager_closes_it_with_what_was_found() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    assert!(stranger.get("/news").await.text().contains("href=\"/report-account\""));
    let form = stranger.get("/report-account").await;
    let half = [("address", "https://evil.example/riverside"), ("words", ""), ("contact", "")];
    let again = stranger.press(&form, "/report-account", &half).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("What you wrote is still here.") && again.text().contains("evil.example"));
    let forged = stranger.post("/report-account", &[("address", "x"), ("words", "y")]).await;
    assert_eq!(forged.status, 403, "only from our own page");
    let whole = [
        ("address", "https://evil.example/<riverside>"),
        ("words", "It writes to children."),
        ("contact", "robin@example.org"),
    ];
    let sent = stranger.press(&form, "/report-account", &whole).await;
    assert_eq!(sent.headers["location"], "/report-account/thanks");
    assert_eq!(mail(&site, "Somebody reports an account").await.to, "manager@example.org");

    let mut dele = site.browser("manager").await;
    assert!(dele.get("/").await.text().contains("Somebody told us of an account in our name"));
    let list = dele.get("/account-reports").await;
    let text = list.text();
    assert!(text.contains("https://evil.example/&#60;riverside&#62;"), "{text}");
    assert!(!text.contains("href=\"https://evil"), "never a link");
    assert!(!text.contains("robin@example.org"));
    let id = between(&text, "action=\"/account-reports/", "/");
    assert_eq!(dele.press(&list, &format!("/account-reports/{id}/told"), &[]).await.status, 303);
    assert!(dele.get("/account-reports").await.text().contains("network told by Dele Okafor"));
    let close = [("found", "The network took it down."), ("answer", "yes")];
    assert_eq!(dele.press(&list, &format!("/account-reports/{id}/close"), &close).await.status, 303);
    let told = mail(&site, "About the account you told us of").await;
    assert_eq!(told.to, "robin@example.org");
    assert!(told.body.contains("The network took it down.") && !told.body.contains("evil.example"));
    assert!(dele.get("/account-reports.csv?words=took").await.text().contains("Closed"));
    assert!(dele.get("/account-reports?words=nothing").await.text().contains("Nothing with these words"));
}
