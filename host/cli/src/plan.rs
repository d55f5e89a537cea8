//! `usher plan …`: plans with their seats, what a change would come to, and moving seats from plan to plan (R36).

use clap::{ArgGroup, Args, Subcommand};
use usher_api::plan::{Plan, PlanChange, PlanPreview};
use usher_api::seat::{SeatKept, SeatSwitch, SeatsSwitched};
use usher_domain::ids::PlanId;

use crate::failure::Failure;
use crate::output::{Output, count, number, table};
use crate::remote::OrgRemote;

/// The plan commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the plans with their seats.
    List(OrgRemote),
    /// Says what a change of a plan would come to; the operator makes it.
    Preview(Preview),
    /// Moves seats of a plan to another. Without `--apply` it says what that would come to.
    Switch(Switch),
}

/// Says what a change of a plan would come to.
#[derive(Args)]
#[command(group = ArgGroup::new("change").args(["size", "starts_on", "ends_on"]).required(true).multiple(true))]
pub(crate) struct Preview {
    /// `plan_…`
    plan: PlanId,
    /// Seats bought.
    #[arg(long)]
    size: Option<u32>,
    /// First day with login, `YYYY-MM-DD`.
    #[arg(long)]
    starts_on: Option<String>,
    /// Last day with login, `YYYY-MM-DD`.
    #[arg(long)]
    ends_on: Option<String>,
    #[command(flatten)]
    remote: OrgRemote,
}

/// Moves seats of a plan to another.
#[derive(Args)]
pub(crate) struct Switch {
    /// `plan_…` whose seats are given up.
    from: PlanId,
    /// `plan_…` whose seats are given.
    to: String,
    /// Only this member's seat, `mem_…`; may be repeated. Without members and groups: everybody's.
    #[arg(long = "member", value_name = "MEMBER")]
    members: Vec<String>,
    /// Only this user group, `grp_…`; may be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Moves the members all at once, or none of them.
    #[arg(long, requires = "members", conflicts_with = "groups")]
    together: bool,
    /// Moves them.
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Command {
    /// Runs one of them. A switch that is applied fails with status 1 if a seat stays where it is.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => remote.show_list("plans", &[], output, plans_table),
            Self::Preview(preview) => preview.run(output),
            Self::Switch(switch) => switch.run(output),
        }
    }
}

fn plans_table(plans: &[Plan]) -> String {
    let headings = ["plan", "name", "state", "bought", "used", "reserved", "from", "to"];
    let mut rows = table(&headings).wrapping("name").or("There is no plan.");
    for plan in plans {
        rows.add_row(vec![
            plan.id.clone().into(),
            plan.name.clone().into(),
            plan.state.clone().into(),
            number(plan.size),
            number(plan.used),
            number(plan.reserved),
            plan.starts_on.clone().into(),
            plan.ends_on.clone().unwrap_or_default().into(),
        ]);
    }
    rows.to_string()
}

impl Preview {
    fn run(self, output: Output) -> Result<(), Failure> {
        let ends_on = self.ends_on.map(Some);
        let change = PlanChange { size: self.size, starts_on: self.starts_on, ends_on, ..PlanChange::default() };
        let path = self.remote.path(&format!("plans/{}/preview", self.plan))?;
        let told: PlanPreview = self.remote.host().post(&path, &change)?;
        output.show(&told, preview_text)
    }
}

fn preview_text(told: &PlanPreview) -> String {
    let mut rows = table(&["", "now", "then"]);
    let (now, then) = (&told.before, &told.after);
    rows.add_row(["state", &now.state, &then.state]);
    rows.add_row(vec!["seats bought".into(), number(now.size), number(then.size)]);
    let mut text = format!(
        "{rows}\nheld directly: {}, by user groups: {}; reserved: {}; members who wait: {}",
        told.direct, told.by_group, now.reserved, told.waiting
    );
    text += &match told.over {
        0 => format!("\n{} would be free; {} of those who wait would get one", count(told.free, "seat"), told.taken_up),
        over => {
            format!("\nseats over: {over}; nobody loses one, and none is given until {} are given up", over + 1)
        }
    };
    if told.lose_login > 0 {
        text += &format!("\n{} could log in no more", count(told.lose_login, "member"));
    }
    if let Some(limit) = told.member_limit {
        text += &format!("\n{}, at most {limit}", count(told.members, "member"));
    }
    text
}

impl Switch {
    fn run(self, output: Output) -> Result<(), Failure> {
        let path = self.remote.path(&format!("plans/{}/switch", self.from))?;
        let mut order = SeatSwitch {
            to: self.to,
            members: self.members,
            groups: self.groups,
            together: self.together,
            preview: !self.apply,
            cursor: None,
        };
        let mut told: SeatsSwitched = self.remote.host().post(&path, &order)?;
        while told.next.is_some() {
            order.cursor = told.next.take();
            let further: SeatsSwitched = self.remote.host().post(&path, &order)?;
            told = together(told, further);
        }
        output.show(&told, switch_text)?;
        let groups = told.groups.iter().filter(|group| group.kept.is_some()).count();
        match (told.preview, told.kept, groups) {
            (true, ..) | (false, 0, 0) => Ok(()),
            (false, members, groups) => {
                let (members, groups) = (count(members, "member"), count(groups, "group"));
                Err(Failure::Failed(format!("{members} and {groups} stay where they are")))
            }
        }
    }
}

fn together(before: SeatsSwitched, further: SeatsSwitched) -> SeatsSwitched {
    SeatsSwitched {
        moved: before.moved + further.moved,
        kept: before.kept + further.kept,
        keepers: [before.keepers, further.keepers].concat(),
        groups: [before.groups, further.groups].concat(),
        ..further
    }
}

fn switch_text(told: &SeatsSwitched) -> String {
    let how = if told.preview { "would be moved" } else { "are moved" };
    let mut text = format!("the seats of {} {how}, those of {} stay", count(told.moved, "member"), told.kept);
    let word = |kept: &SeatKept| {
        serde_json::to_value(kept).ok().and_then(|kept| Some(kept.as_str()?.to_owned())).unwrap_or_default()
    };
    let mut rows = table(&["who", "members", "seats needed", "stays because"]).wrapping("stays because");
    for keeper in &told.keepers {
        rows.add_row([keeper.member.as_str(), "", "", &word(&keeper.reason)]);
    }
    for group in &told.groups {
        let kept = group.kept.as_ref().map(word).unwrap_or_default();
        rows.add_row(vec![group.group.clone().into(), number(group.members), number(group.needed), kept.into()]);
    }
    if !(told.keepers.is_empty() && told.groups.is_empty()) {
        text += &format!("\n{rows}");
    }
    if told.taken_up > 0 {
        text += &format!("\n{} of those who wait for a seat would get one", told.taken_up);
    }
    text
}
