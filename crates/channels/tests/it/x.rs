//! X: every class of failure over its simulator, and what X's lack of a key for repeats makes necessary.

use std::sync::{Arc, Mutex};

use cleansheet_channels::{
    Account, Addresses, AppKeys, CameBack, Channel as _, ChannelError, Gone, Kind, Outside, Quota, Seen,
    Trail, TrailKeeper as _, With, dollars,
    x::{self, CAPABILITIES, X},
};
use cleansheet_simulators::{
    Act, Fault, Simulator,
    x::{ACCOUNT, NAME, X as Played},
};
use cleansheet_terms::{Clock as _, Network};
use jiff::SignedDuration;

use crate::{
    bluesky::{self, Pocket},
    contract::{Album, NONE, Remembered, Stops, cleared, cleared_thread, cleared_with, clock},
    described::judge,
};

fn outside() -> Outside {
    Outside { clock: clock(), ..bluesky::outside() }
}

pub(crate) async fn start() -> Simulator<Played> {
    Simulator::start(Played::new(), clock()).await
}

fn keys() -> AppKeys {
    AppKeys { id: "app-1".into(), secret: "hush".into() }
}

fn addresses(url: &str) -> Addresses {
    Addresses { x_api: url.into(), x_pages: url.into(), local: true, ..Addresses::default() }
}

fn made(url: &str, outside: Outside) -> (X, Arc<Pocket>) {
    let account = Account { remote: ACCOUNT.into(), handle: NAME.into(), server: url.into() };
    let pocket = Pocket::with(&Played::credential());
    (X::new(outside, addresses(url), account, keys(), pocket.clone(), Arc::default()), pocket)
}

pub(crate) fn on(played: &Simulator<Played>) -> (X, Arc<Pocket>) {
    made(&played.url, outside())
}

/// The account connected again, whatever became of what signed in to it.
pub(crate) fn again(played: &Simulator<Played>) -> X {
    let account = Account { remote: ACCOUNT.into(), handle: NAME.into(), server: played.url.clone() };
    let pocket = Pocket::with(&played.with(|it| it.connected_again()));
    X::new(outside(), addresses(&played.url), account, keys(), pocket, Arc::default())
}

async fn tried(act: Act, fault: Fault) -> (ChannelError, X, Simulator<Played>, Remembered) {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    played.fail(act, fault);
    let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
    (error, channel, played, way)
}

#[tokio::test]
async fn a_thread_goes_out_in_order_with_its_pictures_on_the_first_and_comes_back_as_written() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let texts = ["A & B <3 see https://fenland.org/news?a=1&b=2 now", "And https://fenland.org", "The end."];
    let (cleared, album) = cleared_thread("k1", &texts);
    let sent = way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(sent.clone()));
    assert!(sent.url.ends_with(&format!("/{NAME}/status/{}", sent.remote)), "{}", sent.url);
    let posts = played.posts();
    assert_eq!(posts.iter().rev().map(|post| post.text.as_str()).collect::<Vec<_>>(), texts);
    assert_eq!(posts[2].alt_texts, ["Two players by a goal"; 2]);
    assert!(posts[..2].iter().all(|post| post.pictures.is_empty()));
    way.take_down(&channel, cleared.order()).await;
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
    channel.check_account().await.unwrap();
    let newest = channel.watch(None).await.unwrap().newest;
    channel.watch(newest.as_deref().or(Some("1"))).await.unwrap();
    judge(Network::X, &played.requests());
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for_and_nothing_is_sent_a_second_time() {
    for fault in [Fault::DoneBut502, Fault::ReplyLost, Fault::HalfReply] {
        let (error, channel, played, way) = tried(Act::Publish, fault).await;
        assert!(matches!(error, ChannelError::UnknownOutcome(_)), "{error:?}");
        let (cleared, album) = cleared("k1", "Full time.");
        assert!(way.trail().making && way.trail().posts.is_empty());
        assert!(matches!(way.confirm(&channel, cleared.order()).await, Seen::AsApproved(_)), "{fault:?}");
        way.publish(&channel, &cleared, &album).await.unwrap();
        assert_eq!((played.posts().len(), played.count(Act::Publish)), (1, 1));
        assert!(!way.trail().making);
    }
}

#[tokio::test]
async fn a_post_that_cannot_be_found_proves_nothing_and_a_person_has_to_look() {
    for (fault, public) in [(Fault::ReplyLost, 1), (Fault::Silence, 0), (Fault::Down, 0)] {
        let (error, channel, played, way) = tried(Act::Publish, fault).await;
        assert!(matches!(error, ChannelError::UnknownOutcome(_)), "{error:?}");
        played.with(|x| x.lists_late = true);
        let (cleared, album) = cleared("k1", "Full time.");
        let looked = channel.look(cleared.order(), &way.trail()).await;
        assert!(matches!(looked, Err(ChannelError::UnknownOutcome(_))), "{looked:?}");
        let again = way.publish(&channel, &cleared, &album).await;
        assert!(matches!(again, Err(ChannelError::UnknownOutcome(_))), "{again:?}");
        assert_eq!((played.posts().len(), played.count(Act::Publish)), (public, 1), "never sent again blind");
        let down = channel.take_down(cleared.order(), &way.trail()).await;
        assert!(matches!(down, Err(ChannelError::UnknownOutcome(_))), "{down:?}");
        let gone = channel.confirm_gone(cleared.order(), &way.trail()).await;
        assert!(matches!(gone, Err(ChannelError::UnknownOutcome(_))), "{gone:?}");
        // The list catches up.
        played.with(|x| x.lists_late = false);
        if public == 1 {
            way.take_down(&channel, cleared.order()).await;
            assert!(played.posts().is_empty());
        }
    }
}

#[tokio::test]
async fn words_that_are_out_already_are_no_reason_to_send_them_again() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    played.with(|x| cleansheet_simulators::Network::post_beside(x, "Full time.", clock().now()));
    let (cleared, album) = cleared("k1", "Full time.");
    let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert!(matches!(&error, ChannelError::UnknownOutcome(why) if why.contains("already")), "{error:?}");
    assert!(way.trail().making, "reading back comes first");
}

#[tokio::test]
async fn each_refusal_has_its_own_way_forward() {
    for (act, fault) in [(Act::Publish, Fault::ContentRefused), (Act::Publish, Fault::Refused)] {
        let (error, _, _, way) = tried(act, fault).await;
        assert!(matches!(error, ChannelError::ChangePost(_)), "{error:?}");
        assert!(!way.trail().making, "it was certainly not made");
    }
    let (error, ..) = tried(Act::Publish, Fault::Suspended).await;
    assert!(matches!(error, ChannelError::GoneForGood(_)), "{error:?}");
    let (error, ..) = tried(Act::Upload, Fault::Down).await;
    assert!(matches!(error, ChannelError::RetryLater { .. }), "nothing can be public yet: {error:?}");
    for act in [Act::Upload, Act::Publish] {
        let (error, ..) = tried(act, Fault::Revoked).await;
        assert!(matches!(error, ChannelError::Reconnect(_)), "{error:?}");
    }
    let (error, ..) = tried(Act::Publish, Fault::Limited { seconds: 90 }).await;
    let ChannelError::RetryLater { after, .. } = error else { panic!("{error:?}") };
    assert_eq!(after, Some(SignedDuration::from_secs(90)));
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_once_for_all_who_wait_and_a_used_one_is_refused() {
    let played = start().await;
    let (channel, pocket) = on(&played);
    let (late, _) = on(&played);
    played.with(Played::expire);
    let (one, other) = tokio::join!(channel.check_account(), channel.check_account());
    one.unwrap();
    other.unwrap();
    assert_eq!(pocket.kept(), 1, "kept before it was used, and renewed once");
    let refused = late.check_account().await;
    assert!(matches!(refused, Err(ChannelError::Reconnect(_))), "its refresh token is spent: {refused:?}");
    judge(Network::X, &played.requests());
}

#[tokio::test]
async fn a_token_that_runs_out_in_the_middle_costs_no_post() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    played.fail(Act::Publish, Fault::Expired);
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(played.posts().len(), 1);
}

#[tokio::test]
async fn the_missing_permission_is_named_with_what_it_is_for() {
    let played = start().await;
    let pocket = Pocket::with(
        &serde_json::json!({ "access": "access-0", "refresh": "refresh-0", "scope": "tweet.read tweet.write users.read" }),
    );
    let account = Account { remote: ACCOUNT.into(), handle: NAME.into(), server: String::new() };
    let channel = X::new(outside(), addresses(&played.url), account, keys(), pocket, Arc::default());
    let health = channel.check_account().await.unwrap();
    let missing: Vec<_> = health.missing.iter().map(|one| one.permission.as_str()).collect();
    assert_eq!((health.handle.as_str(), missing), (NAME, vec!["media.write", "offline.access"]));
}

#[tokio::test]
async fn pictures_that_stay_behind_and_removals_that_are_late_are_not_gone() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.with(|x| x.hoards = true);
    way.take_down(&channel, cleared.order()).await;
    let gone = way.gone(&channel, cleared.order()).await;
    assert!(matches!(&gone, Gone::StillLive { why } if why.contains("picture 1")), "{gone:?}");

    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.fail(Act::Delete, Fault::Late { looks: 1 });
    way.take_down(&channel, cleared.order()).await;
    assert!(matches!(way.gone(&channel, cleared.order()).await, Gone::StillLive { .. }));
    assert_eq!(way.gone(&channel, cleared.order()).await, Gone::Gone);
}

#[tokio::test]
async fn where_the_pictures_are_is_learned_before_the_post_goes_however_it_was_published() {
    let texts = ["What a morning. 1/2", "Everybody scored. 2/2"];
    // The second post was refused for now, and X did not say then where the pictures are; or the answer was lost.
    for lost in [false, true] {
        let (played, way) = (start().await, Remembered::default());
        let (channel, _) = on(&played);
        let (cleared, album) = cleared_thread("k1", &texts);
        let stops = Remembered::default();
        if lost {
            played.fail(Act::Publish, Fault::ReplyLost);
        }
        let keeper = Stops { way: &stops, posts: 1 };
        let with = With { pictures: &album, trail: &NONE, keeper: &keeper };
        channel.publish(&cleared, with).await.unwrap_err();
        way.keep(&stops.trail()).await.unwrap();
        if lost {
            way.keep(&channel.found(cleared.order(), &way.trail()).await.unwrap().unwrap()).await.unwrap();
        }
        assert_eq!(way.trail().posts.len(), 1);
        played.fail(Act::Read, Fault::Down);
        way.publish(&channel, &cleared, &album).await.unwrap();
        let known = |trail: &Trail| trail.parts.iter().filter(|part| part.contains("/media/")).count();
        assert_eq!((played.posts().len(), known(&way.trail())), (2, 0), "X did not say where they are");
        played.with(|x| x.hoards = true);
        way.take_down(&channel, cleared.order()).await;
        assert_eq!((played.posts().len(), known(&way.trail())), (0, 2));
        let gone = way.gone(&channel, cleared.order()).await;
        assert!(matches!(&gone, Gone::StillLive { why } if why.contains("picture 1")), "{gone:?}");
    }
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_said_to_whoever_can() {
    type Switch = fn(&mut Played, bool);
    let switches: [(Switch, &str); 2] =
        [(|x, on| x.spent = on, "credits"), (|x, on| x.locked = on, "unlock")];
    for (switch, word) in switches {
        let (played, way) = (start().await, Remembered::default());
        let (channel, _) = on(&played);
        let (cleared, album) = cleared("k1", "Full time.");
        way.publish(&channel, &cleared, &album).await.unwrap();
        played.with(|x| switch(x, true));
        let (other, album) = self::cleared("k2", "Another.");
        let tried = Remembered::default().publish(&channel, &other, &album).await.map(|_| ());
        let taken = channel.take_down(cleared.order(), &way.trail()).await;
        for answer in [tried, taken, channel.check_account().await.map(|_| ())] {
            // It marks the account, tells the Manager and, for a take-down, gives a person the task.
            assert!(matches!(&answer, Err(ChannelError::Reconnect(why)) if why.contains(word)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_plain_no_to_a_removal_is_a_persons_task_and_the_rest_of_the_thread_goes() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (cleared, album) = cleared_thread("k1", &["First. 1/2", "Second. 2/2"]);
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.fail(Act::Delete, Fault::Refused);
    let refused = channel.take_down(cleared.order(), &way.trail()).await;
    assert!(matches!(refused, Err(ChannelError::Refused(_))), "{refused:?}");
    assert_eq!(played.posts().iter().map(|post| post.text.as_str()).collect::<Vec<_>>(), ["First. 1/2"]);
}

#[tokio::test]
async fn a_404_that_is_not_the_networks_own_word_is_not_gone() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (cleared, album) = cleared_with("k1", "Full time.", &[]);
    way.publish(&channel, &cleared, &album).await.unwrap();
    played.with(|x| x.astray = true);
    assert!(channel.take_down(cleared.order(), &way.trail()).await.is_err());
    let gone = channel.confirm_gone(cleared.order(), &way.trail()).await;
    assert!(matches!(gone, Err(ChannelError::RetryLater { .. })), "{gone:?}");
}

#[tokio::test]
async fn words_of_an_older_post_have_to_change() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let long_ago = clock().now() - SignedDuration::from_hours(200);
    played.with(|x| cleansheet_simulators::Network::post_beside(x, "Full time.", long_ago));
    let (cleared, album) = cleared("k1", "Full time.");
    let error = way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert!(matches!(&error, ChannelError::ChangePost(why) if why.contains("same words twice")), "{error:?}");
    assert!(!way.trail().making && played.posts().len() == 1);
}

#[tokio::test]
async fn what_is_left_of_the_quota_is_heard_and_the_fifty_first_removal_waits() {
    let played = start().await;
    let heard: Arc<Mutex<Vec<Quota>>> = Arc::default();
    let listener = Arc::clone(&heard);
    let listening =
        Outside { heard: Arc::new(move |quota| listener.lock().unwrap().push(quota)), ..outside() };
    let (channel, _) = made(&played.url, listening);
    let (cleared, _) = cleared("k1", "Full time.");
    for left in (0..50).rev() {
        let trail = Trail { posts: vec!["7".into()], ..Trail::default() };
        channel.take_down(cleared.order(), &trail).await.unwrap();
        let last = *heard.lock().unwrap().last().unwrap();
        assert_eq!((last.kind, last.limit, last.left), (Kind::TakeDown, 50, left));
    }
    let trail = Trail { posts: vec!["7".into()], ..Trail::default() };
    let error = channel.take_down(cleared.order(), &trail).await.unwrap_err();
    let ChannelError::RetryLater { after, .. } = error else { panic!("{error:?}") };
    assert_eq!(after, Some(SignedDuration::from_mins(15)));
}

#[tokio::test]
async fn a_second_look_pays_only_for_what_is_new_and_sees_the_profile() {
    let played = start().await;
    let (channel, _) = on(&played);
    let beside = |text: &str| {
        let at = clock().now();
        played.with(|x| cleansheet_simulators::Network::post_beside(x, text, at))
    };
    beside("Half time.");
    let first = channel.watch(None).await.unwrap();
    assert_eq!(first.posts.len(), 1);
    let again = channel.watch(first.newest.as_deref()).await.unwrap();
    assert_eq!((again.posts.len(), &again.newest), (0, &first.newest));
    let new = beside("Who wrote this?");
    played.with(|x| x.name = "Somebody else".into());
    let third = channel.watch(again.newest.as_deref()).await.unwrap();
    assert_eq!(third.posts.iter().map(|post| &post.remote).collect::<Vec<_>>(), [&new]);
    assert_eq!(third.profile.unwrap().name, "Somebody else");
}

#[tokio::test]
async fn pictures_that_x_has_dropped_are_sent_again() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (cleared, album) = cleared("k1", "Full time.");
    played.fail(Act::Publish, Fault::Limited { seconds: 60 });
    way.publish(&channel, &cleared, &album).await.unwrap_err();
    assert_eq!(
        (way.trail().parts.len(), played.count(Act::Upload)),
        (2, 4),
        "a picture and its alt text each"
    );
    let kept = way.trail();
    way.publish(&channel, &cleared, &album).await.unwrap();
    assert_eq!(played.count(Act::Upload), 4, "they are still there");
    let old = Trail {
        parts: kept.parts.iter().map(|part| part.replace(part.rsplit(' ').next().unwrap(), "1")).collect(),
        ..kept
    };
    let (cleared, album) = self::cleared("k2", "Another.");
    let with = cleansheet_channels::With { pictures: &album, trail: &old, keeper: &way };
    channel.publish(&cleared, with).await.unwrap();
    assert_eq!(played.count(Act::Upload), 8);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let (played, way) = (start().await, Remembered::default());
    let (channel, _) = on(&played);
    let (long, album) = cleared("k1", &"字".repeat(141));
    let Err(ChannelError::ChangePost(why)) = way.publish(&channel, &long, &album).await else { panic!() };
    assert!(why.contains("282") && why.contains("280"), "{why}");
    assert!(played.calls().is_empty());
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_cannot_be_reached() {
    let (channel, _) = made("http://localhost:1", outside());
    let (cleared, album) = cleared("k1", "Full time.");
    let failed = Remembered::default().publish(&channel, &cleared, &album).await;
    assert!(matches!(failed, Err(ChannelError::RetryLater { .. })), "{failed:?}");
    assert_eq!(
        channel.look(cleared.order(), &NONE).await.unwrap(),
        None,
        "nothing was made, so nothing is asked"
    );
    let _unused = Album::default();
}

#[tokio::test]
async fn an_account_is_connected_in_the_browser_and_given_back() {
    let played = start().await;
    let (means, at) = (outside(), addresses(&played.url));
    let (begun, go) = x::begin(&means, &at, &keys(), "http://localhost:9/accounts/callback").unwrap();
    let back = came_back(&go).await;
    let stored: x::Begun = serde_json::from_str(&serde_json::to_string(&begun).unwrap()).unwrap();
    let other = CameBack { state: "another".into(), ..back.clone() };
    assert!(matches!(x::finish(&means, &at, &keys(), begun, &other).await, Err(ChannelError::Reconnect(_))));
    let connected = x::finish(&means, &at, &keys(), stored, &back).await.unwrap();
    assert_eq!((connected.remote.as_str(), connected.handle.as_str()), (ACCOUNT, NAME));
    assert!(!format!("{connected:?}").contains("access-"), "no token in what is logged");
    let (again, _) = x::begin(&means, &at, &keys(), "http://localhost:9/accounts/callback").unwrap();
    let spent = CameBack { state: again.state.clone(), ..back };
    assert!(x::finish(&means, &at, &keys(), again, &spent).await.is_err(), "a code is good once");
    x::revoke(&means, &at, &keys(), &connected.credential).await.unwrap();
    judge(Network::X, &played.requests());
}

/// What the browser brings back when the owner allows it.
pub(crate) async fn came_back(go: &str) -> CameBack {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = browser.get(go).send().await.unwrap();
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    let url = reqwest::Url::parse(&to).unwrap();
    let brought = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    CameBack { state: brought("state"), code: brought("code"), ..CameBack::default() }
}

#[test]
fn the_price_of_an_order_is_known_before_it_is_sent() {
    let price = CAPABILITIES.price.unwrap();
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    assert_eq!(price.of(&texts(&["Full time: 3–2."]), 2), 25_000);
    assert_eq!(
        price.of(&texts(&["See fenland.org."]), 0),
        200_000,
        "without https:// it is a link there as well"
    );
    assert_eq!(price.of(&texts(&["One.", "https://fenland.org"]), 1), 220_000);
    assert_eq!([0, 5_000, 225_000, 12_340_000].map(dollars), ["$0.00", "$0.01", "$0.23", "$12.34"]);
    assert!(price.is_for_a_link(&texts(&["See fenland.org."])) && !price.is_for_a_link(&texts(&["3.2"])));
}
