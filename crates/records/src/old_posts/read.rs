//! One old post, lists of them a page at a time, and how many there are of each kind.

use cleansheet_terms::{ChannelId, Network, OldPostId, ParticipantId, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::{OldPost, OldPosts, OldState, Word};
use crate::{
    activities::{Activities, Participant},
    columns::Columns as _,
    database::{StoreError, sql},
};

/// Which old posts a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Show {
    /// Nobody has looked yet.
    ToDo,
    /// The safeguarding lead is asked.
    Asked,
    /// Somebody of ours is shown.
    Shown,
    /// Nobody of ours is in it.
    Nobody,
    /// Being taken down, or gone.
    Gone,
    /// All of them.
    All,
}

impl Show {
    /// All filters, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::ToDo, Self::Asked, Self::Shown, Self::Nobody, Self::Gone, Self::All];

    /// As an address carries it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToDo => "to-do",
            Self::Asked => "asked",
            Self::Shown => "shown",
            Self::Nobody => "nobody",
            Self::Gone => "gone",
            Self::All => "all",
        }
    }

    /// Reads what an address carries.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|show| show.as_str() == text)
    }
}

/// A page of a list.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which.
    pub show: Show,
    /// Those behind this one.
    pub after: Option<&'a Place>,
}

/// A place in a list, the newest publication first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When the last post of the page before was published; 0 when it does not say.
    pub published_ms: i64,
    /// That post.
    pub post: OldPostId,
}

impl Place {
    /// Where the list goes on behind a post.
    pub fn behind(post: &OldPost) -> Self {
        let published_ms = post.published.map_or(0, Timestamp::as_millisecond);
        Self { published_ms, post: post.id.clone() }
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (published, post) = text.rsplit_once('-')?;
        Some(Self { published_ms: published.parse().ok()?, post: OldPostId::parse(post).ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.published_ms, self.post)
    }
}

/// How many old posts there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nobody has looked yet.
    pub to_do: i64,
    /// The safeguarding lead is asked.
    pub asked: i64,
    /// Somebody of ours is shown.
    pub shown: i64,
    /// Nobody of ours is in it.
    pub nobody: i64,
    /// Being taken down.
    pub taking_down: i64,
    /// Seen to be gone.
    pub gone: i64,
}

impl Counts {
    /// How many a filter has.
    pub fn of(&self, show: Show) -> i64 {
        match show {
            Show::ToDo => self.to_do,
            Show::Asked => self.asked,
            Show::Shown => self.shown,
            Show::Nobody => self.nobody,
            Show::Gone => self.taking_down + self.gone,
            Show::All => self.to_do + self.asked + self.shown + self.nobody + self.taking_down + self.gone,
        }
    }
}

macro_rules! select {
    ($($tail:tt)*) => {
        concat!(
            "SELECT p.id, p.channel_id, c.name AS channel_name, c.network, p.remote, p.url, p.text, p.published_ms, p.shares,
                 p.state, p.said, p.said_by, p.said_ms, p.because, p.take_down_ms, p.gone_ms
             FROM old_post p JOIN channel c ON c.id = p.channel_id ",
            $($tail)*
        )
    };
}

macro_rules! page {
    ($which:literal) => {
        select!(
            "WHERE ",
            $which,
            " AND (p.published_ms < $1 OR (p.published_ms = $1 AND p.id < $2))
             ORDER BY p.published_ms DESC, p.id DESC LIMIT $3"
        )
    };
}

impl OldPosts<'_> {
    /// One old post.
    pub async fn old_post(&mut self, id: &OldPostId) -> Result<Option<OldPost>, StoreError> {
        let found = sql(select!("WHERE p.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(old_post).transpose()
    }

    /// A page of a list, the newest publication first, and where the next one begins.
    pub async fn list(
        &mut self,
        wanted: &Wanted<'_>,
        most: usize,
    ) -> Result<(Vec<OldPost>, Option<Place>), StoreError> {
        let page = match wanted.show {
            Show::ToDo => page!("p.said = 'nothing' AND p.state = 'public'"),
            Show::Asked => page!("p.said = 'asked' AND p.state = 'public'"),
            Show::Shown => page!("p.said = 'shown' AND p.state = 'public'"),
            Show::Nobody => page!("p.said = 'nobody' AND p.state = 'public'"),
            Show::Gone => page!("p.state <> 'public'"),
            Show::All => page!("p.id <> ''"),
        };
        let after = wanted.after;
        let found = sql(page)
            .bind(after.map_or(i64::MAX, |place| place.published_ms))
            .bind(after.map_or_else(String::new, |place| place.post.as_str().to_owned()))
            // One more than fits says whether there is another page.
            .bind(whole(most.max(1) + 1));
        let mut posts: Vec<OldPost> =
            self.0.rows(found).await?.iter().map(old_post).collect::<Result<_, _>>()?;
        let more = posts.len() > most;
        posts.truncate(most);
        let next = posts.last().filter(|_| more).map(Place::behind);
        Ok((posts, next))
    }

    /// How many there are of each kind.
    pub async fn counts(&mut self) -> Result<Counts, StoreError> {
        let found = sql("SELECT said, state, COUNT(*) AS many FROM old_post GROUP BY said, state");
        let mut counts = Counts::default();
        for row in self.0.rows(found).await? {
            let (word, many) = (row.read("said", Word::parse)?, row.number("many")?);
            let count = match (row.read("state", OldState::parse)?, word) {
                (OldState::TakingDown, _) => &mut counts.taking_down,
                (OldState::Gone, _) => &mut counts.gone,
                (OldState::Public, Word::Nothing) => &mut counts.to_do,
                (OldState::Public, Word::Asked) => &mut counts.asked,
                (OldState::Public, Word::Shown) => &mut counts.shown,
                (OldState::Public, Word::Nobody) => &mut counts.nobody,
            };
            *count += many;
        }
        Ok(counts)
    }

    /// Who is shown in an old post, by name.
    pub async fn shown_in(&mut self, id: &OldPostId) -> Result<Vec<Participant>, StoreError> {
        Activities(self.0).shown_in_old(id).await
    }

    /// Who was tagged last, by anybody: in the pictures of years the same faces come one after the other.
    pub async fn tagged_last(&mut self, most: usize) -> Result<Vec<Participant>, StoreError> {
        let found = sql("SELECT participant_id, MAX(tagged_ms) AS last_ms FROM old_depiction
             GROUP BY participant_id ORDER BY last_ms DESC, participant_id LIMIT $1");
        let mut all = Vec::new();
        for row in self.0.rows(found.bind(whole(most))).await? {
            let id = row.read("participant_id", ParticipantId::parse)?;
            all.extend(Activities(self.0).participant(&id).await?);
        }
        all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(all)
    }

    /// Where somebody is shown in old posts, the newest publication first.
    pub async fn showing(&mut self, participant: &ParticipantId) -> Result<Vec<OldPost>, StoreError> {
        let found = sql(select!(
            "JOIN old_depiction d ON d.old_post_id = p.id WHERE d.participant_id = $1
             ORDER BY p.published_ms DESC, p.id DESC"
        ));
        self.0.rows(found.bind(participant.as_str().to_owned())).await?.iter().map(old_post).collect()
    }
}

/// A count as the database takes it.
pub(super) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn old_post(row: &AnyRow) -> Result<OldPost, StoreError> {
    let published = row.number("published_ms")?;
    let said = row.maybe_read("said_by", PersonId::parse)?.zip(row.maybe_instant("said_ms")?);
    Ok(OldPost {
        id: row.read("id", OldPostId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("channel_name")?,
        network: row.read("network", Network::parse)?,
        remote: row.text("remote")?,
        url: row.text("url")?,
        text: row.text("text")?,
        published: (published != 0).then(|| row.instant("published_ms")).transpose()?,
        shares: row.maybe_text("shares")?,
        state: row.read("state", OldState::parse)?,
        word: row.read("said", Word::parse)?,
        said,
        because: row.maybe_text("because")?,
        take_down: row.maybe_instant("take_down_ms")?,
        gone: row.maybe_instant("gone_ms")?,
    })
}
