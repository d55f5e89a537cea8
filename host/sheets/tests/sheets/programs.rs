//! R23: files as other programs write them. How each was made is in `fixtures/README.md`.

use usher_sheets::{Bounds, Kind, Separator};

use crate::{Content, read};

const HEADER: [&str; 6] = ["Name", "Phone", "Start", "Active", "Cost", "Note"];
const EMILE: &str = "Émile Ünïcode 名前";
const MORNING: &str = "2026-03-31T08:30:00";

fn check(file: &[u8], kind: Kind, rows: &[(u32, &[&str])]) {
    assert_eq!(read(file, Bounds::default()).unwrap(), (kind, Content::new(&HEADER, rows)));
}

fn csv(encoding: &'static str, separator: Separator) -> Kind {
    Kind::Csv { encoding, separator }
}

#[test]
fn r23_openpyxl() {
    let file = include_bytes!("../fixtures/openpyxl.xlsx");
    check(
        file,
        Kind::Xlsx,
        &[
            (2, &["Ada Lovelace", "491701234567", "2026-03-31", "TRUE", "12.5", "{formula}"]),
            (4, &[EMILE, "+49 170 1234567", MORNING, "FALSE", "0.3", "{#REF!}"]),
            (6, &["José", "", "", "", "", "line one\nline two"]),
        ],
    );
}

#[test]
fn r23_xlsxwriter_with_an_array_formula_over_two_rows() {
    let file = include_bytes!("../fixtures/xlsxwriter.xlsx");
    check(
        file,
        Kind::Xlsx,
        &[
            (2, &["Ada Lovelace", "491701234567", "2026-03-31", "TRUE", "12.5", "{formula}"]),
            (4, &[EMILE, "+49 170 1234567", MORNING, "FALSE", "0.3", "{formula}"]),
            (5, &["", "", "", "", "", "{formula}"]),
            (6, &["José", "", "", "", "", "line one\nline two"]),
        ],
    );
}

#[test]
fn r23_libreoffice() {
    let file = include_bytes!("../fixtures/libreoffice.xlsx");
    check(
        file,
        Kind::Xlsx,
        &[
            (2, &["Ada Lovelace", "491701234567", "2026-03-31", "TRUE", "12.5", "{formula}"]),
            (4, &[EMILE, "+49 170 1234567", MORNING, "FALSE", "0.3", "{formula}"]),
            (6, &["José", "", "", "", "", "line one\nline two"]),
        ],
    );
}

#[test]
fn r23_libreoffice_csv_in_windows_1252_and_utf_16() {
    let check = |file: &[u8], kind, emile: &str| {
        check(
            file,
            kind,
            &[
                (2, &["Ada Lovelace", "491701234567", "2026-03-31", "TRUE", "12.5", "Ada Lovelace!"]),
                (4, &[emile, "+49 170 1234567", "2026-03-31 08:30:00", "FALSE", "0.3", "#DIV/0!"]),
                (6, &["José", "", "", "", "", "line one\nline two"]),
            ],
        );
    };
    let latin = include_bytes!("../fixtures/libreoffice-1252.csv");
    check(latin, csv("windows-1252", Separator::Semicolon), "Émile Ünïcode ??");
    check(include_bytes!("../fixtures/libreoffice-utf16.csv"), csv("UTF-16LE", Separator::Tab), EMILE);
}
