//! The paper of a version: what the pages say, in one document.

use cleansheet_policy::{ClauseDifference, INTERPRETATIONS, Piece, RuleDifference, Version, plain};
use cleansheet_records::{
    Tx,
    review::{Readings, ReviewClock, Versions},
};
use cleansheet_terms::{Digest, day_in_london};

use super::{changes::Changes, people_in_words, versions::reviewed};
use crate::{
    app::App,
    paper::{Block, Paper},
    web::{Problem, clock_words},
};

/// Everything that the paper of a version says.
pub(super) async fn paper(tx: &mut Tx, app: &App, hash: &Digest) -> Result<Paper, Problem> {
    let trust = app.settings.profile.trust.name.clone();
    let found =
        Versions(tx).all().await?.into_iter().find(|one| one.hash == *hash).ok_or(Problem::NotFound)?;
    let version = Versions(tx).whole(hash).await?.ok_or(Problem::NotFound)?;
    let before = Versions(tx).before(hash).await?;
    let mut blocks = vec![
        Block::Title(format!("{trust}: social media, internet and image policy")),
        Block::Text(format!("In force since {}. Version {hash}.", clock_words::exact(found.since))),
    ];
    for one in reviewed(tx, hash).await? {
        blocks.push(Block::Text(format!("{one}.")));
    }
    blocks.push(Block::Text(review(tx, app).await?));
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
    readings(tx, &mut blocks).await?;
    blocks.push(Block::Heading("How to check this paper".to_owned()));
    blocks.push(Block::Text(format!(
        "It is signed with the trust’s own certificate, whose SHA-256 fingerprint is {}. The trust’s program shows the same \
         fingerprint beside the list of papers, and its ledger has an entry for the SHA-256 of this file.",
        app.seal.fingerprint()
    )));
    let short: String = hash.to_string().chars().take(12).collect();
    Ok(Paper {
        title: format!("The policy of {trust}, version {short}"),
        foot: format!("{trust} · policy version {short}"),
        trust,
        blocks,
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

async fn readings(tx: &mut Tx, blocks: &mut Vec<Block>) -> Result<(), Problem> {
    let in_force = Readings(tx).in_force().await?;
    blocks.push(Block::Heading("How the trust reads its words".to_owned()));
    for one in INTERPRETATIONS {
        blocks.push(Block::Text(match in_force.get(one.key) {
            Some(reading) => super::quote(one.key, reading),
            None => format!("“{}” (clause {}) has no signed reading yet.", one.word, one.clause),
        }));
    }
    Ok(())
}
