//! A trust of fifty colleagues, made through the records as the pages make it.

use cleansheet_policy::{Policy, facts};
use cleansheet_records::{
    Records, Tx,
    accounts::{Accounts, NewGrant, Rights},
    activities::Activities,
    approval,
    facts::{Rules, Seat},
    people::{DbsCheck, DbsLevel, FA_SAFEGUARDING_CHILDREN, NewCertificate, NewPerson, People, RoleRequirement, Workforce},
    posts::{NewPost, Posts},
    sign_ins::{self, Browser, LinkKind, SignIns},
};
use cleansheet_screening::material::Allow;
use cleansheet_terms::{ActivityId, ChannelId, Clock, CourseId, Network, PersonId, PostId, Role, SeededEntropy, Timestamp, day_in_london};
use jiff::ToSpan as _;

use super::Ended;

pub(super) type Error = Box<dyn std::error::Error + Send + Sync>;

const PEOPLE: usize = 50;
/// For the way from the click to the first call, each used once.
const WAITING: usize = 40;
const DRAFTS: usize = 10;

pub(super) struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

pub(super) struct Made {
    pub(super) people: Vec<PersonId>,
    pub(super) channel: ChannelId,
    activity: ActivityId,
    pub(super) rules: (Policy, Allow),
}

pub(super) async fn run(database: &str, published: usize) -> Ended {
    let records = Records::open(database).await?;
    let mut chance = SeededEntropy::new(Timestamp::now().as_nanosecond() as u64);
    let mut tx = records.begin().await?;
    let made = people(&mut tx, &mut chance).await?;
    let mut waiting = Vec::new();
    for number in 0..published {
        let post = submitted(&mut tx, &made, number, &mut chance).await?;
        approved(&mut tx, &made, number, &post, &mut chance).await?;
    }
    for number in 0..WAITING {
        // The first two people are kept for those who approve.
        waiting.push(submitted(&mut tx, &made, 2 + number % (PEOPLE - 2), &mut chance).await?);
    }
    for number in 0..DRAFTS {
        draft(&mut tx, &made, number, &mut chance).await?;
    }
    tx.commit().await?;
    let mut cookies = Vec::new();
    for person in &made.people {
        cookies.push(sign_in_now(&records, person, &mut chance).await?);
    }
    records.close().await;
    let waiting: Vec<String> = waiting.iter().map(|post| format!("\"{post}\"")).collect();
    println!("{{\"cookies\": [{}], \"waiting\": [{}]}}", cookies.join(", "), waiting.join(", "));
    Ok(())
}

/// A cookie in quotes.
pub(super) async fn sign_in_now(
    records: &Records,
    person: &PersonId,
    chance: &mut SeededEntropy,
) -> Result<String, Error> {
    let mut tx = records.begin().await?;
    let link = SignIns(&mut tx).make_link(person, LinkKind::Demo, &Now, chance).await?;
    tx.commit().await?;
    let browser = Browser { device: "a benchmark", shared: false, mark: None };
    let started = sign_ins::follow_link(records, link.reveal(), browser, &Now, chance).await?;
    Ok(format!("\"sign-in={}\"", started.token.reveal()))
}

pub(super) async fn people(tx: &mut Tx, chance: &mut SeededEntropy) -> Result<Made, Error> {
    let policy = Policy::load()?;
    let today = day_in_london(Now.now());
    let manager = People(tx).list().await?.into_iter().find(|one| one.is(Role::Manager, Now.now())).ok_or("no Manager")?.id;
    for requirement in RoleRequirement::usual() {
        People(tx).require(&requirement, Some(&manager), &Now, chance).await?;
    }
    let channels = Accounts(tx).channels().await?;
    let channel = channels.into_iter().find(|one| one.network == Network::Website).ok_or("no news page")?.id;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let (name, mail) = (format!("Colleague Number {number}"), format!("colleague-{number}@example.org"));
        let new = NewPerson { name: &name, mail: &mail, roles: &[Role::Staff] };
        let person = People(tx).add(&new, Some(&manager), &Now, chance).await?;
        let seen = Some((manager.clone(), Now.now()));
        let check = DbsCheck {
            level: DbsLevel::Enhanced,
            workforce: Workforce::Child,
            issued: today.checked_sub(14.months())?,
            seen,
            suitable: true,
        };
        People(tx).record_dbs(&person, &check, &Now, chance).await?;
        let completed = today.checked_sub(11.months())?;
        let course = CourseId::parse(FA_SAFEGUARDING_CHILDREN)?;
        let papers = NewCertificate { course: &course, completed, reference: "" };
        let papers = People(tx).add_certificate(&person, &papers, &Now, chance).await?;
        People(tx).verify_certificate(&papers, &manager, &Now, chance).await?;
        People(tx).acknowledge(&person, &policy.hash(), &Now, chance).await?;
        let (from, until) = (today.checked_sub(2.months())?, today.checked_add(10.months())?);
        let grant = NewGrant { person: &person, channel: &channel, rights: Rights::ALL, by: &manager, from, until };
        Accounts(tx).give(&grant, &Now, chance).await?;
        people.push(person);
    }
    let activity = Activities(tx).add_activity("Under-11s skills", "Lark Lane pitches", today, &Now, chance).await?;
    for number in 0..12 {
        let born = Some(today.checked_sub(10.years())?);
        let child = Activities(tx).add_participant(&format!("Child Number {number}"), born, &Now, chance).await?;
        Activities(tx).put_on_roster(&activity, &child).await?;
    }
    Ok(Made { people, channel, activity, rules: (policy, Allow::default()) })
}

fn seat(person: &PersonId) -> Seat<'_> {
    Seat::Person { id: person, sign_in: facts::SignIn { idle_minutes: 0, age_minutes: 1, shared_device: false } }
}

async fn draft(tx: &mut Tx, made: &Made, number: usize, chance: &mut SeededEntropy) -> Result<PostId, Error> {
    let author = &made.people[number % PEOPLE];
    let channels = [made.channel.clone()];
    let new = NewPost { author, activity: &made.activity, channels: &channels };
    let post = Posts(tx).start(&new, &Now, chance).await?;
    let words = format!("Session {number}: we played in the rain, and everybody went home with a smile.");
    Posts(tx).set_caption(&post, &words, author, &Now, chance).await?;
    Ok(post)
}

async fn submitted(tx: &mut Tx, made: &Made, number: usize, chance: &mut SeededEntropy) -> Result<PostId, Error> {
    let post = draft(tx, made, number, chance).await?;
    let rules = Rules { policy: &made.rules.0, allow: &made.rules.1 };
    let verdict = approval::submit(tx, &post, &seat(&made.people[number % PEOPLE]), &rules, &Now, chance).await?;
    if verdict.may() { Ok(post) } else { Err(format!("a post is refused: {:?}", verdict.reasons()).into()) }
}

async fn approved(tx: &mut Tx, made: &Made, number: usize, post: &PostId, chance: &mut SeededEntropy) -> Result<(), Error> {
    let content = Posts(tx).content_hash(post).await?.to_string();
    let rules = Rules { policy: &made.rules.0, allow: &made.rules.1 };
    let second = seat(&made.people[(number + 1) % PEOPLE]);
    match approval::approve(tx, post, &content, &second, &rules, &Now, chance).await? {
        approval::Approved::Yes(_) => Ok(()),
        approval::Approved::No(verdict) => Err(format!("a post is not approved: {:?}", verdict.reasons()).into()),
    }
}
