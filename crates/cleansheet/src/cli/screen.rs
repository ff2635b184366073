//! `cleansheet screen text` and `cleansheet screen photos`: the screening by itself, without a trust.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use clap::{Args, Subcommand, ValueEnum};
use cleansheet_screening::{
    photo::{
        self, PhotoScreener,
        folder::{self, Run},
        report::{PhotoReport, Status, Totals},
    },
    text,
};
use cleansheet_terms::{Clock as _, day_in_london};

use super::{Ended, Failed, complain, models_folder};
use crate::system::SystemClock;

#[derive(Subcommand)]
pub(crate) enum Screen {
    /// Screen words: one JSON object a line on stdin, one on stdout, order kept
    #[command(
        after_help = r#"Example: echo '{"id":"1","text":"Well played, Scunthorpe"}' | cleansheet screen text"#
    )]
    Text,
    /// Find every face of every photo in a folder and write covered copies
    #[command(after_help = "Example: cleansheet screen photos match-day/ --out covered/")]
    Photos(Photos),
}

#[derive(Args)]
pub(crate) struct Photos {
    /// A photo or a folder of photos
    input: PathBuf,
    /// Where the copies go
    #[arg(long)]
    out: PathBuf,
    /// Where the report goes; by default OUT/report.json
    #[arg(long)]
    report: Option<PathBuf>,
    /// What happens to faces in the copies
    #[arg(long, value_enum, default_value = "blur")]
    faces: Faces,
    /// How many photos at once; by default as many as there are cores
    #[arg(long)]
    jobs: Option<usize>,
    /// Where the models are
    #[arg(long)]
    models: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Faces {
    Blur,
    Keep,
}

impl Screen {
    pub(crate) fn run(self) -> Result<Ended, Failed> {
        match self {
            Self::Text => words(),
            Self::Photos(photos) => photos.run(),
        }
    }
}

/// `cleansheet screen text`: a bad line is answered and the run goes on; then the exit code is 1.
fn words() -> Result<Ended, Failed> {
    let today = day_in_london(SystemClock.now());
    match text::screen_lines(io::stdin().lock(), io::stdout().lock(), today) {
        Ok(outcome) if outcome.bad == 0 => Ok(Ended::Done),
        Ok(_) => Ok(Ended::Unfinished),
        // Whoever read the answers has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Ended::Done),
        Err(error) => Err(Failed::new(format!("the lines cannot be read or answered: {error}"))),
    }
}

impl Photos {
    fn run(self) -> Result<Ended, Failed> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.unwrap_or(cores).max(1);
        let settings = photo::Settings {
            program: std::env::current_exe().map_err(Failed::new)?,
            models: models_folder(self.models),
            threads: jobs.min(cores),
            at_once: jobs,
            gently: false,
        };
        let screener = PhotoScreener::start(settings).inspect_err(|error| complain(error));
        let report = self.report.unwrap_or_else(|| self.out.join("report.json"));
        let run = Run {
            input: self.input,
            out: self.out,
            report,
            faces: match self.faces {
                Faces::Blur => folder::Faces::Cover,
                Faces::Keep => folder::Faces::Keep,
            },
            jobs,
        };
        let mut progress = Progress::new();
        let ended = folder::run(&run, screener.as_ref(), &*told_to_stop()?, &mut |done, total, photo| {
            progress.show(done, total, photo);
        });
        progress.finish();
        let totals = ended.map_err(Failed::new)?.totals;
        progress.line(&summary(&totals, &run));
        Ok(if totals.unreadable == 0 && screener.is_ok() { Ended::Done } else { Ended::Unfinished })
    }
}

fn summary(totals: &Totals, run: &Run) -> String {
    let Totals { accepted, refused, faces, held, passed_over, seconds, .. } = totals;
    let fate = if run.faces == folder::Faces::Cover { "covered" } else { "shown" };
    format!(
        "{accepted} photos with {faces} faces {fate}, {refused} refused, {held} to be looked at, {passed_over} other files \
         passed over, in {seconds:.1} s; report in {}",
        run.report.display()
    )
}

/// Set when the process is told to end: what is begun is finished and reported, the rest is refused.
fn told_to_stop() -> Result<Arc<AtomicBool>, Failed> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&stop);
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failed::new)?;
    thread::spawn(move || {
        waiting.block_on(async {
            if let (Ok(mut terminate), Ok(mut interrupt)) =
                (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
            {
                tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
                heard.store(true, Ordering::Relaxed);
            }
        });
    });
    Ok(stop)
}

/// A bar on a terminal, a line for each photo elsewhere. Nobody listening any more is no reason to stop.
struct Progress {
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { terminal: io::stdout().is_terminal() }
    }

    fn show(&mut self, done: usize, total: usize, photo: &PhotoReport) {
        const WIDTH: usize = 30;
        let name = plain(&photo.file);
        if self.terminal {
            let full = WIDTH * done / total.max(1);
            let bar = format!("{}{}", "█".repeat(full), "░".repeat(WIDTH - full));
            let short: String = name.chars().take(40).collect();
            self.write(&format!("\r\x1b[2K{bar} {done} of {total}  {short}"));
        } else {
            let faces = photo.faces.len();
            let held = photo.findings.first().map_or(String::new(), |finding| format!("; {}", finding.say));
            self.line(&match (photo.status, &photo.reason) {
                (Status::Refused, Some(reason)) => format!("refused   {name}: {reason}"),
                (Status::Refused, None) => format!("refused   {name}"),
                (Status::Accepted, _) if faces == 1 => format!("accepted  {name}: 1 face{held}"),
                (Status::Accepted, _) => format!("accepted  {name}: {faces} faces{held}"),
            });
        }
    }

    fn finish(&mut self) {
        if self.terminal {
            self.write("\r\x1b[2K");
        }
    }

    fn line(&mut self, line: &str) {
        self.write(&format!("{line}\n"));
    }

    fn write(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// A file name that cannot move the cursor or turn the text around.
fn plain(name: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_file_name_cannot_play_with_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\n\u{202e}gpj.jpg"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}gpj.jpg");
        assert_eq!(plain("nom-été.jpg"), "nom-été.jpg");
    }
}
