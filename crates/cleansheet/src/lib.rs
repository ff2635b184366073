//! The program: pages, jobs, command line, configuration. Rules live in the crates below; this one connects them.

pub mod app;
pub mod backup;
pub mod cli;
pub mod connections;
pub mod demo;
pub mod doctor;
pub mod health;
pub mod jobs;
pub mod kept;
pub mod keys;
pub mod ledger_files;
pub mod lock;
pub mod log;
pub mod mail_server;
pub mod metrics;
pub mod oidc_settings;
pub mod outside;
pub mod pictures;
pub mod profile;
pub mod s3;
pub mod sheets;
pub mod steady;
pub mod system;
pub mod trouble;
pub mod web;
pub mod witness;
