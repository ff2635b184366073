//! The contract of a channel, run over every one there is. A new network joins by one line in [`every_channel`].

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, LazyLock, Mutex},
};

use cleansheet_channels::{
    Answer, Channel, ChannelError, CopiedFile, Gone, NoTrail, Pictures, Seen, Sent, Trail, TrailKeeper, With,
    website::Site,
};
use cleansheet_policy::{
    Approve, Cleared, OrderContent, OrderPicture, Outcome, Permit, Policy, ReleaseOrder, Send,
    testing::post_in_order,
};
use cleansheet_simulators::{Act, Fault, Simulator};
use cleansheet_terms::{Digest, FixedClock, Network};

use crate::{bluesky, mastodon, meta, x};

/// The bytes of renditions, by digest.
#[derive(Default)]
pub(crate) struct Album(pub(crate) BTreeMap<Digest, Vec<u8>>);

impl Pictures for Album {
    fn read(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        self.0.get(digest).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn lend<'a>(&'a self, digest: &'a Digest) -> Answer<'a, String> {
        Box::pin(async { Ok(lent(self.0.get(digest).cloned().unwrap_or_default())) })
    }

    fn take_back(&self) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// A picture at an address, once. It answers from a thread of its own: whoever fetches it may block.
fn lent(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/picture.jpg", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _asked = stream.read(&mut [0; 2000]);
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: {}\r\n\r\n", bytes.len());
        let _answered = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
    });
    url
}

/// Nothing is known of an order.
pub(crate) static NONE: Trail = Trail { parts: Vec::new(), posts: Vec::new(), making: false };

/// For channels that have no need of a trail.
pub(crate) fn with(album: &Album) -> With<'_> {
    With { pictures: album, trail: &NONE, keeper: &NoTrail }
}

/// One order on its way through a channel: what is remembered of it between the calls, as the records do.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<Trail>);

impl Remembered {
    /// As if this much were known.
    pub(crate) fn of(trail: Trail) -> Self {
        Self(Mutex::new(trail))
    }

    /// As it is now.
    pub(crate) fn trail(&self) -> Trail {
        self.0.lock().unwrap().clone()
    }

    pub(crate) async fn publish(
        &self,
        channel: &dyn Channel,
        cleared: &Cleared,
        album: &Album,
    ) -> Result<Sent, ChannelError> {
        channel.publish(cleared, With { pictures: album, trail: &self.trail(), keeper: self }).await
    }

    pub(crate) async fn confirm(&self, channel: &dyn Channel, order: &ReleaseOrder) -> Seen {
        channel.confirm(order, &self.trail()).await.unwrap()
    }

    /// What only a post that is there tells is kept before it goes, as the jobs do.
    pub(crate) async fn take_down(&self, channel: &dyn Channel, order: &ReleaseOrder) {
        if self.trail().making
            && let Ok(Some(found)) = channel.found(order, &self.trail()).await
        {
            self.keep(&found).await.unwrap();
        }
        if let Ok(Some(learned)) = channel.learned(order, &self.trail()).await {
            self.keep(&learned).await.unwrap();
        }
        channel.take_down(order, &self.trail()).await.unwrap();
    }

    pub(crate) async fn gone(&self, channel: &dyn Channel, order: &ReleaseOrder) -> Gone {
        channel.confirm_gone(order, &self.trail()).await.unwrap()
    }
}

/// Keeps everything until so many posts are there and one more is to be made, and then loses the job.
pub(crate) struct Stops<'a> {
    pub(crate) way: &'a Remembered,
    pub(crate) posts: usize,
}

impl TrailKeeper for Stops<'_> {
    fn keep<'a>(&'a self, trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(async {
            if trail.posts.len() == self.posts && trail.making {
                return Err(ChannelError::later("another worker has it"));
            }
            self.way.keep(trail).await
        })
    }
}

/// The call that publishes is still on its way when whoever asked gives up and looks: nothing is there, and the records
/// forget the call.
pub(crate) async fn gives_up<N: cleansheet_simulators::Network>(
    simulator: &Simulator<N>,
    channel: &dyn Channel,
    way: &Remembered,
    (cleared, album): (&Cleared, &Album),
) {
    simulator.fail(Act::Publish, Fault::OnTheWay);
    let left = async {
        while simulator.on_the_way() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        answer = way.publish(channel, cleared, album) => panic!("{answer:?}"),
        () = left => {}
    }
    assert!(way.trail().making);
    assert_eq!(way.confirm(channel, cleared.order()).await, Seen::Absent);
    way.keep(&Trail { making: false, ..way.trail() }).await.unwrap();
}

impl TrailKeeper for Remembered {
    fn keep<'a>(&'a self, trail: &'a Trail) -> Answer<'a, ()> {
        Box::pin(async {
            *self.0.lock().unwrap() = trail.clone();
            Ok(())
        })
    }
}

/// An order with two pictures, cleared by real decisions, and the pictures.
pub(crate) fn cleared(record_key: &str, text: &str) -> (Cleared, Album) {
    cleared_thread(record_key, &[text])
}

/// The same as several posts.
pub(crate) fn cleared_thread(record_key: &str, texts: &[&str]) -> (Cleared, Album) {
    ordered(record_key, texts, &[b"first picture", b"second picture"])
}

/// An order with these pictures.
pub(crate) fn cleared_with(record_key: &str, text: &str, pictures: &[&[u8]]) -> (Cleared, Album) {
    ordered(record_key, &[text], pictures)
}

/// An order with these texts and pictures, cleared by real decisions, and the pictures.
fn ordered(record_key: &str, texts: &[&str], pictures: &[&[u8]]) -> (Cleared, Album) {
    let album = Album(pictures.iter().map(|bytes| (Digest::of(bytes), bytes.to_vec())).collect());
    let padded = texts.iter().any(|text| text.ends_with('\n'));
    let pictures = album.0.keys().map(|digest| OrderPicture {
        digest: *digest,
        // Networks drop spaces at the ends.
        alt_text: if padded { "Two players by a goal ".into() } else { "Two players by a goal".into() },
        width: 800,
        height: 600,
    });
    let content = OrderContent {
        text: texts.join("\n\n"),
        thread: if texts.len() > 1 {
            texts.iter().map(|&text| text.to_owned()).collect()
        } else {
            Vec::new()
        },
        pictures: pictures.collect(),
        record_key: record_key.into(),
    };
    let order = ReleaseOrder::freeze(permit::<Approve>("approve"), content);
    (order.clear(permit::<Send>("send")).unwrap(), album)
}

/// A clock that stands at the instant at which orders of tests were made.
pub(crate) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(&cleared("k", "-").0.order().made_at().to_string()))
}

/// Reading the policy takes longer than a whole scenario.
static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::load().unwrap());

fn permit<A: cleansheet_policy::Act>(act: &str) -> Permit<A> {
    match POLICY.decide::<A>(&post_in_order(act)).outcome {
        Outcome::Allow(permit) => permit,
        _ => panic!("a post in order is allowed"),
    }
}

/// Every channel this crate has, fresh, with what has to stay alive while it is used; and, where `./dev test` runs one,
/// an account on Bluesky's own server.
pub(crate) async fn every_channel() -> Vec<(Box<dyn Channel>, Box<dyn std::any::Any>)> {
    let folder = tempfile::tempdir().unwrap();
    let fake = bluesky::played().await;
    let (on_x, on_mastodon) = (x::start().await, mastodon::start().await);
    let mut all: Vec<(Box<dyn Channel>, Box<dyn std::any::Any>)> = vec![
        (Box::new(Site::open(folder.path()).unwrap()), Box::new(folder)),
        (Box::new(bluesky::on(&fake).0), Box::new(fake)),
        (Box::new(x::on(&on_x).0), Box::new(on_x)),
        (Box::new(mastodon::on(&on_mastodon)), Box::new(on_mastodon)),
    ];
    let page = meta::simulator().await;
    all.push((Box::new(meta::facebook(&page)), Box::new(page)));
    let account = meta::simulator().await;
    all.push((Box::new(meta::instagram(&account)), Box::new(account)));
    if let Some(real) = bluesky::on_the_real_server().await {
        all.push((Box::new(real), Box::new(())));
    }
    all
}

#[tokio::test]
async fn every_network_that_can_be_published_to_is_under_contract() {
    let tried: BTreeSet<Network> =
        every_channel().await.iter().map(|(channel, _)| channel.capabilities().network).collect();
    let file = |network: &Network| format!("{}/src/{}.rs", env!("CARGO_MANIFEST_DIR"), network.as_str());
    let written = Network::ALL.into_iter().filter(|network| std::path::Path::new(&file(network)).exists());
    assert_eq!(tried, written.collect(), "a network's file in src without a line in every_channel");
    for network in tried {
        assert_eq!(cleansheet_channels::capabilities(network).unwrap().network, network);
    }
}

#[tokio::test]
async fn what_was_cleared_is_published_read_back_and_taken_down() {
    for (channel, _kept) in every_channel().await {
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2. \n");
        let order = cleared.order();
        assert_eq!(way.confirm(channel, order).await, Seen::Absent);
        assert_eq!(way.gone(channel, order).await, Gone::Gone, "nothing is there yet");
        let sent = way.publish(channel, &cleared, &album).await.unwrap();
        let copy = channel.look(order, &way.trail()).await.unwrap().unwrap();
        let same = |texts: &[String]| texts.iter().map(|text| text.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!((same(&copy.texts), &copy.sent), (same(order.texts()), &sent));
        for (public, approved) in copy.pictures.iter().zip(order.pictures()) {
            assert_eq!(public.alt_text.trim(), approved.alt_text.trim());
            let same =
                matches!(&public.file, CopiedFile::Bytes(bytes) if Digest::of(bytes) == approved.digest);
            let remade = matches!(public.file, CopiedFile::Remade { .. });
            assert!(if channel.capabilities().keeps_bytes { same } else { remade }, "{:?}", public.file);
        }
        assert_eq!(way.confirm(channel, order).await, Seen::AsApproved(sent));
        assert!(matches!(way.gone(channel, order).await, Gone::StillLive { .. }));
        way.take_down(channel, order).await;
        assert_eq!(way.gone(channel, order).await, Gone::Gone);
        assert_eq!(way.confirm(channel, order).await, Seen::Absent);
    }
}

#[tokio::test]
async fn what_can_be_listed_is_listed_and_names_what_it_published() {
    for (channel, _kept) in every_channel().await {
        let (channel, way) = (&*channel, Remembered::default());
        assert_eq!(channel.old_posts().is_some(), channel.capabilities().lists_old);
        let Some(old) = channel.old_posts() else { continue };
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
        let sent = way.publish(channel, &cleared, &album).await.unwrap();
        if let Some(name) = old.name_of(cleared.order()) {
            assert_eq!(name, sent.remote);
        }
        let page = old.list(None).await.unwrap();
        assert_eq!(page.posts.iter().map(|post| &post.remote).collect::<Vec<_>>(), [&sent.remote]);
        let (post, mut files) = (&page.posts[0], Vec::new());
        for (file, picture) in post.files.iter().zip(cleared.order().pictures()) {
            assert_eq!(file.alt_text, picture.alt_text);
            let bytes = old.file(&post.remote, &file.name).await.unwrap().unwrap();
            assert!(!channel.capabilities().keeps_bytes || Digest::of(&bytes) == picture.digest);
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
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
        let first = way.publish(channel, &cleared, &album).await.unwrap();
        assert_eq!(way.publish(channel, &cleared, &album).await.unwrap(), first);
        // Even when the pictures are no longer at hand: it is out already.
        assert_eq!(way.publish(channel, &cleared, &Album::default()).await.unwrap(), first);
    }
}

#[tokio::test]
async fn taking_down_twice_or_what_never_was_is_no_failure() {
    for (channel, _kept) in every_channel().await {
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, album) = cleared("k1a2b3", "Full time.");
        way.take_down(channel, cleared.order()).await;
        way.publish(channel, &cleared, &album).await.unwrap();
        way.take_down(channel, cleared.order()).await;
        way.take_down(channel, cleared.order()).await;
        assert_eq!(way.gone(channel, cleared.order()).await, Gone::Gone);
    }
}

#[tokio::test]
async fn a_picture_with_other_bytes_is_not_published() {
    for (channel, _kept) in every_channel().await {
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, mut album) = cleared("k1a2b3", "Full time.");
        for bytes in album.0.values_mut() {
            bytes.push(b'!');
        }
        let tried = way.publish(channel, &cleared, &album).await;
        assert!(matches!(tried, Err(ChannelError::ChangePost(_))));
        assert_eq!(way.confirm(channel, cleared.order()).await, Seen::Absent);
        way.take_down(channel, cleared.order()).await;
        assert_eq!(way.gone(channel, cleared.order()).await, Gone::Gone, "and nothing is left of the try");
    }
}

#[tokio::test]
async fn what_is_published_is_among_what_the_account_shows() {
    for (channel, _kept) in every_channel().await {
        let (channel, way) = (&*channel, Remembered::default());
        let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
        let before = channel.watch(None).await.unwrap();
        let sent = way.publish(channel, &cleared, &album).await.unwrap();
        let after = channel.watch(before.newest.as_deref()).await.unwrap();
        assert!(after.posts.iter().any(|post| post.remote == sent.remote), "{:?}", after.posts);
    }
}
