//! The hard flag: who set it, and why, is the safeguarding lead's to read.

use crate::{post::to, site::TestSite};

#[tokio::test]
async fn an_old_page_that_is_sent_again_leaves_the_reason_as_it_was() {
    let site = TestSite::new().await;
    let mut lead = site.browser("dsl").await;
    let list = lead.get("/participants").await.text();
    let path = list.split("href=\"").find(|part| part.starts_with("/participants/participant")).unwrap();
    let path = format!("{}/protect", path.split('"').next().unwrap());
    let page = lead.get(&path).await;
    let why = "A court says so, 12 November.";
    to(&lead.press(&page, &path, &[("do", "set"), ("reason", why)]).await);
    to(&lead.press(&page, &path, &[("do", "set"), ("reason", "")]).await);
    let now = lead.get(&path).await;
    let read = lead.press(&now, &format!("{path}/reason"), &[]).await.text();
    assert!(read.contains(why), "{read}");
    to(&lead.press(&now, &path, &[("do", "lift")]).await);
    let page = lead.get(&path).await;
    to(&lead.press(&page, &path, &[("do", "set"), ("reason", "")]).await);
    let read = lead.press(&now, &format!("{path}/reason"), &[]).await.text();
    assert!(read.contains("Nobody wrote a reason down."), "lifted, and the reason with it: {read}");
}
