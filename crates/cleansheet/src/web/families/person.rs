//! One person on their own page, or on that of somebody who answers for them: their answers, what comes of these, and the
//! pictures that show them.

use std::collections::BTreeMap;

use cleansheet_policy::facts::Dial;
use cleansheet_records::{
    Tx,
    activities::{Activities, Participant},
    consents::{ApprovedWords, Consent, Consents, Dials, Editions, Giver, Kind, Purpose, QUESTIONS},
    old_posts::{OldPost, OldPosts},
    withdrawals,
};
use cleansheet_terms::{Date, Naming, day_in_london};

use super::{Family, Me};
use crate::{
    app::App,
    web::{Problem, layout::first_name},
};

/// One person on the page.
pub(super) struct Person {
    /// For ids in the page, from 1.
    pub(super) number: usize,
    pub(super) id: String,
    pub(super) name: String,
    /// What the paths of their pages begin with.
    pub(super) base: String,
    /// Nothing was answered yet.
    pub(super) unanswered: bool,
    /// The questions have changed since.
    pub(super) changed: bool,
    pub(super) lines: Vec<Line>,
    /// The last day of the answers.
    pub(super) until: Option<String>,
    pub(super) pictures: Vec<Picture>,
    /// From 12 on: they are asked too.
    pub(super) asked: bool,
    /// When this guardian asked that they never be shown.
    pub(super) never: Option<String>,
}

/// One answer, and what comes of it.
pub(super) struct Line {
    pub(super) place: String,
    pub(super) mine: String,
    pub(super) shown: bool,
}

/// One public copy.
pub(super) struct Picture {
    /// Where its button leads, behind the base of the person's pages.
    pub(super) down: String,
    pub(super) place: String,
    pub(super) url: Option<String>,
    pub(super) images: Vec<Image>,
}

/// One picture in it.
pub(super) struct Image {
    pub(super) src: String,
    pub(super) alt: String,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Looks somebody up for their page.
pub(super) async fn of(
    app: &App,
    tx: &mut Tx,
    family: &Family,
    me: &Me,
    (number, base, participant): (usize, String, &Participant),
) -> Result<Person, Problem> {
    let today = day_in_london(app.clock.now());
    let about = Consents(tx).answers_about(&participant.id).await?;
    let mine = newest(about, &me.giver());
    let words = Editions(tx).approved().await?;
    let never = match me {
        Me::Guardian(guardian) => Activities(tx).asked_never(&participant.id, &guardian.guardian.id).await?,
        Me::Participant(_) => None,
    };
    let ends = mine.values().filter(|one| one.yes && one.until >= today).map(|one| one.until).min();
    Ok(Person {
        number,
        id: participant.id.to_string(),
        name: first_name(&participant.name),
        unanswered: mine.is_empty(),
        changed: mine.values().any(|one| is_outdated(one, words.as_ref())),
        lines: lines(tx, family, participant, &mine, today).await?,
        until: ends.map(|day| family.day(day)),
        pictures: pictures(tx, family, participant, me.base()).await?,
        asked: matches!(me, Me::Guardian(_)) && participant.age_on(today).is_some_and(|age| age >= 12),
        never: never.map(|at| family.day(day_in_london(at))),
        base,
    })
}

impl Person {
    /// There is something to stop.
    pub(super) fn can_stop(&self) -> bool {
        !self.pictures.is_empty() || self.lines.iter().any(|line| line.shown) || self.until.is_some()
    }
}

type Newest = BTreeMap<(Purpose, Kind), Consent>;

/// The newest answer of a giver for each use; `about` has the newest first.
fn newest(about: Vec<Consent>, giver: &Giver) -> Newest {
    let mut newest = BTreeMap::new();
    for consent in about.into_iter().filter(|consent| consent.giver == *giver) {
        newest.entry((consent.purpose, consent.kind)).or_insert(consent);
    }
    newest
}

/// A yes to words that are in force no longer.
fn is_outdated(consent: &Consent, words: Option<&ApprovedWords>) -> bool {
    consent.yes && words.is_some_and(|words| !words.texts.contains(&consent.wording))
}

/// What comes of an answer says nothing of who else answered what: one word for every reason.
async fn lines(
    tx: &mut Tx,
    family: &Family,
    participant: &Participant,
    mine: &Newest,
    today: Date,
) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    for (purpose, kind) in QUESTIONS {
        let Some(answer) = mine.get(&(purpose, kind)) else { continue };
        let joined = Consents(tx).joined_on(&participant.id, purpose, kind, today).await?;
        let dial = if purpose == Purpose::Press { None } else { Some(Dials(tx).of(purpose).await?) };
        let covered = joined.child && dial == Some(Dial::Covered);
        lines.push(Line {
            place: family.say(place(purpose, kind)),
            mine: in_words(family, answer, today),
            shown: joined.is_yes() && !participant.no_image && !covered,
        });
    }
    Ok(lines)
}

fn in_words(family: &Family, answer: &Consent, today: Date) -> String {
    if !answer.yes {
        return family.say("said-no");
    }
    if answer.until < today {
        return family.t.with("day", &family.day(answer.until)).say("answer-ended");
    }
    let name = match answer.naming {
        Naming::None => None,
        Naming::First => Some("named-first"),
        Naming::Full => Some("named-full"),
    };
    [Some("said-yes"), name].into_iter().flatten().map(|key| family.say(key)).collect::<Vec<_>>().join(" ")
}

fn place(purpose: Purpose, kind: Kind) -> &'static str {
    match (purpose, kind) {
        (Purpose::Press, _) | (_, Kind::Press) => "place-press-press",
        (Purpose::News, Kind::Website) => "place-news-website",
        (Purpose::News, Kind::Social) => "place-news-social",
        (Purpose::Promotion, Kind::Website) => "place-promotion-website",
        (Purpose::Promotion, Kind::Social) => "place-promotion-social",
    }
}

async fn pictures(
    tx: &mut Tx,
    family: &Family,
    participant: &Participant,
    base: &str,
) -> Result<Vec<Picture>, Problem> {
    let found = withdrawals::pictures_of(tx, &participant.id).await?;
    let one = |shown: withdrawals::ShownIn| {
        let order = shown.place.order.to_string();
        let image = |picture: cleansheet_policy::OrderPicture| Image {
            src: format!("{base}/pictures/{order}/{}", picture.digest),
            alt: picture.alt_text,
            width: picture.width,
            height: picture.height,
        };
        let since = family.day(day_in_london(shown.place.since));
        Picture {
            place: family.t.with("place", &shown.place.channel).with("day", &since).say("picture-since"),
            url: shown.place.url,
            images: shown.pictures.into_iter().map(image).collect(),
            down: format!("pictures/{order}/down"),
        }
    };
    let ours = found.into_iter().map(one);
    let old = OldPosts(tx).showing(&participant.id).await?;
    let old = old.into_iter().filter(|post| post.gone.is_none()).map(|post| from_before(family, post));
    Ok(ours.chain(old).collect())
}

/// A post from before this program came. Nothing of it lies here for families to see: its address says where it is.
fn from_before(family: &Family, post: OldPost) -> Picture {
    let since = post.published.map(|at| family.day(day_in_london(at))).unwrap_or_default();
    Picture {
        place: family.t.with("place", &post.channel_name).with("day", &since).say("picture-since"),
        url: Some(post.url),
        images: Vec::new(),
        down: format!("old-posts/{}/down", post.id),
    }
}
