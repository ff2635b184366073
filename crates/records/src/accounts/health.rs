//! What networks say of the accounts that are connected: the permissions they gave, their limits, and when what signs in
//! runs out. Whoever has to do something about it is told in time, each occasion once.

use cleansheet_terms::{ChannelId, Clock, Date, Entropy, LONDON, Network, Timestamp, day_in_london};
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{Accounts, Channel, connections::Connection, tell_managers, text};
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    told::Told,
};

/// Days before a sign-in ends on which the Manager is told.
pub const SIGN_IN_ENDS: [i64; 3] = [14, 7, 1];
/// Days before a version of a network's interface ends on which the Manager is told.
pub const VERSION_ENDS: [i64; 3] = [90, 30, 7];
const MS_OF_A_DAY: i64 = 86_400_000;

/// A permission that a network has not given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lacking {
    /// The network's own name for it.
    pub permission: String,
    /// What it is needed for, in words.
    pub needed_for: String,
    /// It can be done without: what it is for becomes a person's task.
    #[serde(default)]
    pub optional: bool,
}

/// What a network said of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// When; `None` when it has not been asked since the account was connected.
    pub at: Option<Timestamp>,
    /// Its limits: JSON that only channels read.
    pub limits: Option<String>,
    /// When what signs in runs out; `None` when it does not, or nobody says.
    pub ends: Option<Timestamp>,
    /// What it has not given.
    pub missing: Vec<Lacking>,
}

/// The version of a network's interface that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionEnds<'a> {
    /// Whose, for people.
    pub network: &'a str,
    /// Its name, for example `v25.0`.
    pub version: &'a str,
    /// The last day on which it is answered; `None` when this program does not know it.
    pub last: Option<Date>,
}

impl Accounts<'_> {
    /// Keeps what a network said of an account just now, unless that was connected again after it was asked. `true` when the
    /// network had not taken it before and does again: what waited for it goes on at once.
    ///
    /// - `asked`: when it was asked.
    /// - `handle`: its name as people write it; empty when the network did not say.
    pub async fn keep_checked(
        &mut self,
        id: &ChannelId,
        asked: Timestamp,
        handle: &str,
        checked: &Checked,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        let missing = if checked.missing.is_empty() {
            None
        } else {
            Some(serde_json::to_string(&checked.missing).map_err(|_| StoreError::damaged("missing"))?)
        };
        let keep =
            sql("UPDATE channel_connection SET limits = $1, ends_ms = $2, checked_ms = $3, missing = $4,
                 handle = CASE WHEN $5 = '' THEN handle ELSE $5 END
                 WHERE channel_id = $6 AND connected_ms <= $7")
            .bind(checked.limits.clone())
            .bind(checked.ends.map(Timestamp::as_millisecond))
            .bind(checked.at.map(Timestamp::as_millisecond))
            .bind(missing)
            .bind(handle.to_owned())
            .bind(text(id))
            .bind(asked.as_millisecond());
        self.0.run(keep).await?;
        let mended = sql("UPDATE channel_connection SET broken_ms = NULL, broken_because = NULL
                 WHERE channel_id = $1 AND broken_ms IS NOT NULL AND connected_ms <= $2")
        .bind(text(id))
        .bind(asked.as_millisecond());
        if self.0.run(mended).await? == 0 {
            return Ok(false);
        }
        let now = clock.now();
        self.call_what_waits(id, now).await?;
        Ledger(self.0).append("channel.mended", id.as_str(), &(), now, entropy).await?;
        Ok(true)
    }

    /// The accounts that a night's look is due for: connected, with something to go out or to come down, and not asked
    /// today. Those that are known to be broken are among them: some are mended at the network itself.
    pub async fn due_for_a_check(&mut self, now: Timestamp) -> Result<Vec<ChannelId>, StoreError> {
        let today = day_in_london(now);
        let mut due = Vec::new();
        for channel in self.channels_in_use().await? {
            let Some(connection) = self.connection(&channel.id).await? else { continue };
            let asked = connection.checked.at.is_some_and(|at| day_in_london(at) >= today);
            if !asked && self.still_signs_in(&channel).await? {
                due.push(channel.id);
            }
        }
        Ok(due)
    }
}

/// Tells every Manager of sign-ins and versions that end soon and of permissions that are missing, each occasion once. Says
/// how many occasions there were.
///
/// - `accounts_page`: for the account's id, the page where it is connected.
pub async fn warn(
    tx: &mut Tx,
    versions: &[VersionEnds<'_>],
    accounts_page: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<usize, StoreError> {
    let mut told = 0;
    for one in occasions(tx, versions, accounts_page, clock.now()).await? {
        if Told(tx).first(&one.about, &one.what, clock.now()).await? {
            tell_managers(tx, one.subject, &one.body, clock, entropy).await?;
            told += 1;
        }
    }
    Ok(told)
}

/// Whether [`warn`] has somebody to tell: asked before a writer's turn is taken.
pub async fn warning_is_due(
    tx: &mut Tx,
    versions: &[VersionEnds<'_>],
    now: Timestamp,
) -> Result<bool, StoreError> {
    for one in occasions(tx, versions, "", now).await? {
        if !Told(tx).already(&one.about, &one.what).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Something to be told once.
struct Occasion {
    about: String,
    what: String,
    subject: &'static str,
    body: String,
}

async fn occasions(
    tx: &mut Tx,
    versions: &[VersionEnds<'_>],
    accounts_page: &str,
    now: Timestamp,
) -> Result<Vec<Occasion>, StoreError> {
    let (mut all, mut meta) = (Vec::new(), false);
    for channel in Accounts(tx).channels_in_use().await? {
        let Some(connection) = Accounts(tx).connection(&channel.id).await? else { continue };
        if connection.broken.is_some() || !Accounts(tx).still_signs_in(&channel).await? {
            continue;
        }
        meta |= matches!(channel.network, Network::Facebook | Network::Instagram);
        let page = format!("{accounts_page}/{}/connect", channel.id);
        all.extend(connection.checked.ends.and_then(|ends| sign_in_ends(&channel, ends, &page, now)));
        all.extend(lacking(&channel, &connection, &page));
    }
    if meta {
        all.extend(versions.iter().filter_map(|one| version_ends(one, now)));
    }
    Ok(all)
}

/// The narrowest of these spans that what ends lies within; `None` when it is further off, or over.
fn within(ends: Timestamp, spans: [i64; 3], now: Timestamp) -> Option<i64> {
    let left = ends.as_millisecond() - now.as_millisecond();
    let narrowest = spans.into_iter().filter(|days| left <= days * MS_OF_A_DAY).min();
    narrowest.filter(|_| left > 0)
}

fn sign_in_ends(channel: &Channel, ends: Timestamp, page: &str, now: Timestamp) -> Option<Occasion> {
    let days = within(ends, SIGN_IN_ENDS, now)?;
    let (name, last) = (&channel.name, day_in_london(ends));
    let span = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    Some(Occasion {
        about: channel.id.to_string(),
        what: format!("sign-in ends {} {days} days", ends.as_millisecond()),
        subject: "The sign-in of an account ends soon",
        body: format!(
            "The trust’s sign-in to {name} ends within {span}, on {last}. From then on nothing goes out there, and nothing \
             can be taken down by the program.\n\nConnect the account again before that; it takes two minutes, and posts \
             that wait stay where they are:\n{page}\n"
        ),
    })
}

fn lacking(channel: &Channel, connection: &Connection, page: &str) -> Option<Occasion> {
    let checked = &connection.checked;
    let mut missing: Vec<Lacking> = checked.missing.iter().filter(|one| !one.optional).cloned().collect();
    if missing.is_empty() {
        return None;
    }
    missing.sort();
    let names: Vec<&str> = missing.iter().map(|one| one.permission.as_str()).collect();
    let lines: Vec<String> =
        missing.iter().map(|one| format!("- {}: needed {}", one.permission, one.needed_for)).collect();
    Some(Occasion {
        about: channel.id.to_string(),
        // Given again and lost again it is another occasion.
        what: format!("missing {} since {}", names.join(" "), connection.connected.as_millisecond()),
        subject: "An account lacks a permission",
        body: format!(
            "{} has not given the trust everything it needs for {}:\n{}\n\nConnect the account again and leave every \
             permission ticked:\n{page}\n",
            channel.network,
            channel.name,
            lines.join("\n")
        ),
    })
}

fn version_ends(one: &VersionEnds<'_>, now: Timestamp) -> Option<Occasion> {
    let VersionEnds { network, version, last } = one;
    let lost = "nothing can be published on or taken down from Facebook and Instagram until the program speaks a newer one";
    let (what, subject, body) = match last.map(|last| (last, last_instant(last))) {
        None => (
            "version is not known".to_owned(),
            "Nobody here knows when a network’s interface ends",
            format!(
                "The program is set to speak version {version} of {network}’s interface, and does not know when that one \
                 ends. When it does, {lost}, and nobody is told before.\n\nAsk whoever looks after the server to update \
                 Cleansheet, or to look at {network}’s own list of versions and at the setting CLEANSHEET_META_VERSION.\n"
            ),
        ),
        Some((last, ends)) if ends.is_some_and(|ends| ends <= now) => (
            format!("version ended {last}"),
            "A network’s interface that we use has ended",
            format!(
                "{network} ended version {version} of its interface on {last}: {lost}.\n\nAsk whoever looks after the server \
                 to update Cleansheet now. A newer version can be tried at once with the setting CLEANSHEET_META_VERSION.\n"
            ),
        ),
        Some((last, ends)) => {
            let days = within(ends?, VERSION_ENDS, now)?;
            (
                format!("version ends {last} {days} days"),
                "A network’s interface that we use ends soon",
                format!(
                    "{network} ends version {version} of its interface on {last}. After that {lost}.\n\nAsk whoever looks \
                     after the server to update Cleansheet before that day. A newer version can be tried at once with the \
                     setting CLEANSHEET_META_VERSION.\n"
                ),
            )
        }
    };
    Some(Occasion { about: format!("{network} {version}"), what, subject, body })
}

/// The end of a day in London.
fn last_instant(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?;
    Some(next.to_datetime(Time::midnight()).in_tz(LONDON).ok()?.timestamp())
}

/// Days until an instant, begun ones counted; 0 when it is over.
pub fn days_left(ends: Timestamp, now: Timestamp) -> i64 {
    let left = (ends.as_millisecond() - now.as_millisecond()).max(0);
    (left + MS_OF_A_DAY - 1) / MS_OF_A_DAY
}

pub(super) fn checked(row: &AnyRow) -> Result<Checked, StoreError> {
    let missing = row.maybe_text("missing")?;
    let missing = missing.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Checked {
        at: row.maybe_instant("checked_ms")?,
        limits: row.maybe_text("limits")?,
        ends: row.maybe_instant("ends_ms")?,
        missing: missing.map_err(|_| StoreError::damaged("missing"))?.unwrap_or_default(),
    })
}
