//! Ways in: what ends a sign-in at once, passkeys, browsers that are new to somebody, printed codes.

use cleansheet_records::{
    mails::{Mail, Mails},
    people::{DbsCheck, DbsLevel, People, RoleRequirement, Workforce},
    sign_ins::{
        Browser, Holder, Method, NewPasskey, PasskeyName, RecoveryError, SignIns, Started, print_code,
        redeem_code,
    },
};
use cleansheet_terms::{Clock as _, PersonId, Role};
use jiff::Span;

use crate::world::{World, certificate, day, only_certificate, worlds};

const MINUTE: i64 = 60_000;

fn browser(mark: Option<&str>) -> Browser<'_> {
    Browser { device: "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Firefox/145.0", shared: mark.is_none(), mark }
}

async fn begin(world: &mut World, who: &PersonId, mark: Option<&str>) -> Started {
    let holder = Holder::Person(who.clone());
    world
        .act(async |tx, clock, chance| {
            SignIns(tx).start(holder, Method::Passkey, browser(mark), clock, chance).await.unwrap()
        })
        .await
}

async fn print(world: &mut World, who: &PersonId, by: &PersonId) -> Result<String, RecoveryError> {
    print_code(&world.records, who, by, &world.clock, &mut world.chance).await
}

async fn redeem(world: &mut World, code: &str, mark: Option<&str>) -> Result<Started, RecoveryError> {
    redeem_code(&world.records, code, browser(mark), &world.clock, &mut world.chance).await
}

async fn is_in(world: &World, started: &Started) -> bool {
    let mut tx = world.records.read().await.unwrap();
    SignIns(&mut tx).by_token(started.token.reveal(), world.clock.now()).await.unwrap().is_some()
}

async fn mails_to(world: &World, address: &str) -> Vec<Mail> {
    let mut mails = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
    mails.retain(|mail| mail.to == address);
    mails
}

fn check(world: &World, issued: &str, suitable: bool) -> DbsCheck {
    let seen = Some((world.person("manager"), world.clock.now()));
    let (level, workforce) = (DbsLevel::Enhanced, Workforce::Child);
    DbsCheck { level, workforce, issued: day(issued), seen, suitable }
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Leaves,
    IsSuspended,
    LosesARole,
    IsFoundUnsuitable,
    BringsAnotherCertificate,
    HasAFalseCertificate,
    GetsARole,
    BringsNewPapers,
}

#[tokio::test]
async fn whoever_loses_standing_or_a_role_is_signed_out_in_the_same_moment() {
    use Change::*;
    let changes = [
        (Leaves, true),
        (IsSuspended, true),
        (LosesARole, true),
        (IsFoundUnsuitable, true),
        (HasAFalseCertificate, true),
        (BringsAnotherCertificate, false),
        (GetsARole, false),
        (BringsNewPapers, false),
    ];
    for (change, ends) in changes {
        for mut world in worlds().await {
            let (author, manager) = (world.person("author"), world.person("manager"));
            let colleague = world.person("colleague");
            let theirs =
                [begin(&mut world, &author, Some("a")).await, begin(&mut world, &author, None).await];
            let other = begin(&mut world, &colleague, Some("b")).await;
            let code = print(&mut world, &author, &manager).await.unwrap();
            let (unsuitable, fine) = (check(&world, "2025-01-10", false), check(&world, "2026-01-10", true));
            world
                .act(async |tx, clock, chance| {
                    let mut people = People(tx);
                    match change {
                        Leaves => people.leave(&author, &manager, clock, chance).await,
                        IsSuspended => people.suspend(&author, "", &manager, clock, chance).await,
                        LosesARole => people.take_role(&author, Role::Staff, &manager, clock, chance).await,
                        IsFoundUnsuitable => people.record_dbs(&author, &unsuitable, clock, chance).await,
                        BringsAnotherCertificate => {
                            certificate(people.0, &author, "2026-03-01", None, clock, chance).await;
                            Ok(())
                        }
                        HasAFalseCertificate => {
                            let theirs = people.certificates_of(&author).await.unwrap().remove(0).id;
                            let refused = people
                                .refuse_certificate(&theirs, "not issued by the FA", &manager, clock, chance)
                                .await;
                            refused.unwrap();
                            Ok(())
                        }
                        GetsARole => people.give_role(&author, Role::Trustee, &manager, clock, chance).await,
                        BringsNewPapers => people.record_dbs(&author, &fine, clock, chance).await,
                    }
                    .unwrap();
                })
                .await;
            for one in &theirs {
                assert_eq!(is_in(&world, one).await, !ends, "{change:?}");
            }
            assert!(is_in(&world, &other).await, "{change:?}: nobody else");
            let redeemed = redeem(&mut world, &code, None).await;
            assert_eq!(redeemed.is_err(), ends, "{change:?}: the printed code too");
        }
    }
}

#[tokio::test]
async fn a_role_that_needs_more_signs_out_whoever_has_less() {
    for mut world in worlds().await {
        let (author, manager) = (world.person("author"), world.person("manager"));
        let (theirs, other) =
            (begin(&mut world, &author, Some("a")).await, begin(&mut world, &manager, Some("b")).await);
        let mut tx = world.records.read().await.unwrap();
        let all = People(&mut tx).requirements().await.unwrap();
        drop(tx);
        let same = all.into_iter().find(|one| one.role == Role::Staff).unwrap();
        let more = RoleRequirement { dbs_level: Some(DbsLevel::EnhancedBarred), ..same.clone() };
        for (requirement, ends) in [(same, false), (more, true)] {
            world
                .act(async |tx, clock, chance| {
                    People(tx).require(&requirement, Some(&manager), clock, chance).await.unwrap();
                })
                .await;
            assert_eq!(is_in(&world, &theirs).await, !ends, "{:?}", requirement.dbs_level);
            assert!(is_in(&world, &other).await, "another role");
        }
    }
}

#[tokio::test]
async fn papers_that_run_out_at_midnight_end_the_sign_in_and_nothing_else_does() {
    // Last day of DBS check, last day of certificate, whether the sign-in lives on after that midnight in London.
    let cases = [
        ("2027-06-01", "2027-06-01", true),
        ("2026-11-21", "2027-06-01", false),
        ("2027-06-01", "2026-11-21", false),
        ("2026-11-21", "2026-11-21", false),
        ("2026-11-20", "2027-06-01", true),
        ("2026-11-22", "2026-11-22", true),
    ];
    for (dbs, papers, lives) in cases {
        for before in [1, 7, 29] {
            for db in cleansheet_records::testing::databases().await {
                let mut world = World::at(db, "2026-11-21T21:00:00Z").await;
                let author = world.person("author");
                let months = {
                    let mut tx = world.records.read().await.unwrap();
                    let all = People(&mut tx).requirements().await.unwrap();
                    all.into_iter().find(|one| one.role == Role::Staff).unwrap().recheck_months
                };
                let issued = day(dbs).checked_sub(Span::new().months(months)).unwrap().to_string();
                let completed = day(papers).checked_sub(Span::new().months(24)).unwrap().to_string();
                let (check, manager) = (check(&world, &issued, true), world.person("manager"));
                world
                    .act(async |tx, clock, chance| {
                        People(tx).record_dbs(&author, &check, clock, chance).await.unwrap();
                        only_certificate(tx, &author, (&completed, &manager), clock, chance).await;
                    })
                    .await;
                let midnight = day("2026-11-22").in_tz("Europe/London").unwrap().timestamp();
                let now = world.clock.now();
                let until = midnight.duration_since(now).as_millis() as i64;
                world.clock.advance_ms(until - before * MINUTE - 1_000);
                let started = begin(&mut world, &author, Some("a")).await;
                world.clock.advance_ms(before * MINUTE - 1);
                assert!(is_in(&world, &started).await, "still the same day");
                world.clock.advance_ms(1);
                assert_eq!(is_in(&world, &started).await, lives, "{dbs} {papers:?} {before}");
                let again = begin(&mut world, &author, Some("a")).await;
                assert!(is_in(&world, &again).await, "they may sign in again, to see what to do");
            }
        }
    }
}

#[tokio::test]
async fn a_shared_device_is_left_for_five_minutes_at_most() {
    for mut world in worlds().await {
        let author = world.person("author");
        let shared = begin(&mut world, &author, None).await;
        let own = begin(&mut world, &author, Some("a")).await;
        world.clock.advance_ms(5 * MINUTE - 1_001);
        assert!(is_in(&world, &shared).await);
        world.clock.advance_ms(1);
        assert!(!is_in(&world, &shared).await);
        assert!(is_in(&world, &own).await);
    }
}

#[tokio::test]
async fn a_new_browser_is_told_once_and_a_shared_one_each_time() {
    for mut world in worlds().await {
        let (author, colleague) = (world.person("author"), world.person("colleague"));
        for (who, mark, told) in [
            (&author, Some("a"), 1),
            (&author, Some("a"), 1),
            (&author, Some("b"), 2),
            (&author, None, 3),
            (&author, None, 4),
            (&colleague, Some("a"), 4),
        ] {
            begin(&mut world, who, mark).await;
            assert_eq!(mails_to(&world, "author@example.org").await.len(), told);
        }
        let mail = mails_to(&world, "colleague@example.org").await.remove(0);
        assert!(mail.body.contains("Firefox on Windows"), "{}", mail.body);
        assert!(!mail.subject.contains("colleague") && !mail.subject.contains("Firefox"), "{}", mail.subject);
    }
}

#[tokio::test]
async fn a_proof_belongs_to_one_sign_in_and_beginning_one_is_none() {
    for mut world in worlds().await {
        let author = world.person("author");
        let (one, two) =
            (begin(&mut world, &author, Some("a")).await, begin(&mut world, &author, Some("b")).await);
        let id = one.sign_in.id.clone();
        world.act(async |tx, clock, _| SignIns(tx).prove(&id, clock.now()).await.unwrap()).await;
        let now = world.clock.now();
        let mut tx = world.records.read().await.unwrap();
        for (started, proved) in [(&one, true), (&two, false)] {
            let found = SignIns(&mut tx).by_token(started.token.reveal(), now).await.unwrap().unwrap();
            assert_eq!((found.is_proved(now), found.method), (proved, Method::Passkey));
        }
    }
}

#[tokio::test]
async fn passkeys_are_named_used_and_removed_by_their_own_person_only() {
    for mut world in worlds().await {
        let (author, colleague) = (world.person("author"), world.person("colleague"));
        let new = NewPasskey { credential_id: "c1", credential: "{}", name: "  My\n phone " };
        let (id, handle) = world
            .act(async |tx, clock, chance| {
                let handle = SignIns(tx).user_handle(&author, chance).await.unwrap();
                assert_eq!(SignIns(tx).user_handle(&author, chance).await.unwrap(), handle, "the same again");
                (SignIns(tx).add_passkey(&author, &new, clock, chance).await.unwrap(), handle)
            })
            .await;
        assert!(!author.as_str().contains(&handle) && handle.len() == 32);
        let found = world
            .act(async |tx, clock, chance| {
                let mut sign_ins = SignIns(tx);
                let other = sign_ins.user_handle(&colleague, chance).await.unwrap();
                assert!(sign_ins.passkey_used("c1", &other).await.unwrap().is_none(), "not theirs");
                assert!(sign_ins.passkey_used("c2", &handle).await.unwrap().is_none(), "unknown");
                let name = PasskeyName::new("Stolen");
                assert!(!sign_ins.name_passkey(&colleague, &id, &name).await.unwrap());
                assert!(!sign_ins.remove_passkey(&colleague, &id, clock.now(), chance).await.unwrap());
                sign_ins.passkey_was_used(&id, "{\"counter\":1}", clock.now()).await.unwrap();
                sign_ins.passkey_used("c1", &handle).await.unwrap().unwrap()
            })
            .await;
        assert_eq!((found.name.as_str(), found.credential.as_str()), ("My phone", "{\"counter\":1}"));
        assert_eq!(found.used, Some(world.clock.now()));
        let manager = world.person("manager");
        world
            .act(async |tx, clock, chance| {
                People(tx).leave(&author, &manager, clock, chance).await.unwrap();
                assert!(SignIns(tx).passkeys_of(&author).await.unwrap().is_empty(), "gone with its person");
            })
            .await;
    }
}

#[tokio::test]
async fn a_printed_code_works_once_within_the_hour_and_ends_everything_else() {
    for mut world in worlds().await {
        let (author, manager) = (world.person("author"), world.person("manager"));
        let before = begin(&mut world, &author, Some("a")).await;
        let first = print(&mut world, &author, &manager).await.unwrap();
        let code = print(&mut world, &author, &manager).await.unwrap();
        assert_eq!(code.split(' ').map(str::len).collect::<Vec<_>>(), [4, 4, 4, 4]);
        for wrong in [first.as_str(), "", "AAAA BBBB CCCC DDDD"] {
            let tried = redeem(&mut world, wrong, None).await;
            assert!(matches!(tried, Err(RecoveryError::BadCode)), "{wrong}");
        }
        let typed = format!(" {}- ", code.to_lowercase().replace(' ', "-"));
        let back = redeem(&mut world, &typed, Some("new")).await.unwrap();
        assert_eq!(back.sign_in.method, Method::Recovery);
        assert!(is_in(&world, &back).await && !is_in(&world, &before).await);
        let again = redeem(&mut world, &code, None).await;
        assert!(matches!(again, Err(RecoveryError::BadCode)), "used");
        let late = print(&mut world, &author, &manager).await.unwrap();
        world.clock.advance_ms(60 * MINUTE);
        assert!(redeem(&mut world, &late, None).await.is_err());
        let told = mails_to(&world, "author@example.org").await;
        assert!(told.iter().any(|mail| mail.body.contains("printed a code")), "{told:?}");
        assert!(told.iter().any(|mail| mail.body.contains("was used")), "{told:?}");
        for mail in told {
            assert!(!mail.body.contains(&code) && !mail.subject.contains("author"), "{mail:?}");
        }
    }
}

#[tokio::test]
async fn nobody_lets_themselves_back_in_and_the_lead_hears_of_a_manager() {
    for mut world in worlds().await {
        let (author, manager, lead) = (world.person("author"), world.person("manager"), world.person("dsl"));
        let own = print(&mut world, &manager, &manager).await;
        assert!(matches!(own, Err(RecoveryError::Oneself)));
        for by in [&author, &lead] {
            assert!(print(&mut world, &author, by).await.is_err(), "no Manager");
        }
        print(&mut world, &author, &manager).await.unwrap();
        assert!(mails_to(&world, "dsl@example.org").await.is_empty());
        world
            .act(async |tx, clock, chance| {
                People(tx).give_role(&author, Role::Manager, &manager, clock, chance).await.unwrap();
            })
            .await;
        print(&mut world, &manager, &author).await.unwrap();
        assert_eq!(mails_to(&world, "dsl@example.org").await.len(), 1);
    }
}
