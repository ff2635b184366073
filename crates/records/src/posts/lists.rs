//! Lists of posts, a page at a time: all that a list shows, in two statements however many posts there are.

use std::collections::BTreeSet;

use cleansheet_terms::{ChannelId, Digest, PersonId, PhotoId, PostId, Timestamp};
use sqlx::any::AnyRow;

use super::{
    Post, Posts, Stage,
    read::{ms, post},
};
use crate::{
    activities::Activities,
    columns::Columns as _,
    database::{Statement, StoreError, sql},
    orders::OrderState,
    people::People,
};

/// What a list shows of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The post.
    pub post: Post,
    /// Its author's name.
    pub author: String,
    /// Its activity's name.
    pub activity: String,
    /// The states of its orders, without those that never left and that an approval since has others for.
    pub orders: BTreeSet<OrderState>,
    /// When it was first seen to be public.
    pub published: Option<Timestamp>,
    /// A photo and a channel whose rendition shows it.
    pub thumb: Option<(PhotoId, ChannelId)>,
}

/// Which posts a list has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// All stages, or one.
    pub stage: Option<Stage>,
    /// What the words, the author's or the activity's name contain, whatever the case.
    pub words: &'a str,
    /// Those after this one.
    pub after: Option<&'a Place>,
}

/// A place in a list, the last moved first: where its next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When the last post of the page before moved.
    pub moved: Timestamp,
    /// That post.
    pub post: PostId,
}

impl Place {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (moved, post) = text.split_once('-')?;
        let moved = Timestamp::from_millisecond(moved.parse().ok()?).ok()?;
        Some(Self { moved, post: PostId::parse(post).ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.moved.as_millisecond(), self.post)
    }
}

/// The rows of a list whose ids are what the inner statement says: one for each post and order.
macro_rules! rows_of {
    ($($ids:tt)*) => {
        concat!(
            "SELECT p.id, p.author_id, p.activity_id, p.purpose, p.caption, p.stage, p.revision, p.publish_at_ms,
                 p.corrects_id, p.returned_note, p.made_ms, p.moved_ms, a.name AS author_name, v.name AS activity_name,
                 o.state AS order_state, o.published_ms
             FROM (", $($ids)*, ") g JOIN post p ON p.id = g.id
             JOIN person a ON a.id = p.author_id JOIN activity v ON v.id = p.activity_id
             LEFT JOIN release_order o ON o.post_id = p.id AND (o.revision = p.revision OR o.state <> 'stopped')
             ORDER BY p.moved_ms DESC, p.id DESC"
        )
    };
}

/// The copies of the photos of those posts, the first photo first.
macro_rules! copies_of {
    ($($ids:tt)*) => {
        concat!(
            "SELECT h.post_id, r.photo_id, r.channel_id, r.marks_hash
             FROM (", $($ids)*, ") g JOIN photo h ON h.post_id = g.id AND h.removed_ms IS NULL JOIN rendition r ON r.photo_id = h.id
             ORDER BY h.post_id, h.position, r.channel_id"
        )
    };
}

macro_rules! page {
    ($stage:literal) => {
        concat!(
            "SELECT id FROM post WHERE ",
            $stage,
            " AND (moved_ms < $2 OR (moved_ms = $2 AND id < $3))
                 AND ($4 = '' OR lower(caption) LIKE $4 ESCAPE '~' OR $5 LIKE '%,' || author_id || ',%'
                     OR $6 LIKE '%,' || activity_id || ',%')
             ORDER BY moved_ms DESC, id DESC LIMIT $7"
        )
    };
}

macro_rules! for_one {
    () => {
        "SELECT id FROM (SELECT id FROM post WHERE stage = 'submitted' AND author_id <> $1
             ORDER BY moved_ms DESC, id DESC LIMIT 8) a
         UNION SELECT id FROM (SELECT id FROM post WHERE stage = 'submitted' AND author_id = $1
             ORDER BY moved_ms DESC, id DESC LIMIT 8) b
         UNION SELECT id FROM (SELECT id FROM post WHERE stage = 'draft' AND author_id = $1
             ORDER BY moved_ms DESC, id DESC LIMIT 8) c
         UNION SELECT id FROM (SELECT id FROM post WHERE stage = 'draft' AND author_id = $1 AND returned_note IS NOT NULL
             ORDER BY moved_ms DESC, id DESC LIMIT 8) d
         UNION SELECT id FROM (SELECT id FROM post WHERE stage = 'stopped' AND author_id = $1
             ORDER BY moved_ms DESC, id DESC LIMIT 8) s
         UNION SELECT id FROM (SELECT id FROM post WHERE stage = 'approved' ORDER BY moved_ms DESC, id DESC LIMIT 8) e"
    };
}

/// What has a time between two instants, was seen to be public between them, or waits without a time.
macro_rules! between {
    () => {
        "SELECT id FROM post WHERE stage <> 'dropped' AND publish_at_ms >= $1 AND publish_at_ms < $2
         UNION SELECT post_id FROM release_order WHERE published_ms >= $1 AND published_ms < $2
         UNION SELECT id FROM (SELECT id FROM post WHERE stage IN ('draft', 'submitted') AND publish_at_ms IS NULL
             ORDER BY moved_ms DESC, id DESC LIMIT 30) u"
    };
}

const BETWEEN: (&str, &str) = (rows_of!(between!()), copies_of!(between!()));
const ALL: (&str, &str) = (rows_of!(page!("$1 = ''")), copies_of!(page!("$1 = ''")));
const ONE_STAGE: (&str, &str) = (rows_of!(page!("stage = $1")), copies_of!(page!("stage = $1")));
const FOR_ONE: (&str, &str) = (rows_of!(for_one!()), copies_of!(for_one!()));

impl Posts<'_> {
    /// A page of a list, the last moved first, and where the next one begins.
    ///
    /// - `most`: posts on the page, at least 1.
    pub async fn list(
        &mut self,
        wanted: &Wanted<'_>,
        most: u32,
    ) -> Result<(Vec<Listed>, Option<Place>), StoreError> {
        let words = wanted.words.trim().to_lowercase();
        let (people, activities) = self.named(&words).await?;
        let most = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
        let (mut found, mut after) = (Vec::new(), wanted.after.cloned());
        loop {
            // One more than fits says whether there is another page.
            let limit = i64::try_from(most + 1 - found.len()).unwrap_or(i64::MAX);
            let bind = |text: &'static str| {
                let after = after.as_ref();
                sql(text)
                    .bind(wanted.stage.map_or("", Stage::as_str))
                    .bind(after.map_or(i64::MAX, |place| ms(place.moved)))
                    .bind(after.map_or_else(String::new, |place| place.post.as_str().to_owned()))
                    .bind(pattern(&words))
                    .bind(people.clone())
                    .bind(activities.clone())
                    .bind(limit)
            };
            let (rows, copies) = if wanted.stage.is_some() { ONE_STAGE } else { ALL };
            let page = self.listed(bind(rows), bind(copies)).await?;
            let is_last = page.len() < usize::try_from(limit).unwrap_or(usize::MAX);
            after = page.last().map(|one| place(&one.post)).or(after);
            found.extend(page.into_iter().filter(|one| fits(one, &words)));
            if is_last || found.len() > most {
                break;
            }
        }
        let next = if found.len() > most { found.get(most - 1).map(|one| place(&one.post)) } else { None };
        found.truncate(most);
        Ok((found, next))
    }

    /// The newest posts of each kind that concern a person: what waits for a second one, their own drafts and what came
    /// back to them, what is on its way or public. At most eight of each.
    pub async fn concerning(&mut self, person: &PersonId) -> Result<Vec<Listed>, StoreError> {
        let bind = |text| sql(text).bind(person.as_str().to_owned());
        self.listed(bind(FOR_ONE.0), bind(FOR_ONE.1)).await
    }

    /// The posts of a calendar: planned or public between two instants, and the thirty drafts and waiting posts without a
    /// time that moved last.
    ///
    /// - `words`: what the words, the author's or the activity's name contain, whatever the case.
    pub async fn between(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        words: &str,
    ) -> Result<Vec<Listed>, StoreError> {
        let words = words.trim().to_lowercase();
        let bind = |text| sql(text).bind(ms(from)).bind(ms(to));
        let mut found = self.listed(bind(BETWEEN.0), bind(BETWEEN.1)).await?;
        found.retain(|one| fits(one, &words));
        Ok(found)
    }

    /// The people and activities whose names contain the words, as `,id,id,`.
    async fn named(&mut self, words: &str) -> Result<(String, String), StoreError> {
        if words.is_empty() {
            return Ok((String::new(), String::new()));
        }
        let people = People(self.0).list().await?.into_iter().map(|one| (one.id.to_string(), one.name));
        let people = listed(people, words);
        let all =
            Activities(self.0).activities().await?.into_iter().map(|one| (one.id.to_string(), one.name));
        Ok((people, listed(all, words)))
    }

    async fn listed(&mut self, rows: Statement, copies: Statement) -> Result<Vec<Listed>, StoreError> {
        let mut all: Vec<Listed> = Vec::new();
        for row in self.0.rows(rows).await? {
            let state = row.maybe_read("order_state", OrderState::parse)?;
            match all.last_mut() {
                Some(last) if last.post.id.as_str() == row.text("id")? => last.orders.extend(state),
                _ => all.push(one(&row, state)?),
            }
            let published = row.maybe_instant("published_ms")?;
            if let (Some(last), Some(at)) = (all.last_mut(), published) {
                last.published = Some(last.published.map_or(at, |first| first.min(at)));
            }
        }
        for row in self.0.rows(copies).await? {
            let (id, photo) = (row.text("post_id")?, row.read("photo_id", PhotoId::parse)?);
            let Some(listed) = all.iter_mut().find(|one| one.post.id.as_str() == id) else { continue };
            if listed.thumb.is_some() {
                continue;
            }
            // Only a draft's marks can have changed since the copy was made.
            let marks = row.read("marks_hash", Digest::parse)?;
            if listed.post.stage != Stage::Draft || self.marks_hash(&photo).await? == marks {
                listed.thumb = Some((photo, row.read("channel_id", ChannelId::parse)?));
            }
        }
        Ok(all)
    }
}

fn one(row: &AnyRow, state: Option<OrderState>) -> Result<Listed, StoreError> {
    Ok(Listed {
        post: post(row)?,
        author: row.text("author_name")?,
        activity: row.text("activity_name")?,
        orders: state.into_iter().collect(),
        published: None,
        thumb: None,
    })
}

fn place(post: &Post) -> Place {
    Place { moved: post.moved, post: post.id.clone() }
}

fn listed(all: impl Iterator<Item = (String, String)>, words: &str) -> String {
    let fit = all.filter(|(_, name)| name.to_lowercase().contains(words));
    fit.fold(",".to_owned(), |list, (id, _)| list + &id + ",")
}

/// For `LIKE`. The engines fold only some letters alike, so any letter that is not ASCII stands for every letter here,
/// and [`fits`] looks again.
pub(crate) fn pattern(words: &str) -> String {
    if words.is_empty() {
        return String::new();
    }
    let mut pattern = String::from("%");
    for letter in words.chars() {
        match letter {
            '%' | '_' | '~' => pattern.extend(['~', letter]),
            letter if letter.is_ascii() => pattern.push(letter),
            _ => pattern.push('_'),
        }
    }
    pattern + "%"
}

fn fits(one: &Listed, words: &str) -> bool {
    [&one.post.caption, &one.author, &one.activity].iter().any(|text| text.to_lowercase().contains(words))
}

#[cfg(test)]
mod tests {
    use super::{Place, pattern};

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(pattern(""), "");
        assert_eq!(pattern("50% off_~"), "%50~% off~_~~%");
        assert_eq!(pattern("josé"), "%jos_%");
    }

    #[test]
    fn a_place_reads_back() {
        let place = Place::parse("1764100000000-post_0198").unwrap();
        assert_eq!(place.to_string(), "1764100000000-post_0198");
        for bad in ["", "12", "x-post_1", "12-person_1", "12-post_1 OR 1=1"] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }
}
