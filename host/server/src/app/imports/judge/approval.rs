//! What the approval policies say about rows; nobody they reject comes in.

use usher_domain::address::Address;
use usher_domain::clamp::{self, Approval};
use usher_domain::import::Note;
use usher_domain::member::pairs;
use usher_domain::plan::paid_plans;
use usher_domain::policy::Role;
use usher_domain::policy::approval::{self, Applicant, Channel, Decision, Request};

use super::candidate::Candidate;
use super::{Judge, Judged, refused};
use crate::app::imports::frame::Frame;
use crate::app::pdp::Decided;
use crate::app::refusal::Refusal;
use crate::app::stored::Member;

impl Judge<'_> {
    /// Those whom no approval policy rejects. `review` counts as the admin's approval, who enters them: R13. A
    /// department that the policies would place them in is left aside: the admin named theirs.
    pub(super) async fn approved(
        &self,
        frame: &mut Frame,
        candidates: Vec<Candidate>,
        judged: &mut Vec<Judged>,
    ) -> Result<Vec<(Candidate, Decided<Decision>)>, Refusal> {
        let today = frame.today(self.at);
        let organisation = frame.organisation.for_policies(paid_plans(&frame.plans.record.plans, today));
        let importer_role = self.importer_role().await?;
        let mut requests = Vec::with_capacity(candidates.len());
        for candidate in &candidates {
            requests.push(Request {
                organisation: organisation.clone(),
                at: self.at,
                today,
                channel: Channel::Import,
                applicant: self.applicant(frame, candidate).await?,
                invitation: None,
                row: Some(approval::Row {
                    departments: candidate.member.departments.clone(),
                    importer: self.by,
                    importer_role,
                }),
            });
        }
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let asked = requests.clone();
        let known = frame.directory.facts(candidates.iter().flat_map(|candidate| &candidate.member.departments));
        let decided = self.app.pdp.approvals(self.scope, requests, known).await?;
        let mut approved = Vec::with_capacity(candidates.len());
        for ((mut candidate, decided), request) in candidates.into_iter().zip(decided).zip(asked) {
            let said = (!decided.policies.is_empty()).then_some(&decided.decision);
            let reasons = || decided.decision.reasons.iter().map(Note::from);
            // INVARIANT: a fault lets nobody in: what a policy that ended badly would have said is not known.
            if decided.faulted {
                let kept = self.kept_as(decided.id);
                let text = format!("an approval policy ended in a fault, so nobody is let in by it{kept}");
                let notes = reasons().chain([Note::new("policy_fault", text)]).collect();
                judged.push(refused(candidate.number, notes, decided));
                continue;
            }
            if clamp::approval(&request, said, false).outcome == Approval::Reject {
                let notes = reasons().collect();
                judged.push(refused(candidate.number, notes, decided));
                continue;
            }
            if said.is_some() {
                candidate.said.extend(reasons());
            }
            approved.push((candidate, decided));
        }
        Ok(approved)
    }

    /// The role of whoever imports, at this moment.
    async fn importer_role(&self) -> Result<Option<Role>, Refusal> {
        let Some(by) = self.by else { return Ok(None) };
        Ok(self.scope.get::<Member>(&by).await?.map(|found| found.record.0.role()))
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
}
