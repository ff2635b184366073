//! Erasure: nothing that names somebody is left, and the ledger verifies as before.

use std::path::Path;

use cleansheet_ledger::{leaf_hash, root};
use cleansheet_records::{
    Engine,
    activities::{Activities, ActivityError},
    approval,
    asking::{Forms, PaperEntry},
    consents::{Giver, Kind, Purpose},
    erasure::{self, Erasure, ErasureError, Standing},
    invitations::{self, Invitations, Visitor},
    ledger_entries::Ledger,
    mails::Mails,
    media::Media,
    orders::OrderState,
    posts::{Mark, Posts, Who},
};
use cleansheet_terms::{Clock as _, Digest, Naming, PostId};

use crate::world::{TRUST, World, day, erasures_due, worlds};

/// What nothing may hold afterwards: the names and addresses of the world's first child and her family.
const CANARIES: [&str; 4] = ["Asha", "Verma", "asha.1@example.org", "asha.2@example.org"];

/// Everything that can be read of the records, as bytes: every file of SQLite, every row of PostgreSQL.
async fn all_bytes(world: &World) -> Vec<u8> {
    let address = world.address();
    if address.contains("://") {
        return world.dump().await;
    }
    let path = Path::new(&address);
    let folder = path.parent().unwrap();
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_file() {
            all.extend(std::fs::read(entry).unwrap());
        }
    }
    all
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words.as_bytes()))
}

#[tokio::test]
async fn no_24_nothing_of_somebody_who_asked_to_be_forgotten_is_left_and_the_ledger_verifies() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        for giver in ["asha 1", "asha 2"] {
            let giver = Giver::Guardian(world.guardians[giver].clone());
            world.answer_named(&world.child("asha"), giver, Naming::First).await;
        }
        world.caption(&id, "Asha saved everything, and Leo watched. #AshaVerma").await.unwrap_or_default();
        world.caption(&id, "Asha saved everything.").await.unwrap();
        world.render(&id).await;
        let order = world.approved(&id).await.remove(0);
        world.publish().await;
        let (asha, manager) = (world.child("asha"), world.person("manager"));
        let guardian = Visitor::Guardian(world.guardians["asha 1"].clone());
        let link = world
            .act(async |tx, clock, chance| Invitations(tx).invite(&guardian, clock, chance).await.unwrap())
            .await;
        let records = world.records.clone();
        let (clock, chance) = (&world.clock, &mut world.chance);
        invitations::send_code(&records, link.reveal(), "this browser", None, TRUST, clock, chance)
            .await
            .unwrap();
        let before = all_bytes(&world).await;
        for canary in CANARIES {
            assert!(holds(&before, canary), "{canary} is there to be found");
        }
        let (entries, public) = {
            let mut tx = world.records.read().await.unwrap();
            let entries = Ledger(&mut tx).entries_from(0, 100_000).await.unwrap();
            (entries, Mails(&mut tx).newest(99).await.unwrap().len())
        };
        assert!(public > 0);

        world
            .act(async |tx, clock, chance| {
                erasure::ask(tx, &asha, &manager, clock, chance).await.unwrap();
                let again = erasure::ask(tx, &asha, &manager, clock, chance).await;
                assert!(matches!(again, Err(ErasureError::Asked)));
            })
            .await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        assert!(due(&world).await.is_empty(), "still public");
        world.take_down().await;
        let found = due(&world).await;
        assert_eq!(found.len(), 1);
        let files = world
            .act(async |tx, clock, chance| erasure::complete(tx, &found[0], clock, chance).await.unwrap())
            .await;
        assert_eq!((files.originals.len(), files.renditions.len()), (1, 1));
        assert!(erasure::scrub(&world.records, &world.clock).await.unwrap());

        let after = all_bytes(&world).await;
        for canary in CANARIES {
            assert!(!holds(&after, canary), "{canary} is left");
        }
        let mut tx = world.records.read().await.unwrap();
        assert!(Activities(&mut tx).participant(&asha).await.unwrap().is_none());
        assert_eq!(erasure::open(&mut tx).await.unwrap(), []);
        let now = Ledger(&mut tx).entries_from(0, 100_000).await.unwrap();
        assert!(now.len() > entries.len());
        assert_eq!(now[..entries.len()], entries[..], "history is as it was");
        let leaves: Vec<_> = now.iter().map(|entry| leaf_hash(entry)).collect();
        assert_eq!(Ledger(&mut tx).leaves().await.unwrap(), leaves);
        assert_ne!(root(&leaves).to_string(), "");
        assert_eq!(Ledger(&mut tx).reference_of(asha.as_str()).await.unwrap(), None, "nobody can link it");
        drop(tx);
        // Others in the picture keep their records; the picture is gone.
        assert!(world.faces(&photo).await.iter().all(|face| face.who != Who::Roster(asha.clone())));
        assert!(world.photos(&id).await.is_empty());
        let leo = world.child("leo");
        assert!(
            Activities(&mut world.records.read().await.unwrap()).participant(&leo).await.unwrap().is_some()
        );
    }
}

/// Asha's data is to be erased.
async fn asked(world: &mut World) {
    let (asha, manager) = (world.child("asha"), world.person("manager"));
    world
        .act(async |tx, clock, chance| erasure::ask(tx, &asha, &manager, clock, chance).await.unwrap())
        .await;
}

/// Those whose turn it is.
async fn due(world: &World) -> Vec<Erasure> {
    erasures_due(&mut world.records.read().await.unwrap(), world.clock.now()).await
}

#[tokio::test]
async fn what_names_somebody_after_they_asked_to_be_forgotten_is_taken_down_before_anything_is_erased() {
    for mut world in worlds().await {
        asked(&mut world).await;
        let found_due = due(&world).await.remove(0);
        // A text without a face needs nobody's answer.
        let id = world.draft().await;
        world.caption(&id, "Asha scored the winner.").await.unwrap();
        let order = world.approved(&id).await.remove(0);
        world.publish().await;
        assert_eq!(world.order(&order).await.state, OrderState::Published);
        assert_eq!(due(&world).await, []);
        let late =
            world.act(async |tx, clock, chance| erasure::complete(tx, &found_due, clock, chance).await).await;
        assert!(matches!(late, Err(ErasureError::Public)), "{late:?}");
        let stands = async |world: &World| {
            erasure::standing(&mut world.records.read().await.unwrap(), &found_due, world.clock.now())
                .await
                .unwrap()
        };
        assert_eq!(stands(&world).await, Standing::Showing);
        let asha = world.child("asha");
        world
            .act(async |tx, clock, chance| erasure::take_down(tx, &asha, clock, chance).await.unwrap())
            .await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        assert_eq!(stands(&world).await, Standing::Going, "asked for once");
        world.take_down().await;
        assert_eq!(due(&world).await.len(), 1);
    }
}

#[tokio::test]
async fn nobody_lifts_the_flag_of_somebody_who_is_being_erased() {
    for mut world in worlds().await {
        asked(&mut world).await;
        let (asha, lead) = (world.child("asha"), world.person("dsl"));
        let lifted = world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&asha, false, None, lead.as_str(), clock, chance).await
            })
            .await;
        assert!(matches!(lifted, Err(ActivityError::BeingErased)), "{lifted:?}");
        let mut tx = world.records.read().await.unwrap();
        assert!(Activities(&mut tx).participant(&asha).await.unwrap().unwrap().no_image);
    }
}

/// Keeps the copies of a post as files, with the bytes that they are named by.
async fn filed(world: &World, media: &Media, id: &PostId) -> Vec<Digest> {
    let mut copies = Vec::new();
    let mut tx = world.records.read().await.unwrap();
    for photo in Posts(&mut tx).photos(id).await.unwrap() {
        for copy in Posts(&mut tx).renditions(&photo.id).await.unwrap() {
            let bytes = format!("{} {} {}", photo.id, copy.channel, copy.marks);
            assert_eq!(media.keep_rendition(bytes.as_bytes()).unwrap(), copy.hash);
            copies.push(copy.hash);
        }
    }
    copies
}

#[tokio::test]
async fn a_copy_that_is_public_without_them_stays_and_the_one_that_showed_them_goes() {
    for mut world in worlds().await {
        let folder = tempfile::tempdir().unwrap();
        let media = Media::open(folder.path(), [7; 32]).unwrap();
        let (id, photo) = world.group().await;
        let first = filed(&world, &media, &id).await.remove(0);
        let order = world.approved(&id).await.remove(0);
        world.publish().await;
        world.withdraw("asha", "asha 1").await;
        world.take_down().await;
        assert_eq!(world.order(&order).await.state, OrderState::Gone);
        let face = world.faces(&photo).await.remove(0);
        world.mark(&face.id, Mark::Cover).await.unwrap();
        world.render(&id).await;
        let second = filed(&world, &media, &id).await.remove(0);
        assert_ne!(first, second);
        let again = world.approved(&id).await.remove(0);
        world.publish().await;

        asked(&mut world).await;
        let due = due(&world).await.remove(0);
        let files = world
            .act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap())
            .await;
        files.renditions.iter().for_each(|digest| media.remove_rendition(digest).unwrap());
        assert_eq!(world.order(&again).await.state, OrderState::Published);
        assert!(media.rendition(&second).is_ok(), "the public sees it");
        assert_eq!(media.rendition(&first).unwrap_err().kind(), std::io::ErrorKind::NotFound);
        assert_eq!(files.originals.len(), 1, "as it was taken it shows her");
        assert_eq!(world.photos(&id).await.len(), 1, "Leo's picture is still in its post");
    }
}

#[tokio::test]
async fn a_copy_made_before_they_were_covered_goes_though_its_row_is_still_there() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let author = world.person("author");
        let open = world.approved(&id).await.remove(0);
        world.publish().await;
        let correction = world
            .act(async |tx, clock, chance| approval::correct(tx, &id, &author, clock, chance).await.unwrap())
            .await;
        let copied = world.photos(&correction).await.remove(0);
        let face = world.faces(&copied.id).await.remove(0);
        world.mark(&face.id, Mark::Cover).await.unwrap();
        asked(&mut world).await;
        world.take_down().await;
        assert_eq!(world.order(&open).await.state, OrderState::Gone);
        let shown = world.order(&open).await.release().unwrap().pictures()[0].digest;
        let due = due(&world).await.remove(0);
        let files = world
            .act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap())
            .await;
        assert_eq!(files.renditions.iter().collect::<Vec<_>>(), [&shown]);
        let mut tx = world.records.read().await.unwrap();
        let named = Posts(&mut tx).named_files().await.unwrap();
        assert!(!named.contains(&shown.to_string()) && !named.contains(&copied.original));
        assert!(Posts(&mut tx).photo(&photo).await.unwrap().unwrap().removed.is_some());
        assert!(Posts(&mut tx).photo(&copied.id).await.unwrap().unwrap().removed.is_none());
    }
}

async fn scrub_is_due(world: &World) -> bool {
    erasure::scrub_is_due(&mut world.records.read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn while_somebody_reads_what_was_erased_the_engine_is_asked_again_until_it_has_let_go() {
    for mut world in worlds().await {
        asked(&mut world).await;
        let due = due(&world).await.remove(0);
        let mut reader = world.records.read().await.unwrap();
        assert_eq!(Activities(&mut reader).participants().await.unwrap().len(), 4);
        world.act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap()).await;
        assert!(scrub_is_due(&world).await, "with the commit, whatever comes next");
        let done = erasure::scrub(&world.records, &world.clock).await;
        match world.db.engine() {
            Engine::Sqlite => assert!(!done.unwrap(), "the journal is read"),
            Engine::Postgres => assert!(done.is_err(), "a table that is read is not written anew"),
        }
        assert!(scrub_is_due(&world).await);
        reader.rollback().await.unwrap();
        assert!(erasure::scrub(&world.records, &world.clock).await.unwrap());
        assert!(!scrub_is_due(&world).await);
        let after = all_bytes(&world).await;
        assert!(!holds(&after, "Asha") && !holds(&after, "Verma"));
    }
}

#[tokio::test]
async fn a_name_that_is_a_word_takes_down_and_blots_out_only_what_is_written_as_a_name() {
    for mut world in worlds().await {
        let activity = world.activity.clone();
        let will = world
            .act(async |tx, clock, chance| {
                let will = Activities(tx).add_participant("Will Park", None, clock, chance).await.unwrap();
                Activities(tx).put_on_roster(&activity, &will).await.unwrap();
                will
            })
            .await;
        let mut orders = Vec::new();
        for words in ["We will park by the hall.", "What a save by Will in the last minute."] {
            let id = world.draft().await;
            world.caption(&id, words).await.unwrap();
            orders.push((id.clone(), world.approved(&id).await.remove(0)));
        }
        world.publish().await;
        let manager = world.person("manager");
        world
            .act(async |tx, clock, chance| erasure::ask(tx, &will, &manager, clock, chance).await.unwrap())
            .await;
        let [(parking, stays), (saving, goes)] = &orders[..] else { panic!("two posts") };
        assert_eq!(world.order(stays).await.state, OrderState::Published);
        assert_eq!(world.order(goes).await.state, OrderState::TakingDown);
        world.take_down().await;
        let due = due(&world).await.remove(0);
        world.act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap()).await;
        assert_eq!(world.post(parking).await.caption, "We will park by the hall.");
        assert_eq!(world.post(saving).await.caption, "What a save by … in the last minute.");
        assert!(world.order(goes).await.release().is_err(), "its words are gone");
        assert!(world.order(stays).await.release().is_ok());
    }
}

#[tokio::test]
async fn the_ledger_records_of_their_paper_forms_are_forgotten_whoever_signed_them() {
    for mut world in worlds().await {
        let (asha, leo, by) = (world.child("asha"), world.child("leo"), world.person("manager"));
        let parent = world.guardians["asha 1"].clone();
        let form = world
            .act(async |tx, clock, chance| {
                // She answers for another child too, and stays.
                Activities(tx).link(&leo, &parent, clock, chance).await.unwrap();
                let entry = PaperEntry {
                    participant: &asha,
                    visitor: &Visitor::Guardian(parent.clone()),
                    signed: day("2026-11-20"),
                    mark: "",
                    answers: &[(Purpose::News, Kind::Website, Some(Naming::None))],
                    by: &by,
                    trust: TRUST,
                };
                Forms(tx).enter(&entry, clock, chance).await.unwrap();
                Forms(tx).open().await.unwrap().remove(0).id
            })
            .await;
        let reference = async |world: &World| {
            let mut tx = world.records.read().await.unwrap();
            Ledger(&mut tx).reference_of(form.as_str()).await.unwrap()
        };
        assert!(reference(&world).await.is_some());
        asked(&mut world).await;
        let due = due(&world).await.remove(0);
        world.act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap()).await;
        assert_eq!(reference(&world).await, None);
        let left = Activities(&mut world.records.read().await.unwrap()).guardian(&parent).await.unwrap();
        assert!(left.is_some());
    }
}

#[tokio::test]
async fn asking_for_it_leaves_the_reason_of_the_hard_flag_as_it_was() {
    for mut world in worlds().await {
        let (asha, lead) = (world.child("asha"), world.person("dsl"));
        let reasons = world
            .act(async |tx, clock, chance| {
                let (why, by) = (Some(b"sealed".as_slice()), lead.as_str());
                Activities(tx).set_no_image(&asha, true, why, by, clock, chance).await.unwrap();
                erasure::ask(tx, &asha, &lead, clock, chance).await.unwrap();
                Activities(tx).read_no_image_reasons(&asha, &lead, clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(reasons, [(asha, b"sealed".to_vec())]);
    }
}
