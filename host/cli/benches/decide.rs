//! What a decision costs: a WebAssembly policy and a Rhai script, each in a fresh sandbox with every
//! limit on; the same component on a kept instance; a thousand in one call.
//!
//! Needs the built policies: `cargo xtask bench` makes them first.

#![expect(clippy::print_stdout, reason = "what is no duration is told to whoever runs it")]

use std::cell::LazyCell;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use usher_domain::policy::approval::Request;
use usher_engine::worker::{CompileLimits, Compiler};
use usher_engine::{
    Activation, AnyPolicy, Approval, Combine, Ended, Engine, EngineConfig, Entry, FactSource, NoFacts, OnFault,
    Package, Pipeline, Policy, PoolSize,
};

/// The allocator of the `usher` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REQUEST: &str = include_str!("approval-request.json");
const SETTINGS: &str = include_str!("join-by-domain-settings.json");
const SCRIPT_SETTINGS: &str = r#"{ "domains": ["example.com"], "other_domains": "review" }"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn engine(folder: &Path) -> Engine {
    let built = root().join("target/policies");
    Engine::new(EngineConfig {
        compiler: Compiler {
            program: env!("CARGO_BIN_EXE_usher").into(),
            arguments: vec!["compile-worker".into()],
            environment: vec![("MIMALLOC_ARENA_RESERVE", "32768")],
            limits: CompileLimits::default(),
        },
        cache: folder.to_owned(),
        seal_key: [7; 32],
        rhai_runtime: fs::read(built.join("rhai-runtime.wasm")).ok(),
        pool: PoolSize::default(),
    })
    .expect("the engine starts")
}

fn load(engine: &Engine, manifest: &Path, payload: &Path, settings: &str) -> Arc<Policy<Approval>> {
    let package = Package::new(&fs::read(manifest).expect("a manifest"), fs::read(payload).expect("a payload"));
    let activation = Activation { settings: settings.into(), ..Activation::default() };
    match engine.load(&package.expect("a policy"), activation) {
        Ok(AnyPolicy::Approval(policy)) => policy,
        Ok(_) => panic!("{} is for another decision point", manifest.display()),
        Err(error) => panic!("{}: {error}", manifest.display()),
    }
}

fn decide(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = engine(folder.path());
    let request: Request = serde_json::from_str(REQUEST).expect("a request");
    let facts: Arc<dyn FactSource> = Arc::new(NoFacts);

    let built = root().join("target/policies");
    let wasm = load(&engine, &built.join("join-by-domain.json"), &built.join("join-by-domain.wasm"), SETTINGS);
    let check = |policy: &Policy<Approval>| {
        let run = policy.decide(&request, Arc::clone(&facts));
        assert!(matches!(run.ended, Ended::Decided(_)), "{run:?}");
    };
    check(&wasm);

    let mut group = criterion.benchmark_group("approval");
    group.bench_function("wasm, fresh sandbox", |bencher| bencher.iter(|| wasm.decide(&request, Arc::clone(&facts))));
    group.bench_function("wasm, kept instance", |bencher| {
        let keep = || wasm.keep().expect("an instance");
        // A guest never gives memory back, so the instance is renewed before it runs out.
        let (mut kept, mut asked) = (keep(), 0_u32);
        bencher.iter(|| {
            asked += 1;
            if asked.is_multiple_of(1_000) {
                kept = keep();
            }
            kept.decide(&request).expect("a decision")
        });
    });
    let scripts = root().join("policies/join-by-domain");
    let rhai = load(&engine, &scripts.join("policy.json"), &scripts.join("policy.rhai"), SCRIPT_SETTINGS);
    check(&rhai);
    group.bench_function("rhai, fresh sandbox", |bencher| bencher.iter(|| rhai.decide(&request, Arc::clone(&facts))));
    group.finish();

    let batch = vec![request; 1_000];
    let batch: Vec<_> = batch.iter().collect();
    let pipeline = Pipeline::new(vec![Entry { policy: wasm, on_fault: OnFault::Review }], Combine::Strictest);
    let pipeline = pipeline.expect("a pipeline");
    let mut group = criterion.benchmark_group("batch of 1,000");
    group.throughput(Throughput::Elements(1_000));
    for threads in [1, 2] {
        let threads = NonZeroUsize::new(threads).expect("not zero");
        group.bench_function(format!("wasm, {threads} threads"), |bencher| {
            bencher.iter(|| pipeline.decide_all(&batch, &facts, threads));
        });
    }
    group.finish();
}

/// Many organisations, each with a script of its own, on one host: what a script costs to load, and what a
/// decision costs when the one before was another script's.
fn density(criterion: &mut Criterion) {
    const SCRIPTS: usize = 128;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = engine(folder.path());
    let request: Request = serde_json::from_str(REQUEST).expect("a request");
    let facts: Arc<dyn FactSource> = Arc::new(NoFacts);
    let script = fs::read_to_string(root().join("policies/join-by-domain/policy.rhai")).expect("a script");
    let manifest = fs::read(root().join("policies/join-by-domain/policy.json")).expect("a manifest");
    let package =
        |number: usize| Package::new(&manifest, format!("{script}\n// {number}\n").into_bytes()).expect("a policy");
    let load = |number: usize| {
        let activation = Activation { settings: SCRIPT_SETTINGS.into(), ..Activation::default() };
        match engine.load(&package(number), activation) {
            Ok(AnyPolicy::Approval(policy)) => policy,
            _ => panic!("the script loads"),
        }
    };
    // Compiling them takes longer than measuring: not before one of the two is measured.
    let scripts = LazyCell::new(|| {
        let before = stored_bytes(folder.path());
        let scripts: Vec<_> = (0..SCRIPTS).map(load).collect();
        let each = (stored_bytes(folder.path()) - before) / SCRIPTS as u64;
        println!("{SCRIPTS} scripts: {each} bytes of artefact each");
        scripts
    });

    let mut group = criterion.benchmark_group("many scripts");
    group.bench_function("rhai, another script each time", |bencher| {
        let mut turn = scripts.iter().cycle();
        bencher.iter(|| turn.next().map(|script| script.decide(&request, Arc::clone(&facts))));
    });
    group.bench_function("rhai, load from the cache", |bencher| {
        LazyCell::force(&scripts);
        bencher.iter(|| load(0));
    });
    group.finish();
}

fn stored_bytes(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum()
}

criterion_group!(benches, decide, density);
criterion_main!(benches);
