//! What an organisation sets, and what is wrong with it.

use serde::Deserialize;
use usher_policy::SettingsProblem;
use usher_policy::settings::is_domain;

/// Most rebrands that may start from one domain: each gives its addresses two more keys, of which the
/// contract allows sixteen.
pub const MAX_REBRANDS_FROM_ONE: usize = 4;

/// The settings document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether `Ada@` is `ada@`. Domains never depend on case.
    pub ignore_case: bool,
    /// Domains on which `ada+shop@` is `ada@`.
    pub plus_tags: Vec<String>,
    /// Domains on which `ada.lovelace@` is `adalovelace@`.
    pub dots: Vec<String>,
    /// Lists of domains that deliver to the same mailboxes.
    pub alias_domains: Vec<Vec<String>>,
    /// Lists of addresses of one person each, in canonical form.
    pub aliases: Vec<Vec<String>>,
    /// Domains that turn into others for a time.
    pub rebrands: Vec<Rebrand>,
    /// Kinds of claims that are compared, each with each.
    pub emails: Vec<String>,
    /// Whether an address that only looks like the member's goes to an admin; else it is nobody's.
    pub review_look_alikes: bool,
    /// Whether the employee number must agree as well.
    pub employee_number: EmployeeNumber,
}

/// A domain that turns into another: within the window, an address on `from` is the one on `to`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rebrand {
    /// The old domain, ASCII form in lower case.
    pub from: String,
    /// The new domain, likewise.
    pub to: String,
    /// First day, `YYYY-MM-DD` in the organisation's time zone.
    pub starts_on: String,
    /// Last day.
    pub ends_on: String,
}

/// Whether the employee number must agree as well; alone it never matches anybody (R41).
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmployeeNumber {
    /// It is not looked at.
    #[default]
    Ignore,
    /// If both have one, they must be the same.
    IfBoth,
    /// Both must have one, and the same.
    Required,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ignore_case: true,
            plus_tags: Vec::new(),
            dots: Vec::new(),
            alias_domains: Vec::new(),
            aliases: Vec::new(),
            rebrands: Vec::new(),
            emails: vec!["work-email".into()],
            review_look_alikes: true,
            employee_number: EmployeeNumber::default(),
        }
    }
}

impl Settings {
    /// Everything wrong with the settings that their types do not say.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        let mut domain = |pointer: String, name: &str| {
            if !is_domain(name) {
                problems.push(SettingsProblem::new(
                    pointer,
                    "must be a domain in ASCII form and lower case, such as `example.com`",
                ));
            }
        };
        for (list, names) in [("plus_tags", &self.plus_tags), ("dots", &self.dots)] {
            for (index, name) in names.iter().enumerate() {
                domain(format!("/{list}/{index}"), name);
            }
        }
        for (group, names) in self.alias_domains.iter().enumerate() {
            for (index, name) in names.iter().enumerate() {
                domain(format!("/alias_domains/{group}/{index}"), name);
            }
        }
        for (index, rebrand) in self.rebrands.iter().enumerate() {
            domain(format!("/rebrands/{index}/from"), &rebrand.from);
            domain(format!("/rebrands/{index}/to"), &rebrand.to);
        }
        for (group, addresses) in self.aliases.iter().enumerate() {
            for (index, address) in addresses.iter().enumerate() {
                let name = address.rsplit_once('@').map_or("", |(_, name)| name);
                domain(format!("/aliases/{group}/{index}"), name);
            }
        }
        self.repeated_domains(&mut problems);
        self.rebrand_problems(&mut problems);
        if self.emails.is_empty() {
            problems.push(SettingsProblem::new("/emails", "names no kind of claim to compare"));
        }
        problems
    }

    fn repeated_domains(&self, problems: &mut Vec<SettingsProblem>) {
        let mut seen = Vec::new();
        for (group, names) in self.alias_domains.iter().enumerate() {
            for (index, name) in names.iter().enumerate() {
                if seen.contains(&name) {
                    problems.push(SettingsProblem::new(
                        format!("/alias_domains/{group}/{index}"),
                        "is there twice: a domain belongs to one list",
                    ));
                }
                seen.push(name);
            }
        }
    }

    fn rebrand_problems(&self, problems: &mut Vec<SettingsProblem>) {
        for (index, rebrand) in self.rebrands.iter().enumerate() {
            for (name, date) in [("starts_on", &rebrand.starts_on), ("ends_on", &rebrand.ends_on)] {
                if !is_date(date) {
                    problems.push(SettingsProblem::new(
                        format!("/rebrands/{index}/{name}"),
                        "must be a date, `YYYY-MM-DD`",
                    ));
                }
            }
            if rebrand.ends_on < rebrand.starts_on {
                problems.push(SettingsProblem::new(format!("/rebrands/{index}/ends_on"), "is before `starts_on`"));
            }
            let same = self.rebrands[..index].iter().filter(|earlier| earlier.from == rebrand.from);
            if same.count() >= MAX_REBRANDS_FROM_ONE {
                problems.push(SettingsProblem::new(
                    format!("/rebrands/{index}/from"),
                    format!("at most {MAX_REBRANDS_FROM_ONE} rebrands may start from one domain"),
                ));
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && ("01"..="12").contains(&&text[5..7])
        && ("01"..="31").contains(&&text[8..])
}
