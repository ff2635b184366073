//! Mastodon: every class of failure over its simulator.

use std::sync::{Arc, Mutex};

use cleansheet_channels::{
    Account, CameBack, Channel as _, ChannelError, Gone, Kind, Outside, Quota, Seen, Trail, With,
    mastodon::{self, Mastodon},
};
use cleansheet_simulators::{
    Act, Fault, Simulator,
    mastodon::{ACCOUNT, Mastodon as Played, NAME},
};
use cleansheet_terms::{Clock as _, Network};
use jiff::SignedDuration;

use crate::{
    bluesky::{self, Pocket},
    contract::{NONE, Remembered, Stops, cleared, cleared_thread, clock, gives_up},
    described::judge,
    x::came_back,
};

fn outside() -> Outside {
    Outside { clock: clock(), ..bluesky::outside() }
}

pub(crate) async fn start() -> Simulator<Played> {
    Simulator::start(Played::new(), clock()).await
}

fn made(url: &str, outside: Outside) -> Mastodon {
    let account =
        Account { remote: ACCOUNT.into(), handle: format!("{NAME}@social.example"), server: url.to_owned() };
    Mastodon::new(outside, account, Pocket::with(&Played::credential(url)), Arc::default())
}

pub(crate) fn on(played: &Simulator<Played>) -> Mastodon {
    made(&played.url, outside())
}

/// The account connected again, whatever became of what signed in to it.
pub(crate) fn again(played: &Simulator<Played>) -> Mastodon {
    played.with(|it| it.connected_again(&played.url));
    on(played)
}

async fn tried(act: Act, fault: Fault) -> (ChannelError, Mastodon, Simulator<Played>, Remembered) {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    played.fail(act, fault);
    let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
    (error, channel, played, way)
}

#[tokio::test]
async fn a_thread_goes_out_in_order_and_comes_back_as_written_and_goes_with_its_pictures() {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    let texts = ["Größe <3 & more: https://fenland.org/news", "Second.", "Third."];
    let (cleared, album) = cleared_thread("k1", &texts);
    let sent = way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(sent.clone()));
    assert_eq!(sent.url, format!("{}/@{NAME}/{}", played.url, sent.remote));
    let posts = played.posts();
    assert_eq!(posts.iter().rev().map(|post| post.text.as_str()).collect::<Vec<_>>(), texts);
    assert_eq!(posts[2].alt_texts, ["Two players by a goal"; 2]);
    channel.check_account().await.unwrap();
    let newest = channel.watch(None).await.unwrap().newest;
    channel.watch(newest.as_deref()).await.unwrap();
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    judge(Network::Mastodon, &played.requests());
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for_and_a_repeat_makes_no_second_post() {
    for (fault, public) in [
        (Fault::DoneBut502, true),
        (Fault::ReplyLost, true),
        (Fault::HalfReply, true),
        (Fault::Silence, false),
        (Fault::Down, false),
    ] {
        let (error, channel, played, way) = tried(Act::Publish, fault).await;
        assert!(matches!(error, ChannelError::UnknownOutcome(_)), "{fault:?}: {error:?}");
        let (cleared, album) = cleared("k1", "Full time.");
        let seen = way.confirm(&channel, cleared.order()).await;
        assert_eq!(matches!(seen, Seen::AsApproved(_)), public, "{seen:?}");
        way.publish(&channel, &cleared, &album).await.unwrap();
        assert_eq!(played.posts().len(), 1, "once, whatever came of the first try");
        assert!(!way.trail().making);
    }
}

#[tokio::test]
async fn the_servers_own_key_keeps_a_request_that_comes_twice_from_being_two_posts() {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    played.fail(Act::Publish, Fault::Twice);
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(played.posts().len(), 1);
}

#[tokio::test]
async fn a_post_of_an_unknown_outcome_is_found_and_taken_down() {
    let (_, channel, played, way) = tried(Act::Publish, Fault::ReplyLost).await;
    let (cleared, _) = cleared("k1", "Full time.");
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    way.take_down(&channel, cleared.order()).await;
    assert!(played.posts().is_empty());
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn a_call_that_arrives_after_it_was_looked_for_makes_no_second_post() {
    for listed in [true, false] {
        let (played, way) = (start().await, Remembered::default());
        let channel = on(&played);
        let (cleared, album) = cleared("k1", "Full time.");
        gives_up(&played, &channel, &way, (&cleared, &album)).await;
        played.arrive();
        played.with(|server| server.lists_late = !listed);
        let again = way.publish(&channel, &cleared, &album).await;
        assert_eq!((played.posts().len(), played.count(Act::Upload)), (1, 2), "nothing is sent twice");
        if listed {
            assert_eq!(again.unwrap().remote, played.posts()[0].id);
        } else {
            // Its pictures are in a post that nobody sees: a person has to look.
            assert!(matches!(again, Err(ChannelError::UnknownOutcome(_))), "{again:?}");
            let looked = channel.look(cleared.order(), &way.trail()).await;
            assert!(matches!(looked, Err(ChannelError::UnknownOutcome(_))), "{looked:?}");
            continue;
        }
        // It comes down as well when nobody has its name.
        let way = Remembered::of(Trail { posts: Vec::new(), ..way.trail() });
        way.take_down(&channel, cleared.order()).await;
        assert!(played.posts().is_empty());
        assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    }
}

#[tokio::test]
async fn what_is_known_of_a_thread_goes_whatever_comes_of_the_search_for_the_rest() {
    let (played, stops) = (start().await, Remembered::default());
    let channel = on(&played);
    let (cleared, album) = cleared_thread("k1", &["First. 1/2", "Second. 2/2"]);
    let keeper = Stops { way: &stops, posts: 1 };
    channel.publish(&cleared, With { pictures: &album, trail: &NONE, keeper: &keeper }).await.unwrap_err();
    played.fail(Act::Publish, Fault::ReplyLost);
    stops.publish(&channel, &cleared, &album).await.unwrap_err();
    assert_eq!((stops.trail().posts.len(), stops.trail().making, played.posts().len()), (1, true, 2));
    (0..2).for_each(|_| played.fail(Act::Read, Fault::Down));
    let found = channel.found(cleared.order(), &stops.trail()).await;
    assert!(matches!(found, Ok(None)), "it keeps nobody from taking down: {found:?}");
    let taken = channel.take_down(cleared.order(), &stops.trail()).await;
    assert!(matches!(taken, Err(ChannelError::RetryLater { .. })), "{taken:?}");
    assert_eq!(played.posts().iter().map(|post| post.text.as_str()).collect::<Vec<_>>(), ["Second. 2/2"]);
}

#[tokio::test]
async fn a_404_that_is_not_the_servers_own_word_is_not_gone() {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.with(|server| server.astray = true);
    let taken = channel.take_down(cleared.order(), &way.trail()).await;
    assert!(matches!(taken, Err(ChannelError::RetryLater { .. })), "{taken:?}");
    let gone = channel.confirm_gone(cleared.order(), &way.trail()).await;
    assert!(matches!(gone, Err(ChannelError::RetryLater { .. })), "{gone:?}");
}

#[tokio::test]
async fn pictures_that_were_sent_ahead_go_when_their_post_was_never_made() {
    let (_, channel, _played, way) = tried(Act::Publish, Fault::ContentRefused).await;
    let (cleared, _) = cleared("k1", "Full time.");
    assert_eq!(way.trail().parts.len(), 2);
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn each_refusal_has_its_own_way_forward() {
    let (error, _, _, way) = tried(Act::Publish, Fault::ContentRefused).await;
    assert!(matches!(error, ChannelError::ChangePost(_)) && !way.trail().making, "{error:?}");
    let (error, ..) = tried(Act::Publish, Fault::Suspended).await;
    assert!(matches!(error, ChannelError::GoneForGood(_)), "{error:?}");
    let (error, ..) = tried(Act::Upload, Fault::Down).await;
    assert!(matches!(error, ChannelError::RetryLater { .. }), "nothing can be public yet: {error:?}");
    for fault in [Fault::Expired, Fault::Revoked, Fault::Refused] {
        let (error, ..) = tried(Act::Publish, fault).await;
        assert!(matches!(error, ChannelError::Reconnect(_)), "{error:?}");
    }
    let (error, ..) = tried(Act::Publish, Fault::Limited { seconds: 90 }).await;
    let ChannelError::RetryLater { after, .. } = error else { panic!("{error:?}") };
    assert_eq!(after, Some(SignedDuration::from_secs(90)));
}

#[tokio::test]
async fn a_picture_that_the_server_works_on_is_waited_for() {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    played.fail(Act::Upload, Fault::Late { looks: 2 });
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(played.posts()[0].pictures.len(), 2);

    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    played.fail(Act::Upload, Fault::Late { looks: 20 });
    let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert!(matches!(error, ChannelError::RetryLater { .. }), "{error:?}");
    while way.publish(&channel, &cleared, &album).await.is_err() {}
    assert_eq!(played.count(Act::Upload), 2, "they are not sent again");
    judge(Network::Mastodon, &played.requests());
}

#[tokio::test]
async fn the_servers_own_limits_are_obeyed_before_anything_is_sent() {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    played.with(|server| (server.max_characters, server.max_pictures) = (40, 1));
    let limits = channel.check_account().await.unwrap().limits;
    assert_eq!((limits.text_letters, limits.pictures, limits.link_letters), (Some(40), Some(1), Some(23)));
    let (long, album) = cleared("k1", &"ä".repeat(41));
    let Err(ChannelError::ChangePost(why)) = way.publish(&channel, &long, &album).await else { panic!() };
    assert!(why.contains("41") && why.contains("40"), "{why}");
    let (two, album) = cleared("k2", "Full time.");
    let Err(ChannelError::ChangePost(why)) = way.publish(&channel, &two, &album).await else { panic!() };
    assert!(why.contains("1 picture"), "{why}");
    assert_eq!((played.count(Act::Upload), played.count(Act::Publish)), (0, 0));
    // A long address is 23 letters there.
    played.with(|server| server.max_pictures = 4);
    let (linked, album) = cleared("k3", "See https://fenland.org/news/of/the/first/team/2026");
    way.publish(&channel, &linked, &album).await.unwrap();
}

#[tokio::test]
async fn pictures_that_stay_behind_and_removals_that_are_late_are_not_gone() {
    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.with(|server| server.hoards = true);
    way.take_down(&channel, cleared.order()).await;
    let gone = way.gone(&channel, cleared.order()).await;
    assert!(matches!(&gone, Gone::StillLive { why } if why.contains("picture 1")), "{gone:?}");

    let (played, way) = (start().await, Remembered::default());
    let channel = on(&played);
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.fail(Act::Delete, Fault::Late { looks: 1 });
    way.take_down(&channel, cleared.order()).await;
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn what_is_left_of_the_quota_is_heard_and_the_thirty_first_removal_waits() {
    let played = start().await;
    let heard: Arc<Mutex<Vec<Quota>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let listening =
        Outside { heard: Arc::new(move |quota| listener.lock().unwrap().push(quota)), ..outside() };
    let channel = made(&played.url, listening);
    let (cleared, _) = cleared("k1", "Full time.");
    let trail = Trail { posts: vec!["7".into()], ..Trail::default() };
    for left in (0..30).rev() {
        channel.take_down(cleared.order(), &trail).await.unwrap();
        let last = *heard.lock().unwrap().last().unwrap();
        assert_eq!((last.kind, last.limit, last.left), (Kind::TakeDown, 30, left));
    }
    let error = channel.take_down(cleared.order(), &trail).await.unwrap_err();
    let ChannelError::RetryLater { after, .. } = error else { panic!("{error:?}") };
    assert_eq!(after, Some(SignedDuration::from_mins(30)));
}

#[tokio::test]
async fn a_second_look_begins_where_the_first_ended_and_sees_the_profile() {
    let played = start().await;
    let channel = on(&played);
    let at = clock().now();
    let beside =
        |text: &str| played.with(|server| cleansheet_simulators::Network::post_beside(server, text, at));
    beside("Half time.");
    let first = channel.watch(None).await.unwrap();
    let profile = first.profile.clone().unwrap();
    assert_eq!((first.posts.len(), profile.about.as_str()), (1, "The news of our teams & matches"));
    let new = beside("Who wrote this?");
    played.with(|server| server.display_name = "Somebody else".into());
    let second = channel.watch(first.newest.as_deref()).await.unwrap();
    assert_eq!(second.posts.iter().map(|post| &post.remote).collect::<Vec<_>>(), [&new]);
    assert_eq!(second.profile.unwrap().name, "Somebody else");
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_cannot_be_reached() {
    let channel = made("http://localhost:1", outside());
    let (cleared, album) = cleared("k1", "Full time.");
    let failed = Remembered::default().publish(&channel, &cleared, &album).await;
    assert!(matches!(failed, Err(ChannelError::RetryLater { .. })), "{failed:?}");
    assert_eq!(
        channel.look(cleared.order(), &NONE).await.unwrap(),
        None,
        "nothing was made, so nothing is asked"
    );
}

#[tokio::test]
async fn an_account_is_connected_at_its_own_server_and_given_back() {
    let (played, means) = (start().await, outside());
    let callback = "http://localhost:9/accounts/callback";
    let (begun, go) = mastodon::begin(&means, &played.url, "Cleansheet", callback).await.unwrap();
    let back = came_back(&go).await;
    let stored: mastodon::Begun = serde_json::from_str(&serde_json::to_string(&begun).unwrap()).unwrap();
    let other = CameBack { state: "another".into(), ..back.clone() };
    assert!(matches!(mastodon::finish(&means, begun, &other).await, Err(ChannelError::Reconnect(_))));
    let connected = mastodon::finish(&means, stored, &back).await.unwrap();
    let host = played.url.trim_start_matches("http://");
    assert_eq!((connected.remote.as_str(), connected.handle), (ACCOUNT, format!("{NAME}@{host}")));
    mastodon::revoke(&means, &connected.credential).await.unwrap();
    judge(Network::Mastodon, &played.requests());
    let account = Account { remote: ACCOUNT.into(), handle: NAME.into(), server: played.url.clone() };
    let held: serde_json::Value = serde_json::from_slice(&connected.credential).unwrap();
    let given_back = Mastodon::new(outside(), account, Pocket::with(&held), Arc::default());
    assert!(matches!(given_back.check_account().await, Err(ChannelError::Reconnect(_))));
}

#[tokio::test]
async fn only_names_of_servers_are_asked_and_a_wrong_one_says_what_is_meant() {
    for typed in [
        "",
        "localhost",
        "127.0.0.1",
        "https://0x7f.0.0.0x1",
        "https://0xa9.0xfe.0xa9.0xfe",
        "https://10.0.0.1",
        "social",
        "ftp://social.example",
        "https://social.example/@me",
    ] {
        let means = Outside { local: false, ..outside() };
        let Err(ChannelError::Reconnect(why)) =
            mastodon::begin(&means, typed, "Cleansheet", "https://a.example/c").await
        else {
            panic!("{typed}")
        };
        assert!(why.contains("social.example"), "{why}");
    }
}

#[tokio::test]
async fn the_missing_permission_is_named_with_what_it_is_for() {
    let played = start().await;
    let mut credential = Played::credential(&played.url);
    credential["scope"] = "read write:statuses".into();
    let account = Account { remote: ACCOUNT.into(), handle: NAME.into(), server: played.url.clone() };
    let channel = Mastodon::new(outside(), account, Pocket::with(&credential), Arc::default());
    let missing = channel.check_account().await.unwrap().missing;
    assert_eq!(missing.iter().map(|one| one.permission.as_str()).collect::<Vec<_>>(), ["write:media"]);
}
