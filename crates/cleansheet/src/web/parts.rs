//! The design system's small parts, as values a template can show: icons, shirts, signs, pills, notices.
//!
//! A state is said three times: by colour, by shape and by word. `state` is one of `ok`, `hold`, `stop`, `note`,
//! `seal`, `off`.

use askama::Template;

/// HTML that was made here from parts that are already safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Safe(String);

impl std::fmt::Display for Safe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Safe {}

/// A line icon; always beside a word.
pub(super) fn icon(name: &str) -> Safe {
    let drawing = match name {
        "camera" => r#"<path d="M4 8h3l2-3h6l2 3h3v11H4z"/><circle cx="12" cy="13" r="3.5"/>"#,
        "cover" => {
            r#"<path fill="currentColor" stroke="none" d="M3 3h6v6H3zM15 3h6v6h-6zM9 9h6v6H9zM3 15h6v6H3zM15 15h6v6h-6z"/>"#
        }
        "eye" => r#"<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>"#,
        "heart" => {
            r#"<path d="M12 20S4 15 4 9.5A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 8 2.5C20 15 12 20 12 20z"/>"#
        }
        "hold" => r#"<path d="M7 3h10M7 21h10M8 3c0 5 8 6 8 9s-8 4-8 9M16 3c0 5-8 6-8 9s8 4 8 9"/>"#,
        "live" => {
            r#"<circle cx="12" cy="12" r="3"/><path d="M6 6a8.5 8.5 0 0 0 0 12M18 6a8.5 8.5 0 0 1 0 12"/>"#
        }
        "look" | "note" => r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7.5v.01"/>"#,
        "people" => {
            r#"<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.8-4 3-6 6.5-6s5.7 2 6.5 6M16 5a3.5 3.5 0 0 1 0 7M18 14.5c2 .8 3 2.6 3.5 5.5"/>"#
        }
        "plus" => r#"<path d="M12 5v14M5 12h14"/>"#,
        "posts" => r#"<path d="M4 5h16v14H4zM4 15l5-5 4 4 3-3 4 4"/><circle cx="15.5" cy="8.5" r="1.2"/>"#,
        "seal" => r#"<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#,
        "shield" => r#"<path d="M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z"/>"#,
        "stop" => r#"<path d="M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16.5v.01"/>"#,
        "today" => r#"<path d="M3 11l9-7 9 7M5 9.5V20h14V9.5"/>"#,
        "way" => r#"<path d="M5 12h14M13 6l6 6-6 6"/>"#,
        "off" => r#"<path d="M5 12h14"/>"#,
        _ => r#"<path d="M4 12.5l5 5L20 6.5"/>"#,
    };
    let turns = if name == "way" { " icon--way" } else { "" };
    Safe(format!(
        r#"<svg class="icon{turns}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{drawing}</svg>"#
    ))
}

/// A clause: a shirt with its number.
pub(super) fn shirt(clause: u8, state: &str) -> Safe {
    Safe(format!(
        r#"<span class="shirt is-{state}"><svg viewBox="0 0 48 44" aria-hidden="true" focusable="false"><path d="M15 2h5c1 4 7 4 8 0h5l13 7-4 12-7-3v24H13V18l-7 3L2 9z"/><path class="hoop" stroke-width="4" d="M13 36h22"/><path class="sash" stroke-width="4" d="M13 36h22M4 15l9-4M44 15l-9-4"/></svg><span class="shirt__n"><span class="vh">Clause </span>{clause}</span></span>"#
    ))
}

/// A round sign where no clause speaks.
pub(super) fn sign(state: &str, name: &str) -> Safe {
    Safe(format!(r#"<span class="sign is-{state}" aria-hidden="true">{}</span>"#, icon(name)))
}

/// A state in one or two words. The words are ours, never a person's.
pub(super) fn pill(state: &str, words: &str) -> Safe {
    let name = match state {
        "ok" => "ok",
        "stop" => "stop",
        "hold" => "hold",
        "off" => "off",
        _ => "note",
    };
    Safe(format!(r#"<span class="pill is-{state}">{}{words}</span>"#, icon(name)))
}

/// The word of a state.
pub(super) fn word(state: &str) -> &'static str {
    match state {
        "ok" => "Fine",
        "hold" => "Waiting",
        "stop" => "Stopped",
        _ => "Worth a look",
    }
}

/// What a clause or check says: shirt, one sentence, what to do, the button that does it.
#[derive(Template, Debug, Clone, PartialEq, Eq)]
#[template(path = "parts/notice.html")]
pub(super) struct Notice {
    /// `stop`, `hold`, `note` or `ok`.
    pub(super) state: &'static str,
    /// The clause, or `None` for a round sign.
    pub(super) clause: Option<u8>,
    /// The sentence.
    pub(super) say: String,
    /// What to do next.
    pub(super) remedy: String,
    /// The way forward.
    pub(super) way: Vec<Way>,
}

/// One way forward of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// Leads to where it is put right.
    Link {
        /// Where.
        to: String,
        /// A verb with its object.
        words: String,
    },
    /// Puts it right: one field of the form `form` with one value.
    Press {
        /// The id of the form that the button belongs to.
        form: &'static str,
        /// Field name.
        name: &'static str,
        /// Field value.
        value: String,
        /// A verb with its object.
        words: String,
    },
}

impl askama::filters::HtmlSafe for Notice {}
