//! Where the trust is that a command is about: the same three flags everywhere, and what `setup` kept for the rest.

use std::path::PathBuf;

use clap::Args;

use super::{Failed, data_folder};
use crate::{app::Places, kept::Connections};

#[derive(Args)]
pub(crate) struct Place {
    /// The trust's data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// The key file; by default beside the data folder
    #[arg(long)]
    keys: Option<PathBuf>,
    /// A PostgreSQL address instead of the SQLite file
    #[arg(long, env = "CLEANSHEET_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Place {
    /// The places, and the addresses with passwords that are kept beside them. Flags win.
    pub(crate) fn find(self) -> Result<(Places, Connections), Failed> {
        let mut places = Places::of(&data_folder(self.data));
        places.keys = self.keys.unwrap_or(places.keys);
        let connections = Connections::read(&places).map_err(Failed::new)?;
        places.database = self.database.or_else(|| connections.database.clone());
        Ok((places, connections))
    }

    /// The same, when there must be a trust already.
    pub(crate) fn of_a_trust(self) -> Result<(Places, Connections), Failed> {
        let found = self.find()?;
        if found.0.hold_a_trust() {
            return Ok(found);
        }
        Err(Failed::new(format!(
            "there is no trust in `{0}`; say where it is with --data, or run `cleansheet setup --data {0}` first",
            found.0.data.display()
        )))
    }
}
