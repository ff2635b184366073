//! Reminders: each once, none after renewal or leaving, only the one that is due now, and the Manager's list on Mondays.

use cleansheet_records::{
    mails::{Mail, Mails},
    people::{People, Reminded, remind, reminders_are_due},
};
use cleansheet_terms::Clock as _;

use crate::world::{World, certificate, worlds};

const ORIGIN: &str = "https://posts.example.org";

async fn look(world: &mut World, at: &str) -> Reminded {
    world.go_to(at);
    // In a transaction that only reads: in most rounds nobody waits for a writer.
    let is_due = async |world: &World| {
        let mut tx = world.records.read().await.unwrap();
        reminders_are_due(&mut tx, world.clock.now()).await.unwrap()
    };
    let due = is_due(world).await;
    let told = world.act(async |tx, clock, chance| remind(tx, ORIGIN, clock, chance).await.unwrap()).await;
    assert_eq!(due, told != Reminded::default(), "{at}");
    assert!(!is_due(world).await, "{at}: whoever was told is not due again");
    told
}

async fn mails(world: &World, to: &str, subject: &str) -> Vec<Mail> {
    let mut all = Mails(&mut world.records.read().await.unwrap()).newest(999).await.unwrap();
    all.retain(|mail| mail.to == to && mail.subject == subject);
    all
}

const RUNS_OUT: &str = "Something of yours runs out";

/// Everybody's certificate is good until 1 March 2027, their permissions until 31 May 2027.
#[tokio::test]
async fn a_holder_is_told_90_60_30_14_7_and_0_days_before_once_each() {
    for mut world in worlds().await {
        let mut told = Vec::new();
        let mut day: jiff::civil::Date = "2026-11-25".parse().unwrap();
        let end: jiff::civil::Date = "2027-03-05".parse().unwrap();
        while day <= end {
            for hour in ["07:59:00", "08:00:00", "13:30:00"] {
                look(&mut world, &format!("{day}T{hour}Z")).await;
            }
            let all = mails(&world, "author@example.org", RUNS_OUT).await;
            if all.len() > told.len() {
                told.push(day.to_string());
                assert_eq!(all.len(), told.len(), "one mail on {day}");
            }
            day = day.tomorrow().unwrap();
        }
        let certificate =
            ["2026-12-01", "2026-12-31", "2027-01-30", "2027-02-15", "2027-02-22", "2027-03-01"];
        // The permissions' first reminder falls on its own day: 90 days before 31 May.
        let all: Vec<&str> = told.iter().map(String::as_str).collect();
        let expected: Vec<&str> = certificate.into_iter().chain(["2027-03-02"]).collect();
        assert_eq!(all, expected);
        let first = mails(&world, "author@example.org", RUNS_OUT).await.pop().unwrap();
        let line = "- Take the safeguarding course by 1 March 2027: your certificate ends then.";
        assert!(
            first.body.contains(line) && first.body.contains(&format!("{ORIGIN}/me/papers")),
            "{first:?}"
        );
    }
}

#[tokio::test]
async fn a_trust_that_was_off_for_weeks_sends_only_what_is_due_now() {
    for mut world in worlds().await {
        look(&mut world, "2027-02-24T10:00:00Z").await;
        look(&mut world, "2027-02-24T10:15:00Z").await;
        assert_eq!(mails(&world, "author@example.org", RUNS_OUT).await.len(), 1);
        let later = look(&mut world, "2027-03-03T10:00:00Z").await;
        assert_eq!(later.holders, 5, "the certificates have ended; the permissions end in 89 days");
        let mail = mails(&world, "author@example.org", RUNS_OUT).await.remove(0);
        assert!(!mail.body.contains("certificate ends") && mail.body.contains("News page"), "{}", mail.body);
    }
}

#[tokio::test]
async fn nobody_is_told_who_has_renewed_has_brought_a_new_one_is_suspended_or_has_left() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        let [author, approver, colleague, dsl] =
            ["author", "approver", "colleague", "dsl"].map(|who| world.person(who));
        world
            .act(async |tx, clock, chance| {
                certificate(tx, &author, "2026-11-01", Some(&manager), clock, chance).await;
                certificate(tx, &approver, "2026-11-01", None, clock, chance).await;
                People(tx).leave(&colleague, &manager, clock, chance).await.unwrap();
                People(tx).suspend(&dsl, "", &manager, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(look(&mut world, "2027-02-20T10:00:00Z").await.holders, 1);
        assert_eq!(mails(&world, "manager@example.org", RUNS_OUT).await.len(), 1);
    }
}

#[tokio::test]
async fn the_managers_have_the_weeks_list_on_monday_morning_once() {
    for mut world in worlds().await {
        let digest = "What runs out in the next 90 days";
        let mut sent = Vec::new();
        for at in [
            // A Friday on which the trust is new: its first list comes on a Monday.
            "2026-11-27T10:00:00Z",
            "2026-12-07T07:59:00Z",
            "2026-12-07T08:00:00Z",
            "2026-12-07T08:15:00Z",
            "2026-12-11T12:00:00Z",
            // Off on Monday: the list comes on Tuesday.
            "2026-12-15T09:00:00Z",
            "2026-12-21T08:01:00Z",
        ] {
            look(&mut world, at).await;
            sent.push(mails(&world, "manager@example.org", digest).await.len());
        }
        assert_eq!(sent, [0, 0, 1, 1, 1, 2, 3]);
        let list = mails(&world, "manager@example.org", digest).await.remove(0);
        assert!(
            list.body.contains("- author: safeguarding certificate ends on 1 March 2027"),
            "{}",
            list.body
        );
        assert!(list.body.contains(&format!("{ORIGIN}/people/calendar")));
        assert!(mails(&world, "dsl@example.org", digest).await.is_empty());
    }
}
