//! Participants, guardians, rosters and sheets on their pages.

use cleansheet_records::activities::{Activities, Participant};
use cleansheet_terms::ParticipantId;

use crate::{
    confirm::prove,
    pages::main_of,
    post::to,
    site::{Answer, Browser, TestSite},
};

const SHEET: &str = "First name,Surname,DOB,Parent 1,Parent 1 email,Parent 1 mobile,Language,Team,Session date,Medical\r\n\
    Zofia,Wrona,03/02/2016,Ewa Wrona,ewa.wrona@example.org,07700 900123,Polish,Under-11s,28/11/2026,asthma\r\n\
    Asha,Verma,03/02/2016,Meera Verma,meera.new@example.org,,,Saturday skills,21/11/2026,\r\n\
    Ashe,Verma,03/02/2016,,,,,,,\r\n\
    Kofi,Mensa,30/02/2016,Abena Mensa,abena at example.org,,,,,\r\n";

async fn participants(site: &TestSite) -> Vec<Participant> {
    Activities(&mut site.app.records.read().await.unwrap()).participants().await.unwrap()
}

async fn named(site: &TestSite, name: &str) -> ParticipantId {
    participants(site).await.into_iter().find(|one| one.name == name).unwrap().id
}

async fn send(browser: &mut Browser, address: &str, sheet: &[u8]) -> Answer {
    let page = browser.get(address).await;
    browser.upload(address, &page.token(), &[], &[("list.csv", sheet)]).await
}

/// The hidden field that names what somebody saw.
fn seen(page: &Answer) -> String {
    page.kept().into_iter().find(|(name, _)| name == "seen").unwrap().1
}

#[tokio::test]
async fn a_sheet_is_looked_at_decided_and_imported_without_a_script() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let preview = to(&send(&mut dele, "/imports/new/all", SHEET.as_bytes()).await);
    let page = dele.get(&preview).await;
    insta::assert_snapshot!("import_to_decide", main_of(&page));
    assert!(page.text().contains("Not used and not kept: Medical"), "{}", page.text());
    // Nothing is written, and pressing too early says what is missing.
    assert_eq!(participants(&site).await.len(), 1);
    let (accept, token) = (format!("{preview}/accept"), seen(&page));
    let early = to(&dele.press(&page, &accept, &[("seen", &token)]).await);
    assert!(dele.get(&early).await.text().contains("2 rows still wait for you"));
    let choices = [("show", "look"), ("row-4", "another"), ("row-5", "leave")];
    let kept = to(&dele.press(&page, &preview, &choices).await);
    assert!(dele.get(&kept).await.text().contains("No such row"), "all are decided");
    // The preview survives a reload, and another colleague sees it too.
    let mut ruth = site.browser("dsl").await;
    let page = ruth.get(&format!("{preview}?show=all")).await;
    insta::assert_snapshot!("import_ready", main_of(&page));
    let fields = [("seen", seen(&page)), ("row-5", "leave".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(to(&ruth.press(&page, &accept, &fields).await), preview);
    insta::assert_snapshot!("imported", main_of(&ruth.get(&preview).await));
    let names: Vec<String> = participants(&site).await.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Asha Verma", "Ashe Verma", "Zofia Wrona"]);
    let page = dele.get(&preview).await;
    assert_eq!(to(&dele.press(&page, &accept, &fields).await), preview, "a second press");
    assert_eq!(participants(&site).await.len(), 3, "imports nothing more");
}

#[tokio::test]
async fn a_decision_made_with_the_last_press_is_shown_first() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let preview =
        to(&send(&mut dele, "/imports/new/all", b"Name,DOB\nJo New,1/2/2015\nAl New,2/2/2015\n").await);
    let page = dele.get(&preview).await;
    let seen = seen(&page);
    let fields = [("seen", seen.as_str()), ("row-2", "take"), ("row-3", "leave")];
    let again = to(&dele.press(&page, &format!("{preview}/accept"), &fields).await);
    assert_eq!(again, format!("{preview}?say=again"));
    assert_eq!(participants(&site).await.len(), 1);
    let page = dele.get(&again).await;
    assert!(page.text().contains("This is different from what you saw"));
    dele.press(&page, &format!("{preview}/drop"), &[]).await;
    assert_eq!(dele.get(&preview).await.status, 409, "it is forgotten");
}

#[tokio::test]
async fn files_that_are_no_sheets_are_refused_in_a_sentence() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    for (bytes, says) in [
        (&b"\x89PNG\r\n\x1a\n\0\0"[..], "This is no sheet"),
        (b"", "The file is empty"),
        (b"just words\nand more\n", "No headings were found"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
    ] {
        let answer = send(&mut dele, "/imports/new/all", bytes).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(says), "{}", answer.text());
    }
}

#[tokio::test]
async fn our_own_export_comes_back_and_changes_nothing() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/participants").await;
    dele.press(&page, "/participants", &[("name", "=HYPERLINK(A1)"), ("born", "3 Feb 2015")]).await;
    dele.press(&page, "/participants", &[("name", "Grown Up"), ("born", ""), ("adult", "yes")]).await;
    for file in ["/participants.csv", "/participants.xlsx"] {
        let answer = dele.get(file).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers["content-disposition"].to_str().unwrap().contains(&file[1..]));
        let preview = to(&send(&mut dele, "/imports/new/all", &answer.bytes).await);
        let text = dele.get(&preview).await.text();
        assert!(
            text.contains("3 rows are on record already") && !text.contains("new</li>"),
            "{file}: {text}"
        );
    }
    let text = dele.get("/participants.csv?words=hyper").await.text();
    assert!(text.contains("\"'=HYPERLINK(A1)\"") && !text.contains("Asha"), "{text}");
}

#[tokio::test]
async fn a_roster_is_imported_for_one_activity_and_kept_by_staff() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let mut jo = site.browser("author").await;
    let page = jo.get("/activities").await;
    let fields = [("name", "Sunday cup"), ("place", "Lark Lane"), ("day", "29/11/2026")];
    let activity = to(&jo.press(&page, "/activities", &fields).await);
    let id = activity.rsplit('/').next().unwrap();
    let sheet = b"Name,Date of birth,Team\nAsha Verma,3/2/2016,Others\nLeo Hartwell,4/5/2017,Others\n";
    let preview = to(&send(&mut dele, &format!("/imports/new/{id}"), sheet).await);
    let page = dele.get(&preview).await;
    assert!(page.text().contains("Everybody goes on the roster of Sunday cup, 29 November 2026"));
    dele.press(&page, &format!("{preview}/accept"), &[("seen", &seen(&page))]).await;
    let page = jo.get(&activity).await;
    insta::assert_snapshot!("activity_staff", main_of(&page));
    let leo = named(&site, "Leo Hartwell").await.to_string();
    let roster = format!("{activity}/roster");
    jo.press(&page, &roster, &[("off", &leo)]).await;
    assert!(!jo.get(&activity).await.text().contains("Leo Hartwell"));
    let page = jo.get(&format!("{activity}?words=hartw")).await;
    assert!(page.text().contains("Put on<span class=\"vh\"> Leo Hartwell"), "{}", page.text());
    jo.press(&page, &roster, &[("on", &leo)]).await;
    assert!(jo.get(&format!("/participants/{leo}")).await.text().contains("Sunday cup"));
    let file = dele.get(&format!("{activity}/roster.csv")).await.text();
    assert!(file.contains("\"Leo Hartwell\",\"2017-05-04\",\"\",\"Sunday cup\",\"2026-11-29\""), "{file}");
    insta::assert_snapshot!("activities", main_of(&jo.get("/activities").await));
}

#[tokio::test]
async fn staff_see_who_can_appear_and_nobody_s_parents() {
    let site = TestSite::new().await;
    let asha = named(&site, "Asha Verma").await;
    let (mut jo, mut dele) = (site.browser("author").await, site.browser("manager").await);
    for path in ["/participants".to_owned(), format!("/participants/{asha}")] {
        let text = jo.get(&path).await.text();
        assert!(text.contains("Asha Verma") && text.contains("Cannot appear"), "{text}");
        for private in ["Meera", "meera@example.org", "2016", "/guardians"] {
            assert!(!text.contains(private), "{path}: {private}");
        }
    }
    insta::assert_snapshot!("participant_staff", main_of(&jo.get(&format!("/participants/{asha}")).await));
    insta::assert_snapshot!("participant", main_of(&dele.get(&format!("/participants/{asha}")).await));
    insta::assert_snapshot!("participants", main_of(&dele.get("/participants").await));
}

#[tokio::test]
async fn guardians_are_added_changed_and_ended_after_a_proof() {
    let site = TestSite::new().await;
    let asha = named(&site, "Asha Verma").await;
    let path = format!("/participants/{asha}");
    let mut dele = site.asked_browser("manager").await;
    let page = dele.get(&path).await;
    let new = [
        ("name", "Rohan Verma"),
        ("mail", ""),
        ("phone", "(01632) 960 123"),
        ("relation", "other"),
        ("language", "ur"),
    ];
    let asked = dele.press(&page, &format!("{path}/guardians"), &new).await;
    assert!(asked.text().contains("Confirm that it is you"));
    prove(&site, &dele).await;
    assert_eq!(to(&dele.press(&page, &format!("{path}/guardians"), &new).await), path);
    let text = dele.get(&path).await.text();
    assert!(text.contains("none: print a letter") && text.contains("01632 960 123"), "{text}");
    assert!(text.contains("Urdu"));
    let wrong =
        [("name", "Rohan Verma"), ("mail", "rohan at home"), ("relation", "other"), ("language", "en")];
    let refused = dele.press(&page, &format!("{path}/guardians"), &wrong).await;
    assert!(refused.text().contains("is no mail address"), "{}", refused.text());
    let meera = site.guardian.to_string();
    let changed = [
        ("name", "Meera Verma"),
        ("mail", "Meera.V@example.org"),
        ("relation", "parent"),
        ("language", "en"),
    ];
    dele.press(&page, &format!("{path}/guardians/{meera}"), &changed).await;
    assert!(dele.get(&path).await.text().contains("meera.v@example.org"));
    dele.press(&page, &format!("{path}/guardians/{meera}/end"), &[]).await;
    let text = dele.get(&path).await.text();
    assert!(text.contains("No longer: Meera Verma (until 21 November 2026)"), "{text}");
    // Whoever no longer answers for a child is not changed by the child's page.
    let stranger = dele.press(&page, &format!("{path}/guardians/{meera}"), &changed).await;
    assert_eq!(stranger.status, 404);
}

#[tokio::test]
async fn details_change_and_people_leave_and_return() {
    let site = TestSite::new().await;
    let asha = named(&site, "Asha Verma").await;
    let path = format!("/participants/{asha}");
    let mut ruth = site.browser("dsl").await;
    let page = ruth.get(&path).await;
    let leaves =
        [("name", "Asha K. Verma"), ("born", "4 Feb 2016"), ("reference", "A-7"), ("left", "20/11/2026")];
    assert_eq!(to(&ruth.press(&page, &path, &leaves).await), path);
    let text = ruth.get(&path).await.text();
    for word in
        ["Asha K. Verma", "4 February 2016", "A-7", "Their last day in activities is 20 November 2026"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    let returns = [("name", "Asha Verma"), ("born", "4/2/2016"), ("left", "")];
    ruth.press(&page, &path, &returns).await;
    assert!(!ruth.get(&path).await.text().contains("Their last day"));
    for (born, says) in
        [("31/02/2016", "not in the calendar"), ("4/2/2099", "still to come"), ("4/2/16", "two digits")]
    {
        let refused = ruth.press(&page, &path, &[("name", "Asha Verma"), ("born", born)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(says), "{born}");
    }
    for (mail, says) in [
        ("asha@example", "is no mail address"),
        ("zoë@example.org", "is no mail address"),
        ("a@example.org, b@example.org", "is more than one address"),
    ] {
        let refused = ruth.press(&page, &path, &[("name", "Asha Verma"), ("mail", mail)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(says), "{mail}");
    }
}

#[tokio::test]
async fn two_records_are_made_one_or_said_to_be_two() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/participants").await;
    for name in ["Asha Vema", "Asha Verna"] {
        dele.press(&page, "/participants", &[("name", name), ("born", "3/2/2016")]).await;
        site.clock.advance_ms(1);
    }
    let (asha, vema, verna) = (
        named(&site, "Asha Verma").await.to_string(),
        named(&site, "Asha Vema").await.to_string(),
        named(&site, "Asha Verna").await.to_string(),
    );
    assert!(dele.get("/participants").await.text().contains("Some children may be here twice"));
    let page = dele.get("/participants/duplicates").await;
    insta::assert_snapshot!("duplicates", main_of(&page));
    let two = [("one", asha.as_str()), ("other", verna.as_str()), ("do", "two")];
    dele.press(&page, "/participants/duplicates", &two).await;
    let keep = [("one", asha.as_str()), ("other", vema.as_str()), ("do", "keep-one")];
    dele.press(&page, "/participants/duplicates", &keep).await;
    assert_eq!(to(&dele.get(&format!("/participants/{vema}")).await), format!("/participants/{asha}"));
    assert_eq!(participants(&site).await.len(), 2);
    let again = dele.press(&page, "/participants/duplicates", &keep).await;
    assert_eq!(again.status, 409);
    assert!(dele.get("/participants/duplicates").await.text().contains("Nobody looks like somebody else"));
}
