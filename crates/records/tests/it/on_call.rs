//! Cover: the warning when too few people can approve, and who is told that a post waits.

use cleansheet_records::{
    accounts::Accounts,
    approval,
    cover::{self, NewTurn, OnCall, TellOthers, ToldOf, TurnError},
    jobs::Work,
    mails::{Mail, Mails},
    people::People,
    posts::PostError,
    sealing::Sealer,
    sign_ins::{
        SignIns,
        pushes::{PushError, Pushes},
    },
};
use cleansheet_terms::{Clock as _, PostId};
use jiff::SignedDuration;

use crate::world::{World, policy, worlds};

const ORIGIN: &str = "https://posts.example.org";
const SUBJECT: &str = "A post waits for a second person";

async fn submitted(world: &mut World) -> PostId {
    let post = world.draft().await;
    assert!(world.submit(&post).await.unwrap().may());
    post
}

async fn tell(world: &mut World, post: &PostId) -> usize {
    world
        .act(async |tx, clock, chance| {
            cover::tell_waiting(tx, post, policy(), ORIGIN, clock, chance).await.unwrap()
        })
        .await
}

async fn tell_others(world: &mut World, post: &PostId) -> Result<TellOthers, PostError> {
    world
        .act(async |tx, clock, chance| cover::tell_others(tx, post, policy(), ORIGIN, clock, chance).await)
        .await
}

async fn told(world: &World, post: &PostId) -> Vec<ToldOf> {
    cover::told_of(&mut world.records.read().await.unwrap(), post).await.unwrap()
}

fn names(told: &[ToldOf]) -> Vec<&str> {
    told.iter().map(|one| one.name.as_str()).collect()
}

async fn mails(world: &World, subject: &str) -> Vec<Mail> {
    let mut all = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
    all.retain(|mail| mail.subject == subject);
    all
}

/// A turn of three hours from now.
async fn on_call(world: &mut World, who: &str, by: &str) -> Result<(), TurnError> {
    let (person, by, from) = (world.person(who), world.person(by), world.clock.now());
    let until = from + SignedDuration::from_hours(3);
    world
        .act(async |tx, clock, chance| {
            let new = NewTurn { person: &person, by: &by, activity: None, from, until };
            OnCall(tx).give(&new, clock, chance).await.map(|_| ())
        })
        .await
}

async fn end_grants(world: &mut World, who: &str, channel: usize) {
    let (id, manager, channel) =
        (world.person(who), world.person("manager"), world.channels[channel].clone());
    world
        .act(async |tx, clock, chance| {
            for grant in Accounts(tx).grants_of(&id).await.unwrap() {
                if grant.channel == channel {
                    Accounts(tx).end(&grant.id, &manager, clock, chance).await.unwrap();
                }
            }
        })
        .await;
}

#[tokio::test]
async fn the_manager_is_warned_once_a_day_while_fewer_than_two_can_approve_on_an_account() {
    for mut world in worlds().await {
        let warn = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| {
                    cover::warn_if_short(tx, policy(), ORIGIN, clock, chance).await.unwrap()
                })
                .await
        };
        assert!(!warn(&mut world).await, "five can");
        for who in ["dsl", "author", "manager"] {
            end_grants(&mut world, who, 1).await;
        }
        assert!(!warn(&mut world).await, "two can");
        let (colleague, manager) = (world.person("colleague"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                People(tx).suspend(&colleague, "", &manager, clock, chance).await.unwrap()
            })
            .await;
        let now = world.clock.now();
        let short = cover::is_short(&mut world.records.read().await.unwrap(), policy(), now).await.unwrap();
        assert_eq!(short.iter().map(|one| (one.name.as_str(), one.able)).collect::<Vec<_>>(), [("Feed", 1)]);
        assert!(warn(&mut world).await && !warn(&mut world).await, "once");
        world.go_to("2026-11-22T00:00:00Z");
        assert!(warn(&mut world).await, "and again the next day");
        let sent = mails(&world, "Too few people can approve").await;
        assert_eq!(sent.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["manager@example.org"; 2]);
        assert!(sent[0].body.contains("Feed: one person"), "{}", sent[0].body);
    }
}

#[tokio::test]
async fn everybody_who_can_approve_is_told_of_a_post_when_nobody_is_on_call_but_not_its_author() {
    for mut world in worlds().await {
        end_grants(&mut world, "dsl", 0).await;
        let post = submitted(&mut world).await;
        assert_eq!(tell(&mut world, &post).await, 3);
        assert_eq!(names(&told(&world, &post).await), ["approver", "colleague", "manager"]);
        let sent = mails(&world, SUBJECT).await;
        assert_eq!(sent.len(), 3);
        for mail in sent {
            let words = ["author", "Everybody scored", "Saturday", "What a morning"];
            assert!(words.iter().all(|word| !mail.body.contains(word)), "nothing of the post: {}", mail.body);
            assert!(mail.body.contains(&format!("{ORIGIN}/posts/{post}/approve")), "{}", mail.body);
        }
        assert_eq!(world.open(Work::TellOthers).await, 0);
        assert_eq!(tell(&mut world, &post).await, 3);
        assert_eq!(mails(&world, SUBJECT).await.len(), 3, "nobody is told twice of the same");
    }
}

#[tokio::test]
async fn whoever_is_on_call_is_told_first_and_the_others_when_nobody_opened_it_in_half_an_hour() {
    for mut world in worlds().await {
        on_call(&mut world, "colleague", "manager").await.unwrap();
        let post = submitted(&mut world).await;
        tell(&mut world, &post).await;
        let first = told(&world, &post).await;
        assert_eq!(names(&first), ["colleague"]);
        assert!(first[0].on_call && first[0].opened.is_none());
        assert!((29 * 60..=30 * 60).contains(&world.wait(Work::TellOthers).await));
        assert_eq!(tell_others(&mut world, &post).await.unwrap(), TellOthers::Told(0), "too early");
        world.clock.advance_ms(30 * 60_000);
        assert_eq!(tell_others(&mut world, &post).await.unwrap(), TellOthers::Told(3));
        assert_eq!(names(&told(&world, &post).await), ["colleague", "approver", "dsl", "manager"]);
    }
}

#[tokio::test]
async fn the_others_are_left_alone_once_somebody_opened_the_post_or_it_does_not_wait_any_more() {
    for mut world in worlds().await {
        on_call(&mut world, "colleague", "manager").await.unwrap();
        let (post, colleague, approver) =
            (submitted(&mut world).await, world.person("colleague"), world.person("approver"));
        tell(&mut world, &post).await;
        let look = async |world: &mut World, who: &cleansheet_terms::PersonId| {
            world.act(async |tx, clock, _| cover::opened(tx, &post, who, clock.now()).await.unwrap()).await
        };
        assert!(!look(&mut world, &approver).await, "who was not told opens nothing");
        assert!(look(&mut world, &colleague).await && !look(&mut world, &colleague).await);
        world.clock.advance_ms(30 * 60_000);
        assert_eq!(tell_others(&mut world, &post).await.unwrap(), TellOthers::NoNeed);
        let taken = submitted(&mut world).await;
        tell(&mut world, &taken).await;
        world.caption(&taken, "Other words.").await.unwrap();
        world.clock.advance_ms(30 * 60_000);
        assert_eq!(tell_others(&mut world, &taken).await.unwrap(), TellOthers::NoNeed);
    }
}

#[tokio::test]
async fn a_post_that_was_returned_and_is_sent_again_unchanged_is_told_again() {
    for mut world in worlds().await {
        let post = submitted(&mut world).await;
        let first = tell(&mut world, &post).await;
        let approver = world.person("approver");
        world
            .act(async |tx, clock, chance| {
                cover::opened(tx, &post, &approver, clock.now()).await.unwrap();
                approval::give_back(tx, &post, "say which team", &approver, clock, chance).await.unwrap();
            })
            .await;
        assert!(world.submit(&post).await.unwrap().may());
        assert_eq!(tell(&mut world, &post).await, first);
        assert_eq!(mails(&world, SUBJECT).await.len(), 2 * first);
        assert!(told(&world, &post).await.iter().all(|one| one.opened.is_none()), "opened is from now on");
    }
}

#[tokio::test]
async fn a_turn_is_the_managers_to_give_and_ends_by_its_time_or_by_a_press() {
    for mut world in worlds().await {
        let refused = on_call(&mut world, "colleague", "author").await;
        assert!(matches!(refused, Err(TurnError::Person(_))), "{refused:?}");
        on_call(&mut world, "colleague", "manager").await.unwrap();
        on_call(&mut world, "approver", "manager").await.unwrap();
        let now = world.clock.now();
        let turns = OnCall(&mut world.records.read().await.unwrap()).at(now).await.unwrap();
        assert_eq!(
            turns.iter().map(|turn| turn.name.as_str()).collect::<Vec<_>>(),
            ["colleague", "approver"]
        );
        let manager = world.person("manager");
        let ended = world
            .act(async |tx, clock, chance| {
                OnCall(tx).end(&turns[0].id, &manager, clock, chance).await.unwrap();
                OnCall(tx).end(&turns[0].id, &manager, clock, chance).await
            })
            .await;
        assert!(matches!(ended, Err(TurnError::Missing(_))));
        world.clock.advance_ms(3 * 3_600_000);
        let now = world.clock.now();
        assert_eq!(OnCall(&mut world.records.read().await.unwrap()).ahead(now).await.unwrap(), []);
    }
}

#[tokio::test]
async fn how_long_those_on_call_are_alone_can_be_set_within_reason() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        let answers = world
            .act(async |tx, clock, chance| {
                let mut answers = Vec::new();
                for minutes in [4, 241, 10] {
                    answers.push(
                        cover::set_minutes_alone(tx, minutes, &manager, clock, chance).await.unwrap().is_ok(),
                    );
                }
                (answers, cover::minutes_alone(tx).await.unwrap())
            })
            .await;
        assert_eq!(answers, (vec![false, false, true], 10));
    }
}

#[tokio::test]
async fn a_push_wakes_each_browser_of_those_told_and_its_address_is_kept_sealed() {
    let sealer = Sealer::new([7; 32]);
    for mut world in worlds().await {
        let approver = world.person("approver");
        let endpoint = "https://fcm.googleapis.com/fcm/send/abc";
        let kept = world
            .act(async |tx, clock, chance| {
                for n in 0..5 {
                    let address = format!("{endpoint}{n}");
                    Pushes(tx).keep(&approver, (&address, "a phone"), &sealer, clock, chance).await.unwrap();
                }
                let more = Pushes(tx).keep(&approver, (endpoint, "a phone"), &sealer, clock, chance).await;
                assert!(matches!(more, Err(PushError::TooMany)), "{more:?}");
                let again = format!("{endpoint}0");
                Pushes(tx).keep(&approver, (&again, "a phone"), &sealer, clock, chance).await.unwrap();
                Pushes(tx).of(&approver).await.unwrap()
            })
            .await;
        assert_eq!(kept.len(), 5, "the same browser again is no sixth");
        assert!(kept.iter().any(|one| one.endpoint(&sealer).unwrap().as_str() == format!("{endpoint}0")));
        assert!(kept[0].endpoint(&Sealer::new([8; 32])).is_none());
        let post = submitted(&mut world).await;
        tell(&mut world, &post).await;
        assert_eq!(world.open(Work::SendPush).await, 5);
        let manager = world.person("manager");
        world
            .act(async |tx, clock, chance| {
                People(tx).leave(&approver, &manager, clock, chance).await.unwrap();
                assert_eq!(Pushes(tx).of(&approver).await.unwrap(), []);
                assert!(SignIns(tx).lost(&approver).await.unwrap().is_none());
            })
            .await;
    }
}
