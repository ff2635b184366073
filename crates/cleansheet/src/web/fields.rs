//! The fields of a form, as they were sent.

use axum::{
    Form,
    extract::{FromRequest, Request},
};

use super::Problem;

/// Names and values in order; a name may come more than once.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Browsers send lines ended by CRLF; spans of findings are counted in what people see.
    pub(super) fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect())
    }

    /// The first value of a name; empty when there is none.
    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// What follows `start` in the names that begin with it, and their values.
    pub(super) fn beginning_with(&self, start: &str) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .filter_map(|(name, value)| name.strip_prefix(start).map(|rest| (rest, value.as_str())))
            .collect()
    }

    /// Every value of a name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All of them, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Takes away what begins with `start`. Says whether there was any.
    pub(super) fn take_away(&mut self, start: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(name, _)| !name.starts_with(start));
        self.0.len() < before
    }

    /// As a browser would send them.
    pub(super) fn encoded(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{}={}", percent(name), percent(value));
        self.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }

    /// Whether a box was ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A number, if that is what was sent.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.one(name).trim().parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// Letters, digits, `-`, `.` and `_` stay; every other byte is written as an escape.
pub(super) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let sent = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(fields) =
            sent.map_err(|_| Problem::Wrong("the form arrived damaged; go back and send it again".into()))?;
        Ok(Self::new(fields))
    }
}
