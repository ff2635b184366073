//! Ways in: links and sign-ins of staff, invitations and codes of guardians.

use cleansheet_records::{
    invitations::{self, InvitationError, Invitations, Visitor},
    mails::Mails,
    sign_ins::{Browser, Holder, LinkKind, SignInError, SignIns, follow_link},
};
use cleansheet_terms::Clock as _;

use crate::world::{TRUST, World, worlds};

const PHONE: Browser<'_> = Browser { device: "a phone", shared: false, mark: None };
const MINUTE: i64 = 60_000;

async fn link(world: &mut World, who: &str, kind: LinkKind) -> String {
    let who = world.person(who);
    let link = world
        .act(async |tx, clock, chance| SignIns(tx).make_link(&who, kind, clock, chance).await.unwrap())
        .await;
    link.reveal().to_owned()
}

async fn follow(world: &mut World, link: &str) -> Result<String, SignInError> {
    let started = follow_link(&world.records, link, PHONE, &world.clock, &mut world.chance).await?;
    Ok(started.token.reveal().to_owned())
}

async fn is_in(world: &World, token: &str) -> bool {
    let mut tx = world.records.read().await.unwrap();
    SignIns(&mut tx).by_token(token, world.clock.now()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_link_works_once_within_a_day_and_looking_at_it_changes_nothing() {
    for mut world in worlds().await {
        let one = link(&mut world, "author", LinkKind::Once).await;
        for _ in 0..50 {
            let mut tx = world.records.read().await.unwrap();
            let holder = SignIns(&mut tx).link_holder(&one, world.clock.now()).await.unwrap();
            assert_eq!(holder, Some(world.person("author")));
        }
        let token = follow(&mut world, &one).await.unwrap();
        assert!(is_in(&world, &token).await);
        assert!(matches!(follow(&mut world, &one).await, Err(SignInError::BadLink)));
        let late = link(&mut world, "author", LinkKind::Once).await;
        world.clock.advance_ms(24 * 60 * MINUTE);
        assert!(matches!(follow(&mut world, &late).await, Err(SignInError::BadLink)));
        assert!(matches!(follow(&mut world, "guessed").await, Err(SignInError::BadLink)));
    }
}

#[tokio::test]
async fn a_sign_in_ends_when_idle_and_after_twelve_hours_whatever_is_done() {
    for (who, idle) in [("author", 30), ("manager", 15), ("dsl", 15)] {
        for mut world in worlds().await {
            let one = link(&mut world, who, LinkKind::Demo).await;
            let token = follow(&mut world, &one).await.unwrap();
            world.clock.advance_ms(idle * MINUTE - 1);
            assert!(is_in(&world, &token).await, "{who}");
            world.clock.advance_ms(1);
            assert!(!is_in(&world, &token).await, "{who}");
            let token = follow(&mut world, &one).await.unwrap();
            for _ in 0..71 {
                world.clock.advance_ms(10 * MINUTE);
                let now = world.clock.now();
                let mut tx = world.records.begin().await.unwrap();
                let sign_in = SignIns(&mut tx).by_token(&token, now).await.unwrap().unwrap();
                assert_eq!(sign_in.facts(now).idle_minutes, 10);
                SignIns(&mut tx).touch(&sign_in, now).await.unwrap();
                tx.commit().await.unwrap();
            }
            world.clock.advance_ms(10 * MINUTE);
            assert!(!is_in(&world, &token).await, "twelve hours are over");
        }
    }
}

#[tokio::test]
async fn only_hashes_of_links_and_tokens_are_kept() {
    for mut world in worlds().await {
        let one = link(&mut world, "author", LinkKind::Once).await;
        let token = follow(&mut world, &one).await.unwrap();
        let Some(folder) = world.db.folder() else { continue };
        for file in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for secret in [&one, &token] {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
            }
        }
    }
}

/// An invitation of Asha's first guardian.
async fn invited(world: &mut World) -> String {
    let guardian = world.guardians["asha 1"].clone();
    let link = world
        .act(async |tx, clock, chance| {
            Invitations(tx).invite(&Visitor::Guardian(guardian.clone()), clock, chance).await.unwrap()
        })
        .await;
    link.reveal().to_owned()
}

async fn ask(world: &mut World, link: &str, browser: &str) {
    invitations::send_code(&world.records, link, browser, TRUST, &world.clock, &mut world.chance)
        .await
        .unwrap();
}

async fn codes(world: &World) -> Vec<String> {
    let mails = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
    let code = |body: &str| {
        let after = body.split("Your code is ").nth(1).unwrap();
        after.chars().take_while(|letter| *letter != '.').collect::<String>()
    };
    mails.iter().map(|mail| code(&mail.body)).collect()
}

async fn redeem(world: &mut World, link: &str, code: &str, browser: &str) -> Result<Holder, InvitationError> {
    let (records, clock) = (&world.records, &world.clock);
    let started = invitations::redeem(records, link, code, browser, PHONE, clock, &mut world.chance).await?;
    Ok(started.sign_in.holder)
}

#[tokio::test]
async fn a_code_goes_to_the_registered_address_and_works_once_in_the_browser_that_asked() {
    for mut world in worlds().await {
        let link = invited(&mut world).await;
        assert!(codes(&world).await.is_empty(), "the link alone sends nothing");
        ask(&mut world, &link, "mine").await;
        let mail = Mails(&mut world.records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
        assert_eq!(mail.to, "asha.1@example.org");
        assert!(!mail.subject.contains(char::is_numeric), "subjects are shown on locked phones");
        let code = codes(&world).await.remove(0);
        assert!(redeem(&mut world, &link, &code, "another").await.is_err(), "forwarded");
        let expected = Holder::Visitor(Visitor::Guardian(world.guardians["asha 1"].clone()));
        assert_eq!(redeem(&mut world, &link, &code, "mine").await.unwrap(), expected);
        assert!(redeem(&mut world, &link, &code, "mine").await.is_err(), "used");
    }
}

#[tokio::test]
async fn a_code_dies_after_ten_minutes_and_after_five_tries() {
    for mut world in worlds().await {
        let link = invited(&mut world).await;
        ask(&mut world, &link, "mine").await;
        let code = codes(&world).await.remove(0);
        world.clock.advance_ms(10 * MINUTE);
        assert!(redeem(&mut world, &link, &code, "mine").await.is_err());
        ask(&mut world, &link, "mine").await;
        let code = codes(&world).await.remove(0);
        for _ in 0..5 {
            assert!(redeem(&mut world, &link, "0000 0000", "mine").await.is_err());
        }
        assert!(redeem(&mut world, &link, &code, "mine").await.is_err(), "the right one comes too late");
    }
}

#[tokio::test]
async fn a_guardian_is_sent_three_codes_an_hour_and_ten_a_day_at_most() {
    for mut world in worlds().await {
        let link = invited(&mut world).await;
        for _ in 0..9 {
            ask(&mut world, &link, "mine").await;
        }
        assert_eq!(codes(&world).await.len(), 3);
        for _ in 0..9 {
            world.clock.advance_ms(61 * MINUTE);
            for _ in 0..3 {
                ask(&mut world, &link, "mine").await;
            }
        }
        assert_eq!(codes(&world).await.len(), 10);
        ask(&mut world, "no such link", "mine").await;
        assert_eq!(codes(&world).await.len(), 10);
    }
}

#[tokio::test]
async fn a_guardians_sign_in_lasts_half_an_hour_in_all() {
    for mut world in worlds().await {
        let link = invited(&mut world).await;
        ask(&mut world, &link, "mine").await;
        let code = codes(&world).await.remove(0);
        let (records, clock) = (&world.records, &world.clock);
        let started = invitations::redeem(records, &link, &code, "mine", PHONE, clock, &mut world.chance)
            .await
            .unwrap();
        world.clock.advance_ms(30 * MINUTE - 1);
        assert!(is_in(&world, started.token.reveal()).await);
        world.clock.advance_ms(1);
        assert!(!is_in(&world, started.token.reveal()).await);
    }
}
