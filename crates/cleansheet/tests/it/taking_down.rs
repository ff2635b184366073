//! Take-downs in numbers, within what each network allows, and by hand where no program may.

use std::{sync::Arc, time::Duration};

use cleansheet::{jobs, lock::Lock};
use cleansheet_channels::{Capabilities, Rate, bluesky};
use cleansheet_records::{
    consents::Kind,
    jobs::{Jobs, Work},
    mails::{Mail, Mails},
    orders::{OrderState, Orders},
    tasks::{Task, Tasks},
};
use cleansheet_terms::{ChannelId, Clock as _, Network, PostId, Timestamp};

use crate::{
    played::{self, Played},
    post::{self, agreed_to, approve, order, submitted_with_asha_on, to, work},
    site::TestSite,
};

const X: Rate = Rate { calls: 50, seconds: 900 };
const MASTODON: Rate = Rate { calls: 30, seconds: 1_800 };
const BLUESKY: Rate = Rate { calls: 5_000, seconds: 3_600 };

/// Public posts with Asha in them, each on these accounts.
async fn public(site: &TestSite, channels: &[ChannelId], many: usize) -> Vec<PostId> {
    let asha = agreed_to(site, Kind::Website).await;
    agreed_to(site, Kind::Social).await;
    let mut posts = Vec::new();
    for _ in 0..many {
        site.clock.advance_ms(1_000);
        let mut jo = site.browser("author").await;
        let post = submitted_with_asha_on(site, &mut jo, channels, &asha).await;
        assert_eq!(approve(site, "approver", &post).await.status, 303);
        posts.push(post);
    }
    work(site).await;
    posts
}

/// A family changes its mind; answers the path of its receipt, and when.
async fn withdraw(site: &TestSite) -> (String, Timestamp) {
    let mut meera = site.browser("guardian").await;
    let page = meera.get("/g/answers").await;
    let at = site.clock.now();
    (to(&meera.press(&page, "/g/children/1/stop", &[]).await), at)
}

async fn orders_in(site: &TestSite, states: &[OrderState]) -> usize {
    let mut tx = site.app.records.read().await.unwrap();
    let since = Timestamp::UNIX_EPOCH;
    let all = Orders(&mut tx).going_down(since).await.unwrap();
    let mut many = 0;
    for one in all {
        let order = Orders(&mut tx).order(&one.order.unwrap()).await.unwrap().unwrap();
        many += usize::from(states.contains(&order.state));
    }
    many
}

/// Goes on to when the next take-down, or look after one, is due.
async fn go_on(site: &TestSite) -> bool {
    let works = [Work::TakeDown, Work::ConfirmGone, Work::TakeDownOld, Work::ConfirmOldGone];
    let due = Jobs(&mut site.app.records.read().await.unwrap()).next_due(&works).await.unwrap();
    let Some(due) = due else { return false };
    let wait = due.as_millisecond() - site.clock.now().as_millisecond();
    site.clock.advance_ms(wait.max(0));
    work(site).await;
    true
}

async fn mails(site: &TestSite, subject: &str) -> Vec<Mail> {
    let mut all = Mails(&mut site.app.records.read().await.unwrap()).newest(200).await.unwrap();
    all.retain(|mail| mail.subject == subject);
    all
}

async fn tasks(site: &TestSite) -> Vec<Task> {
    Tasks(&mut site.app.records.read().await.unwrap()).open().await.unwrap()
}

struct Wanted {
    played: Arc<Played>,
    rate: Option<Rate>,
    posts: u32,
}

impl Wanted {
    /// The soonest that the network's limit allows, in seconds from the first call.
    fn floor(&self) -> i64 {
        let Some(rate) = self.rate else { return 0 };
        i64::from((self.posts.div_ceil(rate.calls) - 1) * rate.seconds)
    }
}

#[tokio::test]
async fn two_hundred_posts_go_as_fast_as_each_network_allows_and_the_page_says_when() {
    let site = TestSite::new().await;
    let mut wanted = Vec::new();
    for (network, rate, posts) in [
        (Network::X, Some(X), 60),
        (Network::Mastodon, Some(MASTODON), 65),
        (Network::Facebook, None, 20),
        (Network::Instagram, None, 20),
        (Network::Bluesky, Some(BLUESKY), 20),
    ] {
        wanted.push(Wanted { played: played::account(&site, network, rate).await, rate, posts });
    }
    let website = Capabilities {
        network: Network::Website,
        take_downs: None,
        posts: None,
        lists_old: false,
        ..bluesky::CAPABILITIES
    };
    let website = played::play(&site, site.channel.clone(), website);
    wanted.push(Wanted { played: website, rate: None, posts: 20 });
    let ids: Vec<ChannelId> = wanted.iter().map(|one| one.played.id().clone()).collect();
    public(&site, &ids, 20).await;
    public(&site, &ids[..2], 40).await;
    public(&site, &ids[1..2], 5).await;
    let shown: usize = wanted.iter().map(|one| one.played.state().posts.len()).sum();
    assert_eq!(shown, 205, "all of them are public");

    let (receipt, asked) = withdraw(&site).await;
    work(&site).await;
    let page = site.browser("manager").await.get("/taking-down").await.text();
    assert!(page.contains("Mastodon takes 30 in 30 minutes; none is left until"), "{page}");
    let said: Vec<Timestamp> = promised(&site, &wanted);
    while go_on(&site).await {}

    println!("network      posts  floor s  finished s  ratio");
    for (one, promised) in wanted.iter().zip(said) {
        let state = one.played.state();
        assert!(state.posts.is_empty(), "nothing is left on {}", one.played.id());
        assert_eq!(state.over, 0, "nobody asks a network that has said when it takes more");
        assert_eq!(state.obeyed.len(), one.posts as usize);
        let first = state.obeyed[0].duration_since(asked).as_secs();
        assert!(first <= 60, "the first goes within a minute, and not after {first} s");
        let (floor, took) = (one.floor(), state.obeyed.last().unwrap().duration_since(asked).as_secs());
        #[expect(clippy::cast_precision_loss, reason = "seconds of an hour")]
        let ratio = if floor == 0 { 0.0 } else { took as f64 / floor as f64 };
        println!("{:<12} {:>5} {floor:>8} {took:>11}  {ratio:.3}", one.played.network(), one.posts);
        assert!(if floor == 0 { took <= 60 } else { ratio <= 1.05 }, "{took} s, and {floor} s are enough");
        let off = state.obeyed.last().unwrap().duration_since(promised).as_secs().abs();
        assert!(floor == 0 || off <= floor / 20, "the page was {off} s off");
    }
    assert_eq!(orders_in(&site, &[OrderState::TakingDown]).await, 0);
    let mut meera = site.browser("guardian").await;
    let text = meera.get(&receipt).await.text();
    assert!(!text.contains("Being removed"), "{text}");
    let done = site.browser("manager").await.get("/taking-down").await.text();
    assert!(done.contains("We looked, and all of it was gone."), "{done}");
}

/// When the page says that each network is finished.
fn promised(site: &TestSite, wanted: &[Wanted]) -> Vec<Timestamp> {
    let now = site.clock.now();
    let one = |one: &Wanted| {
        let left = u32::try_from(one.played.state().posts.len()).unwrap();
        let kind = cleansheet_channels::Kind::TakeDown;
        let count = site.app.budgets.count(one.played.id(), kind, one.rate, now);
        cleansheet::budgets::finishes(left, count, now)
    };
    wanted.iter().map(one).collect()
}

#[tokio::test]
async fn a_network_that_hangs_holds_no_other_up_and_neither_do_posts_on_their_way() {
    let site = TestSite::new().await;
    let slow = played::account(&site, Network::X, Some(X)).await;
    let quick = played::account(&site, Network::Mastodon, Some(MASTODON)).await;
    public(&site, &[slow.id().clone(), quick.id().clone()], 3).await;
    // Posts that hang on their way out.
    let waiting = public_later(&site, slow.id(), 2).await;
    slow.state().hangs = Duration::from_secs(600);
    let lock = Lock::take(&site.data()).unwrap();
    let running = jobs::start(&Arc::clone(&site.app), &lock).await.unwrap();
    for post in &waiting {
        assert_eq!(approve(&site, "approver", post).await.status, 303);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    withdraw(&site).await;
    let gone = async {
        while quick.state().obeyed.len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the other network goes on");
    assert!(slow.state().obeyed.is_empty());
    drop(running);
}

/// Posts that nobody has approved yet.
async fn public_later(site: &TestSite, channel: &ChannelId, many: usize) -> Vec<PostId> {
    let asha = agreed_to(site, Kind::Social).await;
    let mut jo = site.browser("author").await;
    let mut posts = Vec::new();
    for _ in 0..many {
        posts.push(submitted_with_asha_on(site, &mut jo, std::slice::from_ref(channel), &asha).await);
    }
    posts
}

#[tokio::test]
async fn what_a_family_asks_for_goes_before_the_rest_and_the_newest_first() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Mastodon, Some(Rate { calls: 1, seconds: 60 })).await;
    let posts = public(&site, std::slice::from_ref(played.id()), 3).await;
    let key = |order: cleansheet_records::orders::Order| order.record_key;
    let keys = [
        key(order(&site, &posts[0]).await),
        key(order(&site, &posts[1]).await),
        key(order(&site, &posts[2]).await),
    ];
    let mut jo = site.browser("author").await;
    for post in &posts {
        let path = format!("/posts/{post}");
        let page = jo.get(&path).await;
        to(&jo.press(&page, &format!("{path}/drop"), &[]).await);
    }
    // The oldest of them is the one a family asks for as well.
    let mut meera = site.browser("guardian").await;
    let first = order(&site, &posts[0]).await.id;
    let about = cleansheet_records::withdrawals::About {
        participant: &agreed_to(&site, Kind::Social).await,
        giver: &cleansheet_records::consents::Giver::Guardian(site.guardian.clone()),
        trust: "T",
    };
    let mut tx = site.app.records.begin().await.unwrap();
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    cleansheet_records::withdrawals::object(&mut tx, &about, &first, clock, &mut chance)
        .await
        .unwrap()
        .unwrap();
    tx.commit().await.unwrap();
    assert!(meera.get("/g/answers").await.status.is_success());
    let mut order_of_going = Vec::new();
    work(&site).await;
    loop {
        for key in &keys {
            if !played.state().posts.contains_key(key) && !order_of_going.contains(key) {
                order_of_going.push(key.clone());
            }
        }
        if !go_on(&site).await {
            break;
        }
    }
    assert_eq!(order_of_going, [keys[0].clone(), keys[2].clone(), keys[1].clone()]);
    assert_eq!(played.state().over, 0);
}

#[tokio::test]
async fn what_no_program_may_take_down_is_done_by_a_person_in_time_and_seen_gone() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Instagram, None).await;
    let post = public(&site, std::slice::from_ref(played.id()), 1).await.remove(0);
    played.state().refuses = Some("Instagram lets this account delete nothing by program");
    let (receipt, asked) = withdraw(&site).await;
    work(&site).await;
    let task = tasks(&site).await.remove(0);
    assert_eq!(task.person_name, "Dele Okafor", "nobody is known to act on the network itself");
    assert!(task.due.duration_since(asked).as_hours() <= 4, "a family asked");
    assert_eq!(mails(&site, "Please take a post down by hand").await.len(), 1);
    let mut meera = site.browser("guardian").await;
    let page = meera.get(&receipt).await.text();
    assert!(page.contains("A person removes it by hand, by"), "{page}");
    let mut dele = site.browser("manager").await;
    let today = dele.get("/").await.text();
    assert!(today.contains("on Instagram by hand"), "{today}");
    let list = dele.get("/taking-down").await.text();
    assert!(list.contains("Dele Okafor takes it down by"), "{list}");
    let path = format!("/tasks/{}", task.id);
    let page = dele.get(&path).await;
    assert!(page.text().contains("lets this account delete nothing"), "{}", page.text());

    // Somebody else's, and said too soon.
    let mut jo = site.browser("author").await;
    let theirs = jo.get(&path).await;
    assert!(theirs.text().contains("Only Dele Okafor"), "{}", theirs.text());
    to(&dele.press(&page, &path, &[]).await);
    site.clock.advance_ms(700_000);
    work(&site).await;
    assert_eq!(mails(&site, "A post is still there").await.len(), 1);
    let mut dele = site.browser("manager").await;
    let text = dele.get(&path).await.text();
    assert!(text.contains("Still there") && text.contains("the public still saw it"), "{text}");
    assert_eq!(order(&site, &post).await.state, OrderState::TakingDown);

    // Late: others are told, once.
    site.clock.advance_ms(4 * 3_600_000);
    jobs::sweep_once(&site.app).await;
    jobs::sweep_once(&site.app).await;
    let late = mails(&site, "Somebody has to look").await;
    let late = late.iter().filter(|mail| mail.body.contains("its time is over")).count();
    assert_eq!(late, 2, "the Manager and the safeguarding lead");

    played.state().posts.clear();
    let mut dele = site.browser("manager").await;
    let page = dele.get(&path).await;
    to(&dele.press(&page, &path, &[]).await);
    site.clock.advance_ms(700_000);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Gone);
    assert!(tasks(&site).await.is_empty());
    assert!(dele.get(&path).await.text().contains("We looked on"));
    let mut meera = site.browser("guardian").await;
    assert!(meera.get(&receipt).await.text().contains("It was not there"));
}

#[tokio::test]
async fn where_nothing_can_be_read_the_word_of_a_person_counts_and_the_receipt_says_so() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Facebook, None).await;
    let post = public(&site, std::slice::from_ref(played.id()), 1).await.remove(0);
    played.state().closed = true;
    let (receipt, _) = withdraw(&site).await;
    work(&site).await;
    let task = tasks(&site).await.remove(0);
    let path = format!("/tasks/{}", task.id);
    let mut dele = site.browser("manager").await;
    let page = dele.get(&path).await;
    to(&dele.press(&page, &path, &[]).await);
    site.clock.advance_ms(3_700_000);
    work(&site).await;
    assert_eq!(order(&site, &post).await.state, OrderState::Gone);
    let mut dele = site.browser("manager").await;
    assert!(dele.get(&path).await.text().contains("the word of Dele Okafor counts"));
    let mut meera = site.browser("guardian").await;
    let page = meera.get(&receipt).await.text();
    assert!(page.contains("A person removed it by hand on") && !page.contains("It was not there"), "{page}");
    let mail = mails(&site, "Your receipt").await.remove(0);
    assert!(mail.body.contains("Facebook: a person removed it by hand on"), "{}", mail.body);
}

#[tokio::test]
async fn what_a_refused_post_left_behind_is_swept_up() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Facebook, None).await;
    played.state().refuses_posts = true;
    let post = public(&site, std::slice::from_ref(played.id()), 1).await.remove(0);
    assert_eq!(order(&site, &post).await.state, OrderState::Stopped);
    assert!(played.state().parts.is_empty(), "the picture without a post is gone as well");
    let id = order(&site, &post).await.id;
    assert_eq!(site.app.trail(&id).await.unwrap(), cleansheet_channels::Trail::default());
    assert_eq!(post::order(&site, &post).await.state, OrderState::Stopped, "the order stays what it was");
}

#[tokio::test]
async fn what_a_network_goes_on_failing_with_gets_a_person_after_half_an_hour_and_is_tried_all_the_same() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Mastodon, Some(MASTODON)).await;
    let post = public(&site, std::slice::from_ref(played.id()), 1).await.remove(0);
    played.state().later = Some("its server does not answer");
    withdraw(&site).await;
    for _ in 0..25 {
        work(&site).await;
        site.clock.advance_ms(60_000);
    }
    assert!(tasks(&site).await.is_empty(), "it may pass by itself");
    let page = site.browser("manager").await.get("/taking-down").await.text();
    assert!(page.contains("does not answer"), "the page says what the network says: {page}");
    for _ in 0..20 {
        work(&site).await;
        site.clock.advance_ms(60_000);
    }
    let task = tasks(&site).await.remove(0);
    assert!(task.why.contains("does not answer"), "{}", task.why);
    assert_eq!(mails(&site, "Please take a post down by hand").await.len(), 1);
    played.state().later = None;
    for _ in 0..12 {
        work(&site).await;
        site.clock.advance_ms(60_000);
    }
    assert_eq!(order(&site, &post).await.state, OrderState::Gone, "nobody had to do it");
    assert!(tasks(&site).await.is_empty());
}

#[tokio::test]
async fn a_family_that_asks_for_what_is_being_taken_down_shortens_the_time_of_whoever_does_it() {
    let site = TestSite::new().await;
    let played = played::account(&site, Network::Instagram, None).await;
    let post = public(&site, std::slice::from_ref(played.id()), 1).await.remove(0);
    played.state().refuses = Some("Instagram lets this account delete nothing by program");
    let (mut jo, path) = (site.browser("author").await, format!("/posts/{post}"));
    let page = jo.get(&path).await;
    to(&jo.press(&page, &format!("{path}/drop"), &[]).await);
    work(&site).await;
    let before = tasks(&site).await.remove(0).due;
    assert!(before.duration_since(site.clock.now()).as_hours() > 20, "nobody's family asked");
    let (_, asked) = withdraw(&site).await;
    let task = tasks(&site).await.remove(0);
    assert!(task.due.duration_since(asked).as_hours() <= 4, "{}", task.due);
    assert_eq!(mails(&site, "Please take a post down sooner").await.len(), 1);
}
