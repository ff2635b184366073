//! The trust's own provider of accounts (OpenID Connect): its metadata, its keys, and what it says of somebody.

use std::{pin::Pin, time::Duration};

use cleansheet_terms::{Entropy, Timestamp, random_hex};
use jiff::SignedDuration;
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SignatureVerificationError, TokenResponse as _,
    core::{
        CoreAuthPrompt, CoreClient, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm,
        CoreProviderMetadata, CoreResponseType, CoreTokenResponse, CoreUserInfoClaims,
    },
    http,
};
use tokio::sync::Mutex;

use super::PATH_BACK;
use crate::oidc_settings::OidcSettings;

/// Metadata is asked for again after this long.
const FRESH: SignedDuration = SignedDuration::from_hours(6);
/// An unknown key makes us look for new ones, but not more often.
const KEYS_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How far the provider's clock may be from ours.
const CLOCKS: SignedDuration = SignedDuration::from_mins(2);
/// No document of a provider is longer.
const ANSWER_BYTES: usize = 512 * 1024;
/// Signatures that only the provider can make. A shared secret could be made by us, `none` by anybody.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why the provider's word cannot be taken. For the log: it names nobody.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    /// It does not answer, or not as it should.
    #[error("the provider of accounts cannot be asked: {0}")]
    Unreachable(String),
    /// It takes the code for used, old or not ours.
    #[error("the provider of accounts does not take the code: {0}")]
    Code(String),
    /// The token does not pass.
    #[error("the provider's token does not pass: {0}")]
    Token(String),
}

/// A request could not be made.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("`{0}` is not encrypted")]
    Plain(String),
    #[error("the answer is too long")]
    Long,
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Request(#[from] reqwest::Error),
}

/// What is kept between sending somebody to the provider and their coming back.
pub(super) struct Asked {
    /// Comes back in the address.
    pub(super) state: String,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// What the provider says of who came back, after every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The account's number at the provider.
    pub(super) subject: String,
    /// The address, if the provider says that it is verified.
    pub(super) verified_mail: Option<String>,
    /// When they last showed the provider who they are; `None` when it does not say.
    pub(super) shown: Option<Timestamp>,
}

/// The provider, with its metadata and keys once they were asked for.
pub(super) struct Provider {
    settings: OidcSettings,
    back: String,
    http: Http,
    known: Mutex<Option<(CoreProviderMetadata, Timestamp)>>,
}

impl Provider {
    pub(super) fn new(settings: OidcSettings, public_url: &str, client: reqwest::Client) -> Self {
        let http = Http { client, plain: settings.issuer.starts_with("http://") };
        Self { settings, back: format!("{public_url}{PATH_BACK}"), http, known: Mutex::new(None) }
    }

    /// As the provider names itself.
    pub(super) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// The provider's address to send somebody to, and what to keep until they come back.
    ///
    /// - `again`: they show who they are even if the provider knows them already.
    pub(super) async fn address(
        &self,
        again: bool,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(String, Asked), ProviderError> {
        let (state, nonce) = (random_hex(entropy, 32), Nonce::new(random_hex(entropy, 32)));
        let verifier = PkceCodeVerifier::new(random_hex(entropy, 32));
        let client = self.client(self.metadata(FRESH, now).await?)?;
        let (for_url, kept) = (state.clone(), nonce.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(for_url),
                move || kept,
            )
            .add_scope(Scope::new("email".into()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if again {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, _, _) = request.url();
        Ok((url.to_string(), Asked { state, nonce, verifier }))
    }

    /// Exchanges the code somebody came back with, and checks what the provider says of them.
    pub(super) async fn ask(&self, code: &str, asked: Asked, now: Timestamp) -> Result<Told, ProviderError> {
        let mut metadata = self.metadata(FRESH, now).await?;
        let client = self.client(metadata.clone())?;
        let tokens: CoreTokenResponse = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?
            .set_pkce_verifier(asked.verifier)
            .request_async(&self.http)
            .await
            // Without the answer's text: it is the provider's and may name somebody.
            .map_err(|_| ProviderError::Code("it answered with an error".into()))?;
        let token = tokens.id_token().ok_or_else(|| ProviderError::Token("there is none".into()))?;
        let mut claims = token.claims(&self.verifier(&metadata, now), &asked.nonce);
        if let Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) = claims
        {
            metadata = self.metadata(KEYS_AGAIN, now).await?;
            claims = token.claims(&self.verifier(&metadata, now), &asked.nonce);
        }
        let claims = claims.map_err(|error| ProviderError::Token(in_short(&error).into()))?;
        self.told(&client, claims, &tokens).await
    }

    async fn told(
        &self,
        client: &Client,
        claims: &CoreIdTokenClaims,
        tokens: &CoreTokenResponse,
    ) -> Result<Told, ProviderError> {
        let ours = claims.authorized_party().is_none_or(|party| party.as_str() == self.settings.client_id);
        if !ours {
            return Err(ProviderError::Token("it is for another program".into()));
        }
        let mut mail = verified(claims.email(), claims.email_verified());
        if claims.email().is_none()
            && let Ok(request) =
                client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        {
            // Who is known by number needs no address; who is not comes in with none.
            let more: Option<CoreUserInfoClaims> = request.request_async(&self.http).await.ok();
            mail = more.and_then(|more| verified(more.email(), more.email_verified()));
        }
        let shown = claims.auth_time().map(|at| Timestamp::from_second(at.timestamp()));
        Ok(Told {
            subject: claims.subject().to_string(),
            verified_mail: mail,
            shown: shown.transpose().map_err(|error| ProviderError::Token(error.to_string()))?,
        })
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<Client, ProviderError> {
        let back = RedirectUrl::new(self.back.clone())
            .map_err(|error| ProviderError::Unreachable(format!("our own address: {error}")))?;
        let secret = ClientSecret::new(self.settings.secret.to_string());
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(back))
    }

    /// The checks of a token: issuer, audience, signature and time.
    fn verifier(&self, metadata: &CoreProviderMetadata, now: Timestamp) -> CoreIdTokenVerifier<'static> {
        let id = ClientId::new(self.settings.client_id.clone());
        let (issuer, keys) = (metadata.issuer().clone(), metadata.jwks().clone());
        // Whether a token came in time is a question of seconds; the years that chrono cannot write never come.
        let time = move || chrono::DateTime::from_timestamp(now.as_second(), 0).unwrap_or_default();
        CoreIdTokenVerifier::new_public_client(id, issuer, keys)
            .set_allowed_algs(SIGNATURES)
            .set_time_fn(time)
            .set_issue_time_verifier_fn(move |issued| {
                let early = issued.timestamp() - now.as_second();
                (early <= CLOCKS.as_secs()).then_some(()).ok_or_else(|| "issued in the future".to_owned())
            })
    }

    /// The provider's metadata and keys, asked for again when they are older than `fresh`.
    async fn metadata(
        &self,
        fresh: SignedDuration,
        now: Timestamp,
    ) -> Result<CoreProviderMetadata, ProviderError> {
        // Held while asking: of many who come at once, one asks.
        let mut known = self.known.lock().await;
        if let Some((metadata, at)) = known.as_ref()
            && now.duration_since(*at) < fresh
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?;
        *known = Some((metadata.clone(), now));
        Ok(metadata)
    }
}

/// The way to the provider, as `openidconnect` wants it.
struct Http {
    client: reqwest::Client,
    /// A provider on this machine may do without TLS; what one out there says, nobody on the way may change.
    plain: bool,
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = AskError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, AskError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.request(request))
    }
}

impl Http {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, AskError> {
        if !self.plain && request.uri().scheme_str() != Some("https") {
            return Err(AskError::Plain(request.uri().to_string()));
        }
        let mut response = self.client.execute(request.try_into()?).await?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES {
                return Err(AskError::Long);
            }
        }
        Ok(answer.body(body)?)
    }
}

fn verified(mail: Option<&openidconnect::EndUserEmail>, is_verified: Option<bool>) -> Option<String> {
    mail.filter(|_| is_verified == Some(true)).map(|mail| mail.as_str().to_owned())
}

/// The kind of mistake, without what the token holds.
fn in_short(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "it is too old or too new",
        ClaimsVerificationError::InvalidAudience(_) => "it is for another program",
        ClaimsVerificationError::InvalidIssuer(_) => "it is from another provider",
        ClaimsVerificationError::InvalidNonce(_) => "it is for another sign-in",
        ClaimsVerificationError::SignatureVerification(_) => "it is not signed with a key of the provider",
        _ => "it is of a kind that is not taken",
    }
}
