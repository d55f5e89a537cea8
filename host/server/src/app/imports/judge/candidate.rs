//! What a row says against what there is: types, departments, plans, groups, logins (R24, R27, R28).

use std::sync::Arc;

use usher_domain::authority::Authority;
use usher_domain::department::{PATH, check_of_member};
use usher_domain::ids::{DepartmentId, GroupId, PlanId};
use usher_domain::import::{Note, Seats, UnknownDepartments};
use usher_domain::login::{Field, choose};
use usher_domain::member::{Login, Member, Provenance};
use usher_domain::policy::approval::Channel;
use usher_sheets::Row;

use super::{Judge, Stage};
use crate::app::imports::columns::Entry;
use crate::app::imports::frame::{Frame, Led};
use crate::app::members::add::NewMember;

/// A row on its way: nothing speaks against it so far.
pub(super) struct Candidate {
    pub(super) number: u64,
    pub(super) entry: Entry,
    pub(super) member: Member,
    pub(super) warnings: Vec<Note>,
    /// What policies said of it so far. It stands before the warnings, of which there may be more than are kept.
    pub(super) said: Vec<Note>,
    /// The plan that the row names, or that was chosen for all.
    pub(super) plan: Option<PlanId>,
}

impl Judge<'_> {
    /// Everything that a row, what was read of it, and the organisation's frame say, beside what the rows before it do.
    pub(super) fn candidate(
        &self,
        frame: &mut Frame,
        row: &Row,
        entry: Entry,
        twice: Option<Note>,
    ) -> Result<Candidate, Vec<Note>> {
        let (mut wrong, mut warnings) = (Vec::from_iter(twice), Vec::new());
        let kind = match self.known_type(frame, row) {
            Ok(kind) => kind,
            Err(note) => {
                wrong.push(note);
                None
            }
        };
        let departments = self.departments(frame, &entry, &mut wrong, &mut warnings);
        let plan = self.plan(frame, &entry, &mut wrong);
        let new = self.new_member(&entry, departments, kind);
        let organisation = &frame.organisation;
        let chosen = choose(new.login, new.filled(), organisation.business_mail, &organisation.skip_refused_for);
        let login = match chosen {
            Ok(choice) => {
                warnings.extend(choice.recommended.iter().map(recommended));
                choice.login
            }
            Err(error) => {
                if wrong.is_empty() {
                    wrong.push(Note::new("login", error.to_string()));
                }
                Login::WorkEmail
            }
        };
        if wrong.is_empty() && entry.password.is_some() && login != Login::BusinessEmail {
            let text = "only a business login has a password that is handed over: leave the column Password empty";
            wrong.push(Note::new("own_password", text));
        }
        let groups = self.groups(frame, plan, &mut wrong);
        if wrong.is_empty() {
            let provenance =
                Provenance { channel: Channel::Import, by: self.by, invitation: None, decision: None, at: self.at };
            let member = Member { login, groups, ..new.member(self.app, provenance) };
            return Ok(Candidate { number: u64::from(row.number), entry, member, warnings, said: Vec::new(), plan });
        }
        Err(wrong)
    }

    /// The workforce type that is meant, as it is written (R23).
    pub(super) fn known_type(&self, frame: &Frame, row: &Row) -> Result<Option<String>, Note> {
        let Some(text) = self.columns.workforce_type(row) else { return Ok(None) };
        let types = &frame.types.record.0;
        types.find(text).map(|known| Some(known.to_owned())).ok_or_else(|| {
            let known: Vec<_> = types.all().collect();
            let text = format!("the column Workforce type: a workforce type is one of {}", known.join(", "));
            Note::new("unknown_workforce_type", text)
        })
    }

    fn new_member(&self, entry: &Entry, departments: Vec<DepartmentId>, kind: Option<String>) -> NewMember {
        NewMember {
            name: entry.name.clone(),
            departments,
            login: entry.login,
            business_email: entry.business_email.clone(),
            work_email: entry.work_email.clone(),
            phone: entry.phone.clone(),
            workforce_type: kind,
            employee_number: entry.employee_number.clone(),
            language: entry.language.clone(),
            attributes: entry.attributes.clone(),
            authority: Authority::Member,
            seat: None,
            invite: self.choices.invite,
        }
    }

    /// The departments of a row (R28).
    fn departments(
        &self,
        frame: &mut Frame,
        entry: &Entry,
        wrong: &mut Vec<Note>,
        warnings: &mut Vec<Note>,
    ) -> Vec<DepartmentId> {
        let mut ids = Vec::with_capacity(entry.departments.len());
        for path in &entry.departments {
            let found = match frame.directory.find(path) {
                Led::To(id) => Ok(id),
                Led::Several => {
                    let text = "several departments have this name: give the whole path, as `Sales / North`";
                    Err(Note::new("ambiguous_department", text))
                }
                Led::Nowhere => self.unknown(frame, path, warnings),
            };
            match found {
                Ok(id) if !ids.contains(&id) => ids.push(id),
                Ok(_) => {}
                Err(note) => wrong.push(note),
            }
        }
        if wrong.is_empty()
            && let Err(error) = check_of_member(&ids)
        {
            wrong.push(Note::new("department_limit", error.to_string()));
        }
        ids
    }

    fn unknown(&self, frame: &mut Frame, path: &[String], warnings: &mut Vec<Note>) -> Result<DepartmentId, Note> {
        let directory = Arc::make_mut(&mut frame.directory);
        if self.stage == Stage::Check {
            directory.unknown.note(path);
        }
        if self.choices.unknown_departments == UnknownDepartments::Ignore {
            let text = format!("there is no department `{}`: the member goes to the root department", shown(path));
            warnings.push(Note::new("unknown_department", text));
            return Ok(directory.root());
        }
        let made = match self.stage {
            Stage::Check => directory
                .plan(path, self.at, || self.app.new_id(DepartmentId::from_parts))
                .map(|_| directory.find(path)),
            // It is not made here: either it was removed since it was, or it could not be.
            Stage::Apply => directory.check(path).map(|()| Led::Nowhere),
        };
        match made {
            Ok(Led::To(id)) => Ok(id),
            Ok(Led::Several | Led::Nowhere) => {
                let text = format!("there is no department `{}` any more: import the row again", shown(path));
                Err(Note::new("unknown_department", text))
            }
            Err(error) => {
                let text = format!("the department `{}` cannot be made: {error}", shown(path));
                Err(Note::new("department_limit", text))
            }
        }
    }

    /// The plan that a row names, else the one for all (R27).
    fn plan(&self, frame: &Frame, entry: &Entry, wrong: &mut Vec<Note>) -> Option<PlanId> {
        let Some(name) = &entry.seat_plan else {
            return match self.choices.seats {
                Seats::Plan { plan } => Some(plan),
                Seats::Policy | Seats::Group { .. } | Seats::None => None,
            };
        };
        let found = frame.plan_of_name(name);
        if found.is_none() {
            wrong.push(Note::new(
                "unknown_plan",
                "the column Seat plan: there is no one plan of this name whose seats can be given",
            ));
        }
        found
    }

    /// The user group for all (R27), unless the row has a plan of its own.
    fn groups(&self, frame: &Frame, plan: Option<PlanId>, wrong: &mut Vec<Note>) -> Vec<GroupId> {
        let Seats::Group { group } = self.choices.seats else { return Vec::new() };
        if frame.group(group).is_none() {
            let text = "the user group that was chosen is not there any more: choose again and check again";
            wrong.push(Note::new("unknown_group", text));
        }
        if plan.is_none() { vec![group] } else { Vec::new() }
    }
}

fn recommended(field: &Field) -> Note {
    Note::new("recommended", format!("fill in `{field}` too, so that the invitation can arrive"))
}

fn shown(path: &[String]) -> String {
    path.join(&format!(" {PATH} "))
}
