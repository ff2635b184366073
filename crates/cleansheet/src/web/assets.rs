//! Style, script and crest, from the program itself. An address holds the hash of its contents, so a browser keeps
//! them for a year and never shows an old one.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use cleansheet_terms::Digest;

use super::{Problem, Web};
use crate::profile::Colours;

const TOKENS: &str = include_str!("assets/tokens.css");
const COMPONENTS: &str = include_str!("assets/components.css");
const EDITOR_STYLE: &str = include_str!("assets/editor.css");
const EXTRAS: &str = include_str!("assets/extras.css");
const HELP: &str = include_str!("assets/help.js");
const LOCK: &str = include_str!("assets/lock.js");
const CALENDAR: &str = include_str!("assets/calendar.js");
const CAMERA: &str = include_str!("assets/camera.js");
const PASSKEYS: &str = include_str!("assets/passkeys.js");
const EDITOR: &str = include_str!("assets/editor.js");
const PUSH: &str = include_str!("assets/push.js");
const REVIEW: &str = include_str!("assets/review.js");
const SEARCH: &str = include_str!("assets/search.js");
const CREST: &str = include_str!("assets/crest.svg");
/// A drawing beside every choice of families: many read little English.
const DRAWINGS: [(&str, &str); 5] = [
    ("face-shown", include_str!("assets/face-shown.svg")),
    ("face-covered", include_str!("assets/face-covered.svg")),
    ("named", include_str!("assets/named.svg")),
    ("named-full", include_str!("assets/named-full.svg")),
    ("not-named", include_str!("assets/not-named.svg")),
];

struct Asset {
    address: String,
    kind: &'static str,
    text: String,
}

/// All assets of a trust.
pub(super) struct Assets {
    style: Asset,
    script: Asset,
    crest: Asset,
    drawings: [Asset; 5],
}

impl Assets {
    /// - `colours`: the trust's own; anything but `#rrggbb` is left at ours.
    pub(super) fn new(colours: &Colours) -> Self {
        let mut style = format!("{TOKENS}\n{COMPONENTS}\n{EXTRAS}\n{EDITOR_STYLE}\n");
        let mut crest = CREST.to_owned();
        if is_colour(&colours.club) && is_colour(&colours.club_on) {
            let (club, on) = (&colours.club, &colours.club_on);
            style.push_str(&format!(
                ":root, :root:not([data-theme=\"light\"]) {{ --club: {club}; --club-on: {on}; }}\n"
            ));
            crest = crest.replace("#ffb81c", club);
        }
        Self {
            style: asset("style", "css", "text/css; charset=utf-8", style),
            script: asset(
                "help",
                "js",
                "text/javascript; charset=utf-8",
                format!(
                    "{HELP}\n{PASSKEYS}\n{EDITOR}\n{CALENDAR}\n{CAMERA}\n{LOCK}\n{PUSH}\n{REVIEW}\n{SEARCH}"
                ),
            ),
            crest: asset("crest", "svg", "image/svg+xml", crest),
            drawings: DRAWINGS.map(|(name, text)| asset(name, "svg", "image/svg+xml", text.to_owned())),
        }
    }

    pub(super) fn style(&self) -> &str {
        &self.style.address
    }

    pub(super) fn script(&self) -> &str {
        &self.script.address
    }

    pub(super) fn crest(&self) -> &str {
        &self.crest.address
    }

    /// The addresses of a face that is shown, one that is covered, a first name, a whole name, and no name.
    pub(super) fn drawings(&self) -> [&str; 5] {
        self.drawings.each_ref().map(|drawing| drawing.address.as_str())
    }
}

fn asset(name: &str, end: &str, kind: &'static str, text: String) -> Asset {
    let hash = Digest::of(text.as_bytes()).to_string();
    let short: String = hash.chars().take(16).collect();
    Asset { address: format!("/assets/{name}-{short}.{end}"), kind, text }
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `GET /assets/{file}` — style, script, crest.
pub(super) async fn get(State(web): State<Web>, Path(file): Path<String>) -> Result<Response, Problem> {
    let assets = &web.0.assets;
    let wanted = format!("/assets/{file}");
    let all = [&assets.style, &assets.script, &assets.crest];
    let found = all
        .into_iter()
        .chain(&assets.drawings)
        .find(|asset| asset.address == wanted)
        .ok_or(Problem::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(found.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, found.text.clone()).into_response())
}
