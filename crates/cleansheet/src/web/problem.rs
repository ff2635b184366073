//! What a page can answer instead of itself: the only place where errors meet status codes.

use std::io;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_records::{StoreError, Trouble, sign_ins::SignInError};

use super::{
    expired::{self, Kept},
    layout::Page,
    parts,
};

/// Why there is no page, in the words of the person who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is here, or nothing that this person may know of.
    NotFound,
    /// Somebody has to sign in first.
    SignIn,
    /// The visit of somebody of a family is over: their link opens it again.
    VisitOver,
    /// The policy says no to this role.
    NotYours(String),
    /// The person is suspended.
    Suspended,
    /// A form that is not from a page of ours, or from an old one.
    Forged,
    /// A form of ours that was open for too long: with the words that were in it.
    Expired(Box<Kept>),
    /// What was sent cannot be used: what, and what to do.
    Wrong(String),
    /// Somebody else was quicker, or it is too late.
    Conflict(String),
    /// An account could not be connected.
    NotConnected {
        /// What happened, and what to do.
        why: String,
        /// The page where it is begun again.
        page: String,
        /// Nothing is wrong but that it is too late for this answer.
        late: bool,
    },
    /// Too many bytes.
    TooMuch,
    /// Too many tries.
    TooOften,
    /// The picture store does not answer.
    NoPictures,
    /// The database does not answer at this moment; what was sent may have been kept.
    Unreachable,
    /// Somebody else holds the records and nothing was changed; the same again in a moment may work.
    Busy,
    /// There is no room to keep it.
    Full,
    /// The records cannot be believed any more.
    Damaged,
    /// Ours to mend.
    Internal,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'p> {
    page: &'p Page,
    title: &'static str,
    say: String,
    next: &'static str,
    link: (&'p str, &'static str),
}

impl Problem {
    /// Logs what happened, without what was sent, and tells the visitor only that it is ours to mend.
    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %error, "a page could not be made");
        Self::Internal
    }

    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn | Self::VisitOver => StatusCode::SEE_OTHER,
            Self::NotYours(_) | Self::Suspended | Self::Forged | Self::Expired(_) => StatusCode::FORBIDDEN,
            Self::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotConnected { late: false, .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) | Self::NotConnected { .. } => StatusCode::CONFLICT,
            Self::TooMuch => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::NoPictures | Self::Unreachable | Self::Busy | Self::Damaged => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The whole answer, in the look of the site.
    pub(super) fn page(&self, page: &Page) -> Response {
        match self {
            Self::SignIn => return Redirect::to("/sign-in").into_response(),
            Self::VisitOver => return Redirect::to("/g/over").into_response(),
            Self::Expired(kept) => return expired::page(kept, page),
            _ => {}
        }
        let (title, say, next, link) = self.words();
        let told = ProblemPage { page, title, say, next, link }.render();
        let mut response = (self.status(), Html(told.unwrap_or_else(|_| title.to_owned()))).into_response();
        self.say_when(&mut response);
        response
    }

    /// The answer where not even a page can be made: the same sentences without the look.
    pub(super) fn plain(&self) -> Response {
        let (title, say, next, _) = self.words();
        let mut response = (self.status(), format!("{title}. {say} {next}")).into_response();
        self.say_when(&mut response);
        response
    }

    /// When the same may be tried again, in seconds.
    fn say_when(&self, response: &mut Response) {
        let seconds = match self {
            Self::TooOften => "60",
            Self::Busy | Self::Unreachable => "5",
            _ => return,
        };
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    }

    fn words(&self) -> (&'static str, String, &'static str, (&str, &'static str)) {
        let home = ("/", "Go to Today");
        match self {
            Self::NotFound | Self::SignIn | Self::VisitOver => (
                "This page is not here",
                "It was moved or taken down, or the address has a slip in it.".into(),
                "Your drafts and posts are safe.",
                home,
            ),
            Self::NotYours(because) => (
                "This page is for somebody else",
                because.clone(),
                "Ask the Manager if you need it for your work.",
                home,
            ),
            Self::Suspended => (
                "You cannot act at the moment",
                "The Manager has suspended your access. Your drafts are kept.".into(),
                "Talk to the Manager: the address is at the foot of this page.",
                ("/sign-in", "Sign in as somebody else"),
            ),
            Self::Forged | Self::Expired(_) => (
                "Send it again from our own page",
                "This form was open for too long, or did not come from this site. Nothing was changed."
                    .into(),
                "Go back, load the page again, and send it once more.",
                home,
            ),
            Self::Wrong(what) => {
                ("One thing is missing", sentence(what), "Go back and change it. Nothing was lost.", home)
            }
            Self::Conflict(what) => (
                "This has moved on",
                sentence(what),
                "Load the page again to see how it stands now.",
                ("/posts", "See all posts"),
            ),
            Self::NotConnected { why, page, .. } => (
                "The account was not connected",
                sentence(why),
                "Nothing was changed. When that is done, begin again on the account’s page.",
                (page.as_str(), "Back to the account"),
            ),
            Self::TooMuch => (
                "That is more than fits",
                "A photo may have 30 MB, a form half a megabyte.".into(),
                "Send fewer or smaller photos, one after the other.",
                home,
            ),
            Self::TooOften => (
                "Wait a minute",
                "This was tried too often. We slow down so that nobody can guess their way in.".into(),
                "Try again in a minute, or ask the Manager for a new link.",
                ("/sign-in", "How to sign in"),
            ),
            Self::NoPictures => (
                "Photos cannot be reached at the moment",
                "The place where photos are kept does not answer. Your words are kept, and nothing was lost."
                    .into(),
                "Add the photo again in some minutes. If it stays so, tell the IT provider.",
                ("/posts", "See all posts"),
            ),
            Self::Unreachable => (
                "Our records do not answer at the moment",
                "They will in a moment; nothing that we confirmed to you is lost.".into(),
                "Load the page again, and look whether your last press was kept before you press once more.",
                home,
            ),
            Self::Busy => (
                "The records are busy",
                "Something else holds the records at the moment. Nothing was changed.".into(),
                "Go back and send it again in a few seconds.",
                home,
            ),
            Self::Full => (
                "The server has no room left",
                "Its disk is full, so this could not be kept. Nothing was half done, and nothing was lost."
                    .into(),
                "Tell the IT provider. Reading, withdrawing and taking down still work.",
                home,
            ),
            Self::Damaged => (
                "The records are damaged",
                "They do not read as they were written. Nothing is published until they are mended.".into(),
                "Tell the IT provider to restore the newest backup.",
                home,
            ),
            Self::Internal => (
                "This is ours to mend",
                "The page could not be made. Nothing was published and nothing was lost.".into(),
                "Try again in a minute. If it stays so, tell the IT provider when it happened.",
                home,
            ),
        }
    }
}

/// Errors say their thing in lower case without a full stop; pages speak in sentences.
pub(super) fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if error.ends_with(['.', '?', '”']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// A problem travels to the guard, which knows the visitor and makes the page.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error.trouble() {
            Trouble::Busy => {
                tracing::warn!(error = %error, "the records were busy");
                Self::Busy
            }
            Trouble::Away => {
                tracing::warn!(error = %error, "the records did not answer");
                Self::Unreachable
            }
            Trouble::Full => Self::Full,
            Trouble::Damaged => Self::Damaged,
            Trouble::Other => Self::internal(&error),
        }
    }
}

/// Files that hold what people send.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::HostUnreachable => {
                tracing::warn!(error = %error, "the pictures could not be reached");
                Self::NoPictures
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::BadLink => Self::Wrong(error.to_string()),
            SignInError::Store(error) => error.into(),
        }
    }
}

/// Renders a page.
pub(super) fn show(template: &impl Template) -> Result<Html<String>, Problem> {
    template.render().map(Html).map_err(|error| Problem::internal(&error))
}
