//! The way in: all words of a post in, findings out; and the line-by-line runner behind `cleansheet screen text`.

use std::io::{self, BufRead, Write};

use cleansheet_terms::{Date, Naming, Severity};
use serde::{Deserialize, Serialize};

use crate::{
    checks::{CheckFailed, all},
    finding::{Finding, Place},
    material::{Allow, Context, Material, RosterName},
    reading::Reading,
};

/// The longest line that is read, in bytes; a longer one gets an error and the run goes on.
const LONGEST_LINE: usize = 8 * 1024 * 1024;

/// Asks every check about the words of a post.
///
/// - Findings come in the order of their place, then the heavier first. Two findings may overlap when they are about
///   different things; of one check and clause no two overlap, the heavier (then longer) one stays.
/// - An `Err` holds the post back: a check that cannot run has not passed.
pub fn screen(material: &Material<'_>) -> Result<Vec<Finding>, CheckFailed> {
    let reading = Reading::of(material);
    let mut findings = Vec::new();
    for check in all() {
        findings.extend(check.look(&reading)?);
    }
    Ok(settled(findings))
}

/// Sorts findings by place and drops what overlaps a heavier one of the same check and clause.
fn settled(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| {
        let (start, end) = finding.place.span().unwrap_or_default();
        (
            std::cmp::Reverse(finding.severity),
            std::cmp::Reverse(end.saturating_sub(start)),
            finding.place.order(),
        )
    });
    let mut kept: std::collections::HashMap<_, std::collections::BTreeMap<usize, usize>> =
        std::collections::HashMap::new();
    findings.retain(|finding| {
        let Place::Text { field, start, end } = finding.place else { return true };
        let taken = kept.entry((finding.check.clone(), finding.clause, field)).or_default();
        let free = taken.range(..end).next_back().is_none_or(|(_, other_end)| *other_end <= start);
        if free {
            taken.insert(start, end);
        }
        free
    });
    findings
        .sort_by_key(|finding| (finding.place.order(), std::cmp::Reverse(finding.severity), finding.clause));
    findings
}

/// How a run over many lines ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Lines that were screened.
    pub screened: usize,
    /// Lines that could not be read; the exit code is 1 when there are any.
    pub bad: usize,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    text: String,
    #[serde(default)]
    context: Context,
    #[serde(default)]
    roster: Vec<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    findings: Vec<Spoken<'a>>,
}

#[derive(Serialize)]
struct Spoken<'a> {
    clause: u8,
    kind: &'a str,
    severity: Severity,
    start: usize,
    end: usize,
    say: &'a str,
    remedy: &'a str,
    rule: &'a str,
    confidence: f32,
}

#[derive(Serialize)]
struct Complaint {
    id: Option<String>,
    error: String,
    line: usize,
}

/// Screens JSON lines: one object a line in, one a line out, order kept.
///
/// - `input`: `{"id":"…","text":"…"}` with optional `context` and `roster`; a name of the roster counts as a child
///   who is shown and may not be named. Empty lines are passed over.
/// - A line that is no such object gets `{"id":null,"error":"…","line":N}`, N from 1, and the run goes on.
/// - `today`: the day in London, for ages.
/// - Errors are those of reading and writing.
pub fn screen_lines(mut input: impl BufRead, mut output: impl Write, today: Date) -> io::Result<Outcome> {
    let allow = Allow::default();
    let mut outcome = Outcome::default();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if !next_line(&mut input, &mut bytes)? {
            break;
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answered = answer(&bytes, today, &allow);
        match answered {
            Ok(answer) => {
                outcome.screened += 1;
                output.write_all(&answer)?;
            }
            Err(error) => {
                outcome.bad += 1;
                serde_json::to_writer(&mut output, &Complaint { id: None, error, line: number })?;
            }
        }
        output.write_all(b"\n")?;
        // Whoever feeds us one line at a time waits for its answer.
        output.flush()?;
    }
    Ok(outcome)
}

/// Reads to the next line break; false at the end. Of a line that is too long only the beginning is kept.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let mut any = false;
    loop {
        let ready = input.fill_buf()?;
        if ready.is_empty() {
            return Ok(any);
        }
        any = true;
        let stop = ready.iter().position(|byte| *byte == b'\n');
        let taken = stop.unwrap_or(ready.len());
        if line.len() <= LONGEST_LINE {
            line.extend_from_slice(ready.get(..taken).unwrap_or_default());
        }
        input.consume(stop.map_or(taken, |stop| stop + 1));
        if stop.is_some() {
            return Ok(true);
        }
    }
}

fn answer(bytes: &[u8], today: Date, allow: &Allow) -> Result<Vec<u8>, String> {
    if bytes.len() > LONGEST_LINE {
        return Err(format!("the line is longer than {LONGEST_LINE} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "the line is not UTF-8".to_owned())?;
    let line: Line = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("the line is not an object with `id` and `text`: {error}"))?;
    let roster: Vec<RosterName> = line
        .roster
        .into_iter()
        .map(|name| RosterName { name, shown: true, child: true, naming: Naming::None })
        .collect();
    let material = Material {
        caption: &line.text,
        alt_texts: &[],
        file_names: &[],
        context: line.context,
        roster: &roster,
        allow,
        today,
    };
    let findings = screen(&material).map_err(|error| error.to_string())?;
    let spoken = findings.iter().filter_map(|finding| {
        let (start, end) = finding.place.span()?;
        Some(Spoken {
            clause: finding.clause.number(),
            kind: &finding.kind,
            severity: finding.severity,
            start,
            end,
            say: &finding.say,
            remedy: &finding.remedy,
            rule: &finding.rule,
            confidence: finding.confidence,
        })
    });
    let answer = Answer { id: &line.id, findings: spoken.collect() };
    serde_json::to_vec(&answer).map_err(|error| error.to_string())
}
