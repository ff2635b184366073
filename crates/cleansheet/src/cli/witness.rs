//! `cleansheet witness`: look at another trust's ledger for it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::{Args, Subcommand};
use cleansheet_ledger::{VerifierKey, WitnessSigner};

use super::{Ended, Failed, block_on, say, serve};
use crate::{
    keys::Keys,
    system::{SystemClock, SystemEntropy},
    witness::serve::Desk,
};

#[derive(Subcommand)]
pub(crate) enum WitnessCommand {
    /// Sign the checkpoints of other trusts, as long as none of them takes anything back
    #[command(
        after_help = "Example: cleansheet witness serve --folder /srv/witness --name fenwick-trust \\\n  --log rivermead-town+1a2b3c4d+AR…"
    )]
    Serve(Serve),
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Remembers what was seen; its key lies beside it
    #[arg(long)]
    folder: PathBuf,
    /// The witness's name, in its signatures; never change it
    #[arg(long)]
    name: String,
    /// A ledger to look at: the line in its ledger/verifier.key. Can be given more than once
    #[arg(long = "log", value_name = "VERIFIER_KEY", required = true)]
    logs: Vec<String>,
    /// Where to listen; put a web server with TLS in front
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

impl WitnessCommand {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        let Self::Serve(asked) = self;
        let keys = Keys::open(&Keys::default_path(&asked.folder), !asked.folder.exists(), &mut SystemEntropy)
            .map_err(Failed::new)?;
        let signer = WitnessSigner::new(&asked.name, keys.ledger.bytes()).map_err(Failed::new)?;
        let logs: Result<Vec<VerifierKey>, _> =
            asked.logs.iter().map(|log| VerifierKey::parse(log.trim())).collect();
        let logs = logs.map_err(Failed::new)?;
        let key = signer.verifier();
        let desk = Desk::open(&asked.folder, signer, logs, Arc::new(SystemClock)).map_err(Failed::new)?;
        block_on(async move {
            let listener = serve::listen(asked.listen).await?;
            say(format!("Witness on {}. Trusts give this with --witness-key:", asked.listen));
            say(key);
            let served = axum::serve(listener, desk.router()).with_graceful_shutdown(serve::told_to_stop());
            served.await.map_err(Failed::new)?;
            Ok(Ended::Done)
        })
    }
}
