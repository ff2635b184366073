//! How an article reads: headline, paragraphs, day.

use cleansheet_channels::website::{Article, Picture};
use cleansheet_terms::day_in_london;

/// Longest headline taken from the first line of a text, in letters.
const HEADLINE_LETTERS: usize = 90;

/// One article, ready for a page.
pub(super) struct Shown {
    pub(super) key: String,
    pub(super) headline: String,
    /// The words behind the headline.
    pub(super) paragraphs: Vec<String>,
    /// All the words, for readers of the feed.
    pub(super) words: Vec<String>,
    pub(super) pictures: Vec<Picture>,
    pub(super) instant: String,
    pub(super) day: String,
}

impl From<Article> for Shown {
    fn from(article: Article) -> Self {
        let words: Vec<String> =
            article.text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        let first = words.first().map_or("News", String::as_str);
        let (headline, rest) = headline(first);
        let rest = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
        let paragraphs = rest.into_iter().chain(words.iter().skip(1).cloned()).collect();
        Self {
            key: article.record_key,
            headline,
            paragraphs,
            words,
            pictures: article.pictures,
            instant: article.published.to_string(),
            day: day_in_london(article.published).strftime("%A %-d %B %Y").to_string(),
        }
    }
}

/// The first sentence of the first line, and what is left of that line; all of it when the sentence had to be cut.
fn headline(line: &str) -> (String, &str) {
    let end = line.find(['.', '!', '?']).map_or(line.len(), |end| end + 1);
    let (sentence, rest) = line.split_at(end);
    if sentence.chars().count() <= HEADLINE_LETTERS {
        return (sentence.to_owned(), rest.trim_start());
    }
    let cut: String = sentence.chars().take(HEADLINE_LETTERS).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    (format!("{cut}…"), line)
}

#[cfg(test)]
mod tests {
    use super::headline;

    #[test]
    fn a_headline_is_the_first_sentence_or_a_cut_at_a_word() {
        assert_eq!(
            headline("A first goal. Then it rained."),
            ("A first goal.".to_owned(), "Then it rained.")
        );
        assert_eq!(headline("A first goal"), ("A first goal".to_owned(), ""));
        let long = "word ".repeat(40);
        let (cut, rest) = headline(&long);
        assert!(cut.ends_with("word…") && rest == long && cut.chars().count() < 92);
    }
}
