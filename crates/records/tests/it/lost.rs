//! A lost phone: one press of a colleague ends every way in, and a false alarm harms little.

use cleansheet_records::{
    mails::Mails,
    sealing::Sealer,
    sign_ins::{
        Browser, Holder, LinkKind, Method, NewPasskey, SignInError, SignIns, Started, follow_link,
        identities, lost::LostError, print_code, pushes::Pushes, redeem_code,
    },
};
use cleansheet_terms::Clock as _;

use crate::world::{World, worlds};

fn browser() -> Browser<'static> {
    Browser { device: "a phone", shared: false, mark: Some("a") }
}

async fn begin(world: &mut World, who: &str) -> Started {
    let holder = Holder::Person(world.person(who));
    world
        .act(async |tx, clock, chance| {
            SignIns(tx).start(holder, Method::Passkey, browser(), clock, chance).await.unwrap()
        })
        .await
}

async fn is_in(world: &World, started: &Started) -> bool {
    let mut tx = world.records.read().await.unwrap();
    SignIns(&mut tx).by_token(started.token.reveal(), world.clock.now()).await.unwrap().is_some()
}

async fn lose(world: &mut World, who: &str, by: &str) -> Result<(), LostError> {
    let (who, by) = (world.person(who), world.person(by));
    world.act(async |tx, clock, chance| SignIns(tx).phone_is_lost(&who, &by, clock, chance).await).await
}

async fn find(world: &mut World, who: &str, by: &str) -> Result<(), LostError> {
    let (who, by) = (world.person(who), world.person(by));
    world.act(async |tx, clock, chance| SignIns(tx).phone_is_found(&who, &by, clock, chance).await).await
}

async fn follow(world: &mut World, link: &str) -> Result<Started, SignInError> {
    follow_link(&world.records, link, browser(), &world.clock, &mut world.chance).await
}

#[tokio::test]
async fn one_press_ends_every_way_in_until_a_printed_code_or_the_manager() {
    let sealer = Sealer::new([7; 32]);
    for mut world in worlds().await {
        let (approver, manager) = (world.person("approver"), world.person("manager"));
        let theirs = [begin(&mut world, "approver").await, begin(&mut world, "approver").await];
        let other = begin(&mut world, "author").await;
        let (once, demo, handle) = world
            .act(async |tx, clock, chance| {
                let endpoint = "https://updates.push.services.mozilla.com/wpush/v2/abc";
                Pushes(tx).keep(&approver, (endpoint, "a phone"), &sealer, clock, chance).await.unwrap();
                let mut sign_ins = SignIns(tx);
                let new = NewPasskey { credential_id: "c1", credential: "{}", name: "phone" };
                sign_ins.add_passkey(&approver, &new, clock, chance).await.unwrap();
                let once = sign_ins.make_link(&approver, LinkKind::Once, clock, chance).await.unwrap();
                let demo = sign_ins.make_link(&approver, LinkKind::Demo, clock, chance).await.unwrap();
                (once, demo, sign_ins.user_handle(&approver, chance).await.unwrap())
            })
            .await;
        let old_code =
            print_code(&world.records, &approver, &manager, &world.clock, &mut world.chance).await.unwrap();
        lose(&mut world, "approver", "author").await.unwrap();
        for one in &theirs {
            assert!(!is_in(&world, one).await, "every sign-in ends");
        }
        assert!(is_in(&world, &other).await, "nobody else's");
        for link in [&once, &demo] {
            assert!(matches!(follow(&mut world, link.reveal()).await, Err(SignInError::BadLink)));
        }
        let account = identities::Account {
            issuer: "https://id.example.org",
            subject: "1",
            verified_mail: Some("approver@example.org"),
        };
        let by_account =
            identities::sign_in(&world.records, account, browser(), &world.clock, &mut world.chance).await;
        assert!(by_account.is_err());
        world
            .act(async |tx, _, _| {
                assert!(SignIns(tx).passkey_used("c1", &handle).await.unwrap().is_none());
                assert_eq!(Pushes(tx).of(&approver).await.unwrap(), []);
            })
            .await;
        let old = redeem_code(&world.records, &old_code, browser(), &world.clock, &mut world.chance).await;
        assert!(old.is_err(), "a code that lay beside the phone does not help");
        let code =
            print_code(&world.records, &approver, &manager, &world.clock, &mut world.chance).await.unwrap();
        let back =
            redeem_code(&world.records, &code, browser(), &world.clock, &mut world.chance).await.unwrap();
        assert!(is_in(&world, &back).await);
        world
            .act(async |tx, _, _| {
                assert!(SignIns(tx).lost(&approver).await.unwrap().is_none());
                assert!(
                    SignIns(tx).passkey_used("c1", &handle).await.unwrap().is_some(),
                    "and nothing else was lost"
                );
            })
            .await;
    }
}

#[tokio::test]
async fn the_person_and_the_manager_are_told_and_one_press_lets_them_in_as_before() {
    for mut world in worlds().await {
        lose(&mut world, "approver", "author").await.unwrap();
        lose(&mut world, "approver", "colleague").await.unwrap();
        let mails = Mails(&mut world.records.read().await.unwrap()).newest(9).await.unwrap();
        let mut told: Vec<&str> = mails
            .iter()
            .filter(|m| m.subject == "A phone was reported lost")
            .map(|m| m.to.as_str())
            .collect();
        told.sort_unstable();
        assert_eq!(
            told,
            ["approver@example.org", "manager@example.org"],
            "once, however often it is pressed"
        );
        for by in ["author", "approver", "dsl"] {
            assert!(matches!(find(&mut world, "approver", by).await, Err(LostError::NotYours)), "{by}");
        }
        find(&mut world, "approver", "manager").await.unwrap();
        assert!(matches!(find(&mut world, "approver", "manager").await, Err(LostError::NotLost)));
        // The only Manager is let in by the safeguarding lead, never by themselves.
        lose(&mut world, "manager", "author").await.unwrap();
        assert!(matches!(find(&mut world, "manager", "manager").await, Err(LostError::NotYours)));
        find(&mut world, "manager", "dsl").await.unwrap();
    }
}

#[tokio::test]
async fn nobody_can_lock_everybody() {
    for mut world in worlds().await {
        for who in ["approver", "colleague", "manager"] {
            lose(&mut world, who, "author").await.unwrap();
        }
        assert!(matches!(lose(&mut world, "dsl", "author").await, Err(LostError::TooMany)));
        lose(&mut world, "author", "dsl").await.unwrap();
        world.clock.advance_ms(24 * 3_600_000);
        lose(&mut world, "dsl", "author").await.unwrap();
    }
}

#[tokio::test]
async fn a_link_made_on_the_server_afterwards_lets_the_only_manager_in() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        let link = async |world: &mut World| {
            world
                .act(async |tx, clock, chance| {
                    SignIns(tx).make_link(&manager, LinkKind::Once, clock, chance).await.unwrap()
                })
                .await
        };
        let before = link(&mut world).await;
        world.clock.advance_ms(1);
        for who in ["manager", "dsl"] {
            lose(&mut world, who, "author").await.unwrap();
        }
        world.clock.advance_ms(1);
        let after = link(&mut world).await;
        assert!(matches!(follow(&mut world, before.reveal()).await, Err(SignInError::BadLink)));
        let back = follow(&mut world, after.reveal()).await.unwrap();
        assert!(is_in(&world, &back).await);
        let mut tx = world.records.read().await.unwrap();
        assert!(SignIns(&mut tx).lost(&manager).await.unwrap().is_none(), "and the report has ended");
        drop(tx);
        find(&mut world, "dsl", "manager").await.unwrap();
    }
}

#[tokio::test]
async fn what_a_lead_reports_uses_up_nothing_of_the_staffs_limit() {
    for mut world in worlds().await {
        for _ in 0..6 {
            lose(&mut world, "approver", "dsl").await.unwrap();
            find(&mut world, "approver", "manager").await.unwrap();
        }
        lose(&mut world, "colleague", "author").await.unwrap();
    }
}
