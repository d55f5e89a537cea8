//! Five hundred people in a workbook, some of them wrongly: a dry run, the import, and the rest of it corrected (R25,
//! R28).

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};

use comfy_table::Table;
use serde_json::{Value, json};
use usher_sheets::{Bounds, Format, Reader};

use super::client::text;
use super::host::Host;
use super::organisations::{Demo, Organisation};
use super::outcomes::{Outcomes, table};
use crate::Failure;

/// Rows of the sheet.
const ROWS: usize = 500;
/// Longest that an import may work on them.
const LIMIT: Duration = Duration::from_secs(60);

/// Plays it; says how many outcomes were not as expected.
///
/// # Errors
/// If the host refuses what it should take.
pub fn play(demo: &Demo, host: &Host) -> Result<usize, Failure> {
    let mut outcomes = Outcomes::of("Northwind imports a sheet of 500 people, some of them broken");
    let org = &demo.northwind;
    let mut steps = table(&["step", "new members", "members already", "refused", "unknown departments"]);

    let dry = upload(org, &format!("people-{}.xlsx", demo.run), &sheet(demo.run))?;
    steps.add_row(row("dry run", &dry["summary"]["counts"], &dry["summary"]["unknown_departments"]));
    outcomes.step("the dry run", &told(&dry["summary"]["counts"]), "450 new, 0 there already, 50 refused");
    let unknown = dry["summary"]["unknown_departments"].as_array().map_or(0, Vec::len);
    outcomes.step("departments that there are not", &unknown.to_string(), "2");

    let created = work(org, &text(&dry["id"]), "check", &json!({ "unknown_departments": "create" }))?;
    steps.add_row(row("… with them created", &created["summary"]["counts"], &Value::Null));
    let applied = work(org, &text(&created["id"]), "apply", &Value::Null)?;
    steps.add_row(row("applied", &applied["done"], &Value::Null));
    outcomes.step("the import", &told(&applied["done"]), "450 new, 0 there already, 50 refused");

    let reasons = reasons(org, &applied)?;
    let errors = org.admin.download(&below(org, &applied, "errors?format=xlsx"))?;
    let workbook = host.data().join("errors.xlsx");
    fs::write(&workbook, &errors)?;
    let again = upload(org, "corrected.xlsx", &corrected(&read(errors)?))?;
    let again = work(org, &text(&again["id"]), "apply", &Value::Null)?;
    steps.add_row(row("corrected, again", &again["done"], &Value::Null));
    outcomes.step("the rows that were refused, corrected", &told(&again["done"]), "50 new, 0 there already, 0 refused");

    let whole = upload(org, "people.xlsx", &corrected(&sheet(demo.run)))?;
    steps.add_row(row("all 500, once more", &whole["summary"]["counts"], &whole["summary"]["unknown_departments"]));
    let expected = "0 new, 500 there already, 0 refused";
    outcomes.step("whoever is a member already stays as they are", &told(&whole["summary"]["counts"]), expected);
    println!("{steps}\n{reasons}\nThe refused rows came back in {}.", workbook.display());
    Ok(outcomes.finish())
}

/// A header and its rows, as texts.
type Sheet = Vec<Vec<String>>;

const COLUMNS: [&str; 6] = ["Name", "Department", "Workforce type", "Login method", "Work email", "Phone"];
const NAME: usize = 0;
const KIND: usize = 2;
const ADDRESS: usize = 4;

/// Every tenth row is broken, in three ways; some of the others are of departments that there are not.
fn sheet(run: u64) -> Sheet {
    let person = |n: usize| {
        let (mut kind, mut address) = ("regular", format!("p{n:03}.run{run}@northwind.example"));
        match n % 30 {
            0 => kind = "regulr",
            10 => address.clear(),
            20 => address = format!("p{n:03}.run{run}@elsewhere.example"),
            _ => {}
        }
        let department = match n % 50 {
            7 => format!("Sales {run} / North"),
            13 => format!("Sales {run} / South"),
            _ => "Engineering".to_owned(),
        };
        // The name says the address, so that whoever corrects the sheet knows it.
        vec![format!("Person p{n:03}.run{run}"), department, kind.into(), "work".into(), address, String::new()]
    };
    let header = COLUMNS.map(str::to_owned).to_vec();
    std::iter::once(header).chain((0..ROWS).map(person)).collect()
}

/// What an admin does to the sheet that came back.
fn corrected(sheet: &Sheet) -> Sheet {
    let mut sheet = sheet.clone();
    for person in sheet.iter_mut().skip(1) {
        if person[KIND] == "regulr" {
            person[KIND] = "regular".into();
        }
        if !person[ADDRESS].ends_with("@northwind.example") {
            let name = person[NAME].trim_start_matches("Person ");
            person[ADDRESS] = format!("{name}@northwind.example");
        }
    }
    sheet
}

/// The workbook of a sheet.
fn written(sheet: &Sheet) -> Result<Vec<u8>, Failure> {
    let [header, rows @ ..] = sheet.as_slice() else { return Err("a sheet has a header".into()) };
    let mut table = usher_sheets::Table::new(Vec::new(), Format::Xlsx, "People", header)?;
    for row in rows {
        table.add(row)?;
    }
    Ok(table.finish()?)
}

/// The sheet in a workbook; every row as wide as the header.
fn read(workbook: Vec<u8>) -> Result<Sheet, Failure> {
    let reader = Reader::open(Cursor::new(workbook), Bounds::default())?;
    let mut sheet = vec![reader.header().to_vec()];
    let width = sheet[0].len();
    for row in reader {
        let row = row?;
        sheet.push((0..width).map(|column| row.cell(column).text().unwrap_or_default().to_owned()).collect());
    }
    Ok(sheet)
}

fn upload(org: &Organisation, name: &str, sheet: &Sheet) -> Result<Value, Failure> {
    let import = org.admin.upload(&org.path(&format!("imports?file_name={name}")), &written(sheet)?)?;
    settled(org, &import)
}

fn work(org: &Organisation, import: &str, step: &str, body: &Value) -> Result<Value, Failure> {
    let import = org.admin.post(&org.path(&format!("imports/{import}/{step}")), body)?;
    settled(org, &import)
}

/// The import once nothing works on it.
fn settled(org: &Organisation, import: &Value) -> Result<Value, Failure> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        let import = org.admin.get(&below(org, import, ""))?.body;
        if !matches!(text(&import["state"]).as_str(), "checking" | "applying") {
            return Ok(import);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("the import has not come to an end after {LIMIT:?}").into())
}

/// Why rows were refused, and how many for each reason.
fn reasons(org: &Organisation, import: &Value) -> Result<Table, Failure> {
    let page = org.admin.get(&below(org, import, "rows?verdict=fail&limit=200"))?.body;
    let mut reasons: BTreeMap<String, (usize, &Value)> = BTreeMap::new();
    for row in page["items"].as_array().into_iter().flatten() {
        let note = &row["notes"][0];
        reasons.entry(text(&note["code"])).or_insert((0, row)).0 += 1;
    }
    let mut table = table(&["reason", "rows", "the first of them"]);
    for (code, (rows, first)) in reasons {
        let told = format!("row {}: {}", first["row"], text(&first["notes"][0]["text"]));
        table.add_row([code, rows.to_string(), told]);
    }
    Ok(table)
}

fn below(org: &Organisation, import: &Value, rest: &str) -> String {
    let path = org.path(&format!("imports/{}/{rest}", text(&import["id"])));
    path.trim_end_matches('/').to_owned()
}

fn told(counts: &Value) -> String {
    format!("{} new, {} there already, {} refused", counts["added"], counts["existing"], counts["failed"])
}

fn row(step: &str, counts: &Value, unknown: &Value) -> Vec<String> {
    let unknown: Vec<String> = unknown.as_array().into_iter().flatten().map(text).collect();
    let count = |name: &str| counts[name].to_string();
    vec![step.to_owned(), count("added"), count("existing"), count("failed"), unknown.join(", ")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_sheet_has_nothing_broken_left() {
        let corrected = read(written(&corrected(&sheet(3))).unwrap()).unwrap();
        assert_eq!(corrected.len(), ROWS + 1);
        assert_eq!(
            corrected[11],
            ["Person p010.run3", "Engineering", "regular", "work", "p010.run3@northwind.example", ""]
        );
        let broken = |row: &&Vec<String>| row[KIND] != "regular" || !row[ADDRESS].ends_with("@northwind.example");
        assert_eq!(corrected[1..].iter().find(broken), None);
    }
}
