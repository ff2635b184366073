//! The children: one that decodes a single photo, one that holds the models. Both lock themselves down.

use std::process::ExitCode;

/// What `cleansheet screen-worker ARGS` does.
pub fn child_main(_args: &[String]) -> ExitCode {
    ExitCode::from(2)
}
