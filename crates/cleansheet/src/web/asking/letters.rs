//! Letters: printed once, because the secret of each is nowhere but on its paper.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use cleansheet_records::{
    asking::{self, Letter},
    invitations::Visitor,
};

use crate::{
    app::App,
    asking::words::LetterWords,
    web::{
        Problem,
        layout::{Page, first_name},
        parts,
        problem::show,
        qr::Picture,
    },
};

#[derive(Template)]
#[template(path = "asking/letters.html")]
struct Waiting {
    page: Page,
    letters: usize,
    more: bool,
}

#[derive(Template)]
#[template(path = "asking/printed.html")]
struct Printed {
    page: Page,
    sheets: Vec<Sheet>,
    more: bool,
}

/// One letter as it is printed.
struct Sheet {
    name: String,
    about: String,
    words: LetterWords,
    address: String,
    code: String,
    picture: Picture,
}

/// `GET /asking/letters` — how many letters are to be printed.
pub(in crate::web) async fn get(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let (letters, more) = asking::letters_waiting(&mut tx, app.clock.now()).await?;
    show(&Waiting { page, letters, more })
}

/// `POST /asking/letters` — the letters of one go. It is the answer of a form, so no address leads to it again.
pub(in crate::web) async fn print(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let letters = asking::print_letters(&mut tx, clock, &mut chance).await?;
    let (waiting, more) = asking::letters_waiting(&mut tx, clock.now()).await?;
    tx.commit().await?;
    app.wake.all();
    let sheets = letters.into_iter().map(|letter| sheet(&app, letter)).collect();
    show(&Printed { page, sheets, more: more || waiting > 0 })
}

fn sheet(app: &App, letter: Letter) -> Sheet {
    let address = format!("{}/g/{}", app.settings.public_url, letter.link.reveal());
    let own = matches!(letter.visitor, Visitor::Participant(_));
    let first: Vec<String> = letter.about.iter().map(|name| first_name(name)).collect();
    Sheet {
        words: app.words().letter(own, &letter.language),
        about: if own { String::new() } else { first.join(", ") },
        name: letter.name,
        picture: Picture::of(&address),
        address,
        code: in_fours(&letter.code),
    }
}

/// `1234 5678 9012`.
pub(in crate::web) fn in_fours(code: &str) -> String {
    let digits: Vec<char> = code.chars().collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
