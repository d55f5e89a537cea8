//! Workbooks built part by part, so that any part can be wrong.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

pub const SHEET: &str = "xl/worksheets/sheet1.xml";
pub const SHARED: &str = "xl/sharedStrings.xml";
pub const STYLES: &str = "xl/styles.xml";
pub const WORKBOOK: &str = "xl/workbook.xml";

/// The parts of a workbook by name.
pub struct Book(Vec<(String, Vec<u8>)>);

impl Book {
    /// A workbook whose sheet has this XML for rows.
    pub fn new(rows: &str) -> Self {
        let relationships = |entries: &str| format!("<Relationships>{entries}</Relationships>");
        let one = |id: &str, kind: &str, target: &str| {
            format!("<Relationship Id=\"{id}\" Type=\"http://x/relationships/{kind}\" Target=\"{target}\"/>")
        };
        Self(Vec::new())
            .part("[Content_Types].xml", "<Types/>")
            .part("_rels/.rels", relationships(&one("r1", "officeDocument", "xl/workbook.xml")))
            .part(WORKBOOK, "<workbook><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>")
            .part(
                "xl/_rels/workbook.xml.rels",
                relationships(
                    &[
                        one("r1", "worksheet", "worksheets/sheet1.xml"),
                        one("r2", "sharedStrings", "/xl/sharedStrings.xml"),
                        one("r3", "styles", "styles.xml"),
                    ]
                    .concat(),
                ),
            )
            .part(SHEET, format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"))
    }

    /// The same with this part added or replaced.
    pub fn part(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), content.into()));
        self
    }

    /// The same without a part.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(6));
        for (name, content) in &self.0 {
            archive.start_file(name.as_str(), options).unwrap();
            archive.write_all(content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}

/// The XML of a row of inline strings.
pub fn row(number: u32, cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|text| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")).collect();
    format!("<row r=\"{number}\">{cells}</row>")
}
