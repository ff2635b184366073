//! Requests beside the networks' descriptions: a small table of ours for each network in `tests/described`, and on top,
//! where `CLEANSHEET_SPECS` names a folder, the networks' own files. Those are test input only and not in the repository.

use std::{collections::BTreeMap, path::PathBuf};

use cleansheet_simulators::Request;
use cleansheet_terms::Network;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Headers that every HTTP client sends.
const OF_HTTP: [&str; 7] = [
    "host",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "transfer-encoding",
    "user-agent",
];

#[derive(Deserialize)]
struct Table {
    calls: Vec<Described>,
}

#[derive(Deserialize)]
struct Described {
    /// Method and path, `{…}` for a part of it that varies.
    call: String,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    field: String,
    #[serde(rename = "in")]
    place: String,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
}

/// Every request has what its network's descriptions ask for, of the right type, and nothing else.
pub(crate) fn judge(network: Network, requests: &[Request]) {
    let faults = faults(network, requests);
    assert!(faults.is_empty(), "{network}: {faults:#?}");
}

/// What is wrong with requests, in words.
pub(crate) fn faults(network: Network, requests: &[Request]) -> Vec<String> {
    let file = format!("{}/tests/described/{}.json", env!("CARGO_MANIFEST_DIR"), network.as_str());
    let table: Table = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let official = official(network);
    let mut faults = Vec::new();
    for request in requests {
        faults.extend(beside(&table, request));
        faults.extend(official.iter().flat_map(|official| official.faults(request)));
    }
    faults
}

/// The values of `{…}` in a path that fits; `None` when it does not.
fn fitted(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (wanted, has): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    if wanted.len() != has.len() {
        return None;
    }
    let mut values = Vec::new();
    for (wanted, has) in wanted.into_iter().zip(has) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => values.push((name.to_owned(), has.to_owned())),
            None if wanted == has => {}
            None => return None,
        }
    }
    Some(values)
}

/// Everything a request carries: place and name, and value.
fn carried(request: &Request, path: Vec<(String, String)>) -> BTreeMap<(String, String), Value> {
    let mut all = BTreeMap::new();
    let mut put = |place: &str, name: String, value: Value| all.insert((place.to_owned(), name), value);
    for (name, value) in path {
        put("path", name, value.into());
    }
    for (name, value) in &request.query {
        put("query", name.clone(), value.clone().into());
    }
    for (name, value) in request.headers.iter().filter(|(name, _)| !OF_HTTP.contains(&name.as_str())) {
        put("header", name.clone(), value.clone().into());
    }
    let kind = request.headers.get("content-type").map(String::as_str).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        for (name, bytes) in request.parts() {
            put("part", name, String::from_utf8_lossy(&bytes).into_owned().into());
        }
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        for (name, value) in request.form() {
            put("form", name, value.into());
        }
    } else {
        flatten("", &request.json(), &mut |name, value| {
            put("body", name, value);
        });
    }
    all
}

/// `{"a": {"b": 1}}` is the field `a.b`.
fn flatten(name: &str, value: &Value, put: &mut dyn FnMut(String, Value)) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                flatten(&name, value, put);
            }
        }
        Value::Null if name.is_empty() => {}
        value => put(name.to_owned(), value.clone()),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match (kind.strip_suffix("[]"), value) {
        (Some(kind), Value::Array(values)) => {
            !values.is_empty() && values.iter().all(|value| is(kind, value))
        }
        (Some(_), _) => false,
        (None, Value::String(text)) => match kind {
            "digits" => digits(text),
            "boolean" => text == "true" || text == "false",
            "file" => !text.is_empty(),
            kind => kind == "string",
        },
        (None, Value::Bool(_)) => kind == "boolean",
        (None, Value::Number(_)) => kind == "integer",
        (None, _) => false,
    }
}

/// What is wrong with a request beside our table.
fn beside(table: &Table, request: &Request) -> Vec<String> {
    let call = format!("{} {}", request.method, request.path);
    // The most definite pattern first: `/users/me` before `/users/{id}`.
    let mut fitting: Vec<_> =
        table.calls.iter().filter_map(|one| Some((one, fitted(&one.call, &call)?))).collect();
    fitting.sort_by_key(|(_, values)| values.len());
    let Some((described, path)) = fitting.into_iter().next() else {
        return vec![format!("{call} is not in the table")];
    };
    let (mut carried, mut faults) = (carried(request, path), Vec::new());
    for Field { field, place, kind, required } in &described.fields {
        match carried.remove(&(place.clone(), field.clone())) {
            Some(value) if !is(kind, &value) => faults.push(format!("{call}: {place} {field} is no {kind}")),
            None if *required => faults.push(format!("{call}: {place} {field} is missing")),
            _ => {}
        }
    }
    faults
        .extend(carried.keys().map(|(place, field)| format!("{call}: {place} {field} is not in the table")));
    faults
}

/// A network's own description, in OpenAPI.
struct Official(Value);

fn official(network: Network) -> Option<Official> {
    let named = std::env::var_os("CLEANSHEET_SPECS").map(PathBuf::from);
    let folder =
        named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs"));
    let file = match network {
        Network::X => "x/openapi.json",
        Network::Mastodon => "mastodon/schema.json",
        _ => return None,
    };
    Some(Official(serde_json::from_slice(&std::fs::read(folder.join(file)).ok()?).unwrap()))
}

impl Official {
    fn meant<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(to) => self.meant(self.0.pointer(to.trim_start_matches('#')).unwrap()),
            None => value,
        }
    }

    /// What is wrong with a request; nothing when the description does not know the path.
    fn faults(&self, request: &Request) -> Vec<String> {
        let call = format!("{} {}", request.method, request.path);
        let mut paths: Vec<(&String, &Value)> = self.0["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(pattern, _)| fitted(pattern, &request.path).is_some())
            .collect();
        paths.sort_by_key(|(pattern, _)| pattern.matches('{').count());
        let Some((_, item)) = paths.first() else { return Vec::new() };
        let operation = &item[request.method.to_lowercase()];
        if operation.is_null() {
            return vec![format!("{call} is not in the network’s own description")];
        }
        let mut faults = self.query(request, operation);
        let kind = request.headers.get("content-type").map(String::as_str).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let content = &self.meant(&operation["requestBody"])["content"];
        if !content.is_null() {
            let body = match kind {
                "multipart/form-data" => {
                    let parts = request.parts().into_iter();
                    let text = |bytes: Vec<u8>| Value::from(String::from_utf8_lossy(&bytes).into_owned());
                    Value::Object(parts.map(|(name, bytes)| (name, text(bytes))).collect::<Map<_, _>>())
                }
                _ => request.json(),
            };
            match content.get(kind) {
                Some(of_kind) => self.fits(&of_kind["schema"], &body, "body", &mut faults),
                None => faults.push(format!("a body of {kind}")),
            }
        }
        faults
            .into_iter()
            .map(|fault| format!("{call}, beside the network’s own description: {fault}"))
            .collect()
    }

    fn query(&self, request: &Request, operation: &Value) -> Vec<String> {
        let parameters: Vec<&Value> =
            operation["parameters"].as_array().into_iter().flatten().map(|one| self.meant(one)).collect();
        let described =
            |name: &str| parameters.iter().find(|one| one["in"] == "query" && one["name"] == name);
        let mut faults = Vec::new();
        for (name, value) in &request.query {
            let Some(parameter) = described(name) else {
                faults.push(format!("query {name} is not known"));
                continue;
            };
            let schema = self.meant(&parameter["schema"]);
            let value = match schema["type"].as_str() {
                Some("array") => value.split(',').map(Value::from).collect(),
                Some("integer") => value.parse::<i64>().map_or(Value::Null, Value::from),
                Some("boolean") => value.parse::<bool>().map_or(Value::Null, Value::from),
                _ => Value::from(value.clone()),
            };
            self.fits(schema, &value, name, &mut faults);
        }
        for needed in parameters.iter().filter(|one| one["in"] == "query" && one["required"] == true) {
            let name = needed["name"].as_str().unwrap();
            if !request.query.contains_key(name) {
                faults.push(format!("query {name} is missing"));
            }
        }
        faults
    }

    /// The part of JSON Schema that these descriptions use.
    fn fits(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.meant(schema);
        for all in schema["allOf"].as_array().into_iter().flatten() {
            self.fits(all, value, at, faults);
        }
        // Alternatives may overlap: text with pictures is both.
        for alternatives in ["anyOf", "oneOf"].into_iter().filter_map(|name| schema[name].as_array()) {
            let fits = |one: &Value| {
                let mut its = Vec::new();
                self.fits(one, value, at, &mut its);
                its.is_empty()
            };
            if !alternatives.iter().any(fits) {
                faults.push(format!("{at} is none of the alternatives"));
            }
        }
        let right = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64() || value.is_u64(),
            _ => true,
        };
        if !right {
            faults.push(format!("{at} is no {}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            faults.push(format!("{at} is {value}"));
        }
        if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
            && !Regex::new(pattern).unwrap().is_match(text)
        {
            faults.push(format!("{at} does not look like {pattern}"));
        }
        for needed in schema["required"].as_array().into_iter().flatten() {
            let name = needed.as_str().unwrap();
            if value.is_object() && value.get(name).is_none() {
                faults.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, one) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(of) => self.fits(of, one, &format!("{at}.{name}"), faults),
                None if schema["additionalProperties"] == false => {
                    faults.push(format!("{at}.{name} is not known"));
                }
                None => {}
            }
        }
        if let (Some(of), Some(values)) = (schema.get("items"), value.as_array()) {
            values.iter().for_each(|one| self.fits(of, one, at, faults));
        }
    }
}

#[test]
fn a_request_without_what_is_needed_or_with_what_is_unknown_is_a_fault() {
    let json = |body: &str| Request {
        method: "POST".into(),
        path: "/2/tweets".into(),
        query: BTreeMap::new(),
        headers: [
            ("authorization".into(), "Bearer a".into()),
            ("content-type".into(), "application/json".into()),
        ]
        .into(),
        body: body.into(),
    };
    assert!(faults(Network::X, &[json(r#"{"text":"Full time."}"#)]).is_empty());
    for wrong in [
        r#"{}"#,
        r#"{"text":1}"#,
        r#"{"text":"a","card":"b"}"#,
        r#"{"text":"a","media":{"media_ids":["x"]}}"#,
    ] {
        assert!(!faults(Network::X, &[json(wrong)]).is_empty(), "{wrong}");
    }
}
