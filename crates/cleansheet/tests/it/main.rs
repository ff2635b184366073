//! The pages and jobs of one trust: every route, every role, real requests; every job, with a clock that stands still.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops and says where"
)]

mod access;
mod accounts;
mod alike;
mod asking;
mod codes;
mod complaints;
mod confirm;
mod connecting;
mod cover;
mod dbs;
mod devices;
mod editing;
mod ending;
mod erasing;
mod families;
mod family_pages;
mod handed;
mod inventory;
mod jobs;
mod journey;
mod kept;
mod lending;
mod log;
mod mail;
mod news;
mod oidc;
mod old_posts;
mod overtaken;
mod pages;
mod people;
mod permission;
mod played;
mod policy_command;
mod policys_clock;
mod post;
mod protection;
mod push;
mod safety;
mod simulation;
mod site;
mod sweeping;
mod taking_down;
mod told;
mod trust;
mod uncertain;
mod watching;
mod ways;
mod wordings;
