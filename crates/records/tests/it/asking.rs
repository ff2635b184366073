//! Asking families: each person once, reminders that stop, letters, forms that two people read, adults on the spot.

use cleansheet_records::{
    activities::{self, Activities, ActivityError},
    asking::{
        self, Asked, By, Chosen, Differs, Entered, Forms, NewSpot, Of, PaperEntry, PaperError, Part, Sender,
        Shown, SpotError, Spots, Wanted, Why, Words, Written,
    },
    consents::{
        self, Consents, Editions, Giver, Kind, NewAnswers, NewEdition, Purpose, QUESTIONS, Reader, Way,
    },
    erasure,
    invitations::Visitor,
    mails::Mails,
    texts::Texts,
};
use cleansheet_terms::{Clock as _, Naming, ParticipantId, PersonId};

use crate::world::{TRUST, World, day, erasures_due, worlds};

struct Plain;

impl Words for Plain {
    fn mail(&self, why: Why, _to: &Visitor, _language: &str, link: &str) -> Written {
        Written { subject: format!("{why:?}"), body: format!("/g/{link}") }
    }

    fn text(&self, why: Why, _to: &Visitor, _language: &str, link: &str) -> String {
        format!("{why:?} /g/{link}")
    }
}

/// The trust with words that nobody has answered yet.
async fn new_words(world: &mut World) {
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

async fn subjects(world: &World) -> Vec<(String, String)> {
    let mut tx = world.records.read().await.unwrap();
    let all = Mails(&mut tx).newest(100).await.unwrap();
    all.into_iter().map(|mail| (mail.to, mail.subject)).collect()
}

async fn how_many(world: &World, shown: Shown) -> i64 {
    let mut tx = world.records.read().await.unwrap();
    let wanted = Wanted { shown, ..Wanted::default() };
    asking::how_many(&mut tx, &wanted, cleansheet_terms::Clock::now(&world.clock)).await.unwrap()
}

async fn answers(world: &mut World, child: &ParticipantId, giver: Giver, yes: bool) {
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
async fn one_mail_for_several_children_and_a_child_with_an_address_is_asked_too() {
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
        let ids = [world.child("asha"), leo, ines];
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

const SOCIAL: (Purpose, Kind) = (Purpose::News, Kind::Social);

/// The number at the foot of a form with the words in force.
async fn mark(world: &World, reader: Reader) -> String {
    let edition = Editions(&mut world.records.read().await.unwrap()).in_force().await.unwrap().unwrap();
    edition.wording(reader, "en").unwrap().mark()
}

async fn enter(
    world: &mut World,
    by: &str,
    signed: &str,
    answers: &consents::Answers,
) -> Result<Entered, PaperError> {
    let mark = mark(world, Reader::Guardian).await;
    let (asha, guardian) = (world.child("asha"), Visitor::Guardian(world.guardians["asha 1"].clone()));
    enter_form(world, by, (&asha, &guardian), (signed, &mark), answers).await
}

async fn enter_form(
    world: &mut World,
    by: &str,
    (participant, visitor): (&ParticipantId, &Visitor),
    (signed, mark): (&str, &str),
    answers: &consents::Answers,
) -> Result<Entered, PaperError> {
    let by = world.person(by);
    world
        .act(async |tx, clock, chance| {
            let entry = PaperEntry {
                participant,
                visitor,
                signed: day(signed),
                mark,
                answers,
                by: &by,
                trust: TRUST,
            };
            Forms(tx).enter(&entry, clock, chance).await
        })
        .await
}

async fn newest(world: &World, (purpose, kind): (Purpose, Kind)) -> (bool, Way) {
    let giver = Giver::Guardian(world.guardians["asha 1"].clone());
    let mut tx = world.records.read().await.unwrap();
    let all = Consents(&mut tx).newest(&world.child("asha"), purpose, kind).await.unwrap();
    (all[&giver].yes, all[&giver].way)
}

/// Whether the newest yes to news on the website was read from one of the forms that the tests enter.
async fn is_from_form(world: &World, child: &ParticipantId, giver: &Giver) -> bool {
    let mut tx = world.records.read().await.unwrap();
    let all = Consents(&mut tx).newest(child, Purpose::News, Kind::Website).await.unwrap();
    assert!(all[giver].yes);
    all[giver].evidence.starts_with("form ")
}

fn yes_and_no() -> Vec<(Purpose, Kind, Option<Naming>)> {
    vec![(Purpose::News, Kind::Website, Some(Naming::First)), (SOCIAL.0, SOCIAL.1, None)]
}

#[tokio::test]
async fn a_form_counts_when_two_people_read_the_same() {
    for mut world in worlds().await {
        world.go_to("2026-11-25T12:00:00Z");
        let read = yes_and_no();
        assert_eq!(enter(&mut world, "manager", "2026-11-24", &read).await.unwrap(), Entered::Waiting);
        assert_eq!(
            enter(&mut world, "manager", "2026-11-24", &read).await.unwrap(),
            Entered::Waiting,
            "not alone"
        );
        assert!(newest(&world, SOCIAL).await.0, "nothing counts yet");
        let other = vec![
            (Purpose::News, Kind::Website, Some(Naming::First)),
            (SOCIAL.0, SOCIAL.1, Some(Naming::None)),
        ];
        let differs: Differs = vec![Part::Day, Part::Question(SOCIAL.0, SOCIAL.1)];
        assert_eq!(
            enter(&mut world, "dsl", "2026-11-23", &other).await.unwrap(),
            Entered::Differs(differs.clone())
        );
        assert!(newest(&world, SOCIAL).await.0, "nothing counts while they differ");
        let open = Forms(&mut world.records.read().await.unwrap()).open().await.unwrap();
        assert_eq!((open.len(), &open[0].differs), (1, &differs));
        let third = enter(&mut world, "author", "2026-11-24", &read).await;
        assert!(matches!(third, Err(PaperError::Two)), "{third:?}");
        let done = enter(&mut world, "dsl", "2026-11-24", &read).await.unwrap();
        assert_eq!(done, Entered::Recorded { overtaken: 0 });
        assert_eq!(newest(&world, SOCIAL).await, (false, Way::Paper));
        assert!(Forms(&mut world.records.read().await.unwrap()).open().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_old_yes_on_paper_never_undoes_what_was_said_after_it() {
    for mut world in worlds().await {
        let (asha, giver) = (world.child("asha"), Giver::Guardian(world.guardians["asha 1"].clone()));
        world.go_to("2026-11-25T12:00:00Z");
        answers(&mut world, &asha, giver, false).await;
        let read = vec![(SOCIAL.0, SOCIAL.1, Some(Naming::Full)), (Purpose::Press, Kind::Press, None)];
        enter(&mut world, "manager", "2026-11-25", &read).await.unwrap();
        let done = enter(&mut world, "dsl", "2026-11-25", &read).await.unwrap();
        assert_eq!(done, Entered::Recorded { overtaken: 1 });
        assert_eq!(newest(&world, SOCIAL).await, (false, Way::Link));
        assert_eq!(newest(&world, (Purpose::Press, Kind::Press)).await, (false, Way::Paper));
        for signed in ["2026-11-26", "2025-11-24"] {
            assert!(
                matches!(enter(&mut world, "manager", signed, &read).await, Err(PaperError::Day)),
                "{signed}"
            );
        }
        assert!(matches!(enter(&mut world, "manager", "2026-11-25", &[]).await, Err(PaperError::Empty)));
    }
}

#[tokio::test]
async fn a_yes_on_a_form_counts_for_the_words_on_it_and_for_no_others() {
    for mut world in worlds().await {
        let (asha, one) = (world.child("asha"), world.guardians["asha 1"].clone());
        let (guardian, giver) = (Visitor::Guardian(one.clone()), Giver::Guardian(one));
        let old = mark(&world, Reader::Guardian).await;
        new_words(&mut world).await;
        let new = mark(&world, Reader::Guardian).await;
        assert!(old != new && [&old, &new].iter().all(|mark| mark.len() == 8), "{old} {new}");
        // Signed and entered long after the new words came; the form is an old one, or has lost its foot.
        world.go_to("2026-12-05T12:00:00Z");
        let read = yes_and_no();
        for mark in [old.as_str(), ""] {
            let form = ("2026-12-04", mark);
            enter_form(&mut world, "manager", (&asha, &guardian), form, &read).await.unwrap();
            let done = enter_form(&mut world, "dsl", (&asha, &guardian), form, &read).await.unwrap();
            assert_eq!(done, Entered::Recorded { overtaken: 1 }, "the no counts, the yes does not");
            assert!(!is_from_form(&world, &asha, &giver).await, "{mark}");
            assert_eq!(newest(&world, SOCIAL).await, (false, Way::Paper));
        }
        // Two people read the number like everything else.
        let spaced = format!("{} {}", &new[..4], &new[4..]);
        let form = ("2026-12-04", spaced.as_str());
        enter_form(&mut world, "manager", (&asha, &guardian), form, &read).await.unwrap();
        let differs = enter_form(&mut world, "dsl", (&asha, &guardian), ("2026-12-04", &old), &read).await;
        assert_eq!(differs.unwrap(), Entered::Differs(vec![Part::Mark]));
        for wrong in ["1234567", "12345678 9", "1234567x"] {
            let refused =
                enter_form(&mut world, "dsl", (&asha, &guardian), ("2026-12-04", wrong), &read).await;
            assert!(matches!(refused, Err(PaperError::Mark)), "{wrong}");
        }
        let done = enter_form(&mut world, "dsl", (&asha, &guardian), ("2026-12-04", &new), &read).await;
        assert_eq!(done.unwrap(), Entered::Recorded { overtaken: 0 });
        assert!(is_from_form(&world, &asha, &giver).await);
    }
}

#[tokio::test]
async fn a_form_for_children_that_is_entered_after_the_birthday_is_no_yes_of_an_adult() {
    for mut world in worlds().await {
        world
            .act(async |tx, clock, chance| {
                let words = [
                    (Reader::Guardian, "May we show your child?"),
                    (Reader::Child, "Can we use your picture?"),
                    (Reader::Adult, "May we show you?"),
                ];
                let new = NewEdition { words, networks: &cleansheet_terms::Network::ALL, by: None };
                Editions(tx).put_in_force(&new, clock, chance).await.unwrap();
            })
            .await;
        let tyrone = world.child("tyrone");
        let (own, read) = (Visitor::Participant(tyrone.clone()), yes_and_no());
        let (child, adult) = (mark(&world, Reader::Child).await, mark(&world, Reader::Adult).await);
        // Tyrone turns 18 on 28 November.
        world.go_to("2026-11-30T12:00:00Z");
        for (mark, overtaken) in [(&child, 1), (&adult, 0)] {
            let form = ("2026-11-27", mark.as_str());
            enter_form(&mut world, "manager", (&tyrone, &own), form, &read).await.unwrap();
            let done = enter_form(&mut world, "dsl", (&tyrone, &own), form, &read).await.unwrap();
            assert_eq!(done, Entered::Recorded { overtaken });
            assert_eq!(is_from_form(&world, &tyrone, &Giver::Own).await, overtaken == 0);
        }
    }
}

#[tokio::test]
async fn two_people_at_the_same_moment_are_two_readings_of_one_form() {
    for world in worlds().await {
        let both = [world.person("manager"), world.person("dsl")];
        let one = async |(seed, by): (u64, PersonId)| {
            let (participant, visitor) =
                (world.child("asha"), Visitor::Guardian(world.guardians["asha 1"].clone()));
            let (mut chance, read) = (cleansheet_terms::SeededEntropy::new(seed), yes_and_no());
            let mark = mark(&world, Reader::Guardian).await;
            let mut tx = world.records.begin().await.unwrap();
            let entry = PaperEntry {
                participant: &participant,
                visitor: &visitor,
                signed: day("2026-11-21"),
                mark: &mark,
                answers: &read,
                by: &by,
                trust: TRUST,
            };
            let entered = Forms(&mut tx).enter(&entry, &world.clock, &mut chance).await.unwrap();
            tx.commit().await.unwrap();
            entered
        };
        let [first, second] = both;
        let (first, second) = tokio::join!(one((1, first)), one((2, second)));
        let waiting = [&first, &second].into_iter().filter(|one| **one == Entered::Waiting).count();
        let recorded = [&first, &second].into_iter().any(|one| matches!(one, Entered::Recorded { .. }));
        assert!(waiting == 1 && recorded, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn whoever_entered_a_form_for_the_wrong_child_removes_it_and_nobody_else_does() {
    for mut world in worlds().await {
        enter(&mut world, "manager", "2026-11-21", &yes_and_no()).await.unwrap();
        let id = Forms(&mut world.records.read().await.unwrap()).open().await.unwrap().remove(0).id;
        for (who, good) in [("dsl", false), ("manager", true)] {
            let by = world.person(who);
            let removed =
                world.act(async |tx, clock, chance| Forms(tx).remove(&id, &by, clock, chance).await).await;
            assert_eq!(removed.is_ok(), good, "{who}");
        }
    }
}

async fn spot(
    world: &mut World,
    token: &str,
    once: &str,
    change: impl FnOnce(&mut NewSpot<'_>),
) -> Result<ParticipantId, SpotError> {
    world.clock.advance_ms(1_000);
    let answers = yes_and_no();
    let mut new = NewSpot {
        token,
        once,
        name: "  Sam   Carter ",
        mail: "Sam@example.org",
        adult: true,
        answers: &answers,
        trust: TRUST,
        words: &Plain,
    };
    change(&mut new);
    let mut tx = world.records.begin().await.unwrap();
    let spotted = Spots(&mut tx).answer(&new, &world.clock, &mut world.chance).await?;
    tx.commit().await.unwrap();
    Ok(spotted.participant)
}

#[tokio::test]
async fn an_adult_answers_on_the_spot_once_and_is_on_the_roster() {
    for mut world in worlds().await {
        let (activity, author) = (world.activity.clone(), world.person("author"));
        let (token, ends) = world
            .act(async |tx, clock, chance| Spots(tx).make(&activity, &author, clock, chance).await.unwrap())
            .await;
        assert_eq!(ends, "2026-11-23T00:00:00Z".parse().unwrap(), "the end of the day after");
        let token = token.reveal().to_owned();
        for change in [
            (|new: &mut NewSpot<'_>| new.adult = false) as fn(&mut NewSpot<'_>),
            |new| new.name = "  ",
            |new| new.mail = "sam",
            |new| new.mail = "sam@example.org\nBcc: all@example.org",
            |new| new.answers = &[],
            |new| new.token = "none",
        ] {
            assert!(spot(&mut world, &token, "a", change).await.is_err());
        }
        let sam = spot(&mut world, &token, "a", |_| {}).await.unwrap();
        assert!(matches!(spot(&mut world, &token, "a", |_| {}).await, Err(SpotError::Twice)));
        let mut tx = world.records.read().await.unwrap();
        let roster = Activities(&mut tx).roster(&activity).await.unwrap();
        let found = roster.iter().find(|one| one.id == sam).unwrap();
        assert_eq!(
            (found.name.as_str(), found.mail.as_str(), found.adult),
            ("Sam Carter", "sam@example.org", true)
        );
        let joined = Consents(&mut tx)
            .joined(&sam, Purpose::News, cleansheet_terms::Network::Website, day("2026-11-21"))
            .await
            .unwrap();
        assert!(joined.is_yes() && !joined.child && joined.naming == Naming::First);
        drop(tx);
        assert!(subjects(&world).await.contains(&("sam@example.org".to_owned(), "Receipt".to_owned())));
        world.go_to("2026-11-23T00:00:00Z");
        assert!(matches!(spot(&mut world, &token, "b", |_| {}).await, Err(SpotError::Ended)));
        let over = world
            .act(async |tx, clock, chance| Spots(tx).make(&activity, &author, clock, chance).await)
            .await;
        assert!(matches!(over, Err(SpotError::Over)));
    }
}

#[tokio::test]
async fn an_adult_with_the_name_of_a_child_waits_until_somebody_says_that_they_are_two() {
    for mut world in worlds().await {
        let (activity, author) = (world.activity.clone(), world.person("author"));
        let (token, _) = world
            .act(async |tx, clock, chance| Spots(tx).make(&activity, &author, clock, chance).await.unwrap())
            .await;
        let token = token.reveal().to_owned();
        // Of unknown age, of 17, grown up and flagged, grown up.
        let mut others = Vec::new();
        for (name, born) in [
            ("sam carter", None),
            ("Carter, Sam", Some("2009-03-04")),
            ("Sam Carter", Some("1990-01-01")),
            ("Sam Carter", Some("1991-01-01")),
        ] {
            let born = born.map(day);
            let other = world
                .act(async |tx, clock, chance| {
                    Activities(tx).add_participant(name, born, clock, chance).await.unwrap()
                })
                .await;
            others.push(other);
        }
        let flagged = others[2].clone();
        world
            .act(async |tx, clock, chance| {
                Activities(tx).set_no_image(&flagged, true, None, "dsl", clock, chance).await.unwrap();
            })
            .await;
        let sam = spot(&mut world, &token, "a", |_| {}).await.unwrap();
        let other = spot(&mut world, &token, "b", |new| new.name = "Alex Moss").await.unwrap();
        let on_roster = async |world: &World, id: &ParticipantId| {
            let mut tx = world.records.read().await.unwrap();
            Activities(&mut tx).on_roster(&world.activity, id).await.unwrap()
        };
        assert!(on_roster(&world, &other).await && !on_roster(&world, &sam).await);
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(
            Consents(&mut tx).answers_about(&sam).await.unwrap().len(),
            2,
            "what they answered is kept"
        );
        assert!(Activities(&mut tx).waits(&sam).await.unwrap());
        drop(tx);
        // Nobody puts them there by hand, and a new name of the child makes nobody forget.
        world
            .act(async |tx, _, _| {
                let put = Activities(tx).put_on_roster(&activity, &sam).await;
                assert!(matches!(put, Err(ActivityError::MayBeAnother)), "{put:?}");
            })
            .await;
        world
            .tamper("UPDATE participant SET name = 'Samuel Carter' WHERE name = 'Carter, Sam'")
            .await
            .unwrap();
        let pairs = Activities(&mut world.records.read().await.unwrap()).duplicates().await.unwrap();
        let with_sam = pairs.iter().filter(|pair| pair.second.id == sam).map(|pair| &pair.first.id);
        assert_eq!(with_sam.collect::<Vec<_>>().len(), 4, "{pairs:?}");
        let by = world.person("dsl");
        for (number, like) in others[..3].iter().enumerate() {
            assert!(!on_roster(&world, &sam).await, "{number}");
            world
                .act(async |tx, clock, chance| {
                    Activities(tx).say_apart(like, &sam, &by, clock, chance).await.unwrap();
                })
                .await;
        }
        assert!(on_roster(&world, &sam).await, "{:?}", world.db.engine());
        // Or they are one: then the one is on the roster, and still not to be shown.
        let twice = spot(&mut world, &token, "c", |_| {}).await.unwrap();
        for like in &others[..2] {
            world
                .act(async |tx, clock, chance| {
                    Activities(tx).say_apart(like, &twice, &by, clock, chance).await.unwrap();
                })
                .await;
        }
        world
            .act(async |tx, clock, chance| {
                activities::merge(tx, &flagged, &twice, &by, clock, chance).await.unwrap();
            })
            .await;
        assert!(on_roster(&world, &flagged).await && !on_roster(&world, &twice).await);
        let mut tx = world.records.read().await.unwrap();
        assert!(Activities(&mut tx).participant(&flagged).await.unwrap().unwrap().no_image);
    }
}
