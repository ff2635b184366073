//! The Manager's permission for a person on an account (clause 3): for what, and until when.

use cleansheet_policy::facts;
use cleansheet_terms::{ChannelId, Clock, Date, Entropy, GrantId, PersonId, Timestamp};
use jiff::ToSpan as _;
use sqlx::any::AnyRow;

use super::{AccountError, Accounts, text};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::{People, PersonError},
};

/// For how many months a permission runs at most (clause 3 of the trust's policy, as DOMAIN B3 reads it).
pub const MOST_MONTHS: i32 = 12;

/// Something that a permission may be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Write posts for the account.
    Draft,
    /// Be the second person who lets a post out there.
    Approve,
    /// Answer there in the trust's name.
    Reply,
}

/// What a permission is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// [`Right::Draft`].
    pub draft: bool,
    /// [`Right::Approve`].
    pub approve: bool,
    /// [`Right::Reply`].
    pub reply: bool,
}

impl Rights {
    /// Everything.
    pub const ALL: Self = Self { draft: true, approve: true, reply: true };

    /// Whether something is among them.
    pub fn allow(self, right: Right) -> bool {
        match right {
            Right::Draft => self.draft,
            Right::Approve => self.approve,
            Right::Reply => self.reply,
        }
    }

    /// For people: `draft and approve`.
    pub fn in_words(self) -> String {
        let all = [(self.draft, "draft"), (self.approve, "approve"), (self.reply, "reply")];
        let words: Vec<&str> = all.iter().filter(|(has, _)| *has).map(|(_, word)| *word).collect();
        match words.split_last() {
            None => "nothing".to_owned(),
            Some((only, [])) => (*only).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        }
    }
}

/// The Manager's permission for one person on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The grant.
    pub id: GrantId,
    /// Who may act.
    pub person: PersonId,
    /// Where.
    pub channel: ChannelId,
    /// The account's name.
    pub channel_name: String,
    /// What for.
    pub rights: Rights,
    /// The Manager who gave it.
    pub given_by: PersonId,
    /// The first day, in London.
    pub from: Date,
    /// The last day, in London.
    pub until: Date,
    /// Ended early.
    pub ended: Option<Timestamp>,
    /// From this day on, in London, an access review in which nobody decides about it has ended it.
    pub lapses: Option<Date>,
    /// Its person has left, or its account was ended: then it is nothing, whatever its days say.
    pub void: bool,
}

impl Grant {
    /// What the grant is worth on a day for something.
    pub fn state_on(&self, right: Right, day: Date) -> facts::Grant {
        if self.void || self.ended.is_some() || day > self.last_day() {
            facts::Grant::Ended
        } else if day < self.from {
            facts::Grant::Missing
        } else if self.rights.allow(right) {
            facts::Grant::Current
        } else {
            facts::Grant::Narrower
        }
    }

    /// Whether it lets its person do anything on a day or later.
    pub fn runs_on(&self, day: Date) -> bool {
        !self.void && self.ended.is_none() && day <= self.last_day()
    }

    /// The last good day, unless somebody decides in the access review that runs.
    pub fn last_day(&self) -> Date {
        let before = |day: Date| day.yesterday().unwrap_or(Date::MIN);
        self.lapses.map_or(self.until, |lapses| self.until.min(before(lapses)))
    }
}

/// A grant to give.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    /// Who may act.
    pub person: &'a PersonId,
    /// Where.
    pub channel: &'a ChannelId,
    /// What for; not nothing.
    pub rights: Rights,
    /// The Manager who gives it.
    pub by: &'a PersonId,
    /// The first day, in London.
    pub from: Date,
    /// The last day, in London; not before the first, and at most [`MOST_MONTHS`] after it.
    pub until: Date,
}

macro_rules! select_grant {
    ($tail:literal) => {
        concat!(
            "SELECT g.id, g.person_id, g.channel_id, c.name AS channel_name, g.given_by, g.from_day, g.until_day,
                 g.ended_ms, g.may_draft, g.may_approve, g.may_reply,
                 CASE WHEN c.ended_ms IS NOT NULL OR p.left_ms IS NOT NULL THEN 1 ELSE 0 END AS void,
                 (SELECT MIN(r.lapses_day) FROM access_review_line l JOIN access_review r ON r.id = l.review_id
                  WHERE l.grant_id = g.id AND l.decision IS NULL) AS lapses_day
             FROM channel_grant g JOIN channel c ON c.id = g.channel_id JOIN person p ON p.id = g.person_id ",
            $tail
        )
    };
}

impl Accounts<'_> {
    /// Lets a person do something on an account for a time. It takes the place of what they had there, unless it begins
    /// later.
    pub async fn give(
        &mut self,
        new: &NewGrant<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<GrantId, AccountError> {
        People(self.0).must_be_manager(new.by, clock.now()).await?;
        People(self.0).may_change(new.person, new.by, clock.now()).await?;
        self.must_fit(new).await?;
        let id = GrantId::new(clock, entropy);
        let today = cleansheet_terms::day_in_london(clock.now());
        if new.from <= today {
            let before = self.grants_on(new.channel).await?;
            for grant in before.iter().filter(|one| one.person == *new.person && one.runs_on(today)) {
                self.end(&grant.id, new.by, clock, entropy).await?;
            }
        }
        let insert =
            sql("INSERT INTO channel_grant (id, person_id, channel_id, given_by, from_day, until_day,
                 may_draft, may_approve, may_reply) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .bind(id.as_str().to_owned())
            .bind(new.person.as_str().to_owned())
            .bind(text(new.channel))
            .bind(new.by.as_str().to_owned())
            .bind(new.from.to_string())
            .bind(new.until.to_string())
            .bind(i64::from(new.rights.draft))
            .bind(i64::from(new.rights.approve))
            .bind(i64::from(new.rights.reply));
        self.0.run(insert).await?;
        let days = (new.from.to_string(), new.until.to_string());
        let payload = (new.person, new.channel, new.by, days, new.rights.in_words());
        Ledger(self.0).append("grant.given", id.as_str(), &payload, clock.now(), entropy).await?;
        Ok(id)
    }

    async fn must_fit(&mut self, new: &NewGrant<'_>) -> Result<(), AccountError> {
        if new.until < new.from {
            return Err(AccountError::Backwards);
        }
        if new.from.checked_add(MOST_MONTHS.months()).is_ok_and(|most| new.until > most) {
            return Err(AccountError::TooFar);
        }
        if new.rights == Rights::default() {
            return Err(AccountError::NoRights);
        }
        if !self.known(new.channel).await?.is_permitted() {
            return Err(AccountError::NotPermitted);
        }
        match People(self.0).find(new.person).await? {
            None => Err(PersonError::Missing(new.person.clone()).into()),
            Some(person) if person.left.is_some() => Err(PersonError::Left.into()),
            Some(_) => Ok(()),
        }
    }

    /// Ends a grant at once.
    pub async fn end(
        &mut self,
        id: &GrantId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        let now = clock.now();
        self.may_change_grant(id, by, now).await?;
        let end = sql("UPDATE channel_grant SET ended_ms = $1 WHERE id = $2 AND ended_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        if self.0.run(end).await? == 0 {
            return Err(AccountError::NoGrant(id.clone()));
        }
        Ledger(self.0).append("grant.ended", id.as_str(), by, now, entropy).await?;
        Ok(())
    }

    /// Whoever stands in for the Manager changes no permission of their own, and none of a Manager's.
    pub(super) async fn may_change_grant(
        &mut self,
        id: &GrantId,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<(), PersonError> {
        let holder = sql("SELECT person_id FROM channel_grant WHERE id = $1").bind(id.as_str().to_owned());
        let Some(row) = self.0.row(holder).await? else { return Ok(()) };
        People(self.0).may_change(&row.read("person_id", PersonId::parse)?, by, at).await
    }

    /// Whether a person may do something on an account on a day: one running grant for it is enough.
    pub async fn grant_state(
        &mut self,
        person: &PersonId,
        channel: &ChannelId,
        right: Right,
        day: Date,
    ) -> Result<facts::Grant, StoreError> {
        let found = sql(select_grant!("WHERE g.person_id = $1 AND g.channel_id = $2 ORDER BY g.id"))
            .bind(person.as_str().to_owned())
            .bind(text(channel));
        let mut best = facts::Grant::Missing;
        for row in self.0.rows(found).await? {
            let state = grant(&row)?.state_on(right, day);
            if weight(state) > weight(best) {
                best = state;
            }
        }
        Ok(best)
    }

    /// Whether a person may answer on an account in the trust's name on a day.
    pub async fn may_reply(
        &mut self,
        person: &PersonId,
        channel: &ChannelId,
        day: Date,
    ) -> Result<bool, StoreError> {
        let permitted = self.channel(channel).await?.is_some_and(|one| one.is_permitted());
        let grant = self.grant_state(person, channel, Right::Reply, day).await?;
        Ok(permitted && grant == facts::Grant::Current)
    }

    /// A person's grants, the newest first.
    pub async fn grants_of(&mut self, person: &PersonId) -> Result<Vec<Grant>, StoreError> {
        let found = sql(select_grant!("WHERE g.person_id = $1 ORDER BY g.id DESC"));
        self.0.rows(found.bind(person.as_str().to_owned())).await?.iter().map(grant).collect()
    }

    /// An account's grants, the newest first.
    pub async fn grants_on(&mut self, channel: &ChannelId) -> Result<Vec<Grant>, StoreError> {
        let found = sql(select_grant!("WHERE g.channel_id = $1 ORDER BY g.id DESC")).bind(text(channel));
        self.0.rows(found).await?.iter().map(grant).collect()
    }

    /// Every grant that nobody has ended, whether its time is over or not.
    pub async fn grants_running(&mut self) -> Result<Vec<Grant>, StoreError> {
        let found = sql(select_grant!("WHERE g.ended_ms IS NULL ORDER BY g.id DESC"));
        self.0.rows(found).await?.iter().map(grant).collect()
    }

    /// Every grant there ever was, the newest first.
    pub async fn grants(&mut self) -> Result<Vec<Grant>, StoreError> {
        self.0.rows(sql(select_grant!("ORDER BY g.id DESC"))).await?.iter().map(grant).collect()
    }
}

/// Of several grants the one that allows most speaks.
fn weight(state: facts::Grant) -> u8 {
    match state {
        facts::Grant::Missing => 0,
        facts::Grant::Ended => 1,
        facts::Grant::Narrower => 2,
        facts::Grant::Current => 3,
    }
}

fn grant(row: &AnyRow) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: row.read("id", GrantId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("channel_name")?,
        rights: Rights {
            draft: row.flag("may_draft")?,
            approve: row.flag("may_approve")?,
            reply: row.flag("may_reply")?,
        },
        given_by: row.read("given_by", PersonId::parse)?,
        from: row.day("from_day")?,
        until: row.day("until_day")?,
        ended: row.maybe_instant("ended_ms")?,
        lapses: row.maybe_day("lapses_day")?,
        void: row.flag("void")?,
    })
}
