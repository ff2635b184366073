//! DBS records: what waits beside what counts, who may know what, what goes after six months, and status checks.

use cleansheet_ledger::Entry;
use cleansheet_policy::facts::Dbs;
use cleansheet_records::{
    StoreError, Tx,
    ledger_entries::Ledger,
    mails::Mails,
    people::{
        DbsLevel, People, Workforce,
        dbs::{
            Answer, CertificateNumber, DbsError, DbsRecordId, DbsRecords, Disclosed, Due, Identity,
            NewConsent, NewRecord, Waits, Way, Why, details_are_due, forget_details,
        },
    },
    sealing::Sealer,
    sign_ins::{Browser, Holder, Method, SignIns},
};
use cleansheet_terms::{Clock as _, FixedClock, PersonId, SeededEntropy, Timestamp};

use crate::world::{World, day, worlds};

mod asked;

const NUMBER: &str = "001234567890";
const URL: &str = "https://posts.example.org";

fn sealer() -> Sealer {
    Sealer::new([9; 32])
}

fn certificate(issued: &str, seen: Option<Disclosed>) -> NewRecord {
    NewRecord {
        level: DbsLevel::Enhanced,
        workforce: Workforce::Child,
        issued: day(issued),
        identity: Identity {
            number: CertificateNumber::parse(NUMBER).unwrap(),
            forename: "Jo".into(),
            surname: "Brightwell".into(),
            birthday: Some(day("1990-02-01")),
        },
        seen,
    }
}

impl World {
    /// One transaction on DBS records. What fails is not kept.
    async fn dbs<T>(
        &mut self,
        what: impl AsyncFnOnce(&mut DbsRecords<'_>, &FixedClock, &mut SeededEntropy) -> Result<T, DbsError>,
    ) -> Result<T, DbsError> {
        self.clock.advance_ms(1_000);
        let mut tx = self.records.begin().await.unwrap();
        let done =
            what(&mut DbsRecords { tx: &mut tx, sealer: &sealer() }, &self.clock, &mut self.chance).await;
        if done.is_ok() {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        done
    }

    async fn write(&mut self, of: &str, by: &str, new: NewRecord) -> Result<DbsRecordId, DbsError> {
        let (of, by) = (self.person(of), self.person(by));
        self.dbs(async |records, clock, chance| records.write_down(&of, &new, &by, clock, chance).await).await
    }

    async fn decided(
        &mut self,
        id: &DbsRecordId,
        by: &str,
        suitable: bool,
        note: &str,
    ) -> Result<(), DbsError> {
        let by = self.person(by);
        self.dbs(async |records, clock, chance| records.decide(id, suitable, note, &by, clock, chance).await)
            .await
    }

    async fn dbs_now(&self, who: &str) -> Dbs {
        let mut tx = self.records.read().await.unwrap();
        People(&mut tx).standing(&self.person(who), self.clock.now()).await.unwrap().dbs
    }

    /// A certificate that counts, with what it disclosed.
    async fn counting(&mut self, who: &str, issued: &str, disclosed: Disclosed) -> DbsRecordId {
        let id = self.write(who, "manager", certificate(issued, Some(disclosed))).await.unwrap();
        self.decided(&id, "dsl", true, "Talked it over; long ago.").await.unwrap();
        id
    }

    async fn agree(&mut self, who: &str) -> Result<(), DbsError> {
        let (of, by) = (self.person(who), self.person("manager"));
        let new = NewConsent {
            given: day("2026-11-01"),
            agreed: true,
            declares: true,
            checker: ("Dele".into(), "Okafor".into()),
        };
        self.dbs(async |records, clock, chance| records.agree(&of, &new, &by, clock, chance).await).await
    }

    async fn what_to_ask(&mut self, who: &str) -> Result<Due, DbsError> {
        let of = self.person(who);
        self.dbs(async |records, _, _| records.to_ask(&of).await).await
    }

    async fn answered(&mut self, who: &str, answer: Answer) {
        let due = self.what_to_ask(who).await.unwrap();
        self.dbs(async |records, clock, chance| {
            records.answered(&due, (answer, Way::Service), None, URL, clock, chance).await
        })
        .await
        .unwrap();
    }

    /// Why a status check needs a look, as the safeguarding lead is shown it.
    async fn why(&mut self, id: &DbsRecordId) -> Option<Why> {
        let dsl = self.person("dsl");
        let details =
            self.dbs(async |records, clock, chance| records.details(id, &dsl, clock, chance).await).await;
        details.unwrap().why
    }

    async fn kinds(&self) -> Vec<String> {
        let mut tx = self.records.read().await.unwrap();
        let entries = Ledger(&mut tx).entries_from(0, 10_000).await.unwrap();
        entries.iter().map(|bytes| Entry::parse(bytes).unwrap().kind.to_string()).collect()
    }

    async fn is_signed_in(&self, who: &str) -> bool {
        let mut tx = self.records.read().await.unwrap();
        !SignIns(&mut tx).list_of(&self.person(who), self.clock.now()).await.unwrap().is_empty()
    }

    async fn sign_in(&mut self, who: &str) {
        let holder = Holder::Person(self.person(who));
        self.act(async |tx, clock, chance| {
            let browser = Browser { device: "a phone", shared: false, mark: Some("a mark") };
            SignIns(tx).start(holder, Method::Passkey, browser, clock, chance).await.unwrap();
        })
        .await;
    }

    async fn mails(&self) -> Vec<(String, String)> {
        let mails = Mails(&mut self.records.read().await.unwrap()).newest(99).await.unwrap();
        mails
            .into_iter()
            .filter(|mail| mail.subject == "A record waits for you")
            .map(|mail| (mail.to, mail.body))
            .collect()
    }
}

#[tokio::test]
async fn no_2_a_disclosure_counts_once_somebody_has_decided_and_reads_like_any_other() {
    for mut world in worlds().await {
        world.tamper("DELETE FROM dbs_record").await.unwrap();
        let mut said = Vec::new();
        for disclosed in [Disclosed::Nothing, Disclosed::Something] {
            let mut steps = vec![world.dbs_now("author").await];
            let before = world.kinds().await.len();
            let id = world.write("author", "dsl", certificate("2026-11-01", Some(disclosed))).await.unwrap();
            steps.push(world.dbs_now("author").await);
            world.decided(&id, "dsl", true, "Talked it over.").await.unwrap();
            steps.push(world.dbs_now("author").await);
            world.agree("author").await.unwrap();
            let answer = if disclosed == Disclosed::Something { Answer::NonBlank } else { Answer::Blank };
            world.answered("author", answer).await;
            steps.push(world.dbs_now("author").await);
            said.push((steps, world.kinds().await.split_off(before)));
            world.tamper("DELETE FROM dbs_status").await.unwrap();
            world.tamper("DELETE FROM dbs_consent").await.unwrap();
            world.tamper("DELETE FROM dbs_record").await.unwrap();
        }
        assert_eq!(said[0].0, [Dbs::Missing, Dbs::Undecided, Dbs::Current, Dbs::Current]);
        assert_eq!(said[0], said[1], "neither the standing nor the ledger's words tell one from the other");
    }
}

#[tokio::test]
async fn a_disclosure_is_decided_with_a_note_by_one_of_two_who_is_not_the_holder() {
    for mut world in worlds().await {
        let id = world
            .write("author", "dsl", certificate("2026-11-01", Some(Disclosed::Something)))
            .await
            .unwrap();
        assert!(matches!(world.decided(&id, "dsl", true, " ").await, Err(DbsError::NoteMissing)));
        assert!(matches!(world.decided(&id, "colleague", true, "fine").await, Err(DbsError::NotYours)));
        assert!(matches!(world.decided(&id, "author", true, "fine").await, Err(DbsError::Own)));
        assert!(matches!(world.decided(&id, "dsl", true, &"x".repeat(1_001)).await, Err(DbsError::TooLong)));
        let unseen = world.write("author", "dsl", certificate("2026-11-01", None)).await.unwrap();
        assert!(matches!(world.decided(&unseen, "dsl", true, "").await, Err(DbsError::NotSeen)));
        for (of, other) in [("manager", "dsl"), ("dsl", "manager")] {
            let own = world.write(of, of, certificate("2026-11-01", Some(Disclosed::Nothing))).await;
            assert!(matches!(own, Err(DbsError::Own)), "{of}");
            let id =
                world.write(of, other, certificate("2026-11-01", Some(Disclosed::Something))).await.unwrap();
            world.decided(&id, other, true, "About this very person.").await.unwrap();
            let (of, by) = (world.person(of), world.person(other));
            let look = async |records: &mut DbsRecords<'_>,
                              who: &PersonId,
                              clock: &FixedClock,
                              chance: &mut SeededEntropy| {
                records.details(&id, who, clock, chance).await
            };
            let own = world.dbs(async |records, clock, chance| look(records, &of, clock, chance).await).await;
            assert!(matches!(own, Err(DbsError::Own)), "nobody reads the note about themselves");
            let details = world
                .dbs(async |records, clock, chance| look(records, &by, clock, chance).await)
                .await
                .unwrap();
            assert_eq!(details.identity.unwrap().number.reveal(), NUMBER);
            assert_eq!(details.content.unwrap().note, "About this very person.");
            let views = world.dbs(async |records, _, _| records.views(&of, &by).await).await.unwrap();
            assert_eq!(
                views.iter().map(|one| &one.by).collect::<Vec<_>>(),
                [&by],
                "the look is written down"
            );
        }
        assert_eq!(world.kinds().await.iter().filter(|kind| *kind == "person.dbs_viewed").count(), 2);
    }
}

#[tokio::test]
async fn a_renewal_waits_beside_the_check_in_force_and_makes_nothing_worse() {
    for mut world in worlds().await {
        world.sign_in("author").await;
        // The one in force is from 10 January 2025. A lower one is written down, seen, and decided only then.
        let lower = NewRecord { level: DbsLevel::Standard, ..certificate("2026-11-01", None) };
        let id = world.write("author", "dsl", lower).await.unwrap();
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
        let (dsl, author) = (world.person("dsl"), world.person("author"));
        let waiting = world.dbs(async |records, _, _| Ok(records.waiting_for(&dsl).await?)).await.unwrap();
        assert_eq!(
            waiting.iter().map(|one| (&one.person, one.what)).collect::<Vec<_>>(),
            [(&author, Waits::ToBeSeen)]
        );
        world
            .dbs(async |records, clock, chance| {
                records.see(&id, Disclosed::Nothing, &dsl, clock, chance).await
            })
            .await
            .unwrap();
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
        assert!(world.is_signed_in("author").await);
        world.decided(&id, "dsl", true, "").await.unwrap();
        assert_eq!(world.dbs_now("author").await, Dbs::WrongLevel, "the newest decision counts");
        assert!(!world.is_signed_in("author").await, "and signs out whoever has less than their role needs");
        let all = world.dbs(async |records, _, _| records.of(&author, &dsl).await).await.unwrap();
        assert_eq!(all.len(), 2, "the one before stays in the history");
        assert!(all[0].id == id);
    }
}

async fn kept(world: &World, id: &DbsRecordId, of: &str) -> (bool, bool) {
    let mut tx = world.records.read().await.unwrap();
    let mut records = DbsRecords { tx: &mut tx, sealer: &sealer() };
    let all = records.of(&world.person(of), &world.person("dsl")).await.unwrap();
    let one = all.into_iter().find(|one| one.id == *id).unwrap();
    (one.has_identity, one.has_content)
}

async fn forget(tx: &mut Tx, now: Timestamp) -> Result<usize, StoreError> {
    let due = details_are_due(tx, now).await?;
    let gone = forget_details(tx, now).await?;
    assert_eq!(due, gone > 0);
    Ok(gone)
}

#[tokio::test]
async fn details_go_six_months_after_the_decision_and_the_line_stays() {
    for mut world in worlds().await {
        let asked = world.counting("author", "2026-11-01", Disclosed::Something).await;
        world.agree("author").await.unwrap();
        let plain = world.counting("approver", "2026-11-01", Disclosed::Nothing).await;
        let waits = world.write("colleague", "manager", certificate("2026-11-01", None)).await.unwrap();
        // Decided on 21 November; six months later it is summer time.
        for (instant, gone) in
            [("2027-05-20T22:59:59Z", 0), ("2027-05-20T23:00:00Z", 3), ("2027-05-20T23:00:01Z", 0)]
        {
            world.go_to(instant);
            let now = world.clock.now();
            let done = world.act(async |tx, _, _| forget(tx, now).await.unwrap()).await;
            assert_eq!(done, gone, "{instant}");
        }
        assert_eq!(
            kept(&world, &asked, "author").await,
            (true, false),
            "number and birthday serve status checks"
        );
        assert_eq!(kept(&world, &plain, "approver").await, (false, false));
        assert_eq!(kept(&world, &waits, "colleague").await, (false, false), "nobody ever decided");
        assert_eq!(world.dbs_now("author").await, Dbs::Current, "the minimal line stays");
        world.answered("author", Answer::NonBlank).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Current, "and the decision still counts");
        assert!(matches!(world.decided(&asked, "dsl", false, "x").await, Err(DbsError::Gone)));
        let author = world.person("author");
        world
            .dbs(async |records, clock, chance| records.end_agreement(&author, &author, clock, chance).await)
            .await
            .unwrap();
        let now = world.clock.now();
        assert_eq!(world.act(async |tx, _, _| forget(tx, now).await.unwrap()).await, 1);
        assert_eq!(kept(&world, &asked, "author").await, (false, false));
    }
}

/// Each status check that stops somebody goes on stopping them when the reason is gone.
#[tokio::test]
async fn what_stops_somebody_outlasts_the_six_months_and_why_does_not() {
    for mut world in worlds().await {
        let mut stopped = Vec::new();
        for (who, answer, why) in [
            ("author", Answer::NonBlank, Why::NotDecided),
            ("approver", Answer::NewInfo, Why::NewInformation),
        ] {
            let id = world.counting(who, "2026-11-01", Disclosed::Nothing).await;
            world.agree(who).await.unwrap();
            world.answered(who, answer).await;
            assert_eq!(world.why(&id).await, Some(why));
            stopped.push((who, id));
        }
        world.go_to("2027-05-21T00:00:00Z");
        let now = world.clock.now();
        assert_eq!(world.act(async |tx, _, _| forget(tx, now).await.unwrap()).await, 2);
        for (who, id) in stopped {
            for answer in [Answer::NonBlank, Answer::NoMatch, Answer::NewInfo, Answer::NonBlank] {
                world.answered(who, answer).await;
                assert_eq!(world.dbs_now(who).await, Dbs::Undecided, "{who}: {answer:?}");
                assert_eq!(world.why(&id).await, Some(Why::NotKept), "{who}: {answer:?}");
            }
            let again =
                world.write(who, "manager", certificate("2026-11-01", Some(Disclosed::Nothing))).await;
            let decided = world.decided(&again.unwrap(), "dsl", true, "").await;
            assert!(matches!(decided, Err(DbsError::NewerNeeded)), "{who}: {decided:?}");
            world.answered(who, Answer::Blank).await;
            assert_eq!(world.dbs_now(who).await, Dbs::Current, "{who}: evidence that it is good");
            assert_eq!(world.why(&id).await, None);
        }
    }
}

#[tokio::test]
async fn of_whoever_left_numbers_go_in_half_a_year_and_lines_in_a_year() {
    for mut world in worlds().await {
        let id = world.counting("author", "2026-11-01", Disclosed::Something).await;
        world.agree("author").await.unwrap();
        world.answered("author", Answer::NonBlank).await;
        let (author, manager, dsl) = (world.person("author"), world.person("manager"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| People(tx).leave(&author, &manager, clock, chance).await.unwrap())
            .await;
        let looked =
            world.dbs(async |records, clock, chance| records.details(&id, &dsl, clock, chance).await).await;
        assert!(looked.is_ok());
        let said = world.write("author", "dsl", certificate("2026-11-01", None)).await;
        assert!(matches!(said, Err(DbsError::Person(_))), "nothing new is written about whoever left");
        for (instant, gone) in
            [("2027-05-21T00:00:00Z", 1), ("2027-11-20T23:59:59Z", 0), ("2027-11-21T00:00:00Z", 1)]
        {
            world.go_to(instant);
            let now = world.clock.now();
            assert_eq!(world.act(async |tx, _, _| forget(tx, now).await.unwrap()).await, gone, "{instant}");
            let mut tx = world.records.read().await.unwrap();
            let lines = People(&mut tx).dbs_lines(&author).await.unwrap();
            assert_eq!(lines.is_empty(), instant == "2027-11-21T00:00:00Z", "{instant}");
        }
    }
}
