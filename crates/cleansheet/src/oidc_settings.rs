//! The trust's own provider of accounts (OpenID Connect), as the owner names it at start.

use zeroize::Zeroizing;

/// The trust's own provider, as the owner gave it at start.
#[derive(Clone)]
pub struct OidcSettings {
    /// As the provider names itself, to the letter.
    pub issuer: String,
    /// How the provider knows us.
    pub client_id: String,
    /// What we show the provider.
    pub secret: Zeroizing<String>,
}

/// The owner's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OidcSettingsError {
    /// Only this machine may be asked without TLS.
    #[error("the provider `{0}` has to be an https address; give the right one with --oidc-issuer")]
    Issuer(String),
    /// All or nothing.
    #[error(
        "signing in with a provider needs --oidc-issuer, --oidc-client-id and CLEANSHEET_OIDC_SECRET; {0} is missing"
    )]
    Missing(&'static str),
}

impl OidcSettings {
    /// What the owner gave, or `None` when they gave nothing.
    pub fn of(
        issuer: Option<String>,
        client_id: Option<String>,
        secret: Option<String>,
    ) -> Result<Option<Self>, OidcSettingsError> {
        if issuer.is_none() && client_id.is_none() {
            return Ok(None);
        }
        let issuer = issuer.ok_or(OidcSettingsError::Missing("--oidc-issuer"))?;
        let here = ["http://localhost:", "http://127.0.0.1:"];
        if !issuer.starts_with("https://") && !here.iter().any(|start| issuer.starts_with(start)) {
            return Err(OidcSettingsError::Issuer(issuer));
        }
        Ok(Some(Self {
            issuer,
            client_id: client_id.ok_or(OidcSettingsError::Missing("--oidc-client-id"))?,
            secret: secret.map(Zeroizing::new).ok_or(OidcSettingsError::Missing("CLEANSHEET_OIDC_SECRET"))?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::OidcSettings;

    #[test]
    fn a_provider_is_named_whole_and_by_https() {
        let of = |issuer: Option<&str>, id: Option<&str>, secret: Option<&str>| {
            OidcSettings::of(issuer.map(Into::into), id.map(Into::into), secret.map(Into::into))
        };
        assert!(of(None, None, None).unwrap().is_none());
        assert!(of(None, None, Some("left over in the environment")).unwrap().is_none());
        assert!(of(Some("https://id.example.org"), Some("cleansheet"), Some("s")).unwrap().is_some());
        assert!(of(Some("http://localhost:4000"), Some("cleansheet"), Some("s")).unwrap().is_some());
        for (issuer, id, secret) in [
            (Some("http://id.example.org"), Some("c"), Some("s")),
            (Some("http://localhost.evil.example"), Some("c"), Some("s")),
            (Some("https://id.example.org"), None, Some("s")),
            (Some("https://id.example.org"), Some("c"), None),
            (None, Some("c"), Some("s")),
        ] {
            assert!(of(issuer, id, secret).is_err(), "{issuer:?} {id:?} {secret:?}");
        }
    }
}
