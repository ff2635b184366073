//! Lists as files that a spreadsheet can open without running anything in them.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::Problem;
use crate::sheets::write::{CsvLines, WriteError, workbook};

/// A file to keep: a heading line and its rows.
pub(super) struct Csv {
    /// File name without `.csv`.
    pub(super) name: &'static str,
    /// Headings.
    pub(super) headings: &'static [&'static str],
    /// Cells, row by row.
    pub(super) rows: Vec<Vec<String>>,
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let written = CsvFile::new(self.name, self.headings).and_then(|mut file| {
            for row in &self.rows {
                file.row(row)?;
            }
            Ok(file)
        });
        match written {
            Ok(file) => file.into_response(),
            Err(problem) => problem.into_response(),
        }
    }
}

/// The same for long lists, written row by row.
pub(super) struct CsvFile {
    name: &'static str,
    lines: CsvLines,
}

impl CsvFile {
    /// A file with its heading line. `name` is without `.csv`.
    pub(super) fn new(name: &'static str, headings: &[&str]) -> Result<Self, Problem> {
        Ok(Self { name, lines: CsvLines::new(headings)? })
    }

    pub(super) fn row(&mut self, cells: &[String]) -> Result<(), Problem> {
        Ok(self.lines.row(cells.iter().map(String::as_str))?)
    }
}

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        match self.lines.file() {
            Ok(bytes) => file(bytes, "text/csv; charset=utf-8", &format!("{}.csv", self.name)),
            Err(error) => Problem::from(error).into_response(),
        }
    }
}

/// The same list as a workbook, whose cells are all text.
pub(super) struct Book {
    /// File name without `.xlsx`.
    pub(super) name: &'static str,
    /// Headings.
    pub(super) headings: Vec<&'static str>,
    /// Cells, row by row.
    pub(super) rows: Vec<Vec<String>>,
}

impl IntoResponse for Book {
    fn into_response(self) -> Response {
        const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        match workbook(&self.headings, &self.rows) {
            Ok(bytes) => file(bytes, KIND, &format!("{}.xlsx", self.name)),
            Err(error) => Problem::from(error).into_response(),
        }
    }
}

fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    if let Ok(disposition) = disposition {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        Self::internal(&error)
    }
}
