//! When each account was looked at last. Where nobody can look, nothing is reported, and that is no good news.

use cleansheet_locales::{Language, moment};
use cleansheet_terms::{ChannelId, Clock, Entropy, Timestamp};
use jiff::SignedDuration;

use super::Drifts;
use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, sql},
    mails::Mails,
    told::Told,
};

/// What nobody did from here is told within this time; an account that was not looked at for longer is not watched.
pub const LOOKED_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// An account that is to be watched, and the last look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Its name.
    pub account: String,
    /// When; `None` while nobody could.
    pub at: Option<Timestamp>,
}

impl Looked {
    /// Whether what is said of it now can be relied on.
    pub fn is_watched(&self, now: Timestamp) -> bool {
        self.at.is_some_and(|at| now.duration_since(at) <= LOOKED_WITHIN)
    }
}

impl Drifts<'_> {
    /// The permitted accounts, by name, and when each was looked at.
    pub async fn looks(&mut self) -> Result<Vec<Looked>, StoreError> {
        let found =
            sql("SELECT c.name, w.looked_ms FROM channel c LEFT JOIN channel_watch w ON w.channel_id = c.id
             WHERE c.permitted_by IS NOT NULL AND c.ended_ms IS NULL ORDER BY c.name, c.id");
        let one = |row: &sqlx::any::AnyRow| {
            Ok(Looked { account: row.text("name")?, at: row.maybe_instant("looked_ms")? })
        };
        self.0.rows(found).await?.iter().map(one).collect()
    }

    /// A look at an account failed, or could not be made. When the last one is too long ago, the Manager and the
    /// safeguarding lead are told, once until it works again. Says whether they were.
    ///
    /// - `origin`: the site's own address.
    pub async fn could_not_look(
        &mut self,
        channel: &ChannelId,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let now = clock.now();
        let Some(watch) = self.watch(channel).await? else { return Ok(false) };
        let occasion = format!("not looked at since {}", watch.looked.as_millisecond());
        if now.duration_since(watch.looked) <= LOOKED_WITHIN
            || !Told(self.0).first(channel.as_str(), &occasion, now).await?
        {
            return Ok(false);
        }
        let name = Accounts(self.0).channel(channel).await?.map(|one| one.name).unwrap_or_default();
        let body = format!(
            "We have not been able to look at {name} since {}. What somebody does there beside this program is not noticed \
             meanwhile.\n\nLook at the account yourself now and then, and see here whether it has to be connected \
             again:\n{origin}/drift\n",
            moment(Language::English, watch.looked)
        );
        Mails(self.0).queue_for_a_look(&body, clock, entropy).await?;
        Ok(true)
    }
}
