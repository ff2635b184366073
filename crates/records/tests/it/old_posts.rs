//! Posts from before this program came: written down once, tagged by people, reached by withdrawals.

use std::collections::BTreeMap;

use cleansheet_records::{
    StoreError,
    activities::Activities,
    consents::Giver,
    jobs::{Claimed, JobError, Jobs, Work},
    mails::Mails,
    old_posts::{
        Counts, Listed, ListedFile, OldPost, OldPostError, OldPosts, Place, Said, Show, Wanted, Word,
    },
    orders::{Order, OrderState},
};
use cleansheet_terms::{Clock as _, OldImportId, OldPostId, ParticipantId};
use jiff::SignedDuration;

use crate::world::{LEASE, TRUST, World, worlds};

mod reached;

const ORIGIN: &str = "https://posts.example.org";

/// A picture of each of `names`, one post after the other, the newest first.
fn listed(names: &[&str]) -> Vec<Listed> {
    let start: cleansheet_terms::Timestamp = "2023-05-06T14:00:00Z".parse().unwrap();
    let at = |n: usize| start - SignedDuration::from_mins(i64::try_from(n).unwrap());
    let file = |name: &str| ListedFile {
        name: format!("file-{name}"),
        alt_text: "Under nines".into(),
        video: false,
    };
    (0..)
        .zip(names)
        .map(|(n, name)| Listed {
            remote: (*name).to_owned(),
            url: format!("/news/{name}"),
            published: Some(at(n)),
            text: format!("Story {name}"),
            files: vec![file(name)],
            shares: None,
        })
        .collect()
}

impl World {
    pub(super) async fn begin_import(&mut self) -> OldImportId {
        let (channel, manager) = (self.channels[0].clone(), self.person("manager"));
        self.act(async |tx, clock, chance| {
            OldPosts(tx).begin_import(&channel, &manager, clock, chance).await.unwrap()
        })
        .await
    }

    pub(super) async fn keep(&mut self, page: &[Listed], next: Option<&str>) -> Claimed {
        let job = self.claim(Work::ImportOldPosts).await.unwrap();
        self.act(async |tx, clock, chance| {
            OldPosts(tx).keep_page(&job, page, &BTreeMap::new(), next, clock, chance).await.unwrap();
        })
        .await;
        job
    }

    /// Everything that `names` say was there before.
    pub(super) async fn imported(&mut self, names: &[&str]) -> Vec<OldPost> {
        self.begin_import().await;
        self.keep(&listed(names), None).await;
        self.old(Show::All).await
    }

    pub(super) async fn old(&self, show: Show) -> Vec<OldPost> {
        let mut tx = self.records.read().await.unwrap();
        OldPosts(&mut tx).list(&Wanted { show, after: None }, 100).await.unwrap().0
    }

    pub(super) async fn old_post(&self, id: &OldPostId) -> OldPost {
        OldPosts(&mut self.records.read().await.unwrap()).old_post(id).await.unwrap().unwrap()
    }

    pub(super) async fn say(&mut self, id: &OldPostId, said: Said<'_>, by: &str) -> Result<(), OldPostError> {
        let by = self.person(by);
        let mut tx = self.records.begin().await.unwrap();
        let said = OldPosts(&mut tx).say(id, said, &by, ORIGIN, &self.clock, &mut self.chance).await;
        if said.is_ok() {
            tx.commit().await.unwrap();
        }
        said
    }

    pub(super) async fn shown(&mut self, id: &OldPostId, children: &[&str]) {
        let ids: Vec<ParticipantId> = children.iter().map(|key| self.child(key)).collect();
        self.say(id, Said::Shown(&ids), "author").await.unwrap();
    }

    /// Takes down what is to be taken down, and sees that it is gone. Answers the copies to remove.
    pub(super) async fn take_down_old(&mut self) -> Vec<String> {
        while let Some(job) = self.claim(Work::TakeDownOld).await {
            self.act(async |tx, clock, chance| {
                if OldPosts(tx).claim_to_take_down(&job, clock).await.unwrap().is_some() {
                    OldPosts(tx).taken_down(&job, clock, chance).await.unwrap();
                }
            })
            .await;
        }
        let mut copies = Vec::new();
        while let Some(job) = self.claim(Work::ConfirmOldGone).await {
            let gone = self
                .act(async |tx, clock, chance| {
                    match OldPosts(tx).claim_to_take_down(&job, clock).await.unwrap() {
                        Some(_) => OldPosts(tx).gone(&job, TRUST, clock, chance).await.unwrap(),
                        None => Vec::new(),
                    }
                })
                .await;
            copies.extend(gone);
        }
        copies
    }
}

#[tokio::test]
async fn an_account_is_walked_through_page_by_page_and_nothing_is_written_down_twice() {
    for mut world in worlds().await {
        let id = world.begin_import().await;
        assert_eq!(world.begin_import().await, id, "one walk at a time");
        world.keep(&listed(&["a", "b", "c"]), Some("place 2")).await;
        let import = OldPosts(&mut world.records.read().await.unwrap()).import(&id).await.unwrap().unwrap();
        let stands = (import.seen, import.taken, import.place.as_deref(), import.ended);
        assert_eq!(stands, (3, 3, Some("place 2"), None));
        // The second page repeats what moved down from the first.
        world.keep(&listed(&["c", "d"]), None).await;
        let import = OldPosts(&mut world.records.read().await.unwrap()).import(&id).await.unwrap().unwrap();
        assert_eq!((import.seen, import.taken), (5, 4));
        assert!(import.ended.is_some() && world.claim(Work::ImportOldPosts).await.is_none());
        let again = world.begin_import().await;
        assert_ne!(again, id);
        world.keep(&listed(&["a", "b", "c", "d", "e"]), None).await;
        let mut tx = world.records.read().await.unwrap();
        let newest = OldPosts(&mut tx).imports().await.unwrap();
        assert_eq!((newest.len(), newest[0].taken), (1, 1));
        assert_eq!(OldPosts(&mut tx).counts().await.unwrap(), Counts { to_do: 5, ..Counts::default() });
        assert!(Jobs(&mut tx).next_due(&[Work::FetchOldPictures]).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn an_import_goes_on_where_a_dead_worker_or_a_busy_network_left_it() {
    for mut world in worlds().await {
        let id = world.begin_import().await;
        let job = world.claim(Work::ImportOldPosts).await.unwrap();
        let wait = SignedDuration::from_secs(40);
        world
            .act(async |tx, clock, _| {
                OldPosts(tx).import_waits(&job, "slow down", wait, clock.now()).await.unwrap();
            })
            .await;
        assert!(world.claim(Work::ImportOldPosts).await.is_none(), "as long as the network asked");
        let said = OldPosts(&mut world.records.read().await.unwrap()).import(&id).await.unwrap().unwrap();
        assert_eq!(said.because.as_deref(), Some("slow down"));
        world.clock.advance_ms(40_000);
        let first = world.claim(Work::ImportOldPosts).await.unwrap();
        world.clock.advance_ms(i64::try_from(LEASE.as_millis()).unwrap() + 1);
        let second = world.claim(Work::ImportOldPosts).await.unwrap();
        let page = listed(&["a"]);
        let late = world
            .act(async |tx, clock, chance| {
                OldPosts(tx).keep_page(&first, &page, &BTreeMap::new(), None, clock, chance).await
            })
            .await;
        assert!(matches!(late, Err(OldPostError::Job(JobError::Lost))), "a late worker changes nothing");
        world
            .act(async |tx, clock, chance| {
                OldPosts(tx)
                    .keep_page(&second, &page, &BTreeMap::new(), Some("2"), clock, chance)
                    .await
                    .unwrap();
            })
            .await;
        let third = world.claim(Work::ImportOldPosts).await.unwrap();
        world
            .act(async |tx, clock, _| {
                OldPosts(tx).import_stops(&third, "the account is closed", clock.now()).await.unwrap();
            })
            .await;
        let ended = OldPosts(&mut world.records.read().await.unwrap()).import(&id).await.unwrap().unwrap();
        assert!(ended.ended.is_some() && ended.taken == 1);
        assert_eq!(ended.because.as_deref(), Some("the account is closed"));
    }
}

#[tokio::test]
async fn what_an_order_of_ours_made_is_not_an_old_post() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        let remote = world.order(&order).await.remote.unwrap();
        world.begin_import().await;
        // Others have no name in the records yet: on its way, public on somebody's word, taken down before it was read back.
        let mut unnamed = Vec::new();
        let ways = [
            vec!["sending"],
            vec!["sending", "uncertain", "published"],
            vec!["sending", "taking_down", "gone"],
            vec![],
            vec!["stopped"],
        ];
        for way in ways {
            let (id, _) = world.group().await;
            let order = world.approved(&id).await.remove(0);
            for state in way {
                let set = format!("UPDATE release_order SET state = '{state}' WHERE id = '{order}'");
                world.tamper(&set).await.unwrap();
            }
            unnamed.push(order);
        }
        let channel = world.channels[0].clone();
        let found = OldPosts(&mut world.records.read().await.unwrap()).orders_without_name(&channel).await;
        let found = found.unwrap();
        assert_eq!(found.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), unnamed[..3]);
        let ours: BTreeMap<String, Order> =
            ["on its way", "on their word", "never seen"].map(str::to_owned).into_iter().zip(found).collect();
        let job = world.claim(Work::ImportOldPosts).await.unwrap();
        let page = listed(&[&remote, "on its way", "on their word", "never seen", "old"]);
        world
            .act(async |tx, clock, chance| {
                OldPosts(tx).keep_page(&job, &page, &ours, None, clock, chance).await.unwrap();
            })
            .await;
        let all = world.old(Show::All).await;
        assert_eq!(all.iter().map(|one| one.remote.as_str()).collect::<Vec<_>>(), ["old"]);
        let mut states = Vec::new();
        for one in [&order].into_iter().chain(&unnamed) {
            states.push(world.order(one).await.state);
        }
        use OrderState::{Published, Queued, Sending, Stopped, TakingDown};
        let expected = [Published, Sending, Published, TakingDown, Queued, Stopped];
        assert_eq!(states, expected, "what was thought to be gone is taken down again, and nothing else");
    }
}

#[tokio::test]
async fn tagging_somebody_who_may_not_appear_says_so_and_not_why() {
    for mut world in worlds().await {
        let old = world.imported(&["a"]).await.remove(0);
        world.shown(&old.id, &["asha", "leo", "ines", "tyrone"]).await;
        let may = async |world: &World| {
            let mut tx = world.records.read().await.unwrap();
            let mut tagged = OldPosts(&mut tx).tagged(&[&old], world.clock.now()).await.unwrap();
            let tagged = tagged.remove(&old.id).unwrap();
            tagged.into_iter().map(|one| (one.participant.name, one.may_appear)).collect::<Vec<_>>()
        };
        assert!(may(&world).await.iter().all(|(_, may)| *may), "everybody agreed");
        // One by a flag, one by a withdrawal after which the post is thought to be shown again, one whose answer ran out.
        let (leo, dsl) = (world.child("leo"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&leo, true, None, dsl.as_str(), clock, chance).await.unwrap();
            })
            .await;
        let (ines, giver) = (world.child("ines"), world.guardians["ines 2"].clone());
        world.answer(&ines, Giver::Guardian(giver), false).await;
        let all = may(&world).await;
        let names: Vec<(&str, bool)> = all.iter().map(|(name, may)| (name.as_str(), *may)).collect();
        let expected =
            [("Asha Verma", true), ("Ines Ferraz", false), ("Leo Hartwell", false), ("Tyrone Blakely", true)];
        assert_eq!(names, expected);
        world.go_to("2027-09-01T00:00:00Z");
        assert!(may(&world).await.iter().all(|(_, may)| !may), "the answers have run out");
    }
}

#[tokio::test]
async fn what_is_said_last_counts_and_nothing_is_said_of_what_is_going() {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        let refused = world.say(&old[0].id, Said::Shown(&[]), "author").await;
        assert!(matches!(refused, Err(OldPostError::NobodyTicked)));
        let stranger = ParticipantId::parse("participant_1").unwrap();
        let refused = world.say(&old[0].id, Said::Shown(&[stranger]), "author").await;
        assert!(matches!(refused, Err(OldPostError::Activity(_))));
        world.shown(&old[0].id, &["asha", "leo"]).await;
        world.shown(&old[0].id, &["leo", "ines"]).await;
        let names = async |world: &World| {
            let mut tx = world.records.read().await.unwrap();
            let shown = OldPosts(&mut tx).shown_in(&old[0].id).await.unwrap();
            shown.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&world).await, ["Ines Ferraz", "Leo Hartwell"]);
        world.say(&old[0].id, Said::Ask, "colleague").await.unwrap();
        assert_eq!(names(&world).await.len(), 2, "who is not sure keeps what was known");
        world.say(&old[1].id, Said::Ask, "colleague").await.unwrap();
        let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
        assert_eq!(mails.len(), 1, "one mail for however many questions wait");
        assert_eq!(
            (mails[0].to.as_str(), mails[0].body.contains("/old-posts?show=asked")),
            ("dsl@example.org", true)
        );
        world.say(&old[0].id, Said::Nobody, "dsl").await.unwrap();
        assert!(names(&world).await.is_empty());
        let there = world.old_post(&old[0].id).await;
        assert_eq!((there.word, there.said.unwrap().0), (Word::Nobody, world.person("dsl")));
        let dsl = world.person("dsl");
        world
            .act(async |tx, clock, chance| {
                OldPosts(tx).take_down(&old[0].id, &dsl, clock, chance).await.unwrap()
            })
            .await;
        assert!(matches!(world.say(&old[0].id, Said::Nobody, "author").await, Err(OldPostError::NotPublic)));
    }
}

#[tokio::test]
async fn lists_come_a_page_at_a_time_the_newest_publication_first() {
    for mut world in worlds().await {
        world.begin_import().await;
        let mut page = listed(&["a", "b", "c", "d", "e"]);
        page[4].published = None;
        // Two of the same instant.
        page[1].published = page[0].published;
        world.keep(&page, None).await;
        let (mut after, mut seen) = (None::<Place>, Vec::new());
        loop {
            let mut tx = world.records.read().await.unwrap();
            let wanted = Wanted { show: Show::ToDo, after: after.as_ref() };
            let (posts, next) = OldPosts(&mut tx).list(&wanted, 2).await.unwrap();
            seen.extend(posts.into_iter().map(|one| (one.published, one.id)));
            match next {
                Some(place) => after = Some(Place::parse(&place.to_string()).unwrap()),
                None => break,
            }
        }
        assert_eq!(seen.len(), 5);
        assert!(seen.windows(2).all(|two| two[0] > two[1]), "{seen:?}");
        assert_eq!(Place::parse("nonsense"), None);
        world.say(&seen[0].1, Said::Nobody, "author").await.unwrap();
        world.shown(&seen[1].1, &["asha"]).await;
        world.say(&seen[2].1, Said::Ask, "author").await.unwrap();
        let dsl = world.person("dsl");
        world
            .act(async |tx, clock, chance| {
                OldPosts(tx).take_down(&seen[3].1, &dsl, clock, chance).await.unwrap()
            })
            .await;
        let counts = OldPosts(&mut world.records.read().await.unwrap()).counts().await.unwrap();
        let expected = Counts { to_do: 1, asked: 1, shown: 1, nobody: 1, taking_down: 1, gone: 0 };
        assert_eq!(counts, expected);
        for show in Show::ALL {
            let many = i64::try_from(world.old(show).await.len()).unwrap();
            assert_eq!((many, Show::parse(show.as_str())), (counts.of(show), Some(show)), "{show:?}");
        }
    }
}

#[tokio::test]
async fn what_anybody_wrote_years_ago_is_kept_within_bounds_on_both_engines() {
    for mut world in worlds().await {
        world.begin_import().await;
        let mut page = listed(&["a"]);
        page[0].text = format!("zero\0byte {}", "ä".repeat(30_000));
        page[0].files = vec![page[0].files[0].clone(); 50];
        world.keep(&page, None).await;
        let old = world.old(Show::All).await.remove(0);
        assert_eq!(old.text.chars().count(), 25_000);
        assert!(old.text.starts_with("zerobyte "));
        let pictures = OldPosts(&mut world.records.read().await.unwrap()).pictures(&old.id).await.unwrap();
        assert_eq!(pictures.len(), 20);
    }
}

#[tokio::test]
async fn somebody_is_found_by_any_part_of_their_name_and_in_every_old_post() -> Result<(), StoreError> {
    for mut world in worlds().await {
        let old = world.imported(&["a", "b"]).await;
        world.shown(&old[0].id, &["ines"]).await;
        world.shown(&old[1].id, &["ines", "leo"]).await;
        let mut tx = world.records.read().await?;
        let mut names = async |words: &str| {
            let found = Activities(&mut tx).find(words).await.unwrap();
            found.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names("FERR").await, ["Ines Ferraz"]);
        assert_eq!(names("er v").await, ["Asha Verma"], "parts in any order");
        assert!(names("er q").await.is_empty());
        let ines = world.child("ines");
        assert_eq!(OldPosts(&mut tx).showing(&ines).await?.len(), 2);
        let last = OldPosts(&mut tx).tagged_last(1).await?;
        assert_eq!(last.len(), 1);
    }
    Ok(())
}
