//! Policies that need no engine: they say what the test told them to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use usher_domain::ids::DecisionId;
use usher_domain::policy::{DecisionPoint, Reason, approval, seat, sso};
use usher_engine::{Activation, Approval, Combine, Package, Point, SeatAssignment, SsoMatching};
use usher_store::OrgScope;

use crate::app::decisions::{self, Asked, Verdicts};
use crate::app::pdp::{Decided, NotReady, Pdp, Record};
use crate::app::refusal::Refusal;

/// Policies that say what they were told to: at first approve and mismatch. There is no seat policy at first.
#[derive(Debug)]
pub struct TestPdp {
    approval: Mutex<approval::Verdict>,
    seat: Mutex<Option<seat::Verdict>>,
    sso: Mutex<sso::Verdict>,
    faulted: Mutex<Option<DecisionPoint>>,
    seating: Mutex<Duration>,
    seatings: AtomicU64,
    compiling: Mutex<Compiling>,
    compilings: AtomicU64,
    decisions: AtomicU64,
}

/// How often a seat policy that takes its time looks whether it still has to.
const MOMENT: Duration = Duration::from_millis(10);

/// How compiling a policy goes.
#[derive(Clone, Copy, Debug, Default)]
pub enum Compiling {
    /// At once.
    #[default]
    AtOnce,
    /// After this time.
    Takes(Duration),
    /// It ends in a panic that says this.
    Panics(&'static str),
}

impl Default for TestPdp {
    fn default() -> Self {
        TestPdp {
            approval: Mutex::new(approval::Verdict::Approve),
            seat: Mutex::default(),
            sso: Mutex::new(sso::Verdict::Mismatch),
            faulted: Mutex::default(),
            seating: Mutex::default(),
            seatings: AtomicU64::new(0),
            compiling: Mutex::default(),
            compilings: AtomicU64::new(0),
            decisions: AtomicU64::new(0),
        }
    }
}

impl TestPdp {
    /// What approval policies say from now on.
    pub fn approve(&self, verdict: approval::Verdict) {
        *self.approval.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
    }

    /// What seat policies say from now on: with `Assign`, every plan of the request in its order.
    pub fn assign(&self, verdict: seat::Verdict) {
        *self.seat.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
    }

    /// How long a seat policy takes from now on, one that is being asked already too.
    pub fn seating_takes(&self, time: Duration) {
        *self.seating.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// How often seat policies were asked, or are being asked.
    pub fn seatings(&self) -> u64 {
        self.seatings.load(Ordering::SeqCst)
    }

    /// What matching policies say from now on: with `Match` and `Review`, the first candidate.
    pub fn matching(&self, verdict: sso::Verdict) {
        *self.sso.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
    }

    /// Of which decision point what policies say stands for a fault of theirs from now on.
    pub fn fault(&self, point: Option<DecisionPoint>) {
        *self.faulted.lock().unwrap_or_else(PoisonError::into_inner) = point;
    }

    /// How compiling goes from now on.
    pub fn compiling(&self, how: Compiling) {
        *self.compiling.lock().unwrap_or_else(PoisonError::into_inner) = how;
    }

    /// How often policies were compiled, or are being compiled.
    pub fn compilings(&self) -> u64 {
        self.compilings.load(Ordering::SeqCst)
    }

    async fn compile(&self) {
        self.compilings.fetch_add(1, Ordering::SeqCst);
        let how = *self.compiling.lock().unwrap_or_else(PoisonError::into_inner);
        match how {
            Compiling::AtOnce => {}
            Compiling::Takes(time) => tokio::time::sleep(time).await,
            Compiling::Panics(text) => panic!("{text}"),
        }
    }

    fn decided<P: Point>(&self, request: &P::Request, decision: P::Decision) -> Decided<P::Decision> {
        let number = self.decisions.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&number.to_be_bytes());
        let mut record = decisions::Decision {
            id: DecisionId::from_bytes(bytes),
            point: P::POINT,
            generation: 1,
            combine: Combine::default(),
            request: json!(request),
            answer: decisions::Answer { decision: json!(decision), by: None, entries: Vec::new() },
            effect: None,
        };
        Decided {
            id: record.id,
            decision,
            faulted: *self.faulted.lock().unwrap_or_else(PoisonError::into_inner) == Some(P::POINT),
            policies: vec!["sha256:test".to_owned()],
            record: Record::new(move |effect| {
                record.effect = Some(effect);
                record
            }),
        }
    }
}

fn reasons() -> Vec<Reason> {
    vec![Reason { code: "told-to".into(), params: Vec::new(), text: "the test says so".into() }]
}

#[async_trait]
impl Pdp for TestPdp {
    async fn approval(
        &self,
        _: &OrgScope,
        request: &approval::Request,
    ) -> Result<Decided<approval::Decision>, Refusal> {
        let verdict = *self.approval.lock().unwrap_or_else(PoisonError::into_inner);
        let (reasons, obligations) = (reasons(), Vec::new());
        let decision = approval::Decision { verdict, reasons, obligations, placement: None };
        Ok(self.decided::<Approval>(request, decision))
    }

    async fn seat(&self, _: &OrgScope, request: &seat::Request) -> Result<Decided<seat::Decision>, Refusal> {
        self.seatings.fetch_add(1, Ordering::SeqCst);
        let mut waited = Duration::ZERO;
        while waited < *self.seating.lock().unwrap_or_else(PoisonError::into_inner) {
            tokio::time::sleep(MOMENT).await;
            waited += MOMENT;
        }
        let told = *self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = told.unwrap_or(seat::Verdict::Decline);
        let plans = match verdict {
            seat::Verdict::Assign => request.plans.iter().map(|plan| plan.id).collect(),
            seat::Verdict::Decline => Vec::new(),
        };
        let decision = seat::Decision { verdict, plans, reasons: reasons(), obligations: Vec::new() };
        let decided = self.decided::<SeatAssignment>(request, decision);
        Ok(if told.is_some() { decided } else { Decided { policies: Vec::new(), ..decided } })
    }

    async fn sso(&self, _: &OrgScope, request: &sso::Request) -> Result<Decided<sso::Decision>, Refusal> {
        let verdict = *self.sso.lock().unwrap_or_else(PoisonError::into_inner);
        let member = match verdict {
            sso::Verdict::Match | sso::Verdict::Review => request.candidates.first().map(|one| one.member),
            sso::Verdict::Mismatch => None,
        };
        let decision = sso::Decision { verdict, member, reasons: reasons(), obligations: Vec::new() };
        Ok(self.decided::<SsoMatching>(request, decision))
    }

    /// The same keys in every generation, and with no policy too.
    async fn match_keys(&self, _: &OrgScope, _: u64, claims: &[sso::Claim]) -> Result<BTreeSet<String>, Refusal> {
        Ok(claims.iter().map(|claim| format!("{}:{}", claim.kind, claim.value.to_lowercase())).collect())
    }

    async fn keys_fault(&self, _: &OrgScope, _: u64, _: &[sso::Claim]) -> Result<Option<String>, Refusal> {
        Ok(None)
    }

    async fn check(&self, _: &OrgScope, _: &Package) -> Result<(), NotReady> {
        self.compile().await;
        Ok(())
    }

    async fn prepare(&self, _: &OrgScope, _: &Package, _: Activation) -> Result<(), NotReady> {
        self.compile().await;
        Ok(())
    }

    async fn ask(&self, _: &OrgScope, asked: Asked) -> Result<Verdicts, Refusal> {
        let questions = match asked {
            Asked::Approval(requests) => requests.len(),
            Asked::SeatAssignment(requests) => requests.len(),
            Asked::SsoMatching(requests) => requests.len(),
        };
        let answer = decisions::Answer { decision: json!({ "verdict": "told-to" }), by: None, entries: Vec::new() };
        Ok(Verdicts { generation: 0, answers: vec![answer; questions] })
    }
}
