//! Posts, as staff see them: the list, a new one, the draft, what became of it, the second person's look.

pub(super) mod approve;
mod desk;
pub(super) mod edit;
pub(super) mod ending;
mod faces;
pub(super) mod list;
pub(super) mod new;
pub(super) mod picture;
mod says;
pub(super) mod show;
pub(super) mod uncertain;
mod words;

pub(super) use words::title;
