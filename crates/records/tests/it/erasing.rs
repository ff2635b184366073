//! Erasure: nothing that names somebody is left, and the ledger verifies as before.

use std::path::Path;

use cleansheet_ledger::{leaf_hash, root};
use cleansheet_records::{
    activities::{Activities, ActivityError},
    consents::Giver,
    erasure::{self, Erasure, ErasureError},
    invitations::{self, Invitations, Visitor},
    ledger_entries::Ledger,
    mails::Mails,
    orders::OrderState,
    posts::Who,
};
use cleansheet_terms::Naming;

use crate::world::{TRUST, World, worlds};

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
        assert!(
            erasure::due(&mut world.records.read().await.unwrap()).await.unwrap().is_empty(),
            "still public"
        );
        world.take_down().await;
        let due = erasure::due(&mut world.records.read().await.unwrap()).await.unwrap();
        assert_eq!(due.len(), 1);
        let files = world
            .act(async |tx, clock, chance| erasure::complete(tx, &due[0], clock, chance).await.unwrap())
            .await;
        assert_eq!((files.originals.len(), files.renditions.len()), (1, 1));
        erasure::scrub(&world.records).await.unwrap();

        let after = all_bytes(&world).await;
        for canary in CANARIES {
            assert!(!holds(&after, canary), "{canary} is left");
        }
        let mut tx = world.records.read().await.unwrap();
        assert!(Activities(&mut tx).participant(&asha).await.unwrap().is_none());
        assert!(erasure::list(&mut tx).await.unwrap()[0].done.is_some());
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
    erasure::due(&mut world.records.read().await.unwrap()).await.unwrap()
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
        let showing = erasure::showing(&mut world.records.read().await.unwrap()).await.unwrap();
        assert_eq!(showing, [found_due]);
        let asha = world.child("asha");
        world
            .act(async |tx, clock, chance| erasure::take_down(tx, &asha, clock, chance).await.unwrap())
            .await;
        assert_eq!(world.order(&order).await.state, OrderState::TakingDown);
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(erasure::showing(&mut tx).await.unwrap(), [], "asked for once");
        drop(tx);
        assert_eq!(due(&world).await, []);
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
