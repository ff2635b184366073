//! A form that was open for longer than its sign-in comes back with the words that were in it: nobody writes twice.
//!
//! It comes back only to the browser that sent it, from a page of ours ([`super::forms::same_origin`]), and nothing is done
//! with it before somebody who is signed in presses again, with a token that is right.

use askama::Template;
use axum::{
    extract::{FromRequest as _, Multipart, Request},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};

use super::{Problem, fields::Fields, layout::Page, parts, upload};

/// Files on the way are read past up to here, to get at the words behind them; a larger form comes back without.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// Words of this length, or of several words, are shown; a shorter value is kept unseen.
const SHOWN: usize = 24;

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where to.
    action: String,
    /// It is a form with files. Those are not kept.
    files: bool,
    fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "expired.html")]
struct Expired<'k> {
    page: &'k Page,
    action: &'k str,
    files: bool,
    hidden: Vec<(&'k str, &'k str)>,
    shown: Vec<(&'k str, &'k str)>,
}

/// The problem of a form that came too late. Without any words in it, it is an old form like any other.
///
/// - `otherwise`: that problem.
pub(super) fn problem(action: &str, files: bool, fields: &Fields, otherwise: Problem) -> Problem {
    let fields: Vec<(String, String)> = fields
        .pairs()
        .filter(|(name, _)| *name != "csrf" && !name.starts_with("confirm_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if !fields.iter().any(|(name, value)| has_words(name, value)) {
        return otherwise;
    }
    Problem::Expired(Box::new(Kept { action: action.to_owned(), files, fields }))
}

/// The words of a form with files, as far as they can be had.
pub(super) async fn words_behind_files(request: Request) -> Fields {
    if length(request.headers()).is_some_and(|bytes| bytes > MOST_BYTES) {
        return Fields::default();
    }
    match Multipart::from_request(request, &()).await {
        Ok(mut parts) => upload::words(&mut parts).await,
        Err(_) => Fields::default(),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A draft's caption is words however short it is: it was promised that they are kept.
fn has_words(name: &str, value: &str) -> bool {
    let value = value.trim();
    ((name == "caption" || name.starts_with("own ")) && !value.is_empty())
        || (value.len() > SHOWN && value.contains(char::is_whitespace))
}

/// The page: sign in beside it, then press.
pub(super) fn page(kept: &Kept, page: &Page) -> Response {
    let pairs = kept.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (shown, hidden) = pairs.partition(|(name, value)| has_words(name, value));
    let told = Expired { page, action: &kept.action, files: kept.files, hidden, shown }.render();
    match told {
        Ok(told) => (StatusCode::FORBIDDEN, Html(told)).into_response(),
        Err(_) => Problem::Forged.plain(),
    }
}
