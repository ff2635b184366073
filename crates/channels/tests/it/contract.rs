//! The contract of a channel, run over every one there is. A new network joins by one line in [`every_channel`].

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use cleansheet_channels::{Channel, ChannelError, Gone, Pictures, Seen, website::Site};
use cleansheet_policy::{
    Approve, Cleared, OrderContent, OrderPicture, Outcome, Permit, Policy, ReleaseOrder, Send,
    testing::post_in_order,
};
use cleansheet_terms::{Digest, Network};

use crate::{bluesky, fake::Fake};

/// The bytes of renditions, by digest.
#[derive(Default)]
pub(crate) struct Album(pub(crate) BTreeMap<Digest, Vec<u8>>);

impl Pictures for Album {
    fn read(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        self.0.get(digest).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// An order with two pictures, cleared by real decisions, and the pictures.
pub(crate) fn cleared(record_key: &str, text: &str) -> (Cleared, Album) {
    let album =
        Album([b"first picture".to_vec(), b"second picture".to_vec()].map(|b| (Digest::of(&b), b)).into());
    let pictures = album.0.keys().map(|digest| OrderPicture {
        digest: *digest,
        alt_text: "Two players by a goal".into(),
        width: 800,
        height: 600,
    });
    let content =
        OrderContent { text: text.into(), pictures: pictures.collect(), record_key: record_key.into() };
    let order = ReleaseOrder::freeze(permit::<Approve>("approve"), content);
    (order.clear(permit::<Send>("send")).unwrap(), album)
}

fn permit<A: cleansheet_policy::Act>(act: &str) -> Permit<A> {
    match Policy::load().unwrap().decide::<A>(&post_in_order(act)).outcome {
        Outcome::Allow(permit) => permit,
        _ => panic!("a post in order is allowed"),
    }
}

/// Every channel this crate has, fresh, with what has to stay alive while it is used; and, where `./dev test` runs one,
/// an account on Bluesky's own server.
async fn every_channel() -> Vec<(Box<dyn Channel>, Box<dyn std::any::Any>)> {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let mut all: Vec<(Box<dyn Channel>, Box<dyn std::any::Any>)> = vec![
        (Box::new(Site::open(folder.path()).unwrap()), Box::new(folder)),
        (Box::new(bluesky::on(&fake).0), Box::new(fake)),
    ];
    if let Some(real) = bluesky::on_the_real_server().await {
        all.push((Box::new(real), Box::new(())));
    }
    all
}

#[tokio::test]
async fn every_network_that_can_be_published_to_is_under_contract() {
    let tried: BTreeSet<Network> =
        every_channel().await.iter().map(|(channel, _)| channel.capabilities().network).collect();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap().flatten();
    let names: Vec<String> = files.map(|file| file.file_name().into_string().unwrap()).collect();
    let written = names.iter().filter(|name| *name != "lib.rs" && name.ends_with(".rs")).count();
    assert_eq!(tried.len(), written, "a file in src without a line in every_channel: {names:?}");
    for network in tried {
        assert_eq!(cleansheet_channels::capabilities(network).unwrap().network, network);
    }
}

#[tokio::test]
async fn what_was_cleared_is_published_read_back_and_taken_down() {
    for (channel, _kept) in every_channel().await {
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
        assert_eq!(channel.confirm(cleared.order()).await.unwrap(), Seen::Absent);
        assert_eq!(channel.confirm_gone(cleared.order()).await.unwrap(), Gone::Gone, "nothing is there yet");
        let sent = channel.publish(&cleared, &album).await.unwrap();
        let copy = channel.look(cleared.order()).await.unwrap().unwrap();
        assert_eq!((copy.text.as_str(), &copy.sent), (cleared.order().text(), &sent));
        for (public, approved) in copy.pictures.iter().zip(cleared.order().pictures()) {
            assert_eq!(public.alt_text, approved.alt_text);
            assert_eq!(Digest::of(&public.bytes), approved.digest);
        }
        assert_eq!(channel.confirm(cleared.order()).await.unwrap(), Seen::AsApproved(sent));
        assert!(matches!(channel.confirm_gone(cleared.order()).await.unwrap(), Gone::StillLive { .. }));
        channel.take_down(cleared.order()).await.unwrap();
        assert_eq!(channel.confirm_gone(cleared.order()).await.unwrap(), Gone::Gone);
        assert_eq!(channel.confirm(cleared.order()).await.unwrap(), Seen::Absent);
    }
}

#[tokio::test]
async fn what_can_be_listed_is_listed_and_names_what_it_published() {
    for (channel, _kept) in every_channel().await {
        assert_eq!(channel.old_posts().is_some(), channel.capabilities().lists_old);
        let Some(old) = channel.old_posts() else { continue };
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
        let sent = channel.publish(&cleared, &album).await.unwrap();
        assert_eq!(old.name_of(cleared.order()), sent.remote);
        let page = old.list(None).await.unwrap();
        assert_eq!(page.posts.iter().map(|post| &post.remote).collect::<Vec<_>>(), [&sent.remote]);
        let (post, mut files) = (&page.posts[0], Vec::new());
        for (file, picture) in post.files.iter().zip(cleared.order().pictures()) {
            assert_eq!(file.alt_text, picture.alt_text);
            let bytes = old.file(&post.remote, &file.name).await.unwrap().unwrap();
            assert_eq!(Digest::of(&bytes), picture.digest);
            files.push(file.name.clone());
        }
        assert_eq!((post.url.as_str(), files.len()), (sent.url.as_str(), 2));
        assert!(matches!(old.confirm_old_gone(&post.remote, &files).await.unwrap(), Gone::StillLive { .. }));
        old.take_down_old(&post.remote).await.unwrap();
        assert_eq!(old.confirm_old_gone(&post.remote, &files).await.unwrap(), Gone::Gone);
        assert!(old.file(&post.remote, &files[0]).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn the_same_order_again_changes_nothing() {
    for (channel, _kept) in every_channel().await {
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
        let first = channel.publish(&cleared, &album).await.unwrap();
        assert_eq!(channel.publish(&cleared, &album).await.unwrap(), first);
        // Even when the pictures are no longer at hand: it is out already.
        assert_eq!(channel.publish(&cleared, &Album::default()).await.unwrap(), first);
    }
}

#[tokio::test]
async fn taking_down_twice_or_what_never_was_is_no_failure() {
    for (channel, _kept) in every_channel().await {
        let (cleared, album) = cleared("k1a2b3", "Full time.");
        channel.take_down(cleared.order()).await.unwrap();
        channel.publish(&cleared, &album).await.unwrap();
        channel.take_down(cleared.order()).await.unwrap();
        channel.take_down(cleared.order()).await.unwrap();
        assert_eq!(channel.confirm_gone(cleared.order()).await.unwrap(), Gone::Gone);
    }
}

#[tokio::test]
async fn a_picture_with_other_bytes_is_not_published() {
    for (channel, _kept) in every_channel().await {
        let (cleared, mut album) = cleared("k1a2b3", "Full time.");
        for bytes in album.0.values_mut() {
            bytes.push(b'!');
        }
        assert!(matches!(channel.publish(&cleared, &album).await, Err(ChannelError::ChangePost(_))));
        assert_eq!(channel.confirm(cleared.order()).await.unwrap(), Seen::Absent);
        channel.take_down(cleared.order()).await.unwrap();
        assert_eq!(
            channel.confirm_gone(cleared.order()).await.unwrap(),
            Gone::Gone,
            "and nothing is left of the try"
        );
    }
}
