//! Words and photos: what is in them, and what to do about it.
//!
//! No database and no network. The words half: [`text`] is the way in, [`checks`] holds one file for each question.
//! The photo half: [`photo`] is the way in, [`worker`] the locked-down children behind it, [`models`] what they need.

pub mod checks;
pub mod finding;
mod lexicon;
pub mod material;
pub mod models;
pub mod normal;
pub mod photo;
pub mod reading;
pub mod text;
pub mod worker;
