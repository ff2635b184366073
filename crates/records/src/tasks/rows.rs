//! Tasks as rows.

use cleansheet_terms::{ChannelId, Network, OldPostId, OrderId, PersonId, PostId, TaskId, Timestamp};
use sqlx::any::AnyRow;

use super::{Task, Tasks, Thing};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT t.id, t.channel_id, c.name AS channel_name, c.network, t.order_id, o.post_id, t.old_post_id,
                 COALESCE(o.url, old.url) AS url, COALESCE(p.caption, old.text) AS words, t.person_id,
                 who.name AS person_name, t.why, t.made_ms, t.due_ms, t.late_ms, t.said_by, t.said_ms, t.seen_ms, t.done_ms,
                 t.on_word
             FROM task t JOIN channel c ON c.id = t.channel_id JOIN person who ON who.id = t.person_id
             LEFT JOIN release_order o ON o.id = t.order_id LEFT JOIN post p ON p.id = o.post_id
             LEFT JOIN old_post old ON old.id = t.old_post_id ",
            $tail
        )
    };
}

impl Task {
    /// What is to be taken down.
    pub fn thing(&self) -> Option<Thing<'_>> {
        let order = self.order.as_ref().map(Thing::Order);
        order.or_else(|| self.old_post.as_ref().map(Thing::OldPost))
    }
}

impl Tasks<'_> {
    /// One task.
    pub async fn task(&mut self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        let found = sql(select!("WHERE t.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(task).transpose()
    }

    /// The tasks that are not done, the most urgent first.
    pub async fn open(&mut self) -> Result<Vec<Task>, StoreError> {
        let found = sql(select!("WHERE t.done_ms IS NULL ORDER BY t.due_ms, t.id"));
        self.0.rows(found).await?.iter().map(task).collect()
    }

    /// Those of them that one person has to do.
    pub async fn open_of(&mut self, person: &PersonId) -> Result<Vec<Task>, StoreError> {
        let found = sql(select!("WHERE t.done_ms IS NULL AND t.person_id = $1 ORDER BY t.due_ms, t.id"));
        self.0.rows(found.bind(person.as_str().to_owned())).await?.iter().map(task).collect()
    }

    /// The task that is open for a thing.
    pub async fn open_for(&mut self, thing: Thing<'_>) -> Result<Option<Task>, StoreError> {
        let found = match thing {
            Thing::Order(_) => sql(select!("WHERE t.done_ms IS NULL AND t.order_id = $1")),
            Thing::OldPost(_) => sql(select!("WHERE t.done_ms IS NULL AND t.old_post_id = $1")),
        };
        self.0.row(found.bind(thing.id().to_owned())).await?.as_ref().map(task).transpose()
    }

    /// The newest task for a thing, whether it is done or not.
    pub(crate) async fn newest_for(&mut self, thing: Thing<'_>) -> Result<Option<Task>, StoreError> {
        let found = match thing {
            Thing::Order(_) => sql(select!("WHERE t.order_id = $1 ORDER BY t.id DESC LIMIT 1")),
            Thing::OldPost(_) => sql(select!("WHERE t.old_post_id = $1 ORDER BY t.id DESC LIMIT 1")),
        };
        self.0.row(found.bind(thing.id().to_owned())).await?.as_ref().map(task).transpose()
    }

    pub(super) async fn late_untold(&mut self, now: Timestamp) -> Result<Vec<Task>, StoreError> {
        let found = sql(select!(
            "WHERE t.done_ms IS NULL AND t.late_ms IS NULL AND t.due_ms <= $1 ORDER BY t.due_ms, t.id"
        ));
        self.0.rows(found.bind(now.as_millisecond())).await?.iter().map(task).collect()
    }

    /// - `from_until`: when it is made, and by when it is to be done.
    pub(super) async fn insert(
        &mut self,
        id: &TaskId,
        thing: Thing<'_>,
        channel: &ChannelId,
        person: &PersonId,
        why: &str,
        (made, due): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let (order, old) = match thing {
            Thing::Order(id) => (Some(id.as_str().to_owned()), None),
            Thing::OldPost(id) => (None, Some(id.as_str().to_owned())),
        };
        let insert =
            sql("INSERT INTO task (id, channel_id, order_id, old_post_id, person_id, why, made_ms, due_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(id.as_str().to_owned())
            .bind(channel.as_str().to_owned())
            .bind(order)
            .bind(old)
            .bind(person.as_str().to_owned())
            .bind(why.chars().take(300).collect::<String>())
            .bind(made.as_millisecond())
            .bind(due.as_millisecond());
        self.0.run(insert).await?;
        Ok(())
    }
}

fn task(row: &AnyRow) -> Result<Task, StoreError> {
    Ok(Task {
        id: row.read("id", TaskId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("channel_name")?,
        network: row.read("network", Network::parse)?,
        order: row.maybe_read("order_id", OrderId::parse)?,
        post: row.maybe_read("post_id", PostId::parse)?,
        old_post: row.maybe_read("old_post_id", OldPostId::parse)?,
        url: row.maybe_text("url")?,
        words: row.maybe_text("words")?.unwrap_or_default(),
        person: row.read("person_id", PersonId::parse)?,
        person_name: row.text("person_name")?,
        why: row.text("why")?,
        made: row.instant("made_ms")?,
        due: row.instant("due_ms")?,
        late: row.maybe_instant("late_ms")?,
        said: row.maybe_read("said_by", PersonId::parse)?.zip(row.maybe_instant("said_ms")?),
        seen: row.maybe_instant("seen_ms")?,
        done: row.maybe_instant("done_ms")?,
        on_word: row.flag("on_word")?,
    })
}
