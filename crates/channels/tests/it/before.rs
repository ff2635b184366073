//! Posts from before this program came: listed page by page, and taken down for good.

use std::collections::BTreeSet;

use cleansheet_channels::{
    Channel, ChannelError, Gone, OldPage, OldPost, OldPosts as _,
    bluesky::Credential,
    website::{Article, Picture, Site},
};
use cleansheet_simulators::{
    Act, Fault,
    bluesky::{DID, cid},
};
use cleansheet_terms::Digest;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    bluesky::{Pocket, channel, means, on, played, posted, real, says},
    contract::{cleared, with},
};

/// Everything that is listed, page after page, and how many pages there were.
async fn all(channel: &dyn Channel) -> (Vec<OldPost>, usize) {
    let (mut all, mut pages, mut from) = (Vec::new(), 0, None);
    loop {
        let OldPage { posts, next } = channel.old_posts().unwrap().list(from.as_deref()).await.unwrap();
        all.extend(posts);
        pages += 1;
        match next {
            Some(next) => from = Some(next),
            None => return (all, pages),
        }
    }
}

fn blob(bytes: &[u8]) -> Value {
    json!({ "$type": "blob", "ref": { "$link": cid(bytes) }, "mimeType": "image/jpeg", "size": bytes.len() })
}

fn post(text: &str, embed: Value) -> Value {
    json!({ "$type": "app.bsky.feed.post", "text": text, "createdAt": "2023-05-06T14:00:00.000Z", "embed": embed })
}

/// Puts an article into the site's folder, as somebody who copied the old site would.
fn copied(folder: &std::path::Path, key: &str, published: &str) -> Vec<u8> {
    let (bytes, at) = (format!("picture of {key}").into_bytes(), folder.join("posts").join(key));
    let digest = Digest::of(&bytes);
    std::fs::create_dir_all(&at).unwrap();
    std::fs::write(at.join("1.jpg"), &bytes).unwrap();
    let picture = Picture { file: "1.jpg".into(), alt_text: "A team".into(), width: 8, height: 6, digest };
    let article = Article {
        // Another name than its folder's: the folder is where the public reads it.
        record_key: "somewhere-else".into(),
        published: published.parse().unwrap(),
        text: format!("Story {key}"),
        pictures: vec![picture],
    };
    std::fs::write(at.join("article.json"), serde_json::to_vec(&article).unwrap()).unwrap();
    bytes
}

#[tokio::test]
async fn old_articles_are_listed_a_page_at_a_time_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::open(folder.path()).unwrap();
    for n in 0..120 {
        // Several of the same instant: the key says which comes first.
        copied(folder.path(), &format!("old-{n:03}"), &format!("2023-05-{:02}T10:00:00Z", n % 7 + 1));
    }
    let (cleared, album) = cleared("k1a2b3", "Full time: 3–2.");
    let sent = site.publish(&cleared, with(&album)).await.unwrap();
    let (posts, pages) = all(&site).await;
    assert_eq!((posts.len(), pages), (121, 3));
    let names: BTreeSet<&str> = posts.iter().map(|post| post.remote.as_str()).collect();
    assert_eq!(names.len(), 121, "each once");
    assert!(posts.windows(2).all(|two| two[0].published >= two[1].published), "the newest first");
    assert_eq!(site.name_of(cleared.order()), Some(sent.remote.clone()), "ours is told apart by its name");
    let old = posts.iter().find(|post| post.remote == "old-007").unwrap();
    assert_eq!((old.url.as_str(), old.text.as_str()), ("/news/old-007", "Story old-007"));
    assert_eq!((old.files.len(), old.files[0].alt_text.as_str()), (1, "A team"));
    let bytes = site.file(&old.remote, &old.files[0].name).await.unwrap();
    assert_eq!(bytes.unwrap(), b"picture of old-007");
    assert!(site.file(&old.remote, "2.jpg").await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_grows_and_shrinks_meanwhile_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::open(folder.path()).unwrap();
    for n in 0..60 {
        copied(folder.path(), &format!("old-{n:03}"), &format!("2023-01-01T10:{n:02}:00Z"));
    }
    let first = site.list(None).await.unwrap();
    copied(folder.path(), "newer", "2024-01-01T10:00:00Z");
    // The last one of the first page is gone: the next page begins behind where it was.
    site.take_down_old(&first.posts.last().unwrap().remote).await.unwrap();
    let second = site.list(first.next.as_deref()).await.unwrap();
    assert_eq!((first.posts.len(), second.posts.len(), second.next), (50, 10, None));
    assert!(!second.posts.iter().any(|post| first.posts.contains(post)));
    let wrong = site.list(Some("nonsense")).await;
    assert!(matches!(wrong, Err(ChannelError::Refused(_))), "asking again changes nothing: {wrong:?}");
}

#[tokio::test]
async fn an_old_article_is_taken_down_and_seen_to_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::open(folder.path()).unwrap();
    copied(folder.path(), "old-1", "2023-05-01T10:00:00Z");
    std::fs::write(folder.path().join("secret"), "keep out").unwrap();
    let files = ["1.jpg".to_owned()];
    let gone = site.confirm_old_gone("old-1", &files).await.unwrap();
    assert!(matches!(gone, Gone::StillLive { .. }));
    site.take_down_old("old-1").await.unwrap();
    site.take_down_old("old-1").await.unwrap();
    assert_eq!(site.confirm_old_gone("old-1", &files).await.unwrap(), Gone::Gone);
    for outside in ["..", "../secret", "a/b", ""] {
        let refused = site.take_down_old(outside).await;
        assert!(matches!(refused, Err(ChannelError::ChangePost(_))), "{outside:?}");
        assert!(site.file(outside, "secret").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_picture_that_names_a_file_elsewhere_is_not_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::open(folder.path()).unwrap();
    copied(folder.path(), "old-1", "2023-05-01T10:00:00Z");
    std::fs::write(folder.path().join("secret"), "keep out").unwrap();
    let file = folder.path().join("posts/old-1/article.json");
    let text = std::fs::read_to_string(&file).unwrap().replace("1.jpg", "../../secret");
    std::fs::write(&file, text).unwrap();
    assert!(site.file("old-1", "../../secret").await.unwrap().is_none());
    assert!(site.picture("old-1", "../../secret").unwrap().is_none());
}

#[tokio::test]
async fn every_kind_of_old_post_is_read_whoever_wrote_it() {
    let fake = played().await;
    let (bluesky, _) = on(&fake);
    let images = json!({ "$type": "app.bsky.embed.images",
        "images": [{ "alt": "Under nines", "image": blob(b"one") }, { "image": blob(b"two") }] });
    let theirs = "at://did:plc:other/app.bsky.feed.post/3k1";
    let beside = json!({ "$type": "app.bsky.embed.recordWithMedia",
        "record": { "record": { "uri": theirs, "cid": "bafy" } },
        "media": { "$type": "app.bsky.embed.images", "images": [{ "alt": "", "image": blob(b"three") }] } });
    let quote = json!({ "$type": "app.bsky.embed.record", "record": { "uri": theirs, "cid": "bafy" } });
    let link = json!({ "$type": "app.bsky.embed.external",
        "external": { "uri": "https://example.org", "title": "Our story", "thumb": blob(b"four") } });
    let video = json!({ "$type": "app.bsky.embed.video", "alt": "A goal", "video": blob(b"five") });
    let first_year =
        json!({ "images": [{ "alt": "old", "image": { "cid": cid(b"six"), "mimeType": "image/jpeg" } }] });
    fake.with(|state| {
        state.wrote("3a1", post("images", images), &[b"one", b"two"]);
        state.wrote("3a2", post("beside", beside), &[b"three"]);
        state.wrote("3a3", post("quote", quote), &[]);
        state.wrote("3a4", post("link", link), &[b"four"]);
        state.wrote("3a5", post("video", video), &[b"five"]);
        state.wrote("3a6", post("first year", first_year), &[b"six"]);
        state.wrote("3a7", json!({ "text": 7, "createdAt": "no instant", "embed": "none" }), &[]);
        state.reposts.insert(
            "3b1".into(),
            json!({ "subject": { "uri": theirs }, "createdAt": "2023-05-07T14:00:00Z" }),
        );
    });
    let (posts, pages) = all(&bluesky).await;
    let of = |text: &str| posts.iter().find(|post| post.text == text).unwrap().clone();
    assert_eq!((posts.len(), pages), (8, 4), "one look more says that a collection has ended");
    let names = |text: &str| of(text).files.into_iter().map(|file| file.name).collect::<Vec<_>>();
    assert_eq!(names("images"), [cid(b"one"), cid(b"two")]);
    assert_eq!(of("images").files[0].alt_text, "Under nines");
    assert_eq!(of("images").published, Some("2023-05-06T14:00:00Z".parse().unwrap()));
    assert_eq!((names("beside"), of("beside").shares.as_deref()), (vec![cid(b"three")], Some(theirs)));
    assert_eq!((names("quote"), of("quote").shares.as_deref()), (vec![], Some(theirs)));
    assert_eq!((names("link"), of("link").files[0].alt_text.as_str()), (vec![cid(b"four")], "Our story"));
    assert!(of("video").files[0].video && !of("images").files[0].video);
    assert_eq!(names("first year"), [cid(b"six")]);
    let odd = posts.iter().find(|post| post.remote.ends_with("/3a7")).unwrap();
    assert_eq!((odd.text.as_str(), odd.published, odd.files.len()), ("", None, 0));
    let repost = posts.last().unwrap();
    assert_eq!(repost.remote, format!("at://{DID}/app.bsky.feed.repost/3b1"));
    assert_eq!(repost.shares.as_deref(), Some(theirs));
    let bytes = bluesky.file(&of("images").remote, &cid(b"one")).await.unwrap();
    assert_eq!(bytes.unwrap(), b"one");
    assert!(
        bluesky.file(&of("images").remote, &cid(b"none")).await.unwrap().is_none(),
        "its blob is missing"
    );
    bluesky.take_down_old(&repost.remote).await.unwrap();
    assert_eq!(bluesky.confirm_old_gone(&repost.remote, &[]).await.unwrap(), Gone::Gone);
    assert_eq!(fake.with(|it| (it.reposts.len(), it.records.len())), (0, 7));
}

#[tokio::test]
async fn hundreds_of_posts_come_page_by_page_and_a_busy_server_loses_none() {
    let fake = played().await;
    let (bluesky, _) = on(&fake);
    for n in 0..230 {
        fake.with(|it| it.wrote(&format!("3{n:04}"), post(&format!("post {n}"), Value::Null), &[]));
    }
    let wait = vec![("retry-after", "40".to_owned())];
    fake.with(|it| it.says("listRecords", 429, json!({ "error": "RateLimitExceeded" }), wait));
    let asked = bluesky.list(None).await;
    let Err(ChannelError::RetryLater { after, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!(after, Some(SignedDuration::from_secs(40)));
    for fault in [Fault::DoneBut502, Fault::HalfReply, Fault::Silence] {
        let from = bluesky.list(None).await.unwrap().next;
        fake.fail(Act::Read, fault);
        let failed = bluesky.list(from.as_deref()).await;
        assert!(matches!(failed, Err(ChannelError::RetryLater { .. })), "{failed:?}");
    }
    let (posts, _) = all(&bluesky).await;
    let names: BTreeSet<_> = posts.iter().map(|post| &post.remote).collect();
    assert_eq!((posts.len(), names.len()), (230, 230));
    assert_eq!(posts[0].text, "post 229", "the newest first");
    says(&fake, "getBlob", 500, "");
    assert!(matches!(bluesky.file("", "bafk").await, Err(ChannelError::RetryLater { .. })));
}

#[tokio::test]
async fn a_place_that_the_server_refuses_is_no_reason_to_wait() {
    let fake = played().await;
    let (bluesky, _) = on(&fake);
    fake.with(|it| it.wrote("3a1", post("words", Value::Null), &[]));
    let next = bluesky.list(None).await.unwrap().next;
    says(&fake, "listRecords", 400, "InvalidRequest");
    for place in [next.as_deref(), Some("nonsense"), Some("app.bsky.actor.profile x")] {
        let refused = bluesky.list(place).await;
        assert!(matches!(refused, Err(ChannelError::Refused(_))), "{place:?}: {refused:?}");
    }
    says(&fake, "listRecords", 401, "ExpiredToken");
    assert!(matches!(bluesky.list(None).await, Err(ChannelError::Reconnect(_))));
    says(&fake, "getBlob", 400, "InvalidRequest");
    assert!(matches!(bluesky.file("", "no name of a file").await, Err(ChannelError::Refused(_))));
}

#[tokio::test]
async fn a_long_video_is_not_read_and_is_seen_to_be_gone() {
    let fake = played().await;
    let (bluesky, _) = on(&fake);
    let long = vec![7_u8; 9_000_000];
    let video = || json!({ "$type": "app.bsky.embed.video", "alt": "A match", "video": blob(&long) });
    fake.with(|it| it.wrote("3a1", post("first", video()), &[&long]));
    fake.with(|it| it.wrote("3a2", post("second", video()), &[&long]));
    let (posts, _) = all(&bluesky).await;
    let (second, first) = (&posts[0].remote, &posts[1].remote);
    let files = [cid(&long)];
    let read = bluesky.file(first, &files[0]).await;
    assert!(matches!(read, Err(ChannelError::Refused(_))), "and the other files are read all the same");
    bluesky.take_down_old(first).await.unwrap();
    assert_eq!(bluesky.confirm_old_gone(first, &files).await.unwrap(), Gone::Gone, "the other post shows it");
    fake.with(|it| it.hoards = true);
    bluesky.take_down_old(second).await.unwrap();
    let gone = bluesky.confirm_old_gone(second, &files).await.unwrap();
    assert!(matches!(gone, Gone::StillLive { .. }), "{gone:?}");
    fake.with(|it| it.files.clear());
    assert_eq!(bluesky.confirm_old_gone(second, &files).await.unwrap(), Gone::Gone);
}

#[tokio::test]
async fn a_shared_picture_is_not_gone_before_the_last_post_that_names_it() {
    let fake = played().await;
    let (bluesky, _) = on(&fake);
    let image = |bytes: &[u8]| json!({ "images": [{ "alt": "", "image": blob(bytes) }] });
    let beside = json!({ "record": { "record": { "uri": "at://x" } }, "media": image(b"one") });
    fake.with(|it| it.wrote("3a1", post("first", image(b"one")), &[b"one"]));
    fake.with(|it| it.wrote("3a2", post("second", beside), &[b"one"]));
    let (posts, _) = all(&bluesky).await;
    let files = [cid(b"one")];
    let (second, first) = (&posts[0].remote, &posts[1].remote);
    let gone = bluesky.confirm_old_gone(first, &files).await.unwrap();
    assert_eq!(gone, Gone::StillLive { why: "the post is still on Bluesky".into() });
    bluesky.take_down_old(first).await.unwrap();
    assert_eq!(bluesky.confirm_old_gone(first, &files).await.unwrap(), Gone::Gone, "the other post shows it");
    fake.with(|it| it.hoards = true);
    bluesky.take_down_old(second).await.unwrap();
    let gone = bluesky.confirm_old_gone(second, &files).await.unwrap();
    assert!(matches!(gone, Gone::StillLive { .. }), "the picture has stayed: {gone:?}");
    fake.with(|it| it.files.clear());
    assert_eq!(bluesky.confirm_old_gone(second, &files).await.unwrap(), Gone::Gone);
}

#[tokio::test]
async fn nothing_of_another_account_or_another_kind_is_touched() {
    let fake = played().await;
    let (bluesky, _) = on(&fake);
    for remote in [
        "at://did:plc:other/app.bsky.feed.post/3a1",
        &format!("at://{DID}/app.bsky.actor.profile/self"),
        &format!("at://{DID}x/app.bsky.feed.post/3a1"),
        &format!("at://{DID}/app.bsky.feed.post/"),
        &format!("at://{DID}/app.bsky.feed.post/3a1/4"),
        "old-1",
    ] {
        let refused = bluesky.take_down_old(remote).await;
        assert!(matches!(refused, Err(ChannelError::ChangePost(_))), "{remote}: {refused:?}");
    }
    assert_eq!(fake.called("deleteRecord"), 0);
}

#[tokio::test]
async fn the_real_server_lists_and_removes_what_was_written_without_us() {
    let Some((account, credential, _)) = real().await else { return };
    let Credential::AppPassword { access, .. } = &credential else { panic!() };
    let bearer = Some(format!("Bearer {access}"));
    let bluesky = channel(account.clone(), Pocket::with(&credential));
    let bytes = b"\xff\xd8\xff\xe0 a picture of years ago".to_vec();
    let upload = means()
        .outside
        .http
        .post(format!("{}/xrpc/com.atproto.repo.uploadBlob", account.server))
        .header("content-type", "image/jpeg")
        .header("authorization", bearer.clone().unwrap())
        .body(bytes.clone());
    let uploaded: Value =
        serde_json::from_slice(&upload.send().await.unwrap().bytes().await.unwrap()).unwrap();
    let image = json!({ "alt": "Under nines", "image": uploaded["blob"] });
    let embeds = [
        json!({ "$type": "app.bsky.embed.images", "images": [image] }),
        json!({ "$type": "app.bsky.embed.recordWithMedia",
            "record": { "$type": "app.bsky.embed.record", "record": {
                "uri": format!("at://{}/app.bsky.feed.post/3kabcdefghij2", account.did), "cid": cid(b"nothing") } },
            "media": { "$type": "app.bsky.embed.images", "images": [image] } }),
    ];
    for (n, embed) in embeds.into_iter().enumerate() {
        let new = json!({ "repo": account.did, "collection": "app.bsky.feed.post", "record": post(&format!("old {n}"), embed) });
        posted(&account.server, "com.atproto.repo.createRecord", &new, bearer.clone()).await;
    }
    for n in 0..60 {
        let new = json!({ "repo": account.did, "collection": "app.bsky.feed.post",
            "record": { "$type": "app.bsky.feed.post", "text": format!("words {n}"), "createdAt": "2023-05-06T14:00:00.000Z" } });
        posted(&account.server, "com.atproto.repo.createRecord", &new, bearer.clone()).await;
    }
    let subject = json!({ "uri": format!("at://{}/app.bsky.feed.post/3kabcdefghij2", account.did), "cid": cid(b"nothing") });
    let repost = json!({ "repo": account.did, "collection": "app.bsky.feed.repost",
        "record": { "$type": "app.bsky.feed.repost", "subject": subject, "createdAt": "2023-05-06T14:00:00.000Z" } });
    posted(&account.server, "com.atproto.repo.createRecord", &repost, bearer).await;
    let (posts, _) = all(&bluesky).await;
    let names: BTreeSet<_> = posts.iter().map(|post| &post.remote).collect();
    assert_eq!((posts.len(), names.len()), (63, 63));
    let shown: Vec<_> = posts.iter().filter(|post| !post.files.is_empty()).collect();
    assert_eq!(shown.len(), 2);
    let file = &shown[0].files[0];
    assert_eq!(file.name, cid(&bytes));
    assert_eq!(bluesky.file(&shown[0].remote, &file.name).await.unwrap().unwrap(), bytes);
    let files = [file.name.clone()];
    for (n, old) in shown.iter().enumerate() {
        assert!(matches!(
            bluesky.confirm_old_gone(&old.remote, &files).await.unwrap(),
            Gone::StillLive { .. }
        ));
        bluesky.take_down_old(&old.remote).await.unwrap();
        assert_eq!(bluesky.confirm_old_gone(&old.remote, &files).await.unwrap(), Gone::Gone, "{n}");
    }
    assert!(bluesky.file("", &file.name).await.unwrap().is_none(), "down to the picture");
    let repost = posts.iter().find(|post| post.remote.contains("repost")).unwrap();
    bluesky.take_down_old(&repost.remote).await.unwrap();
    assert_eq!(bluesky.confirm_old_gone(&repost.remote, &[]).await.unwrap(), Gone::Gone);
}
