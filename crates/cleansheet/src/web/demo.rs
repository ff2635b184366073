//! The demo's outbox: mails that a real trust would send.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use cleansheet_records::mails::{Mail, Mails};

use super::{Problem, clock_words, layout::Page, parts, problem::show};
use crate::app::App;

/// Mails on the page.
const MOST: u32 = 50;

struct Letter {
    mail: Mail,
    at: String,
    /// The text in pieces; every other piece is an address to press.
    pieces: Vec<Piece>,
}

enum Piece {
    Words(String),
    Link(String),
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct Outbox {
    page: Page,
    letters: Vec<Letter>,
}

/// `GET /outbox` — in a demo only.
pub(super) async fn outbox(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    if !app.settings.demo {
        return Err(Problem::NotFound);
    }
    let mails = Mails(&mut app.records.read().await?).newest(MOST).await?;
    let origin = &app.settings.public_url;
    let letters = mails
        .into_iter()
        .map(|mail| Letter { at: clock_words::exact(mail.made), pieces: pieces(&mail.body, origin), mail })
        .collect();
    show(&Outbox { page, letters })
}

/// Only addresses of this very site become links.
fn pieces(body: &str, origin: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find(origin) {
        let (before, from) = rest.split_at(start);
        let end = from.find(char::is_whitespace).unwrap_or(from.len());
        let (link, after) = from.split_at(end);
        let path = link.strip_prefix(origin).unwrap_or_default();
        pieces.push(Piece::Words(before.to_owned()));
        // Our addresses end with a letter or digit; a full stop belongs to the sentence.
        let path_end = path.trim_end_matches(['.', ',', ')']);
        pieces.push(if path_end.starts_with('/') {
            Piece::Link(path_end.to_owned())
        } else {
            Piece::Words(link.to_owned())
        });
        rest = after;
    }
    pieces.push(Piece::Words(rest.to_owned()));
    pieces
}
