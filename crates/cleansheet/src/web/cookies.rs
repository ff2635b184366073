//! Cookies: one for a sign-in, one for forms in a browser that nobody has signed in with, one that marks a browser.
//!
//! On https their names begin with `__Host-`, which a browser only accepts when they are secure, for the whole host
//! and for no other. On http, which only a demo on this very machine uses, they cannot.

use axum::http::{HeaderMap, HeaderValue, header};

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Carries a sign-in; gone when the browser closes.
    SignIn,
    /// Binds forms to a browser.
    Form,
    /// A random mark: in which browser somebody has signed in before. It lets nobody in.
    Browser,
    /// Binds the way to the provider of accounts and back to a browser; gone after ten minutes.
    Identity,
    /// The page somebody was on when the screen locked: signing in leads back there.
    Back,
    /// The language somebody reads families' pages in.
    Language,
}

impl Cookie {
    fn name(self, public_url: &str) -> &'static str {
        match (self, public_url.starts_with("https://")) {
            (Self::SignIn, true) => "__Host-sign-in",
            (Self::SignIn, false) => "sign-in",
            (Self::Form, true) => "__Host-form",
            (Self::Form, false) => "form",
            (Self::Browser, true) => "__Host-browser",
            (Self::Browser, false) => "browser",
            (Self::Identity, true) => "__Host-identity",
            (Self::Identity, false) => "identity",
            (Self::Back, true) => "__Host-back",
            (Self::Back, false) => "back",
            (Self::Language, true) => "__Host-language",
            (Self::Language, false) => "language",
        }
    }

    /// What the browser sent.
    pub(super) fn read<'h>(self, headers: &'h HeaderMap, public_url: &str) -> Option<&'h str> {
        let name = self.name(public_url);
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(';')).find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name && !value.is_empty() && value.len() <= 200).then_some(value)
        })
    }

    /// For `Set-Cookie`.
    pub(super) fn set(self, value: &str, public_url: &str) -> Option<HeaderValue> {
        let secure = if public_url.starts_with("https://") { "; Secure" } else { "" };
        // A link in a mail has to find the person signed in: `Lax` sends the cookie then, but with no form.
        // So does the provider of accounts, which leads people back by a redirect from its own address.
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name(public_url));
        HeaderValue::from_str(&text).ok()
    }

    /// For `Set-Cookie`: kept for 400 days, which is as long as browsers allow.
    pub(super) fn keep(self, value: &str, public_url: &str) -> Option<HeaderValue> {
        self.set(value, public_url)
            .and_then(|set| HeaderValue::from_str(&format!("{}; Max-Age=34560000", set.to_str().ok()?)).ok())
    }

    /// For `Set-Cookie`: gone after ten minutes.
    pub(super) fn set_for_a_while(self, value: &str, public_url: &str) -> Option<HeaderValue> {
        self.set(value, public_url)
            .and_then(|set| HeaderValue::from_str(&format!("{}; Max-Age=600", set.to_str().ok()?)).ok())
    }

    /// For `Set-Cookie`: forgets the value.
    pub(super) fn forget(self, public_url: &str) -> Option<HeaderValue> {
        self.set("", public_url)
            .and_then(|kept| HeaderValue::from_str(&format!("{}; Max-Age=0", kept.to_str().ok()?)).ok())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Cookie;

    #[test]
    fn a_cookie_on_https_is_bound_to_the_host() {
        let set = Cookie::SignIn.set("abc", "https://posts.example.org").unwrap();
        assert_eq!(set, "__Host-sign-in=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        let set = Cookie::Identity.set_for_a_while("abc", "https://posts.example.org").unwrap();
        assert_eq!(set, "__Host-identity=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600");
        let set = Cookie::SignIn.set("abc", "http://localhost:8080").unwrap();
        assert_eq!(set, "sign-in=abc; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", "theme=dark; form=f1".parse().unwrap());
        headers.append("cookie", "sign-in=s1".parse().unwrap());
        assert_eq!(Cookie::SignIn.read(&headers, "http://localhost:8080"), Some("s1"));
        assert_eq!(Cookie::Form.read(&headers, "http://localhost:8080"), Some("f1"));
        assert_eq!(Cookie::Form.read(&headers, "https://posts.example.org"), None);
    }
}
