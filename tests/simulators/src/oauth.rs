//! The part of OAuth that played networks have in common: a code that is good once, and only for whoever can answer its
//! challenge.

use std::collections::BTreeMap;

use cleansheet_terms::Digest;

use crate::{Request, Response};

/// Codes that were given and not exchanged yet.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    given: u32,
    open: BTreeMap<String, Asked>,
}

/// What a code was asked for with.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// S256 of the verifier.
    pub(crate) challenge: String,
    /// Where the browser was sent back to.
    pub(crate) callback: String,
    /// What was asked for.
    pub(crate) scope: String,
}

impl Codes {
    /// The owner allows it at once, and the browser goes back with a code.
    pub(crate) fn allowed(&mut self, request: &Request) -> Response {
        let asked = |name: &str| request.query.get(name).cloned().unwrap_or_default();
        let (challenge, callback, scope) = (asked("code_challenge"), asked("redirect_uri"), asked("scope"));
        if challenge.is_empty()
            || asked("code_challenge_method") != "S256"
            || asked("response_type") != "code"
        {
            return Response::not_described("authorize without a challenge");
        }
        self.given += 1;
        let code = format!("code-{}", self.given);
        let to = format!("{callback}?code={code}&state={}", asked("state"));
        self.open.insert(code, Asked { challenge, callback, scope });
        Response { status: 303, headers: vec![("location".to_owned(), to)], body: Vec::new() }
    }

    /// What a code was given for, once; `None` when it is not good.
    pub(crate) fn exchanged(&mut self, code: &str, verifier: &str, callback: &str) -> Option<Asked> {
        let asked = self.open.remove(code)?;
        (asked.challenge == challenge(verifier) && asked.callback == callback).then_some(asked)
    }
}

/// Base64 for addresses, without padding, of the SHA-256.
fn challenge(verifier: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Digest::of(verifier.as_bytes());
    let mut text = String::new();
    for three in digest.as_bytes().chunks(3) {
        let number =
            three.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            text.push(char::from(LETTERS[number >> (18 - 6 * place) & 63]));
        }
    }
    text
}
