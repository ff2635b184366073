//! What one cell means, or what is wrong with it.

use cleansheet_locales::Language;
use cleansheet_records::activities::{Relation, address};
use cleansheet_screening::normal::Normal;

use super::write::unguarded;

/// Longest name of a person or an activity, in letters.
const MOST_NAME: usize = 100;

/// A cell without the spaces around and inside it that nobody sees; what stands for "nothing" is empty.
pub(super) fn tidy(cell: &str) -> String {
    let tidy = tidy_name(cell);
    if is_filler(&tidy) { String::new() } else { tidy }
}

/// The same for a part of a name: there are people called Nil and Na.
pub(super) fn tidy_name(cell: &str) -> String {
    let words: Vec<&str> = unguarded(cell.trim()).split_whitespace().collect();
    let tidy = words.join(" ");
    let nothing = matches!(tidy.to_lowercase().as_str(), "-" | "–" | "n/a" | "none" | "tbc" | "unknown");
    if nothing { String::new() } else { tidy }
}

/// Words that are a name, or stand for "nothing".
fn is_filler(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "na" | "nil")
}

/// Whether a whole name is one such word, and perhaps once more in the next column.
pub(super) fn may_be_nobody(name: &str) -> bool {
    let mut parts = name.split(' ');
    let first = parts.next().unwrap_or_default();
    is_filler(first) && parts.all(|part| part.eq_ignore_ascii_case(first))
}

/// A person's or an activity's name. `Verma, Asha` is turned round.
pub(super) fn name(cell: &str) -> Result<String, String> {
    let turned = match cell.split_once(',') {
        Some((last, first)) if !first.contains(',') => format!("{} {}", first.trim(), last.trim()),
        _ => cell.to_owned(),
    };
    plain(turned.trim())
}

/// Text of one line that people read.
pub(super) fn plain(cell: &str) -> Result<String, String> {
    if cell.chars().count() > MOST_NAME {
        return Err("is longer than 100 letters; shorten it".to_owned());
    }
    if !cell.is_empty() && !cell.chars().any(char::is_alphanumeric) {
        return Err(format!("“{cell}” has no letters; write the name"));
    }
    Ok(cell.to_owned())
}

/// A mail address in lower case, as a cell has it that was linked or not; empty is none. Why it is none, as a sentence.
pub(super) fn mail(cell: &str) -> Result<String, String> {
    address(cell.trim_start_matches("mailto:")).map_err(|error| error.to_string())
}

/// A telephone number with its spaces; empty is none. A spreadsheet that takes it for a sum drops the zero in front.
pub fn phone(cell: &str) -> Result<String, String> {
    if cell.is_empty() {
        return Ok(String::new());
    }
    let kept: String = cell.chars().filter(|letter| !"()-./".contains(*letter)).collect();
    let digits: String = kept.chars().filter(char::is_ascii_digit).collect();
    let only = kept.trim_start_matches('+').chars().all(|letter| letter.is_ascii_digit() || letter == ' ');
    if !only || !(7..=15).contains(&digits.len()) {
        return Err(format!(
            "“{cell}” is no telephone number; write it like 07700 900123, or leave it empty"
        ));
    }
    let lost_zero = digits.len() == 10 && !kept.starts_with('+') && digits.starts_with(['1', '2', '7']);
    Ok(format!("{}{}", if lost_zero { "0" } else { "" }, kept.trim()))
}

pub(super) fn yes(cell: &str) -> Result<bool, String> {
    match cell.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" | "18+" | "adult" => Ok(true),
        "" | "no" | "n" | "false" | "0" | "child" => Ok(false),
        _ => Err(format!("“{cell}” is neither yes nor no; write one of them")),
    }
}

/// What an adult is to a child. Words we do not know are somebody else who answers for them.
pub(super) fn relation(cell: &str) -> Option<Relation> {
    const PARENTS: [&str; 12] = [
        "parent",
        "mother",
        "father",
        "mum",
        "dad",
        "mom",
        "stepmother",
        "stepfather",
        "stepmum",
        "stepdad",
        "step",
        "adoptive",
    ];
    let folded = Normal::of(cell).text().to_lowercase();
    let words: Vec<&str> = folded.split(|letter: char| !letter.is_alphanumeric()).collect();
    let has = |word: &str| words.contains(&word);
    match () {
        () if cell.is_empty() => None,
        () if has("foster") || has("fostercarer") => Some(Relation::FosterCarer),
        () if has("council") || has("authority") || has("social") => Some(Relation::Council),
        () if words.iter().any(|word| word.starts_with("grand") || word.starts_with("god")) => {
            Some(Relation::Other)
        }
        () if words.iter().any(|word| PARENTS.contains(word)) => Some(Relation::Parent),
        () => Some(Relation::Other),
    }
}

/// A language as a code, from its name in English or in itself, or its code.
pub(super) fn language(cell: &str) -> Result<Option<String>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let wanted = cell.to_lowercase();
    let names = |one: &Language| [one.code(), one.english_name(), one.own_name()].map(str::to_lowercase);
    match Language::ALL.into_iter().find(|one| names(one).contains(&wanted)) {
        Some(language) => Ok(Some(language.code().to_owned())),
        None => Err(format!("there are no pages in “{cell}” yet, so this parent gets them in English")),
    }
}
