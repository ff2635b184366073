//! Text messages leave through a gateway of the owner's choice: one call of an address over HTTPS, a web hook.

use std::time::Duration;

use cleansheet_records::texts::Text;
use reqwest::{StatusCode, header};
use serde::Serialize;
use zeroize::Zeroizing;

/// Longest wait for the gateway's answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a text message did not leave. The words are for the operator: no number, no text, no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// Only this machine may be called without TLS.
    #[error(
        "the address of the gateway for text messages has to begin with https://; give the right one with --sms"
    )]
    Address,
    /// A gateway is not called without a secret.
    #[error("a gateway for text messages needs its secret in CLEANSHEET_SMS_TOKEN")]
    NoToken,
    /// It will never take this message.
    #[error("the gateway refuses this message for good ({0})")]
    Refused(u16),
    /// The same again later may work.
    #[error("the gateway could not take it now ({0})")]
    Later(u16),
    /// The owner has named none.
    #[error("no gateway for text messages is set; give one with --sms")]
    None,
    /// It does not answer.
    #[error("the gateway does not answer")]
    Silent,
}

/// A gateway, as the owner gave it at start.
#[derive(Clone)]
pub struct SmsGateway {
    address: String,
    token: Zeroizing<String>,
}

#[derive(Serialize)]
struct Call<'a> {
    to: &'a str,
    text: &'a str,
}

impl SmsGateway {
    /// What the owner gave, or `None` when they gave nothing.
    ///
    /// - `token`: what the gateway knows us by; goes into its `Authorization`.
    pub fn of(address: Option<String>, token: Option<String>) -> Result<Option<Self>, SmsError> {
        let Some(address) = address else { return Ok(None) };
        let here = ["http://localhost:", "http://127.0.0.1:", "http://[::1]:"];
        if !address.starts_with("https://") && !here.iter().any(|start| address.starts_with(start)) {
            return Err(SmsError::Address);
        }
        let token = token.filter(|token| !token.is_empty()).map(Zeroizing::new).ok_or(SmsError::NoToken)?;
        Ok(Some(Self { address, token }))
    }

    /// Hands a message over. The same message again carries the same key, by which a gateway can tell.
    pub async fn send(&self, outside: &reqwest::Client, text: &Text) -> Result<(), SmsError> {
        // Two texts always have a JSON form.
        let body = serde_json::to_vec(&Call { to: &text.to, text: &text.body }).unwrap_or_default();
        let call = outside
            .post(&self.address)
            .timeout(PATIENCE)
            .bearer_auth(self.token.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", text.id.as_str())
            .body(body);
        // What went wrong names the address, which may hold a secret of its own.
        let answer = call.send().await.map_err(|_| SmsError::Silent)?;
        let (status, code) = (answer.status(), answer.status().as_u16());
        match status {
            _ if status.is_success() => Ok(()),
            // About this number or these words; everything else is about us or the gateway, and somebody can mend it.
            StatusCode::BAD_REQUEST | StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(SmsError::Refused(code))
            }
            _ => Err(SmsError::Later(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SmsError, SmsGateway};

    #[test]
    fn a_gateway_has_a_secret_and_an_address_that_nobody_listens_to() {
        let of = |address: &str, token: &str| {
            SmsGateway::of(Some(address.to_owned()), Some(token.to_owned())).map(|found| found.is_some())
        };
        assert!(SmsGateway::of(None, Some("left over".into())).is_ok_and(|none| none.is_none()));
        assert_eq!(of("https://sms.example.org/send", "s"), Ok(true));
        assert_eq!(of("http://127.0.0.1:9/send", "s"), Ok(true));
        assert_eq!(of("http://sms.example.org/send", "s"), Err(SmsError::Address));
        assert_eq!(of("http://localhost.evil.example/send", "s"), Err(SmsError::Address));
        assert_eq!(of("https://sms.example.org/send", ""), Err(SmsError::NoToken));
    }
}
