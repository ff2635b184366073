//! The flag that names the DBS Update Service.

use clap::Args;

use super::Failed;
use crate::update_service::Service;

#[derive(Args)]
pub(super) struct UpdateServiceFlag {
    /// The DBS Update Service's address for status checks, https://secure.crbonline.gov.uk/crsc/api/status; without it, people
    /// ask on the government's page and write the answer down
    #[arg(long, env = "CLEANSHEET_DBS_UPDATE_SERVICE", value_name = "URL")]
    dbs_update_service: Option<String>,
}

impl UpdateServiceFlag {
    /// What the owner gave.
    pub(super) fn service(self) -> Result<Option<Service>, Failed> {
        Service::of(self.dbs_update_service).map_err(Failed::new)
    }
}
