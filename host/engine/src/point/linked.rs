//! A policy of a decision point, linked: where the functions of its interface are, and calls of them.
//!
//! Owns the one place where a function is called without comparing its types again. Must not know limits,
//! facts or what a decision means.

#![allow(unsafe_code, reason = "the types of a request take as long to compare as the policy takes to decide")]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use usher_domain::policy::SettingsProblem;
use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};

use super::vocabulary as common;
use super::{Answer, Point};
use crate::bindings::types as wit;
use crate::manifest::CONTRACT;
use crate::sandbox::Sandbox;

type Configured = (Result<(), Vec<wit::SettingsProblem>>,);
type Decided<P> = (Result<<P as Point>::Lifted, wit::Failure>,);

/// A policy of a point, ready to be instantiated.
pub struct Linked<P: Point> {
    pre: InstancePre<Sandbox>,
    configure: ComponentExportIndex,
    decide: ComponentExportIndex,
    /// INVARIANT: set only after the functions' types were found to be the contract's. They are the
    /// component's: no instance of it has others.
    checked: AtomicBool,
    point: PhantomData<fn() -> P>,
}

/// One instance of a policy.
pub struct Bound<'a, P: Point> {
    linked: &'a Linked<P>,
    instance: Instance,
}

impl<P: Point> Linked<P> {
    /// Finds the functions of the point's interface.
    ///
    /// # Errors
    /// Which one is missing.
    pub fn new(pre: InstancePre<Sandbox>) -> wasmtime::Result<Self> {
        let (configure, decide) = (function::<P>(&pre, "configure")?, function::<P>(&pre, "decide")?);
        Ok(Self { pre, configure, decide, checked: AtomicBool::new(false), point: PhantomData })
    }

    /// A fresh instance, its functions found and checked.
    ///
    /// # Errors
    /// As [`Linked::start`] and [`Linked::bind`].
    pub fn instantiate(&self, store: &mut Store<Sandbox>) -> wasmtime::Result<Bound<'_, P>> {
        let instance = self.start(store)?;
        self.bind(instance, store)
    }

    /// A fresh instance.
    ///
    /// # Errors
    /// A trap in a start function, or a limit.
    pub fn start(&self, store: &mut Store<Sandbox>) -> wasmtime::Result<Instance> {
        self.pre.instantiate(store)
    }

    /// The functions of an instance of this policy.
    ///
    /// # Errors
    /// Which one differs from the contract.
    pub fn bind(&self, instance: Instance, store: &mut Store<Sandbox>) -> wasmtime::Result<Bound<'_, P>> {
        if !self.checked.load(Ordering::Relaxed) {
            instance.get_typed_func::<(&str,), Configured>(&mut *store, &self.configure)?;
            instance.get_typed_func::<(P::Lowered<'_>,), Decided<P>>(&mut *store, &self.decide)?;
            P::check_others(&self.pre, &instance, store)?;
            self.checked.store(true, Ordering::Relaxed);
        }
        Ok(Bound { linked: self, instance })
    }
}

impl<P: Point> Bound<'_, P> {
    /// The instance itself.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// What the instance was made from.
    pub(super) fn pre(&self) -> &InstancePre<Sandbox> {
        &self.linked.pre
    }

    /// Hands the settings over.
    ///
    /// # Errors
    /// A trap or a limit; the inner result is the policy's own.
    pub fn configure(
        &self,
        store: &mut Store<Sandbox>,
        settings: &str,
    ) -> wasmtime::Result<Result<(), Vec<SettingsProblem>>> {
        // SAFETY: `configure` has this type in the contract.
        let configure = unsafe { self.function::<(&str,), Configured>(store, &self.linked.configure)? };
        Ok(configure.call(store, (settings,))?.0.map_err(common::settings_problems))
    }

    /// Asks.
    ///
    /// # Errors
    /// A trap or a limit; else what [`Answer`] says.
    pub fn decide(&self, store: &mut Store<Sandbox>, request: &P::Request) -> wasmtime::Result<Answer<P::Decision>> {
        let scratch = common::scratch();
        // SAFETY: `decide` has this type in the contract.
        let decide = unsafe { self.function::<(P::Lowered<'_>,), Decided<P>>(store, &self.linked.decide)? };
        Ok(match decide.call(store, (P::lower(&scratch, request),))?.0 {
            Ok(decision) => Answer::of(P::lift(decision, request)),
            Err(failure) => common::failure(failure).map_or_else(Answer::Invalid, Answer::Failure),
        })
    }

    /// A function of this instance.
    ///
    /// # Safety
    /// The function must have these types in the contract: that the component's are the contract's was
    /// checked when it was first instantiated.
    unsafe fn function<Parameters, Return>(
        &self,
        store: &mut Store<Sandbox>,
        index: &ComponentExportIndex,
    ) -> wasmtime::Result<TypedFunc<Parameters, Return>>
    where
        Parameters: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let found = self.instance.get_func(store, index);
        let found = found.ok_or_else(|| wasmtime::Error::msg("the instance is of another component"))?;
        // SAFETY: by the caller, and since a `Bound` is only made by `Linked::bind`, which checked, while an index of
        // one component finds nothing in another's instance.
        Ok(unsafe { TypedFunc::new_unchecked(found) })
    }
}

/// Where a function of the point's interface is.
pub(super) fn function<P: Point>(pre: &InstancePre<Sandbox>, name: &str) -> wasmtime::Result<ComponentExportIndex> {
    let interface = format!("usher:policy/{}@{CONTRACT}", P::POINT);
    let component = pre.component();
    component
        .get_export_index(None, &interface)
        .and_then(|found| component.get_export_index(Some(&found), name))
        .ok_or_else(|| wasmtime::Error::msg(format!("`{interface}` with the function `{name}` is not exported")))
}
