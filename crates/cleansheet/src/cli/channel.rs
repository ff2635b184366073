//! `cleansheet channel list|check`: the official accounts, and what exactly is missing before anything goes out there.

use std::sync::Arc;

use clap::{Args, Subcommand};
use cleansheet_channels::{ChannelError, Health, Missing};
use cleansheet_records::accounts::{Accounts, health::Lacking};
use cleansheet_terms::{ChannelId, Network, Timestamp, day_in_london};
use serde::Serialize;

use super::{Ended, Failed, block_on, place::Place, say, say_json, serve::Lookup};
use crate::{
    app::{App, Places, Settings},
    connections::NotUsable,
    kept::Kept,
    lock::Lock,
    profile::Profile,
    s3,
    system::{SystemClock, SystemEntropy},
};

/// The address of a trust that was set up without one.
const THIS_MACHINE: &str = "http://localhost:8080";

#[derive(Subcommand)]
pub(crate) enum ChannelCommand {
    /// List the official accounts and how they stand, from the records alone
    #[command(after_help = "Example: cleansheet channel list --data /srv/trust --json")]
    List(Where),
    /// Sign in to each account and say what is missing; publishes nothing. The program must not be running
    #[command(after_help = "Example: cleansheet channel check --data /srv/trust")]
    Check(Box<Check>),
}

#[derive(Args)]
pub(crate) struct Where {
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    at: Where,
    /// The address people use
    #[arg(long)]
    public_url: Option<String>,
    /// A bucket for pictures instead of the data folder; see `cleansheet serve --help`
    #[arg(long)]
    media: Option<s3::Address>,
    #[command(flatten)]
    lookup: Lookup,
}

/// One account in the table.
#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    network: Network,
    /// The network's name of the account.
    handle: Option<String>,
    /// Nothing is missing.
    ready: bool,
    /// What is missing, and what to do.
    say: String,
    /// Permissions that the network has not given, each with what it is needed for.
    missing: Vec<Lacking>,
    /// When the sign-in ends; `null` when it does not, or the network does not say.
    ends: Option<Timestamp>,
    /// It is permitted, or something has still to come down from it.
    in_use: bool,
}

impl Line {
    /// The account answers; what its network has not given stands in the way all the same.
    fn heard(&mut self, health: &Health) {
        let lacking = |one: &Missing| Lacking {
            permission: one.permission.clone(),
            needed_for: one.needed_for.to_owned(),
            optional: one.optional,
        };
        self.missing = health.missing.iter().map(lacking).collect();
        self.ends = health.ends;
        self.ready = self.missing.iter().all(|one| one.optional);
        self.say = lacks(&self.missing).unwrap_or_else(|| "ready".to_owned());
        if let Some(ends) = self.ends {
            self.say = format!("{}; the sign-in ends on {}", self.say, day_in_london(ends));
        }
    }

    fn failed(&mut self, error: &NotUsable) {
        self.ready = false;
        self.say = match error {
            NotUsable::Channel(ChannelError::Reconnect(_)) => {
                format!("{error}; connect it again on the page Accounts")
            }
            error => error.to_string(),
        };
    }
}

/// What is missing and what to do; `None` when nothing is.
fn lacks(missing: &[Lacking]) -> Option<String> {
    let each: Vec<String> = missing
        .iter()
        .filter(|one| !one.optional)
        .map(|one| format!("{} is missing, needed {}", one.permission, one.needed_for))
        .collect();
    (!each.is_empty()).then(|| {
        format!(
            "{}; connect it again on the page Accounts and leave every permission ticked",
            each.join("; ")
        )
    })
}

impl ChannelCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::List(at) => {
                let (places, _) = at.place.of_a_trust()?;
                let lines = block_on(async move { listed(&places).await })?;
                tell(&lines, at.json)?;
                Ok(Ended::Done)
            }
            Self::Check(check) => check.run(),
        }
    }
}

impl Check {
    fn run(self) -> Result<Ended, Failed> {
        let (mut places, _) = self.at.place.of_a_trust()?;
        places.media = self.media;
        // A session is renewed by one process only: its refresh token works once.
        let _lock = Lock::take(&places.data)
            .map_err(|e| Failed::new(format!("{e}, or press Try the connection on its page Accounts")))?;
        let profile = Profile::read(&places.profile()).map_err(Failed::new)?;
        let kept = Kept::read(&places).map_err(Failed::new)?;
        let public_url = self.public_url.or(kept.public_url).unwrap_or_else(|| THIS_MACHINE.to_owned());
        let public_url = public_url.trim_end_matches('/').to_owned();
        let (bluesky, networks) = self.lookup.places(&public_url);
        let settings = Settings { bluesky, networks, ..Settings::new(&public_url, profile) };
        let lines = block_on(async move {
            let app = App::open(&places, settings, None, Arc::new(SystemClock), SystemEntropy).await;
            let app = app.map_err(Failed::new)?;
            let mut lines = listed(&places).await?;
            for line in lines.iter_mut().filter(|line| line.in_use) {
                let id = ChannelId::parse(&line.id).map_err(Failed::new)?;
                match app.tried(&id).await {
                    Ok(health) => line.heard(&health),
                    Err(error) => line.failed(&error),
                }
            }
            app.records.close().await;
            Ok(lines)
        })?;
        tell(&lines, self.at.json)?;
        let all = !lines.is_empty() && lines.iter().all(|line| line.ready);
        Ok(if all { Ended::Done } else { Ended::Unfinished })
    }
}

async fn listed(places: &Places) -> Result<Vec<Line>, Failed> {
    let records = places.records().await.map_err(Failed::new)?;
    let mut tx = records.read().await.map_err(Failed::new)?;
    let mut lines = Vec::new();
    for channel in Accounts(&mut tx).channels_in_use().await.map_err(Failed::new)? {
        let connection = Accounts(&mut tx).connection(&channel.id).await.map_err(Failed::new)?;
        let in_use = Accounts(&mut tx).still_signs_in(&channel).await.map_err(Failed::new)?;
        let broken = connection.as_ref().and_then(|connection| connection.broken.clone());
        let checked = connection.as_ref().map(|connection| connection.checked.clone()).unwrap_or_default();
        let wanting = if in_use {
            let wanting = missing(channel.network, connection.is_some(), broken.map(|(_, why)| why));
            wanting.or_else(|| lacks(&checked.missing))
        } else {
            None
        };
        let fine = if in_use { "ready" } else { "ended; nothing is published there" };
        lines.push(Line {
            id: channel.id.to_string(),
            name: channel.name,
            network: channel.network,
            handle: connection.map(|connection| connection.handle),
            ready: wanting.is_none(),
            say: wanting.unwrap_or_else(|| fine.to_owned()),
            missing: checked.missing,
            ends: checked.ends,
            in_use,
        });
    }
    drop(tx);
    records.close().await;
    Ok(lines)
}

fn missing(network: Network, connected: bool, broken: Option<String>) -> Option<String> {
    match (network, connected, broken) {
        (Network::Website, ..) => None,
        (_, true, Some(why)) => Some(format!("{why}; connect it again on the page Accounts")),
        (_, true, None) => None,
        (_, false, _) => Some("not connected; the Manager connects it on the page Accounts".to_owned()),
    }
}

fn tell(lines: &[Line], json: bool) -> Result<(), Failed> {
    if json {
        return say_json(&lines);
    }
    if lines.is_empty() {
        say("No account yet; the Manager adds one on the page Accounts.");
    }
    for line in lines {
        let sign = if line.ready { "ok     " } else { "missing" };
        let handle = line.handle.as_ref().map(|handle| format!(" ({handle})")).unwrap_or_default();
        say(format!("{sign}  {}, {}{handle}: {}", line.name, line.network, line.say));
    }
    Ok(())
}
