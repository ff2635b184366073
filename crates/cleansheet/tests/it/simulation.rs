//! The whole machine that publishes and takes down, driven by a seed: authors, approvers, parents and the Manager act in
//! any order, networks fail, workers die or stand still in the middle of a job, and the clock goes on. After each step the
//! invariants of `check.rs` hold; when everything is mended, everything comes to its end.
//!
//! ```text
//! CLEANSHEET_SEED=17 cargo test -p cleansheet --all-features --test it simulation        one seed, step by step
//! CLEANSHEET_SEEDS=1000..2000 cargo test -p cleansheet --all-features --test it simulation
//! ```
//!
//! Clock and chance are the seed's. The database and the sockets are the machine's own, so a seed repeats its acts in the
//! same order with the same faults; where exactly a killed worker was may differ by an instruction.

mod check;
mod hands;
mod mass;
pub(crate) mod world;

use std::ops::Range;

use cleansheet_terms::{Entropy as _, SeededEntropy};

use world::World;

/// About as many as fit ninety seconds on two cores.
const SEEDS: Range<u64> = 1..25;
/// Acts of one seed.
const STEPS: usize = 60;

/// What happens next, as the seed says.
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0_u8; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % end as u64).unwrap()
    }

    /// One of them; `None` when there is none.
    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { Some(&all[self.below(all.len())]) }
    }
}

fn seeds() -> Range<u64> {
    let number = |text: &str| text.trim().parse::<u64>().expect("a seed is a number");
    if let Ok(one) = std::env::var("CLEANSHEET_SEED") {
        return number(&one)..number(&one) + 1;
    }
    match std::env::var("CLEANSHEET_SEEDS") {
        Ok(range) => {
            let (from, to) = range.split_once("..").expect("CLEANSHEET_SEEDS=FROM..TO");
            number(from)..number(to)
        }
        Err(_) => SEEDS,
    }
}

/// Says which seed it was when a step fails.
struct Saying {
    seed: u64,
    story: std::rc::Rc<std::cell::RefCell<Vec<String>>>,
}

impl Drop for Saying {
    #[expect(clippy::print_stderr, reason = "whoever ran the test has to know how to run it again")]
    fn drop(&mut self) {
        let (seed, story) = (self.seed, self.story.borrow());
        if std::thread::panicking() {
            let last = story.len().saturating_sub(12);
            eprintln!("seed {seed} failed in step {}:\n  {}", story.len(), story[last..].join("\n  "));
            eprintln!(
                "again: CLEANSHEET_SEED={seed} cargo test -p cleansheet --all-features --test it simulation"
            );
        }
    }
}

/// How many posts with a child came to the public, and of them were withdrawn or put away.
async fn run(seed: u64, database: Option<String>) -> (usize, usize) {
    let mut dice = Dice::new(seed);
    let mut world = World::new(seed, database).await;
    let _saying = Saying { seed, story: std::rc::Rc::clone(&world.story) };
    world.check(false).await;
    for _ in 0..STEPS {
        let worked = world.step(&mut dice).await;
        world.check(worked).await;
    }
    world.come_to_an_end().await;
    world.check_the_end().await;
    let shown: Vec<_> = world.items.iter().filter(|item| item.child.is_some() && item.was_public).collect();
    let both = (shown.len(), shown.iter().filter(|item| item.dead).count());
    world.close().await;
    both
}

#[tokio::test]
async fn no_seed_breaks_what_must_always_hold() {
    let (mut shown, mut withdrawn) = (0, 0);
    for seed in seeds() {
        let of_it = run(seed, None).await;
        (shown, withdrawn) = (shown + of_it.0, withdrawn + of_it.1);
    }
    println!("{shown} posts with a child came to the public, and {withdrawn} of them were taken down");
    assert!(withdrawn > 0, "nothing happens in these seeds that could go wrong");
}

#[tokio::test]
async fn nor_does_one_on_postgresql() {
    for seed in seeds().take(4) {
        let Some(server) = cleansheet_records::testing::nothing_on_a_server().await else { return };
        run(seed, Some(server.address.clone())).await;
    }
}
