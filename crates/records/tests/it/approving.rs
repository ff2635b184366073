//! Submitting, approving, returning: two people, and exactly what was seen.

use cleansheet_policy::facts::SignIn;
use cleansheet_records::{
    approval::{self, Approved},
    jobs::Work,
    ledger_entries::Ledger,
    orders::{Claim, OrderState},
    people::People,
    posts::{Mark, PostError, Posts, Stage},
};
use cleansheet_terms::{PersonId, Role};

use crate::world::{fresh, policy, worlds};

#[tokio::test]
async fn a_post_in_order_goes_from_the_author_to_a_second_person_and_out() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        assert!(world.would_submit(&id).await.clear());
        let verdict = world.submit(&id).await.unwrap();
        assert!(verdict.clear(), "{:?}", verdict.reasons());
        assert_eq!(world.stage(&id).await, Stage::Submitted);
        let Approved::Yes(orders) = world.approve(&id, "approver").await.unwrap() else {
            panic!("it is in order")
        };
        assert_eq!(world.stage(&id).await, Stage::Approved);
        let order = world.order(&orders[0]).await;
        assert_eq!(order.state, OrderState::Queued);
        let release = order.release().unwrap();
        assert_eq!(release.text(), "What a morning. Everybody scored.");
        assert_eq!(release.pictures().len(), 1);
        assert_eq!(release.pictures()[0].alt_text, "Children run after a ball");
        assert_eq!(release.record_key().len(), 32);
        world.publish().await;
        let order = world.order(&orders[0]).await;
        assert_eq!((order.state, order.url.as_deref()), (OrderState::Published, Some("/news/1")));
        let decisions = Posts(&mut world.records.read().await.unwrap()).decisions(&id).await.unwrap();
        let acts: Vec<_> = decisions.iter().map(|one| (one.act.as_str(), one.outcome.as_str())).collect();
        assert_eq!(acts, [("submit", "allow"), ("approve", "allow"), ("send", "allow")]);
        assert!(
            decisions.iter().all(|one| one.policy_hash == policy().hash() && one.facts.post == id.as_str())
        );
    }
}

#[tokio::test]
async fn nobody_approves_their_own_post() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        world.submit(&id).await.unwrap();
        let Approved::No(verdict) = world.approve(&id, "author").await.unwrap() else { panic!("own work") };
        assert!(verdict.reasons().iter().any(|reason| reason.rule == "12-own-work"));
        assert_eq!(world.stage(&id).await, Stage::Submitted);
        assert!(world.orders(&id).await.is_empty());
    }
}

#[tokio::test]
async fn the_database_itself_refuses_an_approval_by_the_author() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let (author, other) = (world.person("author"), world.person("approver"));
        let approval = |approver: &PersonId, author: &PersonId| {
            format!(
                "INSERT INTO approval (post_id, revision, approver_id, author_id, content_hash, roles, at_ms)
                 VALUES ('{id}', 1, '{approver}', '{author}', '', '[]', 0)"
            )
        };
        assert!(world.tamper(&approval(&author, &author)).await.is_err());
        assert!(world.tamper(&approval(&author, &other)).await.is_err(), "somebody else did not write it");
        world.tamper(&approval(&other, &author)).await.unwrap();
    }
}

#[tokio::test]
async fn what_changed_since_it_was_looked_at_is_not_approved() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        world.submit(&id).await.unwrap();
        let seen = world.content(&id).await;
        world.caption(&id, "What a morning! Everybody scored.").await.unwrap();
        assert_eq!(world.stage(&id).await, Stage::Draft, "a change takes it back to its author");
        let stale = world.approve_what(&id, &seen, "approver", fresh()).await;
        assert!(matches!(stale, Err(PostError::WrongStage(Stage::Draft))));
        world.submit(&id).await.unwrap();
        let stale = world.approve_what(&id, &seen, "approver", fresh()).await;
        assert!(matches!(stale, Err(PostError::Changed)));
        // The same words again are another revision: who looked before has not seen what happened in between.
        world.caption(&id, "What a morning. Everybody scored.").await.unwrap();
        world.submit(&id).await.unwrap();
        assert!(matches!(world.approve_what(&id, &seen, "approver", fresh()).await, Err(PostError::Changed)));
        // Somebody else is in the picture now, with the same pixels.
        let seen = world.content(&id).await;
        let (face, ines) = (world.faces(&photo).await[0].id.clone(), world.child("ines"));
        world.mark(&face, Mark::Roster(&ines)).await.unwrap();
        world.submit(&id).await.unwrap();
        assert!(matches!(world.approve_what(&id, &seen, "approver", fresh()).await, Err(PostError::Changed)));
        assert!(matches!(world.approve(&id, "approver").await, Ok(Approved::Yes(_))));
    }
}

#[tokio::test]
async fn ticking_another_channel_voids_an_approval_and_stops_what_waited() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let channels = world.channels.clone();
        world.tick(&id, &channels).await.unwrap();
        assert_eq!(world.stage(&id).await, Stage::Draft);
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
        let approvals = Posts(&mut world.records.read().await.unwrap()).approvals(&id).await.unwrap();
        assert!(approvals.iter().all(|one| one.void.is_some()) && approvals.len() == 1);
        world.render(&id).await;
        let orders = world.approved(&id).await;
        assert_eq!(orders.len(), 2, "one for each channel");
        assert_ne!(world.order(&orders[0]).await.record_key, world.order(&orders[1]).await.record_key);
    }
}

#[tokio::test]
async fn a_refused_submission_changes_nothing_and_is_kept_as_a_decision() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        world.caption(&id, "Asha was fucking brilliant").await.unwrap();
        let before = world.post(&id).await;
        let verdict = world.submit(&id).await.unwrap();
        assert!(!verdict.may());
        let clauses: Vec<u8> =
            verdict.reasons().iter().filter_map(|r| r.clause).map(|c| c.number()).collect();
        assert!(clauses.contains(&6) && clauses.contains(&9), "{clauses:?}");
        assert_eq!(world.post(&id).await, before);
        let decisions = Posts(&mut world.records.read().await.unwrap()).decisions(&id).await.unwrap();
        assert_eq!(decisions.len(), 1);
        assert_eq!(decisions[0].outcome, "deny");
        assert_eq!(decisions[0].reasons, verdict.reasons());
    }
}

#[tokio::test]
async fn a_post_without_a_channel_or_without_anything_in_it_is_not_submitted() {
    for mut world in worlds().await {
        let id = world.draft().await;
        world.tick(&id, &[]).await.unwrap();
        let verdict = world.submit(&id).await.unwrap();
        assert_eq!(verdict.reasons().iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["no-channel"]);
        let channels = world.channels[..1].to_vec();
        world.tick(&id, &channels).await.unwrap();
        world.caption(&id, "  \n").await.unwrap();
        assert_eq!(world.submit(&id).await.unwrap().reasons()[0].rule, "no-content");
        assert_eq!(world.stage(&id).await, Stage::Draft);
    }
}

#[tokio::test]
async fn a_hold_is_lifted_by_the_role_it_names_and_by_nobody_else() {
    for mut world in worlds().await {
        let id = world.draft().await;
        let photo = world.photo(&id, 0).await;
        world.tamper(&format!("UPDATE photo SET nudity = 0.5 WHERE id = '{photo}'")).await.unwrap();
        world.render(&id).await;
        let verdict = world.submit(&id).await.unwrap();
        assert!(verdict.may() && !verdict.clear());
        assert_eq!(verdict.held_for().into_iter().collect::<Vec<_>>(), [Role::Dsl]);
        assert!(matches!(world.approve(&id, "approver").await.unwrap(), Approved::No(_)));
        assert!(matches!(world.approve(&id, "dsl").await.unwrap(), Approved::Yes(_)));
        world.publish().await;
    }
}

#[tokio::test]
async fn a_hold_is_back_when_whoever_lifted_it_has_lost_the_role() {
    for mut world in worlds().await {
        let id = world.draft().await;
        let photo = world.photo(&id, 0).await;
        world.tamper(&format!("UPDATE photo SET nudity = 0.5 WHERE id = '{photo}'")).await.unwrap();
        world.render(&id).await;
        world.submit(&id).await.unwrap();
        assert!(matches!(world.approve(&id, "dsl").await.unwrap(), Approved::Yes(_)));
        let (dsl, manager) = (world.person("dsl"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                let mut people = People(tx);
                people.give_role(&dsl, Role::Staff, &manager, clock, chance).await.unwrap();
                people.take_role(&dsl, Role::Dsl, &manager, clock, chance).await.unwrap();
            })
            .await;
        let job = world.claim(Work::Publish).await.unwrap();
        let Claim::Stopped(reasons) = world.claim_to_send(&job).await else {
            panic!("nobody who may has looked")
        };
        assert_eq!(reasons.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["7-look"]);
    }
}

#[tokio::test]
async fn one_child_close_up_or_named_is_refused_by_its_own_rule() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let rules = |verdict: cleansheet_records::approval::Verdict| {
            verdict.reasons().into_iter().map(|one| one.rule).collect::<Vec<_>>()
        };
        world.caption(&id, "Well done Asha").await.unwrap();
        let said = rules(world.would_submit(&id).await);
        assert!(said.contains(&"9-named".to_owned()) && said.contains(&"9-block".to_owned()), "{said:?}");
        world.caption(&id, "Well done").await.unwrap();
        let leo = world.faces(&photo).await[1].id.clone();
        world.mark(&leo, Mark::Cover).await.unwrap();
        world.render(&id).await;
        assert!(world.would_submit(&id).await.clear(), "alone and far away");
        world.tamper("UPDATE depiction SET h = 340 WHERE participant_id IS NOT NULL").await.unwrap();
        world.render(&id).await;
        assert_eq!(rules(world.would_submit(&id).await), ["9-close-up"]);
    }
}

#[tokio::test]
async fn a_device_that_was_left_alone_or_is_shared_does_not_approve() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        world.submit(&id).await.unwrap();
        let content = world.content(&id).await;
        for sign_in in [
            SignIn { idle_minutes: 16, ..fresh() },
            SignIn { age_minutes: 721, ..fresh() },
            SignIn { shared_device: true, ..fresh() },
        ] {
            let Approved::No(verdict) = world.approve_what(&id, &content, "approver", sign_in).await.unwrap()
            else {
                panic!("{sign_in:?}")
            };
            assert!(
                verdict.reasons().iter().all(|one| one.clause.is_some_and(|clause| clause.number() == 4))
            );
        }
    }
}

#[tokio::test]
async fn a_returned_post_is_a_draft_with_a_note_until_it_is_submitted_again() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let (author, approver) = (world.person("author"), world.person("approver"));
        world.submit(&id).await.unwrap();
        let outcome = world
            .act(async |tx, clock, chance| {
                let own = approval::give_back(tx, &id, "mine", &author, clock, chance).await;
                assert!(matches!(own, Err(PostError::OwnWork)));
                let empty = approval::give_back(tx, &id, "  ", &approver, clock, chance).await;
                assert!(matches!(empty, Err(PostError::NoNote)));
                approval::give_back(tx, &id, " say which team ", &approver, clock, chance).await
            })
            .await;
        outcome.unwrap();
        let post = world.post(&id).await;
        assert_eq!((post.stage, post.returned.as_deref()), (Stage::Draft, Some("say which team")));
        world.submit(&id).await.unwrap();
        assert_eq!(world.post(&id).await.returned, None);
    }
}

#[tokio::test]
async fn asking_what_would_happen_writes_nothing() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        world.submit(&id).await.unwrap();
        let entries = Ledger(&mut world.records.read().await.unwrap()).count().await.unwrap();
        let (author, approver) = (world.person("author"), world.person("approver"));
        for person in [&author, &approver] {
            // A reading transaction: a write would be an error.
            let mut tx = world.records.read().await.unwrap();
            let seat = cleansheet_records::facts::Seat::Person { id: person, sign_in: fresh() };
            let rules = cleansheet_records::facts::Rules { policy: policy(), allow: &world.allow };
            let now = cleansheet_terms::Clock::now(&world.clock);
            let verdict = approval::would_approve(&mut tx, &id, &seat, &rules, now).await.unwrap();
            assert_eq!(verdict.clear(), person == &approver);
        }
        assert_eq!(Ledger(&mut world.records.read().await.unwrap()).count().await.unwrap(), entries);
    }
}

#[tokio::test]
async fn every_act_and_decision_is_in_the_ledger() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        let mut tx = world.records.read().await.unwrap();
        let kinds = kinds_of(&mut tx, &[id.as_str(), order.as_str()]).await;
        let wanted = [
            "post.started",
            "post.decided",
            "post.moved",
            "post.decided",
            "post.approved",
            "order.queued",
            "post.moved",
            "post.decided",
            "order.sending",
            "order.sent",
            "order.published",
        ];
        let of: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| *kind != "post.changed").collect();
        assert_eq!(of, wanted);
    }
}

async fn kinds_of(tx: &mut cleansheet_records::Tx, subjects: &[&str]) -> Vec<String> {
    let mut references = Vec::new();
    for subject in subjects {
        references.push(Ledger(tx).reference_of(subject).await.unwrap().unwrap());
    }
    let entries = Ledger(tx).entries_from(0, 100_000).await.unwrap();
    let entries = entries.iter().map(|bytes| cleansheet_ledger::Entry::parse(bytes).unwrap());
    entries
        .filter(|entry| references.contains(&entry.record.as_str().to_owned()))
        .map(|entry| entry.kind.as_str().to_owned())
        .collect()
}

#[tokio::test]
async fn a_stopped_post_can_be_submitted_and_approved_again() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let first = world.approved(&id).await.remove(0);
        let (approver, manager) = (world.person("approver"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                let mut people = People(tx);
                people.suspend(&approver, "", &manager, clock, chance).await.unwrap();
            })
            .await;
        let job = world.claim(Work::Publish).await.unwrap();
        world.claim_to_send(&job).await;
        assert_eq!(world.stage(&id).await, Stage::Stopped);
        assert_eq!(world.order(&first).await.state, OrderState::Stopped);
        assert!(world.submit(&id).await.unwrap().may());
        let Approved::Yes(orders) = world.approve(&id, "colleague").await.unwrap() else {
            panic!("in order")
        };
        world.publish().await;
        assert_eq!(world.order(&orders[0]).await.state, OrderState::Published);
        assert_eq!(world.order(&first).await.state, OrderState::Stopped);
    }
}
