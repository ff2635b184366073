//! Changes of mind that are less than a withdrawal of everything, and what time and flags do by themselves.

use cleansheet_records::{
    activities::Activities,
    approval,
    consents::{Answered, Consents, Giver, Kind, NewAnswers, Purpose, Way, answer, who_disagree},
    invitations::{self, InvitationError, Invitations, Visitor},
    mails::Mails,
    orders::OrderState,
    posts::{Mark, PostError, Stage, Who},
    sign_ins::{Browser, Holder},
    withdrawals::{self, About, Scope},
};
use cleansheet_terms::{Clock as _, Naming, Network, OrderId, ParticipantId, PostId, day_in_london};

use crate::world::{TRUST, World, day, worlds};

pub(crate) type One = (Purpose, Kind, Option<Naming>);

const WEB: (Purpose, Kind) = (Purpose::News, Kind::Website);
pub(crate) const SOCIAL: (Purpose, Kind) = (Purpose::News, Kind::Social);

pub(crate) fn said((purpose, kind): (Purpose, Kind), given: Option<Naming>) -> One {
    (purpose, kind, given)
}

pub(crate) async fn answers(world: &mut World, child: &str, giver: &str, answers: &[One]) -> Answered {
    let participant = world.child(child);
    let giver = world.guardians.get(giver).cloned().map_or(Giver::Own, Giver::Guardian);
    let new = NewAnswers {
        participant: &participant,
        giver,
        answers,
        language: "en",
        way: Way::Link,
        evidence: "their own page",
        until: day("2027-11-21"),
        trust: TRUST,
    };
    world.act(async |tx, clock, chance| answer(tx, &new, clock, chance).await.unwrap()).await
}

/// A post on the news page and on Mastodon; its orders in that order.
async fn on_both(world: &mut World) -> (PostId, [OrderId; 2]) {
    let (id, _) = world.group().await;
    let both = world.channels.clone();
    world.tick(&id, &both).await.unwrap();
    world.render(&id).await;
    world.approved(&id).await;
    world.publish().await;
    let mut by_channel = Vec::new();
    for channel in &both {
        let orders = world.orders(&id).await;
        by_channel.push(orders.into_iter().find(|one| one.channel == *channel).unwrap().id);
    }
    (id, by_channel.try_into().unwrap())
}

pub(crate) async fn state(world: &World, order: &OrderId) -> OrderState {
    world.order(order).await.state
}

#[tokio::test]
async fn a_no_to_one_kind_of_channel_takes_down_there_and_nowhere_else() {
    for mut world in worlds().await {
        let (_, [website, mastodon]) = on_both(&mut world).await;
        let done =
            answers(&mut world, "asha", "asha 1", &[said(WEB, Some(Naming::None)), said(SOCIAL, None)]).await;
        assert_eq!(state(&world, &website).await, OrderState::Published);
        assert_eq!(state(&world, &mastodon).await, OrderState::TakingDown);
        let id = done.withdrawal.expect("a yes was taken back");
        let receipt =
            withdrawals::receipt(&mut world.records.read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!((receipt.scope, receipt.removed.len()), (Scope::Some, 1));
        assert_eq!(receipt.removed[0].order, mastodon);
        let after = answers(&mut world, "asha", "asha 1", &[said(SOCIAL, Some(Naming::None))]).await;
        assert_eq!(after.withdrawal, None, "a yes brings no receipt");
        assert_eq!(state(&world, &mastodon).await, OrderState::TakingDown, "and nothing back");
    }
}

#[tokio::test]
async fn a_yes_without_the_name_takes_down_what_names_the_child_and_leaves_what_does_not() {
    for mut world in worlds().await {
        for giver in ["asha 1", "asha 2"] {
            answers(&mut world, "asha", giver, &[said(WEB, Some(Naming::First))]).await;
        }
        let (silent, _) = world.group().await;
        let silent_order = world.approved(&silent).await.remove(0);
        let (naming, _) = world.group().await;
        world.caption(&naming, "Asha saved everything on Saturday.").await.unwrap();
        world.render(&naming).await;
        let naming_order = world.approved(&naming).await.remove(0);
        world.publish().await;
        assert_eq!(state(&world, &naming_order).await, OrderState::Published);
        answers(&mut world, "asha", "asha 2", &[said(WEB, Some(Naming::None))]).await;
        assert_eq!(state(&world, &naming_order).await, OrderState::TakingDown);
        assert_eq!(state(&world, &silent_order).await, OrderState::Published);
    }
}

#[tokio::test]
async fn the_first_yes_of_somebody_who_is_asked_later_without_the_name_takes_down_what_names_the_child() {
    for mut world in worlds().await {
        for giver in ["asha 1", "asha 2"] {
            answers(&mut world, "asha", giver, &[said(WEB, Some(Naming::First))]).await;
        }
        let (id, _) = world.group().await;
        world.caption(&id, "Asha saved everything on Saturday.").await.unwrap();
        world.render(&id).await;
        let order = world.approved(&id).await.remove(0);
        world.publish().await;
        assert_eq!(state(&world, &order).await, OrderState::Published);
        answers(&mut world, "asha", "own", &[said(WEB, Some(Naming::First))]).await;
        assert_eq!(state(&world, &order).await, OrderState::Published);
        world.guardian_joins("asha", "asha 3").await;
        answers(&mut world, "asha", "asha 3", &[said(WEB, Some(Naming::None))]).await;
        assert_eq!(state(&world, &order).await, OrderState::TakingDown);
    }
}

#[tokio::test]
async fn an_objection_takes_one_picture_down_and_covers_its_draft() {
    for mut world in worlds().await {
        let (first, one) = world.published().await;
        let (_, other) = world.published().await;
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        let (leo, leos) = (world.child("leo"), Giver::Guardian(world.guardians["leo 1"].clone()));
        let mut object = async |participant: &ParticipantId, giver: &Giver, order: &OrderId| {
            let about = About { participant, giver, trust: TRUST };
            world
                .act(async |tx, clock, chance| {
                    withdrawals::object(tx, &about, order, clock, chance).await.unwrap()
                })
                .await
        };
        let receipt = object(&asha, &giver, &one).await;
        assert!(receipt.is_some());
        let unknown = OrderId::parse("order_none").unwrap();
        assert_eq!(object(&leo, &leos, &unknown).await, None, "nothing of theirs");
        assert_eq!(state(&world, &one).await, OrderState::TakingDown);
        assert_eq!(state(&world, &other).await, OrderState::Published);
        world.take_down().await;
        assert_eq!(world.stage(&first).await, Stage::Stopped);
        let found = Consents(&mut world.records.read().await.unwrap())
            .joined(&asha, Purpose::News, Network::Website, day("2026-11-21"))
            .await
            .unwrap();
        assert!(found.is_yes(), "their answers stand");
    }
}

#[tokio::test]
async fn a_picture_that_a_family_objected_to_never_goes_out_again_with_the_face_open() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        let author = world.person("author");
        let before = world
            .act(async |tx, clock, chance| approval::correct(tx, &id, &author, clock, chance).await.unwrap())
            .await;
        let about = About { participant: &asha, giver: &giver, trust: TRUST };
        world
            .act(async |tx, clock, chance| {
                withdrawals::object(tx, &about, &order, clock, chance).await.unwrap().unwrap()
            })
            .await;
        world.take_down().await;
        for post in [&id, &before] {
            // Somebody touches it later: that does not make it new.
            world.caption(post, "What a Saturday, again.").await.unwrap();
            world.render(post).await;
            let rules: Vec<_> =
                world.would_submit(post).await.reasons().into_iter().map(|one| one.rule).collect();
            assert!(rules.contains(&"9-withdrawn".to_owned()), "{rules:?}");
            let photo = world.photos(post).await.remove(0);
            let face =
                world.faces(&photo.id).await.into_iter().find(|face| face.who == Who::Roster(asha.clone()));
            world.mark(&face.unwrap().id, Mark::Cover).await.unwrap();
            world.render(post).await;
            assert!(world.would_submit(post).await.clear(), "with her face covered it may");
        }
    }
}

#[tokio::test]
async fn a_no_to_the_press_stops_nothing_that_waits_for_the_news_page() {
    for mut world in worlds().await {
        let press = (Purpose::Press, Kind::Press);
        answers(&mut world, "asha", "asha 1", &[said(press, Some(Naming::None))]).await;
        let (id, _) = world.group().await;
        let order = world.approved(&id).await.remove(0);
        let done = answers(&mut world, "asha", "asha 1", &[said(press, None)]).await;
        assert!(done.withdrawal.is_some(), "a yes was taken back");
        world.publish().await;
        assert_eq!(state(&world, &order).await, OrderState::Published);
    }
}

#[tokio::test]
async fn what_runs_out_is_swept_and_nobody_is_told_why() {
    // What happens, and the instant from which it counts.
    let cases: [(&str, &str); 4] = [
        ("the answer ends", "2027-09-01T00:00:00+01:00"),
        ("leaves", "2026-11-30T00:00:00Z"),
        ("no image", "2026-11-21T12:00:00Z"),
        ("turns eighteen", "2034-02-03T00:00:00Z"),
    ];
    for (what, instant) in cases {
        for mut world in worlds().await {
            let (id, order) = world.published().await;
            let (asha, dsl) = (world.child("asha"), world.person("dsl"));
            if what == "turns eighteen" {
                // Answers that outlast that birthday.
                world.tamper("UPDATE consent SET until_day = '2040-01-01'").await.unwrap();
            }
            world
                .act(async |tx, clock, chance| match what {
                    "leaves" => {
                        let last = day("2026-11-29");
                        Activities(tx).participant_leaves(&asha, last, clock, chance).await.unwrap();
                    }
                    "no image" => {
                        let (yes, reason) = (true, Some(b"sealed".as_slice()));
                        let mut activities = Activities(tx);
                        activities
                            .set_no_image(&asha, yes, reason, dsl.as_str(), clock, chance)
                            .await
                            .unwrap();
                    }
                    _ => {}
                })
                .await;
            let public = withdrawals::in_public(&mut world.records.read().await.unwrap()).await.unwrap();
            assert!(public.contains(&asha));
            let sweep = async |world: &mut World| {
                let asha = asha.clone();
                world
                    .act(async |tx, clock, chance| {
                        withdrawals::sweep(tx, &asha, clock, chance).await.unwrap()
                    })
                    .await
            };
            let instant: cleansheet_terms::Timestamp = instant.parse().unwrap();
            if what != "no image" {
                // Every act of the world is a second later than the last.
                let before = instant.as_millisecond() - 1_001;
                world.go_to(&cleansheet_terms::Timestamp::from_millisecond(before).unwrap().to_string());
                assert_eq!(sweep(&mut world).await, [], "{what}: a millisecond before");
                world.go_to(&instant.to_string());
            }
            assert_eq!(sweep(&mut world).await, std::slice::from_ref(&order), "{what}");
            assert_eq!(sweep(&mut world).await, [], "{what}: once is enough");
            world.take_down().await;
            assert_eq!(state(&world, &order).await, OrderState::Gone);
            assert_eq!(world.stage(&id).await, Stage::Stopped);
            let because = world.order(&order).await.because.unwrap();
            assert_eq!(because, "somebody in it can no longer be shown", "{what}");
            let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
            assert!(mails.is_empty(), "{what}: nobody pressed a button, so there is no receipt");
        }
    }
}

#[tokio::test]
async fn who_has_to_be_asked_later_ends_what_is_public_by_a_no_and_not_by_being_asked() {
    for (who, giver, instant) in [
        ("a child who turns twelve", "own", "2028-02-03T00:00:00Z"),
        ("a parent who is added", "asha 3", "2026-11-23T10:00:00Z"),
    ] {
        for mut world in worlds().await {
            let (_, order) = world.published().await;
            let asha = world.child("asha");
            world.tamper("UPDATE consent SET until_day = '2030-01-01'").await.unwrap();
            if giver != "own" {
                world.guardian_joins("asha", giver).await;
            }
            world.go_to(instant);
            let ended = world
                .act(async |tx, clock, chance| withdrawals::sweep(tx, &asha, clock, chance).await.unwrap())
                .await;
            assert_eq!((ended, state(&world, &order).await), (vec![], OrderState::Published), "{who}");
            let (next, _) = world.group().await;
            let reasons = world.would_submit(&next).await.reasons();
            assert!(reasons.iter().any(|one| one.rule == "9-cannot-appear"), "{who}: nothing new before");
            let no = answers(&mut world, "asha", giver, &[said(WEB, None)]).await;
            assert!(no.withdrawal.is_some(), "{who}: with a receipt");
            assert_eq!(state(&world, &order).await, OrderState::TakingDown, "{who}: a no");
        }
    }
}

/// About whom people do not agree today.
async fn disagreeing(world: &World) -> Vec<ParticipantId> {
    let today = day_in_london(world.clock.now());
    who_disagree(&mut world.records.read().await.unwrap(), today).await.unwrap()
}

#[tokio::test]
async fn who_changes_their_own_mind_does_not_disagree_and_neither_does_who_no_longer_answers() {
    for mut world in worlds().await {
        let no = [said(WEB, None)];
        let yes = [said(WEB, Some(Naming::None))];
        // One giver's yes, then no, then yes again; the other never answered this one.
        let press = (Purpose::Press, Kind::Press);
        for given in [Some(Naming::None), None, Some(Naming::None)] {
            assert!(!answers(&mut world, "leo", "leo 1", &[said(press, given)]).await.disagree);
        }
        assert!(disagreeing(&world).await.is_empty());
        assert!(answers(&mut world, "asha", "asha 1", &no).await.disagree);
        let (asha, one, lead) = (world.child("asha"), world.guardians["asha 1"].clone(), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                assert!(Activities(tx).end_guardianship(&asha, &one, &lead, clock, chance).await.unwrap());
            })
            .await;
        assert!(disagreeing(&world).await.is_empty(), "{:?}", world.db.engine());
        assert!(!answers(&mut world, "asha", "asha 2", &yes).await.disagree);
        assert!(answers(&mut world, "asha", "own", &no).await.disagree, "the child's own no");
        assert_eq!(disagreeing(&world).await, [asha]);
    }
}

#[tokio::test]
async fn from_the_18th_birthday_on_an_old_no_of_a_parent_disagrees_with_nobody() {
    for mut world in worlds().await {
        // 28 November 2008.
        assert!(answers(&mut world, "tyrone", "tyrone 1", &[said(WEB, None)]).await.disagree);
        let told = async |world: &World| {
            let mails = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
            mails.into_iter().filter(|mail| mail.subject.contains("does not agree")).count()
        };
        assert_eq!(told(&world).await, 1);
        world.go_to("2026-11-27T23:59:59.999Z");
        assert_eq!(disagreeing(&world).await, [world.child("tyrone")]);
        world.go_to("2026-11-28T00:00:00Z");
        assert!(disagreeing(&world).await.is_empty());
        assert!(!answers(&mut world, "tyrone", "own", &[said(WEB, None)]).await.disagree);
        assert!(!answers(&mut world, "tyrone", "own", &[said(WEB, Some(Naming::Full))]).await.disagree);
        assert!(disagreeing(&world).await.is_empty());
        assert_eq!(told(&world).await, 1, "nobody was told again");
    }
}

#[tokio::test]
async fn who_does_not_agree_is_known_to_the_safeguarding_lead_alone() {
    for mut world in worlds().await {
        assert!(disagreeing(&world).await.is_empty());
        let first = answers(&mut world, "asha", "asha 1", &[said(WEB, None)]).await;
        assert!(first.disagree);
        let again = answers(&mut world, "asha", "asha 1", &[said(WEB, None)]).await;
        assert!(again.disagree);
        assert_eq!(disagreeing(&world).await, [world.child("asha")]);
        let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
        let told: Vec<_> = mails.iter().filter(|mail| mail.subject.contains("does not agree")).collect();
        assert_eq!(told.len(), 1, "once, to the lead");
        assert_eq!(told[0].to, "dsl@example.org");
        assert!(!told[0].body.contains("Asha") && !told[0].body.contains("Verma"));
        let after = answers(&mut world, "asha", "asha 1", &[said(WEB, Some(Naming::None))]).await;
        assert!(!after.disagree && disagreeing(&world).await.is_empty());
    }
}

#[tokio::test]
async fn a_letter_carries_a_code_that_works_in_any_browser_and_not_after_ten_wrong_ones() {
    for mut world in worlds().await {
        let tyrone = world.child("tyrone");
        let visitor = Visitor::Participant(tyrone.clone());
        let (link, code) = world
            .act(async |tx, clock, chance| Invitations(tx).print(&visitor, clock, chance).await.unwrap())
            .await;
        assert_eq!(code.len(), 12);
        let device = Browser { device: "an old phone", shared: false, mark: None };
        let mut enter = async |code: &str| {
            let records = world.records.clone();
            let (clock, chance) = (&world.clock, &mut world.chance);
            invitations::redeem(&records, link.reveal(), code, "any", device, clock, chance).await
        };
        let spaced = format!("{} {} {}", &code[..4], &code[4..8], &code[8..]);
        for _ in 0..2 {
            let started = enter(&spaced).await.unwrap();
            assert_eq!(started.sign_in.holder, Holder::Visitor(visitor.clone()));
        }
        for _ in 0..10 {
            assert!(matches!(enter("000000000000").await, Err(InvitationError::BadCode)));
        }
        assert!(matches!(enter(&code).await, Err(InvitationError::BadCode)), "too many wrong ones");
    }
}

#[tokio::test]
async fn what_a_post_is_for_decides_which_answers_count() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let author = world.person("author");
        assert!(world.would_submit(&id).await.clear());
        let purpose = async |world: &mut World, purpose| -> Result<(), PostError> {
            let (id, author) = (id.clone(), author.clone());
            world
                .act(async |tx, clock, chance| {
                    cleansheet_records::posts::Posts(tx)
                        .set_purpose(&id, purpose, &author, clock, chance)
                        .await
                })
                .await
        };
        purpose(&mut world, Purpose::Promotion).await.unwrap();
        world.render(&id).await;
        let rules: Vec<_> = world.would_submit(&id).await.reasons().into_iter().map(|one| one.rule).collect();
        assert_eq!(rules, ["9-cannot-appear", "9-cannot-appear"], "nobody was asked about adverts");
        purpose(&mut world, Purpose::Press).await.unwrap();
        assert_eq!(world.post(&id).await.purpose, Purpose::Promotion, "no post is a newspaper");
    }
}
