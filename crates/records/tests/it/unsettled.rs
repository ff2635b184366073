//! Orders that reading back does not settle: people are asked, and answer.

use cleansheet_records::{
    accounts::Accounts,
    facts::Rules,
    jobs::{Claimed, Work},
    mails::Mails,
    orders::{Answer, OrderError, OrderState, Orders, Unsettled},
    people::People,
    settings::Settings,
    testing::databases,
};
use cleansheet_terms::OrderId;
use proptest::{prelude::*, test_runner::Config};

use crate::world::{TRUST, World, policy, worlds};

const ORIGIN: &str = "https://posts.example.org";

/// An order whose call ended nobody knows how, and when it began.
async fn uncertain(world: &mut World) -> OrderId {
    let (id, _) = world.group().await;
    let order = world.approved(&id).await.remove(0);
    let job = world.claim(Work::Publish).await.unwrap();
    world.claim_to_send(&job).await;
    world
        .act(async |tx, clock, chance| Orders(tx).uncertain(&job, "no reply", clock, chance).await.unwrap())
        .await;
    order
}

/// Reads back once more, when the job is due again.
async fn looked(world: &mut World, why: Unsettled<'_>) -> Claimed {
    let job = loop {
        match world.claim(Work::Publish).await {
            Some(job) => break job,
            None => world.clock.advance_ms(1_000),
        }
    };
    world
        .act(async |tx, clock, chance| {
            Orders(tx).unsettled(&job, why, ORIGIN, clock, chance).await.unwrap();
        })
        .await;
    job
}

async fn answer(world: &mut World, order: &OrderId, who: &str, answer: Answer) -> Result<(), OrderError> {
    let who = world.person(who);
    world.act(async |tx, clock, chance| Orders(tx).answer(order, &who, answer, clock, chance).await).await
}

async fn asking_mails(world: &World) -> Vec<String> {
    let mails = Mails(&mut world.records.read().await.unwrap()).newest(50).await.unwrap();
    mails
        .into_iter()
        .filter(|mail| mail.subject == "Somebody has to look")
        .map(|mail| mail.to + &mail.body)
        .collect()
}

#[tokio::test]
async fn after_a_quarter_of_an_hour_of_silence_two_people_are_asked_once() {
    for mut world in worlds().await {
        let order = uncertain(&mut world).await;
        let began = world.order(&order).await.call_started.unwrap();
        while world.order(&order).await.asked.is_none() {
            looked(&mut world, Unsettled::Silent("no answer")).await;
        }
        let after = world.order(&order).await.asked.unwrap().duration_since(began);
        assert!((900..=960).contains(&after.as_secs()), "asked after {after:#}");
        let mails = asking_mails(&world).await;
        assert_eq!(mails.len(), 2, "the Manager and the safeguarding lead");
        assert!(
            mails
                .iter()
                .all(|mail| mail.contains(&format!("{ORIGIN}/posts/")) && mail.contains(order.as_str()))
        );
        looked(&mut world, Unsettled::Silent("no answer")).await;
        assert_eq!(asking_mails(&world).await.len(), 2, "once");
        let waiting = Orders(&mut world.records.read().await.unwrap()).waiting_for_a_look().await.unwrap();
        assert_eq!(waiting.iter().map(|one| &one.id).collect::<Vec<_>>(), [&order]);
        // The network comes back: reading back still settles it.
        let job = looked(&mut world, Unsettled::Silent("no answer")).await;
        world.clock.advance_ms(700_000);
        let again = world.claim(Work::Publish).await.unwrap();
        assert_eq!(again.id, job.id);
        world.sent(&again).await;
        assert_eq!(world.order(&order).await.state, OrderState::Sent);
    }
}

#[tokio::test]
async fn a_copy_that_differs_is_asked_about_at_once_and_so_is_one_whose_worker_died() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let job = world.claim(Work::Publish).await.unwrap();
        world.claim_to_send(&job).await;
        // Its worker dies in the call; the next one finds `sending`.
        world.clock.advance_ms(121_000);
        looked(&mut world, Unsettled::Differs("the words")).await;
        let there = world.order(&order).await;
        assert_eq!(there.state, OrderState::Uncertain);
        assert!(there.asked.is_some() && there.because.unwrap().contains("the words"));
    }
}

#[tokio::test]
async fn each_answer_leads_where_it_says_and_is_kept_with_who_gave_it() {
    for (given, ends) in [
        (Answer::There, OrderState::Published),
        (Answer::NotThere, OrderState::Queued),
        (Answer::TakeDown, OrderState::TakingDown),
    ] {
        for mut world in worlds().await {
            let order = uncertain(&mut world).await;
            answer(&mut world, &order, "dsl", given).await.unwrap();
            let there = world.order(&order).await;
            assert_eq!((there.state, there.asked.is_some()), (ends, false));
            let mut tx = world.records.read().await.unwrap();
            let kept = Orders(&mut tx).answers(&order).await.unwrap();
            assert_eq!((kept.len(), kept[0].answer, &kept[0].by), (1, given, &world.person("dsl")));
            drop(tx);
            let again = answer(&mut world, &order, "manager", given).await;
            assert!(matches!(again, Err(OrderError::WrongState(_))), "it is settled");
            // What is not there is decided again, and sent or not.
            let job = world.claim(Work::Publish).await.unwrap();
            let claim = world.claim_to_send(&job).await;
            assert_eq!(
                matches!(claim, cleansheet_records::orders::Claim::Cleared(_)),
                given == Answer::NotThere
            );
        }
    }
}

#[tokio::test]
async fn what_changed_since_stops_what_was_not_there() {
    for mut world in worlds().await {
        let order = uncertain(&mut world).await;
        let (author, by) = (world.person("author"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| People(tx).suspend(&author, "", &by, clock, chance).await.unwrap())
            .await;
        answer(&mut world, &order, "manager", Answer::NotThere).await.unwrap();
        let job = world.claim(Work::Publish).await.unwrap();
        world.claim_to_send(&job).await;
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
    }
}

#[tokio::test]
async fn the_author_and_strangers_to_the_account_do_not_answer_and_nobody_does_while_we_look() {
    for mut world in worlds().await {
        let order = uncertain(&mut world).await;
        let (channel, colleague) = (world.channels[0].clone(), world.person("colleague"));
        let mut tx = world.records.read().await.unwrap();
        let grants = Accounts(&mut tx).grants_of(&colleague).await.unwrap();
        drop(tx);
        let grant = grants.into_iter().find(|grant| grant.channel == channel).unwrap();
        let by = world.person("manager");
        world
            .act(async |tx, clock, chance| Accounts(tx).end(&grant.id, &by, clock, chance).await.unwrap())
            .await;
        for who in ["author", "colleague"] {
            let refused = answer(&mut world, &order, who, Answer::There).await;
            assert!(matches!(refused, Err(OrderError::MayNotAnswer)), "{who}");
        }
        world.clock.advance_ms(10_000);
        world.claim(Work::Publish).await.unwrap();
        let refused = answer(&mut world, &order, "approver", Answer::NotThere).await;
        assert!(matches!(refused, Err(OrderError::BeingLooked)), "{refused:?}");
        world.clock.advance_ms(121_000);
        answer(&mut world, &order, "approver", Answer::There).await.unwrap();
        assert_eq!(world.order(&order).await.state, OrderState::Published);
    }
}

/// One call of a public function, whether it makes sense there or not.
async fn call(world: &mut World, job: &Claimed, order: &OrderId, which: usize) -> Result<(), OrderError> {
    let (allow, dsl) = (world.allow.clone(), world.person("dsl"));
    world
        .act(async |tx, clock, chance| {
            let rules = Rules { policy: policy(), allow: &allow };
            let mut orders = Orders(tx);
            match which {
                0 | 1 => orders.claim_to_send(job, &rules, clock, chance).await.map(|_| ()),
                2 => orders.not_there(job, &rules, clock, chance).await.map(|_| ()),
                3 => orders.sent(job, "1", "/1", clock, chance).await,
                4 => orders.uncertain(job, "x", clock, chance).await,
                5 => orders.retry_later(job, "x", None, clock, chance).await,
                6 => orders.stopped(job, "x", clock, chance).await,
                7 => orders.claim_to_confirm(job, clock).await.map(|_| ()),
                8 => orders.confirmed(job, "1", "/1", clock, chance).await,
                9 => orders.differs(job, "x", clock, chance).await,
                10 => orders.claim_to_take_down(job, clock).await.map(|_| ()),
                11 => orders.taken_down(job, clock, chance).await,
                12 => orders.still_live(job, "x", clock, chance).await,
                13 => orders.gone(job, TRUST, clock, chance).await.map(|_| ()),
                14 => orders.unsettled(job, Unsettled::Silent("x"), ORIGIN, clock, chance).await,
                15 => orders.unsettled(job, Unsettled::Differs("x"), ORIGIN, clock, chance).await,
                16 => orders.to_take_down(order, "x", clock, chance).await,
                17 => {
                    Settings(orders.0).start_pause(&dsl, clock, chance).await.map(|_| ()).map_err(Into::into)
                }
                18 => Settings(orders.0).end_pause(&dsl, clock, chance).await.map(|_| ()).map_err(Into::into),
                other => {
                    let given = Answer::ALL[other % 3];
                    orders.answer(order, &dsl, given, clock, chance).await
                }
            }
        })
        .await
}

async fn walk(steps: &[(usize, usize)]) {
    const WORKS: [Work; 4] = [Work::Publish, Work::ConfirmPublished, Work::TakeDown, Work::ConfirmGone];
    for db in databases().await {
        let mut world = World::new(db).await;
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let mut job = world.claim(Work::Publish).await.unwrap();
        for (work, which) in steps {
            if let Some(next) = world.claim(WORKS[*work % 4]).await {
                job = next;
            } else if *work > 5 {
                world.clock.advance_ms(125_000);
            }
            // The database refuses a step that the table does not have: that would be an error of the store.
            match call(&mut world, &job, &order, *which).await {
                Ok(()) => {}
                Err(OrderError::Store(error)) => panic!("{which}: {error}"),
                Err(_refused) => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_order_of_calls_leaves_the_machine(steps in prop::collection::vec((0..8_usize, 0..22_usize), 10..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(walk(&steps));
    }
}
