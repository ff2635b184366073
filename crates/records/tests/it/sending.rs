//! Sending: decided again at the instant of sending, never twice, never by a late worker.

use cleansheet_records::{
    accounts::Accounts,
    jobs::{Claimed, JobError, Jobs, Work},
    orders::{Claim, OrderError, OrderState, Orders, machine::STEPS},
    people::People,
    posts::Stage,
    review::Versions,
    settings::Settings,
};
use cleansheet_terms::{Clock as _, OrderId};

use crate::world::{TRUST, World, policy, worlds};

/// An approved post whose job was claimed.
pub(crate) async fn claimed(world: &mut World) -> (OrderId, Claimed) {
    let (id, _) = world.group().await;
    let order = world.approved(&id).await.remove(0);
    let job = world.claim(Work::Publish).await.unwrap();
    assert_eq!(job.subject, order.as_str());
    (order, job)
}

#[tokio::test]
async fn the_intent_is_written_before_the_call() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        let Claim::Cleared(cleared) = world.claim_to_send(&job).await else { panic!("in order") };
        let there = world.order(&order).await;
        assert_eq!(there.state, OrderState::Sending);
        assert_eq!(there.call_started, Some(world.clock.now()));
        assert_eq!(cleared.order().hash(), there.hash);
        assert_eq!(cleared.order().record_key(), there.record_key);
    }
}

#[tokio::test]
async fn whoever_finds_an_order_being_sent_reads_back_first() {
    for mut world in worlds().await {
        let (order, first) = claimed(&mut world).await;
        assert!(matches!(world.claim_to_send(&first).await, Claim::Cleared(_)));
        assert!(world.claim(Work::Publish).await.is_none(), "the lease is running");
        world.clock.advance_ms(121_000);
        let second = world.claim(Work::Publish).await.unwrap();
        assert!(second.token > first.token);
        let Claim::ReadBackFirst(release) = world.claim_to_send(&second).await else {
            panic!("it may be public")
        };
        assert_eq!(release.hash(), world.order(&order).await.hash);
        // It is not there: decided again, and sent.
        assert!(matches!(world.not_there(&second).await, Claim::Cleared(_)));
        world.sent(&second).await;
        // The first worker wakes up.
        let late = world
            .act(async |tx, clock, chance| Orders(tx).sent(&first, "2", "/news/2", clock, chance).await)
            .await;
        assert!(matches!(late, Err(OrderError::Job(JobError::Lost))));
        world.confirm().await;
        let there = world.order(&order).await;
        assert_eq!((there.state, there.remote.as_deref()), (OrderState::Published, Some("1")));
    }
}

#[tokio::test]
async fn a_late_worker_can_record_nothing_at_all() {
    for mut world in worlds().await {
        let (order, late) = claimed(&mut world).await;
        assert!(matches!(world.claim_to_send(&late).await, Claim::Cleared(_)));
        world.clock.advance_ms(121_000);
        world.claim(Work::Publish).await.unwrap();
        let before = world.order(&order).await;
        let allow = world.allow.clone();
        let refused = world
            .act(async |tx, clock, chance| {
                let rules = cleansheet_records::facts::Rules { policy: policy(), allow: &allow };
                let mut orders = Orders(tx);
                vec![
                    orders.claim_to_send(&late, &rules, clock, chance).await.map(|_| ()),
                    orders.not_there(&late, &rules, clock, chance).await.map(|_| ()),
                    orders.sent(&late, "2", "/2", clock, chance).await,
                    orders.uncertain(&late, "x", clock, chance).await,
                    orders.retry_later(&late, "x", None, clock, chance).await,
                    orders.stopped(&late, "x", clock, chance).await,
                    orders.confirmed(&late, "2", "/2", clock, chance).await,
                    orders.differs(&late, "x", clock, chance).await,
                    orders.taken_down(&late, clock, chance).await,
                    orders.still_live(&late, "x", clock, chance).await,
                    orders.gone(&late, TRUST, clock, chance).await.map(|_| ()),
                    orders.claim_to_confirm(&late, clock).await.map(|_| ()),
                    orders.claim_to_take_down(&late, clock).await.map(|_| ()),
                    orders.claim_to_see_gone(&late, clock).await.map(|_| ()),
                ]
            })
            .await;
        for (number, one) in refused.into_iter().enumerate() {
            assert!(matches!(one, Err(OrderError::Job(JobError::Lost))), "{number}: {one:?}");
        }
        assert_eq!(world.order(&order).await, before);
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_a_state_that_reading_back_closes() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        world.claim_to_send(&job).await;
        world
            .act(async |tx, clock, chance| {
                Orders(tx).uncertain(&job, "no reply", clock, chance).await.unwrap()
            })
            .await;
        let there = world.order(&order).await;
        assert_eq!((there.state, there.because.as_deref()), (OrderState::Uncertain, Some("no reply")));
        world.clock.advance_ms(3_000);
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::ReadBackFirst(_)));
        world.sent(&job).await;
        world.confirm().await;
        assert_eq!(world.order(&order).await.state, OrderState::Published);
        assert!(world.claim(Work::Publish).await.is_none(), "nothing is left to do");
    }
}

#[tokio::test]
async fn what_the_network_cannot_do_now_waits_and_what_it_refuses_stops() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        world.claim_to_send(&job).await;
        world
            .act(async |tx, clock, chance| {
                Orders(tx).retry_later(&job, "busy", None, clock, chance).await.unwrap()
            })
            .await;
        let there = world.order(&order).await;
        assert_eq!((there.state, there.call_started), (OrderState::Queued, None));
        world.clock.advance_ms(3_000);
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::Cleared(_)), "it is decided again");
        world
            .act(async |tx, clock, chance| Orders(tx).stopped(&job, "too long", clock, chance).await.unwrap())
            .await;
        let there = world.order(&order).await;
        assert_eq!((there.state, there.because.as_deref()), (OrderState::Stopped, Some("too long")));
        assert_eq!(world.stage(&there.post).await, Stage::Stopped);
    }
}

#[tokio::test]
async fn a_pause_holds_everything_and_loses_nothing() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        let dsl = world.person("dsl");
        world
            .act(async |tx, clock, chance| Settings(tx).start_pause(&dsl, clock, chance).await.unwrap())
            .await;
        assert!(matches!(world.claim_to_send(&job).await, Claim::Wait));
        assert_eq!(world.order(&order).await.state, OrderState::Queued);
        assert!(world.claim(Work::Publish).await.is_none());
        world.act(async |tx, clock, chance| Settings(tx).end_pause(&dsl, clock, chance).await.unwrap()).await;
        world.publish().await;
        assert_eq!(world.order(&order).await.state, OrderState::Published);
    }
}

#[tokio::test]
async fn a_pause_stops_the_second_try_of_what_was_not_there() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        world.claim_to_send(&job).await;
        let dsl = world.person("dsl");
        world
            .act(async |tx, clock, chance| Settings(tx).start_pause(&dsl, clock, chance).await.unwrap())
            .await;
        world.clock.advance_ms(121_000);
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::ReadBackFirst(_)), "reading harms nobody");
        assert!(matches!(world.not_there(&job).await, Claim::Wait));
        assert_eq!(world.order(&order).await.state, OrderState::Queued);
    }
}

/// What may happen between an approval and its sending, and the rule that stops it.
#[tokio::test]
async fn facts_that_changed_since_the_approval_stop_the_order() {
    type Change = (&'static str, &'static str);
    const CHANGES: [Change; 6] = [
        ("author suspended", "1-author-suspended"),
        ("approver suspended", "1-actor-suspended"),
        ("permission of the account ended", "2-no-permission"),
        ("grant of the author ended", "3-author-grant"),
        ("policy changed", "12-author-acknowledged"),
        ("flag set", "9-cannot-appear"),
    ];
    for (change, rule) in CHANGES {
        for mut world in worlds().await {
            let (id, _) = world.group().await;
            let order = world.approved(&id).await.remove(0);
            let people = world.people.clone();
            let (channel, asha) = (world.channels[0].clone(), world.child("asha"));
            world
                .act(async |tx, clock, chance| match change {
                    "author suspended" => {
                        People(tx)
                            .suspend(&people["author"], "", &people["manager"], clock, chance)
                            .await
                            .unwrap();
                    }
                    "approver suspended" => {
                        People(tx)
                            .suspend(&people["approver"], "", &people["manager"], clock, chance)
                            .await
                            .unwrap();
                    }
                    "permission of the account ended" => {
                        Accounts(tx)
                            .end_permission(&channel, &people["manager"], clock, chance)
                            .await
                            .unwrap();
                    }
                    "grant of the author ended" => {
                        let grants = Accounts(tx).grants_of(&people["author"]).await.unwrap();
                        for grant in grants {
                            Accounts(tx).end(&grant.id, &people["manager"], clock, chance).await.unwrap();
                        }
                    }
                    "policy changed" => {
                        let mut other = crate::world::policy().version().clone();
                        other.schema.push('\n');
                        Versions(tx).put_in_force(&other, clock, chance).await.unwrap();
                    }
                    _ => {
                        let mut activities = cleansheet_records::activities::Activities(tx);
                        activities
                            .set_no_image(&asha, true, None, people["dsl"].as_str(), clock, chance)
                            .await
                            .unwrap();
                    }
                })
                .await;
            let job = world.claim(Work::Publish).await.unwrap();
            let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("{change}") };
            assert!(reasons.iter().any(|one| one.rule == rule), "{change}: {reasons:?}");
            assert_eq!(world.order(&order).await.state, OrderState::Stopped, "{change}");
            assert_eq!(world.stage(&id).await, Stage::Stopped, "{change}");
        }
    }
}

#[tokio::test]
async fn a_frozen_order_that_was_changed_in_the_database_is_not_sent() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        let payload = "payload = replace(payload, 'Everybody', 'Nobody')";
        world.tamper(&format!("UPDATE release_order SET {payload} WHERE id = '{order}'")).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else {
            panic!("it is not what was approved")
        };
        assert_eq!(reasons.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["12-changed"]);
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
    }
}

#[tokio::test]
async fn a_frozen_order_that_was_rewritten_with_its_hash_is_not_sent_either() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        let json = world.order(&order).await.release().unwrap().to_json().replace("Everybody", "Nobody");
        let hash = cleansheet_terms::Digest::of(json.as_bytes());
        let rewrite =
            format!("UPDATE release_order SET payload = '{json}', hash = '{hash}' WHERE id = '{order}'");
        world.tamper(&rewrite).await.unwrap();
        assert_eq!(world.order(&order).await.release().unwrap().text(), "What a morning. Nobody scored.");
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else {
            panic!("nobody approved these words")
        };
        assert_eq!(reasons.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["12-changed"]);
    }
}

#[tokio::test]
async fn somebody_else_in_the_picture_is_another_post_even_with_the_same_pixels() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        let (asha, ines) = (world.child("asha"), world.child("ines"));
        let swap = format!("UPDATE depiction SET participant_id = '{ines}' WHERE participant_id = '{asha}'");
        world.tamper(&swap).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else { panic!("nobody approved her") };
        assert_eq!(reasons.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["12-changed"]);
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
    }
}

#[tokio::test]
async fn one_stopped_channel_leaves_the_other_alone() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let channels = world.channels.clone();
        world.tick(&id, &channels).await.unwrap();
        world.render(&id).await;
        let orders = world.approved(&id).await;
        let manager = world.person("manager");
        world
            .act(async |tx, clock, chance| {
                Accounts(tx).end_permission(&channels[1], &manager, clock, chance).await.unwrap();
            })
            .await;
        let mut stopped = 0;
        while let Some(job) = world.claim(Work::Publish).await {
            match world.claim_to_send(&job).await {
                Claim::Cleared(_) => world.sent(&job).await,
                Claim::Stopped(_) => stopped += 1,
                other => panic!("{other:?}"),
            }
        }
        world.confirm().await;
        assert_eq!(stopped, 1);
        let mut states = Vec::new();
        for order in &orders {
            states.push(world.order(order).await.state);
        }
        states.sort();
        assert_eq!(states, [OrderState::Published, OrderState::Stopped]);
        assert_eq!(world.stage(&id).await, Stage::Approved);
    }
}

#[tokio::test]
async fn what_is_public_and_not_what_was_approved_is_taken_down() {
    for mut world in worlds().await {
        let (order, job) = claimed(&mut world).await;
        world.claim_to_send(&job).await;
        world.sent(&job).await;
        let job = world.claim(Work::ConfirmPublished).await.unwrap();
        world
            .act(async |tx, clock, chance| {
                Orders(tx).differs(&job, "a picture", clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        world.take_down().await;
        let there = world.order(&order).await;
        assert_eq!(there.state, OrderState::Gone);
        assert_eq!(world.stage(&there.post).await, Stage::Stopped);
    }
}

#[tokio::test]
async fn the_database_has_one_living_order_a_channel_and_none_that_nobody_approved() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        let order_of = |revision: &str| {
            format!(
                "INSERT INTO release_order (id, post_id, channel_id, revision, record_key, payload, hash, state, token,
                     queued_ms)
                 SELECT 'order_x', post_id, channel_id, {revision}, 'x', payload, hash, 'queued', 0, 0
                 FROM release_order WHERE id = '{order}'"
            )
        };
        assert!(world.tamper(&order_of("revision + 1")).await.is_err(), "nobody approved that revision");
        let approve = format!(
            "INSERT INTO approval (post_id, revision, approver_id, author_id, content_hash, roles, at_ms)
             SELECT post_id, revision + 1, approver_id, author_id, content_hash, roles, at_ms
             FROM approval WHERE post_id = '{id}'"
        );
        world.tamper(&approve).await.unwrap();
        assert!(world.tamper(&order_of("revision + 1")).await.is_err(), "the first one is public");
        for state in ["taking_down", "gone"] {
            let freed = format!("UPDATE release_order SET state = '{state}' WHERE id = '{order}'");
            world.tamper(&freed).await.unwrap();
        }
        world.tamper(&order_of("revision + 1")).await.unwrap();
    }
}

#[tokio::test]
async fn the_database_takes_the_steps_that_the_types_have_and_no_others() {
    use OrderState::{Gone, Published, Queued, Sending, Sent, TakingDown, Uncertain};
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let set = |state: OrderState| {
            format!("UPDATE release_order SET state = '{}' WHERE id = '{order}'", state.as_str())
        };
        // A way past every state but the one that has no way on.
        let way =
            [Queued, Sending, Uncertain, Queued, Sending, Sent, Published, TakingDown, Gone, TakingDown];
        for (from, next) in way.into_iter().zip(way.into_iter().skip(1)) {
            assert_eq!(world.order(&order).await.state, from);
            for to in OrderState::ALL.into_iter().filter(|to| *to != from && !STEPS.contains(&(from, *to))) {
                assert!(world.tamper(&set(to)).await.is_err(), "{from:?} to {to:?}");
            }
            world.tamper(&set(next)).await.unwrap();
        }
        for (from, to) in STEPS {
            let (from, to) = (from.as_str(), to.as_str());
            let again = format!("INSERT INTO order_step (from_state, to_state) VALUES ('{from}', '{to}')");
            assert!(world.tamper(&again).await.is_err(), "{from} to {to} is missing in the database");
        }
        let others = STEPS.iter().map(|(from, to)| format!("'{} {}'", from.as_str(), to.as_str()));
        let count = format!(
            "INSERT INTO setting (name, value) SELECT 'x', from_state FROM order_step
             WHERE from_state || ' ' || to_state NOT IN ({}) LIMIT 1",
            others.collect::<Vec<_>>().join(", ")
        );
        world.tamper(&count).await.unwrap();
        assert!(
            world.tamper("INSERT INTO setting (name, value) VALUES ('x', '')").await.is_ok(),
            "too many steps"
        );
    }
}

#[tokio::test]
async fn a_second_run_of_a_finished_job_does_nothing() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let due = world.clock.now();
        world
            .act(async |tx, clock, chance| {
                for work in [Work::Publish, Work::ConfirmPublished, Work::TakeDown, Work::ConfirmGone] {
                    Jobs(tx).enqueue(work, order.as_str(), due, clock, chance).await.unwrap();
                }
            })
            .await;
        let before = world.order(&order).await;
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::Nothing));
        world.confirm().await;
        world.take_down().await;
        assert_eq!(world.order(&order).await, before);
        let mut tx = world.records.read().await.unwrap();
        let all = [Work::Publish, Work::ConfirmPublished, Work::TakeDown, Work::ConfirmGone];
        assert_eq!(Jobs(&mut tx).next_due(&all).await.unwrap(), None);
    }
}
