//! Rhai scripts: one runtime for all of them, compiled once; a script is a memory image.
//!
//! The runtime is a component like any other policy, with one more export to load a script. It is split
//! into code and memory ([`split`]): the code is compiled once and shared, and what remains of a script is
//! the memory of a runtime that has it parsed and configured. A decision instantiates the shared code over
//! a copy-on-write view of that image, so every limit of the sandbox holds for scripts by construction,
//! and ten thousand scripts cost ten thousand images, not ten thousand compilers.

mod image;
mod split;

use std::sync::Arc;

use usher_domain::policy::DecisionPoint;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Module, Store};

use crate::artefact::{Artefact, load_component, load_module};
use crate::point::{Approval, Point, SeatAssignment, SsoMatching};
use crate::policy::stop;
use crate::prepare::{Job, PrepareError, configure_limits, start_fault};
use crate::runtime;
use crate::sandbox::{self, Sandbox};

mod loader {
    wasmtime::component::bindgen!({
        path: "../../plugins/rhai-runtime/wit",
        world: "runtime",
    });
}
use loader::Runtime as Loading;

/// A prepared runtime, loaded.
pub(crate) struct SharedRuntime {
    component: Component,
    module: Module,
}

impl SharedRuntime {
    pub(crate) fn load(engine: &Engine, artefact: &Artefact) -> wasmtime::Result<Self> {
        let Artefact::Runtime { component, module, .. } = artefact else {
            return Err(wasmtime::Error::msg("the artefact is no runtime"));
        };
        Ok(Self { component: load_component(engine, component)?, module: load_module(engine, module)? })
    }

    /// The component that takes its code and its memory from the linker.
    pub(crate) fn component(&self) -> &Component {
        &self.component
    }

    /// A linker that provides the runtime's code and a script's image beside everything else.
    pub(crate) fn with_image(&self, linker: &Linker<Sandbox>, image: &[u8]) -> wasmtime::Result<Linker<Sandbox>> {
        let image = load_module(linker.engine(), image)?;
        let mut linker = linker.clone();
        linker.root().module(split::RUNTIME_IMPORT, &self.module)?;
        linker.root().module(split::IMAGE_IMPORT, &image)?;
        Ok(linker)
    }
}

/// Splits and compiles a runtime. In the child process.
///
/// # Errors
/// [`PrepareError::NotAComponent`] if it is not the component that the build makes.
pub(crate) fn prepare_runtime(component: &[u8]) -> Result<Artefact, PrepareError> {
    let engine = runtime::on_demand().map_err(PrepareError::host)?;
    let invalid = |error: String| PrepareError::NotAComponent { text: error };
    let split = split::split(component).map_err(|error| invalid(error.to_string()))?;
    let compiled = |result: wasmtime::Result<Vec<u8>>| result.map_err(|error| invalid(format!("{error:#}")));
    Ok(Artefact::Runtime {
        component: compiled(engine.precompile_component(&split.component))?,
        module: compiled(engine.precompile_module(&split.module))?,
        whole: compiled(engine.precompile_component(component))?,
        image_start: split.stack_end,
    })
}

/// Loads a script into a runtime, has it check its settings, and takes its image. In the child process.
///
/// # Errors
/// [`PrepareError`]: the script does not parse, refuses its settings, or broke a limit.
pub(crate) fn prepare_script(
    engine: &Engine,
    job: &Job,
    script: &[u8],
    runtime: &Artefact,
) -> Result<Artefact, PrepareError> {
    let Artefact::Runtime { whole, image_start, .. } = runtime else {
        return Err(PrepareError::NoRhaiRuntime);
    };
    let script = std::str::from_utf8(script).map_err(|error| {
        let line = 1 + script[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        PrepareError::ScriptSyntax { line: u32::try_from(line).unwrap_or(u32::MAX), column: 0, text: error.to_string() }
    })?;
    let component = load_component(engine, whole).map_err(PrepareError::host)?;
    let linker = sandbox::linker(engine).map_err(PrepareError::host)?;
    let mut store = Sandbox::new(configure_limits(), Arc::default(), None).store(engine).map_err(PrepareError::host)?;
    // The image leaves by the same way as a decision would.
    store.set_hostcall_fuel(configure_limits().memory_bytes * 2);
    let loaded = load(&mut store, &linker, &component, job, script)?;
    let memory = loaded.usher_rhai_loader().call_image(&mut store).map_err(PrepareError::host)?;
    let module = image::module(*image_start, &memory);
    Ok(Artefact::Image { code: engine.precompile_module(&module).map_err(PrepareError::host)? })
}

fn load(
    store: &mut Store<Sandbox>,
    linker: &Linker<Sandbox>,
    component: &Component,
    job: &Job,
    script: &str,
) -> Result<Loading, PrepareError> {
    let instance = linker.instantiate(&mut *store, component).map_err(|error| start_fault(stop(&error, store)))?;
    let loading = Loading::new(&mut *store, &instance).map_err(PrepareError::host)?;
    match loading.usher_rhai_loader().call_load(&mut *store, script, job.point.as_str()) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let loader::exports::usher::rhai::loader::ScriptError { line, column, text } = error;
            return Err(PrepareError::ScriptSyntax { line, column, text });
        }
        Err(error) => return Err(start_fault(stop(&error, store))),
    }
    let Some(settings) = &job.settings else {
        return Ok(loading);
    };
    let configured = match job.point {
        DecisionPoint::Approval => configure::<Approval>(&instance, store, settings),
        DecisionPoint::SeatAssignment => configure::<SeatAssignment>(&instance, store, settings),
        DecisionPoint::SsoMatching => configure::<SsoMatching>(&instance, store, settings),
    };
    match configured {
        Ok(Ok(())) => Ok(loading),
        Ok(Err(problems)) => Err(PrepareError::SettingsInvalid { problems }),
        Err(error) => Err(start_fault(stop(&error, store))),
    }
}

fn configure<P: Point>(
    instance: &wasmtime::component::Instance,
    store: &mut Store<Sandbox>,
    settings: &str,
) -> wasmtime::Result<Result<(), Vec<usher_domain::policy::SettingsProblem>>> {
    let bound = P::bind(instance, store)?;
    P::configure(&bound, store, settings)
}
