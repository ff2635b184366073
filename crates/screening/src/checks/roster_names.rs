//! Names of the roster beside a shown face, clauses 8 and 9: in captions, alt texts, hashtags, handles, file names.

use std::{borrow::Cow, collections::HashSet};

use cleansheet_terms::{Clause, Naming, Severity};

use super::{Check, CheckFailed};
use crate::{
    finding::{Field, Finding},
    material::RosterName,
    normal::Normal,
    reading::{Reading, Text, Token},
};

/// Asks: is somebody named beside their picture who did not agree to it?
pub(super) struct RosterNames;

/// Names that are also words: they need a capital letter inside a sentence, or another name beside them.
const WORDS: &str = " grace will hope summer joy faith may june april august rose lily daisy poppy iris ivy hazel olive jasmine \
    heather ruby pearl amber jade crystal dawn eve sky skye star river brook autumn winter mark bill rob jack frank art drew pat \
    nick harry jay robin rich gene grant miles chase hunter mason carter archer parker cooper taylor tyler miller baker cook young \
    green brown white black king long short small little price field fields wood woods hill lane west north best ball day knight \
    bishop page bell cross stone park parks ford mills rivers banks hall house good sharp swift love may goodman bright high rush \
    sunny princess precious blessing favour justice success max ace angel christian belle blue bear rocky sonny major sage flora \
    kit peace patience prudence constance melody harmony destiny serenity sterling ";
/// Short forms, one family a line.
const SHORT: &str = "mo mohammed muhammad mohamed mohammad muhammed mohamad ahmed|liv olivia livvy libby|alex alexander alexandra alexa lexi xander|ben benjamin benji|\
    sam samuel samantha sammy|tom thomas tommy|will william billy bill liam willy|charlie charles charlotte lottie|izzy isabel isabella isobel bella isabelle|\
    ellie eleanor ella elena eliza|lizzie elizabeth beth liz eliza betty|joe joseph joey|josh joshua|dan daniel danny|matt matthew|mike michael mikey|nick nicholas nicola nicky|\
    kate katherine catherine katie kathryn cathy kat|jack john johnny jackie|jim james jamie jimmy|rob robert bob bobby robbie|ed edward eddie ted teddy|andy andrew drew|\
    tony anthony antony|chris christopher christian christina christine|steve stephen steven|abi abigail abby|meg megan margaret maggie|becky rebecca becca|jess jessica jessie|\
    milly millie amelia emily|gabe gabriel|gabby gabriella gabrielle|nat nathan natalie nathaniel natasha|tash natasha|zak zachary zach zack|ollie oliver olly|archie archibald|\
    fred frederick freddie alfred alfie|harry harrison henry harold|max maximilian maxwell|theo theodore|leo leonard leon leonardo|pip philip phil philippa|\
    sue susan susie|sal sally|vicky victoria tori|immy imogen|evie evelyn eve|flo florence|gus angus august|fin finn finley finlay|cam cameron camilla|\
    ibby ibrahim ibra|yus yusuf yousef youssef|abdul abdullah abdi|ash ashley asha|pri priya|raj rajesh rajan|manny emmanuel emanuel|tunde babatunde|kemi oluwakemi|seb sebastian|\
    stan stanley stanislaw|kuba jakub|kasia katarzyna|gosia malgorzata|dom dominic dominik|luke lucas luca lukas|rosie rose rosemary|tilly matilda";

struct Name<'a> {
    person: &'a RosterName,
    parts: Vec<String>,
    joined: String,
    initials: String,
    short: HashSet<&'static str>,
}

/// How surely a word is a name.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Sure {
    Slip,
    Short,
    Whole,
}

impl Check for RosterNames {
    fn name(&self) -> &'static str {
        "roster-names"
    }

    fn clauses(&self) -> &'static [u8] {
        &[8, 9]
    }

    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed> {
        let someone_shown = reading.material.roster.iter().any(|person| person.shown);
        if !someone_shown {
            return Ok(Vec::new());
        }
        let names = names(reading);
        let mut findings = Vec::new();
        for text in &reading.texts {
            for (at, token) in text.tokens.iter().enumerate() {
                let best = names
                    .iter()
                    .filter_map(|name| {
                        let (sure, naming) = named(text, at, name)?;
                        (naming > name.person.naming).then_some((name, sure))
                    })
                    .max_by(|(a, x), (b, y)| {
                        x.partial_cmp(y)
                            .unwrap_or(std::cmp::Ordering::Equal)
                            .then(a.person.shown.cmp(&b.person.shown))
                    });
                findings.extend(best.map(|(name, sure)| finding(text, token, name.person, sure)));
            }
        }
        Ok(findings)
    }
}

fn finding(text: &Text, token: &Token, person: &RosterName, sure: Sure) -> Finding {
    let (severity, confidence) = match (person.shown, sure) {
        (true, Sure::Whole) => (Severity::Block, 0.95),
        (true, Sure::Short) => (Severity::Block, 0.8),
        (true, Sure::Slip) => (Severity::Hold, 0.6),
        (false, _) => (Severity::Hold, 0.5),
    };
    let (clause, who) = if person.child {
        (Clause::known::<9>(), "A child's name")
    } else {
        (Clause::known::<8>(), "A name")
    };
    Finding {
        check: Cow::Borrowed("roster-names"),
        kind: Cow::Borrowed("name"),
        clause,
        severity,
        place: text.place(token.start, token.end),
        confidence,
        rule: "roster-names.beside-a-face".to_owned(),
        say: format!("{who} stands beside a face that is shown, and nobody agreed to that."),
        remedy: "Leave the name out, or cover the face.".to_owned(),
        fix: (!matches!(text.field, Field::FileName(_))).then(|| "one of our players".to_owned()),
    }
}

/// Whether a child of the roster is named anywhere, whole or by a short form.
pub(super) fn names_a_child(reading: &Reading<'_>) -> bool {
    !reading.children(|| children(reading)).is_empty()
}

fn children(reading: &Reading<'_>) -> HashSet<(usize, usize)> {
    let names = names(reading);
    let mut found = HashSet::new();
    for (number, text) in reading.texts.iter().enumerate() {
        for at in 0..text.tokens.len() {
            let mut sure =
                names.iter().filter(|name| name.person.child).filter_map(|name| named(text, at, name));
            if sure.any(|(sure, _)| sure > Sure::Slip) {
                found.insert((number, at));
            }
        }
    }
    found
}

fn names<'a>(reading: &Reading<'a>) -> Vec<Name<'a>> {
    let people = reading.material.roster.iter();
    people
        .map(|person| {
            let folded = Normal::of(&person.name).text().to_lowercase().replace('\'', "");
            let parts: Vec<String> = folded
                .split(|c: char| !c.is_alphanumeric())
                .filter(|part| part.chars().count() > 1)
                .map(str::to_owned)
                .collect();
            let first = parts.first().map_or("", String::as_str);
            let families = SHORT.split('|').map(|family| family.split_whitespace().collect::<Vec<_>>());
            let short = families
                .filter(|family| family.contains(&first))
                .flatten()
                .filter(|form| *form != first)
                .collect();
            let initials = parts.iter().filter_map(|part| part.chars().next()).collect();
            Name { person, joined: parts.concat(), parts, initials, short }
        })
        .collect()
}

/// Whether a word names somebody, how surely, and how far.
fn named(text: &Text, at: usize, name: &Name<'_>) -> Option<(Sure, Naming)> {
    let token = text.tokens.get(at)?;
    let written = text.written(token);
    if token.letters < 2 {
        return None;
    }
    let small = written.to_lowercase().replace('\'', "");
    let bare = small.strip_suffix('s').filter(|_| written.contains('\'')).unwrap_or(&small);
    let tagged = text.folded().get(..token.start).is_some_and(|before| before.ends_with(['#', '@']));
    let hidden_inside = tagged || written.starts_with(['@', '#']) || matches!(text.field, Field::FileName(_));
    let inside = |part: &String| part.chars().count() >= 4 && small.contains(part.as_str()) && !is_word(part);
    if hidden_inside {
        if name.joined.chars().count() >= 5 && small.contains(&name.joined) {
            return Some((Sure::Whole, Naming::Full));
        }
        // The rightmost part says the most.
        if let Some(place) = name.parts.iter().rposition(inside) {
            return Some((Sure::Whole, part_of(place)));
        }
    }
    let capital = token.capital || hidden_inside;
    let initials = name.initials.chars().count() >= 2 && small == name.initials && token.shouted;
    if initials && text.tokens.get(at + 1).is_some_and(|next| next.word == crate::lexicon::NUMBER) {
        return Some((Sure::Short, Naming::Full));
    }
    for (place, part) in name.parts.iter().enumerate() {
        if bare != part && small != *part {
            continue;
        }
        let fits =
            if is_word(part) { capital && beside_or_inside(text, at, name) } else { place == 0 || capital };
        return fits.then_some((Sure::Whole, part_of(place)));
    }
    if name.short.contains(bare) {
        let fits = if is_word(bare) { beside_or_inside(text, at, name) } else { true };
        return (capital && fits).then_some((Sure::Short, Naming::First));
    }
    let slip = |part: &String| part.chars().count() >= 5 && one_slip(bare, part);
    let slipped = name.parts.iter().rposition(slip).filter(|_| capital && token.word == 0);
    slipped.map(|place| (Sure::Slip, part_of(place)))
}

/// What a part of a name says: the first is the first name, any other names the person alone.
fn part_of(place: usize) -> Naming {
    if place == 0 { Naming::First } else { Naming::Full }
}

/// Whether a part of a name, in small letters, is an ordinary word as well: where it is not written as a name, it is none.
pub fn is_word(name: &str) -> bool {
    WORDS.split_whitespace().any(|word| word == name)
}

/// A word that is also a name: inside a sentence with a capital letter, or beside another part of the name.
fn beside_or_inside(text: &Text, at: usize, name: &Name<'_>) -> bool {
    let Some(token) = text.tokens.get(at) else { return false };
    let part = |other: Option<&Token>| {
        other.is_some_and(|other| name.parts.contains(&text.written(other).to_lowercase().replace('\'', "")))
    };
    let before = at.checked_sub(1).and_then(|before| text.tokens.get(before));
    let inside = before.is_some_and(|before| !before.ends_sentence);
    let months = ["may", "june", "april", "august", "summer", "winter", "autumn"];
    let dated = text.tokens.get(at + 1).is_some_and(|next| next.word == crate::lexicon::NUMBER)
        || before.is_some_and(|before| {
            matches!(text.written(before), "in" | "In" | "on" | "this" | "of" | "since" | "until")
        });
    let season = months.contains(&text.written(token).to_lowercase().as_str()) && dated;
    part(before) || part(text.tokens.get(at + 1)) || inside && !token.shouted && !season
}

/// One letter more, less, other, or two swapped.
pub(super) fn one_slip(one: &str, other: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = |word: &[char], skip: usize| word.get(same + skip..).unwrap_or_default().to_vec();
    let swapped = a.get(same).is_some() && a.get(same) == b.get(same + 1) && a.get(same + 1) == b.get(same);
    rest(&a, 1) == rest(&b, 1) && a.len() == b.len()
        || a.len() > b.len() && rest(&a, 1) == rest(&b, 0)
        || b.len() > a.len() && rest(&a, 0) == rest(&b, 1)
        || swapped && a.len() == b.len() && rest(&a, 2) == rest(&b, 2)
}
