//! Letters for those without a mail address: a link and a code on paper, each of which is nowhere else.

use cleansheet_terms::{Clock, Entropy, Timestamp};

use super::{
    AskError,
    ask::{most_rows, whole},
    who::{Frame, Listed, to_print},
};
use crate::{
    Secret,
    database::{StoreError, Tx, sql},
    invitations::{Invitations, Visitor},
};

/// One letter, as it is printed this once.
#[derive(Debug, Clone)]
pub struct Letter {
    /// To whom.
    pub visitor: Visitor,
    /// Their name.
    pub name: String,
    /// The language they read best.
    pub language: String,
    /// The names of those they answer for, so that somebody can hand it over.
    pub about: Vec<String>,
    /// The secret part of the link.
    pub link: Secret,
    /// Twelve digits.
    pub code: String,
}

/// How many letters are to be printed: one for each person, at most those of one go.
pub async fn letters_waiting(tx: &mut Tx, now: Timestamp) -> Result<(usize, bool), StoreError> {
    // Most of the time there is none, which an index says.
    let any = sql(
        "SELECT id FROM asking WHERE answered_ms IS NULL AND way = 'letter' AND printed_ms IS NULL LIMIT 1",
    );
    if tx.row(any).await?.is_none() {
        return Ok((0, false));
    }
    let Some(frame) = Frame::of(tx, now).await? else { return Ok((0, false)) };
    let (all, more) = whole(to_print(tx, &frame, most_rows()).await?);
    Ok((all.len(), more))
}

/// Makes the letters that are to be printed, those of one go. They are kept nowhere: a letter that is lost is asked for again.
pub async fn print_letters(
    tx: &mut Tx,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Letter>, AskError> {
    let frame = Frame::of(tx, clock.now()).await?.ok_or(AskError::NoWording)?;
    let (all, _) = whole(to_print(tx, &frame, most_rows()).await?);
    let mut letters = Vec::new();
    for (visitor, about) in all {
        let Some(first) = about.first() else { continue };
        let (link, code) = Invitations(tx).print(&visitor, clock, entropy).await?;
        let (name, language) = (first.visitor_name.clone(), first.language.clone());
        for one in &about {
            printed(tx, one, clock.now()).await?;
        }
        let about = about.into_iter().map(|one| one.name).collect();
        letters.push(Letter { visitor, name, language, about, link, code });
    }
    letters.sort_by(|one, other| (&one.about, &one.name).cmp(&(&other.about, &other.name)));
    Ok(letters)
}

async fn printed(tx: &mut Tx, one: &Listed, now: Timestamp) -> Result<(), StoreError> {
    // The week until a reminder begins when the letter is there.
    let note = sql("UPDATE asking SET printed_ms = $1, last_ms = $1
         WHERE participant_id = $2 AND visitor_id = $3 AND answered_ms IS NULL")
    .bind(now.as_millisecond())
    .bind(one.participant.as_str().to_owned())
    .bind(one.visitor.as_str().to_owned());
    tx.run(note).await?;
    Ok(())
}
