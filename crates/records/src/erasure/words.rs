//! Words that name somebody who asked to be forgotten.

use cleansheet_terms::{ParticipantId, PostId};

use super::posts_about;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
};

/// What stands where a name stood.
const BLOT: &str = "…";

/// Whether a text has any part of a name as a word, or the whole of it inside one.
pub(super) fn names(text: &str, name: &str) -> bool {
    without(text, name) != text
}

/// A text with every part of a name blotted out: as a word of its own, or inside one, as in a hashtag.
pub(super) fn without(text: &str, name: &str) -> String {
    let parts: Vec<String> =
        words(name).map(str::to_lowercase).filter(|part| part.chars().count() > 1).collect();
    let whole = parts.concat();
    let is_theirs = |word: &str| {
        let word = word.to_lowercase();
        let inside = |part: &String| part.chars().count() >= 5 && word.contains(part.as_str());
        parts.contains(&word)
            || whole.chars().count() >= 5 && word.contains(&whole)
            || parts.iter().any(inside)
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let (between, from) = rest.split_at(start);
        let end = from.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        out.push_str(between);
        out.push_str(if is_theirs(word) { BLOT } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Blots a name out of every post that could have said it: words, alt texts, file names, what was screened and frozen.
pub(super) async fn blot_out(tx: &mut Tx, id: &ParticipantId, name: &str) -> Result<(), StoreError> {
    for post in posts_about(tx, id).await? {
        for (select, update) in TEXTS {
            let found = tx.rows(sql(select).bind(post.as_str().to_owned())).await?;
            for row in found {
                let (of, text) = (row.text("id")?, row.text("text")?);
                if names(&text, name) {
                    tx.run(sql(update).bind(without(&text, name)).bind(of)).await?;
                }
            }
        }
        frozen(tx, &post, name).await?;
        let screened = sql("DELETE FROM words_screened WHERE post_id = $1");
        tx.run(screened.bind(post.as_str().to_owned())).await?;
    }
    Ok(())
}

/// Blots a name out of what we keep of posts from before this program, tagged or not: what is public is not ours to change.
/// Where one that is gone was, may name somebody too.
pub(super) async fn blot_out_old(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    for (select, update) in OLD_TEXTS {
        for row in tx.rows(sql(select)).await? {
            let (of, text) = (row.text("id")?, row.text("text")?);
            if names(&text, name) {
                tx.run(sql(update).bind(without(&text, name)).bind(of)).await?;
            }
        }
    }
    let gone = sql("SELECT id, remote || ' ' || url AS text FROM old_post WHERE state = 'gone'");
    for row in tx.rows(gone).await? {
        if names(&row.text("text")?, name) {
            let forget = sql("UPDATE old_post SET remote = id, url = '' WHERE id = $1");
            tx.run(forget.bind(row.text("id")?)).await?;
        }
    }
    Ok(())
}

const OLD_TEXTS: [(&str, &str); 2] = [
    ("SELECT id, text FROM old_post", "UPDATE old_post SET text = $1 WHERE id = $2"),
    ("SELECT id, alt_text AS text FROM old_picture", "UPDATE old_picture SET alt_text = $1 WHERE id = $2"),
];

const TEXTS: [(&str, &str); 4] = [
    ("SELECT id, caption AS text FROM post WHERE id = $1", "UPDATE post SET caption = $1 WHERE id = $2"),
    (
        "SELECT id, COALESCE(returned_note, '') AS text FROM post WHERE id = $1",
        "UPDATE post SET returned_note = $1 WHERE id = $2",
    ),
    (
        "SELECT id, alt_text AS text FROM photo WHERE post_id = $1",
        "UPDATE photo SET alt_text = $1 WHERE id = $2",
    ),
    (
        "SELECT id, given_name AS text FROM photo WHERE post_id = $1",
        "UPDATE photo SET given_name = $1 WHERE id = $2",
    ),
];

/// What was published and is gone keeps its hash and loses its words.
async fn frozen(tx: &mut Tx, post: &PostId, name: &str) -> Result<(), StoreError> {
    let found =
        sql("SELECT id, payload FROM release_order WHERE post_id = $1 AND state IN ('stopped', 'gone')");
    for row in tx.rows(found.bind(post.as_str().to_owned())).await? {
        if names(&row.text("payload")?, name) {
            let empty = sql("UPDATE release_order SET payload = '' WHERE id = $1");
            tx.run(empty.bind(row.text("id")?)).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{names, without};

    #[test]
    fn a_name_is_blotted_out_wherever_it_stands() {
        for (text, expected) in [
            ("Asha scored, and Asha Verma's friends cheered.", "… scored, and … …'s friends cheered."),
            ("#AshaVerma and #verma7 #Ashamed", "#… and #… #Ashamed"),
            ("ASHA, asha; Vermaelen", "…, …; …"),
            ("Nobody here", "Nobody here"),
            ("", ""),
        ] {
            assert_eq!(without(text, "Asha Verma"), expected);
            assert_eq!(names(text, "Asha Verma"), text != expected);
        }
        assert_eq!(without("Zoë-Ann O’Neil played", "Zoë-Ann O’Neil"), "…-… O’… played");
    }
}
