//! Jobs: leased, fenced, urgent ones first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use cleansheet_records::{
    Records,
    jobs::{Claimed, JobError, Jobs, Work},
};
use cleansheet_terms::{Clock as _, FixedClock, SeededEntropy, Timestamp};
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

/// Twice the most jobs that a trust ever had waiting, and as many workers as the program never has.
const WORKERS: usize = 8;
const JOBS: usize = 10_000;

/// Claims a job in one transaction, does it, and records that in another, as the program does.
async fn work_until_done(records: Records, now: Timestamp, done: Arc<Vec<AtomicU32>>, pace: Arc<AtomicU32>) {
    loop {
        let mut tx = records.begin().await.unwrap();
        let Some(job) = Jobs(&mut tx).claim(&Work::ALL, LEASE, now).await.unwrap() else { return };
        tx.commit().await.unwrap();
        // Urgent work that came in the middle is done before anything else that was not begun yet.
        let at = pace.fetch_add(1, Ordering::SeqCst);
        if job.work == Work::TakeDown {
            let late = at - pace_at(&job);
            assert!(late <= 3 * WORKERS as u32, "a take-down waited for {late} others");
        } else {
            let number: usize = job.subject.trim_start_matches("mail_").parse().unwrap();
            done[number].fetch_add(1, Ordering::SeqCst);
        }
        let mut tx = records.begin().await.unwrap();
        Jobs(&mut tx).still_ours(&job).await.unwrap();
        Jobs(&mut tx).finish(&job, now).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// How many jobs had begun when this take-down was asked for.
fn pace_at(job: &Claimed) -> u32 {
    job.subject.trim_start_matches("order_").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_do_ten_thousand_jobs_once_each_and_urgent_ones_at_once() {
    for db in cleansheet_records::testing::databases().await {
        let (clock, mut chance) = (FixedClock::at("2026-11-21T12:00:00Z"), SeededEntropy::new(1));
        let now = clock.now();
        let mut tx = db.records.begin().await.unwrap();
        for number in 0..JOBS {
            let subject = format!("mail_{number}");
            Jobs(&mut tx).enqueue(Work::SendMail, &subject, now, &clock, &mut chance).await.unwrap();
        }
        tx.commit().await.unwrap();
        let done: Arc<Vec<AtomicU32>> = Arc::new((0..JOBS).map(|_| AtomicU32::new(0)).collect());
        let (pace, started) = (Arc::new(AtomicU32::new(0)), Instant::now());
        let worker =
            || tokio::spawn(work_until_done(db.records.clone(), now, Arc::clone(&done), Arc::clone(&pace)));
        let workers: Vec<_> = (0..WORKERS).map(|_| worker()).collect();
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let mut tx = db.records.begin().await.unwrap();
            let subject = format!("order_{}", pace.load(Ordering::SeqCst));
            Jobs(&mut tx).enqueue(Work::TakeDown, &subject, now, &clock, &mut chance).await.unwrap();
            tx.commit().await.unwrap();
        }
        for worker in workers {
            worker.await.unwrap();
        }
        let took = started.elapsed().as_secs_f64();
        println!(
            "{:?}: {JOBS} jobs by {WORKERS} workers in {took:.1} s, {:.0} a second",
            db.engine(),
            JOBS as f64 / took
        );
        assert!(done.iter().all(|one| one.load(Ordering::SeqCst) == 1), "each is done exactly once");
        let mut tx = db.records.read().await.unwrap();
        assert_eq!(Jobs(&mut tx).next_due(&Work::ALL).await.unwrap(), None, "nothing is left");
    }
}
