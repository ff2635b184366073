//! What Today says about DBS checks: one's own, with what the role needs and why; and records that wait for those who see to
//! them.

use cleansheet_policy::facts::{Dbs, Standing};
use cleansheet_records::{
    Tx,
    people::{
        People,
        dbs::{DbsRecords, Waiting, Waits},
    },
};

use crate::{
    app::App,
    web::{
        Problem, Signed,
        layout::Page,
        parts::{Notice, Way},
        people::dbs_in_words,
        roles,
    },
};

/// At most this many people are named.
const NAMED: usize = 5;

/// One's own check first.
pub(super) async fn notices(
    tx: &mut Tx,
    app: &App,
    me: &Signed,
    standing: &Standing,
    page: &Page,
) -> Result<Vec<Notice>, Problem> {
    let mut notices = Vec::new();
    if page.nav.draft && standing.dbs != Dbs::Current {
        let needs = roles::needs(&standing.roles, &People(tx).requirements().await?);
        notices.push(Notice {
            state: "stop",
            clause: Some(1),
            say: format!("Your DBS check: {}", dbs_in_words(standing.dbs)),
            remedy: format!("Show the Manager or the safeguarding lead your certificate. {needs}"),
            way: vec![Way::Link { to: "/me/dbs".into(), words: "See how it stands".into() }],
        });
    }
    if page.nav.dbs {
        let waiting = DbsRecords { tx, sealer: &app.sealer }.waiting_for(&me.person.id).await?;
        notices.extend(waiting.iter().take(NAMED).map(waits));
        if waiting.len() > NAMED {
            notices.push(Notice {
                state: "hold",
                clause: Some(1),
                say: format!("{} more DBS records wait", waiting.len() - NAMED),
                remedy: "See to the first ones; the next follow here.".into(),
                way: vec![Way::Link { to: "/people".into(), words: "See the people".into() }],
            });
        }
    }
    Ok(notices)
}

fn waits(one: &Waiting) -> Notice {
    let (say, remedy) = match one.what {
        Waits::ToBeSeen => ("the original is to be seen", "Ask for the certificate, and look at it."),
        Waits::ToBeDecided => ("a decision is open", "Decide whether they are suitable for their role."),
        Waits::ToBeLookedAt => {
            ("a status check needs a look", "Until somebody has looked, they cannot post.")
        }
        Waits::ToBeDeclared => {
            ("nobody declares to DBS any more", "Begin status checks anew in your own name, or end them.")
        }
        Waits::NotAnswered => {
            ("DBS has not answered for three nights", "Ask by hand; nothing has changed so far.")
        }
    };
    Notice {
        state: "hold",
        clause: Some(1),
        say: format!("DBS record of {}: {say}", one.name),
        remedy: remedy.into(),
        way: vec![Way::Link { to: format!("/people/{}/dbs", one.person), words: "See the record".into() }],
    }
}
