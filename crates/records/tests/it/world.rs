//! A small trust on a Saturday, and the steps of its people and workers.

use std::{collections::BTreeMap, sync::LazyLock};

use cleansheet_policy::{Policy, facts::SignIn};
use cleansheet_records::{
    Records, Tx,
    accounts::{Accounts, NewGrant},
    activities::Activities,
    approval::{self, Approved, Verdict},
    consents::{Consents, Giver, NewAnswer, Purpose},
    facts::{Rules, Seat},
    jobs::{Claimed, Jobs, Work},
    orders::{Claim, Order, OrderState, Orders},
    people::{
        Course, DbsCheck, DbsLevel, NewPerson, People, RoleRequirement, SafeguardingCertificate, Workforce,
    },
    posts::{
        Area, Depiction, Face, Looked, Mark, NewPhoto, NewPost, Photo, Post, PostError, Posts, Rendition,
        Stage,
    },
    settings::Settings,
    testing::{TestDatabase, databases},
    withdrawals,
};
use cleansheet_screening::material::Allow;
use cleansheet_terms::{
    ActivityId, ChannelId, Clock as _, Date, DepictionId, Digest, FixedClock, GuardianId, Network, OrderId,
    ParticipantId, PersonId, PhotoId, PostId, Role, SeededEntropy, WithdrawalId,
};
use jiff::SignedDuration;

pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(2);
pub(crate) const TRUST: &str = "Riverside United Community Trust";

/// Name, role; all with papers, acknowledgement and a grant.
const STAFF: [(&str, Role); 5] = [
    ("manager", Role::Manager),
    ("dsl", Role::Dsl),
    ("author", Role::Staff),
    ("approver", Role::Staff),
    ("colleague", Role::Staff),
];

/// Key, name, birthday. Everybody's guardians agreed to pictures, not to names.
const CHILDREN: [(&str, &str, &str); 4] = [
    ("asha", "Asha Verma", "2016-02-03"),
    ("leo", "Leo Hartwell", "2017-05-04"),
    ("ines", "Ines Ferraz", "2013-09-09"),
    ("tyrone", "Tyrone Blakely", "2008-11-28"),
];

/// One trust in one database.
pub(crate) struct World {
    pub(crate) db: TestDatabase,
    pub(crate) records: Records,
    pub(crate) clock: FixedClock,
    pub(crate) chance: SeededEntropy,
    pub(crate) allow: Allow,
    pub(crate) people: BTreeMap<&'static str, PersonId>,
    pub(crate) children: BTreeMap<&'static str, ParticipantId>,
    /// Two for each child: `asha 1` and `asha 2`.
    pub(crate) guardians: BTreeMap<String, GuardianId>,
    pub(crate) activity: ActivityId,
    /// The first is the news page.
    pub(crate) channels: Vec<ChannelId>,
}

/// A trust on every engine there is.
pub(crate) async fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for db in databases().await {
        all.push(World::new(db).await);
    }
    all
}

/// The policy in force, loaded once.
pub(crate) fn policy() -> &'static Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::load().unwrap());
    &POLICY
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A sign-in that may do everything.
pub(crate) fn fresh() -> SignIn {
    SignIn { idle_minutes: 1, age_minutes: 20, shared_device: false }
}

impl World {
    pub(crate) async fn new(db: TestDatabase) -> Self {
        Self::at(db, "2026-11-21T12:46:00Z").await
    }

    pub(crate) async fn at(db: TestDatabase, now: &str) -> Self {
        let clock = FixedClock::at(now);
        let mut chance = SeededEntropy::new(3);
        let mut world = Self {
            records: db.records.clone(),
            db,
            allow: Allow::default(),
            people: BTreeMap::new(),
            children: BTreeMap::new(),
            guardians: BTreeMap::new(),
            activity: ActivityId::new(&clock, &mut chance),
            channels: Vec::new(),
            clock,
            chance,
        };
        world.staff().await;
        world.families().await;
        world
    }

    async fn staff(&mut self) {
        let policy = policy().hash();
        let now = self.clock.now();
        let people = self
            .act(async |tx, clock, chance| {
                let mut people = BTreeMap::new();
                for (key, role) in STAFF {
                    let mail = format!("{key}@example.org");
                    let new = NewPerson { name: key, mail: &mail, roles: &[role] };
                    people.insert(key, People(tx).add(&new, clock, chance).await.unwrap());
                }
                for requirement in RoleRequirement::usual() {
                    People(tx).require(&requirement, None, clock, chance).await.unwrap();
                }
                Settings(tx).put_policy_in_force(&policy, clock, chance).await.unwrap();
                for (key, id) in &people {
                    let other = if *key == "manager" { "dsl" } else { "manager" };
                    let seen = Some((people[other].clone(), now));
                    let check = DbsCheck {
                        level: DbsLevel::Enhanced,
                        workforce: Workforce::Child,
                        issued: day("2025-01-10"),
                        seen: seen.clone(),
                        suitable: true,
                    };
                    People(tx).record_dbs(id, &check, clock, chance).await.unwrap();
                    let course = Course::FaSafeguardingChildren;
                    let papers =
                        SafeguardingCertificate { course, completed: day("2025-03-01"), verified: seen };
                    People(tx).record_certificate(id, &papers, clock, chance).await.unwrap();
                    People(tx).acknowledge(id, &policy, clock, chance).await.unwrap();
                }
                people
            })
            .await;
        self.people = people;
        let (manager, staff) = (self.person("manager"), self.people.values().cloned().collect::<Vec<_>>());
        self.channels = self
            .act(async |tx, clock, chance| {
                let mut channels = Vec::new();
                for (name, network) in [("News page", Network::Website), ("Feed", Network::Mastodon)] {
                    let channel = Accounts(tx).add(network, name, clock, chance).await.unwrap();
                    Accounts(tx).permit(&channel, &manager, clock, chance).await.unwrap();
                    for person in &staff {
                        let (from, until) = (day("2026-01-01"), day("2027-05-31"));
                        let grant = NewGrant { person, channel: &channel, by: &manager, from, until };
                        Accounts(tx).give(&grant, clock, chance).await.unwrap();
                    }
                    channels.push(channel);
                }
                channels
            })
            .await;
    }

    async fn families(&mut self) {
        let activity = self
            .act(async |tx, clock, chance| {
                Consents(tx).put_wording("May we show your child?", clock, chance).await.unwrap();
                let on = day("2026-11-21");
                Activities(tx).add_activity("Saturday skills", "Lark Lane", on, clock, chance).await.unwrap()
            })
            .await;
        self.activity = activity.clone();
        let (children, guardians) = self
            .act(async |tx, clock, chance| {
                let (mut children, mut all) = (BTreeMap::new(), BTreeMap::new());
                for (key, name, born) in CHILDREN {
                    let born = Some(day(born));
                    let child = Activities(tx).add_participant(name, born, clock, chance).await.unwrap();
                    Activities(tx).put_on_roster(&activity, &child).await.unwrap();
                    for number in 1..=2 {
                        let (name, mail) = (format!("{key} {number}"), format!("{key}.{number}@example.org"));
                        let one = Activities(tx).add_guardian(&name, &mail, clock, chance).await.unwrap();
                        Activities(tx).link(&child, &one, clock, chance).await.unwrap();
                        answer(tx, &child, Giver::Guardian(one.clone()), true, clock, chance).await;
                        all.insert(name, one);
                    }
                    if key == "ines" || key == "tyrone" {
                        answer(tx, &child, Giver::Own, true, clock, chance).await;
                    }
                    children.insert(key, child);
                }
                (children, all)
            })
            .await;
        (self.children, self.guardians) = (children, guardians);
    }

    /// Runs one transaction, a second later than the one before.
    pub(crate) async fn act<T>(
        &mut self,
        what: impl AsyncFnOnce(&mut Tx, &FixedClock, &mut SeededEntropy) -> T,
    ) -> T {
        self.clock.advance_ms(1_000);
        let mut tx = self.records.begin().await.unwrap();
        let out = what(&mut tx, &self.clock, &mut self.chance).await;
        tx.commit().await.unwrap();
        out
    }

    pub(crate) fn person(&self, key: &str) -> PersonId {
        self.people[key].clone()
    }

    pub(crate) fn child(&self, key: &str) -> ParticipantId {
        self.children[key].clone()
    }

    /// Stands at another instant; never earlier than now.
    pub(crate) fn go_to(&self, instant: &str) {
        let then: cleansheet_terms::Timestamp = instant.parse().unwrap();
        let by = then.as_millisecond() - self.clock.now().as_millisecond();
        assert!(by >= 0, "time goes on");
        self.clock.advance_ms(by);
    }

    /// An answer to pictures without names, on both networks.
    pub(crate) async fn answer(&mut self, child: &ParticipantId, giver: Giver, yes: bool) {
        self.act(async |tx, clock, chance| answer(tx, child, giver, yes, clock, chance).await).await;
    }

    // ── Drafts

    /// A draft for the news page with good words and no photo.
    pub(crate) async fn draft(&mut self) -> PostId {
        let (author, activity, channels) =
            (self.person("author"), self.activity.clone(), self.channels[..1].to_vec());
        let id = self
            .act(async |tx, clock, chance| {
                let new = NewPost { author: &author, activity: &activity, channels: &channels };
                Posts(tx).start(&new, clock, chance).await.unwrap()
            })
            .await;
        self.caption(&id, "What a morning. Everybody scored.").await.unwrap();
        id
    }

    pub(crate) async fn caption(&mut self, id: &PostId, words: &str) -> Result<(), PostError> {
        let (author, allow) = (self.person("author"), self.allow.clone());
        self.act(async |tx, clock, chance| {
            Posts(tx).set_caption(id, words, &author, clock, chance).await?;
            Posts(tx).screen_words(id, &allow, clock).await.map(|_| ())
        })
        .await
    }

    pub(crate) async fn tick(&mut self, id: &PostId, channels: &[ChannelId]) -> Result<(), PostError> {
        let author = self.person("author");
        self.act(async |tx, clock, chance| Posts(tx).set_channels(id, channels, &author, clock, chance).await)
            .await
    }

    /// Adds a photo and looks at it: this many faces, a tenth of the picture each.
    pub(crate) async fn photo(&mut self, id: &PostId, faces: usize) -> PhotoId {
        let author = self.person("author");
        let photo = self
            .act(async |tx, clock, chance| {
                let original = cleansheet_terms::random_hex(chance, 16);
                let new = NewPhoto { given_name: "IMG_0017.jpg", original: &original };
                Posts(tx).add_photo(id, &new, &author, clock, chance).await.unwrap()
            })
            .await;
        self.act(async |tx, clock, chance| {
            Posts(tx)
                .set_alt_text(&photo, "Children run after a ball", &author, clock, chance)
                .await
                .unwrap();
            assert!(Posts(tx).looking(&photo).await.unwrap());
            let faces: Vec<Face> = (0..faces)
                .map(|n| Area { x: 150.0 * n as f64, y: 40.0, w: 80.0, h: 100.0 })
                .map(|area| Face { area, score: 0.9 })
                .collect();
            let looked = Looked { width: 1500, height: 1000, nudity: 0.01 };
            Posts(tx).looked(&photo, &faces, looked, clock, chance).await.unwrap();
        })
        .await;
        self.finish(&[Work::ScreenPhoto]).await;
        photo
    }

    pub(crate) async fn faces(&self, photo: &PhotoId) -> Vec<Depiction> {
        Posts(&mut self.records.read().await.unwrap()).depictions(photo).await.unwrap()
    }

    pub(crate) async fn mark(&mut self, face: &DepictionId, mark: Mark<'_>) -> Result<(), PostError> {
        let author = self.person("author");
        self.act(async |tx, clock, chance| Posts(tx).mark(face, mark, &author, clock, chance).await).await
    }

    /// Makes every copy that is missing, as the job would.
    pub(crate) async fn render(&mut self, id: &PostId) {
        for photo in self.photos(id).await {
            self.act(async |tx, _, _| {
                for missing in Posts(tx).to_render(&photo.id).await.unwrap() {
                    let bytes = format!("{} {} {}", photo.id, missing.channel, missing.marks);
                    let copy = Rendition {
                        photo: photo.id.clone(),
                        channel: missing.channel,
                        marks: missing.marks,
                        hash: Digest::of(bytes.as_bytes()),
                        width: 1200,
                        height: 800,
                        size_bytes: 90_000,
                    };
                    assert!(Posts(tx).put_rendition(&copy).await.unwrap());
                }
            })
            .await;
        }
        self.finish(&[Work::Render]).await;
    }

    /// A draft with one photo of three faces: Asha and Leo are shown, the third is covered. Everything is in order.
    pub(crate) async fn group(&mut self) -> (PostId, PhotoId) {
        let id = self.draft().await;
        let photo = self.photo(&id, 3).await;
        let faces = self.faces(&photo).await;
        let (asha, leo) = (self.child("asha"), self.child("leo"));
        self.mark(&faces[0].id, Mark::Roster(&asha)).await.unwrap();
        self.mark(&faces[1].id, Mark::Roster(&leo)).await.unwrap();
        self.render(&id).await;
        (id, photo)
    }

    pub(crate) async fn post(&self, id: &PostId) -> Post {
        Posts(&mut self.records.read().await.unwrap()).post(id).await.unwrap().unwrap()
    }

    pub(crate) async fn stage(&self, id: &PostId) -> Stage {
        self.post(id).await.stage
    }

    pub(crate) async fn photos(&self, id: &PostId) -> Vec<Photo> {
        Posts(&mut self.records.read().await.unwrap()).photos(id).await.unwrap()
    }

    pub(crate) async fn orders(&self, id: &PostId) -> Vec<Order> {
        Orders(&mut self.records.read().await.unwrap()).orders_of(id).await.unwrap()
    }

    pub(crate) async fn order(&self, id: &OrderId) -> Order {
        Orders(&mut self.records.read().await.unwrap()).order(id).await.unwrap().unwrap()
    }

    pub(crate) async fn content(&self, id: &PostId) -> String {
        Posts(&mut self.records.read().await.unwrap()).content_hash(id).await.unwrap().to_string()
    }

    // ── Two people

    pub(crate) async fn submit(&mut self, id: &PostId) -> Result<Verdict, PostError> {
        let (author, allow) = (self.person("author"), self.allow.clone());
        self.act(async |tx, clock, chance| {
            let seat = Seat::Person { id: &author, sign_in: fresh() };
            let rules = Rules { policy: policy(), allow: &allow };
            approval::submit(tx, id, &seat, &rules, clock, chance).await
        })
        .await
    }

    pub(crate) async fn would_submit(&self, id: &PostId) -> Verdict {
        let author = self.person("author");
        let seat = Seat::Person { id: &author, sign_in: fresh() };
        let rules = Rules { policy: policy(), allow: &self.allow };
        let mut tx = self.records.read().await.unwrap();
        approval::would_submit(&mut tx, id, &seat, &rules, self.clock.now()).await.unwrap()
    }

    /// Approves what is there now.
    pub(crate) async fn approve(&mut self, id: &PostId, by: &str) -> Result<Approved, PostError> {
        let content = self.content(id).await;
        self.approve_what(id, &content, by, fresh()).await
    }

    pub(crate) async fn approve_what(
        &mut self,
        id: &PostId,
        content: &str,
        by: &str,
        sign_in: SignIn,
    ) -> Result<Approved, PostError> {
        let (by, allow) = (self.person(by), self.allow.clone());
        self.act(async |tx, clock, chance| {
            let seat = Seat::Person { id: &by, sign_in };
            let rules = Rules { policy: policy(), allow: &allow };
            approval::approve(tx, id, content, &seat, &rules, clock, chance).await
        })
        .await
    }

    /// Submits and approves; the orders wait.
    pub(crate) async fn approved(&mut self, id: &PostId) -> Vec<OrderId> {
        let verdict = self.submit(id).await.unwrap();
        assert!(verdict.may(), "{:?}", verdict.reasons());
        match self.approve(id, "approver").await.unwrap() {
            Approved::Yes(orders) => orders,
            Approved::No(verdict) => panic!("{:?}", verdict.reasons()),
        }
    }

    // ── Workers

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

    // ── Families

    pub(crate) async fn withdraw(&mut self, child: &str, guardian: &str) -> WithdrawalId {
        let (child, giver) = (self.child(child), Giver::Guardian(self.guardians[guardian].clone()));
        self.act(async |tx, clock, chance| {
            withdrawals::withdraw(tx, &child, &giver, "the guardian's page", TRUST, clock, chance)
                .await
                .unwrap()
        })
        .await
    }

    /// Changes a row behind the program's back. The text is the test's own.
    pub(crate) async fn tamper(&self, statement: &str) -> Result<(), sqlx::Error> {
        use sqlx::{AnyConnection, Connection as _};
        let address = match self.db.address.split_once(':') {
            Some(_) => self.db.address.clone(),
            None => format!("sqlite://{}", self.db.address),
        };
        let mut connection = AnyConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.map(|_| ())
    }
}

async fn answer(
    tx: &mut Tx,
    child: &ParticipantId,
    giver: Giver,
    yes: bool,
    clock: &FixedClock,
    chance: &mut SeededEntropy,
) {
    for network in [Network::Website, Network::Mastodon] {
        let new = NewAnswer {
            participant: child,
            giver: giver.clone(),
            purpose: Purpose::SocialMedia,
            network,
            yes,
            naming: false,
            evidence: "a form, seen by the coach",
            until: day("2027-08-31"),
        };
        Consents(tx).record(&new, clock, chance).await.unwrap();
    }
}
