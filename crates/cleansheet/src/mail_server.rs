//! The trust's own mail server: where codes, receipts and invitations leave from.

use std::time::Duration;

use cleansheet_records::mails::Mail;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp,
};

use crate::profile::Profile;

/// Longest wait for a connection, and a quarter of the longest conversation with the mail server.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a mail did not leave. The words are for the operator's log: no address, no text.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address of the mail server.
    #[error(
        "`--smtp` is no mail server's address; write for example `smtps://user:password@mail.example.org`"
    )]
    Address(#[source] smtp::Error),
    /// The server will never take this mail.
    #[error("the mail server refuses this mail for good ({0})")]
    Refused(String),
    /// It answered, and the same again later may work: busy, greylisting, a full mailbox.
    #[error("the mail server could not take it now ({0})")]
    Later(String),
    /// It does not answer, or breaks off.
    #[error("the mail server does not answer")]
    Silent,
    /// One of the addresses or the mail itself cannot be written as a mail.
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
}

/// A mail server that takes the trust's mail.
#[derive(Debug, Clone)]
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    patience: Duration,
    from: Mailbox,
}

impl MailServer {
    /// The server at a `smtp://` or `smtps://` address, with user and password in it when it wants them. `smtp://` with
    /// `?tls=required` speaks in clear only until the server offers TLS.
    ///
    /// Mail comes from the trust's name and the Manager's address, so that an answer reaches a person.
    pub fn at(address: &str, profile: &Profile) -> Result<Self, MailError> {
        Self::with_patience(address, profile, PATIENCE)
    }

    /// As [`MailServer::at`], waiting at most `patience` for a connection and four times as long for a mail.
    pub fn with_patience(address: &str, profile: &Profile, patience: Duration) -> Result<Self, MailError> {
        let unwritable = |e: lettre::address::AddressError| MailError::Unwritable(e.to_string());
        let from = profile.contacts.manager.mail.parse().map_err(unwritable)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(address).map_err(MailError::Address)?;
        Ok(Self {
            patience,
            transport: builder.timeout(Some(patience)).build(),
            from: Mailbox::new(Some(profile.trust.name.clone()), from),
        })
    }

    /// Connects and signs in, and sends nothing.
    pub async fn reach(&self) -> Result<(), MailError> {
        let asked = tokio::time::timeout(self.patience, self.transport.test_connection()).await;
        match asked.map_err(|_| MailError::Silent)? {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Silent),
            Err(error) => {
                Err(error.status().map_or(MailError::Silent, |code| MailError::Later(code.to_string())))
            }
        }
    }

    /// Hands a mail over. The same mail again carries the same message id.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        // The transport's own time-out is for connecting only: a server that then says nothing would hold us for ever.
        let sent = tokio::time::timeout(self.patience * 4, self.transport.send(message)).await;
        match sent.map_err(|_| MailError::Silent)? {
            Ok(_) => Ok(()),
            // Only the number: what follows it is the other side's, and may repeat the address.
            Err(error) => Err(match error.status() {
                // About this sender or its password: the next mail fares no better, and somebody can mend it.
                Some(code) if about_us(&code.to_string()) => MailError::Later(code.to_string()),
                Some(code) if error.is_permanent() => MailError::Refused(code.to_string()),
                Some(code) => MailError::Later(code.to_string()),
                None => MailError::Silent,
            }),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to =
            mail.to.parse().map_err(|_| MailError::Unwritable("the address is no mail address".into()))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())
            .map_err(|e| MailError::Unwritable(e.to_string()))?;
        // Holiday notices are not answers: RFC 3834.
        let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(auto, "auto-generated".into()));
        Ok(message)
    }
}

/// 530, 534, 535, 538: the server wants us to sign in, or in another way.
fn about_us(code: &str) -> bool {
    matches!(code, "530" | "534" | "535" | "538")
}
