//! Jobs: leased, fenced, urgent ones first.

use cleansheet_records::jobs::{JobError, Jobs, Work};
use cleansheet_terms::{Clock as _, FixedClock, SeededEntropy};
use jiff::SignedDuration;

use crate::world::LEASE;

#[tokio::test]
async fn a_job_is_held_by_one_worker_and_a_late_one_is_refused() {
    for db in cleansheet_records::testing::databases().await {
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let mut tx = db.records.begin().await.unwrap();
        let mut jobs = Jobs(&mut tx);
        jobs.enqueue(Work::Publish, "order_1", clock.now(), &clock, &mut chance).await.unwrap();
        let first = jobs.claim(&[Work::Publish], LEASE, clock.now()).await.unwrap().unwrap();
        assert!(jobs.claim(&[Work::Publish], LEASE, clock.now()).await.unwrap().is_none());
        clock.advance_ms(60_000);
        jobs.heartbeat(&first, LEASE, clock.now()).await.unwrap();
        clock.advance_ms(119_000);
        assert!(
            jobs.claim(&[Work::Publish], LEASE, clock.now()).await.unwrap().is_none(),
            "the heartbeat holds it"
        );
        clock.advance_ms(1_000);
        let second = jobs.claim(&[Work::Publish], LEASE, clock.now()).await.unwrap().unwrap();
        assert_eq!((second.id.clone(), second.token, second.attempt), (first.id.clone(), 2, 2));
        for late in [
            jobs.still_ours(&first).await,
            jobs.finish(&first, clock.now()).await,
            jobs.heartbeat(&first, LEASE, clock.now()).await,
            jobs.retry_later(&first, "x", LEASE, clock.now()).await,
        ] {
            assert!(matches!(late, Err(JobError::Lost)));
        }
        jobs.finish(&second, clock.now()).await.unwrap();
        assert!(matches!(jobs.still_ours(&second).await, Err(JobError::Lost)), "done is done");
    }
}

#[tokio::test]
async fn the_most_urgent_job_runs_first_and_work_waiting_for_the_same_record_is_queued_once() {
    for db in cleansheet_records::testing::databases().await {
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let mut tx = db.records.begin().await.unwrap();
        let mut jobs = Jobs(&mut tx);
        let now = clock.now();
        for work in [Work::SendMail, Work::Publish, Work::TakeDown, Work::TakeDown] {
            jobs.enqueue(work, "one", now, &clock, &mut chance).await.unwrap();
        }
        let mut order = Vec::new();
        while let Some(job) = jobs.claim(&Work::ALL, LEASE, now).await.unwrap() {
            order.push(job.work);
        }
        assert_eq!(order, [Work::TakeDown, Work::Publish, Work::SendMail]);
    }
}

#[tokio::test]
async fn work_that_is_asked_for_while_it_runs_runs_again() {
    for db in cleansheet_records::testing::databases().await {
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let mut tx = db.records.begin().await.unwrap();
        let mut jobs = Jobs(&mut tx);
        let now = clock.now();
        jobs.enqueue(Work::Render, "photo_1", now, &clock, &mut chance).await.unwrap();
        let first = jobs.claim(&[Work::Render], LEASE, now).await.unwrap().unwrap();
        jobs.enqueue(Work::Render, "photo_1", now, &clock, &mut chance).await.unwrap();
        jobs.finish(&first, now).await.unwrap();
        assert!(
            jobs.claim(&[Work::Render], LEASE, now).await.unwrap().is_some(),
            "it may have read the old marks"
        );
    }
}

#[tokio::test]
async fn a_job_is_not_due_before_its_time_and_can_be_moved_forward() {
    for db in cleansheet_records::testing::databases().await {
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let mut tx = db.records.begin().await.unwrap();
        let mut jobs = Jobs(&mut tx);
        let later = clock.now().checked_add(SignedDuration::from_hours(168)).unwrap();
        jobs.enqueue(Work::RemoveOriginal, "photo_1", later, &clock, &mut chance).await.unwrap();
        assert!(jobs.claim(&Work::ALL, LEASE, clock.now()).await.unwrap().is_none());
        assert_eq!(jobs.next_due(&Work::ALL).await.unwrap(), Some(later));
        jobs.enqueue(Work::RemoveOriginal, "photo_1", clock.now(), &clock, &mut chance).await.unwrap();
        assert!(jobs.claim(&Work::ALL, LEASE, clock.now()).await.unwrap().is_some());
        assert!(jobs.claim(&Work::ALL, LEASE, later).await.unwrap().is_some_and(|job| job.token == 2));
    }
}

#[tokio::test]
async fn many_workers_do_every_job_once() {
    for db in cleansheet_records::testing::databases().await {
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let mut tx = db.records.begin().await.unwrap();
        for number in 0..40 {
            let subject = format!("mail_{number}");
            Jobs(&mut tx).enqueue(Work::SendMail, &subject, clock.now(), &clock, &mut chance).await.unwrap();
        }
        tx.commit().await.unwrap();
        let now = clock.now();
        let worker = || {
            let records = db.records.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                loop {
                    let mut tx = records.begin().await.unwrap();
                    let Some(job) = Jobs(&mut tx).claim(&Work::ALL, LEASE, now).await.unwrap() else {
                        return done;
                    };
                    tx.commit().await.unwrap();
                    done.push(job.subject);
                }
            })
        };
        let workers: Vec<_> = (0..4).map(|_| worker()).collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.await.unwrap());
        }
        done.sort();
        done.dedup();
        assert_eq!(done.len(), 40);
    }
}
