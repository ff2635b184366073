//! What Today says about take-downs that are late: families were promised that a person sees to them.

use cleansheet_records::{
    StoreError, Tx,
    withdrawals::{self, Receipt},
};
use cleansheet_terms::Timestamp;

use crate::web::{
    clock_words,
    parts::{Notice, Way},
};

/// At most this many places have a link of their own.
const NAMED: usize = 5;

/// One notice for each withdrawal, the oldest first.
pub(super) async fn notices(tx: &mut Tx, now: Timestamp) -> Result<Vec<Notice>, StoreError> {
    Ok(withdrawals::late(tx, now).await?.iter().map(notice).collect())
}

fn notice(late: &Receipt) -> Notice {
    let ours = late.removed.iter().filter(|one| one.gone.is_none());
    let ours = ours.map(|one| (format!("/posts/{}", one.post), &one.channel));
    let old = late.removed_old.iter().filter(|one| one.gone.is_none());
    let places: Vec<_> =
        ours.chain(old.map(|one| (format!("/old-posts/{}", one.post), &one.channel))).collect();
    let link = |(to, channel): &(String, &String)| Way::Link {
        to: to.clone(),
        words: format!("See the post on {channel}"),
    };
    let mut way: Vec<Way> = places.iter().take(NAMED).map(link).collect();
    if places.len() > NAMED {
        let to = format!("/inventory?participant={}&show=all", late.participant);
        way.push(Way::Link { to, words: format!("See all {}", places.len()) });
    }
    let posts = match places.len() {
        1 => "a post is".to_owned(),
        many => format!("{many} posts are"),
    };
    Notice {
        state: "stop",
        clause: None,
        say: format!(
            "Somebody asked on {} not to be shown, and {posts} not seen to be gone",
            clock_words::moment(late.at)
        ),
        remedy: "They were promised that a person sees to it after 24 hours. Look as the public does, and remove by hand \
                 what is still there. We go on asking and looking."
            .to_owned(),
        way,
    }
}
