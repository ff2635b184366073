//! The team sheet: the sixteen clauses, and which of them are enforced.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};

use super::{Problem, layout::Page, parts, problem::show};
use crate::app::App;

struct Line {
    clause: u8,
    name: String,
    text: String,
    enforced: bool,
    evidence: &'static str,
}

#[derive(Template)]
#[template(path = "policy/sheet.html")]
struct Sheet {
    page: Page,
    enforced: usize,
    lines: Vec<Line>,
    hash: String,
}

/// `GET /policy` — the team sheet. What is not enforced yet comes first.
pub(super) async fn sheet(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut lines: Vec<Line> = app
        .policy
        .clauses()
        .iter()
        .map(|info| Line {
            clause: info.clause.number(),
            name: info.name.to_string(),
            text: info.text.to_string(),
            enforced: info.enforced,
            evidence: evidence(info.clause.number()),
        })
        .collect();
    lines.sort_by_key(|line| (line.enforced, line.clause));
    let enforced = lines.iter().filter(|line| line.enforced).count();
    show(&Sheet { page, enforced, lines, hash: app.policy.hash().to_string() })
}

/// What the program does about a clause, in one sentence.
fn evidence(clause: u8) -> &'static str {
    match clause {
        1 => "Asked at submitting, approving and again at the instant of sending.",
        2 => "A post goes only to an account that the Manager permitted.",
        3 => "Author and approver each need the Manager’s permission for the account, with an end date.",
        4 => "An idle or shared screen cannot approve; every sign-in ends within twelve hours.",
        6 => "Every word is screened before anybody can submit it.",
        7 => {
            "Every photo and every word is screened; what a machine is unsure of waits for the safeguarding lead."
        }
        8 => "Every face is covered until somebody says who it is and that they agreed.",
        9 => "A child is shown only with the agreement of every guardian, and from twelve on their own.",
        10 => "Private details are found in words and alt texts; photos lose their hidden data.",
        12 => "Two people for every post; what was approved is bound to the bytes that are sent.",
        _ => "Not built yet: until then this clause is kept by people, not by the program.",
    }
}
