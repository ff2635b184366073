//! Everything the trust holds about one participant, for a request to see it (UK GDPR Art. 15). What others said is in it
//! without who they are. The hard "no image" flag is not: whoever saves the file may not know of it, and the safeguarding
//! lead adds it by hand once they have looked whether it may be told.

use cleansheet_terms::{Date, Naming, ParticipantId, Timestamp};
use serde::Serialize;

use super::{Line, Wanted, in_words, list, numbered};
use crate::{
    activities::{Activities, ActivityError},
    columns::Columns as _,
    consents::{Consents, Editions, Kind, Purpose, Way},
    database::{StoreError, Tx, sql},
    old_posts::{OldPost, OldPosts},
};

/// What is held about one participant.
#[derive(Debug, Clone, Serialize)]
pub struct Everything {
    /// Their name.
    pub name: String,
    /// Their birthday.
    pub born: Option<Date>,
    /// They said that they are 18 or over.
    pub said_to_be_adult: bool,
    /// Their own address.
    pub mail: String,
    /// The trust's own number.
    pub reference: String,
    /// Their last day.
    pub left: Option<Date>,
    /// Activities they were at: name, place, day.
    pub activities: Vec<(String, String, Date)>,
    /// Every answer.
    pub answers: Vec<GivenAnswer>,
    /// When somebody took an answer back.
    pub withdrawals: Vec<Timestamp>,
    /// Every publication that shows or showed them.
    pub shown: Vec<Line>,
    /// Every post from before this program in which somebody has seen them.
    pub shown_before: Vec<ShownBefore>,
}

/// One post from before this program.
#[derive(Debug, Clone, Serialize)]
pub struct ShownBefore {
    /// The channel's name.
    pub channel: String,
    /// Where the public sees it, or saw it.
    pub url: String,
    /// The words.
    pub text: String,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
    /// When it was seen to be gone.
    pub gone: Option<Timestamp>,
}

/// One answer, with the words that were answered.
#[derive(Debug, Clone, Serialize)]
pub struct GivenAnswer {
    /// Who, without a name.
    pub who: String,
    /// For what.
    pub purpose: Purpose,
    /// Where.
    pub kind: Kind,
    /// Yes or no.
    pub yes: bool,
    /// How far by name.
    pub naming: Naming,
    /// When.
    pub given: Timestamp,
    /// Until.
    pub until: Date,
    /// How it came.
    pub way: &'static str,
    /// In which language.
    pub language: String,
    /// The words.
    pub words: String,
}

/// Gathers it.
pub async fn everything(tx: &mut Tx, id: &ParticipantId) -> Result<Everything, ActivityError> {
    let who = Activities(tx).known_participant(id).await?;
    let wanted = Wanted { participant: Some(id), past_too: true, ..Wanted::default() };
    let (shown, _) = list(tx, &wanted, u32::from(u16::MAX)).await?;
    Ok(Everything {
        activities: activities(tx, id).await?,
        answers: answers(tx, id).await?,
        withdrawals: withdrawals(tx, id).await?,
        shown,
        shown_before: OldPosts(tx).showing(id).await?.into_iter().map(before).collect(),
        name: who.name,
        born: who.born,
        said_to_be_adult: who.adult,
        mail: who.mail,
        reference: who.reference,
        left: who.left,
    })
}

fn before(post: OldPost) -> ShownBefore {
    let OldPost { channel_name, url, text, published, gone, .. } = post;
    ShownBefore { channel: channel_name, url, text, published, gone }
}

async fn activities(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<(String, String, Date)>, StoreError> {
    let found = sql("SELECT a.name, a.place, a.day FROM roster r JOIN activity a ON a.id = r.activity_id
         WHERE r.participant_id = $1 ORDER BY a.day, a.name, a.id");
    let rows = tx.rows(found.bind(id.as_str().to_owned())).await?;
    rows.iter().map(|row| Ok((row.text("name")?, row.text("place")?, row.day("day")?))).collect()
}

async fn withdrawals(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<Timestamp>, StoreError> {
    let found = sql("SELECT at_ms FROM withdrawal WHERE participant_id = $1 ORDER BY at_ms, id");
    tx.rows(found.bind(id.as_str().to_owned())).await?.iter().map(|row| row.instant("at_ms")).collect()
}

async fn answers(tx: &mut Tx, id: &ParticipantId) -> Result<Vec<GivenAnswer>, StoreError> {
    let about = Consents(tx).answers_about(id).await?;
    let numbers = numbered(&about);
    let mut all = Vec::new();
    for one in about {
        all.push(GivenAnswer {
            who: in_words(&one.giver, &numbers),
            purpose: one.purpose,
            kind: one.kind,
            yes: one.yes,
            naming: one.naming,
            given: one.given,
            until: one.until,
            way: Way::as_str(one.way),
            words: Editions(tx).words(&one.wording).await?.unwrap_or_default(),
            language: one.language,
        });
    }
    Ok(all)
}
