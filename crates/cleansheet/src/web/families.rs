//! Pages of families: a parent or carer for their children, and a participant for themselves. A link that shows nothing,
//! a code, the questions, the answers, and one button to stop.
//!
//! Nobody who answers for a child sees anybody else who does: every page here shows the answers of the one who is signed
//! in, and of the child only what the public could see too.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use cleansheet_locales::{Language, Texts, texts};
use cleansheet_records::{
    StoreError, Tx,
    activities::{Activities, Participant},
    consents::{Giver, Reader},
    invitations,
    sign_ins::{Came, SignIn, SignIns},
};
use cleansheet_terms::{Date, day_in_london};

use super::{
    Problem, SignedGuardian, SignedParticipant, Visit, Web, cookies::Cookie, fields::Fields, fields::percent,
    layout::Page, layout::first_name, visit::Who,
};
use crate::app::App;

pub(super) mod answers;
pub(super) mod ask;
pub(super) mod complain;
pub(super) mod enter;
pub(in crate::web) mod form;
mod person;
pub(super) mod pictures;
pub(super) mod withdraw;

/// What every page of families shows around its own part.
pub(super) struct Family {
    page: Page,
    /// Its texts.
    t: &'static Texts,
    languages: Vec<LanguageLink>,
    /// The trust's telephone, when it has one.
    phone: Option<String>,
    /// Who looks after it.
    manager: String,
    /// Somebody reads about themselves.
    own: bool,
    /// On a phone that a guardian gave them.
    handed: bool,
    drawings: Drawings,
}

/// Addresses of the drawings beside the choices.
struct Drawings {
    face_shown: String,
    face_covered: String,
    named: String,
    named_full: String,
    not_named: String,
}

/// One link above the page.
struct LanguageLink {
    language: Language,
    to: String,
    here: bool,
}

impl FromRequestParts<Web> for Family {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, web).await?;
        let profile = &web.app().settings.profile;
        let [face_shown, face_covered, named, named_full, not_named] =
            web.0.assets.drawings().map(str::to_owned);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let link = |language: Language| LanguageLink {
            language,
            to: with_language(&query, language),
            here: language == visit.language,
        };
        Ok(Self {
            languages: Language::ALL.map(link).into(),
            t: texts(visit.language),
            phone: profile.trust.phones.first().cloned(),
            manager: profile.contacts.manager.name.clone(),
            own: matches!(visit.who, Who::Participant(_)),
            handed: matches!(&visit.who, Who::Participant(me) if me.sign_in.came == Came::Handed),
            drawings: Drawings { face_shown, face_covered, named, named_full, not_named },
            page: visit.page,
        })
    }
}

/// The same page in another language.
fn with_language(query: &str, language: Language) -> String {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let kept = pairs.filter(|(name, _)| *name != "language");
    let kept: String = kept.map(|(name, value)| format!("{}={}&", percent(name), percent(value))).collect();
    format!("?{kept}language={language}")
}

impl Family {
    /// A text without values.
    fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    /// Where somebody asks to be called.
    fn calls(&self) -> &'static str {
        if self.own { "/own/call" } else { "/g/call" }
    }

    /// The words of the way back.
    fn back(&self) -> String {
        self.say(if self.own { "own-back" } else { "back" })
    }

    /// A day as the reader writes it.
    fn day(&self, day: Date) -> String {
        cleansheet_locales::date(self.t.language, day)
    }
}

/// Who is signed in.
pub(super) enum Me {
    /// A parent or carer.
    Guardian(Box<SignedGuardian>),
    /// A participant, for themselves.
    Participant(Box<SignedParticipant>),
}

impl<S: Sync> FromRequestParts<S> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Visit::from_request_parts(parts, state).await?.who {
            Who::Guardian(me) => Ok(Self::Guardian(me)),
            Who::Participant(me)
                if me.sign_in.came == Came::Handed && !HANDED.contains(&parts.uri.path()) =>
            {
                Err(Problem::NotFound)
            }
            Who::Participant(me) => Ok(Self::Participant(me)),
            Who::Person(_) | Who::Nobody => Err(Problem::NotFound),
        }
    }
}

/// What a child may do on a phone that a guardian gave them. Whoever gave it can look on, or take it back: nothing that the
/// child said before is shown here, and nothing is left behind.
const HANDED: [&str; 3] = ["/own/answer", "/own/stop", "/own/leave"];

impl Me {
    fn visitor(&self) -> invitations::Visitor {
        match self {
            Self::Guardian(me) => invitations::Visitor::Guardian(me.guardian.id.clone()),
            Self::Participant(me) => invitations::Visitor::Participant(me.participant.id.clone()),
        }
    }

    fn giver(&self) -> Giver {
        match self {
            Self::Guardian(me) => Giver::Guardian(me.guardian.id.clone()),
            Self::Participant(_) => Giver::Own,
        }
    }

    fn sign_in(&self) -> &SignIn {
        match self {
            Self::Guardian(me) => &me.sign_in,
            Self::Participant(me) => &me.sign_in,
        }
    }

    /// What the paths of their pages begin with.
    fn base(&self) -> &'static str {
        match self {
            Self::Guardian(_) => "/g",
            Self::Participant(_) => "/own",
        }
    }

    /// Their first page.
    fn home(&self) -> &'static str {
        match self {
            Self::Guardian(_) => "/g/answers",
            Self::Participant(_) => "/own",
        }
    }

    /// A child on a phone that a guardian gave them.
    fn is_handed(&self) -> bool {
        matches!(self, Self::Participant(me) if me.sign_in.came == Came::Handed)
    }

    /// Ends the visit: the next person with this phone sees nothing.
    async fn close(&self, tx: &mut Tx, app: &App) -> Result<HeaderMap, StoreError> {
        SignIns(tx).end(&self.sign_in().id, app.clock.now()).await?;
        let mut headers = HeaderMap::new();
        if let Some(cookie) = Cookie::SignIn.forget(&app.settings.public_url) {
            headers.append(header::SET_COOKIE, cookie);
        }
        Ok(headers)
    }

    /// A language that was chosen on a page is kept with the next thing a guardian does.
    async fn keep_language(&self, tx: &mut Tx, visit: &Visit) -> Result<(), StoreError> {
        match self {
            Self::Guardian(me) if visit.chose_language => {
                Activities(tx).set_language(&me.guardian.id, visit.language.code()).await
            }
            _ => Ok(()),
        }
    }
}

/// Whom a page is about: the child that the path numbers, or the participant who is signed in.
pub(super) struct About {
    me: Me,
    participant: Participant,
    /// What the paths of pages about them begin with.
    base: String,
}

impl FromRequestParts<Web> for About {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let me = Me::from_request_parts(parts, web).await?;
        let guardian = match &me {
            Me::Participant(own) => {
                let participant = own.participant.clone();
                return Ok(Self { me, participant, base: "/own".to_owned() });
            }
            Me::Guardian(guardian) => guardian,
        };
        let names = Path::<HashMap<String, String>>::from_request_parts(parts, web).await;
        let number = names.ok().and_then(|Path(names)| names.get("number")?.parse::<usize>().ok());
        let number = number.filter(|number| *number > 0).ok_or(Problem::NotFound)?;
        let app = web.app();
        let mut tx = app.records.read().await?;
        let children = children(&mut tx, guardian, day_in_london(app.clock.now())).await?;
        let participant = children.into_iter().nth(number - 1).ok_or(Problem::NotFound)?;
        Ok(Self { me, participant, base: format!("/g/children/{number}") })
    }
}

impl About {
    fn first_name(&self) -> String {
        first_name(&self.participant.name)
    }

    /// In which words they are asked.
    fn reader(&self, day: Date) -> Reader {
        self.me.giver().reader(&self.participant, day)
    }

    /// The number in the path is a place in a list; should the list have changed, it may mean another child by now.
    fn is_meant(&self, fields: &Fields) -> Result<(), Problem> {
        if fields.has("child") && fields.one("child") != self.participant.id.as_str() {
            return Err(Problem::Conflict("the list of your children has changed".to_owned()));
        }
        Ok(())
    }
}

/// The children a guardian answers for. Somebody who has turned 18 answers for themselves, and their pictures and answers
/// are their own.
async fn children(tx: &mut Tx, me: &SignedGuardian, day: Date) -> Result<Vec<Participant>, StoreError> {
    let all = Activities(tx).children_of(&me.guardian.id).await?;
    Ok(all.into_iter().filter(|child| child.is_child_on(day)).collect())
}
