//! Log lines: one event a line on stderr, as text for people or as JSON for programs.
//!
//! What is logged are words of this program: route patterns, kinds of jobs, ids of jobs and mails, statuses. Names, words
//! of a post, addresses, tokens and paths never are; `tests/it/log.rs` looks for all of them.

use std::io::{self, IsTerminal as _};

use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts to log to stderr. `RUST_LOG` says what; otherwise `usual` does, for example `info`.
pub fn start(format: Format, usual: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt().with_env_filter(filter);
    // The journal keeps the time itself, and takes the urgency from the beginning of a line.
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let started = match (format, journal) {
        (Format::Json, _) => lines.json().flatten_event(true).with_writer(io::stderr).try_init(),
        (Format::Text, true) => {
            lines.with_ansi(false).without_time().with_level(false).with_writer(Journal).try_init()
        }
        (Format::Text, false) => {
            lines.with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).try_init()
        }
    };
    drop(started);
}

/// Writes lines with the urgency in front, as `sd-daemon(3)` describes it.
struct Journal;

struct Line(&'static str, bool);

impl<'a> MakeWriter<'a> for Journal {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line("<6>", false)
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line {
        Line(
            match *about.level() {
                Level::ERROR => "<3>",
                Level::WARN => "<4>",
                Level::INFO => "<6>",
                Level::DEBUG | Level::TRACE => "<7>",
            },
            false,
        )
    }
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self(urgency, begun) = self;
        let mut stderr = io::stderr().lock();
        if !std::mem::replace(begun, true) {
            stderr.write_all(urgency.as_bytes())?;
        }
        stderr.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
