//! Join requests: what waits for an admin, and the answer (R17, R30, R33).
//!
//! Owns the states of a request and the rule that the first answer stands. Must not know members or
//! seats: an approval's consequences are planned by the use case.

use serde::{Deserialize, Serialize};

use crate::ids::{DecisionId, InvitationId, MemberId, PlanId, RequestId};
use crate::kebab::names;
use crate::policy::Reason;
use crate::policy::approval::{Applicant, Channel, Placement};
use crate::time::{DAY, Instant};

/// How long a request waits for an answer, in microseconds.
pub const WAITS_FOR: i64 = 30 * DAY;

names! {
    /// State of a request (R30).
    pub enum State as "state of a request" {
        /// Waits for an answer.
        Pending = "pending",
        /// The applicant is a member.
        Approved = "approved",
        /// Refused by an admin or a policy.
        Rejected = "rejected",
        /// The applicant declined.
        Declined = "declined",
        /// Nobody answered in time.
        Expired = "expired",
        /// The applicant took it back.
        Withdrawn = "withdrawn",
    }
}

names! {
    /// An answer to a pending request.
    pub enum Verdict as "answer" {
        /// Let in.
        Approve = "approved",
        /// Refused.
        Reject = "rejected",
        /// Taken back by the applicant.
        Withdraw = "withdrawn",
        /// Declined by the applicant, of whom nothing is kept (R22).
        Decline = "declined",
    }
}

/// How an approving admin gives the seat (R18).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatChoice {
    /// A seat of this plan; if none is free the wish is kept.
    Plan(PlanId),
    /// None.
    None,
    /// Nothing is chosen: who has no seat by a user group waits for one of the plan that the invitation offers.
    AsOffered,
    /// The organisation's seat policies choose.
    #[default]
    Policy,
}

/// The first answer to a request: it stands (R17).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was said.
    pub verdict: Verdict,
    /// Who said it: an admin; none for the applicant, a policy or a token of no member.
    pub by: Option<MemberId>,
    /// When.
    pub at: Instant,
    /// The member an approval made.
    pub member: Option<MemberId>,
    /// What was written to it, for admins.
    pub note: Option<String>,
}

/// A join request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// Its id.
    pub id: RequestId,
    /// Who wants in; forgotten once they declined (R22).
    pub applicant: Applicant,
    /// Through which channel (R33).
    pub channel: Channel,
    /// By which invitation.
    pub invitation: Option<InvitationId>,
    /// Whose invitation it was (R33).
    pub inviter: Option<MemberId>,
    /// The decision that sent it to review or refused it (R33); none if they declined before there was one.
    pub decision: Option<DecisionId>,
    /// Its reasons, most important first.
    pub reasons: Vec<Reason>,
    /// Digests of the policies that decided (R33).
    pub policies: Vec<String>,
    /// Where an approval places the applicant.
    pub placement: Placement,
    /// Plan the invitation offers.
    pub plan: Option<PlanId>,
    /// Whether a seat of `plan` is reserved for it (R15).
    pub seat_reserved: bool,
    /// SHA-256 of the secret by which the applicant sees or withdraws it.
    pub ticket_hash: [u8; 32],
    /// When it was opened.
    pub opened_at: Instant,
    /// When it stops waiting.
    pub expires_at: Instant,
    /// The first answer.
    pub answer: Option<Answer>,
}

/// A request that was answered before: the first answer stands (R17).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnswerError {
    /// Somebody was faster.
    #[error("the request was answered already")]
    AlreadyProcessed(Box<Answer>),
    /// It waited too long.
    #[error("the request expired at {0}")]
    Expired(Instant),
}

impl JoinRequest {
    /// Its state at a moment (R30).
    pub fn state(&self, at: Instant) -> State {
        match self.answer.as_ref().map(|answer| answer.verdict) {
            Some(Verdict::Approve) => State::Approved,
            Some(Verdict::Reject) => State::Rejected,
            Some(Verdict::Withdraw) => State::Withdrawn,
            Some(Verdict::Decline) => State::Declined,
            None if at >= self.expires_at => State::Expired,
            None => State::Pending,
        }
    }

    /// Takes the first answer; a later one gets the first (R17). Who declines is forgotten (R22), and with
    /// them what policies said about them.
    pub fn answer(&mut self, answer: Answer) -> Result<(), AnswerError> {
        if let Some(first) = &self.answer {
            return Err(AnswerError::AlreadyProcessed(Box::new(first.clone())));
        }
        if answer.at >= self.expires_at {
            return Err(AnswerError::Expired(self.expires_at));
        }
        if answer.verdict == Verdict::Decline {
            self.applicant = Applicant::forgotten();
            self.reasons.clear();
        }
        self.answer = Some(answer);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitation::tests::applicant;

    fn request() -> JoinRequest {
        let opened_at = Instant::from_micros(0);
        JoinRequest {
            id: RequestId::from_bytes([1; 16]),
            applicant: applicant("ada@example.com", &[]),
            channel: Channel::Link,
            invitation: None,
            inviter: None,
            decision: Some(DecisionId::from_bytes([2; 16])),
            reasons: Vec::new(),
            policies: Vec::new(),
            placement: Placement { department: None, workforce_type: None },
            plan: None,
            seat_reserved: false,
            ticket_hash: [0; 32],
            opened_at,
            expires_at: opened_at.plus(WAITS_FOR),
            answer: None,
        }
    }

    fn answer(verdict: Verdict, at: i64) -> Answer {
        Answer { verdict, by: None, at: Instant::from_micros(at), member: None, note: None }
    }

    #[test]
    fn r17_the_first_answer_stands() {
        for first in Verdict::ALL {
            for second in Verdict::ALL {
                let mut request = request();
                request.answer(answer(*first, 1)).unwrap();
                let state = request.state(Instant::from_micros(2));
                let refused = request.answer(answer(*second, 2)).unwrap_err();
                assert_eq!(refused, AnswerError::AlreadyProcessed(Box::new(answer(*first, 1))));
                assert_eq!(request.state(Instant::from_micros(WAITS_FOR)), state);
                assert_eq!(state.as_str(), first.as_str());
            }
        }
    }

    #[test]
    fn r22_who_declines_is_forgotten_and_nobody_else() {
        for verdict in Verdict::ALL {
            let mut request = request();
            let before = request.applicant.clone();
            request.answer(answer(*verdict, 1)).unwrap();
            let kept = if *verdict == Verdict::Decline { Applicant::forgotten() } else { before };
            assert_eq!(request.applicant, kept, "{verdict}");
        }
    }

    #[test]
    fn r30_a_request_nobody_answers_expires() {
        let mut request = request();
        assert_eq!(request.state(Instant::from_micros(WAITS_FOR - 1)), State::Pending);
        assert_eq!(request.state(Instant::from_micros(WAITS_FOR)), State::Expired);
        let late = request.answer(answer(Verdict::Approve, WAITS_FOR));
        assert_eq!(late, Err(AnswerError::Expired(request.expires_at)));
    }
}
