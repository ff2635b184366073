//! The participants as a file: the same columns that an import reads, so that it can come back.

use std::sync::Arc;

use axum::extract::{Query, State};
use cleansheet_records::activities::{Activities, Guardianship, Participant};
use cleansheet_terms::Date;

use super::{list::Search, show::in_words};
use crate::{
    app::App,
    web::{
        Problem,
        csv::{Book, CsvFile},
    },
};

const ABOUT: [&str; 6] = ["Name", "Date of birth", "18 or over", "Reference", "Child's email", "Left on"];
const ADULTS: [[&str; 5]; 4] = [
    ["Parent 1 name", "Parent 1 email", "Parent 1 mobile", "Parent 1 relationship", "Parent 1 language"],
    ["Parent 2 name", "Parent 2 email", "Parent 2 mobile", "Parent 2 relationship", "Parent 2 language"],
    ["Parent 3 name", "Parent 3 email", "Parent 3 mobile", "Parent 3 relationship", "Parent 3 language"],
    ["Parent 4 name", "Parent 4 email", "Parent 4 mobile", "Parent 4 relationship", "Parent 4 language"],
];

/// `GET /participants.csv`.
pub(in crate::web) async fn csv(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let rows = rows(&app, &search.words).await?;
    let mut file = CsvFile::new("participants", &headings())?;
    for row in &rows {
        file.row(row)?;
    }
    Ok(file)
}

/// `GET /participants.xlsx`.
pub(in crate::web) async fn xlsx(
    State(app): State<Arc<App>>,
    Query(search): Query<Search>,
) -> Result<Book, Problem> {
    Ok(Book { name: "participants", headings: headings(), rows: rows(&app, &search.words).await? })
}

fn headings() -> Vec<&'static str> {
    ABOUT.into_iter().chain(ADULTS.into_iter().flatten()).collect()
}

async fn rows(app: &App, words: &str) -> Result<Vec<Vec<String>>, Problem> {
    let mut tx = app.records.read().await?;
    let found = Activities(&mut tx).find(words).await?;
    let mut families = Activities(&mut tx).families().await?;
    Ok(found.iter().map(|one| row(one, families.remove(&one.id).unwrap_or_default())).collect())
}

fn row(one: &Participant, adults: Vec<Guardianship>) -> Vec<String> {
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let adult = if one.adult { "yes" } else { "" };
    let mut cells = vec![
        one.name.clone(),
        day(one.born),
        adult.to_owned(),
        one.reference.clone(),
        one.mail.clone(),
        day(one.left),
    ];
    for one in adults.into_iter().filter(|one| one.ended.is_none()).take(ADULTS.len()) {
        let guardian = one.guardian;
        let relation = in_words(one.relation).to_owned();
        cells.extend([guardian.name, guardian.mail, guardian.phone, relation, guardian.language]);
    }
    cells
}
