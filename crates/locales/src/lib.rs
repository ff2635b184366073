//! Words for families: the languages, the texts of their pages and mails, and the words they are asked in.
//!
//! Texts are Fluent files in `locales/`, embedded and read once. What a text lacks in a language is said in English. Every
//! value that is put into a text is isolated, so that a name of another direction turns nothing around.

mod dates;
mod language;
mod reader;
mod texts;
mod words;

pub use dates::{date, exact, moment};
pub use language::{Language, UnknownLanguage};
pub use reader::{Reader, UnknownReader};
pub use texts::{Saying, Texts, texts};
pub use words::{KEYS, Said, Words, WordsError, compose, shipped};
