//! What reviews want otherwise. Texts and rules are in the program, so a wish stays open until a version answers it.

use cleansheet_terms::{ChangeId, Clock, Digest, Entropy, PersonId, ReviewId, Timestamp};
use sqlx::any::AnyRow;

use super::{Item, Review, ReviewError, must_be_manager};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    settings::Settings,
};

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The wish.
    pub id: ChangeId,
    /// The review it comes from.
    pub review: ReviewId,
    /// What it is about.
    pub item: Item,
    /// What should be otherwise.
    pub words: String,
    /// When the review was done.
    pub wanted: Timestamp,
    /// The version that was said to answer it, and when.
    pub answered: Option<(Digest, Timestamp)>,
}

/// The wishes in the database. Borrow it from a [`Tx`].
pub struct WantedChanges<'t>(pub &'t mut Tx);

impl WantedChanges<'_> {
    /// All of them, the open ones first, then the newest first.
    pub async fn all(&mut self) -> Result<Vec<Wanted>, StoreError> {
        let found = sql("SELECT id, review_id, item, words, wanted_ms, answered_version, answered_ms
             FROM wanted_change ORDER BY wanted_ms DESC, id");
        let one = |row: &AnyRow| {
            let version = row.maybe_read("answered_version", Digest::parse)?;
            Ok(Wanted {
                id: row.read("id", ChangeId::parse)?,
                review: row.read("review_id", ReviewId::parse)?,
                item: row.read("item", |text| Item::parse(text).ok_or(()))?,
                words: row.text("words")?,
                wanted: row.instant("wanted_ms")?,
                answered: version.zip(row.maybe_instant("answered_ms")?),
            })
        };
        let mut all: Vec<Wanted> =
            self.0.rows(found).await?.iter().map(one).collect::<Result<_, StoreError>>()?;
        all.sort_by_key(|one| one.answered.is_some());
        Ok(all)
    }

    /// The Manager says that the version in force answers a wish. About a clause, that is a later one than was reviewed.
    pub async fn answer(
        &mut self,
        id: &ChangeId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReviewError> {
        must_be_manager(self.0, by).await?;
        let wish = self.all().await?.into_iter().find(|one| one.id == *id).ok_or(ReviewError::Missing)?;
        let in_force = Settings(self.0).policy_in_force().await?.ok_or(ReviewError::Missing)?;
        let reviewed = sql("SELECT version FROM policy_review WHERE id = $1").bind(wish.review.to_string());
        let reviewed = self.0.row(reviewed).await?.ok_or(ReviewError::Missing)?.text("version")?;
        if matches!(wish.item, Item::Clause(_)) && reviewed == in_force.to_string() {
            return Err(ReviewError::SameVersion);
        }
        let answer = sql("UPDATE wanted_change SET answered_version = $1, answered_by = $2, answered_ms = $3
             WHERE id = $4 AND answered_ms IS NULL")
        .bind(in_force.to_string())
        .bind(by.as_str().to_owned())
        .bind(clock.now().as_millisecond())
        .bind(id.as_str().to_owned());
        if self.0.run(answer).await? == 1 {
            let payload = (in_force, by);
            Ledger(self.0)
                .append("policy.change_answered", id.as_str(), &payload, clock.now(), entropy)
                .await?;
        }
        Ok(())
    }

    /// Writes down what a review that has just been done wants otherwise.
    pub(super) async fn keep(
        &mut self,
        review: &Review,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        for (item, answer) in review.answers.iter().filter(|(_, answer)| !answer.keep) {
            let keep = sql("INSERT INTO wanted_change (id, review_id, item, words, wanted_ms)
                 VALUES ($1, $2, $3, $4, $5)")
            .bind(ChangeId::new(clock, entropy).to_string())
            .bind(review.id.to_string())
            .bind(item.name())
            .bind(answer.words.clone())
            .bind(clock.now().as_millisecond());
            self.0.run(keep).await?;
        }
        Ok(())
    }
}
