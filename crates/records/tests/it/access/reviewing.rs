//! The quarterly access review: keep, remove, or lapse by the date.

use cleansheet_policy::facts::Grant::{Current, Ended};
use cleansheet_records::{
    accounts::{
        Accounts, NewGrant, NewNativeRole, Right, Rights,
        review::{Decision, Line, Of, Review, ReviewError},
    },
    people::{People, PersonError},
    settings::{SeasonEnd, Settings},
};
use cleansheet_terms::{AccessReviewId, Clock as _, Timestamp, day_in_london};

use super::mails;
use crate::world::{World, day, worlds};

const ORIGIN: &str = "https://posts.example.org";

async fn begins(world: &mut World) -> Result<AccessReviewId, ReviewError> {
    let by = world.person("manager");
    world.act(async |tx, clock, chance| Accounts(tx).begin_review(Some(&by), clock, chance).await).await
}

async fn lines(world: &World, id: &AccessReviewId) -> Vec<Line> {
    Accounts(&mut world.records.read().await.unwrap()).lines(id).await.unwrap()
}

async fn newest(world: &World) -> Option<Review> {
    Accounts(&mut world.records.read().await.unwrap()).newest_review().await.unwrap()
}

async fn decides(world: &mut World, line: &Line, decision: Decision) -> Result<Line, ReviewError> {
    let by = world.person("manager");
    world
        .act(async |tx, clock, chance| Accounts(tx).decide_line(&line.id, decision, &by, clock, chance).await)
        .await
}

/// What the program does by itself, as far as it says that it is due.
async fn round(world: &mut World) {
    let due =
        Accounts(&mut world.records.read().await.unwrap()).reviews_are_due(world.clock.now()).await.unwrap();
    if due {
        world
            .act(async |tx, clock, chance| Accounts(tx).see_to_reviews(ORIGIN, clock, chance).await.unwrap())
            .await;
    }
}

fn of<'l>(lines: &'l [Line], holder: &str, channel: &str) -> &'l Line {
    lines.iter().find(|one| one.holder == holder && one.channel_name == channel).unwrap()
}

#[tokio::test]
async fn what_nobody_decides_lapses_on_the_fourteenth_day_at_midnight_in_london_without_any_job() {
    for mut world in worlds().await {
        // Over the change to summer time: the review begins in winter time and ends in summer time.
        world.go_to("2027-03-20T12:00:00Z");
        let review = begins(&mut world).await.unwrap();
        let all = lines(&world, &review).await;
        assert_eq!(all.len(), 10, "five people on two accounts");
        decides(&mut world, of(&all, "author", "News page"), Decision::Keep).await.unwrap();
        let approver = of(&all, "approver", "News page").clone();
        decides(&mut world, &approver, Decision::Remove).await.unwrap();
        let news = world.channels[0].clone();
        let mut tx = world.records.read().await.unwrap();
        let mut state = async |who: &str, at: &str| {
            let day = day_in_london(at.parse::<Timestamp>().unwrap());
            Accounts(&mut tx).grant_state(&world.person(who), &news, Right::Approve, day).await.unwrap()
        };
        let (good, over) = ("2027-04-02T22:59:59.999Z", "2027-04-02T23:00:00Z");
        assert_eq!(state("author", good).await, Current);
        assert_eq!(state("author", over).await, Current, "kept");
        assert_eq!(state("approver", good).await, Ended, "removed at once");
        assert_eq!(state("colleague", good).await, Current);
        assert_eq!(state("colleague", over).await, Ended, "undecided, and no job has run");
        drop(tx);
        world.go_to("2027-04-02T23:00:00Z");
        let late = decides(&mut world, of(&all, "colleague", "News page"), Decision::Keep).await;
        assert!(matches!(late, Err(ReviewError::Over)), "{late:?}");
        // The result stays: who decided what, and when.
        let kept = lines(&world, &review).await;
        let (decision, by, at) = of(&kept, "author", "News page").decided.clone().unwrap();
        assert_eq!((decision, by), (Decision::Keep, world.person("manager")));
        assert!(at < world.clock.now());
        assert!(of(&kept, "colleague", "News page").is_undecided());
        assert_eq!(newest(&world).await.unwrap().undecided, 8);
    }
}

#[tokio::test]
async fn a_permission_that_lapsed_is_given_anew_and_not_brought_back() {
    for mut world in worlds().await {
        begins(&mut world).await.unwrap();
        world.go_to("2026-12-06T12:00:00Z");
        let (manager, person, channel) =
            (world.person("manager"), world.person("author"), world.channels[0].clone());
        let state = world
            .act(async |tx, clock, chance| {
                let from = day_in_london(clock.now());
                let (rights, until) = (Rights::ALL, SeasonEnd::USUAL.after(from));
                let grant =
                    NewGrant { person: &person, channel: &channel, rights, by: &manager, from, until };
                let before = Accounts(tx).grant_state(&person, &channel, Right::Draft, from).await.unwrap();
                Accounts(tx).give(&grant, clock, chance).await.unwrap();
                (before, Accounts(tx).grant_state(&person, &channel, Right::Draft, from).await.unwrap())
            })
            .await;
        assert_eq!(state, (Ended, Current));
    }
}

#[tokio::test]
async fn one_review_runs_at_a_time_and_only_a_manager_decides_in_it() {
    for mut world in worlds().await {
        let review = begins(&mut world).await.unwrap();
        assert!(matches!(begins(&mut world).await, Err(ReviewError::Running)));
        let (all, dsl) = (lines(&world, &review).await, world.person("dsl"));
        let refused = world
            .act(async |tx, clock, chance| {
                let by_dsl = Accounts(tx).begin_review(Some(&dsl), clock, chance).await;
                assert!(matches!(by_dsl, Err(ReviewError::Person(PersonError::NotManager))));
                Accounts(tx).decide_line(&all[0].id, Decision::Keep, &dsl, clock, chance).await
            })
            .await;
        assert!(matches!(refused, Err(ReviewError::Person(PersonError::NotManager))));
        decides(&mut world, &all[0], Decision::Keep).await.unwrap();
        decides(&mut world, &all[0], Decision::Remove).await.unwrap();
        let back = decides(&mut world, &all[0], Decision::Keep).await;
        assert!(matches!(back, Err(ReviewError::Ended)), "what ended is given anew: {back:?}");
    }
}

#[tokio::test]
async fn who_left_meanwhile_and_what_ended_meanwhile_needs_no_decision() {
    for mut world in worlds().await {
        let review = begins(&mut world).await.unwrap();
        let (author, manager, feed) =
            (world.person("author"), world.person("manager"), world.channels[1].clone());
        world
            .act(async |tx, clock, chance| {
                People(tx).leave(&author, &manager, clock, chance).await.unwrap();
                Accounts(tx).end_permission(&feed, &manager, clock, chance).await.unwrap();
            })
            .await;
        let all = lines(&world, &review).await;
        assert_eq!(all.iter().filter(|one| one.is_undecided()).count(), 4, "four people on the news page");
        assert_eq!(newest(&world).await.unwrap().undecided, 4);
    }
}

#[tokio::test]
async fn a_right_on_the_network_itself_is_reviewed_too_and_stays_until_it_is_gone_there() {
    for mut world in worlds().await {
        let (manager, channel) = (world.person("manager"), world.channels[1].clone());
        let native = world
            .act(async |tx, clock, chance| {
                let new = NewNativeRole {
                    channel: &channel,
                    person: None,
                    holder: "Robin Example",
                    what: "knows the password",
                    by: &manager,
                };
                Accounts(tx).note_native_role(&new, clock, chance).await.unwrap()
            })
            .await;
        let review = begins(&mut world).await.unwrap();
        let all = lines(&world, &review).await;
        let line = all.iter().find(|one| one.of == Of::Native(native.clone())).unwrap();
        assert_eq!((line.holder.as_str(), line.what.as_str()), ("Robin Example", "knows the password"));
        decides(&mut world, line, Decision::Remove).await.unwrap();
        let running = Accounts(&mut world.records.read().await.unwrap()).native_roles().await.unwrap();
        assert_eq!(running.len(), 1, "the network has not heard of it");
        world
            .act(async |tx, clock, chance| {
                Accounts(tx).native_role_is_gone(&native, &manager, clock, chance).await.unwrap();
            })
            .await;
        let line = lines(&world, &review).await.into_iter().find(|one| one.of == Of::Native(native.clone()));
        assert!(line.unwrap().ended);
    }
}

#[tokio::test]
async fn a_review_begins_by_itself_every_quarter_and_reminds_on_day_0_7_and_12() {
    for mut world in worlds().await {
        round(&mut world).await;
        assert!(newest(&world).await.is_none(), "the first day of the next quarter is 1 January");
        world.go_to("2026-12-31T23:59:59Z");
        round(&mut world).await;
        assert!(newest(&world).await.is_none());
        let mut told = Vec::new();
        for at in [
            "01-01T00:00:00",
            "01-01T12:00:00",
            "01-07T12:00:00",
            "01-08T12:00:00",
            "01-12T12:00:00",
            "01-13T12:00:00",
            "01-14T23:59:00",
            "01-15T00:00:00",
            "01-16T00:00:00",
        ] {
            world.go_to(&format!("2027-{at}Z"));
            round(&mut world).await;
            told.push(mails(&world).await.len());
        }
        assert_eq!(told, [1, 1, 1, 2, 2, 3, 3, 4, 4]);
        let last = mails(&world).await;
        assert!(last.iter().all(|(to, ..)| to == "manager@example.org"));
        assert_eq!(last[0].1, "An access review is over");
        assert!(last[1].2.contains("lapses on 15 January 2027"), "{}", last[1].2);
        let review = newest(&world).await.unwrap();
        assert_eq!((review.by, review.lapses), (None, day("2027-01-15")));
        let next = Settings(&mut world.records.read().await.unwrap())
            .next_access_review(day("2027-01-16"))
            .await
            .unwrap();
        assert_eq!(next, day("2027-04-01"));
    }
}

#[tokio::test]
async fn a_trust_that_was_off_is_reminded_once_and_one_that_has_decided_not_at_all() {
    for mut world in worlds().await {
        round(&mut world).await;
        world.go_to("2027-01-01T09:00:00Z");
        round(&mut world).await;
        world.go_to("2027-01-14T09:00:00Z");
        round(&mut world).await;
        assert_eq!(mails(&world).await.len(), 2, "day 0 and day 12; day 7 was missed");
        let review = newest(&world).await.unwrap();
        for line in lines(&world, &review.id).await {
            decides(&mut world, &line, Decision::Keep).await.unwrap();
        }
        world.go_to("2027-01-20T09:00:00Z");
        round(&mut world).await;
        assert_eq!(mails(&world).await.len(), 2, "nothing has lapsed");
        // With nothing to look at, the next one comes a quarter later.
        let (manager, channels) = (world.person("manager"), world.channels.clone());
        world
            .act(async |tx, clock, chance| {
                for channel in &channels {
                    Accounts(tx).end_permission(channel, &manager, clock, chance).await.unwrap();
                }
            })
            .await;
        assert!(matches!(begins(&mut world).await, Err(ReviewError::Nothing)));
        world.go_to("2027-04-03T09:00:00Z");
        round(&mut world).await;
        assert_eq!(newest(&world).await.unwrap().id, review.id);
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Settings(&mut tx).next_access_review(day("2027-04-03")).await.unwrap(), day("2027-07-01"));
    }
}

#[tokio::test]
async fn the_manager_says_when_seasons_end_and_when_the_next_review_begins() {
    for mut world in worlds().await {
        let (manager, dsl) = (world.person("manager"), world.person("dsl"));
        let end = world
            .act(async |tx, clock, chance| {
                let usual = Settings(tx).season_end().await.unwrap();
                assert_eq!(usual, SeasonEnd::USUAL);
                let end = SeasonEnd::new(6, 30).unwrap();
                assert!(Settings(tx).set_season_end(end, &dsl, clock, chance).await.is_err());
                Settings(tx).set_season_end(end, &manager, clock, chance).await.unwrap();
                let on = day("2026-11-30");
                Settings(tx).set_next_access_review(on, &manager, clock, chance).await.unwrap();
                Settings(tx).season_end().await.unwrap()
            })
            .await;
        assert_eq!(end.after(day("2026-11-21")), day("2027-06-30"));
        world.go_to("2026-11-30T00:00:00Z");
        round(&mut world).await;
        assert_eq!(newest(&world).await.unwrap().lapses, day("2026-12-14"));
    }
}
