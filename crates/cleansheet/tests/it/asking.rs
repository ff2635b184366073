//! Asking families, on their pages: the list and its buttons, letters, forms on paper, the sign of an event, text messages.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use cleansheet::{app::Settings, jobs, profile::Profile, sms::SmsGateway};
use cleansheet_locales::{Language, shipped};
use cleansheet_records::{
    activities::{Activities, GuardianDetails},
    consents::{Consents, Editions, Kind, NewEdition, Purpose, Reader},
    mails::Mails,
};
use cleansheet_terms::{Naming, Network};

use crate::{
    post::to,
    site::{Answer, Browser, ORIGIN, TestSite},
};

/// The number in the tests; one of those kept for drama.
const PHONE: &str = "07700900123";

/// Says how the only guardian is reached.
async fn reached_by(site: &TestSite, mail: &str, phone: &str) {
    let (clock, mut chance, dele) = (&*site.clock, &site.app.entropy, &site.people["manager"]);
    let details = GuardianDetails { name: "Meera Verma", mail, phone, language: "en" };
    let mut tx = site.app.records.begin().await.unwrap();
    let mut activities = Activities(&mut tx);
    activities.change_guardian(&site.guardian, &details, dele, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
}

async fn mails(site: &TestSite) -> Vec<(String, String)> {
    let all = Mails(&mut site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    all.into_iter().map(|mail| (mail.to, mail.body)).collect()
}

/// Between quotes behind `start`.
fn within<'t>(text: &'t str, start: &str) -> &'t str {
    text.split(start).nth(1).expect("the page has it").split('"').next().unwrap()
}

async fn press_ask_all(dele: &mut Browser) -> Answer {
    let page = dele.get("/asking").await;
    let pressed = dele.press(&page, "/asking", &[("do", "ask-all")]).await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER, "{}", pressed.text());
    dele.get(&to(&pressed)).await
}

#[tokio::test]
async fn one_press_asks_everybody_and_a_second_nobody() {
    let site = TestSite::new().await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/asking").await.text();
    assert!(page.contains("Asha Verma") && page.contains("Meera Verma: not asked yet"), "{page}");
    let asked = press_ask_all(&mut dele).await.text();
    assert!(asked.contains("One mail.") && asked.contains("Meera Verma: asked by mail today"), "{asked}");
    let (to_whom, body) = mails(&site).await.into_iter().find(|(_, body)| body.contains("/g/")).unwrap();
    assert!(to_whom == "meera@example.org" && !body.contains("Asha") && !body.contains("Meera"), "{body}");
    let link = body.split(ORIGIN).nth(1).unwrap().split_whitespace().next().unwrap();
    assert_eq!(site.stranger().get(link).await.status, StatusCode::OK);
    let page = dele.get("/asking").await;
    let again = to(&dele.press(&page, "/asking", &[("do", "ask-all")]).await);
    assert!(dele.get(&again).await.text().contains("Nobody is written to"));
    assert_eq!(mails(&site).await.iter().filter(|(_, body)| body.contains("/g/")).count(), 1);
    // A week later the program reminds by itself; and by a press, those ticked.
    site.clock.advance_ms(7 * 86_400_000);
    site.app.ask_by_itself().await.unwrap();
    assert_eq!(mails(&site).await.iter().filter(|(_, body)| body.contains("no answer yet")).count(), 1);
    let mut dele = site.browser("manager").await;
    let page = dele.get("/asking").await;
    let child = within(&page.text(), "name=\"participant\" value=\"").to_owned();
    let none = dele.press(&page, "/asking", &[("do", "remind")]).await;
    assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text().contains("Nobody is ticked"));
    site.clock.advance_ms(25 * 3_600_000);
    let mut dele = site.browser("manager").await;
    let page = dele.get("/asking").await;
    let done = to(&dele.press(&page, "/asking", &[("do", "remind"), ("participant", &child)]).await);
    assert!(dele.get(&done).await.text().contains("reminded twice"));
    let file = dele.get("/asking.csv").await;
    assert!(
        file.text().contains("\"Asha Verma\",\"Meera Verma\",\"2026-11-21\",\"by mail\",\"8\",\"2\""),
        "{}",
        file.text()
    );
}

#[tokio::test]
async fn a_letter_is_printed_once_and_its_code_opens_the_page() {
    let site = TestSite::new().await;
    reached_by(&site, "", "").await;
    let mut dele = site.browser("manager").await;
    assert!(press_ask_all(&mut dele).await.text().contains("One letter is to be printed"));
    let page = dele.get("/asking/letters").await;
    let letters = dele.press(&page, "/asking/letters", &[]).await.text();
    assert!(letters.contains("To Meera Verma") && letters.contains("by way of Asha"), "{letters}");
    let code = letters.split("class=\"printed\"><bdi>").nth(1).unwrap().split('<').next().unwrap();
    let link = letters.split(&format!("<bdi>{ORIGIN}")).nth(1).unwrap().split('<').next().unwrap();
    assert!(dele.get("/asking/letters").await.text().contains("No letter is to be printed"));
    let mut meera = site.stranger();
    let page = meera.get(link).await;
    let entered = meera.press(&page, link, &[("code", code)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text());
}

/// The number at the foot of an empty form for a parent.
async fn mark(browser: &mut Browser) -> String {
    let blank = browser.get("/asking/paper/blank?reader=guardian").await.text();
    assert!(blank.contains("This counts for every yes above"), "{blank}");
    blank.split("Number of this form: <strong>").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

fn read<'f>(child: &'f str, visitor: &'f str, mark: &'f str, social: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("participant", child),
        ("visitor", visitor),
        ("signed", "2026-11-21"),
        ("mark", mark),
        ("news-website", "yes"),
        ("news-social", social),
        ("press-press", "empty"),
        ("promotion-website", "no"),
        ("promotion-social", "no"),
        ("naming", "first"),
    ]
}

#[tokio::test]
async fn a_form_on_paper_counts_once_two_people_read_the_same() {
    let site = TestSite::new().await;
    let (mut dele, mut ruth) = (site.browser("manager").await, site.browser("dsl").await);
    let found = dele.get("/asking/paper?words=asha").await.text();
    let form = within(&found, "href=\"/asking/paper/form?").replace("&amp;", "&").replace("&#38;", "&");
    let (child, visitor) = form.strip_prefix("participant=").unwrap().split_once("&visitor=").unwrap();
    let address = format!("/asking/paper/form?{form}");
    let mark = mark(&mut dele).await;
    let read = |social| read(child, visitor, &mark, social);
    let page = dele.get(&address).await;
    assert!(!page.text().contains(" checked"), "nothing is ticked beforehand");
    for wrong in [read("yes")[..6].to_vec(), [read("yes"), vec![("naming", "full")]].concat(), read("maybe")]
    {
        let refused = dele.press(&page, "/asking/paper/form", &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    let done = to(&dele.press(&page, "/asking/paper/form", &read("yes")).await);
    assert_eq!(done, "/asking/paper?done=waiting");
    let list = ruth.get("/asking/paper").await.text();
    assert!(list.contains("Your turn") && list.contains("Dele Okafor entered it"), "{list}");
    let page = ruth.get(&address).await;
    assert!(!page.text().contains(" checked"), "the second person does not see what the first read");
    let done = to(&ruth.press(&page, "/asking/paper/form", &read("no")).await);
    assert_eq!(done, "/asking/paper?done=differs");
    let list = dele.get("/asking/paper").await.text();
    assert!(list.contains("differ: “On our social media, when we report what we do”"), "{list}");
    let page = dele.get(&address).await;
    let done = to(&dele.press(&page, "/asking/paper/form", &read("no")).await);
    assert_eq!(done, "/asking/paper?done=counts0");
    let mut tx = site.app.records.read().await.unwrap();
    let asha = Activities(&mut tx).participants().await.unwrap().remove(0);
    let newest = Consents(&mut tx).newest(&asha.id, Purpose::News, Kind::Website).await.unwrap();
    let answer = newest.values().next().unwrap();
    assert!(
        answer.yes && answer.naming == Naming::First && answer.evidence.contains("2026-11-21"),
        "{answer:?}"
    );
    let social = Consents(&mut tx).newest(&asha.id, Purpose::News, Kind::Social).await.unwrap();
    assert!(!social.values().next().unwrap().yes);
    assert!(answer.evidence.contains(&mark.replace(' ', "")), "{answer:?}");
    assert!(Consents(&mut tx).newest(&asha.id, Purpose::Press, Kind::Press).await.unwrap().is_empty());
}

async fn sign(site: &TestSite) -> String {
    let activity =
        Activities(&mut site.app.records.read().await.unwrap()).activities().await.unwrap().remove(0);
    let (mut jo, path) = (site.browser("author").await, format!("/activities/{}/spot", activity.id));
    let page = jo.get(&path).await;
    let sign = jo.press(&page, &path, &[]).await.text();
    sign.split(&format!("<bdi>{ORIGIN}"))
        .nth(1)
        .expect("the sign has an address")
        .split('<')
        .next()
        .unwrap()
        .to_owned()
}

const SAM: [(&str, &str); 10] = [
    ("name", "Sam Carter"),
    ("mail", ""),
    ("adult", "yes"),
    ("news-website", "yes"),
    ("news-social", "no"),
    ("press-press", "no"),
    ("promotion-website", "no"),
    ("promotion-social", "no"),
    ("naming", "none"),
    ("do", "answer"),
];

/// What Sam sends from a page: all but one field, and what the page kept.
fn sent<'f>(kept: &'f [(String, String)], without: &str) -> Vec<(&'f str, &'f str)> {
    let around = kept.iter().filter(|(name, _)| ["once", "words"].contains(&name.as_str()));
    let sam = SAM.into_iter().filter(|(name, _)| *name != without);
    sam.chain(around.map(|(name, value)| (name.as_str(), value.as_str()))).collect()
}

#[tokio::test]
async fn a_yes_on_the_spot_is_to_the_words_that_stood_there() {
    let site = TestSite::new().await;
    let path = sign(&site).await;
    let mut sam = site.stranger();
    let page = sam.get(&path).await;
    let before = Activities(&mut site.app.records.read().await.unwrap()).participants().await.unwrap().len();
    let adult = shipped(Reader::Adult, Language::English).replace("show you", "show you on every poster");
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let words = Reader::ALL.map(|reader| match reader {
        Reader::Adult => (reader, adult.as_str()),
        _ => (reader, shipped(reader, Language::English)),
    });
    let new = NewEdition { words, networks: &Network::ALL, by: None };
    Editions(&mut tx).put_in_force(&new, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    let changed = sam.press(&page, &path, &sent(&page.kept(), "")).await;
    assert_eq!(changed.status, StatusCode::CONFLICT);
    let text = changed.text();
    assert!(text.contains("The questions have changed") && text.contains("on every poster"), "{text}");
    assert!(text.contains("Sam Carter") && !text.contains(" checked"), "nothing is ticked: {text}");
    let mut tx = site.app.records.read().await.unwrap();
    let all = Activities(&mut tx).participants().await.unwrap();
    assert_eq!(all.len(), before, "nobody is on record, so nobody has answered");
    drop(tx);
    let thanks = sam.press(&changed, &path, &sent(&changed.kept(), "")).await;
    assert!(thanks.text().contains("Thank you, Sam"), "{}", thanks.text());
}

#[tokio::test]
async fn an_adult_answers_on_the_spot_and_the_coach_finds_them_on_the_roster() {
    let site = TestSite::new().await;
    let path = sign(&site).await;
    let mut sam = site.stranger();
    let page = sam.get(&path).await;
    assert!(page.text().contains("taken today?") && !page.text().contains(" checked"), "nothing is ticked");
    let younger = sam.press(&page, &path, &[("do", "younger")]).await.text();
    assert!(younger.contains("Ask your parent or carer"), "{younger}");
    assert!(page.text().contains("This counts for every yes above"), "{}", page.text());
    let kept = page.kept();
    let send = |without: &'static str| sent(&kept, without);
    for (without, says) in [
        ("adult", "Say that you are 18 or over"),
        ("news-social", "Answer each question"),
        ("naming", "beside a picture"),
        ("name", "The form arrived damaged"),
    ] {
        let again = sam.press(&page, &path, &send(without)).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{without}");
        assert!(again.text().contains(says), "{without}: {}", again.text());
    }
    for added in [("press-press", "yes"), ("q-press-press", "yes"), ("participant", "participant_1")] {
        let again = sam.press(&page, &path, &[send(""), vec![added]].concat()).await;
        assert!(again.text().contains("The form arrived damaged"), "{added:?}");
    }
    let nameless: Vec<_> =
        send("").into_iter().map(|(name, value)| (name, if name == "name" { " " } else { value })).collect();
    assert!(sam.press(&page, &path, &nameless).await.text().contains("Write your name"));
    let thanks = sam.press(&page, &path, &send("")).await.text();
    assert!(thanks.contains("Thank you, Sam"), "{thanks}");
    let twice = sam.press(&page, &path, &send("")).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    let own = thanks.split(&format!("<bdi>{ORIGIN}")).nth(1).unwrap().split('<').next().unwrap().to_owned();
    let code = thanks.split("class=\"printed\"><bdi>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let page = sam.get(&own).await;
    assert_eq!(sam.press(&page, &own, &[("code", &code)]).await.status, StatusCode::SEE_OTHER);
    let mut tx = site.app.records.read().await.unwrap();
    let activity = Activities(&mut tx).activities().await.unwrap().remove(0);
    let roster = Activities(&mut tx).roster(&activity.id).await.unwrap();
    assert!(roster.iter().any(|one| one.name == "Sam Carter" && one.adult));
    drop(tx);
    assert_eq!(site.stranger().get("/spot/none").await.status, StatusCode::NOT_FOUND);
    site.clock.advance_ms(2 * 86_400_000);
    assert_eq!(site.stranger().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_adult_with_the_name_of_a_child_is_thanked_like_others_and_waits_for_a_word() {
    let site = TestSite::new().await;
    let path = sign(&site).await;
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let thanks = async |site: &TestSite| {
        let mut sam = site.stranger();
        let page = sam.get(&path).await;
        let text = sam.press(&page, &path, &sent(&page.kept(), "")).await.text();
        let own = text.split(&format!("<bdi>{ORIGIN}")).nth(1).unwrap().split('<').next().unwrap();
        let code = text.split("class=\"printed\"><bdi>").nth(1).unwrap().split('<').next().unwrap();
        text.replace(own, "OWN").replace(code, "CODE")
    };
    let before = thanks(&site).await;
    let mut tx = site.app.records.begin().await.unwrap();
    let born = Some("2009-03-04".parse().unwrap());
    Activities(&mut tx).add_participant("Sam Carter", born, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(thanks(&site).await, before);
    let on_roster = async |site: &TestSite| {
        let mut tx = site.app.records.read().await.unwrap();
        let activity = Activities(&mut tx).activities().await.unwrap().remove(0);
        let roster = Activities(&mut tx).roster(&activity.id).await.unwrap();
        roster.into_iter().filter(|one| one.name == "Sam Carter").count()
    };
    assert_eq!(on_roster(&site).await, 1, "the one who came before the child was on record");
    let list = site.browser("author").await.get("/participants?words=sam").await.text();
    assert_eq!((list.matches("Cannot appear").count(), list.matches("Can appear").count()), (2, 1), "{list}");
    let mut dele = site.browser("manager").await;
    let page = dele.get("/participants/duplicates").await;
    let text = page.text();
    let waits = text.find("One of them answered at an event as an adult").expect("it says so");
    let pair = text[..waits].rfind("<section").map(|start| &text[start..]).unwrap();
    let (one, other) = (within(pair, "name=\"one\" value=\""), within(pair, "name=\"other\" value=\""));
    let fields = [("one", one), ("other", other), ("do", "two")];
    dele.press(&page, "/participants/duplicates", &fields).await;
    assert_eq!(on_roster(&site).await, 2);
}

#[derive(Clone, Default)]
struct Gateway {
    answers: Arc<Mutex<Vec<StatusCode>>>,
    taken: Arc<Mutex<Vec<(String, String)>>>,
}

async fn take(State(gateway): State<Gateway>, headers: HeaderMap, body: String) -> StatusCode {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    assert_eq!(header("authorization"), "Bearer a-secret-of-the-tests");
    gateway.taken.lock().unwrap().push((header("idempotency-key"), body));
    gateway.answers.lock().unwrap().pop().unwrap_or(StatusCode::OK)
}

/// A trust whose families have telephones only, and a gateway that gives these answers, the last one first.
async fn with_gateway(answers: &[StatusCode]) -> (TestSite, Gateway) {
    let gateway = Gateway::default();
    gateway.answers.lock().unwrap().extend_from_slice(answers);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/send", listener.local_addr().unwrap());
    let router = Router::new().route("/send", post(take)).with_state(gateway.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sms = SmsGateway::of(Some(address), Some("a-secret-of-the-tests".into())).unwrap();
    let site = TestSite::with(Settings { sms, ..Settings::new(ORIGIN, Profile::demo().unwrap()) }).await;
    reached_by(&site, "", PHONE).await;
    (site, gateway)
}

#[tokio::test]
async fn a_text_message_leaves_by_the_gateway_and_is_tried_again_when_it_could_not() {
    let (site, gateway) = with_gateway(&[StatusCode::INTERNAL_SERVER_ERROR, StatusCode::UNAUTHORIZED]).await;
    let mut dele = site.browser("manager").await;
    assert!(press_ask_all(&mut dele).await.text().contains("One text message."));
    for _ in 0..3 {
        jobs::run_due(&site.app).await.unwrap();
        site.clock.advance_ms(60_000);
    }
    jobs::run_due(&site.app).await.unwrap();
    let taken = gateway.taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 3, "twice in vain, then taken, then left alone");
    assert!(taken.iter().all(|one| one == &taken[0]), "the same key and the same words each time");
    let said: serde_json::Value = serde_json::from_str(&taken[0].1).unwrap();
    let text = said["text"].as_str().unwrap();
    assert!(said["to"] == PHONE && text.contains(&format!("{ORIGIN}/g/")), "{said}");
    assert!(!text.contains("Asha") && !text.contains("Meera"), "{text}");
    // The code comes the same way.
    let link = text.split(ORIGIN).nth(1).unwrap().to_owned();
    let mut meera = site.stranger();
    let page = meera.get(&link).await;
    meera.press(&page, &format!("{link}/code"), &[]).await;
    jobs::run_due(&site.app).await.unwrap();
    let said = gateway.taken.lock().unwrap().last().unwrap().1.clone();
    let code: String = said.split("Here is your code:\\n").nth(1).unwrap().chars().take(9).collect();
    assert_eq!(meera.press(&page, &link, &[("code", &code)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_text_message_that_is_refused_becomes_a_letter() {
    let (site, gateway) = with_gateway(&[StatusCode::UNPROCESSABLE_ENTITY]).await;
    let mut dele = site.browser("manager").await;
    press_ask_all(&mut dele).await;
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(gateway.taken.lock().unwrap().len(), 1);
    let page = dele.get("/asking").await.text();
    assert!(
        page.contains("One text message never arrived") && page.contains("One letter is to be printed"),
        "{page}"
    );
}
