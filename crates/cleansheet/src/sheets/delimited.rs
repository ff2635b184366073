//! Text with separators, as Excel, LibreOffice, Google and club systems save it.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{MOST_COLUMNS, Rows, SheetError, Table};

/// Lines that are looked at to find the separator.
const LOOKED_AT: usize = 20;

pub(super) fn read(bytes: &[u8]) -> Result<Table, SheetError> {
    let text = letters(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let (separator, text) = match text.lines().next().and_then(|line| line.trim().strip_prefix("sep=")) {
        // Excel writes and reads a first line that names the separator.
        Some(named) => {
            let separator = named.bytes().next().unwrap_or(b',');
            (separator, text.split_once('\n').map_or("", |(_, rest)| rest))
        }
        None => (separator(&text), text.as_str()),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut rows, mut record) = (Rows::default(), csv::StringRecord::new());
    // A spreadsheet counts empty lines, and not those within a cell.
    let mut inside = 0;
    while reader.read_record(&mut record).map_err(|_| SheetError::Letters)? {
        let line = record.position().map_or(0, csv::Position::line);
        let number = u32::try_from(line.saturating_sub(inside)).unwrap_or(u32::MAX);
        inside += record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        if record.len() > MOST_COLUMNS && record.iter().skip(MOST_COLUMNS).any(|cell| !cell.is_empty()) {
            return Err(SheetError::TooWide);
        }
        rows.add(number, record.iter().take(MOST_COLUMNS).map(str::to_owned).collect())?;
    }
    Ok(rows.table())
}

/// The letters of a file: what its mark says, else UTF-8 if it reads as that, else what Windows wrote for decades.
fn letters(bytes: &[u8]) -> Result<String, SheetError> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => {
            let rest = bytes.get(mark..).unwrap_or_default();
            decode(encoding, rest).ok_or(SheetError::Letters)?
        }
        None => match (unmarked_utf_16(bytes), std::str::from_utf8(bytes)) {
            (Some(encoding), _) => decode(encoding, bytes).ok_or(SheetError::Letters)?,
            (None, Ok(text)) => text.to_owned(),
            (None, Err(_)) => decode(WINDOWS_1252, bytes).ok_or(SheetError::Letters)?,
        },
    };
    // Pictures, documents and programs are full of these; no sheet has one.
    let foreign =
        |letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{b}' | '\u{85}');
    if text.chars().any(foreign) { Err(SheetError::NoSheet) } else { Ok(text) }
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    debug_assert!([UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252].contains(&encoding));
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// Latin letters in UTF-16 have a zero in every second byte.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let half = start.len() / 2;
    match (zeros(0), zeros(1)) {
        _ if half < 4 => None,
        (0, second) if second * 2 > half => Some(UTF_16LE),
        (first, 0) if first * 2 > half => Some(UTF_16BE),
        _ => None,
    }
}

/// The one of comma, semicolon and tab that cuts the first lines into most cells. What is quoted does not count.
fn separator(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let (mut quoted, mut lines) = (false, 0);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => lines += 1,
            _ if !quoted => {
                for (separator, count) in &mut counts {
                    *count += usize::from(byte == *separator);
                }
            }
            _ => {}
        }
        if lines >= LOOKED_AT {
            break;
        }
    }
    // Of equals the first: a sheet of one column has none of them.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(separator, _)| *separator)
}
