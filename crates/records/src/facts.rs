//! Everything a decision rests on, gathered for one post, one channel and one instant.
//!
//! Whatever is not known has a value that never helps a post out. Calendars are worked out here (Europe/London), so the
//! policy itself knows no dates. Nothing here decides anything, and nothing is remembered: the worker that sends gathers
//! the facts again.

mod people;
mod pictures;

use cleansheet_policy::{
    Policy,
    facts::{self, Counted, Found, PostFacts, Standing},
};
use cleansheet_screening::{
    finding::{Field, Finding, Place},
    material::Allow,
};
use cleansheet_terms::{ChannelId, Date, PersonId, PostId, Timestamp, day_in_london};

use crate::{
    accounts::{Accounts, Right},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    orders::Orders,
    people::People,
    posts::{Approval, Post, PostError, Posts, Stage},
    settings::Settings,
};

/// What every step of a post is measured against.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// What the organisation's words may say.
    pub allow: &'a Allow,
}

/// Who acts, and from where.
#[derive(Debug, Clone, Copy)]
pub enum Seat<'a> {
    /// Somebody in a browser: the author who submits, or the second person who approves.
    Person {
        /// Who.
        id: &'a PersonId,
        /// Their sign-in, as it was before this act.
        sign_in: facts::SignIn,
    },
    /// The worker that sends what was approved.
    Worker,
}

/// Gathers facts. Borrow it from a [`Tx`]; it only reads.
pub struct Facts<'t>(pub &'t mut Tx);

/// What all facts of one post are gathered with.
pub(crate) struct At<'a> {
    pub(crate) post: &'a Post,
    pub(crate) channel: &'a crate::accounts::Channel,
    pub(crate) allow: &'a Allow,
    pub(crate) day: Date,
}

impl Facts<'_> {
    /// The facts about a post for a channel at an instant.
    ///
    /// Findings are the kept ones when they are of exactly these words, and a new look otherwise.
    pub async fn of(
        &mut self,
        post: &PostId,
        channel: &ChannelId,
        seat: &Seat<'_>,
        allow: &Allow,
        at: Timestamp,
    ) -> Result<PostFacts, PostError> {
        let post = Posts(self.0).known(post).await?;
        let account = Accounts(self.0).channel(channel).await?;
        let account = account.ok_or_else(|| PostError::NoChannel(channel.clone()))?;
        let around = At { post: &post, channel: &account, allow, day: day_in_london(at) };
        let approved = Posts(self.0).approval_in_force(&post).await?;
        let actor = match (seat, &approved) {
            (Seat::Person { id, .. }, _) => (*id).clone(),
            (Seat::Worker, Some(approved)) => approved.approver.clone(),
            (Seat::Worker, None) => post.author.clone(),
        };
        let texts = Posts(self.0).texts_of(&post, around.day).await?;
        let (own, words) = texts.on(channel);
        // A check that could not run is no error here: it is a fact, and it stops the post.
        let seen = match Posts(self.0).seen_in(&post.id, &texts, allow, around.day).await {
            // What is said elsewhere in other words is decided there.
            Ok(seen) => Some(seen.into_iter().filter(|one| one.account == own).collect::<Vec<_>>()),
            Err(PostError::Check(_)) => None,
            Err(error) => return Err(error),
        };
        let found: Vec<Found> = seen.iter().flatten().map(|one| spoken(&one.finding)).collect();
        let photos = self.photos(&around).await?;
        let depicted = self.depicted(&around, words).await?;
        Ok(PostFacts {
            at,
            post: post.id.as_str().to_owned(),
            author: self.standing(&post.author, at).await?,
            actor: self.standing(&actor, at).await?,
            sign_in: match seat {
                Seat::Person { sign_in, .. } => Some(*sign_in),
                Seat::Worker => None,
            },
            channel: self.account(&around, &actor).await?,
            words_screened: seen.is_some(),
            counted: Some(self.counted(&post.id, seen.map_or(0, |seen| seen.len())).await?),
            found,
            photos,
            depicted,
            withdrawn: self.withdrawn(&post, approved.as_ref()).await?,
            approval: self.approval(&around, approved.as_ref(), at).await?,
        })
    }

    async fn standing(&mut self, id: &PersonId, at: Timestamp) -> Result<Standing, PostError> {
        Ok(People(self.0).standing(id, at).await?)
    }

    async fn account(&mut self, around: &At<'_>, actor: &PersonId) -> Result<facts::Channel, StoreError> {
        let (channel, day) = (around.channel, around.day);
        Ok(facts::Channel {
            id: channel.id.as_str().to_owned(),
            network: channel.network,
            permitted: channel.is_permitted(),
            paused: Settings(self.0).pause().await?.is_some(),
            actor_grant: Accounts(self.0).grant_state(actor, &channel.id, Right::Approve, day).await?,
            author_grant: Accounts(self.0)
                .grant_state(&around.post.author, &channel.id, Right::Draft, day)
                .await?,
        })
    }

    async fn approval(
        &mut self,
        around: &At<'_>,
        approved: Option<&Approval>,
        at: Timestamp,
    ) -> Result<facts::Approval, PostError> {
        let Some(approved) = approved else { return Ok(nobody_yet()) };
        let approver = self.standing(&approved.approver, at).await?;
        // Who had a role then and has lost it since does not lift a hold any more.
        let roles = approved.roles.intersection(&approver.roles).copied().collect();
        Ok(facts::Approval {
            given: around.post.stage == Stage::Approved,
            by_second_person: approved.approver != around.post.author,
            approver_grant: Accounts(self.0)
                .grant_state(&approved.approver, &around.channel.id, Right::Approve, around.day)
                .await?,
            hashes_match: self.hashes_match(around, approved).await?,
            approver: Some(approver),
            roles,
        })
    }

    /// What was approved is what is there now, and what the frozen order for this channel holds.
    async fn hashes_match(&mut self, around: &At<'_>, approved: &Approval) -> Result<bool, PostError> {
        if Posts(self.0).content_hash(&around.post.id).await? != approved.content {
            return Ok(false);
        }
        let orders = Orders(self.0).orders_of(&around.post.id).await?;
        let mut orders = orders.iter().filter(|order| {
            order.channel == around.channel.id
                && order.revision == around.post.revision
                && order.state.is_living()
        });
        let Some(order) = orders.next() else { return Ok(false) };
        let Ok(release) = order.release() else { return Ok(false) };
        let content =
            Orders(self.0).content(around.post, &around.channel.id, order.record_key.clone()).await?;
        Ok(content.is_some_and(|content| {
            let same = if content.thread.is_empty() {
                release.texts() == std::slice::from_ref(&content.text)
            } else {
                release.texts() == content.thread
            };
            same && release.text() == content.text
                && release.pictures() == content.pictures
                && release.record_key() == content.record_key
        }))
    }

    /// Somebody shown took everything back since the post was approved, before that since it was last touched; or this very
    /// picture was objected to, at any time and in whichever post it was. What answers allow is not asked here.
    async fn withdrawn(&mut self, post: &Post, approved: Option<&Approval>) -> Result<bool, StoreError> {
        let since = approved.map_or(post.moved, |approved| approved.at);
        let found = sql("SELECT w.id FROM withdrawal w
             JOIN depiction d ON d.participant_id = w.participant_id
             JOIN photo p ON p.id = d.photo_id
             WHERE p.post_id = $1 AND p.removed_ms IS NULL AND ((w.scope = 'all' AND w.at_ms >= $2)
                 OR (w.scope = 'picture' AND EXISTS (SELECT 1 FROM withdrawal_order x
                     JOIN release_order o ON o.id = x.order_id JOIN photo q ON q.post_id = o.post_id
                     WHERE x.withdrawal_id = w.id AND q.original_key = p.original_key))) LIMIT 1")
        .bind(post.id.as_str().to_owned())
        .bind(since.as_millisecond());
        Ok(self.0.row(found).await?.is_some())
    }

    /// Counted by the database, apart from the lists.
    async fn counted(&mut self, id: &PostId, found: usize) -> Result<Counted, StoreError> {
        let count = sql("SELECT
                 (SELECT COUNT(*) FROM photo WHERE post_id = $1 AND removed_ms IS NULL) AS photos,
                 (SELECT COUNT(*) FROM depiction d JOIN photo p ON p.id = d.photo_id
                  WHERE p.post_id = $1 AND p.removed_ms IS NULL AND d.who <> 'cover') AS shown")
        .bind(id.as_str().to_owned());
        let row = self.0.row(count).await?.ok_or_else(|| StoreError::damaged("photos"))?;
        let whole = |name: &str| u32::try_from(row.number(name)?).map_err(|_| StoreError::damaged(name));
        Ok(Counted {
            found: u32::try_from(found).map_err(|_| StoreError::damaged("findings"))?,
            photos: whole("photos")?,
            depicted: whole("shown")?,
        })
    }
}

fn nobody_yet() -> facts::Approval {
    facts::Approval {
        given: false,
        by_second_person: false,
        approver: None,
        approver_grant: facts::Grant::Missing,
        hashes_match: false,
        roles: std::collections::BTreeSet::new(),
    }
}

fn spoken(finding: &Finding) -> Found {
    Found {
        clause: finding.clause,
        severity: finding.severity,
        kind: finding.kind.to_string(),
        place: in_words(&finding.place),
    }
}

/// Where a finding is, for people.
fn in_words(place: &Place) -> String {
    match place {
        Place::Text { field, start, end } => {
            let text = match field {
                Field::Caption => "caption".to_owned(),
                Field::AltText(photo) => format!("alt text of photo {}", photo + 1),
                Field::FileName(photo) => format!("file name of photo {}", photo + 1),
            };
            format!("{text}, letters {} to {end}", start + 1)
        }
        Place::Photo { photo, .. } => format!("photo {}", photo + 1),
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_screening::finding::{Field, Place};

    use super::in_words;

    #[test]
    fn a_place_is_said_as_people_count() {
        let place = |field| in_words(&Place::Text { field, start: 4, end: 17 });
        assert_eq!(place(Field::Caption), "caption, letters 5 to 17");
        assert_eq!(place(Field::AltText(0)), "alt text of photo 1, letters 5 to 17");
        assert_eq!(place(Field::FileName(3)), "file name of photo 4, letters 5 to 17");
        assert_eq!(in_words(&Place::Photo { photo: 1, bounds: None }), "photo 2");
    }
}
