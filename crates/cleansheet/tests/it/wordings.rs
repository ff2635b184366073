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
    let texts = boxes(&edit.text());
    let fields: Vec<(&str, &str)> = texts.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(to(&dele.press(&edit, "/wordings/pl", &fields).await), "/wordings/pl");
    let page = dele.get("/wordings/pl").await;
    let nobody = dele.press(&page, "/wordings/pl/approve", &[("name", ""), ("how", "")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    let by = [("name", "Hanna Zielna"), ("how", "interpreter")];
    assert_eq!(to(&dele.press(&page, "/wordings/pl/approve", &by).await), "/wordings/pl");
    assert!(dele.get("/wordings/pl").await.text().contains("Hanna Zielna, interpreter approved it"));
    let dials = [("news", "covered"), ("promotion", "consent")];
    assert_eq!(to(&dele.press(&page, "/wordings/dials", &dials).await), "/wordings");
    assert_eq!(to(&dele.press(&page, "/wordings/program", &[]).await), "/wordings");
    assert!(!dele.get("/wordings").await.text().contains("comes with other words"));
}
