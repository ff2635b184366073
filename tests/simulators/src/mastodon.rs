//! A Mastodon server, played. Rules: <https://docs.joinmastodon.org/methods/>.

use std::collections::BTreeMap;

use cleansheet_terms::Timestamp;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{Act, Fault, Network, Post, Request, Response, oauth::Codes, windows::Windows};

/// The account.
pub const ACCOUNT: &str = "109000000000000001";
/// Its name.
pub const NAME: &str = "fenland";
/// What signs in to it.
pub const TOKEN: &str = "token-0";
/// What the token is for.
pub const SCOPES: &str = "read:accounts read:statuses write:statuses write:media";
/// How long a key keeps a repeat from making a second post.
const KEYS_LAST: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug, Clone)]
struct Status {
    text: String,
    media: Vec<String>,
    answers: Option<String>,
    at: Timestamp,
    /// Looks that come too early to see it.
    unseen: u32,
    /// Looks that still see it after it was deleted.
    leaving: Option<u32>,
}

#[derive(Debug, Clone)]
struct Media {
    bytes: Vec<u8>,
    description: String,
    working: u32,
    attached: bool,
}

/// A server with one account.
#[derive(Debug)]
pub struct Mastodon {
    /// What the server says of itself.
    pub max_characters: usize,
    /// Most pictures of a post.
    pub max_pictures: usize,
    /// Pictures stay when a post is deleted, whatever was asked.
    pub hoards: bool,
    /// The account's list does not show posts yet, however often it is looked at.
    pub lists_late: bool,
    /// A proxy in front of it answers in its place, with a 404 of its own.
    pub astray: bool,
    /// What the token is for.
    pub scopes: String,
    /// How the account presents itself.
    pub display_name: String,
    tokens: Vec<String>,
    given: u64,
    statuses: BTreeMap<u64, Status>,
    media: BTreeMap<String, Media>,
    keys: BTreeMap<String, (u64, Timestamp)>,
    codes: Codes,
    windows: Windows,
}

impl Default for Mastodon {
    fn default() -> Self {
        Self::new()
    }
}

/// What an access token lets do, and what it is missing for.
type Answered = Result<Response, Response>;

impl Mastodon {
    /// A server with one account and nothing in it.
    pub fn new() -> Self {
        Self {
            max_characters: 500,
            max_pictures: 4,
            hoards: false,
            lists_late: false,
            astray: false,
            scopes: SCOPES.to_owned(),
            display_name: "Fenland Juniors".to_owned(),
            tokens: vec![TOKEN.to_owned()],
            given: 110_000_000_000_000_000,
            statuses: BTreeMap::new(),
            media: BTreeMap::new(),
            keys: BTreeMap::new(),
            codes: Codes::default(),
            windows: Windows::new(&[
                (Act::Delete, 30, 1_800),
                (Act::Upload, 30, 1_800),
                (Act::Publish, 300, 300),
                (Act::Read, 3_000, 300),
            ]),
        }
    }

    /// JSON of what signs in to the account, as the connector keeps it.
    pub fn credential(server: &str) -> Value {
        json!({
            "access": TOKEN, "scope": SCOPES, "server": server,
            "client": { "id": "client-1", "secret": "secret-1" },
        })
    }

    /// The account was connected again: what signs in to it now.
    pub fn connected_again(&mut self, server: &str) -> Value {
        self.tokens = vec![TOKEN.to_owned()];
        Self::credential(server)
    }

    fn next(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    fn routed(&mut self, request: &Request, late: u32, now: Timestamp) -> Answered {
        if self.astray {
            return Err(Response::file("text/html", b"<h1>404</h1>".to_vec()).with_status(404));
        }
        let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["api", "v2", "instance"]) => Ok(self.instance()),
            ("POST", ["api", "v1", "apps"]) => self.app(request),
            ("GET", ["oauth", "authorize"]) => Ok(self.codes.allowed(request)),
            ("POST", ["oauth", "token"]) => self.token(request),
            ("POST", ["oauth", "revoke"]) => {
                self.tokens.retain(|token| request.json()["token"] != token.as_str());
                Ok(Response::json(200, &json!({})))
            }
            ("GET", ["media", id]) => self.file(id),
            ("GET", ["api", "v1", "accounts", "verify_credentials"]) => {
                self.may(request, "read:accounts")?;
                Ok(Response::json(200, &self.account()))
            }
            ("GET", ["api", "v1", "accounts", ACCOUNT]) => Ok(Response::json(200, &self.account())),
            ("GET", ["api", "v1", "accounts", ACCOUNT, "statuses"]) => Ok(self.list(request)),
            ("POST", ["api", "v2", "media"]) => {
                self.may(request, "write:media")?;
                self.upload(request, late)
            }
            ("GET", ["api", "v1", "media", id]) => {
                self.may(request, "write:media")?;
                self.look_at_media(request, id)
            }
            ("DELETE", ["api", "v1", "media", id]) => {
                self.may(request, "write:media")?;
                self.unattached(id)?;
                self.media.remove(*id);
                Ok(Response::json(200, &json!({})))
            }
            ("POST", ["api", "v1", "statuses"]) => {
                self.may(request, "write:statuses")?;
                self.publish(request, late, now)
            }
            ("GET", ["api", "v1", "statuses", id]) => self.status(request, id),
            ("GET", ["api", "v1", "statuses", id, "source"]) => {
                self.may(request, "read:statuses")?;
                let status = self.statuses.get(&number(id)).ok_or_else(not_found)?;
                let source = json!({ "id": id, "text": status.text, "spoiler_text": "" });
                Ok(Response::json(200, &source))
            }
            ("DELETE", ["api", "v1", "statuses", id]) => {
                self.may(request, "write:statuses")?;
                self.delete(request, id, late)
            }
            _ => Ok(Response::not_described(&format!("{} {}", request.method, request.path))),
        }
    }

    fn may(&self, request: &Request, scope: &str) -> Result<(), Response> {
        if !request.bearer().is_some_and(|token| self.tokens.iter().any(|good| good == token)) {
            return Err(said(401, "The access token is invalid"));
        }
        if self.scopes.split(' ').any(|given| given == scope) {
            Ok(())
        } else {
            Err(said(403, "This action is outside the authorized scopes"))
        }
    }

    fn instance(&self) -> Response {
        Response::json(
            200,
            &json!({ "domain": "social.example", "version": "4.5.0", "configuration": {
                "statuses": { "max_characters": self.max_characters, "max_media_attachments": self.max_pictures, "characters_reserved_per_url": 23 },
                "media_attachments": { "description_limit": 1_500, "image_size_limit": 16_777_216, "image_matrix_limit": 33_177_600, "supported_mime_types": ["image/jpeg"] },
            } }),
        )
    }

    fn app(&mut self, request: &Request) -> Answered {
        let body = request.json();
        if !body["client_name"].is_string() || !body["redirect_uris"].is_array() {
            return Err(said(422, "Validation failed: Application name can't be blank"));
        }
        Ok(Response::json(200, &json!({ "id": "1", "client_id": "client-1", "client_secret": "secret-1" })))
    }

    fn token(&mut self, request: &Request) -> Answered {
        let body = request.json();
        let said_so = |name: &str| body[name].as_str().unwrap_or_default();
        let known = said_so("client_id") == "client-1" && said_so("client_secret") == "secret-1";
        let code = self.codes.exchanged(said_so("code"), said_so("code_verifier"), said_so("redirect_uri"));
        let Some(asked) = code.filter(|_| known && said_so("grant_type") == "authorization_code") else {
            return Err(Response::json(
                400,
                &json!({ "error": "invalid_grant", "error_description": "The provided authorization grant is invalid" }),
            ));
        };
        let token = format!("token-{}", self.tokens.len());
        self.tokens.push(token.clone());
        self.scopes.clone_from(&asked.scope);
        let answer =
            json!({ "access_token": token, "token_type": "Bearer", "scope": asked.scope, "created_at": 0 });
        Ok(Response::json(200, &answer))
    }

    fn account(&self) -> Value {
        json!({
            "id": ACCOUNT, "username": NAME, "acct": NAME, "display_name": self.display_name,
            "note": "<p>The news of our teams &amp; matches</p>", "avatar": "/avatar.png", "url": "/@fenland",
        })
    }

    fn attachment(&self, request: &Request, id: &str) -> Value {
        let Some(media) = self.media.get(id) else { return Value::Null };
        let url = (media.working == 0).then(|| format!("{}/media/{id}", origin(request)));
        json!({ "id": id, "type": "image", "url": url, "description": media.description })
    }

    fn entity(&self, request: &Request, id: u64, status: &Status) -> Value {
        let (origin, media) = (origin(request), status.media.iter().map(|id| self.attachment(request, id)));
        json!({
            "id": id.to_string(), "content": format!("<p>{}</p>", status.text), "visibility": "public",
            "created_at": status.at.to_string(), "uri": format!("{origin}/users/{NAME}/statuses/{id}"),
            "url": format!("{origin}/@{NAME}/{id}"), "in_reply_to_id": status.answers,
            "media_attachments": media.collect::<Vec<_>>(), "reblog": null, "account": self.account(),
        })
    }

    fn list(&self, request: &Request) -> Response {
        let asked = |name: &str| request.query.get(name).map(|text| number(text));
        let limit = usize::try_from(asked("limit").unwrap_or(20)).unwrap_or(20);
        let (since, before) = (asked("since_id").unwrap_or(0), asked("max_id").unwrap_or(u64::MAX));
        let shown = self.statuses.iter().rev().filter(|(id, status)| {
            let seen = status.leaving.is_none() && status.unseen == 0 && !self.lists_late;
            **id > since && **id < before && seen
        });
        let page: Vec<Value> =
            shown.take(limit.min(40)).map(|(id, status)| self.entity(request, *id, status)).collect();
        Response::json(200, &page.into())
    }

    fn upload(&mut self, request: &Request, late: u32) -> Answered {
        let parts: BTreeMap<String, Vec<u8>> = request.parts().into_iter().collect();
        let Some(bytes) = parts.get("file").cloned() else {
            return Err(said(422, "Validation failed: File can't be blank"));
        };
        let stripped = |text: &Vec<u8>| String::from_utf8_lossy(text).trim().to_owned();
        let description = parts.get("description").map(stripped);
        let id = self.next().to_string();
        let media =
            Media { bytes, description: description.unwrap_or_default(), working: late, attached: false };
        self.media.insert(id.clone(), media);
        let status = if late > 0 { 202 } else { 200 };
        Ok(Response::json(status, &self.attachment(request, &id)))
    }

    /// A picture that no post shows; others are not found under this address.
    fn unattached(&self, id: &str) -> Result<(), Response> {
        self.media.get(id).filter(|media| !media.attached).map(|_| ()).ok_or_else(not_found)
    }

    fn look_at_media(&mut self, request: &Request, id: &str) -> Answered {
        self.unattached(id)?;
        let working = self.media.get_mut(id).is_some_and(|media| {
            media.working = media.working.saturating_sub(1);
            media.working > 0
        });
        Ok(Response::json(if working { 206 } else { 200 }, &self.attachment(request, id)))
    }

    fn file(&self, id: &str) -> Answered {
        let media = self.media.get(id).filter(|media| media.working == 0).ok_or_else(not_found)?;
        Ok(Response::file("image/jpeg", media.bytes.clone()))
    }

    fn publish(&mut self, request: &Request, late: u32, now: Timestamp) -> Answered {
        let key = request.headers.get("idempotency-key").cloned().unwrap_or_default();
        if let Some((id, at)) = self.keys.get(&key).copied()
            && now.duration_since(at) < KEYS_LAST
            && let Some(status) = self.statuses.get(&id)
        {
            return Ok(Response::json(200, &self.entity(request, id, status)));
        }
        let body = request.json();
        let text = body["status"].as_str().unwrap_or_default().trim().to_owned();
        let media: Vec<String> = body["media_ids"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        if (text.is_empty() && media.is_empty()) || body["visibility"] != "public" {
            return Err(said(422, "Validation failed: Text can't be blank"));
        }
        let counted = |word: &str| if word.starts_with("https://") { 23 } else { word.chars().count() };
        if text.split(' ').map(|word| counted(word) + 1).sum::<usize>() > self.max_characters + 1 {
            return Err(said(422, "Validation failed: Text character limit exceeded"));
        }
        if media.len() > self.max_pictures || media.iter().any(|id| self.unattached(id).is_err()) {
            let words = format!("Media {} not found or already attached to another post", media.join(", "));
            return Err(said(422, &words));
        }
        if media.iter().any(|id| self.media.get(id).is_some_and(|media| media.working > 0)) {
            return Err(said(
                422,
                "Cannot attach files that have not finished processing. Try again in a moment!",
            ));
        }
        let answers = body["in_reply_to_id"].as_str().map(str::to_owned);
        if answers.as_ref().is_some_and(|id| !self.statuses.contains_key(&number(id))) {
            return Err(said(404, "The post you are trying to reply to does not appear to exist."));
        }
        for id in &media {
            self.media.get_mut(id).into_iter().for_each(|media| media.attached = true);
        }
        let id = self.next();
        self.statuses.insert(id, Status { text, media, answers, at: now, unseen: late, leaving: None });
        self.keys.insert(key, (id, now));
        let status = &self.statuses[&id];
        Ok(Response::json(200, &self.entity(request, id, status)))
    }

    fn status(&mut self, request: &Request, id: &str) -> Answered {
        let status = self.statuses.get_mut(&number(id)).ok_or_else(not_found)?;
        if status.unseen > 0 {
            status.unseen -= 1;
            return Err(not_found());
        }
        match status.leaving {
            Some(0) => {
                self.statuses.remove(&number(id));
                return Err(not_found());
            }
            Some(looks) => status.leaving = Some(looks - 1),
            None => {}
        }
        let status = &self.statuses[&number(id)];
        Ok(Response::json(200, &self.entity(request, number(id), status)))
    }

    fn delete(&mut self, request: &Request, id: &str, late: u32) -> Answered {
        let status = self.statuses.get_mut(&number(id)).ok_or_else(not_found)?;
        let media = std::mem::take(&mut status.media);
        let source = json!({ "id": id, "text": status.text });
        if late > 0 {
            status.leaving = Some(late);
        } else {
            self.statuses.remove(&number(id));
        }
        if request.query.get("delete_media").is_some_and(|word| word == "true") && !self.hoards {
            media.iter().for_each(|id| drop(self.media.remove(id)));
        }
        Ok(Response::json(200, &source))
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}

fn origin(request: &Request) -> String {
    format!("http://{}", request.headers.get("host").map_or("localhost", String::as_str))
}

fn said(status: u16, words: &str) -> Response {
    Response::json(status, &json!({ "error": words }))
}

fn not_found() -> Response {
    said(404, "Record not found")
}

impl Network for Mastodon {
    fn act(&self, request: &Request) -> Act {
        match (request.method.as_str(), request.path.as_str()) {
            (_, path) if path.starts_with("/oauth/") || path == "/api/v1/apps" => Act::Token,
            ("POST", "/api/v2/media") => Act::Upload,
            ("POST", "/api/v1/statuses") => Act::Publish,
            ("DELETE", _) => Act::Delete,
            _ => Act::Read,
        }
    }

    fn answer(&mut self, request: &Request, late: u32, now: Timestamp) -> Response {
        let counted = self.windows.count(self.act(request), now);
        let response = if counted.is_some_and(|counted| counted.over) {
            said(429, "Too many requests")
        } else {
            self.routed(request, late, now).unwrap_or_else(|refused| refused)
        };
        match counted {
            Some(counted) => counted.on(response, "x-ratelimit", false),
            None => response,
        }
    }

    fn refusal(&mut self, fault: Fault, now: Timestamp) -> Response {
        match fault {
            Fault::Limited { seconds } => {
                let ends = now + SignedDuration::from_secs(i64::from(seconds));
                said(429, "Too many requests")
                    .header("x-ratelimit-limit", 30)
                    .header("x-ratelimit-remaining", 0)
                    .header("x-ratelimit-reset", ends)
            }
            Fault::DoneBut502 => Response::file("text/html", b"<h1>502</h1>".to_vec()).with_status(502),
            Fault::Expired | Fault::Revoked => {
                self.tokens.clear();
                said(401, "The access token was revoked")
            }
            Fault::ContentRefused => {
                said(422, "Validation failed: Text contains a word that is not taken here")
            }
            Fault::Suspended => said(403, "Your login is currently disabled"),
            Fault::Refused => said(403, "This action is not allowed"),
            _ => said(503, "There was a temporary problem serving your request, please try again"),
        }
    }

    fn posts(&self) -> Vec<Post> {
        let shown =
            self.statuses.iter().rev().filter(|(_, status)| status.leaving.is_none_or(|left| left > 0));
        shown
            .map(|(id, status)| {
                let media: Vec<&Media> = status.media.iter().filter_map(|id| self.media.get(id)).collect();
                Post {
                    id: id.to_string(),
                    text: status.text.clone(),
                    alt_texts: media.iter().map(|media| media.description.clone()).collect(),
                    pictures: media.iter().map(|media| media.bytes.clone()).collect(),
                }
            })
            .collect()
    }

    fn set(&mut self, name: &str, value: &str) -> bool {
        let anew = (name, value) == ("periods", "over");
        if anew {
            self.windows.begin_anew();
        }
        anew
    }

    fn post_beside(&mut self, text: &str, now: Timestamp) -> String {
        let id = self.next();
        let status = Status {
            text: text.to_owned(),
            media: Vec::new(),
            answers: None,
            at: now,
            unseen: 0,
            leaving: None,
        };
        self.statuses.insert(id, status);
        id.to_string()
    }
}
