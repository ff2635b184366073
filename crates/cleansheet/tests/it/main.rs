//! The pages and jobs of one trust: every route, every role, real requests; every job, with a clock that stands still.

mod access;
mod guardians;
mod jobs;
mod journey;
mod news;
mod pages;
mod policy_command;
mod post;
mod safety;
mod site;
mod trust;
