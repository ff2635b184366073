//! What was public before this program came: imported, tagged, taken down.

pub(super) mod list;
mod people;
pub(super) mod review;

use cleansheet_records::old_posts::{OldPost, OldState, Word};

use super::clock_words;

/// When it was published, for people.
fn published(post: &OldPost) -> String {
    post.published
        .map_or_else(|| "no date".to_owned(), |at| clock_words::day(cleansheet_terms::day_in_london(at)))
}

/// State and word of a pill.
fn stands(post: &OldPost) -> (&'static str, &'static str) {
    match (post.state, post.word) {
        (OldState::TakingDown, _) => ("hold", "Being taken down"),
        (OldState::Gone, _) => ("ok", "Gone"),
        (OldState::Public, Word::Nothing) => ("hold", "To do"),
        (OldState::Public, Word::Asked) => ("seal", "For the safeguarding lead"),
        (OldState::Public, Word::Shown) => ("note", "Somebody is shown"),
        (OldState::Public, Word::Nobody) => ("ok", "Nobody of ours"),
    }
}

/// A post without words is known by what it is.
fn title(post: &OldPost) -> String {
    match (post.text.trim().is_empty(), &post.shares) {
        (false, _) => super::posts::title(&post.text),
        (true, Some(_)) => "Somebody else’s post, shown again".to_owned(),
        (true, None) => "A post without words".to_owned(),
    }
}

/// One old post in somebody's list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) state: &'static str,
    pub(super) word: &'static str,
}

/// An old post as a line among others.
pub(super) fn row(post: &OldPost) -> Row {
    let (state, word) = stands(post);
    let about = format!("{} · {}", post.channel_name, published(post));
    Row { id: post.id.to_string(), title: title(post), about, state, word }
}
