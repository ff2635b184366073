//! Participants, their guardians, and activities with their rosters: who may be in the picture.

use cleansheet_terms::{ActivityId, Clock, Date, Entropy, GuardianId, OldPostId, ParticipantId};
use sqlx::any::AnyRow;

use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
};

mod address;
mod duplicates;
mod families;
mod merge;
mod names;
mod no_image;
mod relation;
mod rosters;
mod waiting;
mod wishes;

pub use address::{AddressError, address};
pub use duplicates::Pair;
pub(crate) use duplicates::{Likeness, likeness, marks};
pub use families::{GuardianDetails, Guardianship, ParticipantDetails};
pub use merge::{MergeError, merge, merged};
pub use names::folded;
pub(crate) use names::{one_slip_apart, same_parts};
pub use relation::{Relation, UnknownRelation};

/// Somebody in activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The participant.
    pub id: ParticipantId,
    /// Their name.
    pub name: String,
    /// Their birthday, when it is known.
    pub born: Option<Date>,
    /// They said that they are 18 or over, and gave no birthday.
    pub adult: bool,
    /// The hard flag: no picture, whatever anybody answered.
    pub no_image: bool,
    /// Their last day in activities.
    pub left: Option<Date>,
    /// The trust's own number; empty when there is none.
    pub reference: String,
    /// Their own address; empty when there is none.
    pub mail: String,
}

impl Participant {
    /// Whole years on a day; `None` when the birthday is not known. Somebody born on 29 February turns a year older on
    /// 1 March of other years.
    pub fn age_on(&self, day: Date) -> Option<i16> {
        let born = self.born?;
        let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
        Some(day.year() - born.year() - i16::from(before_birthday))
    }

    /// Under 18, or of unknown age: 16 and 17 are children here. A birthday says more than somebody's own word.
    pub fn is_child_on(&self, day: Date) -> bool {
        self.age_on(day).map_or(!self.adult, |age| age < 18)
    }
}

/// An adult with parental responsibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardian {
    /// The guardian.
    pub id: GuardianId,
    /// Their name; guardians of one child never see each other's.
    pub name: String,
    /// The registered address, where codes go; empty for somebody who gets letters.
    pub mail: String,
    /// Their telephone number; empty when there is none.
    pub phone: String,
    /// The language they read best, as in `locales/`.
    pub language: String,
}

/// One football session or event on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The activity.
    pub id: ActivityId,
    /// As people call it.
    pub name: String,
    /// Where.
    pub place: String,
    /// When, in London.
    pub day: Date,
}

/// What can be wrong with a change.
#[derive(Debug, thiserror::Error)]
pub enum ActivityError {
    /// No such participant.
    #[error("no participant `{0}`")]
    NoParticipant(ParticipantId),
    /// A record that another one was made one with: nothing new is written to it.
    #[error("this record and another one were made one meanwhile; open the participant again and look")]
    Merged(ParticipantId),
    /// What shows them is still being taken down, and has to stay so.
    #[error("their data is being erased, so the flag stays until that is done")]
    BeingErased,
    /// Somebody who answered at an event, and may be another one on record who is not to be shown.
    #[error(
        "somebody on record has the same name; say on the page “On record twice” that they are two, and go on then"
    )]
    MayBeAnother,
    /// No such guardian.
    #[error("no guardian `{0}`")]
    NoGuardian(GuardianId),
    /// No such activity.
    #[error("no activity `{0}`")]
    NoActivity(ActivityId),
    /// A name is missing.
    #[error("a name is needed")]
    Nameless,
    /// An address that cannot be one.
    #[error(transparent)]
    NoMail(#[from] AddressError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Participants, guardians and activities in the database. Borrow it from a [`Tx`].
pub struct Activities<'t>(pub &'t mut Tx);

macro_rules! select_participant {
    ($tail:literal) => {
        concat!("SELECT p.id, p.name, p.born_day, p.adult, p.no_image, p.left_day, p.reference, p.mail FROM participant p ", $tail)
    };
}

macro_rules! select_guardian {
    ($tail:literal) => {
        concat!("SELECT g.id, g.name, g.mail, g.phone, g.language FROM guardian g ", $tail)
    };
}

macro_rules! select_activity {
    ($tail:literal) => {
        concat!("SELECT id, name, place, day FROM activity ", $tail)
    };
}

impl Activities<'_> {
    /// Adds a participant; `born` is `None` when the birthday is not known, and then they count as a young child.
    pub async fn add_participant(
        &mut self,
        name: &str,
        born: Option<Date>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ParticipantId, ActivityError> {
        let new = ParticipantDetails { name, born, adult: false, reference: "", mail: "" };
        self.add_participant_with(&new, clock, entropy).await
    }

    /// The participant's last day in activities; consents end with it.
    pub async fn participant_leaves(
        &mut self,
        id: &ParticipantId,
        last_day: Date,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        self.known_participant(id).await?;
        let set = sql("UPDATE participant SET left_day = $1 WHERE id = $2")
            .bind(last_day.to_string())
            .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        let payload = last_day.to_string();
        Ledger(self.0).append("participant.changed", id.as_str(), &payload, clock.now(), entropy).await?;
        Ok(())
    }

    /// One participant.
    pub async fn participant(&mut self, id: &ParticipantId) -> Result<Option<Participant>, StoreError> {
        let found = sql(select_participant!("WHERE p.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(participant).transpose()
    }

    /// Every participant, by name.
    pub async fn participants(&mut self) -> Result<Vec<Participant>, StoreError> {
        self.0
            .rows(sql(select_participant!("WHERE p.merged_into IS NULL ORDER BY p.name, p.id")))
            .await?
            .iter()
            .map(participant)
            .collect()
    }

    /// Adds a guardian with the registered address, who reads English.
    pub async fn add_guardian(
        &mut self,
        name: &str,
        mail: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<GuardianId, ActivityError> {
        let new = GuardianDetails { name, mail, phone: "", language: "en" };
        self.add_guardian_with(&new, clock, entropy).await
    }

    /// One guardian.
    pub async fn guardian(&mut self, id: &GuardianId) -> Result<Option<Guardian>, StoreError> {
        let found = sql(select_guardian!("WHERE g.id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(guardian).transpose()
    }

    /// Every guardian, by name.
    pub async fn guardians(&mut self) -> Result<Vec<Guardian>, StoreError> {
        self.0.rows(sql(select_guardian!("ORDER BY g.name, g.id"))).await?.iter().map(guardian).collect()
    }

    /// Writes down that a guardian has parental responsibility for a participant.
    pub async fn link(
        &mut self,
        participant: &ParticipantId,
        guardian: &GuardianId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        self.known_participant(participant).await?;
        self.guardian(guardian).await?.ok_or_else(|| ActivityError::NoGuardian(guardian.clone()))?;
        Ok(self.link_known(participant, guardian, clock, entropy).await?)
    }

    /// The same of two who are on record for certain.
    pub(crate) async fn link_known(
        &mut self,
        participant: &ParticipantId,
        guardian: &GuardianId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let link = sql("INSERT INTO guardianship (participant_id, guardian_id) VALUES ($1, $2)
             ON CONFLICT (participant_id, guardian_id) DO UPDATE SET ended_ms = NULL
             WHERE guardianship.ended_ms IS NOT NULL")
        .bind(participant.as_str().to_owned())
        .bind(guardian.as_str().to_owned());
        if self.0.run(link).await? == 1 {
            let at = clock.now();
            Ledger(self.0).append("guardian.linked", participant.as_str(), guardian, at, entropy).await?;
        }
        Ok(())
    }

    /// Everybody with parental responsibility for a participant, by id.
    pub async fn guardians_of(&mut self, id: &ParticipantId) -> Result<Vec<Guardian>, StoreError> {
        let found = sql(select_guardian!(
            "JOIN guardianship s ON s.guardian_id = g.id
             WHERE s.participant_id = $1 AND s.ended_ms IS NULL ORDER BY g.id"
        ))
        .bind(id.as_str().to_owned());
        self.0.rows(found).await?.iter().map(guardian).collect()
    }

    /// The participants a guardian answers for, by name.
    pub async fn children_of(&mut self, id: &GuardianId) -> Result<Vec<Participant>, StoreError> {
        let found = sql(select_participant!(
            "JOIN guardianship s ON s.participant_id = p.id
             WHERE s.guardian_id = $1 AND s.ended_ms IS NULL ORDER BY p.name, p.id"
        ))
        .bind(id.as_str().to_owned());
        self.0.rows(found).await?.iter().map(participant).collect()
    }

    /// Adds an activity with an empty roster.
    pub async fn add_activity(
        &mut self,
        name: &str,
        place: &str,
        day: Date,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<ActivityId, ActivityError> {
        let name = named(name)?;
        let id = ActivityId::new(clock, entropy);
        let insert = sql("INSERT INTO activity (id, name, place, day) VALUES ($1, $2, $3, $4)")
            .bind(id.as_str().to_owned())
            .bind(name)
            .bind(place.trim().to_owned())
            .bind(day.to_string());
        self.0.run(insert).await?;
        Ledger(self.0)
            .append_first("activity.added", id.as_str(), &day.to_string(), clock.now(), entropy)
            .await?;
        Ok(id)
    }

    /// One activity.
    pub async fn activity(&mut self, id: &ActivityId) -> Result<Option<Activity>, StoreError> {
        let found = sql(select_activity!("WHERE id = $1")).bind(id.as_str().to_owned());
        self.0.row(found).await?.as_ref().map(activity).transpose()
    }

    /// Every activity, the newest day first.
    pub async fn activities(&mut self) -> Result<Vec<Activity>, StoreError> {
        self.0
            .rows(sql(select_activity!("ORDER BY day DESC, name, id")))
            .await?
            .iter()
            .map(activity)
            .collect()
    }

    /// Who was at an activity, by name.
    pub async fn roster(&mut self, id: &ActivityId) -> Result<Vec<Participant>, StoreError> {
        let found = sql(select_participant!(
            "JOIN roster r ON r.participant_id = p.id WHERE r.activity_id = $1 ORDER BY p.name, p.id"
        ))
        .bind(id.as_str().to_owned());
        self.0.rows(found).await?.iter().map(participant).collect()
    }

    /// Who is shown in an old post, by name.
    pub(crate) async fn shown_in_old(&mut self, id: &OldPostId) -> Result<Vec<Participant>, StoreError> {
        let found = sql(select_participant!(
            "JOIN old_depiction d ON d.participant_id = p.id WHERE d.old_post_id = $1 ORDER BY p.name, p.id"
        ))
        .bind(id.as_str().to_owned());
        self.0.rows(found).await?.iter().map(participant).collect()
    }

    pub(crate) async fn known_activity(&mut self, id: &ActivityId) -> Result<Activity, ActivityError> {
        self.activity(id).await?.ok_or_else(|| ActivityError::NoActivity(id.clone()))
    }

    /// A participant to write something down about. A page that was open during a merge still has the old id.
    pub(crate) async fn known_participant(
        &mut self,
        id: &ParticipantId,
    ) -> Result<Participant, ActivityError> {
        if let Some(into) = merged(self.0, id).await? {
            return Err(ActivityError::Merged(into));
        }
        self.participant(id).await?.ok_or_else(|| ActivityError::NoParticipant(id.clone()))
    }
}

fn named(name: &str) -> Result<String, ActivityError> {
    let name = name.trim();
    if name.is_empty() { Err(ActivityError::Nameless) } else { Ok(name.to_owned()) }
}

fn participant(row: &AnyRow) -> Result<Participant, StoreError> {
    Ok(Participant {
        id: row.read("id", ParticipantId::parse)?,
        name: row.text("name")?,
        born: row.maybe_day("born_day")?,
        adult: row.flag("adult")?,
        no_image: row.flag("no_image")?,
        left: row.maybe_day("left_day")?,
        reference: row.text("reference")?,
        mail: row.text("mail")?,
    })
}

fn guardian(row: &AnyRow) -> Result<Guardian, StoreError> {
    Ok(Guardian {
        id: row.read("id", GuardianId::parse)?,
        name: row.text("name")?,
        mail: row.text("mail")?,
        phone: row.text("phone")?,
        language: row.text("language")?,
    })
}

fn activity(row: &AnyRow) -> Result<Activity, StoreError> {
    Ok(Activity {
        id: row.read("id", ActivityId::parse)?,
        name: row.text("name")?,
        place: row.text("place")?,
        day: row.day("day")?,
    })
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::{Date, ParticipantId};

    use super::Participant;

    fn born(day: Option<&str>) -> Participant {
        let id = ParticipantId::parse("participant_1").unwrap();
        let born = day.map(|day| day.parse().unwrap());
        let (name, none) = ("Asha Verma".to_owned(), String::new());
        let (reference, mail) = (none.clone(), none);
        Participant { id, name, born, adult: false, no_image: false, left: None, reference, mail }
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_child_is_a_child_up_to_the_day_before_the_eighteenth_birthday() {
        let child = born(Some("2008-11-24"));
        assert_eq!(child.age_on(day("2026-11-23")), Some(17));
        assert!(child.is_child_on(day("2026-11-23")));
        assert_eq!(child.age_on(day("2026-11-24")), Some(18));
        assert!(!child.is_child_on(day("2026-11-24")));
    }

    #[test]
    fn sixteen_is_still_a_child() {
        assert!(born(Some("2010-11-24")).is_child_on(day("2026-11-24")));
    }

    #[test]
    fn somebody_of_unknown_age_is_a_child() {
        assert_eq!(born(None).age_on(day("2026-11-24")), None);
        assert!(born(None).is_child_on(day("2026-11-24")));
    }

    #[test]
    fn a_birthday_says_more_than_somebodys_own_word() {
        for (birthday, child) in [(None, false), (Some("2010-11-24"), true), (Some("1990-11-24"), false)] {
            let grown = Participant { adult: true, ..born(birthday) };
            assert_eq!(grown.is_child_on(day("2026-11-24")), child, "{birthday:?}");
        }
    }

    #[test]
    fn a_leap_day_birthday_falls_on_the_first_of_march() {
        let child = born(Some("2008-02-29"));
        assert!(child.is_child_on(day("2026-02-28")));
        assert!(!child.is_child_on(day("2026-03-01")));
    }
}
