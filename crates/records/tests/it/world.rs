//! A small trust on a Saturday, and the steps of its people and workers.

use std::{collections::BTreeMap, sync::LazyLock};

use cleansheet_policy::{Policy, facts::SignIn};
use cleansheet_records::{
    Records, Tx,
    accounts::{Accounts, NewGrant, Rights},
    activities::Activities,
    consents::{Consents, Editions, Giver, Kind, NewAnswer, NewEdition, Purpose, Way},
    people::{
        DbsCheck, DbsLevel, FA_SAFEGUARDING_CHILDREN, NewCertificate, NewPerson, People, RoleRequirement,
        Workforce,
    },
    review::Versions,
    testing::{TestDatabase, databases, tamper},
    withdrawals,
};
use cleansheet_screening::material::Allow;
use cleansheet_terms::{
    ActivityId, CertificateId, ChannelId, Clock as _, CourseId, Date, FixedClock, GuardianId, Naming,
    Network, ParticipantId, PersonId, Role, SeededEntropy, WithdrawalId,
};
use jiff::SignedDuration;

mod working;
mod writing;

pub(crate) use working::erasures_due;

pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(2);
pub(crate) const TRUST: &str = "Riverside United Community Trust";

/// The last day of everybody's answers.
const SEASON: &str = "2027-08-31";

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
                    people.insert(key, People(tx).add(&new, None, clock, chance).await.unwrap());
                }
                for requirement in RoleRequirement::usual() {
                    People(tx).require(&requirement, None, clock, chance).await.unwrap();
                }
                Versions(tx).put_in_force(self::policy().version(), clock, chance).await.unwrap();
                for (key, id) in &people {
                    let other = if *key == "manager" { "dsl" } else { "manager" };
                    let seen = Some((people[other].clone(), now));
                    let check = DbsCheck {
                        level: DbsLevel::Enhanced,
                        workforce: Workforce::Child,
                        issued: day("2025-01-10"),
                        seen,
                        suitable: true,
                    };
                    People(tx).record_dbs(id, &check, clock, chance).await.unwrap();
                    certificate(tx, id, "2025-03-01", Some(&people[other]), clock, chance).await;
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
                        let (from, until) = (day("2026-06-01"), day("2027-05-31"));
                        let rights = Rights::ALL;
                        let grant = NewGrant { person, channel: &channel, rights, by: &manager, from, until };
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
                let first = NewEdition::of_one_text("May we show your child?", None);
                Editions(tx).put_in_force(&first, clock, chance).await.unwrap();
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
                        answer(tx, &child, Giver::Guardian(one.clone()), (true, SEASON), clock, chance).await;
                        all.insert(name, one);
                    }
                    if key == "ines" || key == "tyrone" {
                        answer(tx, &child, Giver::Own, (true, SEASON), clock, chance).await;
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
        self.answer_until(child, giver, yes, SEASON).await;
    }

    /// The same, for another season.
    pub(crate) async fn answer_until(&mut self, child: &ParticipantId, giver: Giver, yes: bool, until: &str) {
        self.act(async |tx, clock, chance| answer(tx, child, giver, (yes, until), clock, chance).await).await;
    }

    /// One more guardian, whom nobody has asked yet.
    pub(crate) async fn guardian_joins(&mut self, child: &str, guardian: &str) {
        let child = self.child(child);
        let added = self
            .act(async |tx, clock, chance| {
                let added = Activities(tx).add_guardian(guardian, "", clock, chance).await.unwrap();
                Activities(tx).link(&child, &added, clock, chance).await.unwrap();
                added
            })
            .await;
        self.guardians.insert(guardian.to_owned(), added);
    }

    pub(crate) async fn withdraw(&mut self, child: &str, guardian: &str) -> WithdrawalId {
        let (child, giver) = (self.child(child), Giver::Guardian(self.guardians[guardian].clone()));
        self.act(async |tx, clock, chance| {
            withdrawals::withdraw(tx, &child, &giver, "the guardian's page", TRUST, clock, chance)
                .await
                .unwrap()
        })
        .await
    }

    /// A yes to pictures on the news page, and to the name as far as it says.
    pub(crate) async fn answer_named(&mut self, child: &ParticipantId, giver: Giver, naming: Naming) {
        let new = NewAnswer {
            participant: child,
            giver,
            purpose: Purpose::News,
            kind: Kind::Website,
            yes: true,
            naming,
            language: "en",
            way: Way::Link,
            evidence: "their own page",
            until: day("2027-08-31"),
        };
        self.act(async |tx, clock, chance| Consents(tx).record(&new, clock, chance).await.unwrap()).await;
    }

    /// A path for SQLite, a URL for PostgreSQL.
    pub(crate) fn address(&self) -> String {
        self.db.address.clone()
    }

    /// Every row of every table as text, of PostgreSQL.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        use sqlx::{AnyConnection, Connection as _, Row as _};
        let mut connection = AnyConnection::connect(&self.db.address).await.unwrap();
        let tables = "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()";
        let mut all = Vec::new();
        for table in sqlx::query(tables).fetch_all(&mut connection).await.unwrap() {
            let name: String = table.get("name");
            let rows = format!("SELECT CAST(t AS TEXT) AS row FROM \"{name}\" t");
            for row in sqlx::query(sqlx::AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap() {
                all.extend(row.get::<String, _>("row").into_bytes());
            }
        }
        all
    }

    /// Changes a row behind the program's back. The text is the test's own.
    pub(crate) async fn tamper(&self, statement: &str) -> Result<(), sqlx::Error> {
        tamper(&self.db.address, statement).await
    }
}

/// A certificate of the FA's course; verified when `by` is somebody.
pub(crate) async fn certificate(
    tx: &mut Tx,
    person: &PersonId,
    completed: &str,
    by: Option<&PersonId>,
    clock: &FixedClock,
    chance: &mut SeededEntropy,
) -> CertificateId {
    let course = CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap();
    let new = NewCertificate { course: &course, completed: day(completed), reference: "" };
    let id = People(tx).add_certificate(person, &new, clock, chance).await.unwrap();
    if let Some(by) = by {
        People(tx).verify_certificate(&id, by, clock, chance).await.unwrap();
    }
    id
}

/// A verified certificate instead of those the person has.
pub(crate) async fn only_certificate(
    tx: &mut Tx,
    person: &PersonId,
    (completed, by): (&str, &PersonId),
    clock: &FixedClock,
    chance: &mut SeededEntropy,
) {
    for old in People(tx).certificates_of(person).await.unwrap() {
        if old.refused.is_none() {
            People(tx).refuse_certificate(&old.id, "another one counts", by, clock, chance).await.unwrap();
        }
    }
    certificate(tx, person, completed, Some(by), clock, chance).await;
}

async fn answer(
    tx: &mut Tx,
    child: &ParticipantId,
    giver: Giver,
    (yes, until): (bool, &str),
    clock: &FixedClock,
    chance: &mut SeededEntropy,
) {
    for kind in [Kind::Website, Kind::Social] {
        let new = NewAnswer {
            participant: child,
            giver: giver.clone(),
            purpose: Purpose::News,
            kind,
            yes,
            naming: Naming::None,
            language: "en",
            way: Way::Paper,
            evidence: "a form, seen by the coach",
            until: day(until),
        };
        Consents(tx).record(&new, clock, chance).await.unwrap();
    }
}
