//! What somebody still holds: shown before they leave, and after, to whoever takes it over.

use std::collections::BTreeSet;

use cleansheet_terms::{CertificateId, PersonId, PostId, Role, Timestamp, day_in_london};

use super::{CertificateState, Person, PersonError, register::People};
use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, sql},
    posts::Stage,
};

/// A second person approves every post, so an account needs two who may act on it (clause 12).
const NEEDED: usize = 2;

/// One thing that somebody else has to take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// They are the only one in a role that nobody can do without.
    OnlyOne(Role),
    /// Without them too few people may act on an account for a post to be written and approved.
    TooFew {
        /// The account's name.
        channel: String,
        /// How many others may act there.
        others: usize,
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
            let theirs = |grant: &&crate::accounts::Grant| {
                grant.person == person.id
                    && grant.until >= today
                    && (grant.ended.is_none() || grant.ended == person.left)
            };
            if grants.iter().find(theirs).is_none() {
                continue;
            }
            let running = grants.iter().filter(|grant| grant.runs_on(today));
            let who: BTreeSet<&PersonId> = running.map(|grant| &grant.person).collect();
            let left = others.iter().filter(|one| who.contains(&one.id)).count();
            if left < NEEDED {
                held.push(Held::TooFew { channel: channel.name, others: left });
            }
        }
        Ok(held)
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
