//! Sheets made at random: what is written comes back, and no bytes make a reader panic or pass its bounds.

use std::io::Cursor;

use proptest::prelude::*;
use proptest::{collection::vec, sample::Index};
use usher_sheets::{Bound, Bounds, Format, Reader, Separator, Table};

use crate::book::{Book, SHARED, STYLES, row};

/// Small enough that random files pass them.
fn tight() -> Bounds {
    Bounds::for_rows(50)
        .with(Bound::FileBytes, 64 << 10)
        .with(Bound::EntryBytes, 64 << 10)
        .with(Bound::TotalBytes, 128 << 10)
        .with(Bound::Cells, 200)
        .with(Bound::Columns, 16)
        .with(Bound::CellBytes, 100)
        .with(Bound::SharedStrings, 100)
        .with(Bound::XmlBytes, 1_000)
}

/// Reads all there is, and holds what comes against the bounds.
fn read_within(bytes: &[u8], bounds: Bounds) -> Result<(), TestCaseError> {
    let Ok(reader) = Reader::open(Cursor::new(bytes), bounds) else { return Ok(()) };
    let (mut rows, mut cells, mut last) = (0, 0, 0);
    for row in reader {
        let Ok(row) = row else { break };
        rows += 1;
        prop_assert!(row.number > last, "row {} after {last}", row.number);
        last = row.number;
        cells += row.cells.iter().filter(|cell| cell.text() != Some("")).count() as u64;
        prop_assert!(row.cells.len() as u64 <= bounds.limit(Bound::Columns));
        let longest = row.cells.iter().filter_map(|cell| cell.text()).map(str::len).max().unwrap_or_default();
        // A stored number is written out in full.
        prop_assert!(longest as u64 <= bounds.limit(Bound::CellBytes).max(350));
    }
    prop_assert!(rows <= bounds.limit(Bound::Rows) && cells <= bounds.limit(Bound::Cells));
    Ok(())
}

fn valid_workbook() -> Vec<u8> {
    let rows: String = (1..20).map(|number| row(number, &["Name", "Ada", "&lt;x&gt;"])).collect();
    let more = "<row r=\"30\"><c r=\"A30\" t=\"s\"><v>1</v></c><c r=\"C30\" s=\"1\"><v>46112.5</v></c>\
                <c r=\"D30\"><f t=\"array\" ref=\"D30:E31\">1</f><v>1</v></c></row>";
    Book::new(&format!("{rows}{more}"))
        .part(SHARED, "<sst><si><t>zero</t></si><si><r><t>one</t></r></si></sst>")
        .part(STYLES, "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>")
        .bytes()
}

/// Pieces that the formats give a meaning.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,6}",
        "\\PC{0,4}",
        prop::sample::select(vec![
            ",", ";", "\t", "\"", "\r", "\n", "\r\n", "'", "=", "#", "\u{feff}", "sep=;\n", "<", "&", "_x000D_", "_x",
        ])
        .prop_map(str::to_owned),
    ]
}

fn text() -> impl Strategy<Value = String> {
    vec(piece(), 0..6).prop_map(|pieces| pieces.concat())
}

/// Text as it comes back: only white space is nothing.
fn kept(text: &str) -> &str {
    if text.trim().is_empty() { "" } else { text }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r25_what_is_written_as_csv_is_read(
        rows in vec(vec(text(), 3), 0..6),
        separator in prop::sample::select(vec![Separator::Comma, Separator::Semicolon, Separator::Tab]),
    ) {
        check_round_trip(&rows, Format::Csv(separator))?;
    }

    #[test]
    fn no_text_breaks_the_reader(text in vec(piece(), 0..60)) {
        read_within(text.concat().as_bytes(), tight())?;
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in vec(any::<u8>(), 0..2_000), kind in 0_usize..4) {
        let start: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\xFF\xFE", b"Name,Note\n"];
        read_within(&[start[kind], &bytes].concat(), tight())?;
    }

    #[test]
    fn no_damage_to_a_workbook_breaks_the_reader(
        damage in vec((any::<Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<Index>()),
    ) {
        let mut bytes = valid_workbook();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_within(&bytes, tight())?;
    }

    #[test]
    fn no_damage_within_a_part_breaks_the_reader(
        damage in vec((any::<Index>(), piece()), 1..8),
        part in prop::sample::select(vec![crate::book::SHEET, SHARED, STYLES, crate::book::WORKBOOK]),
    ) {
        let valid = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>Name</v></c></row><row r=\"2\">\
                     <c r=\"B2\" s=\"1\"><v>46112</v></c><c t=\"s\"><v>0</v></c></row></sheetData></worksheet>";
        let mut content = valid.as_bytes().to_vec();
        for (at, piece) in damage {
            let at = at.index(content.len());
            content.splice(at..at, piece.bytes());
        }
        read_within(&Book::new(&row(1, &["Name"])).part(part, content).bytes(), tight())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn r25_what_is_written_as_a_workbook_is_read(rows in vec(vec(text(), 3), 0..6)) {
        check_round_trip(&rows, Format::Xlsx)?;
    }
}

fn check_round_trip(rows: &[Vec<String>], format: Format) -> Result<(), TestCaseError> {
    let mut table = Table::new(Vec::new(), format, "Members", &["Name", "Note", "More"]).unwrap();
    for row in rows {
        table.add(row).unwrap();
    }
    let reader = Reader::open(Cursor::new(table.finish().unwrap()), Bounds::default()).unwrap();
    let back: Vec<Vec<String>> = reader
        .map(|row| {
            let row = row.unwrap();
            (0..3).map(|column| row.cell(column).text().unwrap().to_owned()).collect()
        })
        .collect();
    let written: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|text| kept(text).to_owned()).collect::<Vec<_>>())
        .filter(|row| row.iter().any(|text| !text.is_empty()))
        .collect();
    prop_assert_eq!(back, written);
    Ok(())
}
