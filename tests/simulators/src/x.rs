//! X's API v2, played. Rules: <https://docs.x.com/x-api>.

use std::collections::BTreeMap;

use cleansheet_terms::Timestamp;
use jiff::SignedDuration;
use serde_json::{Value, json};

mod shown;

use crate::{Act, Fault, Network, Post, Request, Response, oauth::Codes, windows::Windows};

/// The account.
pub const ACCOUNT: &str = "2244994945";
/// Its name.
pub const NAME: &str = "fenlandjuniors";
/// What the token is for.
pub const SCOPES: &str = "tweet.read tweet.write users.read media.write offline.access";
/// Seconds for which a picture that no post shows is kept.
const KEPT: i64 = 86_400;

#[derive(Debug, Clone)]
struct Tweet {
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
    alt_text: String,
    until: i64,
    attached: bool,
}

/// X with one account.
#[derive(Debug)]
pub struct X {
    /// Pictures can be opened after their post is gone.
    pub hoards: bool,
    /// The account's list does not show posts yet, however often it is looked at.
    pub lists_late: bool,
    /// A proxy in front of it answers in its place, with a 404 of its own.
    pub astray: bool,
    /// The credits of the app are spent.
    pub spent: bool,
    /// The account is locked until its owner signs in.
    pub locked: bool,
    /// What the token is for.
    pub scopes: String,
    /// How the account presents itself.
    pub name: String,
    /// Which tokens are good: `access-N`, and `refresh-N` for those that renew.
    generation: u32,
    /// The access token has run out.
    stale: bool,
    revoked: bool,
    given: u64,
    tweets: BTreeMap<u64, Tweet>,
    media: BTreeMap<String, Media>,
    codes: Codes,
    windows: Windows,
}

impl Default for X {
    fn default() -> Self {
        Self::new()
    }
}

/// What was asked for, or why not.
type Answered = Result<Response, Response>;

impl X {
    /// X with one account and nothing in it.
    pub fn new() -> Self {
        Self {
            hoards: false,
            lists_late: false,
            astray: false,
            spent: false,
            locked: false,
            scopes: SCOPES.to_owned(),
            name: "Fenland Juniors".to_owned(),
            generation: 0,
            stale: false,
            revoked: false,
            given: 1_860_000_000_000_000_000,
            tweets: BTreeMap::new(),
            media: BTreeMap::new(),
            codes: Codes::default(),
            windows: Windows::new(&[
                (Act::Delete, 50, 900),
                (Act::Upload, 1_000, 900),
                (Act::Publish, 100, 900),
                (Act::Read, 900, 900),
            ]),
        }
    }

    /// JSON of what signs in to the account, as the connector keeps it.
    pub fn credential() -> Value {
        json!({ "access": "access-0", "refresh": "refresh-0", "scope": SCOPES })
    }

    /// The account was connected again: what signs in to it now.
    pub fn connected_again(&mut self) -> Value {
        self.generation += 1;
        (self.stale, self.revoked) = (false, false);
        let (access, refresh) =
            (format!("access-{}", self.generation), format!("refresh-{}", self.generation));
        json!({ "access": access, "refresh": refresh, "scope": SCOPES })
    }

    /// The access token runs out; renewing helps.
    pub fn expire(&mut self) {
        self.stale = true;
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
            ("GET", ["i", "oauth2", "authorize"]) => return Ok(self.codes.allowed(request)),
            ("POST", ["2", "oauth2", "token"]) => return self.token(request),
            ("POST", ["2", "oauth2", "revoke"]) => {
                // Tokens that were given before are dead already, and those that are good now stay so.
                let form = request.form();
                self.revoked |= form.get("token") == Some(&format!("refresh-{}", self.generation));
                return Ok(Response::json(200, &json!({ "revoked": true })));
            }
            ("GET", ["media", key]) => return self.file(key),
            _ => {}
        }
        let good =
            !self.revoked && !self.stale && request.bearer() == Some(&format!("access-{}", self.generation));
        if !good {
            return Err(problem(401, "about:blank", "Unauthorized", "Unauthorized"));
        }
        if self.spent {
            let words = "Your account does not have any credits to fulfill this request.";
            return Err(problem(402, "https://api.x.com/2/problems/credits", "CreditsDepleted", words));
        }
        if self.locked {
            let words = "To protect our users from spam, this account is temporarily locked.";
            return Err(problem(403, "about:blank", "Forbidden", words));
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["2", "users", "me"]) => {
                self.may("users.read")?;
                let user = json!({
                    "id": ACCOUNT, "username": NAME, "name": self.name,
                    "description": "The news of our teams", "profile_image_url": "https://pbs.example/avatar.jpg",
                });
                Ok(Response::json(200, &json!({ "data": user })))
            }
            ("POST", ["2", "media", "upload"]) => {
                self.may("media.write")?;
                self.upload(request, now)
            }
            ("POST", ["2", "media", "metadata"]) => {
                self.may("media.write")?;
                self.describe(request)
            }
            ("POST", ["2", "tweets"]) => {
                self.may("tweet.write")?;
                self.publish(request, late, now)
            }
            ("GET", ["2", "tweets", id]) => {
                self.may("tweet.read")?;
                Ok(self.tweet(request, id))
            }
            ("DELETE", ["2", "tweets", id]) => {
                self.may("tweet.write")?;
                Ok(self.delete(id, late))
            }
            ("GET", ["2", "users", ACCOUNT, "tweets"]) => {
                self.may("tweet.read")?;
                self.list(request)
            }
            _ => Ok(Response::not_described(&format!("{} {}", request.method, request.path))),
        }
    }

    fn may(&self, scope: &str) -> Result<(), Response> {
        if self.scopes.split(' ').any(|given| given == scope) {
            Ok(())
        } else {
            Err(problem(
                403,
                "about:blank",
                "Forbidden",
                "Your client is not permitted to perform this action",
            ))
        }
    }

    fn token(&mut self, request: &Request) -> Answered {
        let form = request.form();
        let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let scope = match said("grant_type") {
            "authorization_code" => self
                .codes
                .exchanged(said("code"), said("code_verifier"), said("redirect_uri"))
                .map(|asked| asked.scope),
            // A used one is refused, and everything it led to with it would be at X; here it is only refused.
            "refresh_token" => (!self.revoked
                && said("refresh_token") == format!("refresh-{}", self.generation))
            .then(|| self.scopes.clone()),
            _ => None,
        };
        let Some(scope) = scope else {
            return Err(Response::json(
                400,
                &json!({ "error": "invalid_grant", "error_description": "Value passed for the token was invalid." }),
            ));
        };
        self.generation += 1;
        (self.stale, self.revoked) = (false, false);
        self.scopes.clone_from(&scope);
        let (access, refresh) =
            (format!("access-{}", self.generation), format!("refresh-{}", self.generation));
        Ok(Response::json(
            200,
            &json!({
                "token_type": "bearer", "expires_in": 7_200, "scope": scope,
                "access_token": access, "refresh_token": refresh,
            }),
        ))
    }

    fn upload(&mut self, request: &Request, now: Timestamp) -> Answered {
        let parts: BTreeMap<String, Vec<u8>> = request.parts().into_iter().collect();
        let Some(bytes) = parts.get("media").filter(|bytes| bytes.len() <= 5_000_000).cloned() else {
            return Err(invalid("The media is missing or larger than 5 MB"));
        };
        if parts.get("media_category").map(Vec::as_slice) != Some(b"tweet_image") {
            return Err(invalid("media_category is required"));
        }
        let id = self.next().to_string();
        let data = json!({ "id": id, "media_key": format!("3_{id}"), "expires_after_secs": KEPT, "size": bytes.len() });
        let media = Media { bytes, alt_text: String::new(), until: now.as_second() + KEPT, attached: false };
        self.media.insert(id, media);
        Ok(Response::json(200, &json!({ "data": data })))
    }

    fn describe(&mut self, request: &Request) -> Answered {
        let body = request.json();
        let words = body["metadata"]["alt_text"]["text"].as_str().unwrap_or_default().trim();
        if words.chars().count() > 1_000 {
            return Err(invalid("alt_text is longer than 1000 characters"));
        }
        let media = self.media.get_mut(body["id"].as_str().unwrap_or_default());
        media.ok_or_else(|| invalid("no such media"))?.alt_text = words.to_owned();
        Ok(Response::json(
            200,
            &json!({ "data": { "id": body["id"], "associated_metadata": body["metadata"] } }),
        ))
    }

    fn publish(&mut self, request: &Request, late: u32, now: Timestamp) -> Answered {
        let body = request.json();
        let text = body["text"].as_str().unwrap_or_default().trim().to_owned();
        let ids = body["media"]["media_ids"].as_array().into_iter().flatten();
        let media: Vec<String> = ids.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        if text.is_empty() && media.is_empty() {
            return Err(invalid("One or more parameters to your request was invalid."));
        }
        if self.tweets.values().any(|tweet| tweet.text == text && tweet.leaving.is_none()) {
            let words = "You are not allowed to create a Tweet with duplicate content.";
            return Err(problem(403, "about:blank", "Forbidden", words));
        }
        if text
            .split_whitespace()
            .map(|word| if is_link(word) { 23 } else { word.chars().count() + 1 })
            .sum::<usize>()
            > 281
        {
            return Err(problem(403, "about:blank", "Forbidden", "Your Tweet text is too long."));
        }
        let fresh = |id: &String| {
            self.media.get(id).is_some_and(|media| !media.attached && media.until > now.as_second())
        };
        if media.len() > 4 || !media.iter().all(fresh) {
            return Err(invalid("Your media IDs are invalid."));
        }
        let answers = body["reply"]["in_reply_to_tweet_id"].as_str().map(str::to_owned);
        if answers.as_ref().is_some_and(|id| !self.tweets.contains_key(&number(id))) {
            let words = "You attempted to reply to a Tweet that is deleted or not visible to you.";
            return Err(problem(403, "about:blank", "Forbidden", words));
        }
        for id in &media {
            self.media.get_mut(id).into_iter().for_each(|media| media.attached = true);
        }
        let id = self.next();
        self.tweets
            .insert(id, Tweet { text: text.clone(), media, answers, at: now, unseen: late, leaving: None });
        Ok(Response::json(201, &json!({ "data": { "id": id.to_string(), "text": text } })))
    }

    fn delete(&mut self, id: &str, late: u32) -> Response {
        let Some(tweet) = self.tweets.get_mut(&number(id)) else { return no_tweet(id) };
        if !self.hoards {
            tweet.media.iter().for_each(|id| drop(self.media.remove(id)));
        }
        if late > 0 {
            tweet.leaving = Some(late);
        } else {
            self.tweets.remove(&number(id));
        }
        Response::json(200, &json!({ "data": { "deleted": true } }))
    }

    fn file(&self, key: &str) -> Answered {
        let media = self.media.get(key.trim_start_matches("3_")).filter(|media| media.attached);
        let media = media.ok_or_else(|| Response::json(404, &json!({})))?;
        Ok(Response::file("image/jpeg", media.bytes.clone()))
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}

fn is_link(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}

fn html(word: &str) -> String {
    word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn problem(status: u16, kind: &str, title: &str, detail: &str) -> Response {
    let body = json!({ "type": kind, "title": title, "status": status, "detail": detail });
    Response {
        headers: vec![("content-type".to_owned(), "application/problem+json".to_owned())],
        ..Response::json(status, &body)
    }
}

fn invalid(detail: &str) -> Response {
    problem(400, "https://api.x.com/2/problems/invalid-request", "Invalid Request", detail)
}

/// Answered with 200: what is not there is an error beside no data.
fn no_tweet(id: &str) -> Response {
    let error = json!({
        "type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found Error", "resource_type": "tweet",
        "parameter": "id", "resource_id": id, "detail": format!("Could not find tweet with id: [{id}]."),
    });
    Response::json(200, &json!({ "errors": [error] }))
}

impl Network for X {
    fn act(&self, request: &Request) -> Act {
        match (request.method.as_str(), request.path.as_str()) {
            (_, path) if path.contains("/oauth2/") => Act::Token,
            ("POST", "/2/media/upload" | "/2/media/metadata") => Act::Upload,
            ("POST", "/2/tweets") => Act::Publish,
            ("DELETE", _) => Act::Delete,
            _ => Act::Read,
        }
    }

    fn answer(&mut self, request: &Request, late: u32, now: Timestamp) -> Response {
        let counted = self.windows.count(self.act(request), now);
        let response = if counted.is_some_and(|counted| counted.over) {
            problem(429, "about:blank", "Too Many Requests", "Too Many Requests")
        } else {
            self.routed(request, late, now).unwrap_or_else(|refused| refused)
        };
        match counted {
            Some(counted) => counted.on(response, "x-rate-limit", true),
            None => response,
        }
    }

    fn refusal(&mut self, fault: Fault, now: Timestamp) -> Response {
        match fault {
            Fault::Limited { seconds } => {
                let ends = now + SignedDuration::from_secs(i64::from(seconds));
                problem(429, "about:blank", "Too Many Requests", "Too Many Requests")
                    .header("x-rate-limit-limit", 100)
                    .header("x-rate-limit-remaining", 0)
                    .header("x-rate-limit-reset", ends.as_second())
            }
            Fault::DoneBut502 => Response::file("text/html", b"<h1>502</h1>".to_vec()).with_status(502),
            Fault::Expired => {
                self.stale = true;
                problem(401, "about:blank", "Unauthorized", "Unauthorized")
            }
            Fault::Revoked => {
                self.revoked = true;
                problem(401, "about:blank", "Unauthorized", "Unauthorized")
            }
            Fault::ContentRefused => {
                problem(403, "about:blank", "Forbidden", "This post breaks the X rules.")
            }
            Fault::Suspended => problem(
                403,
                "about:blank",
                "Forbidden",
                "Your account is suspended and is not permitted to access this feature.",
            ),
            Fault::Refused => {
                problem(403, "about:blank", "Forbidden", "You are not permitted to perform this action.")
            }
            _ => problem(503, "about:blank", "Service Unavailable", "Service Unavailable"),
        }
    }

    fn posts(&self) -> Vec<Post> {
        let shown = self.tweets.iter().rev().filter(|(_, tweet)| tweet.leaving.is_none_or(|left| left > 0));
        shown
            .map(|(id, tweet)| {
                let media: Vec<&Media> = tweet.media.iter().filter_map(|id| self.media.get(id)).collect();
                Post {
                    id: id.to_string(),
                    text: tweet.text.clone(),
                    alt_texts: media.iter().map(|media| media.alt_text.clone()).collect(),
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
        let tweet = Tweet {
            text: text.to_owned(),
            media: Vec::new(),
            answers: None,
            at: now,
            unseen: 0,
            leaving: None,
        };
        self.tweets.insert(id, tweet);
        id.to_string()
    }
}
