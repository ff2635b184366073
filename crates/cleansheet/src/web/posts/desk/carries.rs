//! What each account takes, and what would go out there: its words, cut into posts, with what they count and cost.

use std::collections::BTreeMap;

use cleansheet_channels::{Capabilities, dollars};
use cleansheet_policy::{Effect, Reason};
use cleansheet_records::{
    StoreError, Tx,
    accounts::{Accounts, Channel},
    posts::{MOST_PHOTOS, Post, PostError, Posts},
};
use cleansheet_terms::{ChannelId, Clock, Entropy, PostId, Timestamp};

use super::named;
use crate::{connections, web::clock_words};

/// What an account's network takes, as its own server has it; `None` while this program cannot publish there.
pub(super) async fn takes(tx: &mut Tx, account: &Channel) -> Result<Option<Capabilities>, StoreError> {
    connections::capabilities(tx, &account.id, account.network).await
}

/// Cuts the words of every ticked account into posts as its network takes them, and keeps that.
pub(super) async fn cut(
    tx: &mut Tx,
    id: &PostId,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<(), PostError> {
    let Some(post) = Posts(tx).post(id).await? else { return Ok(()) };
    let own = Posts(tx).own_words(id).await?;
    let mut threads = Vec::new();
    for channel in Posts(tx).channels_of(id).await? {
        let text = own.get(&channel).and_then(|own| own.text.as_ref()).unwrap_or(&post.caption);
        threads.push((channel.clone(), posts(tx, &channel, text).await?.unwrap_or_default()));
    }
    Posts(tx).set_threads(id, &threads, clock, entropy).await
}

async fn posts(tx: &mut Tx, channel: &ChannelId, text: &str) -> Result<Option<Vec<String>>, StoreError> {
    let Some(account) = Accounts(tx).channel(channel).await? else { return Ok(None) };
    Ok(takes(tx, &account).await?.and_then(|can| can.split(text)))
}

/// What no network would take or no plan allows, whatever the policy says: each with the account's name and the number.
pub(super) async fn in_the_way(tx: &mut Tx, id: &PostId, now: Timestamp) -> Result<Vec<Reason>, StoreError> {
    let Some(post) = Posts(tx).post(id).await? else { return Ok(Vec::new()) };
    let own = Posts(tx).own_words(id).await?;
    let photos = Posts(tx).photos(id).await?;
    let mut reasons = over(&post, now).into_iter().collect::<Vec<_>>();
    for channel in Posts(tx).channels_of(id).await? {
        let Some(account) = Accounts(tx).channel(&channel).await? else { continue };
        let Some(can) = takes(tx, &account).await? else { continue };
        let here = own.get(&channel).cloned().unwrap_or_default();
        let text = here.text.as_ref().unwrap_or(&post.caption);
        let texts = if here.thread.is_empty() { vec![text.clone()] } else { here.thread };
        let alt_texts = photos.iter().map(|photo| photo.alt_text.chars().count()).max().unwrap_or(0);
        let said = words_in_the_way(&account, &can, text, &texts)
            .or_else(|| pictures_in_the_way(&account, &can, photos.len(), alt_texts));
        reasons.extend(said.map(|(say, remedy)| reason(say, remedy)));
    }
    Ok(reasons)
}

fn over(post: &Post, now: Timestamp) -> Option<Reason> {
    let say = "the time that was chosen for it has passed".to_owned();
    post.is_over(now)
        .then(|| reason(say, "choose a later time, or none for as soon as it is approved".to_owned()))
}

fn words_in_the_way(
    account: &Channel,
    can: &Capabilities,
    text: &str,
    texts: &[String],
) -> Option<(String, String)> {
    let over = texts.iter().find_map(|text| can.too_long(text))?;
    let whole = can.too_long(text).unwrap_or(over);
    let name = named(&account.name, account.network);
    let say = match whole.unit {
        "bytes" => format!("{name} counts most emoji as several letters, and these words have too many"),
        unit => format!("{name} takes {} {unit}, and the words have {}", whole.may, whole.has),
    };
    let remedy = if can.threads && can.split(text).is_some() {
        // It was cut for what the account took before.
        "change a word of it, so that it is cut into posts again".to_owned()
    } else {
        let too_many = whole.has - whole.may;
        let mend = match whole.unit {
            "bytes" => "take some out".to_owned(),
            "hashtags" => format!("take {} out", clock_words::count(too_many, "hashtag", "hashtags")),
            "mentions" => format!("take {} out", clock_words::count(too_many, "mention", "mentions")),
            _ => format!("shorten them by {too_many}"),
        };
        format!("{mend}, give {name} other words of its own, or leave {name} out")
    };
    Some((say, remedy))
}

fn pictures_in_the_way(
    account: &Channel,
    can: &Capabilities,
    photos: usize,
    alt_text: usize,
) -> Option<(String, String)> {
    let name = named(&account.name, account.network);
    if can.needs_picture && photos == 0 {
        return Some((
            format!("{name} takes no post without a picture"),
            format!("add a photo, or leave {name} out"),
        ));
    }
    if photos > can.pictures {
        let say = format!("{name} takes {} pictures, and the post has {photos}", can.pictures);
        return Some((say, format!("take {} out, or leave {name} out", photos - can.pictures)));
    }
    (alt_text > can.alt_text_letters).then(|| {
        let most = can.alt_text_letters;
        let say =
            format!("{name} takes {most} letters of what a photo shows, and one of these has {alt_text}");
        (say, format!("shorten what is said of that photo by {}", alt_text - most))
    })
}

fn reason(say: String, remedy: String) -> Reason {
    Reason {
        clause: None,
        rule: "channel-limits".to_owned(),
        effect: Effect::Deny,
        say,
        remedy,
        approver: None,
        about: None,
        reads: Vec::new(),
    }
}

/// What is counted of the words and pictures for an account, in words: `212 of 300 letters · 1 of 4 pictures`.
pub(in crate::web::posts) fn counted(
    can: &Capabilities,
    texts: &[String],
    pictures: usize,
    undescribed: usize,
) -> String {
    let longest = texts.iter().map(|text| can.letters(text)).max().unwrap_or(0);
    let mut said = vec![match texts.len() {
        0 | 1 => format!("{longest} of {} letters", can.text_letters),
        posts => format!("{posts} posts, the longest {longest} of {} letters", can.text_letters),
    }];
    let bytes = texts.iter().map(String::len).max().unwrap_or(0);
    // Said only where it could matter: most texts are far from it.
    if bytes * 2 > can.text_bytes {
        said.push(format!("{bytes} of {}, with emoji counted as several letters", can.text_bytes));
    }
    said.push(format!("{pictures} of {} pictures", can.pictures.min(MOST_PHOTOS)));
    match undescribed {
        0 => {}
        1 => said.push("one picture not described yet".to_owned()),
        many => said.push(format!("{many} pictures not described yet")),
    }
    // A limit is one of each post; each line is of the post that is nearest to it.
    let marked = texts.iter().flat_map(|text| can.marked(text));
    let mut most = BTreeMap::<&str, (usize, Option<usize>)>::new();
    for (has, may, unit) in marked {
        let entry = most.entry(unit).or_insert((0, may));
        entry.0 = entry.0.max(has);
    }
    for (unit, (has, may)) in most {
        match (has, may) {
            (0, _) => {}
            (has, Some(may)) => said.push(format!("{has} of {may} {unit}")),
            (1, None) => said.push(format!("one {}", unit.trim_end_matches('s'))),
            (has, None) => said.push(format!("{has} {unit}")),
        }
    }
    said.join(" · ")
}

/// What the network charges for this, in words; `None` when nothing.
pub(in crate::web::posts) fn cost(can: &Capabilities, texts: &[String], alt_texts: usize) -> Option<String> {
    let all = can.price.as_ref()?.of(texts, alt_texts);
    Some(format!("about {}", dollars(all)))
}

#[cfg(test)]
mod tests {
    use cleansheet_channels::{Price, capabilities};
    use cleansheet_terms::Network;

    use super::{cost, counted};

    #[test]
    fn what_counts_is_said_and_nothing_else() {
        let can = capabilities(Network::Bluesky).unwrap();
        let text = "Full time 👨‍👩‍👧‍👧 #RiversideYouth #1".to_owned();
        assert_eq!(counted(&can, &[text], 1, 0), "30 of 300 letters · 1 of 4 pictures · 2 hashtags");
        let thread = ["a 1/2".to_owned(), "bc 2/2".to_owned()];
        assert_eq!(
            counted(&can, &thread, 2, 2),
            "2 posts, the longest 6 of 300 letters · 2 of 4 pictures · 2 pictures not described yet"
        );
        let long = vec!["👨‍👩‍👧‍👧".repeat(80)];
        assert!(counted(&can, &long, 0, 0).contains("2000 of 3000, with emoji"));
    }

    #[test]
    fn what_is_counted_is_what_is_enforced() {
        let can = capabilities(Network::Instagram).unwrap();
        let tags = ["(#goal) #1 \n#under_twelves, ".repeat(10) + "@fenland jo@example.org"];
        assert!(
            counted(&can, &tags, 1, 0).ends_with("1 of 4 pictures · 30 of 30 hashtags · 1 of 20 mentions")
        );
        assert_eq!(can.too_long(&tags[0]), None);
        let over = [tags[0].clone() + " #more"];
        assert!(counted(&can, &over, 1, 0).contains("31 of 30 hashtags"));
        assert!(can.too_long(&over[0]).is_some());
    }

    #[test]
    fn a_price_is_said_before_sending() {
        let price =
            Price { post: 15_000, post_with_link: 200_000, alt_text: 5_000, take_down: 10_000, read: 1_000 };
        let can = capabilities(Network::Bluesky).unwrap();
        assert_eq!(cost(&can, &["a".into()], 0), None);
        let can = cleansheet_channels::Capabilities { price: Some(price), ..can };
        assert_eq!(cost(&can, &["a".into()], 0).unwrap(), "about $0.02");
        assert_eq!(cost(&can, &["a".into(), "see https://example.org".into()], 2).unwrap(), "about $0.23");
    }
}
