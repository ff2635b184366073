//! Pictures that are lent to a network which fetches them itself.

use axum::http::{StatusCode, header};
use cleansheet::lending::Renditions;
use cleansheet_channels::{ChannelError, Pictures as _};
use cleansheet_terms::{Digest, OrderId};

use crate::{
    post::{self, PICTURE, approve, order},
    site::TestSite,
};

/// An order that is being sent, and its picture.
async fn sending(site: &TestSite) -> (OrderId, Digest) {
    let post = post::submitted_with_asha(site).await;
    assert_eq!(approve(site, "approver", &post).await.status, 303);
    site.tamper("UPDATE release_order SET state = 'sending', call_started_ms = queued_ms").await;
    let order = order(site, &post).await;
    let digest = order.release().unwrap().pictures()[0].digest;
    (order.id, digest)
}

#[tokio::test]
async fn a_lent_picture_is_there_for_a_stranger_until_it_is_taken_back() {
    let site = TestSite::at("https://posts.example.org").await;
    let (order, digest) = sending(&site).await;
    let pictures = Renditions { app: &site.app, order: &order };
    let (url, other) = (pictures.lend(&digest).await.unwrap(), pictures.lend(&digest).await.unwrap());
    assert_ne!(url, other, "each is lent at an address of its own");
    let path = url.strip_prefix("https://posts.example.org").unwrap().to_owned();
    assert!(path.starts_with("/lent/") && path.ends_with(".jpg") && path.len() > 64, "{path}");
    let mut stranger = site.stranger();
    let answer = stranger.get(&path).await;
    assert_eq!((answer.status, answer.bytes.as_slice()), (StatusCode::OK, PICTURE));
    assert_eq!(answer.headers[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert!(answer.headers["x-robots-tag"].to_str().unwrap().contains("noindex"));
    for wrong in [format!("/lent/{digest}.jpg"), "/lent/.jpg".to_owned(), path.replace(".jpg", ".png")] {
        assert_eq!(stranger.get(&wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    pictures.take_back().await.unwrap();
    for url in [&url, &other] {
        let path = url.strip_prefix("https://posts.example.org").unwrap();
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn without_an_address_that_can_be_reached_nothing_is_lent() {
    let site = TestSite::new().await;
    let (order, digest) = sending(&site).await;
    match (Renditions { app: &site.app, order: &order }).lend(&digest).await {
        Err(ChannelError::Refused(why)) => assert!(why.contains("begins with https://"), "{why}"),
        other => panic!("{other:?}"),
    }
}
