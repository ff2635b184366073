//! How somebody without an account came in: for the evidence of what they answer.

use cleansheet_terms::{Clock, Entropy, InvitationId};

use super::{Browser, Holder, Method, SignIns, Started};
use crate::{
    database::{StoreError, sql},
    invitations::Visitor,
    people::UnknownWord,
};

/// How a visitor came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// By a link and a code that was sent to the address on record.
    Link,
    /// By a link and the code of a letter.
    Letter,
    /// A guardian who had signed in gave them the phone.
    Handed,
}

impl Came {
    const ALL: [Self; 3] = [Self::Link, Self::Letter, Self::Handed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Letter => "letter",
            Self::Handed => "handed",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl SignIns<'_> {
    /// Begins a visitor's sign-in.
    ///
    /// - `link`: behind which they came in; when the phone was handed over, that of the guardian.
    pub async fn start_visit(
        &mut self,
        visitor: Visitor,
        (came, link): (Came, Option<&InvitationId>),
        browser: Browser<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Started, StoreError> {
        let mut started = self.start(Holder::Visitor(visitor), Method::Link, browser, clock, entropy).await?;
        let note = sql("UPDATE sign_in SET came = $1, link_id = $2 WHERE id = $3")
            .bind(came.as_str())
            .bind(link.map(|link| link.as_str().to_owned()))
            .bind(started.sign_in.id.as_str().to_owned());
        self.0.run(note).await?;
        (started.sign_in.came, started.sign_in.link) = (came, link.cloned());
        Ok(started)
    }
}
