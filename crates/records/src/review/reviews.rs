//! Reviews of the policy: begun and signed by the Manager, confirmed by a second reviewer.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_policy::ClauseDifference;
use cleansheet_terms::{Clock, Date, Digest, Entropy, PersonId, ReviewId, Timestamp, day_in_london};
use jiff::ToSpan as _;
use sqlx::any::AnyRow;

use super::{
    Answer, Item, OnPaper, Readings, ReviewClock, ReviewError, Versions, WantedChanges, items, may_review,
    must_be_manager, written,
};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    settings::Settings,
};

/// The Manager's signature under a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// [`Review::seal`] at that instant.
    pub seal: Digest,
}

/// One review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The review.
    pub id: ReviewId,
    /// The version under review.
    pub version: Digest,
    /// Who began it, and when.
    pub begun: (PersonId, Timestamp),
    /// The signature, which may be of what it was before somebody changed an answer.
    pub signed: Option<Signature>,
    /// Who confirmed it, and when. It is done then.
    pub confirmed: Option<(PersonId, Timestamp)>,
    /// When the next one is due; once it is done.
    pub next_due: Option<Date>,
    /// Who reviews beside the Manager.
    pub reviewers: BTreeSet<PersonId>,
    /// Who reviews the next time.
    pub next: BTreeSet<PersonId>,
    /// What was said so far.
    pub answers: BTreeMap<Item, Answer>,
    /// The hash of everything in it that is signed: version, reviewers, answers and the readings in force.
    pub seal: Digest,
}

impl Review {
    /// The Manager's signature, when it is under what the review says now.
    pub fn signed_as_it_is(&self) -> Option<&Signature> {
        self.signed.as_ref().filter(|signature| signature.seal == self.seal)
    }
}

/// The reviews in the database. Borrow it from a [`Tx`].
pub struct Reviews<'t>(pub &'t mut Tx);

impl Reviews<'_> {
    /// Begins a review of the version in force. While one is under way, says anew who reviews, and goes on with the version
    /// in force; answers stay, but for those about clauses that read otherwise now.
    pub async fn begin(
        &mut self,
        reviewers: &BTreeSet<PersonId>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ReviewId, ReviewError> {
        must_be_manager(self.0, by).await?;
        self.must_be_reviewers(reviewers).await?;
        if !reviewers.iter().any(|one| one != by) {
            return Err(ReviewError::Alone);
        }
        let version = Settings(self.0).policy_in_force().await?.ok_or(ReviewError::Missing)?;
        let id = match self.under_way().await? {
            Some(review) => {
                self.go_on(&review, version, reviewers, by, clock, entropy).await?;
                review.id
            }
            None => {
                let id = ReviewId::new(clock, entropy);
                let begin = sql(
                    "INSERT INTO policy_review (id, version, begun_by, begun_ms) VALUES ($1, $2, $3, $4)",
                )
                .bind(id.to_string())
                .bind(version.to_string())
                .bind(by.to_string())
                .bind(clock.now().as_millisecond());
                self.0.run(begin).await?;
                let payload = (version, by);
                Ledger(self.0)
                    .append("policy.review_begun", id.as_str(), &payload, clock.now(), entropy)
                    .await?;
                id
            }
        };
        self.name(&id, reviewers, 0).await?;
        Ok(id)
    }

    /// Goes on with a version and with reviewers, which may be the ones it has.
    async fn go_on(
        &mut self,
        review: &Review,
        version: Digest,
        reviewers: &BTreeSet<PersonId>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReviewError> {
        if review.version == version && review.reviewers == *reviewers {
            return Ok(());
        }
        if review.version != version {
            self.forget_changed(review, &version).await?;
        }
        let goes_on = sql("UPDATE policy_review SET version = $1 WHERE id = $2");
        self.0.run(goes_on.bind(version.to_string()).bind(review.id.to_string())).await?;
        let payload = (version, reviewers, by);
        Ledger(self.0)
            .append("policy.review_changed", review.id.as_str(), &payload, clock.now(), entropy)
            .await?;
        Ok(())
    }

    /// Forgets what was said about clauses whose words or rules are not those that were looked at: nobody has said "keep it"
    /// of what stands there now. When the version under review was not kept whole, that is every clause.
    async fn forget_changed(&mut self, review: &Review, version: &Digest) -> Result<(), ReviewError> {
        let now = Versions(self.0).whole(version).await?.ok_or(ReviewError::Missing)?;
        let then = Versions(self.0).whole(&review.version).await?;
        let differences = then.map(|then| now.since(&then).clauses);
        let same = |clause| {
            let find = |all: &Vec<ClauseDifference>| {
                all.iter().find(|one| one.clause == clause).is_some_and(|one| !one.is_changed())
            };
            differences.as_ref().is_some_and(find)
        };
        for item in review.answers.keys() {
            let Item::Clause(clause) = *item else { continue };
            if !same(clause) {
                let forget = sql("DELETE FROM policy_review_answer WHERE review_id = $1 AND item = $2");
                self.0.run(forget.bind(review.id.to_string()).bind(item.name())).await?;
            }
        }
        Ok(())
    }

    /// Writes down what a reviewer says about one thing, instead of what was said before.
    pub async fn say(
        &mut self,
        paper: &OnPaper,
        item: Item,
        keep: bool,
        words: &str,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<(), ReviewError> {
        let review = self.of_reviewer(by).await?;
        let last = ReviewClock::read(self.0, paper).await?.last.last_day();
        if !items(last).contains(&item) {
            return Err(ReviewError::NoSuchItem);
        }
        let words = written(words)?;
        if !keep && words.is_empty() {
            return Err(ReviewError::NoWords);
        }
        let say = sql("INSERT INTO policy_review_answer (review_id, item, keep, words, said_by, said_ms)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (review_id, item) DO UPDATE SET keep = excluded.keep, words = excluded.words,
                 said_by = excluded.said_by, said_ms = excluded.said_ms")
        .bind(review.id.to_string())
        .bind(item.name())
        .bind(i64::from(keep))
        .bind(words)
        .bind(by.to_string())
        .bind(at.as_millisecond());
        self.0.run(say).await?;
        Ok(())
    }

    /// The Manager signs the review that is under way, and says who reviews the next time.
    ///
    /// - `seen`: the [`Review::seal`] that the form showed.
    pub async fn sign(
        &mut self,
        paper: &OnPaper,
        seen: &Digest,
        next: &BTreeSet<PersonId>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReviewError> {
        must_be_manager(self.0, by).await?;
        let review = self.under_way().await?.ok_or(ReviewError::NotUnderWay)?;
        if Settings(self.0).policy_in_force().await? != Some(review.version) {
            return Err(ReviewError::OtherVersion);
        }
        if review.seal != *seen {
            return Err(ReviewError::Changed);
        }
        let last = ReviewClock::read(self.0, paper).await?.last.last_day();
        let open = items(last).into_iter().filter(|item| !review.answers.contains_key(item)).count();
        if open > 0 {
            return Err(ReviewError::Unanswered(open));
        }
        self.must_be_reviewers(next).await?;
        if next.len() < 2 {
            return Err(ReviewError::Alone);
        }
        self.name(&review.id, next, 1).await?;
        let seal = self.under_way().await?.ok_or(ReviewError::NotUnderWay)?.seal;
        let sign =
            sql("UPDATE policy_review SET signed_by = $1, signed_ms = $2, signed_seal = $3 WHERE id = $4")
                .bind(by.to_string())
                .bind(clock.now().as_millisecond())
                .bind(seal.to_string())
                .bind(review.id.to_string());
        self.0.run(sign).await?;
        let payload = (seal, by);
        Ledger(self.0)
            .append("policy.review_signed", review.id.as_str(), &payload, clock.now(), entropy)
            .await?;
        Ok(())
    }

    /// A second reviewer confirms what the Manager has signed: the review is done, and the next is due in twelve months.
    pub async fn confirm(
        &mut self,
        seen: &Digest,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ReviewId, ReviewError> {
        let review = self.of_reviewer(by).await?;
        let signature = review.signed_as_it_is().ok_or(ReviewError::NotSigned)?;
        if signature.by == *by {
            return Err(ReviewError::SamePerson);
        }
        if review.seal != *seen {
            return Err(ReviewError::Changed);
        }
        if Settings(self.0).policy_in_force().await? != Some(review.version) {
            return Err(ReviewError::OtherVersion);
        }
        let next_due = day_in_london(clock.now()).saturating_add(12.months());
        let confirm = sql("UPDATE policy_review SET confirmed_by = $1, confirmed_ms = $2, next_due_day = $3
             WHERE id = $4")
        .bind(by.to_string())
        .bind(clock.now().as_millisecond())
        .bind(next_due.to_string())
        .bind(review.id.to_string());
        self.0.run(confirm).await?;
        WantedChanges(self.0).keep(&review, clock, entropy).await?;
        let payload = (review.version, review.seal, by, next_due.to_string());
        Ledger(self.0)
            .append("policy.review_done", review.id.as_str(), &payload, clock.now(), entropy)
            .await?;
        Ok(review.id)
    }

    /// The review that is under way.
    pub async fn under_way(&mut self) -> Result<Option<Review>, StoreError> {
        Ok(self.all().await?.into_iter().find(|review| review.confirmed.is_none()))
    }

    /// The last review that was done.
    pub async fn last_done(&mut self) -> Result<Option<Review>, StoreError> {
        Ok(self.all().await?.into_iter().find(|review| review.confirmed.is_some()))
    }

    /// All reviews, the newest first. A trust has one a year.
    pub async fn all(&mut self) -> Result<Vec<Review>, StoreError> {
        let found =
            sql("SELECT id, version, begun_by, begun_ms, signed_by, signed_ms, signed_seal, confirmed_by,
                 confirmed_ms, next_due_day FROM policy_review ORDER BY begun_ms DESC, id DESC");
        let mut reviews = Vec::new();
        for row in self.0.rows(found).await? {
            let mut review = review(&row)?;
            self.fill(&mut review).await?;
            reviews.push(review);
        }
        Ok(reviews)
    }

    /// Reviewers, answers and the hash of all of it.
    async fn fill(&mut self, review: &mut Review) -> Result<(), StoreError> {
        let id = review.id.to_string();
        let people = sql("SELECT person_id, next FROM policy_reviewer WHERE review_id = $1").bind(id.clone());
        for row in self.0.rows(people).await? {
            let list = if row.flag("next")? { &mut review.next } else { &mut review.reviewers };
            list.insert(row.read("person_id", PersonId::parse)?);
        }
        let answers =
            sql("SELECT item, keep, words, said_by, said_ms FROM policy_review_answer WHERE review_id = $1");
        for row in self.0.rows(answers.bind(id)).await? {
            let answer = Answer {
                keep: row.flag("keep")?,
                words: row.text("words")?,
                by: row.read("said_by", PersonId::parse)?,
                at: row.instant("said_ms")?,
            };
            review.answers.insert(row.read("item", |text| Item::parse(text).ok_or(()))?, answer);
        }
        let said: Vec<_> =
            review.answers.iter().map(|(item, one)| (item.name(), one.keep, one.words.as_str())).collect();
        let readings = Readings(self.0).in_force().await?;
        let readings: Vec<_> = readings.iter().map(|(key, one)| (key.as_str(), one.words.as_str())).collect();
        let whole = (&review.id, &review.version, &review.reviewers, &review.next, said, readings);
        let whole = serde_json::to_vec(&whole).map_err(|e| StoreError::Ledger(e.to_string()))?;
        review.seal = Digest::of(&whole);
        Ok(())
    }

    /// The review under way, for somebody who is named for it.
    async fn of_reviewer(&mut self, by: &PersonId) -> Result<Review, ReviewError> {
        let review = self.under_way().await?.ok_or(ReviewError::NotUnderWay)?;
        let is_manager = must_be_manager(self.0, by).await.is_ok();
        let named = review.reviewers.contains(by)
            && self.must_be_reviewers(&BTreeSet::from([by.clone()])).await.is_ok();
        if is_manager || named { Ok(review) } else { Err(ReviewError::NotReviewer) }
    }

    async fn must_be_reviewers(&mut self, people: &BTreeSet<PersonId>) -> Result<(), ReviewError> {
        let may = may_review(self.0).await?;
        let all_may = people.iter().all(|one| may.iter().any(|other| other.id == *one));
        if all_may { Ok(()) } else { Err(ReviewError::NotReviewer) }
    }

    /// Says who reviews, instead of who did.
    async fn name(
        &mut self,
        id: &ReviewId,
        people: &BTreeSet<PersonId>,
        next: i64,
    ) -> Result<(), StoreError> {
        let forget = sql("DELETE FROM policy_reviewer WHERE review_id = $1 AND next = $2");
        self.0.run(forget.bind(id.to_string()).bind(next)).await?;
        for person in people {
            let name = sql("INSERT INTO policy_reviewer (review_id, person_id, next) VALUES ($1, $2, $3)")
                .bind(id.to_string())
                .bind(person.to_string())
                .bind(next);
            self.0.run(name).await?;
        }
        Ok(())
    }
}

fn review(row: &AnyRow) -> Result<Review, StoreError> {
    let signed = row.maybe_read("signed_by", PersonId::parse)?.zip(row.maybe_instant("signed_ms")?);
    let signed = signed.zip(row.maybe_read("signed_seal", Digest::parse)?);
    Ok(Review {
        id: row.read("id", ReviewId::parse)?,
        version: row.read("version", Digest::parse)?,
        begun: (row.read("begun_by", PersonId::parse)?, row.instant("begun_ms")?),
        signed: signed.map(|((by, at), seal)| Signature { by, at, seal }),
        confirmed: row.maybe_read("confirmed_by", PersonId::parse)?.zip(row.maybe_instant("confirmed_ms")?),
        next_due: row.maybe_day("next_due_day")?,
        reviewers: BTreeSet::new(),
        next: BTreeSet::new(),
        answers: BTreeMap::new(),
        seal: Digest::of(&[]),
    })
}
