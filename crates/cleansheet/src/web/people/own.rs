//! One's own papers: what to do next, what runs out, and a new certificate.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect},
};
use cleansheet_records::people::{Courses, NewCertificate, People, ToDo, to_do};
use cleansheet_terms::{CourseId, day_in_london};

use super::{
    capital, certificate, dbs_in_words, may_post, nearness, running_out,
    show::{Paper, paper},
};
use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words, fields::Fields, layout::Page, participants::day, parts, problem::show,
    },
};

/// What runs out within this many days is worth a line.
pub(in crate::web) const SOON_DAYS: i32 = 90;

struct Ending {
    what: String,
    say: String,
    state: &'static str,
    word: String,
}

#[derive(Template)]
#[template(path = "people/own.html")]
struct Own {
    page: Page,
    /// What to do next.
    line: Option<String>,
    /// One's roles need papers.
    posts: bool,
    dbs: &'static str,
    certificate: &'static str,
    runs_out: Vec<Ending>,
    papers: Vec<Paper>,
    courses: Vec<(String, String)>,
    today: String,
}

/// `GET /me/papers` — my certificates and what runs out.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let now = app.clock.now();
    let today = day_in_london(now);
    let mut tx = app.records.read().await?;
    let standing = People(&mut tx).standing(&me.person.id, now).await?;
    let runs_out = People(&mut tx).runs_out_for(&me.person.id, SOON_DAYS, now).await?;
    let posts = may_post(&app.policy, &standing);
    let line = to_do(&ToDo { today, standing: &standing, runs_out: &runs_out }).filter(|_| posts);
    let ending = |one| {
        let ((_, what), (state, word)) = (running_out(one), nearness(one));
        Ending {
            what: capital(&what),
            say: format!("Last day {}", clock_words::day(one.last_day)),
            state,
            word,
        }
    };
    let papers = People(&mut tx).certificates_of(&me.person.id).await?;
    let courses = Courses(&mut tx).list().await?;
    show(&Own {
        page,
        line,
        posts,
        dbs: dbs_in_words(standing.dbs),
        certificate: certificate(standing.certificate),
        runs_out: runs_out.iter().map(ending).collect(),
        papers: papers.iter().map(|one| paper(one, today)).collect(),
        courses: courses.into_iter().map(|course| (course.id.to_string(), course.name)).collect(),
        today: today.to_string(),
    })
}

/// `POST /me/papers` — a new certificate, which somebody else then looks at.
pub(in crate::web) async fn bring(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let wrong = |what: &str| Problem::Wrong(what.to_owned());
    let course = CourseId::parse(fields.one("course")).map_err(|_| wrong("choose the course"))?;
    let completed = day(fields.one("completed"), "the day on the certificate")?
        .ok_or_else(|| wrong("give the day that is on the certificate"))?;
    let new = NewCertificate { course: &course, completed, reference: fields.one("reference") };
    let mut tx = app.records.begin().await?;
    People(&mut tx).bring_certificate(&me.person.id, &new, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/me/papers"))
}
