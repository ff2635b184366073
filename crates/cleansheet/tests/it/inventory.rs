//! What is held about somebody, as a file for them.

use crate::{erasing::asha, post::to, site::TestSite};

#[tokio::test]
async fn what_is_held_about_somebody_reads_the_same_with_and_without_the_flag() {
    let site = TestSite::new().await;
    let asha = asha(&site).await;
    let (file, protect) = (format!("/inventory/{asha}.json"), format!("/participants/{asha}/protect"));
    let mut dele = site.browser("manager").await;
    let before = dele.get(&file).await;
    assert!(before.status == 200 && before.text().contains("Asha Verma"), "{}", before.text());
    let mut ruth = site.browser("dsl").await;
    let page = ruth.get(&protect).await;
    to(&ruth.press(&page, &protect, &[("do", "set"), ("reason", "A court says so.")]).await);
    for browser in [&mut dele, &mut ruth] {
        assert_eq!(browser.get(&file).await.bytes, before.bytes);
        let page = browser.get(&format!("/inventory?participant={asha}&show=all")).await.text();
        assert!(page.contains("The safeguarding lead looks, and adds it by hand"), "{page}");
    }
}
