//! What `serve.py` measures with: fills a trust, asks for pages, and keeps every latency.
//!
//! ```text
//! bench-serve fill DATABASE POSTS            people, an activity, some posts of each kind; prints cookies and post ids
//! bench-serve families DATABASE DATA PARTICIPANTS POSTS PHOTOS WITH-ONE-CHILD      families and posts that show them
//! bench-serve multiply DATABASE POSTS        copies the published posts until there are so many, with all that belongs to them
//! bench-serve people HOST COOKIES PATHS SECONDS      everybody asks for a page a second
//! bench-serve flood HOST COOKIES PATH SECONDS ASKERS as many as possible
//! ```
//!
//! Files hold one thing a line. Everything is printed as one JSON object.

mod families;
mod fill;
mod load;
mod multiply;

type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Ended {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fill", database, posts] => fill::run(database, posts.parse()?).await,
        ["families", database, data, participants, posts, photos, one] => {
            let numbers = [participants.parse()?, posts.parse()?, photos.parse()?, one.parse()?];
            families::run(database, data, numbers).await
        }
        ["multiply", database, posts] => multiply::run(database, posts.parse()?).await,
        ["people", host, cookies, paths, seconds] => load::people(host, cookies, paths, seconds.parse()?).await,
        ["flood", host, cookies, path, seconds, askers] => {
            load::flood(host, cookies, path, seconds.parse()?, askers.parse()?).await
        }
        _ => Err("usage: see the first lines of main.rs".into()),
    }
}
