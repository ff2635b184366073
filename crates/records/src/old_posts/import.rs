//! Walking through an account: what is found is written down once, however often somebody walks.

use std::collections::BTreeMap;

use cleansheet_terms::{
    ChannelId, Clock, Entropy, OldImportId, OldPictureId, OldPostId, PersonId, Timestamp,
};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

use super::{OldPostError, OldPosts, OldState, PictureState, read::whole};
use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, sql},
    jobs::{Claimed, Jobs, Work},
    ledger_entries::Ledger,
    orders::{Order, Orders},
};

/// Longest text that is kept of an old post: what the longest article may have.
const TEXT_LETTERS: usize = 25_000;
/// Longest alt text.
const ALT_TEXT_LETTERS: usize = 2_000;
/// Most files of one post; a network shows fewer.
const MOST_FILES: usize = 20;

/// One walk through everything an account shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The import.
    pub id: OldImportId,
    /// Of which account.
    pub channel: ChannelId,
    /// Who began it.
    pub by: PersonId,
    /// When.
    pub begun: Timestamp,
    /// Where the next page begins, in the channel's own words; `None` before the first one.
    pub place: Option<String>,
    /// How many posts were looked at.
    pub seen: i64,
    /// How many of them were new to us.
    pub taken: i64,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it waits, or why it ended before its end.
    pub because: Option<String>,
}

/// A post that an account shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The network's own name for it.
    pub remote: String,
    /// Where the public sees it.
    pub url: String,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
    /// The whole text.
    pub text: String,
    /// Pictures and videos, in order.
    pub files: Vec<ListedFile>,
    /// The network's name of somebody else's post that it shows again.
    pub shares: Option<String>,
}

/// A picture or video of such a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// The network's name for it.
    pub name: String,
    /// What it is said to show.
    pub alt_text: String,
    /// A video.
    pub video: bool,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, channel_id, begun_by, begun_ms, place, seen, taken, ended_ms, because FROM old_import ",
            $tail
        )
    };
}

impl OldPosts<'_> {
    /// Begins to walk through an account. One that is under way already is called, and returned.
    pub async fn begin_import(
        &mut self,
        channel: &ChannelId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<OldImportId, OldPostError> {
        let account = Accounts(self.0).channel(channel).await?;
        account.ok_or_else(|| OldPostError::NoChannel(channel.clone()))?;
        let now = clock.now();
        let running = sql(select!("WHERE channel_id = $1 AND ended_ms IS NULL"));
        if let Some(row) = self.0.row(running.bind(channel.as_str().to_owned())).await? {
            let running = import(&row)?;
            Jobs(self.0).hasten(Work::ImportOldPosts, running.id.as_str(), now).await?;
            return Ok(running.id);
        }
        let id = OldImportId::new(clock, entropy);
        let insert = sql("INSERT INTO old_import (id, channel_id, begun_by, begun_ms, seen, taken)
             VALUES ($1, $2, $3, $4, 0, 0)")
        .bind(id.as_str().to_owned())
        .bind(channel.as_str().to_owned())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        Jobs(self.0).enqueue(Work::ImportOldPosts, id.as_str(), now, clock, entropy).await?;
        Ledger(self.0).append("old_posts.import", id.as_str(), &(channel, by), now, entropy).await?;
        Ok(id)
    }

    /// One import.
    pub async fn import(&mut self, id: &OldImportId) -> Result<Option<Import>, StoreError> {
        let found = sql(select!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(import).transpose()
    }

    /// The newest import of each account.
    pub async fn imports(&mut self) -> Result<Vec<Import>, StoreError> {
        let found = sql(select!(
            "i WHERE NOT EXISTS (SELECT 1 FROM old_import n WHERE n.channel_id = i.channel_id AND n.id > i.id)
             ORDER BY channel_id"
        ));
        self.0.rows(found).await?.iter().map(import).collect()
    }

    /// The orders of an account that may be public under a name which the records do not have.
    pub async fn orders_without_name(&mut self, channel: &ChannelId) -> Result<Vec<Order>, StoreError> {
        Orders(self.0).without_remote(channel).await
    }

    /// Writes a page of an account down: what is new of it, what was thought to be gone, and where the next page begins.
    /// Nothing of what an order of ours made.
    ///
    /// - `ours`: [`OldPosts::orders_without_name`] by their names, as the channel says them.
    /// - `next`: `None` when this was the last page; the import has ended then.
    pub async fn keep_page(
        &mut self,
        job: &Claimed,
        page: &[Listed],
        ours: &BTreeMap<String, Order>,
        next: Option<&str>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let (import, now) = (self.import_of(job).await?, clock.now());
        if import.ended.is_some() {
            return Ok(Jobs(self.0).finish(job, now).await?);
        }
        let mut taken = 0;
        for listed in page {
            let mut orders = Orders(self.0).named(&import.channel, &listed.remote).await?;
            orders.extend(ours.get(&listed.remote).cloned());
            if !orders.is_empty() {
                Orders(self.0).seen_again(&orders, clock, entropy).await.map_err(OldPostError::order)?;
                continue;
            }
            match self.known(&import.channel, &listed.remote).await? {
                None => {
                    self.take(&import.channel, listed, clock, entropy).await?;
                    taken += 1;
                }
                Some((id, OldState::Gone)) => {
                    self.bring_down(&id, "it was seen again", clock, entropy).await?;
                }
                Some(_) => {}
            }
        }
        let on =
            sql("UPDATE old_import SET place = $1, seen = seen + $2, taken = taken + $3, because = NULL,
                 ended_ms = $4 WHERE id = $5")
            .bind(next.map(str::to_owned))
            .bind(i64::try_from(page.len()).unwrap_or(i64::MAX))
            .bind(taken)
            .bind(next.is_none().then_some(now.as_millisecond()))
            .bind(import.id.as_str().to_owned());
        self.0.run(on).await?;
        if next.is_some() {
            Jobs(self.0).enqueue(Work::ImportOldPosts, &job.subject, now, clock, entropy).await?;
        } else {
            let payload = import.taken + taken;
            Ledger(self.0).append("old_posts.imported", import.id.as_str(), &payload, now, entropy).await?;
        }
        Ok(Jobs(self.0).finish(job, now).await?)
    }

    /// The account cannot be read now. What was read is kept, and it goes on from there.
    pub async fn import_waits(
        &mut self,
        job: &Claimed,
        because: &str,
        wait: SignedDuration,
        now: Timestamp,
    ) -> Result<(), OldPostError> {
        let import = self.import_of(job).await?;
        let say = sql("UPDATE old_import SET because = $1 WHERE id = $2");
        self.0.run(say.bind(because.to_owned()).bind(import.id.as_str().to_owned())).await?;
        Ok(Jobs(self.0).retry_later(job, because, wait, now).await?)
    }

    /// The account can never be read.
    pub async fn import_stops(
        &mut self,
        job: &Claimed,
        because: &str,
        now: Timestamp,
    ) -> Result<(), OldPostError> {
        let import = self.import_of(job).await?;
        let end = sql("UPDATE old_import SET because = $1, ended_ms = $2 WHERE id = $3 AND ended_ms IS NULL")
            .bind(because.to_owned())
            .bind(now.as_millisecond())
            .bind(import.id.as_str().to_owned());
        self.0.run(end).await?;
        Ok(Jobs(self.0).finish(job, now).await?)
    }

    /// The import a job is about, once it is certain that the job is still ours.
    pub async fn import_of(&mut self, job: &Claimed) -> Result<Import, OldPostError> {
        Jobs(self.0).still_ours(job).await?;
        let id = OldImportId::parse(&job.subject).map_err(|_| StoreError::damaged("subject"))?;
        self.import(&id).await?.ok_or(OldPostError::NoImport(id))
    }

    /// Writes one post of an account down, so that it can be taken down like every other; one that is known stays as it is.
    pub async fn write_down(
        &mut self,
        channel: &ChannelId,
        listed: &Listed,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<OldPostId, OldPostError> {
        if self.known(channel, &listed.remote).await?.is_none() {
            self.take(channel, listed, clock, entropy).await?;
        }
        let known = self.known(channel, &listed.remote).await?;
        Ok(known.ok_or_else(|| StoreError::damaged("old_post.remote"))?.0)
    }

    async fn known(
        &mut self,
        channel: &ChannelId,
        remote: &str,
    ) -> Result<Option<(OldPostId, OldState)>, StoreError> {
        let found = sql("SELECT id, state FROM old_post WHERE channel_id = $1 AND remote = $2")
            .bind(channel.as_str().to_owned())
            .bind(remote.to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        Ok(Some((row.read("id", OldPostId::parse)?, row.read("state", OldState::parse)?)))
    }

    async fn take(
        &mut self,
        channel: &ChannelId,
        listed: &Listed,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let (id, now) = (OldPostId::new(clock, entropy), clock.now());
        let insert = sql(
            "INSERT INTO old_post (id, channel_id, remote, url, text, published_ms, shares, state, said, taken_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'public', 'nothing', $8)",
        )
        .bind(id.as_str().to_owned())
        .bind(channel.as_str().to_owned())
        .bind(listed.remote.clone())
        .bind(listed.url.clone())
        .bind(letters(&listed.text, TEXT_LETTERS))
        .bind(listed.published.map_or(0, Timestamp::as_millisecond))
        .bind(listed.shares.as_deref().map(|shares| letters(shares, ALT_TEXT_LETTERS)))
        .bind(now.as_millisecond());
        self.0.run(insert).await?;
        let mut waits = false;
        for (position, file) in (1..).zip(listed.files.iter().take(MOST_FILES)) {
            let state = if file.video { PictureState::Video } else { PictureState::Waiting };
            waits |= !file.video;
            let insert = sql("INSERT INTO old_picture (id, old_post_id, position, file, alt_text, state)
                 VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(OldPictureId::new(clock, entropy).as_str().to_owned())
            .bind(id.as_str().to_owned())
            .bind(whole(position))
            .bind(letters(&file.name, ALT_TEXT_LETTERS))
            .bind(letters(&file.alt_text, ALT_TEXT_LETTERS))
            .bind(state.as_str());
            self.0.run(insert).await?;
        }
        if waits {
            Jobs(self.0).enqueue(Work::FetchOldPictures, id.as_str(), now, clock, entropy).await?;
        }
        Ok(())
    }
}

/// Anybody may have written it, with any program: PostgreSQL keeps no zero byte, and nothing is kept without end.
fn letters(text: &str, most: usize) -> String {
    text.chars().filter(|letter| *letter != '\0').take(most).collect()
}

fn import(row: &AnyRow) -> Result<Import, StoreError> {
    Ok(Import {
        id: row.read("id", OldImportId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        by: row.read("begun_by", PersonId::parse)?,
        begun: row.instant("begun_ms")?,
        place: row.maybe_text("place")?,
        seen: row.number("seen")?,
        taken: row.number("taken")?,
        ended: row.maybe_instant("ended_ms")?,
        because: row.maybe_text("because")?,
    })
}
