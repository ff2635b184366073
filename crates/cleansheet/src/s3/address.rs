//! Where a bucket is and who may use it: `s3://bucket/prefix?endpoint=https://…&region=…&style=path|host`.

use std::{fmt, str::FromStr};

use rusty_s3::UrlStyle;
use zeroize::Zeroizing;

/// Where AWS is assumed to be when nothing else is said.
const REGION: &str = "us-east-1";

/// Why an address or its keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The address.
    #[error(
        "`--media` is no bucket: {0}; write for example `s3://pictures/trust?endpoint=https://s3.example.org&region=eu`"
    )]
    Unusable(String),
    /// The keys.
    #[error(
        "the bucket needs keys; put them in the environment as CLEANSHEET_S3_ACCESS_KEY and CLEANSHEET_S3_SECRET_KEY \
         (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), never on the command line"
    )]
    NoKeys,
}

/// A bucket's address. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The bucket's name.
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
    /// The server.
    pub endpoint: reqwest::Url,
    /// As the server calls itself; part of every signature.
    pub region: String,
    /// Whether the bucket's name is part of the path (most look-alikes) or of the host (AWS).
    pub in_path: bool,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = |why: &str| AddressError::Unusable(why.to_owned());
        let url = reqwest::Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
        if url.scheme() != "s3" {
            return Err(wrong("it does not begin with `s3://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("keys do not belong in it, because every process list would show them"));
        }
        let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("it names none"))?;
        let (mut endpoint, mut region, mut style) = (None, REGION.to_owned(), None);
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("endpoint", value) => endpoint = Some(value.to_owned()),
                ("region", value) => region = value.to_owned(),
                ("style", "path") => style = Some(true),
                ("style", "host") => style = Some(false),
                _ => return Err(wrong(&format!("`{name}` has no meaning or no such value here"))),
            }
        }
        let in_path = style.unwrap_or(endpoint.is_some());
        let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        let endpoint = reqwest::Url::parse(&endpoint).map_err(|e| wrong(&format!("its endpoint: {e}")))?;
        if !(endpoint.scheme() == "https" || (endpoint.scheme() == "http" && is_here(&endpoint))) {
            return Err(wrong("its endpoint has to be https, unless it is on this machine"));
        }
        let prefix = url.path().trim_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if !prefix.chars().all(plain) || prefix.contains("..") {
            return Err(wrong("its prefix may hold letters, digits and -_./ only"));
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix, endpoint, region, in_path })
    }
}

impl Address {
    pub(super) fn style(&self) -> UrlStyle {
        if self.in_path { UrlStyle::Path } else { UrlStyle::VirtualHost }
    }
}

fn is_here(endpoint: &reqwest::Url) -> bool {
    let host = endpoint.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Who may use the bucket.
#[derive(Clone)]
pub struct Credentials {
    pub(super) key: String,
    pub(super) secret: Zeroizing<String>,
    pub(super) token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads them from the environment: the program's own variables first, then the ones that AWS tools use.
    ///
    /// - `variable` looks one up, for example `|name| std::env::var(name).ok()`.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, AddressError> {
        let pair = |key: &str, secret: &str| Some((variable(key)?, variable(secret)?));
        let ours = pair("CLEANSHEET_S3_ACCESS_KEY", "CLEANSHEET_S3_SECRET_KEY");
        let (key, secret, token) = match ours {
            Some((key, secret)) => (key, secret, None),
            None => {
                let theirs = pair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
                let (key, secret) = theirs.ok_or(AddressError::NoKeys)?;
                (key, secret, variable("AWS_SESSION_TOKEN"))
            }
        };
        Ok(Self { key, secret: Zeroizing::new(secret), token })
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError, Credentials};

    #[test]
    fn an_address_says_where_the_bucket_is() {
        let here: Address =
            "s3://pictures/trust/one?endpoint=http://127.0.0.1:9000&region=eu".parse().unwrap();
        assert_eq!((here.bucket.as_str(), here.prefix.as_str()), ("pictures", "trust/one/"));
        assert!(here.in_path && here.region == "eu");
        let aws: Address = "s3://pictures?region=eu-west-2".parse().unwrap();
        assert_eq!(aws.endpoint.as_str(), "https://s3.eu-west-2.amazonaws.com/");
        assert!(!aws.in_path && aws.prefix.is_empty());
    }

    #[test]
    fn an_address_with_keys_or_without_encryption_is_refused() {
        for bad in [
            "pictures",
            "https://s3.example.org/pictures",
            "s3://key:secret@pictures",
            "s3://pictures?endpoint=http://s3.example.org",
            "s3://pictures?secret=abc",
            "s3://pictures/../other",
            "s3://pictures?style=sideways",
        ] {
            let refused = bad.parse::<Address>();
            // The way up is taken out before anybody sees it.
            if bad.contains("..") {
                assert_eq!(refused.unwrap().prefix, "other/");
            } else {
                assert!(matches!(refused, Err(AddressError::Unusable(_))), "{bad}");
            }
        }
    }

    #[test]
    fn keys_come_from_the_environment_and_are_shown_to_nobody() {
        let given = |name: &str| name.starts_with("AWS_").then(|| "given-words".to_owned());
        let keys = Credentials::from_environment(given).unwrap();
        assert!(!format!("{keys:?}").contains("given-words"));
        assert_eq!(Credentials::from_environment(|_| None).unwrap_err(), AddressError::NoKeys);
    }
}
