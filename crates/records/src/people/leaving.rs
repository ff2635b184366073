//! What somebody still holds: shown before they leave, and after, to whoever takes it over.

use std::collections::BTreeSet;

use cleansheet_policy::facts;
use cleansheet_terms::{CertificateId, Date, PersonId, PostId, Role, Timestamp, day_in_london};

use super::{CertificateState, Deputies, Person, PersonError, register::People};
use crate::{
    accounts::{Accounts, Grant, Right},
    columns::Columns as _,
    database::{StoreError, sql},
    posts::Stage,
};

/// One thing that somebody else has to take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// They are the only one in a role that nobody can do without.
    OnlyOne(Role),
    /// Without them nobody writes a post on an account, or nobody else approves it: a second person approves every post
    /// (clause 12).
    TooFew {
        /// The account's name.
        channel: String,
        /// How many others may write there.
        write: usize,
        /// How many others may approve there.
        approve: usize,
    },
    /// A post that is not out and will not go out without them.
    Post {
        /// The post.
        id: PostId,
        /// Its words.
        caption: String,
        /// Draft, submitted, or approved and not sent.
        stage: Stage,
        /// They wrote it; otherwise they approved it.
        wrote: bool,
    },
    /// A right of theirs on a network itself, beside us.
    Native {
        /// The account's name.
        channel: String,
        /// What they can do there.
        what: String,
    },
    /// A lost password of an account comes back to an address of theirs.
    Recovery {
        /// The account's name.
        channel: String,
    },
    /// They stand in for the Manager, now or later.
    StandsIn {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// They are on call, now or later.
    OnCall {
        /// From then.
        from: Timestamp,
        /// Up to then.
        until: Timestamp,
    },
    /// They are named for the review of the policy that is under way.
    Reviews,
    /// A certificate of theirs that waits for somebody to look.
    Certificate(CertificateId),
}

impl People<'_> {
    /// What a person still holds at an instant, the weightiest first; the same before and after they have left.
    pub async fn holds(&mut self, id: &PersonId, at: Timestamp) -> Result<Vec<Held>, PersonError> {
        let person = self.find(id).await?.ok_or_else(|| PersonError::Missing(id.clone()))?;
        let others: Vec<Person> = self.list().await?;
        let others: Vec<Person> =
            others.into_iter().filter(|one| one.id != *id && !one.is_suspended()).collect();
        let alone =
            |role: &Role| person.roles.contains(role) && !others.iter().any(|one| one.roles.contains(role));
        let mut held: Vec<Held> =
            [Role::Manager, Role::Dsl].into_iter().filter(alone).map(Held::OnlyOne).collect();
        held.extend(self.too_few(&person, &others, at).await?);
        let native = Accounts(self.0).native_roles_of(id).await?.into_iter();
        held.extend(native.map(|one| Held::Native { channel: one.channel_name, what: one.what }));
        held.extend(self.recovery_of(id).await?);
        let periods = Deputies(self.0).list().await?.into_iter();
        held.extend(
            periods
                .filter(|one| one.person == *id && one.period.is_ahead(at))
                .map(|one| Held::StandsIn { from: one.period.from, until: one.period.until }),
        );
        held.extend(self.turns_of(id, at).await?);
        held.extend(self.reviews(id).await?.then_some(Held::Reviews));
        held.extend(self.posts_of(id).await?);
        let today = day_in_london(at);
        let waiting = self.certificates_of(id).await?.into_iter();
        held.extend(
            waiting
                .filter(|one| one.state_on(today) == CertificateState::Waiting)
                .map(|one| Held::Certificate(one.id)),
        );
        Ok(held)
    }

    async fn too_few(
        &mut self,
        person: &Person,
        others: &[Person],
        at: Timestamp,
    ) -> Result<Vec<Held>, StoreError> {
        let today = day_in_london(at);
        let mut held = Vec::new();
        for channel in Accounts(self.0).channels().await? {
            if !channel.is_permitted() {
                continue;
            }
            let grants = Accounts(self.0).grants_on(&channel.id).await?;
            // Leaving ended theirs in the same moment.
            let theirs = |grant: &Grant| {
                grant.person == person.id
                    && grant.until >= today
                    && (grant.rights.draft || grant.rights.approve)
                    && (grant.ended.is_none() || grant.ended == person.left)
            };
            if !grants.iter().any(theirs) {
                continue;
            }
            let who = |right| -> BTreeSet<&PersonId> {
                let now = grants.iter().filter(|grant| grant.state_on(right, today) == facts::Grant::Current);
                let now: BTreeSet<&PersonId> = now.map(|grant| &grant.person).collect();
                others.iter().map(|one| &one.id).filter(|id| now.contains(id)).collect()
            };
            let (write, approve) = (who(Right::Draft), who(Right::Approve));
            let two = write.iter().any(|writer| approve.iter().any(|other| other != writer));
            if !two {
                held.push(Held::TooFew { channel: channel.name, write: write.len(), approve: approve.len() });
            }
        }
        Ok(held)
    }

    /// What was written down last of each account counts.
    async fn recovery_of(&mut self, id: &PersonId) -> Result<Vec<Held>, StoreError> {
        let found = sql("SELECT c.name FROM channel_entry e JOIN channel c ON c.id = e.channel_id
             WHERE e.recovery_person = $1 AND e.noted_ms =
                 (SELECT MAX(n.noted_ms) FROM channel_entry n WHERE n.channel_id = e.channel_id)
             ORDER BY c.name, c.id")
        .bind(id.as_str().to_owned());
        let rows = self.0.rows(found).await?;
        rows.iter().map(|row| Ok(Held::Recovery { channel: row.text("name")? })).collect()
    }

    /// Turns of whoever has left as well, unlike on the rota.
    async fn turns_of(&mut self, id: &PersonId, at: Timestamp) -> Result<Vec<Held>, StoreError> {
        let found = sql("SELECT from_ms, until_ms FROM on_call
             WHERE person_id = $1 AND ended_ms IS NULL AND until_ms > $2 ORDER BY from_ms, id")
        .bind(id.as_str().to_owned())
        .bind(at.as_millisecond());
        let rows = self.0.rows(found).await?;
        rows.iter()
            .map(|row| Ok(Held::OnCall { from: row.instant("from_ms")?, until: row.instant("until_ms")? }))
            .collect()
    }

    /// Whether somebody is named for the review that is under way; the next one names its own.
    async fn reviews(&mut self, id: &PersonId) -> Result<bool, StoreError> {
        let found =
            sql("SELECT r.review_id FROM policy_reviewer r JOIN policy_review v ON v.id = r.review_id
             WHERE r.person_id = $1 AND r.next = 0 AND v.confirmed_ms IS NULL")
            .bind(id.as_str().to_owned());
        Ok(self.0.row(found).await?.is_some())
    }

    async fn posts_of(&mut self, id: &PersonId) -> Result<Vec<Held>, StoreError> {
        let found = sql("SELECT p.id, p.caption, p.stage, p.author_id FROM post p
             WHERE (p.author_id = $1 AND p.stage IN ('draft', 'submitted'))
                 OR (p.stage = 'approved'
                     AND EXISTS (SELECT 1 FROM release_order o WHERE o.post_id = p.id AND o.state = 'queued')
                     AND (p.author_id = $1 OR EXISTS (SELECT 1 FROM approval a WHERE a.post_id = p.id
                         AND a.revision = p.revision AND a.approver_id = $1 AND a.void_ms IS NULL)))
             ORDER BY p.moved_ms DESC, p.id")
        .bind(id.as_str().to_owned());
        let rows = self.0.rows(found).await?;
        rows.iter()
            .map(|row| {
                Ok(Held::Post {
                    id: row.read("id", PostId::parse)?,
                    caption: row.text("caption")?,
                    stage: row.read("stage", Stage::parse)?,
                    wrote: row.read("author_id", PersonId::parse)? == *id,
                })
            })
            .collect()
    }
}
