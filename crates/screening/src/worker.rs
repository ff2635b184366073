//! The children: one that decodes a single photo, one that holds the models. Both lock themselves down.
//!
//! ```text
//! PhotoScreener ──bytes of one photo──► decode child     decoder code meets hostile bytes here, and nowhere else
//!       │       ◄──pixels, or a code────┘  ▲
//!       │       ───boxes to cover──────────┘             the copy is made from the same pixels
//!       └──pixels──► model worker ──boxes, score──►      loads ONNX Runtime and models first, then locks itself down
//! ```
//!
//! What comes out of a child is never trusted: numbers are checked, pixels are pixels, and there is no text in it.

use std::process::ExitCode;

mod decoder;
pub(crate) mod lockdown;
mod models;
mod sessions;
pub(crate) mod wire;

/// The child could not lock itself down, so it read nothing.
pub(crate) const UNPROTECTED: u8 = 3;

/// What the decode child is called on its command line.
pub(crate) const DECODE: &str = "decode";

/// What the model worker is called on its command line.
pub(crate) const MODELS: &str = "models";

/// What comes first on the command line of a child that stands back for others.
pub(crate) const GENTLY: &str = "gently";

/// How far the children stand back when others want the processor (0..=19).
const NICENESS: i32 = 10;

/// What `cleansheet screen-worker ARGS` does: `decode`, or `models FOLDER THREADS`, each after `gently` or not. Only
/// [`crate::photo::PhotoScreener`] starts it; its standard input and output speak `wire`.
pub fn child_main(args: &[String]) -> ExitCode {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let args = match args.as_slice() {
        [GENTLY, rest @ ..] => {
            // Where it cannot be had, screening is only less polite.
            let _ = rustix::process::nice(NICENESS);
            rest
        }
        all => all,
    };
    match args {
        [DECODE] => decoder::run(),
        [MODELS, folder, threads] => models::run(folder.as_ref(), threads.parse().unwrap_or(1)),
        _ => ExitCode::from(2),
    }
}
