//! Posts a minute through the whole machine: approval, ledger, jobs, a played network and the news page, read back.
//!
//! ```text
//! bench-publish RESULT POSTS
//! ```
//!
//! 1, 10 and 72 trusts live in one process, each with a database and a ledger of its own; every trust has so many posts
//! approved at once. Beside it, in the same run, the floor: as many durable commits to as many databases, and as many
//! calls to the same played networks, one after the other for each trust, with nothing else in between.

mod floor;
mod trust;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use trust::Trust;

type Error = Box<dyn std::error::Error + Send + Sync>;

const TRUSTS: [usize; 3] = [1, 10, 72];
/// Posts of the trust that is counted: few enough for its journal never to be emptied meanwhile.
const COUNTED: usize = 4;
const REPEATS: usize = 3;

/// What one post costs.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Transactions that were made durable.
    commits: usize,
    /// Calls to networks.
    calls: usize,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [result, posts] = words.as_slice() else { return Err("usage: bench-publish RESULT POSTS".into()) };
    let posts: usize = posts.parse()?;
    let cost = counted().await?;
    println!("one post on two channels: {} durable commits, {} calls", cost.commits, cost.calls);
    println!("{:>7}{:>16}{:>16}{:>8}", "trusts", "posts a minute", "floor", "ratio");
    let mut rows = Vec::new();
    for trusts in TRUSTS {
        // In turns, the best of each: the machine is not ours alone.
        let (mut ours, mut floor) = (0.0_f64, 0.0_f64);
        for _ in 0..REPEATS {
            ours = ours.max(a_minute(trusts * posts, published(trusts, posts).await?));
            floor = floor.max(a_minute(trusts * posts, floor::spent(trusts, posts, cost).await?));
        }
        println!("{trusts:>7}{ours:>16.0}{floor:>16.0}{:>8.2}", ours / floor);
        rows.push(json!({ "trusts": trusts, "posts_a_minute": ours, "floor_a_minute": floor, "ratio": ours / floor }));
    }
    let all: Value = json!({ "commits": cost.commits, "calls": cost.calls, "posts_each": posts, "rows": rows });
    std::fs::write(result, serde_json::to_string_pretty(&all)? + "\n")?;
    Ok(())
}

fn a_minute(posts: usize, took: Duration) -> f64 {
    posts as f64 * 60.0 / took.as_secs_f64()
}

/// What one post costs, seen from outside: commits in the database's journal, calls at the network.
async fn counted() -> Result<Cost, Error> {
    let trust = Trust::new(COUNTED).await?;
    let before = (trust.commits()?, trust.network.calls().len());
    trust.approve().await?;
    trust.publish().await?;
    let after = (trust.commits()?, trust.network.calls().len());
    trust.end().await;
    Ok(Cost { commits: (after.0 - before.0).div_ceil(COUNTED), calls: (after.1 - before.1).div_ceil(COUNTED) })
}

/// How long it takes until every post of every trust is approved, public on both channels and read back.
async fn published(trusts: usize, posts: usize) -> Result<Duration, Error> {
    let mut all = Vec::new();
    for _ in 0..trusts {
        all.push(Trust::new(posts).await?);
    }
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for trust in all {
        tasks.spawn(async move {
            trust.approve().await?;
            trust.publish().await?;
            Ok::<Trust, Error>(trust)
        });
    }
    let done = tasks.join_all().await;
    let took = begun.elapsed();
    for trust in done {
        let trust = trust?;
        assert_eq!(trust.network.posts().len(), posts, "every post is public once");
        trust.end().await;
    }
    Ok(took)
}
