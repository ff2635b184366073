//! Lists as CSV files that a spreadsheet can open without running anything in them.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

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
        let mut file = CsvFile::new(self.name, self.headings);
        for row in &self.rows {
            file.row(row);
        }
        file.into_response()
    }
}

/// The same for long lists, written row by row.
pub(super) struct CsvFile {
    name: &'static str,
    text: String,
}

impl CsvFile {
    /// A file with its heading line. `name` is without `.csv`.
    pub(super) fn new(name: &'static str, headings: &[&'static str]) -> Self {
        // The mark tells spreadsheets that the letters are UTF-8.
        let mut text = String::from("\u{feff}");
        line(&mut text, headings.iter().copied());
        Self { name, text }
    }

    pub(super) fn row(&mut self, cells: &[String]) {
        line(&mut self.text, cells.iter().map(String::as_str));
    }
}

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}.csv\"", self.name));
        let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], self.text).into_response();
        if let Ok(disposition) = disposition {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

fn line<'c>(text: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&safe(cell));
    }
    text.push_str("\r\n");
}

/// A cell that begins like a formula gets an apostrophe in front, which spreadsheets show as text.
fn safe(cell: &str) -> String {
    let formula = cell
        .trim_start_matches([' ', '"', '\''])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(safe("Jo \"Jojo\" Bright"), "\"Jo \"\"Jojo\"\" Bright\"");
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\"=1", "\t=1", "\n=1"] {
            assert!(safe(bad).starts_with("\"'"), "{bad}");
        }
    }
}
