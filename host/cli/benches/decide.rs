//! What a decision costs: a WebAssembly policy and a Rhai script, each in a fresh sandbox with every
//! limit on; the same component on a kept instance; a thousand in one call.
//!
//! Needs the built policies: `cargo xtask bench` makes them first.
#![expect(missing_docs, reason = "criterion's macros write undocumented functions")]

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use usher_domain::policy::approval::Request;
use usher_engine::worker::{CompileLimits, Compiler};
use usher_engine::{Activation, AnyPolicy, Approval, Engine, EngineConfig, Ended, FactSource, NoFacts, Package, Policy, PoolSize};

const REQUEST: &str = include_str!("approval-request.json");
const SETTINGS: &str = include_str!("join-by-domain-settings.json");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn engine(folder: &Path) -> Engine {
    let built = root().join("target/policies");
    Engine::new(EngineConfig {
        compiler: Compiler {
            program: env!("CARGO_BIN_EXE_usher").into(),
            arguments: vec!["compile-worker".into()],
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
    let mut kept = wasm.keep().expect("an instance");
    group.bench_function("wasm, kept instance", |bencher| bencher.iter(|| kept.decide(&request)));
    let scripts = root().join("policies/join-by-domain");
    if scripts.join("policy.rhai").exists() {
        let rhai = load(&engine, &scripts.join("policy.json"), &scripts.join("policy.rhai"), SETTINGS);
        check(&rhai);
        group.bench_function("rhai, fresh sandbox", |bencher| {
            bencher.iter(|| rhai.decide(&request, Arc::clone(&facts)));
        });
    }
    group.finish();

    let batch = vec![request; 1_000];
    let mut group = criterion.benchmark_group("batch of 1,000");
    group.throughput(Throughput::Elements(1_000));
    for threads in [1, 2] {
        let threads = NonZeroUsize::new(threads).expect("not zero");
        group.bench_function(format!("wasm, {threads} threads"), |bencher| {
            bencher.iter(|| wasm.decide_batch(&batch, &facts, threads));
        });
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
