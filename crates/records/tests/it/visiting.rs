//! What families do on their own pages besides answering: complain, ask to be called, hand the phone over, say never.

use cleansheet_locales::Language;
use cleansheet_records::{
    activities::Activities,
    complaints::{Calls, ComplaintError, Complaints},
    invitations::Visitor,
    mails::Mails,
    sealing::Sealer,
    sign_ins::{Browser, Came, SignIns},
    withdrawals,
};
use cleansheet_terms::Clock as _;

use crate::world::{TRUST, World, day, worlds};

const PHONE: Browser<'_> = Browser { device: "a phone", shared: false, mark: None };
const MINUTE: i64 = 60_000;

fn first(world: &World) -> Visitor {
    Visitor::Guardian(world.guardians["asha 1"].clone())
}

async fn subjects(world: &World) -> Vec<String> {
    let mails = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
    mails.into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_complaint_waits_thirty_days_at_most_and_opens_only_with_the_key() {
    for mut world in worlds().await {
        let (sealer, who, by) = (Sealer::new([7; 32]), first(&world), world.person("manager"));
        let id = world
            .act(async |tx, clock, chance| {
                let empty = Complaints(tx, &sealer).make(&who, " ", TRUST, clock, chance).await;
                assert!(matches!(empty, Err(ComplaintError::Empty)));
                Complaints(tx, &sealer).make(&who, "Nobody rang me.", TRUST, clock, chance).await.unwrap()
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        let kept = Complaints(&mut tx, &sealer).of(&who).await.unwrap().remove(0);
        assert_eq!(
            (kept.id.clone(), kept.due, kept.words.as_str()),
            (id.clone(), day("2026-12-21"), "Nobody rang me.")
        );
        assert!(
            Complaints(&mut tx, &Sealer::new([8; 32])).get(&id).await.is_err(),
            "another key opens nothing"
        );
        drop(tx);
        for _ in 0..2 {
            world
                .act(async |tx, clock, chance| {
                    Complaints(tx, &sealer).acknowledge(&id, &by, TRUST, clock, chance).await.unwrap();
                })
                .await;
        }
        world
            .act(async |tx, clock, chance| {
                let mut complaints = Complaints(tx, &sealer);
                complaints.answer(&id, "We are sorry.", &by, TRUST, clock, chance).await.unwrap();
                let again = complaints.answer(&id, "More.", &by, TRUST, clock, chance).await;
                assert!(matches!(again, Err(ComplaintError::Answered)));
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        let all = Complaints(&mut tx, &sealer).all().await.unwrap();
        assert_eq!(all[0].answer.as_deref(), Some("We are sorry."));
        assert!(all[0].acknowledged.is_some() && all[0].closed.is_some());
        drop(tx);
        let told = subjects(&world).await;
        assert_eq!(
            told.iter().filter(|subject| *subject == "Your complaint").count(),
            2,
            "once for each step"
        );
    }
}

#[tokio::test]
async fn a_call_is_asked_for_once_until_somebody_has_called() {
    for mut world in worlds().await {
        let (who, by) = (first(&world), world.person("manager"));
        for _ in 0..3 {
            world
                .act(async |tx, clock, chance| {
                    Calls(tx).ask(&who, Language::Urdu, TRUST, clock, chance).await.unwrap();
                })
                .await;
        }
        let waiting = Calls(&mut world.records.read().await.unwrap()).waiting().await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!((&waiting[0].visitor, waiting[0].language), (&who, Language::Urdu));
        let id = waiting[0].id.clone();
        world
            .act(async |tx, clock, chance| {
                Calls(tx).done(&id, &by, clock, chance).await.unwrap();
                assert!(matches!(
                    Calls(tx).done(&id, &by, clock, chance).await,
                    Err(ComplaintError::Missing)
                ));
            })
            .await;
        assert!(Calls(&mut world.records.read().await.unwrap()).waiting().await.unwrap().is_empty());
        let told = subjects(&world).await;
        assert_eq!(told.iter().filter(|subject| *subject == "A family wants to be called").count(), 1);
    }
}

#[tokio::test]
async fn a_phone_that_was_handed_over_is_a_childs_for_a_quarter_of_an_hour() {
    for mut world in worlds().await {
        let child = Visitor::Participant(world.child("asha"));
        let started = world
            .act(async |tx, clock, chance| {
                SignIns(tx)
                    .start_visit(child.clone(), (Came::Handed, None), PHONE, clock, chance)
                    .await
                    .unwrap()
            })
            .await;
        for (minutes, good) in [(14, true), (1, false)] {
            world.clock.advance_ms(minutes * MINUTE);
            let mut tx = world.records.read().await.unwrap();
            let found = SignIns(&mut tx).by_token(started.token.reveal(), world.clock.now()).await.unwrap();
            assert_eq!(found.as_ref().map(|one| one.came), good.then_some(Came::Handed));
        }
    }
}

#[tokio::test]
async fn never_keeps_the_reason_of_the_safeguarding_lead_and_is_remembered_for_one_guardian_alone() {
    for mut world in worlds().await {
        let (asha, dsl) = (world.child("asha"), world.person("dsl"));
        let (one, two) = (world.guardians["asha 1"].clone(), world.guardians["asha 2"].clone());
        world
            .act(async |tx, clock, chance| {
                let mut activities = Activities(tx);
                activities
                    .set_no_image(&asha, true, Some(b"sealed"), dsl.as_str(), clock, chance)
                    .await
                    .unwrap();
                activities.never_show(&asha, &one, clock, chance).await.unwrap();
                activities.set_language(&one, "ur").await.unwrap();
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Activities(&mut tx).asked_never(&asha, &one).await.unwrap(), Some(world.clock.now()));
        assert_eq!(Activities(&mut tx).asked_never(&asha, &two).await.unwrap(), None);
        assert!(Activities(&mut tx).participant(&asha).await.unwrap().unwrap().no_image);
        assert_eq!(Activities(&mut tx).guardian(&one).await.unwrap().unwrap().language, "ur");
    }
}

#[tokio::test]
async fn a_family_is_given_exactly_the_public_pictures_that_show_their_child() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let mut tx = world.records.read().await.unwrap();
        let shown = withdrawals::pictures_of(&mut tx, &world.child("asha")).await.unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!((&shown[0].place.order, shown[0].pictures.len()), (&order, 1));
        let digest = &shown[0].pictures[0].digest;
        let of_her = withdrawals::pictures_in(&mut tx, &world.child("asha"), &order).await.unwrap();
        assert!(of_her.iter().any(|one| one.digest == *digest));
        drop(tx);
        world.withdraw("asha", "asha 1").await;
        let mut tx = world.records.read().await.unwrap();
        assert!(withdrawals::pictures_in(&mut tx, &world.child("asha"), &order).await.unwrap().is_empty());
    }
}
