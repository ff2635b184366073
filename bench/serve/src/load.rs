//! Asks for pages over kept-open connections. A latency counts from the moment the page was due, so that a slow answer
//! cannot hide the ones that wait behind it.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::sleep_until,
};

use super::Ended;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// How long one page took, in milliseconds; `None` when it did not come or was not the page.
type Sample = (String, Option<f64>);

fn lines(file: &str) -> Result<Vec<String>, Error> {
    Ok(fs::read_to_string(file)?.lines().map(str::to_owned).collect())
}

/// Each cookie is a person who asks for one page a second, the first ones spread over a second.
pub(super) async fn people(host: &str, cookies: &str, paths: &str, seconds: u64) -> Ended {
    let (cookies, paths) = (lines(cookies)?, lines(paths)?);
    let begun = Instant::now() + Duration::from_millis(200);
    let mut everybody = JoinSet::new();
    for (number, cookie) in cookies.iter().enumerate() {
        let offset = Duration::from_secs(1) * number as u32 / cookies.len() as u32;
        let (host, cookie, paths) = (host.to_owned(), cookie.clone(), paths.clone());
        everybody.spawn(async move {
            let mut asker = Asker { host, cookie, open: None };
            let mut samples = Vec::new();
            for second in 0..seconds {
                // Neighbours ask for different pages, and everybody for each of them in turn.
                let path = &paths[(number * 7 + second as usize) % paths.len()];
                let due = begun + offset + Duration::from_secs(second);
                sleep_until(due.into()).await;
                samples.push(asker.timed(path, due).await);
            }
            samples
        });
    }
    let mut all = Vec::new();
    while let Some(samples) = everybody.join_next().await {
        all.extend(samples?);
    }
    report(all, seconds as f64);
    Ok(())
}

/// `askers` connections ask again as soon as they are answered.
pub(super) async fn flood(host: &str, cookies: &str, path: &str, seconds: u64, askers: usize) -> Ended {
    let cookies = lines(cookies)?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut everybody = JoinSet::new();
    for number in 0..askers {
        let (host, path) = (host.to_owned(), path.to_owned());
        let cookie = cookies.get(number % cookies.len().max(1)).cloned().unwrap_or_default();
        everybody.spawn(async move {
            let mut asker = Asker { host, cookie, open: None };
            let mut samples = Vec::new();
            while Instant::now() < end {
                samples.push(asker.timed(&path, Instant::now()).await);
            }
            samples
        });
    }
    let mut all = Vec::new();
    while let Some(samples) = everybody.join_next().await {
        all.extend(samples?);
    }
    report(all, seconds as f64);
    Ok(())
}

/// One browser with its connection.
struct Asker {
    host: String,
    cookie: String,
    open: Option<TcpStream>,
}

impl Asker {
    async fn timed(&mut self, path: &str, due: Instant) -> Sample {
        let asked = tokio::time::timeout(Duration::from_secs(20), self.ask(path)).await;
        let good = matches!(asked, Ok(Ok(200)));
        if !good {
            self.open = None;
        }
        (path.to_owned(), good.then(|| due.elapsed().as_secs_f64() * 1e3))
    }

    /// The status, once the whole body is here.
    async fn ask(&mut self, path: &str) -> Result<u16, Error> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => TcpStream::connect(&self.host).await?,
        };
        stream.set_nodelay(true)?;
        let port = self.host.rsplit(':').next().unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {}\r\n\r\n", self.cookie);
        stream.write_all(request.as_bytes()).await?;
        let (mut got, mut chunk) = (Vec::with_capacity(32 * 1024), vec![0; 32 * 1024]);
        let head = loop {
            if let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match stream.read(&mut chunk).await? {
                0 => return Err("the connection ended".into()),
                count => got.extend_from_slice(&chunk[..count]),
            }
        };
        let said = String::from_utf8_lossy(&got[..head]).to_lowercase();
        let status = said.split(' ').nth(1).unwrap_or_default().parse()?;
        let length = said.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or("a page without a length")?.trim().parse()?;
        while got.len() < head + length {
            match stream.read(&mut chunk).await? {
                0 => return Err("the connection ended".into()),
                count => got.extend_from_slice(&chunk[..count]),
            }
        }
        self.open = Some(stream);
        Ok(status)
    }
}

fn at(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(((last as f64) * share).round() as usize).copied().unwrap_or(0.0)
}

/// Pages with an id in their address count as one.
fn kind(path: &str) -> String {
    let parts = path.split('?').next().unwrap_or_default().split('/');
    parts.map(|part| if part.contains('_') { "…" } else { part }).collect::<Vec<_>>().join("/")
}

fn report(samples: Vec<Sample>, seconds: f64) {
    let errors = samples.iter().filter(|(_, took)| took.is_none()).count();
    let mut pages: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (path, took) in samples {
        pages.entry(kind(&path)).or_default().extend(took);
    }
    let mut all: Vec<f64> = pages.values().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let each: Vec<String> = pages
        .iter_mut()
        .map(|(page, took)| {
            took.sort_by(f64::total_cmp);
            format!("\"{page}\": {{\"p50_ms\": {:.2}, \"p99_ms\": {:.2}}}", at(took, 0.5), at(took, 0.99))
        })
        .collect();
    println!(
        "{{\"pages\": {}, \"errors\": {errors}, \"per_second\": {:.1}, \"p50_ms\": {:.2}, \"p99_ms\": {:.2}, \"max_ms\": {:.2}, \
         \"each\": {{{}}}}}",
        all.len(),
        all.len() as f64 / seconds,
        at(&all, 0.5),
        at(&all, 0.99),
        at(&all, 1.0),
        each.join(", ")
    );
}
