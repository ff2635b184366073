//! People: who may act, who may change that, and what runs out.

use cleansheet_policy::facts::{self, Certificate, Dbs};
use cleansheet_records::{
    accounts::{AccountError, Accounts, NewGrant, Right, Rights},
    people::{DbsCheck, DbsLevel, NewPerson, People, PersonError, RoleRequirement, RunsOutWhat, Workforce},
    sign_ins::{Browser, LinkKind, SignIns, follow_link},
};
use cleansheet_terms::{Clock as _, Role, day_in_london};

use crate::world::{day, worlds};

#[tokio::test]
async fn a_new_person_may_not_act_before_their_papers_are_there() {
    for mut world in worlds().await {
        let now = world.clock.now();
        let standing = world
            .act(async |tx, clock, chance| {
                let new = NewPerson { name: " Sam ", mail: "Sam@Example.org", roles: &[Role::Staff] };
                let id = People(tx).add(&new, None, clock, chance).await.unwrap();
                let again = NewPerson { name: "Other", mail: "sam@example.org", roles: &[] };
                let taken = People(tx).add(&again, None, clock, chance).await;
                assert!(matches!(taken, Err(PersonError::MailTaken(_))));
                let nameless = NewPerson { name: " ", mail: "x@example.org", roles: &[] };
                assert!(matches!(
                    People(tx).add(&nameless, None, clock, chance).await,
                    Err(PersonError::Incomplete)
                ));
                let found = People(tx).by_mail("SAM@example.org").await.unwrap().unwrap();
                assert_eq!((found.id, found.name.as_str()), (id.clone(), "Sam"));
                People(tx).standing(&id, now).await.unwrap()
            })
            .await;
        assert_eq!((standing.dbs, standing.certificate), (Dbs::Missing, Certificate::Missing));
        assert!(!standing.acknowledged && !standing.suspended);
    }
}

#[tokio::test]
async fn a_check_counts_when_it_is_seen_suitable_and_of_the_right_kind() {
    let good = |seen| DbsCheck {
        level: DbsLevel::Enhanced,
        workforce: Workforce::Child,
        issued: day("2025-01-10"),
        seen,
        suitable: true,
    };
    for mut world in worlds().await {
        let (person, manager, now) = (world.person("author"), world.person("manager"), world.clock.now());
        let seen = Some((manager.clone(), now));
        let cases = [
            (good(seen.clone()), Dbs::Current),
            (DbsCheck { level: DbsLevel::EnhancedBarred, ..good(seen.clone()) }, Dbs::Current),
            (DbsCheck { level: DbsLevel::Standard, ..good(seen.clone()) }, Dbs::WrongLevel),
            (DbsCheck { workforce: Workforce::Adult, ..good(seen.clone()) }, Dbs::WrongLevel),
            (DbsCheck { suitable: false, ..good(seen.clone()) }, Dbs::Undecided),
            (DbsCheck { issued: day("2027-01-10"), ..good(seen.clone()) }, Dbs::Undecided),
            (DbsCheck { issued: day("2022-01-10"), ..good(seen.clone()) }, Dbs::RecheckOverdue),
            // A renewal that nobody has seen yet waits beside the one that counts.
            (good(None), Dbs::RecheckOverdue),
            (good(seen.clone()), Dbs::Current),
            (good(None), Dbs::Current),
        ];
        for (check, expected) in cases {
            let found = world
                .act(async |tx, clock, chance| {
                    People(tx).record_dbs(&person, &check, clock, chance).await.unwrap();
                    People(tx).standing(&person, now).await.unwrap().dbs
                })
                .await;
            assert_eq!(found, expected, "{check:?}");
        }
        let own = good(Some((person.clone(), now)));
        let vouched = world
            .act(async |tx, clock, chance| People(tx).record_dbs(&person, &own, clock, chance).await)
            .await;
        assert!(matches!(vouched, Err(PersonError::OwnPapers)), "nobody sees their own original");
    }
}

#[tokio::test]
async fn the_heaviest_role_decides_and_an_unknown_need_is_an_open_question() {
    for mut world in worlds().await {
        let (author, manager, now) = (world.person("author"), world.person("manager"), world.clock.now());
        let need = RoleRequirement {
            role: Role::Dsl,
            dbs_level: Some(DbsLevel::EnhancedBarred),
            workforce: Workforce::Child,
            recheck_months: 36,
            reason: "looks after concerns".into(),
        };
        let found = world
            .act(async |tx, clock, chance| {
                People(tx).require(&need, Some(&manager), clock, chance).await.unwrap();
                People(tx).give_role(&author, Role::Dsl, &manager, clock, chance).await.unwrap();
                let with = People(tx).standing(&author, now).await.unwrap().dbs;
                People(tx).take_role(&author, Role::Dsl, &manager, clock, chance).await.unwrap();
                (with, People(tx).standing(&author, now).await.unwrap().dbs)
            })
            .await;
        assert_eq!(found, (Dbs::WrongLevel, Dbs::Current));
        world.tamper("DELETE FROM role_requirement WHERE role = 'staff'").await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(People(&mut tx).standing(&author, now).await.unwrap().dbs, Dbs::Undecided);
    }
}

#[tokio::test]
async fn there_is_always_a_manager() {
    for mut world in worlds().await {
        let (manager, other) = (world.person("manager"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                let mut people = People(tx);
                let suspend = people.suspend(&manager, "", &other, clock, chance).await;
                assert!(matches!(suspend, Err(PersonError::LastManager)));
                let leave = people.leave(&manager, &other, clock, chance).await;
                assert!(matches!(leave, Err(PersonError::LastManager)));
                let role = people.take_role(&manager, Role::Manager, &other, clock, chance).await;
                assert!(matches!(role, Err(PersonError::LastManager)));
                people.give_role(&other, Role::Manager, &manager, clock, chance).await.unwrap();
                people.suspend(&manager, "", &other, clock, chance).await.unwrap();
                people.restore(&manager, "", &other, clock, chance).await.unwrap();
            })
            .await;
    }
}

#[tokio::test]
async fn who_leaves_has_no_sign_in_no_link_and_no_permission() {
    for mut world in worlds().await {
        let (author, manager, channel) =
            (world.person("author"), world.person("manager"), world.channels[0].clone());
        let links = world
            .act(async |tx, clock, chance| {
                let mut links = Vec::new();
                for kind in [LinkKind::Once, LinkKind::Demo] {
                    links.push(SignIns(tx).make_link(&author, kind, clock, chance).await.unwrap());
                }
                links
            })
            .await;
        let browser = Browser { device: "a phone", shared: false, mark: None };
        let (clock, records) = (&world.clock, &world.records);
        let started =
            follow_link(records, links[1].reveal(), browser, clock, &mut world.chance).await.unwrap();
        world
            .act(async |tx, clock, chance| People(tx).leave(&author, &manager, clock, chance).await.unwrap())
            .await;
        let now = world.clock.now();
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(SignIns(&mut tx).by_token(started.token.reveal(), now).await.unwrap(), None);
        let today = day_in_london(now);
        assert_eq!(
            Accounts(&mut tx).grant_state(&author, &channel, Right::Draft, today).await.unwrap(),
            facts::Grant::Ended
        );
        assert!(People(&mut tx).standing(&author, now).await.unwrap().suspended);
        drop(tx);
        let (clock, records) = (&world.clock, &world.records);
        for link in &links {
            assert!(follow_link(records, link.reveal(), browser, clock, &mut world.chance).await.is_err());
        }
        let back = world
            .act(async |tx, clock, chance| People(tx).restore(&author, "", &manager, clock, chance).await)
            .await;
        assert!(matches!(back, Err(PersonError::Left)));
    }
}

#[tokio::test]
async fn only_the_manager_permits_accounts_and_people_on_them() {
    for mut world in worlds().await {
        let (author, manager, channel) =
            (world.person("author"), world.person("manager"), world.channels[0].clone());
        let (dsl, today) = (world.person("dsl"), day("2026-11-21"));
        world
            .act(async |tx, clock, chance| {
                let mut accounts = Accounts(tx);
                let refused = accounts.permit(&channel, &dsl, clock, chance).await;
                assert!(matches!(refused, Err(AccountError::Person(PersonError::NotManager))));
                let (from, until) = (day("2026-11-22"), day("2026-11-20"));
                let grant = NewGrant {
                    person: &author,
                    channel: &channel,
                    rights: Rights::ALL,
                    by: &dsl,
                    from,
                    until,
                };
                assert!(accounts.give(&grant, clock, chance).await.is_err());
                let grant = NewGrant { by: &manager, ..grant };
                assert!(matches!(accounts.give(&grant, clock, chance).await, Err(AccountError::Backwards)));
                accounts.end_permission(&channel, &manager, clock, chance).await.unwrap();
                let open = accounts.channels_open_to(&author, Right::Draft, today).await.unwrap();
                assert_eq!(open.len(), 1, "the other account is still permitted");
            })
            .await;
    }
}

#[tokio::test]
async fn a_grant_is_good_from_its_first_to_its_last_day() {
    for mut world in worlds().await {
        let (manager, channel) = (world.person("manager"), world.channels[0].clone());
        let states = world
            .act(async |tx, clock, chance| {
                let new = NewPerson { name: "Sam", mail: "sam@example.org", roles: &[Role::Staff] };
                let person = People(tx).add(&new, None, clock, chance).await.unwrap();
                let (from, until) = (day("2026-11-22"), day("2026-11-24"));
                let grant = NewGrant {
                    person: &person,
                    channel: &channel,
                    rights: Rights::ALL,
                    by: &manager,
                    from,
                    until,
                };
                let id = Accounts(tx).give(&grant, clock, chance).await.unwrap();
                let mut states = Vec::new();
                for on in ["2026-11-21", "2026-11-22", "2026-11-24", "2026-11-25"] {
                    states.push(
                        Accounts(tx).grant_state(&person, &channel, Right::Draft, day(on)).await.unwrap(),
                    );
                }
                Accounts(tx).end(&id, &manager, clock, chance).await.unwrap();
                states.push(
                    Accounts(tx)
                        .grant_state(&person, &channel, Right::Draft, day("2026-11-23"))
                        .await
                        .unwrap(),
                );
                states
            })
            .await;
        use facts::Grant::{Current, Ended, Missing};
        assert_eq!(states, [Missing, Current, Current, Ended, Ended]);
    }
}

#[tokio::test]
async fn what_runs_out_soon_is_listed_soonest_first() {
    for world in worlds().await {
        let mut tx = world.records.read().await.unwrap();
        let at = "2027-02-20T12:00:00Z".parse().unwrap();
        let all = People(&mut tx).runs_out(30, at).await.unwrap();
        assert!(all.iter().all(|one| one.what == RunsOutWhat::Certificate && one.days_left == 9));
        assert_eq!(all.len(), 5);
        let mine = People(&mut tx).runs_out_for(&world.person("author"), 120, at).await.unwrap();
        let what: Vec<_> = mine.iter().map(|one| (one.what, one.last_day)).collect();
        let grant = (RunsOutWhat::Grant, day("2027-05-31"));
        assert_eq!(what, [(RunsOutWhat::Certificate, day("2027-03-01")), grant, grant]);
    }
}
