//! The program: pages, jobs, command line, configuration. Rules live in the crates below; this one connects them.

pub mod app;
pub mod cli;
pub mod connections;
pub mod demo;
pub mod jobs;
pub mod keys;
pub mod ledger_files;
pub mod lock;
pub mod mail_server;
pub mod outside;
pub mod profile;
pub mod steady;
pub mod system;
pub mod trouble;
pub mod web;
