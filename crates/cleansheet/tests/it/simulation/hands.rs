//! What people, networks and workers do in one step.

use std::{pin::Pin, sync::Arc, task::Poll, time::Duration};

use cleansheet::{
    app::App,
    jobs::{self, RunError},
};
use cleansheet_policy::facts;
use cleansheet_records::{
    accounts::{Accounts, NewGrant, Rights},
    approval::{self, Approved},
    consents::Giver,
    facts::Seat,
    jobs::Jobs,
    orders::{Answer, Order, OrderState, Orders},
    posts::{NewPost, Posts},
    settings::Settings,
    tasks::Tasks,
    withdrawals,
};
use cleansheet_simulators::{Act, Fault};
use cleansheet_terms::{Network, PersonId, PostId};

use super::{
    Dice,
    world::{Item, World, says_yes},
};
use crate::post;

/// A little longer than a lease.
const PAST_A_LEASE_MS: i64 = 130_000;
/// So often three times is less than a lease, and longer than what waits for the end of a call waits at once.
const WHILE_IT_IS_ON_ITS_WAY_MS: i64 = 35_000;
/// How long the call takes in which a worker dies or stands still.
const SLOW: Fault = Fault::Slow { ms: 12 };

const FAULTS: [Fault; 12] = [
    Fault::Limited { seconds: 60 },
    Fault::Slow { ms: 3 },
    Fault::Down,
    Fault::DoneBut502,
    Fault::ReplyLost,
    Fault::HalfReply,
    Fault::Twice,
    Fault::Expired,
    Fault::Revoked,
    Fault::ContentRefused,
    Fault::Late { looks: 2 },
    Fault::Refused,
];

fn seat(person: &PersonId) -> Seat<'_> {
    let sign_in = facts::SignIn { idle_minutes: 0, age_minutes: 1, shared_device: false };
    Seat::Person { id: person, sign_in }
}

type Run<'a> = Pin<Box<dyn Future<Output = Result<usize, RunError>> + 'a>>;

impl World {
    /// One step; says whether a worker ran in it.
    pub(crate) async fn step(&mut self, dice: &mut Dice) -> bool {
        match dice.below(44) {
            0..6 => self.write(dice).await,
            6..12 => self.approve(dice).await,
            12..14 => self.withdraw(dice).await,
            14 => self.agree_again(dice).await,
            15 => self.pause_or_go_on().await,
            16 => self.put_away(dice).await,
            17 => self.end_or_permit(dice).await,
            18 => self.connect_again(dice).await,
            19..25 => self.fail(dice),
            25..29 => self.time_passes(dice),
            29 => self.somebody_looks(dice).await,
            30 => self.starts_again().await,
            31..34 => return self.dies(dice).await,
            34 => return self.dies_in_a_call(dice).await,
            35 => return self.stands_still(dice).await,
            36 => return self.is_overtaken(dice).await,
            _ => {
                self.tell("a worker does what is due");
                self.work().await;
                return true;
            }
        }
        false
    }

    /// Does everything that is due.
    pub(crate) async fn work(&self) {
        jobs::run_due(&self.site.app).await.unwrap();
    }

    async fn write(&mut self, dice: &mut Dice) {
        let child = dice.below(self.children.len() + 2);
        self.submit((child < self.children.len()).then_some(child)).await;
    }

    /// Jo writes a post for every account and sends it for approval.
    pub(crate) async fn submit(&mut self, child: Option<usize>) {
        // Nothing in it holds a post back that shows a child.
        let text = format!("{} Part {}.", post::WORDS, self.items.len() + 1);
        self.tell(format!("Jo writes `{text}`, child {child:?}"));
        let id = self.draft(&text).await;
        // Instagram takes nothing without a picture.
        post::picture(&self.site, &id, child.map(|child| &self.children[child].id)).await;
        let (app, jo) = (&self.site.app, self.site.people["author"].clone());
        let mut tx = app.records.begin().await.unwrap();
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        let verdict =
            approval::submit(&mut tx, &id, &seat(&jo), &app.rules(), clock, &mut chance).await.unwrap();
        tx.commit().await.unwrap();
        if verdict.may() {
            self.items.push(Item { id, text, child, approved: false, was_public: false, dead: false });
        } else {
            self.tell("  it is held back");
        }
    }

    async fn draft(&self, text: &str) -> PostId {
        let (app, jo, channels) = (&self.site.app, &self.site.people["author"], self.channels());
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        let mut tx = app.records.begin().await.unwrap();
        let new = NewPost { author: jo, activity: &self.activity, channels: &channels };
        let id = Posts(&mut tx).start(&new, clock, &mut chance).await.unwrap();
        Posts(&mut tx).set_caption(&id, text, jo, clock, &mut chance).await.unwrap();
        Posts(&mut tx).screen_words(&id, &app.allow, clock).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn approve(&mut self, dice: &mut Dice) {
        let waiting: Vec<usize> =
            (0..self.items.len()).filter(|n| !self.items[*n].approved && !self.items[*n].dead).collect();
        if let Some(number) = dice.one_of(&waiting).copied() {
            self.approve_this(number).await;
        }
    }

    pub(crate) async fn approve_this(&mut self, number: usize) {
        let item = &self.items[number];
        self.tell(format!("Priya approves `{}`", item.text));
        let (app, priya) = (&self.site.app, &self.site.people["approver"]);
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        let mut tx = app.records.begin().await.unwrap();
        let content = Posts(&mut tx).content_hash(&item.id).await.unwrap().to_string();
        let done =
            approval::approve(&mut tx, &item.id, &content, &seat(priya), &app.rules(), clock, &mut chance)
                .await;
        tx.commit().await.unwrap();
        match done {
            Ok(Approved::Yes(orders)) => {
                assert_eq!(orders.len(), self.channels().len(), "one order for each channel");
                self.items[number].approved = true;
            }
            Ok(Approved::No(verdict)) => self.tell(format!("  it is held back: {verdict:?}")),
            Err(error) => self.tell(format!("  {error}")),
        }
    }

    async fn withdraw(&mut self, dice: &mut Dice) {
        self.take_back(dice.below(self.children.len())).await;
    }

    /// The parent of this child takes everything back.
    pub(crate) async fn take_back(&mut self, number: usize) {
        self.tell(format!("the parent of child {number} takes everything back"));
        let (app, child) = (&self.site.app, &self.children[number]);
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        let giver = Giver::Guardian(child.guardian.clone());
        let mut tx = app.records.begin().await.unwrap();
        withdrawals::withdraw(&mut tx, &child.id, &giver, "a press", "the trust", clock, &mut chance)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for item in self.items.iter_mut().filter(|item| item.child == Some(number)) {
            item.dead = true;
        }
    }

    async fn agree_again(&self, dice: &mut Dice) {
        let number = dice.below(self.children.len());
        self.tell(format!("the parent of child {number} agrees again"));
        says_yes(&self.site, &self.children[number]).await;
    }

    async fn pause_or_go_on(&mut self) {
        self.tell(if self.paused { "the Manager ends the pause" } else { "the Manager pauses publishing" });
        let (app, dele) = (&self.site.app, &self.site.people["manager"]);
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        let mut tx = app.records.begin().await.unwrap();
        if self.paused {
            Settings(&mut tx).end_pause(dele, clock, &mut chance).await.unwrap();
        } else {
            Settings(&mut tx).start_pause(dele, clock, &mut chance).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.paused = !self.paused;
    }

    async fn put_away(&mut self, dice: &mut Dice) {
        let number = dice.below(self.items.len().max(1));
        if number < self.items.len() {
            self.put_this_away(number).await;
        }
    }

    async fn put_this_away(&mut self, number: usize) {
        let item = &mut self.items[number];
        let (app, jo, id) = (&self.site.app, &self.site.people["author"], item.id.clone());
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        item.dead = true;
        let mut tx = app.records.begin().await.unwrap();
        approval::drop(&mut tx, &id, jo, clock, &mut chance).await.unwrap();
        tx.commit().await.unwrap();
        self.tell(format!("Jo puts `{}` away", self.items[number].text));
    }

    async fn end_or_permit(&mut self, dice: &mut Dice) {
        let number = dice.below(self.accounts.len());
        if self.accounts[number].permitted {
            self.tell(format!("the Manager ends account {number}"));
            let dele = self.site.people["manager"].clone();
            self.site.app.disconnect(&self.accounts[number].channel, &dele).await.unwrap();
            self.accounts[number].permitted = false;
        } else {
            self.permit(number).await;
        }
    }

    /// The Manager permits an account that was ended, opens it to its two people and connects it.
    pub(crate) async fn permit(&mut self, number: usize) {
        self.tell(format!("the Manager permits account {number} again"));
        let (app, dele) = (&self.site.app, &self.site.people["manager"]);
        let (clock, mut chance, id) = (&*app.clock, &app.entropy, self.accounts[number].channel.clone());
        let mut tx = app.records.begin().await.unwrap();
        Accounts(&mut tx).permit(&id, dele, clock, &mut chance).await.unwrap();
        for who in ["author", "approver"] {
            let grant = NewGrant {
                person: &self.site.people[who],
                channel: &id,
                rights: Rights::ALL,
                by: dele,
                from: "2026-06-01".parse().unwrap(),
                until: "2027-05-31".parse().unwrap(),
            };
            Accounts(&mut tx).give(&grant, clock, &mut chance).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.accounts[number].permitted = true;
        self.connect(number).await;
    }

    async fn connect_again(&self, dice: &mut Dice) {
        let number = dice.below(self.accounts.len());
        if self.accounts[number].permitted {
            self.tell(format!("the Manager connects account {number} again"));
            self.connect(number).await;
        }
    }

    fn fail(&self, dice: &mut Dice) {
        let (number, act) = (dice.below(self.accounts.len()), Act::ALL[dice.below(Act::ALL.len())]);
        let fault = match (FAULTS[dice.below(FAULTS.len())], act, self.accounts[number].name) {
            // What is seen only later came to the public in an earlier step: the check could not tell.
            (Fault::Late { .. }, Act::Publish, _) => Fault::ReplyLost,
            // Without a key for repeats it makes two posts of a call that comes twice, which no caller can help.
            (Fault::Twice, Act::Publish, Network::Facebook | Network::Instagram) => Fault::DoneBut502,
            (fault, ..) => fault,
        };
        self.tell(format!("{} is about to fail: {act:?}, {fault:?}", self.accounts[number].name));
        self.accounts[number].network.fail(act, fault);
    }

    fn time_passes(&self, dice: &mut Dice) {
        let seconds = [1, 5, 40, 130, 700, 4_000][dice.below(6)];
        self.tell(format!("{seconds} seconds pass"));
        self.site.clock.advance_ms(seconds * 1_000);
    }

    async fn somebody_looks(&self, dice: &mut Dice) {
        let takes_down = dice.below(4) == 0;
        self.everybody_answers(takes_down).await;
    }

    /// The Manager looks at what the public sees, wherever the program asks for it, and says what is there.
    pub(crate) async fn everybody_answers(&self, takes_down: bool) {
        let (app, dele, seen) = (&self.site.app, &self.site.people["manager"], self.seen());
        let mut tx = app.records.begin().await.unwrap();
        for order in Orders(&mut tx).waiting_for_a_look().await.unwrap() {
            let Some(item) = self.items.iter().find(|item| item.id == order.post) else { continue };
            let number = self.channels().iter().position(|channel| *channel == order.channel).unwrap();
            let there = seen.contains(&(number, item.text.clone()));
            let answer = match (takes_down, there) {
                (true, _) => Answer::TakeDown,
                (false, true) => Answer::There,
                (false, false) => Answer::NotThere,
            };
            self.tell(format!("the Manager looks for `{}` at {number}: {answer:?}", item.text));
            let (clock, mut chance) = (&*app.clock, &app.entropy);
            if let Err(error) = Orders(&mut tx).answer(&order.id, dele, answer, clock, &mut chance).await {
                self.tell(format!("  {error}"));
            }
        }
        tx.commit().await.unwrap();
        self.everybody_takes_down_by_hand().await;
    }

    /// Whoever has to take something down on a network says that it is gone, when the public does not see it.
    async fn everybody_takes_down_by_hand(&self) {
        let (app, dele, seen) = (&self.site.app, &self.site.people["manager"], self.seen());
        let (clock, mut chance) = (&*app.clock, &app.entropy);
        let mut tx = app.records.begin().await.unwrap();
        for task in Tasks(&mut tx).open().await.unwrap() {
            let number = self.channels().iter().position(|channel| *channel == task.channel).unwrap();
            let item = self.items.iter().find(|item| Some(&item.id) == task.post.as_ref()).unwrap();
            if task.said.is_none() && !seen.contains(&(number, item.text.clone())) {
                self.tell(format!("the Manager says that `{}` at {number} is gone", item.text));
                Tasks(&mut tx).say_done(&task.id, dele, clock, &mut chance).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    /// The program starts again: whoever held a job is gone.
    async fn starts_again(&self) {
        self.tell("the program starts again");
        let mut tx = self.site.app.records.begin().await.unwrap();
        Jobs(&mut tx).release_all().await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A worker dies somewhere in what it does.
    async fn dies(&self, dice: &mut Dice) -> bool {
        let readings = self.watched.readings() + 1 + dice.below(40);
        self.tell(format!("a worker dies {} readings of the clock on", readings - self.watched.readings()));
        let mut run: Run<'_> = Box::pin(jobs::run_due(&self.site.app));
        let ended = std::future::poll_fn(|cx| match run.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.watched.readings() >= readings => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        if let Some(done) = ended {
            done.unwrap();
        }
        true
    }

    /// A worker dies after a network has done what it was asked for, and before it says so.
    async fn dies_in_a_call(&self, dice: &mut Dice) -> bool {
        self.tell("a worker dies in the middle of a call");
        let act = [Act::Publish, Act::Delete][dice.below(2)];
        drop(self.until_a_call(&self.site.app, self.account(dice), act, SLOW).await);
        true
    }

    /// A worker stands still in the middle of a call for longer than its lease: another takes the job over, and the first
    /// wakes up behind it.
    async fn stands_still(&self, dice: &mut Dice) -> bool {
        self.tell("a worker stands still in the middle of a call, and another goes on");
        let act = [Act::Publish, Act::Delete][dice.below(2)];
        let run = self.until_a_call(&self.site.app, self.account(dice), act, SLOW).await;
        self.site.clock.advance_ms(PAST_A_LEASE_MS);
        self.work().await;
        if let Some(run) = run {
            run.await.unwrap();
        }
        true
    }

    /// While the call that publishes a post is on its way, its author puts it away or a parent withdraws, and another worker
    /// takes it down; only then the call arrives. Whoever made it reads the answer, or has died.
    async fn is_overtaken(&mut self, dice: &mut Dice) -> bool {
        let (app, number) = (Arc::clone(&self.site.app), dice.below(self.accounts.len()));
        self.write(dice).await;
        self.approve(dice).await;
        self.tell(format!("a call that publishes takes long on its way to {}", self.accounts[number].name));
        let Some(run) = self.until_a_call(&app, number, Act::Publish, Fault::OnTheWay).await else {
            self.accounts[number].network.mend();
            return true;
        };
        self.check(true).await;
        let sending = |orders: &Vec<Order>| orders.iter().any(|order| order.state == OrderState::Sending);
        for (at, orders) in self.orders().await.iter().enumerate() {
            match self.items[at].child {
                _ if !sending(orders) => {}
                Some(child) if dice.below(2) == 0 => self.take_back(child).await,
                _ => self.put_this_away(at).await,
            }
        }
        for _ in 0..3 {
            self.work().await;
            self.check(true).await;
            self.site.clock.advance_ms(WHILE_IT_IS_ON_ITS_WAY_MS);
        }
        self.tell("it arrives");
        self.accounts[number].network.arrive();
        // It was asked for before it was put away: that it is seen for a while is nobody's fault.
        self.public = self.seen();
        if dice.below(2) == 0 {
            self.tell("  and whoever made it has died");
            drop(run);
        } else {
            run.await.unwrap();
        }
        true
    }

    fn account(&self, dice: &mut Dice) -> usize {
        dice.below(self.accounts.len())
    }

    /// Runs until the network of an account is asked for this; `None` when nothing of the kind is due.
    ///
    /// - `fault`: what holds the call up.
    async fn until_a_call<'a>(
        &self,
        app: &'a App,
        account: usize,
        act: Act,
        fault: Fault,
    ) -> Option<Run<'a>> {
        let network = &self.accounts[account].network;
        let held = || network.slowed() + network.on_the_way();
        let before = held();
        network.fail(act, fault);
        let mut run: Run<'a> = Box::pin(jobs::run_due(app));
        let mut look = tokio::time::interval(Duration::from_millis(1));
        loop {
            tokio::select! {
                biased;
                done = &mut run => {
                    done.unwrap();
                    return None;
                }
                _ = look.tick() => {
                    if held() > before {
                        return Some(run);
                    }
                }
            }
        }
    }

    /// Everything is mended and everybody does what they are asked for, until nothing is on its way.
    pub(crate) async fn come_to_an_end(&mut self) {
        self.tell("everything is mended");
        for account in &self.accounts {
            account.network.mend();
        }
        if self.paused {
            self.pause_or_go_on().await;
        }
        for number in 0..self.accounts.len() {
            if !self.accounts[number].permitted {
                self.permit(number).await;
            }
            self.connect(number).await;
        }
        for _ in 0..30 {
            self.work().await;
            self.everybody_answers(false).await;
            self.check(true).await;
            self.site.clock.advance_ms(660_000);
            if self.at_rest().await {
                return;
            }
        }
        assert!(self.at_rest().await, "something is still on its way: {:?}", self.orders().await);
    }
}
