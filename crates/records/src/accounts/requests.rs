//! Clause 2 as two acts: somebody asks for an account and says why, and the Manager permits or refuses it with a reason.
//! The Manager's own wish takes the same two acts.

use cleansheet_terms::{AccountRequestId, ChannelId, Clock, Entropy, Network, PersonId, Role, Timestamp};
use sqlx::any::AnyRow;

use super::{AccountError, Accounts, channels::account_name, tell_managers, text, words};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, Person, PersonError},
};

/// The longest "why" and the longest reason, in letters.
const WHY: usize = 1_000;

/// What somebody asks for.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// An account that is not in the register yet.
    New {
        /// Its network.
        network: Network,
        /// As people will call it.
        name: &'a str,
    },
    /// One that is written down, or was ended.
    Known(&'a ChannelId),
}

/// A wish to write down.
#[derive(Debug, Clone)]
pub struct NewRequest<'a> {
    /// For what.
    pub wanted: Wanted<'a>,
    /// What it is needed for.
    pub why: &'a str,
    /// Who asks.
    pub by: &'a PersonId,
}

/// Somebody's wish for an official account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The wish.
    pub id: AccountRequestId,
    /// The account, once there is one.
    pub channel: Option<ChannelId>,
    /// Its network.
    pub network: Network,
    /// Its name.
    pub name: String,
    /// What it is needed for.
    pub why: String,
    /// Who asked.
    pub by: PersonId,
    /// When.
    pub asked: Timestamp,
    /// What the Manager said.
    pub answer: Option<Answer>,
}

/// What the Manager said to a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which Manager.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Yes or no.
    pub permitted: bool,
    /// Why.
    pub reason: String,
}

macro_rules! select_request {
    ($tail:literal) => {
        concat!(
            "SELECT id, channel_id, network, name, why, asked_by, asked_ms, decided_by, decided_ms, permitted, reason
             FROM channel_request ",
            $tail
        )
    };
}

impl Accounts<'_> {
    /// Somebody asks for an account; the Managers are told. The same wish again, before there is an answer, is a second
    /// press on the button.
    ///
    /// - `page`: where the Manager answers, for the mail.
    pub async fn ask_for(
        &mut self,
        new: &NewRequest<'_>,
        page: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<AccountRequestId, AccountError> {
        let why = words(new.why, WHY)?;
        if why.is_empty() {
            return Err(AccountError::NoReason);
        }
        let asker = self.may_ask(new.by).await?;
        let (channel, network, name) = match new.wanted {
            Wanted::New { network, name } => (None, network, account_name(name)?),
            Wanted::Known(id) => {
                let known = self.known(id).await?;
                if known.is_permitted() {
                    return Err(AccountError::AlreadyPermitted);
                }
                (Some(known.id), known.network, known.name)
            }
        };
        let mut before = self.requests_of(new.by).await?.into_iter();
        let same = |one: &Request| {
            one.answer.is_none() && one.channel == channel && one.network == network && one.name == name
        };
        if let Some(same) = before.find(same) {
            return Ok(same.id);
        }
        let id = self.put_request((channel, network, name), why, new.by, clock, entropy).await?;
        if !asker.is(Role::Manager, clock.now()) {
            let body = format!(
                "Somebody asks for an official account of the trust. Nothing can be connected before you have \
                 decided (clause 2).\n\nRead why, and decide:\n{page}\n"
            );
            tell_managers(self.0, "Somebody asks for an account", &body, clock, entropy).await?;
        }
        Ok(id)
    }

    async fn may_ask(&mut self, by: &PersonId) -> Result<Person, AccountError> {
        let asker = People(self.0).find(by).await?;
        let asker = asker.ok_or_else(|| PersonError::Missing(by.clone()))?;
        if asker.is_suspended() { Err(PersonError::Left.into()) } else { Ok(asker) }
    }

    async fn put_request(
        &mut self,
        (channel, network, name): (Option<ChannelId>, Network, String),
        why: String,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<AccountRequestId, StoreError> {
        let (id, now) = (AccountRequestId::new(clock, entropy), clock.now());
        let put = sql("INSERT INTO channel_request (id, channel_id, network, name, why, asked_by, asked_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id.as_str().to_owned())
        .bind(channel.as_ref().map(text))
        .bind(network.as_str())
        .bind(name)
        .bind(why)
        .bind(by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        Ledger(self.0).append("channel.asked_for", id.as_str(), &(network, by), now, entropy).await?;
        Ok(id)
    }

    /// The Manager permits what somebody asked for: from now on the account can be connected. The asker is told.
    pub async fn permit_request(
        &mut self,
        id: &AccountRequestId,
        by: &PersonId,
        reason: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ChannelId, AccountError> {
        let request = self.open_request(id, by, reason, clock.now()).await?;
        let channel = match &request.channel {
            Some(known) => known.clone(),
            None => self.add(request.network, &request.name, clock, entropy).await?,
        };
        self.put_permission(&channel, by, clock, entropy).await?;
        self.answer(&request, (by, true, reason), Some(&channel), clock, entropy).await?;
        Ok(channel)
    }

    /// The Manager refuses, and says why. The asker is told.
    pub async fn refuse_request(
        &mut self,
        id: &AccountRequestId,
        by: &PersonId,
        reason: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        let request = self.open_request(id, by, reason, clock.now()).await?;
        let channel = request.channel.clone();
        self.answer(&request, (by, false, reason), channel.as_ref(), clock, entropy).await?;
        Ledger(self.0).append("channel.refused", id.as_str(), by, clock.now(), entropy).await?;
        Ok(())
    }

    /// Both acts at once for an account that is written down, where nobody else asks: setting a trust up.
    pub async fn permit(
        &mut self,
        id: &ChannelId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(by, clock.now()).await?;
        let wanted = NewRequest { wanted: Wanted::Known(id), why: "The Manager’s own account.", by };
        let request = self.ask_for(&wanted, "", clock, entropy).await?;
        self.permit_request(&request, by, "Asked for by the Manager.", clock, entropy).await?;
        Ok(())
    }

    async fn open_request(
        &mut self,
        id: &AccountRequestId,
        by: &PersonId,
        reason: &str,
        at: Timestamp,
    ) -> Result<Request, AccountError> {
        People(self.0).must_be_manager(by, at).await?;
        if words(reason, WHY)?.is_empty() {
            return Err(AccountError::NoReason);
        }
        let found = sql(select_request!("WHERE id = $1")).bind(id.as_str().to_owned());
        let request = self.0.row(found).await?.as_ref().map(request).transpose()?;
        match request.ok_or_else(|| AccountError::NoRequest(id.clone()))? {
            Request { answer: Some(_), .. } => Err(AccountError::Decided),
            open => Ok(open),
        }
    }

    async fn answer(
        &mut self,
        request: &Request,
        (by, permitted, reason): (&PersonId, bool, &str),
        channel: Option<&ChannelId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        let put =
            sql("UPDATE channel_request SET decided_by = $1, decided_ms = $2, permitted = $3, reason = $4,
                 channel_id = $5 WHERE id = $6 AND decided_ms IS NULL")
            .bind(by.as_str().to_owned())
            .bind(clock.now().as_millisecond())
            .bind(i64::from(permitted))
            .bind(words(reason, WHY)?)
            .bind(channel.map(text))
            .bind(request.id.as_str().to_owned());
        if self.0.run(put).await? == 0 {
            return Err(AccountError::Decided);
        }
        let asker = People(self.0).find(&request.by).await?;
        if let Some(asker) = asker.filter(|asker| asker.id != *by && asker.left.is_none()) {
            let said = if permitted {
                "The Manager has permitted it. It can be connected now"
            } else {
                "The Manager has not permitted it, so it must not be created or used in the trust’s name (clause 2)"
            };
            let body = format!(
                "You asked for the account “{}” on {}. {said}.\n\nThe reason: {}\n\nTalk to the Manager if something \
                 in it is not clear.\n",
                request.name,
                request.network,
                reason.trim(),
            );
            Mails(self.0).queue(&asker.mail, "The account you asked for", &body, clock, entropy).await?;
        }
        Ok(())
    }

    /// Every wish: those without an answer first, the oldest on top, then the others, the newest on top.
    pub async fn requests(&mut self) -> Result<Vec<Request>, StoreError> {
        let found = sql(select_request!(
            "ORDER BY CASE WHEN decided_ms IS NULL THEN 0 ELSE 1 END,
                 CASE WHEN decided_ms IS NULL THEN asked_ms ELSE -decided_ms END, id"
        ));
        self.0.rows(found).await?.iter().map(request).collect()
    }

    /// The wishes of one person, the newest first.
    pub async fn requests_of(&mut self, person: &PersonId) -> Result<Vec<Request>, StoreError> {
        let found = sql(select_request!("WHERE asked_by = $1 ORDER BY asked_ms DESC, id DESC"));
        self.0.rows(found.bind(person.as_str().to_owned())).await?.iter().map(request).collect()
    }

    /// The wishes about one account, the newest first.
    pub async fn requests_for(&mut self, channel: &ChannelId) -> Result<Vec<Request>, StoreError> {
        let found = sql(select_request!("WHERE channel_id = $1 ORDER BY asked_ms DESC, id DESC"));
        self.0.rows(found.bind(text(channel))).await?.iter().map(request).collect()
    }
}

fn request(row: &AnyRow) -> Result<Request, StoreError> {
    let answered = row.maybe_read("decided_by", PersonId::parse)?.zip(row.maybe_instant("decided_ms")?);
    let answer = match answered {
        None => None,
        Some((by, at)) => {
            Some(Answer { by, at, permitted: row.flag("permitted")?, reason: row.text("reason")? })
        }
    };
    Ok(Request {
        id: row.read("id", AccountRequestId::parse)?,
        channel: row.maybe_read("channel_id", ChannelId::parse)?,
        network: row.read("network", Network::parse)?,
        name: row.text("name")?,
        why: row.text("why")?,
        by: row.read("asked_by", PersonId::parse)?,
        asked: row.instant("asked_ms")?,
        answer,
    })
}
