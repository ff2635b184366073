//! `cleansheet channel list|check`: the official accounts, and what exactly is missing before anything goes out there.

use std::{path::PathBuf, sync::Arc};

use clap::{Args, Subcommand};
use cleansheet_records::accounts::{Accounts, Channel};
use cleansheet_terms::{ChannelId, Network};
use serde::Serialize;

use super::{Ended, Failed, block_on, data_folder, say, say_json, serve::Lookup};
use crate::{
    app::{App, Places, Settings},
    connections::NotUsable,
    lock::Lock,
    profile::Profile,
    system::{SystemClock, SystemEntropy},
};

#[derive(Subcommand)]
pub(crate) enum ChannelCommand {
    /// List the official accounts and how they stand, from the records alone
    #[command(after_help = "Example: cleansheet channel list --data /srv/trust --json")]
    List(Where),
    /// Sign in to each account and say what is missing; publishes nothing. The program must not be running
    #[command(after_help = "Example: cleansheet channel check --data /srv/trust")]
    Check(Check),
}

#[derive(Args)]
pub(crate) struct Where {
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long, env = "CLEANSHEET_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// The key file; by default beside the data folder
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    at: Where,
    /// The address people use
    #[arg(long, default_value = "http://localhost:8080")]
    public_url: String,
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
}

impl ChannelCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::List(at) => {
                let (places, json) = (at.places()?, at.json);
                let lines = block_on(async move { listed(&places).await })?;
                tell(&lines, json)?;
                Ok(Ended::Done)
            }
            Self::Check(check) => check.run(),
        }
    }
}

impl Where {
    fn places(&self) -> Result<Places, Failed> {
        let mut places = Places::of(&data_folder(self.data.clone()));
        places.database = self.database.clone();
        if let Some(keys) = &self.keys {
            places.keys = keys.clone();
        }
        if places.hold_a_trust() {
            return Ok(places);
        }
        let data = places.data.display();
        Err(Failed::new(format!("there is no trust in `{data}`; say where it is with --data")))
    }
}

impl Check {
    fn run(self) -> Result<Ended, Failed> {
        let (places, json) = (self.at.places()?, self.at.json);
        // A session is renewed by one process only: its refresh token works once.
        let _lock = Lock::take(&places.data)
            .map_err(|e| Failed::new(format!("{e}, or press Try the connection on its page Accounts")))?;
        let profile = Profile::read(&places.profile()).map_err(Failed::new)?;
        let public_url = self.public_url.trim_end_matches('/').to_owned();
        let bluesky = self.lookup.directories(&public_url);
        let settings = Settings { bluesky, ..Settings::new(&public_url, profile) };
        let lines = block_on(async move {
            let app = App::open(&places, settings, None, Arc::new(SystemClock), SystemEntropy).await;
            let app = app.map_err(Failed::new)?;
            let mut lines = listed(&places).await?;
            for line in &mut lines {
                let id = ChannelId::parse(&line.id).map_err(Failed::new)?;
                let tried = app.tried(&id).await;
                line.ready = tried.is_ok();
                line.say = match tried {
                    Ok(()) => "ready".to_owned(),
                    Err(error @ NotUsable::Channel(_)) => {
                        format!("{error}; connect it again on the page Accounts")
                    }
                    Err(error) => error.to_string(),
                };
            }
            app.records.close().await;
            Ok(lines)
        })?;
        tell(&lines, json)?;
        let all = !lines.is_empty() && lines.iter().all(|line| line.ready);
        Ok(if all { Ended::Done } else { Ended::Unfinished })
    }
}

async fn listed(places: &Places) -> Result<Vec<Line>, Failed> {
    let records = places.records().await.map_err(Failed::new)?;
    let mut tx = records.read().await.map_err(Failed::new)?;
    let mut lines = Vec::new();
    for channel in Accounts(&mut tx).channels().await.map_err(Failed::new)? {
        let connection = Accounts(&mut tx).connection(&channel.id).await.map_err(Failed::new)?;
        let broken = connection.as_ref().and_then(|connection| connection.broken.clone());
        let missing = missing(&channel, connection.is_some(), broken.map(|(_, why)| why));
        lines.push(Line {
            id: channel.id.to_string(),
            name: channel.name,
            network: channel.network,
            handle: connection.map(|connection| connection.handle),
            ready: missing.is_none(),
            say: missing.unwrap_or_else(|| "ready".to_owned()),
        });
    }
    drop(tx);
    records.close().await;
    Ok(lines)
}

fn missing(channel: &Channel, connected: bool, broken: Option<String>) -> Option<String> {
    if channel.ended.is_some() {
        return Some("ended; nothing is published there".to_owned());
    }
    if channel.permitted.is_none() {
        return Some("the Manager has not permitted it".to_owned());
    }
    match (channel.network, connected, broken) {
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
