//! How the trust signs in to an account, and whether that still works. Secrets come here sealed and leave sealed: this
//! file never sees a token.

use cleansheet_terms::{ChannelId, Clock, Digest, Entropy, Network, PersonId, Role, SignInId, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

use super::{
    AccountError, Accounts, Channel,
    health::{Checked, checked},
    tell, tell_managers, text,
};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::People,
};

/// How long a connection that was begun may take to come back.
const BEGUN: SignedDuration = SignedDuration::from_mins(10);

/// How the trust signs in to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The account.
    pub channel: ChannelId,
    /// The network's lasting name of it.
    pub remote: String,
    /// Its name as people write it.
    pub handle: String,
    /// The origin of the server that holds it.
    pub server: String,
    /// For people: by what it was connected.
    pub way: String,
    /// The Manager who connected it.
    pub by: PersonId,
    /// When.
    pub connected: Timestamp,
    /// Since when the network no longer takes it, and why.
    pub broken: Option<(Timestamp, String)>,
    /// What the network said of it when it was last asked.
    pub checked: Checked,
}

/// A connection to keep.
#[derive(Debug, Clone)]
pub struct NewConnection<'a> {
    /// The account.
    pub channel: &'a ChannelId,
    /// The network's lasting name of it.
    pub remote: &'a str,
    /// Its name as people write it.
    pub handle: &'a str,
    /// The origin of the server that holds it.
    pub server: &'a str,
    /// For people: by what it was connected.
    pub way: &'a str,
    /// What signs in, sealed.
    pub sealed: &'a [u8],
    /// The Manager who connects it.
    pub by: &'a PersonId,
}

/// A connection that was begun, as the browser's answer finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// For which account.
    pub channel: ChannelId,
    /// By whom.
    pub person: PersonId,
    /// From which browser.
    pub sign_in: String,
    /// What is needed to finish it, sealed.
    pub sealed: Vec<u8>,
}

impl Accounts<'_> {
    /// How an account is connected; `None` when it is not.
    pub async fn connection(&mut self, id: &ChannelId) -> Result<Option<Connection>, StoreError> {
        let found =
            sql("SELECT channel_id, remote, handle, server, way, connected_by, connected_ms, broken_ms,
                 broken_because, limits, ends_ms, checked_ms, missing FROM channel_connection
                 WHERE channel_id = $1")
            .bind(text(id));
        self.0.row(found).await?.as_ref().map(connection).transpose()
    }

    /// What signs in to an account, sealed, and since when the account is connected with it.
    pub async fn sealed_credential(
        &mut self,
        id: &ChannelId,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        let found =
            sql("SELECT sealed, connected_ms FROM channel_connection WHERE channel_id = $1").bind(text(id));
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        Ok(Some((row.raw("sealed")?, row.instant("connected_ms")?)))
    }

    /// Connects an account, or connects it again. What waited for it goes out, comes down or is read at once.
    pub async fn connect(
        &mut self,
        new: &NewConnection<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), AccountError> {
        People(self.0).must_be_manager(new.by, clock.now()).await?;
        self.must_be_connectable(new.channel).await?;
        // Posts that are out are looked for and taken down where they are: on the account that was connected first. The
        // number of an account on one server of Mastodon is somebody else's on another.
        let by_server = self.known(new.channel).await?.network == Network::Mastodon;
        let is_other =
            |before: &Connection| before.remote != new.remote || (by_server && before.server != new.server);
        let other = self.connection(new.channel).await?.filter(is_other);
        if let Some(before) = other {
            return Err(AccountError::AnotherAccount { is: new.handle.to_owned(), before: before.handle });
        }
        let now = clock.now();
        let put = sql(
            "INSERT INTO channel_connection (channel_id, remote, handle, server, way, sealed, connected_by,
                 connected_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (channel_id) DO UPDATE SET handle = excluded.handle, server = excluded.server,
                 way = excluded.way, sealed = excluded.sealed, connected_by = excluded.connected_by,
                 connected_ms = excluded.connected_ms, broken_ms = NULL, broken_because = NULL,
                 limits = NULL, ends_ms = NULL, checked_ms = NULL, missing = NULL",
        )
        .bind(text(new.channel))
        .bind(new.remote.to_owned())
        .bind(new.handle.to_owned())
        .bind(new.server.to_owned())
        .bind(new.way.to_owned())
        .bind(new.sealed.to_vec())
        .bind(new.by.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.run(put).await?;
        let reached = sql("UPDATE channel SET out_of_reach_ms = NULL WHERE id = $1").bind(text(new.channel));
        self.0.run(reached).await?;
        self.call_what_waits(new.channel, now).await?;
        let payload = (new.by, new.remote, new.way);
        Ledger(self.0).append("channel.connected", new.channel.as_str(), &payload, now, entropy).await?;
        Ok(())
    }

    /// What waits for an account goes out, comes down or is read at once.
    pub(super) async fn call_what_waits(&mut self, id: &ChannelId, now: Timestamp) -> Result<(), StoreError> {
        let hasten = sql("UPDATE job SET due_ms = $1 WHERE done_ms IS NULL AND due_ms > $1
                 AND subject IN (SELECT id FROM release_order WHERE channel_id = $2
                     UNION ALL SELECT id FROM channel WHERE id = $2
                     UNION ALL SELECT id FROM old_post WHERE channel_id = $2
                     UNION ALL SELECT id FROM old_import WHERE channel_id = $2)")
        .bind(now.as_millisecond())
        .bind(text(id));
        self.0.run(hasten).await?;
        Ok(())
    }

    /// Keeps the credential that takes the place of the one before. `false` when that one is not there any more: the
    /// account was disconnected, or connected again.
    ///
    /// - `since`: since when the account was connected with the one before.
    pub async fn keep_credential(
        &mut self,
        id: &ChannelId,
        since: Timestamp,
        sealed: &[u8],
    ) -> Result<bool, StoreError> {
        let keep =
            sql("UPDATE channel_connection SET sealed = $1 WHERE channel_id = $2 AND connected_ms = $3")
                .bind(sealed.to_vec())
                .bind(text(id))
                .bind(since.as_millisecond());
        Ok(self.0.run(keep).await? == 1)
    }

    /// The network no longer takes the credential. The first time, every Manager is told by mail.
    ///
    /// - `asked`: when it was asked. Whoever connected the account after that did so with another credential, of which this
    ///   says nothing.
    pub async fn needs_reconnecting(
        &mut self,
        id: &ChannelId,
        asked: Timestamp,
        because: &str,
        accounts_page: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let asked_now =
            sql("UPDATE channel_connection SET checked_ms = $1 WHERE channel_id = $2 AND connected_ms <= $3")
                .bind(now.as_millisecond())
                .bind(text(id))
                .bind(asked.as_millisecond());
        self.0.run(asked_now).await?;
        let mark = sql("UPDATE channel_connection SET broken_ms = $1, broken_because = $2
             WHERE channel_id = $3 AND broken_ms IS NULL AND connected_ms <= $4")
        .bind(now.as_millisecond())
        .bind(because.chars().take(300).collect::<String>())
        .bind(text(id))
        .bind(asked.as_millisecond());
        if self.0.run(mark).await? == 0 {
            return Ok(());
        }
        let channel = self.channel(id).await?;
        let goes_out = channel.as_ref().is_some_and(Channel::is_permitted);
        let name = channel.map(|channel| channel.name).unwrap_or_default();
        let (lost, waits) = if goes_out {
            let waits = "Posts that are approved wait until then; nothing of them is lost. Posts that are to be taken down \
                         wait as well:";
            ("post on", waits)
        } else {
            (
                "take anything down on",
                "Nothing new goes out there. Posts that are to be taken down wait until then:",
            )
        };
        let body = format!(
            "The trust can no longer {lost} {name}: {because}.\n\nConnect the account again here:\n{accounts_page}\n\n\
             {waits} if one is urgent, take it down on the network itself.\n"
        );
        tell_managers(self.0, "An account has to be connected again", &body, clock, entropy).await?;
        Ledger(self.0).append("channel.broken", id.as_str(), &(), now, entropy).await?;
        Ok(())
    }

    /// Something has to go from an account that is not connected, and only a person can take it down there. The first time,
    /// every Manager and safeguarding lead is told by mail.
    ///
    /// - `origin`: the site's own address.
    pub async fn is_out_of_reach(
        &mut self,
        id: &ChannelId,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let mark = sql("UPDATE channel SET out_of_reach_ms = $1 WHERE id = $2 AND out_of_reach_ms IS NULL")
            .bind(now.as_millisecond())
            .bind(text(id));
        if self.0.run(mark).await? == 0 {
            return Ok(());
        }
        let name = self.channel(id).await?.map(|channel| channel.name).unwrap_or_default();
        let body = format!(
            "Something has to be taken down from {name}, and the account is not connected, so the program cannot do it.\n\n\
             If it is urgent, take it down on the network itself. What waits stands in the lists of posts and of old \
             posts:\n{origin}/posts\n{origin}/old-posts?show=gone\n\nWhen the Manager connects the account again, the \
             program takes down what is left:\n{origin}/accounts\n"
        );
        let subject = "Something has to be taken down from an account that is not connected";
        tell(self.0, &[Role::Manager, Role::Dsl], (subject, &body), clock, entropy).await?;
        Ledger(self.0).append("channel.out_of_reach", id.as_str(), &(), now, entropy).await?;
        Ok(())
    }

    /// Takes the permission for an account back, and answers what [`Self::forget_ended`] does.
    pub async fn disconnect(
        &mut self,
        id: &ChannelId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Vec<u8>>, AccountError> {
        self.end_permission(id, by, clock, entropy).await?;
        Ok(self.forget_ended(id, clock, entropy).await?)
    }

    /// Forgets how to sign in to an account that was ended, once nothing of the trust's is public on it: until then a
    /// withdrawal must still be able to take posts down, those from before this program as well unless somebody looked and
    /// saw nobody of ours in them. Answers what signed in there, sealed, to be given back.
    pub async fn forget_ended(
        &mut self,
        id: &ChannelId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let forget = sql("DELETE FROM channel_connection WHERE channel_id = $1
                 AND EXISTS (SELECT 1 FROM channel WHERE id = $1 AND ended_ms IS NOT NULL)
                 AND NOT EXISTS (SELECT 1 FROM release_order WHERE channel_id = $1
                     AND state NOT IN ('queued', 'stopped', 'gone'))
                 AND NOT EXISTS (SELECT 1 FROM old_post WHERE channel_id = $1
                     AND (state = 'taking_down' OR (state = 'public' AND said <> 'nobody')))
             RETURNING sealed")
        .bind(text(id));
        let Some(row) = self.0.row(forget).await? else { return Ok(None) };
        Ledger(self.0).append("channel.disconnected", id.as_str(), &(), clock.now(), entropy).await?;
        row.raw("sealed").map(Some)
    }

    /// Remembers a connection that goes on in the browser.
    ///
    /// - `state`: what the browser will bring back; only its hash is kept.
    pub async fn begin_connection(
        &mut self,
        state: &str,
        channel: &ChannelId,
        by: &PersonId,
        sign_in: &SignInId,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<(), AccountError> {
        self.must_be_connectable(channel).await?;
        let ends = now.checked_add(BEGUN).unwrap_or(now);
        let put = sql(
            "INSERT INTO connection_begun (state_hash, channel_id, person_id, sign_in_id, sealed, ends_ms)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(Digest::of(state.as_bytes()).to_string())
        .bind(text(channel))
        .bind(by.as_str().to_owned())
        .bind(sign_in.as_str().to_owned())
        .bind(sealed.to_vec())
        .bind(ends.as_millisecond());
        self.0.run(put).await?;
        Ok(())
    }

    /// For which account this browser began a connection that has not come back yet.
    pub async fn begun_for(
        &mut self,
        state: &str,
        sign_in: &SignInId,
        now: Timestamp,
    ) -> Result<Option<ChannelId>, StoreError> {
        let found = sql("SELECT channel_id FROM connection_begun
             WHERE state_hash = $1 AND sign_in_id = $2 AND ends_ms > $3")
        .bind(Digest::of(state.as_bytes()).to_string())
        .bind(sign_in.as_str().to_owned())
        .bind(now.as_millisecond());
        self.0.row(found).await?.map(|row| row.read("channel_id", ChannelId::parse)).transpose()
    }

    /// Whether a connection was begun that nobody can finish any more: asked before a writer's turn is taken.
    pub async fn is_one_abandoned(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let found = sql("SELECT channel_id FROM connection_begun WHERE ends_ms <= $1 LIMIT 1");
        Ok(self.0.row(found.bind(now.as_millisecond())).await?.is_some())
    }

    /// Forgets the connections that nobody can finish any more. Answers what was kept of them, to be given back.
    pub async fn forget_abandoned(&mut self, now: Timestamp) -> Result<Vec<Begun>, StoreError> {
        let old = sql("DELETE FROM connection_begun WHERE ends_ms <= $1
             RETURNING channel_id, person_id, sign_in_id, sealed");
        self.0.rows(old.bind(now.as_millisecond())).await?.iter().map(begun).collect()
    }

    /// The connection the browser brings back, once; `None` when it took too long, was used, or belongs to another browser.
    pub async fn take_begun(
        &mut self,
        state: &str,
        sign_in: &SignInId,
        now: Timestamp,
    ) -> Result<Option<Begun>, StoreError> {
        let take =
            sql("DELETE FROM connection_begun WHERE state_hash = $1 AND sign_in_id = $2 AND ends_ms > $3
             RETURNING channel_id, person_id, sign_in_id, sealed")
            .bind(Digest::of(state.as_bytes()).to_string())
            .bind(sign_in.as_str().to_owned())
            .bind(now.as_millisecond());
        self.0.row(take).await?.as_ref().map(begun).transpose()
    }
}

fn connection(row: &AnyRow) -> Result<Connection, StoreError> {
    let since = row.maybe_instant("broken_ms")?;
    Ok(Connection {
        channel: row.read("channel_id", ChannelId::parse)?,
        remote: row.text("remote")?,
        handle: row.text("handle")?,
        server: row.text("server")?,
        way: row.text("way")?,
        by: row.read("connected_by", PersonId::parse)?,
        connected: row.instant("connected_ms")?,
        broken: since.zip(row.maybe_text("broken_because")?),
        checked: checked(row)?,
    })
}

fn begun(row: &AnyRow) -> Result<Begun, StoreError> {
    Ok(Begun {
        channel: row.read("channel_id", ChannelId::parse)?,
        person: row.read("person_id", PersonId::parse)?,
        sign_in: row.text("sign_in_id")?,
        sealed: row.raw("sealed")?,
    })
}
