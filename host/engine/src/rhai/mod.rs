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
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Module, Store};

use crate::artefact::{Artefact, load_component, load_module};
use crate::fault::shown;
use crate::point::{Approval, Linked, Point, SeatAssignment, SsoMatching};
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

/// What a script may hold when it is configured: each of its settings has a file of that size.
const MAX_IMAGE_BYTES: usize = 8 << 20;

/// A prepared runtime, loaded.
pub(crate) struct SharedRuntime {
    component: Component,
    module: Module,
}

impl SharedRuntime {
    pub(crate) fn load(engine: &Engine, artefact: &Artefact) -> wasmtime::Result<Self> {
        let Artefact::Runtime { component, module } = artefact else {
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

/// Splits and compiles a runtime to run scripts. In the child process.
///
/// # Errors
/// [`PrepareError::NotAComponent`] if it is not the component that the build makes.
pub(crate) fn prepare_runtime(component: &[u8]) -> Result<Artefact, PrepareError> {
    let engine = runtime::on_demand().map_err(PrepareError::host)?;
    let split = split::split(component).map_err(no_runtime)?;
    Ok(Artefact::Runtime {
        component: engine.precompile_component(&split.component).map_err(no_runtime)?,
        module: engine.precompile_module(&split.module).map_err(no_runtime)?,
    })
}

/// Compiles a runtime to load scripts into. In the child process.
///
/// # Errors
/// As [`prepare_runtime`].
pub(crate) fn prepare_loader(component: &[u8]) -> Result<Artefact, PrepareError> {
    let engine = runtime::on_demand().map_err(PrepareError::host)?;
    let image_start = split::split(component).map_err(no_runtime)?.stack_end;
    Ok(Artefact::Loader { code: engine.precompile_component(component).map_err(no_runtime)?, image_start })
}

fn no_runtime(error: impl std::fmt::Display) -> PrepareError {
    PrepareError::NotAComponent { text: shown(&format!("{error:#}")) }
}

/// Loads a script into a runtime, has it check its settings, and takes its image. In the child process.
///
/// # Errors
/// [`PrepareError`]: the script does not parse, refuses its settings, or broke a limit.
pub(crate) fn prepare_script(
    engine: &Engine,
    job: &Job,
    script: &[u8],
    loader: &Artefact,
) -> Result<Artefact, PrepareError> {
    let Artefact::Loader { code, image_start } = loader else {
        return Err(PrepareError::NoRhaiRuntime);
    };
    let script = std::str::from_utf8(script).map_err(|error| {
        let line = 1 + script[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        PrepareError::ScriptSyntax { line: u32::try_from(line).unwrap_or(u32::MAX), column: 0, text: error.to_string() }
    })?;
    let component = load_component(engine, code).map_err(PrepareError::host)?;
    let linker = sandbox::linker(engine).map_err(PrepareError::host)?;
    let mut store = Sandbox::new(configure_limits(), Arc::default(), None).store(engine).map_err(PrepareError::host)?;
    // The image leaves by the same way as a decision would.
    store.set_hostcall_fuel(configure_limits().memory_bytes * 2);
    let linked = linker.instantiate_pre(&component).map_err(PrepareError::host)?;
    let settings = job.settings.as_deref();
    let loaded = match job.point {
        DecisionPoint::Approval => load::<Approval>(&mut store, linked, script, settings),
        DecisionPoint::SeatAssignment => load::<SeatAssignment>(&mut store, linked, script, settings),
        DecisionPoint::SsoMatching => load::<SsoMatching>(&mut store, linked, script, settings),
    }?;
    let memory = loaded.usher_rhai_loader().call_image(&mut store).map_err(PrepareError::host)?;
    let image = image::contents(&memory);
    if image.len() > MAX_IMAGE_BYTES {
        let (part, bytes) = ("memory of the configured script".into(), image.len());
        return Err(PrepareError::TooLarge { part, bytes, limit: MAX_IMAGE_BYTES });
    }
    let module = image::module(*image_start, memory.len(), image);
    Ok(Artefact::Image { code: engine.precompile_module(&module).map_err(PrepareError::host)? })
}

fn load<P: Point>(
    store: &mut Store<Sandbox>,
    linked: InstancePre<Sandbox>,
    script: &str,
    settings: Option<&str>,
) -> Result<Loading, PrepareError> {
    let linked = Linked::<P>::new(linked).map_err(PrepareError::host)?;
    let instance = linked.instantiate(store).map_err(|error| start_fault(stop(&error, store)))?;
    let loading = Loading::new(&mut *store, instance.instance()).map_err(PrepareError::host)?;
    match loading.usher_rhai_loader().call_load(&mut *store, script, P::POINT.as_str()) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let loader::exports::usher::rhai::loader::ScriptError { line, column, text } = error;
            return Err(PrepareError::ScriptSyntax { line, column, text: shown(&text) });
        }
        Err(error) => return Err(start_fault(stop(&error, store))),
    }
    match settings.map_or(Ok(Ok(())), |settings| instance.configure(store, settings)) {
        Ok(Ok(())) => Ok(loading),
        Ok(Err(problems)) => Err(PrepareError::SettingsInvalid { problems }),
        Err(error) => Err(start_fault(stop(&error, store))),
    }
}
