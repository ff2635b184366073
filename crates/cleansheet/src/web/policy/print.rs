//! The paper of a version: what the pages say, in one document.

use cleansheet_policy::{ClauseDifference, Piece, RuleDifference, Version, plain};
use cleansheet_records::{
    Tx,
    review::{InForce, Reading, Readings, ReviewClock, Versions},
};
use cleansheet_terms::{Digest, Timestamp, day_in_london};

use super::{changes::Changes, people_in_words, versions::reviewed};
use crate::{
    app::App,
    paper::{Block, Paper},
    web::{Problem, clock_words},
};

/// Everything that the paper of a version says.
pub(super) async fn paper(tx: &mut Tx, app: &App, hash: &Digest) -> Result<Paper, Problem> {
    let trust = app.settings.profile.trust.name.clone();
    let (found, ended) = time_in_force(tx, hash).await?;
    let version = Versions(tx).whole(hash).await?.ok_or(Problem::NotFound)?;
    let before = Versions(tx).before(hash).await?;
    let mut blocks = vec![
        Block::Title(format!("{trust}: social media, internet and image policy")),
        Block::Text(as_of(&found, ended, app.clock.now())),
    ];
    for one in reviewed(tx, hash).await? {
        blocks.push(Block::Text(format!("{one}.")));
    }
    // The clock is that of the policy, not of a version: under words that are not in force it would say who reviewed others.
    if ended.is_none() {
        blocks.push(Block::Text(review(tx, app).await?));
    }
    let difference = before.as_ref().map(|(_, older)| version.since(older));
    let compared = before.map(|(before, _)| clock_words::day(day_in_london(before.since)));
    blocks.push(Block::Text(match (&difference, compared) {
        (Some(difference), Some(day)) => format!(
            "Compared with the version in force since {day}: {} changed. What changed stands below each clause, with the \
             words that were removed and added.",
            clock_words::count(difference.changed_clauses(), "clause", "clauses")
        ),
        _ => "It is the first version that was kept; there is nothing to compare it with.".to_owned(),
    }));
    clauses(&version, difference.as_ref().map(|one| one.clauses.as_slice()), &mut blocks);
    if let Some(changes) = difference.as_ref().map(Changes::of).filter(Changes::beside) {
        beside(&changes, &mut blocks);
    }
    readings(tx, &version, ended, &mut blocks).await?;
    blocks.push(Block::Heading("How to check this paper".to_owned()));
    blocks.push(Block::Text(format!(
        "It is signed with the trust’s own certificate, whose SHA-256 fingerprint is {}. The trust’s program shows the same \
         fingerprint beside the list of papers, and its ledger has an entry for the SHA-256 of this file.",
        app.seal.fingerprint()
    )));
    let short: String = hash.to_string().chars().take(12).collect();
    let mut paper = Paper {
        title: format!("The policy of {trust}, version {short}"),
        foot: format!("{trust} · policy version {short}"),
        trust,
        blocks,
    };
    paper.blocks.extend(replaced(&paper).map(Block::Text));
    Ok(paper)
}

/// A version's last time in force, and when that ended, if it has.
async fn time_in_force(tx: &mut Tx, hash: &Digest) -> Result<(InForce, Option<Timestamp>), Problem> {
    let all = Versions(tx).all().await?;
    let found = all.iter().find(|one| one.hash == *hash).ok_or(Problem::NotFound)?.clone();
    let ended = all.iter().find(|one| one.number == found.number + 1).map(|later| later.since);
    Ok((found, ended))
}

/// What whoever holds the paper has to know first: of which day it speaks, and whether the version is in force.
fn as_of(version: &InForce, ended: Option<Timestamp>, now: Timestamp) -> String {
    let day = |at| clock_words::day(day_in_london(at));
    let state = match ended {
        Some(ended) => format!(
            "Not in force any more since {}; it was in force from {}.",
            day(ended),
            clock_words::exact(version.since)
        ),
        None => format!("In force since {}.", clock_words::exact(version.since)),
    };
    format!("As of {}. {state} Version {}.", day(now), version.hash)
}

/// Which letters the paper writes otherwise, by their numbers: it cannot show them.
fn replaced(paper: &Paper) -> Option<String> {
    let one = |(letter, near): (char, String)| format!("“{near}” stands for U+{:04X}", u32::from(letter));
    let all: Vec<String> = paper.replaced().into_iter().map(one).collect();
    (!all.is_empty()).then(|| {
        format!(
            "The fonts of this paper lack some letters of its text, named here by their Unicode numbers: {}.",
            all.join(", ")
        )
    })
}

async fn review(tx: &mut Tx, app: &App) -> Result<String, Problem> {
    let clock = ReviewClock::read(tx, &app.settings.profile.on_paper()).await?;
    Ok(format!(
        "The policy was last reviewed {} by {}. The next review, by {}, is {}.",
        clock.last.said(),
        people_in_words(&clock.last_by),
        people_in_words(&clock.next_by),
        clock.in_words(day_in_london(app.clock.now()))
    ))
}

fn clauses(version: &Version, differences: Option<&[ClauseDifference]>, blocks: &mut Vec<Block>) {
    for clause in &version.clauses {
        blocks.push(Block::Heading(format!("{}. {}", clause.clause, clause.name)));
        blocks.push(Block::Text(clause.text.clone()));
        let rules = version.rules_of(clause.clause.number()).len();
        blocks.push(Block::Text(match rules {
            0 => "People keep it; in this version the program has no rules for it.".to_owned(),
            1 => "The program enforces it by one rule.".to_owned(),
            many => format!("The program enforces it by {many} rules."),
        }));
        let Some(differences) = differences else { continue };
        match differences.iter().find(|one| one.clause == clause.clause).filter(|one| one.is_changed()) {
            None => blocks.push(Block::Text("Unchanged.".to_owned())),
            Some(changed) => difference(changed, blocks),
        }
    }
}

fn difference(changed: &ClauseDifference, blocks: &mut Vec<Block>) {
    if changed.text.iter().any(Piece::is_changed) {
        blocks.push(Block::Text(format!("Changed: {}", plain(&changed.text))));
    }
    for rule in &changed.rules {
        blocks.push(Block::Text(match rule {
            RuleDifference::New(rule) => format!("A new rule ({}): {}.", rule.id, rule.say),
            RuleDifference::Gone(rule) => format!("A rule that is gone ({}): {}.", rule.id, rule.say),
            RuleDifference::Changed { id, says, otherwise } => {
                let more = if *otherwise { " It speaks in other cases than before." } else { "" };
                format!("A changed rule ({id}): {}.{more}", plain(says))
            }
        }));
    }
}

fn beside(changes: &Changes, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("What is different beside the clauses".to_owned()));
    for rule in &changes.other {
        blocks.push(Block::Text(format!("{}: {}. {}", rule.kind, rule.words.plain(), rule.more)));
    }
    for words in &changes.interpretations {
        blocks.push(Block::Text(format!("A word to be read in one way: {}", words.plain())));
    }
    if changes.facts {
        blocks.push(Block::Text("The list of facts that rules may ask for is another.".to_owned()));
    }
}

/// How the trust read the words of a version; for one that is not in force any more, as signed up to its end.
async fn readings(
    tx: &mut Tx,
    version: &Version,
    ended: Option<Timestamp>,
    blocks: &mut Vec<Block>,
) -> Result<(), Problem> {
    let all = Readings(tx).all().await?;
    let in_time = |reading: &&Reading| ended.is_none_or(|ended| reading.signed < ended);
    blocks.push(Block::Heading(match ended {
        Some(_) => "How the trust read its words until then".to_owned(),
        None => "How the trust reads its words".to_owned(),
    }));
    for one in &version.interpretations {
        let reading = all.get(&one.key).and_then(|readings| readings.iter().find(in_time));
        blocks.push(Block::Text(match (reading, ended) {
            (Some(reading), _) => super::quote(&one.key, reading),
            (None, Some(_)) => format!("“{}” had no signed reading.", one.word),
            (None, None) => format!("“{}” has no signed reading yet.", one.word),
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cleansheet_records::review::InForce;
    use cleansheet_terms::Digest;

    use super::{as_of, replaced};
    use crate::paper::{Block, Paper};

    #[test]
    fn a_paper_says_first_of_which_day_it_speaks_and_whether_it_is_in_force() {
        let at = |text: &str| text.parse().unwrap();
        let version = InForce { number: 1, hash: Digest::of(b"v"), since: at("2026-01-02T10:00:00Z") };
        let now = at("2026-11-26T12:00:00Z");
        let said = as_of(&version, None, now);
        assert!(said.starts_with("As of 26 November 2026. In force since 2 January 2026"), "{said}");
        let said = as_of(&version, Some(at("2026-03-04T10:00:00Z")), now);
        assert!(
            said.starts_with("As of 26 November 2026. Not in force any more since 4 March 2026;"),
            "{said}"
        );
    }

    #[test]
    fn letters_that_the_fonts_lack_are_named_by_their_numbers() {
        let blocks = vec![Block::Text("Nadolig Llawen o Dŷ Ddôl".to_owned())];
        let mut paper = Paper { title: String::new(), trust: String::new(), foot: String::new(), blocks };
        let said = replaced(&paper).unwrap();
        assert!(said.ends_with("“y” stands for U+0177."), "{said}");
        paper.blocks = vec![Block::Text("Nothing “foul”".to_owned())];
        assert_eq!(replaced(&paper), None);
    }
}
