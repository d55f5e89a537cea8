//! R23, R25, R29: what is written, read again.

use std::io::Cursor;

use usher_sheets::{Bounds, Cell, Column, Format, Reader, Refusals, Row, Separator, Table, Template};

use crate::{Content, read};

const FORMATS: [Format; 4] =
    [Format::Xlsx, Format::Csv(Separator::Comma), Format::Csv(Separator::Semicolon), Format::Csv(Separator::Tab)];

fn template() -> Template {
    let types = ["regular", "intern", "outsourcing, external", "contractor"];
    Template {
        name: "Members".into(),
        columns: vec![
            Column::required("Name"),
            Column::required("Department"),
            Column::required("Workforce type").choices(types),
            Column::optional("Phone"),
        ],
        instructions: vec!["One row each, \"required\" columns first.".into(), "=Save; then send\nit back".into()],
    }
}

/// The text of a part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn r23_a_template_is_read_as_a_sheet_without_rows() {
    for format in FORMATS {
        let mut file = Vec::new();
        template().write(&mut file, format).unwrap();
        let expected = Content::new(&["Name", "Department", "Workforce type", "Phone"], &[]);
        assert_eq!(read(&file, Bounds::default()).unwrap().1, expected, "{format:?}");
    }
}

#[test]
fn r23_a_filled_in_csv_template_is_read() {
    let mut file = Vec::new();
    template().write(&mut file, Format::Csv(Separator::Semicolon)).unwrap();
    file.extend(b"Ada;Research;regular;'+49 170\r\n");
    let (_, content) = read(&file, Bounds::default()).unwrap();
    assert_eq!(content.rows, [(6, ["Ada", "Research", "regular", "+49 170"].map(str::to_owned).to_vec())]);
}

#[test]
fn r23_a_workbook_template_offers_choices_and_keeps_text() {
    let mut file = Vec::new();
    template().write(&mut file, Format::Xlsx).unwrap();
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains("sqref=\"C2:C1048576\"") && sheet.contains("<formula1>Choices!$C$1:$C$4</formula1>"),
        "{sheet}"
    );
    assert!(part(&file, "xl/workbook.xml").contains("name=\"Choices\" sheetId=\"3\" state=\"hidden\""));
    let strings = part(&file, "xl/sharedStrings.xml");
    for text in ["One row each", "outsourcing, external", "Workforce type: regular | intern"] {
        assert!(strings.contains(text), "{text}");
    }
}

#[test]
fn r25_refused_rows_come_back_with_reasons_and_without_passwords() {
    let text = |text: &str| Cell::Text(text.to_owned());
    let rows = [
        Row { number: 2, cells: vec![text("Ada"), text("secret1"), text("+49 170")] },
        Row {
            number: 5,
            cells: vec![Cell::Formula("=A2&\" B\"".into()), Cell::Formula("=C2".into()), Cell::Formula(String::new())],
        },
        Row { number: 7, cells: vec![text("=cmd|' /C calc'!A0"), text("secret2"), Cell::Error("#REF!".into())] },
        Row { number: 9, cells: vec![text("Doe"), text("John"), text("secret3"), text("+49 171")] },
        Row { number: 11, cells: vec![text("Bob")] },
    ];
    for format in FORMATS {
        let header = ["Name", "Password", "Phone"].map(str::to_owned);
        let mut refusals = Refusals::new(Vec::new(), format, "Members", &header, &[1], "Reason").unwrap();
        for row in &rows {
            refusals.add(row, &format!("reason {}", row.number)).unwrap();
        }
        let file = refusals.finish().unwrap();
        let expected = Content::new(
            &["Name", "Password", "Phone", "Reason"],
            &[
                (2, &["Ada", "", "+49 170", "reason 2"]),
                (3, &["=A2&\" B\"", "", "", "reason 5"]),
                (4, &["=cmd|' /C calc'!A0", "", "#REF!", "reason 7"]),
                (5, &["Doe", "", "", "reason 9"]),
                (6, &["Bob", "", "", "reason 11"]),
            ],
        );
        assert_eq!(read(&file, Bounds::default()).unwrap().1, expected, "{format:?}");
    }
}

#[test]
fn r25_rows_that_are_refused_again_come_back_with_the_new_reason_alone() {
    let row = |cells: &[&str]| Row { number: 2, cells: cells.iter().map(|text| Cell::Text((*text).into())).collect() };
    for format in FORMATS {
        let header = ["Name", "Password", "Reason"].map(str::to_owned);
        let mut refusals = Refusals::new(Vec::new(), format, "Members", &header, &[1], "Reason").unwrap();
        refusals.add(&row(&["Ada", "secret", "before"]), "now").unwrap();
        refusals.add(&row(&["Doe", "John", "secret", "before"]), "out of place").unwrap();
        let expected = Content::new(
            &["Name", "Password", "Reason"],
            &[(2, &["Ada", "", "now"]), (3, &["Doe", "", "out of place"])],
        );
        assert_eq!(read(&refusals.finish().unwrap(), Bounds::default()).unwrap().1, expected, "{format:?}");
    }
}

#[test]
fn r25_no_program_runs_what_is_written() {
    let dangerous = ["=1+1", "+49 170 1234567", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1", "＝1"];
    let write = |format| {
        let mut table = Table::new(Vec::new(), format, "Members", &["=Name"]).unwrap();
        for text in dangerous {
            table.add([text]).unwrap();
        }
        table.finish().unwrap()
    };
    for format in FORMATS {
        let reader = Reader::open(Cursor::new(write(format)), Bounds::default()).unwrap();
        assert_eq!(reader.header(), ["=Name"], "{format:?}");
        let back: Vec<String> = reader.map(|row| row.unwrap().cell(0).text().unwrap().to_owned()).collect();
        assert_eq!(back, dangerous, "{format:?}");
    }
    let csv = String::from_utf8(write(Format::Csv(Separator::Comma))).unwrap();
    let unguarded =
        csv.split("\r\n").find(|line| line.trim_start_matches(['\u{feff}', '"']).starts_with(['=', '+', '-', '@']));
    assert_eq!(unguarded, None);
    let sheet = part(&write(Format::Xlsx), "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f") && sheet.matches(" t=\"s\"").count() == dangerous.len() + 1, "{sheet}");
}

#[test]
fn r29_a_workbook_is_the_same_bytes_each_time() {
    let write = || {
        let mut table = Table::new(Vec::new(), Format::Xlsx, "Accounts", &["Account", "Password"]).unwrap();
        table.add(["ada", "secret"]).unwrap();
        table.finish().unwrap()
    };
    assert_eq!(write(), write());
}

#[test]
fn r25_what_a_workbook_can_not_hold_is_an_error() {
    let mut table = Table::new(Vec::new(), Format::Xlsx, "Members", &["Name"]).unwrap();
    let said = table.add(["x".repeat(32_768)]).unwrap_err().to_string();
    assert!(said.starts_with("a workbook can't hold this"), "{said}");
    let said = Table::new(Vec::new(), Format::Xlsx, "a/b", &["Name"]).unwrap_err().to_string();
    assert!(said.starts_with("a workbook can't hold this"), "{said}");
}
