//! Files that people keep. A cell that begins like a formula is text in them, and reads back as it was.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// A file could not be put together. With the lengths this program uses it does not happen.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// As CSV.
    #[error("the rows could not be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// As a workbook.
    #[error("the rows could not be written as a workbook: {0}")]
    Workbook(#[from] XlsxError),
    /// Not in memory.
    #[error("the rows could not be written: {0}")]
    Memory(#[from] std::io::Error),
}

/// Lines of a CSV file, one after the other.
pub struct CsvLines(csv::Writer<Vec<u8>>);

impl CsvLines {
    /// A file with its heading line.
    pub fn new(headings: &[&str]) -> Result<Self, WriteError> {
        // The mark tells spreadsheets that the letters are UTF-8.
        let start = "\u{feff}".as_bytes().to_vec();
        let always = csv::QuoteStyle::Always;
        let writer = csv::WriterBuilder::new()
            .quote_style(always)
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(start);
        let mut lines = Self(writer);
        lines.row(headings.iter().copied())?;
        Ok(lines)
    }

    /// Adds a row.
    pub fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<(), WriteError> {
        Ok(self.0.write_record(cells.map(guarded))?)
    }

    /// The whole file.
    pub fn file(self) -> Result<Vec<u8>, WriteError> {
        self.0.into_inner().map_err(|error| WriteError::Memory(error.into_error()))
    }
}

/// A workbook of one sheet whose cells are all text: a spreadsheet reckons nothing in it.
pub fn workbook(headings: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, WriteError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.write_string_with_format(0, column, *heading, &bold)?;
    }
    for (line, row) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(line, column, cell, &text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    Ok(book.save_to_buffer()?)
}

/// A cell that begins like a formula gets an apostrophe in front, which spreadsheets show as text.
fn guarded(cell: &str) -> String {
    let guard = if like_a_formula(cell) { "'" } else { "" };
    format!("{guard}{cell}")
}

/// Takes away the apostrophe that [`guarded`], or a careful person, put in front.
pub(super) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| like_a_formula(rest)).unwrap_or(cell)
}

fn like_a_formula(cell: &str) -> bool {
    const STARTS: [char; 14] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '|', '%', '＝', '＋', '－', '＠'];
    cell.trim_start_matches([' ', '"', '\'']).starts_with(STARTS)
}

#[cfg(test)]
mod tests {
    use super::{CsvLines, guarded, unguarded};

    #[test]
    fn a_cell_is_never_a_formula_and_reads_back() {
        assert_eq!(guarded("Jo \"Jojo\" Bright"), "Jo \"Jojo\" Bright");
        for bad in
            ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\"=1", "\t=1", "\n=1", "'=1", "＝1", "\0=1", "|calc"]
        {
            assert!(guarded(bad).starts_with('\''), "{bad}");
            assert_eq!(unguarded(&guarded(bad)), bad);
        }
        assert_eq!(unguarded("'t Hooft"), "'t Hooft");
    }

    #[test]
    fn every_cell_of_a_line_is_quoted() {
        let mut lines = CsvLines::new(&["Name"]).unwrap();
        lines.row(["Jo \"Jojo\" Bright", "=1"].into_iter()).unwrap();
        let text = String::from_utf8(lines.file().unwrap()).unwrap();
        assert_eq!(text, "\u{feff}\"Name\"\r\n\"Jo \"\"Jojo\"\" Bright\",\"'=1\"\r\n");
    }
}
