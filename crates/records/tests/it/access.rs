//! Clauses 2 and 3: who may have an account, who may do what on it until when, and the review of that.

mod connecting;
mod grants;
mod reporting;
mod reviewing;

use cleansheet_records::{
    accounts::{
        AccountError, Accounts, NewEntry, NewNativeRole, NewRequest, Recovery, TwoStep, Wanted,
        connections::NewConnection,
    },
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, PersonError},
};
use cleansheet_terms::{AccountRequestId, ChannelId, Clock as _, Network, PersonId, SeededEntropy, SignInId};

use crate::world::{World, worlds};

const PAGE: &str = "https://posts.example.org/accounts/requests";

async fn asks(world: &mut World, who: &str, name: &str) -> AccountRequestId {
    let by = world.person(who);
    let wanted = Wanted::New { network: Network::Bluesky, name };
    world
        .act(async |tx, clock, chance| {
            let new = NewRequest { wanted, why: " For match days. ", by: &by };
            Accounts(tx).ask_for(&new, PAGE, clock, chance).await.unwrap()
        })
        .await
}

async fn permits(
    world: &mut World,
    who: &str,
    request: &AccountRequestId,
) -> Result<ChannelId, AccountError> {
    let by = world.person(who);
    world
        .act(async |tx, clock, chance| {
            Accounts(tx).permit_request(request, &by, "We want to be there.", clock, chance).await
        })
        .await
}

async fn connects(world: &mut World, channel: &ChannelId) -> Result<(), AccountError> {
    let by = world.person("manager");
    let new = NewConnection {
        channel,
        remote: "did:plc:fenland",
        handle: "fenland.test",
        server: "https://pds.example.net",
        way: "OAuth",
        sealed: b"what signs in",
        by: &by,
    };
    world.act(async |tx, clock, chance| Accounts(tx).connect(&new, clock, chance).await).await
}

async fn begins(world: &mut World, channel: &ChannelId, by: &PersonId) -> Result<(), AccountError> {
    let sign_in = SignInId::new(&world.clock, &mut SeededEntropy::new(5));
    let now = world.clock.now();
    world
        .act(async |tx, _, _| {
            Accounts(tx).begin_connection("state", channel, by, &sign_in, b"sealed", now).await
        })
        .await
}

async fn mails(world: &World) -> Vec<(String, String, String)> {
    let all = Mails(&mut world.records.read().await.unwrap()).newest(99).await.unwrap();
    all.into_iter().map(|mail| (mail.to, mail.subject, mail.body)).collect()
}

#[tokio::test]
async fn no_account_is_connected_before_the_manager_has_permitted_it() {
    for mut world in worlds().await {
        let manager = world.person("manager");
        let written_down = world
            .act(async |tx, clock, chance| {
                Accounts(tx).add(Network::Bluesky, "Written down", clock, chance).await.unwrap()
            })
            .await;
        let refused = connects(&mut world, &written_down).await;
        assert!(matches!(refused, Err(AccountError::NotPermitted)), "{refused:?}");
        assert!(refused.unwrap_err().to_string().contains("clause 2"));
        let refused = begins(&mut world, &written_down, &manager).await;
        assert!(matches!(refused, Err(AccountError::NotPermitted)), "{refused:?}");
        // Asked for is not permitted yet, and refused is not either.
        let by = world.person("author");
        let request = world
            .act(async |tx, clock, chance| {
                let new = NewRequest { wanted: Wanted::Known(&written_down), why: "Old friends", by: &by };
                Accounts(tx).ask_for(&new, PAGE, clock, chance).await.unwrap()
            })
            .await;
        assert!(matches!(connects(&mut world, &written_down).await, Err(AccountError::NotPermitted)));
        world
            .act(async |tx, clock, chance| {
                Accounts(tx).refuse_request(&request, &manager, "Not now", clock, chance).await.unwrap();
            })
            .await;
        assert!(matches!(connects(&mut world, &written_down).await, Err(AccountError::NotPermitted)));
        assert!(matches!(permits(&mut world, "manager", &request).await, Err(AccountError::Decided)));
        // Permitted: it connects. Taken back, with nothing public there: it does not any more.
        world
            .act(async |tx, clock, chance| {
                Accounts(tx).permit(&written_down, &manager, clock, chance).await.unwrap();
            })
            .await;
        begins(&mut world, &written_down, &manager).await.unwrap();
        connects(&mut world, &written_down).await.unwrap();
        world
            .act(async |tx, clock, chance| {
                Accounts(tx).disconnect(&written_down, &manager, clock, chance).await.unwrap();
            })
            .await;
        assert!(matches!(connects(&mut world, &written_down).await, Err(AccountError::NotPermitted)));
    }
}

#[tokio::test]
async fn an_account_that_was_ended_is_connected_again_only_to_take_down_what_is_out_there() {
    for mut world in worlds().await {
        let (channel, manager) = (world.channels[0].clone(), world.person("manager"));
        connects(&mut world, &channel).await.unwrap();
        world.published().await;
        world
            .act(async |tx, clock, chance| {
                Accounts(tx).disconnect(&channel, &manager, clock, chance).await.unwrap();
            })
            .await;
        connects(&mut world, &channel).await.unwrap();
        world.withdraw("asha", "asha 1").await;
        world.take_down().await;
        let refused = connects(&mut world, &channel).await;
        assert!(matches!(refused, Err(AccountError::NotPermitted)), "{refused:?}");
    }
}

#[tokio::test]
async fn who_asked_why_and_what_the_manager_said_is_kept_and_the_asker_is_told() {
    for mut world in worlds().await {
        let request = asks(&mut world, "author", "Match days").await;
        assert_eq!(asks(&mut world, "author", "Match days").await, request, "a second press");
        let to_manager = mails(&world).await;
        assert_eq!(to_manager.len(), 1);
        assert_eq!(to_manager[0].0, "manager@example.org");
        assert!(!to_manager[0].1.contains("author") && to_manager[0].2.contains(PAGE));
        for who in ["author", "dsl"] {
            let refused = permits(&mut world, who, &request).await;
            assert!(matches!(refused, Err(AccountError::Person(PersonError::NotManager))), "{who}");
        }
        let channel = permits(&mut world, "manager", &request).await.unwrap();
        let told = mails(&world).await;
        assert_eq!(told[0].0, "author@example.org");
        assert!(told[0].2.contains("We want to be there.") && told[0].2.contains("permitted"));
        let mut tx = world.records.read().await.unwrap();
        let kept = Accounts(&mut tx).requests_for(&channel).await.unwrap().remove(0);
        assert_eq!((kept.by, kept.why.as_str()), (world.person("author"), "For match days."));
        let answer = kept.answer.unwrap();
        assert!(answer.permitted && answer.at > kept.asked);
        assert_eq!((answer.by, answer.reason.as_str()), (world.person("manager"), "We want to be there."));
        let permitted = Accounts(&mut tx).channel(&channel).await.unwrap().unwrap();
        assert!(permitted.is_permitted());
        drop(tx);
        assert!(matches!(permits(&mut world, "manager", &request).await, Err(AccountError::Decided)));
    }
}

#[tokio::test]
async fn the_managers_own_wish_takes_the_same_two_acts() {
    for mut world in worlds().await {
        let request = asks(&mut world, "manager", "Own idea").await;
        assert!(mails(&world).await.is_empty(), "nobody is told what they did themselves");
        let mut tx = world.records.read().await.unwrap();
        assert!(Accounts(&mut tx).channels().await.unwrap().iter().all(|one| one.name != "Own idea"));
        drop(tx);
        let channel = permits(&mut world, "manager", &request).await.unwrap();
        connects(&mut world, &channel).await.unwrap();
        assert!(mails(&world).await.is_empty());
        let mut tx = world.records.read().await.unwrap();
        // The accounts that every trust of these tests begins with went the same way.
        for channel in Accounts(&mut tx).channels().await.unwrap() {
            let wishes = Accounts(&mut tx).requests_for(&channel.id).await.unwrap();
            assert_eq!(wishes.len(), 1, "{}", channel.name);
            assert!(wishes[0].answer.as_ref().is_some_and(|answer| answer.permitted));
        }
    }
}

#[tokio::test]
async fn a_wish_without_a_name_or_a_reason_or_from_somebody_suspended_is_refused() {
    for mut world in worlds().await {
        let (author, colleague) = (world.person("author"), world.person("colleague"));
        let manager = world.person("manager");
        let channel = world.channels[0].clone();
        world
            .act(async |tx, clock, chance| {
                let new = |name, why| NewRequest {
                    wanted: Wanted::New { network: Network::X, name },
                    why,
                    by: &author,
                };
                let mut accounts = Accounts(tx);
                let nameless = accounts.ask_for(&new(" ", "why"), PAGE, clock, chance).await;
                assert!(matches!(nameless, Err(AccountError::Nameless)));
                let groundless = accounts.ask_for(&new("X", " "), PAGE, clock, chance).await;
                assert!(matches!(groundless, Err(AccountError::NoReason)));
                let long = "x".repeat(1_001);
                let long = accounts.ask_for(&new("X", &long), PAGE, clock, chance).await;
                assert!(matches!(long, Err(AccountError::TooLong(1_000))));
                let known = NewRequest { wanted: Wanted::Known(&channel), why: "why", by: &author };
                let again = accounts.ask_for(&known, PAGE, clock, chance).await;
                assert!(matches!(again, Err(AccountError::AlreadyPermitted)));
                People(tx).suspend(&colleague, "", &manager, clock, chance).await.unwrap();
                let gone = NewRequest { by: &colleague, ..new("X", "why") };
                assert!(Accounts(tx).ask_for(&gone, PAGE, clock, chance).await.is_err());
            })
            .await;
        let request = asks(&mut world, "author", "Silent").await;
        let silent = world
            .act(async |tx, clock, chance| {
                Accounts(tx).refuse_request(&request, &manager, " ", clock, chance).await
            })
            .await;
        assert!(matches!(silent, Err(AccountError::NoReason)));
    }
}

#[tokio::test]
async fn an_account_that_exists_already_is_written_down_with_who_gets_its_password_back() {
    for mut world in worlds().await {
        let (manager, dsl) = (world.person("manager"), world.person("dsl"));
        let id = world
            .act(async |tx, clock, chance| {
                let entry = NewEntry {
                    handle: "@fenlandtrust",
                    recovery: Recovery::NobodyKnows,
                    recovery_address: "",
                    two_step: TwoStep::Unknown,
                    by: &manager,
                };
                let refused = NewEntry { by: &dsl, ..entry.clone() };
                let mut accounts = Accounts(tx);
                let refused = accounts.register((Network::X, "X"), &refused, clock, chance).await;
                assert!(matches!(refused, Err(AccountError::Person(PersonError::NotManager))));
                accounts.register((Network::X, "Old X account"), &entry, clock, chance).await.unwrap()
            })
            .await;
        world
            .act(async |tx, clock, chance| {
                let entry = NewEntry {
                    handle: "@fenlandtrust",
                    recovery: Recovery::Person(dsl.clone()),
                    recovery_address: "office@example.org",
                    two_step: TwoStep::On,
                    by: &manager,
                };
                Accounts(tx).note(&id, &entry, clock, chance).await.unwrap();
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        let entries = Accounts(&mut tx).entries(&id).await.unwrap();
        let recoveries: Vec<_> = entries.iter().map(|one| one.recovery.clone()).collect();
        assert_eq!(recoveries, [Recovery::Person(dsl.clone()), Recovery::NobodyKnows], "newest first");
        assert!(entries.iter().all(|one| one.by == manager) && entries[0].noted > entries[1].noted);
        let account = Accounts(&mut tx).channel(&id).await.unwrap().unwrap();
        assert!(!account.is_permitted(), "written down is not permitted");
    }
}

#[tokio::test]
async fn who_can_act_beside_us_is_shown_until_they_are_removed_there() {
    for mut world in worlds().await {
        let (manager, colleague, channel) =
            (world.person("manager"), world.person("colleague"), world.channels[1].clone());
        let (ours, theirs) = world
            .act(async |tx, clock, chance| {
                let ours = NewNativeRole {
                    channel: &channel,
                    person: Some(&colleague),
                    holder: "",
                    what: "admin of the Page",
                    by: &manager,
                };
                let theirs = NewNativeRole {
                    person: None,
                    holder: "Robin Example, left in 2023",
                    what: "knows the password",
                    ..ours.clone()
                };
                let nobody = NewNativeRole { holder: " ", ..theirs.clone() };
                let mut accounts = Accounts(tx);
                assert!(accounts.note_native_role(&nobody, clock, chance).await.is_err());
                let ours = accounts.note_native_role(&ours, clock, chance).await.unwrap();
                (ours, accounts.note_native_role(&theirs, clock, chance).await.unwrap())
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        let all = Accounts(&mut tx).native_roles().await.unwrap();
        let holders: Vec<&str> = all.iter().map(|one| one.holder.as_str()).collect();
        assert_eq!(holders.len(), 2);
        assert!(holders.contains(&"colleague") && holders.contains(&"Robin Example, left in 2023"));
        assert_eq!(Accounts(&mut tx).native_roles_of(&colleague).await.unwrap()[0].id, ours);
        drop(tx);
        world
            .act(async |tx, clock, chance| {
                let mut accounts = Accounts(tx);
                accounts.native_role_is_gone(&theirs, &manager, clock, chance).await.unwrap();
                let again = accounts.native_role_is_gone(&theirs, &manager, clock, chance).await;
                assert!(matches!(again, Err(AccountError::NoNativeRole(_))));
            })
            .await;
        let mut tx = world.records.read().await.unwrap();
        assert_eq!(Accounts(&mut tx).native_roles().await.unwrap().len(), 1);
        let kept = Accounts(&mut tx).native_roles_on(&channel).await.unwrap();
        let gone = kept.iter().find(|one| one.id == theirs).unwrap();
        assert_eq!(gone.removed.as_ref().map(|(by, _)| by), Some(&manager), "who says so stays");
        let entries = Ledger(&mut tx).count().await.unwrap();
        assert!(entries > 0);
    }
}
