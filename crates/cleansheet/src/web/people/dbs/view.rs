//! DBS records in words, for the two who see to them.

use std::collections::BTreeMap;

use cleansheet_records::{
    Tx,
    people::{
        People, Person,
        dbs::{Consent, Counts, DbsRecordId, Details, Disclosed, Record, Status, Viewed, Way, Why},
    },
};
use cleansheet_terms::{PersonId, Role, Timestamp, day_in_london};

use crate::{
    app::App,
    web::{Problem, clock_words, roles},
};

/// One record.
pub(super) struct View {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) word: &'static str,
    pub(super) says: Vec<String>,
    pub(super) to_see: bool,
    pub(super) to_decide: bool,
    pub(super) decided: bool,
    pub(super) has_details: bool,
}

/// The details of one record, for the one page that was asked for.
pub(super) struct Shown {
    pub(super) record: String,
    pub(super) lines: Vec<(&'static str, String)>,
}

/// Status checks of one person.
pub(super) struct Agreement {
    /// What was agreed and declared; empty while nothing is.
    pub(super) says: Vec<String>,
    /// There is a certificate that can be asked about.
    pub(super) possible: bool,
    /// The program asks by itself.
    pub(super) by_itself: bool,
    pub(super) organisation: String,
    /// Of the one who looks, as a suggestion.
    pub(super) forename: String,
    pub(super) surname: String,
}

/// Names of everybody, by id.
pub(super) struct Names(BTreeMap<PersonId, String>);

impl Names {
    pub(super) async fn read(tx: &mut Tx) -> Result<Self, Problem> {
        let people = People(tx).list().await?;
        Ok(Self(people.into_iter().map(|person| (person.id, person.name)).collect()))
    }

    fn of(&self, id: &PersonId) -> &str {
        self.0.get(id).map_or("somebody", String::as_str)
    }

    pub(super) fn looked(&self, one: &Viewed) -> String {
        format!("{}, {}", self.of(&one.by), clock_words::exact(one.at))
    }
}

/// The others who see to DBS records, for somebody who may not see to their own.
pub(super) async fn who_else(tx: &mut Tx, me: &Person) -> Result<String, Problem> {
    let others = People(tx).list().await?.into_iter().filter(|one| {
        one.id != me.id
            && !one.is_suspended()
            && (one.roles.contains(&Role::Manager) || one.roles.contains(&Role::Dsl))
    });
    let names: Vec<String> = others.map(|one| one.name).collect();
    Ok(if names.is_empty() {
        "Nobody else yet: name a safeguarding lead".to_owned()
    } else {
        names.join(" or ")
    })
}

/// Newest first, the one that counts marked.
pub(super) fn records(all: &[Record], names: &Names) -> Vec<View> {
    let counts = all.iter().filter_map(|record| record.line.decided).max();
    all.iter().map(|record| view(record, counts, names)).collect()
}

fn view(record: &Record, newest: Option<Timestamp>, names: &Names) -> View {
    let line = &record.line;
    let check = &line.check;
    let (seen, decided) = (check.seen.is_some(), line.decided.is_some());
    let counts = decided && line.decided == newest;
    let (state, word) = match (seen, decided, counts) {
        (false, ..) => ("hold", "The original is to be seen"),
        (_, false, _) => ("hold", "To be decided"),
        (.., false) => ("off", "An earlier one"),
        _ if line.status == Some(Counts::Stops) => ("hold", "Needs a look"),
        _ if check.suitable => ("ok", "Counts"),
        _ => ("stop", "Not suitable"),
    };
    View {
        id: record.id.to_string(),
        title: format!(
            "{}, {}, {}",
            super::super::super::problem::sentence(roles::level_words(check.level)).trim_end_matches('.'),
            roles::workforce_words(check.workforce),
            clock_words::day(check.issued)
        ),
        state,
        word,
        says: history(record, names),
        to_see: !seen && record.has_content,
        to_decide: seen && record.has_content,
        decided,
        has_details: record.has_identity || record.has_content || line.status == Some(Counts::Stops),
    }
}

fn history(record: &Record, names: &Names) -> Vec<String> {
    let on = |at: Timestamp| clock_words::day(day_in_london(at));
    let mut says = vec![match &record.recorded {
        (Some(by), at) => format!("{} wrote it down on {}.", names.of(by), on(*at)),
        (None, at) => format!("Taken over from an earlier register on {}.", on(*at)),
    }];
    if let Some((by, at)) = &record.line.check.seen {
        says.push(format!("{} saw the original on {}.", names.of(by), on(*at)));
    }
    if let (Some(by), Some(at)) = (&record.decided_by, record.line.decided) {
        let what = if record.line.check.suitable { "suitable" } else { "not suitable" };
        says.push(format!("{} decided on {}: {what}.", names.of(by), on(at)));
    }
    if let Some(status) = &record.status {
        says.push(status_in_words(status, names));
    }
    match (record.has_content, record.line.decided.is_some(), record.recorded.0.is_some()) {
        (false, true, true) => {
            says.push("What it said was kept for six months after the decision, and is gone.".to_owned());
        }
        (false, false, _) => says.push("Ask for the original, and write it down below.".to_owned()),
        _ => {}
    }
    says
}

fn status_in_words(status: &Status, names: &Names) -> String {
    let asked = clock_words::exact(status.asked);
    let by = status.asked_by.as_ref().map_or("the program", |by| names.of(by));
    let how = match status.way {
        Way::Service => "",
        Way::ByHand => " by hand",
    };
    let what = match status.counts {
        Counts::Passes(_) => "still current",
        Counts::Nothing => "nothing matches, which says nothing; the day of issue counts",
        Counts::Stops => "it needs a look. Why, and what to do, stands with the details",
    };
    format!("Status check by {by}{how}, {asked}: {what}.")
}

/// Why a status check needs a look, and what to do; nothing when it does not.
fn why_in_words(why: Why) -> Option<&'static str> {
    match why {
        Why::Fine => None,
        Why::NewInformation => {
            Some("There is new information, so it is no longer current. Ask for a new certificate.")
        }
        Why::NotDecided => Some(
            "It disclosed something, and nobody decided with that before them. See the original, and write it down anew.",
        ),
        Why::Differs => Some(
            "Name or day of issue are others than here. See the original, and write it down anew as it stands there.",
        ),
        Why::NotKept => Some("Why was kept for six months, and is gone. Ask for a new certificate."),
    }
}

impl Shown {
    pub(super) fn of(record: &DbsRecordId, details: Details) -> Self {
        let mut lines = Vec::new();
        if let Some(why) = details.why.and_then(why_in_words) {
            lines.push(("Status check", why.to_owned()));
        }
        if let Some(identity) = details.identity {
            lines.push(("Certificate number", identity.number.reveal().to_owned()));
            lines.push(("Name on it", format!("{} {}", identity.forename, identity.surname)));
            let birthday = identity.birthday.map_or_else(|| "not kept".to_owned(), clock_words::day);
            lines.push(("Birthday", birthday));
        }
        if let Some(content) = details.content {
            let disclosed = match content.disclosed {
                None => "the original is to be seen",
                Some(Disclosed::Nothing) => "nothing",
                Some(Disclosed::Something) => "something",
            };
            lines.push(("It disclosed", disclosed.to_owned()));
            let note = if content.note.is_empty() { "none".to_owned() } else { content.note };
            lines.push(("Note of the decision", note));
        }
        Self { record: record.to_string(), lines }
    }
}

impl Agreement {
    pub(super) fn none(app: &App, me: &str) -> Self {
        let (forename, surname) = me.trim().rsplit_once(' ').unwrap_or((me, ""));
        Self {
            says: Vec::new(),
            possible: false,
            by_itself: app.settings.update_service.is_some(),
            organisation: app.settings.profile.trust.name.clone(),
            forename: forename.to_owned(),
            surname: surname.to_owned(),
        }
    }

    pub(super) fn fill(&mut self, consent: Option<Consent>, possible: bool, names: &Names) {
        self.possible = possible;
        let Some(consent) = consent else { return };
        let (recorded, declared) = (names.of(&consent.recorded_by), names.of(&consent.declared_by));
        let (forename, surname) = &consent.checker;
        self.says = vec![
            format!(
                "They agreed in writing on {}; {recorded} wrote that down.",
                clock_words::day(consent.given)
            ),
            format!(
                "{declared} declared to DBS on {} that status checks may be made, as {forename} {surname}.",
                clock_words::day(day_in_london(consent.declared))
            ),
        ];
        if consent.failed_nights > 0 {
            let nights = usize::try_from(consent.failed_nights).unwrap_or_default();
            let nights = clock_words::count(nights, "night", "nights");
            self.says.push(format!("The Update Service has not answered for {nights}. It is asked again."));
        }
    }
}
