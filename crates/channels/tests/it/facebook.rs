//! A Facebook Page: every class of failure, over a Page that is played.

use cleansheet_channels::{Channel as _, ChannelError, CopiedFile, Gone, Seen, Trail};
use cleansheet_simulators::{Act, Fault};
use jiff::SignedDuration;

use crate::{
    contract::{Remembered, cleared, cleared_with, gives_up},
    meta::{facebook, facebook_of, simulator},
};

const TEXT: &str = "Full time: 3–2.";

#[tokio::test]
async fn pictures_are_unseen_until_the_post_shows_them_with_their_alt_texts() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    let sent = way.publish(&channel, &cleared, &album).await.unwrap();
    let posts = simulator.posts();
    assert_eq!((posts.len(), posts[0].text.as_str(), &posts[0].id), (1, TEXT, &sent.remote));
    assert_eq!(posts[0].alt_texts, ["Two players by a goal"; 2]);
    assert!(posts[0].pictures.iter().all(|bytes| album.0.values().any(|one| one == bytes)));
    let trail = way.trail();
    assert_eq!((trail.parts.len(), trail.posts, trail.making), (2, vec![sent.remote], false));
}

#[tokio::test]
async fn words_alone_are_a_post() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared_with("k1", TEXT, &[]);
    let sent = way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(sent));
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    assert!(simulator.posts().is_empty());
}

#[tokio::test]
async fn after_a_lost_answer_the_post_is_found_by_its_pictures_and_never_made_twice() {
    for fault in [Fault::ReplyLost, Fault::HalfReply, Fault::DoneBut502] {
        let simulator = simulator().await;
        let (channel, way) = (facebook(&simulator), Remembered::default());
        let (cleared, album) = cleared("k1", TEXT);
        simulator.fail(Act::Publish, fault);
        let tried = way.publish(&channel, &cleared, &album).await;
        assert!(matches!(tried, Err(ChannelError::UnknownOutcome(_))), "{fault:?} {tried:?}");
        assert!(way.trail().making);
        simulator.with(|meta| {
            use cleansheet_simulators::Network as _;
            meta.post_beside(TEXT, "2026-11-25T12:01:01Z".parse().unwrap())
        });
        let Seen::AsApproved(sent) = way.confirm(&channel, cleared.order()).await else {
            panic!("{fault:?}")
        };
        // The one with the same words beside it is somebody else's.
        assert_eq!(way.publish(&channel, &cleared, &album).await.unwrap(), sent);
        assert_eq!(simulator.posts().iter().filter(|post| post.pictures.len() == 2).count(), 1);
        way.take_down(&channel, cleared.order()).await;
        assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
        assert!(simulator.with(|meta| meta.photos()).is_empty(), "no photo outlives its post");
    }
}

#[tokio::test]
async fn a_call_that_never_arrived_is_made_again_with_the_same_pictures() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    simulator.fail(Act::Publish, Fault::Silence);
    let tried = way.publish(&channel, &cleared, &album).await;
    assert!(matches!(tried, Err(ChannelError::UnknownOutcome(_))));
    assert_eq!(way.confirm(&channel, cleared.order()).await, Seen::Absent);
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!((simulator.posts().len(), simulator.count(Act::Upload)), (1, 2));
}

#[tokio::test]
async fn words_whose_answer_was_lost_are_found_or_a_person_looks() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared_with("k1", TEXT, &[]);
    simulator.fail(Act::Publish, Fault::ReplyLost);
    way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert!(matches!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(_)));

    let (other, way) = (cleared_with("k2", "Kick-off at ten.", &[]).0, Remembered::default());
    simulator.fail(Act::Publish, Fault::Silence);
    way.publish(&channel, &other, &album).await.unwrap_err();
    let looked = channel.look(other.order(), &way.trail()).await;
    assert!(matches!(looked, Err(ChannelError::UnknownOutcome(_))), "{looked:?}");
    let again = way.publish(&channel, &other, &album).await;
    assert!(matches!(again, Err(ChannelError::UnknownOutcome(_))), "never sent blind: {again:?}");
    let gone = channel.confirm_gone(other.order(), &way.trail()).await;
    assert!(matches!(gone, Err(ChannelError::UnknownOutcome(_))), "nobody has seen it there: {gone:?}");
    assert!(channel.take_down(other.order(), &way.trail()).await.is_err(), "it comes again");
    assert_eq!(simulator.posts().len(), 1);
}

#[tokio::test]
async fn a_call_that_arrives_after_it_was_looked_for_makes_no_second_post_and_comes_down() {
    for publishes in [true, false] {
        let simulator = simulator().await;
        let (channel, way) = (facebook(&simulator), Remembered::default());
        let (cleared, album) = cleared("k1", TEXT);
        gives_up(&simulator, &channel, &way, (&cleared, &album)).await;
        simulator.arrive();
        if publishes {
            way.publish(&channel, &cleared, &album).await.unwrap();
            assert_eq!((simulator.posts().len(), simulator.count(Act::Publish)), (1, 1));
        }
        way.take_down(&channel, cleared.order()).await;
        assert!(simulator.posts().is_empty() && simulator.with(|meta| meta.photos()).is_empty());
        assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    }
}

#[tokio::test]
async fn a_call_that_arrives_after_the_pictures_were_taken_away_shows_nothing() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    gives_up(&simulator, &channel, &way, (&cleared, &album)).await;
    way.take_down(&channel, cleared.order()).await;
    simulator.arrive();
    assert!(simulator.posts().is_empty());
}

#[tokio::test]
async fn a_post_that_is_listed_only_after_its_pictures_are_gone_is_found_by_its_words() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    simulator.fail(Act::Publish, Fault::Late { looks: 2 });
    way.publish(&channel, &cleared, &album).await.unwrap();
    let way = Remembered::of(Trail { posts: Vec::new(), ..way.trail() });
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(simulator.posts().len(), 1, "its words are still there");
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    way.take_down(&channel, cleared.order()).await;
    assert!(simulator.posts().is_empty());
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn one_picture_that_cannot_be_removed_keeps_nothing_else_public() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    way.publish(&channel, &cleared, &album).await.unwrap();
    simulator.fail(Act::Delete, Fault::Refused);
    simulator.fail(Act::Delete, Fault::Down);
    let taken = channel.take_down(cleared.order(), &way.trail()).await;
    assert!(matches!(taken, Err(ChannelError::Refused(_))), "what needs a person is said: {taken:?}");
    assert!(simulator.posts().is_empty(), "the post is gone all the same");
    assert_eq!(simulator.with(|meta| meta.photos()).len(), 2);
}

#[tokio::test]
async fn words_of_an_older_post_have_to_change_and_those_that_nobody_knows_are_looked_for() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared_with("k1", TEXT, &[]);
    simulator.with(|meta| {
        use cleansheet_simulators::Network as _;
        meta.post_beside(TEXT, "2026-11-01T12:00:00Z".parse().unwrap())
    });
    let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert!(matches!(&error, ChannelError::ChangePost(why) if why.contains("same words twice")), "{error:?}");
    assert!(!way.trail().making);
}

#[tokio::test]
async fn a_page_that_this_connection_does_not_see_proves_nothing() {
    let simulator = simulator().await;
    let other = facebook_of("100000000000999", &simulator);
    let (cleared, _) = cleared_with("k1", TEXT, &[]);
    let trail = Trail { posts: vec!["100000000000999_1".to_owned()], ..Trail::default() };
    let gone = other.confirm_gone(cleared.order(), &trail).await;
    assert!(matches!(gone, Err(ChannelError::Reconnect(_))), "{gone:?}");
}

#[tokio::test]
async fn a_call_that_arrived_twice_makes_one_post() {
    for pictures in [vec![b"one".as_slice()], Vec::new()] {
        let simulator = simulator().await;
        let (channel, way) = (facebook(&simulator), Remembered::default());
        let (cleared, album) = cleared_with("k1", TEXT, &pictures);
        simulator.fail(Act::Publish, Fault::Twice);
        let sent = way.publish(&channel, &cleared, &album).await.unwrap();
        assert_eq!((simulator.posts().len(), &simulator.posts()[0].id), (1, &sent.remote));
    }
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
        let (channel, way) = (facebook(&simulator), Remembered::default());
        let (cleared, album) = cleared("k1", TEXT);
        simulator.fail(Act::Publish, fault);
        let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
        match (fault, &error) {
            (Fault::Limited { .. }, E::RetryLater { after, .. }) => {
                assert_eq!(*after, Some(SignedDuration::from_mins(10)));
            }
            (Fault::ContentRefused, E::ChangePost(_))
            | (Fault::Expired | Fault::Revoked | Fault::Suspended | Fault::Refused, E::Reconnect(_)) => {}
            other => panic!("{other:?}"),
        }
        assert!(!way.trail().making && simulator.posts().is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn what_was_uploaded_for_a_post_that_never_came_is_removed() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    simulator.fail(Act::Publish, Fault::ContentRefused);
    way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert_eq!(simulator.with(|meta| meta.photos()).len(), 2);
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    assert!(simulator.with(|meta| meta.photos()).is_empty());
}

#[tokio::test]
async fn an_upload_that_is_gone_is_made_again() {
    let simulator = simulator().await;
    let channel = facebook(&simulator);
    let (cleared, album) = cleared("k1", TEXT);
    let way = Remembered::of(Trail { parts: vec!["700000000000999".to_owned()], ..Trail::default() });
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(simulator.posts()[0].pictures.len(), 2);
}

#[tokio::test]
async fn a_removal_that_is_obeyed_late_or_refused_is_never_said_to_be_done() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    way.publish(&channel, &cleared, &album).await.unwrap();
    simulator.fail(Act::Delete, Fault::Refused);
    let refused = channel.take_down(cleared.order(), &way.trail()).await;
    assert!(matches!(refused, Err(ChannelError::Refused(_))), "a person has to do it: {refused:?}");
    simulator.fail(Act::Delete, Fault::Late { looks: 2 });
    way.take_down(&channel, cleared.order()).await;
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_taken_for_gone() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared_with("k1", TEXT, &[]);
    way.publish(&channel, &cleared, &album).await.unwrap();
    simulator.with(|meta| meta.given.remove("pages_read_engagement"));
    let looked = channel.look(cleared.order(), &way.trail()).await;
    assert!(matches!(looked, Err(ChannelError::Reconnect(_))), "{looked:?}");
    let gone = channel.confirm_gone(cleared.order(), &way.trail()).await;
    assert!(matches!(gone, Err(ChannelError::Reconnect(_))), "{gone:?}");
}

#[tokio::test]
async fn a_picture_that_somebody_took_out_is_missed() {
    let simulator = simulator().await;
    let (channel, way) = (facebook(&simulator), Remembered::default());
    let (cleared, album) = cleared("k1", TEXT);
    way.publish(&channel, &cleared, &album).await.unwrap();
    simulator.with(|meta| meta.take_out(&way.trail().parts[1]));
    let copy = channel.look(cleared.order(), &way.trail()).await.unwrap().unwrap();
    assert_eq!(copy.pictures[1].file, CopiedFile::Missing);
    assert!(matches!(way.confirm(&channel, cleared.order()).await, Seen::Different { .. }));
}

#[tokio::test]
async fn what_somebody_posts_on_the_page_itself_is_seen_and_so_is_a_new_face() {
    let simulator = simulator().await;
    let channel = facebook(&simulator);
    let before = channel.watch(None).await.unwrap();
    let id = simulator.with(|meta| {
        use cleansheet_simulators::Network as _;
        meta.about = "Buy my crypto".to_owned();
        meta.post_beside("Not from us", "2026-11-25T12:01:01Z".parse().unwrap())
    });
    let after = channel.watch(before.newest.as_deref()).await.unwrap();
    assert!(after.posts.iter().any(|post| post.remote == id && post.published.is_some()));
    assert_ne!(after.profile, before.profile);
    assert_eq!(before.profile.unwrap().picture, "crest.jpg");
}
