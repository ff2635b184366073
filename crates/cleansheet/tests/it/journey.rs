//! One post over HTTP, without models and without a browser: words only.

use axum::http::StatusCode;
use cleansheet_records::posts::Posts;

use crate::{
    post::{self, WORDS, approve, id, start, to, work, write},
    site::TestSite,
};

#[tokio::test]
async fn foul_words_and_a_telephone_number_are_refused_with_their_clauses_and_put_right_by_one_press_each() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let refused =
        write(&site, &mut jo, &draft, "A bloody good game. Ring Sam on 07700 900123.", "submit").await;
    assert!(refused.contains("missing"), "{refused}");
    let page = jo.get(refused.split('#').next().unwrap()).await.text();
    assert!(page.contains("· clause 6<") && page.contains("· clause 10<"), "{page}");
    assert!(page.contains("<mark class=\"find-stop\">07700 900123</mark>"), "the letters are marked: {page}");
    let mut presses = 0;
    while let Some(button) = jo.get(&draft).await.text().split("value=\"fix ").nth(1) {
        let press = format!("fix {}", button.split('"').next().unwrap());
        let token = jo.get(&draft).await.token();
        to(&jo.upload(&draft, &token, &[("do", &press)], &[]).await);
        presses += 1;
        assert!(presses < 5, "a fix that mends nothing");
    }
    assert!(presses > 0, "at least one finding offers to mend it");
    let page = jo.get(&draft).await.text();
    assert!(!page.contains("07700 900123") || page.contains("· clause 10<"), "{page}");
}

#[tokio::test]
async fn a_post_goes_from_a_draft_to_the_public_and_back() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let own = approve(&site, "author", &post).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.text().contains("two people") && own.text().contains("· clause 12<"), "{}", own.text());
    let url = post::public(&site, &post).await;
    let story = site.stranger().get(&url).await;
    assert_eq!(story.status, StatusCode::OK);
    assert!(story.text().contains(WORDS));
    let mut priya = site.browser("approver").await;
    let page = priya.get(&format!("/posts/{post}")).await;
    assert!(
        page.text().contains("See it as the public does") && page.text().contains("Jo sent it for approval")
    );
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    to(&jo.press(&page, &format!("/posts/{post}/drop"), &[]).await);
    work(&site).await;
    assert_eq!(site.stranger().get(&url).await.status, StatusCode::NOT_FOUND);
    let page = jo.get(&format!("/posts/{post}")).await.text();
    assert!(page.contains("Gone from News page: we looked."), "{page}");
}

#[tokio::test]
async fn what_changed_since_it_was_shown_is_not_approved() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let path = format!("/posts/{post}/approve");
    let mut priya = site.browser("approver").await;
    let page = priya.get(&path).await;
    let answer = priya.press(&page, &path, &[("content", &"0".repeat(64))]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(post::approve(&site, "approver", &post).await.status == 303);
    let again = priya.press(&page, &path, &[("content", &"0".repeat(64))]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "an approved post is not approved twice");
}

#[tokio::test]
async fn a_post_that_comes_back_says_what_would_make_it_ready() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let mut priya = site.browser("approver").await;
    let page = priya.get(&format!("/posts/{post}/approve")).await;
    let path = format!("/posts/{post}/return");
    assert_eq!(priya.press(&page, &path, &[("note", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    to(&priya.press(&page, &path, &[("note", "Say which team it was.")]).await);
    let mut jo = site.browser("author").await;
    assert!(jo.get("/").await.text().contains("came back"));
    assert!(jo.get(&format!("/posts/{post}/edit")).await.text().contains("Say which team it was."));
}

#[tokio::test]
async fn a_correction_takes_the_old_copy_down_once_the_new_one_is_public() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let old = post::public(&site, &post).await;
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    let draft = to(&jo.press(&page, &format!("/posts/{post}/correct"), &[]).await);
    let better = "A first goal for the new team, in the rain.";
    write(&site, &mut jo, &draft, better, "submit").await;
    assert_eq!(site.stranger().get(&old).await.status, StatusCode::OK, "the old copy stays until then");
    let new = post::public(&site, &id(&draft)).await;
    assert!(site.stranger().get(&new).await.text().contains("in the rain"));
    assert_eq!(site.stranger().get(&old).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_author_takes_a_waiting_post_back_and_the_second_person_finds_nothing_to_approve() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let mut priya = site.browser("approver").await;
    let approve = format!("/posts/{post}/approve");
    let shown = priya.get(&approve).await;
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    assert!(page.text().contains("Take it back and change it"));
    assert_eq!(
        to(&jo.press(&page, &format!("/posts/{post}/take-back"), &[]).await),
        format!("/posts/{post}/edit")
    );
    let content = shown.text().split("name=\"content\" value=\"").nth(1).unwrap()[..64].to_owned();
    assert_eq!(priya.press(&shown, &approve, &[("content", &content)]).await.status, StatusCode::CONFLICT);
    assert_eq!(to(&priya.get(&approve).await), format!("/posts/{post}"));
    let answer = priya.press(&shown, &format!("/posts/{post}/take-back"), &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "it is not hers to take");
}

#[tokio::test]
async fn after_a_withdrawal_the_story_can_stay_with_the_face_covered() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    post::public(&site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    to(&meera.press(&page, "/g/children/1/stop", &[]).await);
    work(&site).await;
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    assert!(
        page.text().contains("The story can stay") && page.text().contains(">Taken down<"),
        "{}",
        page.text()
    );
    let draft = to(&jo.press(&page, &format!("/posts/{post}/take-back"), &[]).await);
    let page = jo.get(&draft).await.text();
    assert_eq!(
        page.matches("Nobody named: covered").count(),
        4,
        "both faces, by their boxes and on their cards: {page}"
    );
}

#[tokio::test]
async fn only_its_author_may_change_a_draft() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    write(&site, &mut jo, &draft, WORDS, "keep").await;
    let mut priya = site.browser("approver").await;
    assert_eq!(to(&priya.get(&draft).await), draft.trim_end_matches("/edit"));
    let token = priya.get("/").await.token();
    for fields in [&[("caption", "Mine now"), ("do", "keep")], &[("caption", WORDS), ("do", "submit")]] {
        let answer = priya.upload(&draft, &token, fields, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let answer = priya.upload(&draft, &token, &[("do", "keep")], &[("a.jpg", post::PICTURE)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(jo.get(&draft).await.text().contains(WORDS));
}

#[tokio::test]
async fn the_page_never_waits_for_a_photo_and_a_fifth_is_left_out() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let token = jo.get(&draft).await.token();
    let photos = [("1.jpg", post::PICTURE); 5];
    let answer = to(&jo.upload(&draft, &token, &[("do", "keep")], &photos).await);
    assert!(answer.contains("left_out=1"), "{answer}");
    let page = jo.get(answer.split('#').next().unwrap()).await.text();
    assert_eq!(page.matches("Looking for faces").count(), 4, "{page}");
    assert!(page.contains("one file could not be added"));
    // Without the models the photos wait, and nothing with a photo goes out.
    work(&site).await;
    let refused = write(&site, &mut jo, &draft, WORDS, "submit").await;
    let page = jo.get(refused.split('#').next().unwrap()).await.text();
    assert!(refused.contains("missing") && page.contains("· clause 7<"), "{page}");
}

#[tokio::test]
async fn a_press_on_an_older_page_mends_what_it_was_offered_for_or_nothing() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    write(&site, &mut jo, &draft, "A bloody good morning. Ring 07700 900123.", "keep").await;
    let page = jo.get(&draft).await;
    let offered = page.text();
    let press = offered.split("value=\"fix ").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Without a script the words and the press arrive in one form: here with other words in that place.
    let fields =
        [("caption", "Ring 07700 900123 on a bloody good morning."), ("do", &format!("fix {press}"))];
    jo.upload(&draft, &page.token(), &fields, &[]).await;
    assert!(jo.get(&draft).await.text().contains("Ring 07700 900123 on a bloody good morning."));
}

#[tokio::test]
async fn a_draft_says_that_photos_cannot_be_checked_while_the_models_are_missing() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = start(&site, &mut jo).await;
    let token = jo.get(&draft).await.token();
    jo.upload(&draft, &token, &[("do", "keep")], &[("a.jpg", post::PICTURE)]).await;
    let page = jo.get(&draft).await.text();
    assert!(page.contains("Photos cannot be checked here at the moment"), "{page}");
    assert!(page.contains("Your draft is kept"));
}

#[tokio::test]
async fn once_the_original_is_deleted_a_face_that_changes_asks_for_the_photo_again() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let mut jo = site.browser("author").await;
    let page = jo.get(&format!("/posts/{post}")).await;
    let draft = to(&jo.press(&page, &format!("/posts/{post}/take-back"), &[]).await);
    let mut tx = site.app.records.begin().await.unwrap();
    let photo = Posts(&mut tx).photos(&post).await.unwrap().remove(0).id;
    Posts(&mut tx).original_gone(&photo, &*site.clock, &mut &site.app.entropy).await.unwrap();
    tx.commit().await.unwrap();
    // What was made of it is still good, and is what its author looks at.
    let page = jo.get(&draft).await;
    assert!(!page.text().contains("add it again"), "{}", page.text());
    let picture = jo.get(&format!("/posts/{post}/photos/{photo}/picture")).await;
    assert_eq!(picture.bytes, post::PICTURE);
    // The second face is Asha; the first is covered already.
    let face = page.text().split("value=\"cover ").nth(2).unwrap().split('"').next().unwrap().to_owned();
    jo.upload(&draft, &page.token(), &[("do", &format!("cover {face}"))], &[]).await;
    let page = jo.get(&draft).await.text();
    assert!(page.contains("deleted after seven days") && page.contains("add it again"), "{page}");
}
