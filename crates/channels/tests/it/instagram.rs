//! An Instagram account: every class of failure, over an account that is played.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use cleansheet_channels::{
    Answer, Channel as _, ChannelError, Gone, Kind, Pictures, Quota, Seen, Trail, With,
};
use cleansheet_simulators::{Act, Fault, meta::got};
use cleansheet_terms::Digest;
use jiff::SignedDuration;

use crate::{
    bluesky,
    contract::{Album, Remembered, cleared, cleared_with, gives_up},
    meta::{instagram, instagram_heard, simulator},
};

const TEXT: &str = "Full time: 3–2.";

/// Lends pictures at one address each, for as long as nobody takes them back.
struct Lender {
    album: Album,
    url: String,
    open: Arc<AtomicBool>,
}

impl Lender {
    fn of(album: Album) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::new(AtomicBool::new(false));
        let (is_open, pictures) = (Arc::clone(&open), album.0.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream: TcpStream = stream.unwrap();
                let mut asked = [0; 2000];
                let size = stream.read(&mut asked).unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..size]).into_owned();
                let found = pictures.iter().find(|(digest, _)| asked.contains(&digest.to_string()));
                let answer = match found.filter(|_| is_open.load(Ordering::SeqCst)) {
                    Some((_, bytes)) => {
                        [b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\n\r\n", bytes.as_slice()].concat()
                    }
                    None => b"HTTP/1.1 404 Not Found\r\n\r\n".to_vec(),
                };
                let _answered = stream.write_all(&answer);
            }
        });
        Self { album, url, open }
    }

    fn at(&self, digest: &Digest) -> String {
        format!("{}/{digest}.jpg", self.url)
    }

    fn is_closed(&self) -> bool {
        self.album.0.keys().all(|digest| got(&self.at(digest)).is_none())
    }
}

impl Pictures for Lender {
    fn read(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        self.album.read(digest)
    }

    fn lend<'a>(&'a self, digest: &'a Digest) -> Answer<'a, String> {
        self.open.store(true, Ordering::SeqCst);
        Box::pin(async { Ok(self.at(digest)) })
    }

    fn take_back(&self) -> Answer<'_, ()> {
        self.open.store(false, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_picture_is_lent_for_as_long_as_it_is_fetched() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    let lender = Lender::of(album);
    // When the post is made, the addresses are closed already.
    simulator.fail(Act::Publish, Fault::ContentRefused);
    let with = With { pictures: &lender, trail: &way.trail(), keeper: &way };
    channel.publish(&cleared, with).await.unwrap_err();
    assert!(lender.is_closed());
    let with = With { pictures: &lender, trail: &way.trail(), keeper: &way };
    channel.publish(&cleared, with).await.unwrap();
    let posts = simulator.posts();
    assert_eq!((posts.len(), posts[0].text.as_str()), (1, TEXT));
    assert_eq!(posts[0].pictures, lender.album.0.values().cloned().collect::<Vec<_>>());
    assert_eq!(posts[0].alt_texts, ["Two players by a goal"; 2]);
    assert_eq!(simulator.count(Act::Upload), 3, "two pictures, what holds them together, and nothing twice");
    assert!(lender.is_closed());
}

#[tokio::test]
async fn one_picture_is_a_post_of_its_own() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared_with("k1", TEXT, &[b"the only one"]);
    let sent = way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(way.trail().parts.len(), 1);
    assert_eq!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(sent));
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn an_address_that_does_not_answer_closes_and_comes_again() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    let lender = Lender::of(album);
    let nobody = Lender {
        album: Album(lender.album.0.clone()),
        url: "http://127.0.0.1:9".into(),
        open: Arc::default(),
    };
    let with = With { pictures: &nobody, trail: &way.trail(), keeper: &way };
    match channel.publish(&cleared, with).await {
        Err(ChannelError::RetryLater { say, .. }) => assert!(say.contains("could not fetch"), "{say}"),
        other => panic!("{other:?}"),
    }
    assert!(!nobody.open.load(Ordering::SeqCst));
    assert_eq!(way.trail(), Trail::default(), "what failed is prepared anew");
    let with = With { pictures: &lender, trail: &way.trail(), keeper: &way };
    channel.publish(&cleared, with).await.unwrap();
    assert_eq!(simulator.posts().len(), 1);
}

#[tokio::test]
async fn after_a_lost_answer_the_container_says_whether_it_went_out() {
    for fault in [Fault::ReplyLost, Fault::HalfReply, Fault::DoneBut502] {
        let simulator = simulator().await;
        let (channel, way) = (instagram(&simulator), Remembered::default());
        let (cleared, album) = cleared("k1", TEXT);
        simulator.fail(Act::Publish, fault);
        let tried = way.publish(&channel, &cleared, &album).await;
        assert!(matches!(tried, Err(ChannelError::UnknownOutcome(_))), "{fault:?} {tried:?}");
        let Seen::AsApproved(sent) = way.confirm(&channel, cleared.order()).await else {
            panic!("{fault:?}")
        };
        assert_eq!(way.publish(&channel, &cleared, &album).await.unwrap(), sent);
        assert_eq!(simulator.posts().len(), 1);
        way.take_down(&channel, cleared.order()).await;
        assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    }
}

#[tokio::test]
async fn a_call_that_never_arrived_is_made_again_with_the_same_container() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    simulator.fail(Act::Publish, Fault::Silence);
    way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert_eq!(way.confirm(&channel, cleared.order()).await, Seen::Absent);
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!((simulator.posts().len(), simulator.count(Act::Upload)), (1, 3));
}

#[tokio::test]
async fn a_call_that_arrives_after_it_was_looked_for_makes_no_second_post_and_comes_down() {
    for publishes in [true, false] {
        let simulator = simulator().await;
        let (channel, way) = (instagram(&simulator), Remembered::default());
        let (cleared, album) = cleared("k1", TEXT);
        gives_up(&simulator, &channel, &way, (&cleared, &album)).await;
        simulator.arrive();
        assert!(matches!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(_)));
        assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
        if publishes {
            way.publish(&channel, &cleared, &album).await.unwrap();
            assert_eq!((simulator.posts().len(), simulator.count(Act::Upload)), (1, 3), "nothing twice");
        }
        way.take_down(&channel, cleared.order()).await;
        assert!(simulator.posts().is_empty());
        assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    }
}

#[tokio::test]
async fn a_container_that_went_out_unseen_is_a_persons_to_look_for_and_one_that_is_unseen_is_kept() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    simulator.fail(Act::Publish, Fault::Late { looks: 3 });
    way.publish(&channel, &cleared, &album).await.unwrap_err();
    let way = Remembered::of(Trail { posts: Vec::new(), making: false, ..way.trail() });
    let again = way.publish(&channel, &cleared, &album).await;
    assert!(matches!(again, Err(ChannelError::UnknownOutcome(_))), "{again:?}");
    assert!(way.trail().making && simulator.posts().len() == 1);

    let kept = Trail { parts: vec!["700000000000999".to_owned()], ..Trail::default() };
    let (way, (one, album)) = (Remembered::of(kept.clone()), cleared_with("k2", "One.", &[b"one"]));
    let later = way.publish(&channel, &one, &album).await;
    assert!(matches!(later, Err(ChannelError::RetryLater { .. })), "{later:?}");
    assert_eq!(way.trail(), kept, "what cannot be seen may be there");
}

#[tokio::test]
async fn a_refusal_that_names_no_token_is_believed_only_when_the_container_says_so() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    gives_up(&simulator, &channel, &way, (&cleared, &album)).await;
    simulator.fail(Act::Publish, Fault::Suspended);
    // The look behind the refusal: the container, once before the call and once behind it.
    let looks = simulator.count(Act::Read);
    let refused = way.publish(&channel, &cleared, &album).await;
    assert!(matches!(refused, Err(ChannelError::Reconnect(_))), "it was not published: {refused:?}");
    assert!(simulator.count(Act::Read) > looks + 1);
    simulator.fail(Act::Publish, Fault::Suspended);
    let reads = simulator.count(Act::Read) - looks;
    (1..reads).for_each(|_| simulator.fail(Act::Read, Fault::Slow { ms: 0 }));
    simulator.fail(Act::Read, Fault::Down);
    let unknown = way.publish(&channel, &cleared, &album).await;
    assert!(matches!(unknown, Err(ChannelError::UnknownOutcome(_))), "nobody could look: {unknown:?}");
    assert!(way.trail().making);
}

#[tokio::test]
async fn a_call_that_arrived_twice_makes_one_post() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    simulator.fail(Act::Publish, Fault::Twice);
    let sent = way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!((simulator.posts().len(), &simulator.posts()[0].id), (1, &sent.remote));
}

#[tokio::test]
async fn pictures_that_take_long_are_waited_for_and_then_come_again() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared_with("k1", TEXT, &[b"the only one"]);
    let lender = Lender::of(album);
    simulator.fail(Act::Upload, Fault::Late { looks: 14 });
    let with = With { pictures: &lender, trail: &way.trail(), keeper: &way };
    match channel.publish(&cleared, with).await {
        Err(ChannelError::RetryLater { after, .. }) => assert_eq!(after, Some(SignedDuration::from_mins(1))),
        other => panic!("{other:?}"),
    }
    assert!(lender.open.load(Ordering::SeqCst), "it may not have been fetched yet");
    let with = With { pictures: &lender, trail: &way.trail(), keeper: &way };
    channel.publish(&cleared, with).await.unwrap();
    assert!(lender.is_closed());
    assert_eq!((simulator.posts().len(), simulator.count(Act::Upload)), (1, 1));
}

#[tokio::test]
async fn how_many_posts_are_left_is_asked_and_a_full_day_waits() {
    let simulator = simulator().await;
    let heard: Arc<Mutex<Vec<Quota>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let channel = instagram_heard(&simulator, Arc::new(move |quota| listener.lock().unwrap().push(quota)));
    simulator.with(|meta| meta.quota = 1);
    let (first, album) = cleared("k1", TEXT);
    Remembered::default().publish(&channel, &first, &album).await.unwrap();
    let (second, album) = cleared("k2", "Kick-off at ten.");
    assert!(heard.lock().unwrap().is_empty(), "a count that goes back with the hours never begins anew");
    match Remembered::default().publish(&channel, &second, &album).await {
        Err(ChannelError::RetryLater { say, after: Some(_) }) => {
            assert!(say.contains("takes 1 posts of this account in 24 hours"), "{say}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(simulator.posts().len(), 1);
    let full = heard.lock().unwrap()[0];
    let in_an_hour = bluesky::outside().clock.now() + SignedDuration::from_hours(1);
    assert_eq!((full.kind, full.left, full.resets), (Kind::Publish, 0, in_an_hour));
}

#[tokio::test]
async fn each_refusal_has_one_way_forward_and_publishes_nothing() {
    use ChannelError as E;
    for fault in [
        Fault::Limited { seconds: 600 },
        Fault::Expired,
        Fault::Revoked,
        Fault::ContentRefused,
        Fault::Suspended,
        Fault::Refused,
    ] {
        let simulator = simulator().await;
        let (channel, way) = (instagram(&simulator), Remembered::default());
        let (cleared, album) = cleared("k1", TEXT);
        simulator.fail(Act::Publish, fault);
        let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
        let right = match fault {
            Fault::Limited { .. } => matches!(error, E::RetryLater { after: Some(_), .. }),
            Fault::ContentRefused => matches!(error, E::ChangePost(_)),
            _ => matches!(error, E::Reconnect(_)),
        };
        assert!(right && !way.trail().making && simulator.posts().is_empty(), "{fault:?} {error:?}");
    }
}

#[tokio::test]
async fn where_programs_may_not_delete_a_person_has_to() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    way.publish(&channel, &cleared, &album).await.unwrap();
    simulator.with(|meta| meta.deletes = false);
    let refused = channel.take_down(cleared.order(), &way.trail()).await;
    assert!(matches!(refused, Err(ChannelError::Refused(_))), "{refused:?}");
    simulator.with(|meta| {
        meta.deletes = true;
        meta.given.remove("instagram_manage_contents");
    });
    let refused = channel.take_down(cleared.order(), &way.trail()).await;
    assert!(matches!(refused, Err(ChannelError::Refused(_))), "{refused:?}");
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    simulator.with(|meta| meta.given.insert("instagram_manage_contents".to_owned()));
    simulator.fail(Act::Delete, Fault::Late { looks: 2 });
    // It still shows when it is looked at at once: that is said, and asked again.
    assert!(channel.take_down(cleared.order(), &way.trail()).await.is_ok());
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_taken_for_gone() {
    let simulator = simulator().await;
    let (channel, way) = (instagram(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    way.publish(&channel, &cleared, &album).await.unwrap();
    simulator.with(|meta| meta.given.remove("instagram_basic"));
    assert!(matches!(channel.look(cleared.order(), &way.trail()).await, Err(ChannelError::Reconnect(_))));
    assert!(matches!(
        channel.confirm_gone(cleared.order(), &way.trail()).await,
        Err(ChannelError::Reconnect(_))
    ));
}

#[tokio::test]
async fn what_does_not_fit_is_said_before_anything_is_sent() {
    let simulator = simulator().await;
    let channel = instagram(&simulator);
    for (text, pictures, word) in [
        (TEXT.to_owned(), Vec::new(), "without a picture"),
        ("#goal ".repeat(31), vec![b"one".as_slice()], "31 hashtags"),
        ("a".repeat(2201), vec![b"one".as_slice()], "2201 letters"),
    ] {
        let (cleared, album) = cleared_with("k1", &text, &pictures);
        match Remembered::default().publish(&channel, &cleared, &album).await {
            Err(ChannelError::ChangePost(why)) => assert!(why.contains(word), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(simulator.calls().is_empty());
}
