//! The languages families read.

use std::fmt;

/// A language with texts in `locales/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// What everything is written in first.
    #[default]
    English,
    /// Polish.
    Polish,
    /// Romanian.
    Romanian,
    /// Portuguese.
    Portuguese,
    /// Ukrainian.
    Ukrainian,
    /// Urdu, from right to left.
    Urdu,
    /// Arabic, from right to left.
    Arabic,
    /// Bengali.
    Bengali,
}

/// A text that names no language of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are no texts in `{0}`")]
pub struct UnknownLanguage(pub String);

impl Language {
    /// All of them, in the order of the links above every page.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::Polish,
        Self::Romanian,
        Self::Portuguese,
        Self::Ukrainian,
        Self::Urdu,
        Self::Arabic,
        Self::Bengali,
    ];

    /// As stored, and as pages and folders name it (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Polish => "pl",
            Self::Romanian => "ro",
            Self::Portuguese => "pt",
            Self::Ukrainian => "uk",
            Self::Urdu => "ur",
            Self::Arabic => "ar",
            Self::Bengali => "bn",
        }
    }

    /// As those who speak it call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Polish => "Polski",
            Self::Romanian => "Română",
            Self::Portuguese => "Português",
            Self::Ukrainian => "Українська",
            Self::Urdu => "اردو",
            Self::Arabic => "العربية",
            Self::Bengali => "বাংলা",
        }
    }

    /// As English calls it, for staff.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Polish => "Polish",
            Self::Romanian => "Romanian",
            Self::Portuguese => "Portuguese",
            Self::Ukrainian => "Ukrainian",
            Self::Urdu => "Urdu",
            Self::Arabic => "Arabic",
            Self::Bengali => "Bengali",
        }
    }

    /// `ltr` or `rtl`.
    pub fn direction(self) -> &'static str {
        match self {
            Self::Urdu | Self::Arabic => "rtl",
            Self::English
            | Self::Polish
            | Self::Romanian
            | Self::Portuguese
            | Self::Ukrainian
            | Self::Bengali => "ltr",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|one| one.code() == text).ok_or_else(|| UnknownLanguage(text.to_owned()))
    }

    /// The language a browser asks for first (`Accept-Language`), of those we have.
    pub fn wished(header: &str) -> Option<Self> {
        let mut wishes: Vec<(f32, Self)> = header.split(',').filter_map(wish).collect();
        wishes.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        wishes.first().map(|(_, language)| *language)
    }

    /// Numbers as this language writes them.
    pub fn digits(self, text: &str) -> String {
        if self != Self::Bengali {
            return text.to_owned();
        }
        let bengali = |letter: char| letter.to_digit(10).and_then(|digit| char::from_u32(0x09e6 + digit));
        text.chars().map(|letter| bengali(letter).unwrap_or(letter)).collect()
    }
}

/// `pl-PL;q=0.8` of a header.
fn wish(text: &str) -> Option<(f32, Language)> {
    let (tag, weight) = text.trim().split_once(";q=").unwrap_or((text.trim(), "1"));
    let language = Language::parse(&tag.split('-').next()?.to_ascii_lowercase()).ok()?;
    let weight: f32 = weight.trim().parse().ok()?;
    (weight > 0.0).then_some((weight, language))
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_browsers_first_wish_that_we_have_counts() {
        let wished = Language::wished;
        assert_eq!(wished("pl-PL,pl;q=0.9,en;q=0.8"), Some(Language::Polish));
        assert_eq!(wished("fr,ur;q=0.4,en-GB;q=0.7"), Some(Language::English));
        assert_eq!(wished("bn"), Some(Language::Bengali));
        for nothing in ["", "fr", "*", "en;q=0", "en;q=x", ";;q=1"] {
            assert_eq!(wished(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn bengali_has_digits_of_its_own() {
        assert_eq!(Language::Bengali.digits("21: 12"), "২১: ১২");
        assert_eq!(Language::Urdu.digits("21"), "21");
    }
}
