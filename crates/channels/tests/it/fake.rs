//! A server that plays Bluesky's, with faults to order: enough of its manners for the channel, none of its insides.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use cleansheet_terms::Digest;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

pub(crate) const DID: &str = "did:plc:fenland";
const REPOSTS: &str = "app.bsky.feed.repost";

/// What goes wrong with one call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Answered so, and nothing done.
    Says(u16, Value, Vec<(&'static str, String)>),
    /// Done, and answered so.
    DoneBut(u16),
    /// Neither done nor answered in time.
    Silence,
    /// Done, and not answered in time.
    DoneInSilence,
    /// Done, and half of the answer.
    Half,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) records: BTreeMap<String, Value>,
    /// What the account shows again of others.
    pub(crate) reposts: BTreeMap<String, Value>,
    /// Bytes by name; named by a post or not.
    pub(crate) files: BTreeMap<String, (Vec<u8>, bool)>,
    pub(crate) faults: BTreeMap<String, VecDeque<Fault>>,
    /// The names of all calls, in order.
    pub(crate) calls: Vec<String>,
    /// The tokens that are good now carry this number.
    pub(crate) session: u32,
    /// Files of deleted posts stay.
    pub(crate) hoards: bool,
    /// The app password that opens a session.
    pub(crate) password: String,
    /// The forms that OAuth sent, in order, as they were sent.
    pub(crate) forms: Vec<String>,
    /// What a token of OAuth is good for.
    pub(crate) gives: String,
    url: String,
}

pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let state = Arc::new(Mutex::new(State { url: url.clone(), ..State::default() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The next call of this name goes wrong.
    pub(crate) fn fail(&self, name: &str, fault: Fault) {
        self.state().faults.entry(name.to_owned()).or_default().push_back(fault);
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state().calls.iter().filter(|call| *call == name).count()
    }
}

struct Asked {
    name: String,
    query: BTreeMap<String, String>,
    token: String,
    form: bool,
    body: Vec<u8>,
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(asked) = read(&mut stream).await else { return };
    let fault = {
        let mut state = state.lock().unwrap();
        state.calls.push(asked.name.clone());
        if asked.form {
            state.forms.push(String::from_utf8(asked.body.clone()).unwrap());
        }
        state.faults.get_mut(&asked.name).and_then(VecDeque::pop_front)
    };
    let done = || state.lock().unwrap().does(&asked);
    let (status, body, headers, half) = match fault {
        None => {
            let (status, body) = done();
            (status, body, Vec::new(), false)
        }
        Some(Fault::Says(status, body, headers)) => (status, body.to_string().into_bytes(), headers, false),
        Some(Fault::DoneBut(status)) => {
            done();
            (status, b"{}".to_vec(), Vec::new(), false)
        }
        Some(Fault::Half) => (200, done().1, Vec::new(), true),
        Some(Fault::Silence) => return tokio::time::sleep(Duration::from_secs(3)).await,
        Some(Fault::DoneInSilence) => {
            done();
            return tokio::time::sleep(Duration::from_secs(3)).await;
        }
    };
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let sent = if half { &body[..body.len() / 2] } else { &body[..] };
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap_or_default();
    stream.write_all(sent).await.unwrap_or_default();
    stream.shutdown().await.unwrap_or_default();
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head_ends = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8(bytes[..head_ends].to_vec()).ok()?;
    let mut lines = head.lines();
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes[head_ends + 4..].to_vec();
    while body.len() < length {
        stream.read_buf(&mut body).await.ok()?;
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let plain = |text: &str| text.replace("%3A", ":").replace('+', " ");
    Some(Asked {
        name: path.rsplit('/').next()?.rsplit('.').next()?.to_owned(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_owned(), plain(v)))
            .collect(),
        token: headers.get("authorization").cloned().unwrap_or_default(),
        form: headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded"),
        body,
    })
}

impl State {
    fn of(&self, asked: &Asked) -> &BTreeMap<String, Value> {
        if asked.query["collection"] == REPOSTS { &self.reposts } else { &self.records }
    }

    /// The newest first; the cursor is the key of the last one, and there is one as long as anything was listed.
    fn listed(&self, asked: &Asked) -> Value {
        let limit: usize = asked.query["limit"].parse().unwrap();
        let cursor = asked.query.get("cursor");
        let behind = self.of(asked).iter().rev().filter(|(key, _)| cursor.is_none_or(|cursor| *key < cursor));
        let page: Vec<_> = behind.take(limit).collect();
        let uri = |key: &str| format!("at://{DID}/{}/{key}", asked.query["collection"]);
        let records: Vec<Value> = page
            .iter()
            .map(|(key, value)| json!({ "uri": uri(key), "cid": "bafy", "value": value }))
            .collect();
        match page.last() {
            Some((key, _)) => json!({ "records": records, "cursor": key }),
            None => json!({ "records": records }),
        }
    }

    /// Somebody wrote a post with pictures before this program came.
    pub(crate) fn wrote(&mut self, key: &str, record: Value, files: &[&[u8]]) {
        for bytes in files {
            self.files.insert(cid(bytes), (bytes.to_vec(), true));
        }
        self.records.insert(key.to_owned(), record);
    }

    /// The authorization server, which is the same one; what is sent to it is looked at by the tests.
    fn allows(&self, asked: &Asked) -> Option<Value> {
        let at = |path: &str| format!("{}/oauth/{path}", self.url);
        let said = match asked.name.as_str() {
            "oauth-protected-resource" => json!({ "authorization_servers": [self.url] }),
            "oauth-authorization-server" => json!({
                "issuer": self.url, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
                "pushed_authorization_request_endpoint": at("par"), "revocation_endpoint": at("revoke"),
            }),
            "par" => json!({ "request_uri": "urn:one", "expires_in": 60 }),
            "token" => json!({
                "access_token": "access", "refresh_token": "refresh", "token_type": "DPoP", "scope": self.gives, "sub": DID,
            }),
            "revoke" => json!({}),
            _ => return None,
        };
        Some(said)
    }

    fn does(&mut self, asked: &Asked) -> (u16, Vec<u8>) {
        let ok = |value: Value| (200, value.to_string().into_bytes());
        if let Some(said) = self.allows(asked) {
            return ok(said);
        }
        let no = |error: &str| (400, json!({ "error": error, "message": error }).to_string().into_bytes());
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        let key = body["rkey"].as_str().unwrap_or_default().to_owned();
        let acts = ["putRecord", "uploadBlob", "deleteRecord", "getSession"].contains(&asked.name.as_str());
        let known = [format!("Bearer access-{}", self.session), "DPoP access".to_owned()];
        if acts && !known.contains(&asked.token) {
            return no("ExpiredToken");
        }
        match asked.name.as_str() {
            "refreshSession" if asked.token == format!("Bearer refresh-{}", self.session) => {
                self.session += 1;
                let (access, refresh) =
                    (format!("access-{}", self.session), format!("refresh-{}", self.session));
                ok(
                    json!({ "accessJwt": access, "refreshJwt": refresh, "did": DID, "handle": "fenland.test" }),
                )
            }
            "refreshSession" => no("ExpiredToken"),
            "createSession" if body["password"] == self.password.as_str() => {
                let (access, refresh) =
                    (format!("access-{}", self.session), format!("refresh-{}", self.session));
                ok(
                    json!({ "accessJwt": access, "refreshJwt": refresh, "did": DID, "handle": "fenland.test" }),
                )
            }
            "createSession" => no("AuthenticationRequired"),
            DID => ok(json!({
                "id": DID, "alsoKnownAs": ["at://fenland.test"],
                "service": [{ "id": "#atproto_pds", "serviceEndpoint": self.url }],
            })),
            "getSession" => ok(json!({ "did": DID, "handle": "fenland.test", "active": true })),
            "resolveHandle" if asked.query["handle"] == "fenland.test" => ok(json!({ "did": DID })),
            "resolveHandle" => no("InvalidRequest"),
            "uploadBlob" => {
                let name = cid(&asked.body);
                self.files.entry(name.clone()).or_insert((asked.body.clone(), false));
                let blob = json!({ "$type": "blob", "ref": { "$link": name }, "mimeType": "image/jpeg", "size": asked.body.len() });
                ok(json!({ "blob": blob }))
            }
            "putRecord" => {
                let there = self.records.get(&key);
                if there.is_some_and(|record| *record != body["record"]) {
                    return no("InvalidSwap");
                }
                for name in named(&body["record"]) {
                    match self.files.get_mut(&name) {
                        Some(file) => file.1 = true,
                        None => return no("BlobNotFound"),
                    }
                }
                self.records.insert(key.clone(), body["record"].clone());
                ok(json!({ "uri": format!("at://{DID}/app.bsky.feed.post/{key}"), "cid": "bafy" }))
            }
            "deleteRecord" => {
                match body["collection"].as_str() {
                    Some(REPOSTS) => self.reposts.remove(&key),
                    _ => self.records.remove(&key),
                };
                if !self.hoards {
                    let kept: Vec<String> = self.records.values().flat_map(named).collect();
                    self.files.retain(|name, _| kept.contains(name));
                }
                ok(json!({}))
            }
            "getRecord" => match self.of(asked).get(&asked.query["rkey"]) {
                Some(record) => ok(json!({ "uri": "at://", "cid": "bafy", "value": record })),
                None => no("RecordNotFound"),
            },
            "listRecords" => ok(self.listed(asked)),
            "getBlob" => match self.files.get(&asked.query["cid"]) {
                Some((bytes, true)) => (200, bytes.clone()),
                _ => no("BlobNotFound"),
            },
            other => panic!("the channel asks {other}"),
        }
    }
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

/// Bits five by five, written independently of the channel.
pub(crate) fn cid(bytes: &[u8]) -> String {
    let digest = Digest::of(bytes);
    let bits: String =
        [1, 0x55, 0x12, 0x20].iter().chain(digest.as_bytes()).map(|byte| format!("{byte:08b}")).collect();
    let letters = (0..bits.len()).step_by(5).map(|at| {
        let five = format!("{:0<5}", &bits[at..bits.len().min(at + 5)]);
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from_str_radix(&five, 2).unwrap()])
    });
    format!("b{}", letters.collect::<String>())
}
