//! R23: text files of any common encoding and separator.

use usher_sheets::{Bounds, Kind, Separator};

use crate::{Content, failure, read};

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

#[test]
fn r23_encodings_are_found_out() {
    let text = "Name,City\r\nÉmile,Besançon\r\n";
    let check = |bytes: &[u8], expected: &str| {
        let (kind, content) = read(bytes, Bounds::default()).unwrap();
        assert_eq!(content, Content::new(&["Name", "City"], &[(2, &["Émile", "Besançon"])]), "{expected}");
        assert!(matches!(kind, Kind::Csv { encoding, .. } if encoding == expected), "{kind:?}");
    };
    check(text.as_bytes(), "UTF-8");
    check(format!("\u{feff}{text}").as_bytes(), "UTF-8");
    check(&utf16(&format!("\u{feff}{text}"), u16::to_le_bytes), "UTF-16LE");
    check(&utf16(&format!("\u{feff}{text}"), u16::to_be_bytes), "UTF-16BE");
    check(&utf16(text, u16::to_le_bytes), "UTF-16LE");
    check(&utf16(text, u16::to_be_bytes), "UTF-16BE");
    check(b"Name,City\r\n\xC9mile,Besan\xE7on\r\n", "windows-1252");
}

#[test]
fn r23_an_encoding_is_found_out_far_from_the_start_and_across_buffers() {
    // 65,536 is where the first buffer ends: the two bytes of é fall on either side of it.
    for padding in 65_520..65_540 {
        let text = format!("Name\n{}é\n", "a".repeat(padding));
        let bounds = Bounds::default().with(usher_sheets::Bound::CellBytes, 100_000);
        let (_, content) = read(text.as_bytes(), bounds).unwrap();
        assert!(content.rows[0].1[0].ends_with("aé"), "{padding}");
    }
    let far = [b"Name\n".repeat(40_000), b"Andr\xE9\n".to_vec()].concat();
    let (kind, content) = read(&far, Bounds::default()).unwrap();
    assert!(matches!(kind, Kind::Csv { encoding: "windows-1252", .. }));
    assert_eq!(content.rows.last().unwrap().1, ["André"]);
}

#[test]
fn r23_what_is_no_text_says_so() {
    let check = |bytes: &[u8], expected: &str| {
        let said = failure(bytes, Bounds::default());
        assert!(said.contains(expected), "{said}");
    };
    check(b"Name\n\xC3\x89mile \xC3\xA9 \xE9\n", "byte 15 is neither");
    check(b"Name\n\x81\n", "byte 5 is neither");
    check(b"Name\nA\0\0B\n", "not text");
    check(b"\xFF\xFEA\0\x00\xD8A\0", "byte 4 is neither");
    check(b"%PDF-1.7", "a PDF document");
    check(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old .xls workbook or one with a password");
    check(b"PK\x03\x04 and nothing", "");
    check(b"<html><table>", "HTML");
    check(b"", "names of the columns");
    check(b"\r\n\r\n,,,\n", "names of the columns");
    check(b"# only instructions\n", "names of the columns");
}

#[test]
fn r23_rows_are_numbered_as_a_spreadsheet_program_does() {
    let check = |text: &str, header: &[&str], rows: &[(u32, &[&str])]| {
        let (_, content) = read(text.as_bytes(), Bounds::default()).unwrap();
        assert_eq!(content, Content::new(header, rows), "{text:?}");
    };
    check("Name\nAda\n", &["Name"], &[(2, &["Ada"])]);
    check("Name\rAda\rBob", &["Name"], &[(2, &["Ada"]), (3, &["Bob"])]);
    check("Name\r\n\r\n\r\nAda\r\n", &["Name"], &[(4, &["Ada"])]);
    check("\n\nName\n\nAda", &["Name"], &[(5, &["Ada"])]);
    check(
        "Name,Note\n\"Ada\",\"two\r\nlines\"\nBob\n",
        &["Name", "Note"],
        &[(2, &["Ada", "two\r\nlines"]), (3, &["Bob"])],
    );
    check("Name;Note\n;;;\n;x;;\n", &["Name", "Note"], &[(3, &["", "x"])]);
    check(
        "# Fill in, then send\n#, more\n Name ,Note\nAda,#1\n#7,x\n",
        &["Name", "Note"],
        &[(4, &["Ada", "#1"]), (5, &["#7", "x"])],
    );
    check("sep=;\nName;Note\nAda;a,b\n", &["Name", "Note"], &[(2, &["Ada", "a,b"])]);
    check("Name,Note\nAda,\"say \"\"hi\"\"\"\n", &["Name", "Note"], &[(2, &["Ada", "say \"hi\""])]);
    check(
        "Name,Phone\nAda,'+49 170\nBob,'t Hooft\nEve,'=x\n",
        &["Name", "Phone"],
        &[(2, &["Ada", "+49 170"]), (3, &["Bob", "'t Hooft"]), (4, &["Eve", "=x"])],
    );
    check("Name\n  \nAda\n", &["Name"], &[(3, &["Ada"])]);
    check("Name\nAda,x,y\n", &["Name"], &[(2, &["Ada", "x", "y"])]);
}

#[test]
fn r23_the_separator_is_reported() {
    let (kind, _) = read("Name;Email\nAda;x".as_bytes(), Bounds::default()).unwrap();
    assert_eq!(kind, Kind::Csv { encoding: "UTF-8", separator: Separator::Semicolon });
}
