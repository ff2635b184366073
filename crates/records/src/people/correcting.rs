//! A name or an address that was wrong, or is another one now.

use cleansheet_terms::{Clock, Entropy, PersonId};

use super::{Happened, PersonError, register::People, search::searched};
use crate::{database::sql, ledger_entries::Ledger, mails::Mails};

impl People<'_> {
    /// Puts a name and an address right. Links that went to the old address stop working, and the old address is told: whoever
    /// reads mail there would otherwise go on getting in, or not know that they no longer do.
    pub async fn correct(
        &mut self,
        id: &PersonId,
        (name, mail): (&str, &str),
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        let person = self.present(id).await?;
        // At another address, whoever stands in would get a Manager's sign-in links.
        self.may_change(id, by, clock.now()).await?;
        let (name, mail) = (name.trim(), mail.trim().to_lowercase());
        if name.is_empty() || !mail.contains('@') {
            return Err(PersonError::Incomplete);
        }
        if (name, &mail) == (person.name.as_str(), &person.mail) {
            return Ok(());
        }
        let moves = mail != person.mail;
        if moves && self.by_mail(&mail).await?.is_some() {
            return Err(PersonError::MailTaken(mail));
        }
        let now = clock.now();
        let put = sql("UPDATE person SET name = $1, mail = $2, folded = $3 WHERE id = $4")
            .bind(name.to_owned())
            .bind(mail.clone())
            .bind(searched(name, &mail))
            .bind(id.as_str().to_owned());
        self.0.run(put).await?;
        if moves {
            let end = sql(
                "UPDATE sign_in_link SET ends_ms = $1 WHERE person_id = $2 AND reusable = 0 AND ends_ms > $1",
            )
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
            self.0.run(end).await?;
            let body = "The Manager has written another mail address down for you. From now on your mail about posts goes \
                        there. If you did not ask for it, tell the Manager.\n";
            Mails(self.0).queue(&person.mail, "Your mail address has changed", body, clock, entropy).await?;
        }
        Ledger(self.0).append("person.corrected", id.as_str(), &(name, &mail, by), now, entropy).await?;
        self.happened(id, (Happened::Corrected, ""), Some(by), clock, entropy).await?;
        Ok(())
    }
}
