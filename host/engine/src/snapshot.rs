//! Takes a picture of a configured component: its memory and globals become the initial ones, so that a
//! run starts where `configure` ended.
//!
//! A snapshot shows in cost alone. A component that can't be snapshotted (the instrumentation does not
//! know every feature) is run without one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use wasmtime::component::{Component, Instance, Lift, Linker, WasmList};
use wasmtime::{Engine, Store};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::point::{Linked, Point};
use crate::prepare::configure_limits;
use crate::sandbox::Sandbox;

/// The component with its configured state as initial state; none if it can't be done.
pub(crate) fn take<P: Point>(
    engine: &Engine,
    linker: &Linker<Sandbox>,
    component: &[u8],
    settings: &str,
) -> Option<Vec<u8>> {
    // The rewriting panics on what it does not expect; this process exists to be lost.
    let taken = catch_unwind(AssertUnwindSafe(|| try_take::<P>(engine, linker, component, settings)));
    taken.ok().and_then(Result::ok)
}

fn try_take<P: Point>(
    engine: &Engine,
    linker: &Linker<Sandbox>,
    component: &[u8],
    settings: &str,
) -> wasmtime::Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    // Nothing is to be removed: `configure` stays an export, for the world demands it.
    wizer.keep_init_func(true);
    let (context, instrumented) = wizer.instrument_component(component)?;
    let instrumented = Component::new(engine, instrumented)?;
    let linked = Linked::<P>::new(linker.instantiate_pre(&instrumented)?)?;
    let mut store = Sandbox::new(configure_limits(), Arc::default(), None).store(engine)?;
    // Memory images are read through the host-call path, so their size is what it must let through.
    store.set_hostcall_fuel(configure_limits().memory_bytes * 2);
    let configured = linked.instantiate(&mut store)?;
    configured
        .configure(&mut store, settings)?
        .map_err(|_| wasmtime::Error::msg("settings were refused on the second try"))?;
    let mut state = State { store: &mut store, instance: *configured.instance() };
    ready(wizer.snapshot_component(&context, &mut state))
}

/// Runs a future that never waits.
fn ready<T>(future: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(wasmtime::Error::msg("the snapshot waited for something")),
    }
}

/// Reads an instrumented instance's memory and globals by its added exports.
struct State<'a> {
    store: &'a mut Store<Sandbox>,
    instance: Instance,
}

impl State<'_> {
    fn call<R: Lift + Send + Sync + 'static>(&mut self, instance: &str, function: &str) -> wasmtime::Result<R> {
        let missing = || wasmtime::Error::msg("the instrumented component lacks an accessor");
        let instance = self.instance.get_export_index(&mut *self.store, None, instance).ok_or_else(missing)?;
        let export = self.instance.get_export_index(&mut *self.store, Some(&instance), function).ok_or_else(missing)?;
        let accessor = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, &export)?;
        Ok(accessor.call(&mut *self.store, ())?.0)
    }

    /// The trait has no errors; [`take`] turns the panic into "no snapshot".
    fn must<R: Lift + Send + Sync + 'static>(&mut self, instance: &str, function: &str) -> R {
        self.call(instance, function).expect("accessors of an instrumented component answer")
    }
}

impl ComponentInstanceState for State<'_> {
    async fn call_func_ret_list_u8(&mut self, instance: &str, func: &str, contents: impl FnOnce(&[u8]) + Send) {
        let list: WasmList<u8> = self.must(instance, func);
        contents(list.as_le_slice(&*self.store));
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.must(instance, func)
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.must(instance, func)
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        let value: f32 = self.must(instance, func);
        value.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        let value: f64 = self.must(instance, func);
        value.to_bits()
    }
}
