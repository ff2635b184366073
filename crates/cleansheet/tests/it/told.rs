//! What a network tells only while a post is there is asked for, and kept, before the post goes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use cleansheet_channels::{
    Answer, Capabilities, Channel, ChannelError, Copy, Gone, Health, Sent, Trail, Watched, With,
};
use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_records::{
    consents::Kind,
    jobs::{Jobs, Work},
    orders::OrderState,
};
use cleansheet_terms::{Clock as _, Network};

use crate::{
    played::{self, Played},
    post::{agreed_to, approve, order, submitted_with_asha_on, to, work},
    site::TestSite,
};

/// A network whose pictures stay where they are when their post goes, and that tells where that is only while it is there.
struct Tells {
    played: Arc<Played>,
    /// So many times it cannot say.
    cannot: AtomicUsize,
}

const PICTURE: &str = "picture-1";
const WHERE: &str = "picture-1 at its address";

impl Channel for Tells {
    fn capabilities(&self) -> Capabilities {
        self.played.capabilities()
    }

    fn check_account(&self) -> Answer<'_, Health> {
        self.played.check_account()
    }

    fn publish<'a>(&'a self, cleared: &'a Cleared, with: With<'a>) -> Answer<'a, Sent> {
        Box::pin(async move {
            let sent = self.played.publish(cleared, with).await?;
            let (parts, posts) = (vec![PICTURE.to_owned()], vec![sent.remote.clone()]);
            with.keeper.keep(&Trail { parts, posts, making: false }).await?;
            Ok(sent)
        })
    }

    fn look<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Copy>> {
        self.played.look(order, trail)
    }

    fn learned<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async move {
            let left = self.cannot.load(Ordering::SeqCst);
            if left > 0 {
                self.cannot.store(left - 1, Ordering::SeqCst);
                return Err(ChannelError::later("it cannot say now"));
            }
            let there = self.played.look(order, trail).await?.is_some();
            let lacks = trail.parts.iter().any(|part| part == PICTURE);
            Ok((there && lacks).then(|| Trail { parts: vec![WHERE.to_owned()], ..trail.clone() }))
        })
    }

    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, ()> {
        self.played.take_down(order, trail)
    }

    fn confirm_gone<'a>(&'a self, _order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Gone> {
        Box::pin(async move {
            let known = trail.parts.iter().any(|part| part == WHERE);
            let why = "picture 1 can still be opened at its address".to_owned();
            Ok(if known { Gone::StillLive { why } } else { Gone::Gone })
        })
    }

    fn watch<'a>(&'a self, since: Option<&'a str>) -> Answer<'a, Watched> {
        self.played.watch(since)
    }
}

#[tokio::test]
async fn where_a_picture_is_seen_is_known_when_its_post_is_gone() {
    // It says so when the post is read back; at the take-down only; at the second try of that; never.
    for (cannot, known) in [(0, true), (1, true), (2, true), (20, false)] {
        let site = TestSite::new().await;
        let played = played::account(&site, Network::X, None).await;
        let tells = Tells { played: Arc::clone(&played), cannot: AtomicUsize::new(cannot) };
        let shared: Arc<dyn Channel> = Arc::new(tells);
        site.app.stand_ins.put(played.id(), shared);
        agreed_to(&site, Kind::Website).await;
        let asha = agreed_to(&site, Kind::Social).await;
        site.clock.advance_ms(1_000);
        let mut jo = site.browser("author").await;
        let post = submitted_with_asha_on(&site, &mut jo, std::slice::from_ref(played.id()), &asha).await;
        assert_eq!(approve(&site, "approver", &post).await.status, 303);
        work(&site).await;
        assert_eq!(order(&site, &post).await.state, OrderState::Published);
        let mut meera = site.browser("guardian").await;
        let page = meera.get("/g/answers").await;
        to(&meera.press(&page, "/g/children/1/stop", &[]).await);
        work(&site).await;
        for _ in 0..4 {
            let works = [Work::TakeDown, Work::ConfirmGone];
            let due = Jobs(&mut site.app.records.read().await.unwrap()).next_due(&works).await.unwrap();
            let Some(due) = due else { break };
            let wait = due.as_millisecond() - site.clock.now().as_millisecond();
            site.clock.advance_ms(wait.max(0));
            work(&site).await;
        }
        assert!(played.state().posts.is_empty(), "it goes, whatever is known of its picture");
        let state = order(&site, &post).await.state;
        assert_eq!(state != OrderState::Gone, known, "{cannot} times unsaid: {state:?}");
    }
}
