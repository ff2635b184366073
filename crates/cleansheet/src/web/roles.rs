//! What each role needs (clause 1): the trust's own reading of "relevant DBS check", quoted wherever somebody is refused by it.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Html, Redirect},
};
use cleansheet_records::people::{
    DbsLevel, People, RoleRequirement, Workforce,
    dbs::{MONTHS, REASON_LETTERS},
};
use cleansheet_terms::Role;
use serde::Deserialize;

use super::{Problem, Signed, csv::Csv, fields::Fields, layout::Page, parts, problem::show};
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    words: String,
}

/// One role, in words and as its form needs it.
struct Line {
    role: &'static str,
    name: String,
    check: String,
    months: String,
    number: i64,
    reason: String,
    level: &'static str,
    workforce: &'static str,
}

#[derive(Template)]
#[template(path = "roles/list.html")]
struct List {
    page: Page,
    words: String,
    lines: Vec<Line>,
    levels: Vec<(&'static str, &'static str)>,
    workforces: Vec<(&'static str, &'static str)>,
    letters: usize,
    most: i64,
}

/// Football asks for a new check after so many months.
const USUAL_MONTHS: i64 = 36;
/// What a role that needs no check has as its level, in a form.
const NONE: &str = "none";

/// `GET /roles` — what each role needs, and why.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let levels = DbsLevel::ALL.map(|level| (level.as_str(), level_words(level)));
    show(&List {
        lines: lines(&app, &search.words).await?,
        words: search.words,
        levels: [(NONE, "no check")].into_iter().chain(levels).collect(),
        workforces: Workforce::ALL.map(|one| (one.as_str(), workforce_words(one))).to_vec(),
        letters: REASON_LETTERS,
        most: *MONTHS.end(),
        page,
    })
}

/// `GET /roles.csv` — the same as a file.
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Csv, Problem> {
    let rows = lines(&app, &search.words).await?.into_iter();
    Ok(Csv {
        name: "roles",
        headings: &["Role", "DBS check", "Made again after", "Why"],
        rows: rows.map(|line| vec![line.name, line.check, line.months, line.reason]).collect(),
    })
}

/// `POST /roles` — the Manager says what one role needs.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let wrong = |_| Problem::Wrong("choose role, check and work from the lists".into());
    let level = fields.one("level");
    let requirement = RoleRequirement {
        role: Role::parse(fields.one("role")).map_err(|_| Problem::NotFound)?,
        dbs_level: (level != NONE).then(|| DbsLevel::parse(level)).transpose().map_err(wrong)?,
        workforce: Workforce::parse(fields.one("workforce")).map_err(wrong)?,
        recheck_months: fields.one("months").trim().parse().unwrap_or_default(),
        reason: fields.one("reason").trim().to_owned(),
    };
    let mut tx = app.records.begin().await?;
    People(&mut tx).require(&requirement, Some(&me.person.id), &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/roles"))
}

async fn lines(app: &App, words: &str) -> Result<Vec<Line>, Problem> {
    let requirements = People(&mut app.records.read().await?).requirements().await?;
    let mut lines: Vec<Line> = Role::ALL.into_iter().map(|role| line(role, &requirements)).collect();
    let wanted = words.trim().to_lowercase();
    lines.retain(|line| {
        [&line.name, &line.check, &line.reason].iter().any(|text| text.to_lowercase().contains(&wanted))
    });
    Ok(lines)
}

fn line(role: Role, requirements: &[RoleRequirement]) -> Line {
    let found = requirements.iter().find(|requirement| requirement.role == role);
    Line {
        role: role.as_str(),
        name: title(role),
        check: found.map_or_else(|| "not said yet: nobody in this role may act".to_owned(), check),
        months: found.map_or_else(String::new, |one| {
            if one.dbs_level.is_some() { months(one.recheck_months) } else { "never".to_owned() }
        }),
        number: found.map_or(USUAL_MONTHS, |one| one.recheck_months),
        reason: found.map_or_else(String::new, |one| one.reason.clone()),
        level: found.and_then(|one| one.dbs_level).map_or(NONE, DbsLevel::as_str),
        workforce: found.map_or(Workforce::Child, |one| one.workforce).as_str(),
    }
}

/// What roles need, as sentences that a refusal quotes: the requirement, and its reason in the trust's words. Only those that
/// need a check.
pub(super) fn needs(roles: &BTreeSet<Role>, requirements: &[RoleRequirement]) -> String {
    let asked = requirements.iter().filter(|one| roles.contains(&one.role) && one.dbs_level.is_some());
    let sentence = |one: &RoleRequirement| {
        format!(
            "{} needs {}, made again after {}. Why: {}.",
            title(one.role),
            check(one),
            months(one.recheck_months),
            one.reason.trim_end_matches('.')
        )
    };
    asked.map(sentence).collect::<Vec<_>>().join(" ")
}

fn check(requirement: &RoleRequirement) -> String {
    match requirement.dbs_level {
        None => "no check".to_owned(),
        Some(level) => format!("{} for {}", level_words(level), workforce_words(requirement.workforce)),
    }
}

fn months(number: i64) -> String {
    if number == 1 { "one month".to_owned() } else { format!("{number} months") }
}

fn title(role: Role) -> String {
    let name = role.to_string();
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

/// A level, with its article.
pub(super) fn level_words(level: DbsLevel) -> &'static str {
    match level {
        DbsLevel::Basic => "a basic check",
        DbsLevel::Standard => "a standard check",
        DbsLevel::Enhanced => "an enhanced check",
        DbsLevel::EnhancedBarred => "an enhanced check with the barred list",
    }
}

/// A workforce.
pub(super) fn workforce_words(workforce: Workforce) -> &'static str {
    match workforce {
        Workforce::Child => "work with children",
        Workforce::Adult => "work with adults at risk",
        Workforce::Other => "other work",
    }
}
