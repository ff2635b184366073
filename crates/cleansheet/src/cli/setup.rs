//! `cleansheet setup`: a new trust and a one-time link for its first Manager.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use clap::Args;
use cleansheet_records::{
    accounts::Accounts,
    people::{NewPerson, People, RoleRequirement},
    settings::{Because, Settings as Trust},
    sign_ins::{LinkKind, SignIns},
};
use cleansheet_terms::{Clock as _, Network, Role};

use super::{Ended, Failed, block_on, complain, data_folder, doctor, say};
use crate::{
    app::{App, Places, Settings},
    kept::{Connections, Kept},
    lock::{Lock, LockError},
    policy_clock,
    profile::Profile,
    s3,
    system::{SystemClock, SystemEntropy},
    wordings,
};

mod questions;

use questions::{Answers, Asker};

const NO_TERMINAL: &str = "there is no terminal to ask in; write the trust's facts into a file as in profiles/demo.toml, \
    and give it with --profile";

#[derive(Args)]
pub(crate) struct Setup {
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// The organisation's own facts, for example profiles/cuct.toml; without it, the terminal asks
    #[arg(long)]
    profile: Option<PathBuf>,
    /// The address people will use
    #[arg(long)]
    public_url: Option<String>,
    /// The key file; by default beside the data folder
    #[arg(long)]
    keys: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long, env = "CLEANSHEET_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// A bucket for pictures instead of the data folder; see `cleansheet serve --help`
    #[arg(long)]
    media: Option<s3::Address>,
}

/// What a trust is set up with.
struct Facts {
    /// The profile's text, to be kept.
    text: String,
    profile: Profile,
    asked: Option<Answers>,
}

impl Setup {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let mut places = Places::of(&data_folder(self.data));
        places.media = self.media;
        places.keys = self.keys.unwrap_or(places.keys);
        let mut connections = Connections::read(&places).map_err(Failed::new)?;
        let mut kept = Kept::read(&places).map_err(Failed::new)?;
        if let Some(address) = &self.public_url {
            questions::an_origin(address).map_err(Failed::new)?;
        }
        let Some(facts) = facts(self.profile, &places)? else {
            complain(NO_TERMINAL);
            return Ok(Ended::Misused);
        };
        let asked = facts.asked.as_ref();
        let public_url = self
            .public_url
            .or_else(|| asked.map(|asked| asked.public_url.clone()))
            .or(kept.public_url)
            .unwrap_or_else(|| "http://localhost:8080".to_owned());
        let public_url = public_url.trim_end_matches('/').to_owned();
        kept.public_url = Some(public_url.clone());
        if let Some(database) = self.database {
            connections.database = Some(database);
        }
        if let Some(smtp) = asked.and_then(|asked| asked.smtp.clone()) {
            connections.smtp = Some(smtp);
        }
        places.database.clone_from(&connections.database);
        let keys = places.keys.display().to_string();
        let manager = facts.profile.contacts.manager.name.clone();
        let (link, missing) = block_on(make(&places, &facts, &public_url))?;
        kept.write(&places).map_err(Failed::new)?;
        if connections != Connections::default() {
            connections.write(&places).map_err(Failed::new)?;
        }
        say(format!("The trust is ready in {}.", places.data.display()));
        say(format!("Its keys are in {keys}: keep a copy apart from the backups."));
        say("What this machine has, and what is missing:");
        block_on(doctor::self_test(&places))?;
        say(format!(
            "Sign in once as {manager} within 24 hours, after starting `cleansheet serve --data {}`:",
            places.data.display()
        ));
        say(format!("{public_url}/sign-in/{link}"));
        for line in policy_clock::at_setup(&facts.profile, &missing, &public_url, SystemClock.now()) {
            say(line);
        }
        Ok(Ended::Done)
    }
}

/// From the file that was given, from the trust that is there, or from the terminal; `None` when there is none of them.
fn facts(profile: Option<PathBuf>, places: &Places) -> Result<Option<Facts>, Failed> {
    let there = Some(places.profile()).filter(|path| path.exists());
    if let Some(path) = profile.or(there) {
        let profile = Profile::read(&path).map_err(Failed::new)?;
        let text = fs::read_to_string(&path).map_err(Failed::new)?;
        return Ok(Some(Facts { text, profile, asked: None }));
    }
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let asked = questions::ask(&mut Terminal, SystemClock.now())
        .ok_or_else(|| Failed::new("the answers ended early; nothing was set up"))?;
    let profile = Profile::parse(&asked.profile)
        .map_err(|e| Failed::new(format!("the answers make no profile ({e}); give a file with --profile")))?;
    Ok(Some(Facts { text: asked.profile.clone(), profile, asked: Some(asked) }))
}

/// The terminal this program was started in.
struct Terminal;

impl Asker for Terminal {
    fn say(&mut self, line: &str) {
        say(line);
    }

    fn answer(&mut self, question: &str, hidden: bool) -> Option<String> {
        let echo = |on: &str| {
            let asked = Command::new("stty").arg(on).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
            // Without `stty` the password is seen by whoever stands there; the file that keeps it is safe all the same.
            let _seen_then = asked;
        };
        if hidden {
            echo("-echo");
        }
        say(format!("{question}:"));
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        if hidden {
            echo("echo");
        }
        read.ok().filter(|bytes| *bytes > 0).map(|_| line)
    }
}

/// Makes the trust and answers the secret part of its Manager's first link.
/// The secret part of a one-time link, and whom the policy's cover names as reviewers who are not among the people.
async fn make(places: &Places, facts: &Facts, public_url: &str) -> Result<(String, Vec<String>), Failed> {
    let lock = Lock::take(&places.data);
    let profile = facts.profile.clone();
    let manager = profile.contacts.manager.clone();
    let settings = Settings::new(public_url, profile);
    let app =
        App::open(places, settings, None, Arc::new(SystemClock), SystemEntropy).await.map_err(Failed::new)?;
    let link = first_manager(&app, &manager.name, &manager.mail, &lock).await?;
    let missing = policy_clock::not_here(&app).await.map_err(Failed::new)?;
    fs::write(places.profile(), &facts.text).map_err(Failed::new)?;
    app.records.close().await;
    Ok((link, missing))
}

/// The secret part of a one-time link. Run again, it makes a new link for the same Manager and changes nothing else.
async fn first_manager(
    app: &App,
    name: &str,
    mail: &str,
    lock: &Result<Lock, LockError>,
) -> Result<String, Failed> {
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await.map_err(Failed::new)?;
    let manager = match People(&mut tx).by_mail(mail).await.map_err(Failed::new)? {
        Some(person) if person.roles.contains(&Role::Manager) => person.id,
        Some(_) => return Err(Failed::new(format!("`{mail}` is in the records, but not as Manager"))),
        None if People(&mut tx).list().await.map_err(Failed::new)?.is_empty() => {
            let new = NewPerson { name, mail, roles: &[Role::Manager] };
            let manager = People(&mut tx).add(&new, None, clock, &mut chance).await.map_err(Failed::new)?;
            for requirement in RoleRequirement::usual() {
                let kept = People(&mut tx).require(&requirement, Some(&manager), clock, &mut chance).await;
                kept.map_err(Failed::new)?;
            }
            let mut accounts = Accounts(&mut tx);
            let news =
                accounts.add(Network::Website, "News page", clock, &mut chance).await.map_err(Failed::new)?;
            accounts.permit(&news, &manager, clock, &mut chance).await.map_err(Failed::new)?;
            let asked = { wordings::put_shipped_in_force(&mut tx, Some(&manager), clock, &mut chance).await };
            asked.map_err(Failed::new)?;
            manager
        }
        None => {
            return Err(Failed::new(format!(
                "a trust with another Manager than `{mail}` is in this folder; choose another with --data"
            )));
        }
    };
    let link = SignIns(&mut tx)
        .make_link(&manager, LinkKind::Once, clock, &mut chance)
        .await
        .map_err(Failed::new)?;
    tx.commit().await.map_err(Failed::new)?;
    let paused =
        Trust(&mut app.records.read().await.map_err(Failed::new)?).pause().await.map_err(Failed::new)?;
    // A program that serves this trust meanwhile writes the ledger's files itself, and what came out of a backup signs
    // nothing before a witness was asked.
    if lock.is_ok() && paused.is_none_or(|pause| pause.because == Because::Asked) {
        app.ledger.bring_up_to_date(&app.records).await.map_err(Failed::new)?;
    }
    Ok(link.reveal().to_owned())
}
