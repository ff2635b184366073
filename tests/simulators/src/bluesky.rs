//! Bluesky, played: one account on its own server, the directory that knows it, and the authorization server, at one
//! origin. Rules: <https://docs.bsky.app/docs/api/com-atproto-repo-put-record> and the reference server's own manners.
//!
//! - A record is written under a key of the writer's choosing. With `swapRecord: null` it is written only if nothing is
//!   there; the same record again changes nothing.
//! - A picture is a file named by its SHA-256. One that no post names is not handed out, and goes when a post is deleted.
//! - A session's refresh token works once, and a new pair comes with it.

use std::collections::{BTreeMap, VecDeque};

use cleansheet_terms::{Digest, Timestamp};
use serde_json::{Value, json};

use crate::{Act, Fault, Network, Post, Request, Response};

/// The account's lasting name.
pub const DID: &str = "did:plc:fenland";
/// Its name as people write it.
pub const HANDLE: &str = "fenland.test";
const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";
/// Seconds in which 5,000 points may be used: <https://docs.bsky.app/docs/advanced-guides/rate-limits>.
const WINDOW: u32 = 3_600;

/// An answer that was ordered: nothing is done, and this is said.
#[derive(Debug, Clone)]
struct Said {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

/// One account on Bluesky.
#[derive(Debug, Default)]
pub struct Bluesky {
    /// The posts, by key.
    pub records: BTreeMap<String, Value>,
    /// What the account shows again of others, by key.
    pub reposts: BTreeMap<String, Value>,
    /// Bytes by name, and whether a post has named them.
    pub files: BTreeMap<String, (Vec<u8>, bool)>,
    /// The tokens that are good now carry this number.
    pub session: u32,
    /// Files of deleted posts stay.
    pub hoards: bool,
    /// The app password that opens a session.
    pub password: String,
    /// The forms that OAuth sent, in order, as they were sent.
    pub forms: Vec<String>,
    /// What a token of OAuth is good for.
    pub gives: String,
    /// The access token of the session has run out.
    worn: bool,
    /// The session was ended at the network: only connecting again helps.
    ended: bool,
    /// Posts that are not seen yet, or seen although they were deleted: for how many looks.
    late: BTreeMap<String, Late>,
    said: BTreeMap<String, VecDeque<Said>>,
}

#[derive(Debug)]
struct Late {
    looks: u32,
    /// Deleted, and still seen; otherwise written, and not seen yet.
    deleted: bool,
}

impl Bluesky {
    /// An account that shows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next call of this name is answered so, and nothing is done.
    ///
    /// - `name`: the last part of the call's name, for example `putRecord` or `par`.
    pub fn says(&mut self, name: &str, status: u16, body: Value, headers: Vec<(&'static str, String)>) {
        self.said.entry(name.to_owned()).or_default().push_back(Said { status, body, headers });
    }

    /// The account was connected again: a new session, whatever became of the one before.
    pub fn connected_again(&mut self) {
        self.session += 1;
        (self.worn, self.ended) = (false, false);
    }

    /// Somebody wrote a post with pictures before this program came.
    pub fn wrote(&mut self, key: &str, record: Value, files: &[&[u8]]) {
        for bytes in files {
            self.files.insert(cid(bytes), (bytes.to_vec(), true));
        }
        self.records.insert(key.to_owned(), record);
    }

    fn tokens(&self) -> Value {
        let number = self.session;
        json!({ "accessJwt": format!("access-{number}"), "refreshJwt": format!("refresh-{number}"), "did": DID, "handle": HANDLE })
    }

    /// Whether this call's token is one that may act.
    fn may_act(&self, request: &Request) -> bool {
        let token = request.headers.get("authorization").map_or("", String::as_str);
        let known = [format!("Bearer access-{}", self.session), "DPoP access".to_owned()];
        !self.worn && !self.ended && known.iter().any(|one| one == token)
    }

    /// A new session by the refresh token of the one before, which is spent by that.
    fn renewed(&mut self, request: &Request) -> Response {
        if self.ended || request.bearer() != Some(&format!("refresh-{}", self.session)) {
            return no(400, "ExpiredToken");
        }
        self.session += 1;
        self.worn = false;
        ok(&self.tokens())
    }

    fn opened(&mut self, body: &Value) -> Response {
        if body["password"] != self.password.as_str() {
            return no(400, "AuthenticationRequired");
        }
        if self.ended {
            self.session += 1;
        }
        (self.worn, self.ended) = (false, false);
        ok(&self.tokens())
    }

    /// The authorization server; what is sent to it is looked at by tests.
    fn allows(&mut self, name: &str, origin: &str) -> Option<Value> {
        let at = |path: &str| format!("{origin}/oauth/{path}");
        Some(match name {
            "oauth-protected-resource" => json!({ "authorization_servers": [origin] }),
            "oauth-authorization-server" => json!({
                "issuer": origin, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
                "pushed_authorization_request_endpoint": at("par"), "revocation_endpoint": at("revoke"),
            }),
            "par" => json!({ "request_uri": "urn:one", "expires_in": 60 }),
            "token" => {
                (self.worn, self.ended) = (false, false);
                json!({
                    "access_token": "access", "refresh_token": "refresh", "token_type": "DPoP", "scope": self.gives, "sub": DID,
                })
            }
            "revoke" => json!({}),
            _ => return None,
        })
    }

    fn uploaded(&mut self, bytes: &[u8]) -> Response {
        let name = cid(bytes);
        self.files.entry(name.clone()).or_insert((bytes.to_vec(), false));
        let blob = json!({ "$type": "blob", "ref": { "$link": name }, "mimeType": "image/jpeg", "size": bytes.len() });
        ok(&json!({ "blob": blob }))
    }

    fn written(&mut self, body: &Value, late: u32) -> Response {
        if body["swapRecord"] != Value::Null || body.get("swapRecord").is_none() {
            return Response::not_described("a record is written only if nothing is there: swapRecord null");
        }
        let key = body["rkey"].as_str().unwrap_or_default().to_owned();
        let record = &body["record"];
        if self.records.get(&key).is_some_and(|there| there != record) {
            return no(400, "InvalidSwap");
        }
        let names = named(record);
        if names.iter().any(|name| !self.files.contains_key(name)) {
            return no(400, "BlobNotFound");
        }
        for name in names {
            self.files.entry(name).and_modify(|file| file.1 = true);
        }
        if late > 0 {
            self.late.insert(key.clone(), Late { looks: late, deleted: false });
        }
        let uri = format!("at://{DID}/{POSTS}/{key}");
        self.records.insert(key, record.clone());
        ok(&json!({ "uri": uri, "cid": "bafy" }))
    }

    fn deleted(&mut self, body: &Value, late: u32) -> Response {
        let key = body["rkey"].as_str().unwrap_or_default();
        if body["collection"] == REPOSTS {
            self.reposts.remove(key);
        } else if late > 0 && self.records.contains_key(key) {
            self.late.insert(key.to_owned(), Late { looks: late, deleted: true });
        } else {
            self.remove(key);
        }
        ok(&json!({}))
    }

    fn remove(&mut self, key: &str) {
        self.records.remove(key);
        self.late.remove(key);
        if !self.hoards {
            let kept: Vec<String> = self.records.values().flat_map(named).collect();
            self.files.retain(|name, _| kept.contains(name));
        }
    }

    fn of(&self, request: &Request) -> &BTreeMap<String, Value> {
        if asked(request, "collection") == REPOSTS { &self.reposts } else { &self.records }
    }

    /// One look at one record; those that are late are a look nearer by it.
    fn read(&mut self, request: &Request) -> Response {
        let key = asked(request, "rkey").to_owned();
        let mut seen = true;
        if let Some(late) = self.late.get_mut(&key) {
            (seen, late.looks) = (late.deleted == (late.looks > 0), late.looks.saturating_sub(1));
            let (over, deleted) = (late.looks == 0, late.deleted);
            if over && deleted && !seen {
                self.remove(&key);
            } else if over && !deleted {
                self.late.remove(&key);
            }
        }
        match self.of(request).get(&key).filter(|_| seen) {
            Some(record) => ok(&json!({ "uri": "at://", "cid": "bafy", "value": record })),
            None => no(400, "RecordNotFound"),
        }
    }

    /// The newest first; the cursor is the key of the last one, and there is one as long as anything was listed.
    fn listed(&self, request: &Request) -> Response {
        let Ok(limit) = asked(request, "limit").parse::<usize>() else {
            return Response::not_described("a limit is a number");
        };
        let cursor = request.query.get("cursor");
        let behind =
            self.of(request).iter().rev().filter(|(key, _)| cursor.is_none_or(|cursor| *key < cursor));
        let page: Vec<_> = behind.take(limit).collect();
        let uri = |key: &str| format!("at://{DID}/{}/{key}", asked(request, "collection"));
        let records: Vec<Value> = page
            .iter()
            .map(|(key, value)| json!({ "uri": uri(key), "cid": "bafy", "value": value }))
            .collect();
        match page.last() {
            Some((key, _)) => ok(&json!({ "records": records, "cursor": key })),
            None => ok(&json!({ "records": records })),
        }
    }
}

impl Network for Bluesky {
    fn act(&self, request: &Request) -> Act {
        match name(request) {
            "putRecord" => Act::Publish,
            "deleteRecord" => Act::Delete,
            "uploadBlob" => Act::Upload,
            "refreshSession" | "createSession" | "par" | "token" | "revoke" => Act::Token,
            _ => Act::Read,
        }
    }

    fn answer(&mut self, request: &Request, late: u32, _now: Timestamp) -> Response {
        let name = name(request);
        if request.headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded")
        {
            self.forms.push(String::from_utf8_lossy(&request.body).into_owned());
        }
        if let Some(said) = self.said.get_mut(name).and_then(VecDeque::pop_front) {
            let answer = Response::json(said.status, &said.body);
            return said.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        }
        let origin = request.headers.get("host").map_or_else(String::new, |host| format!("http://{host}"));
        if let Some(said) = self.allows(name, &origin) {
            return ok(&said);
        }
        let acts = ["putRecord", "uploadBlob", "deleteRecord", "getSession"].contains(&name);
        if acts && !self.may_act(request) {
            return no(400, "ExpiredToken");
        }
        let body = request.json();
        match name {
            "refreshSession" => self.renewed(request),
            "createSession" => self.opened(&body),
            DID => ok(&json!({
                "id": DID, "alsoKnownAs": [format!("at://{HANDLE}")],
                "service": [{ "id": "#atproto_pds", "serviceEndpoint": origin }],
            })),
            "getSession" => ok(&json!({ "did": DID, "handle": HANDLE, "active": true })),
            "resolveHandle" if asked(request, "handle") == HANDLE => ok(&json!({ "did": DID })),
            "resolveHandle" => no(400, "InvalidRequest"),
            "uploadBlob" => self.uploaded(&request.body),
            "putRecord" => self.written(&body, late),
            "deleteRecord" => self.deleted(&body, late),
            "getRecord" => self.read(request),
            "listRecords" => self.listed(request),
            "getBlob" => match self.files.get(asked(request, "cid")) {
                Some((bytes, true)) => Response::file("image/jpeg", bytes.clone()),
                _ => no(400, "BlobNotFound"),
            },
            other => Response::not_described(other),
        }
    }

    fn refusal(&mut self, fault: Fault, now: Timestamp) -> Response {
        match fault {
            Fault::Limited { seconds } => no(429, "RateLimitExceeded")
                .header("ratelimit-limit", 5_000)
                .header("ratelimit-remaining", 0)
                .header("ratelimit-reset", now.as_second() + i64::from(seconds))
                .header("ratelimit-policy", format!("5000;w={WINDOW}")),
            Fault::DoneBut502 => no(502, "UpstreamFailure"),
            Fault::Expired => {
                self.worn = true;
                no(400, "ExpiredToken")
            }
            Fault::Revoked => {
                self.ended = true;
                no(400, "ExpiredToken")
            }
            Fault::Suspended => no(401, "AccountTakedown"),
            Fault::ContentRefused | Fault::Refused => no(400, "InvalidRequest"),
            _ => no(503, "NotEnoughResources"),
        }
    }

    fn posts(&self) -> Vec<Post> {
        self.records.iter().rev().map(|(key, record)| self.public(key, record)).collect()
    }

    fn post_beside(&mut self, text: &str, now: Timestamp) -> String {
        let (created, key) = (now.to_string(), format!("3beside{}", self.records.len()));
        self.records.insert(key.clone(), json!({ "$type": POSTS, "text": text, "createdAt": created }));
        format!("at://{DID}/{POSTS}/{key}")
    }
}

impl Bluesky {
    fn public(&self, key: &str, record: &Value) -> Post {
        let images = record["embed"]["images"].as_array().cloned().unwrap_or_default();
        let bytes = |image: &Value| {
            let name = image["image"]["ref"]["$link"].as_str().unwrap_or_default();
            self.files.get(name).map(|(bytes, _)| bytes.clone())
        };
        Post {
            id: format!("at://{DID}/{POSTS}/{key}"),
            text: record["text"].as_str().unwrap_or_default().to_owned(),
            alt_texts: images
                .iter()
                .map(|image| image["alt"].as_str().unwrap_or_default().to_owned())
                .collect(),
            pictures: images.iter().filter_map(bytes).collect(),
        }
    }
}

/// The last part of what is called: of a path, or of an XRPC name.
fn name(request: &Request) -> &str {
    let last = request.path.rsplit('/').next().unwrap_or_default();
    last.rsplit('.').next().unwrap_or_default()
}

fn asked<'r>(request: &'r Request, name: &str) -> &'r str {
    request.query.get(name).map_or("", String::as_str)
}

fn ok(value: &Value) -> Response {
    Response::json(200, value)
}

fn no(status: u16, error: &str) -> Response {
    Response::json(status, &json!({ "error": error, "message": error }))
}

/// Every file that a record names, however deep.
fn named(record: &Value) -> Vec<String> {
    match record {
        Value::Object(fields) => match fields.get("$link").and_then(Value::as_str) {
            Some(link) => vec![link.to_owned()],
            None => fields.values().flat_map(named).collect(),
        },
        Value::Array(all) => all.iter().flat_map(named).collect(),
        _ => Vec::new(),
    }
}

/// The name of a file: bits five by five, written independently of the channel.
pub fn cid(bytes: &[u8]) -> String {
    let digest = Digest::of(bytes);
    let bits: String =
        [1, 0x55, 0x12, 0x20].iter().chain(digest.as_bytes()).map(|byte| format!("{byte:08b}")).collect();
    let letters = (0..bits.len()).step_by(5).map(|at| {
        let five = format!("{:0<5}", &bits[at..bits.len().min(at + 5)]);
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from_str_radix(&five, 2).unwrap()])
    });
    format!("b{}", letters.collect::<String>())
}
