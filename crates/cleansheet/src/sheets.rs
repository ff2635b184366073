//! Tables people keep in spreadsheets: read from CSV and XLSX by their contents, written so that nothing in them runs.
//!
//! Pure: bytes in, bytes out. [`read`] makes a [`Table`] out of whatever a spreadsheet saves, within limits that hold for
//! hostile files too; [`understand`] makes rows about children, guardians and activities out of a table; [`mod@write`] makes
//! the files that people keep. Nothing here knows the records.

mod cells;
mod days;
mod delimited;
mod entries;
mod headings;
mod workbook;
pub mod write;

use cleansheet_terms::Date;

pub use cells::phone;
pub use entries::understand;

/// Longest file.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Most rows below the headings: those are taken over in one transaction, and nobody else writes meanwhile. With two parents in
/// each row that is one to two seconds on SQLite, and twice that on PostgreSQL.
pub const MOST_ROWS: usize = 5_000;
/// Most columns.
pub const MOST_COLUMNS: usize = 100;
/// Most letters in one cell.
pub const MOST_LETTERS: usize = 500;

/// The cells of a sheet as text; days are `YYYY-MM-DD`. Rows without a filled cell are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Every row with its number in the sheet, the first being 1.
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Why a file cannot be read as a table. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Nothing in it.
    #[error("the file is empty; save the sheet again and send that file")]
    Empty,
    /// Too many bytes, packed or unpacked.
    #[error("the file is larger than 5 MB; keep only the sheet with the names, or send it in parts")]
    TooLarge,
    /// Too many rows.
    #[error("the sheet has more than 5,000 rows; send it in parts")]
    TooLong,
    /// Too many columns.
    #[error("the sheet has more than 100 columns; keep only those about names, birthdays and parents")]
    TooWide,
    /// One cell is very long.
    #[error("a cell in row {0} has more than 500 letters; shorten it or leave its column out")]
    LongCell(u32),
    /// The format of spreadsheets before 2007, which is also what a password makes of a new one.
    #[error(
        "this is an old Excel file or has a password; open it and save it as an Excel workbook (.xlsx) without one"
    )]
    OldExcel,
    /// Something else altogether.
    #[error("this is no sheet; send a CSV file or an Excel workbook (.xlsx)")]
    NoSheet,
    /// A workbook that does not read.
    #[error("this workbook is damaged; open it, save it again as .xlsx or as CSV, and send that file")]
    Damaged,
    /// Letters that are not what the file says they are.
    #[error(
        "the letters of this file cannot be read; save it as “CSV UTF-8” or as an Excel workbook (.xlsx)"
    )]
    Letters,
    /// No line says what the columns are.
    #[error(
        "no headings were found; the first line says what each column is, for example First name, Surname, \
         Date of birth, Parent name, Parent email"
    )]
    NoHeadings,
    /// Two columns would be the same thing.
    #[error("the columns “{0}” and “{1}” would both be the {2}; rename or remove one of them")]
    SameTwice(String, String, &'static str),
    /// Headings and nothing below.
    #[error("there are headings and no rows below them; add the names and send the file again")]
    NoRows,
}

/// Reads a file by what it holds; its name says nothing.
pub fn read(bytes: &[u8]) -> Result<Table, SheetError> {
    const OLD_EXCEL: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    if bytes.is_empty() {
        return Err(SheetError::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(SheetError::TooLarge);
    }
    let table = if bytes.starts_with(b"PK\x03\x04") {
        workbook::read(bytes)?
    } else if bytes.starts_with(OLD_EXCEL) {
        return Err(SheetError::OldExcel);
    } else {
        delimited::read(bytes)?
    };
    if table.rows.is_empty() { Err(SheetError::Empty) } else { Ok(table) }
}

/// Reads a day as people write it; why not, as a sentence.
pub fn day(text: &str) -> Result<Date, String> {
    days::read(text).map_err(|error| error.to_string())
}

fn is_too_long(cell: &str) -> bool {
    cell.len() > MOST_LETTERS && cell.chars().nth(MOST_LETTERS).is_some()
}

/// Collects rows and holds them to the limits.
#[derive(Default)]
struct Rows(Vec<(u32, Vec<String>)>);

impl Rows {
    fn add(&mut self, number: u32, mut cells: Vec<String>) -> Result<(), SheetError> {
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if cells.len() > MOST_COLUMNS {
            return Err(SheetError::TooWide);
        }
        if cells.iter().any(|cell| is_too_long(cell)) {
            return Err(SheetError::LongCell(number));
        }
        // A title and the headings come on top of the rows.
        if self.0.len() >= MOST_ROWS + headings::LINES {
            return Err(SheetError::TooLong);
        }
        self.0.push((number, cells));
        Ok(())
    }

    fn table(self) -> Table {
        Table { rows: self.0 }
    }
}

#[cfg(test)]
mod tests;
