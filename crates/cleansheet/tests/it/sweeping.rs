//! What the program sees to by itself, with a clock that stands still.

use cleansheet::jobs;
use cleansheet_records::activities::Activities;

use crate::{
    erasing::{asha, asked},
    site::TestSite,
};

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
