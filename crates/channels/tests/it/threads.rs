//! Threads, on every channel that has them: in order, gone on from where they stopped, and gone as a whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use cleansheet_channels::{Answer, ChannelError, Gone, Seen, Trail, TrailKeeper, With};

use crate::contract::{Remembered, cleared_thread, every_channel};

const TEXTS: [&str; 3] = ["What a morning. 1/3", "Everybody scored #Tor 2/3", "See https://example.org 3/3"];

/// Keeps what it is told, but for one time.
struct Stumbles<'a> {
    way: &'a Remembered,
    left: AtomicUsize,
}

impl TrailKeeper for Stumbles<'_> {
    fn keep<'a>(&'a self, trail: &'a Trail) -> Answer<'a, ()> {
        if trail.posts.len() == 1 && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Box::pin(async { Err(ChannelError::later("the database is away")) });
        }
        self.way.keep(trail)
    }
}

#[tokio::test]
async fn a_thread_goes_out_in_order_and_comes_down_whole() {
    for (channel, _kept) in every_channel().await {
        if !channel.capabilities().threads {
            continue;
        }
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, album) = cleared_thread("k1a2b3", &TEXTS);
        let order = cleared.order();
        let sent = way.publish(channel, &cleared, &album).await.unwrap();
        let copy = channel.look(order, &way.trail()).await.unwrap().unwrap();
        assert_eq!((copy.texts.as_slice(), copy.pictures.len()), (order.texts(), 2));
        assert_eq!(way.confirm(channel, order).await, Seen::AsApproved(sent.clone()));
        assert_eq!(way.trail().posts.len(), 3, "whoever sweeps the account knows them all");
        assert_eq!(way.publish(channel, &cleared, &album).await.unwrap(), sent);
        assert_eq!(channel.watch(None).await.unwrap().posts.len(), 3, "and a repeat adds none");
        way.take_down(channel, order).await;
        assert_eq!(way.gone(channel, order).await, Gone::Gone);
        assert!(channel.watch(None).await.unwrap().posts.is_empty());
    }
}

#[tokio::test]
async fn a_thread_that_stopped_is_gone_on_from_and_never_begun_twice() {
    for (channel, _kept) in every_channel().await {
        if !channel.capabilities().threads {
            continue;
        }
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, album) = cleared_thread("k1a2b3", &TEXTS);
        let keeper = Stumbles { way: &way, left: AtomicUsize::new(1) };
        let trail = way.trail();
        let tried =
            channel.publish(&cleared, With { pictures: &album, trail: &trail, keeper: &keeper }).await;
        assert!(tried.is_err(), "{tried:?}");
        assert_eq!(channel.watch(None).await.unwrap().posts.len(), 1);
        if let Ok(Some(copy)) = channel.look(cleared.order(), &way.trail()).await {
            assert_eq!(copy.seen_beside(cleared.order()), Seen::Partly { posts: 1 });
            way.publish(channel, &cleared, &album).await.unwrap();
            assert_eq!(channel.watch(None).await.unwrap().posts.len(), 3);
        }
        way.take_down(channel, cleared.order()).await;
        assert!(channel.watch(None).await.unwrap().posts.is_empty(), "whatever became of it");
    }
}

/// A post of ours is told apart from what the account wrote before, also when it is the third of a thread.
#[tokio::test]
async fn every_post_of_a_thread_is_named_as_ours() {
    for (channel, _kept) in every_channel().await {
        let Some(old) = channel.old_posts().filter(|_| channel.capabilities().threads) else { continue };
        let way = Remembered::default();
        let (cleared, album) = cleared_thread("k1a2b3", &TEXTS);
        way.publish(&*channel, &cleared, &album).await.unwrap();
        let ours = old.names_of(cleared.order());
        let listed = old.list(None).await.unwrap();
        assert_eq!(listed.posts.len(), 3);
        if !ours.is_empty() {
            assert!(listed.posts.iter().all(|post| ours.contains(&post.remote)), "{ours:?}");
        }
    }
}
