//! The public news page: what a stranger reads, what a cache may keep, and what is left after a take-down.

use axum::http::{StatusCode, header};

use crate::{
    post::{self, ALT_TEXT, PICTURE, WORDS},
    site::{ORIGIN, TestSite},
};

#[tokio::test]
async fn a_story_is_on_the_page_in_the_feed_and_at_its_own_address() {
    let site = TestSite::new().await;
    let mut stranger = site.stranger();
    assert!(stranger.get("/news").await.text().contains("Nothing here yet"));
    let post = post::submitted_with_asha(&site).await;
    let url = post::public(&site, &post).await;
    let index = stranger.get("/news").await.text();
    assert!(index.contains(&format!("href=\"{url}\"")) && index.contains(ALT_TEXT), "{index}");
    let story = stranger.get(&url).await.text();
    assert!(story.contains(WORDS) && story.contains(ALT_TEXT) && !story.contains("Asha"), "{story}");
    let picture = story.split("<img src=\"").nth(2).or(story.split("<img src=\"/news").nth(1)).unwrap();
    let picture = format!("/{}", picture.trim_start_matches('/').split('"').next().unwrap());
    let picture = if picture.starts_with("/news") { picture } else { format!("/news{picture}") };
    let bytes = stranger.get(&picture).await;
    assert_eq!((bytes.status, bytes.bytes.as_slice()), (StatusCode::OK, PICTURE));
    assert_eq!(bytes.headers[header::CONTENT_TYPE], "image/jpeg");
    let feed = stranger.get("/news/feed.xml").await;
    assert_eq!(feed.headers[header::CONTENT_TYPE], "application/atom+xml; charset=utf-8");
    let feed = feed.text();
    assert!(feed.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{feed}");
    for part in
        [&format!("<id>{ORIGIN}{url}</id>"), &format!("alt=\"{ALT_TEXT}\""), WORDS, "<updated>2026-11-21T"]
    {
        assert!(feed.contains(part), "{part} in {feed}");
    }
}

#[tokio::test]
async fn markup_in_a_story_is_shown_as_letters() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    let draft = post::start(&site, &mut jo).await;
    post::write(&site, &mut jo, &draft, "A <b>first</b> goal & a \"second\" one.", "submit").await;
    let url = post::public(&site, &post::id(&draft)).await;
    for path in [url.as_str(), "/news", "/news/feed.xml"] {
        let page = site.stranger().get(path).await.text();
        assert!(
            !page.contains("<b>first") && page.contains("&#60;b&#62;first&#60;/b&#62;"),
            "{path}: {page}"
        );
    }
}

#[tokio::test]
async fn what_a_cache_may_keep_hands_out_no_cookie_and_is_soon_old() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let url = post::public(&site, &post).await;
    for path in ["/news", "/news/feed.xml", url.as_str()] {
        let answer = site.stranger().get(path).await;
        assert_eq!(answer.headers[header::CACHE_CONTROL], "public, max-age=15", "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE), "{path}");
    }
    let gone = site.stranger().get("/news/none").await;
    assert_eq!(
        (gone.status, &gone.headers[header::CACHE_CONTROL]),
        (StatusCode::NOT_FOUND, &"no-store".parse().unwrap())
    );
    assert!(gone.text().contains("This story is not here"));
}

#[tokio::test]
async fn an_address_that_is_no_record_key_leads_nowhere() {
    let site = TestSite::new().await;
    for path in
        ["/news/..%2f..%2ftrust.db", "/news/%2e%2e/x", "/news/none/..%2farticle.json", "/news/a/article.json"]
    {
        assert_eq!(site.stranger().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
