//! Excel workbooks. A workbook is a ZIP file: it is unpacked once to count, before anything believes its sizes.

use std::io::{self, Cursor, Read as _};

use calamine::{Data, DataRef, Reader as _, Xlsx, XlsxError};
use jiff::civil::Date;
use zip::ZipArchive;

use super::{MOST_COLUMNS, MOST_ROWS, Rows, SheetError, Table, headings, is_too_long};

/// All that a workbook may unpack to. The largest sheet within the other limits needs about half of it.
const MOST_UNPACKED: u64 = 64 * 1024 * 1024;
/// All that its cells may hold, each counted by itself.
const MOST_TEXT: usize = 64 * 1024 * 1024;
/// Parts of a workbook: sheets, styles, drawings.
const MOST_PARTS: usize = 1_000;

pub(super) fn read(bytes: &[u8]) -> Result<Table, SheetError> {
    unpacks_within_limits(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    for name in book.sheet_names() {
        let table = sheet(&mut book, &name)?;
        if !table.rows.is_empty() {
            return Ok(table);
        }
    }
    Err(SheetError::Empty)
}

/// Counts what really comes out, whatever the file says of itself.
fn unpacks_within_limits(bytes: &[u8]) -> Result<(), SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::Damaged)?;
    if archive.len() > MOST_PARTS {
        return Err(SheetError::TooLarge);
    }
    let mut left = MOST_UNPACKED;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|_| SheetError::Damaged)?;
        let unpacked =
            io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|_| SheetError::Damaged)?;
        left = left.checked_sub(unpacked).ok_or(SheetError::TooLarge)?;
    }
    Ok(())
}

/// Cell by cell: a sheet may say that it has a cell in its last row and column, and nothing between.
fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Table, SheetError> {
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        // Sheets of charts and macros have no cells.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Table { rows: Vec::new() }),
        Err(error) => return Err(wrong(error)),
    };
    let (mut rows, mut row, mut number, mut left) = (Rows::default(), Vec::new(), 0, MOST_TEXT);
    while let Some(cell) = cells.next_cell().map_err(wrong)? {
        let (line, column) = cell.get_position();
        // A workbook keeps a text once, however many cells show it: before it is copied for each, it is held to the limits.
        if written(cell.get_value()).is_some_and(is_too_long) {
            return Err(SheetError::LongCell(line + 1));
        }
        let text = text(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        left = left.checked_sub(text.len()).ok_or(SheetError::TooLarge)?;
        if line != number {
            rows.add(number + 1, std::mem::take(&mut row))?;
            number = line;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MOST_COLUMNS {
            return Err(SheetError::TooWide);
        }
        if usize::try_from(line).unwrap_or(usize::MAX) >= 4 * (MOST_ROWS + headings::LINES) {
            return Err(SheetError::TooLong);
        }
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        if let Some(place) = row.get_mut(column) {
            *place = text;
        }
    }
    rows.add(number + 1, row)?;
    Ok(rows.table())
}

/// What is written in a cell, where it is.
fn written<'c>(cell: &'c DataRef<'_>) -> Option<&'c str> {
    match cell {
        DataRef::SharedString(text) => Some(text),
        DataRef::String(text) | DataRef::DateTimeIso(text) => Some(text),
        _ => None,
    }
}

/// A cell as people see it; of a formula, what it last came to.
fn text(cell: &DataRef<'_>) -> String {
    match Data::from(cell.clone()) {
        Data::String(text) | Data::DateTimeIso(text) => text,
        Data::Float(number) => number.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Bool(yes) => if yes { "yes" } else { "no" }.to_owned(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let small = |number: u8| i8::try_from(number).unwrap_or_default();
            let date = Date::new(i16::try_from(year).unwrap_or_default(), small(month), small(day));
            date.map_or_else(|_| moment.as_f64().to_string(), |date| date.to_string())
        }
        Data::DateTime(moment) => moment.as_f64().to_string(),
        _ => String::new(),
    }
}

fn wrong(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::OldExcel,
        _ => SheetError::Damaged,
    }
}
