//! The demo: an invented trust that lives in a throw-away folder, and the story that plays the main job in the
//! terminal.

mod browser;
mod fill;
mod people;
mod story;
mod visit;

pub use fill::{FillError, Filled, Link, fill};
pub use story::{Stage, StoryError, play, verified};
