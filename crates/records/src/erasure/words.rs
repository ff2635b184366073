//! Words that name somebody who asked to be forgotten.

use cleansheet_screening::checks::is_word;
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

/// A text with every part of a name blotted out: as a word of its own, or inside one, as in a hashtag. Of `Will Park` only
/// what is written as a name goes.
pub(super) fn without(text: &str, name: &str) -> String {
    let parts: Vec<String> =
        words(name).map(|(_, part)| part.to_lowercase()).filter(|part| part.chars().count() > 1).collect();
    let (whole, words) = (parts.concat(), words(text).collect::<Vec<_>>());
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (at, (start, word)) in words.iter().enumerate() {
        out.push_str(text.get(end..*start).unwrap_or_default());
        let theirs = holds(word, &parts, &whole)
            || parts.contains(&word.to_lowercase())
                && (is_written_as_a_name(word) || is_joined(text, &words, at, &parts));
        out.push_str(if theirs { BLOT } else { word });
        end = start + word.len();
    }
    out.push_str(text.get(end..).unwrap_or_default());
    out
}

/// A longer word with the name in it.
fn holds(word: &str, parts: &[String], whole: &str) -> bool {
    let word = word.to_lowercase();
    let inside = |part: &str| part.chars().count() >= 5 && word.contains(part);
    parts.len() > 1 && inside(whole) || parts.iter().any(|part| inside(part) && !is_word(part))
}

/// Not an ordinary word, or one with a capital letter.
fn is_written_as_a_name(word: &str) -> bool {
    !is_word(&word.to_lowercase()) || word.starts_with(char::is_uppercase)
}

/// Hangs together with another part of the name, as in an address.
fn is_joined(text: &str, words: &[(usize, &str)], at: usize, parts: &[String]) -> bool {
    let end = |(start, word): &(usize, &str)| start + word.len();
    let joined = |first: usize| {
        let (Some(one), Some(next)) = (words.get(first), words.get(first + 1)) else { return false };
        let both = [one, next].iter().all(|(_, word)| parts.contains(&word.to_lowercase()));
        both && text.get(end(one)..next.0).is_some_and(|gap| !gap.contains(char::is_whitespace))
    };
    joined(at) || at.checked_sub(1).is_some_and(joined)
}

/// The words of a text and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end + text.get(end..)?.find(char::is_alphanumeric)?;
        let word = text.get(start..)?;
        let length = word.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(word.len());
        end = start + length;
        Some((start, word.get(..length)?))
    })
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
        own_words(tx, &post, name).await?;
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

/// What accounts say of their own. How a text was cut into posts is forgotten with it.
async fn own_words(tx: &mut Tx, post: &PostId, name: &str) -> Result<(), StoreError> {
    let found = sql("SELECT channel_id AS id, text, thread FROM post_words WHERE post_id = $1");
    for row in tx.rows(found.bind(post.as_str().to_owned())).await? {
        let (text, thread) = (row.maybe_text("text")?, row.maybe_text("thread")?);
        if [&text, &thread].into_iter().flatten().any(|words| names(words, name)) {
            let put =
                sql("UPDATE post_words SET text = $1, thread = NULL WHERE post_id = $2 AND channel_id = $3")
                    .bind(text.map(|text| without(&text, name)))
                    .bind(post.as_str().to_owned())
                    .bind(row.text("id")?);
            tx.run(put).await?;
        }
    }
    Ok(())
}

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

    #[test]
    fn an_ordinary_word_is_blotted_out_where_it_is_written_as_a_name() {
        for (text, expected) in [
            ("We will park by the hall. Will parks?", "We will park by the hall. … parks?"),
            ("Will Park will park. #WillPark", "… … will park. #…"),
            ("Thanks, Park!", "Thanks, …!"),
            (
                "/news/will-park-scores /news/parking-will-be-free",
                "/news/…-…-scores /news/parking-will-be-free",
            ),
        ] {
            assert_eq!(without(text, "Will Park"), expected);
        }
        assert_eq!(without("hunters and Hunter, hunter1", "Hunter Asham"), "hunters and …, hunter1");
    }
}
