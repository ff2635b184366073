//! Words of accounts' own, threads, and the time of a post.

use std::collections::BTreeMap;

use cleansheet_records::{
    approval::Approved,
    jobs::Work,
    mails::Mails,
    orders::{Claim, OrderState, Orders},
    posts::{PostError, Posts, Stage},
    settings::Settings,
};
use cleansheet_terms::{ChannelId, Clock as _, Entropy as _, PostId, SeededEntropy, Timestamp};

use crate::world::{World, fresh, worlds};

/// What nobody agreed to: a name beside the picture.
const NAMED: &str = "Asha scored twice";

impl World {
    async fn own(&mut self, id: &PostId, channel: &ChannelId, words: &str) -> Result<(), PostError> {
        let (author, allow) = (self.person("author"), self.allow.clone());
        self.act(async |tx, clock, chance| {
            Posts(tx).set_own_words(id, channel, words, &author, clock, chance).await?;
            Posts(tx).screen_words(id, &allow, clock).await.map(|_| ())
        })
        .await
    }

    async fn cut(&mut self, id: &PostId, channel: &ChannelId, thread: &[&str]) -> Result<(), PostError> {
        let thread = vec![(channel.clone(), thread.iter().map(|part| (*part).to_owned()).collect())];
        self.act(async |tx, clock, chance| Posts(tx).set_threads(id, &thread, clock, chance).await).await
    }

    async fn set_time(&mut self, id: &PostId, at: Option<&str>, by: &str) -> Result<(), PostError> {
        let (by, at) = (self.person(by), at.map(|at| at.parse::<Timestamp>().unwrap()));
        self.act(async |tx, clock, chance| Posts(tx).set_time(id, at, &by, clock, chance).await).await
    }

    /// What somebody who looks now reads, account by account.
    async fn reads(&self, id: &PostId) -> (String, BTreeMap<ChannelId, Vec<String>>) {
        let mut tx = self.records.read().await.unwrap();
        let (post, own) = (self.post(id).await, Posts(&mut tx).own_words(id).await.unwrap());
        let mut texts = BTreeMap::new();
        for channel in Posts(&mut tx).channels_of(id).await.unwrap() {
            let here = own.get(&channel).cloned().unwrap_or_default();
            let whole = here.text.unwrap_or_else(|| post.caption.clone());
            texts.insert(channel, if here.thread.is_empty() { vec![whole] } else { here.thread });
        }
        (Posts(&mut tx).shown(id).await.unwrap(), texts)
    }
}

#[tokio::test]
async fn each_account_publishes_its_own_words_or_the_caption() {
    for mut world in worlds().await {
        let (id, _) = world.group().await;
        let (site, other) = (world.channels[0].clone(), world.channels[1].clone());
        world.tick(&id, &[site.clone(), other.clone()]).await.unwrap();
        world.render(&id).await;
        world.own(&id, &other, NAMED).await.unwrap();
        let reasons = world.would_submit(&id).await.reasons();
        assert!(!reasons.is_empty(), "own words are looked at");
        world.own(&id, &other, "Short and kind.").await.unwrap();
        let rules: Vec<String> =
            world.would_submit(&id).await.reasons().into_iter().map(|one| one.rule).collect();
        assert!(rules.is_empty(), "{rules:?}");
        world.caption(&id, NAMED).await.unwrap();
        assert!(!world.would_submit(&id).await.may(), "the caption still goes to the news page");
        world.caption(&id, "A long story of the morning.").await.unwrap();
        let before = world.content(&id).await;
        world.own(&id, &other, "Short and kind!").await.unwrap();
        assert_ne!(world.content(&id).await, before, "an approver saw other words");
        for order in world.approved(&id).await {
            let order = world.order(&order).await;
            let expected =
                if order.channel == site { "A long story of the morning." } else { "Short and kind!" };
            assert_eq!(order.release().unwrap().text(), expected);
        }
        world.publish().await;
    }
}

/// Telephones add a space behind the last word, and networks take it off again: what is read back would not be what was
/// approved.
#[tokio::test]
async fn the_space_around_words_is_not_kept() {
    for mut world in worlds().await {
        let (id, photo) = world.group().await;
        let (author, site) = (world.person("author"), world.channels[0].clone());
        world.caption(&id, "\n  What a morning.\r\n\r\nEverybody scored. \u{a0}\n").await.unwrap();
        world.own(&id, &site, "\tShort and kind. ").await.unwrap();
        world
            .act(async |tx, clock, chance| {
                Posts(tx).set_alt_text(&photo, " Children run\n", &author, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(world.post(&id).await.caption, "What a morning.\r\n\r\nEverybody scored.");
        assert_eq!(world.photos(&id).await[0].alt_text, "Children run");
        let before = world.content(&id).await;
        world.caption(&id, "What a morning.\r\n\r\nEverybody scored. ").await.unwrap();
        assert_eq!(world.content(&id).await, before, "a space more changes nothing");
        let order = world.approved(&id).await.remove(0);
        let release = world.order(&order).await.release().unwrap();
        assert_eq!(
            (release.text(), release.pictures()[0].alt_text.as_str()),
            ("Short and kind.", "Children run")
        );
    }
}

#[tokio::test]
async fn a_thread_is_frozen_as_it_was_shown_and_says_nothing_that_was_not_screened() {
    for mut world in worlds().await {
        let id = world.draft().await;
        let site = world.channels[0].clone();
        let other = world.cut(&id, &site, &["What a morning. 1/2", "Nobody scored. 2/2"]).await;
        assert!(matches!(other, Err(PostError::Changed)), "other words than were screened");
        world.cut(&id, &site, &["What a morning. 1/2", "Everybody scored. 2/2"]).await.unwrap();
        let order = world.approved(&id).await.remove(0);
        let release = world.order(&order).await.release().unwrap();
        assert_eq!(release.texts(), ["What a morning. 1/2", "Everybody scored. 2/2"]);
        world.cut(&id, &site, &["What a 1/2", "morning. Everybody scored. 2/2"]).await.unwrap();
        assert_eq!(world.stage(&id).await, Stage::Draft, "an approver saw other posts");
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
        world.caption(&id, "Only one post now.").await.unwrap();
        world.submit(&id).await.unwrap();
        assert!(
            world.approve(&id, "approver").await.is_err(),
            "a thread of other words is nothing to approve"
        );
        world.cut(&id, &site, &[]).await.unwrap();
        let order = world.approved(&id).await.remove(0);
        assert_eq!(world.order(&order).await.release().unwrap().texts(), ["Only one post now."]);
    }
}

/// Whatever is edited in whatever order, and whatever an approver looked at before: an order holds what was shown to them,
/// and nothing that a check stops.
#[tokio::test]
async fn whatever_is_edited_only_what_was_screened_and_shown_goes_out() {
    for mut world in worlds().await {
        let mut chance = SeededEntropy::new(27);
        let mut random = |below: usize| {
            let mut byte = [0_u8; 2];
            chance.fill(&mut byte);
            usize::from(u16::from_le_bytes(byte)) % below
        };
        let words = ["Well played. All of us.", NAMED, "A wet day. It was fun.", ""];
        let (mut approved, mut refused) = (0, 0);
        for _ in 0..8 {
            let (id, _) = world.group().await;
            let both = world.channels[..2].to_vec();
            world.tick(&id, &both).await.unwrap();
            world.render(&id).await;
            let mut looked = world.reads(&id).await;
            for _ in 0..14 {
                let (channel, text) = (both[random(2)].clone(), words[random(4)]);
                match random(7) {
                    0 => world.caption(&id, text).await.unwrap_or(()),
                    1 | 2 => world.own(&id, &channel, text).await.unwrap_or(()),
                    3 => {
                        let whole = world.reads(&id).await.1.remove(&channel).unwrap_or_default().concat();
                        if let Some((first, rest)) = whole.split_once(". ") {
                            let parts = [format!("{first}. 1/2"), format!("{rest} 2/2")];
                            let parts = parts.each_ref().map(String::as_str);
                            world.cut(&id, &channel, &parts).await.unwrap_or(());
                        }
                    }
                    4 => looked = world.reads(&id).await,
                    _ => {
                        if world.stage(&id).await == Stage::Draft {
                            world.submit(&id).await.map(|_| ()).unwrap_or(());
                        }
                        if random(3) > 0 {
                            looked = world.reads(&id).await;
                        }
                        let answer = world.approve_what(&id, &looked.0, "approver", fresh()).await;
                        let Ok(Approved::Yes(orders)) = answer else {
                            refused += 1;
                            continue;
                        };
                        approved += 1;
                        for order in orders {
                            let order = world.order(&order).await;
                            let texts = order.release().unwrap().texts().to_vec();
                            assert_eq!(texts, looked.1[&order.channel], "what the approver read");
                            assert!(!texts.concat().contains(NAMED), "what a check stops");
                        }
                    }
                }
            }
            while let Some(job) = world.claim(Work::Publish).await {
                if let Claim::Cleared(cleared) = world.claim_to_send(&job).await {
                    let order = cleared.order();
                    let now = world.reads(&id).await.1;
                    let channel = ChannelId::parse(order.channel()).unwrap();
                    assert_eq!(order.texts(), now[&channel], "what leaves is what stands there");
                    world.sent(&job).await;
                }
            }
            world.confirm().await;
        }
        assert!(approved > 3 && refused > 10, "{approved} approved, {refused} refused");
    }
}

#[tokio::test]
async fn a_post_goes_out_at_its_time_and_is_decided_about_then() {
    for mut world in worlds().await {
        let id = world.draft().await;
        let past = world.set_time(&id, Some("2026-11-21T12:00:00Z"), "author").await;
        assert!(matches!(past, Err(PostError::TimePast)));
        world.set_time(&id, Some("2026-11-28T10:00:00Z"), "author").await.unwrap();
        assert!(world.submit(&id).await.unwrap().may());
        let seen = world.content(&id).await;
        world.set_time(&id, Some("2026-11-28T11:00:00Z"), "author").await.unwrap();
        let stale = world.approve_what(&id, &seen, "approver", fresh()).await;
        assert!(matches!(stale, Err(PostError::Changed)), "another time than was shown");
        let Approved::Yes(orders) = world.approve(&id, "approver").await.unwrap() else { panic!("in order") };
        assert!(world.claim(Work::Publish).await.is_none(), "not before its time");
        // A pause that ends calls what waits; it is still not time.
        let dsl = world.person("dsl");
        world
            .act(async |tx, clock, chance| {
                Settings(tx).start_pause(&dsl, clock, chance).await.unwrap();
                Settings(tx).end_pause(&dsl, clock, chance).await.unwrap()
            })
            .await;
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::Wait));
        assert_eq!(world.order(&orders[0]).await.state, OrderState::Queued);
        world.go_to("2026-11-28T11:00:00Z");
        world.publish().await;
        assert_eq!(world.order(&orders[0]).await.state, OrderState::Published);
    }
}

#[tokio::test]
async fn more_than_an_hour_late_it_stays_here_and_its_author_is_told_once() {
    for mut world in worlds().await {
        let id = world.draft().await;
        world.set_time(&id, Some("2026-11-28T10:00:00Z"), "author").await.unwrap();
        let order = world.approved(&id).await.remove(0);
        world.go_to("2026-11-28T11:00:01Z");
        let job = world.claim(Work::Publish).await.unwrap();
        assert!(matches!(world.claim_to_send(&job).await, Claim::Stopped(_)));
        let stopped = world.order(&order).await;
        assert_eq!(stopped.state, OrderState::Stopped);
        assert!(stopped.because.unwrap().contains("more than an hour"));
        assert_eq!(world.stage(&id).await, Stage::Stopped);
        let mut tx = world.records.read().await.unwrap();
        let told = Mails(&mut tx).newest(999).await.unwrap();
        let told: Vec<_> = told.iter().filter(|mail| mail.subject.contains("did not go out")).collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "author@example.org");
        drop(tx);
        world.submit(&id).await.unwrap();
        assert!(matches!(world.approve(&id, "approver").await, Err(PostError::TimeOver)));
    }
}

#[tokio::test]
async fn an_approval_is_good_for_two_weeks_or_the_time_it_was_given_for() {
    for mut world in worlds().await {
        let id = world.draft().await;
        world.set_time(&id, Some("2026-11-28T10:00:00Z"), "author").await.unwrap();
        let order = world.approved(&id).await.remove(0);
        world.set_time(&id, Some("2026-12-05T12:00:00Z"), "approver").await.unwrap();
        assert_eq!(world.stage(&id).await, Stage::Approved);
        let late = world.set_time(&id, Some("2026-12-05T14:00:00Z"), "approver").await;
        assert!(matches!(late, Err(PostError::ApprovalEnds)));
        world.set_time(&id, Some("2026-11-21T13:00:00Z"), "approver").await.unwrap();
        assert!((13 * 60..=14 * 60).contains(&world.wait(Work::Publish).await), "sooner as well");
        world.set_time(&id, Some("2026-12-06T10:00:00Z"), "author").await.unwrap();
        assert_eq!(world.stage(&id).await, Stage::Draft, "it is approved anew");
        assert_eq!(world.order(&order).await.state, OrderState::Stopped);
        let draft = world.set_time(&id, Some("2026-12-07T10:00:00Z"), "approver").await;
        assert!(matches!(draft, Err(PostError::NotTheirs)), "a draft is its author's");
        let order = world.approved(&id).await.remove(0);
        world.set_time(&id, None, "author").await.unwrap();
        while let Some(job) = world.claim(Work::Publish).await {
            if matches!(world.claim_to_send(&job).await, Claim::Cleared(_)) {
                world.sent(&job).await;
            }
        }
        assert_eq!(world.order(&order).await.state, OrderState::Sent, "at once");
        let gone = world.set_time(&id, Some("2026-12-08T10:00:00Z"), "author").await;
        assert!(matches!(gone, Err(PostError::OnItsWay)));
    }
}

#[tokio::test]
async fn a_calendar_has_what_is_planned_what_was_public_and_what_waits() {
    for mut world in worlds().await {
        let (planned, waits) = (world.draft().await, world.draft().await);
        let (public, _) = world.published().await;
        world.caption(&waits, "Another morning").await.unwrap();
        world.set_time(&planned, Some("2026-11-28T10:00:00Z"), "author").await.unwrap();
        let between = async |world: &World, from: &str, to: &str, words: &str| {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            let mut tx = world.records.read().await.unwrap();
            let found = Posts(&mut tx).between(from, to, words).await.unwrap();
            let mut ids: Vec<PostId> = found.into_iter().map(|one| one.post.id).collect();
            ids.sort();
            ids
        };
        let mut all = vec![planned.clone(), waits.clone(), public.clone()];
        all.sort();
        let month = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
        assert_eq!(between(&world, month.0, month.1, "").await, all);
        assert_eq!(
            between(&world, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "").await,
            std::slice::from_ref(&waits)
        );
        assert_eq!(between(&world, month.0, month.1, "ANOTHER").await, [waits]);
        assert!(world.clock.now() > Timestamp::UNIX_EPOCH);
        assert_eq!(Orders(&mut world.records.read().await.unwrap()).orders_of(&planned).await.unwrap(), []);
    }
}
