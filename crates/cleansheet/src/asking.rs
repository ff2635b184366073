//! Asking families: who writes, in which words, and by which ways.

pub mod words;

use cleansheet_records::asking::{self, AskError, Asked, Chosen, Sender};
use cleansheet_terms::{ParticipantId, PersonId};

use crate::app::App;
use words::OurWords;

/// What a press of a button asks for.
pub enum Press<'a> {
    /// Ask those whom nobody has asked.
    Ask(Chosen<'a>),
    /// Remind those who answer for these participants.
    Remind(&'a [ParticipantId]),
}

impl App {
    /// The words of what is sent.
    pub fn words(&self) -> OurWords<'_> {
        OurWords { origin: &self.settings.public_url, trust: &self.settings.profile.trust.name }
    }

    /// Does what a button asks for, in as many transactions as it takes. Should it break off, the same press goes on.
    pub async fn asked(&self, press: &Press<'_>, by: &PersonId) -> Result<Asked, AskError> {
        let mut all = Asked::default();
        loop {
            let mut tx = self.records.begin().await?;
            let words = self.words();
            let sender = Sender { words: &words, texts: self.settings.sms.is_some(), by: Some(by) };
            let (clock, mut chance) = (&*self.clock, &self.entropy);
            let done = match press {
                Press::Ask(chosen) => asking::ask(&mut tx, chosen, sender, clock, &mut chance).await?,
                Press::Remind(ids) => asking::remind(&mut tx, ids, sender, clock, &mut chance).await?,
            };
            tx.commit().await?;
            self.wake.all();
            all = all.and(done);
            // Nothing was written although there is more: it is not ours to turn in circles.
            if !done.more || done == (Asked { more: true, ..Asked::default() }) {
                return Ok(all);
            }
        }
    }

    /// Reminds those whose turn it is, and asks those anew whose yes runs out.
    pub async fn ask_by_itself(&self) -> Result<Asked, AskError> {
        if !asking::is_due(&mut self.records.read().await?, self.clock.now()).await? {
            return Ok(Asked::default());
        }
        let reminded = self.each_batch(true).await?;
        Ok(reminded.and(self.each_batch(false).await?))
    }

    async fn each_batch(&self, remind: bool) -> Result<Asked, AskError> {
        let mut all = Asked::default();
        loop {
            let mut tx = self.records.begin().await?;
            let words = self.words();
            let sender = Sender { words: &words, texts: self.settings.sms.is_some(), by: None };
            let (clock, mut chance) = (&*self.clock, &self.entropy);
            let done = if remind {
                asking::remind_due(&mut tx, sender, clock, &mut chance).await?
            } else {
                asking::renew(&mut tx, sender, clock, &mut chance).await?
            };
            tx.commit().await?;
            all = all.and(done);
            if !done.more || done == (Asked { more: true, ..Asked::default() }) {
                return Ok(all);
            }
        }
    }
}
