//! Somebody asks to be forgotten: what the pages say, and what goes by itself.

use std::time::{Duration, UNIX_EPOCH};

use cleansheet::jobs;
use cleansheet_records::{activities::Activities, orders::OrderState};
use cleansheet_terms::{Clock as _, ParticipantId};

use crate::{
    post::{self, order, to, work},
    site::TestSite,
};

/// The site's only child.
pub(crate) async fn asha(site: &TestSite) -> ParticipantId {
    let mut tx = site.app.records.read().await.unwrap();
    Activities(&mut tx).participants().await.unwrap().remove(0).id
}

/// The Manager asks for it.
pub(crate) async fn asked(site: &TestSite, child: &ParticipantId) {
    let path = format!("/participants/{child}/erase");
    let mut dele = site.browser("manager").await;
    let page = dele.get(&path).await;
    assert_eq!(to(&dele.press(&page, &path, &[]).await), path);
}

#[tokio::test]
async fn a_text_that_names_them_later_is_taken_down_by_itself_and_the_flag_stays() {
    let site = TestSite::new().await;
    let asha = asha(&site).await;
    asked(&site, &asha).await;
    let mut jo = site.browser("author").await;
    let draft = post::start(&site, &mut jo).await;
    post::write(&site, &mut jo, &draft, "Asha scored the winner.", "submit").await;
    let id = post::id(&draft);
    post::public(&site, &id).await;
    jobs::sweep_once(&site.app).await;
    assert_eq!(order(&site, &id).await.state, OrderState::TakingDown);

    let protect = format!("/participants/{asha}/protect");
    let mut ruth = site.browser("dsl").await;
    let page = ruth.get(&protect).await;
    assert!(
        page.text().contains("The flag stays until that is done") && !page.text().contains("value=\"lift\"")
    );
    let read = ruth.press(&page, &format!("{protect}/reason"), &[]).await;
    let refused = ruth.press(&read, &protect, &[("do", "lift")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("Their data is being erased, so the flag stays"), "{}", refused.text());

    work(&site).await;
    assert_eq!(order(&site, &id).await.state, OrderState::Gone);
    jobs::sweep_once(&site.app).await;
    let mut tx = site.app.records.read().await.unwrap();
    assert_eq!(Activities(&mut tx).participant(&asha).await.unwrap(), None);
}

#[tokio::test]
async fn a_copy_that_an_upgrade_left_is_kept_as_long_as_a_backup_and_no_longer() {
    let site = TestSite::new().await;
    let copy = site.data().join("trust.db.before-12");
    let made = |days: u64| {
        let now = u64::try_from(site.clock.now().as_millisecond()).unwrap();
        let file = std::fs::File::create(&copy).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_millis(now - days * 24 * 3_600_000)).unwrap();
    };
    made(35);
    jobs::sweep_once(&site.app).await;
    assert!(copy.exists());
    made(36);
    jobs::sweep_once(&site.app).await;
    assert!(!copy.exists());
}
