//! The quarterly access review (clause 3): every running grant and every native role, to be kept or removed.
//!
//! A grant that nobody decides is nothing from the 14th day on. That is read off the dates wherever a grant is looked at
//! (`grants.rs`), so no job has to run for it. A native role is the network's: the program cannot end it, and shows it
//! until somebody says that it is gone there.

mod by_itself;

use cleansheet_terms::{
    AccessLineId, AccessReviewId, ChannelId, Clock, Date, Entropy, GrantId, NativeRoleId, PersonId,
    Timestamp, day_in_london,
};
use jiff::ToSpan as _;
use sqlx::any::AnyRow;

use super::{AccountError, Accounts};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::{People, PersonError},
    settings::Settings,
};

/// Days from the beginning of a review until what nobody decided lapses.
pub const DAYS: i32 = 14;

/// One access review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The review.
    pub id: AccessReviewId,
    /// When it began.
    pub begun: Timestamp,
    /// Who began it; nobody when it began by itself.
    pub by: Option<PersonId>,
    /// From this day on, in London, what nobody decided is nothing.
    pub lapses: Date,
    /// How many lines it has.
    pub lines: i64,
    /// How many of them somebody decided, or ended in another way.
    pub undecided: i64,
}

impl Review {
    /// Whether things can still be decided on a day.
    pub fn is_open_on(&self, day: Date) -> bool {
        day < self.lapses
    }
}

/// Keep or remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It ends at once; on a network, somebody has to remove it there.
    Remove,
}

/// A text that is neither `keep` nor `remove`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither keep nor remove")]
pub struct UnknownDecision(pub String);

impl Decision {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownDecision> {
        let all = [Self::Keep, Self::Remove];
        all.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownDecision(text.to_owned()))
    }
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// A permission of ours.
    Grant(GrantId),
    /// A right on the network itself.
    Native(NativeRoleId),
}

/// One permission or right in a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub id: AccessLineId,
    /// Of which review.
    pub review: AccessReviewId,
    /// What it is about.
    pub of: Of,
    /// Whose.
    pub holder: String,
    /// On which account.
    pub channel: ChannelId,
    /// The account's name.
    pub channel_name: String,
    /// What for: `draft and approve`, `admin of the Page`.
    pub what: String,
    /// Its last day, for a permission of ours.
    pub until: Option<Date>,
    /// It ended in another way since the review began: by a button, by leaving, on the network.
    pub ended: bool,
    /// What was decided, by whom and when.
    pub decided: Option<(Decision, PersonId, Timestamp)>,
}

impl Line {
    /// Somebody has still to decide, or nobody did.
    pub fn is_undecided(&self) -> bool {
        self.decided.is_none() && !self.ended
    }
}

/// What can be wrong with an access review.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// One runs already.
    #[error("an access review runs already; decide what is left in it")]
    Running,
    /// There is nothing to look at.
    #[error("nobody has a permission on any account, so there is nothing to review")]
    Nothing,
    /// No such review or line.
    #[error("this is not in any access review; look at the list again")]
    Missing,
    /// Its 14 days are over.
    #[error(
        "this access review is over, and what nobody decided has lapsed (clause 3). Give a new permission on the page \
         Accounts"
    )]
    Over,
    /// It has ended already.
    #[error("this permission has ended already; give a new one on the page Accounts if it is needed")]
    Ended,
    /// Not a Manager.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The account or grant.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! select_review {
    ($tail:literal) => {
        concat!(
            "SELECT r.id, r.begun_ms, r.begun_by, r.lapses_day,
                 (SELECT COUNT(*) FROM access_review_line l WHERE l.review_id = r.id) AS lines,
                 (SELECT COUNT(*) FROM access_review_line l
                  LEFT JOIN channel_grant g ON g.id = l.grant_id LEFT JOIN native_role n ON n.id = l.native_role_id
                  LEFT JOIN channel c ON c.id = g.channel_id LEFT JOIN person p ON p.id = g.person_id
                  WHERE l.review_id = r.id AND l.decision IS NULL AND g.ended_ms IS NULL AND n.removed_ms IS NULL
                      AND c.ended_ms IS NULL AND p.left_ms IS NULL) AS undecided
             FROM access_review r ",
            $tail
        )
    };
}

macro_rules! select_line {
    ($tail:literal) => {
        concat!(
            "SELECT l.id, l.review_id, l.grant_id, l.native_role_id, l.decision, l.decided_by, l.decided_ms,
                 COALESCE(p.name, n.holder) AS holder, c.id AS channel_id, c.name AS channel_name, n.what,
                 g.until_day, g.may_draft, g.may_approve, g.may_reply,
                 CASE WHEN g.ended_ms IS NOT NULL OR n.removed_ms IS NOT NULL
                     OR (g.id IS NOT NULL AND (c.ended_ms IS NOT NULL OR p.left_ms IS NOT NULL))
                     THEN 1 ELSE 0 END AS ended
             FROM access_review_line l
             LEFT JOIN channel_grant g ON g.id = l.grant_id LEFT JOIN native_role n ON n.id = l.native_role_id
             JOIN channel c ON c.id = COALESCE(g.channel_id, n.channel_id)
             LEFT JOIN person p ON p.id = COALESCE(g.person_id, n.person_id) ",
            $tail
        )
    };
}

impl Accounts<'_> {
    /// Begins an access review of everything that runs today.
    ///
    /// - `by`: the Manager who presses the button; nobody when it begins by itself.
    pub async fn begin_review(
        &mut self,
        by: Option<&PersonId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<AccessReviewId, ReviewError> {
        if let Some(by) = by {
            People(self.0).must_be_manager(by, clock.now()).await?;
        }
        let (now, today) = (clock.now(), day_in_london(clock.now()));
        if self.newest_review().await?.is_some_and(|one| one.is_open_on(today)) {
            return Err(ReviewError::Running);
        }
        let grants = self.grants().await?.into_iter().filter(|one| one.runs_on(today));
        let mut running: Vec<Of> = grants.map(|one| Of::Grant(one.id)).collect();
        running.extend(self.native_roles().await?.into_iter().map(|one| Of::Native(one.id)));
        if running.is_empty() {
            return Err(ReviewError::Nothing);
        }
        let id = AccessReviewId::new(clock, entropy);
        let lapses = today.checked_add(DAYS.days()).unwrap_or(Date::MAX);
        let put =
            sql("INSERT INTO access_review (id, begun_ms, begun_by, lapses_day) VALUES ($1, $2, $3, $4)")
                .bind(id.as_str().to_owned())
                .bind(now.as_millisecond())
                .bind(by.map(|by| by.as_str().to_owned()))
                .bind(lapses.to_string());
        self.0.run(put).await?;
        for of in &running {
            self.put_line(&id, of, clock, entropy).await?;
        }
        let payload = (by, lapses.to_string(), running.len());
        Ledger(self.0).append("access.review_begun", id.as_str(), &payload, now, entropy).await?;
        Settings(self.0).access_reviewed(today).await?;
        Ok(id)
    }

    async fn put_line(
        &mut self,
        review: &AccessReviewId,
        of: &Of,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let (grant, native) = match of {
            Of::Grant(id) => (Some(id.as_str().to_owned()), None),
            Of::Native(id) => (None, Some(id.as_str().to_owned())),
        };
        let put = sql(
            "INSERT INTO access_review_line (id, review_id, grant_id, native_role_id) VALUES ($1, $2, $3, $4)",
        )
        .bind(AccessLineId::new(clock, entropy).as_str().to_owned())
        .bind(review.as_str().to_owned())
        .bind(grant)
        .bind(native);
        self.0.run(put).await?;
        Ok(())
    }

    /// The Manager keeps or removes one of them; kept the moment it is pressed. A removed permission ends at once.
    ///
    /// Whoever stands in decides nothing of their own. Of a Manager or a safeguarding lead they keep, or it would lapse while
    /// the Manager is away, and do not remove.
    pub async fn decide_line(
        &mut self,
        id: &AccessLineId,
        decision: Decision,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Line, ReviewError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        let now = clock.now();
        let line = self.line(id).await?.ok_or(ReviewError::Missing)?;
        let review = self.review(&line.review).await?.ok_or(ReviewError::Missing)?;
        if !review.is_open_on(day_in_london(now)) {
            return Err(ReviewError::Over);
        }
        if line.ended {
            return Err(ReviewError::Ended);
        }
        if let Some(holder) = self.holder_of(id).await?
            && (decision == Decision::Remove || holder == *by)
        {
            People(self.0).may_change(&holder, by, now).await?;
        }
        let put = sql(
            "UPDATE access_review_line SET decision = $1, decided_by = $2, decided_ms = $3 WHERE id = $4",
        )
        .bind(decision.as_str())
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond())
        .bind(id.as_str().to_owned());
        self.0.run(put).await?;
        let kind = match decision {
            Decision::Keep => "access.kept",
            Decision::Remove => "access.removed",
        };
        Ledger(self.0).append(kind, id.as_str(), &(&line.review, by), now, entropy).await?;
        if let (Decision::Remove, Of::Grant(grant)) = (decision, &line.of) {
            self.end(grant, by, clock, entropy).await?;
        }
        Ok(line)
    }

    /// Nobody, when a native right is noted for somebody who is not in the records.
    async fn holder_of(&mut self, id: &AccessLineId) -> Result<Option<PersonId>, StoreError> {
        let found = sql("SELECT COALESCE(g.person_id, n.person_id) AS holder_id FROM access_review_line l
             LEFT JOIN channel_grant g ON g.id = l.grant_id LEFT JOIN native_role n ON n.id = l.native_role_id
             WHERE l.id = $1")
        .bind(id.as_str().to_owned());
        match self.0.row(found).await? {
            Some(row) => row.maybe_read("holder_id", PersonId::parse),
            None => Ok(None),
        }
    }

    /// Every review, the newest first.
    pub async fn reviews(&mut self) -> Result<Vec<Review>, StoreError> {
        let found = sql(select_review!("ORDER BY r.begun_ms DESC, r.id DESC"));
        self.0.rows(found).await?.iter().map(review).collect()
    }

    /// The newest review: the one that runs, or the last one.
    pub async fn newest_review(&mut self) -> Result<Option<Review>, StoreError> {
        let found = sql(select_review!("ORDER BY r.begun_ms DESC, r.id DESC LIMIT 1"));
        self.0.row(found).await?.as_ref().map(review).transpose()
    }

    /// One review.
    pub async fn review(&mut self, id: &AccessReviewId) -> Result<Option<Review>, StoreError> {
        let found = sql(select_review!("WHERE r.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(review).transpose()
    }

    /// The lines of a review, by name and account.
    pub async fn lines(&mut self, id: &AccessReviewId) -> Result<Vec<Line>, StoreError> {
        let found = sql(select_line!("WHERE l.review_id = $1 ORDER BY holder, channel_name, l.id"));
        self.0.rows(found.bind(id.as_str().to_owned())).await?.iter().map(line).collect()
    }

    async fn line(&mut self, id: &AccessLineId) -> Result<Option<Line>, StoreError> {
        let found = sql(select_line!("WHERE l.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(line).transpose()
    }
}

fn review(row: &AnyRow) -> Result<Review, StoreError> {
    Ok(Review {
        id: row.read("id", AccessReviewId::parse)?,
        begun: row.instant("begun_ms")?,
        by: row.maybe_read("begun_by", PersonId::parse)?,
        lapses: row.day("lapses_day")?,
        lines: row.number("lines")?,
        undecided: row.number("undecided")?,
    })
}

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    let decided = row.maybe_read("decided_by", PersonId::parse)?.zip(row.maybe_instant("decided_ms")?);
    let decision = row.maybe_read("decision", Decision::parse)?;
    let (of, what) = match row.maybe_read("grant_id", GrantId::parse)? {
        Some(grant) => {
            let rights = super::Rights {
                draft: row.flag("may_draft")?,
                approve: row.flag("may_approve")?,
                reply: row.flag("may_reply")?,
            };
            (Of::Grant(grant), rights.in_words())
        }
        None => (Of::Native(row.read("native_role_id", NativeRoleId::parse)?), row.text("what")?),
    };
    Ok(Line {
        id: row.read("id", AccessLineId::parse)?,
        review: row.read("review_id", AccessReviewId::parse)?,
        of,
        holder: row.text("holder")?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("channel_name")?,
        what,
        until: row.maybe_day("until_day")?,
        ended: row.flag("ended")?,
        decided: decision.zip(decided).map(|(decision, (by, at))| (decision, by, at)),
    })
}
