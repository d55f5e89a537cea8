//! How the parts of a workbook hang together (ECMA-376 part 2): which part is the first visible sheet, and where its
//! strings and styles are.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::xml::{Node, Xml};
use crate::bounds::{Bound, Bounds};
use crate::error::{Place, SheetError};

/// The parts that matter.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) sheet: String,
    pub(super) shared: Option<String>,
    pub(super) styles: Option<String>,
    /// Serial numbers count from 1904.
    pub(super) from_1904: bool,
}

/// A part that another one names. Parts outside the file are never kept.
struct Relationship {
    id: String,
    /// The last word of its type: the rest differs between the standard's two flavours.
    kind: String,
    target: String,
}

impl Package {
    pub(super) fn read<S: Read + Seek>(archive: &mut Archive<S>, bounds: &Bounds) -> Result<Self, SheetError> {
        if !archive.has("[Content_Types].xml") {
            let name = if archive.has("content.xml") { "an OpenDocument file" } else { "a zip archive" };
            return Err(SheetError::Kind(name));
        }
        let roots = relationships(archive, "", bounds)?;
        let workbook = roots.into_iter().find(|root| root.kind == "officeDocument");
        let workbook = workbook.map(|root| root.target).ok_or(SheetError::Kind("no spreadsheet"))?;
        let (sheet_id, from_1904) = archive.read(&workbook, |content| {
            let mut xml = Xml::new(content, &workbook, *bounds);
            Ok((first_visible(&mut xml)?, xml.total()))
        })?;
        let place = || Place::part(&workbook);
        let sheet_id = sheet_id.ok_or_else(|| SheetError::malformed("there is no visible sheet", place()))?;
        let parts = relationships(archive, &workbook, bounds)?;
        let of_kind = |kind: &str| parts.iter().find(|part| part.kind == kind).map(|part| part.target.clone());
        let sheet = parts.iter().find(|part| part.id == sheet_id && part.kind == "worksheet");
        Ok(Self {
            sheet: sheet
                .map(|part| part.target.clone())
                .ok_or_else(|| SheetError::malformed("the first sheet is not in the file", place()))?,
            shared: of_kind("sharedStrings").filter(|part| archive.has(part)),
            styles: of_kind("styles").filter(|part| archive.has(part)),
            from_1904,
        })
    }
}

/// The relationship of the first sheet that is not hidden, and whether dates count from 1904.
fn first_visible<S: Read>(xml: &mut Xml<S>) -> Result<(Option<String>, bool), SheetError> {
    let (mut sheet, mut from_1904) = (None, false);
    loop {
        match xml.next()? {
            Node::Start(element) => match element.name() {
                "sheet" if sheet.is_none() => {
                    let hidden = element.attribute("state").is_some_and(|state| state != "visible");
                    sheet = element.attribute("id").filter(|_| !hidden);
                }
                "workbookPr" => {
                    from_1904 = matches!(element.attribute("date1904").as_deref(), Some("1" | "true"));
                }
                _ => {}
            },
            Node::Eof => return Ok((sheet, from_1904)),
            Node::End(_) | Node::Text(_) | Node::Other => {}
        }
    }
}

/// The parts inside the file that `part` names; those of the package itself if it is empty.
fn relationships<S: Read + Seek>(
    archive: &mut Archive<S>,
    part: &str,
    bounds: &Bounds,
) -> Result<Vec<Relationship>, SheetError> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let name = resolve(folder, &format!("_rels/{file}.rels"));
    archive.read(&name, |content| {
        let mut xml = Xml::new(content, &name, *bounds);
        let mut found = Vec::new();
        loop {
            match xml.next()? {
                Node::Start(element) if element.name() == "Relationship" => {
                    bounds
                        .hold(Bound::Entries, found.len() as u64 + 1)
                        .map_err(|exceeded| exceeded.at(Place::part(&name)))?;
                    let (id, kind, target) =
                        (element.attribute("Id"), element.attribute("Type"), element.attribute("Target"));
                    let external = element.attribute("TargetMode").is_some_and(|mode| mode == "External");
                    if let (Some(id), Some(kind), Some(target), false) = (id, kind, target, external) {
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        found.push(Relationship { id, kind, target: resolve(folder, &target) });
                    }
                }
                Node::Eof => return Ok((found, xml.total())),
                Node::Start(_) | Node::End(_) | Node::Text(_) | Node::Other => {}
            }
        }
    })
}

/// A target as the archive names it: from the root if it begins with a slash, else from `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let base = if target.starts_with('/') { "" } else { folder };
    let mut steps = Vec::new();
    for step in base.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_from_their_folder() {
        let check = |folder: &str, target: &str, expected: &str| assert_eq!(resolve(folder, target), expected);
        check("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        check("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        check("", "xl/workbook.xml", "xl/workbook.xml");
        check("xl/x", "../sheet.xml", "xl/sheet.xml");
        check("xl", "../../../etc/passwd", "etc/passwd");
    }
}
