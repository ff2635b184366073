//! A permission is for something, until a day.

use cleansheet_policy::facts::Grant::{Current, Ended, Missing, Narrower};
use cleansheet_records::{
    accounts::{AccountError, Accounts, NewGrant, Right, Rights},
    approval::Approved,
    jobs::Work,
    orders::Claim,
    people::{NewPerson, People},
    posts::Stage,
};
use cleansheet_terms::{Clock as _, Role, day_in_london};

use crate::world::{World, day, worlds};

const DRAFT: Rights = Rights { draft: true, approve: false, reply: false };
const APPROVE: Rights = Rights { draft: false, approve: true, reply: false };

/// Gives somebody a permission on every account, in place of what they had.
async fn gives(world: &mut World, who: &str, rights: Rights) {
    let (person, by, channels) = (world.person(who), world.person("manager"), world.channels.clone());
    world
        .act(async |tx, clock, chance| {
            let from = day_in_london(clock.now());
            for channel in &channels {
                let until = day("2027-05-31");
                let grant = NewGrant { person: &person, channel, rights, by: &by, from, until };
                Accounts(tx).give(&grant, clock, chance).await.unwrap();
            }
        })
        .await;
}

fn rules(reasons: &[cleansheet_policy::Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.rule.as_str()).collect()
}

#[tokio::test]
async fn who_may_draft_only_writes_and_does_not_approve() {
    for mut world in worlds().await {
        gives(&mut world, "author", DRAFT).await;
        gives(&mut world, "approver", DRAFT).await;
        let (id, _) = world.group().await;
        assert!(world.submit(&id).await.unwrap().clear());
        let Approved::No(verdict) = world.approve(&id, "approver").await.unwrap() else {
            panic!("draft only")
        };
        assert_eq!(rules(&verdict.reasons()), ["3-actor-approve"]);
        assert_eq!(world.stage(&id).await, Stage::Submitted);
        gives(&mut world, "approver", APPROVE).await;
        assert!(matches!(world.approve(&id, "approver").await.unwrap(), Approved::Yes(_)));
    }
}

#[tokio::test]
async fn who_may_approve_only_does_not_write() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        gives(&mut world, "author", APPROVE).await;
        let verdict = world.submit(&id).await.unwrap();
        assert_eq!(rules(&verdict.reasons()), ["3-author-draft"]);
    }
}

#[tokio::test]
async fn a_permission_that_is_narrowed_between_approval_and_sending_stops_the_post() {
    for who in ["author", "approver"] {
        for mut world in worlds().await {
            let (id, _) = world.group().await;
            world.approved(&id).await;
            gives(&mut world, who, if who == "author" { APPROVE } else { DRAFT }).await;
            let job = world.claim(Work::Publish).await.unwrap();
            let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("{who}") };
            let expected: &[&str] = match who {
                "author" => &["3-author-draft"],
                _ => &["3-actor-approve", "3-approver-approve"],
            };
            assert_eq!(rules(&reasons), expected, "{who}");
        }
    }
}

#[tokio::test]
async fn a_permission_has_a_purpose_and_runs_for_twelve_months_at_most() {
    for mut world in worlds().await {
        let (person, by, channel) =
            (world.person("author"), world.person("manager"), world.channels[0].clone());
        let unknown = world
            .act(async |tx, clock, chance| {
                let new = NewGrant {
                    person: &person,
                    channel: &channel,
                    rights: DRAFT,
                    by: &by,
                    from: day("2026-11-21"),
                    until: day("2027-11-21"),
                };
                let mut accounts = Accounts(tx);
                accounts.give(&new, clock, chance).await.unwrap();
                let long = NewGrant { until: day("2027-11-22"), ..new.clone() };
                let long = accounts.give(&long, clock, chance).await;
                assert!(matches!(long, Err(AccountError::TooFar)), "{long:?}");
                let idle = NewGrant { rights: Rights::default(), ..new.clone() };
                assert!(matches!(accounts.give(&idle, clock, chance).await, Err(AccountError::NoRights)));
                let other = accounts.add(cleansheet_terms::Network::X, "X", clock, chance).await.unwrap();
                let other = NewGrant { channel: &other, ..new };
                accounts.give(&other, clock, chance).await
            })
            .await;
        assert!(matches!(unknown, Err(AccountError::NotPermitted)), "clause 2 comes before clause 3");
    }
}

#[tokio::test]
async fn a_permission_says_what_it_is_worth_for_each_purpose_and_day() {
    for mut world in worlds().await {
        let (by, channel) = (world.person("manager"), world.channels[0].clone());
        let states = world
            .act(async |tx, clock, chance| {
                let new = NewPerson { name: "Sam", mail: "sam@example.org", roles: &[Role::Staff] };
                let person = People(tx).add(&new, None, clock, chance).await.unwrap();
                let (from, until) = (day("2026-11-22"), day("2026-11-24"));
                let rights = Rights { draft: true, approve: false, reply: true };
                let grant = NewGrant { person: &person, channel: &channel, rights, by: &by, from, until };
                Accounts(tx).give(&grant, clock, chance).await.unwrap();
                let mut states = Vec::new();
                for on in ["2026-11-21", "2026-11-22", "2026-11-24", "2026-11-25"] {
                    let mut on_day = Vec::new();
                    for right in [Right::Draft, Right::Approve, Right::Reply] {
                        let state = Accounts(tx).grant_state(&person, &channel, right, day(on)).await;
                        on_day.push(state.unwrap());
                    }
                    let replies = Accounts(tx).may_reply(&person, &channel, day(on)).await.unwrap();
                    states.push((on_day, replies));
                }
                states
            })
            .await;
        let running = (vec![Current, Narrower, Current], true);
        let (before, after) = ((vec![Missing; 3], false), (vec![Ended; 3], false));
        assert_eq!(states, [before, running.clone(), running, after]);
    }
}

#[tokio::test]
async fn a_new_permission_takes_the_place_of_the_one_that_runs() {
    for mut world in worlds().await {
        gives(&mut world, "approver", DRAFT).await;
        let (person, channel) = (world.person("approver"), world.channels[0].clone());
        let mut tx = world.records.read().await.unwrap();
        let today = day_in_london(world.clock.now());
        let running = Accounts(&mut tx).grants_of(&person).await.unwrap();
        let running: Vec<_> =
            running.iter().filter(|one| one.channel == channel && one.runs_on(today)).collect();
        assert_eq!(running.len(), 1);
        assert_eq!(running[0].rights, DRAFT);
        let state = Accounts(&mut tx).grant_state(&person, &channel, Right::Approve, today).await;
        assert_eq!(state.unwrap(), Narrower);
    }
}

#[tokio::test]
async fn what_was_given_before_is_for_everything() {
    for mut world in worlds().await {
        let (manager, channel) = (world.person("manager"), world.channels[0].clone());
        let person = world
            .act(async |tx, clock, chance| {
                let new = NewPerson { name: "Sam", mail: "sam@example.org", roles: &[Role::Staff] };
                People(tx).add(&new, None, clock, chance).await.unwrap()
            })
            .await;
        // As the version before this one wrote it.
        let old = format!(
            "INSERT INTO channel_grant (id, person_id, channel_id, given_by, from_day, until_day)
             VALUES ('grant_1', '{person}', '{channel}', '{manager}', '2026-01-01', '2027-05-31')"
        );
        world.tamper(&old).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        let grants = Accounts(&mut tx).grants_of(&person).await.unwrap();
        assert_eq!(grants[0].rights, Rights::ALL);
        let state = Accounts(&mut tx).grant_state(&person, &channel, Right::Approve, day("2026-11-21")).await;
        assert_eq!(state.unwrap(), Current);
    }
}

#[tokio::test]
async fn a_permission_of_somebody_who_left_or_on_an_account_that_ended_is_nothing() {
    for mut world in worlds().await {
        let (author, approver, manager) =
            (world.person("author"), world.person("approver"), world.person("manager"));
        let (news, feed) = (world.channels[0].clone(), world.channels[1].clone());
        // Behind the program's back, so that it is the date and not the button that counts.
        world.tamper(&format!("UPDATE person SET left_ms = 1 WHERE id = '{author}'")).await.unwrap();
        world.tamper(&format!("UPDATE channel SET ended_ms = 1 WHERE id = '{feed}'")).await.unwrap();
        let today = day("2026-11-21");
        let mut tx = world.records.read().await.unwrap();
        let mut state = async |person, channel| {
            Accounts(&mut tx).grant_state(person, channel, Right::Draft, today).await.unwrap()
        };
        assert_eq!(state(&author, &news).await, Ended);
        assert_eq!(state(&approver, &feed).await, Ended);
        assert_eq!(state(&approver, &news).await, Current);
        drop(tx);
        // An account that is permitted again begins without anybody on it.
        world
            .act(async |tx, clock, chance| {
                let mut accounts = Accounts(tx);
                accounts.end_permission(&news, &manager, clock, chance).await.unwrap();
                accounts.permit(&news, &manager, clock, chance).await.unwrap();
                let state = accounts.grant_state(&approver, &news, Right::Draft, today).await.unwrap();
                assert_eq!(state, Ended);
            })
            .await;
    }
}
