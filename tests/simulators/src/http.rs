//! The server around a played network: it reads requests, puts the faults that were ordered in the way, and takes orders
//! itself at `/__fail`, `/__mend`, `/__beside` and `/__posts`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State as Extracted,
    http::{HeaderMap, Method, Uri},
};
use cleansheet_terms::Clock;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{Act, Fault, Network, Post, State};

/// Longer than any caller waits.
const FOR_EVER: Duration = Duration::from_secs(600);

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query, for example `/2/tweets`.
    pub path: String,
    /// Behind the `?`, decoded.
    pub query: BTreeMap<String, String>,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Request {
    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The fields of a form that was sent as `application/x-www-form-urlencoded`.
    pub fn form(&self) -> BTreeMap<String, String> {
        decoded(&String::from_utf8_lossy(&self.body))
    }

    /// The fields and files of a `multipart/form-data` body: bytes by name, in order.
    pub fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let kind = self.headers.get("content-type").cloned().unwrap_or_default();
        let Some((_, boundary)) = kind.split_once("boundary=") else { return Vec::new() };
        let boundary = format!("--{}", boundary.trim_matches('"'));
        split(&self.body, boundary.as_bytes()).into_iter().filter_map(part).collect()
    }

    /// The token of `Authorization: Bearer …`.
    pub fn bearer(&self) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix("Bearer ")
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Response {
    /// JSON.
    pub fn json(status: u16, value: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: value.to_string().into_bytes() }
    }

    /// A file.
    pub fn file(mime: &str, body: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("content-type".to_owned(), mime.to_owned())], body }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// With another status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// What the network's description does not allow: a fault of the caller.
    pub fn not_described(what: &str) -> Self {
        Self::json(599, &json!({ "not described": what }))
    }
}

struct Served<N> {
    state: Arc<Mutex<State<N>>>,
    clock: Arc<dyn Clock>,
}

impl<N> Clone for Served<N> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state), clock: Arc::clone(&self.clock) }
    }
}

pub(crate) async fn serve<N: Network>(
    port: u16,
    state: Arc<Mutex<State<N>>>,
    clock: Arc<dyn Clock>,
) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let router = Router::new().fallback(any::<N>).with_state(Served { state, clock });
    (url, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

async fn any<N: Network>(
    Extracted(served): Extracted<Served<N>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: decoded(uri.query().unwrap_or_default()),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_vec(),
    };
    if let Some(order) = request.path.strip_prefix("/__") {
        return written(&ordered(&served, order, &request), false);
    }
    let fault = {
        let mut state = served.state.lock().unwrap();
        let act = state.network.act(&request);
        state.calls.push((act, format!("{method} {}", request.path)));
        if state.requests.len() == crate::KEPT {
            state.requests.pop_front();
        }
        state.requests.push_back(request.clone());
        state.faults.get_mut(&act).and_then(std::collections::VecDeque::pop_front)
    };
    answered(&served, &request, fault).await
}

async fn answered<N: Network>(
    served: &Served<N>,
    request: &Request,
    fault: Option<Fault>,
) -> axum::response::Response {
    let now = served.clock.now();
    let done = |late| served.state.lock().unwrap().network.answer(request, late, now);
    let refused = |fault| served.state.lock().unwrap().network.refusal(fault, now);
    let Some(fault) = fault else { return written(&done(0), false) };
    match fault {
        Fault::Slow { ms } => {
            let answer = done(0);
            served.state.lock().unwrap().slowed += 1;
            tokio::time::sleep(Duration::from_millis(ms)).await;
            written(&answer, false)
        }
        Fault::OnTheWay => {
            let (asked, answer) = oneshot::channel();
            served.state.lock().unwrap().on_the_way.push((request.clone(), asked));
            written(&answer.await.unwrap_or_else(|_| refused(Fault::Down)), false)
        }
        Fault::Late { looks } => written(&done(looks), false),
        Fault::Twice => {
            let _first = done(0);
            written(&done(0), false)
        }
        Fault::DoneBut502 => {
            let _lost = done(0);
            written(&refused(fault), false)
        }
        Fault::HalfReply => written(&done(0), true),
        Fault::ReplyLost => {
            let lost = Response { body: Vec::new(), ..done(0) };
            written(&lost, true)
        }
        Fault::Silence => {
            tokio::time::sleep(FOR_EVER).await;
            written(&refused(Fault::Down), false)
        }
        Fault::Limited { .. }
        | Fault::Down
        | Fault::Expired
        | Fault::Revoked
        | Fault::ContentRefused
        | Fault::Suspended
        | Fault::Refused => written(&refused(fault), false),
    }
}

/// - `broken`: the connection breaks off in the middle of the body.
fn written(response: &Response, broken: bool) -> axum::response::Response {
    let mut builder = axum::response::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    if !broken {
        return builder.body(Body::from(response.body.clone())).unwrap();
    }
    // More is announced than comes: the caller sees a connection that broke off.
    let half = response.body[..response.body.len() / 2].to_vec();
    let half_of_unknown_length = Body::from_stream(Body::from(half.clone()).into_data_stream());
    builder.header("content-length", half.len() + 100).body(half_of_unknown_length).unwrap()
}

/// What tests in other programs order by address.
fn ordered<N: Network>(served: &Served<N>, order: &str, request: &Request) -> Response {
    let mut state = served.state.lock().unwrap();
    let asked = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
    match order {
        "posts" => {
            let one = |post: &Post| json!({ "id": post.id, "text": post.text, "alt_texts": post.alt_texts, "pictures": post.pictures.len() });
            let posts: Vec<Value> = state.network.posts().iter().map(one).collect();
            Response::json(200, &json!({ "posts": posts }))
        }
        "calls" => {
            let calls: Vec<Value> =
                state.calls.iter().map(|(act, call)| json!([act.as_str(), call])).collect();
            Response::json(200, &json!({ "calls": calls }))
        }
        "mend" => {
            state.faults.clear();
            Response::json(200, &json!({}))
        }
        "beside" => {
            let id = state.network.post_beside(asked("text"), served.clock.now());
            Response::json(200, &json!({ "id": id }))
        }
        "set" => {
            if state.network.set(asked("name"), asked("value")) {
                Response::json(200, &json!({}))
            } else {
                Response::not_described("no such switch")
            }
        }
        "fail" => {
            let act = Act::ALL.into_iter().find(|act| act.as_str() == asked("act"));
            let number = asked("number").parse().unwrap_or(0);
            let Some((act, fault)) = act.zip(named(asked("fault"), number)) else {
                return Response::not_described("no such act or fault");
            };
            let times = asked("times").parse().unwrap_or(1);
            state.faults.entry(act).or_default().extend(std::iter::repeat_n(fault, times));
            Response::json(200, &json!({}))
        }
        _ => Response::not_described(order),
    }
}

fn named(name: &str, number: u32) -> Option<Fault> {
    Some(match name {
        "limited" => Fault::Limited { seconds: number },
        "slow" => Fault::Slow { ms: number.into() },
        "down" => Fault::Down,
        "done_but_502" => Fault::DoneBut502,
        "reply_lost" => Fault::ReplyLost,
        "half_reply" => Fault::HalfReply,
        "silence" => Fault::Silence,
        "twice" => Fault::Twice,
        "expired" => Fault::Expired,
        "revoked" => Fault::Revoked,
        "content_refused" => Fault::ContentRefused,
        "suspended" => Fault::Suspended,
        "late" => Fault::Late { looks: number },
        "refused" => Fault::Refused,
        _ => return None,
    })
}

fn decoded(text: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescaped(name), unescaped(value))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn unescaped(text: &str) -> String {
    let (mut out, bytes) = (Vec::new(), text.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn split<'b>(bytes: &'b [u8], at: &[u8]) -> Vec<&'b [u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some(found) = find(rest, at) {
        parts.push(&rest[..found]);
        rest = &rest[found + at.len()..];
    }
    parts
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Name and bytes of one part: its head, an empty line, its body, a line's end.
fn part(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let head_ends = find(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..head_ends]).into_owned();
    let name = head.split("name=\"").nth(1)?.split('"').next()?.to_owned();
    let body = &bytes[head_ends + 4..];
    Some((name, body.strip_suffix(b"\r\n").unwrap_or(body).to_vec()))
}
