//! Telling people that a post waits: the push to a browser, the others when nobody has opened it, and the warning when
//! too few people can approve.

use cleansheet_records::{
    StoreError, cover,
    jobs::{Claimed, Jobs},
    posts::PostError,
    sign_ins::pushes::{PushId, Pushes},
};
use cleansheet_terms::PostId;
use jiff::SignedDuration;

use super::worker::RunError;
use crate::{app::App, push::Pushed};

/// After so many tries, some hours, the mail has been read or the post is out.
const MOST_TRIES: i64 = 8;

/// Wakes one browser. What the push service does not know any more is forgotten.
pub(super) async fn push(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = PushId::parse(&job.subject).map_err(RunError::later)?;
    let kept = Pushes(&mut app.records.read().await?).find(&id).await?;
    let endpoint = kept.and_then(|one| one.endpoint(&app.sealer));
    // A demo pushes to the service of a test only.
    let may = !app.settings.demo || app.settings.push_service.is_some();
    let pushed = match endpoint.filter(|_| may) {
        Some(endpoint) => Some(app.push.send(app, &endpoint).await),
        None => None,
    };
    let (mut tx, now) = (app.records.begin().await?, app.clock.now());
    match pushed {
        None | Some(Pushed::Taken) => {}
        Some(Pushed::Gone) => Pushes(&mut tx).forget(&id).await?,
        Some(Pushed::Never(because)) => tracing::error!(push.id = %id, because, "a push was refused"),
        Some(Pushed::Later { because, .. }) if job.attempt >= MOST_TRIES => {
            tracing::warn!(push.id = %id, because, "a push is given up; its mail was sent");
        }
        Some(Pushed::Later { because, wait }) => {
            let wait = wait.unwrap_or_else(|| cleansheet_records::jobs::backoff(job.attempt));
            Jobs(&mut tx).retry_later(job, &because, wait.max(SignedDuration::from_secs(1)), now).await?;
            return Ok(tx.commit().await?);
        }
    }
    Jobs(&mut tx).finish(job, now).await?;
    Ok(tx.commit().await?)
}

/// Those on call were told alone long enough.
pub(super) async fn tell_others(app: &App, job: &Claimed) -> Result<(), RunError> {
    let id = PostId::parse(&job.subject).map_err(RunError::later)?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let told =
        cover::tell_others(&mut tx, &id, &app.policy, &app.settings.public_url, clock, &mut chance).await;
    match told {
        Ok(_) | Err(PostError::Missing(_)) => {}
        Err(PostError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(RunError::later(error)),
    }
    Jobs(&mut tx).finish(job, clock.now()).await?;
    Ok(tx.commit().await?)
}

/// The Manager hears once a day that too few people can approve. Looks first: most days there is nothing to write.
pub(super) async fn warn(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    if cover::is_short(&mut app.records.read().await?, &app.policy, now).await?.is_empty() {
        return Ok(());
    }
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let told =
        cover::warn_if_short(&mut tx, &app.policy, &app.settings.public_url, clock, &mut chance).await?;
    tx.commit().await?;
    if told {
        app.wake.all();
    }
    Ok(())
}
