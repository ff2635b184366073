//! Accounts that the trust no longer has: how to sign in there is kept for as long as something has to come down.

use cleansheet_records::accounts::{Accounts, connections::NewConnection};

use crate::world::{World, worlds};

const SEALED: &[u8] = b"what signs in";

async fn connect(world: &mut World) {
    let (channel, by) = (world.channels[0].clone(), world.person("manager"));
    let new = NewConnection {
        channel: &channel,
        remote: "did:plc:fenland",
        handle: "fenland.test",
        server: "https://pds.example.net",
        way: "OAuth",
        sealed: SEALED,
        by: &by,
    };
    world.act(async |tx, clock, chance| Accounts(tx).connect(&new, clock, chance).await.unwrap()).await;
}

async fn forgotten(world: &mut World) -> Option<Vec<u8>> {
    let channel = world.channels[0].clone();
    world
        .act(async |tx, clock, chance| Accounts(tx).forget_ended(&channel, clock, chance).await.unwrap())
        .await
}

async fn ended(world: &mut World) -> Option<Vec<u8>> {
    let (channel, by) = (world.channels[0].clone(), world.person("manager"));
    world
        .act(async |tx, clock, chance| Accounts(tx).disconnect(&channel, &by, clock, chance).await.unwrap())
        .await
}

#[tokio::test]
async fn an_account_is_forgotten_once_it_is_ended_and_nothing_is_public_there() {
    for mut world in worlds().await {
        connect(&mut world).await;
        assert_eq!(forgotten(&mut world).await, None, "it is in use");
        world.published().await;
        assert_eq!(ended(&mut world).await, None, "a withdrawal must still take the post down");
        world.withdraw("asha", "asha 1").await;
        assert_eq!(forgotten(&mut world).await, None, "it is asked for, not done");
        world.take_down().await;
        assert_eq!(forgotten(&mut world).await.as_deref(), Some(SEALED), "to be given back");
        assert_eq!(forgotten(&mut world).await, None, "once");
        let connection =
            Accounts(&mut world.records.read().await.unwrap()).connection(&world.channels[0]).await;
        assert!(connection.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_account_without_a_post_is_forgotten_as_soon_as_it_is_ended() {
    for mut world in worlds().await {
        connect(&mut world).await;
        assert_eq!(ended(&mut world).await.as_deref(), Some(SEALED));
    }
}
