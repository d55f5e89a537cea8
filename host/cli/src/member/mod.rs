//! `usher member …`: who is in an organisation, adding somebody by hand (R6 to R13), and what becomes of them later.

mod many;

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};
use many::Many;
use usher_api::bulk::BulkAction;
use usher_api::member::{LoginType, Member, MemberCreated, NewMember, Role};
use usher_domain::ids::MemberId;

use crate::failure::Failure;
use crate::output::{Output, given, table, visible};
use crate::remote::OrgRemote;
use crate::seat_choice::SeatOptions;

/// The member commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the members: all but deleted ones, unless a state is named.
    List(List),
    /// Shows one.
    Show {
        /// `mem_…`
        member: MemberId,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Adds one. They need a department and something to log in by: a business or work email, or a phone.
    Add(Box<Add>),
    /// Takes the login of members away; they still count against the plans.
    Suspend(Many),
    /// Gives suspended members their login back.
    Resume(Many),
    /// Deletes members. Within 30 days they can be restored.
    Delete(Many),
    /// Brings deleted members back.
    Restore {
        /// Plan whose seat each gets, `plan_…`. Left out: what their user groups give; else, with one plan, a seat of
        /// that one if the seat policies agree.
        #[arg(long)]
        plan: Option<String>,
        #[command(flatten)]
        many: Many,
    },
    /// Puts members into a department, their only one from then on.
    Move {
        /// The department, `dep_…`.
        #[arg(long, value_name = "DEPARTMENT")]
        to: String,
        /// They stay in the departments that they are in, too.
        #[arg(long)]
        stay: bool,
        #[command(flatten)]
        many: Many,
    },
    /// Reminds members who are invited or inactive, each at most once in 24 hours.
    Remind(Many),
}

/// Lists the members.
#[derive(Args)]
pub(crate) struct List {
    /// Only in this state.
    #[arg(long, value_parser = ["added", "invited", "inactive", "active", "suspended", "deleted"])]
    state: Option<String>,
    /// Only direct members of this department, `dep_…`.
    #[arg(long)]
    department: Option<String>,
    /// Only the member with this work email.
    #[arg(long)]
    work_email: Option<String>,
    #[command(flatten)]
    remote: OrgRemote,
}

/// Adds a member.
#[derive(Args)]
pub(crate) struct Add {
    /// Their name.
    name: String,
    /// A department, `dep_…`; may be repeated, the main one first.
    #[arg(long = "department", value_name = "DEPARTMENT", required = true)]
    departments: Vec<String>,
    /// By what they log in.
    #[arg(long, value_enum, default_value_t = Login::Skip)]
    login: Login,
    /// The organisation's own address for them.
    #[arg(long)]
    business_email: Option<String>,
    /// Their own work address.
    #[arg(long)]
    work_email: Option<String>,
    /// Mobile phone, as `+4915112345678`.
    #[arg(long)]
    phone: Option<String>,
    /// `regular`, `intern`, `outsourcing`, `contractor`, `consultant`, or the organisation's own.
    #[arg(long)]
    workforce_type: Option<String>,
    /// The organisation's number for them.
    #[arg(long)]
    employee_number: Option<String>,
    /// Language of what is sent to them, as `en`; the organisation's if left out.
    #[arg(long)]
    language: Option<String>,
    #[command(flatten)]
    seat: SeatOptions,
    /// Sends no invitation.
    #[arg(long)]
    no_invitation: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

#[derive(Clone, Copy, ValueEnum)]
enum Login {
    /// The business email.
    Business,
    /// The work email.
    Work,
    /// Whichever is given: business email, work email, phone.
    Skip,
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(output),
            Self::Show { member, remote } => {
                let member: Member = remote.host().get(&remote.path(&format!("members/{member}"))?)?;
                output.show(&member, member_text)
            }
            Self::Add(add) => add.run(output),
            Self::Suspend(many) => many.run(BulkAction::Suspend, output),
            Self::Resume(many) => many.run(BulkAction::Resume, output),
            Self::Delete(many) => many.run(BulkAction::Delete, output),
            Self::Restore { plan, many } => many.run(BulkAction::Restore { plan }, output),
            Self::Move { to: department, stay: false, many } => many.run(BulkAction::Move { department }, output),
            Self::Move { to: department, stay: true, many } => {
                many.run(BulkAction::AddToDepartment { department }, output)
            }
            Self::Remind(many) => many.run(BulkAction::Remind, output),
        }
    }
}

impl List {
    fn run(self, output: Output) -> Result<(), Failure> {
        let asked = [("state", &self.state), ("department", &self.department), ("work_email", &self.work_email)];
        let query: Vec<_> = asked.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
        self.remote.show_list("members", &query, output, members_table)
    }
}

fn members_table(members: &[Member]) -> String {
    let headings = ["member", "name", "state", "role", "logs in by", "seats"];
    let mut rows = table(&headings).wrapping("name").or("There is no such member.");
    for member in members {
        rows.add_row(vec![
            member.id.clone().into(),
            member.name.clone().into(),
            member.state.clone().into(),
            role(&member.role).into(),
            given(login(member)),
            member.seats.join(" ").into(),
        ]);
    }
    rows.to_string()
}

fn role(role: &Role) -> &'static str {
    match role {
        Role::PrimaryAdmin => "primary admin",
        Role::Admin { .. } => "admin",
        Role::DepartmentAdmin { .. } => "department admin",
        Role::Member => "member",
    }
}

fn login(member: &Member) -> Option<&String> {
    match member.login.as_str() {
        "business_email" => member.business_email.as_ref(),
        "work_email" => member.work_email.as_ref(),
        _ => member.phone.as_ref(),
    }
}

fn member_text(member: &Member) -> String {
    let mut text = format!("{}, {} ({}, {})", member.id, visible(&member.name), member.state, role(&member.role));
    let wishes: Vec<_> = member.wishes.iter().map(|wish| format!("{} ({})", wish.plan, wish.reason)).collect();
    let came = &member.came_in;
    let lines = [
        ("business email", member.business_email.clone()),
        ("work email", member.work_email.clone()),
        ("phone", member.phone.clone()),
        ("departments", Some(member.departments.join(" "))),
        ("workforce type", member.workforce_type.clone()),
        ("employee number", member.employee_number.clone()),
        ("groups", Some(member.groups.join(" "))),
        ("seats", Some(member.seats.join(" "))),
        ("waits for", Some(wishes.join(" "))),
        ("came by", Some(came.channel.clone())),
        ("came at", Some(came.at.clone())),
        ("by whom", came.by.clone()),
        ("decision", came.decision.clone()),
    ];
    for (name, value) in lines {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            text += &format!("\n{name:<15}  {}", visible(&value));
        }
    }
    text
}

impl Add {
    fn run(self, output: Output) -> Result<(), Failure> {
        let path = self.remote.path("members")?;
        let new = NewMember {
            name: self.name,
            departments: self.departments,
            login: match self.login {
                Login::Business => LoginType::Business,
                Login::Work => LoginType::Work,
                Login::Skip => LoginType::Skip,
            },
            business_email: self.business_email,
            work_email: self.work_email,
            phone: self.phone,
            workforce_type: self.workforce_type,
            employee_number: self.employee_number,
            language: self.language,
            attributes: BTreeMap::new(),
            role: Role::Member,
            seat: self.seat.choice(),
            password: None,
            invite: Some(!self.no_invitation),
        };
        let made: MemberCreated = self.remote.host().post(&path, &new)?;
        if made.password.is_none() {
            return output.show(&made, created_text);
        }
        let id = &made.member.id;
        let lost = format!(
            "{id} is added, and nobody read their first password: `PUT {}` sets another",
            self.remote.path(&format!("members/{id}/password"))?
        );
        output.show_once(&made, created_text, lost)
    }
}

fn created_text(made: &MemberCreated) -> String {
    let mut text = member_text(&made.member);
    if let Some(password) = &made.password {
        text += &format!("\nTheir first password, shown this once: {password}");
    }
    if !made.recommended.is_empty() {
        text += &format!("\nBetter filled in too: {}", made.recommended.join(", "));
    }
    text
}
