//! From a header and cells to an entry, or to what is wrong with them.

use super::*;

fn header(titles: &[&str]) -> Vec<String> {
    titles.iter().map(|title| (*title).to_owned()).collect()
}

#[test]
fn r23_required_columns_are_asked_for_by_name() {
    let check = |titles: &[&str], expected: Result<&[&str], HeaderError>| {
        let ignored = Columns::of(&header(titles)).map(|columns| columns.ignored);
        assert_eq!(ignored, expected.map(header), "{titles:?}");
    };
    check(&["name", "DEPARTMENT", "Workforce Type"], Ok(&[]));
    check(&["Name", "Department", "Workforce type", "Shoe size", ""], Ok(&["Shoe size"]));
    check(&["Name", "Phone"], Err(HeaderError::Missing(vec!["Department", "Workforce type"])));
    check(&["Name", "name"], Err(HeaderError::Twice("name".into())));
    check(&["Attribute: a", "attribute:a"], Err(HeaderError::Twice("attribute:a".into())));
}

fn read(cells: &[&str]) -> Result<Entry, Vec<String>> {
    noted(cells).map_err(|notes| notes.into_iter().map(|note| note.code).collect())
}

fn noted(cells: &[&str]) -> Result<Entry, Vec<Note>> {
    let titles = ["Name", "Department", "Workforce type", "Login method", "Work email", "Phone", "Attribute: Site"];
    let columns = Columns::of(&header(&titles)).unwrap();
    let cells = cells.iter().map(|text| match *text {
        "" => Cell::Empty,
        "=" => Cell::Formula("=A1".to_owned()),
        text => Cell::Text(text.to_owned()),
    });
    let row = Row { number: 2, cells: cells.collect() };
    columns.read(&row)
}

#[test]
fn r25_whoever_corrects_a_row_is_told_the_column() {
    let check = |cells: &[&str], columns: &[&str]| {
        let notes = noted(cells).unwrap_err();
        assert_eq!(notes.len(), columns.len(), "{notes:?}");
        for (note, column) in notes.iter().zip(columns) {
            assert!(note.text.starts_with(&format!("the column {column}")), "{}", note.text);
        }
    };
    check(&["", "", ""], &["Name", "Department", "Workforce type"]);
    check(
        &["Ada", &"x".repeat(201), "regular", "magic", "ada", "12", &"x".repeat(2_000)],
        &["Department", "Login method", "Work email", "Phone", "Attribute: Site"],
    );
    check(&["=", "Sales", "regular"], &["Name", "Name"]);
}

#[test]
fn a_row_is_read_as_people_write() {
    let entry =
        read(&[" Ada ", "Sales / North; Board;", "regular", "Work", "ada@x.example", "+49 (151) 123-456", "B2"]);
    let entry = entry.unwrap();
    assert_eq!(entry.name, "Ada");
    assert_eq!(entry.departments, [vec!["Sales", "North"], vec!["Board"]]);
    assert_eq!((entry.login, entry.phone.unwrap().as_str()), (LoginType::Work, "+49151123456"));
    assert_eq!(entry.attributes["Site"], "B2");
}

#[test]
fn r25_everything_wrong_with_a_row_is_said_at_once() {
    let check = |cells: &[&str], expected: &[&str]| assert_eq!(read(cells).unwrap_err(), expected, "{cells:?}");
    check(&[""], &["invalid_name", "department_missing", "workforce_type_missing"]);
    check(
        &["Ada", "/", "regular", "magic", "ada", "12"],
        &["department_missing", "invalid_login_method", "invalid_work_email", "invalid_phone"],
    );
    check(&["=", "Sales", "regular"], &["formula", "invalid_name"]);
    check(&["=A1&B1", "Sales", "regular", "", "", "", "=B2"], &["formula", "invalid_name", "formula"]);
    check(&["#N/A", "Sales", "regular", "", "", "", "#REF!"], &["cell_error", "invalid_name", "cell_error"]);
}

#[test]
fn r37_a_row_names_no_more_departments_and_levels_than_there_may_be() {
    let check = |department: &str, expected: Result<usize, &[&str]>| {
        let entry = read(&["Ada", department, "regular"]).map(|entry| entry.departments.len());
        let expected = expected.map_err(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
        assert_eq!(entry, expected, "{department}");
    };
    let many = |count: usize, between: &str| (0..count).map(|n| format!("D{n}")).collect::<Vec<_>>().join(between);
    check("Sales; Sales;Sales", Ok(1));
    check(&many(MAX_PER_MEMBER, ";"), Ok(MAX_PER_MEMBER));
    check(&many(8_000, ";"), Err(&["department_limit"]));
    check(&many(MAX_LEVELS, "/"), Ok(1));
    check(&many(8_000, "/"), Err(&["department_limit"]));
    check(&format!("Sales;{}", "x".repeat(201)), Err(&["invalid_department"]));
}
