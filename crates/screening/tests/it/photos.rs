//! What the screener makes of children that are not what they should be. With the real ones it is tested from the
//! outside, in `tests/photos`.

use cleansheet_screening::photo::{PhotoError, PhotoScreener, Settings};

fn start(program: &str) -> PhotoError {
    let models = tempfile::tempdir().unwrap();
    PhotoScreener::start(Settings {
        program: program.into(),
        models: models.path().to_owned(),
        threads: 1,
        at_once: 2,
        gently: true,
    })
    .unwrap_err()
}

#[test]
fn a_program_that_is_not_there_is_said_so() {
    assert!(start("/no/such/program").to_string().contains("/no/such/program"));
}

#[test]
fn a_worker_that_ends_at_once_or_talks_nonsense_is_no_worker() {
    for program in ["/bin/true", "/bin/false", "/bin/echo"] {
        assert!(matches!(start(program), PhotoError::Models(_)), "{program}");
    }
}
