//! What we send to Meta beside what its parameter files say: a small table of ours always, the official files on top where
//! `CLEANSHEET_SPECS` names a folder that has them (default `../shared/specs`).
//!
//! Source of the table: facebook/facebook-business-sdk-codegen, `api_specs/specs` of 15 April 2026 (commit ad2b0b6); facts
//! only, the files themselves are read where they lie.

use std::{collections::BTreeMap, fs, path::PathBuf};

use cleansheet_channels::Channel;
use cleansheet_simulators::{
    Request,
    meta::{ACCOUNT, PAGE},
};
use serde_json::Value;

use crate::{
    contract::{Remembered, cleared_with},
    meta::{facebook, instagram, simulator},
};

/// Method, kind of thing, edge, and the fields with their types; `!` before those without which it is not what we mean.
type Described = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const OURS: [Described; 5] = [
    (
        "POST",
        "Page",
        "photos",
        &[("!published", "bool"), ("!alt_text_custom", "string"), ("!source", "file")],
    ),
    ("POST", "Page", "feed", &[("!message", "string"), ("attached_media", "list<Object>")]),
    (
        "POST",
        "IGUser",
        "media",
        &[
            ("image_url", "string"),
            ("caption", "string"),
            ("alt_text", "string"),
            ("is_carousel_item", "bool"),
            ("media_type", "string"),
            ("children", "list<string>"),
        ],
    ),
    ("POST", "IGUser", "media_publish", &[("!creation_id", "unsigned int")]),
    ("DELETE", "", "", &[]),
];

/// Parameters that every call may have.
const COMMON: [&str; 5] = ["appsecret_proof", "fields", "limit", "after", "input_token"];

/// The fields of a request, wherever they are.
fn fields(request: &Request) -> BTreeMap<String, String> {
    let mut all = request.query.clone();
    let parts = request.parts();
    if parts.is_empty() {
        all.extend(request.form());
    }
    all.extend(parts.into_iter().map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned())));
    all.retain(|name, _| !COMMON.contains(&name.as_str()));
    all
}

fn has_type(value: &str, kind: &str) -> bool {
    match kind {
        "bool" => matches!(value, "true" | "false"),
        "unsigned int" => value.parse::<u64>().is_ok(),
        "list<Object>" => serde_json::from_str::<Vec<serde_json::Map<String, Value>>>(value).is_ok(),
        _ => true,
    }
}

/// What kind of thing a request is about, and which edge of it.
fn about(request: &Request) -> (&'static str, String) {
    let mut path = request.path.split('/').skip(2);
    let (id, edge) = (path.next().unwrap_or_default(), path.next().unwrap_or_default().to_owned());
    let kind = match id {
        PAGE => "Page",
        ACCOUNT => "IGUser",
        _ => "",
    };
    (kind, edge)
}

/// What is wrong with a request that changes something; `None` when it is as described.
fn judged(request: &Request, table: &[Described]) -> Option<String> {
    let (kind, edge) = about(request);
    let row =
        table.iter().find(|row| (row.0, row.1, row.2) == (request.method.as_str(), kind, edge.as_str()));
    let Some((.., known)) = row else {
        return Some(format!("{} {kind}/{edge} is not described", request.method));
    };
    let fields = fields(request);
    for (name, value) in &fields {
        let Some((_, kind)) = known.iter().find(|(known, _)| known.trim_start_matches('!') == name) else {
            return Some(format!("{name} is not described"));
        };
        if !has_type(value, kind) {
            return Some(format!("{name} is no {kind}: {value}"));
        }
    }
    let absent = known
        .iter()
        .find(|(name, _)| name.strip_prefix('!').is_some_and(|name| !fields.contains_key(name)))?;
    Some(format!("{} is missing", absent.0))
}

/// Everything that changes something, on both networks, with and without pictures.
async fn sent() -> Vec<Request> {
    let mut all = Vec::new();
    let (page, account) = (simulator().await, simulator().await);
    let (facebook, instagram) = (facebook(&page), instagram(&account));
    for pictures in [vec![b"one".as_slice(), b"two"], vec![b"three".as_slice()]] {
        for channel in [&facebook as &dyn Channel, &instagram] {
            let (cleared, album) = cleared_with("k", &format!("{} of them", pictures.len()), &pictures);
            let way = Remembered::default();
            way.publish(channel, &cleared, &album).await.unwrap();
            way.take_down(channel, cleared.order()).await;
        }
    }
    all.extend(page.requests());
    all.extend(account.requests());
    all.retain(|request| request.method != "GET");
    assert!(all.len() > 12);
    all
}

#[tokio::test]
async fn everything_that_is_sent_is_described() {
    for request in sent().await {
        assert_eq!(judged(&request, &OURS), None, "{} {}", request.method, request.path);
    }
}

#[tokio::test]
async fn a_field_that_is_needed_and_left_out_is_noticed() {
    let (mut request, mut tried) = (None, 0);
    for one in sent().await {
        if one.path.ends_with("/media_publish") {
            let mut without = one.clone();
            without.body.clear();
            assert_eq!(judged(&without, &OURS).as_deref(), Some("!creation_id is missing"));
            tried += 1;
        }
        request = Some(one);
    }
    assert!(tried > 0 && request.is_some());
}

/// Meta's own files; `None` where they are not at hand.
fn official() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/specs");
    let folder = std::env::var("CLEANSHEET_SPECS").unwrap_or_else(|_| default.to_owned());
    let folder = PathBuf::from(folder).join("meta");
    folder.join("Page.json").exists().then_some(folder)
}

#[tokio::test]
async fn metas_own_files_know_every_field_that_is_sent_with_this_type() {
    let Some(folder) = official() else { return };
    for (method, kind, edge, known) in OURS.iter().filter(|row| !row.1.is_empty()) {
        let text = fs::read_to_string(folder.join(format!("{kind}.json"))).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let is_it = |api: &&Value| api["method"] == *method && api["endpoint"] == *edge;
        let api = file["apis"].as_array().unwrap().iter().find(is_it).unwrap();
        let params = api["params"].as_array().unwrap();
        for (name, kind) in *known {
            let name = name.trim_start_matches('!');
            // A file has no name of its own there: whatever part holds one is taken.
            let Some(param) = params.iter().find(|param| param["name"] == name) else {
                assert_eq!(name, "source", "{edge} has no {name}");
                continue;
            };
            let told = param["type"].as_str().unwrap();
            assert!(told == *kind, "{edge} {name}: {told} and not {kind}");
        }
        for param in params.iter().filter(|param| param["required"] == true) {
            let name = param["name"].as_str().unwrap();
            assert!(known.iter().any(|(known, _)| *known == format!("!{name}")), "{edge} needs {name}");
        }
    }
    for kind in ["PagePost", "Photo", "IGMedia"] {
        let text = fs::read_to_string(folder.join(format!("{kind}.json"))).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let deletes = |api: &Value| api["method"] == "DELETE" && api["endpoint"].is_null();
        assert!(file["apis"].as_array().unwrap().iter().any(deletes), "{kind} can be deleted");
    }
}
