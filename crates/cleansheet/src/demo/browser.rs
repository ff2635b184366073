//! A person of the story with a browser: cookies, forms with their tokens, and what a page says.

use std::{collections::BTreeMap, io, net::SocketAddr};

use super::visit::{Page, ask};

/// One browser.
pub(super) struct Browser {
    at: SocketAddr,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// What a page of ours said the policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) clause: u8,
    pub(super) say: String,
    pub(super) remedy: String,
}

/// Divides the parts of a form with a file.
const EDGE: &str = "----cleansheet-story-7d1f0c";

impl Browser {
    /// - `origin`: the address that people use, which forms say they come from.
    pub(super) fn new(at: SocketAddr, origin: &str) -> Self {
        Self { at, origin: origin.to_owned(), cookies: BTreeMap::new() }
    }

    pub(super) async fn get(&mut self, path: &str) -> io::Result<Page> {
        self.send("GET", path, "", &[]).await
    }

    /// Sends the form of a page as its button would.
    pub(super) async fn press(
        &mut self,
        page: &Page,
        path: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Page> {
        let token = token(page);
        let fields = [("csrf", token.as_str())].into_iter().chain(fields.iter().copied());
        let body: Vec<String> = fields.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send("POST", path, kind, body.join("&").as_bytes()).await
    }

    /// Sends a form that may hold a photo.
    pub(super) async fn upload(
        &mut self,
        page: &Page,
        path: &str,
        fields: &[(&str, &str)],
        photo: Option<(&str, &[u8])>,
    ) -> io::Result<Page> {
        let token = token(page);
        let mut body = Vec::new();
        for (name, value) in [("csrf", token.as_str())].iter().chain(fields) {
            let part =
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        if let Some((name, bytes)) = photo {
            let head = format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
        let kind = format!("Content-Type: multipart/form-data; boundary={EDGE}\r\n");
        self.send("POST", path, &kind, &body).await
    }

    async fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<Page> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies =
            if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n{cookies}{headers}",
            self.at, self.origin
        );
        let page = ask(self.at, &head, body).await?;
        let set: Vec<(String, String)> = page
            .header("set-cookie")
            .filter_map(|line| line.split(';').next()?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        self.cookies.extend(set);
        Ok(page)
    }
}

/// The token of the page's forms.
fn token(page: &Page) -> String {
    between(&page.text(), "name=\"csrf\" value=\"", "\"").unwrap_or_default()
}

/// The first text between two others.
pub(super) fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| plain(found))
}

/// Every text between two others, in order.
pub(super) fn all_between(text: &str, before: &str, after: &str) -> Vec<String> {
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.split_once(after))
        .map(|(found, _)| plain(found))
        .collect()
}

/// The clauses that speak on a page, in the order of the page, each sentence once.
pub(super) fn notices(page: &Page) -> Vec<Notice> {
    let mut notices = Vec::new();
    for article in page.text().split("<article class=\"notice").skip(1) {
        let article = article.split("</article>").next().unwrap_or_default();
        let clause = between(article, "· clause ", "<").and_then(|number| number.trim().parse().ok());
        let (Some(clause), Some(say)) = (clause, between(article, "notice__say\">", "</h3>")) else {
            continue;
        };
        let remedy = between(article, "<p class=\"small\">", "</p>").unwrap_or_default();
        let notice = Notice { clause, say, remedy };
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
    notices
}

/// Our templates escape these five letters, and write them as numbers.
fn plain(html: &str) -> String {
    let letters = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    letters.iter().fold(html.trim().to_owned(), |text, (escape, letter)| text.replace(escape, letter))
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::{Notice, Page, notices};

    #[test]
    fn what_the_policy_says_is_read_from_the_page() {
        let html = "<article class=\"notice is-stop\"><p>Stopped <span class=\"quiet\">· clause 9</span></p>\
            <h3 class=\"notice__say\">This child can&#39;t appear.</h3><p class=\"small\">Cover the face.</p></article>\
            <article class=\"notice is-note\"><h3 class=\"notice__say\">No clause</h3></article>";
        let page = Page { status: 200, headers: Vec::new(), body: html.into() };
        let (say, remedy) = ("This child can't appear.".to_owned(), "Cover the face.".to_owned());
        assert_eq!(notices(&page), [Notice { clause: 9, say, remedy }]);
    }
}
