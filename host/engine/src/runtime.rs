//! The WebAssembly runtime: one configuration for the host and for the compiling child process.
//!
//! Owns what makes runs safe and repeatable: fuel, epochs, deterministic floats and SIMD, no threads, the
//! pool of instance slots. Must not know policies, decisions or facts.

use std::sync::Weak;
use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmFeatures};

use crate::limits::Limits;

/// Length of an epoch in milliseconds: how finely [`Limits::deadline_ms`] is kept.
pub const EPOCH_TICK_MS: u64 = 5;

/// Bytes of native stack that one run may use.
const MAX_WASM_STACK: usize = 512 << 10;

/// Bytes of a slot's memory and table that are reset by copying instead of being handed back to the
/// kernel: page faults cost more than the copy.
const KEEP_RESIDENT: usize = 1 << 20;

/// Core modules, memories and tables that one component may bring.
const MAX_CORE_INSTANCES: u32 = 16;
const MAX_MEMORIES: u32 = 4;
const MAX_TABLES: u32 = 8;

/// Slots that stay mapped to the memory they last held, so that the same policy finds its own again:
/// mapping another's costs tens of microseconds.
const WARM_SLOTS: u32 = 512;

/// How many runs may be in flight at once, over all organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize(pub u32);

impl Default for PoolSize {
    fn default() -> Self {
        Self(64)
    }
}

/// The settings that decide what compiled code looks like; they are the same in every process, or
/// artefacts would not load.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Components of several parts copy from one memory to another; the limiter counts them all.
        .wasm_multi_memory(true)
        .wasm_memory64(false)
        // No guest language here needs them, and each is a heap of its own to bound.
        .wasm_features(WasmFeatures::GC | WasmFeatures::FUNCTION_REFERENCES | WasmFeatures::EXCEPTIONS, false)
        // A wait on shared memory would block a thread of the host, past every limit.
        .wasm_threads(false)
        .wasm_backtrace_max_frames(None)
        .max_wasm_stack(MAX_WASM_STACK);
    config
}

/// Runs policies: pooled slots, so that a fresh instance costs microseconds.
///
/// # Errors
/// What the runtime says, if the address space for the pool can't be had.
pub fn pooled(size: PoolSize) -> wasmtime::Result<Engine> {
    let PoolSize(runs) = size;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(runs)
        .total_core_instances(runs * MAX_CORE_INSTANCES)
        .total_memories(runs * MAX_MEMORIES + WARM_SLOTS)
        .max_unused_warm_slots(WARM_SLOTS)
        .total_tables(runs * MAX_TABLES)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .max_memory_size(Limits::CEILING.memory_bytes)
        .table_elements(Limits::CEILING.table_elements)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// Compiles, and runs `configure` once: no slots to keep.
///
/// # Errors
/// What the runtime says.
pub fn on_demand() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

/// Moves an engine's epoch on, from a thread of its own, until dropped.
pub struct EpochTicker {
    stop: Arc<AtomicBool>,
}

impl EpochTicker {
    /// Starts ticking.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (engine, stopped): (_, Weak<_>) = (engine.weak(), Arc::downgrade(&stop));
        std::thread::Builder::new().name("usher-epoch".into()).spawn(move || {
            while let (Some(engine), Some(stop)) = (engine.upgrade(), stopped.upgrade()) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                engine.increment_epoch();
                drop((engine, stop));
                std::thread::sleep(Duration::from_millis(EPOCH_TICK_MS));
            }
        })?;
        Ok(Self { stop })
    }
}

impl Drop for EpochTicker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Epochs that a run of this many milliseconds may see: one more than fit, for it starts inside one.
pub fn epochs(deadline_ms: u64) -> u64 {
    deadline_ms.div_ceil(EPOCH_TICK_MS) + 1
}
