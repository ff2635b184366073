//! The policy's own clock: versions, who has read them, how words are read, reviews by two people.

use std::collections::BTreeSet;

use cleansheet_policy::{INTERPRETATIONS, Version};
use cleansheet_records::{
    ledger_entries::Ledger,
    mails::Mails,
    people::{Deputies, NewDeputy, NewPerson, People},
    review::{
        self, Item, OnPaper, Papers, Readers, Readings, ReviewClock, ReviewError, Reviews, Versions,
        WantedChanges, When, items,
    },
};
use cleansheet_terms::{Clause, Clock as _, Digest, PersonId, Role, day_in_london};

use crate::world::{World, policy, worlds};

const URL: &str = "https://posts.example.org";

fn paper() -> OnPaper {
    OnPaper {
        last: When::month("2022-03").unwrap(),
        last_by: "M Anager".to_owned(),
        next_due: When::month("2023-03").unwrap(),
        next_by: vec!["M Anager".to_owned()],
    }
}

/// Our policy with another word in clause 6.
fn other() -> Version {
    let mut other = policy().version().clone();
    let clause = other.clauses.iter_mut().find(|one| one.clause.number() == 6).unwrap();
    clause.text = clause.text.replace("foul", "rude");
    other
}

async fn put(world: &mut World, version: &Version) -> bool {
    let version = version.clone();
    world
        .act(async move |tx, clock, chance| Versions(tx).put_in_force(&version, clock, chance).await.unwrap())
        .await
}

async fn seal(world: &World) -> Digest {
    let mut tx = world.records.read().await.unwrap();
    Reviews(&mut tx).under_way().await.unwrap().unwrap().seal
}

async fn mails(world: &World, subject: &str) -> usize {
    let mails = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
    mails.iter().filter(|mail| mail.subject == subject).count()
}

async fn remind(world: &mut World) -> usize {
    review::by_itself(&world.records, &paper(), URL, &world.clock, &mut world.chance).await.unwrap()
}

fn set(people: &[&PersonId]) -> BTreeSet<PersonId> {
    people.iter().map(|one| (*one).clone()).collect()
}

#[tokio::test]
async fn a_version_is_kept_whole_and_compared_when_another_is_in_force() {
    for mut world in worlds().await {
        assert!(!put(&mut world, policy().version()).await, "a restart puts nothing new in force");
        assert!(put(&mut world, &other()).await);
        let mut tx = world.records.read().await.unwrap();
        let all = Versions(&mut tx).all().await.unwrap();
        assert_eq!(all.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(Versions(&mut tx).in_force().await.unwrap().unwrap().hash, other().hash());
        let (before, text) = Versions(&mut tx).before(&other().hash()).await.unwrap().unwrap();
        assert_eq!(before.hash, policy().hash());
        assert_eq!(other().since(&text).changed_clauses(), 1);
        assert!(Versions(&mut tx).before(&policy().hash()).await.unwrap().is_none());
        assert!(matches!(Versions(&mut tx).before(&Digest::of(b"no")).await, Err(ReviewError::Missing)));
        drop(tx);
        assert!(put(&mut world, policy().version()).await, "the older one comes again");
        world.tamper("UPDATE policy_version SET whole = replace(whole, 'rude', 'kind')").await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Versions(&mut tx).all().await.unwrap().len(), 3);
        assert!(Versions(&mut tx).whole(&other().hash()).await.is_err(), "a changed text is damage");
    }
}

#[tokio::test]
async fn each_version_is_acknowledged_and_the_history_stays() {
    for mut world in worlds().await {
        let (author, now) = (world.person("author"), world.clock.now());
        world.clock.advance_ms(60_000);
        put(&mut world, &other()).await;
        world.clock.advance_ms(60_000);
        let hash = other().hash();
        let standing = world
            .act(async |tx, clock, chance| {
                let unread = Readers(tx).all().await.unwrap();
                assert_eq!(unread.iter().filter(|one| !one.has_read).count(), 5, "everybody who acts");
                assert!(!People(tx).standing(&author, now).await.unwrap().acknowledged);
                People(tx).acknowledge(&author, &hash, clock, chance).await.unwrap();
                let unread = Readers(tx).all().await.unwrap();
                assert_eq!(unread.iter().filter(|one| !one.has_read).count(), 4);
                assert!(
                    unread.last().is_some_and(|one| one.person.id == author),
                    "those who have not, first"
                );
                let history = Readers(tx).history(&author).await.unwrap();
                assert_eq!(history.iter().map(|one| one.0).collect::<Vec<_>>(), [hash, policy().hash()]);
                People(tx).standing(&author, now).await.unwrap()
            })
            .await;
        assert!(standing.acknowledged);
    }
}

#[tokio::test]
async fn whoever_has_not_read_is_reminded_after_three_and_ten_days_once_each() {
    for mut world in worlds().await {
        let far = OnPaper { next_due: When::month("2030-01").unwrap(), ..paper() };
        let subject = "The policy waits to be read";
        put(&mut world, &other()).await;
        let mut after = async |days: i64| {
            world.clock.advance_ms(days * 24 * 3_600_000);
            review::by_itself(&world.records, &far, URL, &world.clock, &mut world.chance).await.unwrap()
        };
        assert_eq!(
            [after(2).await, after(1).await, after(0).await, after(6).await, after(1).await],
            [0, 5, 0, 0, 5]
        );
        assert_eq!(after(30).await, 0);
        assert_eq!(mails(&world, subject).await, 10);
        let asked = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| review::remind_now(tx, URL, clock, chance).await.unwrap())
                .await
        };
        assert_eq!(asked(&mut world).await, 5);
        assert_eq!(asked(&mut world).await, 0, "once a day is enough");
        assert_eq!(mails(&world, subject).await, 15);
    }
}

#[tokio::test]
async fn a_program_that_was_off_sends_one_reminder_and_not_every_one_it_missed() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        assert_eq!(remind(&mut world).await, 1, "44 months overdue: the Manager is told once");
        assert_eq!(remind(&mut world).await, 0);
        let mail = Mails(&mut world.records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
        assert!(
            mail.body.contains("44 months overdue") && mail.body.contains("in March 2022"),
            "{}",
            mail.body
        );
        assert_eq!(mail.to, "manager@example.org");
        world.clock.advance_ms(9 * 24 * 3_600_000);
        assert_eq!(remind(&mut world).await, 0, "30 November is the same month");
        world.clock.advance_ms(24 * 3_600_000);
        assert_eq!(remind(&mut world).await, 1, "45 months");
        let mut tx = world.records.read().await.unwrap();
        assert!(People(&mut tx).find(&manager).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_reading_is_signed_by_the_manager_and_its_history_stays() {
    for mut world in worlds().await {
        let (manager, dsl) = (world.person("manager"), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                let mut sign = async |key: &str, words: &str, by: &PersonId| {
                    Readings(tx).sign(key, words, by, clock, chance).await
                };
                let refused = sign("children", "Under 18.", &dsl).await;
                assert!(matches!(refused, Err(ReviewError::NotManager)));
                assert!(matches!(sign("weather", "Rain.", &manager).await, Err(ReviewError::Missing)));
                assert!(matches!(sign("children", " ", &manager).await, Err(ReviewError::NoWords)));
                let long = "a".repeat(2_001);
                assert!(matches!(sign("children", &long, &manager).await, Err(ReviewError::TooLong)));
                for words in ["everybody under 18", "everybody under 18", "everybody under 19 "] {
                    sign("children", words, &manager).await.unwrap();
                }
                let all = Readings(tx).all().await.unwrap();
                let words: Vec<_> = all["children"].iter().map(|one| one.words.as_str()).collect();
                assert_eq!(words, ["everybody under 19", "everybody under 18"]);
                let in_force = Readings(tx).in_force().await.unwrap();
                assert_eq!(in_force.len(), 1);
                assert_eq!(in_force["children"].signed_by, "manager");
                assert!(in_force.len() < INTERPRETATIONS.len(), "the others are open");
            })
            .await;
    }
}

#[tokio::test]
async fn a_review_is_done_by_two_people_and_the_next_is_due_in_twelve_months() {
    for mut world in worlds().await {
        let [manager, dsl, author] = ["manager", "dsl", "author"].map(|who| world.person(who));
        let (clock_before, all) = {
            let mut tx = world.records.read().await.unwrap();
            (ReviewClock::read(&mut tx, &paper()).await.unwrap(), items(paper().last.last_day()))
        };
        assert_eq!(clock_before.months_overdue(day_in_london(world.clock.now())), Some(44));
        let six = Item::Clause(Clause::known::<6>());
        world
            .act(async |tx, clock, chance| {
                let now = clock.now();
                let mut reviews = Reviews(tx);
                let early = reviews.say(&paper(), six, true, "", &manager, now).await;
                assert!(matches!(early, Err(ReviewError::NotUnderWay)));
                let alone = reviews.begin(&set(&[&manager]), &manager, clock, chance).await;
                assert!(matches!(alone, Err(ReviewError::Alone)));
                let staff = reviews.begin(&set(&[&author]), &manager, clock, chance).await;
                assert!(matches!(staff, Err(ReviewError::NotReviewer)), "staff do not review");
                let by_dsl = reviews.begin(&set(&[&dsl]), &dsl, clock, chance).await;
                assert!(matches!(by_dsl, Err(ReviewError::NotManager)));
                reviews.begin(&set(&[&dsl]), &manager, clock, chance).await.unwrap();
                let stranger = reviews.say(&paper(), six, true, "", &author, now).await;
                assert!(matches!(stranger, Err(ReviewError::NotReviewer)));
                let wordless = reviews.say(&paper(), six, false, " ", &dsl, now).await;
                assert!(matches!(wordless, Err(ReviewError::NoWords)));
                for item in all.iter().skip(1) {
                    reviews.say(&paper(), *item, true, "", &manager, now).await.unwrap();
                }
                reviews.say(&paper(), six, false, "Say “rude” instead of “foul”.", &dsl, now).await.unwrap();
            })
            .await;
        let (seen, next) = (seal(&world).await, set(&[&manager, &dsl]));
        let sign = async |world: &mut World, seen: Digest, next: BTreeSet<PersonId>| {
            let manager = world.person("manager");
            world
                .act(async move |tx, clock, chance| {
                    Reviews(tx).sign(&paper(), &seen, &next, &manager, clock, chance).await
                })
                .await
        };
        let confirm = async |world: &mut World, who: &'static str, seen: Digest| {
            let by = world.person(who);
            world
                .act(async move |tx, clock, chance| Reviews(tx).confirm(&seen, &by, clock, chance).await)
                .await
        };
        assert!(matches!(sign(&mut world, seen, next.clone()).await, Err(ReviewError::Unanswered(1))));
        world
            .act(async |tx, clock, _| {
                Reviews(tx).say(&paper(), all[0], true, "", &manager, clock.now()).await.unwrap()
            })
            .await;
        assert!(matches!(sign(&mut world, seen, next.clone()).await, Err(ReviewError::Changed)));
        let seen = seal(&world).await;
        assert!(matches!(sign(&mut world, seen, set(&[&manager])).await, Err(ReviewError::Alone)));
        assert!(matches!(confirm(&mut world, "dsl", seen).await, Err(ReviewError::NotSigned)));
        let seen = seal(&world).await;
        sign(&mut world, seen, next.clone()).await.unwrap();
        let signed = seal(&world).await;
        assert!(matches!(confirm(&mut world, "manager", signed).await, Err(ReviewError::SamePerson)));
        assert!(matches!(confirm(&mut world, "author", signed).await, Err(ReviewError::NotReviewer)));
        // An answer that is changed takes the signature's place away.
        world
            .act(async |tx, clock, _| {
                Reviews(tx).say(&paper(), six, false, "Say “rude”.", &dsl, clock.now()).await.unwrap();
            })
            .await;
        let changed = seal(&world).await;
        assert!(matches!(confirm(&mut world, "dsl", changed).await, Err(ReviewError::NotSigned)));
        sign(&mut world, changed, next).await.unwrap();
        let signed = seal(&world).await;
        assert!(matches!(confirm(&mut world, "dsl", seen).await, Err(ReviewError::Changed)));
        confirm(&mut world, "dsl", signed).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert!(Reviews(&mut tx).under_way().await.unwrap().is_none());
        let clock = ReviewClock::read(&mut tx, &paper()).await.unwrap();
        assert_eq!(clock.in_words(day_in_london(world.clock.now())), "due on 21 November 2027");
        assert_eq!(
            (clock.last_by, clock.next_by),
            (vec!["manager".into(), "dsl".into()], vec!["manager".into(), "dsl".into()])
        );
        drop(tx);
        assert_eq!(remind(&mut world).await, 0, "nothing is overdue any more");
        world.clock.advance_ms(304 * 24 * 3_600_000);
        remind(&mut world).await;
        assert_eq!(mails(&world, "The policy is due for review").await, 0, "61 days before");
        world.clock.advance_ms(2 * 24 * 3_600_000);
        remind(&mut world).await;
        assert_eq!(mails(&world, "The policy is due for review").await, 2, "both reviewers");
        wanted(&mut world, &manager).await;
    }
}

/// What the review wants otherwise stays open until another version is there.
async fn wanted(world: &mut World, manager: &PersonId) {
    let answer = async |world: &mut World| {
        let by = manager.clone();
        world
            .act(async move |tx, clock, chance| {
                let all = WantedChanges(tx).all().await.unwrap();
                assert_eq!(all.len(), 1, "what stays is no wish");
                let answered = WantedChanges(tx).answer(&all[0].id, &by, clock, chance).await;
                (answered, WantedChanges(tx).all().await.unwrap().remove(0).answered.is_some())
            })
            .await
    };
    assert!(matches!(answer(world).await, (Err(ReviewError::SameVersion), false)));
    put(world, &other()).await;
    assert!(matches!(answer(world).await, (Ok(()), true)));
}

#[tokio::test]
async fn an_upgrade_in_the_middle_of_a_review_is_noticed() {
    for mut world in worlds().await {
        let (manager, dsl) = (world.person("manager"), world.person("dsl"));
        let reviewers = set(&[&dsl]);
        let begin = async |world: &mut World| {
            let (manager, reviewers) = (manager.clone(), reviewers.clone());
            world
                .act(async move |tx, clock, chance| {
                    Reviews(tx).begin(&reviewers, &manager, clock, chance).await.unwrap()
                })
                .await
        };
        let id = begin(&mut world).await;
        world
            .act(async |tx, clock, _| {
                for item in items(paper().last.last_day()) {
                    Reviews(tx).say(&paper(), item, true, "", &dsl, clock.now()).await.unwrap();
                }
                let last = OnPaper { last: When::month("2026-12").unwrap(), ..paper() };
                let asked_before = items(paper().last.last_day())[0];
                let said = Reviews(tx).say(&last, asked_before, true, "", &dsl, clock.now()).await;
                assert!(matches!(said, Err(ReviewError::NoSuchItem)), "an earlier review has looked at it");
            })
            .await;
        put(&mut world, &other()).await;
        let next = set(&[&manager, &dsl]);
        let sign = async |world: &mut World| {
            let (seen, by, next) = (seal(world).await, manager.clone(), next.clone());
            world
                .act(async move |tx, clock, chance| {
                    Reviews(tx).sign(&paper(), &seen, &next, &by, clock, chance).await
                })
                .await
        };
        assert!(matches!(sign(&mut world).await, Err(ReviewError::OtherVersion)));
        let entries =
            async |world: &World| Ledger(&mut world.records.read().await.unwrap()).count().await.unwrap();
        let before = entries(&world).await;
        assert_eq!(begin(&mut world).await, id, "the same review goes on");
        assert_eq!(
            entries(&world).await,
            before + 1,
            "and the ledger says that it goes on with another version"
        );
        begin(&mut world).await;
        assert_eq!(entries(&world).await, before + 1, "nothing new, no entry");
        let six = Item::Clause(Clause::known::<6>());
        let review = Reviews(&mut world.records.read().await.unwrap()).under_way().await.unwrap().unwrap();
        assert!(!review.answers.contains_key(&six), "nobody has said anything about the new words");
        assert_eq!(review.answers.len(), items(paper().last.last_day()).len() - 1, "the others stay");
        assert!(matches!(sign(&mut world).await, Err(ReviewError::Unanswered(1))));
        world
            .act(async |tx, clock, _| {
                Reviews(tx).say(&paper(), six, true, "", &dsl, clock.now()).await.unwrap();
            })
            .await;
        sign(&mut world).await.unwrap();
    }
}

#[tokio::test]
async fn a_paper_is_kept_under_its_hash() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        let digest = world
            .act(async |tx, clock, chance| {
                let hash = policy().hash();
                for _ in 0..2 {
                    Papers(tx).keep(&hash, b"%PDF", &manager, clock, chance).await.unwrap();
                }
                let all = Papers(tx).all().await.unwrap();
                assert_eq!(all.len(), 1);
                all[0].digest
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Papers(&mut tx).bytes(&digest).await.unwrap().unwrap(), b"%PDF");
        assert!(Papers(&mut tx).bytes(&Digest::of(b"no")).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_trustee_who_is_named_on_the_cover_is_told_too() {
    for mut world in worlds().await {
        world
            .act(async |tx, clock, chance| {
                let new = NewPerson { name: "Vera Trust", mail: "vera@example.org", roles: &[Role::Trustee] };
                People(tx).add(&new, None, clock, chance).await.unwrap();
            })
            .await;
        let cover = OnPaper { next_by: vec!["V Trust".to_owned(), "Vicky Neal".to_owned()], ..paper() };
        let mut tx = world.records.read().await.unwrap();
        let clock = ReviewClock::read(&mut tx, &cover).await.unwrap();
        assert_eq!(review::not_here(&mut tx, &clock).await.unwrap(), ["Vicky Neal"]);
        drop(tx);
        let (person, by) = (world.person("colleague"), world.person("manager"));
        world
            .act(async |tx, clock, chance| {
                let day = day_in_london(clock.now());
                let new = NewDeputy { person: &person, by: &by, from: day, until: day };
                Deputies(tx).name(&new, clock, chance).await.unwrap();
            })
            .await;
        let sent =
            review::by_itself(&world.records, &cover, URL, &world.clock, &mut world.chance).await.unwrap();
        assert_eq!(sent, 3, "the Manager, who stands in for them, and the one who is named");
    }
}
