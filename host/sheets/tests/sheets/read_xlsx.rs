//! R23: workbooks, and what is wrong with them.

use std::io::Cursor;

use usher_sheets::{Bounds, Cell, Reader};

use crate::book::{Book, SHARED, SHEET, STYLES, WORKBOOK, row};
use crate::{Content, failure, read};

const HEADER: &str = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>Name</v></c></row>";

/// A cell's XML at A2, and what it is read as.
fn check_cell(book: fn(Book) -> Book, cell: &str, expected: &str) {
    let book = book(Book::new(&format!("{HEADER}<row r=\"2\">{cell}</row>")));
    let (_, content) = read(&book.bytes(), Bounds::default()).unwrap();
    let expected: &[(u32, &[&str])] = if expected.is_empty() { &[] } else { &[(2, &[expected])] };
    assert_eq!(content, Content::new(&["Name"], expected), "{cell}");
}

#[test]
fn r23_cells_of_every_type() {
    let check = |cell: &str, expected: &str| check_cell(|book| book, cell, expected);
    check("<c r=\"A2\"><v>491701234567</v></c>", "491701234567");
    check("<c r=\"A2\" t=\"n\"><v>4.91701234567E11</v></c>", "491701234567");
    check("<c><v>1.5</v></c>", "1.5");
    check("<c t=\"b\"><v>1</v></c>", "TRUE");
    check("<c t=\"b\"><v>0</v></c>", "FALSE");
    check("<c t=\"e\"><v>#N/A</v></c>", "{#N/A}");
    check("<c t=\"d\"><v>2026-03-31</v></c>", "2026-03-31");
    check("<c t=\"str\"><v>a &lt; b &amp;&#32;c&#xE9;</v></c>", "a < b & cé");
    check("<c t=\"inlineStr\"><is><t>plain</t></is></c>", "plain");
    check("<c t=\"inlineStr\"><is><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r></is></c>", "rich");
    check("<c t=\"inlineStr\"><is><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh></is></c>", "東京");
    check("<c t=\"inlineStr\"><is><t><![CDATA[a<b]]></t></is></c>", "a<b");
    check("<c t=\"inlineStr\"><is><t>a_x000D_b_x005F_x</t></is></c>", "a\rb_x");
    check("<c t=\"inlineStr\"><is><t>'+49 170</t></is></c>", "+49 170");
    check("<x:c t=\"str\"><x:v>prefixed</x:v></x:c>", "prefixed");
    check("<c t=\"inlineStr\"><is><t>   </t></is></c>", "");
    check("<c s=\"3\"/>", "");
    check("<c t=\"str\"><v/></c>", "");
}

#[test]
fn r25_formulas_are_never_values() {
    let check = |cell: &str| check_cell(|book| book, cell, "{formula}");
    check("<c t=\"str\"><f>A1</f><v>claimed</v></c>");
    check("<c><f>1+1</f><v>2</v></c>");
    check("<c><f>1+1</f></c>");
    check("<c><f/><v>2</v></c>");
    check("<c t=\"str\"><f t=\"shared\" si=\"0\"/><v>claimed</v></c>");
    check("<c><f t=\"array\" ref=\"A2\">1</f><v>1</v></c>");
    check("<c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c>");
}

#[test]
fn r25_the_text_of_a_formula_is_kept_within_the_bound_on_cells() {
    let book = |formula: &str| {
        let row = format!("<row r=\"2\"><c r=\"A2\">{formula}<v>1</v></c></row>");
        Book::new(&[HEADER, &row].concat()).bytes()
    };
    let check = |formula: &str, expected: &str| {
        let mut reader = Reader::open(Cursor::new(book(formula)), Bounds::default()).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().cells, [Cell::Formula(expected.to_owned())], "{formula}");
    };
    check("<f>A1&amp;\" x\"</f>", "=A1&\" x\"");
    check("<f t=\"shared\" si=\"0\"/>", "=");
    let most = "1".repeat(32_766);
    check(&format!("<f>{most}</f>"), &format!("={most}"));
    assert!(failure(&book(&format!("<f>{most}1</f>")), Bounds::default()).contains("cell-bytes"));
}

#[test]
fn r25_cells_that_an_array_formula_covers_are_formulas() {
    let cell = |at: &str, formula: &str| format!("<c r=\"{at}\" t=\"str\">{formula}<v>x</v></c>");
    let rows = [
        HEADER.to_owned(),
        format!("<row r=\"2\">{}{}</row>", cell("A2", ""), cell("B2", "<f t=\"array\" ref=\"B2:C3\">A1</f>")),
        format!("<row r=\"3\">{}{}{}</row>", cell("A3", ""), cell("B3", ""), cell("C3", "")),
        format!("<row r=\"4\">{}{}</row>", cell("A4", ""), cell("B4", "")),
    ];
    let (_, content) = read(&Book::new(&rows.concat()).bytes(), Bounds::default()).unwrap();
    let expected: &[(u32, &[&str])] =
        &[(2, &["x", "{formula}"]), (3, &["x", "{formula}", "{formula}"]), (4, &["x", "x"])];
    assert_eq!(content, Content::new(&["Name"], expected));
}

#[test]
fn r23_shared_strings_and_styles() {
    fn with_tables(book: Book) -> Book {
        book.part(SHARED, "<sst><si><t>zero</t></si><si><r><t>o</t></r><r><t>ne</t></r></si><si/></sst>").part(
            STYLES,
            "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"d. mmmm yyyy\"/>\
             <numFmt numFmtId=\"165\" formatCode=\"00000\"/></numFmts><cellStyleXfs>\
             <xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
             <xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>",
        )
    }
    let check = |cell: &str, expected: &str| check_cell(with_tables, cell, expected);
    check("<c t=\"s\"><v>0</v></c>", "zero");
    check("<c t=\"s\"><v>1</v></c>", "one");
    check("<c t=\"s\"><v>2</v></c>", "");
    check("<c s=\"0\"><v>46112</v></c>", "46112");
    check("<c s=\"1\"><v>46112</v></c>", "2026-03-31");
    check("<c s=\"2\"><v>46112.5</v></c>", "2026-03-31T12:00:00");
    check("<c s=\"3\"><v>123</v></c>", "00123");
    check("<c s=\"9\"><v>46112</v></c>", "46112");
    check("<c s=\"1\"><v>99999999</v></c>", "99999999");
    check_cell(
        |book| {
            with_tables(book).part(
                WORKBOOK,
                "<workbook><workbookPr date1904=\"1\"/><sheets><sheet r:id=\"r1\"/></sheets></workbook>",
            )
        },
        "<c s=\"1\"><v>44650</v></c>",
        "2026-03-31",
    );
}

#[test]
fn r23_rows_and_cells_that_leave_out_where_they_are() {
    let rows = "<row><c t=\"str\"><v>Name</v></c><c t=\"str\"><v>Note</v></c></row><row/>\
                <row><c t=\"str\"><v>Ada</v></c><c r=\"D3\" t=\"str\"><v>d</v></c><c t=\"str\"><v>e</v></c></row>";
    let (_, content) = read(&Book::new(rows).bytes(), Bounds::default()).unwrap();
    assert_eq!(content, Content::new(&["Name", "Note"], &[(3, &["Ada", "", "", "d", "e"])]));
}

#[test]
fn r23_broken_workbooks_say_where() {
    let check = |book: Book, expected: &str| {
        let said = failure(&book.bytes(), Bounds::default());
        assert!(said.starts_with(expected), "{said}");
    };
    let sheet = |rows: &str| Book::new(&format!("{HEADER}{rows}"));
    check(sheet("<row r=\"2\"><c r=\"B2\" t=\"s\"><v>7</v></c></row>"), "row 2, column B: the cell refers to a string");
    check(
        sheet("<row r=\"2\"><c r=\"A2\" t=\"s\"><v>-1</v></c></row>"),
        "row 2, column A: the cell refers to a string",
    );
    check(sheet("<row r=\"2\"><c t=\"q\"><v>7</v></c></row>"), "row 2, column A: the cell is of a type");
    check(sheet("<row r=\"2\"><c><v>seven</v></c></row>"), "row 2, column A: the cell holds no number");
    check(sheet("<row r=\"1\"/>"), "row 2: the rows are not in order");
    check(sheet("<row r=\"1048577\"/>"), "row 2: the rows are not in order");
    check(sheet("<row r=\"2\"><c r=\"A3\"/></row>"), "row 2: a cell is not where it says");
    check(sheet("<row r=\"2\"><c r=\"XFE2\"/></row>"), "row 2: a cell is not where it says");
    let twice = "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"A2\"><v>2</v></c></row>";
    check(sheet(twice), "row 2, column A: the cells are not in order");
    check(sheet("</row>"), "\"xl/worksheets/sheet1.xml\": ");
    check(sheet("").part(SHEET, "<worksheet><sheetData>"), "\"xl/worksheets/sheet1.xml\": the part is cut off");
    check(sheet("").without(SHEET), "\"xl/worksheets/sheet1.xml\": the workbook lacks this part");
    check(sheet("").without(WORKBOOK), "\"xl/workbook.xml\": the workbook lacks this part");
    check(sheet("").part(SHARED, b"<sst><si><t>\xFF</t></si></sst>".to_vec()), "\"xl/sharedStrings.xml\": ");
    check(sheet("").part(WORKBOOK, "<workbook><sheets/></workbook>"), "\"xl/workbook.xml\": there is no visible sheet");
    check(Book::new("<row><c t=\"str\"><f>A2</f><v>Name</v></c></row>"), "row 1, column A: the name of a column");
    check(Book::new(""), "there is no row with the names");
    check(sheet("").without("[Content_Types].xml"), "this is a zip archive");
    check(sheet("").without("[Content_Types].xml").part("content.xml", "<x/>"), "this is an OpenDocument file");
}

#[test]
fn r23_hidden_sheets_and_links_to_other_files_are_passed_over() {
    let book = Book::new(&row(1, &["Name"])).part(
        WORKBOOK,
        "<workbook><sheets><sheet state=\"hidden\" r:id=\"r9\"/><sheet state=\"veryHidden\" r:id=\"r9\"/>\
         <sheet r:id=\"r1\"/></sheets></workbook>",
    );
    assert_eq!(read(&book.bytes(), Bounds::default()).unwrap().1, Content::new(&["Name"], &[]));
    let outside = Book::new("").part(
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"http://x/\" TargetMode=\"External\"/>\
         </Relationships>",
    );
    assert!(failure(&outside.bytes(), Bounds::default()).contains("the first sheet is not in the file"));
}
