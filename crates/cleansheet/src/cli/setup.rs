//! `cleansheet setup`: a new trust and a one-time link for its first Manager.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use cleansheet_records::{
    accounts::Accounts,
    consents::Consents,
    people::{NewPerson, People, RoleRequirement},
    sign_ins::{LinkKind, SignIns},
};
use cleansheet_terms::{Network, Role};

use super::{Ended, Failed, block_on, data_folder, say};
use crate::{
    app::{App, Places, Settings},
    lock::{Lock, LockError},
    profile::{FIRST_WORDING, Profile},
    system::{SystemClock, SystemEntropy},
};

#[derive(Args)]
pub(crate) struct Setup {
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// The organisation's own facts, for example profiles/cuct.toml
    #[arg(long)]
    profile: PathBuf,
    /// The address people will use
    #[arg(long, default_value = "http://localhost:8080")]
    public_url: String,
    /// The key file; by default beside the data folder
    #[arg(long)]
    keys: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long)]
    database: Option<String>,
}

impl Setup {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let mut places = Places::of(&data_folder(self.data));
        places.database = self.database;
        if let Some(keys) = self.keys {
            places.keys = keys;
        }
        let profile = Profile::read(&self.profile).map_err(Failed::new)?;
        let public_url = self.public_url.trim_end_matches('/').to_owned();
        block_on(async move {
            let lock = Lock::take(&places.data);
            let manager = profile.contacts.manager.clone();
            let settings =
                Settings { public_url: public_url.clone(), demo: false, profile, mail: None, oidc: None };
            let app = App::open(&places, settings, None, Arc::new(SystemClock), SystemEntropy)
                .await
                .map_err(Failed::new)?;
            let link = first_manager(&app, &manager.name, &manager.mail, &lock).await?;
            std::fs::copy(&self.profile, places.profile()).map_err(Failed::new)?;
            app.records.close().await;
            say(format!("The trust is ready in {}.", places.data.display()));
            say(format!("Its keys are in {}: keep a copy apart from the backups.", places.keys.display()));
            say(format!(
                "Sign in once as {} within 24 hours, after starting `cleansheet serve`:",
                manager.name
            ));
            say(format!("{public_url}/sign-in/{link}"));
            Ok(Ended::Done)
        })
    }
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
        Some(person) if person.is(Role::Manager) => person.id,
        Some(_) => return Err(Failed::new(format!("`{mail}` is in the records, but not as Manager"))),
        None if People(&mut tx).list().await.map_err(Failed::new)?.is_empty() => {
            let new = NewPerson { name, mail, roles: &[Role::Manager] };
            let manager = People(&mut tx).add(&new, clock, &mut chance).await.map_err(Failed::new)?;
            for requirement in RoleRequirement::usual() {
                let kept = People(&mut tx).require(&requirement, Some(&manager), clock, &mut chance).await;
                kept.map_err(Failed::new)?;
            }
            let mut accounts = Accounts(&mut tx);
            let news =
                accounts.add(Network::Website, "News page", clock, &mut chance).await.map_err(Failed::new)?;
            accounts.permit(&news, &manager, clock, &mut chance).await.map_err(Failed::new)?;
            let asked = Consents(&mut tx).put_wording(FIRST_WORDING, clock, &mut chance).await;
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
    // A program that serves this trust meanwhile writes the ledger's files itself.
    if lock.is_ok() {
        app.ledger.bring_up_to_date(&app.records).await.map_err(Failed::new)?;
    }
    Ok(link.reveal().to_owned())
}
