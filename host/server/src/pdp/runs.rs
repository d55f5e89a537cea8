//! Runs of pipelines: the room they take, and the rounds in which they are told facts.
//!
//! Owns the sandboxes, the bulkheads between organisations, and how often a decision is run again. Must not know
//! which generation is asked, or what is kept of a decision.
//!
//! INVARIANT: a run keeps its room until it has ended, whether or not anybody still waits for it. Else whoever asks
//! a slow policy and hangs up, again and again, would have all sandboxes at work and none counted.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use usher_domain::ids::OrgId;
use usher_domain::policy::facts::Fact;
use usher_domain::policy::{DecisionPoint, sso};
use usher_engine::{Ended, EntryRun, FactSource, Pipeline, PipelineRun, Point, SsoMatching};
use usher_store::OrgScope;

use super::facts::FactSheet;
use super::pipelines::Ready;
use crate::app::pdp::Facts;
use crate::app::refusal::Refusal;
use crate::ports::Clock;

/// Times a decision is run again because a policy asked for another fact; in the last, one more is a fault.
const MAX_FACT_ROUNDS: usize = 16;

/// Most runs at once of one organisation for one decision point: its slow policies do not hold up another's.
const MAX_RUNS_OF_ONE_ORGANISATION: usize = 8;

/// How long policies give keys before others have a turn: as long as a few claims may take that nobody waits for.
const KEYS_AT_ONCE: Duration = Duration::from_millis(100);

/// Room for the runs of one organisation for one decision point, whatever the generation.
pub(super) type Bulkhead = Arc<Semaphore>;

/// Runs pipelines on threads of their own.
pub(super) struct Runs {
    /// As many as the engine has: who comes when all are taken waits.
    sandboxes: Arc<Semaphore>,
    /// Threads that many questions at once are spread over.
    threads: NonZero<usize>,
    /// Those in use.
    bulkheads: Mutex<HashMap<(OrgId, DecisionPoint), Weak<Semaphore>>>,
    clock: Arc<dyn Clock>,
}

/// What a pipeline said.
pub(super) struct Verdict<P: Point> {
    pub(super) decision: P::Decision,
    /// Which of `entries` gave it.
    pub(super) by: usize,
    pub(super) entries: Vec<EntryRun<P::Decision>>,
}

/// A question, and its answer once there is one.
struct Asked<P: Point> {
    request: P::Request,
    verdict: Option<Verdict<P>>,
}

impl<P: Point> Asked<P> {
    fn new(request: P::Request) -> Self {
        Self { request, verdict: None }
    }

    /// Notes the answer, or gives the fact to read before it is asked again.
    fn hear(&mut self, run: PipelineRun<P::Decision>) -> Option<Fact> {
        match run {
            PipelineRun::Decided { decision, by, entries } => {
                self.verdict = Some(Verdict { decision, by, entries });
                None
            }
            PipelineRun::NeedsFact(fact) => Some(fact),
        }
    }
}

impl Runs {
    /// In an engine of so many sandboxes.
    pub(super) fn new(sandboxes: u32, clock: Arc<dyn Clock>) -> Runs {
        let sandboxes = sandboxes as usize;
        let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let most = NonZero::new(MAX_RUNS_OF_ONE_ORGANISATION.min(sandboxes)).unwrap_or(NonZero::<usize>::MIN);
        Runs {
            sandboxes: Arc::new(Semaphore::new(sandboxes)),
            threads: threads.min(most),
            bulkheads: Mutex::default(),
            clock,
        }
    }

    /// The bulkhead of an organisation for a decision point: the same for as long as anybody holds it.
    pub(super) fn bulkhead(&self, org: OrgId, point: DecisionPoint) -> Bulkhead {
        let mut known = self.bulkheads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&(org, point)).and_then(Weak::upgrade) {
            return found;
        }
        if known.len() == known.capacity() {
            known.retain(|_, held| held.strong_count() > 0);
        }
        let bulkhead = Arc::new(Semaphore::new(MAX_RUNS_OF_ONE_ORGANISATION));
        known.insert((org, point), Arc::downgrade(&bulkhead));
        bulkhead
    }

    /// Asks a pipeline.
    pub(super) async fn one<P: Point>(
        &self,
        org: &OrgScope,
        ready: &Arc<Ready<P>>,
        request: &P::Request,
    ) -> Result<Verdict<P>, Refusal> {
        let ask = |asked: &mut Asked<P>, pipeline: &Pipeline<P>, facts: &Arc<dyn FactSource>| {
            let run = pipeline.decide(&asked.request, facts);
            asked.hear(run).into_iter().collect()
        };
        let asked = Asked::new(request.clone());
        let asked = self.in_rounds(org, ready, NonZero::<usize>::MIN, FactSheet::default(), asked, ask).await?;
        asked.verdict.ok_or(Refusal::Busy)
    }

    /// Asks a pipeline many things, on several threads. In the order asked; what is `known` is not read.
    pub(super) async fn many<P: Point>(
        &self,
        org: &OrgScope,
        ready: &Arc<Ready<P>>,
        requests: Vec<P::Request>,
        known: Facts,
    ) -> Result<Vec<(P::Request, Verdict<P>)>, Refusal> {
        let threads = self.threads;
        let ask = move |all: &mut Vec<Asked<P>>, pipeline: &Pipeline<P>, facts: &Arc<dyn FactSource>| {
            let open: Vec<&mut Asked<P>> = all.iter_mut().filter(|asked| asked.verdict.is_none()).collect();
            let requests: Vec<&P::Request> = open.iter().map(|asked| &asked.request).collect();
            let runs = pipeline.decide_all(&requests, facts, threads);
            open.into_iter().zip(runs).filter_map(|(asked, run)| asked.hear(run)).collect()
        };
        let asked = requests.into_iter().map(Asked::new).collect();
        let answered: Vec<Asked<P>> = self.in_rounds(org, ready, threads, FactSheet::of(known), asked, ask).await?;
        let answers = answered.into_iter().map(|asked| Some((asked.request, asked.verdict?)));
        answers.collect::<Option<_>>().ok_or(Refusal::Busy)
    }

    /// What every policy of a pipeline gives as keys of the claims.
    pub(super) async fn keys(
        &self,
        ready: &Arc<Ready<SsoMatching>>,
        claims: &[sso::Claim],
    ) -> Result<Vec<Ended<Vec<String>>>, Refusal> {
        let (mut done, mut keys) = (0, Vec::new());
        while done < claims.len() {
            let (pipeline, claims) = (Arc::clone(ready), claims[done..].to_vec());
            let some = move || {
                let (mut claims, mut spent, mut some) = (claims.iter(), Duration::ZERO, Vec::new());
                while let Some(claim) = claims.next().filter(|_| spent < KEYS_AT_ONCE) {
                    for entry in pipeline.pipeline.entries() {
                        let run = entry.policy.match_keys(claim);
                        spent += run.duration;
                        some.push(run.ended);
                    }
                }
                some
            };
            let some = self.on_threads(&ready.bulkhead, NonZero::<usize>::MIN, some).await?;
            done += some.len() / ready.pipeline.entries().count();
            keys.extend(some);
        }
        Ok(keys)
    }

    /// Asks, reads the facts that were missing, and asks again, until none is. Nothing is left open: in the last
    /// round the policy that asks for another fact faults.
    async fn in_rounds<P: Point, A: Send + 'static>(
        &self,
        org: &OrgScope,
        ready: &Arc<Ready<P>>,
        threads: NonZero<usize>,
        facts: FactSheet,
        mut asked: A,
        ask: impl Fn(&mut A, &Pipeline<P>, &Arc<dyn FactSource>) -> Vec<Fact> + Copy + Send + 'static,
    ) -> Result<A, Refusal> {
        let facts = Arc::new(facts);
        for round in 0..=MAX_FACT_ROUNDS {
            if round == MAX_FACT_ROUNDS {
                facts.close();
            }
            let pipeline = Arc::clone(ready);
            let known: Arc<dyn FactSource> = facts.clone();
            let run = move || {
                let missing = ask(&mut asked, &pipeline.pipeline, &known);
                (asked, missing)
            };
            let (answered, missing) = self.on_threads(&ready.bulkhead, threads, run).await?;
            asked = answered;
            if missing.is_empty() {
                break;
            }
            for fact in missing {
                facts.read(org, self.clock.now(), fact).await?;
            }
        }
        Ok(asked)
    }

    /// Works with a sandbox for each thread. Policies may run for as long as their limits allow: never on a thread
    /// that serves requests.
    pub(super) async fn on_threads<T: Send + 'static>(
        &self,
        bulkhead: &Bulkhead,
        threads: NonZero<usize>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let threads = u32::try_from(threads.get()).unwrap_or(1);
        let of_organisation = Arc::clone(bulkhead).acquire_many_owned(threads).await.map_err(|_| Refusal::Busy)?;
        let of_host = Arc::clone(&self.sandboxes).acquire_many_owned(threads).await.map_err(|_| Refusal::Busy)?;
        let work = move || {
            let done = work();
            drop((of_organisation, of_host));
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use usher_domain::time::Instant;

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Instant {
            Instant::from_micros(0)
        }
    }

    fn runs() -> Runs {
        Runs::new(64, Arc::new(Stopped))
    }

    #[tokio::test]
    async fn who_hangs_up_leaves_the_room_of_a_run_taken_until_it_ends() {
        let runs = runs();
        let bulkhead = runs.bulkhead(OrgId::from_bytes([1; 16]), DecisionPoint::Approval);
        let (end, ended) = mpsc::channel::<()>();
        let slow = runs.on_threads(&bulkhead, NonZero::<usize>::MIN, move || ended.recv());
        assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err(), "it does not end by itself");
        let free = || (bulkhead.available_permits(), runs.sandboxes.available_permits());
        assert_eq!(free(), (MAX_RUNS_OF_ONE_ORGANISATION - 1, 63), "its caller is gone, its thread is not");
        drop(end);
        while free() != (MAX_RUNS_OF_ONE_ORGANISATION, 64) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[test]
    fn generations_of_an_organisation_share_a_bulkhead_and_those_that_nobody_holds_are_forgotten() {
        let runs = runs();
        let of = |n: u16| {
            let mut id = [0; 16];
            id[..2].copy_from_slice(&n.to_be_bytes());
            runs.bulkhead(OrgId::from_bytes(id), DecisionPoint::Approval)
        };
        let first = of(1);
        assert!(Arc::ptr_eq(&first, &of(1)));
        let other = runs.bulkhead(OrgId::from_bytes([0; 16]), DecisionPoint::SeatAssignment);
        assert!(!Arc::ptr_eq(&of(0), &other), "one for each decision point");
        for n in 2..1_000 {
            drop(of(n));
        }
        assert!(runs.bulkheads.lock().unwrap().len() < 100);
        assert!(Arc::ptr_eq(&first, &of(1)));
    }
}
