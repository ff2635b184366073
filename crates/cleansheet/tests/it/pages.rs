//! What the main pages say. A change of a page shows here as a difference that a person reads.

use crate::{
    post::{self, to, work},
    site::{Answer, TestSite},
};

/// The page's own part, without what chance and the program's version make.
pub(crate) fn main_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let main = text.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    let main = drawn(main);
    let mut kept = scrubbed(&main, "name=\"csrf\" value=\"", "TOKEN");
    kept = scrubbed(&kept, "name=\"content\" value=\"", "HASH");
    kept = scrubbed(&kept, "name=\"seen\" value=\"", "HASH");
    kept = scrubbed(&kept, "Fingerprint ", "HASH");
    kept = scrubbed(&kept, "have the fingerprint <span class=\"mono\">", "HASH");
    kept = scrubbed(&kept, "Receipt ", "NUMBER");
    kept = scrubbed(&kept, "رسید \u{2068}", "NUMBER");
    kept = scrubbed(&kept, "name=\"words\" value=\"", "HASH");
    for (start, name) in [
        ("activity_", "A"),
        ("certificate_", "Q"),
        ("channel_", "C"),
        ("depiction_", "D"),
        ("order_", "O"),
        ("guardian_", "G"),
        ("import_", "I"),
        ("participant_", "P"),
        ("person_", "N"),
        ("photo_", "F"),
        ("post_", "T"),
        ("withdrawal_", "W"),
        ("/news/", "K"),
        ("/g/pictures/order_O/", "H"),
        ("/assets/face-shown-", "H"),
        ("/assets/face-covered-", "H"),
        ("/assets/named-full-", "H"),
        ("/assets/named-", "H"),
        ("/assets/not-named-", "H"),
    ] {
        kept = scrubbed(&kept, start, name);
    }
    kept.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

/// Icons and shirts are drawings: that there is one says enough.
fn drawn(text: &str) -> String {
    let mut parts = text.split("<svg class=\"icon");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str("<icon>");
        kept.push_str(part.split_once("</svg>").unwrap().1);
    }
    let mut parts = kept.split("<svg viewBox=\"0 0 48 44\"");
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        without.push_str("<shirt>");
        without.push_str(part.split_once("</svg>").unwrap().1);
    }
    without
}

/// Puts `name` in place of the hex digits behind every `start`.
fn scrubbed(text: &str, start: &str, name: &str) -> String {
    let mut parts = text.split(start);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end =
            part.find(|letter: char| !(letter.is_ascii_hexdigit() || letter == ' ')).unwrap_or(part.len());
        let (random, rest) = part.split_at(end);
        kept.push_str(start);
        kept.push_str(if random.trim().len() >= 8 { name } else { random });
        kept.push_str(rest);
    }
    kept
}

#[tokio::test]
async fn pages_of_staff() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let mut jo = site.browser("author").await;
    insta::assert_snapshot!("new", main_of(&jo.get("/posts/new").await));
    let draft = post::start(&site, &mut jo).await;
    insta::assert_snapshot!("draft_empty", main_of(&jo.get(&draft).await));
    post::write(&site, &mut jo, &draft, "A bloody good game. Ring 07700 900123.", "keep").await;
    insta::assert_snapshot!("draft_words_marked", main_of(&jo.get(&draft).await));
    insta::assert_snapshot!("today_author", main_of(&jo.get("/").await));
    let mut priya = site.browser("approver").await;
    insta::assert_snapshot!("approve", main_of(&priya.get(&format!("/posts/{post}/approve")).await));
    post::public(&site, &post).await;
    insta::assert_snapshot!("post_public", main_of(&priya.get(&format!("/posts/{post}")).await));
    let mut dele = site.browser("manager").await;
    insta::assert_snapshot!("today_manager", main_of(&dele.get("/").await));
    insta::assert_snapshot!("team_sheet", main_of(&dele.get("/policy").await));
    insta::assert_snapshot!("people", main_of(&dele.get("/people").await));
}

#[tokio::test]
async fn pages_of_people_and_their_papers() {
    let site = TestSite::new().await;
    post::submitted_with_asha(&site).await;
    site.tamper("UPDATE course_certificate SET completed_day = '2024-12-03'").await;
    let mut jo = site.browser("author").await;
    let own = jo.get("/me/papers").await;
    let course = "course_fasafeguardingchildren";
    let new = [("course", course), ("completed", "2026-11-20"), ("reference", "FA-77")];
    jo.press(&own, "/me/papers", &new).await;
    insta::assert_snapshot!("own_papers", main_of(&jo.get("/me/papers").await));
    let mut dele = site.browser("manager").await;
    insta::assert_snapshot!("papers_waiting", main_of(&dele.get("/people/papers").await));
    insta::assert_snapshot!("courses", main_of(&dele.get("/courses").await));
    insta::assert_snapshot!("people_calendar", main_of(&dele.get("/people/calendar").await));
    let of_jo = format!("/people/{}", site.people["author"]);
    insta::assert_snapshot!("person", main_of(&dele.get(&of_jo).await));
    insta::assert_snapshot!("person_leaves", main_of(&dele.get(&format!("{of_jo}/leave")).await));
    let mut margaret = site.browser("trustee").await;
    insta::assert_snapshot!("person_for_a_trustee", main_of(&margaret.get(&of_jo).await));
}

#[tokio::test]
async fn pages_of_parents_and_the_public() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let url = post::public(&site, &post).await;
    insta::assert_snapshot!("news", main_of(&site.stranger().get("/news").await));
    insta::assert_snapshot!("news_story", main_of(&site.stranger().get(&url).await));
    insta::assert_snapshot!("invitation", main_of(&site.stranger().get("/g/none").await));
    insta::assert_snapshot!("invitation_ur", main_of(&site.stranger().get("/g/none?language=ur").await));
    insta::assert_snapshot!("invitation_code_sent", main_of(&site.stranger().get("/g/none?code=sent").await));
    let mut meera = site.browser("guardian").await;
    insta::assert_snapshot!("questions", main_of(&meera.get("/g/children/1/answer").await));
    insta::assert_snapshot!("questions_ur", main_of(&meera.get("/g/children/1/answer?language=ur").await));
    insta::assert_snapshot!("answers_ur", main_of(&meera.get("/g/answers?language=ur").await));
    let answers = meera.get("/g/answers?language=en").await;
    insta::assert_snapshot!("answers", main_of(&answers));
    let receipt = to(&meera.press(&answers, "/g/children/1/stop", &[]).await);
    insta::assert_snapshot!("receipt_under_way", main_of(&meera.get(&receipt).await));
    work(&site).await;
    insta::assert_snapshot!("receipt", main_of(&meera.get(&receipt).await));
    insta::assert_snapshot!("receipt_ur", main_of(&meera.get(&format!("{receipt}?language=ur")).await));
    let mut asha = site.browser("participant").await;
    insta::assert_snapshot!("own", main_of(&asha.get("/own").await));
}
