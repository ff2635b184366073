//! What people say of old posts.

use std::collections::BTreeMap;

use cleansheet_terms::{Clock, Entropy, OldPostId, ParticipantId, PersonId, Role, Timestamp};

use super::{OldPost, OldPostError, OldPosts, OldState, Word, appearing::Appearing};
use crate::{
    activities::{Activities, Participant},
    database::sql,
    ledger_entries::Ledger,
    mails::Mails,
    people::People,
    withdrawals,
};

/// What somebody says who looked at an old post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// These are shown, and nobody else of ours.
    Shown(&'a [ParticipantId]),
    /// Nobody of ours is in it.
    Nobody,
    /// Not sure: the safeguarding lead is asked.
    Ask,
}

/// Somebody who is tagged in an old post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Who.
    pub participant: Participant,
    /// Whether they may be shown there today. Why not is nobody's to see here: a flag, a refusal, a withdrawal and no
    /// answer at all read the same.
    pub may_appear: bool,
}

impl OldPosts<'_> {
    /// Writes down what somebody says of an old post. It takes the place of what was said before. A post that shows somebody
    /// to whom somebody has said no is taken down at once.
    ///
    /// - `origin`: the site's own address, for the link in the mail to the safeguarding lead.
    pub async fn say(
        &mut self,
        id: &OldPostId,
        said: Said<'_>,
        by: &PersonId,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let (post, now) = (self.known_post(id).await?, clock.now());
        if post.state != OldState::Public {
            return Err(OldPostError::NotPublic);
        }
        let (word, shown) = match said {
            Said::Shown([]) => return Err(OldPostError::NobodyTicked),
            Said::Shown(shown) => (Word::Shown, shown),
            Said::Nobody => (Word::Nobody, &[][..]),
            Said::Ask => (Word::Asked, &[][..]),
        };
        if word == Word::Asked {
            self.ask(origin, clock, entropy).await?;
        } else {
            // Who is not sure keeps what was known.
            self.tag(id, shown, by, now).await?;
        }
        let set = sql("UPDATE old_post SET said = $1, said_by = $2, said_ms = $3 WHERE id = $4")
            .bind(word.as_str())
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        let kind = format!("old_post.{}", word.as_str());
        Ledger(self.0).append(&kind, id.as_str(), &(by, shown), now, entropy).await?;
        self.heed_refusals(&post, shown, clock, entropy).await
    }

    /// A no that is older than the tag counts like one that comes after it.
    async fn heed_refusals(
        &mut self,
        post: &OldPost,
        shown: &[ParticipantId],
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let mut appearing = Appearing::on(clock.now());
        for participant in shown {
            if appearing.of(self.0, participant, post.network).await?.refused {
                return self.bring_down(&post.id, withdrawals::NO_LONGER, clock, entropy).await;
            }
        }
        Ok(())
    }

    /// Who is tagged in each of some posts, and whether they may be shown there on the day.
    pub async fn tagged(
        &mut self,
        posts: &[&OldPost],
        at: Timestamp,
    ) -> Result<BTreeMap<OldPostId, Vec<Tagged>>, OldPostError> {
        let (mut all, mut appearing) = (BTreeMap::new(), Appearing::on(at));
        for post in posts {
            let mut tagged = Vec::new();
            for participant in self.shown_in(&post.id).await? {
                let may_appear = appearing.of(self.0, &participant.id, post.network).await?.may_appear;
                tagged.push(Tagged { participant, may_appear });
            }
            all.insert(post.id.clone(), tagged);
        }
        Ok(all)
    }

    async fn tag(
        &mut self,
        id: &OldPostId,
        shown: &[ParticipantId],
        by: &PersonId,
        now: Timestamp,
    ) -> Result<(), OldPostError> {
        for before in self.shown_in(id).await? {
            if !shown.contains(&before.id) {
                let untag = sql("DELETE FROM old_depiction WHERE old_post_id = $1 AND participant_id = $2")
                    .bind(id.as_str().to_owned())
                    .bind(before.id.as_str().to_owned());
                self.0.run(untag).await?;
            }
        }
        for participant in shown {
            Activities(self.0).known_participant(participant).await?;
            let tag = sql("INSERT INTO old_depiction (old_post_id, participant_id, tagged_by, tagged_ms)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (old_post_id, participant_id) DO NOTHING")
            .bind(id.as_str().to_owned())
            .bind(participant.as_str().to_owned())
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond());
            self.0.run(tag).await?;
        }
        Ok(())
    }

    /// One mail for however many questions wait: the list has them all.
    async fn ask(
        &mut self,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), OldPostError> {
        let waits = sql("SELECT id FROM old_post WHERE said = 'asked' AND state = 'public' LIMIT 1");
        if self.0.row(waits).await?.is_some() {
            return Ok(());
        }
        let body = format!(
            "Somebody looked at posts from before and was not sure who is in one of them. Look at it here, and at those \
             that follow:\n{origin}/old-posts?show=asked\n"
        );
        for person in People(self.0).list().await? {
            if !person.is_suspended() && person.is(Role::Dsl, clock.now()) {
                Mails(self.0).queue(&person.mail, "An old post to look at", &body, clock, entropy).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn known_post(&mut self, id: &OldPostId) -> Result<OldPost, OldPostError> {
        self.old_post(id).await?.ok_or_else(|| OldPostError::Missing(id.clone()))
    }
}
