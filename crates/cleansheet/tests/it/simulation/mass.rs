//! Everything a family has ever agreed to is taken down at once, over all the played networks.

use cleansheet_records::jobs::{Jobs, Work};
use cleansheet_terms::{Clock as _, Network, Timestamp};

use super::world::World;

/// On six channels each; more than X and Mastodon remove in one of their periods.
const POSTS: usize = 65;
/// Removals in a period and its seconds, as the networks publish them and as they are played.
const FLOORS: [(Network, u32, i64); 2] = [(Network::X, 50, 900), (Network::Mastodon, 30, 1_800)];
const PUBLISHING: &[Work] = &[Work::Publish, Work::ConfirmPublished];
const TAKING_DOWN: &[Work] = &[Work::TakeDown, Work::ConfirmGone];

impl World {
    /// Goes on to when the next of these jobs is due, and works; `false` when there is none.
    async fn go_on(&self, works: &[Work]) -> bool {
        let due = Jobs(&mut self.site.app.records.read().await.unwrap()).next_due(works).await.unwrap();
        let Some(due) = due else { return false };
        let wait = due.as_millisecond() - self.site.clock.now().as_millisecond();
        self.site.clock.advance_ms(wait.max(0));
        self.work().await;
        true
    }

    fn how_many(&self) -> Vec<usize> {
        (0..=self.accounts.len())
            .map(|number| self.seen().iter().filter(|(at, _)| *at == number).count())
            .collect()
    }

    async fn everything_is_public(&mut self) {
        for number in 0..POSTS {
            self.submit(Some(0)).await;
            self.approve_this(number).await;
            // An account is not fed faster than Mastodon takes pictures.
            self.site.clock.advance_ms(61_000);
            self.work().await;
        }
        while self.go_on(PUBLISHING).await {}
        assert_eq!(self.how_many(), vec![POSTS; self.accounts.len() + 1], "{:?}", self.story.borrow().last());
    }
}

/// When the first and the last removal of an account were obeyed.
#[derive(Default, Clone, Copy)]
struct Obeyed {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[tokio::test]
async fn a_mass_withdrawal_takes_each_played_network_as_long_as_its_quota_and_no_longer() {
    let mut world = World::new(1, None).await;
    world.everything_is_public().await;
    // Counts that publishing used are not what is measured.
    world.site.clock.advance_ms(24 * 3_600_000);
    let asked = world.site.clock.now();
    world.take_back(0).await;
    let mut obeyed = vec![Obeyed::default(); world.accounts.len() + 1];
    let mut before = world.how_many();
    world.work().await;
    loop {
        let (now, left) = (world.site.clock.now(), world.how_many());
        for ((one, before), left) in obeyed.iter_mut().zip(before).zip(&left) {
            if *left < before {
                one.first.get_or_insert(now);
                one.last = Some(now);
            }
        }
        before = left;
        if !world.go_on(TAKING_DOWN).await {
            break;
        }
    }
    assert_eq!(before, vec![0; before.len()], "nothing is left anywhere");
    for (number, one) in obeyed.iter().enumerate() {
        let name = world.accounts.get(number).map_or(Network::Website, |account| account.name);
        let since = |at: Option<Timestamp>| at.unwrap().duration_since(asked).as_secs();
        let rate = FLOORS.iter().find(|(network, ..)| *network == name);
        let floor = rate.map_or(0, |(_, calls, seconds)| {
            i64::from((u32::try_from(POSTS).unwrap() - 1) / calls) * seconds
        });
        let (first, last) = (since(one.first), since(one.last));
        println!(
            "{name}: {POSTS} posts, floor {floor} s, the first after {first} s, the last after {last} s"
        );
        assert!(first <= 60, "{name}: the first goes within a minute, and not after {first} s");
        assert!(last <= (floor + floor / 20).max(60), "{name}: {last} s, and {floor} s are enough");
    }
    world.close().await;
}
