//! Puts words in force that people are asked in: those that come with the program, or the trust's own.

use cleansheet_locales::{KEYS, Language, Reader, Words, WordsError, compose, shipped};
use cleansheet_records::{
    Tx,
    consents::{ConsentError, Edition, Editions, NewEdition},
};
use cleansheet_terms::{Clock, EditionId, Entropy, Network, PersonId};

/// The texts in which networks are named.
const OF_NETWORKS: [&str; 2] = ["q-news-social", "q-promotion-social"];

/// Why words are not put in force.
#[derive(Debug, thiserror::Error)]
pub enum WordingError {
    /// Nobody could be shown them.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// The records.
    #[error(transparent)]
    Consent(#[from] ConsentError),
}

/// Puts the program's English words in force, with its translations, in which nobody is asked until they are approved.
pub async fn put_shipped_in_force(
    tx: &mut Tx,
    by: Option<&PersonId>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<EditionId, WordingError> {
    let words = Reader::ALL.map(|reader| (reader, shipped(reader, Language::English).to_owned()));
    let id = put_in_force(tx, words, by, clock, entropy).await?;
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        for reader in Reader::ALL {
            let text = shipped(reader, language);
            Editions(tx).add_translation(&id, reader, language.code(), text, clock).await?;
        }
    }
    Ok(id)
}

/// Puts English words in force. They are about those networks that they name to every reader. Words that are in force stay
/// so, with their translations: nobody is asked anew for nothing.
pub async fn put_in_force(
    tx: &mut Tx,
    words: [(Reader, String); 3],
    by: Option<&PersonId>,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<EditionId, WordingError> {
    let networks = networks_in(&words)?;
    let before = Editions(tx).in_force().await.map_err(ConsentError::from)?;
    if let Some(before) = before.filter(|before| says(before, &words)) {
        return Ok(before.id);
    }
    let [guardian, child, adult] = &words;
    let words = [guardian, child, adult].map(|(reader, text)| (*reader, text.as_str()));
    let new = NewEdition { words, networks: &networks, by };
    Ok(Editions(tx).put_in_force(&new, clock, entropy).await?)
}

/// Whether the program has come with other English words since.
pub fn differs_from_shipped(edition: &Edition) -> bool {
    !says(edition, &Reader::ALL.map(|reader| (reader, shipped(reader, Language::English).to_owned())))
}

/// Whether these are its English words.
fn says(edition: &Edition, words: &[(Reader, String); 3]) -> bool {
    let same = |(reader, text): &(Reader, String)| {
        edition.wording(*reader, Language::English.code()).is_some_and(|wording| wording.text == *text)
    };
    words.iter().all(same)
}

/// Puts a wording together from what a form sent for each text.
pub fn from_form(language: Language, text_of: impl Fn(&str) -> String) -> Result<String, WordsError> {
    compose(language, &KEYS.map(|key| (key, text_of(key))))
}

/// The website, which every wording speaks of, and each network that all readers are told of by name.
fn networks_in(words: &[(Reader, String); 3]) -> Result<Vec<Network>, WordsError> {
    let mut named = Vec::new();
    for (_, text) in words {
        let words = Words::parse(Language::English, text)?;
        for key in OF_NETWORKS {
            let text = words.sources().iter().find(|(name, _)| *name == key);
            named.push(text.map(|(_, text)| text.clone()).unwrap_or_default());
        }
    }
    let is_named = |network: &Network| {
        let name = name(*network);
        named.iter().all(|text| text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == name))
    };
    Ok(Network::ALL.into_iter().filter(|network| *network == Network::Website || is_named(network)).collect())
}

fn name(network: Network) -> &'static str {
    match network {
        Network::Website => "website",
        Network::X => "X",
        Network::Facebook => "Facebook",
        Network::Instagram => "Instagram",
        Network::Mastodon => "Mastodon",
        Network::Bluesky => "Bluesky",
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_locales::{Language, Reader, shipped};
    use cleansheet_terms::Network;

    use super::networks_in;

    #[test]
    fn words_are_about_the_networks_they_name_to_everybody() {
        let words = Reader::ALL.map(|reader| (reader, shipped(reader, Language::English).to_owned()));
        assert_eq!(networks_in(&words).unwrap(), Network::ALL);
        let mut fewer = words.clone();
        fewer[1].1 = fewer[1].1.replacen("Facebook, ", "", 1);
        fewer[2].1 = fewer[2].1.replace(", X,", ",");
        let named = networks_in(&fewer).unwrap();
        assert_eq!(named, [Network::Website, Network::Instagram, Network::Mastodon, Network::Bluesky]);
    }
}
