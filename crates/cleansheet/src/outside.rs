//! The one way out: the client that every call to another server goes through.

use std::time::Duration;

use jiff::SignedDuration;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for a whole answer, unless the caller sets its own.
const ANSWER: Duration = Duration::from_secs(30);

/// No TLS could be set up.
#[derive(Debug, thiserror::Error)]
#[error(
    "no connection to other servers can be made: {0}; look whether the system's certificates are installed"
)]
pub struct OutsideError(#[from] reqwest::Error);

/// A client that follows no redirect (an answer from elsewhere is not the answer of whom we asked), speaks TLS with the
/// system's certificates, and never waits for ever.
pub fn client() -> Result<reqwest::Client, OutsideError> {
    // The second call finds the first one's choice, which is the same.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .user_agent(concat!("Cleansheet/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(patience())
        .build()?;
    Ok(client)
}

/// How long a call may be on its way to a network: longer than anybody here waits for its answer, since what lies in between
/// may hold it up and pass it on later.
pub(crate) fn arrives_within() -> SignedDuration {
    SignedDuration::try_from(patience() * 4).unwrap_or(SignedDuration::from_mins(2))
}

/// [`ANSWER`]; with the crash points built in, what `CLEANSHEET_PATIENCE_MS` says, so that runs with late answers are short.
fn patience() -> Duration {
    #[cfg(feature = "failpoints")]
    if let Some(wanted) = std::env::var("CLEANSHEET_PATIENCE_MS").ok().and_then(|ms| ms.parse().ok()) {
        return Duration::from_millis(wanted);
    }
    ANSWER
}
