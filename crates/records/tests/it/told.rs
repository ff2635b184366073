//! Nobody is told twice.

use cleansheet_records::told::Told;
use cleansheet_terms::Clock as _;

use crate::world::worlds;

#[tokio::test]
async fn an_occasion_is_noted_once() {
    for mut world in worlds().await {
        let now = world.clock.now();
        let found = world
            .act(async |tx, _, _| {
                let before = Told(tx).already("a", "30 days").await.unwrap();
                let mut first = Vec::new();
                for (about, what) in [("a", "30 days"), ("a", "30 days"), ("a", "14 days"), ("b", "30 days")]
                {
                    first.push(Told(tx).first(about, what, now).await.unwrap());
                }
                (before, first, Told(tx).already("a", "30 days").await.unwrap())
            })
            .await;
        assert_eq!(found, (false, vec![true, false, true, true], true));
    }
}
