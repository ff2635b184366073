//! Activities and their rosters: who may be in the picture.

pub(super) mod list;
pub(super) mod show;
