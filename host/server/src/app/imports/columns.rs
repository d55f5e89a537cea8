//! From a sheet to people: which column is what, and what one row says (R23, R24).
//!
//! Owns the titles of the columns and the reading of cells. Must not know the organisation: whether a department or
//! a type is there is not its business.

use std::collections::BTreeMap;

use usher_domain::address::Address;
use usher_domain::department::{self, MAX_LEVELS, MAX_PER_MEMBER, PATH, SEVERAL};
use usher_domain::import::Note;
use usher_domain::login::LoginType;
use usher_domain::member::{check_employee_number, check_name};
use usher_domain::organisation::check_language;
use usher_domain::password::Password;
use usher_domain::phone::Phone;
use usher_sheets::{Cell, Row};

use crate::app::attributes::{MAX_BYTES, MAX_OF_MEMBER};

/// What begins the title of a column with an attribute of the organisation's own.
pub const ATTRIBUTE: &str = "Attribute:";
/// Most columns named as ignored.
const MAX_IGNORED: usize = 20;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $title:literal,)+) => {
        /// A column that is known.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field { $($(#[$doc])* $name,)+ }

        impl Field {
            /// In the order of the template.
            pub const ALL: &[Field] = &[$(Field::$name),+];

            /// What stands in the header, in whatever case.
            pub const fn title(self) -> &'static str {
                match self { $(Field::$name => $title),+ }
            }
        }
    };
}

fields! {
    /// As colleagues know them.
    Name = "Name",
    /// Departments, the main one first.
    Department = "Department",
    /// One of the organisation's.
    WorkforceType = "Workforce type",
    /// `business`, `work` or `skip` (R9, R24).
    Login = "Login method",
    /// The organisation's own address for them (R10).
    BusinessEmail = "Business email",
    /// For a business login; generated if empty (R24).
    Password = "Password",
    /// Their own work address.
    WorkEmail = "Work email",
    /// E.164.
    Phone = "Phone",
    /// The organisation's number for them.
    EmployeeNumber = "Employee number",
    /// BCP 47.
    Language = "Language",
    /// The plan of their seat (R27).
    SeatPlan = "Seat plan",
}

impl Field {
    /// Whether every row needs it (R23).
    pub const fn is_required(self) -> bool {
        matches!(self, Field::Name | Field::Department | Field::WorkforceType)
    }

    fn of(title: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.title().eq_ignore_ascii_case(title))
    }
}

/// Why the header will not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Required columns are not there.
    #[error(
        "the sheet lacks {}: the blank one has every column (`usher import template`, GET …/import-template)",
        .0.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
    )]
    Missing(Vec<&'static str>),
    /// Two columns of one name.
    #[error("there are two columns `{0}`: leave one of them out")]
    Twice(String),
    /// Too many attributes.
    #[error("there are more than {MAX_OF_MEMBER} columns with attributes")]
    TooManyAttributes,
}

/// Where what stands in a sheet.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    known: BTreeMap<Field, usize>,
    attributes: BTreeMap<String, usize>,
    /// Titles of columns that nothing is read from.
    pub ignored: Vec<String>,
}

/// What one row says.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// Paths of departments, the main one first; names from below the root down.
    pub departments: Vec<Vec<String>>,
    /// `skip` if nothing stands there.
    pub login: LoginType,
    /// R10.
    pub business_email: Option<Address>,
    /// For a business login (R24).
    pub password: Option<Password>,
    /// Their own work address.
    pub work_email: Option<Address>,
    /// Mobile phone.
    pub phone: Option<Phone>,
    /// The organisation's number for them.
    pub employee_number: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Name of a plan.
    pub seat_plan: Option<String>,
    /// The organisation's own.
    pub attributes: BTreeMap<String, String>,
}

impl Columns {
    /// Reads a header.
    pub fn of(header: &[String]) -> Result<Columns, HeaderError> {
        let mut columns = Columns::default();
        for (at, title) in header.iter().enumerate().filter(|(_, title)| !title.is_empty()) {
            let attribute = title.get(..ATTRIBUTE.len()).filter(|start| start.eq_ignore_ascii_case(ATTRIBUTE));
            let before = match (Field::of(title), attribute) {
                (Some(field), _) => columns.known.insert(field, at),
                (None, Some(start)) => columns.attributes.insert(title[start.len()..].trim().to_owned(), at),
                (None, None) => {
                    columns.ignored.push(title.chars().take(64).collect());
                    None
                }
            };
            if before.is_some() {
                return Err(HeaderError::Twice(title.clone()));
            }
        }
        let missing = Field::ALL.iter().filter(|field| field.is_required() && !columns.known.contains_key(field));
        let missing: Vec<_> = missing.map(|field| field.title()).collect();
        if !missing.is_empty() {
            return Err(HeaderError::Missing(missing));
        }
        if columns.attributes.len() > MAX_OF_MEMBER {
            return Err(HeaderError::TooManyAttributes);
        }
        columns.ignored.truncate(MAX_IGNORED);
        Ok(columns)
    }

    /// Positions of columns that are never written again (R29).
    pub fn secret(&self) -> Vec<usize> {
        self.known.get(&Field::Password).copied().into_iter().collect()
    }

    /// The workforce type that a row names, whatever else is wrong with it.
    pub fn workforce_type<'a>(&self, row: &'a Row) -> Option<&'a str> {
        let column = self.known.get(&Field::WorkforceType)?;
        row.cell(*column).value().ok().filter(|text| !text.is_empty())
    }

    /// Reads a row; everything that is wrong with it, if something is.
    pub fn read(&self, row: &Row) -> Result<Entry, Vec<Note>> {
        let mut cells = Cells { columns: self, row, notes: Vec::new() };
        let (department, language) = (cells.text(Field::Department), cells.text(Field::Language));
        let (name, workforce_type) = (cells.text(Field::Name), cells.text(Field::WorkforceType));
        let entry = Entry {
            name: cells.checked(Field::Name, "invalid_name", check_name(&name)).unwrap_or_default(),
            departments: cells.paths(&department),
            login: cells.login(),
            business_email: cells.address(Field::BusinessEmail),
            password: cells.password(),
            work_email: cells.address(Field::WorkEmail),
            phone: cells.phone(),
            employee_number: cells.employee_number(),
            language: some(&language).filter(|text| {
                let checked = check_language(text);
                cells.checked(Field::Language, "invalid_language", checked).is_some()
            }),
            seat_plan: cells.short(Field::SeatPlan),
            attributes: cells.attributes(),
        };
        if workforce_type.is_empty() {
            cells.note("workforce_type_missing", "the column Workforce type is empty: name one");
        }
        if cells.notes.is_empty() { Ok(entry) } else { Err(cells.notes) }
    }
}

/// The cells of one row, and what is wrong with them so far.
struct Cells<'a> {
    columns: &'a Columns,
    row: &'a Row,
    notes: Vec<Note>,
}

impl Cells<'_> {
    fn note(&mut self, code: &str, text: impl Into<String>) {
        self.notes.push(Note::new(code, text));
    }

    fn checked<T, E: std::fmt::Display>(&mut self, field: Field, code: &str, checked: Result<T, E>) -> Option<T> {
        checked.map_err(|error| self.note(code, format!("the column {}: {error}", field.title()))).ok()
    }

    /// What a cell says.
    fn at(&mut self, title: &str, column: Option<usize>) -> String {
        match column.map_or(&Cell::Empty, |column| self.row.cell(column)).value() {
            Ok(text) => text.to_owned(),
            Err(none) => {
                self.note(none.code(), format!("the column {title} {none}"));
                String::new()
            }
        }
    }

    fn text(&mut self, field: Field) -> String {
        self.at(field.title(), self.columns.known.get(&field).copied())
    }

    fn short(&mut self, field: Field) -> Option<String> {
        let text = some(&self.text(field))?;
        if text.len() > MAX_BYTES {
            self.note("too_long", format!("the column {} holds more than {MAX_BYTES} bytes", field.title()));
        }
        Some(text)
    }

    fn employee_number(&mut self) -> Option<String> {
        let text = some(&self.text(Field::EmployeeNumber))?;
        self.checked(Field::EmployeeNumber, "invalid_employee_number", check_employee_number(&text))
    }

    /// `Sales / North; Board` as two paths. INVARIANT: no more than a member may have departments (R37), each of names
    /// and levels that a department may have: cells can hold thousands.
    fn paths(&mut self, text: &str) -> Vec<Vec<String>> {
        let given = text.split(SEVERAL).map(path).filter(|path| !path.is_empty()).take(MAX_PER_MEMBER + 1);
        let given: Vec<_> = given.collect();
        if given.is_empty() {
            self.note("department_missing", "the column Department is empty: name one, as `Sales / North`");
        }
        let mut paths: Vec<Vec<String>> = Vec::new();
        for (before, path) in given.into_iter().enumerate() {
            if before == MAX_PER_MEMBER {
                self.note("department_limit", format!("a member has at most {MAX_PER_MEMBER} departments: name fewer"));
            } else if path.len() > MAX_LEVELS {
                self.note("department_limit", format!("a department has at most {MAX_LEVELS} levels: name fewer"));
            } else if let Some(error) = path.iter().find_map(|name| department::check_name(name).err()) {
                self.note("invalid_department", format!("the column Department: {error}"));
            } else if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    fn login(&mut self) -> LoginType {
        let text = self.text(Field::Login).to_lowercase();
        if text.is_empty() {
            return LoginType::Skip;
        }
        self.checked(Field::Login, "invalid_login_method", text.parse()).unwrap_or(LoginType::Skip)
    }

    fn address(&mut self, field: Field) -> Option<Address> {
        let text = some(&self.text(field))?;
        let code = if field == Field::WorkEmail { "invalid_work_email" } else { "invalid_business_email" };
        self.checked(field, code, Address::parse(&text))
    }

    /// What is wrong with one is said without it. It is handed out in a sheet (R29), and must be what is read there.
    fn password(&mut self) -> Option<Password> {
        let column = self.columns.known.get(&Field::Password).copied();
        let text = match column.map(|column| self.row.cell(column)) {
            // One that looks like a formula is told what a password cannot be.
            Some(Cell::Text(text)) => text.trim().to_owned(),
            _ => self.at(Field::Password.title(), column),
        };
        let text = some(&text)?;
        if !usher_sheets::stands_as_it_is(&text) {
            self.note(
                "invalid_password",
                "the column Password: a password in a sheet does not begin with =, +, - or @: choose another",
            );
            return None;
        }
        self.checked(Field::Password, "invalid_password", Password::chosen(&text))
    }

    /// People put spaces, dashes and brackets into phone numbers.
    fn phone(&mut self) -> Option<Phone> {
        let text = some(&self.text(Field::Phone))?;
        let plain: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '/' | '.' | '\u{a0}')).collect();
        self.checked(Field::Phone, "invalid_phone", plain.parse())
    }

    fn attributes(&mut self) -> BTreeMap<String, String> {
        let mut attributes = BTreeMap::new();
        for (name, column) in &self.columns.attributes {
            let text = self.at(name, Some(*column));
            if text.len() > MAX_BYTES || name.is_empty() || name.len() > MAX_BYTES {
                self.note(
                    "invalid_attribute",
                    format!("the column {ATTRIBUTE} {name}: an attribute has a name, and at most {MAX_BYTES} bytes"),
                );
            } else if !text.is_empty() {
                attributes.insert(name.clone(), text);
            }
        }
        attributes
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `Sales / North` as names.
pub fn path(text: &str) -> Vec<String> {
    text.split(PATH).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
