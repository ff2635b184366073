//! What the public tells of accounts in the trust's name.

use cleansheet_records::{
    accounts::reports::{self, NewReport, ReportError, Reports, State},
    people::PersonError,
    sealing::Sealer,
};
use cleansheet_terms::{AccountReportId, Clock as _};

use super::mails;
use crate::world::{TRUST, World, worlds};

const PAGE: &str = "https://posts.example.org/account-reports";
const WORDS: &str = "It asks children for pictures.";
const REPORT: NewReport<'_> =
    NewReport { address: "https://x.example/fenlandtrust1", words: WORDS, contact: "robin@example.org" };

fn sealer() -> Sealer {
    Sealer::new([7; 32])
}

async fn makes(world: &mut World, new: &NewReport<'_>) -> Result<AccountReportId, ReportError> {
    let sealer = sealer();
    world.act(async |tx, clock, chance| Reports(tx, &sealer).make(new, PAGE, clock, chance).await).await
}

async fn all(world: &World) -> Vec<reports::Report> {
    Reports(&mut world.records.read().await.unwrap(), &sealer()).all().await.unwrap()
}

#[tokio::test]
async fn a_report_is_a_task_of_the_manager_until_it_is_closed_with_what_was_found() {
    for mut world in worlds().await {
        let (sealer, manager, dsl) = (sealer(), world.person("manager"), world.person("dsl"));
        let id = makes(&mut world, &REPORT).await.unwrap();
        let told = mails(&world).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "manager@example.org");
        assert!(!told[0].2.contains("fenlandtrust1") && !told[0].2.contains("robin"), "{}", told[0].2);
        let one = all(&world).await.remove(0);
        assert_eq!((one.address.as_str(), one.words.as_str()), (REPORT.address, WORDS));
        assert_eq!((one.contact.as_deref(), one.state()), (Some("robin@example.org"), State::Open));
        world
            .act(async |tx, clock, chance| {
                let refused = Reports(tx, &sealer).network_told(&id, &dsl, clock, chance).await;
                assert!(matches!(refused, Err(ReportError::Person(PersonError::NotManager))));
                Reports(tx, &sealer).network_told(&id, &manager, clock, chance).await.unwrap();
            })
            .await;
        assert_eq!(all(&world).await[0].state(), State::Told);
        let again = world
            .act(async |tx, clock, chance| {
                let mut reports = Reports(tx, &sealer);
                let empty = reports.close(&id, " ", &manager, None, clock, chance).await;
                assert!(matches!(empty, Err(ReportError::NoWords)));
                let found = "X has taken it down.";
                reports.close(&id, found, &manager, Some(TRUST), clock, chance).await.unwrap();
                reports.close(&id, found, &manager, Some(TRUST), clock, chance).await
            })
            .await;
        assert!(matches!(again, Err(ReportError::Closed)));
        let one = all(&world).await.remove(0);
        assert_eq!((one.state(), one.found.as_str()), (State::Closed, "X has taken it down."));
        assert_eq!(one.closed.map(|(by, _)| by), Some(manager));
        assert!(one.answered.is_some());
        let (to, subject, body) = mails(&world).await.remove(0);
        assert_eq!(to, "robin@example.org");
        assert!(
            !subject.contains("fenland") && body.contains("X has taken it down.") && body.contains(TRUST)
        );
        assert!(!body.contains(REPORT.address), "no address of somebody else goes out under our name");
        assert_eq!(reports::waiting(&mut world.records.read().await.unwrap()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn how_to_reach_who_told_us_is_forgotten_after_six_months() {
    for mut world in worlds().await {
        makes(&mut world, &REPORT).await.unwrap();
        world.go_to("2027-05-21T11:00:00Z");
        let now = world.clock.now();
        assert!(!reports::contacts_are_due(&mut world.records.read().await.unwrap(), now).await.unwrap());
        world.go_to("2027-05-21T11:47:00Z");
        let now = world.clock.now();
        assert!(reports::contacts_are_due(&mut world.records.read().await.unwrap(), now).await.unwrap());
        let gone = world.act(async |tx, _, _| reports::forget_contacts(tx, now).await.unwrap()).await;
        assert_eq!(gone, 1);
        let one = all(&world).await.remove(0);
        assert_eq!((one.contact, one.words.as_str()), (None, WORDS), "the rest stays");
    }
}

#[tokio::test]
async fn what_is_no_report_is_refused_and_what_was_written_is_sealed() {
    for mut world in worlds().await {
        let long = "x".repeat(2_001);
        for (new, expected) in [
            (NewReport { address: " \u{202E}", ..REPORT }, "NoAddress"),
            (NewReport { words: " ", ..REPORT }, "NoWords"),
            (NewReport { words: &long, ..REPORT }, "TooLong"),
            (NewReport { contact: "a@b.org, c@d.org", ..REPORT }, "NoMail"),
        ] {
            let refused = makes(&mut world, &new).await.unwrap_err();
            assert_eq!(format!("{refused:?}"), expected);
        }
        makes(&mut world, &REPORT).await.unwrap();
        let stored = match world.db.folder() {
            Some(folder) => {
                let files = std::fs::read_dir(folder).unwrap().flatten();
                files.flat_map(|file| std::fs::read(file.path()).unwrap_or_default()).collect()
            }
            None => world.dump().await,
        };
        let holds = |text: &str| stored.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("fenlandtrust1"), "the address is looked for by the Manager");
        assert!(!holds(WORDS) && !holds("robin@example.org"));
    }
}

#[tokio::test]
async fn a_flood_of_reports_is_no_flood_of_mails() {
    for mut world in worlds().await {
        for _ in 0..8 {
            makes(&mut world, &REPORT).await.unwrap();
        }
        assert_eq!(mails(&world).await.len(), 5);
        world.go_to("2026-11-23T12:00:00Z");
        makes(&mut world, &REPORT).await.unwrap();
        assert_eq!(mails(&world).await.len(), 6, "a new day");
    }
}
