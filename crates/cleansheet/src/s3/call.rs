//! One call of the store: signed, tried a few times, and its answer put into words.

use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cleansheet_records::media::Kept;
use cleansheet_terms::Timestamp;
use reqwest::{Client, Method, Response, StatusCode, Url};
use rusty_s3::{S3Action, actions::ListObjectsV2};
use sha2::{Digest as _, Sha256};

use super::{Address, Credentials, StoreAnswer};

/// How long a signature is good for: longer than all tries of one call.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);
/// Longest wait for one try; the largest file is a photo of 30 MB.
const ONE_TRY: Duration = Duration::from_secs(40);
/// Waits between tries; after the last one the caller hears that nobody answers.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(1500)];
/// The largest file that is read: a sealed photo and a little more.
const MOST_BYTES: usize = 34 << 20;
/// The longest text of an answer that is looked at.
const MOST_WORDS: usize = 4 << 20;
/// A list has at most this many pages of a thousand files.
const MOST_PAGES: usize = 10_000;

/// The header that lets only the first writer of a name through.
const ONLY_NEW: (&str, &str) = ("if-none-match", "*");

/// One bucket, and how to speak with it.
pub(super) struct Caller {
    bucket: rusty_s3::Bucket,
    prefix: String,
    credentials: rusty_s3::Credentials,
    client: Client,
}

/// One signed request, ready to be sent more than once.
struct Call {
    method: Method,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Caller {
    pub(super) fn new(address: &Address, keys: Credentials, client: Client) -> Result<Self, StoreAnswer> {
        let odd = |e: rusty_s3::BucketError| StoreAnswer::Odd(e.to_string());
        let (name, region) = (address.bucket.clone(), address.region.clone());
        let bucket =
            rusty_s3::Bucket::new(address.endpoint.clone(), address.style(), name, region).map_err(odd)?;
        let credentials = match keys.token {
            Some(token) => rusty_s3::Credentials::new_with_token(keys.key, keys.secret.as_str(), token),
            None => rusty_s3::Credentials::new(keys.key, keys.secret.as_str()),
        };
        Ok(Self { bucket, prefix: address.prefix.clone(), credentials, client })
    }

    /// The whole key of a file.
    pub(super) fn key(&self, place: &str, name: &str) -> String {
        format!("{}{place}/{name}", self.prefix)
    }

    /// Puts a file there, whole. `new`: only when nothing has this key.
    pub(super) async fn put(&self, key: &str, body: Bytes, new: bool) -> Result<(), StoreAnswer> {
        // The store compares this with what arrived; a damaged upload is refused, not kept.
        let sum = STANDARD.encode(Sha256::digest(&body));
        let mut action = self.bucket.put_object(Some(&self.credentials), key);
        let mut headers = vec![("x-amz-checksum-sha256", sum)];
        if new {
            headers.push((ONLY_NEW.0, ONLY_NEW.1.to_owned()));
        }
        for (name, value) in &headers {
            action.headers_mut().insert(*name, value.clone());
        }
        let url = action.sign(SIGNED_FOR);
        self.ask(Call { method: Method::PUT, url, headers, body }).await.map(drop)
    }

    /// A file's bytes.
    pub(super) async fn get(&self, key: &str) -> Result<Vec<u8>, StoreAnswer> {
        let url = self.bucket.get_object(Some(&self.credentials), key).sign(SIGNED_FOR);
        self.ask(Call::plain(Method::GET, url)).await
    }

    /// Removes a file.
    pub(super) async fn delete(&self, key: &str) -> Result<(), StoreAnswer> {
        let url = self.bucket.delete_object(Some(&self.credentials), key).sign(SIGNED_FOR);
        self.ask(Call::plain(Method::DELETE, url)).await.map(drop)
    }

    /// Every file whose key begins with `prefix`, without it.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Kept>, StoreAnswer> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
            action.with_prefix(prefix);
            if let Some(token) = next.take() {
                action.with_continuation_token(token);
            }
            let page = self.ask(Call::plain(Method::GET, action.sign(SIGNED_FOR))).await?;
            let page = String::from_utf8_lossy(&page).into_owned();
            let page = ListObjectsV2::parse_response(&page)
                .map_err(|_| StoreAnswer::Odd("its list cannot be read".into()))?;
            all.extend(page.contents.into_iter().filter_map(|one| {
                Some(Kept {
                    name: one.key.strip_prefix(prefix)?.to_owned(),
                    written: written(one.last_modified.as_deref()),
                    size: one.size.unwrap_or(0),
                })
            }));
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(all);
            }
        }
        Err(StoreAnswer::Odd("its list does not end".into()))
    }

    /// Asks until there is an answer or the tries are used up. Every call may be sent twice: see `Shelf::put`.
    async fn ask(&self, call: Call) -> Result<Vec<u8>, StoreAnswer> {
        let mut waits = WAITS.iter();
        loop {
            let answer = self.try_once(&call).await;
            match (answer, waits.next()) {
                (Err(StoreAnswer::Away(_)), Some(wait)) => tokio::time::sleep(*wait).await,
                (answer, _) => return answer,
            }
        }
    }

    async fn try_once(&self, call: &Call) -> Result<Vec<u8>, StoreAnswer> {
        let mut request = self
            .client
            .request(call.method.clone(), call.url.clone())
            .timeout(ONE_TRY)
            .body(call.body.clone());
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        let most = if status.is_success() { MOST_BYTES } else { MOST_WORDS };
        let body = read(response, most).await?;
        if status.is_success() { Ok(body) } else { Err(in_words(status, &body)) }
    }
}

impl Call {
    fn plain(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Bytes::new() }
    }
}

async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, StoreAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > most {
            return Err(StoreAnswer::Odd("its answer is too large".into()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Without the address: it carries the signature.
fn away(error: reqwest::Error) -> StoreAnswer {
    let error = error.without_url();
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    StoreAnswer::Away(why.into())
}

fn in_words(status: StatusCode, body: &[u8]) -> StoreAnswer {
    let body = String::from_utf8_lossy(body);
    let code =
        between(&body, "<Code>", "</Code>").filter(|code| code.chars().all(|c| c.is_ascii_alphanumeric()));
    let said = code.map_or_else(|| status.as_u16().to_string(), |code| format!("{} {code}", status.as_u16()));
    match (status.as_u16(), code) {
        (404, Some("NoSuchBucket")) => StoreAnswer::NoBucket,
        (404, _) => StoreAnswer::NotThere,
        (412, _) => StoreAnswer::Taken,
        (401 | 403, _) => StoreAnswer::Refused(said),
        // 409: another conditional write of the same key is under way.
        (408 | 409 | 429 | 500 | 502..=599, _) => StoreAnswer::Away(said),
        _ => StoreAnswer::Odd(said),
    }
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<&'t str> {
    text.split_once(from)?.1.split_once(to).map(|(inside, _)| inside)
}

/// A file whose age is not said is young: it stays.
fn written(text: Option<&str>) -> SystemTime {
    let since = text.and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or(Timestamp::MAX);
    let seconds = u64::try_from(since.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::{StoreAnswer, in_words};

    #[test]
    fn every_answer_has_a_sentence_and_a_way_on() {
        let said = |status: u16, code: &str| {
            let body = format!("<Error><Code>{code}</Code><Message>secret words</Message></Error>");
            in_words(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        assert_eq!(said(404, "NoSuchKey"), StoreAnswer::NotThere);
        assert_eq!(said(404, "NoSuchBucket"), StoreAnswer::NoBucket);
        assert_eq!(said(412, "PreconditionFailed"), StoreAnswer::Taken);
        assert_eq!(said(403, "AccessDenied"), StoreAnswer::Refused("403 AccessDenied".into()));
        assert_eq!(said(503, "SlowDown"), StoreAnswer::Away("503 SlowDown".into()));
        assert_eq!(said(501, "NotImplemented"), StoreAnswer::Odd("501 NotImplemented".into()));
        assert_eq!(said(500, "<b>odd</b>"), StoreAnswer::Away("500".into()));
        for status in 300..600 {
            assert!(!said(status, "X").to_string().contains("secret words"));
        }
    }
}
