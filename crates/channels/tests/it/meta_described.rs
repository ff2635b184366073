//! What we send to Meta beside our tables, and the tables beside Meta's own parameter files, which have a form of their own:
//! facebook/facebook-business-sdk-codegen, `api_specs/specs`. They are read where `CLEANSHEET_SPECS` says (default
//! `../shared/specs`); test input only.

use std::{fs, path::PathBuf};

use cleansheet_channels::Channel;
use cleansheet_simulators::Request;
use cleansheet_terms::Network;
use serde_json::Value;

use crate::{
    contract::{Remembered, cleared_with},
    described::{faults, judge},
    meta::{facebook, instagram, simulator},
};

const TABLES: [(Network, &str); 2] = [
    (Network::Facebook, include_str!("../described/facebook.json")),
    (Network::Instagram, include_str!("../described/instagram.json")),
];

/// Everything that is asked of a network, with one picture and with two.
async fn sent(network: Network) -> Vec<Request> {
    let simulator = simulator().await;
    let (page, account) = (facebook(&simulator), instagram(&simulator));
    let channel: &dyn Channel = if network == Network::Facebook { &page } else { &account };
    channel.check_account().await.unwrap();
    channel.watch(None).await.unwrap();
    for pictures in [vec![b"one".as_slice(), b"two"], vec![b"three".as_slice()]] {
        let words = format!("{} of them", pictures.len());
        let ((cleared, album), way) = (cleared_with("k", &words, &pictures), Remembered::default());
        way.publish(channel, &cleared, &album).await.unwrap();
        way.confirm(channel, cleared.order()).await;
        way.take_down(channel, cleared.order()).await;
        way.gone(channel, cleared.order()).await;
    }
    simulator.requests()
}

#[tokio::test]
async fn everything_that_is_asked_of_meta_is_described() {
    for (network, _) in TABLES {
        judge(network, &sent(network).await);
    }
}

#[tokio::test]
async fn a_field_that_is_needed_and_left_out_is_noticed() {
    for (network, edge, field) in
        [(Network::Instagram, "/media_publish", "creation_id"), (Network::Facebook, "/feed", "message")]
    {
        let requests = sent(network).await;
        let mut without = requests.into_iter().find(|one| one.path.ends_with(edge)).unwrap();
        without.body.clear();
        let faults = faults(network, &[without]);
        assert!(faults.iter().any(|fault| fault.contains(&format!("{field} is missing"))), "{faults:?}");
    }
}

/// Meta's own files; `None` where they are not at hand.
fn official() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/specs");
    let folder = std::env::var("CLEANSHEET_SPECS").unwrap_or_else(|_| default.to_owned());
    let folder = PathBuf::from(folder).join("meta");
    folder.join("Page.json").exists().then_some(folder)
}

/// Whether a type of our tables is one of Meta's: lists go into a form as text.
fn is_one(ours: &str, metas: &str) -> bool {
    match metas {
        "bool" => ours == "boolean",
        "unsigned int" => ours == "digits",
        metas => ours == "string" && (metas == "string" || metas.starts_with("list<")),
    }
}

#[test]
fn metas_own_files_have_every_field_of_the_tables_with_its_type() {
    let Some(folder) = official() else { return };
    let file = |kind: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.join(format!("{kind}.json"))).unwrap()).unwrap()
    };
    let mut compared = 0;
    for (_, table) in TABLES {
        let table: Value = serde_json::from_str(table).unwrap();
        for call in table["calls"].as_array().unwrap() {
            let parts: Vec<&str> = call["call"].as_str().unwrap().split(['/', ' ']).collect();
            let ["POST", "", _, owner, edge] = parts.as_slice() else { continue };
            let file = file(if *owner == "{page}" { "Page" } else { "IGUser" });
            let mut apis = file["apis"].as_array().unwrap().iter();
            let api = apis.find(|api| api["method"] == "POST" && api["endpoint"] == *edge).unwrap();
            let params = api["params"].as_array().unwrap();
            let fields = call["fields"].as_array().unwrap();
            let sent = || fields.iter().filter(|field| field["in"] == "form" || field["in"] == "part");
            for field in sent() {
                // A file has no name of its own there: whatever part holds one is taken.
                let Some(param) = params.iter().find(|param| param["name"] == field["field"]) else {
                    assert_eq!(field["type"], "file", "{edge} has no {}", field["field"]);
                    continue;
                };
                let (ours, metas) = (field["type"].as_str().unwrap(), param["type"].as_str().unwrap());
                assert!(is_one(ours, metas), "{edge} {}: {ours} is no {metas}", field["field"]);
                compared += 1;
            }
            for needed in params.iter().filter(|param| param["required"] == true) {
                assert!(
                    sent().any(|field| field["field"] == needed["name"] && field["required"] == true),
                    "{edge} needs {}",
                    needed["name"]
                );
            }
        }
    }
    assert_eq!(compared, 11);
    for kind in ["PagePost", "Photo", "IGMedia"] {
        let deletes = |api: &Value| api["method"] == "DELETE" && api["endpoint"].is_null();
        assert!(file(kind)["apis"].as_array().unwrap().iter().any(deletes), "{kind} can be deleted");
    }
}
