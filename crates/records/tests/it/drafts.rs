//! Writing a post: photos, faces, words, and who may change what.

use cleansheet_records::{
    jobs::Work,
    posts::{Area, Looked, Mark, NewPhoto, PhotoState, PostError, Posts, Rendition, Stage, Who},
};
use cleansheet_terms::{Clock as _, Digest};

use crate::world::{World, day, worlds};

#[tokio::test]
async fn a_post_has_four_photos_at_most() {
    for mut world in worlds().await {
        let id = world.draft().await;
        for _ in 0..4 {
            world.photo(&id, 1).await;
        }
        let author = world.person("author");
        let fifth = world
            .act(async |tx, clock, chance| {
                let new = NewPhoto { given_name: "5.jpg", original: &"0".repeat(32) };
                Posts(tx).add_photo(&id, &new, &author, clock, chance).await
            })
            .await;
        assert!(matches!(fifth, Err(PostError::TooManyPhotos)));
        let first = world.photos(&id).await.remove(0);
        world
            .act(async |tx, clock, chance| {
                Posts(tx).remove_photo(&first.id, &author, clock, chance).await.unwrap()
            })
            .await;
        let new = world.photo(&id, 1).await;
        let photos = world.photos(&id).await;
        assert_eq!(photos.len(), 4);
        assert_eq!(photos.last().unwrap().id, new, "it comes last");
    }
}

#[tokio::test]
async fn only_the_author_changes_a_draft_and_nobody_one_that_is_on_its_way() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let (face, other) = (world.faces(&photo).await[0].id.clone(), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                let mut posts = Posts(tx);
                assert!(matches!(
                    posts.set_caption(&id, "x", &other, clock, chance).await,
                    Err(PostError::NotAuthor)
                ));
                assert!(matches!(
                    posts.set_channels(&id, &[], &other, clock, chance).await,
                    Err(PostError::NotAuthor)
                ));
                assert!(matches!(
                    posts.set_alt_text(&photo, "x", &other, clock, chance).await,
                    Err(PostError::NotAuthor)
                ));
                assert!(matches!(
                    posts.mark(&face, Mark::Cover, &other, clock, chance).await,
                    Err(PostError::NotAuthor)
                ));
                assert!(matches!(
                    posts.remove_photo(&photo, &other, clock, chance).await,
                    Err(PostError::NotAuthor)
                ));
            })
            .await;
        world.approved(&id).await;
        world.publish().await;
        assert!(matches!(world.caption(&id, "Another text").await, Err(PostError::OnItsWay)));
        assert!(matches!(world.mark(&face, Mark::Cover).await, Err(PostError::OnItsWay)));
        assert!(matches!(world.submit(&id).await, Err(PostError::OnItsWay)));
        assert_eq!(world.stage(&id).await, Stage::Approved);
    }
}

#[tokio::test]
async fn writing_the_same_again_changes_nothing() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let (author, asha) = (world.person("author"), world.child("asha"));
        let faces = world.faces(&photo).await;
        let before = world.post(&id).await;
        world.caption(&id, &before.caption).await.unwrap();
        let channels = [world.channels[0].clone(), world.channels[0].clone()];
        world.tick(&id, &channels).await.unwrap();
        world.mark(&faces[0].id, Mark::Roster(&asha)).await.unwrap();
        world.mark(&faces[2].id, Mark::Cover).await.unwrap();
        world
            .act(async |tx, clock, chance| {
                let mut posts = Posts(tx);
                posts
                    .set_alt_text(&photo, "Children run after a ball", &author, clock, chance)
                    .await
                    .unwrap();
                posts.take_back(&id, &author, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.post(&id).await, before);
    }
}

#[tokio::test]
async fn everybody_is_covered_until_somebody_says_who_they_are() {
    for mut world in worlds().await {
        let id = world.draft().await;
        let photo = world.photo(&id, 11).await;
        let faces = world.faces(&photo).await;
        assert_eq!(faces.len(), 11);
        assert!(faces.iter().all(|face| face.who == Who::Cover && !face.is_shown()));
        // The worker that died after recording looks a second time.
        world
            .act(async |tx, clock, chance| {
                assert!(!Posts(tx).looking(&photo).await.unwrap());
                let looked = Looked { width: 9, height: 9, nudity: 0.9 };
                Posts(tx).looked(&photo, &[], looked, clock, chance).await.unwrap();
                Posts(tx).refused(&photo, "no", clock, chance).await.unwrap();
            })
            .await;
        let again = world.photos(&id).await.remove(0);
        assert_eq!((again.state, again.looked.unwrap().width), (PhotoState::Looked, 1500));
        assert_eq!(world.faces(&photo).await, faces);
    }
}

#[tokio::test]
async fn a_face_is_somebody_of_the_roster_or_an_adult_with_a_name() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let face = world.faces(&photo).await[2].id.clone();
        let (activity, asha) = (world.activity.clone(), world.child("asha"));
        world
            .act(async |tx, _, _| {
                let mut activities = cleansheet_records::activities::Activities(tx);
                activities.take_off_roster(&activity, &asha).await.unwrap();
            })
            .await;
        assert!(matches!(world.mark(&face, Mark::Roster(&asha)).await, Err(PostError::NotOnRoster)));
        assert!(matches!(world.mark(&face, Mark::Adult("  ")).await, Err(PostError::Nameless)));
        world.mark(&face, Mark::Adult(" Coach Dave ")).await.unwrap();
        let marked = world.faces(&photo).await.remove(2);
        let Who::Adult { name, asked_by, asked } = marked.who else { panic!("{marked:?}") };
        assert_eq!((name.as_str(), asked_by), ("Coach Dave", world.person("author")));
        assert_eq!(asked, world.clock.now());
        // Who is shown and no longer on the roster keeps the post back.
        world.render(&id).await;
        let rules: Vec<String> =
            world.would_submit(&id).await.reasons().into_iter().map(|one| one.rule).collect();
        assert_eq!(rules, ["8-not-on-roster"]);
    }
}

#[tokio::test]
async fn a_missed_face_is_drawn_covered_and_only_drawn_boxes_can_be_taken_away() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let author = world.person("author");
        let found = world.faces(&photo).await[0].id.clone();
        let drawn = world
            .act(async |tx, clock, chance| {
                let mut posts = Posts(tx);
                let outside = Area { x: 4000.0, y: 1.0, w: 10.0, h: 10.0 };
                let bad = posts.draw(&photo, outside, &author, clock, chance).await;
                assert!(matches!(bad, Err(PostError::BadBox)));
                let area = Area { x: 1000.0, y: 700.0, w: 90.0, h: 900.0 };
                posts.draw(&photo, area, &author, clock, chance).await.unwrap()
            })
            .await;
        let face = world.faces(&photo).await.into_iter().find(|face| face.id == drawn).unwrap();
        assert_eq!((face.who, face.area.h, face.drawn_by), (Who::Cover, 300.0, Some(author.clone())));
        assert!(world.claim(Work::Render).await.is_some(), "the copy is made anew");
        let verdict = world.submit(&id).await.unwrap();
        assert!(verdict.may(), "the copy may follow");
        let refused = world.approve(&id, "approver").await.unwrap();
        let cleansheet_records::approval::Approved::No(verdict) = refused else {
            panic!("the copy is an old one")
        };
        assert_eq!(verdict.reasons()[0].rule, "8-rendition");
        world
            .act(async |tx, clock, chance| {
                let mut posts = Posts(tx);
                let bad = posts.undraw(&found, &author, clock, chance).await;
                assert!(matches!(bad, Err(PostError::NotDrawn)));
                posts.undraw(&drawn, &author, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.faces(&photo).await.len(), 3);
        let ready = Posts(&mut world.records.read().await.unwrap()).renditions(&photo).await.unwrap();
        assert_eq!(ready.len(), 1, "the old marks have their old copy");
    }
}

#[tokio::test]
async fn a_copy_counts_only_for_the_marks_it_was_made_from_and_is_never_replaced() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let faces = world.faces(&photo).await;
        let (leo, ines) = (world.child("leo"), world.child("ines"));
        let to_render = async |world: &World| {
            Posts(&mut world.records.read().await.unwrap()).to_render(&photo).await.unwrap()
        };
        let marks = async |world: &World| {
            Posts(&mut world.records.read().await.unwrap()).marks_hash(&photo).await.unwrap()
        };
        assert!(to_render(&world).await.is_empty());
        let before = marks(&world).await;
        world.mark(&faces[1].id, Mark::Roster(&ines)).await.unwrap();
        assert_eq!(marks(&world).await, before, "somebody else, the same pixels");
        assert!(to_render(&world).await.is_empty());
        world.mark(&faces[1].id, Mark::Cover).await.unwrap();
        let missing = to_render(&world).await;
        assert_eq!(missing.len(), 1);
        let copy = |hash: &[u8], marks| Rendition {
            photo: photo.clone(),
            channel: missing[0].channel.clone(),
            marks,
            hash: Digest::of(hash),
            width: 10,
            height: 10,
            size_bytes: 1,
        };
        let (stale, fresh, other) =
            (copy(b"0", before), copy(b"1", missing[0].marks), copy(b"2", missing[0].marks));
        world
            .act(async |tx, _, _| {
                assert!(!Posts(tx).put_rendition(&stale).await.unwrap(), "made from other marks");
                assert!(Posts(tx).put_rendition(&fresh).await.unwrap());
                assert!(
                    !Posts(tx).put_rendition(&other).await.unwrap(),
                    "somebody may have approved the first"
                );
                assert_eq!(Posts(tx).renditions(&photo).await.unwrap(), [fresh]);
            })
            .await;
        world.mark(&faces[1].id, Mark::Roster(&leo)).await.unwrap();
        assert_eq!(marks(&world).await, before);
        assert_eq!(to_render(&world).await.len(), 1);
        assert_eq!(world.stage(&id).await, Stage::Draft);
    }
}

#[tokio::test]
async fn words_are_screened_with_the_names_of_who_is_shown() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let allow = world.allow.clone();
        world.caption(&id, "Asha scored twice").await.unwrap();
        let today = day("2026-11-21");
        let read = async |world: &World| {
            let found =
                Posts(&mut world.records.read().await.unwrap()).words(&id, &allow, today).await.unwrap();
            found
                .into_iter()
                .map(|one| (one.finding.clause.number(), one.finding.severity))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(&world).await, [(9, cleansheet_terms::Severity::Block)]);
        let kept =
            world.act(async |tx, clock, _| Posts(tx).screen_words(&id, &allow, clock).await.unwrap()).await;
        assert_eq!(kept.len(), 1);
        // Nobody screens again here; what was kept is of other people and does not count.
        for face in world.faces(&photo).await {
            world.mark(&face.id, Mark::Cover).await.unwrap();
        }
        assert!(read(&world).await.is_empty(), "a name beside covered faces only");
        let rules: Vec<String> =
            world.would_submit(&id).await.reasons().into_iter().map(|one| one.rule).collect();
        assert!(rules.is_empty(), "{rules:?}");
    }
}

#[tokio::test]
async fn a_removed_photo_is_forgotten_and_its_original_ends_at_once() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let author = world.person("author");
        assert!(world.claim(Work::RemoveOriginal).await.is_none(), "not before a week is over");
        world
            .act(async |tx, clock, chance| {
                assert_eq!(Posts(tx).original_to_remove(&photo, clock.now()).await.unwrap(), None);
                Posts(tx).remove_photo(&photo, &author, clock, chance).await.unwrap();
            })
            .await;
        assert!(world.faces(&photo).await.is_empty() && world.photos(&id).await.is_empty());
        let job = world.claim(Work::RemoveOriginal).await.unwrap();
        assert_eq!(job.subject, photo.as_str());
        world
            .act(async |tx, clock, chance| {
                let key = Posts(tx).original_to_remove(&photo, clock.now()).await.unwrap().unwrap();
                assert!(Posts(tx).named_files().await.unwrap().contains(&key));
                Posts(tx).original_gone(&photo, clock, chance).await.unwrap();
                assert_eq!(Posts(tx).original_to_remove(&photo, clock.now()).await.unwrap(), None);
                assert!(!Posts(tx).named_files().await.unwrap().contains(&key));
                assert!(Posts(tx).to_render(&photo).await.unwrap().is_empty());
            })
            .await;
    }
}

#[tokio::test]
async fn an_original_ends_after_a_week_and_a_shared_one_with_its_last_photo() {
    for mut world in worlds().await {
        let (id, _) = world.published().await;
        let photo = world.photos(&id).await.remove(0);
        world.clock.advance_ms(3 * 24 * 3_600_000);
        let (other, author) = (world.person("colleague"), world.person("colleague"));
        let copy = world
            .act(async |tx, clock, chance| {
                cleansheet_records::approval::correct(tx, &id, &other, clock, chance).await.unwrap()
            })
            .await;
        let shared = world.photos(&copy).await.remove(0);
        assert_eq!((&shared.original, shared.added), (&photo.original, photo.added));
        world
            .act(async |tx, clock, chance| {
                Posts(tx).remove_photo(&shared.id, &author, clock, chance).await.unwrap();
                let early = Posts(tx).original_to_remove(&shared.id, clock.now()).await.unwrap();
                assert_eq!(early, None, "the other photo needs it");
                Posts(tx).original_gone(&shared.id, clock, chance).await.unwrap();
            })
            .await;
        world.finish(&[Work::RemoveOriginal]).await;
        world.clock.advance_ms(4 * 24 * 3_600_000 + 60_000);
        world
            .act(async |tx, clock, _| {
                let key = Posts(tx).original_to_remove(&photo.id, clock.now()).await.unwrap();
                assert_eq!(key, Some(photo.original.clone()));
            })
            .await;
    }
}

#[tokio::test]
async fn the_roster_says_who_may_be_shown_and_not_why() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let (leo, giver) = (world.child("leo"), world.guardians["leo 2"].clone());
        world.answer(&leo, cleansheet_records::consents::Giver::Guardian(giver), false).await;
        let (asha, dsl) = (world.child("asha"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                let mut activities = cleansheet_records::activities::Activities(tx);
                activities.set_no_image(&asha, true, None, dsl.as_str(), clock, chance).await.unwrap();
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        let roster = Posts(&mut tx).roster(&id, day("2026-11-21")).await.unwrap();
        let said: Vec<_> = roster.iter().map(|one| (one.participant.name.as_str(), one.may)).collect();
        let wanted =
            [("Asha Verma", false), ("Ines Ferraz", true), ("Leo Hartwell", false), ("Tyrone Blakely", true)];
        assert_eq!(said, wanted);
    }
}
