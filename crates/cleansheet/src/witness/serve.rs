//! A small witness that one trust runs for another (C2SP tlog-witness). It remembers the last checkpoint of each log it
//! knows, durably, before it signs, and never signs one that does not go on from it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cleansheet_ledger::{Checkpoint, NoteError, VerifierKey, WitnessSigner, check_consistency, root};
use cleansheet_terms::{Clock, Digest};
use tokio::sync::Mutex;

/// A proof has 63 lines at most, a checkpoint some hundred bytes.
const LONGEST: usize = 64 * 1024;

/// A witness and what it has seen.
pub struct Desk {
    signer: WitnessSigner,
    logs: BTreeMap<String, VerifierKey>,
    seen: Mutex<Memory>,
    clock: Arc<dyn Clock>,
}

/// The last checkpoint of each log, in a file each.
struct Memory(PathBuf);

/// Why a checkpoint is not signed.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Unreadable,
    UnknownLog,
    WrongKey,
    Seen(u64),
    OtherHistory,
    Broken,
}

impl Desk {
    /// A witness that knows some logs.
    ///
    /// - `folder`: remembers what was seen.
    pub fn open(
        folder: &Path,
        signer: WitnessSigner,
        logs: Vec<VerifierKey>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let logs = logs.into_iter().map(|log| (log.name().to_owned(), log)).collect();
        Ok(Self { signer, logs, seen: Mutex::new(Memory(folder.to_owned())), clock })
    }

    /// Its one page.
    pub fn router(self) -> Router {
        Router::new()
            .route("/add-checkpoint", post(add))
            .layer(DefaultBodyLimit::max(LONGEST))
            .with_state(Arc::new(self))
    }

    async fn add(&self, body: &str) -> Result<String, Refusal> {
        let (asked, text) = body.split_once("\n\n").ok_or(Refusal::Unreadable)?;
        let (old, proof) = read_asked(asked).ok_or(Refusal::Unreadable)?;
        let origin = text.lines().next().unwrap_or_default();
        let log = self.logs.get(origin).ok_or(Refusal::UnknownLog)?;
        let checkpoint = Checkpoint::open(text, log).map_err(|error| match error {
            NoteError::Checkpoint => Refusal::Unreadable,
            _ => Refusal::WrongKey,
        })?;
        if old > checkpoint.size {
            return Err(Refusal::Unreadable);
        }
        // One at a time: two that grow from the same size in two ways must not both be signed.
        let seen = self.seen.lock().await;
        let last = seen.read(log).map_err(|_| Refusal::Broken)?;
        let (size, last_root) = last.map_or_else(|| (0, root(&[])), |last| (last.size, last.root));
        if old != size {
            return Err(Refusal::Seen(size));
        }
        let goes_on = match size {
            // From nothing there is nothing to prove.
            0 => checkpoint.size > 0 || checkpoint.root == last_root,
            _ => check_consistency(&last_root, size, &checkpoint.root, checkpoint.size, &proof),
        };
        if !goes_on {
            return Err(Refusal::OtherHistory);
        }
        seen.write(log, text).map_err(|_| Refusal::Broken)?;
        let seconds = u64::try_from(self.clock.now().as_second()).map_err(|_| Refusal::Broken)?;
        self.signer.cosign(text, seconds).map_err(|_| Refusal::Broken)
    }
}

async fn add(State(desk): State<Arc<Desk>>, body: String) -> Response {
    match desk.add(&body).await {
        Ok(line) => line.into_response(),
        Err(Refusal::Unreadable) => StatusCode::BAD_REQUEST.into_response(),
        Err(Refusal::UnknownLog) => StatusCode::NOT_FOUND.into_response(),
        Err(Refusal::WrongKey) => StatusCode::FORBIDDEN.into_response(),
        Err(Refusal::OtherHistory) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        Err(Refusal::Broken) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Err(Refusal::Seen(size)) => {
            (StatusCode::CONFLICT, [(CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
    }
}

/// `old 5`, and the lines of the proof.
fn read_asked(text: &str) -> Option<(u64, Vec<Digest>)> {
    let mut lines = text.split('\n');
    let old = lines.next()?.strip_prefix("old ")?;
    let size = old.parse::<u64>().ok().filter(|size| size.to_string() == old)?;
    let hash = |line: &str| {
        let bytes: [u8; 32] = BASE64_STANDARD.decode(line).ok()?.try_into().ok()?;
        Some(Digest::from_bytes(bytes))
    };
    let proof: Vec<Digest> = lines.map(hash).collect::<Option<_>>()?;
    (proof.len() <= 63 && (size > 0 || proof.is_empty())).then_some((size, proof))
}

impl Memory {
    fn path(&self, log: &VerifierKey) -> PathBuf {
        self.0.join(format!("{}.checkpoint", Digest::of(log.name().as_bytes())))
    }

    /// A file that cannot be read is an error, never "nothing seen".
    fn read(&self, log: &VerifierKey) -> io::Result<Option<Checkpoint>> {
        match fs::read_to_string(self.path(log)) {
            Ok(text) => Checkpoint::open(&text, log).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Durable when this returns.
    fn write(&self, log: &VerifierKey, text: &str) -> io::Result<()> {
        let bench = self.0.join("being-written");
        let mut file = File::create(&bench)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&bench, self.path(log))?;
        File::open(&self.0)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use cleansheet_ledger::{Checkpoint, SigningKey, WitnessSigner, consistency_proof, leaf_hash, root};
    use cleansheet_terms::{Digest, FixedClock};

    use super::{Desk, Refusal};

    fn desk(folder: &std::path::Path) -> Desk {
        let signer = WitnessSigner::new("witness", &[9; 32]).unwrap();
        let clock = Arc::new(FixedClock::at("2026-11-21T12:00:00Z"));
        Desk::open(folder, signer, vec![log().verifier()], clock).unwrap()
    }

    fn log() -> SigningKey {
        SigningKey::new("rivermead-town", &[7; 32]).unwrap()
    }

    /// The first three entries are the same in every history.
    fn leaves(history: &str, size: usize) -> Vec<Digest> {
        let entry = |n| if n < 3 { format!("{n}") } else { format!("{history}{n}") };
        (0..size).map(|n| leaf_hash(entry(n).as_bytes())).collect()
    }

    fn asked(history: &str, old: usize, size: usize) -> String {
        let leaves = leaves(history, size);
        let proof = if old == 0 { Vec::new() } else { consistency_proof(&leaves, old).unwrap_or_default() };
        let lines: String = proof.iter().map(|hash| BASE64_STANDARD.encode(hash.as_bytes()) + "\n").collect();
        let checkpoint = Checkpoint { size: size as u64, root: root(&leaves) }.sign(&log());
        format!("old {old}\n{lines}\n{checkpoint}")
    }

    #[tokio::test]
    async fn a_witness_signs_what_goes_on_from_what_it_saw_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let witness = desk(folder.path());
        let first = asked("a", 0, 5);
        let line = witness.add(&first).await.unwrap();
        let (_, text) = first.split_once("\n\n").unwrap();
        assert_eq!(witness.signer.verifier().saw(&format!("{text}{line}")), Some(1_795_262_400));
        assert_eq!(witness.add(&asked("a", 0, 9)).await, Err(Refusal::Seen(5)), "the old size is stale");
        assert_eq!(witness.add(&asked("b", 5, 9)).await, Err(Refusal::OtherHistory), "a fork");
        assert_eq!(witness.add(&asked("b", 5, 5)).await, Err(Refusal::OtherHistory), "another root");
        assert_eq!(witness.add(&asked("a", 0, 4)).await, Err(Refusal::Seen(5)), "rolled back");
        witness.add(&asked("a", 5, 9)).await.unwrap();
        // It remembers after a restart.
        let again = desk(folder.path());
        assert_eq!(again.add(&asked("a", 5, 12)).await, Err(Refusal::Seen(9)));
        again.add(&asked("a", 9, 12)).await.unwrap();
    }

    #[tokio::test]
    async fn what_it_cannot_read_or_does_not_know_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let witness = desk(folder.path());
        let good = asked("a", 0, 5);
        assert_eq!(witness.add(&good.replace("rivermead", "elsewhere")).await, Err(Refusal::UnknownLog));
        assert_eq!(witness.add(&good.replace("\n5\n", "\n6\n")).await, Err(Refusal::WrongKey));
        for wrong in ["", "old 0", &good.replacen("old 0", "old 00", 1), &good.replacen("old 0", "old 6", 1)]
        {
            assert_eq!(witness.add(wrong).await, Err(Refusal::Unreadable), "{wrong}");
        }
    }
}
