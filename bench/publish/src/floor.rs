//! The same work without us: so many durable commits, so many calls.

use std::{sync::Arc, time::{Duration, Instant}};

use cleansheet_simulators::{Simulator, bluesky::Bluesky};
use sqlx::{AnyConnection, Connection as _};

use crate::{Cost, Error, trust::Now};

/// How long it takes.
pub(crate) async fn spent(trusts: usize, posts: usize, cost: Cost) -> Result<Duration, Error> {
    sqlx::any::install_default_drivers();
    let folder = tempfile::tempdir()?;
    let http = reqwest::Client::builder().build()?;
    let mut all = Vec::new();
    for number in 0..trusts {
        let file = folder.path().join(format!("{number}.db"));
        let mut database = AnyConnection::connect(&format!("sqlite://{}?mode=rwc", file.display())).await?;
        // As the records are kept: a commit that has returned survives a power cut.
        for set in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"] {
            sqlx::query(set).execute(&mut database).await?;
        }
        sqlx::query("CREATE TABLE done (number BIGINT NOT NULL, what TEXT NOT NULL)").execute(&mut database).await?;
        let network = Simulator::start(Bluesky::new(), Arc::new(Now)).await;
        all.push((database, network));
    }
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (mut database, network) in all {
        let http = http.clone();
        tasks.spawn(async move {
            let asked = format!("{}/xrpc/com.atproto.server.getSession", network.url);
            for number in 0..posts {
                for _ in 0..cost.commits {
                    let insert = sqlx::query("INSERT INTO done (number, what) VALUES ($1, $2)");
                    insert.bind(number as i64).bind("a step of a post").execute(&mut database).await?;
                }
                for _ in 0..cost.calls {
                    http.get(&asked).send().await?.bytes().await?;
                }
            }
            Ok::<(), Error>(())
        });
    }
    for done in tasks.join_all().await {
        done?;
    }
    Ok(begun.elapsed())
}
