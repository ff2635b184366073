//! Who stands in for the Manager: from the first day to the last, with the Manager's rights and in their own name.

use cleansheet_records::{
    accounts::{
        AccountError, Accounts, NewGrant, Rights,
        review::{Decision, ReviewError},
    },
    approval::Approved,
    mails::Mails,
    people::{
        CertificateError, CourseError, Courses, DbsCheck, DbsLevel, Deputies, DeputyError, DeputyId,
        FA_SAFEGUARDING_CHILDREN, Happened, NewDeputy, NewPerson, People, PersonError, RoleRequirement,
        Validity, Workforce,
    },
    sign_ins::{Browser, Holder, Method, RecoveryError, SignIns, print_code},
};
use cleansheet_terms::{Clock as _, CourseId, Date, PersonId, Role};

use crate::world::{World, day, worlds};

async fn name(
    world: &mut World,
    who: &str,
    by: &str,
    from: &str,
    until: &str,
) -> Result<DeputyId, DeputyError> {
    let (person, by, from, until) = (world.person(who), world.person(by), day(from), day(until));
    world
        .act(async |tx, clock, chance| {
            let new = NewDeputy { person: &person, by: &by, from, until };
            Deputies(tx).name(&new, clock, chance).await
        })
        .await
}

async fn end(world: &mut World, id: &DeputyId, by: &str) -> Result<(), DeputyError> {
    let by = world.person(by);
    world.act(async |tx, clock, chance| Deputies(tx).end(id, &by, clock, chance).await).await
}

async fn manages(world: &World, who: &str) -> bool {
    let (id, now) = (world.person(who), world.clock.now());
    let person = People(&mut world.records.read().await.unwrap()).find(&id).await.unwrap().unwrap();
    let standing = People(&mut world.records.read().await.unwrap()).standing(&id, now).await.unwrap();
    let answers = [person.is(Role::Manager, now), person.roles_at(now).contains(&Role::Manager)];
    assert_eq!(answers, [standing.roles.contains(&Role::Manager); 2]);
    answers[0]
}

async fn give(world: &mut World, who: &PersonId, by: &str) -> Result<(), AccountError> {
    let (channel, by) = (world.channels[0].clone(), world.person(by));
    let (from, until): (Date, Date) = (day("2026-06-01"), day("2027-05-31"));
    world
        .act(async |tx, clock, chance| {
            let new = NewGrant { person: who, channel: &channel, rights: Rights::ALL, by: &by, from, until };
            Accounts(tx).give(&new, clock, chance).await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn a_deputy_has_the_managers_rights_from_midnight_to_midnight_in_london_and_no_longer() {
    for mut world in worlds().await {
        // Both days lie in winter, the change of the clocks in spring between them.
        name(&mut world, "colleague", "manager", "2027-02-01", "2027-04-15").await.unwrap();
        for (at, does) in [
            ("2026-12-01T12:00:00Z", false),
            ("2027-01-31T23:59:59Z", false),
            ("2027-02-01T00:00:00Z", true),
            ("2027-03-28T00:30:00Z", true),
            ("2027-04-15T22:59:59Z", true),
            ("2027-04-15T23:00:00Z", false),
        ] {
            world.go_to(at);
            assert_eq!(manages(&world, "colleague").await, does, "{at}");
            assert!(manages(&world, "manager").await, "the Manager stays one");
            let stands_in =
                Deputies(&mut world.records.read().await.unwrap()).at(world.clock.now()).await.unwrap();
            assert_eq!(stands_in.map(|one| one.name), does.then(|| "colleague".to_owned()), "{at}");
        }
        let author = world.person("author");
        assert!(matches!(
            give(&mut world, &author, "colleague").await,
            Err(AccountError::Person(PersonError::NotManager))
        ));
    }
}

#[tokio::test]
async fn a_deputy_gives_permission_to_others_in_their_own_name_and_the_right_ends_at_once_with_the_time() {
    for mut world in worlds().await {
        let id = name(&mut world, "colleague", "manager", "2026-11-21", "2026-11-30").await.unwrap();
        let (author, colleague) = (world.person("author"), world.person("colleague"));
        give(&mut world, &author, "colleague").await.unwrap();
        let grants = Accounts(&mut world.records.read().await.unwrap()).grants_of(&author).await.unwrap();
        assert_eq!(grants[0].given_by, colleague, "it says who really gave it");
        end(&mut world, &id, "manager").await.unwrap();
        assert!(!manages(&world, "colleague").await);
        assert!(give(&mut world, &author, "colleague").await.is_err());
        assert!(matches!(end(&mut world, &id, "manager").await, Err(DeputyError::Missing(_))));
    }
}

#[tokio::test]
async fn a_deputy_names_no_other_and_changes_nothing_of_their_own_or_of_a_manager() {
    for mut world in worlds().await {
        name(&mut world, "colleague", "manager", "2026-11-21", "2026-11-30").await.unwrap();
        let (colleague, manager) = (world.person("colleague"), world.person("manager"));
        let passed_on = name(&mut world, "author", "colleague", "2026-12-01", "2026-12-02").await;
        assert!(matches!(passed_on, Err(DeputyError::NotTheManager)));
        let dsl = world.person("dsl");
        for who in [&colleague, &manager, &dsl] {
            let given = give(&mut world, who, "colleague").await;
            assert!(matches!(given, Err(AccountError::Person(PersonError::StandsIn))), "{given:?}");
            let grant = Accounts(&mut world.records.read().await.unwrap()).grants_of(who).await.unwrap()[0]
                .id
                .clone();
            let ended = world
                .act(async |tx, clock, chance| Accounts(tx).end(&grant, &colleague, clock, chance).await)
                .await;
            assert!(matches!(ended, Err(AccountError::Person(PersonError::StandsIn))), "{ended:?}");
        }
        let author = world.person("author");
        world
            .act(async |tx, clock, chance| {
                let mut people = People(tx);
                let refused = [
                    people.give_role(&colleague, Role::Dsl, &colleague, clock, chance).await,
                    people.give_role(&author, Role::Manager, &colleague, clock, chance).await,
                    people.give_role(&author, Role::Dsl, &colleague, clock, chance).await,
                    people.take_role(&manager, Role::Manager, &colleague, clock, chance).await,
                    people.suspend(&manager, "", &colleague, clock, chance).await,
                    people.leave(&manager, &colleague, clock, chance).await,
                    people.suspend(&dsl, "", &colleague, clock, chance).await,
                    people.correct(&manager, ("Me", "me@example.org"), &colleague, clock, chance).await,
                    people.correct(&dsl, ("Me", "me@example.org"), &colleague, clock, chance).await,
                ];
                for (n, one) in refused.into_iter().enumerate() {
                    assert!(matches!(one, Err(PersonError::StandsIn)), "{n}: {one:?}");
                }
                people.suspend(&author, "", &colleague, clock, chance).await.unwrap();
            })
            .await;
        for who in [&manager, &dsl] {
            let code = print_code(&world.records, who, &colleague, &world.clock, &mut world.chance).await;
            assert!(matches!(code, Err(RecoveryError::Person(PersonError::StandsIn))), "{code:?}");
        }
        adds_no_manager_and_no_lead(&mut world, &colleague).await;
        signs_out_and_refuses_only_others(&mut world, &colleague).await;
        changes_no_yardstick(&mut world, &colleague).await;
        keeps_but_removes_no_lines(&mut world, &colleague).await;
    }
}

async fn adds_no_manager_and_no_lead(world: &mut World, deputy: &PersonId) {
    world
        .act(async |tx, clock, chance| {
            for roles in [&[Role::Manager][..], &[Role::Staff, Role::Dsl]] {
                let new = NewPerson { name: "Sam", mail: "sam@example.org", roles };
                let refused = People(tx).add(&new, Some(deputy), clock, chance).await;
                assert!(matches!(refused, Err(PersonError::StandsIn)), "{roles:?}: {refused:?}");
            }
            assert_eq!(People(tx).by_mail("sam@example.org").await.unwrap(), None);
            let new = NewPerson { name: "Sam", mail: "sam@example.org", roles: &[Role::Staff] };
            let sam = People(tx).add(&new, Some(deputy), clock, chance).await.unwrap();
            let added = People(tx).history_of(&sam).await.unwrap().remove(0);
            assert_eq!((added.what, added.by.as_ref()), (Happened::Added, Some(deputy)));
        })
        .await;
}

async fn signs_out_and_refuses_only_others(world: &mut World, deputy: &PersonId) {
    let browser = Browser { device: "a phone", shared: false, mark: Some("a") };
    for (who, may) in [("manager", false), ("dsl", false), ("author", true)] {
        let person = world.person(who);
        let (ended, refused) = world
            .act(async |tx, clock, chance| {
                let holder = Holder::Person(person.clone());
                SignIns(tx).start(holder.clone(), Method::Passkey, browser, clock, chance).await.unwrap();
                let ended = SignIns(tx).end_all_by(&holder, deputy, clock.now(), chance).await;
                let papers = People(tx).certificates_of(&person).await.unwrap().remove(0).id;
                (ended, People(tx).refuse_certificate(&papers, "not theirs", deputy, clock, chance).await)
            })
            .await;
        if may {
            assert_eq!(ended.unwrap(), 1, "{who}");
            refused.unwrap();
        } else {
            assert!(matches!(ended, Err(PersonError::StandsIn)), "{who}: {ended:?}");
            let stands_in = matches!(refused, Err(CertificateError::Person(PersonError::StandsIn)));
            assert!(stands_in, "{who}: {refused:?}");
        }
    }
}

/// Clause 1's own: by it the deputy is measured as well.
async fn changes_no_yardstick(world: &mut World, deputy: &PersonId) {
    world
        .act(async |tx, clock, chance| {
            let [lowest, ..] = RoleRequirement::usual();
            let role = People(tx).require(&lowest, Some(deputy), clock, chance).await;
            assert!(matches!(role, Err(PersonError::NotLent)), "{role:?}");
            let accepted = Courses(tx).accept("Any course", 120, "as good", deputy, clock, chance).await;
            assert!(matches!(accepted, Err(CourseError::Person(PersonError::NotLent))), "{accepted:?}");
            let fa = CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap();
            let long = Validity { from: day("2020-01-01"), months: 120, reason: "longer".into() };
            let put = Courses(tx).set_validity(&fa, &long, deputy, clock, chance).await;
            assert!(matches!(put, Err(CourseError::Person(PersonError::NotLent))), "{put:?}");
        })
        .await;
}

async fn keeps_but_removes_no_lines(world: &mut World, deputy: &PersonId) {
    let lines = world
        .act(async |tx, clock, chance| {
            let review = Accounts(tx).begin_review(Some(deputy), clock, chance).await.unwrap();
            Accounts(tx).lines(&review).await.unwrap()
        })
        .await;
    for (who, decision, may) in [
        ("manager", Decision::Remove, false),
        ("dsl", Decision::Remove, false),
        ("colleague", Decision::Keep, false),
        ("colleague", Decision::Remove, false),
        ("manager", Decision::Keep, true),
        ("dsl", Decision::Keep, true),
        ("author", Decision::Remove, true),
    ] {
        let line = lines.iter().find(|one| one.holder == who).unwrap().id.clone();
        let decided = world
            .act(async |tx, clock, chance| {
                Accounts(tx).decide_line(&line, decision, deputy, clock, chance).await
            })
            .await;
        let refused = matches!(decided, Err(ReviewError::Person(PersonError::StandsIn)));
        assert_eq!((decided.is_ok(), refused), (may, !may), "{who} {decision:?}: {decided:?}");
    }
}

#[tokio::test]
async fn only_somebody_who_could_do_the_managers_work_is_named_and_only_for_a_time() {
    for mut world in worlds().await {
        let today = "2026-11-21";
        let tries = [
            ("colleague", "dsl", today, "2026-11-30", "only the Manager says"),
            ("colleague", "author", today, "2026-11-30", "only the Manager says"),
            ("manager", "manager", today, "2026-11-30", "choose somebody else"),
            ("colleague", "manager", "2026-11-20", "2026-11-30", "is over already"),
            ("colleague", "manager", "2026-11-30", "2026-11-29", "comes before the first"),
            ("colleague", "manager", today, "2027-02-22", "3 months at most"),
            ("colleague", "manager", "2027-12-01", "2027-12-02", "3 months at most"),
            // Their certificate runs out at the end of February 2027.
            ("colleague", "manager", "2027-03-02", "2027-03-09", "clause 1"),
        ];
        for (who, by, from, until, says) in tries {
            let refused = name(&mut world, who, by, from, until).await.unwrap_err().to_string();
            assert!(refused.contains(says), "{who} {from}: {refused}");
        }
        name(&mut world, "colleague", "manager", today, "2027-02-21").await.unwrap();
        let second = name(&mut world, "author", "manager", "2027-02-21", "2027-02-22").await;
        assert!(matches!(second, Err(DeputyError::Taken)), "{second:?}");
        let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
        let told: Vec<&str> =
            mails.iter().filter(|m| m.subject.contains("Standing in")).map(|m| m.to.as_str()).collect();
        assert_eq!(told, ["colleague@example.org"]);
    }
}

#[tokio::test]
async fn papers_that_run_out_meanwhile_end_the_managers_rights_of_a_deputy() {
    for mut world in worlds().await {
        name(&mut world, "colleague", "manager", "2026-11-21", "2026-11-30").await.unwrap();
        let (colleague, author, seen) = (
            world.person("colleague"),
            world.person("author"),
            Some((world.person("dsl"), world.clock.now())),
        );
        let (level, workforce, issued) = (DbsLevel::Basic, Workforce::Child, day("2026-01-10"));
        let check = DbsCheck { level, workforce, issued, seen, suitable: true };
        world
            .act(async |tx, clock, chance| {
                People(tx).record_dbs(&colleague, &check, clock, chance).await.unwrap()
            })
            .await;
        let refused = give(&mut world, &author, "colleague").await;
        assert!(matches!(refused, Err(AccountError::Person(PersonError::NotManager))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_sign_in_goes_on_when_the_time_begins_and_ends_and_an_approval_lifts_what_waits_for_a_manager() {
    for mut world in worlds().await {
        world.allow.confidential = vec!["Project Heron".into()];
        let holder = Holder::Person(world.person("approver"));
        let browser = Browser { device: "a phone", shared: false, mark: Some("a") };
        let started = world
            .act(async |tx, clock, chance| {
                SignIns(tx).start(holder, Method::Passkey, browser, clock, chance).await.unwrap()
            })
            .await;
        let post = world.draft().await;
        world.caption(&post, "Project Heron goes well.").await.unwrap();
        assert!(world.submit(&post).await.unwrap().may());
        let held = world.approve(&post, "approver").await.unwrap();
        assert!(matches!(held, Approved::No(_)), "staff cannot lift it: {held:?}");
        let id = name(&mut world, "approver", "manager", "2026-11-21", "2026-11-30").await.unwrap();
        let lifted = world.approve(&post, "approver").await.unwrap();
        assert!(matches!(lifted, Approved::Yes(_)), "whoever stands in does: {lifted:?}");
        end(&mut world, &id, "approver").await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        let is_in = SignIns(&mut tx).by_token(started.token.reveal(), world.clock.now()).await.unwrap();
        assert!(is_in.is_some());
    }
}

/// Golden case 13, "author suspended", and 21, "the Manager is away", as far as they are about whoever stands in.
#[tokio::test]
async fn golden_21_mails_for_the_manager_go_to_whoever_stands_in_as_well_and_golden_13_not_when_suspended() {
    for mut world in worlds().await {
        name(&mut world, "colleague", "manager", "2026-11-21", "2026-11-30").await.unwrap();
        let channel = world.channels[0].clone();
        let broken = async |world: &mut World| {
            let channel = channel.clone();
            world
                .act(async |tx, clock, chance| {
                    Accounts(tx)
                        .is_out_of_reach(&channel, "https://posts.example.org", clock, chance)
                        .await
                        .unwrap();
                    let mut all = Mails(tx).newest(9).await.unwrap();
                    all.retain(|mail| mail.subject.contains("not connected"));
                    let mut told: Vec<String> = all.into_iter().map(|mail| mail.to).collect();
                    told.sort();
                    told
                })
                .await
        };
        let told = broken(&mut world).await;
        assert_eq!(told, ["colleague@example.org", "dsl@example.org", "manager@example.org"]);
        let (colleague, manager) = (world.person("colleague"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                People(tx).suspend(&colleague, "", &manager, clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(
            Deputies(&mut world.records.read().await.unwrap()).at(world.clock.now()).await.unwrap(),
            None
        );
        let author = world.person("author");
        assert!(give(&mut world, &author, "colleague").await.is_err(), "suspended, whatever the days say");
    }
}

#[tokio::test]
async fn whoever_has_left_is_not_named() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        let sam = world
            .act(async |tx, clock, chance| {
                let new = NewPerson { name: "Sam", mail: "sam@example.org", roles: &[Role::Staff] };
                let sam = People(tx).add(&new, None, clock, chance).await.unwrap();
                People(tx).leave(&sam, &manager, clock, chance).await.unwrap();
                sam
            })
            .await;
        let (from, until) = (day("2026-11-21"), day("2026-11-22"));
        let refused = world
            .act(async |tx, clock, chance| {
                Deputies(tx).name(&NewDeputy { person: &sam, by: &manager, from, until }, clock, chance).await
            })
            .await;
        assert!(matches!(refused, Err(DeputyError::Person(PersonError::Left))), "{refused:?}");
    }
}
