//! Status checks: what may be asked, and what each answer does.

use cleansheet_policy::facts::Dbs;
use cleansheet_records::people::{
    DbsLevel, NewPerson, People,
    dbs::{Answer, Counts, DbsError, Disclosed, NewConsent, NewRecord, Waits, Why},
};
use cleansheet_terms::{Clock as _, Role};

use super::{NUMBER, URL, certificate};
use crate::world::{day, worlds};

#[tokio::test]
async fn no_2_the_update_service_telling_of_a_disclosure_that_nobody_decided_about_stops_its_holder() {
    for mut world in worlds().await {
        world.counting("author", "2026-11-01", Disclosed::Nothing).await;
        world.agree("author").await.unwrap();
        world.answered("author", Answer::NonBlank).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Undecided);
        // The original is looked at again, and decided with the disclosure before somebody.
        world.counting("author", "2026-11-01", Disclosed::Something).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
        world.answered("author", Answer::NonBlank).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
    }
}

#[tokio::test]
async fn new_information_stops_its_holder_and_nothing_but_a_new_certificate_undoes_it() {
    for mut world in worlds().await {
        let id = world.counting("author", "2025-02-01", Disclosed::Nothing).await;
        world.agree("author").await.unwrap();
        world.answered("author", Answer::Blank).await;
        world.sign_in("author").await;
        world.answered("author", Answer::NewInfo).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Undecided);
        assert!(!world.is_signed_in("author").await);
        let mut told = world.mails().await;
        told.sort();
        assert_eq!(
            told.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(),
            ["dsl@example.org", "manager@example.org"]
        );
        for word in ["author", "new", "information", "person_", "status", NUMBER] {
            assert!(!told[0].1.contains(word), "{word} in {}", told[0].1);
        }
        // Ending the subscription, or the agreement, brings nobody back.
        world.answered("author", Answer::NoMatch).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Undecided);
        let author = world.person("author");
        assert_eq!(world.why(&id).await, Some(Why::NewInformation));
        world
            .dbs(async |records, clock, chance| records.end_agreement(&author, &author, clock, chance).await)
            .await
            .unwrap();
        assert_eq!(world.dbs_now("author").await, Dbs::Undecided);
        assert_eq!(world.mails().await.len(), 2, "told once");
        // Nor does the same certificate, or an older one, written down again.
        for issued in ["2025-02-01", "2025-01-31"] {
            let again = world.write("author", "manager", certificate(issued, Some(Disclosed::Nothing))).await;
            let decided = world.decided(&again.unwrap(), "dsl", true, "").await;
            assert!(matches!(decided, Err(DbsError::NewerNeeded)), "{issued}: {decided:?}");
            assert_eq!(world.dbs_now("author").await, Dbs::Undecided);
        }
        let decided = world.decided(&id, "dsl", true, "").await;
        assert!(matches!(decided, Err(DbsError::NewerNeeded)), "nor deciding again: {decided:?}");
        world.counting("author", "2026-11-20", Disclosed::Nothing).await;
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
    }
}

#[tokio::test]
async fn news_about_one_of_the_two_is_told_to_the_other_alone() {
    for mut world in worlds().await {
        let id =
            world.write("manager", "dsl", certificate("2025-02-01", Some(Disclosed::Nothing))).await.unwrap();
        world.decided(&id, "dsl", true, "").await.unwrap();
        let (manager, dsl) = (world.person("manager"), world.person("dsl"));
        let new = NewConsent {
            given: day("2026-11-01"),
            agreed: true,
            declares: true,
            checker: ("Ruth".into(), "Amankwah".into()),
        };
        world
            .dbs(async |records, clock, chance| records.agree(&manager, &new, &dsl, clock, chance).await)
            .await
            .unwrap();
        world.answered("manager", Answer::NewInfo).await;
        let told = world.mails().await;
        assert_eq!(told.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["dsl@example.org"]);
        let waiting =
            world.dbs(async |records, _, _| Ok(records.waiting_for(&manager).await?)).await.unwrap();
        assert!(waiting.is_empty(), "and Today is silent about it to its holder");
    }
}

#[tokio::test]
async fn a_good_answer_begins_the_time_to_the_next_check_anew_as_long_as_its_holder_agrees() {
    for mut world in worlds().await {
        world.counting("author", "2024-01-10", Disclosed::Something).await;
        world.agree("author").await.unwrap();
        world.answered("author", Answer::NonBlank).await;
        world.go_to("2027-01-11T00:00:00Z");
        assert_eq!(world.dbs_now("author").await, Dbs::Current, "three years from the answer on");
        world.answered("author", Answer::NoMatch).await;
        assert_eq!(
            world.dbs_now("author").await,
            Dbs::RecheckOverdue,
            "no evidence: the day of issue counts"
        );
        world.answered("author", Answer::NonBlank).await;
        world.sign_in("author").await;
        world.agree("author").await.unwrap();
        assert!(world.is_signed_in("author").await, "agreeing anew takes nothing away");
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
        let author = world.person("author");
        world
            .dbs(async |records, clock, chance| records.end_agreement(&author, &author, clock, chance).await)
            .await
            .unwrap();
        assert_eq!(world.dbs_now("author").await, Dbs::RecheckOverdue);
        assert!(!world.is_signed_in("author").await);
        assert!(matches!(world.what_to_ask("author").await, Err(DbsError::NotAgreed)), "and nobody is asked");
    }
}

#[tokio::test]
async fn nothing_is_asked_without_agreement_declaration_and_a_certificate_that_can_be_asked_about() {
    for mut world in worlds().await {
        // The world's own certificates were taken over without details.
        assert!(matches!(world.agree("author").await, Err(DbsError::NothingToAsk)));
        let basic =
            NewRecord { level: DbsLevel::Basic, ..certificate("2026-11-01", Some(Disclosed::Nothing)) };
        let id = world.write("author", "manager", basic).await.unwrap();
        world.decided(&id, "dsl", true, "").await.unwrap();
        assert!(matches!(world.agree("author").await, Err(DbsError::NothingToAsk)), "not of a basic check");
        let mut unborn = certificate("2026-11-01", Some(Disclosed::Nothing));
        unborn.identity.birthday = None;
        let id = world.write("author", "manager", unborn).await.unwrap();
        world.decided(&id, "dsl", true, "").await.unwrap();
        assert!(matches!(world.agree("author").await, Err(DbsError::NothingToAsk)), "not without a birthday");
        world.counting("author", "2026-11-01", Disclosed::Nothing).await;
        let (author, manager) = (world.person("author"), world.person("manager"));
        for (agreed, declares) in [(false, true), (true, false)] {
            let checker = ("Dele".to_owned(), "Okafor".to_owned());
            let new = NewConsent { given: day("2026-11-01"), agreed, declares, checker };
            let said = world
                .dbs(async |records, clock, chance| {
                    records.agree(&author, &new, &manager, clock, chance).await
                })
                .await;
            assert!(matches!(said, Err(DbsError::NotAgreed)));
        }
        world.agree("author").await.unwrap();
        let due = world.what_to_ask("author").await.unwrap();
        assert_eq!((due.checker.0.as_str(), due.birthday), ("Dele", day("1990-02-01")));
        assert!(!format!("{due:?}").contains(NUMBER), "no debug form shows a number");
        // Whoever declared is no longer in the role: nobody is asked in their name.
        let new = NewPerson { name: "Another", mail: "another@example.org", roles: &[Role::Manager] };
        world
            .act(async |tx, clock, chance| {
                let other = People(tx).add(&new, None, clock, chance).await.unwrap();
                People(tx).take_role(&manager, Role::Manager, &other, clock, chance).await.unwrap();
            })
            .await;
        assert!(world.what_to_ask("author").await.is_err());
        let dsl = world.person("dsl");
        let waiting = world.dbs(async |records, _, _| Ok(records.waiting_for(&dsl).await?)).await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.what).collect::<Vec<_>>(), [Waits::ToBeDeclared]);
    }
}

#[tokio::test]
async fn three_nights_without_an_answer_are_told_once_and_change_nobodys_standing() {
    for mut world in worlds().await {
        for who in ["author", "approver"] {
            world.counting(who, "2026-11-01", Disclosed::Nothing).await;
            world.agree(who).await.unwrap();
        }
        let mut told = Vec::new();
        for night in ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"] {
            world.go_to(&format!("{night}T06:00:00Z"));
            let now = world.clock.now();
            let due = world.dbs(async |records, _, _| records.due(now).await).await.unwrap();
            assert_eq!(due.len(), 2, "{night}");
            for one in &due {
                world
                    .dbs(async |records, clock, chance| records.not_answered(one, URL, clock, chance).await)
                    .await
                    .unwrap();
            }
            let now = world.clock.now();
            let again = world.dbs(async |records, _, _| records.due(now).await).await.unwrap();
            assert!(again.is_empty(), "not at once again");
            told.push(world.mails().await.len());
        }
        assert_eq!(told, [0, 0, 2, 2], "the two are told once, not for each person and night");
        assert_eq!(world.dbs_now("author").await, Dbs::Current);
        world.go_to("2026-11-26T06:00:00Z");
        world.answered("author", Answer::Blank).await;
        let now = world.clock.now();
        let due = world.dbs(async |records, _, _| records.due(now).await).await.unwrap();
        assert_eq!(due.iter().map(|one| &one.person).collect::<Vec<_>>(), [&world.person("approver")]);
        let (author, manager) = (world.person("author"), world.person("manager"));
        let all = world.dbs(async |records, _, _| records.of(&author, &manager).await).await.unwrap();
        assert_eq!(all[0].line.status, Some(Counts::Passes(day("2026-11-26"))));
    }
}
