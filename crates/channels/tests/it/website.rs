//! The trust's own news page.

use cleansheet_channels::{Channel as _, ChannelError, Seen, website::Site};
use cleansheet_terms::Digest;

use crate::contract::{NONE, cleared, with};

fn site() -> (Site, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Site::open(folder.path()).unwrap(), folder)
}

#[tokio::test]
async fn an_article_that_somebody_changed_is_not_confirmed() {
    for change in ["words", "picture", "missing picture"] {
        let (site, folder) = site();
        let (cleared, album) = cleared("k1", "Full time.");
        site.publish(&cleared, with(&album)).await.unwrap();
        let article = site.article("k1").unwrap().unwrap();
        let posts = folder.path().join("posts/k1");
        let picture = posts.join(&article.pictures[0].file);
        match change {
            "words" => {
                let text = std::fs::read_to_string(posts.join("article.json")).unwrap();
                std::fs::write(posts.join("article.json"), text.replace("Full", "Half")).unwrap();
            }
            "picture" => std::fs::write(&picture, "another").unwrap(),
            _ => std::fs::remove_file(&picture).unwrap(),
        }
        assert!(
            matches!(site.confirm(cleared.order(), &NONE).await.unwrap(), Seen::Different { .. }),
            "{change}"
        );
        assert!(
            matches!(site.publish(&cleared, with(&album)).await, Err(ChannelError::UnknownOutcome(_))),
            "{change}: what is public under this key is not overwritten"
        );
    }
}

#[tokio::test]
async fn a_key_or_file_name_leads_nowhere_else() {
    let (site, folder) = site();
    std::fs::write(folder.path().join("secret"), "keep out").unwrap();
    for key in ["..", "../..", "a/b", "", ".", "k1%2f..", "k\0", &"k".repeat(65)] {
        assert!(site.article(key).unwrap().is_none(), "{key:?}");
        assert!(site.picture(key, "secret").unwrap().is_none(), "{key:?}");
        let (cleared, _) = cleared(key, "Full time.");
        let refused = site.take_down(cleared.order(), &NONE).await;
        assert!(matches!(refused, Err(ChannelError::ChangePost(_))), "{key:?}");
    }
    let (cleared, album) = cleared("k1", "Full time.");
    site.publish(&cleared, with(&album)).await.unwrap();
    for file in ["../../secret", "article.json", ""] {
        assert!(site.picture("k1", file).unwrap().is_none(), "{file:?}");
    }
}

#[tokio::test]
async fn the_newest_article_comes_first_and_every_picture_is_served_as_approved() {
    let (site, _folder) = site();
    for key in ["k1", "k2", "k3"] {
        let (cleared, album) = cleared(key, "Full time.");
        site.publish(&cleared, with(&album)).await.unwrap();
    }
    let articles = site.articles().unwrap();
    assert_eq!(articles.len(), 3);
    assert!(articles.windows(2).all(|two| two[0].published >= two[1].published));
    for picture in &articles[0].pictures {
        let bytes = site.picture(&articles[0].record_key, &picture.file).unwrap().unwrap();
        assert_eq!(Digest::of(&bytes), picture.digest);
    }
}

#[tokio::test]
async fn half_an_article_left_by_a_crash_is_cleared_away_when_the_site_opens() {
    let (site, folder) = site();
    std::fs::create_dir_all(folder.path().join("workshop/k1")).unwrap();
    std::fs::write(folder.path().join("workshop/k1/1-half.jpg"), "half").unwrap();
    drop(site);
    let site = Site::open(folder.path()).unwrap();
    assert!(!folder.path().join("workshop/k1").exists());
    assert!(site.articles().unwrap().is_empty());
}

#[tokio::test]
async fn the_newest_articles_are_known_again_after_each_publication_and_removal() {
    let (site, folder) = site();
    let keys = |most| {
        let articles = site.newest(most).unwrap();
        articles.into_iter().map(|one| one.record_key).collect::<Vec<_>>()
    };
    assert!(keys(5).is_empty());
    for key in ["k1", "k2", "k3"] {
        let (cleared, album) = cleared(key, "Full time.");
        site.publish(&cleared, with(&album)).await.unwrap();
        assert!(keys(5).contains(&key.to_owned()), "{key} appears at once");
    }
    let all: Vec<_> = site.articles().unwrap().into_iter().map(|one| one.record_key).collect();
    assert_eq!(keys(5), all);
    assert_eq!(keys(2), all[..2]);
    std::fs::remove_dir_all(folder.path().join("posts/k2")).unwrap();
    assert_eq!(keys(5).len(), 2, "what is gone is not listed");
}
