//! Looks at a trust and its machine: what is there, what is missing, what to do. No name and no secret is in an answer.

use std::{fs, path::Path, time::Duration};

use cleansheet_channels::meta;
use cleansheet_ledger::{Entry, Files as _, VerifierKey, WitnessKey, verify};
use cleansheet_records::{Promise, Records, ledger_entries::Ledger};
use cleansheet_terms::{Clock, Date, Entropy, Timestamp, day_in_london};
use jiff::{SignedDuration, tz::TimeZone};
use serde::Serialize;

use crate::{
    app::Places, backup::Last, kept::Kept, keys::Keys, ledger_files::Folder, mail_server::MailServer,
    outside, profile::Profile, update_service::Service,
};

/// How things stand with one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In order.
    Fine,
    /// Worth a look; publishing goes on.
    Look,
    /// Nothing, or nothing with a photo, can be published.
    Missing,
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Which part.
    pub about: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub say: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Finding {
    fn fine(about: &'static str, say: impl Into<String>) -> Self {
        Self { about, state: State::Fine, say: say.into(), next: None }
    }

    fn look(about: &'static str, say: impl Into<String>, next: impl Into<String>) -> Self {
        Self { about, state: State::Look, say: say.into(), next: Some(next.into()) }
    }

    fn missing(about: &'static str, say: impl Into<String>, next: impl Into<String>) -> Self {
        Self { about, state: State::Missing, say: say.into(), next: Some(next.into()) }
    }
}

/// What a person asked to be looked at.
pub struct Asked<'a> {
    /// Where the trust is.
    pub places: &'a Places,
    /// The mail server's address.
    pub smtp: Option<String>,
    /// Sends one mail to this address.
    pub send_mail: Option<String>,
    /// The DBS Update Service, when the owner named one.
    pub update_service: Option<Service>,
    /// The version of Meta's interface that is spoken.
    pub meta_version: String,
    /// Whether photos can be screened, as the screener itself says.
    pub photos: Finding,
}

/// Below this, a trust soon cannot take photos.
const LITTLE_ROOM: u64 = 2_000_000_000;
/// Below this, it cannot write.
const NO_ROOM: u64 = 100_000_000;
/// A backup is made every day; this much later somebody should look.
const BACKUP_AGE: SignedDuration = SignedDuration::from_hours(26);
/// Longest wait for the trust's own page.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at everything, in the order in which a person would mend it.
pub async fn examine(asked: Asked<'_>, clock: &dyn Clock, entropy: &mut dyn Entropy) -> Vec<Finding> {
    let places = asked.places;
    let mut found = vec![data(places)];
    if !places.hold_a_trust() {
        return found;
    }
    found.push(room(&places.data));
    found.push(keys(places, entropy));
    let profile = Profile::read(&places.profile());
    found.push(match &profile {
        Ok(_) => Finding::fine("profile", "The trust's own facts are there."),
        Err(error) => {
            Finding::missing("profile", error.to_string(), "Mend the file, or copy it from a backup.")
        }
    });
    let kept = Kept::read(places);
    let newest = records(places, &mut found).await;
    found.push(asked.photos);
    if let Ok(profile) = &profile {
        found.push(mail(asked.smtp.as_deref(), asked.send_mail.as_deref(), profile, clock, entropy).await);
    }
    found.push(status_checks(asked.update_service.as_ref()).await);
    found.push(meta_version(&asked.meta_version, day_in_london(clock.now())));
    found.push(match &kept {
        Ok(kept) => address(kept.public_url.as_deref()).await,
        Err(error) => Finding::missing("address", error.to_string(), "Mend the file."),
    });
    found.push(time(newest, clock.now()));
    found.push(ledger(places));
    found.push(witness(places, kept.as_ref().ok(), clock.now()));
    found.push(backup(places, clock.now()));
    found
}

/// Until when Facebook and Instagram answer this program.
fn meta_version(version: &str, today: Date) -> Finding {
    let next = "Update Cleansheet, or set CLEANSHEET_META_VERSION to a version that Meta still answers.";
    match meta::ends(version) {
        None => {
            let say = format!("Nobody here knows when Meta ends version {version} of its interface.");
            Finding::look("meta", say, next)
        }
        Some(last) if last < today => {
            let say = format!(
                "Meta ended version {version} of its interface on {last}: Facebook and Instagram do not answer."
            );
            Finding::look("meta", say, next)
        }
        Some(last) => {
            Finding::fine("meta", format!("Meta answers version {version} of its interface until {last}."))
        }
    }
}

/// Asks for nothing but whether anybody answers: no number and no name leaves this machine.
async fn status_checks(service: Option<&Service>) -> Finding {
    let Some(service) = service else {
        return Finding::fine("dbs", "DBS status checks are made by hand.");
    };
    let Ok(client) = outside::client() else {
        return Finding::look("dbs", "No connection to other servers can be made.", "Install certificates.");
    };
    if service.is_there(&client).await {
        Finding::fine("dbs", "The DBS Update Service answers.")
    } else {
        let next = "Look at --dbs-update-service and at the firewall. Until it answers, status checks are made by hand.";
        Finding::look(
            "dbs",
            "The DBS Update Service does not answer, or not by a TLS that is safe today.",
            next,
        )
    }
}

fn data(places: &Places) -> Finding {
    let data = places.data.display();
    if places.hold_a_trust() {
        Finding::fine("data", format!("The trust is in {data}."))
    } else {
        let next = format!("Run `cleansheet setup --data {data}`, or say where the trust is with --data.");
        Finding::missing("data", format!("There is no trust in {data}."), next)
    }
}

fn room(data: &Path) -> Finding {
    let Ok(disk) = rustix::fs::statvfs(data) else {
        return Finding::look("room", "The free space cannot be read.", "Look at the disk yourself.");
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let say = format!("{}.{} GB are free.", free / 1_000_000_000, free / 100_000_000 % 10);
    match free {
        ..NO_ROOM => Finding::missing("room", say, "Make room: nothing can be written any more."),
        NO_ROOM..LITTLE_ROOM => Finding::look("room", say, "Make room soon."),
        _ => Finding::fine("room", say),
    }
}

fn keys(places: &Places, entropy: &mut dyn Entropy) -> Finding {
    if let Err(error) = Keys::open(&places.keys, false, entropy) {
        return Finding::missing("keys", error.to_string(), "Give the key file of this trust with --keys.");
    }
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if whole(&places.keys).starts_with(whole(&places.data)) {
        return Finding::look(
            "keys",
            "The key file lies in the data folder: whoever copies the folder has the keys.",
            "Move it beside the folder, and give its place with --keys.",
        );
    }
    Finding::fine("keys", "The key file lies outside the data folder, for its owner alone.")
}

/// Says how the records are, and when the newest ledger entry was made.
async fn records(places: &Places, found: &mut Vec<Finding>) -> Option<Timestamp> {
    let restore = "Restore the last backup into a new folder: `cleansheet backup restore`.";
    let records = match places.records_as_is().await {
        Ok(records) => records,
        Err(error) => {
            found.push(Finding::missing(
                "records",
                error.to_string(),
                "Mend the connection, or restore a backup.",
            ));
            return None;
        }
    };
    let looked = async {
        let (schema, damage) = (records.schema().await?, records.damage().await?);
        let promise = records.promise().await?;
        let entries = Ledger(&mut records.read().await?).newest().await?;
        Ok::<_, cleansheet_records::StoreError>((schema, damage, promise, entries))
    };
    let looked = looked.await;
    records.close().await;
    let (schema, damage, promise, newest) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            found.push(Finding::missing("records", error.to_string(), restore));
            return None;
        }
    };
    found.push(match damage {
        Some(_) => Finding::missing("records", "The database file is damaged.", restore),
        None if schema < Records::newest_schema() => Finding::look(
            "records",
            format!(
                "The records have schema {schema}; this program will upgrade them to {}.",
                Records::newest_schema()
            ),
            "Make a backup, then start this program.",
        ),
        None => Finding::fine("records", format!("The records are whole, schema {schema}.")),
    });
    found.push(match promise {
        Promise::NothingLost => Finding::fine("promise", "What was acknowledged survives a power cut."),
        Promise::LastSecondMayBeLost => Finding::look(
            "promise",
            "A crash of PostgreSQL may lose the last moments: its synchronous_commit is off.",
            "Switch synchronous_commit on for this database.",
        ),
        Promise::EverythingMayBeLost => Finding::look(
            "promise",
            "A power cut may destroy the database: PostgreSQL's fsync is off.",
            "Switch fsync on.",
        ),
    });
    newest.and_then(|entry| Entry::parse(&entry).ok()).map(|entry| entry.at)
}

async fn mail(
    smtp: Option<&str>,
    send: Option<&str>,
    profile: &Profile,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Finding {
    let Some(smtp) = smtp else {
        return Finding::missing(
            "mail",
            "No mail server is connected: codes and receipts for families cannot leave.",
            "Put its address into CLEANSHEET_SMTP, or run `cleansheet setup` in a terminal.",
        );
    };
    let next = "Look at the server's name, the user and the password.";
    let server = match MailServer::at(smtp, profile) {
        Ok(server) => server,
        Err(error) => return Finding::missing("mail", error.to_string(), next),
    };
    if let Err(error) = server.reach().await {
        return Finding::missing("mail", error.to_string(), next);
    }
    let Some(to) = send else {
        return Finding::fine("mail", "The mail server answers and lets this trust in; nothing was sent.");
    };
    let mail = cleansheet_records::mails::Mail {
        id: cleansheet_terms::MailId::new(clock, entropy),
        to: to.to_owned(),
        subject: "A test of Cleansheet's mail".to_owned(),
        body: "This mail was sent by `cleansheet doctor --send-mail`. Nothing needs to be done.\n".to_owned(),
        made: clock.now(),
        sent: None,
        given_up: None,
    };
    match server.send(&mail).await {
        Ok(()) => Finding::fine("mail", "The mail server took the test mail."),
        Err(error) => Finding::missing("mail", error.to_string(), next),
    }
}

async fn address(public_url: Option<&str>) -> Finding {
    let Some(url) = public_url else {
        return Finding::look(
            "address",
            "No public address is kept.",
            "Start `cleansheet serve` with --public-url, or run `cleansheet setup --public-url`.",
        );
    };
    if !url.starts_with("https://") && !url.starts_with("http://localhost") {
        return Finding::missing(
            "address",
            format!("{url} is not safe: browsers refuse passkeys and cookies there."),
            "Put a web server with TLS in front and use its https address.",
        );
    }
    let answer = match outside::client() {
        Ok(client) => client.get(format!("{url}/news")).timeout(PATIENCE).send().await.map_err(|_| ()),
        Err(_) => Err(()),
    };
    match answer {
        Ok(answer) if answer.status().is_success() => Finding::fine("address", format!("{url} answers.")),
        Ok(answer) => Finding::look(
            "address",
            format!("{url} answers, but with {}.", answer.status().as_u16()),
            "Look whether the web server in front leads to this trust.",
        ),
        Err(()) => Finding::look(
            "address",
            format!("{url} does not answer from here."),
            "Start `cleansheet serve`; if it runs, look at the web server in front and at the name's DNS.",
        ),
    }
}

fn time(newest: Option<Timestamp>, now: Timestamp) -> Finding {
    let next = "Set the clock, and let the machine keep it by NTP.";
    let summer: Option<i8> = "2026-07-01T12:00:00Z"
        .parse::<Timestamp>()
        .ok()
        .and_then(|noon| TimeZone::get("Europe/London").ok().map(|zone| zone.to_datetime(noon).hour()));
    if summer != Some(13) {
        return Finding::missing(
            "clock",
            "The rules of London's summer time are not known.",
            "Install tzdata.",
        );
    }
    match newest.map(|newest| now.duration_since(newest)) {
        Some(since) if since < SignedDuration::from_secs(-60) => Finding::missing(
            "clock",
            format!("The clock is {} minutes before the newest ledger entry.", since.abs().as_mins()),
            next,
        ),
        _ if now < Timestamp::from_second(1_767_225_600).unwrap_or(now) => {
            Finding::missing("clock", "The clock is before 2026.", next)
        }
        _ => Finding::fine("clock", "The clock is not behind, and the time zone is known."),
    }
}

fn ledger(places: &Places) -> Finding {
    let folder = Folder::new(&places.ledger());
    if matches!(folder.read(cleansheet_ledger::CHECKPOINT_PATH), Ok(None)) {
        return Finding::look("ledger", "Nothing is signed yet.", "Start `cleansheet serve` once.");
    }
    let next = "Keep the folder as it is and run `cleansheet ledger verify`; it names the file.";
    let key = fs::read_to_string(folder.key_path()).ok().and_then(|key| VerifierKey::parse(key.trim()).ok());
    let Some(key) = key else {
        return Finding::missing("ledger", "The ledger's verifier key cannot be read.", next);
    };
    match verify(&folder, &key, None) {
        Ok(verified) => Finding::fine("ledger", format!("{} entries verify.", verified.size)),
        Err(fault) => Finding::missing("ledger", fault.to_string(), next),
    }
}

fn witness(places: &Places, kept: Option<&Kept>, now: Timestamp) -> Finding {
    let key =
        kept.and_then(|kept| kept.witness_key.as_deref()).and_then(|key| WitnessKey::parse(key.trim()).ok());
    let Some(key) = key else {
        return Finding::look(
            "witness",
            "No outside witness is kept in serve.toml: the ledger proves nothing against whoever runs this server.",
            "Ask another trust to be it; docs/operations.md says how.",
        );
    };
    let text = Folder::new(&places.ledger()).read(cleansheet_ledger::CHECKPOINT_PATH).ok().flatten();
    let seen = text.and_then(|text| key.saw(&String::from_utf8_lossy(&text)));
    let seen = seen.and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
    match seen {
        Some(seen) => Finding::fine(
            "witness",
            format!("The witness signed the checkpoint {} minutes ago.", now.duration_since(seen).as_mins()),
        ),
        None => Finding::look(
            "witness",
            "The witness has not signed the present checkpoint.",
            "It is asked once a minute while `cleansheet serve` runs; if this stays, ask its keeper.",
        ),
    }
}

fn backup(places: &Places, now: Timestamp) -> Finding {
    let next =
        format!("Run `cleansheet backup create --data {} --to FOLDER` every day.", places.data.display());
    let Some(last) = Last::of(places) else {
        return Finding::look("backup", "There is no backup from this machine.", next);
    };
    let age = now.duration_since(last.made);
    let say = format!("The last backup is {} hours old.", age.as_hours());
    if age > BACKUP_AGE { Finding::look("backup", say, next) } else { Finding::fine("backup", say) }
}
