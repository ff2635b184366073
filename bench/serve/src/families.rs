//! A trust with thousands of families: participants, guardians, answers, posts with photos that show some of them, and as many old
//! posts from before. One child is in many of the posts, and in a quarter as many old ones.

use std::{collections::BTreeMap, path::Path};

use cleansheet_policy::Policy;
use cleansheet_records::{
    Records, Tx,
    activities::Activities,
    approval,
    consents::{Consents, Editions, Giver, Kind, NewAnswer, NewEdition, Purpose, Way},
    facts::{Rules, Seat},
    invitations::Visitor,
    jobs::{Jobs, Work},
    media::Media,
    old_posts::{Listed, OldPosts, Said, Show, Wanted},
    posts::{Area, Face, Looked, Mark, NewPhoto, NewPost, Posts, Rendition},
    sign_ins::{Browser, Holder, Method, SignIns},
};
use cleansheet_screening::material::Allow;
use cleansheet_terms::{ActivityId, Clock as _, Naming, ParticipantId, PersonId, PostId, SeededEntropy, random_hex};

use super::{
    Ended,
    fill::{Error, Made, Now, people, sign_in_now},
};

/// Answers of each guardian: one for each of four questions.
const QUESTIONS: [(Purpose, Kind); 4] = [
    (Purpose::News, Kind::Website),
    (Purpose::News, Kind::Social),
    (Purpose::Press, Kind::Press),
    (Purpose::Promotion, Kind::Website),
];
const ROSTER: usize = 20;

/// How much of everything.
struct Size {
    families: usize,
    posts: usize,
    photos: usize,
    with_the_one: usize,
}

impl Size {
    fn old(&self) -> usize {
        self.posts
    }

    fn old_with_the_one(&self) -> usize {
        self.with_the_one / 4
    }
}

/// - `numbers`: participants, posts, photos of each post, posts that show the one child.
pub(super) async fn run(database: &str, data: &str, numbers: [usize; 4]) -> Ended {
    let [families, posts, photos, with_the_one] = numbers;
    let size = Size { families, posts, photos, with_the_one };
    let records = Records::open(database).await?;
    let media = Media::open(&Path::new(data).join("media"), [7; 32])?;
    let mut chance = SeededEntropy::new(Now.now().as_nanosecond() as u64);
    let mut tx = records.begin().await?;
    let made = people(&mut tx, &mut chance).await?;
    Editions(&mut tx).put_in_force(&NewEdition::of_one_text("May we show your child?", None), &Now, &mut chance).await?;
    let (rosters, guardian) = children(&mut tx, &size, &mut chance).await?;
    tx.commit().await?;
    for number in 0..size.posts {
        let mut tx = records.begin().await?;
        let roster = &rosters[number % rosters.len()];
        let shows_the_one = number % (size.posts / size.with_the_one).max(1) == 0 && number / (size.posts / size.with_the_one).max(1) < size.with_the_one;
        let roster = if shows_the_one { &rosters[0] } else { roster };
        post(&mut tx, &made, &media, roster, number, &size, &mut chance).await?;
        tx.commit().await?;
    }
    old_posts(&records, &made, Path::new(data), &rosters, &size, &mut chance).await?;
    let mut cookies = Vec::new();
    for person in &made.people {
        cookies.push(sign_in_now(&records, person, &mut chance).await?);
    }
    let mut tx = records.begin().await?;
    let all = cleansheet_records::people::People(&mut tx).list().await?;
    let manager = all.into_iter().find(|one| one.is(cleansheet_terms::Role::Manager, Now.now())).ok_or("no Manager")?.id;
    tx.commit().await?;
    let manager = sign_in_now(&records, &manager, &mut chance).await?;
    let mut tx = records.begin().await?;
    let browser = Browser { device: "a benchmark", shared: false, mark: None };
    let holder = Holder::Visitor(Visitor::Guardian(guardian));
    let started = SignIns(&mut tx).start(holder, Method::Link, browser, &Now, &mut chance).await?;
    tx.commit().await?;
    records.close().await;
    let child = rosters.first().and_then(|roster| roster.children.first()).ok_or("no child")?;
    println!(
        "{{\"cookies\": [{}], \"manager\": {manager}, \"guardian\": \"sign-in={}\", \"child\": \"{child}\", \"activity\": \"{}\"}}",
        cookies.join(", "),
        started.token.reveal(),
        rosters[0].activity,
    );
    Ok(())
}

struct Roster {
    activity: ActivityId,
    children: Vec<ParticipantId>,
}

/// Families with one guardian each, on rosters of twenty. The first guardian of all is the one who will withdraw.
async fn children(
    tx: &mut Tx,
    size: &Size,
    chance: &mut SeededEntropy,
) -> Result<(Vec<Roster>, cleansheet_terms::GuardianId), Error> {
    let today = cleansheet_terms::day_in_london(Now.now());
    let mut rosters: Vec<Roster> = Vec::new();
    let mut first = None;
    for number in 0..size.families {
        if number % ROSTER == 0 {
            let name = format!("Skills {}", number / ROSTER);
            let activity = Activities(tx).add_activity(&name, "Lark Lane", today, &Now, chance).await?;
            rosters.push(Roster { activity, children: Vec::new() });
        }
        let born = today.checked_sub(jiff::Span::new().years(6 + (number % 5) as i64))?;
        let child = format!("{} {}", FIRST[number % FIRST.len()], LAST[number / 7 % LAST.len()]);
        let child = Activities(tx).add_participant(&child, Some(born), &Now, chance).await?;
        let mail = format!("family-{number}@example.org");
        let guardian = Activities(tx).add_guardian(&format!("Guardian {number}"), &mail, &Now, chance).await?;
        Activities(tx).link(&child, &guardian, &Now, chance).await?;
        for (purpose, kind) in QUESTIONS {
            let answer = NewAnswer {
                participant: &child,
                giver: Giver::Guardian(guardian.clone()),
                purpose,
                kind,
                yes: true,
                naming: Naming::None,
                language: "en",
                way: Way::Link,
                evidence: "their own page",
                until: today.checked_add(jiff::Span::new().months(11))?,
            };
            Consents(tx).record(&answer, &Now, chance).await?;
        }
        let roster = rosters.last_mut().ok_or("no roster")?;
        Activities(tx).put_on_roster(&roster.activity, &child).await?;
        roster.children.push(child);
        first.get_or_insert(guardian);
    }
    Ok((rosters, first.ok_or("no guardian")?))
}

/// An approved post whose photos show two children of the roster; the first child of all when it is theirs.
async fn post(
    tx: &mut Tx,
    made: &Made,
    media: &Media,
    roster: &Roster,
    number: usize,
    size: &Size,
    chance: &mut SeededEntropy,
) -> Result<(), Error> {
    let (author, channels) = (&made.people[number % made.people.len()], [made.channel.clone()]);
    let new = NewPost { author, activity: &roster.activity, channels: &channels };
    let post = Posts(tx).start(&new, &Now, chance).await?;
    let words = format!("Session {number}: we played in the rain, and everybody went home with a smile.");
    Posts(tx).set_caption(&post, &words, author, &Now, chance).await?;
    for photo in 0..size.photos {
        let shown = [photo % 4 * 2, photo % 4 * 2 + 1].map(|at| &roster.children[at % roster.children.len()]);
        picture(tx, media, &post, author, &shown, chance).await?;
    }
    approve(tx, made, number, &post, chance).await
}

async fn picture(
    tx: &mut Tx,
    media: &Media,
    post: &PostId,
    author: &PersonId,
    shown: &[&ParticipantId],
    chance: &mut SeededEntropy,
) -> Result<(), Error> {
    let original = random_hex(chance, 16);
    let new = NewPhoto { given_name: "IMG_0017.jpg", original: &original };
    let photo = Posts(tx).add_photo(post, &new, author, &Now, chance).await?;
    Posts(tx).set_alt_text(&photo, "Children run after a ball", author, &Now, chance).await?;
    Posts(tx).looking(&photo).await?;
    let faces: Vec<Face> = (0..3)
        .map(|n| Face { area: Area { x: 150.0 * f64::from(n), y: 40.0, w: 80.0, h: 100.0 }, score: 0.9 })
        .collect();
    let looked = Looked { width: 1500, height: 1000, nudity: 0.01 };
    Posts(tx).looked(&photo, &faces, looked, &Now, chance).await?;
    let found = Posts(tx).depictions(&photo).await?;
    for (face, child) in found.iter().zip(shown) {
        Posts(tx).mark(&face.id, Mark::Roster(child), author, &Now, chance).await?;
    }
    for missing in Posts(tx).to_render(&photo).await? {
        let hash = media.keep_rendition(format!("{photo} {}", missing.channel).as_bytes())?;
        let (photo, channel, marks) = (photo.clone(), missing.channel, missing.marks);
        let copy = Rendition { photo, channel, marks, hash, width: 1200, height: 800, size_bytes: 90_000 };
        Posts(tx).put_rendition(&copy).await?;
    }
    Ok(())
}

async fn approve(
    tx: &mut Tx,
    made: &Made,
    number: usize,
    post: &PostId,
    chance: &mut SeededEntropy,
) -> Result<(), Error> {
    let (policy, allow): (&Policy, &Allow) = (&made.rules.0, &made.rules.1);
    let rules = Rules { policy, allow };
    let fresh = cleansheet_policy::facts::SignIn { idle_minutes: 0, age_minutes: 1, shared_device: false };
    let seat = |id| Seat::Person { id, sign_in: fresh };
    let author = &made.people[number % made.people.len()];
    let second = &made.people[(number + 1) % made.people.len()];
    let verdict = approval::submit(tx, post, &seat(author), &rules, &Now, chance).await?;
    if !verdict.may() {
        return Err(format!("a post is refused: {:?}", verdict.reasons()).into());
    }
    let content = Posts(tx).content_hash(post).await?.to_string();
    match approval::approve(tx, post, &content, &seat(second), &rules, &Now, chance).await? {
        approval::Approved::Yes(_) => Ok(()),
        approval::Approved::No(verdict) => Err(format!("not approved: {:?}", verdict.reasons()).into()),
    }
}

/// Articles of years ago, imported from the news page and tagged; of the last tenth nobody has said anything yet.
async fn old_posts(
    records: &Records,
    made: &Made,
    data: &Path,
    rosters: &[Roster],
    size: &Size,
    chance: &mut SeededEntropy,
) -> Result<(), Error> {
    let mut page = Vec::new();
    for number in 0..size.old() {
        page.push(old_article(&data.join("site/posts"), number)?);
    }
    let mut tx = records.begin().await?;
    OldPosts(&mut tx).begin_import(&made.channel, &made.people[0], &Now, chance).await?;
    let lease = jiff::SignedDuration::from_mins(10);
    let job = Jobs(&mut tx).claim(&[Work::ImportOldPosts], lease, Now.now()).await?.ok_or("no import")?;
    OldPosts(&mut tx).keep_page(&job, &page, &BTreeMap::new(), None, &Now, chance).await?;
    let all = OldPosts(&mut tx).list(&Wanted { show: Show::ToDo, after: None }, size.old()).await?.0;
    let (first, others) = rosters.split_first().ok_or("no roster")?;
    for (number, post) in all.iter().take(size.old() - size.old() / 10).enumerate() {
        let of_the_one = number < size.old_with_the_one();
        let roster = if of_the_one || others.is_empty() { first } else { &others[number % others.len()] };
        let shown = &roster.children[..2.min(roster.children.len())];
        let by = &made.people[number % made.people.len()];
        OldPosts(&mut tx).say(&post.id, Said::Shown(shown), by, "http://localhost", &Now, chance).await?;
    }
    Ok(tx.commit().await?)
}

/// One of them in the folder of the site, and as the site lists it.
fn old_article(folder: &Path, number: usize) -> Result<Listed, Error> {
    let key = format!("old-{number:05}");
    let published = cleansheet_terms::Timestamp::from_second(1_600_000_000 + number as i64 * 3_600)?;
    let text = format!("Years ago, session {number}: we played in the rain.");
    let at = folder.join(&key);
    std::fs::create_dir_all(&at)?;
    let article =
        format!("{{\"record_key\": \"{key}\", \"published\": \"{published}\", \"text\": \"{text}\", \"pictures\": []}}");
    std::fs::write(at.join("article.json"), article)?;
    let url = format!("/news/{key}");
    Ok(Listed { remote: key, url, published: Some(published), text, files: Vec::new(), shares: None })
}

const FIRST: [&str; 12] =
    ["Asha", "Leo", "Ines", "Tyrone", "Kofi", "Maja", "Omar", "Bilal", "Ewa", "Nia", "Priya", "Sorin"];
const LAST: [&str; 10] =
    ["Verma", "Hartwell", "Ferraz", "Blakely", "Mensah", "Kowal", "Haddad", "Rahman", "Popescu", "Rees"];
