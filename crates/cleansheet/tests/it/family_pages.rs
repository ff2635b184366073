//! Families: the link that shows nothing, the code, the questions and their answers, and that nobody who answers for a
//! child ever sees anybody else who does.

use axum::http::StatusCode;
use cleansheet_locales::Language;
use cleansheet_records::{
    activities::Activities,
    consents::{Consent, Consents, Editions, QUESTIONS, Review, Way},
    mails::Mails,
};
use cleansheet_terms::{GuardianId, Naming};

use crate::{
    post::{self, to, work},
    site::{Answer, Browser, TestSite},
};

/// Somebody approves a translation.
async fn approve(site: &TestSite, language: &str) {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let edition = Editions(&mut tx).in_force().await.unwrap().unwrap();
    let (reviewer, texts) = ("Imran Qadir, who teaches it", edition.texts_in(language));
    let review =
        Review { edition: &edition.id, language, texts: &texts, reviewer, by: &site.people["manager"] };
    Editions(&mut tx).approve(&review, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
}

/// Every answer about the child, the newest first.
pub(crate) async fn answers(site: &TestSite) -> Vec<Consent> {
    let mut tx = site.app.records.read().await.unwrap();
    let asha = Activities(&mut tx).participants().await.unwrap().remove(0);
    Consents(&mut tx).answers_about(&asha.id).await.unwrap()
}

/// Sends the questions' form: one answer for all, and how far the name goes.
pub(crate) async fn answer(browser: &mut Browser, path: &str, all: &str, naming: &str) -> Answer {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let kept = page.kept();
    let names = QUESTIONS.map(|(purpose, kind)| format!("{}-{}", purpose.as_str(), kind.as_str()));
    let around = kept.iter().filter(|(name, _)| ["child", "words", "language"].contains(&name.as_str()));
    let mut fields: Vec<(&str, &str)> = around.map(|(n, v)| (n.as_str(), v.as_str())).take(3).collect();
    fields.extend(names.iter().map(|name| (name.as_str(), all)));
    if !naming.is_empty() {
        fields.push(("naming", naming));
    }
    browser.press(&page, path, &fields).await
}

/// Asha's father, of whom her mother knows nothing here.
async fn father(site: &TestSite) -> GuardianId {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let mut activities = Activities(&mut tx);
    let asha = activities.participants().await.unwrap().remove(0);
    let father =
        activities.add_guardian("Rohan Verma", "rohan@example.org", clock, &mut chance).await.unwrap();
    activities.link(&asha.id, &father, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    father
}

async fn newest_code(site: &TestSite) -> String {
    let mail = Mails(&mut site.app.records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("meera@example.org", "Your code"));
    mail.body.split("Here is your code:\n\n").nth(1).unwrap().split('\n').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_link_shows_nothing_and_the_code_opens_it_once_in_the_browser_that_asked() {
    let site = TestSite::new().await;
    let link = format!("/g/{}", site.invitation().await);
    let mut meera = site.stranger();
    let page = meera.get(&link).await;
    let bad = site.stranger().get("/g/none").await.text();
    let scrub = |text: String| {
        let token = text.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        text.replace(&token, "TOKEN")
    };
    assert_eq!(
        scrub(page.text()).replace(link.trim_start_matches("/g/"), "none"),
        scrub(bad),
        "good and bad links look alike"
    );
    assert!(!page.text().contains("Asha") && !page.text().contains("Meera"));
    let asked = to(&meera.press(&page, &format!("{link}/code"), &[]).await);
    let page = meera.get(&asked).await;
    let code = newest_code(&site).await;
    let mut thief = site.stranger();
    let other = thief.get(&link).await;
    let stolen = thief.press(&other, &link, &[("code", &code)]).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY, "the code works in no other browser");
    let wrong = meera.press(&page, &link, &[("code", "0000 0000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("This code does not work"));
    assert_eq!(to(&meera.press(&page, &link, &[("code", &code)]).await), "/g/children/1/answer");
    let answers = meera.get("/g/answers").await.text();
    assert!(answers.contains("Asha") && !answers.contains("Verma"), "{answers}");
    let mut later = site.stranger();
    let page = later.get(&link).await;
    assert_eq!(later.press(&page, &link, &[("code", &code)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_link_that_is_none_sends_no_code_and_answers_the_same() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    let page = stranger.get("/g/none").await;
    assert_eq!(to(&stranger.press(&page, "/g/none/code", &[]).await), "/g/none?code=sent");
    assert!(Mails(&mut site.app.records.read().await.unwrap()).newest(5).await.unwrap().is_empty());
}

async fn stop(meera: &mut Browser) -> String {
    let page = meera.get("/g/answers").await;
    to(&meera.press(&page, "/g/children/1/stop", &[]).await)
}

#[tokio::test]
async fn one_press_takes_the_pictures_down_and_the_receipt_says_when_they_were_gone() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let url = post::public(&site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await.text();
    assert!(page.contains("You said yes.") && page.contains(&format!("href=\"{url}\"")), "{page}");
    let receipt = stop(&mut meera).await;
    assert!(meera.get(&receipt).await.text().contains("Being removed"));
    work(&site).await;
    assert_eq!(site.stranger().get(&url).await.status, StatusCode::NOT_FOUND);
    let page = meera.get(&receipt).await.text();
    assert!(page.contains("Gone</span>") && page.contains("We stop showing Asha"), "{page}");
    let page = meera.get("/g/answers").await.text();
    assert!(
        page.contains("You said no.") && !page.contains("You said yes") && !page.contains("Stop showing"),
        "{page}"
    );
    assert!(page.contains(&format!("href=\"{receipt}\"")));
}

#[tokio::test]
async fn guardians_never_see_each_other() {
    let mut site = TestSite::new().await;
    let father = father(&site).await;
    let mut meera = site.browser("guardian").await;
    let receipt = stop(&mut meera).await;
    work(&site).await;
    let mut pages = vec![meera.get("/g/answers").await.text(), meera.get(&receipt).await.text()];
    site.guardian = father;
    let mut rohan = site.browser("guardian").await;
    assert_eq!(rohan.get(&receipt).await.status, StatusCode::NOT_FOUND, "a receipt is its giver's alone");
    for page in &pages {
        assert!(!page.contains("Rohan") && !page.contains("rohan@"), "{page}");
    }
    pages = vec![rohan.get("/g/answers").await.text()];
    for page in &pages {
        assert!(
            !page.contains("Meera") && !page.contains("meera@") && !page.contains("/g/receipts/"),
            "{page}"
        );
        assert!(!page.contains("You said no."), "what she answered is hers: {page}");
    }
}

#[tokio::test]
async fn a_guardian_can_only_stop_their_own_children_and_only_the_one_on_the_page() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    for number in ["0", "2", "99999999999999999999"] {
        let answer = meera.press(&page, &format!("/g/children/{number}/stop"), &[]).await;
        assert!(answer.status.is_client_error(), "{number}: {}", answer.status);
    }
    let other = meera.press(&page, "/g/children/1/stop", &[("child", "participant_00")]).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(meera.get("/g/answers").await.text().contains("You have not answered for Asha"));
}

#[tokio::test]
async fn after_leaving_the_next_person_with_this_phone_sees_nothing() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    assert_eq!(to(&meera.press(&page, "/g/leave", &[]).await), "/news");
    assert_eq!(to(&meera.get("/g/answers").await), "/g/over");
    for path in ["/", "/posts", "/people", "/outbox", "/ledger"] {
        let mut meera = site.browser("guardian").await;
        assert_ne!(meera.get(path).await.status, StatusCode::OK, "{path} is for staff");
    }
}

#[tokio::test]
async fn a_mother_answers_and_what_she_read_is_kept_with_it() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/children/1/answer").await.text();
    assert!(page.contains("<h1>May we show Asha in pictures?</h1>"), "{page}");
    assert!(!page.contains(" checked"), "nothing is ever ticked for a parent");
    assert_eq!(page.matches("value=\"yes\"").count(), page.matches("value=\"no\"").count());
    site.clock.advance_ms(60_000);
    let saved = answer(&mut meera, "/g/children/1/answer", "yes", "first").await;
    assert_eq!(to(&saved), "/g/answers?saved=yes");
    let all = answers(&site).await;
    assert_eq!(all.len(), QUESTIONS.len());
    let words = Editions(&mut site.app.records.read().await.unwrap()).words(&all[0].wording).await.unwrap();
    assert_eq!(
        words.unwrap(),
        cleansheet_locales::shipped(cleansheet_locales::Reader::Guardian, Language::English)
    );
    for one in &all {
        assert!(one.yes && one.naming == Naming::First && one.way == Way::Link, "{one:?}");
        assert_eq!((one.language.as_str(), one.until.to_string().as_str()), ("en", "2027-11-21"));
        assert!(
            one.evidence.contains("a code sent to the address on record; invitation_"),
            "{}",
            one.evidence
        );
    }
    let page = meera.get("/g/answers?saved=yes").await.text();
    assert!(page.contains("Your answers are saved.") && page.contains("21 November 2027"), "{page}");
    let mail = Mails(&mut site.app.records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("meera@example.org", "We have your answers"));
    assert!(!mail.body.contains("Asha") && mail.body.contains("If this was not you"), "{}", mail.body);
}

#[tokio::test]
async fn a_form_that_is_not_whole_writes_nothing_and_says_what_is_missing() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    let path = "/g/children/1/answer";
    let unnamed = answer(&mut meera, path, "yes", "").await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unnamed.text().contains("Question 6 has no answer yet."), "{}", unnamed.text());
    let page = meera.get(path).await;
    for fields in [
        vec![],
        vec![("child", "participant_00"), ("words", "x"), ("language", "en"), ("news-website", "yes")],
        vec![("news-website", "yes"), ("naming", "full")],
    ] {
        let refused = meera.press(&page, path, &fields).await;
        assert!(refused.status.is_client_error(), "{fields:?}: {}", refused.status);
    }
    let kept = page.kept();
    let child = &kept.iter().find(|(name, _)| name == "child").unwrap().1;
    let old = [("child", child.as_str()), ("words", "0"), ("language", "en")];
    let changed = meera.press(&page, path, &old).await;
    assert_eq!(changed.status, StatusCode::CONFLICT);
    assert!(changed.text().contains("The questions have changed"));
    assert!(answers(&site).await.is_empty());
}

#[tokio::test]
async fn no_to_everything_needs_no_name_and_a_yes_taken_back_has_a_receipt() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    assert_eq!(to(&answer(&mut meera, "/g/children/1/answer", "no", "").await), "/g/answers?saved=yes");
    assert!(answers(&site).await.iter().all(|one| !one.yes));
    answer(&mut meera, "/g/children/1/answer", "yes", "full").await;
    let less = to(&answer(&mut meera, "/g/children/1/answer", "yes", "none").await);
    assert!(less.starts_with("/g/receipts/"), "{less}");
    assert!(meera.get(&less).await.text().contains("Your answers for Asha have changed"));
}

#[tokio::test]
async fn a_language_is_chosen_before_signing_in_and_kept_and_mails_come_in_it() {
    let site = TestSite::new().await;
    let link = format!("/g/{}", site.invitation().await);
    let mut meera = site.stranger();
    let page = meera.get(&format!("{link}?language=ur")).await;
    assert!(page.text().contains("<html lang=\"ur\" dir=\"rtl\">"), "{}", page.text());
    assert_eq!(meera.cookie("language"), "ur");
    let asked = to(&meera.press(&page, &format!("{link}/code"), &[]).await);
    let page = meera.get(&asked).await;
    assert!(
        page.text().contains("dir=\"rtl\"") && page.text().contains("?code=sent&amp;language=pl")
            || page.text().contains("?code=sent&#38;language=pl"),
        "{}",
        page.text()
    );
    let mail = Mails(&mut site.app.records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
    assert_eq!(mail.subject, "آپ کا کوڈ");
    let code = mail.body.lines().nth(2).unwrap().to_owned();
    assert_eq!(to(&meera.press(&page, &link, &[("code", &code)]).await), "/g/children/1/answer");
    let page = meera.get("/g/children/1/answer").await;
    assert!(page.text().contains("یہ سوال انگریزی میں ہیں"), "nobody has checked the Urdu words yet");
    assert!(
        page.text().contains("May we show Asha in pictures?")
            && page.text().contains("lang=\"en\" dir=\"ltr\"><h1>")
    );
    assert_eq!(to(&meera.press(&page, "/g/call", &[]).await), "/g/answers?call=asked");
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(9).await.unwrap();
    let told = mails.iter().find(|mail| mail.subject == "A family wants to be called").unwrap();
    assert!(told.body.contains("in Urdu") && !told.body.contains("Meera"), "{}", told.body);

    approve(&site, "ur").await;
    let saved = answer(&mut meera, "/g/children/1/answer", "yes", "none").await;
    assert_eq!(to(&saved), "/g/answers?saved=yes");
    assert!(answers(&site).await.iter().all(|one| one.language == "ur"));
    let guardian =
        Activities(&mut site.app.records.read().await.unwrap()).guardian(&site.guardian).await.unwrap();
    assert_eq!(guardian.unwrap().language, "ur");
    let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(9).await.unwrap();
    assert!(mails.iter().any(|mail| mail.subject == "ہمیں آپ کے جواب مل گئے ہیں"));
}

#[tokio::test]
async fn saying_no_works_in_a_language_that_nobody_has_checked() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    meera.get("/g/answers?language=bn").await;
    let page = meera.get("/g/children/1/answer").await;
    assert!(page.text().contains("সবকিছুতে না বলুন"));
    let receipt = to(&meera.press(&page, "/g/children/1/stop", &[]).await);
    assert!(meera.get(&receipt).await.text().contains("হয়ে গেছে"));
    assert!(answers(&site).await.iter().all(|one| !one.yes));
}

#[tokio::test]
async fn a_mother_sees_the_pictures_and_takes_one_down_and_nobody_else_sees_them_there() {
    let mut site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let url = post::public(&site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let text = page.text();
    let picture = text.split("src=\"/g/pictures/").nth(1).unwrap().split('"').next().unwrap();
    let picture = format!("/g/pictures/{picture}");
    assert_eq!(meera.get(&picture).await.bytes, post::PICTURE);
    assert_eq!(to(&site.stranger().get(&picture).await), "/g/over");
    for who in ["author", "manager", "participant"] {
        assert_eq!(site.browser(who).await.get(&picture).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    let own = picture.replace("/g/", "/own/");
    assert_eq!(site.browser("participant").await.get(&own).await.bytes, post::PICTURE, "she is in it");
    let down =
        text.split("action=\"").map(|rest| rest.split('"').next().unwrap()).find(|to| to.ends_with("/down"));
    let receipt = to(&meera.press(&page, down.unwrap(), &[]).await);
    work(&site).await;
    assert!(meera.get(&receipt).await.text().contains("We are taking this picture down."));
    assert_eq!(site.stranger().get(&url).await.status, StatusCode::NOT_FOUND);
    assert_eq!(meera.get(&picture).await.status, StatusCode::NOT_FOUND);
    let page = meera.get("/g/answers").await.text();
    assert!(page.contains("You said yes."), "the answers stay as they were");

    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let other =
        Activities(&mut tx).add_guardian("Kate Lunn", "kate@example.org", clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    site.guardian = other;
    let mut kate = site.browser("guardian").await;
    assert_eq!(kate.get(&picture).await.status, StatusCode::NOT_FOUND);
    assert!(kate.get("/g/answers").await.text().contains("No child is linked to you."));
}

#[tokio::test]
async fn never_show_is_remembered_for_the_one_who_asked_and_tells_nobody_else() {
    let mut site = TestSite::new().await;
    let father = father(&site).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let receipt = to(&meera.press(&page, "/g/children/1/never", &[]).await);
    assert!(meera.get(&receipt).await.text().contains("We stop showing Asha."));
    assert!(
        meera.get("/g/answers").await.text().contains("You asked us on 21 November 2026 never to show Asha.")
    );
    let asha =
        Activities(&mut site.app.records.read().await.unwrap()).participants().await.unwrap().remove(0);
    assert!(asha.no_image);
    let mother = std::mem::replace(&mut site.guardian, father);
    let mut rohan = site.browser("guardian").await;
    answer(&mut rohan, "/g/children/1/answer", "yes", "none").await;
    let page = rohan.get("/g/answers").await.text();
    assert!(page.contains("The face is covered.") && !page.contains("You asked us"), "{page}");

    // The safeguarding lead reads who asked before lifting it; after that she can ask again.
    let mut lead = site.browser("dsl").await;
    let path = format!("/participants/{}/protect", asha.id);
    let page = lead.get(&path).await;
    assert!(page.text().contains("Meera Verma asked for it on 21 November 2026."), "{}", page.text());
    to(&lead.press(&page, &path, &[("do", "lift")]).await);
    site.guardian = mother;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    assert!(page.text().contains("Never show Asha anywhere"), "{}", page.text());
    to(&meera.press(&page, "/g/children/1/never", &[]).await);
    assert!(site.browser("dsl").await.get(&path).await.text().contains("No picture, anywhere"));
}

/// The other's silence and the other's no look the same on her page.
#[tokio::test]
async fn a_no_of_the_other_parent_changes_no_letter_of_her_page() {
    let mut site = TestSite::new().await;
    let mother = site.guardian.clone();
    let father = father(&site).await;
    let mut meera = site.browser("guardian").await;
    answer(&mut meera, "/g/children/1/answer", "yes", "none").await;
    let main = |page: Answer| {
        page.text().split("<main").nth(1).unwrap().split("name=\"csrf\"").next().unwrap().to_owned()
    };
    let before = main(meera.get("/g/answers").await);
    assert!(before.contains("The face is covered."), "{before}");
    site.guardian = father;
    let mut rohan = site.browser("guardian").await;
    answer(&mut rohan, "/g/children/1/answer", "no", "").await;
    site.guardian = mother;
    let mut meera = site.browser("guardian").await;
    assert_eq!(main(meera.get("/g/answers").await), before);
}

/// What the other guardian and the child have done leaves no trace on any page but the one word of what comes of it.
#[tokio::test]
async fn no_page_of_one_guardian_holds_the_others_name_mail_answer_or_time() {
    let mut site = TestSite::with_child_born("2013-02-03").await;
    let mother = site.guardian.clone();
    let mut asha = site.browser("participant").await;
    answer(&mut asha, "/own/answer", "yes", "full").await;
    let pages = async |site: &TestSite| {
        let mut meera = site.browser("guardian").await;
        let mut all = Vec::new();
        for path in ["/g/answers", "/g/children/1/answer", "/g/complain"] {
            let page = meera.get(path).await.text();
            let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
            all.push(page.replace(token, "TOKEN"));
        }
        all
    };
    let before = pages(&site).await;
    let other = father(&site).await;
    site.guardian = other;
    let mut rohan = site.browser("guardian").await;
    answer(&mut rohan, "/g/children/1/answer", "no", "").await;
    let page = rohan.get("/g/complain").await;
    rohan.press(&page, "/g/complain", &[("words", "Her mother said yes for both of us.")]).await;
    rohan.press(&page, "/g/call", &[]).await;
    rohan.press(&page, "/g/children/1/never", &[]).await;
    site.guardian = mother;
    assert_eq!(pages(&site).await, before, "nothing that he did shows on her pages");
    let mut meera = site.browser("guardian").await;
    answer(&mut meera, "/g/children/1/answer", "yes", "full").await;
    let page = meera.get("/g/answers").await.text();
    assert!(page.contains("You said yes.") && page.contains("The face is covered."));
    for word in ["Rohan", "rohan", "You said no", "refus", "flag"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
}

#[tokio::test]
async fn at_eighteen_a_guardian_has_nothing_to_say_and_nothing_to_see() {
    let site = TestSite::with_child_born("2008-11-21").await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    assert!(page.text().contains("No child is linked to you."));
    assert_eq!(meera.press(&page, "/g/children/1/stop", &[]).await.status, StatusCode::NOT_FOUND);
    let mut asha = site.browser("participant").await;
    assert!(asha.get("/own/answer").await.text().contains("You alone decide about pictures of you."));
}
