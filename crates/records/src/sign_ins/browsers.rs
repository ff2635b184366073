//! Browsers that are new to a person: told once, by mail.

use cleansheet_terms::{Clock, Entropy, PersonId};

use super::{Browser, SignIns, devices::device_words};
use crate::{
    database::{StoreError, sql},
    mails::Mails,
    people::People,
    secret,
};

/// No personal data: subjects are shown on locked phones.
const SUBJECT: &str = "A new sign-in to Cleansheet";

impl SignIns<'_> {
    /// Tells a person by mail that somebody signed in as them with a browser they have not used before. A browser that
    /// keeps no mark, such as one on a shared device, is told of each time: else ticking "shared" would be the way for
    /// a thief not to be noticed.
    pub(super) async fn tell_of_browser(
        &mut self,
        person: &PersonId,
        browser: Browser<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        if let Some(mark) = browser.mark {
            let remember =
                sql("INSERT INTO known_browser (person_id, browser_hash, made_ms) VALUES ($1, $2, $3)
                 ON CONFLICT (person_id, browser_hash) DO NOTHING")
                .bind(person.as_str().to_owned())
                .bind(secret::hash(mark))
                .bind(clock.now().as_millisecond());
            if self.0.run(remember).await? == 0 {
                return Ok(());
            }
        }
        let Some(holder) = People(self.0).find(person).await? else { return Ok(()) };
        let (device, shared) = (device_words(browser.device), if browser.shared { ", shared" } else { "" });
        let body = format!(
            "Somebody signed in to Cleansheet as you, with a phone or computer that is new to it:\n\n    \
             {device}{shared}\n\n\
             If that was you, there is nothing to do.\n\n\
             If it was not you: sign in, press your name at the top of the page, and end every sign-in that you do not \
             know. Then tell the Manager.\n"
        );
        Mails(self.0).queue(&holder.mail, SUBJECT, &body, clock, entropy).await?;
        Ok(())
    }
}
