//! Friendly sheets as people save them, and hostile ones.

use std::io::{Cursor, Write as _};

use cleansheet_records::{activities::Relation, imports::Row};
use cleansheet_terms::Date;
use encoding_rs::WINDOWS_1252;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{MOST_BYTES, MOST_ROWS, SheetError, days, read, understand, write};

fn today() -> Date {
    Date::constant(2026, 11, 21)
}

fn rows(bytes: &[u8]) -> Vec<Row> {
    understand(&read(bytes).unwrap(), today(), true).unwrap().rows
}

fn faults(text: &str) -> Vec<String> {
    let rows = rows(text.as_bytes());
    rows.iter()
        .flat_map(|row| row.faults.iter().map(|one| format!("{} {}: {}", row.line, one.column, one.say)))
        .collect()
}

const SHEET: &str = "First name,Surname,DOB,Parent 1,Parent 1 email,Parent 1 mobile,Relationship,Language,Parent 2,Parent 2 email,Team,Date\r\n\
    Zoë,Wróna,3/2/2016,Ewa Wróna,EWA@example.org,07700 900123,Mother,Polish,,,U11 Reds,21 Nov 2026\r\n\
    Asha,Verma,2016-02-04,Meera Verma,meera@example.org,,,,Rohan Verma,rohan@example.org,U11 Reds,21/11/2026\r\n";

#[test]
fn a_sheet_becomes_children_guardians_and_a_roster() {
    let rows = rows(SHEET.as_bytes());
    let zoe = &rows[0];
    assert_eq!((zoe.line, zoe.child.name.as_str()), (2, "Zoë Wróna"));
    assert_eq!(zoe.child.born, Some(Date::constant(2016, 2, 3)));
    assert_eq!(zoe.guardians.len(), 1);
    let ewa = &zoe.guardians[0];
    assert_eq!(
        (ewa.name.as_str(), ewa.mail.as_str(), ewa.phone.as_str()),
        ("Ewa Wróna", "ewa@example.org", "07700 900123")
    );
    assert_eq!((ewa.relation, ewa.language.as_deref()), (Some(Relation::Parent), Some("pl")));
    let activity = zoe.activity.as_ref().unwrap();
    assert_eq!((activity.name.as_str(), activity.day), ("U11 Reds", Some(today())));
    assert_eq!(rows[1].guardians.len(), 2);
    assert_eq!(rows[1].activity, zoe.activity);
    assert!(rows.iter().all(|row| row.faults.is_empty() && row.notes.is_empty()), "{rows:?}");
}

#[test]
fn nil_and_na_are_names_and_no_other_word_for_nothing_is() {
    let found = rows(
        "First name,Surname,DOB,Parent 1,Parent 1 email,Parent 2 first name,Parent 2 surname\n\
         Nil,Demir,na,Ece Demir,NIL,Na,\n\
         Min,Na,N/A,Nil,n@example.org,nil,Nil\n\
         tbc,Asha Verma,-,n/a,,Nil,Demir\n"
            .as_bytes(),
    );
    let names: Vec<&str> = found.iter().map(|row| row.child.name.as_str()).collect();
    assert_eq!(names, ["Nil Demir", "Min Na", "Asha Verma"]);
    assert!(found.iter().all(|row| row.child.born.is_none() && row.faults.is_empty()), "{found:?}");
    let parents = |row: &Row| row.guardians.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(parents(&found[0]), ["Ece Demir"], "a parent of whom there is nothing but that is nobody");
    assert_eq!(parents(&found[1]), ["Nil"], "one with an address is somebody");
    assert_eq!(parents(&found[2]), ["Nil Demir"]);
}

/// A way to save a text: what people call it, and how it is done.
type Saving = (&'static str, Box<dyn Fn(&str) -> Vec<u8>>);

#[test]
fn a_sheet_reads_the_same_however_it_was_saved() {
    let wide = |text: &str, swap: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let wanted = rows(SHEET.as_bytes());
    let ways: [Saving; 10] = [
        ("UTF-8 with a mark", Box::new(|text| format!("\u{feff}{text}").into_bytes())),
        ("lines of Unix", Box::new(|text| text.replace("\r\n", "\n").into_bytes())),
        ("lines of old Macs", Box::new(|text| text.replace("\r\n", "\r").into_bytes())),
        ("semicolons", Box::new(|text| text.replace(',', ";").into_bytes())),
        ("tabs", Box::new(|text| text.replace(',', "\t").into_bytes())),
        ("a named separator", Box::new(|text| format!("sep=;\r\n{}", text.replace(',', ";")).into_bytes())),
        ("Unicode text", Box::new(move |text| wide(&format!("\u{feff}{}", text.replace(',', "\t")), false))),
        ("UTF-16, big end first", Box::new(move |text| wide(&format!("\u{feff}{text}"), true))),
        ("UTF-16 without a mark", Box::new(move |text| wide(text, false))),
        (
            "quotes everywhere",
            Box::new(|text| text.replace(',', "\",\"").replace("\r\n", "\"\r\n\"").into_bytes()),
        ),
    ];
    for (name, way) in ways {
        let saved = if name == "quotes everywhere" {
            let mut saved = b"\"".to_vec();
            saved.extend(way(SHEET.trim_end()));
            saved.push(b'"');
            saved
        } else {
            way(SHEET)
        };
        let mut found = rows(&saved);
        // The line that names the separator counts as one.
        let shift = found[0].line - wanted[0].line;
        found.iter_mut().for_each(|row| row.line -= shift);
        assert_eq!(found, wanted, "{name}");
    }
    // Windows-1252 has no ó with that name in Polish, but it has Zoë and José.
    let (bytes, _, lost) = WINDOWS_1252.encode("Name\r\nZoë O’Brien\r\n");
    assert!(!lost);
    assert_eq!(rows(&bytes)[0].child.name, "Zoë O’Brien");
}

#[test]
fn a_workbook_reads_like_its_text() {
    let mut book = Workbook::new();
    book.add_worksheet();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "Under-11s, autumn").unwrap();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    for (column, heading) in (0..).zip(["Name", "Date of birth", "Parent", "Mobile", "Notes", "Serial DOB?"])
    {
        sheet.write_string(2, column, heading).unwrap();
    }
    sheet.write_string(3, 0, "Verma, Asha").unwrap();
    let born = ExcelDateTime::from_ymd(2016, 2, 3).unwrap();
    sheet.write_datetime_with_format(3, 1, &born, &day).unwrap();
    sheet.write_string(3, 2, "Meera Verma").unwrap();
    sheet.write_number(3, 3, 7_700_900_123_f64).unwrap();
    sheet.write_formula(3, 4, "=1+1").unwrap();
    sheet.write_number(9, 1, 42_403_f64).unwrap();
    sheet.write_string(9, 0, "Leo Hartwell").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let sheet = understand(&read(&bytes).unwrap(), today(), true).unwrap();
    assert_eq!(sheet.unused, ["Notes", "Serial DOB?"]);
    let asha = &sheet.rows[0];
    assert_eq!((asha.line, asha.child.name.as_str()), (4, "Asha Verma"));
    assert_eq!(asha.child.born, Some(Date::constant(2016, 2, 3)));
    assert_eq!(asha.guardians[0].phone, "07700900123", "the zero that a spreadsheet drops");
    let leo = &sheet.rows[1];
    assert_eq!((leo.line, leo.child.born), (10, Some(Date::constant(2016, 2, 3))), "a count of days");
}

#[test]
fn days_are_read_in_the_forms_people_use() {
    let wanted = Date::constant(2016, 2, 3);
    for text in [
        "03/02/2016",
        "3/2/2016",
        "3.2.2016",
        "03-02-2016",
        "03/02/2016 00:00",
        "03/02/2016 00:00:00",
        "3 February 2016",
        "3rd Feb 2016",
        "3-Feb-2016",
        "3 feb. 2016",
        "Wed 3 Feb 2016",
        "Wednesday, 3rd February, 2016",
        "Feb 3, 2016",
        "February 3rd 2016",
        "2016-02-03",
        "2016/2/3",
        "2016-02-03 00:00:00",
        "2016-02-03T00:00:00",
        "2016-02-03T00:00:00.000Z",
        "42403",
    ] {
        assert_eq!(days::read(text), Ok(wanted), "{text}");
    }
    assert_eq!(days::read("29/02/2024"), Ok(Date::constant(2024, 2, 29)));
    for (text, says) in [
        ("29/02/2023", "is not in the calendar"),
        ("31/04/2016", "is not in the calendar"),
        ("00/02/2016", "is not in the calendar"),
        ("02/13/2016", "write the day first"),
        ("2016-13-02", "write the day first"),
        ("03/02/16", "year of two digits"),
        ("3 Feb '16", "year of two digits"),
        ("soon", "is no date"),
        ("10", "is no date"),
        ("March 2016", "is no date"),
        ("1/2/3/2016", "is no date"),
        ("03/02/20166", "is no date"),
        ("99999999999999999999", "is no date"),
        ("-1", "is no date"),
        ("3 Febtober 2016", "is no date"),
    ] {
        let error = days::read(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn what_is_wrong_names_its_row_its_column_and_what_to_do() {
    let found = faults(
        "Name,DOB,Parent,Email,Mobile\n\
         ,3/2/2016,,,\n\
         Leo Hartwell,29/02/2023,,,\n\
         Mia Kowal,3/2/2031,Piotr Kowal,piotr at example.org,\n\
         Sam Adeyi,3/2/1816,,grace@example.org,\n\
         Kofi Mensa,3/2/2016,Abena Mensa,a@example.org; b@example.org,see notes\n\
         !!!,3/2/2016,,,\n\
         Al Adeyi,3/2/2016,,grace@example.org,\n",
    );
    let wanted = [
        "2 Name: the name is missing; write it, or leave this row out",
        "3 DOB: “29/02/2023” is not in the calendar; look the day up again",
        "4 DOB: 3 February 2031 is still to come; look the year up again",
        "4 Email: “piotr at example.org” is no mail address; write it like name@example.org, or leave it empty",
        "5 DOB: 3 February 1816 is too long ago; look the year up again",
        "6 Email: “a@example.org; b@example.org” is more than one address; keep one for each person",
        "6 Mobile: “see notes” is no telephone number; write it like 07700 900123, or leave it empty",
        "7 Name: “!!!” has no letters; write the name",
        "8 Parent: the parent's name is missing; write it beside the address or number",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn an_address_beside_no_parent_is_a_grown_up_s_own() {
    let rows =
        rows(b"Name,DOB,Email,18 or over\nJo Old,3/2/1990,jo@example.org,\nAl Old,,al@example.org,yes\n");
    assert!(rows.iter().all(|row| row.faults.is_empty() && row.guardians.is_empty()), "{rows:?}");
    assert_eq!([&rows[0].child.mail, &rows[1].child.mail], ["jo@example.org", "al@example.org"]);
}

#[test]
fn what_is_worth_knowing_holds_nothing_up() {
    let rows = rows("Name,DOB,Parent,Language\nLeo Hartwell,,Anna Hartwell,Somali\nJo,,N/A,-\n".as_bytes());
    assert!(rows.iter().all(|row| row.faults.is_empty()));
    let says: Vec<&str> = rows[0].notes.iter().map(|one| one.say.as_str()).collect();
    assert!(says.len() == 1 && says[0].contains("“Somali”"), "{says:?}");
    assert!(rows[1].guardians.is_empty(), "what stands for nothing is nothing");
}

#[test]
fn our_own_files_read_back_with_the_same_names() {
    let names = [
        "Zoë O'Brien",
        "=cmd|' /C calc'!A0",
        "+Plus",
        "-Dash",
        "@At",
        "Jo \"Jojo\" Bright",
        "a;b\tc",
        "'t Hooft",
    ];
    let cells: Vec<Vec<String>> =
        names.iter().map(|name| vec![(*name).to_owned(), "2016-02-03".to_owned()]).collect();
    let mut lines = write::CsvLines::new(&["Name", "Date of birth"]).unwrap();
    for row in &cells {
        lines.row(row.iter().map(String::as_str)).unwrap();
    }
    let book = write::workbook(&["Name", "Date of birth"], &cells).unwrap();
    for bytes in [lines.file().unwrap(), book] {
        let rows = rows(&bytes);
        let found: Vec<String> = rows.iter().map(|row| row.child.name.clone()).collect();
        let wanted: Vec<String> = names.iter().map(|name| name.replace('\t', " ")).collect();
        assert_eq!(found, wanted);
        assert!(rows.iter().all(|row| row.child.born == Some(Date::constant(2016, 2, 3))));
    }
}

#[test]
fn no_cell_of_a_written_workbook_is_a_formula() {
    let bytes = write::workbook(&["Name"], &[vec!["=1+1".to_owned()]]).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet)
        .unwrap();
    assert!(!sheet.contains("<f>") && sheet.contains("t=\"s\""), "{sheet}");
}

/// A part of a workbook: its name, and megabytes of zeros between a start and an end.
type Extra<'a> = (&'a str, [&'a str; 2], usize);

/// A workbook's skeleton around one sheet.
fn packed(sheet: &[u8], extra: Option<Extra<'_>>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    let rels = format!(
        "<Relationships xmlns=\"{packages}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
    );
    let root = format!(
        "<Relationships xmlns=\"{packages}\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    for (name, bytes) in [
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        archive.start_file(name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    if let Some((name, [start, end], megabytes)) = extra {
        archive.start_file(name, options).unwrap();
        archive.write_all(start.as_bytes()).unwrap();
        let zeros = vec![b'0'; 1 << 20];
        for _ in 0..megabytes {
            archive.write_all(&zeros).unwrap();
        }
        archive.write_all(end.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn sheet_of(cells: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    format!("<worksheet xmlns=\"{main}\"><dimension ref=\"A1:XFD1048576\"/><sheetData>{cells}</sheetData></worksheet>").into_bytes()
}

#[test]
fn hostile_files_end_in_a_sentence_and_little_memory() {
    let far = sheet_of(
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Name</t></is></c></row><row r=\"1048576\"><c r=\"A1048576\" t=\"inlineStr\"><is><t>x</t></is></c></row>",
    );
    let wide = sheet_of("<row r=\"1\"><c r=\"XFD1\" t=\"inlineStr\"><is><t>Name</t></is></c></row>");
    let mut columns = "Name".to_owned();
    columns.push_str(&",x".repeat(1_000_000));
    let lines = format!("Name\n{}", "A B\n".repeat(MOST_ROWS + 11));
    let long = format!("Name\n{}\n", "A".repeat(501));
    let mut lies = packed(&sheet_of(""), Some(("xl/media/zeros", ["", ""], 200)));
    // The bomb says of itself that it unpacks to one byte, in both places.
    let size = (200_u32 << 20).to_le_bytes();
    while let Some(at) = lies.windows(4).position(|window| window == size) {
        lies[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    // Every cell shows the one text that the workbook keeps; copied for each, a small file would be gigabytes.
    let shows = |rows: usize, columns: usize| {
        let row = |row| format!("<row r=\"{row}\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(columns));
        sheet_of(&(1..=rows).map(row).collect::<String>())
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let shared = |text: &str| format!("<sst xmlns=\"{main}\"><si><t>{text}");
    let (start, short) = (shared(""), shared(&"x".repeat(500)));
    let one_text = |start, megabytes| Some(("xl/sharedStrings.xml", [start, "</t></si></sst>"], megabytes));
    let cases: Vec<(&str, Vec<u8>, Vec<SheetError>)> = vec![
        ("nothing", Vec::new(), vec![SheetError::Empty]),
        ("blank lines", b"\r\n,,,\r\n  \r\n".to_vec(), vec![SheetError::Empty]),
        ("too many bytes", vec![b'a'; MOST_BYTES + 1], vec![SheetError::TooLarge]),
        ("a million columns", columns.into_bytes(), vec![SheetError::TooWide]),
        ("too many rows", lines.into_bytes(), vec![SheetError::TooLong]),
        ("a long cell", long.into_bytes(), vec![SheetError::LongCell(2)]),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), vec![SheetError::NoSheet]),
        ("a document", b"%PDF-1.7\n\x01\x02".to_vec(), vec![SheetError::NoSheet]),
        ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(), vec![SheetError::OldExcel]),
        ("a lying mark", b"\xef\xbb\xbfName\nZo\xeb\n".to_vec(), vec![SheetError::Letters]),
        ("half a letter", b"\xff\xfeN\0a\0m\0e\0\n\0\xd8".to_vec(), vec![SheetError::Letters]),
        ("half of a pair", b"\xff\xfeN\0\n\0\x3d\xd8".to_vec(), vec![SheetError::Letters]),
        ("a zip of nothing", b"PK\x03\x04nonsense".to_vec(), vec![SheetError::Damaged]),
        (
            "a zip bomb",
            packed(&sheet_of(""), Some(("xl/media/zeros", ["", ""], 200))),
            vec![SheetError::TooLarge],
        ),
        ("a zip bomb that lies", lies, vec![SheetError::TooLarge, SheetError::Damaged]),
        ("the last cell there is", packed(&far, None), vec![SheetError::TooLong]),
        ("the last column there is", packed(&wide, None), vec![SheetError::TooWide]),
        (
            "one long text in a hundred cells",
            packed(&shows(1, 100), one_text(&start, 60)),
            vec![SheetError::LongCell(1)],
        ),
        (
            "one text in all cells",
            packed(&shows(2_000, 100), one_text(&short, 0)),
            vec![SheetError::TooLarge],
        ),
        ("no sheet in it", packed(b"<html/>", None), vec![SheetError::Damaged, SheetError::Empty]),
    ];
    for (name, bytes, wanted) in cases {
        let started = std::time::Instant::now();
        let found = read(&bytes).unwrap_err();
        assert!(wanted.contains(&found), "{name}: {found:?}");
        assert!(started.elapsed().as_secs() < 20, "{name}");
    }
}

#[test]
fn a_table_without_headings_or_rows_says_what_is_missing() {
    let why = |text: &str| understand(&read(text.as_bytes()).unwrap(), today(), true).unwrap_err();
    assert_eq!(why("Asha Verma,3/2/2016\nLeo Hartwell,1/1/2015\n"), SheetError::NoHeadings);
    assert_eq!(why("Surname,DOB\nVerma,3/2/2016\n"), SheetError::NoHeadings);
    assert_eq!(why("Name,DOB\n"), SheetError::NoRows);
    assert!(matches!(
        why("Name,Email,Parent email\nA,b@example.org,c@example.org\n"),
        SheetError::SameTwice(..)
    ));
}

#[test]
fn any_bytes_at_all_are_read_or_refused() {
    use cleansheet_terms::{Entropy as _, SeededEntropy};
    let mut chance = SeededEntropy::new(5);
    let book = write::workbook(&["Name"], &[vec!["Asha Verma".to_owned()]]).unwrap();
    for round in 0..400_usize {
        let mut bytes = if round % 2 == 0 { book.clone() } else { SHEET.as_bytes().to_vec() };
        let mut noise = [0_u8; 24];
        chance.fill(&mut noise);
        for pair in noise.chunks_exact(3) {
            let at = (usize::from(pair[0]) << 8 | usize::from(pair[1])) % bytes.len();
            bytes[at] = pair[2];
        }
        bytes.truncate(bytes.len() - usize::from(noise[0]) % bytes.len().min(64));
        if let Ok(table) = read(&bytes) {
            let _either = understand(&table, today(), true);
        }
    }
}
