//! The flags that name the trust's own provider of accounts.

use clap::Args;

use super::Failed;
use crate::oidc_settings::OidcSettings;

#[derive(Args)]
pub(super) struct OidcFlags {
    /// The trust's own provider of accounts (OpenID Connect), exactly as it names itself; register the public address
    /// followed by /sign-in/identity/back there
    #[arg(long, value_name = "URL")]
    oidc_issuer: Option<String>,
    /// How that provider knows this program; its secret is taken from the environment, as CLEANSHEET_OIDC_SECRET
    #[arg(long, value_name = "ID")]
    oidc_client_id: Option<String>,
}

impl OidcFlags {
    /// What the owner gave. The secret is no flag: everybody on the machine can read the list of processes.
    pub(super) fn settings(self) -> Result<Option<OidcSettings>, Failed> {
        let secret = std::env::var("CLEANSHEET_OIDC_SECRET").ok();
        OidcSettings::of(self.oidc_issuer, self.oidc_client_id, secret).map_err(Failed::new)
    }
}
