//! The ledger's truth: gapless, in the order of the commits, with nothing about anybody in it.

use cleansheet_ledger::Entry;
use cleansheet_records::ledger_entries::Ledger;

use crate::world::worlds;

#[tokio::test]
async fn what_is_rolled_back_leaves_no_gap() {
    for mut world in worlds().await {
        let before = Ledger(&mut world.records.read().await.unwrap()).count().await.unwrap();
        let mut tx = world.records.begin().await.unwrap();
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        let index = Ledger(&mut tx).append("test.lost", "x", &(), at, &mut world.chance).await.unwrap();
        tx.rollback().await.unwrap();
        let next = world
            .act(async |tx, _, chance| Ledger(tx).append("test.kept", "x", &(), at, chance).await.unwrap())
            .await;
        assert_eq!((index, next), (before, before));
    }
}

#[tokio::test]
async fn an_act_of_hundreds_of_entries_has_them_in_order_and_knows_them_before_it_is_kept() {
    for mut world in worlds().await {
        let before = Ledger(&mut world.records.read().await.unwrap()).count().await.unwrap();
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        let within = world
            .act(async |tx, _, chance| {
                let mut ledger = Ledger(tx);
                for number in 0..250 {
                    let subject = format!("record {}", number % 120);
                    let index = ledger.append("test.many", &subject, &number, at, chance).await.unwrap();
                    assert_eq!(index, before + number);
                }
                assert_eq!(ledger.count().await.unwrap(), before + 250);
                assert!(ledger.forget("record 7").await.unwrap());
                assert_eq!(
                    ledger.append("test.more", "record 7", &(), at, chance).await.unwrap(),
                    before + 250
                );
                ledger.entries_from(before, 1_000).await.unwrap()
            })
            .await;
        assert_eq!(within.len(), 251);
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Ledger(&mut tx).entries_from(before, 1_000).await.unwrap(), within);
        let record = |n: usize| Entry::parse(&within[n]).unwrap().record;
        assert_eq!(record(3), record(123), "one reference for one record");
        assert!(record(7) == record(127) && record(7) != record(250), "but not once it is forgotten");
        let known = Ledger(&mut tx).reference_of("record 3").await.unwrap();
        assert_eq!(known, Some(record(3).to_string()), "{:?}", world.db.engine());
    }
}

#[tokio::test]
async fn the_entries_hold_no_id_and_no_name() {
    for mut world in worlds().await {
        let (id, order) = world.published().await;
        world.withdraw("asha", "asha 1").await;
        let entries =
            Ledger(&mut world.records.read().await.unwrap()).entries_from(0, 100_000).await.unwrap();
        let mut secrets: Vec<String> =
            vec![id.to_string(), order.to_string(), "Asha".into(), "morning".into()];
        secrets.extend(world.people.values().map(ToString::to_string));
        secrets.extend(world.children.values().map(ToString::to_string));
        secrets.extend(world.guardians.values().map(ToString::to_string));
        for bytes in &entries {
            Entry::parse(bytes).unwrap();
            for secret in &secrets {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
            }
        }
    }
}

#[tokio::test]
async fn forgetting_a_record_leaves_its_entries_and_nobody_can_tell_whose_they_were() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let before = Ledger(&mut world.records.read().await.unwrap()).entries_from(0, 100_000).await.unwrap();
        world.act(async |tx, _, _| assert!(Ledger(tx).forget(id.as_str()).await.unwrap())).await;
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Ledger(&mut tx).entries_from(0, 100_000).await.unwrap(), before);
        assert_eq!(Ledger(&mut tx).reference_of(id.as_str()).await.unwrap(), None);
    }
}
