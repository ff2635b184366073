//! Where somebody is shown, and on what grounds: by child, by post, by channel, by the words that were agreed to.

mod everything;

use std::collections::BTreeMap;

use cleansheet_terms::{
    ChannelId, Date, Digest, EditionId, Naming, Network, OrderId, ParticipantId, PostId, Timestamp,
};
use sqlx::any::AnyRow;

pub use everything::{Everything, everything};

use crate::{
    columns::Columns as _,
    consents::{Consent, Consents, Giver, Kind, Purpose},
    database::{StoreError, Tx, sql},
    orders::OrderState,
    posts::pattern,
};

/// Which lines are wanted; everything that is not said is not asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// A part of the person's name.
    pub words: &'a str,
    /// One person.
    pub participant: Option<&'a ParticipantId>,
    /// One post.
    pub post: Option<&'a PostId>,
    /// One channel.
    pub channel: Option<&'a ChannelId>,
    /// Those who agreed to the words of one edition.
    pub edition: Option<&'a EditionId>,
    /// What is gone, or never left, too.
    pub past_too: bool,
    /// Where the page begins.
    pub after: Option<&'a Place>,
}

/// Where a page of the inventory ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    queued: Timestamp,
    order: OrderId,
    participant: ParticipantId,
}

impl Place {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let queued = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
        let order = OrderId::parse(parts.next()?).ok()?;
        Some(Self { queued, order, participant: ParticipantId::parse(parts.next()?).ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.queued.as_millisecond(), self.order, self.participant)
    }
}

/// One person in one publication.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// Who.
    #[serde(skip)]
    pub participant: ParticipantId,
    /// Their name.
    pub name: String,
    /// The publication.
    pub order: OrderId,
    /// The post.
    pub post: PostId,
    /// What it says.
    pub caption: String,
    /// The channel's name.
    pub channel: String,
    /// Its network.
    pub network: Network,
    /// What the post is for.
    pub purpose: Purpose,
    /// Where it is on its way.
    #[serde(skip)]
    pub state: OrderState,
    /// Where the public sees it.
    pub url: Option<String>,
    /// Approved.
    pub queued: Timestamp,
    /// Public since.
    pub published: Option<Timestamp>,
    /// The last day of the publication.
    pub ends: Option<Date>,
    /// Seen to be gone.
    pub gone: Option<Timestamp>,
    /// The answers it rests on.
    pub grounds: Vec<Ground>,
}

/// One answer that a publication rests on: the newest yes of its giver when it was approved.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Ground {
    /// `themselves`, or `parent or carer 2` in the order in which they answered.
    pub who: String,
    /// When.
    pub given: Timestamp,
    /// The last day it is good for.
    pub until: Date,
    /// How far the name may stand beside the picture.
    pub naming: Naming,
    /// The exact words.
    pub wording: Digest,
}

/// A page of the inventory, the newest first, and where the next one begins.
///
/// - `most`: lines on the page, at least 1.
pub async fn list(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    most: u32,
) -> Result<(Vec<Line>, Option<Place>), StoreError> {
    let words = wanted.words.trim().to_lowercase();
    let most = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
    let (mut lines, mut after) = (Vec::new(), wanted.after.cloned());
    loop {
        // One more than fits says whether there is another page.
        let limit = i64::try_from(most + 1 - lines.len()).unwrap_or(i64::MAX);
        let page = some(tx, wanted, &words, after.as_ref(), limit).await?;
        let is_last = page.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        after = page.last().map(place).or(after);
        lines.extend(page.into_iter().filter(|line| line.name.to_lowercase().contains(&words)));
        if is_last || lines.len() > most {
            break;
        }
    }
    let more = lines.len() > most;
    lines.truncate(most);
    let next = lines.last().filter(|_| more).map(place);
    with_grounds(tx, &mut lines).await?;
    Ok((lines, next))
}

/// The next lines, at most `limit`. The engines fold only some letters alike: of names with other letters there are too many.
async fn some(
    tx: &mut Tx,
    wanted: &Wanted<'_>,
    words: &str,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    let id = |id: Option<&str>| id.unwrap_or_default().to_owned();
    let found = sql("SELECT s.participant_id, p.name, o.id, o.post_id, o.state, o.url, o.queued_ms, o.published_ms,
             o.ends_day, o.gone_ms, c.name AS channel_name, c.network, t.purpose, t.caption
         FROM order_person s JOIN release_order o ON o.id = s.order_id JOIN channel c ON c.id = o.channel_id
         JOIN post t ON t.id = o.post_id JOIN participant p ON p.id = s.participant_id
         WHERE ($1 = '' OR lower(p.name) LIKE $1 ESCAPE '~') AND ($2 = '' OR s.participant_id = $2)
             AND ($3 = '' OR o.post_id = $3) AND ($4 = '' OR o.channel_id = $4)
             AND ($5 = 1 OR o.state IN ('sending', 'uncertain', 'sent', 'published', 'taking_down'))
             AND ($6 = '' OR EXISTS (SELECT 1 FROM consent n JOIN edition_wording e ON e.hash = n.wording_hash
                 WHERE n.participant_id = s.participant_id AND e.edition_id = $6 AND n.purpose = t.purpose
                     AND n.answer = 'yes' AND n.given_ms <= o.queued_ms))
             AND (o.queued_ms < $7 OR (o.queued_ms = $7 AND (o.id < $8 OR (o.id = $8 AND s.participant_id > $9))))
         ORDER BY o.queued_ms DESC, o.id DESC, s.participant_id LIMIT $10")
    .bind(pattern(words))
    .bind(id(wanted.participant.map(ParticipantId::as_str)))
    .bind(id(wanted.post.map(PostId::as_str)))
    .bind(id(wanted.channel.map(ChannelId::as_str)))
    .bind(i64::from(wanted.past_too))
    .bind(id(wanted.edition.map(EditionId::as_str)))
    .bind(after.map_or(i64::MAX, |place| place.queued.as_millisecond()))
    .bind(id(after.map(|place| place.order.as_str())))
    .bind(id(after.map(|place| place.participant.as_str())))
    .bind(limit);
    tx.rows(found).await?.iter().map(line).collect()
}

/// Writes beside each line which answers it rests on.
async fn with_grounds(tx: &mut Tx, lines: &mut [Line]) -> Result<(), StoreError> {
    let mut about: BTreeMap<ParticipantId, Vec<Consent>> = BTreeMap::new();
    for line in lines {
        if !about.contains_key(&line.participant) {
            let answers = Consents(tx).answers_about(&line.participant).await?;
            about.insert(line.participant.clone(), answers);
        }
        let answers = about.get(&line.participant).map_or(&[][..], Vec::as_slice);
        line.grounds = grounds(answers, line);
    }
    Ok(())
}

fn place(line: &Line) -> Place {
    Place { queued: line.queued, order: line.order.clone(), participant: line.participant.clone() }
}

/// The newest answer of each giver when the publication was approved, if it was a yes.
///
/// - `about`: every answer about the person, the newest first.
fn grounds(about: &[Consent], line: &Line) -> Vec<Ground> {
    let (kind, mut newest) = (Kind::of(line.network), BTreeMap::new());
    for one in about.iter().rev().filter(|one| one.given <= line.queued) {
        if one.purpose == line.purpose && one.kind == kind {
            newest.insert(one.giver.clone(), one);
        }
    }
    let numbers = numbered(about);
    let ground = |(giver, one): (Giver, &Consent)| Ground {
        who: in_words(&giver, &numbers),
        given: one.given,
        until: one.until,
        naming: one.naming,
        wording: one.wording,
    };
    newest.into_iter().filter(|(_, one)| one.yes).map(ground).collect()
}

/// Guardians by the order in which they first answered: their names are not for this list.
fn numbered(about: &[Consent]) -> BTreeMap<Giver, usize> {
    let mut numbers = BTreeMap::new();
    for one in about.iter().rev().filter(|one| one.giver != Giver::Own) {
        let next = numbers.len() + 1;
        numbers.entry(one.giver.clone()).or_insert(next);
    }
    numbers
}

fn in_words(giver: &Giver, numbers: &BTreeMap<Giver, usize>) -> String {
    match giver {
        Giver::Own => "themselves".to_owned(),
        Giver::Guardian(_) => format!("parent or carer {}", numbers.get(giver).copied().unwrap_or(0)),
    }
}

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    Ok(Line {
        participant: row.read("participant_id", ParticipantId::parse)?,
        name: row.text("name")?,
        order: row.read("id", OrderId::parse)?,
        post: row.read("post_id", PostId::parse)?,
        caption: row.text("caption")?,
        channel: row.text("channel_name")?,
        network: row.read("network", Network::parse)?,
        purpose: row.read("purpose", Purpose::parse)?,
        state: row.read("state", OrderState::parse)?,
        url: row.maybe_text("url")?,
        queued: row.instant("queued_ms")?,
        published: row.maybe_instant("published_ms")?,
        ends: row.maybe_day("ends_day")?,
        gone: row.maybe_instant("gone_ms")?,
        grounds: Vec::new(),
    })
}
