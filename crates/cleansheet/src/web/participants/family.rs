//! Who answers for a participant: added, changed, ended. For those who look after families.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use cleansheet_locales::Language;
use cleansheet_records::{
    activities::{Activities, GuardianDetails, Relation},
    withdrawals,
};
use cleansheet_terms::{GuardianId, ParticipantId};

use super::known;
use crate::{
    app::App,
    sheets,
    web::{Problem, Signed, fields::Fields},
};

/// What a form says about somebody.
struct Sent {
    name: String,
    mail: String,
    phone: String,
    relation: Relation,
    language: String,
}

impl Sent {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        let relation = Relation::parse(fields.one("relation"))
            .map_err(|_| Problem::Wrong("choose in what place they answer".into()))?;
        let language = Language::parse(fields.one("language"));
        let code = language.map_err(|_| Problem::Wrong("choose a language".into()))?.code();
        let field = |name: &str| fields.one(name).trim().to_owned();
        Ok(Self {
            name: field("name"),
            mail: field("mail"),
            phone: sheets::phone(&field("phone")).map_err(Problem::Wrong)?,
            relation,
            language: (*code).to_owned(),
        })
    }

    fn details(&self) -> GuardianDetails<'_> {
        let Self { name, mail, phone, language, .. } = self;
        GuardianDetails { name, mail, phone, language }
    }
}

/// `POST /participants/{id}/guardians` — adds somebody who answers for them. Somebody who answers for another child by
/// the same name and address is the same person.
pub(in crate::web) async fn add(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let (id, sent) = (known(&id)?, Sent::read(&fields)?);
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let mut activities = Activities(&mut tx);
    let guardian = match activities.guardian_at(&sent.name, &sent.mail).await? {
        Some(known) => known.id,
        None => activities.add_guardian_with(&sent.details(), clock, &mut chance).await?,
    };
    activities.link(&id, &guardian, clock, &mut chance).await?;
    activities.set_relation(&id, &guardian, sent.relation, clock, &mut chance).await?;
    withdrawals::sweep(&mut tx, &id, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(back(&id))
}

/// `POST /participants/{id}/guardians/{guardian}` — changes what is known of somebody.
pub(in crate::web) async fn change(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((id, guardian)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = known(&id)?;
    let guardian = guardian_of(&app, &id, &guardian).await?;
    let sent = Sent::read(&fields)?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let mut activities = Activities(&mut tx);
    activities.change_guardian(&guardian, &sent.details(), &me.person.id, clock, &mut chance).await?;
    activities.set_relation(&id, &guardian, sent.relation, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(back(&id))
}

/// `POST /participants/{id}/guardians/{guardian}/end` — somebody no longer answers for them.
pub(in crate::web) async fn end(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((id, guardian)): Path<(String, String)>,
) -> Result<Redirect, Problem> {
    let id = known(&id)?;
    let guardian = guardian_of(&app, &id, &guardian).await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    Activities(&mut tx).end_guardianship(&id, &guardian, &me.person.id, clock, &mut chance).await?;
    // Nobody is left to have said yes, perhaps.
    withdrawals::sweep(&mut tx, &id, clock, &mut chance).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(back(&id))
}

/// Somebody who answers for this participant; nobody else's details are changed by their page.
async fn guardian_of(app: &App, id: &ParticipantId, guardian: &str) -> Result<GuardianId, Problem> {
    let wanted = GuardianId::parse(guardian).map_err(|_| Problem::NotFound)?;
    let theirs = Activities(&mut app.records.read().await?).guardians_of(id).await?;
    theirs.into_iter().find(|one| one.id == wanted).map(|one| one.id).ok_or(Problem::NotFound)
}

fn back(id: &ParticipantId) -> Redirect {
    Redirect::to(&format!("/participants/{id}"))
}
