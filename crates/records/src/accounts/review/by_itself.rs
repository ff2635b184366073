//! What an access review does by itself: it begins on its day, and whoever has to decide is reminded.

use cleansheet_terms::{Clock, Entropy, Timestamp, day_in_london};

use super::{DAYS, Review, ReviewError};
use crate::{
    accounts::{Accounts, tell_managers},
    database::StoreError,
    settings::Settings,
    told::Told,
};

/// On these days of a review the Managers are told; on the last of them it is over.
const TOLD_ON: [i32; 4] = [0, 7, 12, DAYS];

impl Accounts<'_> {
    /// Whether [`Self::see_to_reviews`] has something to do: found out by reading alone.
    pub async fn reviews_are_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        if Settings(self.0).access_review_is_due(day_in_london(now)).await? {
            return Ok(true);
        }
        let Some(review) = self.newest_review().await? else { return Ok(false) };
        match reached(&review, now) {
            Some(day) => Ok(!Told(self.0).already(review.id.as_str(), &occasion(day)).await?),
            None => Ok(false),
        }
    }

    /// Begins the review whose day has come, and reminds the Managers of the one that runs. A trust that was off for some
    /// days sends the last reminder alone.
    ///
    /// - `origin`: the site's own address.
    pub async fn see_to_reviews(
        &mut self,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ReviewError> {
        let (now, today) = (clock.now(), day_in_london(clock.now()));
        if Settings(self.0).settle_access_review(today).await? {
            match self.begin_review(None, clock, entropy).await {
                Ok(_) => {}
                // The next one comes a quarter later.
                Err(ReviewError::Nothing | ReviewError::Running) => {
                    Settings(self.0).access_reviewed(today).await?;
                }
                Err(error) => return Err(error),
            }
        }
        let Some(review) = self.newest_review().await? else { return Ok(()) };
        let Some(last) = reached(&review, now) else { return Ok(()) };
        let mut is_new = false;
        for day in TOLD_ON.into_iter().filter(|day| *day <= last) {
            let first = Told(self.0).first(review.id.as_str(), &occasion(day), now).await?;
            is_new = first && (is_new || day == last);
        }
        if is_new && review.undecided > 0 {
            let (subject, body) = mail(&review, last, origin);
            tell_managers(self.0, subject, &body, clock, entropy).await?;
        }
        Ok(())
    }
}

fn occasion(day: i32) -> String {
    format!("access review day {day}")
}

/// The last of the days on which somebody is told that has come.
fn reached(review: &Review, now: Timestamp) -> Option<i32> {
    let since = (day_in_london(now) - day_in_london(review.begun)).get_days();
    TOLD_ON.into_iter().rev().find(|day| *day <= since)
}

fn mail(review: &Review, day: i32, origin: &str) -> (&'static str, String) {
    let (open, all) = (review.undecided, review.lines);
    let page = format!("{origin}/accounts/reviews/{}", review.id);
    if day >= DAYS {
        let body = format!(
            "The access review is over, and nobody decided about {open} of {all}. Permissions among them have lapsed: \
             their people can no longer act on these accounts (clause 3). Rights on a network itself stay there until \
             somebody removes them.\n\nSee which, and give new permissions where they are needed:\n{page}\n"
        );
        return ("An access review is over", body);
    }
    let by = review.lapses.strftime("%-d %B %Y");
    let body = format!(
        "Four times a year you look who may act on the trust’s accounts (clause 3). {open} of {all} wait for you to keep \
         or remove them; it takes a few minutes on a phone.\n\nWhat nobody decides lapses on {by}:\n{page}\n"
    );
    ("An access review waits for you", body)
}
