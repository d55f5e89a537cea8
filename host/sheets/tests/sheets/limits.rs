//! Every bound, by name, with the place where a file passed it; and files made to take a host down.

use usher_sheets::{Bound, Bounds};

use crate::book::{Book, SHARED, SHEET, STYLES, row};
use crate::{failure, read};

const MIB: usize = 1 << 20;

/// Reads fine at `limit`, and at one less fails, naming the bound and the place.
fn check(bytes: &[u8], bound: Bound, limit: u64, place: &str) {
    let fits = Bounds::default().with(bound, limit);
    if let Err(error) = read(bytes, fits) {
        panic!("{bound} at {limit}: {error}");
    }
    let said = failure(bytes, fits.with(bound, limit - 1));
    let expected = format!("{place}: the bound {bound} is {}", limit - 1);
    assert!(said.starts_with(&expected), "{said}, not {expected}");
}

fn people(rows: u32) -> String {
    (1..=rows).map(|number| row(number, &["Name", "Department", "Type"])).collect()
}

/// Which test covers a bound: one without fails to compile.
#[test]
fn every_bound_has_its_edge() {
    for bound in Bound::ALL {
        match bound {
            Bound::FileBytes => check(b"Name\nAda\n", bound, 9, "the file"),
            Bound::Entries => check(&Book::new(&people(2)).bytes(), bound, 5, "the file"),
            Bound::EntryBytes => {
                let sheet = Book::new(&people(1_000)).bytes();
                let length = people(1_000).len() + "<worksheet><sheetData></sheetData></worksheet>".len();
                check(&sheet, bound, length as u64, "\"xl/worksheets/sheet1.xml\"");
            }
            Bound::TotalBytes => total_bytes(),
            Bound::Ratio => {
                let said = failure(&Book::new(&people(10_000)).bytes(), Bounds::default().with(bound, 10));
                assert!(said.starts_with("\"xl/worksheets/sheet1.xml\": the bound ratio is 10"), "{said}");
            }
            Bound::IntroRows => check(b"# a\n# b\nName\n", bound, 2, "row 2"),
            Bound::Rows => {
                check(b"Name\nAda\n\nBob\n", bound, 2, "row 4");
                check(&Book::new(&people(4)).bytes(), bound, 3, "row 4");
            }
            Bound::Columns => {
                check(b"Name\n,,,x,,,,\n", bound, 4, "row 2, column D");
                check(&Book::new(&row(1, &["a", "b", "c"])).bytes(), bound, 3, "row 1, column C");
            }
            Bound::Cells => {
                check(b"Name,Note\n,x\n,y\n", bound, 4, "row 3, column B");
                check(&Book::new(&people(2)).bytes(), bound, 6, "row 2, column C");
            }
            Bound::CellBytes => cell_bytes(),
            Bound::SharedStrings => check(&shared(3), bound, 3, "\"xl/sharedStrings.xml\""),
            Bound::SharedBytes => check(&shared(4), bound, 4, "\"xl/sharedStrings.xml\""),
            Bound::Styles => {
                let styles = "<styleSheet><cellXfs><xf/><xf/></cellXfs></styleSheet>";
                let book = Book::new(&people(1)).part(STYLES, styles);
                check(&book.bytes(), bound, 2, "\"xl/styles.xml\"");
                let formats = "<styleSheet><numFmts><numFmt/><numFmt/></numFmts></styleSheet>";
                let book = Book::new(&people(1)).part(STYLES, formats);
                check(&book.bytes(), bound, 2, "\"xl/styles.xml\"");
            }
            Bound::FormulaRanges => {
                let array = "<f t=\"array\" ref=\"A2:A9\"/>";
                let cells = format!("<c>{array}</c><c>{array}</c>");
                let book = Book::new(&format!("{}<row>{cells}</row>", people(1)));
                check(&book.bytes(), bound, 2, "row 2, column B");
            }
            Bound::XmlDepth => {
                let book = Book::new(&people(1)).part(STYLES, format!("{}{}", "<a>".repeat(9), "</a>".repeat(9)));
                check(&book.bytes(), bound, 9, "\"xl/styles.xml\"");
            }
            Bound::XmlBytes => {
                let tag = format!("<a b=\"{}\"/>", "x".repeat(1_000));
                let said =
                    failure(&Book::new(&people(1)).part(STYLES, tag).bytes(), Bounds::default().with(bound, 1_000));
                assert!(said.starts_with("\"xl/styles.xml\": the bound xml-bytes is 1000"), "{said}");
            }
        }
    }
}

fn shared(count: usize) -> Vec<u8> {
    let strings = "<si><t>x</t></si>".repeat(count);
    Book::new(&people(1)).part(SHARED, format!("<sst>{strings}</sst>")).bytes()
}

/// Parts are counted together, in the order in which they are read: the sheet is last.
fn total_bytes() {
    let styles = format!("<styleSheet>{}</styleSheet>", " ".repeat(5_000));
    let book = Book::new(&people(1)).part(STYLES, styles).bytes();
    let bounds = Bounds::default().with(Bound::EntryBytes, 5_100);
    assert!(read(&book, bounds).is_ok());
    let said = failure(&book, bounds.with(Bound::TotalBytes, 5_200));
    assert!(said.contains("the bound total-bytes is 5200"), "{said}");
}

fn cell_bytes() {
    let bound = Bound::CellBytes;
    check(b"N,M\n,four\n", bound, 4, "row 2, column B");
    check(b"N,M\n,\"f\"\"r\"\n", bound, 3, "row 2, column B");
    check(b"N,M\n,\"never closed\nfor long\n", bound, 22, "row 2, column B");
    check(&Book::new(&row(1, &["a", "four"])).bytes(), bound, 4, "row 1, column B");
    let shared = "<sst><si><t>four</t></si></sst>";
    let book = Book::new("<row><c t=\"s\"><v>0</v></c></row>").part(SHARED, shared);
    check(&book.bytes(), bound, 4, "row 1, column A");
}

#[test]
fn a_zip_bomb_ends_at_the_ratio() {
    let bomb = Book::new(&people(1)).part(SHARED, b"<a/>".repeat(MIB)).bytes();
    assert!(bomb.len() < MIB / 40, "{}", bomb.len());
    let said = failure(&bomb, Bounds::default());
    assert!(said.starts_with("\"xl/sharedStrings.xml\": the bound ratio is 200"), "{said}");
}

#[test]
fn a_zip_bomb_whose_directory_lies_ends_where_the_bytes_do() {
    let bomb = Book::new(&people(1)).part(SHARED, b"<a/>".repeat(MIB / 2)).bytes();
    let (honest, lie) = (u32::try_from(2 * MIB).unwrap().to_le_bytes(), 100_u32.to_le_bytes());
    let mut lying = bomb.clone();
    for at in 0..lying.len() - 4 {
        if lying[at..at + 4] == honest {
            lying[at..at + 4].copy_from_slice(&lie);
        }
    }
    assert_ne!(bomb, lying);
    let bounds = Bounds::default().with(Bound::EntryBytes, MIB as u64).with(Bound::Ratio, u64::MAX);
    assert!(failure(&lying, bounds).starts_with("\"xl/sharedStrings.xml\": the bound entry-bytes is 1048576"));
}

#[test]
fn entities_and_document_types_are_refused() {
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><sst><si><t>&b;</t></si></sst>";
    let check = |part: &str, content: &str, expected: &str| {
        let said = failure(&Book::new(&people(1)).part(part, content).bytes(), Bounds::default());
        assert_eq!(said, format!("{part:?}: {expected}, which is refused"));
    };
    check(SHARED, laughs, "a document type");
    check(SHEET, "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><worksheet/>", "a document type");
    check(SHARED, "<sst><si><t>&b;</t></si></sst>", "an entity of its own");
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let far = |value: &str| {
        let cell = format!("<row r=\"1048576\"><c r=\"XFD1048576\">{value}</c></row>");
        Book::new(&format!("{}{cell}", people(1))).bytes()
    };
    assert!(read(&far(""), Bounds::default()).unwrap().1.rows.is_empty());
    let said = failure(&far("<v>1</v>"), Bounds::default());
    assert!(said.starts_with("row 1048576, column XFD: the bound columns is 256"), "{said}");
}

#[test]
fn two_million_shared_strings() {
    let strings = "<si/>".repeat(1_999_999);
    let cell = "<row><c t=\"s\"><v>1999999</v></c></row>";
    let book = Book::new(cell).part(SHARED, format!("<sst>{strings}<si><t>x</t></si></sst>")).bytes();
    let said = failure(&book, Bounds::default().with(Bound::Ratio, 1_100));
    let bound = Bounds::default().limit(Bound::SharedStrings);
    assert!(said.starts_with(&format!("\"xl/sharedStrings.xml\": the bound shared-strings is {bound}")), "{said}");
    let wide = Bounds::for_rows(1_000_000).with(Bound::Ratio, 1_100);
    assert_eq!(read(&book, wide).unwrap().1.header, ["x"]);
}

#[test]
fn many_entries_are_counted_before_they_are_read() {
    let book = (0..1_001).fold(Book::new(&people(1)), |book, number| book.part(&format!("{number}"), ""));
    assert!(failure(&book.bytes(), Bounds::default()).starts_with("the file: the bound entries is 1000"));
}
