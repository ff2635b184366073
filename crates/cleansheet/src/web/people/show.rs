//! One person: what they are, how they stand and stood, what they may do where, what runs out, where they are signed in.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use cleansheet_records::{
    Tx,
    accounts::{Accounts, Grant},
    people::{CourseCertificate, Happened, People, Person, PersonEvent},
    sign_ins::{SignIns, device_words},
};
use cleansheet_terms::{Date, LONDON, Role, Timestamp, day_in_london};

use super::{
    Names, acknowledged, capital, certificate, dbs_in_words, known, may_act, may_post, nearness, role_words,
    roles, running_out, worth,
};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, layout::Page, parts, problem::show},
};

/// What runs out within this many days is shown.
const SOON_DAYS: i32 = 365;

struct RoleLine {
    value: &'static str,
    words: String,
    has: bool,
}

struct Ending {
    clause: u8,
    what: String,
    say: String,
    state: &'static str,
    word: String,
}

struct Permission {
    channel: String,
    say: String,
    state: &'static str,
    word: &'static str,
}

/// One certificate, for those who look at certificates.
pub(super) struct Paper {
    pub(super) id: String,
    pub(super) course: String,
    pub(super) say: String,
    pub(super) reference: String,
    pub(super) state: &'static str,
    pub(super) word: &'static str,
    /// Why it does not count.
    pub(super) because: Option<String>,
}

/// One line of the timeline.
struct Moment {
    at: Timestamp,
    when: String,
    what: String,
    /// A reason; for the Manager alone.
    say: String,
}

#[derive(Template)]
#[template(path = "people/show.html")]
struct Show {
    page: Page,
    id: String,
    name: String,
    mail: String,
    roles: String,
    state: &'static str,
    word: &'static str,
    dbs: &'static str,
    certificate: &'static str,
    acknowledged: &'static str,
    /// Whether their roles need papers at all.
    posts: bool,
    here: bool,
    suspended: bool,
    oneself: bool,
    all_roles: Vec<RoleLine>,
    runs_out: Vec<Ending>,
    permissions: Vec<Permission>,
    papers: Vec<Paper>,
    timeline: Vec<Moment>,
    devices: Vec<String>,
}

/// `GET /people/{person}` — one person.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let (person, now) = (known(&app, &id).await?, app.clock.now());
    let today = day_in_london(now);
    let mut tx = app.records.read().await?;
    let standing = People(&mut tx).standing(&person.id, now).await?;
    let posts = may_post(&app.policy, &standing);
    let (state, word) = may_act(&person, &standing, posts);
    let grants = Accounts(&mut tx).grants_of(&person.id).await?;
    let certificates = People(&mut tx).certificates_of(&person.id).await?;
    let devices = if page.nav.manage { SignIns(&mut tx).list_of(&person.id, now).await? } else { Vec::new() };
    show(&Show {
        state,
        word,
        dbs: dbs_in_words(standing.dbs),
        certificate: certificate(standing.certificate),
        acknowledged: acknowledged(&standing),
        posts,
        runs_out: endings(&mut tx, &person, now).await?,
        permissions: grants.into_iter().map(|grant| permission(grant, today)).collect(),
        timeline: timeline(&mut tx, &person, &certificates, page.nav.manage).await?,
        papers: if page.nav.verify {
            certificates.iter().map(|one| paper(one, today)).collect()
        } else {
            Vec::new()
        },
        devices: devices.iter().map(|one| device_words(&one.device)).collect(),
        all_roles: Role::ALL
            .into_iter()
            .map(|role| RoleLine {
                value: role.as_str(),
                words: role_words(role),
                has: person.roles.contains(&role),
            })
            .collect(),
        id: person.id.to_string(),
        roles: roles(&person),
        here: person.left.is_none(),
        suspended: person.suspended.is_some(),
        oneself: person.id == me.person.id,
        name: person.name,
        mail: person.mail,
        page,
    })
}

async fn endings(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<Vec<Ending>, Problem> {
    let all = People(tx).runs_out_for(&person.id, SOON_DAYS, now).await?;
    let one = |one| {
        let ((clause, what), (state, word)) = (running_out(one), nearness(one));
        let say = format!("Last day {}", clock_words::day(one.last_day));
        Ending { clause, what: capital(&what), say, state, word }
    };
    Ok(all.iter().map(one).collect())
}

fn permission(grant: Grant, today: Date) -> Permission {
    let (state, word) = match (grant.runs_on(today), today < grant.from) {
        (true, false) => ("ok", "Runs"),
        (true, true) => ("hold", "Still to come"),
        (false, _) => ("off", "Has ended"),
    };
    let (from, until) = (clock_words::day(grant.from), clock_words::day(grant.last_day()));
    let early = grant.ended.filter(|at| day_in_london(*at) < grant.until);
    let say = match early {
        Some(at) => format!(
            "To {}, from {from}, ended on {}",
            grant.rights.in_words(),
            clock_words::day(day_in_london(at))
        ),
        None => format!("To {}, from {from} until {until}", grant.rights.in_words()),
    };
    Permission { channel: grant.channel_name, say, state, word }
}

/// A certificate as those see it who look at certificates.
pub(super) fn paper(one: &CourseCertificate, today: Date) -> Paper {
    let (state, word) = worth(one.state_on(today));
    let (completed, last) = (clock_words::day(one.completed), clock_words::day(one.last_day));
    Paper {
        id: one.id.to_string(),
        course: one.course_name.clone(),
        say: format!("Completed {completed}, good until {last}"),
        reference: one.reference.clone(),
        state,
        word,
        because: one.refused.as_ref().map(|(_, _, because)| because.clone()),
    }
}

/// Everything that is known of how they stood, newest first.
async fn timeline(
    tx: &mut Tx,
    person: &Person,
    certificates: &[CourseCertificate],
    reasons: bool,
) -> Result<Vec<Moment>, Problem> {
    let (mut names, mut all) = (Names::default(), Vec::new());
    for event in People(tx).history_of(&person.id).await? {
        let by = match &event.by {
            Some(by) => Some(names.of(tx, by).await?),
            None => None,
        };
        all.push(moment(event, by, reasons));
    }
    for one in certificates {
        let what = format!("Brought a certificate of {}", clock_words::day(one.completed));
        all.push(at(one.added, what, String::new()));
        if let Some((by, when)) = &one.verified {
            let what = format!("The certificate was verified by {}", names.of(tx, by).await?);
            all.push(at(*when, what, String::new()));
        }
        if let Some((by, when, because)) = &one.refused {
            let what = format!("The certificate was refused by {}", names.of(tx, by).await?);
            all.push(at(*when, what, if reasons { because.clone() } else { String::new() }));
        }
    }
    if let Some(check) = People(tx).dbs_check(&person.id).await?
        && let Ok(day) = check.issued.in_tz(LONDON)
    {
        let issued = day.timestamp();
        let when = clock_words::day(check.issued);
        all.push(Moment { at: issued, when, what: "DBS check issued".to_owned(), say: String::new() });
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.at));
    Ok(all)
}

fn moment(event: PersonEvent, by: Option<String>, reasons: bool) -> Moment {
    let by = by.map(|name| format!(" by {name}")).unwrap_or_default();
    let role = || Role::parse(&event.say).map(|role| role.to_string()).unwrap_or_default();
    let what = match event.what {
        Happened::Added => format!("Added{by}"),
        Happened::RoleGiven => format!("Given the role “{}”{by}", role()),
        Happened::RoleTaken => format!("The role “{}” was taken{by}", role()),
        Happened::Suspended => format!("Suspended{by}"),
        Happened::Restored => format!("May act again, said{by}"),
        Happened::Acknowledged => "Read the policy and agreed to follow it".to_owned(),
        Happened::Corrected => format!("Name or address put right{by}"),
        Happened::Left => format!("Left, written down{by}"),
    };
    let is_reason = matches!(event.what, Happened::Suspended | Happened::Restored);
    at(event.at, what, if reasons && is_reason { event.say } else { String::new() })
}

fn at(at: Timestamp, what: String, say: String) -> Moment {
    Moment { at, when: clock_words::day(day_in_london(at)), what, say }
}
