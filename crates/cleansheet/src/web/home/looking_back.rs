//! What Today says about what is public already: posts from before that somebody asks about, and posts that end soon.

use cleansheet_records::{StoreError, Tx, old_posts::OldPosts, orders::Orders};
use cleansheet_terms::Timestamp;

use crate::web::{
    layout::Page,
    parts::{Notice, Way},
};

/// One notice for each, to those who can do something about it.
pub(super) async fn notices(tx: &mut Tx, page: &Page, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
    let mut all = Vec::new();
    if page.nav.manage_old_posts {
        all.extend(asked(OldPosts(tx).counts().await?.asked));
    }
    if page.nav.draft {
        all.extend(ends(Orders(tx).ending_soon(now).await?));
    }
    Ok(all)
}

fn asked(posts: i64) -> Option<Notice> {
    let say = match posts {
        0 => return None,
        1 => "Somebody asks about an old post".to_owned(),
        posts => format!("Somebody asks about {posts} old posts"),
    };
    let remedy = "They were not sure who is shown. The safeguarding lead decides.";
    Some(notice(say, remedy, "/old-posts?show=asked", "Look at them"))
}

fn ends(posts: i64) -> Option<Notice> {
    let say = match posts {
        0 => return None,
        1 => "A post comes to its end".to_owned(),
        posts => format!("{posts} posts come to their end"),
    };
    let remedy = "It is taken down on the day after its last day, unless two people keep it.";
    Some(notice(say, remedy, "/posts/ending", "See what ends"))
}

fn notice(say: String, remedy: &str, to: &str, words: &str) -> Notice {
    let way = vec![Way::Link { to: to.to_owned(), words: words.to_owned() }];
    Notice { state: "hold", clause: None, say, remedy: remedy.to_owned(), way }
}
