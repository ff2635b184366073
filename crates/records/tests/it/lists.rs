//! Lists of posts: a page at a time, searched by whatever they show, the same on both engines.

use cleansheet_records::{
    orders::OrderState,
    posts::{Listed, Place, Posts, Stage, Wanted},
};

use crate::world::{World, worlds};

async fn page(world: &World, wanted: &Wanted<'_>, most: u32) -> (Vec<Listed>, Option<Place>) {
    Posts(&mut world.records.read().await.unwrap()).list(wanted, most).await.unwrap()
}

async fn captions(world: &World, stage: Option<Stage>, words: &str) -> Vec<String> {
    let (found, _) = page(world, &Wanted { stage, words, after: None }, 50).await;
    found.into_iter().map(|one| one.post.caption).collect()
}

#[tokio::test]
async fn a_list_has_pages_that_miss_nothing_and_repeat_nothing() {
    for mut world in worlds().await {
        let mut made = Vec::new();
        for number in 0..7 {
            let id = world.draft().await;
            world.caption(&id, &format!("Match {number}")).await.unwrap();
            made.push(id);
            // Two of them move in the same millisecond.
            if number % 3 != 0 {
                world.clock.advance_ms(1_000);
            }
        }
        let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let (found, next) = page(&world, &Wanted { after: after.as_ref(), ..Wanted::default() }, 3).await;
            assert!(found.len() <= 3);
            seen.extend(found.into_iter().map(|one| one.post.id));
            pages += 1;
            if next.is_none() {
                break;
            }
            after = next;
        }
        assert_eq!((pages, seen.len()), (3, made.len()));
        seen.sort();
        made.sort();
        assert_eq!(seen, made, "{:?}", world.db.engine());
    }
}

#[tokio::test]
async fn a_list_is_searched_by_words_author_and_activity_whatever_the_case() {
    for mut world in worlds().await {
        for caption in ["JOSÉ scored twice", "100% effort", "100 kicks"] {
            let id = world.draft().await;
            world.caption(&id, caption).await.unwrap();
        }
        assert_eq!(captions(&world, None, " josé ").await, ["JOSÉ scored twice"], "{:?}", world.db.engine());
        assert_eq!(captions(&world, None, "jose").await, Vec::<String>::new());
        assert_eq!(captions(&world, None, "100%").await, ["100% effort"]);
        assert_eq!(captions(&world, None, "AUTHOR").await.len(), 3, "by the author's name");
        assert_eq!(captions(&world, Some(Stage::Draft), "100").await.len(), 2);
        assert_eq!(captions(&world, Some(Stage::Approved), "").await.len(), 0);
    }
}

#[tokio::test]
async fn a_list_shows_the_orders_and_a_picture_of_each_post() {
    for mut world in worlds().await {
        let (post, _) = world.published().await;
        let draft = world.draft().await;
        let (found, _) = page(&world, &Wanted::default(), 50).await;
        let one = found.iter().find(|one| one.post.id == post).unwrap();
        assert!(one.orders.contains(&OrderState::Published) || one.orders.contains(&OrderState::Sent));
        assert_eq!(one.author, "author");
        assert!(one.thumb.is_some(), "{:?}", world.db.engine());
        let author = world.person("author");
        let theirs = Posts(&mut world.records.read().await.unwrap()).concerning(&author).await.unwrap();
        let theirs: Vec<_> = theirs.into_iter().map(|one| one.post.id).collect();
        assert!(theirs.contains(&post) && theirs.contains(&draft));
        let approver = world.person("approver");
        let others = Posts(&mut world.records.read().await.unwrap()).concerning(&approver).await.unwrap();
        assert!(others.iter().all(|one| one.post.id != draft), "a draft concerns its author alone");
    }
}
