//! `usher department …`: the tree of departments (R37).

use std::collections::BTreeMap;

use clap::Subcommand;
use usher_api::department::{Department, DepartmentGroup, NewDepartment};

use crate::failure::Failure;
use crate::output::{Output, number, table};
use crate::remote::OrgRemote;

/// The department commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the departments, each with those above it.
    List(OrgRemote),
    /// Adds a department.
    Add {
        /// Its name.
        name: String,
        /// The one above it, `dep_…`; the root if left out.
        #[arg(long)]
        parent: Option<String>,
        /// Makes its group, too: a user group that takes its members and those of all below it.
        #[arg(long)]
        with_group: bool,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => remote.show_list("departments", &[], output, departments_table),
            Self::Add { name, parent, with_group, remote } => {
                let new = NewDepartment { name, parent, group: with_group.then(DepartmentGroup::default) };
                let made: Department = remote.host().post(&remote.path("departments")?, &new)?;
                output.show(&made, |made| format!("{} is the department {}.", made.id, made.name))
            }
        }
    }
}

/// In order of their paths: whatever is below a department follows it.
fn departments_table(departments: &[Department]) -> String {
    let known = departments.iter().map(|department| (department.id.as_str(), department)).collect();
    let mut paths: Vec<_> = departments.iter().map(|department| (path(department, &known), department)).collect();
    paths.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut rows = table(&["department", "path", "members"]).wrapping("path");
    for (path, department) in paths {
        rows.add_row(vec![department.id.clone().into(), path.join(" / ").into(), number(department.members)]);
    }
    rows.to_string()
}

/// Names from the root down.
fn path<'a>(department: &'a Department, known: &BTreeMap<&str, &'a Department>) -> Vec<&'a str> {
    let above = |one: &&'a Department| one.parent.as_deref().and_then(|parent| known.get(parent).copied());
    // No tree is deeper than there are departments, whatever the host answered.
    let up = std::iter::successors(Some(department), above).take(known.len());
    let mut names: Vec<_> = up.map(|one| one.name.as_str()).collect();
    names.reverse();
    names
}
