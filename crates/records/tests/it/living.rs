//! The life of a publication: its last day to the millisecond, and keeping it for longer.

use cleansheet_records::{
    approval::renewal::{self, Kept, RenewalError},
    consents::{Giver, Purpose},
    facts::{Rules, Seat},
    jobs::Work,
    orders::{Ending, EndingPlace, OrderState, Orders},
    settings::Settings,
};
use cleansheet_terms::{Clock as _, Date, OrderId};

use crate::world::{World, day, fresh, policy, worlds};

impl World {
    /// Runs the job if it is due. Says how many publications it ended.
    async fn end(&mut self) -> Option<usize> {
        let job = self.claim(Work::EndPublications).await?;
        let ended = self
            .act(async |tx, clock, chance| Orders(tx).end_what_is_over(&job, clock, chance).await.unwrap());
        Some(ended.await)
    }

    async fn watch(&mut self) {
        self.act(async |tx, clock, chance| Orders(tx).watch_ends(clock, chance).await.unwrap()).await;
    }

    async fn ends(&self, order: &OrderId) -> Option<Date> {
        self.order(order).await.ends
    }

    async fn ending(&self) -> Vec<Ending> {
        let mut tx = self.records.read().await.unwrap();
        Orders(&mut tx).ending(self.clock.now(), None, 100).await.unwrap().0
    }

    /// How many Today speaks of.
    async fn ending_soon(&self) -> i64 {
        Orders(&mut self.records.read().await.unwrap()).ending_soon(self.clock.now()).await.unwrap()
    }

    async fn months(&mut self, months: i16) -> bool {
        let manager = self.person("manager");
        self.act(async |tx, clock, chance| {
            let purpose = Purpose::News;
            Settings(tx).set_months_public(purpose, months, &manager, clock, chance).await.unwrap().is_ok()
        })
        .await
    }

    async fn ask_to_keep(&mut self, order: &OrderId, by: &str) -> Result<(), RenewalError> {
        let by = self.person(by);
        self.act(async |tx, clock, chance| renewal::ask(tx, order, &by, clock, chance).await).await
    }

    async fn keep_it(&mut self, order: &OrderId, by: &str) -> Result<Kept, RenewalError> {
        let (by, allow) = (self.person(by), self.allow.clone());
        self.act(async |tx, clock, chance| {
            let rules = Rules { policy: policy(), allow: &allow };
            let seat = Seat::Person { id: &by, sign_in: fresh() };
            renewal::keep(tx, order, &seat, &rules, clock, chance).await
        })
        .await
    }

    /// Stands a second, which every act takes, before an instant.
    fn just_before(&self, instant: &str) {
        let then: cleansheet_terms::Timestamp = instant.parse().unwrap();
        self.clock.advance_ms(then.as_millisecond() - self.clock.now().as_millisecond() - 1_000);
    }
}

#[tokio::test]
async fn a_publication_stays_twelve_months_or_what_the_manager_said_for_its_purpose() {
    for mut world in worlds().await {
        let (_, first) = world.published().await;
        assert_eq!(world.ends(&first).await, Some(day("2027-11-21")));
        assert!(world.months(3).await);
        let (_, second) = world.published().await;
        assert_eq!(world.ends(&second).await, Some(day("2027-02-21")));
        assert_eq!(world.ends(&first).await, Some(day("2027-11-21")), "from now on, not backwards");
        for wrong in [0, -1, 37] {
            assert!(!world.months(wrong).await, "{wrong}");
        }
        for right in [1, 36] {
            assert!(world.months(right).await);
        }
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Settings(&mut tx).months_public(Purpose::News).await.unwrap(), 36);
        assert_eq!(Settings(&mut tx).months_public(Purpose::Promotion).await.unwrap(), 12);
    }
}

#[tokio::test]
async fn its_last_day_is_public_to_the_last_millisecond_in_london_summer_and_winter() {
    // Last day, and the first instant at which it is over: both clock changes, and an ordinary night of each kind.
    let cases = [
        ("2026-12-31", "2027-01-01T00:00:00Z"),
        ("2027-03-27", "2027-03-28T00:00:00Z"),
        ("2027-03-28", "2027-03-28T23:00:00Z"),
        ("2027-07-10", "2027-07-10T23:00:00Z"),
        ("2027-10-30", "2027-10-30T23:00:00Z"),
        ("2027-10-31", "2027-11-01T00:00:00Z"),
    ];
    for (last, over) in cases {
        for mut world in worlds().await {
            let (_, order) = world.published().await;
            let set = format!("UPDATE release_order SET ends_day = '{last}' WHERE id = '{order}'");
            world.tamper(&set).await.unwrap();
            world.watch().await;
            world.just_before(over);
            world.clock.advance_ms(-1);
            // The claim and the look each take the second that every act here takes; the look is a millisecond before.
            let job = world.claim(Work::EndPublications).await.unwrap();
            world.clock.advance_ms(-1_000);
            let ended = world
                .act(async |tx, clock, chance| {
                    assert_eq!(
                        clock.now().as_millisecond() + 1,
                        over.parse::<cleansheet_terms::Timestamp>().unwrap().as_millisecond()
                    );
                    Orders(tx).end_what_is_over(&job, clock, chance).await.unwrap()
                })
                .await;
            assert_eq!(ended, 0, "{last}: a millisecond before");
            assert_eq!(world.order(&order).await.state, OrderState::Published);
            // The next look is due at that very midnight, not a millisecond sooner or later.
            world.clock.advance_ms(-1_000);
            assert!(world.claim(Work::EndPublications).await.is_none(), "{last}");
            world.clock.advance_ms(-999);
            assert_eq!(world.end().await, Some(1), "{last}: at midnight");
            assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
            assert_eq!(world.order(&order).await.because.as_deref(), Some("its time was over"));
            world.take_down().await;
            assert_eq!(world.order(&order).await.state, OrderState::Gone);
        }
    }
}

#[tokio::test]
async fn the_look_is_made_each_hour_once_however_often_the_program_starts() {
    for mut world in worlds().await {
        world.watch().await;
        world.watch().await;
        assert_eq!(world.end().await, Some(0));
        assert_eq!(world.end().await, None, "one job, and not before the hour");
        world.watch().await;
        world.clock.advance_ms(3_600_000);
        assert_eq!(world.end().await, Some(0));
        assert_eq!(world.end().await, None);
    }
}

#[tokio::test]
async fn what_was_public_before_lives_were_kept_is_seen_to_end_before_it_does() {
    for mut world in worlds().await {
        let (_, old) = world.published().await;
        let (_, young) = world.published().await;
        world.tamper("UPDATE release_order SET ends_day = NULL").await.unwrap();
        let long_ago =
            "2024-01-01T10:00:00Z".parse::<cleansheet_terms::Timestamp>().unwrap().as_millisecond();
        world
            .tamper(&format!("UPDATE release_order SET published_ms = {long_ago} WHERE id = '{old}'"))
            .await
            .unwrap();
        world.watch().await;
        assert_eq!(world.end().await, Some(0), "nothing ends without having been on the list");
        assert_eq!(world.ends(&young).await, Some(day("2027-11-21")));
        assert_eq!(world.ends(&old).await, Some(day("2027-01-20")), "in sixty days");
        let shown: Vec<OrderId> = world.ending().await.into_iter().map(|one| one.order).collect();
        assert_eq!(shown, [old]);
    }
}

#[tokio::test]
async fn what_ends_within_sixty_days_is_listed_and_a_second_person_keeps_it() {
    for mut world in worlds().await {
        assert!(world.months(2).await);
        let (_, order) = world.published().await;
        assert_eq!(world.ends(&order).await, Some(day("2027-01-21")));
        assert!(world.ending().await.is_empty(), "61 days");
        world.go_to("2026-11-22T00:00:00Z");
        let listed = world.ending().await;
        assert_eq!((listed[0].days_left, listed[0].asked), (60, false));
        assert!(matches!(world.keep_it(&order, "approver").await, Err(RenewalError::NotAsked)));
        assert_eq!(world.ending_soon().await, 0, "there is time");
        world.ask_to_keep(&order, "colleague").await.unwrap();
        world.ask_to_keep(&order, "dsl").await.unwrap();
        assert!(world.ending().await[0].asked);
        assert_eq!(world.ending_soon().await, 1, "a second person is waited for");
        // Neither who asked first nor who wrote it.
        for own in ["colleague", "author"] {
            assert!(matches!(world.keep_it(&order, own).await, Err(RenewalError::OwnWish)), "{own}");
        }
        let kept = world.keep_it(&order, "approver").await.unwrap();
        assert!(matches!(kept, Kept::Until(last) if last == day("2027-03-21")), "{kept:?}");
        assert!(world.ending().await.is_empty());
        assert!(matches!(world.keep_it(&order, "approver").await, Err(RenewalError::NotAsked)), "once");
    }
}

#[tokio::test]
async fn what_ends_is_listed_a_page_at_a_time_and_counted_from_two_weeks_before() {
    for mut world in worlds().await {
        assert!(world.months(1).await);
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(world.published().await.1);
        }
        // Of one day, the order of their ids; one ends sooner than the rest.
        made.sort();
        let last = made.pop().unwrap();
        world
            .tamper(&format!("UPDATE release_order SET ends_day = '2026-12-10' WHERE id = '{last}'"))
            .await
            .unwrap();
        made.insert(0, last);
        let (mut seen, mut after, mut pages) = (Vec::new(), None::<EndingPlace>, 0);
        loop {
            let mut tx = world.records.read().await.unwrap();
            let (page, next) = Orders(&mut tx).ending(world.clock.now(), after.as_ref(), 2).await.unwrap();
            seen.extend(page.into_iter().map(|one| one.order));
            pages += 1;
            match next {
                Some(place) => after = Some(EndingPlace::parse(&place.to_string()).unwrap()),
                None => break,
            }
        }
        assert_eq!((pages, &seen), (3, &made), "{:?}", world.db.engine());
        assert_eq!(EndingPlace::parse("nonsense"), None);
        for (day, soon) in [("2026-11-25", 0), ("2026-11-26", 1), ("2026-12-06", 1), ("2026-12-07", 5)] {
            world.go_to(&format!("{day}T12:00:00Z"));
            assert_eq!(world.ending_soon().await, soon, "{day}");
        }
    }
}

#[tokio::test]
async fn keeping_is_decided_on_the_facts_of_that_day() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        // The families' answers have run out by then.
        let (asha, leo) = (world.child("asha"), world.child("leo"));
        world.go_to("2027-09-25T10:00:00Z");
        world.ask_to_keep(&order, "colleague").await.unwrap();
        let manager = world.person("manager");
        let staff: Vec<_> = ["colleague", "approver"].map(|key| world.person(key)).into();
        world
            .act(async |tx, clock, chance| {
                for person in &staff {
                    crate::world::certificate(tx, person, "2027-03-01", Some(&manager), clock, chance).await;
                }
                let grants: Vec<_> = staff.iter().collect();
                for person in grants {
                    let mut accounts = cleansheet_records::accounts::Accounts(tx);
                    let channel =
                        accounts.channels().await.unwrap().into_iter().find(|one| one.name == "News page");
                    let channel = channel.unwrap().id;
                    let (from, until) = (day("2027-06-01"), day("2028-05-31"));
                    let grant = cleansheet_records::accounts::NewGrant {
                        person,
                        channel: &channel,
                        rights: cleansheet_records::accounts::Rights::ALL,
                        by: &manager,
                        from,
                        until,
                    };
                    accounts.give(&grant, clock, chance).await.unwrap();
                }
            })
            .await;
        let kept = world.keep_it(&order, "approver").await.unwrap();
        let Kept::No(verdict) = kept else { panic!("{kept:?}") };
        let rules: Vec<String> = verdict.reasons().into_iter().map(|one| one.rule).collect();
        assert!(!rules.is_empty() && rules.iter().all(|rule| rule.starts_with("9-")), "{rules:?}");
        assert_eq!(world.ends(&order).await, Some(day("2027-11-21")), "it ends on its day");
        // They agree for another season: now it may stay.
        for child in [&asha, &leo] {
            for number in 1..=2 {
                let key = if child == &asha { "asha" } else { "leo" };
                let giver = Giver::Guardian(world.guardians[&format!("{key} {number}")].clone());
                world.answer_until(child, giver, true, "2028-08-31").await;
            }
        }
        let kept = world.keep_it(&order, "approver").await.unwrap();
        assert!(matches!(kept, Kept::Until(last) if last == day("2028-11-21")), "{kept:?}");
    }
}

#[tokio::test]
async fn nothing_is_kept_before_its_last_sixty_days() {
    for mut world in worlds().await {
        assert!(world.months(2).await);
        let (_, order) = world.published().await;
        world.just_before("2026-11-22T00:00:00Z");
        world.clock.advance_ms(-1);
        let early = world.ask_to_keep(&order, "colleague").await;
        assert!(matches!(early, Err(RenewalError::TooEarly(last)) if last == day("2027-01-21")), "{early:?}");
        world.clock.advance_ms(-999);
        world.ask_to_keep(&order, "colleague").await.unwrap();
        let kept = world.keep_it(&order, "approver").await.unwrap();
        assert!(matches!(kept, Kept::Until(last) if last == day("2027-03-21")), "{kept:?}");
        for _ in 0..3 {
            let again = world.ask_to_keep(&order, "colleague").await;
            assert!(
                matches!(again, Err(RenewalError::TooEarly(_))),
                "not one life behind the other: {again:?}"
            );
        }
        // A wish from before there was this bound keeps nothing either.
        let insert = format!(
            "INSERT INTO renewal (id, order_id, asked_by, asked_ms) VALUES ('renewal_1', '{order}', '{}', 1)",
            world.person("colleague")
        );
        world.tamper(&insert).await.unwrap();
        let kept = world.keep_it(&order, "approver").await;
        assert!(matches!(kept, Err(RenewalError::TooEarly(_))), "{kept:?}");
        assert_eq!(world.ends(&order).await, Some(day("2027-03-21")));
    }
}

#[tokio::test]
async fn a_second_person_may_let_it_end_and_what_is_not_public_is_not_kept() {
    for mut world in worlds().await {
        assert!(world.months(1).await);
        let (_, order) = world.published().await;
        world.ask_to_keep(&order, "colleague").await.unwrap();
        let (by, ends) = (world.person("approver"), world.ends(&order).await);
        world
            .act(async |tx, clock, chance| {
                let seat = Seat::Person { id: &by, sign_in: fresh() };
                renewal::let_end(tx, &order, &seat, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.ends(&order).await, ends);
        world.ask_to_keep(&order, "colleague").await.unwrap();
        world.withdraw("asha", "asha 1").await;
        assert!(matches!(world.keep_it(&order, "approver").await, Err(RenewalError::NotPublic)));
        world.take_down().await;
        assert!(matches!(world.ask_to_keep(&order, "colleague").await, Err(RenewalError::NotPublic)));
    }
}
