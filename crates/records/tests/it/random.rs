//! Whatever people and workers do in whatever order: what is public was approved by two people, is what they saw, and
//! shows nobody who changed their mind.

use std::collections::BTreeSet;

use cleansheet_policy::facts::Standing;
use cleansheet_records::{
    approval::{self, Approved},
    consents::Giver,
    jobs::{Claimed, Work},
    orders::{Claim, Order, OrderState, Orders},
    people::People,
    posts::{Decided, Mark, Posts, Stage},
    settings::Settings,
    testing::databases,
    withdrawals,
};
use cleansheet_terms::{ParticipantId, PostId};
use proptest::{prelude::*, test_runner::Config};

use crate::world::{TRUST, World};

/// One step of somebody.
#[derive(Debug, Clone, Copy)]
enum Step {
    Caption(usize),
    Channels(usize),
    Mark(usize, usize),
    RemovePhoto,
    Render,
    Submit,
    Approve(&'static str),
    GiveBack,
    TakeBack,
    Drop,
    Correct,
    Withdraw(&'static str, &'static str),
    Answer(&'static str, &'static str, bool),
    Suspend(&'static str),
    Restore(&'static str),
    Pause(bool),
    Wait,
    /// Claims a job to publish; what comes of the call is in the number.
    Publish(usize),
    Confirm,
    TakeDown,
}

fn step() -> impl Strategy<Value = Step> {
    let someone = prop::sample::select(vec!["approver", "colleague", "author", "manager"]);
    let child = prop::sample::select(vec![("asha", "asha 1"), ("leo", "leo 2")]);
    prop_oneof![
        1 => (0..3_usize).prop_map(Step::Caption),
        1 => (0..3_usize).prop_map(Step::Channels),
        2 => (0..3_usize, 0..4_usize).prop_map(|(face, who)| Step::Mark(face, who)),
        1 => Just(Step::RemovePhoto),
        4 => Just(Step::Render),
        6 => Just(Step::Submit),
        6 => someone.clone().prop_map(Step::Approve),
        1 => Just(Step::GiveBack),
        1 => Just(Step::TakeBack),
        1 => Just(Step::Drop),
        2 => Just(Step::Correct),
        2 => child.clone().prop_map(|(child, guardian)| Step::Withdraw(child, guardian)),
        1 => (child, any::<bool>()).prop_map(|((child, guardian), yes)| Step::Answer(child, guardian, yes)),
        1 => someone.clone().prop_map(Step::Suspend),
        2 => someone.prop_map(Step::Restore),
        1 => any::<bool>().prop_map(Step::Pause),
        2 => Just(Step::Wait),
        6 => (0..5_usize).prop_map(Step::Publish),
        3 => Just(Step::Confirm),
        3 => Just(Step::TakeDown),
    ]
}

/// A trust, the posts in it, workers that stopped in the middle, and what the public could see.
struct Run {
    world: World,
    posts: Vec<PostId>,
    asleep: Vec<Claimed>,
    /// Who withdrew and has not agreed again.
    withdrawn: BTreeSet<ParticipantId>,
    /// Record keys the network holds.
    network: BTreeSet<String>,
}

impl Run {
    async fn new(world: World) -> Self {
        let mut run = Self {
            world,
            posts: Vec::new(),
            asleep: Vec::new(),
            withdrawn: BTreeSet::new(),
            network: BTreeSet::new(),
        };
        let (id, _) = run.world.group().await;
        run.posts.push(id);
        run
    }

    /// The post that people work on: the newest.
    fn post(&self) -> PostId {
        self.posts.last().unwrap().clone()
    }

    /// Does a step. That it is refused is as good an outcome as any.
    async fn take(&mut self, step: Step) {
        let (id, author) = (self.post(), self.world.person("author"));
        match step {
            Step::Caption(which) => {
                let words =
                    ["What a morning. Everybody scored.", "What a fucking morning", "Asha scored twice"];
                let _refused = self.world.caption(&id, words[which]).await;
            }
            Step::Channels(which) => {
                let channels = self.world.channels[..which].to_vec();
                let _refused = self.world.tick(&id, &channels).await;
            }
            Step::Mark(face, who) => {
                let Some(photo) = self.world.photos(&id).await.into_iter().next() else { return };
                let face = self.world.faces(&photo.id).await[face].id.clone();
                let (asha, leo) = (self.world.child("asha"), self.world.child("leo"));
                let mark =
                    [Mark::Cover, Mark::Roster(&asha), Mark::Roster(&leo), Mark::Adult("Coach Dave")][who];
                let _refused = self.world.mark(&face, mark).await;
            }
            Step::RemovePhoto => {
                let Some(photo) = self.world.photos(&id).await.into_iter().next() else { return };
                self.world
                    .act(async |tx, clock, chance| {
                        let _refused = Posts(tx).remove_photo(&photo.id, &author, clock, chance).await;
                    })
                    .await;
            }
            Step::Render => self.world.render(&id).await,
            Step::Submit => {
                let _refused = self.world.submit(&id).await;
            }
            Step::Approve(by) => {
                let _refused = self.world.approve(&id, by).await;
            }
            Step::GiveBack | Step::TakeBack | Step::Drop | Step::Correct => self.move_post(step).await,
            Step::Withdraw(child, guardian) => {
                self.world.withdraw(child, guardian).await;
                self.withdrawn.insert(self.world.child(child));
            }
            Step::Answer(child, guardian, yes) => {
                let (child, giver) = (self.world.child(child), self.world.guardians[guardian].clone());
                self.world.answer(&child, Giver::Guardian(giver), yes).await;
                if yes {
                    self.withdrawn.remove(&child);
                }
            }
            Step::Suspend(who) | Step::Restore(who) => {
                let (who, by) = (self.world.person(who), self.world.person("dsl"));
                self.world
                    .act(async |tx, clock, chance| {
                        let _refused = match step {
                            Step::Suspend(_) => People(tx).suspend(&who, "", &by, clock, chance).await,
                            _ => People(tx).restore(&who, "", &by, clock, chance).await,
                        };
                    })
                    .await;
            }
            Step::Pause(on) => {
                let by = self.world.person("dsl");
                self.world
                    .act(async |tx, clock, chance| {
                        if on {
                            Settings(tx).start_pause(&by, clock, chance).await.unwrap();
                        } else {
                            Settings(tx).end_pause(&by, clock, chance).await.unwrap();
                        }
                    })
                    .await;
            }
            Step::Wait => self.world.clock.advance_ms(125_000),
            Step::Publish(outcome) => self.publish(outcome).await,
            Step::Confirm => self.world.confirm().await,
            Step::TakeDown => self.take_down().await,
        }
    }

    async fn move_post(&mut self, step: Step) {
        let (id, author, other) = (self.post(), self.world.person("author"), self.world.person("colleague"));
        let copy = self
            .world
            .act(async |tx, clock, chance| match step {
                Step::GiveBack => {
                    let _refused = approval::give_back(tx, &id, "say more", &other, clock, chance).await;
                    None
                }
                Step::TakeBack => {
                    let _refused = Posts(tx).take_back(&id, &author, clock, chance).await;
                    None
                }
                Step::Drop => {
                    let _refused = approval::drop(tx, &id, &author, clock, chance).await;
                    None
                }
                _ => approval::correct(tx, &id, &author, clock, chance).await.ok(),
            })
            .await;
        self.posts.extend(copy.filter(|copy| !self.posts.contains(copy)));
        if self.world.stage(&self.post()).await == Stage::Dropped {
            let (id, _) = self.world.group().await;
            self.posts.push(id);
        }
    }

    /// A worker publishes: the call works, works and its worker dies, fails before or after it came through, or its
    /// worker sleeps through its lease and then records.
    async fn publish(&mut self, outcome: usize) {
        let Some(job) = self.world.claim(Work::Publish).await else { return self.wake().await };
        let mut claim = self.world.claim_to_send(&job).await;
        if let Claim::ReadBackFirst(release) = &claim {
            if self.network.contains(release.record_key()) {
                return self.world.sent(&job).await;
            }
            claim = self.world.not_there(&job).await;
        }
        let Claim::Cleared(cleared) = claim else { return };
        let key = cleared.order().record_key().to_owned();
        let unsure = outcome == 2;
        let comes_through = outcome != 3;
        if comes_through {
            assert!(self.network.insert(key), "no order is published twice");
        }
        match outcome {
            0 | 1 => self.world.sent(&job).await,
            2 | 3 => {
                self.world
                    .act(async |tx, clock, chance| {
                        if unsure {
                            Orders(tx).uncertain(&job, "no reply", clock, chance).await.unwrap();
                        } else {
                            Orders(tx).retry_later(&job, "busy", None, clock, chance).await.unwrap();
                        }
                    })
                    .await;
            }
            _ => self.asleep.push(job),
        }
    }

    /// A worker that slept records late: it is refused or it was in time after all.
    async fn wake(&mut self) {
        for job in std::mem::take(&mut self.asleep) {
            self.world
                .act(async |tx, clock, chance| {
                    let _refused = Orders(tx).sent(&job, "late", "/news/late", clock, chance).await;
                })
                .await;
        }
    }

    /// Takes down for real, and reads the network back.
    async fn take_down(&mut self) {
        while let Some(job) = self.world.claim(Work::TakeDown).await {
            let key = self
                .world
                .act(async |tx, clock, chance| {
                    let order = Orders(tx).claim_to_take_down(&job, clock).await.unwrap();
                    if order.is_some() {
                        Orders(tx).taken_down(&job, clock, chance).await.unwrap();
                    }
                    order.map(|order| order.record_key)
                })
                .await;
            key.map(|key| self.network.remove(&key));
        }
        while let Some(job) = self.world.claim(Work::ConfirmGone).await {
            let network = &self.network;
            self.world
                .act(async |tx, clock, chance| {
                    if let Some(order) = Orders(tx).claim_to_see_gone(&job, clock).await.unwrap() {
                        if network.contains(&order.record_key) {
                            Orders(tx).still_live(&job, "there", clock, chance).await.unwrap();
                        } else {
                            Orders(tx).gone(&job, TRUST, clock, chance).await.unwrap();
                        }
                    }
                })
                .await;
        }
    }

    /// What must be true after every step.
    async fn check(&self) {
        for id in &self.posts {
            let post = self.world.post(id).await;
            let orders = self.world.orders(id).await;
            let mut tx = self.world.records.read().await.unwrap();
            let decisions = Posts(&mut tx).decisions(id).await.unwrap();
            let approvals = Posts(&mut tx).approvals(id).await.unwrap();
            for order in &orders {
                if self.network.contains(&order.record_key) {
                    let known = order.state.is_live() || order.state == OrderState::TakingDown;
                    assert!(known, "{:?} is public", order.state);
                }
                if order.state != OrderState::Stopped {
                    assert!(order.release().is_ok());
                    let approval = approvals.iter().find(|one| one.revision == order.revision).unwrap();
                    assert_ne!(approval.approver, post.author, "two people");
                    let agreed = decided(&decisions, order, "approve").last().unwrap();
                    assert_eq!(agreed.outcome, "allow");
                    assert_eq!(agreed.facts.actor.person, approval.approver.as_str());
                    assert!(in_order(&agreed.facts.actor) && in_order(&agreed.facts.author));
                }
                if order.call_started.is_some() {
                    let sent = decided(&decisions, order, "send").last().unwrap();
                    assert_eq!(sent.outcome, "allow", "the last word before the call");
                    assert!(sent.facts.approval.hashes_match && sent.facts.approval.by_second_person);
                    assert!(sent.at >= order.queued && Some(sent.at) == order.call_started);
                }
            }
            for channel in &self.world.channels {
                let living = orders.iter().filter(|one| one.channel == *channel && one.state.is_living());
                assert!(living.count() <= 1);
            }
            if matches!(post.stage, Stage::Draft | Stage::Submitted) {
                assert!(
                    approvals.iter().all(|one| one.void.is_some()),
                    "an approval is of exactly one revision"
                );
                assert!(orders.iter().all(|one| !one.state.is_living()));
            }
        }
        for child in &self.withdrawn {
            let mut tx = self.world.records.read().await.unwrap();
            assert_eq!(withdrawals::shown_now(&mut tx, child).await.unwrap(), [], "withdrawal wins");
        }
    }

    /// Lets the workers finish; then nothing that is to be gone can be seen.
    async fn settle(&mut self) {
        self.take(Step::Pause(false)).await;
        for _ in 0..6 {
            self.world.clock.advance_ms(700_000);
            for _ in 0..4 {
                self.publish(0).await;
            }
            self.take_down().await;
        }
        self.world.confirm().await;
        self.take_down().await;
        self.check().await;
        for id in self.posts.clone() {
            for order in self.world.orders(&id).await {
                let settled = [OrderState::Published, OrderState::Stopped, OrderState::Gone];
                assert!(settled.contains(&order.state), "{:?}", order.state);
                assert_eq!(self.network.contains(&order.record_key), order.state == OrderState::Published);
            }
        }
    }
}

fn decided<'a>(all: &'a [Decided], order: &'a Order, act: &'a str) -> impl Iterator<Item = &'a Decided> {
    all.iter().filter(move |one| one.channel == order.channel && one.act == act && one.at <= order_end(order))
}

/// Decisions after the order's own last one belong to a later order of the same post and channel.
fn order_end(order: &Order) -> cleansheet_terms::Timestamp {
    order.call_started.unwrap_or(order.queued)
}

fn in_order(standing: &Standing) -> bool {
    !standing.suspended && standing.acknowledged
}

async fn play(steps: &[Step]) {
    for db in databases().await {
        let mut run = Run::new(World::new(db).await).await;
        run.check().await;
        for step in steps {
            run.take(*step).await;
            run.check().await;
        }
        run.settle().await;
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn nothing_is_public_without_two_people_a_decision_and_everybodys_yes(steps in prop::collection::vec(step(), 5..45)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&steps));
    }
}

#[tokio::test]
async fn the_steps_of_the_random_run_do_reach_the_public() {
    // A property over runs that never publish anything would prove nothing.
    use Step::{Approve, Confirm, Correct, Publish, Render, Submit};
    for db in databases().await {
        let mut run = Run::new(World::new(db).await).await;
        for step in [
            Render,
            Submit,
            Approve("approver"),
            Publish(0),
            Confirm,
            Correct,
            Submit,
            Approve("manager"),
            Publish(4),
        ] {
            run.take(step).await;
        }
        assert_eq!(run.network.len(), 2);
        run.settle().await;
        assert_eq!(run.network.len(), 1, "the corrected copy");
        assert!(matches!(run.world.approve(&run.post(), "approver").await, Err(_) | Ok(Approved::No(_))));
    }
}
