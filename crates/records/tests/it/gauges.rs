//! Numbers for those who keep the server, on both engines.

use cleansheet_records::{
    gauges::Gauges,
    jobs::{Jobs, Work},
    mails::Mails,
    testing::databases,
};
use cleansheet_terms::{Clock as _, FixedClock, SeededEntropy};
use jiff::SignedDuration;

#[tokio::test]
async fn what_waits_and_since_when_is_counted_by_kind() {
    let (clock, mut chance) = (FixedClock::at("2026-11-21T12:46:00Z"), SeededEntropy::new(1));
    for db in databases().await {
        let mut tx = db.records.begin().await.unwrap();
        let empty = Gauges::read(&mut tx, db.engine(), clock.now()).await.unwrap();
        assert!(empty.jobs.is_empty() && empty.orders.is_empty() && empty.database_bytes > 0);
        assert_eq!((empty.mails.waiting, empty.mails.oldest, empty.ledger_entries), (0, None, 0));
        let mail = Mails(&mut tx).queue("meera@example.org", "Code", "1", &clock, &mut chance).await.unwrap();
        Mails(&mut tx).queue("sam@example.org", "Code", "2", &clock, &mut chance).await.unwrap();
        let job = Jobs(&mut tx).claim(&[Work::SendMail], SignedDuration::from_mins(2), clock.now()).await;
        let job = job.unwrap().unwrap();
        let full = Gauges::read(&mut tx, db.engine(), clock.now()).await.unwrap();
        let [jobs] = full.jobs.as_slice() else { panic!("{:?}", full.jobs) };
        assert_eq!((jobs.kind.as_str(), jobs.waiting, jobs.running), ("send_mail", 1, 1));
        assert_eq!((jobs.failed_before, jobs.oldest_due), (0, clock.now()));
        assert_eq!((full.mails.waiting, full.mails.oldest), (2, Some(clock.now())));
        Jobs(&mut tx).retry_later(&job, "later", SignedDuration::ZERO, clock.now()).await.unwrap();
        Mails(&mut tx).give_up(&mail, "no such mailbox", clock.now()).await.unwrap();
        let later = Gauges::read(&mut tx, db.engine(), clock.now()).await.unwrap();
        assert_eq!((later.jobs[0].failed_before, later.jobs[0].running), (1, 0));
        assert_eq!((later.mails.waiting, later.mails.given_up), (1, 1));
        let told = Mails(&mut tx).given_up_since(clock.now(), 5).await.unwrap();
        assert_eq!(told[0].given_up.as_ref().unwrap().1, "no such mailbox");
        assert!(Mails(&mut tx).unsent().await.unwrap().iter().all(|one| one.id != mail));
    }
}
