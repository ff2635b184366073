//! The words people are asked in, as the Manager keeps them.

use axum::http::StatusCode;

use crate::{family_pages::answer, post::to, site::TestSite};

#[tokio::test]
async fn the_manager_changes_the_words_and_every_yes_is_asked_for_anew() {
    let site = TestSite::new().await;
    let mut meera = site.browser("guardian").await;
    answer(&mut meera, "/g/children/1/answer", "yes", "none").await;
    let mut dele = site.browser("manager").await;
    let page = dele.get("/wordings").await;
    assert!(
        page.text().contains("Not approved") && !page.text().contains("comes with other words"),
        "{}",
        page.text()
    );
    let edit = dele.get("/wordings/en/edit").await;
    assert!(edit.text().contains("Every yes has to be asked for anew"));
    let boxes = |text: &str| -> Vec<(String, String)> {
        let one = |part: &str| {
            let name = part.split("name=\"").nth(1)?.split('"').next()?.to_owned();
            let value = part.split_once('>')?.1.split("</textarea>").next()?.to_owned();
            Some((name, value.replace("&#39;", "'")))
        };
        text.split("<textarea").skip(1).filter_map(one).collect()
    };
    let mut texts = boxes(&edit.text());
    assert_eq!(texts.len(), 60);
    let edition = hidden(&edit.text(), "edition");
    texts.push(("edition".to_owned(), edition));
    texts[0].1 = "May we show { $mother }?".to_owned();
    let fields: Vec<(&str, &str)> = texts.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let refused = dele.press(&edit, "/wordings/en", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("$mother"), "{}", refused.text());
    texts[0].1 = "May we show { $child } in photos?".to_owned();
    let fields: Vec<(&str, &str)> = texts.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(to(&dele.press(&edit, "/wordings/en", &fields).await), "/wordings/en");
    let asked = meera.get("/g/children/1/answer").await.text();
    assert!(asked.contains("<h1>May we show Asha in photos?</h1>"), "{asked}");
    assert!(meera.get("/g/answers").await.text().contains("The questions have changed."));
    let page = dele.get("/wordings").await;
    assert!(page.text().contains("comes with other words") && page.text().contains("No translation"));
    let edit = dele.get("/wordings/pl/edit").await;
    let mut texts = boxes(&edit.text());
    let old = texts.clone().into_iter().chain([("edition".to_owned(), "edition_old".to_owned())]);
    let old: Vec<(String, String)> = old.collect();
    let fields: Vec<(&str, &str)> = old.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let late = dele.press(&edit, "/wordings/pl", &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains(&texts[3].1), "nothing that was written is lost");
    texts.push(("edition".to_owned(), hidden(&edit.text(), "edition")));
    let fields: Vec<(&str, &str)> = texts.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(to(&dele.press(&edit, "/wordings/pl", &fields).await), "/wordings/pl");
    let page = dele.get("/wordings/pl").await;
    let nobody = dele.press(&page, "/wordings/pl/approve", &[("name", ""), ("how", "")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (edition, read) = (hidden(&page.text(), "edition"), hidden(&page.text(), "texts"));
    let by = [("name", "Hanna Zielna"), ("how", "interpreter"), ("edition", &edition), ("texts", &read)];
    // A colleague changes a sentence between reading and pressing.
    let mut other = texts.clone();
    other[1].1 = "Coś innego.".to_owned();
    let fields: Vec<(&str, &str)> = other.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    to(&dele.press(&edit, "/wordings/pl", &fields).await);
    assert_eq!(dele.press(&page, "/wordings/pl/approve", &by).await.status, StatusCode::CONFLICT);
    assert!(dele.get("/wordings/pl").await.text().contains("Nobody has approved it yet."));
    let fields: Vec<(&str, &str)> = texts.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    to(&dele.press(&edit, "/wordings/pl", &fields).await);
    assert_eq!(to(&dele.press(&page, "/wordings/pl/approve", &by).await), "/wordings/pl");
    assert!(dele.get("/wordings/pl").await.text().contains("Hanna Zielna, interpreter approved it"));
    let dials = [("news", "covered"), ("promotion", "consent")];
    assert_eq!(to(&dele.press(&page, "/wordings/dials", &dials).await), "/wordings");
    assert_eq!(to(&dele.press(&page, "/wordings/program", &[]).await), "/wordings");
    assert!(!dele.get("/wordings").await.text().contains("comes with other words"));
    // Pressed twice: nobody is asked anew for nothing, and what was approved stays approved.
    let page = dele.get("/wordings/pl").await;
    let read = hidden(&page.text(), "texts");
    let (edition, how) = (hidden(&page.text(), "edition"), "interpreter");
    let by = [("name", "Hanna Zielna"), ("how", how), ("edition", &edition), ("texts", &read)];
    to(&dele.press(&page, "/wordings/pl/approve", &by).await);
    to(&dele.press(&page, "/wordings/program", &[]).await);
    assert!(dele.get("/wordings/pl").await.text().contains("Hanna Zielna, interpreter approved it"));
}

fn hidden(text: &str, name: &str) -> String {
    let field = text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    field.split('"').next().unwrap().to_owned()
}
