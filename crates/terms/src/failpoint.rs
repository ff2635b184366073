/// Names a place where a crash would hurt most. With the feature `failpoints` the process ends here, at once and
/// without cleaning up, when the environment's `CLEANSHEET_FAILPOINT` is this name; without it, nothing is built.
///
/// The crash runs kill the program at every such place and look whether anything was lost or published twice. When
/// `CLEANSHEET_STANDSTILL` is the name, the program rests here for two seconds instead: long enough to be stopped from
/// outside exactly here.
#[inline]
pub fn failpoint(name: &str) {
    #[cfg(feature = "failpoints")]
    if std::env::var_os("CLEANSHEET_FAILPOINT").is_some_and(|wanted| wanted == name) {
        std::process::abort();
    }
    #[cfg(feature = "failpoints")]
    if std::env::var_os("CLEANSHEET_STANDSTILL").is_some_and(|wanted| wanted == name) {
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
    #[cfg(not(feature = "failpoints"))]
    let _ = name;
}
