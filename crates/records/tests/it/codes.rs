//! Codes of an authenticator app: each works once, guessing leads to waits, and nobody learns who has one.

use cleansheet_records::{
    mails::Mails,
    people::People,
    sealing::Sealer,
    sign_ins::{
        Browser, Method, SignIns,
        codes::{self, CodeError, Codes, NewSecret, Sent},
    },
};
use cleansheet_terms::{Clock as _, Timestamp};
use jiff::SignedDuration;

use crate::world::{World, worlds};

const PHONE: Browser<'_> = Browser { device: "a phone", shared: false, mark: None };
const STEP: i64 = 30_000;

fn sealer() -> Sealer {
    Sealer::new([9; 32])
}

/// A new app, told its secret but not finished.
async fn begun(world: &mut World, who: &str) -> NewSecret {
    let who = world.person(who);
    world
        .act(async |tx, clock, chance| {
            Codes(tx).begin(&who, &sealer(), clock, chance).await.unwrap();
            Codes(tx).begun(&who, &sealer()).await.unwrap().unwrap()
        })
        .await
}

async fn finish(world: &mut World, who: &str, code: &str) -> Result<(), CodeError> {
    let who = world.person(who);
    codes::finish(&world.records, &sealer(), &who, code, &world.clock, &mut world.chance).await
}

/// An app that signs in; the code it was finished with is used.
async fn app(world: &mut World, who: &str) -> NewSecret {
    let secret = begun(world, who).await;
    finish(world, who, &secret.code_at(world.clock.now())).await.unwrap();
    secret
}

async fn sign_in(world: &mut World, mail: &str, code: &str) -> Result<Method, CodeError> {
    let sent = Sent { mail, code };
    let (records, clock) = (world.records.clone(), &world.clock);
    let started = codes::sign_in(&records, &sealer(), sent, PHONE, clock, &mut world.chance).await?;
    Ok(started.sign_in.method)
}

/// A code of no step around now.
fn wrong(secret: &NewSecret, now: Timestamp) -> String {
    let near: Vec<String> =
        (-1..=1).map(|step| secret.code_at(now + SignedDuration::from_millis(step * STEP))).collect();
    let mut all = (0..10).map(|n| format!("{n:06}"));
    all.find(|code| !near.contains(code)).unwrap()
}

#[tokio::test]
async fn a_code_signs_in_once_and_confirms_never_with_the_same() {
    for mut world in worlds().await {
        let secret = app(&mut world, "author").await;
        let first = secret.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &first).await.is_err(), "it finished the app");
        world.clock.advance_ms(STEP);
        let code = secret.code_at(world.clock.now());
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(sign_in(&mut world, " Author@Example.org ", &spaced).await.unwrap(), Method::Code);
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_err(), "used");
        let who = world.person("author");
        let jo = People(&mut world.records.read().await.unwrap()).find(&who).await.unwrap().unwrap();
        let right = async |code: &str| {
            codes::is_right(&world.records, &sealer(), &jo, code, world.clock.now()).await.unwrap()
        };
        assert!(!right(&code).await, "a code that signed in does not confirm");
        world.clock.advance_ms(STEP);
        let next = secret.code_at(world.clock.now());
        assert!(right(&next).await);
        assert!(!right(&next).await, "nor does one that confirmed");
        let told = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
        assert!(told.iter().any(|mail| mail.to == "author@example.org"), "a new browser is told by mail");
    }
}

#[tokio::test]
async fn an_app_counts_after_its_first_right_code_and_there_is_one_a_person() {
    for mut world in worlds().await {
        let who = world.person("author");
        let old = begun(&mut world, "author").await;
        let secret = begun(&mut world, "author").await;
        assert_ne!(old.in_groups(), secret.in_groups(), "beginning again draws another secret");
        let code = secret.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_err(), "not finished");
        let bad = wrong(&secret, world.clock.now());
        assert!(matches!(finish(&mut world, "author", &bad).await, Err(CodeError::Wrong)));
        finish(&mut world, "author", &code).await.unwrap();
        assert!(matches!(finish(&mut world, "author", &code).await, Err(CodeError::NothingBegun)));
        let again =
            world.act(async |tx, clock, chance| Codes(tx).begin(&who, &sealer(), clock, chance).await).await;
        assert!(matches!(again, Err(CodeError::HasOne)));
        let ways = SignIns(&mut world.records.read().await.unwrap()).ways_of(&who).await.unwrap();
        assert!(ways.codes && ways.any());
        assert!(
            world.act(async |tx, clock, chance| Codes(tx).remove(&who, clock, chance).await).await.unwrap()
        );
        world.clock.advance_ms(STEP);
        let code = secret.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_err(), "removed");
    }
}

#[tokio::test]
async fn three_wrong_codes_shut_the_half_minute_for_that_address_only() {
    for mut world in worlds().await {
        let (jo, priya) = (app(&mut world, "author").await, app(&mut world, "approver").await);
        world.go_to("2026-11-21T13:00:05Z");
        let bad = wrong(&jo, world.clock.now());
        for _ in 0..3 {
            assert!(sign_in(&mut world, "author@example.org", &bad).await.is_err());
        }
        let code = jo.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_err(), "shut, though it is right");
        let hers = priya.code_at(world.clock.now());
        assert!(sign_in(&mut world, "approver@example.org", &hers).await.is_ok(), "nobody else waits");
        let link = world.person("author");
        let link = world
            .act(async |tx, clock, chance| {
                let kind = cleansheet_records::sign_ins::LinkKind::Once;
                SignIns(tx).make_link(&link, kind, clock, chance).await.unwrap()
            })
            .await;
        let followed = cleansheet_records::sign_ins::follow_link(
            &world.records,
            link.reveal(),
            PHONE,
            &world.clock,
            &mut world.chance,
        );
        assert!(followed.await.is_ok(), "other ways in stay open");
        world.go_to("2026-11-21T13:00:30Z");
        let code = jo.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_ok(), "the next half minute");
    }
}

#[tokio::test]
async fn waits_grow_last_over_a_restart_and_end_with_a_right_code() {
    for mut world in worlds().await {
        let jo = app(&mut world, "author").await;
        world.go_to("2026-11-21T13:00:00Z");
        let mut waited = Vec::new();
        for _ in 0..4 {
            for _ in 0..3 {
                let bad = wrong(&jo, world.clock.now());
                assert!(sign_in(&mut world, "author@example.org", &bad).await.is_err());
            }
            // Opened again, as after a restart.
            let records = cleansheet_records::Records::open(&world.db.address).await.unwrap();
            let before = world.clock.now();
            loop {
                world.clock.advance_ms(STEP);
                let code = jo.code_at(world.clock.now());
                let sent = Sent { mail: "author@example.org", code: &code };
                let (clock, chance) = (&world.clock, &mut world.chance);
                // Only looks whether codes are shut: a right one would start from nothing.
                let mut tx = records.begin().await.unwrap();
                let shut = Codes(&mut tx).is_shut(sent.mail, clock.now()).await.unwrap();
                tx.rollback().await.unwrap();
                if !shut {
                    break;
                }
                let tried = codes::sign_in(&records, &sealer(), sent, PHONE, clock, chance).await;
                assert!(tried.is_err(), "shut, and trying changes nothing");
            }
            waited.push(world.clock.now().duration_since(before).as_secs());
            records.close().await;
        }
        assert_eq!(waited, [30, 60, 300, 900]);
        let code = jo.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_ok());
        world.clock.advance_ms(STEP);
        for _ in 0..2 {
            let bad = wrong(&jo, world.clock.now());
            assert!(sign_in(&mut world, "author@example.org", &bad).await.is_err());
        }
        let code = jo.code_at(world.clock.now());
        assert!(sign_in(&mut world, "author@example.org", &code).await.is_ok(), "counted from nothing");
    }
}

#[tokio::test]
async fn whoever_it_is_about_the_answer_is_the_same() {
    for mut world in worlds().await {
        let jo = app(&mut world, "author").await;
        let (manager, author) = (world.person("manager"), world.person("author"));
        world.clock.advance_ms(STEP);
        let code = jo.code_at(world.clock.now());
        let said = async |world: &mut World, mail: &str, code: &str| {
            sign_in(world, mail, code).await.unwrap_err().to_string()
        };
        let nobody = said(&mut world, "nobody@example.org", &code).await;
        assert_eq!(said(&mut world, "approver@example.org", &code).await, nobody, "has no app");
        assert_eq!(said(&mut world, "author@example.org", "000000 ").await, nobody, "a wrong code");
        world
            .act(async |tx, clock, chance| {
                People(tx).suspend(&author, "", &manager, clock, chance).await.unwrap()
            })
            .await;
        assert_eq!(said(&mut world, "author@example.org", &code).await, nobody, "suspended");
        world
            .act(async |tx, clock, chance| People(tx).leave(&author, &manager, clock, chance).await.unwrap())
            .await;
        assert_eq!(said(&mut world, "author@example.org", &code).await, nobody, "left");
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Codes(&mut tx).of(&author).await.unwrap(), None, "the secret goes with its person");
    }
}

#[tokio::test]
async fn a_copied_database_makes_no_codes() {
    for mut world in worlds().await {
        let secret = app(&mut world, "author").await;
        let (author, colleague) = (world.person("author"), world.person("colleague"));
        begun(&mut world, "colleague").await;
        // Somebody with the database alone puts their own sealed secret into another person's row.
        world
            .tamper(&format!(
                "UPDATE code_app SET secret = (SELECT secret FROM code_app WHERE person_id = '{author}'),
                     confirmed_ms = NULL WHERE person_id = '{colleague}'"
            ))
            .await
            .unwrap();
        let mut tx = world.records.read().await.unwrap();
        assert!(Codes(&mut tx).begun(&colleague, &sealer()).await.is_err(), "sealed for somebody else");
        let letters = secret.in_groups().replace(' ', "");
        assert_eq!(letters.len(), 32);
        assert!(secret.address("Riverside", "a+b@example.org").contains(&format!(
            "otpauth://totp/Riverside:a%2Bb%40example.org?secret={letters}&issuer=Riverside&"
        )));
        assert_eq!(format!("{secret:?}"), "NewSecret(…)");
    }
}
