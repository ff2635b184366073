//! Fills a new trust with the invented people, their papers, an activity of today and its roster.

use cleansheet_locales::Language;
use cleansheet_records::{
    StoreError, Tx,
    accounts::{AccountError, Accounts, NewEntry, NewGrant, NewNativeRole, Recovery, Rights, TwoStep},
    activities::{Activities, ActivityError},
    asking::{Why, Words as _},
    consents::{ConsentError, Consents, Editions, Giver, NewAnswer, QUESTIONS, Review, Way},
    invitations::{InvitationError, Invitations, Visitor},
    mails::Mails,
    people::{
        CertificateError, Courses, DbsCheck, DbsLevel, NewCertificate, NewPerson, People, PersonError,
        RoleRequirement, Workforce,
    },
    sign_ins::{LinkKind, SignIns},
};
use cleansheet_terms::{
    ActivityId, ChannelId, Date, Naming, Network, ParticipantId, PersonId, day_in_london,
};
use jiff::{Span, ToSpan as _};

use super::people::{
    Answers, COLLEAGUES, Child, Colleague, DSL, LANGUAGES, MANAGER, REVIEWS, ROSTER, Standing,
};
use crate::{
    app::App,
    wordings::{self, WordingError},
};

/// How many of the roster were there last week too.
const LAST_WEEK: usize = 5;
/// Who is on record twice, and under which name.
const TWICE: (&str, &str) = ("Leo Hartwell", "Leo Hartwel");

/// Why the demo could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// People.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Their certificates.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Accounts.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Participants and activities.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// Answers.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// The words people are asked in.
    #[error(transparent)]
    Wording(#[from] WordingError),
    /// Invitations.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// The records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reckoning with days.
    #[error("a day of the demo cannot be reckoned: {0}")]
    Day(#[from] jiff::Error),
}

/// How somebody signs in to the demo.
#[derive(Debug, Clone)]
pub struct Link {
    /// Their name.
    pub name: &'static str,
    /// Their role and standing, in words.
    pub what: &'static str,
    /// The path to open.
    pub path: String,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Filled {
    /// One link for each colleague.
    pub links: Vec<Link>,
    /// The path of each guardian's invitation, by mail address.
    pub invitations: Vec<Invited>,
    /// Everybody on the roster, by name.
    pub children: Vec<Named>,
    /// The account on Bluesky, still to be connected, and the Manager who permitted it.
    pub bluesky: Option<(ChannelId, PersonId)>,
}

/// A guardian's mail address and the path of their invitation.
type Invited = (&'static str, String);
/// A child's name and id.
type Named = (&'static str, ParticipantId);

/// Fills a new trust, in one transaction.
///
/// - `bluesky`: it has an account there as well.
pub async fn fill(app: &App, bluesky: bool) -> Result<Filled, FillError> {
    let mut tx = app.records.begin().await?;
    let mut filling = Filling { app, tx: &mut tx, today: day_in_london(app.clock.now()) };
    let staff = filling.staff().await?;
    filling.account(&staff, Network::Website, "News page").await?;
    let bluesky = match bluesky {
        true => {
            let channel = filling.account(&staff, Network::Bluesky, "Bluesky").await?;
            Some((channel, staff.id(MANAGER)?.clone()))
        }
        false => None,
    };
    filling.old_account(&staff).await?;
    let links = filling.links(&staff).await?;
    let (invitations, children) = filling.roster(&staff).await?;
    tx.commit().await?;
    Ok(Filled { links, invitations, children, bluesky })
}

struct Filling<'a> {
    app: &'a App,
    tx: &'a mut Tx,
    today: Date,
}

/// The colleagues with their ids, in the order of [`COLLEAGUES`].
struct Staff(Vec<(&'static Colleague, PersonId)>);

impl Staff {
    fn id(&self, mail: &str) -> Result<&PersonId, FillError> {
        let found = self.0.iter().find(|(colleague, _)| colleague.mail == mail);
        found.map(|(_, id)| id).ok_or(FillError::Person(PersonError::NotManager))
    }

    /// Papers are seen and verified by somebody else than their holder.
    fn other_than(&self, colleague: &Colleague) -> Result<&PersonId, FillError> {
        self.id(if colleague.mail == MANAGER { DSL } else { MANAGER })
    }
}

impl Filling<'_> {
    async fn staff(&mut self) -> Result<Staff, FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let mut staff = Vec::new();
        for colleague in &COLLEAGUES {
            let new = NewPerson { name: colleague.name, mail: colleague.mail, roles: &[colleague.role] };
            staff.push((colleague, People(self.tx).add(&new, None, clock, &mut chance).await?));
        }
        let staff = Staff(staff);
        let manager = staff.id(MANAGER)?;
        for requirement in RoleRequirement::usual() {
            People(self.tx).require(&requirement, Some(manager), clock, &mut chance).await?;
        }
        for (colleague, id) in &staff.0 {
            if colleague.standing != Standing::NotNeeded {
                self.papers(colleague, id, staff.other_than(colleague)?).await?;
            }
        }
        Ok(staff)
    }

    async fn papers(&mut self, colleague: &Colleague, id: &PersonId, by: &PersonId) -> Result<(), FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let seen = Some((by.clone(), clock.now()));
        let check = DbsCheck {
            level: DbsLevel::Enhanced,
            workforce: Workforce::Child,
            issued: self.days_ago(14.months())?,
            seen,
            suitable: true,
        };
        People(self.tx).record_dbs(id, &check, clock, &mut chance).await?;
        // The certificate is good for two years: this one ran out last week.
        let lapsed = colleague.standing == Standing::CertificateLapsed;
        let completed = self.days_ago(if lapsed { 24.months().days(7) } else { 11.months() })?;
        for course in Courses(self.tx).list().await?.iter().take(1) {
            let new = NewCertificate { course: &course.id, completed, reference: "" };
            let papers = People(self.tx).add_certificate(id, &new, clock, &mut chance).await?;
            People(self.tx).verify_certificate(&papers, by, clock, &mut chance).await?;
        }
        People(self.tx).acknowledge(id, &self.app.policy.hash(), clock, &mut chance).await?;
        Ok(())
    }

    async fn account(&mut self, staff: &Staff, on: Network, name: &str) -> Result<ChannelId, FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let manager = staff.id(MANAGER)?;
        let channel = Accounts(self.tx).add(on, name, clock, &mut chance).await?;
        Accounts(self.tx).permit(&channel, manager, clock, &mut chance).await?;
        for (colleague, person) in &staff.0 {
            if matches!(colleague.standing, Standing::InOrder | Standing::CertificateLapsed) {
                let (from, until) = (self.days_ago(2.months())?, self.today.checked_add(10.months())?);
                let grant =
                    NewGrant { person, channel: &channel, rights: Rights::ALL, by: manager, from, until };
                Accounts(self.tx).give(&grant, clock, &mut chance).await?;
            }
        }
        Ok(channel)
    }

    /// An account from before, of which somebody who has left still knows the password.
    async fn old_account(&mut self, staff: &Staff) -> Result<(), FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let by = staff.id(MANAGER)?;
        let entry = NewEntry {
            handle: "@rivermead_old",
            recovery: Recovery::NobodyKnows,
            recovery_address: "",
            two_step: TwoStep::Unknown,
            by,
        };
        let mut accounts = Accounts(self.tx);
        let channel = accounts.register((Network::X, "Old X account"), &entry, clock, &mut chance).await?;
        let role = NewNativeRole {
            channel: &channel,
            person: None,
            holder: "Robin Sayer, who left in 2023",
            what: "knows the password",
            by,
        };
        accounts.note_native_role(&role, clock, &mut chance).await?;
        Ok(())
    }

    async fn links(&mut self, staff: &Staff) -> Result<Vec<Link>, FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let mut links = Vec::new();
        for (colleague, id) in &staff.0 {
            let secret = SignIns(self.tx).make_link(id, LinkKind::Demo, clock, &mut chance).await?;
            let path = format!("/sign-in/{}", secret.reveal());
            links.push(Link { name: colleague.name, what: colleague.what, path });
        }
        Ok(links)
    }

    async fn roster(&mut self, staff: &Staff) -> Result<(Vec<Invited>, Vec<Named>), FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        self.words(staff.id(MANAGER)?).await?;
        let mut activities = Activities(self.tx);
        let activity = activities
            .add_activity("Under-11s skills", "Lark Lane pitches", self.today, clock, &mut chance)
            .await?;
        let (mut invitations, mut children) = (Vec::new(), Vec::new());
        for child in &ROSTER {
            let id = self.child(child, &activity, staff.id(DSL)?).await?;
            invitations.extend(self.guardians(child, &id).await?);
            children.push((child.name, id));
        }
        self.twice_on_record(&children).await?;
        Ok((invitations, children))
    }

    /// The words people are asked in; two translations are approved.
    async fn words(&mut self, manager: &PersonId) -> Result<(), FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        wordings::put_shipped_in_force(self.tx, Some(manager), clock, &mut chance).await?;
        let Some(edition) = Editions(self.tx).in_force().await? else { return Ok(()) };
        for (language, reviewer) in REVIEWS {
            let (edition, language) = (&edition, language.code());
            let texts = &edition.texts_in(language);
            let review = Review { edition: &edition.id, language, texts, reviewer, by: manager };
            Editions(self.tx).approve(&review, clock, &mut chance).await?;
        }
        Ok(())
    }

    /// Last week's activity, and a child whom somebody added to it by a slip of the finger: one on record twice.
    async fn twice_on_record(&mut self, children: &[Named]) -> Result<(), FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let last_week = self.days_ago(7.days())?;
        let mut activities = Activities(self.tx);
        let activity = activities
            .add_activity("Under-11s skills", "Lark Lane pitches", last_week, clock, &mut chance)
            .await?;
        for (name, id) in children.iter().take(LAST_WEEK) {
            activities.put_on_roster(&activity, id).await?;
            if *name == TWICE.0 {
                let born = activities.participant(id).await?.and_then(|one| one.born);
                let twin = activities.add_participant(TWICE.1, born, clock, &mut chance).await?;
                activities.put_on_roster(&activity, &twin).await?;
            }
        }
        Ok(())
    }

    async fn child(
        &mut self,
        child: &Child,
        activity: &ActivityId,
        dsl: &PersonId,
    ) -> Result<ParticipantId, FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let birthday = if child.answers == Answers::EighteenYesterday { 1.day() } else { 40.days() };
        let born = self.days_ago(birthday.years(child.age))?;
        let mut activities = Activities(self.tx);
        let id = activities.add_participant(child.name, Some(born), clock, &mut chance).await?;
        activities.put_on_roster(activity, &id).await?;
        if child.answers == Answers::NoImage {
            activities.set_no_image(&id, true, None, dsl.as_str(), clock, &mut chance).await?;
        }
        Ok(id)
    }

    /// The guardians' answers, the child's own, and an invitation for each guardian.
    async fn guardians(
        &mut self,
        child: &'static Child,
        id: &ParticipantId,
    ) -> Result<Vec<Invited>, FillError> {
        let (clock, mut chance) = (&*self.app.clock, &self.app.entropy);
        let mut invitations = Vec::new();
        for (number, (name, mail)) in child.guardians.iter().copied().enumerate() {
            let guardian = Activities(self.tx).add_guardian(name, mail, clock, &mut chance).await?;
            Activities(self.tx).link(id, &guardian, clock, &mut chance).await?;
            let reads = LANGUAGES.iter().find(|(whose, _)| *whose == mail);
            let reads = reads.map_or(Language::English, |(_, language)| *language);
            Activities(self.tx).set_language(&guardian, reads.code()).await?;
            if child.answers != Answers::Unasked {
                let yes = child.answers != Answers::OneGuardianSaysNo || number == 0;
                self.answer(id, &Giver::Guardian(guardian.clone()), yes, child).await?;
            }
            let visitor = Visitor::Guardian(guardian);
            let secret = Invitations(self.tx).invite(&visitor, clock, &mut chance).await?;
            self.invite(reads, &visitor, mail, secret.reveal()).await?;
            invitations.push((mail, format!("/g/{}", secret.reveal())));
        }
        match child.answers {
            Answers::ChildSaysNo => self.answer(id, &Giver::Own, false, child).await?,
            // Somebody who turned 18 yesterday has not been asked yet.
            Answers::Unasked | Answers::EighteenYesterday => {}
            _ if child.age >= 12 => self.answer(id, &Giver::Own, true, child).await?,
            _ => {}
        }
        Ok(invitations)
    }

    async fn answer(
        &mut self,
        id: &ParticipantId,
        giver: &Giver,
        yes: bool,
        child: &Child,
    ) -> Result<(), FillError> {
        let until = self.today.checked_add(9.months())?;
        let naming = if child.answers == Answers::Full { Naming::First } else { Naming::None };
        for (purpose, kind) in QUESTIONS {
            let answer = NewAnswer {
                participant: id,
                giver: giver.clone(),
                purpose,
                kind,
                yes,
                naming,
                language: "en",
                way: Way::Paper,
                evidence: "a form of the demo",
                until,
            };
            Consents(self.tx).record(&answer, &*self.app.clock, &mut &self.app.entropy).await?;
        }
        Ok(())
    }

    async fn invite(
        &mut self,
        reads: Language,
        to: &Visitor,
        mail: &str,
        link: &str,
    ) -> Result<(), FillError> {
        let written = self.app.words().mail(Why::Ask, to, reads.code(), link);
        let clock = &*self.app.clock;
        Mails(self.tx).queue(mail, &written.subject, &written.body, clock, &mut &self.app.entropy).await?;
        Ok(())
    }

    fn days_ago(&self, span: Span) -> Result<Date, FillError> {
        Ok(self.today.checked_sub(span)?)
    }
}
