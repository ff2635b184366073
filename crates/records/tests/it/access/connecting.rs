//! The trust's own apps, and what networks say of the accounts that are connected there.

use cleansheet_records::{
    accounts::{
        AccountError, Accounts,
        connections::NewConnection,
        health::{Checked, Lacking, VersionEnds, warn, warning_is_due},
    },
    jobs::{Jobs, Work},
    mails::Mails,
    people::PersonError,
};
use cleansheet_terms::{ChannelId, Clock as _, Network, Timestamp};
use jiff::SignedDuration;

use super::{connects, permits};
use crate::world::{LEASE, World, day, worlds};

const ACCOUNTS: &str = "https://posts.example.org/accounts";
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn connected(world: &mut World) -> ChannelId {
    let request = super::asks(world, "author", "Feed").await;
    let channel = permits(world, "manager", &request).await.unwrap();
    connects(world, &channel).await.unwrap();
    channel
}

async fn says(world: &mut World, channel: &ChannelId, ends: Option<Timestamp>, missing: Vec<Lacking>) {
    let checked = Checked { at: Some(world.clock.now()), limits: Some("{}".to_owned()), ends, missing };
    world
        .act(async |tx, clock, chance| {
            let (handle, now) = ("fenland.example", clock.now());
            Accounts(tx).keep_checked(channel, now, handle, &checked, clock, chance).await.unwrap();
        })
        .await;
}

/// Subjects of the mails that one round queues, with how many Managers there are of each.
async fn warned(world: &mut World, versions: &[VersionEnds<'_>]) -> usize {
    let due = world.act(async |tx, clock, _| warning_is_due(tx, versions, clock.now()).await.unwrap()).await;
    let told =
        world.act(async |tx, clock, chance| warn(tx, versions, ACCOUNTS, clock, chance).await.unwrap()).await;
    assert_eq!(due, told > 0, "asking whether it is due says what it does");
    told
}

#[tokio::test]
async fn only_the_manager_writes_the_trusts_own_app_down_and_the_later_one_stands() {
    for mut world in worlds().await {
        let (author, manager) = (world.person("author"), world.person("manager"));
        for (by, id, sealed, works) in [
            (&author, "app-1", b"sealed".as_slice(), false),
            (&manager, "", b"sealed".as_slice(), false),
            (&manager, "app-1", b"".as_slice(), false),
            (&manager, "app-1", b"sealed".as_slice(), true),
            (&manager, "app-2", b"sealed again".as_slice(), true),
        ] {
            let set = world
                .act(async |tx, clock, chance| {
                    Accounts(tx).set_app(Network::X, (id, sealed), by, clock, chance).await
                })
                .await;
            match set {
                Ok(()) => assert!(works, "{id}"),
                Err(AccountError::AppWithoutKeys) => assert!(id.is_empty() || sealed.is_empty()),
                Err(AccountError::Person(PersonError::NotManager)) => assert_eq!(by, &author),
                Err(other) => panic!("{other}"),
            }
        }
        let (app, sealed, other) = world
            .act(async |tx, _, _| {
                let app = Accounts(tx).app(Network::X).await.unwrap().unwrap();
                let sealed = Accounts(tx).sealed_app_secret(Network::X).await.unwrap().unwrap();
                (app, sealed, Accounts(tx).app(Network::Facebook).await.unwrap())
            })
            .await;
        assert_eq!(
            (app.id.as_str(), sealed.as_slice(), &app.by),
            ("app-2", b"sealed again".as_slice(), &manager)
        );
        assert!(other.is_none());
    }
}

#[tokio::test]
async fn a_sign_in_that_ends_is_told_14_7_and_1_days_before_each_once() {
    for mut world in worlds().await {
        let channel = connected(&mut world).await;
        let ends = world.clock.now().as_millisecond() + 20 * DAY;
        let ends = Timestamp::from_millisecond(ends).unwrap();
        says(&mut world, &channel, Some(ends), Vec::new()).await;
        let mut told = Vec::new();
        for left in (0..=20).rev() {
            for _ in 0..3 {
                told.extend(std::iter::repeat_n(left, warned(&mut world, &[]).await));
            }
            world.clock.advance_ms(DAY);
        }
        assert_eq!(told, [14, 7, 1]);
        // Connected again it says nothing until the new sign-in ends.
        connects(&mut world, &channel).await.unwrap();
        assert_eq!(warned(&mut world, &[]).await, 0);
        let checked = world.act(async |tx, _, _| Accounts(tx).connection(&channel).await.unwrap()).await;
        assert_eq!(checked.unwrap().checked, Checked::default(), "what was said before is not believed");
    }
}

#[tokio::test]
async fn what_a_network_has_not_given_is_told_once_and_again_when_it_is_something_else() {
    for mut world in worlds().await {
        let channel = connected(&mut world).await;
        let lacks = |name: &str| Lacking {
            permission: name.to_owned(),
            needed_for: "to post".to_owned(),
            optional: false,
        };
        says(&mut world, &channel, None, vec![lacks("write:statuses")]).await;
        assert_eq!((warned(&mut world, &[]).await, warned(&mut world, &[]).await), (1, 0));
        says(&mut world, &channel, None, vec![lacks("write:statuses"), lacks("write:media")]).await;
        assert_eq!(warned(&mut world, &[]).await, 1);
        says(&mut world, &channel, None, Vec::new()).await;
        assert_eq!(warned(&mut world, &[]).await, 0);
        let (due, kept) = world
            .act(async |tx, clock, _| {
                let due = Accounts(tx).due_for_a_check(clock.now()).await.unwrap();
                (due, Accounts(tx).connection(&channel).await.unwrap().unwrap())
            })
            .await;
        assert!(due.is_empty(), "it was asked today");
        assert_eq!((kept.handle.as_str(), kept.checked.limits.as_deref()), ("fenland.example", Some("{}")));
        world.clock.advance_ms(DAY);
        let due =
            world.act(async |tx, clock, _| Accounts(tx).due_for_a_check(clock.now()).await.unwrap()).await;
        assert_eq!(due, [channel]);
    }
}

#[tokio::test]
async fn what_is_said_of_the_credential_before_changes_nothing_of_the_one_that_took_its_place() {
    for mut world in worlds().await {
        let channel = connected(&mut world).await;
        let (first, asked) = world
            .act(async |tx, clock, _| {
                let (_, first) = Accounts(tx).sealed_credential(&channel).await.unwrap().unwrap();
                (first, clock.now())
            })
            .await;
        // The network is asked with the first one, and the Manager connects the account again meanwhile.
        world.clock.advance_ms(1_000);
        connects(&mut world, &channel).await.unwrap();
        let (kept, now) = world
            .act(async |tx, clock, chance| {
                let mut accounts = Accounts(tx);
                let renewed = accounts.keep_credential(&channel, first, b"renewed").await.unwrap();
                assert!(!renewed, "the tokens of the first one are of no use any more");
                let lacks = Lacking {
                    permission: "write".to_owned(),
                    needed_for: "to post".to_owned(),
                    optional: false,
                };
                let checked = Checked { missing: vec![lacks], ..Checked::default() };
                accounts.keep_checked(&channel, asked, "old.example", &checked, clock, chance).await.unwrap();
                accounts
                    .needs_reconnecting(&channel, asked, "it was revoked", ACCOUNTS, clock, chance)
                    .await
                    .unwrap();
                let (sealed, second) = accounts.sealed_credential(&channel).await.unwrap().unwrap();
                assert!(sealed != b"renewed" && second != first);
                (accounts.connection(&channel).await.unwrap().unwrap(), second)
            })
            .await;
        assert_eq!((kept.broken, kept.checked), (None, Checked::default()));
        let renewed = world
            .act(async |tx, _, _| Accounts(tx).keep_credential(&channel, now, b"renewed").await.unwrap())
            .await;
        assert!(renewed, "its own takes its place");
    }
}

#[tokio::test]
async fn an_account_that_answers_again_is_broken_no_more_and_is_asked_every_day_until_it_does() {
    for mut world in worlds().await {
        let channel = connected(&mut world).await;
        let (asked, manager) = (world.clock.now(), world.person("manager"));
        let breaks = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| {
                    let (now, why) = (clock.now(), "it was revoked");
                    Accounts(tx)
                        .needs_reconnecting(&channel, now, why, ACCOUNTS, clock, chance)
                        .await
                        .unwrap();
                })
                .await;
        };
        let due = async |world: &mut World| {
            world.act(async |tx, clock, _| Accounts(tx).due_for_a_check(clock.now()).await.unwrap()).await
        };
        breaks(&mut world).await;
        assert_eq!(due(&mut world).await, [], "its network was heard today");
        world.clock.advance_ms(DAY);
        assert_eq!(due(&mut world).await, std::slice::from_ref(&channel));
        breaks(&mut world).await;
        assert_eq!(due(&mut world).await, [], "it said no once more");
        // Something waits for the account, and it was mended on the network itself.
        let job = world
            .act(async |tx, clock, chance| {
                let later = clock.now().checked_add(SignedDuration::from_hours(1)).unwrap();
                Jobs(tx).enqueue(Work::Watch, channel.as_str(), later, clock, chance).await.unwrap();
                Jobs(tx).claim(&[Work::Watch], LEASE, clock.now()).await.unwrap()
            })
            .await;
        assert!(job.is_none());
        says(&mut world, &channel, None, Vec::new()).await;
        let (kept, job) = world
            .act(async |tx, clock, _| {
                let kept = Accounts(tx).connection(&channel).await.unwrap().unwrap();
                (kept, Jobs(tx).claim(&[Work::Watch], LEASE, clock.now()).await.unwrap())
            })
            .await;
        assert_eq!((kept.broken, kept.by), (None, manager));
        assert!(kept.checked.at.unwrap() > asked && job.is_some(), "what waited goes on at once");
    }
}

#[tokio::test]
async fn an_ended_account_is_asked_and_its_sign_in_warned_of_while_something_is_out() {
    for mut world in worlds().await {
        let (channel, manager) = (world.channels[0].clone(), world.person("manager"));
        connects(&mut world, &channel).await.unwrap();
        world.published().await;
        let soon = Timestamp::from_millisecond(world.clock.now().as_millisecond() + 3 * DAY).unwrap();
        says(&mut world, &channel, Some(soon), Vec::new()).await;
        let kept = world
            .act(async |tx, clock, chance| {
                Accounts(tx).disconnect(&channel, &manager, clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(kept, None, "the post must still come down");
        assert_eq!(warned(&mut world, &[]).await, 1, "without the sign-in nothing can");
        world.clock.advance_ms(DAY);
        let due =
            world.act(async |tx, clock, _| Accounts(tx).due_for_a_check(clock.now()).await.unwrap()).await;
        assert_eq!(due, std::slice::from_ref(&channel));
        let told = world
            .act(async |tx, clock, chance| {
                let (now, why) = (clock.now(), "it was revoked");
                Accounts(tx).needs_reconnecting(&channel, now, why, ACCOUNTS, clock, chance).await.unwrap();
                Mails(tx).newest(50).await.unwrap()
            })
            .await;
        let told = told.iter().find(|mail| mail.subject == "An account has to be connected again").unwrap();
        assert!(told.body.contains("can no longer take anything down on"), "{}", told.body);
    }
}

#[tokio::test]
async fn a_permission_that_is_lost_a_second_time_is_told_a_second_time() {
    for mut world in worlds().await {
        let channel = connected(&mut world).await;
        let lacks = || {
            vec![Lacking {
                permission: "write".to_owned(),
                needed_for: "to post".to_owned(),
                optional: false,
            }]
        };
        says(&mut world, &channel, None, lacks()).await;
        assert_eq!((warned(&mut world, &[]).await, warned(&mut world, &[]).await), (1, 0));
        world.clock.advance_ms(DAY);
        connects(&mut world, &channel).await.unwrap();
        says(&mut world, &channel, None, Vec::new()).await;
        assert_eq!(warned(&mut world, &[]).await, 0);
        world.clock.advance_ms(DAY);
        says(&mut world, &channel, None, lacks()).await;
        assert_eq!((warned(&mut world, &[]).await, warned(&mut world, &[]).await), (1, 0));
    }
}

#[tokio::test]
async fn the_same_number_on_another_server_of_mastodon_is_another_account() {
    for mut world in worlds().await {
        let (channel, manager) = (world.channels[1].clone(), world.person("manager"));
        for (server, works) in
            [("https://one.example", true), ("https://two.example", false), ("https://one.example", true)]
        {
            let new = NewConnection {
                channel: &channel,
                remote: "1",
                handle: "fenland",
                server,
                way: "OAuth",
                sealed: b"what signs in",
                by: &manager,
            };
            let done =
                world.act(async |tx, clock, chance| Accounts(tx).connect(&new, clock, chance).await).await;
            match done {
                Ok(()) => assert!(works, "{server}"),
                Err(error) => {
                    assert!(!works && matches!(error, AccountError::AnotherAccount { .. }), "{error}")
                }
            }
        }
    }
}

#[tokio::test]
async fn a_version_that_ends_is_told_only_where_an_account_rests_on_it() {
    for mut world in worlds().await {
        let versions = [VersionEnds { network: "Meta", version: "v25.0", last: Some(day("2027-02-10")) }];
        let manager = world.person("manager");
        assert_eq!(warned(&mut world, &versions).await, 0, "nobody is on Facebook");
        let page = world
            .act(async |tx, clock, chance| {
                let page = Accounts(tx).add(Network::Facebook, "Page", clock, chance).await.unwrap();
                Accounts(tx).permit(&page, &manager, clock, chance).await.unwrap();
                page
            })
            .await;
        connects(&mut world, &page).await.unwrap();
        let mut told = Vec::new();
        for left in (0..=90).rev() {
            told.extend(std::iter::repeat_n(left, warned(&mut world, &versions).await));
            world.clock.advance_ms(DAY);
        }
        assert_eq!(told.len(), 4, "90, 30 and 7 days before, and once when it is over: {told:?}");
        // What is set by hand may be newer than the program: then nobody would be told before the end.
        let unknown = [VersionEnds { network: "Meta", version: "v99.0", last: None }];
        assert_eq!((warned(&mut world, &unknown).await, warned(&mut world, &unknown).await), (1, 0));
    }
}
