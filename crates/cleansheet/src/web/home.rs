//! Today: what needs this person, what is on its way, where they stand.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use cleansheet_policy::facts::{Certificate, Dbs, Standing};
use cleansheet_records::{
    accounts::Accounts,
    activities::Activities,
    orders::Orders,
    people::{People, RunsOut},
    posts::Posts,
};

use super::{
    Problem, Signed, clock_words,
    layout::{Page, first_name},
    parts::{self, Notice, Way},
    people::{certificate, dbs_in_words, nearness, running_out},
    posts::list::{self, Line},
    problem::show,
};
use crate::app::App;

/// What runs out within this many days is shown.
const SOON_DAYS: i32 = 60;
/// At most this many notices, and things of everybody that run out, are on Today at once.
const AT_HAND: usize = 8;

mod access;
mod connections;
mod cover;
mod dbs;
mod late;
mod looking_back;
mod mail;
mod papers;
mod policys_clock;
mod tasks;

struct Group {
    title: &'static str,
    empty: &'static str,
    lines: Vec<Line>,
}

struct Next {
    id: String,
    name: String,
    day: String,
    place: String,
}

struct Paper {
    clause: u8,
    name: &'static str,
    say: &'static str,
    state: &'static str,
    word: &'static str,
}

struct Ending {
    clause: u8,
    name: String,
    what: String,
    say: String,
    state: &'static str,
    word: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    today: String,
    greeting: &'static str,
    name: String,
    standing: (&'static str, &'static str),
    acknowledged: bool,
    activity: Option<Next>,
    needs: Vec<Notice>,
    /// Beyond those at hand.
    more: Vec<Notice>,
    /// Nothing is to be done about them.
    notes: Vec<Notice>,
    groups: Vec<Group>,
    papers: Vec<Paper>,
    runs_out: Vec<Ending>,
    more_runs_out: bool,
}

/// `GET /` — Today.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
) -> Result<Html<String>, Problem> {
    let now = app.clock.now();
    let mut tx = app.records.read().await?;
    let standing = People(&mut tx).standing(&me.person.id, now).await?;
    let activity =
        if page.nav.draft { Activities(&mut tx).activities().await?.into_iter().next() } else { None };
    let ending = if page.nav.people {
        People(&mut tx).runs_out(SOON_DAYS, now).await?
    } else {
        People(&mut tx).runs_out_for(&me.person.id, SOON_DAYS, now).await?
    };
    let looking_back = looking_back::notices(&mut tx, &page, now).await?;
    let own = papers::notices(&mut tx, &page, &me.person, &standing, now).await?;
    let access = if page.nav.accounts { access::notices(&mut tx, now).await? } else { Vec::new() };
    let connections = if page.nav.accounts {
        connections::notices(&mut tx, &app.versions_that_end(), now).await?
    } else {
        Vec::new()
    };
    let policys_clock = policys_clock::notices(&app, &mut tx, &me, &page).await?;
    let late = if page.nav.pause { late::notices(&mut tx, now).await? } else { Vec::new() };
    let cover = cover::notices(&mut tx, &page, &me.person, &app.policy, now).await?;
    let by_hand = tasks::notices(&mut tx, &page, &me.person.id, now).await?;
    let checks = dbs::notices(&mut tx, &app, &me, &page).await?;
    drop(tx);
    let (mut needs, groups) =
        if page.nav.posts { posts(&app, &me, &page).await? } else { (Vec::new(), Vec::new()) };
    needs.splice(0..0, own);
    needs.splice(0..0, by_hand.into_iter().chain(late).chain(checks));
    needs.extend(looking_back);
    needs.extend(cover);
    needs.extend(connections);
    needs.extend(access);
    needs.extend(policys_clock);
    if page.nav.pause {
        needs.extend(silent_witness(&app).await);
    }
    if page.nav.pause && !page.demo {
        needs.extend(mail::notices(&app, now).await?);
    }
    let (mut needs, notes): (Vec<Notice>, Vec<Notice>) =
        needs.into_iter().partition(|notice| notice.state != "note");
    // What stops somebody comes before what waits; the order within both is that of the lines above.
    needs.sort_by_key(|notice| notice.state != "stop");
    let more = needs.split_off(needs.len().min(AT_HAND));
    show(&Home {
        today: clock_words::moment(now),
        greeting: clock_words::greeting(now),
        name: first_name(&me.person.name),
        standing: in_order(&standing, page.nav.draft),
        acknowledged: standing.acknowledged || !page.nav.draft,
        activity: activity.map(|one| Next {
            id: one.id.to_string(),
            name: one.name,
            day: clock_words::day(one.day),
            place: one.place,
        }),
        needs,
        more,
        notes,
        groups,
        papers: if page.nav.draft { papers(&standing) } else { Vec::new() },
        more_runs_out: ending.len() > AT_HAND && page.nav.people,
        runs_out: ending.into_iter().take(AT_HAND).map(ends).collect(),
        page,
    })
}

/// Whoever may pause publishing is told when nobody outside can vouch for the ledger.
async fn silent_witness(app: &App) -> Option<Notice> {
    let (since, trouble) = app.ledger.witness_trouble().await?;
    Some(Notice {
        state: "hold",
        clause: None,
        say: format!("The ledger’s witness has not signed since {}", clock_words::moment(since)),
        remedy: format!("Tell whoever looks after the server: {trouble}."),
        way: Vec::new(),
    })
}

async fn posts(app: &App, me: &Signed, page: &Page) -> Result<(Vec<Notice>, Vec<Group>), Problem> {
    let all = list::concerning(app, me).await?;
    let mut groups = Vec::new();
    let of =
        |wanted: &dyn Fn(&Line) -> bool| all.iter().filter(|line| wanted(line)).take(8).cloned().collect();
    let needs: Vec<Notice> = all
        .iter()
        .filter(|line| line.mine && line.returned)
        .map(|line| Notice {
            state: "hold",
            clause: Some(12),
            say: format!("“{}” came back", line.title),
            remedy: "The second person wrote down what would make it ready.".into(),
            way: vec![Way::Link {
                to: format!("/posts/{}/edit", line.id),
                words: "See what to change".into(),
            }],
        })
        .collect();
    let mut needs = needs;
    needs.extend(to_look_at(app, me).await?);
    if page.nav.draft {
        groups.push(Group {
            title: "Waiting for a second person",
            empty: "Nothing waits for you.",
            lines: of(&|line| line.stage == "submitted" && !line.mine),
        });
        let stopped = of(&|line| line.stage == "stopped" && line.mine);
        if !stopped.is_empty() {
            groups.push(Group { title: "Stopped before they left", empty: "", lines: stopped });
        }
        groups.push(Group {
            title: "Your drafts",
            empty: "You have no draft.",
            lines: of(&|line| line.stage == "draft" && line.mine),
        });
    }
    groups.push(Group {
        title: "On its way and public",
        empty: "Nothing is public yet.",
        lines: of(&|line| line.stage == "approved" || (line.stage == "submitted" && line.mine)),
    });
    Ok((needs, groups))
}

/// Orders of which nobody knows whether they are public, for those who may say so.
async fn to_look_at(app: &App, me: &Signed) -> Result<Vec<Notice>, Problem> {
    let (mut tx, now) = (app.records.read().await?, app.clock.now());
    let mut notices = Vec::new();
    for order in Orders(&mut tx).waiting_for_a_look().await? {
        if !Orders(&mut tx).may_answer(&order, &me.person, now).await? {
            continue;
        }
        let channel = Accounts(&mut tx).channel(&order.channel).await?;
        let caption = Posts(&mut tx).post(&order.post).await?.map(|post| post.caption);
        notices.push(Notice {
            state: "hold",
            clause: None,
            say: format!(
                "Nobody knows whether “{}” is public on {}",
                super::posts::title(&caption.unwrap_or_default()),
                channel.map_or_else(|| "a network".to_owned(), |channel| channel.name)
            ),
            remedy: "Reading it back does not settle it. Look, and say which it is.".into(),
            way: vec![Way::Link {
                to: format!("/posts/{}/uncertain/{}", order.post, order.id),
                words: "Look and decide".into(),
            }],
        });
    }
    Ok(notices)
}

fn in_order(standing: &Standing, drafts: bool) -> (&'static str, &'static str) {
    let fine = standing.dbs == Dbs::Current && standing.certificate == Certificate::Current;
    match (drafts, fine && standing.acknowledged) {
        (false, _) => ("note", "You can read here"),
        (true, true) => ("ok", "You can post today"),
        (true, false) => ("hold", "Something is missing before you can post"),
    }
}

fn papers(standing: &Standing) -> Vec<Paper> {
    let paper = |clause, name, say, fine: bool| Paper {
        clause,
        name,
        say,
        state: if fine { "ok" } else { "hold" },
        word: if fine { "In date" } else { "To do" },
    };
    vec![
        paper(1, "DBS check", dbs_in_words(standing.dbs), standing.dbs == Dbs::Current),
        paper(
            1,
            "Safeguarding Children certificate",
            certificate(standing.certificate),
            standing.certificate == Certificate::Current,
        ),
    ]
}

fn ends(one: RunsOut) -> Ending {
    let ((clause, what), (state, word)) = (running_out(&one), nearness(&one));
    let say = format!("Last day {}", clock_words::day(one.last_day));
    Ending { clause, name: one.name, what, say, state, word }
}
