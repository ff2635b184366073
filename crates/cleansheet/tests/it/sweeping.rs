//! What the program sees to by itself, with a clock that stands still.

use cleansheet::jobs;
use cleansheet_records::{
    activities::Activities,
    imports::{ImportError, Imports, Sheet},
    mails::Mails,
    old_posts::{OldPosts, OldState, Said},
    orders::OrderState,
};
use cleansheet_terms::Clock as _;

use crate::{
    erasing::{asha, asked},
    old_posts,
    post::{self, order, to},
    site::{ORIGIN, TestSite},
};

#[tokio::test]
async fn somebody_whose_rows_do_not_read_holds_nobody_behind_them_up_and_the_day_is_not_done() {
    let site = TestSite::new().await;
    let public = post::submitted_with_asha(&site).await;
    post::public(&site, &public).await;
    old_posts::copied(&site, "one", 3);
    old_posts::import(&site).await;
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    clock.advance_ms(1_000);
    let leo = Activities(&mut tx).add_participant("Leo Hartwell", None, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    let old = old_posts::all(&site).await.remove(0).id;
    let mut tx = site.app.records.begin().await.unwrap();
    let (jo, dsl) = (&site.people["author"], site.people["dsl"].as_str());
    let shown = Said::Shown(std::slice::from_ref(&leo));
    OldPosts(&mut tx).say(&old, shown, jo, ORIGIN, clock, &mut chance).await.unwrap();
    Activities(&mut tx).set_no_image(&leo, true, None, dsl, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    site.tamper("UPDATE participant SET born_day = 'a spring day' WHERE name = 'Asha Verma'").await;
    assert!(!jobs::sweep_once(&site.app).await, "she was not looked at");
    assert_eq!(old_posts::all(&site).await[0].state, OldState::TakingDown);
    assert_eq!(order(&site, &public).await.state, OrderState::Published);
    site.tamper("UPDATE participant SET born_day = '2016-02-03' WHERE name = 'Asha Verma'").await;
    assert!(jobs::sweep_once(&site.app).await);
}

#[tokio::test]
async fn an_erasure_that_fails_holds_no_other_up() {
    let site = TestSite::new().await;
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    clock.advance_ms(1_000);
    let leo = Activities(&mut tx).add_participant("Leo Hartwell", None, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    let asha = asha(&site).await;
    asked(&site, &asha).await;
    site.clock.advance_ms(1_000);
    asked(&site, &leo).await;
    site.tamper("UPDATE participant SET born_day = 'a spring day' WHERE name = 'Asha Verma'").await;
    jobs::sweep_once(&site.app).await;
    site.tamper("UPDATE participant SET born_day = '2016-02-03' WHERE name = 'Asha Verma'").await;
    let left = async || {
        let mut tx = site.app.records.read().await.unwrap();
        let left = Activities(&mut tx).participants().await.unwrap();
        left.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    assert_eq!(left().await, ["Asha Verma"]);
    jobs::sweep_once(&site.app).await;
    assert!(left().await.is_empty(), "it came again");
}

#[tokio::test]
async fn a_sheet_that_nobody_came_back_to_is_gone_after_a_day() {
    let site = TestSite::new().await;
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let (made, sheet) = (clock.now(), Sheet { unused: Vec::new(), rows: Vec::new() });
    let mut tx = site.app.records.begin().await.unwrap();
    let id = Imports(&mut tx)
        .keep(&sheet, None, &site.people["manager"], &site.app.sealer, clock, &mut chance)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let is_there = async || {
        let mut tx = site.app.records.read().await.unwrap();
        match Imports(&mut tx).batch(&id, &site.app.sealer, made).await {
            Ok(_) => true,
            Err(ImportError::Gone) => false,
            Err(error) => panic!("{error}"),
        }
    };
    clock.advance_ms(24 * 3_600_000);
    jobs::sweep_once(&site.app).await;
    assert!(is_there().await);
    clock.advance_ms(1);
    jobs::sweep_once(&site.app).await;
    assert!(!is_there().await);
}

#[tokio::test]
async fn a_take_down_that_is_late_is_told_by_mail_and_stays_on_today_until_it_is_gone() {
    let site = TestSite::new().await;
    let post = post::submitted_with_asha(&site).await;
    let url = post::public(&site, &post).await;
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let receipt = to(&meera.press(&page, "/g/children/1/stop", &[]).await);
    let promised = meera.get(&receipt).await.text();
    assert!(promised.contains("It should be gone by 22 November 2026"), "{promised}");
    let told = async || {
        let mails = Mails(&mut site.app.records.read().await.unwrap()).newest(99).await.unwrap();
        mails.into_iter().filter(|mail| mail.subject == "Somebody has to look").count()
    };
    let late = "a post is not seen to be gone";
    site.clock.advance_ms(24 * 3_600_000 - 1);
    assert!(jobs::sweep_once(&site.app).await);
    assert_eq!(told().await, 0);
    let mut dele = site.browser("manager").await;
    assert!(!dele.get("/").await.text().contains(late));
    site.clock.advance_ms(1);
    jobs::sweep_once(&site.app).await;
    jobs::sweep_once(&site.app).await;
    assert_eq!(told().await, 2, "the Manager and the safeguarding lead, once");
    for who in ["manager", "dsl"] {
        let today = site.browser(who).await.get("/").await.text();
        assert!(today.contains(late) && today.contains(&format!("/posts/{post}")), "{today}");
        assert!(!today.contains("Asha"), "{today}");
    }
    let there = dele.get(&format!("/posts/{post}")).await.text();
    assert!(there.contains("still not seen to be gone") && there.contains(&url), "{there}");
    let today = site.browser("approver").await.get("/").await.text();
    assert!(!today.contains(late), "it is theirs to see to");
    post::work(&site).await;
    assert!(!dele.get("/").await.text().contains(late));
}
