//! Captions per second of our word screening and of rustrict, on the same captions, one thread.
//!
//! Ours asks 25 checks (language, safeguarding, personal data, names, links); rustrict asks one (language).
//! Usage: `bench-text [FILE]` prints a table and writes JSON to FILE.

use std::{fmt::Write as _, time::Instant};

use cleansheet_screening::{
    material::{Allow, Context, Material},
    text,
};
use cleansheet_terms::Date;
use rustrict::{CensorStr, Type};

const CAPTIONS: usize = 20_000;
const ROUNDS: usize = 5;
const LONG_LETTERS: usize = 2_000;

struct Figures {
    name: &'static str,
    captions_per_second: f64,
    megabytes_per_second: f64,
    flagged: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let captions = captions();
    let bytes: usize = captions.iter().map(String::len).sum();
    let all = [
        measured("cleansheet", &captions, ours),
        measured("rustrict", &captions, |caption| caption.is(Type::ANY)),
    ];
    let long = long_caption_p99(&captions);
    println!("{CAPTIONS} captions, {:.2} MB, one thread, best of {ROUNDS} rounds", bytes as f64 / 1e6);
    println!("{:<12} {:>12} {:>8} {:>8}", "", "captions/s", "MB/s", "flagged");
    for one in &all {
        println!("{:<12} {:>12.0} {:>8.2} {:>8}", one.name, one.captions_per_second, one.megabytes_per_second, one.flagged);
    }
    let ratio = all[0].captions_per_second / all[1].captions_per_second;
    println!("ratio {ratio:.2}; a caption of {LONG_LETTERS} letters: p99 {long:.0} µs");
    if let Some(file) = std::env::args().nth(1) {
        std::fs::write(file, json(&all, ratio, long, bytes)?)?;
    }
    Ok(())
}

fn ours(caption: &str) -> bool {
    let allow = Allow::default();
    let material = Material {
        caption,
        alt_texts: &[],
        file_names: &[],
        context: Context::Post,
        roster: &[],
        allow: &allow,
        today: Date::constant(2026, 11, 24),
    };
    text::screen(&material).map_or(true, |findings| !findings.is_empty())
}

fn measured(name: &'static str, captions: &[String], flags: impl Fn(&str) -> bool) -> Figures {
    let flagged = captions.iter().filter(|caption| flags(caption)).count(); // also warms up
    let bytes: usize = captions.iter().map(String::len).sum();
    let best = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(captions.iter().filter(|caption| flags(caption)).count());
            begun.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    Figures {
        name,
        captions_per_second: captions.len() as f64 / best,
        megabytes_per_second: bytes as f64 / best / 1e6,
        flagged,
    }
}

fn long_caption_p99(captions: &[String]) -> f64 {
    let mut micros: Vec<f64> = (0..1_000)
        .map(|first| {
            let words = captions.iter().cycle().skip(first * 17).flat_map(|caption| caption.chars().chain([' ']));
            let caption: String = words.take(LONG_LETTERS).collect();
            let begun = Instant::now();
            std::hint::black_box(ours(&caption));
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    micros[micros.len() * 99 / 100]
}

/// Captions of a football trust, put together from parts by a fixed rule; one in twelve is rude.
fn captions() -> Vec<String> {
    let openings = ["What a session", "Great turnout", "Full time", "Half-term camp", "Walking football", "Our U9s", "Match day"];
    let middles = [
        "we played in the rain and nobody minded", "the keeper saved two penalties", "thank you to every volunteer",
        "a late cross, a header, and it hit the post", "forty children had breakfast with us", "the girls won 3-2 away",
        "we visited Scunthorpe and came home with a point", "new bibs and balls arrived", "all abilities are welcome",
    ];
    let endings = ["See you on Thursday.", "Come along next week!", "⚽💛", "Sign up at https://example.org/camp", "#UpTheTrust", "Well done all."];
    let rude = ["The ref was a wanker.", "sh1t weather though", "what a b*stard of a draw"];
    let mut state = 20_261_124_u64;
    let mut pick = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    (0..CAPTIONS)
        .map(|_| {
            let mut caption = openings[pick(openings.len())].to_owned();
            for _ in 0..=pick(3) {
                let _ = write!(caption, ": {}", middles[pick(middles.len())]);
            }
            let _ = write!(caption, ". {}", endings[pick(endings.len())]);
            if pick(12) == 0 {
                let _ = write!(caption, " {}", rude[pick(rude.len())]);
            }
            caption
        })
        .collect()
}

fn json(all: &[Figures], ratio: f64, long: f64, bytes: usize) -> Result<String, std::fmt::Error> {
    let mut out = String::from("{\n");
    writeln!(out, "  \"captions\": {CAPTIONS}, \"bytes\": {bytes}, \"threads\": 1, \"rounds\": {ROUNDS},")?;
    for one in all {
        writeln!(
            out,
            "  \"{}\": {{\"captions_per_second\": {:.0}, \"megabytes_per_second\": {:.3}, \"flagged\": {}}},",
            one.name, one.captions_per_second, one.megabytes_per_second, one.flagged
        )?;
    }
    writeln!(out, "  \"ratio\": {ratio:.3}, \"p99_us_2000_letters\": {long:.1}\n}}")?;
    Ok(out)
}
