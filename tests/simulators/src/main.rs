//! All networks at once, played on this machine, for the demo and for walks through the browser.
//!
//! `cleansheet-simulators [--port FIRST] [--seconds MOST]` prints one line `NAME_URL=…` for each network and answers until
//! its standard input closes or the seconds are over. Ports follow each other from FIRST; without it they are free ones.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "this is test code: it may fail like a test, and says where it answers"
)]

use std::{io::Read as _, sync::Arc, time::Duration};

use cleansheet_simulators::{Simulator, bluesky::Bluesky, mastodon::Mastodon, meta::Meta, x::X};
use cleansheet_terms::{Clock, Timestamp};

/// The machine's clock: whoever signs in by hand has no other.
struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "a program of its own, with no clock handed in")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The number behind a word of the command line; `None` when the word is not there.
fn given(word: &str) -> Option<u64> {
    let all: Vec<String> = std::env::args().collect();
    let at = all.iter().position(|one| one == word)?;
    Some(all.get(at + 1).and_then(|text| text.parse().ok()).unwrap_or_else(|| usage(word)))
}

#[expect(clippy::panic, reason = "what is asked for cannot be done")]
fn usage(word: &str) -> u64 {
    panic!("{word} needs a number: cleansheet-simulators [--port FIRST] [--seconds MOST]")
}

#[tokio::main]
async fn main() {
    let clock: Arc<dyn Clock> = Arc::new(Now);
    let first = u16::try_from(given("--port").unwrap_or(0)).unwrap();
    let port = |number: u16| if first == 0 { 0 } else { first + number };
    let x = Simulator::at(port(0), X::new(), Arc::clone(&clock)).await;
    let meta = Simulator::at(port(1), Meta::new(), Arc::clone(&clock)).await;
    let mastodon = Simulator::at(port(2), Mastodon::new(), Arc::clone(&clock)).await;
    let mut account = Bluesky::new();
    account.password = "app-password".to_owned();
    let bluesky = Simulator::at(port(3), account, Arc::clone(&clock)).await;
    let urls = [("X", &x.url), ("META", &meta.url), ("MASTODON", &mastodon.url), ("BLUESKY", &bluesky.url)];
    for (name, url) in urls {
        println!("{name}_URL={url}");
    }
    println!("ready");
    let (gone, closed) = tokio::sync::oneshot::channel();
    // Reading blocks, so it has a thread of its own; whoever started this program holds the other end open.
    std::thread::spawn(move || {
        let _end = std::io::stdin().read_to_end(&mut Vec::new());
        let _nobody_waits = gone.send(());
    });
    let most = Duration::from_secs(given("--seconds").unwrap_or(24 * 60 * 60));
    tokio::select! {
        _ = closed => {}
        () = tokio::time::sleep(most) => {}
    }
}
