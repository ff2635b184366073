//! Accounts at the trust's provider: bound once by a verified address, then known by issuer and subject alone.

use cleansheet_records::{
    people::People,
    sign_ins::{
        Browser, Holder, Method, SignIn,
        identities::{self, Account, Identities, IdentityError},
    },
};

use crate::world::{World, worlds};

const PHONE: Browser<'_> = Browser { device: "a phone", shared: false, mark: None };
const ISSUER: &str = "https://id.example.org";

fn account<'a>(subject: &'a str, verified_mail: Option<&'a str>) -> Account<'a> {
    Account { issuer: ISSUER, subject, verified_mail }
}

async fn sign_in(world: &mut World, account: Account<'_>) -> Option<SignIn> {
    match identities::sign_in(&world.records, account, PHONE, &world.clock, &mut world.chance).await {
        Ok(started) => Some(started.sign_in),
        Err(IdentityError::NotOurs) => None,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_first_use_binds_and_from_then_on_the_address_counts_for_nothing() {
    for mut world in worlds().await {
        let author = Holder::Person(world.person("author"));
        let jo = sign_in(&mut world, account("1", Some("Author@example.org"))).await.unwrap();
        assert_eq!((&jo.holder, jo.method), (&author, Method::Identity));
        let again = sign_in(&mut world, account("1", None)).await.unwrap();
        assert_eq!(again.holder, author, "known by its number");
        let moved = sign_in(&mut world, account("1", Some("manager@example.org"))).await.unwrap();
        assert_eq!(moved.holder, author, "an address does not make somebody else of them");
        assert!(
            sign_in(&mut world, account("2", Some("author@example.org"))).await.is_none(),
            "whoever is given the address later is somebody else"
        );
        let other = Account { issuer: "https://other.example", ..account("1", None) };
        assert!(sign_in(&mut world, other).await.is_none(), "another provider's number");
    }
}

#[tokio::test]
async fn nobody_comes_in_by_an_unverified_or_unknown_address_or_after_leaving() {
    for mut world in worlds().await {
        assert!(sign_in(&mut world, account("1", None)).await.is_none(), "unverified");
        assert!(sign_in(&mut world, account("1", Some("nobody@example.org"))).await.is_none());
        let (manager, author, approver) =
            (world.person("manager"), world.person("author"), world.person("approver"));
        assert!(sign_in(&mut world, account("1", Some("author@example.org"))).await.is_some());
        world
            .act(async |tx, clock, chance| {
                People(tx).suspend(&author, "", &manager, clock, chance).await.unwrap();
                People(tx).suspend(&approver, "", &manager, clock, chance).await.unwrap();
            })
            .await;
        assert!(sign_in(&mut world, account("1", None)).await.is_none(), "suspended after binding");
        assert!(
            sign_in(&mut world, account("3", Some("approver@example.org"))).await.is_none(),
            "and before"
        );
        world
            .act(async |tx, clock, chance| People(tx).leave(&author, &manager, clock, chance).await.unwrap())
            .await;
        assert!(sign_in(&mut world, account("1", None)).await.is_none(), "left");
        let mut tx = world.records.read().await.unwrap();
        assert!(Identities(&mut tx).of(&author).await.unwrap().is_empty(), "unbound by leaving");
    }
}

#[tokio::test]
async fn only_ones_own_account_confirms() {
    for mut world in worlds().await {
        let jo = sign_in(&mut world, account("1", Some("author@example.org"))).await.unwrap();
        let priya = sign_in(&mut world, account("2", Some("approver@example.org"))).await.unwrap();
        for (sign_in, subject, right) in [(&jo, "1", true), (&jo, "2", false), (&priya, "3", false)] {
            let mail = Some("author@example.org");
            let tried =
                identities::prove(&world.records, account(subject, mail), sign_in, &world.clock).await;
            assert_eq!(tried.is_ok(), right, "{subject}");
        }
        let person = world.person("author");
        let gone = world
            .act(async |tx, clock, chance| Identities(tx).remove_all(&person, clock, chance).await.unwrap())
            .await;
        assert_eq!(gone, 1);
        assert!(sign_in(&mut world, account("1", None)).await.is_none(), "unbound");
    }
}
