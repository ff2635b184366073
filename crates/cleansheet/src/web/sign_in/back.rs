//! Back to where somebody was: after the screen has locked, or when a mail led to a page that needs a sign-in first.

use axum::http::{HeaderMap, header};

use crate::{app::App, web::cookies::Cookie};

/// Longer than any address of ours.
const LONGEST: usize = 160;

/// Whether a path is a page of ours to come back to: never another site's, never one about signing in.
fn is_ours(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let apart = ["/sign", "/locked", "/recover", "/confirm", "/assets", "/g/", "/own"];
    path.len() <= LONGEST
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(plain)
        && !apart.iter().any(|start| path.starts_with(start))
}

/// For `Set-Cookie`: remembers a page.
pub(in crate::web) fn remember(app: &App, path: &str) -> Option<header::HeaderValue> {
    is_ours(path).then(|| Cookie::Back.set(path, &app.settings.public_url)).flatten()
}

/// Where somebody goes who has just signed in, and forgets it in their browser.
pub(in crate::web) fn take(app: &App, headers: &HeaderMap, cookies: &mut HeaderMap) -> String {
    let origin = &app.settings.public_url;
    let Some(kept) = Cookie::Back.read(headers, origin) else { return "/".to_owned() };
    if let Some(forget) = Cookie::Back.forget(origin) {
        cookies.append(header::SET_COOKIE, forget);
    }
    if is_ours(kept) { kept.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn one_comes_back_to_a_page_of_ours_only() {
        for good in ["/posts/post_01abc/edit", "/posts", "/cover", "/"] {
            assert!(is_ours(good), "{good}");
        }
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a?b=c",
            "/a\r\nb",
            "/sign-in/abc",
            "/locked",
            "",
        ] {
            assert!(!is_ours(bad), "{bad}");
        }
    }
}
