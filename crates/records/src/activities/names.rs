//! Names as they are compared: without case, accents, dashes and the order of their parts.

use cleansheet_screening::normal::Normal;

use super::{Activities, Participant};
use crate::database::StoreError;

impl Activities<'_> {
    /// Those whose name has each of the words in it, in whatever order and however it is accented, or whose reference it is;
    /// by name. Without words: everybody.
    pub async fn find(&mut self, words: &str) -> Result<Vec<Participant>, StoreError> {
        let words = folded(words);
        let fits = |one: &(String, Participant)| {
            words.split(' ').all(|word| one.0.contains(word)) || folded(&one.1.reference) == words
        };
        let all = self.participants().await?;
        let mut named: Vec<(String, Participant)> =
            all.into_iter().map(|one| (folded(&one.name), one)).collect();
        named.retain(|one| words.is_empty() || fits(one));
        named.sort_by(|a, b| (&a.0, &a.1.id).cmp(&(&b.0, &b.1.id)));
        Ok(named.into_iter().map(|(_, one)| one).collect())
    }
}

/// A name as it is searched and compared: lower case, without accents, its parts with one space between.
pub fn folded(name: &str) -> String {
    let folded = Normal::of(name).text().to_lowercase().replace('\'', "");
    let parts: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Two folded names with the same parts, in whatever order.
pub(crate) fn same_parts(one: &str, other: &str) -> bool {
    let sorted = |name: &str| {
        let mut parts: Vec<String> = name.split(' ').map(str::to_owned).collect();
        parts.sort();
        parts
    };
    one == other || (one.len() == other.len() && sorted(one) == sorted(other))
}

/// Two folded names that one slip of a finger makes the same: a letter more, less, wrong, or two that changed places.
pub(crate) fn one_slip_apart(one: &str, other: &str) -> bool {
    let (one, other) = between_same_ends(one, other);
    let (mut one, mut other) = (one.chars(), other.chars());
    match ([one.next(), one.next(), one.next()], [other.next(), other.next(), other.next()]) {
        ([_, None, _], [_, None, _]) => true,
        ([Some(a), Some(b), None], [Some(c), Some(d), None]) => (a, b) == (d, c),
        _ => false,
    }
}

/// What is left of two texts without the letters they begin and end with alike.
fn between_same_ends<'n>(one: &'n str, other: &'n str) -> (&'n str, &'n str) {
    fn alike(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
        one.zip(other).take_while(|(a, b)| a == b).map(|(letter, _)| letter.len_utf8()).sum()
    }
    let start = alike(one.chars(), other.chars());
    let rest = |text: &'n str| text.get(start..).unwrap_or_default();
    let (one, other) = (rest(one), rest(other));
    let end = alike(one.chars().rev(), other.chars().rev());
    let middle = |text: &'n str| text.get(..text.len() - end).unwrap_or_default();
    (middle(one), middle(other))
}

#[cfg(test)]
mod tests {
    use super::{folded, one_slip_apart, same_parts};

    #[test]
    fn names_are_compared_without_what_people_write_differently() {
        assert_eq!(folded(" Zoë  O’Brien-WRÓNA "), "zoe obrien wrona");
        assert!(same_parts(&folded("Verma, Asha"), &folded("asha verma")));
        assert!(!same_parts("asha verma", "asha verna"));
        assert!(!same_parts("ann a", "anna"));
    }

    #[test]
    fn one_slip_is_one_letter_more_less_wrong_or_swapped() {
        for (one, other, near) in [
            ("leo hartwell", "leo hartwell", true),
            ("leo hartwell", "leo hartwel", true),
            ("leo hartwell", "lea hartwell", true),
            ("leo hartwell", "loe hartwell", true),
            ("leo hartwell", "xleo hartwell", true),
            ("leo hartwell", "leo hartwells", true),
            ("leo hartwell", "leo hartwlel", true),
            ("leo hartwell", "leo hartwlles", false),
            ("leo hartwell", "lea hartwel", false),
            ("leo", "mia", false),
            ("", "a", true),
            ("", "ab", false),
            ("łukasz", "lukasz", true),
            ("annna", "anna", true),
            ("anna", "aanan", false),
            ("ab", "ba", true),
            ("abc", "cba", false),
            ("aa", "bb", false),
            ("çelik", "celik", true),
        ] {
            assert_eq!(one_slip_apart(one, other), near, "{one} {other}");
            assert_eq!(one_slip_apart(other, one), near, "{other} {one}");
        }
    }
}
