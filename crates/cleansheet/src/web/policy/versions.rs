//! The versions of the policy: since when, who reviewed them, what is different, and their signed papers.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderName, header},
    response::{Html, Redirect},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cleansheet_records::{
    Tx,
    review::{InForce, Papers, Reviews, Versions},
};
use cleansheet_terms::{Digest, day_in_london};

use super::{changes::Changes, name_of, people_in_words, print};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, layout::Page, parts, problem::show},
};

/// One version, each time it came into force.
struct Line {
    hash: String,
    since: String,
    in_force: bool,
    reviewed: Vec<String>,
}

#[derive(Template)]
#[template(path = "policy/versions.html")]
struct List {
    page: Page,
    lines: Vec<Line>,
}

/// A signed paper.
struct PaperLine {
    digest: String,
    made: String,
    by: String,
}

#[derive(Template)]
#[template(path = "policy/version.html")]
struct One {
    page: Page,
    line: Line,
    /// Since when the version before was in force.
    before: Option<String>,
    changes: Option<Changes>,
    papers: Vec<PaperLine>,
    fingerprint: String,
}

type Attachment = ([(HeaderName, String); 2], Vec<u8>);

/// `GET /policy/versions` — the newest first.
pub(in crate::web) async fn list(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let (mut lines, in_force) = (Vec::new(), Versions(&mut tx).in_force().await?);
    for one in Versions(&mut tx).all().await? {
        lines.push(line(&mut tx, &one, in_force.as_ref()).await?);
    }
    show(&List { page, lines })
}

/// `GET /policy/versions/{digest}` — what is different from the one before, and its papers.
pub(in crate::web) async fn one(
    State(app): State<Arc<App>>,
    page: Page,
    Path(digest): Path<String>,
) -> Result<Html<String>, Problem> {
    let hash = Digest::parse(&digest).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let in_force = Versions(&mut tx).in_force().await?;
    let found = Versions(&mut tx).all().await?.into_iter().find(|one| one.hash == hash);
    let found = found.ok_or(Problem::NotFound)?;
    let version = Versions(&mut tx).whole(&hash).await?.ok_or(Problem::NotFound)?;
    let before = Versions(&mut tx).before(&hash).await?;
    let mut papers = Vec::new();
    for paper in Papers(&mut tx).all().await?.into_iter().filter(|paper| paper.version == hash) {
        papers.push(PaperLine {
            digest: paper.digest.to_string(),
            made: clock_words::exact(paper.made),
            by: name_of(&mut tx, &paper.made_by).await?,
        });
    }
    let line = line(&mut tx, &found, in_force.as_ref()).await?;
    drop(tx);
    show(&One {
        page,
        line,
        changes: before.as_ref().map(|(_, older)| Changes::of(&version.since(older))),
        before: before.map(|(before, _)| clock_words::day(day_in_london(before.since))),
        papers,
        fingerprint: app.seal.fingerprint().to_string(),
    })
}

/// `POST /policy/versions/{digest}/paper` — a signed PDF, kept, with its hash in the ledger.
pub(in crate::web) async fn print(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(digest): Path<String>,
) -> Result<Redirect, Problem> {
    let hash = Digest::parse(&digest).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let paper = print::paper(&mut tx, &app, &hash).await?;
    drop(tx);
    let bytes = paper.signed(&app.seal, app.clock.now()).map_err(|e| Problem::internal(&e))?;
    let mut tx = app.records.begin().await?;
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    Papers(&mut tx).keep(&hash, &bytes, &me.person.id, clock, &mut chance).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/policy/versions/{hash}#papers")))
}

/// `GET /policy/papers/{digest}` — a paper that was made.
pub(in crate::web) async fn paper(
    State(app): State<Arc<App>>,
    Path(digest): Path<String>,
) -> Result<Attachment, Problem> {
    let digest = Digest::parse(&digest).map_err(|_| Problem::NotFound)?;
    let bytes = Papers(&mut app.records.read().await?).bytes(&digest).await?.ok_or(Problem::NotFound)?;
    let short: String = digest.to_string().chars().take(8).collect();
    Ok(attachment("application/pdf", &format!("policy-{short}.pdf"), bytes))
}

/// `GET /policy/certificate` — what the signature in a paper is checked by.
pub(in crate::web) async fn certificate(State(app): State<Arc<App>>) -> Attachment {
    let text = STANDARD.encode(app.seal.certificate());
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    attachment("application/x-pem-file", "papers.pem", pem.into_bytes())
}

fn attachment(kind: &str, name: &str, bytes: Vec<u8>) -> Attachment {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
}

async fn line(tx: &mut Tx, one: &InForce, in_force: Option<&InForce>) -> Result<Line, Problem> {
    Ok(Line {
        hash: one.hash.to_string(),
        since: clock_words::day(day_in_london(one.since)),
        in_force: in_force.is_some_and(|now| now.number == one.number),
        reviewed: reviewed(tx, &one.hash).await?,
    })
}

/// Who reviewed a version, one sentence a review.
pub(super) async fn reviewed(tx: &mut Tx, hash: &Digest) -> Result<Vec<String>, Problem> {
    let mut said = Vec::new();
    for review in Reviews(tx).all().await?.into_iter().filter(|review| review.version == *hash) {
        let (Some(signature), Some((second, at))) = (&review.signed, &review.confirmed) else { continue };
        let names = [name_of(tx, &signature.by).await?, name_of(tx, second).await?];
        let day = clock_words::day(day_in_london(*at));
        said.push(format!("Reviewed by {} on {day}", people_in_words(&names)));
    }
    Ok(said)
}
