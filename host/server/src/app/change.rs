//! A change of an organisation's data: what is written, the audit entry and the events, in one commit.
//!
//! A [`Change`] is made with its audit entry, which only what strangers do over and over goes without (`traced`), and
//! is committed by [`App::change`], or by [`App::make`] and what founds an organisation with it: they try again when
//! others got in between, and say in the use case's own words what a bound or a claim that did not hold means.
//!
//! [`super::plans::create`] is the model to follow.

pub mod foresight;
pub(super) mod halt;
pub(super) mod rounds;

use std::fmt::Display;
use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use usher_domain::ids::EventId;
use usher_domain::plan::Plan;
use usher_domain::seat::Move;
use usher_domain::time::Instant;
use usher_store::{
    CommitError, Counter, Key, Lookup, OrgScope, OrgWrites, Owner, Record, Scope, Written, encode, lookup_key,
};

use self::rounds::rounds;
use super::actor::{By, ByOperator, Call, Doer};
use super::audit::{Entry, Fact, Values, checkpoint};
use super::events::{Event, KINDS};
use super::once::Once;
use super::privacy::strangers;
use super::refusal::Refusal;
use super::{App, counters, webhooks};

/// A change about to be committed. `E` is the use case's error.
pub struct Change<E> {
    /// Everything plain: guards, writes, deletions, work that falls due.
    pub writes: OrgWrites,
    scope: OrgScope,
    at: Instant,
    fact: Fact,
    values: Values,
    /// Further entries of the audit trail.
    others: Vec<(Fact, Values)>,
    /// Whether there are entries at all.
    traced: bool,
    events: Vec<Event>,
    /// What it means when a counter's bound or a key's absence does not hold.
    meanings: Vec<(Key, E)>,
}

impl<E> Change<E> {
    /// Values before the change, for the audit entry. No secrets.
    #[must_use]
    pub fn before(mut self, value: &impl Serialize) -> Change<E> {
        self.values.before = serde_json::to_value(value).ok();
        self
    }

    /// Values after the change, for the audit entry. No secrets.
    #[must_use]
    pub fn after(mut self, value: &impl Serialize) -> Change<E> {
        self.values.after = serde_json::to_value(value).ok();
        self
    }

    /// [`Change::before`] and [`Change::after`] of a change that is somebody else's to finish.
    pub fn traces(&mut self, before: &impl Serialize, after: &impl Serialize) {
        self.values.before = serde_json::to_value(before).ok();
        self.values.after = serde_json::to_value(after).ok();
    }

    /// Digests of the policies that decided.
    #[must_use]
    pub fn decided_by(mut self, policies: impl IntoIterator<Item = String>) -> Change<E> {
        self.fact.policies.extend(policies);
        self
    }

    /// Whether it leaves entries: not where strangers have left so many that another one would only hide the others
    /// ([`super::throttle::traces`]).
    #[must_use]
    pub(crate) fn traced(mut self, traced: bool) -> Change<E> {
        self.traced = traced;
        self
    }

    /// Adds an entry to the audit trail about one of the many things that are made at once.
    pub fn also(
        &mut self,
        action: &str,
        target: impl Display,
        after: &impl Serialize,
        policies: impl IntoIterator<Item = String>,
    ) {
        let after = serde_json::to_value(after).ok();
        self.add_entry(action, target, policies.into_iter().collect(), Values { after, ..Values::default() });
    }

    /// [`Change::also`] about one of the many things that are changed at once.
    pub fn also_changed(
        &mut self,
        action: &str,
        target: impl Display,
        before: &impl Serialize,
        after: &impl Serialize,
    ) {
        let (before, after) = (serde_json::to_value(before).ok(), serde_json::to_value(after).ok());
        self.add_entry(action, target, Vec::new(), Values { before, after, ..Values::default() });
    }

    /// [`Change::also`] about one of the many things that are removed at once.
    pub fn also_removed(&mut self, action: &str, target: impl Display, before: &impl Serialize) {
        let before = serde_json::to_value(before).ok();
        self.add_entry(action, target, Vec::new(), Values { before, ..Values::default() });
    }

    fn add_entry(&mut self, action: &str, target: impl Display, policies: Vec<String>, values: Values) {
        let (action, target) = (action.to_owned(), target.to_string());
        let fact = Fact { action, target, policies, ..self.fact.clone() };
        self.others.push((fact, Values { origin: self.values.origin.clone(), ..values }));
    }

    /// Tells whoever follows the organisation, by one of [`KINDS`]. Ids, no personal data.
    pub fn event(&mut self, app: &App, kind: &str, data: Value) {
        // INVARIANT: what is told can be asked for. Every test in which something happens checks it.
        debug_assert!(KINDS.contains(&kind), "{kind} is no kind of event: name it in `events::KINDS`");
        let id = app.new_id(EventId::from_parts);
        self.events.push(Event { id, at: self.at, kind: kind.to_owned(), version: 1, data });
    }

    /// Moves a counter up; above `max` the use case ends in `full`.
    pub fn count_up(&mut self, counter: &Counter, by: i64, max: i64, full: E) {
        self.meanings.push((self.scope.counter_key(counter), full));
        self.writes.add(counter, by, 0, max);
    }

    /// Moves a counter down; below `min` the use case ends in `empty`.
    pub fn count_down(&mut self, counter: &Counter, by: i64, min: i64, empty: E) {
        self.meanings.push((self.scope.counter_key(counter), empty));
        self.writes.add(counter, -by, min, i64::MAX);
    }

    /// Moves a seat of a plan (R36); if none is free the use case ends in `none_free`.
    pub fn seat(&mut self, plan: &Plan, change: Move, none_free: E) {
        let committed = counters::seats_committed(plan.id);
        self.meanings.push((self.scope.counter_key(&committed), none_free));
        for (counter, delta) in
            [(committed, change.committed(plan.size)), (counters::seats_reserved(plan.id), change.reserved())]
        {
            if delta.by != 0 {
                self.writes.add(&counter, delta.by, delta.min, delta.max);
            }
        }
    }

    /// Writes a new record; if there is one already the use case ends in `taken`.
    pub fn insert<R: Record>(&mut self, id: &R::Id, record: &R, taken: E) {
        self.meanings.push((self.scope.key::<R>(id), taken));
        self.writes.insert(id, record);
    }

    /// Makes a look-up of the whole host lead here; if it leads anywhere the use case ends in `taken`.
    pub fn claim<L: Lookup>(&mut self, lookup: &[u8], id: &L::Id, taken: E) {
        self.meanings.push((lookup_key::<L>(lookup), taken));
        self.writes.claim::<L>(lookup, id);
    }
}

impl App {
    /// A change by somebody with a right, and its audit entry.
    pub fn draft<E, R>(&self, by: &By<R>, action: &str, target: impl Display) -> Change<E> {
        self.draft_as(&by.scope, &by.call, Doer::from(&by.actor), action, target)
    }

    /// A change by whoever it may be: an applicant without a token, the host itself.
    pub fn draft_as<E>(
        &self,
        scope: &OrgScope,
        call: &Call,
        doer: Doer,
        action: &str,
        target: impl Display,
    ) -> Change<E> {
        let fact = Fact {
            at: call.at,
            call: call.id,
            doer,
            action: action.to_owned(),
            target: target.to_string(),
            policies: Vec::new(),
        };
        let values = Values { origin: call.origin.map(|origin| origin.to_string()), ..Values::default() };
        Change {
            writes: scope.writes(),
            scope: scope.clone(),
            at: call.at,
            fact,
            values,
            others: Vec::new(),
            traced: true,
            events: Vec::new(),
            meanings: Vec::new(),
        }
    }

    /// Decides and commits, and decides again if others changed what was guarded.
    pub async fn change<T, E, F, Fut>(&self, mut decide: F) -> Result<(T, Written), E>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(T, Change<E>), E>>,
        E: From<Refusal>,
    {
        rounds(|| {
            let decided = decide();
            async move {
                let (made, change) = decided.await?;
                Ok(self.commit(change).await?.map(|committed| (made, committed)))
            }
        })
        .await
    }

    /// [`App::change`] for something new: the same request sent again, by its idempotency key, is
    /// answered with what it made the first time. `decide` gives what is made, its secrets (or `()`), and
    /// the change.
    pub async fn make<T, S, R, E, F, Fut>(&self, by: &By<R>, decide: F) -> Result<Made<T, S>, E>
    where
        T: Serialize + DeserializeOwned,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(T, S, Change<E>), E>>,
        E: From<Refusal>,
    {
        self.make_once(&by.call, &by.scope, |once, writes, made| once.remember(writes, made), decide).await
    }

    /// [`App::make`] for a new organisation, which is remembered in the host's data: there is no
    /// organisation yet to remember it in.
    pub async fn found<T, S, E, F, Fut>(&self, by: &ByOperator, decide: F) -> Result<Made<T, S>, E>
    where
        T: Serialize + DeserializeOwned,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(T, S, Change<E>), E>>,
        E: From<Refusal>,
    {
        let remember = |once: &Once, writes: &mut OrgWrites, made: &T| writes.host(|host| once.remember(host, made));
        self.make_once(&by.call, &self.host(), remember, decide).await
    }

    /// Looks whether it was made before in every round: who loses against the same request, sent twice at
    /// the same moment, finds in the next round what the other one made.
    async fn make_once<T, S, O, E, F, Fut>(
        &self,
        call: &Call,
        memory: &Scope<O>,
        remember: impl Fn(&Once, &mut OrgWrites, &T),
        mut decide: F,
    ) -> Result<Made<T, S>, E>
    where
        T: Serialize + DeserializeOwned,
        O: Owner,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(T, S, Change<E>), E>>,
        E: From<Refusal>,
    {
        let remember = &remember;
        rounds(|| {
            let decided = decide();
            async move {
                if let Some(once) = &call.once
                    && let Some((version, made)) = once.recall(memory).await?
                {
                    return Ok(Some(Made { made, version, secret: None }));
                }
                let (made, secret, mut change) = decided.await?;
                if let Some(once) = &call.once {
                    remember(once, &mut change.writes, &made);
                    once.forget_in_time(&mut change.writes, call.at);
                }
                let committed = self.commit(change).await?;
                Ok(committed.map(|committed| Made { made, version: committed.seq, secret: Some(secret) }))
            }
        })
        .await
    }

    /// Nothing when others changed what was guarded.
    async fn commit<E: From<Refusal>>(&self, change: Change<E>) -> Result<Option<Written>, E> {
        let Change { mut writes, scope, at, fact, values, others, traced, events, meanings } = change;
        let failed = |what| Refusal::Store(usher_store::StoreError::Value { what });
        for (fact, values) in std::iter::once((fact, values)).chain(others).filter(|_| traced) {
            let entry = Entry::new(&fact, &values, self.random()).map_err(|_| failed("an audit entry"))?;
            writes.append_audit(encode(&entry).map_err(|_| failed("an audit entry"))?, entry.link());
            strangers::due(&mut writes, &fact);
        }
        // What leaves no entry has nothing to be signed: strangers could have it signed anew as often as they ask.
        if traced {
            checkpoint::due(&mut writes, at);
        }
        for event in &events {
            writes.append_event(encode(event).map_err(|_| failed("an event"))?);
        }
        if !events.is_empty() {
            webhooks::wake(&scope, &mut writes, at).await.map_err(Refusal::from)?;
        }
        let error = match writes.commit().await {
            Ok(committed) => {
                self.metrics.committed("applied");
                if !events.is_empty() {
                    self.followers.ring(*scope.owner());
                }
                return Ok(Some(committed));
            }
            Err(error) => error,
        };
        let (outcome, key) = match &error {
            CommitError::Conflict { key } => ("conflict", Some(key)),
            CommitError::Bound { key, .. } => ("bound", Some(key)),
            _ => ("failed", None),
        };
        self.metrics.committed(outcome);
        let meaning = meanings.into_iter().find(|(meant, _)| Some(meant) == key);
        match (meaning, error) {
            (Some((_, meaning)), _) => Err(meaning),
            (None, CommitError::Conflict { .. }) => Ok(None),
            (None, error) => Err(Refusal::Commit(error).into()),
        }
    }
}

/// Something new.
#[derive(Clone, Debug, PartialEq)]
pub struct Made<T, S = ()> {
    /// What was made, as it was at that moment.
    pub made: T,
    /// The version it had then.
    pub version: u64,
    /// What is shown once; nothing when the same request came again.
    pub secret: Option<S>,
}
