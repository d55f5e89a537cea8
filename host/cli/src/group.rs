//! `usher group …`: user groups and who is in them (R35).

use clap::Subcommand;
use usher_api::group::{Group, GroupMember};
use usher_domain::ids::GroupId;

use crate::failure::Failure;
use crate::output::{Output, number, table};
use crate::remote::OrgRemote;

/// The group commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the user groups.
    List(OrgRemote),
    /// Lists who is in one.
    Members {
        /// `grp_…`
        group: GroupId,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => remote.show_list("groups", &[], output, groups_table),
            Self::Members { group, remote } => {
                remote.show_list(&format!("groups/{group}/members"), &[], output, group_members_table)
            }
        }
    }
}

fn group_members_table(members: &[GroupMember]) -> String {
    let mut rows = table(&["member"]).or("Nobody is in this user group.");
    for one in members {
        rows.add_row([&one.member]);
    }
    rows.to_string()
}

fn groups_table(groups: &[Group]) -> String {
    let mut rows =
        table(&["group", "name", "filled by", "plan", "members"]).wrapping("name").or("There is no user group.");
    for group in groups {
        let by = match (&group.department, &group.rule) {
            (Some(_), _) => "its department",
            (None, Some(_)) => "a rule",
            (None, None) => "admins",
        };
        rows.add_row(vec![
            group.id.clone().into(),
            group.name.clone().into(),
            by.into(),
            group.plan.clone().unwrap_or_default().into(),
            number(group.members),
        ]);
    }
    rows.to_string()
}
