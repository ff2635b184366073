//! Status checks of one person: agreement and declaration, asking now, and answers that somebody read on the government's page.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use cleansheet_records::people::dbs::{Answer, DbsRecords, NewConsent};

use super::{back_to, day, known};
use crate::{
    app::App,
    update_service::{self, AskError},
    web::{Problem, Signed, fields::Fields},
};

/// `POST /people/{person}/dbs/agree` — they agreed, and I declare.
pub(in crate::web) async fn agree(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let new = NewConsent {
        given: day(fields.one("given"))?,
        agreed: fields.has("agreed"),
        declares: fields.has("declares"),
        checker: (fields.one("forename").to_owned(), fields.one("surname").to_owned()),
    };
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    records.agree(&person.id, &new, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(back_to(&person.id))
}

/// `POST /people/{person}/dbs/agree/end` — no more status checks.
pub(in crate::web) async fn end(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let mut tx = app.records.begin().await?;
    let mut records = DbsRecords { tx: &mut tx, sealer: &app.sealer };
    records.end_agreement(&person.id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(back_to(&person.id))
}

/// `POST /people/{person}/dbs/ask` — asks the Update Service now.
pub(in crate::web) async fn ask(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    update_service::ask_now(&app, &person.id, &me.person.id).await?;
    Ok(back_to(&person.id))
}

/// `POST /people/{person}/dbs/by-hand` — what the government's page said.
pub(in crate::web) async fn by_hand(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let person = known(&app, &id).await?;
    let same = fields.has("same");
    let answer = match fields.one("answer") {
        "new" => Answer::NewInfo,
        "none" => Answer::NoMatch,
        "blank" | "non-blank" if !same => Answer::Differs,
        "blank" => Answer::Blank,
        "non-blank" => Answer::NonBlank,
        _ => return Err(Problem::Wrong("say which of the four answers the page showed".into())),
    };
    update_service::asked_by_hand(&app, &person.id, answer, &me.person.id).await?;
    Ok(back_to(&person.id))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Records(error) => error.into(),
            AskError::None | AskError::Silent | AskError::Status(_) | AskError::Unreadable(_) => {
                Self::Wrong(format!("{error}. Nobody’s standing has changed"))
            }
        }
    }
}
