//! Forms on paper, which two people read.

use cleansheet_records::{
    asking::{Differs, Entered, Forms, PaperEntry, PaperError, Part},
    consents::{self, Consents, Editions, Giver, Kind, NewEdition, Purpose, Reader, Way},
    invitations::Visitor,
};
use cleansheet_terms::{Naming, ParticipantId, PersonId};

use crate::{
    asking::{answers, new_words},
    world::{TRUST, World, day, worlds},
};

const SOCIAL: (Purpose, Kind) = (Purpose::News, Kind::Social);

/// The number at the foot of a form with the words in force.
async fn mark(world: &World, reader: Reader) -> String {
    let edition = Editions(&mut world.records.read().await.unwrap()).in_force().await.unwrap().unwrap();
    edition.wording(reader, "en").unwrap().mark()
}

async fn enter(
    world: &mut World,
    by: &str,
    signed: &str,
    answers: &consents::Answers,
) -> Result<Entered, PaperError> {
    let mark = mark(world, Reader::Guardian).await;
    let (asha, guardian) = (world.child("asha"), Visitor::Guardian(world.guardians["asha 1"].clone()));
    enter_form(world, by, (&asha, &guardian), (signed, &mark), answers).await
}

async fn enter_form(
    world: &mut World,
    by: &str,
    (participant, visitor): (&ParticipantId, &Visitor),
    (signed, mark): (&str, &str),
    answers: &consents::Answers,
) -> Result<Entered, PaperError> {
    let by = world.person(by);
    world
        .act(async |tx, clock, chance| {
            let entry = PaperEntry {
                participant,
                visitor,
                signed: day(signed),
                mark,
                answers,
                by: &by,
                trust: TRUST,
            };
            Forms(tx).enter(&entry, clock, chance).await
        })
        .await
}

async fn newest(world: &World, (purpose, kind): (Purpose, Kind)) -> (bool, Way) {
    let giver = Giver::Guardian(world.guardians["asha 1"].clone());
    let mut tx = world.records.read().await.unwrap();
    let all = Consents(&mut tx).newest(&world.child("asha"), purpose, kind).await.unwrap();
    (all[&giver].yes, all[&giver].way)
}

/// Whether the newest yes to news on the website was read from one of the forms that the tests enter.
async fn is_from_form(world: &World, child: &ParticipantId, giver: &Giver) -> bool {
    let mut tx = world.records.read().await.unwrap();
    let all = Consents(&mut tx).newest(child, Purpose::News, Kind::Website).await.unwrap();
    assert!(all[giver].yes);
    all[giver].evidence.starts_with("form ")
}

pub(crate) fn yes_and_no() -> Vec<(Purpose, Kind, Option<Naming>)> {
    vec![(Purpose::News, Kind::Website, Some(Naming::First)), (SOCIAL.0, SOCIAL.1, None)]
}

#[tokio::test]
async fn a_form_counts_when_two_people_read_the_same() {
    for mut world in worlds().await {
        world.go_to("2026-11-25T12:00:00Z");
        let read = yes_and_no();
        assert_eq!(enter(&mut world, "manager", "2026-11-24", &read).await.unwrap(), Entered::Waiting);
        assert_eq!(
            enter(&mut world, "manager", "2026-11-24", &read).await.unwrap(),
            Entered::Waiting,
            "not alone"
        );
        assert!(newest(&world, SOCIAL).await.0, "nothing counts yet");
        let other = vec![
            (Purpose::News, Kind::Website, Some(Naming::First)),
            (SOCIAL.0, SOCIAL.1, Some(Naming::None)),
        ];
        let differs: Differs = vec![Part::Day, Part::Question(SOCIAL.0, SOCIAL.1)];
        assert_eq!(
            enter(&mut world, "dsl", "2026-11-23", &other).await.unwrap(),
            Entered::Differs(differs.clone())
        );
        assert!(newest(&world, SOCIAL).await.0, "nothing counts while they differ");
        let open = Forms(&mut world.records.read().await.unwrap()).open().await.unwrap();
        assert_eq!((open.len(), &open[0].differs), (1, &differs));
        let third = enter(&mut world, "author", "2026-11-24", &read).await;
        assert!(matches!(third, Err(PaperError::Two)), "{third:?}");
        let done = enter(&mut world, "dsl", "2026-11-24", &read).await.unwrap();
        assert_eq!(done, Entered::Recorded { overtaken: 0 });
        assert_eq!(newest(&world, SOCIAL).await, (false, Way::Paper));
        assert!(Forms(&mut world.records.read().await.unwrap()).open().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_old_yes_on_paper_never_undoes_what_was_said_after_it() {
    for mut world in worlds().await {
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        world.go_to("2026-11-25T12:00:00Z");
        answers(&mut world, &asha, giver, false).await;
        let read = vec![(SOCIAL.0, SOCIAL.1, Some(Naming::Full)), (Purpose::Press, Kind::Press, None)];
        enter(&mut world, "manager", "2026-11-25", &read).await.unwrap();
        let done = enter(&mut world, "dsl", "2026-11-25", &read).await.unwrap();
        assert_eq!(done, Entered::Recorded { overtaken: 1 });
        assert_eq!(newest(&world, SOCIAL).await, (false, Way::Link));
        assert_eq!(newest(&world, (Purpose::Press, Kind::Press)).await, (false, Way::Paper));
        for signed in ["2026-11-26", "2025-11-24"] {
            assert!(
                matches!(enter(&mut world, "manager", signed, &read).await, Err(PaperError::Day)),
                "{signed}"
            );
        }
        assert!(matches!(enter(&mut world, "manager", "2026-11-25", &[]).await, Err(PaperError::Empty)));
    }
}

#[tokio::test]
async fn a_yes_on_a_form_counts_for_the_words_on_it_and_for_no_others() {
    for mut world in worlds().await {
        let (asha, one) = (world.child("asha"), world.guardians["asha 1"].clone());
        let (guardian, giver) = (Visitor::Guardian(one.clone()), Giver::Guardian(one));
        let old = mark(&world, Reader::Guardian).await;
        new_words(&mut world).await;
        let new = mark(&world, Reader::Guardian).await;
        assert!(old != new && [&old, &new].iter().all(|mark| mark.len() == 8), "{old} {new}");
        // Signed and entered long after the new words came; the form is an old one, or has lost its foot.
        world.go_to("2026-12-05T12:00:00Z");
        let read = yes_and_no();
        for mark in [old.as_str(), ""] {
            let form = ("2026-12-04", mark);
            enter_form(&mut world, "manager", (&asha, &guardian), form, &read).await.unwrap();
            let done = enter_form(&mut world, "dsl", (&asha, &guardian), form, &read).await.unwrap();
            assert_eq!(done, Entered::Recorded { overtaken: 1 }, "the no counts, the yes does not");
            assert!(!is_from_form(&world, &asha, &giver).await, "{mark}");
            assert_eq!(newest(&world, SOCIAL).await, (false, Way::Paper));
        }
        // Two people read the number like everything else.
        let spaced = format!("{} {}", &new[..4], &new[4..]);
        let form = ("2026-12-04", spaced.as_str());
        enter_form(&mut world, "manager", (&asha, &guardian), form, &read).await.unwrap();
        let differs = enter_form(&mut world, "dsl", (&asha, &guardian), ("2026-12-04", &old), &read).await;
        assert_eq!(differs.unwrap(), Entered::Differs(vec![Part::Mark]));
        for wrong in ["1234567", "12345678 9", "1234567x"] {
            let refused =
                enter_form(&mut world, "dsl", (&asha, &guardian), ("2026-12-04", wrong), &read).await;
            assert!(matches!(refused, Err(PaperError::Mark)), "{wrong}");
        }
        let done = enter_form(&mut world, "dsl", (&asha, &guardian), ("2026-12-04", &new), &read).await;
        assert_eq!(done.unwrap(), Entered::Recorded { overtaken: 0 });
        assert!(is_from_form(&world, &asha, &giver).await);
    }
}

#[tokio::test]
async fn a_form_for_children_that_is_entered_after_the_birthday_is_no_yes_of_an_adult() {
    for mut world in worlds().await {
        world
            .act(async |tx, clock, chance| {
                let words = [
                    (Reader::Guardian, "May we show your child?"),
                    (Reader::Child, "Can we use your picture?"),
                    (Reader::Adult, "May we show you?"),
                ];
                let new = NewEdition { words, networks: &cleansheet_terms::Network::ALL, by: None };
                Editions(tx).put_in_force(&new, clock, chance).await.unwrap();
            })
            .await;
        let tyrone = world.child("tyrone");
        let (own, read) = (Visitor::Participant(tyrone.clone()), yes_and_no());
        let (child, adult) = (mark(&world, Reader::Child).await, mark(&world, Reader::Adult).await);
        // Tyrone turns 18 on 28 November.
        world.go_to("2026-11-30T12:00:00Z");
        for (mark, overtaken) in [(&child, 1), (&adult, 0)] {
            let form = ("2026-11-27", mark.as_str());
            enter_form(&mut world, "manager", (&tyrone, &own), form, &read).await.unwrap();
            let done = enter_form(&mut world, "dsl", (&tyrone, &own), form, &read).await.unwrap();
            assert_eq!(done, Entered::Recorded { overtaken });
            assert_eq!(is_from_form(&world, &tyrone, &Giver::Own).await, overtaken == 0);
        }
    }
}

#[tokio::test]
async fn two_people_at_the_same_moment_are_two_readings_of_one_form() {
    for world in worlds().await {
        let both = [world.person("manager"), world.person("dsl")];
        let one = async |(seed, by): (u64, PersonId)| {
            let (participant, visitor) =
                (world.child("asha"), Visitor::Guardian(world.guardians["asha 1"].clone()));
            let (mut chance, read) = (cleansheet_terms::SeededEntropy::new(seed), yes_and_no());
            let mark = mark(&world, Reader::Guardian).await;
            let mut tx = world.records.begin().await.unwrap();
            let entry = PaperEntry {
                participant: &participant,
                visitor: &visitor,
                signed: day("2026-11-21"),
                mark: &mark,
                answers: &read,
                by: &by,
                trust: TRUST,
            };
            let entered = Forms(&mut tx).enter(&entry, &world.clock, &mut chance).await.unwrap();
            tx.commit().await.unwrap();
            entered
        };
        let [first, second] = both;
        let (first, second) = tokio::join!(one((1, first)), one((2, second)));
        let waiting = [&first, &second].into_iter().filter(|one| **one == Entered::Waiting).count();
        let recorded = [&first, &second].into_iter().any(|one| matches!(one, Entered::Recorded { .. }));
        assert!(waiting == 1 && recorded, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn whoever_entered_a_form_for_the_wrong_child_removes_it_and_nobody_else_does() {
    for mut world in worlds().await {
        enter(&mut world, "manager", "2026-11-21", &yes_and_no()).await.unwrap();
        let id = Forms(&mut world.records.read().await.unwrap()).open().await.unwrap().remove(0).id;
        for (who, good) in [("dsl", false), ("manager", true)] {
            let by = world.person(who);
            let removed =
                world.act(async |tx, clock, chance| Forms(tx).remove(&id, &by, clock, chance).await).await;
            assert_eq!(removed.is_ok(), good, "{who}");
        }
    }
}
