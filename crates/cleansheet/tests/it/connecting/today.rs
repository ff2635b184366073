//! What Today says to the Manager about sign-ins and versions that end.

use cleansheet::jobs;
use cleansheet_records::{
    accounts::{Accounts, health::Checked},
    mails::Mails,
};
use cleansheet_terms::{ChannelId, Clock as _, Network};
use jiff::SignedDuration;

use super::World;

/// The network says that the sign-in ends in so many days.
async fn ends_in(world: &World, id: &ChannelId, days: i64) {
    let (clock, now) = (&*world.site.clock, world.site.clock.now());
    let ends = now.checked_add(SignedDuration::from_hours(24 * days)).ok();
    let checked = Checked { at: Some(now), ends, ..Checked::default() };
    let mut tx = world.site.app.records.begin().await.unwrap();
    let mut chance = &world.site.app.entropy;
    Accounts(&mut tx).keep_checked(id, now, "", &checked, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_sign_in_that_ends_stands_on_today_from_the_14th_day_before_and_is_told_three_times() {
    let world = World::new().await;
    let mut manager = world.site.browser("manager").await;
    let id = world.connects_mastodon(&mut manager).await;
    for (days, says) in [
        (20, None),
        (14, Some("The sign-in to Trust on Mastodon ends in 14 days")),
        (7, Some("The sign-in to Trust on Mastodon ends in 7 days")),
        (1, Some("The sign-in to Trust on Mastodon ends in one day")),
    ] {
        ends_in(&world, &id, days).await;
        let today = manager.get("/").await.text();
        assert_eq!(today.contains("The sign-in to"), says.is_some(), "{days} days before: {today}");
        assert!(says.is_none_or(|says| today.contains(says)), "{days} days before: {today}");
        assert!(says.is_none() || today.contains(&format!("/accounts/{id}/connect")), "{today}");
        jobs::go_round(&world.site.app).await;
    }
    let mails = Mails(&mut world.site.app.records.read().await.unwrap()).newest(50).await.unwrap();
    let told: Vec<_> =
        mails.iter().filter(|mail| mail.subject == "The sign-in of an account ends soon").collect();
    assert_eq!(told.len(), 3);
    for span in ["within 14 days", "within 7 days", "within 1 day,"] {
        assert_eq!(told.iter().filter(|mail| mail.body.contains(span)).count(), 1, "{span}");
    }
}

#[tokio::test]
async fn today_says_of_metas_version_that_it_ends_has_ended_or_is_not_known_where_an_account_rests_on_it() {
    for (version, says) in [
        ("v25.0", None),
        ("v21.0", Some("Meta ends version v21.0 of its interface on 21 January 2027")),
        ("v20.0", Some("Meta ended version v20.0 of its interface on 24 September 2026")),
        ("v99.0", Some("Nobody here knows when Meta ends version v99.0 of its interface")),
    ] {
        let world = World::speaking(version).await;
        let mut manager = world.site.browser("manager").await;
        assert!(!manager.get("/").await.text().contains("of its interface"), "nobody is on Facebook");
        let id = world.permitted(&mut manager, Network::Facebook).await;
        world.is_connected_as(&id, "1", "Fenland").await;
        let today = manager.get("/").await.text();
        assert_eq!(today.contains("of its interface"), says.is_some(), "{version}: {today}");
        assert!(says.is_none_or(|says| today.contains(says)), "{version}: {today}");
    }
}
