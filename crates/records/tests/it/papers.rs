//! Certificates: their holder brings one, somebody else looks, the best one counts; and the courses that count.

use cleansheet_policy::facts::Certificate;
use cleansheet_records::{
    orders::OrderState,
    people::{
        CertificateError, CertificateState, CourseError, Courses, FA_SAFEGUARDING_CHILDREN, NewCertificate,
        People, PersonError, Validity,
    },
    sign_ins::{Browser, Holder, Method, SignIns},
};
use cleansheet_terms::{CertificateId, Clock as _, CourseId, PersonId, day_in_london};

use crate::world::{World, day, only_certificate, worlds};

fn fa() -> CourseId {
    CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap()
}

async fn bring(world: &mut World, who: &str, completed: &str) -> Result<CertificateId, CertificateError> {
    let (who, course) = (world.person(who), fa());
    world
        .act(async |tx, clock, chance| {
            let new = NewCertificate { course: &course, completed: day(completed), reference: " FA-1234 " };
            People(tx).bring_certificate(&who, &new, clock, chance).await
        })
        .await
}

async fn verify(world: &mut World, id: &CertificateId, by: &str) -> Result<(), CertificateError> {
    let by = world.person(by);
    world.act(async |tx, clock, chance| People(tx).verify_certificate(id, &by, clock, chance).await).await
}

async fn refuse(
    world: &mut World,
    id: &CertificateId,
    because: &str,
    by: &str,
) -> Result<(), CertificateError> {
    let by = world.person(by);
    world
        .act(async |tx, clock, chance| People(tx).refuse_certificate(id, because, &by, clock, chance).await)
        .await
}

async fn worth(world: &World, who: &str) -> Certificate {
    let mut tx = world.records.read().await.unwrap();
    People(&mut tx).standing(&world.person(who), world.clock.now()).await.unwrap().certificate
}

#[tokio::test]
async fn whoever_has_lapsed_brings_a_new_certificate_and_may_act_once_somebody_else_has_looked() {
    for mut world in worlds().await {
        let (author, manager) = (world.person("author"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                only_certificate(tx, &author, ("2024-11-14", &manager), clock, chance).await;
            })
            .await;
        assert_eq!(worth(&world, "author").await, Certificate::Expired);
        let id = bring(&mut world, "author", "2026-11-20").await.unwrap();
        assert_eq!(worth(&world, "author").await, Certificate::Unverified);
        for (by, own) in [("author", true), ("colleague", false), ("approver", false)] {
            let refused = verify(&mut world, &id, by).await;
            assert!(matches!(refused, Err(CertificateError::Person(PersonError::OwnPapers))) == own, "{by}");
            assert!(matches!(refused, Err(CertificateError::NotVerifier)) != own, "{by}");
        }
        verify(&mut world, &id, "dsl").await.unwrap();
        assert_eq!(worth(&world, "author").await, Certificate::Current);
        assert!(matches!(verify(&mut world, &id, "manager").await, Err(CertificateError::LookedAt)));
        let mut tx = world.records.read().await.unwrap();
        let all = People(&mut tx).certificates_of(&author).await.unwrap();
        assert_eq!(
            (all.len(), all[0].last_day, all[0].reference.as_str()),
            (3, day("2028-11-20"), "FA-1234")
        );
        assert!(People(&mut tx).certificates_waiting().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn one_that_waits_or_is_refused_takes_nothing_away_from_one_that_is_good() {
    for mut world in worlds().await {
        let id = bring(&mut world, "author", "2026-11-20").await.unwrap();
        assert_eq!(worth(&world, "author").await, Certificate::Current);
        assert!(matches!(refuse(&mut world, &id, "  ", "dsl").await, Err(CertificateError::NoReason)));
        refuse(&mut world, &id, "the name on it is another one", "dsl").await.unwrap();
        assert_eq!(worth(&world, "author").await, Certificate::Current);
        assert!(matches!(refuse(&mut world, &id, "again", "dsl").await, Err(CertificateError::LookedAt)));
        assert!(matches!(verify(&mut world, &id, "manager").await, Err(CertificateError::LookedAt)));
        let mut tx = world.records.read().await.unwrap();
        let one = People(&mut tx).certificate(&id).await.unwrap().unwrap();
        assert_eq!(one.state_on(day("2026-11-22")), CertificateState::Refused);
        assert_eq!(one.refused.unwrap().2, "the name on it is another one");
        drop(tx);
        // The same day again is fine after a refusal, and not while one waits.
        bring(&mut world, "author", "2026-11-20").await.unwrap();
        assert!(matches!(bring(&mut world, "author", "2026-11-20").await, Err(CertificateError::Again)));
    }
}

#[tokio::test]
async fn what_would_not_count_is_refused_with_the_reason() {
    for mut world in worlds().await {
        let ended = bring(&mut world, "author", "2022-06-30").await.unwrap_err();
        assert!(ended.to_string().contains("2025-06-30"), "{ended}");
        let early = bring(&mut world, "author", "2026-11-22").await;
        assert!(matches!(early, Err(CertificateError::StillToCome)));
        bring(&mut world, "author", "2026-11-21").await.unwrap();
        for number in 1..5 {
            bring(&mut world, "author", &format!("2026-10-0{number}")).await.unwrap();
        }
        assert!(matches!(bring(&mut world, "author", "2026-10-09").await, Err(CertificateError::TooMany)));
        let author = world.person("author");
        let unknown = world
            .act(async |tx, clock, chance| {
                let course = CourseId::parse("course_none").unwrap();
                let new = NewCertificate { course: &course, completed: day("2026-10-01"), reference: "" };
                People(tx).bring_certificate(&author, &new, clock, chance).await
            })
            .await;
        assert!(matches!(unknown, Err(CertificateError::NoCourse)));
    }
}

async fn begin(world: &mut World, who: &PersonId) -> String {
    let browser = Browser { device: "a phone", shared: false, mark: Some("a") };
    let holder = Holder::Person(who.clone());
    let started = world
        .act(async |tx, clock, chance| {
            SignIns(tx).start(holder, Method::Passkey, browser, clock, chance).await.unwrap()
        })
        .await;
    started.token.reveal().to_owned()
}

async fn is_in(world: &World, token: &str) -> bool {
    let mut tx = world.records.read().await.unwrap();
    SignIns(&mut tx).by_token(token, world.clock.now()).await.unwrap().is_some()
}

/// Six months for what was completed from a day on.
async fn say(world: &mut World, course: &CourseId, from: &str) {
    let manager = world.person("manager");
    world
        .act(async |tx, clock, chance| {
            let new = Validity { from: day(from), months: 6, reason: "the council says so".into() };
            Courses(tx).set_validity(course, &new, &manager, clock, chance).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn the_manager_accepts_a_course_and_says_how_long_it_counts() {
    for mut world in worlds().await {
        let (author, manager, dsl) = (world.person("author"), world.person("manager"), world.person("dsl"));
        let course = world
            .act(async |tx, clock, chance| {
                let mut courses = Courses(tx);
                let not_theirs = courses.accept("Council course", 36, "as good", &dsl, clock, chance).await;
                assert!(matches!(not_theirs, Err(CourseError::Person(PersonError::NotManager))));
                let unsaid = courses.accept("Council course", 36, " ", &manager, clock, chance).await;
                assert!(matches!(unsaid, Err(CourseError::Incomplete)));
                let months = courses.accept("Council course", 0, "as good", &manager, clock, chance).await;
                assert!(matches!(months, Err(CourseError::Months)));
                courses
                    .accept("Council course", 12, "level 2, as good", &manager, clock, chance)
                    .await
                    .unwrap()
            })
            .await;
        let token = begin(&mut world, &author).await;
        world
            .act(async |tx, clock, chance| {
                let old = People(tx).certificates_of(&author).await.unwrap().remove(0).id;
                let new = NewCertificate { course: &course, completed: day("2026-02-01"), reference: "" };
                let id = People(tx).bring_certificate(&author, &new, clock, chance).await.unwrap();
                People(tx).verify_certificate(&id, &manager, clock, chance).await.unwrap();
                People(tx).refuse_certificate(&old, "not hers", &manager, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(worth(&world, "author").await, Certificate::Current);
        assert!(is_in(&world, &token).await, "the other one counts");
        say(&mut world, &course, "2026-03-01").await;
        assert_eq!(worth(&world, "author").await, Certificate::Current, "completed before that");
        say(&mut world, &course, "2026-01-01").await;
        assert_eq!(worth(&world, "author").await, Certificate::Expired);
        assert!(!is_in(&world, &token).await, "signed out in the same moment");
    }
}

#[tokio::test]
async fn what_was_approved_is_not_sent_after_the_midnight_of_the_certificate_though_no_job_ran() {
    for mut world in worlds().await {
        let (author, manager) = (world.person("author"), world.person("manager"));
        let today = day_in_london(world.clock.now());
        let completed = today.checked_sub(jiff::Span::new().months(24)).unwrap().to_string();
        world
            .act(async |tx, clock, chance| {
                only_certificate(tx, &author, (&completed, &manager), clock, chance).await;
            })
            .await;
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        world.go_to("2026-11-22T00:00:00Z");
        let job = world.claim(cleansheet_records::jobs::Work::Publish).await.unwrap();
        let claim = world.claim_to_send(&job).await;
        let cleansheet_records::orders::Claim::Stopped(reasons) = claim else { panic!("it ran out") };
        assert_eq!(reasons[0].rule, "1-author-certificate");
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
    }
}
