//! What becomes of rows: read, looked up, asked about, given a seat (R24 to R28).
//!
//! The dry run and the job judge by the same steps, so that the dry run shows what the job will do; the job commits
//! what comes out, and decides again if something changed. Policies are asked for a whole batch at once.

use std::sync::Arc;

use usher_domain::address::Address;
use usher_domain::authority::Authority;
use usher_domain::clamp::{Approval, approval};
use usher_domain::department::check_of_member;
use usher_domain::ids::{DepartmentId, GroupId, MemberId, PlanId};
use usher_domain::import::{Choices, Note, RowReport, Seats, UnknownDepartments, Verdict};
use usher_domain::login::{Field as LoginField, choose};
use usher_domain::member::{Login, Member, Provenance, pairs};
use usher_domain::password::Password;
use usher_domain::plan::paid_plans;
use usher_domain::policy::approval::{self as question, Applicant, Channel};
use usher_domain::policy::seat::{self, Occasion};
use usher_domain::seat::Outcome;
use usher_domain::time::Instant;
use usher_sheets::Row;
use usher_store::OrgScope;

use super::columns::{Columns, Entry, PATH};
use super::frame::{Frame, Led};
use super::seen::Seen;
use super::tally::Tally;
use crate::app::App;
use crate::app::members::add::NewMember;
use crate::app::pdp::Decided;
use crate::app::refusal::Refusal;
use crate::app::seating::{Asking, Seating};

/// Most paths of unknown departments that are told.
pub const MAX_UNKNOWN: usize = 1_000;

/// Whether rows are looked at, or committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A dry run: departments to be made count as made.
    Check,
    /// For good: they were made before.
    Apply,
}

/// What stays the same from row to row.
pub struct Judge<'a> {
    /// Surroundings.
    pub app: &'a App,
    /// The organisation's data.
    pub scope: &'a OrgScope,
    /// What the admin chose.
    pub choices: Choices,
    /// Which column is what.
    pub columns: &'a Columns,
    /// Who brought the sheet (R33).
    pub by: Option<MemberId>,
    /// When.
    pub at: Instant,
    /// Which run it is.
    pub stage: Stage,
}

/// A row and what becomes of it.
pub struct Judged {
    /// Its number in the sheet.
    pub number: u64,
    /// What becomes of it.
    pub report: RowReport,
    /// The new member, if there is one.
    pub admitted: Option<Admitted>,
}

/// A new member about to be.
pub struct Admitted {
    /// Without a seat yet.
    pub member: Member,
    /// What the approval policies said.
    pub approval: Decided<question::Decision>,
    /// What is to happen about a seat.
    pub seating: Seating,
    /// The password that the row gives.
    pub password: Option<Password>,
}

/// A row on its way: nothing speaks against it so far.
pub(super) struct Candidate {
    pub(super) number: u64,
    pub(super) entry: Entry,
    pub(super) member: Member,
    warnings: Vec<Note>,
    plan: Option<PlanId>,
}

impl Judge<'_> {
    /// Judges rows, in their order.
    pub async fn judge(
        &self,
        frame: &mut Frame,
        tally: &mut Tally,
        seen: &mut Seen,
        rows: &[Row],
    ) -> Result<Vec<Judged>, Refusal> {
        let (mut judged, mut candidates) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            match self.candidate(frame, seen, row) {
                Ok(candidate) => candidates.push(candidate),
                Err(notes) => judged.push(failed(u64::from(row.number), notes)),
            }
        }
        let candidates = self.newcomers(frame, candidates, &mut judged).await?;
        let approved = self.approved(frame, candidates, &mut judged).await?;
        let mut admitted = Vec::with_capacity(approved.len());
        for (candidate, decided) in approved {
            tally.learn(self.scope, &candidate.member.departments).await?;
            match tally.admit(&candidate.member.departments) {
                Ok(()) => admitted.push((candidate, decided)),
                Err(note) => judged.push(failed(candidate.number, vec![note])),
            }
        }
        judged.extend(self.seated(frame, tally, admitted).await?);
        judged.sort_by_key(|judged| judged.number);
        Ok(judged)
    }

    /// Everything that a row and the organisation's frame say.
    fn candidate(&self, frame: &mut Frame, seen: &mut Seen, row: &Row) -> Result<Candidate, Vec<Note>> {
        let entry = self.columns.read(row)?;
        let (mut wrong, mut warnings) = (Vec::new(), Vec::new());
        let kind = frame.types.record.0.find(&entry.workforce_type).map(str::to_owned);
        if kind.is_none() {
            let known: Vec<_> = frame.types.record.0.all().collect();
            wrong.push(Note::new("unknown_workforce_type", format!("a workforce type is one of {}", known.join(", "))));
        }
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
            seen.note(row.number, &entry).map_err(|note| vec![note])?;
            let provenance =
                Provenance { channel: Channel::Import, by: self.by, invitation: None, decision: None, at: self.at };
            let member = Member { login, groups, ..new.member(self.app, provenance) };
            return Ok(Candidate { number: u64::from(row.number), entry, member, warnings, plan });
        }
        Err(wrong)
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
        if self.stage == Stage::Check && directory.unknown.len() <= MAX_UNKNOWN {
            directory.unknown.insert(path.to_vec());
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
            wrong.push(Note::new("unknown_plan", "there is no one plan of this name whose seats can be given"));
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

    /// Those whom no approval policy rejects. `review` counts as the admin's approval, who enters them: R13. A
    /// department that the policies would place them in is left aside: the admin named theirs.
    async fn approved(
        &self,
        frame: &mut Frame,
        candidates: Vec<Candidate>,
        judged: &mut Vec<Judged>,
    ) -> Result<Vec<(Candidate, Decided<question::Decision>)>, Refusal> {
        let today = frame.today(self.at);
        let organisation = frame.organisation.for_policies(paid_plans(&frame.plans.record.plans, today));
        let mut requests = Vec::with_capacity(candidates.len());
        for candidate in &candidates {
            requests.push(question::Request {
                organisation: organisation.clone(),
                at: self.at,
                today,
                channel: Channel::Import,
                applicant: self.applicant(frame, candidate).await?,
                invitation: None,
            });
        }
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let asked = requests.clone();
        let decided = self.app.pdp.approvals(self.scope, requests).await?;
        let mut approved = Vec::with_capacity(candidates.len());
        for ((mut candidate, decided), request) in candidates.into_iter().zip(decided).zip(asked) {
            let said = (!decided.policies.is_empty()).then_some(&decided.decision);
            let reasons = || decided.decision.reasons.iter().map(|reason| Note::new(&reason.code, &reason.text));
            // INVARIANT: a fault lets nobody in: what a policy that ended badly would have said is not known.
            if decided.faulted {
                let text = "an approval policy ended in a fault, so nobody is let in by it: see the decision";
                judged.push(failed(candidate.number, reasons().chain([Note::new("policy_fault", text)]).collect()));
                continue;
            }
            match approval(&request, said, false).outcome {
                Approval::Reject => {
                    judged.push(failed(candidate.number, reasons().collect()));
                    continue;
                }
                Approval::Review | Approval::Prove(_) => candidate.warnings.extend(reasons()),
                Approval::Admit => {}
            }
            approved.push((candidate, decided));
        }
        Ok(approved)
    }

    async fn applicant(&self, frame: &mut Frame, candidate: &Candidate) -> Result<Applicant, Refusal> {
        let member = &candidate.member;
        let work_email = match &member.work_email {
            Some(address) => Some(self.proved(frame, address).await?),
            None => None,
        };
        Ok(Applicant {
            name: member.name.clone(),
            work_email,
            phone: member.phone.as_ref().map(ToString::to_string),
            phone_proved: false,
            language: member.language.clone(),
            workforce_type: member.workforce_type.clone(),
            employee_number: member.employee_number.clone(),
            attributes: pairs(&member.attributes),
        })
    }

    async fn proved(&self, frame: &mut Frame, address: &Address) -> Result<Address, Refusal> {
        let proof = frame.proof(self.scope, address.domain()).await?;
        Ok(proof.into_iter().fold(address.clone(), |address, proof| address.with(proof.evidence())))
    }

    /// Seats for those who come in, in the order of their rows (R27).
    async fn seated(
        &self,
        frame: &Frame,
        tally: &mut Tally,
        admitted: Vec<(Candidate, Decided<question::Decision>)>,
    ) -> Result<Vec<Judged>, Refusal> {
        let mut decisions = self.seat_decisions(frame, &admitted).await?.into_iter();
        let mut judged = Vec::with_capacity(admitted.len());
        for (candidate, approval) in admitted {
            let free = |plan| tally.free(plan);
            let seating = match (candidate.plan, self.choices.seats) {
                (Some(plan), _) => Seating::of_choice(plan, free(plan).unwrap_or(0)),
                (None, Seats::Policy | Seats::Group { .. }) => match decisions.next() {
                    Some((request, decided)) => match request.offered {
                        Some(plan) => Seating::of_group(plan, free(plan).unwrap_or(0), decided),
                        None => Seating::of_decision(&request, decided, free),
                    },
                    None => Seating::none(),
                },
                (None, Seats::Plan { .. } | Seats::None) => Seating::none(),
            };
            tally.seat(seating.outcome);
            judged.push(added(candidate, approval, seating));
        }
        Ok(judged)
    }

    /// What the seat policies say about those for whom nobody chose.
    async fn seat_decisions(
        &self,
        frame: &Frame,
        admitted: &[(Candidate, Decided<question::Decision>)],
    ) -> Result<Vec<(seat::Request, Decided<seat::Decision>)>, Refusal> {
        let open: Vec<_> = admitted.iter().filter(|(candidate, _)| candidate.plan.is_none()).collect();
        let offered = match self.choices.seats {
            Seats::Policy => None,
            Seats::Group { group } => match frame.group(group).and_then(|group| group.plan) {
                Some(plan) => Some(plan),
                None => return Ok(Vec::new()),
            },
            Seats::Plan { .. } | Seats::None => return Ok(Vec::new()),
        };
        let Some((first, _)) = open.first() else { return Ok(Vec::new()) };
        let asking = Asking { offered, ..asking(frame, self.at) };
        let template = asking.request(self.scope, first.member.for_seat_policies()).await?;
        if template.plans.is_empty() {
            return Ok(Vec::new());
        }
        let about = |(candidate, _): &&(Candidate, _)| seat::Request {
            member: candidate.member.for_seat_policies(),
            ..template.clone()
        };
        let requests: Vec<_> = open.iter().map(about).collect();
        let decided = self.app.pdp.seats(self.scope, requests.clone()).await?;
        Ok(requests.into_iter().zip(decided).collect())
    }
}

/// Who asks for seats, and why.
pub fn asking(frame: &Frame, at: Instant) -> Asking<'_> {
    Asking {
        organisation: &frame.organisation,
        plans: &frame.plans.record.plans,
        at,
        occasion: Occasion::Import,
        offered: None,
        held: None,
    }
}

fn added(candidate: Candidate, approval: Decided<question::Decision>, seating: Seating) -> Judged {
    let mut member = candidate.member;
    if !approval.policies.is_empty() {
        member.provenance.decision = Some(approval.id);
    }
    let wish = match seating.outcome {
        Outcome::Wish(plan, _) => Some(plan),
        Outcome::Seat(_) | Outcome::Nothing => None,
    };
    let seat = seating.seat();
    let report = RowReport { verdict: Verdict::Add, notes: candidate.warnings, member: Some(member.id), seat, wish };
    let admitted = Admitted { member, approval, seating, password: candidate.entry.password };
    Judged { number: candidate.number, report, admitted: Some(admitted) }
}

/// A row about somebody who is a member already.
pub(super) fn exists(number: u64, member: MemberId) -> Judged {
    let report =
        RowReport { verdict: Verdict::Exists, notes: Vec::new(), member: Some(member), seat: None, wish: None };
    Judged { number, report, admitted: None }
}

/// A row that makes no member.
pub fn failed(number: u64, notes: Vec<Note>) -> Judged {
    let report = RowReport { verdict: Verdict::Fail, notes, member: None, seat: None, wish: None };
    Judged { number, report, admitted: None }
}

fn recommended(field: &LoginField) -> Note {
    Note::new("recommended", format!("fill in `{field}` too, so that the invitation can arrive"))
}

fn shown(path: &[String]) -> String {
    path.join(&format!(" {PATH} "))
}
