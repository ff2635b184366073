//! Who is here: worked out once by the guard, handed to the handler.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use cleansheet_locales::Language;
use cleansheet_policy::{Action, Visitor, VisitorKind};
use cleansheet_records::{
    StoreError, Tx,
    activities::{Activities, Guardian, Participant},
    invitations,
    people::{People, Person},
    settings::Settings,
    sign_ins::{Holder, SignIn, SignIns},
};
use cleansheet_terms::{Role, Timestamp, random_hex};

use super::{Problem, Web, cookies::Cookie, forms, layout::Page};
use crate::app::App;

/// A member of staff who is signed in.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub person: Person,
    /// What they act as at this instant: their own roles, and the Manager's while they stand in and may.
    pub roles: BTreeSet<Role>,
    /// From which browser.
    pub sign_in: SignIn,
    /// How long it had been idle before this request, for the policy.
    pub device: cleansheet_policy::facts::SignIn,
}

/// A parent or carer who is signed in.
#[derive(Debug, Clone)]
pub struct SignedGuardian {
    /// Who.
    pub guardian: Guardian,
    /// From which browser.
    pub sign_in: SignIn,
}

/// A participant who is signed in, for themselves.
#[derive(Debug, Clone)]
pub struct SignedParticipant {
    /// Who.
    pub participant: Participant,
    /// From which browser.
    pub sign_in: SignIn,
}

/// Who is here.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody we know.
    Nobody,
    /// A member of staff.
    Person(Box<Signed>),
    /// A parent or carer.
    Guardian(Box<SignedGuardian>),
    /// A participant.
    Participant(Box<SignedParticipant>),
}

/// One request's visitor, and what every page shows them.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who is here.
    pub who: Who,
    /// For the layout.
    pub page: Page,
    /// The language of families' pages.
    pub language: Language,
    /// It was chosen on a page, now or before, and not only guessed or on record.
    pub chose_language: bool,
    /// The language was chosen with this very request: the cookie is set.
    new_language: bool,
    /// The form cookie's value, when this response has to set it.
    new_form_cookie: Option<String>,
}

impl Visit {
    /// Looks at the cookies.
    ///
    /// - `quiet`: a script asks by itself; this keeps nobody signed in.
    pub(super) async fn of(web: &Web, request: &Parts, quiet: bool) -> Result<Self, Problem> {
        let (app, headers) = (web.app(), &request.headers);
        let origin = &app.settings.public_url;
        let now = app.clock.now();
        let mut tx = app.records.read().await?;
        let who = match Cookie::SignIn.read(headers, origin) {
            Some(token) => recognise(&mut tx, token, now).await?,
            None => Who::Nobody,
        };
        let pause = Settings(&mut tx).pause().await?;
        drop(tx);
        if !quiet && let Some(sign_in) = who.sign_in().filter(|sign_in| sign_in.needs_touch(now)) {
            // Reading never waits for those who write: what is not noted now is noted with the next page.
            let _later_is_fine = tokio::time::timeout(MOST_WAIT, touch(app, sign_in, now)).await;
        }
        let (csrf, new_form_cookie) = match &who {
            Who::Person(me) => (me.sign_in.csrf.clone(), None),
            Who::Guardian(me) => (me.sign_in.csrf.clone(), None),
            Who::Participant(me) => (me.sign_in.csrf.clone(), None),
            Who::Nobody => {
                let kept = Cookie::Form.read(headers, origin).map(str::to_owned);
                let value = kept.clone().unwrap_or_else(|| random_hex(&mut &app.entropy, 16));
                (forms::token_for(&value, &app.forms_key), kept.is_none().then_some(value))
            }
        };
        let page = Page::new(web, &who, request.uri.path(), csrf, pause.as_ref());
        let chosen = chosen_now(request);
        let kept = Cookie::Language.read(headers, origin).and_then(|kept| Language::parse(kept).ok());
        let chosen_or_kept = chosen.or(kept);
        let language = chosen_or_kept.or_else(|| who.language()).or_else(|| wished(headers));
        Ok(Self {
            who,
            page,
            language: language.unwrap_or_default(),
            chose_language: chosen_or_kept.is_some(),
            new_language: chosen.is_some(),
            new_form_cookie,
        })
    }

    /// Asks the policy whether this visitor may.
    pub(super) fn may(&self, app: &App, action: Action, method: &Method) -> Result<(), Problem> {
        let access = app.policy.may(action, self.who.visitor());
        // What a stranger may see, somebody who is suspended may see too: the news page, the way out.
        let open_to_all = || app.policy.may(action, Who::Nobody.visitor()).allowed;
        match (&self.who, access.allowed || open_to_all()) {
            (_, true) => Ok(()),
            (Who::Person(me), false) if me.person.is_suspended() => Err(Problem::Suspended),
            (Who::Nobody, false) if FAMILIES.contains(&action) => Err(Problem::VisitOver),
            (Who::Nobody, false) if method == Method::GET => Err(Problem::SignIn),
            (_, false) => Err(Problem::NotYours(access.reason)),
        }
    }

    /// Compares a form's token with the one this visitor's pages carry.
    pub(super) fn token_is_right(&self, sent: &str) -> Result<(), Problem> {
        if self.new_form_cookie.is_some() {
            return Err(Problem::Forged);
        }
        forms::same_token(&self.page.csrf, sent)
    }

    /// The `Set-Cookie` line, when a language was chosen.
    pub(super) fn language_cookie(&self, app: &App) -> Option<HeaderValue> {
        let code = self.new_language.then(|| self.language.code())?;
        Cookie::Language.keep(code, &app.settings.public_url)
    }

    /// The `Set-Cookie` line, when forms of this browser need one.
    pub(super) fn form_cookie(&self, app: &App) -> Option<HeaderValue> {
        let value = self.new_form_cookie.as_ref()?;
        Cookie::Form.set(value, &app.settings.public_url)
    }
}

impl Who {
    fn sign_in(&self) -> Option<&SignIn> {
        match self {
            Self::Nobody => None,
            Self::Person(me) => Some(&me.sign_in),
            Self::Guardian(me) => Some(&me.sign_in),
            Self::Participant(me) => Some(&me.sign_in),
        }
    }

    /// On record: that of a guardian who signed in. Somebody of whom nothing is known reads what their browser asks for.
    fn language(&self) -> Option<Language> {
        match self {
            Self::Guardian(me) => Language::parse(&me.guardian.language).ok(),
            Self::Nobody | Self::Person(_) | Self::Participant(_) => None,
        }
    }

    /// As the policy sees them.
    pub(super) fn visitor(&self) -> Visitor {
        self.visitor_as(|me| &me.roles)
    }

    /// The same by their own roles alone, for what is not lent to whoever stands in.
    pub(super) fn own_visitor(&self) -> Visitor {
        self.visitor_as(|me| &me.person.roles)
    }

    fn visitor_as(&self, roles: impl Fn(&Signed) -> &BTreeSet<Role>) -> Visitor {
        Visitor {
            kind: match self {
                Self::Nobody => VisitorKind::Nobody,
                Self::Person(me) => {
                    VisitorKind::Person { roles: roles(me).clone(), suspended: me.person.is_suspended() }
                }
                Self::Guardian(_) => VisitorKind::Guardian,
                Self::Participant(_) => VisitorKind::Participant,
            },
        }
    }
}

/// What somebody of a family does who has come in.
const FAMILIES: [Action; 5] = [
    Action::GuardianRead,
    Action::GuardianAnswer,
    Action::GuardianWithdraw,
    Action::OwnRead,
    Action::OwnAnswer,
];

/// `?language=ur` of a link above a page.
fn chosen_now(request: &Parts) -> Option<Language> {
    let mut pairs = request.uri.query().unwrap_or_default().split('&');
    pairs.find_map(|pair| Language::parse(pair.strip_prefix("language=")?).ok())
}

fn wished(headers: &HeaderMap) -> Option<Language> {
    Language::wished(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// How long a page waits to note that somebody is here.
const MOST_WAIT: Duration = Duration::from_millis(100);

async fn touch(app: &App, sign_in: &SignIn, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = app.records.begin().await?;
    SignIns(&mut tx).touch(sign_in, now).await?;
    tx.commit().await
}

async fn recognise(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Who, Problem> {
    let Some(sign_in) = SignIns(tx).by_token(token, now).await? else { return Ok(Who::Nobody) };
    let who = match &sign_in.holder {
        Holder::Person(id) => match People(tx).find(id).await? {
            Some(person) => {
                let (device, roles) = (sign_in.facts(now), People(tx).acts_as(&person, now).await?);
                Some(Who::Person(Box::new(Signed { person, roles, device, sign_in: sign_in.clone() })))
            }
            None => None,
        },
        Holder::Visitor(invitations::Visitor::Guardian(id)) => Activities(tx)
            .guardian(id)
            .await?
            .map(|guardian| Who::Guardian(Box::new(SignedGuardian { guardian, sign_in: sign_in.clone() }))),
        Holder::Visitor(invitations::Visitor::Participant(id)) => {
            Activities(tx).participant(id).await?.map(|participant| {
                Who::Participant(Box::new(SignedParticipant { participant, sign_in: sign_in.clone() }))
            })
        }
    };
    Ok(who.unwrap_or(Who::Nobody))
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // INVARIANT: the guard runs before every handler and leaves the visit here.
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Internal)
    }
}

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Visit::from_request_parts(parts, state).await.map(|visit| visit.page)
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Visit::from_request_parts(parts, state).await?.who {
            Who::Person(me) => Ok(*me),
            Who::Guardian(_) | Who::Participant(_) | Who::Nobody => Err(Problem::SignIn),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for SignedGuardian {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Visit::from_request_parts(parts, state).await?.who {
            Who::Guardian(me) => Ok(*me),
            Who::Person(_) | Who::Participant(_) | Who::Nobody => Err(Problem::NotFound),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for SignedParticipant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Visit::from_request_parts(parts, state).await?.who {
            Who::Participant(me) => Ok(*me),
            Who::Person(_) | Who::Guardian(_) | Who::Nobody => Err(Problem::NotFound),
        }
    }
}
