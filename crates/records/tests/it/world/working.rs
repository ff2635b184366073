//! What the workers do.

use cleansheet_records::{
    Tx,
    erasure::{self, Erasure, Standing},
    facts::Rules,
    gauges::Gauges,
    jobs::{Claimed, Jobs, Work},
    orders::{Claim, OrderState, Orders},
};
use cleansheet_terms::{Clock as _, OrderId, PostId, Timestamp};

use super::{LEASE, TRUST, World, policy};

impl World {
    /// Claims the next job of this kind that is due.
    pub(crate) async fn claim(&mut self, work: Work) -> Option<Claimed> {
        self.act(async |tx, clock, _| Jobs(tx).claim(&[work], LEASE, clock.now()).await.unwrap()).await
    }

    /// Finishes every waiting job of these kinds without doing anything.
    pub(crate) async fn finish(&mut self, works: &[Work]) {
        for work in works {
            while let Some(job) = self.claim(*work).await {
                self.act(async |tx, clock, _| Jobs(tx).finish(&job, clock.now()).await.unwrap()).await;
            }
        }
    }

    pub(crate) async fn claim_to_send(&mut self, job: &Claimed) -> Claim {
        let allow = self.allow.clone();
        self.act(async |tx, clock, chance| {
            let rules = Rules { policy: policy(), allow: &allow };
            Orders(tx).claim_to_send(job, &rules, clock, chance).await.unwrap()
        })
        .await
    }

    pub(crate) async fn not_there(&mut self, job: &Claimed) -> Claim {
        let allow = self.allow.clone();
        self.act(async |tx, clock, chance| {
            let rules = Rules { policy: policy(), allow: &allow };
            Orders(tx).not_there(job, &rules, clock, chance).await.unwrap()
        })
        .await
    }

    pub(crate) async fn sent(&mut self, job: &Claimed) {
        self.act(async |tx, clock, chance| {
            Orders(tx).sent(job, "1", "/news/1", clock, chance).await.unwrap()
        })
        .await;
    }

    /// Sends what waits and reads it back.
    pub(crate) async fn publish(&mut self) {
        while let Some(job) = self.claim(Work::Publish).await {
            match self.claim_to_send(&job).await {
                Claim::Cleared(_) => self.sent(&job).await,
                other => panic!("{other:?}"),
            }
        }
        self.confirm().await;
    }

    pub(crate) async fn confirm(&mut self) {
        while let Some(job) = self.claim(Work::ConfirmPublished).await {
            self.act(async |tx, clock, chance| {
                if Orders(tx).claim_to_confirm(&job, clock).await.unwrap().is_some() {
                    Orders(tx).confirmed(&job, "1", "/news/1", clock, chance).await.unwrap();
                }
            })
            .await;
        }
    }

    /// How many jobs of a kind are not done.
    pub(crate) async fn open(&self, work: Work) -> i64 {
        let mut tx = self.records.read().await.unwrap();
        let gauges = Gauges::read(&mut tx, self.db.engine(), self.clock.now()).await.unwrap();
        let of_it = gauges.jobs.iter().filter(|jobs| jobs.kind == work.as_str());
        of_it.map(|jobs| jobs.waiting + jobs.running).sum()
    }

    /// How many seconds pass until the next job of a kind is due.
    pub(crate) async fn wait(&self, work: Work) -> i64 {
        let mut tx = self.records.read().await.unwrap();
        let due = Jobs(&mut tx).next_due(&[work]).await.unwrap().unwrap();
        due.duration_since(self.clock.now()).as_secs()
    }

    /// Takes down what is to be taken down, and sees that it is gone.
    pub(crate) async fn take_down(&mut self) {
        while let Some(job) = self.claim(Work::TakeDown).await {
            self.act(async |tx, clock, chance| {
                if Orders(tx).claim_to_take_down(&job, clock).await.unwrap().is_some() {
                    Orders(tx).taken_down(&job, clock, chance).await.unwrap();
                }
            })
            .await;
        }
        while let Some(job) = self.claim(Work::ConfirmGone).await {
            let again = self
                .act(async |tx, clock, chance| {
                    match Orders(tx).claim_to_see_gone(&job, clock).await.unwrap() {
                        Some(_) => !Orders(tx).gone(&job, TRUST, clock, chance).await.unwrap(),
                        None => false,
                    }
                })
                .await;
            if again {
                break;
            }
        }
    }

    /// A post that the public sees on the news page.
    pub(crate) async fn published(&mut self) -> (PostId, OrderId) {
        let (id, _) = self.group().await;
        let order = self.approved(&id).await.remove(0);
        self.publish().await;
        assert_eq!(self.order(&order).await.state, OrderState::Published);
        (id, order)
    }
}

/// The erasures that wait for nothing any more.
pub(crate) async fn erasures_due(tx: &mut Tx, now: Timestamp) -> Vec<Erasure> {
    let mut due = Vec::new();
    for one in erasure::open(tx).await.unwrap() {
        if erasure::standing(tx, &one, now).await.unwrap() == Standing::Gone {
            due.push(one);
        }
    }
    due
}
