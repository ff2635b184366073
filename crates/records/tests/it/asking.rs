//! Asking families: each person once, reminders that stop, letters.

use cleansheet_records::{
    activities::Activities,
    asking::{self, Asked, By, Chosen, Of, Sender, Shown, Wanted, Why, Words, Written},
    consents::{self, Editions, Giver, NewAnswers, NewEdition, QUESTIONS, Way},
    erasure,
    invitations::Visitor,
    mails::Mails,
    texts::Texts,
};
use cleansheet_terms::{Clock as _, Naming, ParticipantId};

use crate::world::{TRUST, World, day, erasures_due, worlds};

pub(crate) struct Plain;

impl Words for Plain {
    fn mail(&self, why: Why, _to: &Visitor, _language: &str, link: &str) -> Written {
        Written { subject: format!("{why:?}"), body: format!("/g/{link}") }
    }

    fn text(&self, why: Why, _to: &Visitor, _language: &str, link: &str) -> String {
        format!("{why:?} /g/{link}")
    }
}

/// The trust with words that nobody has answered yet.
pub(crate) async fn new_words(world: &mut World) {
    world
        .act(async |tx, clock, chance| {
            let other = NewEdition::of_one_text("May we show your child this season?", None);
            Editions(tx).put_in_force(&other, clock, chance).await.unwrap();
        })
        .await;
}

async fn ask(world: &mut World, chosen: &Chosen<'_>, texts: bool) -> Asked {
    let manager = world.person("manager");
    world
        .act(async |tx, clock, chance| {
            let sender = Sender { words: &Plain, texts, by: Some(&manager) };
            asking::ask(tx, chosen, sender, clock, chance).await.unwrap()
        })
        .await
}

async fn ask_all(world: &mut World) -> Asked {
    ask(world, &Chosen::Fitting(&Of::All, ""), false).await
}

async fn remind_due(world: &mut World) -> Asked {
    world
        .act(async |tx, clock, chance| {
            let sender = Sender { words: &Plain, texts: false, by: None };
            asking::remind_due(tx, sender, clock, chance).await.unwrap()
        })
        .await
}

pub(crate) async fn subjects(world: &World) -> Vec<(String, String)> {
    let mut tx = world.records.read().await.unwrap();
    let all = Mails(&mut tx).newest(100).await.unwrap();
    all.into_iter().map(|mail| (mail.to, mail.subject)).collect()
}

async fn how_many(world: &World, shown: Shown) -> i64 {
    let mut tx = world.records.read().await.unwrap();
    let wanted = Wanted { shown, ..Wanted::default() };
    asking::how_many(&mut tx, &wanted, cleansheet_terms::Clock::now(&world.clock)).await.unwrap()
}

pub(crate) async fn answers(world: &mut World, child: &ParticipantId, giver: Giver, yes: bool) {
    world
        .act(async |tx, clock, chance| {
            let given = QUESTIONS.map(|(purpose, kind)| (purpose, kind, yes.then_some(Naming::None)));
            let new = NewAnswers {
                participant: child,
                giver,
                answers: &given,
                language: "en",
                way: Way::Link,
                evidence: "their own page",
                until: day("2027-11-21"),
                trust: TRUST,
            };
            consents::answer(tx, &new, clock, chance).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn everybody_is_asked_once_and_a_second_press_asks_nobody() {
    for mut world in worlds().await {
        assert_eq!(how_many(&world, Shown::All).await, 0, "everybody has answered to the first words");
        new_words(&mut world).await;
        // Two guardians of four children; the child of 13 has no address of her own.
        assert_eq!(how_many(&world, Shown::Unasked).await, 8);
        let asked = ask_all(&mut world).await;
        assert_eq!((asked.mails, asked.letters, asked.more), (8, 0, false));
        assert_eq!(ask_all(&mut world).await, Asked::default(), "nobody twice");
        assert_eq!((how_many(&world, Shown::Unasked).await, how_many(&world, Shown::Waiting).await), (0, 8));
        let mails = subjects(&world).await;
        assert_eq!(mails.iter().filter(|(_, subject)| subject == "Ask").count(), 8);
    }
}

#[tokio::test]
async fn everybody_on_a_list_is_nobody_beside_it_whatever_letters_were_looked_for() {
    for mut world in worlds().await {
        // The engines cannot fold ë; their pattern lets Zoe through, who comes first and is not on the list.
        for (name, family) in [("Zoe Hartwell", "zoe"), ("Zoë Wrona", "wrona"), ("Mia Kowal", "ZOË")] {
            world
                .act(async |tx, clock, chance| {
                    let mut activities = Activities(tx);
                    let born = Some(day("2016-07-07"));
                    let child = activities.add_participant(name, born, clock, chance).await.unwrap();
                    let mail = format!("{}@example.org", child.as_str().replace('_', "."));
                    let one = activities.add_guardian(family, &mail, clock, chance).await.unwrap();
                    activities.link(&child, &one, clock, chance).await.unwrap();
                })
                .await;
        }
        let now = cleansheet_terms::Clock::now(&world.clock);
        let on_list = async |world: &World| {
            let mut tx = world.records.read().await.unwrap();
            let wanted = Wanted { words: "zoë", shown: Shown::Unasked, ..Wanted::default() };
            let (found, _) = asking::who(&mut tx, &wanted, 50, now).await.unwrap();
            let mut names: Vec<String> = found.into_iter().map(|one| one.name).collect();
            names.sort();
            (names, asking::how_many(&mut tx, &wanted, now).await.unwrap())
        };
        let both = vec!["Mia Kowal".to_owned(), "Zoë Wrona".to_owned()];
        assert_eq!(on_list(&world).await, (both, 2), "{:?}", world.db.engine());
        let asked = ask(&mut world, &Chosen::Fitting(&Of::All, "zoë"), false).await;
        assert_eq!((asked.mails, asked.more), (2, false), "{:?}", world.db.engine());
        assert_eq!(on_list(&world).await, (Vec::new(), 0));
        assert_eq!(how_many(&world, Shown::Unasked).await, 1, "Zoe is asked by nobody");
    }
}

#[tokio::test]
async fn one_mail_for_several_children_and_who_is_sixteen_with_an_address_is_asked_too() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        let (leo, one) = (world.child("leo"), world.guardians["asha 1"].clone());
        let ines = world.child("ines");
        world
            .act(async |tx, clock, chance| Activities(tx).link(&leo, &one, clock, chance).await.unwrap())
            .await;
        world
            .tamper("UPDATE participant SET mail = 'ines@example.org' WHERE name = 'Ines Ferraz'")
            .await
            .unwrap();
        let ids = [world.child("asha"), leo, ines.clone()];
        let wanted = Wanted { of: Of::Participant(ines), ..Wanted::default() };
        for (born, people) in [("2010-11-22", 2), ("2010-11-21", 3)] {
            let set = format!("UPDATE participant SET born_day = '{born}' WHERE name = 'Ines Ferraz'");
            world.tamper(&set).await.unwrap();
            let now = cleansheet_terms::Clock::now(&world.clock);
            let (found, _) =
                asking::who(&mut world.records.read().await.unwrap(), &wanted, 50, now).await.unwrap();
            assert_eq!(found.len(), people, "born {born}: sixteen today, or tomorrow");
        }
        let asked = ask(&mut world, &Chosen::These(&ids), false).await;
        // Two for Asha, one of whom answers for Leo too; two more for Leo; two for Ines, and Ines herself.
        assert_eq!(asked.mails, 7);
        let mails = subjects(&world).await;
        assert_eq!(mails.iter().filter(|(to, _)| to == "asha.1@example.org").count(), 1);
        assert!(mails.contains(&("ines@example.org".to_owned(), "Ask".to_owned())));
        let mut tx = world.records.read().await.unwrap();
        let now = cleansheet_terms::Clock::now(&world.clock);
        let wanted = Wanted { words: "hartwell", shown: Shown::Waiting, ..Wanted::default() };
        let (found, _) = asking::who(&mut tx, &wanted, 50, now).await.unwrap();
        assert_eq!(found.len(), 3, "asked about both children, in one mail");
    }
}

#[tokio::test]
async fn reminders_come_after_a_week_and_three_and_stop_with_an_answer() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        let asha = world.child("asha");
        ask(&mut world, &Chosen::These(std::slice::from_ref(&asha)), false).await;
        assert_eq!(remind_due(&mut world).await.mails, 0);
        world.go_to("2026-11-28T12:40:00Z");
        assert_eq!(remind_due(&mut world).await.mails, 0, "six days and some hours");
        world.go_to("2026-11-28T20:30:00Z");
        assert_eq!(remind_due(&mut world).await.mails, 0, "nobody is written to at night");
        world.go_to("2026-11-29T08:00:00Z");
        assert_eq!(remind_due(&mut world).await.mails, 2);
        assert_eq!(remind_due(&mut world).await.mails, 0, "once");
        let giver = Giver::Guardian(world.guardians["asha 1"].clone());
        answers(&mut world, &asha, giver, false).await;
        world.go_to("2026-12-12T12:00:00Z");
        assert_eq!(remind_due(&mut world).await.mails, 0);
        world.go_to("2026-12-12T12:50:00Z");
        assert_eq!(remind_due(&mut world).await.mails, 1, "the one who has not answered");
        world.withdraw("asha", "asha 2").await;
        let mut tx = world.records.read().await.unwrap();
        let figures = asking::figures(&mut tx, world.clock.now()).await.unwrap();
        assert_eq!((figures.asked, figures.answered), (2, 2), "no to everything is an answer");
        drop(tx);
        world.go_to("2027-06-12T12:50:00Z");
        assert_eq!(remind_due(&mut world).await.mails, 0, "two reminders are enough");
        let reminders = subjects(&world).await.into_iter().filter(|(_, subject)| subject == "Remind");
        let mut to: Vec<String> = reminders.map(|(to, _)| to).collect();
        to.sort();
        assert_eq!(to, ["asha.1@example.org", "asha.2@example.org", "asha.2@example.org"]);
    }
}

#[tokio::test]
async fn a_reminder_for_somebody_who_cannot_be_reached_any_more_becomes_a_letter() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        world
            .tamper("UPDATE guardian SET mail = '', phone = '07700900123' WHERE name = 'leo 1'")
            .await
            .unwrap();
        let ids = [world.child("asha"), world.child("leo")];
        let asked = ask(&mut world, &Chosen::These(&ids), true).await;
        assert_eq!((asked.mails, asked.texts), (3, 1));
        world.tamper("UPDATE guardian SET mail = '' WHERE name = 'asha 1'").await.unwrap();
        world.tamper("UPDATE guardian SET phone = '' WHERE name = 'leo 1'").await.unwrap();
        world.go_to("2026-11-29T08:00:00Z");
        let reminded = remind_due(&mut world).await;
        assert_eq!((reminded.mails, reminded.texts, reminded.letters), (2, 0, 2));
        let mails = subjects(&world).await;
        assert!(mails.iter().all(|(to, _)| !to.is_empty()), "{mails:?}");
        let letters = world
            .act(async |tx, clock, chance| asking::print_letters(tx, clock, chance).await.unwrap())
            .await;
        let names: Vec<&str> = letters.iter().map(|letter| letter.name.as_str()).collect();
        assert_eq!(names, ["asha 1", "leo 1"], "{:?}", world.db.engine());
    }
}

#[tokio::test]
async fn a_look_finds_nobody_to_remind_between_two_reminders_or_in_words_of_the_past() {
    for mut world in worlds().await {
        let is_due = async |world: &World| {
            let mut tx = world.records.read().await.unwrap();
            asking::is_due(&mut tx, cleansheet_terms::Clock::now(&world.clock)).await.unwrap()
        };
        new_words(&mut world).await;
        ask_all(&mut world).await;
        world.go_to("2026-11-28T12:46:00Z");
        assert!(!is_due(&world).await);
        world.go_to("2026-11-29T08:00:00Z");
        assert!(is_due(&world).await);
        remind_due(&mut world).await;
        world.go_to("2026-12-08T12:00:00Z");
        assert!(!is_due(&world).await, "a week after the first reminder is not three after the mail");
        world.go_to("2026-12-12T12:50:00Z");
        assert!(is_due(&world).await);
        world
            .act(async |tx, clock, chance| {
                let newer = NewEdition::of_one_text("May we show your child next season?", None);
                Editions(tx).put_in_force(&newer, clock, chance).await.unwrap();
            })
            .await;
        assert!(!is_due(&world).await, "nobody is reminded of words that are no more in force");
    }
}

#[tokio::test]
async fn whoever_said_no_to_everything_is_not_asked_again_and_a_yes_that_ends_is() {
    for mut world in worlds().await {
        world.go_to("2027-07-20T12:00:00Z");
        let renew = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| {
                    let sender = Sender { words: &Plain, texts: false, by: None };
                    asking::renew(tx, sender, clock, chance).await.unwrap()
                })
                .await
        };
        assert_eq!(renew(&mut world).await, Asked::default(), "six weeks before");
        world.go_to("2027-08-02T12:00:00Z");
        assert_eq!(renew(&mut world).await.mails, 6, "Tyrone has turned 18; his guardians answer no more");
        assert_eq!(renew(&mut world).await, Asked::default(), "once");
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        answers(&mut world, &asha, giver, false).await;
        new_words(&mut world).await;
        let asked = ask(&mut world, &Chosen::These(&[asha]), false).await;
        assert_eq!(asked.mails, 1, "a no has no end");
    }
}

#[tokio::test]
async fn without_mail_there_is_a_text_message_or_a_letter_that_is_printed_once() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        world
            .tamper("UPDATE guardian SET mail = '', phone = '07700900123' WHERE name = 'asha 1'")
            .await
            .unwrap();
        world.tamper("UPDATE guardian SET mail = '' WHERE name = 'asha 2'").await.unwrap();
        let asha = [world.child("asha")];
        let asked = ask(&mut world, &Chosen::These(&asha), true).await;
        assert_eq!((asked.mails, asked.texts, asked.letters), (0, 1, 1));
        let print = async |world: &mut World| {
            world.act(async |tx, clock, chance| asking::print_letters(tx, clock, chance).await.unwrap()).await
        };
        let letters = print(&mut world).await;
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].name.as_str(), letters[0].code.len()), ("asha 2", 12));
        assert!(print(&mut world).await.is_empty(), "its secret is nowhere else");
        // A letter is asked for again, and the text message that never arrives becomes one.
        let again = ask(&mut world, &Chosen::ByLetter(&asha), true).await;
        assert_eq!(again.letters, 2);
        assert_eq!(print(&mut world).await.len(), 2);
    }
}

#[tokio::test]
async fn a_text_message_that_is_given_up_keeps_no_number_and_becomes_a_letter() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        world
            .tamper("UPDATE guardian SET mail = '', phone = '07700900123' WHERE name = 'asha 1'")
            .await
            .unwrap();
        let asha = [world.child("asha")];
        ask(&mut world, &Chosen::These(&asha), true).await;
        let job = world.claim(cleansheet_records::jobs::Work::SendText).await.unwrap();
        let id = cleansheet_terms::TextId::parse(&job.subject).unwrap();
        let text = Texts(&mut world.records.read().await.unwrap()).waiting(&id).await.unwrap().unwrap();
        assert!(text.to == "07700900123" && text.body.starts_with("Ask /g/"));
        world
            .act(async |tx, clock, _| {
                let now = cleansheet_terms::Clock::now(clock);
                Texts(tx).give_up(&id, "no such number", now).await.unwrap();
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        assert!(Texts(&mut tx).waiting(&id).await.unwrap().is_none());
        let now = cleansheet_terms::Clock::now(&world.clock);
        let wanted = Wanted { words: "asha 1", ..Wanted::default() };
        let (found, _) = asking::who(&mut tx, &wanted, 50, now).await.unwrap();
        assert!(
            found[0].open.as_ref().is_some_and(|open| open.by == By::Letter && open.to_print),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn whoever_asked_to_be_forgotten_is_not_asked_and_leaves_no_number() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        world
            .tamper("UPDATE guardian SET mail = '', phone = '07700900123' WHERE name = 'asha 1'")
            .await
            .unwrap();
        let (asha, manager) = (world.child("asha"), world.person("manager"));
        ask(&mut world, &Chosen::These(std::slice::from_ref(&asha)), true).await;
        world
            .act(async |tx, clock, chance| erasure::ask(tx, &asha, &manager, clock, chance).await.unwrap())
            .await;
        assert_eq!(how_many(&world, Shown::Waiting).await, 0);
        let job = world.claim(cleansheet_records::jobs::Work::SendText).await.unwrap();
        let id = cleansheet_terms::TextId::parse(&job.subject).unwrap();
        let due = erasures_due(&mut world.records.read().await.unwrap(), world.clock.now()).await.remove(0);
        world.act(async |tx, clock, chance| erasure::complete(tx, &due, clock, chance).await.unwrap()).await;
        assert!(Texts(&mut world.records.read().await.unwrap()).waiting(&id).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn the_list_goes_by_name_a_page_at_a_time() {
    for mut world in worlds().await {
        new_words(&mut world).await;
        let now = cleansheet_terms::Clock::now(&world.clock);
        let mut tx = world.records.read().await.unwrap();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let wanted = Wanted { after: after.as_ref(), ..Wanted::default() };
            let (found, next) = asking::who(&mut tx, &wanted, 3, now).await.unwrap();
            all.extend(found.into_iter().map(|one| (one.name, one.visitor_name)));
            let Some(next) = next else { break };
            after = asking::Place::parse(&next.to_string());
            assert!(after.is_some());
        }
        assert_eq!(all.len(), 8);
        assert!(all.is_sorted_by(|one, other| one.0 <= other.0), "{all:?}");
        let figures = asking::figures(&mut tx, now).await.unwrap();
        assert_eq!((figures.asked, figures.answered, figures.nobody), (0, 0, 0));
    }
}
