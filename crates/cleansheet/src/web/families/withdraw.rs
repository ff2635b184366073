//! Somebody changes their mind: everything, one picture, or for good. The receipt says what became of it.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_locales::{exact, moment};
use cleansheet_records::{
    Tx,
    activities::Activities,
    consents::Giver,
    invitations::Visitor,
    withdrawals::{self, ByHand, GONE_WITHIN, Scope},
};
use cleansheet_terms::{OldPostId, OrderId, Timestamp, WithdrawalId};

use super::{About, Family, Me};
use crate::{
    app::App,
    web::{Problem, Visit, fields::Fields, layout::first_name, parts, problem::show},
};

struct Removed {
    channel: String,
    /// Where an old post was; of ours the channel says enough.
    url: Option<String>,
    gone: bool,
    says: String,
}

#[derive(Template)]
#[template(path = "families/receipt.html")]
struct Receipt {
    family: Family,
    title: String,
    lede: String,
    number: String,
    removed: Vec<Removed>,
    stopped: usize,
    home: &'static str,
}

/// `POST /g/children/{number}/stop`, `POST /own/stop` — they are shown no more: one press is enough.
pub(in crate::web) async fn stop(
    State(app): State<Arc<App>>,
    about: About,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    about.is_meant(&fields)?;
    let mut tx = app.records.begin().await?;
    let receipt = withdraw(&mut tx, &app, &about).await?;
    about.me.keep_language(&mut tx, &visit).await?;
    let closed = if about.me.is_handed() { Some(about.me.close(&mut tx, &app).await?) } else { None };
    tx.commit().await?;
    app.wake.all();
    Ok(match closed {
        Some(closed) => (closed, Redirect::to("/own/thanks")).into_response(),
        None => to(&about.me, &receipt).into_response(),
    })
}

/// `POST /g/children/{number}/never` — and whatever anybody answers later, until the safeguarding lead lifts it.
pub(in crate::web) async fn never(
    State(app): State<Arc<App>>,
    about: About,
    visit: Visit,
    fields: Fields,
) -> Result<Redirect, Problem> {
    about.is_meant(&fields)?;
    let Visitor::Guardian(guardian) = about.me.visitor() else { return Err(Problem::NotFound) };
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    Activities(&mut tx).never_show(&about.participant.id, &guardian, clock, &mut chance).await?;
    let receipt = withdraw(&mut tx, &app, &about).await?;
    about.me.keep_language(&mut tx, &visit).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(to(&about.me, &receipt))
}

/// `POST /g/children/{number}/pictures/{order}/down`, `POST /own/pictures/{order}/down` — this one picture goes.
pub(in crate::web) async fn take_down(
    State(app): State<Arc<App>>,
    about: About,
    visit: Visit,
    Path(names): Path<HashMap<String, String>>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    about.is_meant(&fields)?;
    let order = names.get("order").and_then(|order| OrderId::parse(order).ok()).ok_or(Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let (giver, trust) = (about.me.giver(), &app.settings.profile.trust.name);
    let whose = withdrawals::About { participant: &about.participant.id, giver: &giver, trust };
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let receipt = withdrawals::object(&mut tx, &whose, &order, clock, &mut chance).await?;
    let receipt = receipt.ok_or(Problem::NotFound)?;
    about.me.keep_language(&mut tx, &visit).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(to(&about.me, &receipt))
}

/// `POST /g/children/{number}/old-posts/{old_post}/down`, `POST /own/old-posts/{old_post}/down` — the same for a post from
/// before this program came.
pub(in crate::web) async fn take_old_down(
    State(app): State<Arc<App>>,
    about: About,
    visit: Visit,
    Path(names): Path<HashMap<String, String>>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    about.is_meant(&fields)?;
    let post = names.get("old_post").and_then(|post| OldPostId::parse(post).ok()).ok_or(Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let (giver, trust) = (about.me.giver(), &app.settings.profile.trust.name);
    let whose = withdrawals::About { participant: &about.participant.id, giver: &giver, trust };
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let receipt = withdrawals::object_to_old(&mut tx, &whose, &post, clock, &mut chance).await?;
    let receipt = receipt.ok_or(Problem::NotFound)?;
    about.me.keep_language(&mut tx, &visit).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(to(&about.me, &receipt))
}

/// `GET /g/receipts/{receipt}`, `GET /own/receipts/{receipt}` — what was removed and stopped, and when. It stays up to
/// date, and is its giver's alone.
pub(in crate::web) async fn receipt(
    State(app): State<Arc<App>>,
    me: Me,
    family: Family,
    Path(receipt): Path<String>,
) -> Result<Html<String>, Problem> {
    let id = WithdrawalId::parse(&receipt).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let receipt = withdrawals::receipt(&mut tx, &id).await?.ok_or(Problem::NotFound)?;
    let about_me = match &me {
        Me::Guardian(_) => true,
        Me::Participant(own) => receipt.participant == own.participant.id,
    };
    if receipt.giver != me.giver() || !about_me {
        return Err(Problem::NotFound);
    }
    let child = Activities(&mut tx).participant(&receipt.participant).await?.ok_or(Problem::NotFound)?;
    let t = family.t;
    let ours = receipt.removed.iter().map(|one| (&one.channel, None, one.gone, one.by_hand));
    let old = receipt.removed_old.iter().map(|one| (&one.channel, Some(&one.url), one.gone, one.by_hand));
    let removed = ours.chain(old).map(|one| removed(&family, one, receipt.at)).collect();
    show(&Receipt {
        title: t.with("child", &first_name(&child.name)).say(title(&receipt.giver, receipt.scope)),
        lede: t.with("moment", &exact(t.language, receipt.at)).say("receipt-lede"),
        number: number(&receipt.id),
        removed,
        stopped: receipt.stopped,
        home: me.home(),
        family,
    })
}

fn title(giver: &Giver, scope: Scope) -> &'static str {
    match (giver, scope) {
        (_, Scope::Picture) => "receipt-picture",
        (Giver::Guardian(_), Scope::All) => "receipt-all",
        (Giver::Guardian(_), Scope::Some) => "receipt-some",
        (Giver::Own, Scope::All) => "own-receipt-all",
        (Giver::Own, Scope::Some) => "own-receipt-some",
    }
}

fn removed(
    family: &Family,
    (channel, url, gone, by_hand): (&String, Option<&String>, Option<Timestamp>, Option<ByHand>),
    asked: Timestamp,
) -> Removed {
    let language = family.t.language;
    let says = match (gone, by_hand) {
        (Some(_), Some(ByHand { on_word: Some(said), .. })) => {
            family.t.with("moment", &exact(language, said)).say("receipt-word")
        }
        (None, Some(ByHand { due, .. })) => {
            family.t.with("moment", &moment(language, due)).say("receipt-hand")
        }
        (Some(gone), _) => family.t.with("moment", &exact(language, gone)).say("receipt-looked"),
        (None, None) => {
            let by = asked.checked_add(GONE_WITHIN).unwrap_or(asked);
            family.t.with("moment", &moment(language, by)).with("manager", &family.manager).say("receipt-by")
        }
    };
    Removed { channel: channel.clone(), url: url.cloned(), gone: gone.is_some(), says }
}

async fn withdraw(tx: &mut Tx, app: &App, about: &About) -> Result<WithdrawalId, Problem> {
    let (clock, mut chance, trust) = (&*app.clock, &app.entropy, &app.settings.profile.trust.name);
    let (who, giver) = (&about.participant.id, about.me.giver());
    let evidence = "pressed the button on their own page";
    Ok(withdrawals::withdraw(tx, who, &giver, evidence, trust, clock, &mut chance).await?)
}

fn to(me: &Me, receipt: &WithdrawalId) -> Redirect {
    Redirect::to(&format!("{}/receipts/{receipt}", me.base()))
}

/// The end of a receipt's id, in fours, to read out on the telephone.
fn number(id: &WithdrawalId) -> String {
    let letters: Vec<char> = id.as_str().chars().rev().take(12).collect();
    let letters: Vec<char> = letters.into_iter().rev().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
