//! What a browser calls itself, in words that its person knows it by.

/// `Firefox on Windows` out of what a browser says of itself; what is not known is "a browser" or "a device". It is a
/// help to recognise one's own devices, never a reason to let somebody in: anybody can claim anything here.
pub fn device_words(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)], unknown: &'static str| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map_or(unknown, |(_, name)| *name)
    };
    let browser = first(&BROWSERS, "a browser");
    let system = first(&SYSTEMS, "a device");
    match (browser, system) {
        ("a browser", "a device") => "A browser that does not say what it is".to_owned(),
        ("a browser", system) => format!("A browser on {system}"),
        (browser, "a device") => browser.to_owned(),
        (browser, system) => format!("{browser} on {system}"),
    }
}

/// In this order: nearly every browser also claims to be the ones below it.
const BROWSERS: [(&str, &str); 12] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "A program"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::device_words;

    #[test]
    fn a_device_is_named_as_its_person_would() {
        let safari = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1";
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0";
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0".into(),
                "Firefox on Windows",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Safari/537.36"),
                "Chrome on Windows",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Safari/537.36 Edg/142.0.0.0"),
                "Edge on Windows",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {chrome} Mobile Safari/537.36"),
                "Chrome on Android",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {chrome} Mobile Safari/537.36 EdgA/142.0.0.0"),
                "Edge on Android",
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 14; SM-A546B) SamsungBrowser/27.0 {chrome} Mobile Safari/537.36"
                ),
                "Samsung Internet on Android",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {safari} Mobile/15E148 Safari/604.1"
                ),
                "Safari on an iPhone",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {safari} CriOS/142.0 Mobile/15E148 Safari/604.1"
                ),
                "Chrome on an iPhone",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {safari} FxiOS/145.0 Mobile/15E148 Safari/605.1.15"
                ),
                "Firefox on an iPhone",
            ),
            (
                format!("Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) {safari} Mobile/15E148 Safari/604.1"),
                "Safari on an iPad",
            ),
            (
                format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {safari} Safari/605.1.15"),
                "Safari on a Mac",
            ),
            (
                format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {chrome} Safari/537.36"),
                "Chrome on a Chromebook",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36"
                    .into(),
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".into(),
                "Firefox on Linux",
            ),
            ("curl/8.5.0".into(), "A program"),
            ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko".into(), "A browser on Windows"),
            (String::new(), "A browser that does not say what it is"),
            ("<script>alert(1)</script>".into(), "A browser that does not say what it is"),
        ];
        for (said, words) in cases {
            assert_eq!(device_words(&said), words, "{said}");
        }
    }
}
