//! Posts, as staff see them: the list, a new one, the draft, what became of it, the second person's look.

pub(super) mod approve;
pub(super) mod calendar;
mod desk;
pub(super) mod edit;
pub(super) mod ending;
mod faces;
pub(super) mod list;
mod looks;
pub(super) mod new;
pub(super) mod picture;
mod says;
pub(super) mod show;
pub(super) mod uncertain;
mod when;
mod words;

pub(super) use words::title;
