//! Meta's Graph API: one Facebook Page and the Instagram account that belongs to it.
//!
//! As on the real one, the network chooses all names, "not there" and "may not be seen" are one answer, a picture goes into
//! one post only, and Instagram fetches pictures itself, over HTTP, from the address that it is given.

mod facebook;
mod instagram;
mod login;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex},
};

use cleansheet_terms::Timestamp;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{Act, Fault, Network, Post, Request, Response};

/// The Page.
pub const PAGE: &str = "100000000000001";
/// Its name.
pub const PAGE_NAME: &str = "Fenland Community Trust";
/// The Instagram account.
pub const ACCOUNT: &str = "178400000000001";
/// Its name.
pub const USERNAME: &str = "fenlandtrust";
/// The app that is known.
pub const APP: &str = "424242424242";
/// Its secret.
pub const SECRET: &str = "app-secret";
/// Everything that may be asked for.
pub const PERMISSIONS: [&str; 6] = [
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_contents",
];

/// A Page and an Instagram account that are played.
pub struct Meta {
    /// What whoever allows the app gives it.
    pub given: BTreeSet<String>,
    /// What they may do with the Page.
    pub tasks: Vec<String>,
    /// How many Pages they may use: this one, and others that nothing can be done with but choosing them.
    pub pages: u32,
    /// Only the others are allowed.
    pub hides_first_page: bool,
    /// Whether Instagram lets programs delete.
    pub deletes: bool,
    /// Posts that Instagram takes in 24 hours.
    pub quota: u32,
    /// Seconds since 1970 at which tokens end; 0 for never.
    pub ends: i64,
    /// How the Page and the account present themselves.
    pub about: String,
    /// The tokens that are good now carry this number.
    session: u32,
    /// Why those before are not.
    why: i64,
    count: u64,
    codes: BTreeMap<String, String>,
    photos: BTreeMap<String, Photo>,
    posts: Vec<PagePost>,
    containers: BTreeMap<String, Container>,
    media: Vec<Media>,
}

struct Photo {
    bytes: Vec<u8>,
    alt_text: String,
    /// A post shows it.
    used: bool,
    deleted: Option<u32>,
}

struct PagePost {
    id: String,
    message: String,
    photos: Vec<String>,
    made: Timestamp,
    /// Looks that come too early.
    late: u32,
    /// Deleted, and still seen for so many looks.
    deleted: Option<u32>,
}

/// What a thread brings from the address that was lent.
type Fetched = Arc<Mutex<Option<Result<Vec<u8>, ()>>>>;

struct Container {
    caption: String,
    alt_text: String,
    /// `None` for one that holds others together.
    picture: Option<Fetched>,
    children: Vec<String>,
    of_carousel: bool,
    published: bool,
    made: Timestamp,
    late: u32,
}

struct Media {
    id: String,
    caption: String,
    pictures: Vec<(String, Vec<u8>)>,
    made: Timestamp,
    late: u32,
    deleted: Option<u32>,
}

impl Default for Meta {
    fn default() -> Self {
        Self::new()
    }
}

impl Meta {
    /// An empty Page and an empty account.
    pub fn new() -> Self {
        Self {
            given: PERMISSIONS.map(str::to_owned).into(),
            tasks: ["CREATE_CONTENT", "MANAGE", "MODERATE"].map(str::to_owned).into(),
            pages: 1,
            hides_first_page: false,
            deletes: true,
            quota: 100,
            ends: 0,
            about: "Football for everyone".to_owned(),
            session: 1,
            why: 463,
            count: 700_000_000_000_000,
            codes: BTreeMap::new(),
            photos: BTreeMap::new(),
            posts: Vec::new(),
            containers: BTreeMap::new(),
            media: Vec::new(),
        }
    }

    /// The token of the Page that is good now.
    pub fn page_token(&self) -> String {
        format!("EAAPage{}", self.session)
    }

    fn user_token(&self) -> String {
        format!("EAAUser{}", self.session)
    }

    /// Everything that is kept of pictures, seen or not: names of photos that are there.
    pub fn photos(&self) -> Vec<String> {
        self.photos.iter().filter(|(_, photo)| photo.deleted.is_none()).map(|(id, _)| id.clone()).collect()
    }

    /// Somebody deletes a photo on the network itself.
    pub fn take_out(&mut self, photo: &str) {
        self.photos.get_mut(photo).unwrap().deleted = Some(0);
    }

    fn new_id(&mut self) -> String {
        self.count += 1;
        self.count.to_string()
    }

    /// The parameters of a call, wherever they are.
    fn given_with(request: &Request) -> BTreeMap<String, String> {
        let mut all = request.query.clone();
        let kind = request.headers.get("content-type").map(String::as_str).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let parts = request.parts().into_iter();
            all.extend(parts.map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned())));
        } else {
            all.extend(request.form());
        }
        all
    }

    /// Why a token is not taken.
    fn not_signed_in(&self, request: &Request, known: &[String]) -> Option<Response> {
        let token = request.bearer().unwrap_or_default();
        if !known.iter().any(|one| one == token) {
            return Some(error(400, 190, self.why, "Error validating access token: it is not good any more"));
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(token.as_bytes());
        let proof: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        if request.query.get("appsecret_proof") == Some(&proof) {
            return None;
        }
        Some(error(400, 100, 0, "Invalid appsecret_proof provided in the API argument"))
    }

    fn lacks(&self, permission: &str) -> Option<Response> {
        if self.given.contains(permission) {
            return None;
        }
        let say = format!("(#200) Requires {permission} permission to manage the object");
        Some(error(403, 200, 0, &say))
    }
}

/// Words as Meta puts them.
fn error(status: u16, code: i64, subcode: i64, message: &str) -> Response {
    let mut said = json!({ "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Sim" });
    if subcode != 0 {
        said["error_subcode"] = subcode.into();
    }
    Response::json(status, &json!({ "error": said }))
}

fn missing(id: &str) -> Response {
    error(
        400,
        100,
        33,
        &format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
        ),
    )
}

/// What no parameter file of Meta's has, or has under another type, is a fault of the caller.
fn described(given: &BTreeMap<String, String>, allowed: &[&str], required: &[&str]) -> Option<Response> {
    let common = ["access_token", "appsecret_proof", "fields", "limit", "after"];
    if let Some(name) =
        given.keys().find(|name| !allowed.contains(&name.as_str()) && !common.contains(&name.as_str()))
    {
        return Some(Response::not_described(&format!("parameter {name}")));
    }
    let absent = required.iter().find(|name| !given.contains_key(**name))?;
    Some(error(400, 100, 0, &format!("(#100) The parameter {absent} is required")))
}

/// A list, the newest first, from a place on.
fn listed(all: Vec<Value>, request: &Request, path: &str) -> Response {
    let number = |name: &str| request.query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (from, limit) = (number("after").unwrap_or(0), number("limit").unwrap_or(25));
    let end = (from + limit).min(all.len());
    let part = all.get(from..end).unwrap_or_default();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": end.to_string() } });
    if end < all.len() {
        paging["next"] = format!("https://graph.facebook.com{path}?after={end}").into();
    }
    Response::json(200, &json!({ "data": part, "paging": paging }))
}

/// As Meta writes instants.
fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// Whether something is seen, counting a look at what comes or goes late.
fn seen(late: &mut u32, deleted: &mut Option<u32>) -> bool {
    if *late > 0 {
        *late -= 1;
        return false;
    }
    match deleted {
        None => true,
        Some(0) => false,
        Some(looks) => {
            *looks -= 1;
            true
        }
    }
}

/// Fetches a picture from where it is lent, as a crawler does: on its own, while whoever asked waits for nothing.
fn fetch(url: String) -> Fetched {
    let slot = Fetched::default();
    let into = Arc::clone(&slot);
    std::thread::spawn(move || {
        let got = got(&url).ok_or(());
        *into.lock().unwrap() = Some(got);
    });
    slot
}

/// `None` when the address is closed or does not answer with a JPEG.
pub fn got(url: &str) -> Option<Vec<u8>> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).ok()?;
    let ask = format!(
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nuser-agent: facebookexternalhit/1.1\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).ok()?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).ok()?;
    let head_ends = all.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&all[..head_ends]).to_lowercase();
    let is_picture = head.starts_with("http/1.1 200") && head.contains("content-type: image/jpeg");
    is_picture.then(|| all[head_ends + 4..].to_vec())
}

impl Network for Meta {
    fn act(&self, request: &Request) -> Act {
        let edge = request.path.rsplit('/').next().unwrap_or_default();
        match (request.method.as_str(), edge) {
            (_, "oauth" | "access_token") => Act::Token,
            ("POST", "photos" | "media") => Act::Upload,
            ("POST", _) => Act::Publish,
            ("DELETE", _) => Act::Delete,
            _ => Act::Read,
        }
    }

    fn answer(&mut self, request: &Request, late: u32, now: Timestamp) -> Response {
        let mut parts = request.path.trim_start_matches('/').split('/');
        let version = parts.next().unwrap_or_default();
        if !version.starts_with('v') || !version.contains('.') {
            return Response::not_described("an address without a version");
        }
        let path: Vec<&str> = parts.collect();
        if let Some(answer) = self.sign_in(request, &path) {
            return answer;
        }
        let tokens = [self.page_token()];
        if let Some(no) = self.not_signed_in(request, &tokens) {
            return no;
        }
        match path.as_slice() {
            [id, ..] if *id == PAGE || self.is_on_page(id) => self.page(request, &path, late, now),
            [id, ..] if *id == ACCOUNT || self.is_on_account(id) => self.account(request, &path, late, now),
            [id] | [id, _] => missing(id),
            _ => Response::not_described(&request.path),
        }
    }

    fn refusal(&mut self, fault: Fault, _now: Timestamp) -> Response {
        match fault {
            Fault::Limited { seconds } => {
                let minutes = seconds.div_ceil(60);
                let used = json!({ PAGE: [{ "type": "pages", "call_count": 100, "total_cputime": 20,
                    "total_time": 20, "estimated_time_to_regain_access": minutes }] });
                error(400, 80_001, 0, "There have been too many calls to this Page account")
                    .header("x-business-use-case-usage", used)
            }
            Fault::Expired => {
                (self.session, self.why) = (self.session + 1, 463);
                error(400, 190, 463, "Error validating access token: Session has expired")
            }
            Fault::Revoked => {
                (self.session, self.why) = (self.session + 1, 458);
                error(400, 190, 458, "Error validating access token: The user has not authorized application")
            }
            Fault::ContentRefused => error(400, 368, 1_346_003, "It goes against the Community Standards"),
            Fault::Suspended => error(403, 368, 0, "Temporarily blocked for policies violations"),
            Fault::Refused => error(403, 10, 0, "(#10) Application does not have permission for this action"),
            Fault::DoneBut502 => Response::json(502, &json!({})),
            _ => error(503, 2, 0, "Service temporarily unavailable"),
        }
    }

    fn posts(&self) -> Vec<Post> {
        let on_page = self.posts.iter().filter(|post| post.deleted.is_none()).map(|post| {
            let photos: Vec<&Photo> = post.photos.iter().filter_map(|id| self.photos.get(id)).collect();
            let there = photos.iter().filter(|photo| photo.deleted.is_none());
            Post {
                id: post.id.clone(),
                text: post.message.clone(),
                alt_texts: there.clone().map(|photo| photo.alt_text.clone()).collect(),
                pictures: there.map(|photo| photo.bytes.clone()).collect(),
            }
        });
        let on_account = self.media.iter().filter(|media| media.deleted.is_none()).map(|media| Post {
            id: media.id.clone(),
            text: media.caption.clone(),
            alt_texts: media.pictures.iter().map(|(alt_text, _)| alt_text.clone()).collect(),
            pictures: media.pictures.iter().map(|(_, bytes)| bytes.clone()).collect(),
        });
        on_page.rev().chain(on_account.rev()).collect()
    }

    /// On the Page and on the account, under one name.
    fn set(&mut self, name: &str, value: &str) -> bool {
        match (name, value.parse()) {
            ("pages", Ok(pages)) => self.pages = pages,
            ("given", _) if value == "all" => self.given = PERMISSIONS.map(str::to_owned).into(),
            ("given", _) => self.given = value.split(',').map(str::to_owned).collect(),
            _ => return false,
        }
        true
    }

    fn post_beside(&mut self, text: &str, now: Timestamp) -> String {
        let id = self.new_id();
        let (message, caption) = (text.to_owned(), text.to_owned());
        self.posts.push(PagePost {
            id: id.clone(),
            message,
            photos: Vec::new(),
            made: now,
            late: 0,
            deleted: None,
        });
        let pictures = vec![(String::new(), b"beside".to_vec())];
        self.media.push(Media { id: id.clone(), caption, pictures, made: now, late: 0, deleted: None });
        id
    }
}
