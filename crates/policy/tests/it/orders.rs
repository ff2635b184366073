//! Permits, release orders and what may leave.

use cleansheet_policy::{
    Approve, OrderContent, OrderError, OrderPicture, Outcome, Permit, ReleaseOrder, Send, facts::PostFacts,
    testing::post_in_order,
};
use cleansheet_terms::Digest;
use proptest::prelude::*;

use crate::POLICY;

fn permit<A: cleansheet_policy::Act>(facts: &PostFacts) -> Permit<A> {
    let decision = POLICY.decide::<A>(facts);
    match decision.outcome {
        Outcome::Allow(permit) => permit,
        Outcome::Hold(_) | Outcome::Deny => panic!("not allowed: {:?}", decision.reasons),
    }
}

fn content() -> OrderContent {
    OrderContent {
        text: "Well played, \"Scunthorpe\"\u{2028} — 3:2".to_owned(),
        thread: Vec::new(),
        pictures: vec![OrderPicture {
            digest: Digest::of(b"jpeg"),
            alt_text: "Two players".to_owned(),
            width: 800,
            height: 600,
        }],
        record_key: "k1".to_owned(),
    }
}

fn order() -> ReleaseOrder {
    ReleaseOrder::freeze(permit::<Approve>(&post_in_order("approve")), content())
}

#[test]
fn an_order_says_what_the_permit_and_the_content_said() {
    let (order, facts) = (order(), post_in_order("approve"));
    assert_eq!((order.post(), order.channel()), (facts.post.as_str(), facts.channel.id.as_str()));
    assert_eq!((order.network(), order.made_at()), (facts.channel.network, facts.at));
    assert_eq!((order.text(), order.record_key()), (content().text.as_str(), "k1"));
    assert_eq!(order.pictures(), content().pictures);
    assert_eq!(order.hash(), Digest::of(order.to_json().as_bytes()));
}

#[test]
fn a_stored_order_reads_back_with_its_hash_only() {
    let order = order();
    assert_eq!(ReleaseOrder::from_stored(&order.to_json(), &order.hash()), Ok(order.clone()));
    let other = Digest::of(b"another");
    assert_eq!(ReleaseOrder::from_stored(&order.to_json(), &other), Err(OrderError::Changed));
    let spaced = format!(" {}", order.to_json());
    let its_own_hash = Digest::of(spaced.as_bytes());
    assert_eq!(ReleaseOrder::from_stored(&spaced, &its_own_hash), Err(OrderError::Unreadable));
}

#[test]
fn an_order_is_cleared_by_a_permit_for_the_same_post_and_channel_only() {
    let facts = post_in_order("send");
    let cleared = order().clear(permit::<Send>(&facts)).unwrap();
    assert_eq!(cleared.order(), &order());
    let other_post = PostFacts { post: "post_2".to_owned(), ..facts.clone() };
    assert_eq!(order().clear(permit::<Send>(&other_post)).unwrap_err(), OrderError::WrongPermit);
    let mut other_channel = facts;
    other_channel.channel.id = "channel_2".to_owned();
    assert_eq!(order().clear(permit::<Send>(&other_channel)).unwrap_err(), OrderError::WrongPermit);
}

proptest! {
    #[test]
    fn a_changed_byte_of_a_stored_order_is_refused(place in any::<prop::sample::Index>(), to in any::<u8>()) {
        let order = order();
        let mut bytes = order.to_json().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != to);
        bytes[place] = to;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert_eq!(ReleaseOrder::from_stored(&text, &order.hash()), Err(OrderError::Changed));
        }
    }

    #[test]
    fn any_words_freeze_and_read_back(text in "\\PC{0,80}", alt_text in ".{0,40}") {
        let picture = OrderPicture { digest: Digest::of(b"jpeg"), alt_text, width: 1, height: 2 };
        let content = OrderContent { text, thread: Vec::new(), pictures: vec![picture], record_key: "k".to_owned() };
        let order = ReleaseOrder::freeze(permit::<Approve>(&post_in_order("approve")), content);
        prop_assert_eq!(ReleaseOrder::from_stored(&order.to_json(), &order.hash()), Ok(order));
    }
}
