//! A post on its way, driven through the pages as people do it.

use cleansheet::jobs;
use cleansheet_records::{
    activities::Activities,
    consents::{Consents, Giver, Kind, NewAnswer, Purpose, Way},
    orders::{Order, Orders},
    posts::{Area, Face, Looked, Mark, NewPhoto, Posts, Rendition},
};
use cleansheet_terms::{ChannelId, Naming, ParticipantId, PostId};

use crate::site::{Answer, Browser, TestSite};

pub(crate) const WORDS: &str = "A first goal for the new team.";
pub(crate) const ALT_TEXT: &str = "Two players by the touchline";
/// Stands for a picture: the jobs hash it, and never look inside.
pub(crate) const PICTURE: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9];

/// Where a press leads to.
pub(crate) fn to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// Starts a draft about the only activity and answers its path.
pub(crate) async fn start(site: &TestSite, author: &mut Browser) -> String {
    let page = author.get("/posts/new").await;
    let text = page.text();
    let activity = text.split("name=\"activity\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("activity", activity), ("channel", site.channel.as_str())];
    to(&author.press(&page, "/posts/new", &fields).await)
}

/// Sends the draft's form with these words and presses a button of it; answers where that leads.
pub(crate) async fn write(
    site: &TestSite,
    author: &mut Browser,
    draft: &str,
    words: &str,
    press: &str,
) -> String {
    let token = author.get(draft).await.token();
    let fields =
        [("caption", words), ("channels", "sent"), ("channel", site.channel.as_str()), ("do", press)];
    to(&author.upload(draft, &token, &fields, &[]).await)
}

/// The id in the path of a draft.
pub(crate) fn id(draft: &str) -> PostId {
    PostId::parse(draft.split('/').nth(2).unwrap()).unwrap()
}

/// A post without a picture that waits for its second person.
pub(crate) async fn submitted(site: &TestSite) -> PostId {
    let mut jo = site.browser("author").await;
    let draft = start(site, &mut jo).await;
    assert_eq!(write(site, &mut jo, &draft, WORDS, "submit").await, draft.trim_end_matches("/edit"));
    id(&draft)
}

/// A post that waits for its second person, with a picture in which Asha Verma is shown.
pub(crate) async fn submitted_with_asha(site: &TestSite) -> PostId {
    let mut jo = site.browser("author").await;
    let draft = start(site, &mut jo).await;
    let post = id(&draft);
    let asha = agreed(site).await;
    picture(site, &post, Some(&asha)).await;
    assert_eq!(write(site, &mut jo, &draft, WORDS, "submit").await, draft.trim_end_matches("/edit"));
    post
}

/// The same on several accounts, sent in by a browser that stays open.
pub(crate) async fn submitted_with_asha_on(
    site: &TestSite,
    jo: &mut Browser,
    channels: &[ChannelId],
    asha: &ParticipantId,
) -> PostId {
    let page = jo.get("/posts/new").await;
    let text = page.text();
    let activity = text.split("name=\"activity\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut fields = vec![("activity", activity)];
    fields.extend(channels.iter().map(|channel| ("channel", channel.as_str())));
    let draft = to(&jo.press(&page, "/posts/new", &fields).await);
    let post = id(&draft);
    picture(site, &post, Some(asha)).await;
    let token = jo.get(&draft).await.token();
    let mut fields = vec![("caption", WORDS), ("channels", "sent"), ("do", "submit")];
    fields.extend(channels.iter().map(|channel| ("channel", channel.as_str())));
    assert_eq!(to(&jo.upload(&draft, &token, &fields, &[]).await), draft.trim_end_matches("/edit"));
    post
}

/// Asha Verma, whose mother has said yes to the news page.
async fn agreed(site: &TestSite) -> ParticipantId {
    agreed_to(site, Kind::Website).await
}

/// Asha Verma, whose mother has said yes to a kind of account.
pub(crate) async fn agreed_to(site: &TestSite, kind: Kind) -> ParticipantId {
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let mut tx = site.app.records.begin().await.unwrap();
    let asha = Activities(&mut tx).participants().await.unwrap().remove(0).id;
    let yes = NewAnswer {
        participant: &asha,
        giver: Giver::Guardian(site.guardian.clone()),
        purpose: Purpose::News,
        kind,
        yes: true,
        naming: Naming::None,
        language: "en",
        way: Way::Paper,
        evidence: "a form",
        until: "2027-08-31".parse().unwrap(),
    };
    Consents(&mut tx).record(&yes, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    asha
}

/// Adds a picture as the photo jobs would, without the models, and its copy: of two faces one is marked, or there is none.
pub(crate) async fn picture(site: &TestSite, post: &PostId, shown: Option<&ParticipantId>) {
    let (clock, mut chance, jo) = (&*site.clock, &site.app.entropy, &site.people["author"]);
    let original = site.app.media.keep_original(PICTURE, &mut chance).unwrap();
    let hash = site.app.media.keep_rendition(PICTURE).unwrap();
    let mut tx = site.app.records.begin().await.unwrap();
    let mut posts = Posts(&mut tx);
    let new = NewPhoto { given_name: "IMG_1.jpg", original: &original };
    let photo = posts.add_photo(post, &new, jo, clock, &mut chance).await.unwrap();
    let face = Face { area: Area { x: 400.0, y: 100.0, w: 40.0, h: 50.0 }, score: 0.9 };
    let other = Face { area: Area { x: 100.0, y: 100.0, w: 40.0, h: 50.0 }, score: 0.9 };
    let looked = Looked { width: 1600, height: 1200, nudity: 0.01 };
    let faces: &[Face] = if shown.is_some() { &[face, other] } else { &[] };
    posts.looked(&photo, faces, looked, clock, &mut chance).await.unwrap();
    if let Some(shown) = shown {
        let depictions = posts.depictions(&photo).await.unwrap();
        let first = depictions.iter().find(|one| one.area.x > 300.0).unwrap();
        posts.mark(&first.id, Mark::Roster(shown), jo, clock, &mut chance).await.unwrap();
    }
    posts.set_alt_text(&photo, ALT_TEXT, jo, clock, &mut chance).await.unwrap();
    for copy in posts.to_render(&photo).await.unwrap() {
        let rendition = Rendition {
            photo: photo.clone(),
            channel: copy.channel,
            marks: copy.marks,
            hash,
            width: 1600,
            height: 1200,
            size_bytes: PICTURE.len() as u64,
        };
        assert!(posts.put_rendition(&rendition).await.unwrap());
    }
    posts.screen_words(post, &site.app.allow, clock).await.unwrap();
    tx.commit().await.unwrap();
}

/// The second person approves what the page shows.
pub(crate) async fn approve(site: &TestSite, who: &str, post: &PostId) -> Answer {
    let mut browser = site.browser(who).await;
    let path = format!("/posts/{post}/approve");
    let page = browser.get(&path).await;
    let text = page.text();
    let content = text.split("name=\"content\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    browser.press(&page, &path, &[("content", content)]).await
}

/// Runs the jobs, and those that they made, until nothing is due.
pub(crate) async fn work(site: &TestSite) {
    jobs::run_due(&site.app).await.unwrap();
}

/// The newest order of a post.
pub(crate) async fn order(site: &TestSite, post: &PostId) -> Order {
    let mut tx = site.app.records.read().await.unwrap();
    Orders(&mut tx).orders_of(post).await.unwrap().into_iter().next().expect("the post has an order")
}

/// A post that is public, and where.
pub(crate) async fn public(site: &TestSite, post: &PostId) -> String {
    assert_eq!(approve(site, "approver", post).await.status, 303);
    work(site).await;
    order(site, post).await.url.expect("the post is public")
}
