//! Words and photos: what is in them, and what to do about it.
//!
//! No database and no network. The words half: [`text`] is the way in, [`checks`] holds one file for each question.

pub mod checks;
pub mod finding;
mod lexicon;
pub mod material;
pub mod normal;
pub mod reading;
pub mod text;
