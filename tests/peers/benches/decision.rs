//! One approval decision, join by domain on a request of some thirty fields, by Usher and by its peers in one
//! run; at the end, one table with the ratios.
//!
//! What is timed is a request in and a decision out, on one thread. "Ready" means that the request is
//! already in the peer's own form, "JSON" that it comes as text. Only the rows that say so start from
//! a clean slate for every decision.

use std::collections::BTreeSet;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use usher_engine::worker::{CompileLimits, Compiler};
use usher_engine::{
    Activation, AnyPolicy, Approval, CONTRACT, Ended, Engine, EngineConfig, Limits, NoFacts, Package, Policy, PoolSize,
};

const GROUP: &str = "join-by-domain";
/// The row that the ratios are of.
const OURS: &str = "Usher, WASM, fresh sandbox";
/// Of the peers' own domains; the request's is the last.
const DOMAINS: [&str; 3] = ["example.ch", "example.org", "example.com"];

fn main() {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let _ = fs::remove_dir_all(&output);
    let mut criterion = Criterion::default()
        .output_directory(&output)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    // As it goes over the wire: without the spaces that people like.
    let json = serde_json::from_str::<serde_json::Value>(&text("request.json")).unwrap().to_string();
    native(&mut criterion, &json);
    usher(&mut criterion, &json);
    regorus(&mut criterion, &json);
    cedar(&mut criterion, &json);
    extism(&mut criterion, &json);
    criterion.final_summary();
    print_table(&output.join(GROUP));
}

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Checks the answer once, then measures.
fn measure<T>(criterion: &mut Criterion, name: &str, mut decide: impl FnMut() -> T, approves: impl Fn(&T) -> bool) {
    assert!(approves(&decide()), "{name} does not approve");
    criterion.benchmark_group(GROUP).bench_function(name, |bencher| bencher.iter(|| black_box(decide())));
}

fn native(criterion: &mut Criterion, json: &str) {
    let request: usher_domain::policy::approval::Request = serde_json::from_str(json).unwrap();
    let decide = || {
        black_box(&request).applicant.work_email.as_ref().is_some_and(|email| {
            let evidence: Vec<&str> = email.evidence().iter().map(|evidence| evidence.as_str()).collect();
            DOMAINS.contains(&email.domain()) && evidence.contains(&"domain-dns") && evidence.contains(&"one-time-code")
        })
    };
    measure(criterion, "Rust function", decide, |approved| *approved);
}

fn usher(criterion: &mut Criterion, json: &str) {
    let cache = tempfile::tempdir().unwrap();
    let engine = Engine::new(EngineConfig {
        compiler: Compiler {
            program: env!("CARGO_BIN_EXE_peers-compile-worker").into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            limits: CompileLimits::default(),
        },
        cache: cache.path().to_owned(),
        seal_key: [0; 32],
        rhai_runtime: Some(built("rhai-runtime.wasm")),
        pool: PoolSize::default(),
    })
    .unwrap();
    let request = serde_json::from_str(json).unwrap();
    let listed: Vec<_> = DOMAINS.iter().map(|name| serde_json::json!({ "name": name })).collect();
    let wasm = load(&engine, "wasm", built("join-by-domain.wasm"), serde_json::json!({ "domains": listed }));
    let rhai = load(&engine, "rhai", text("join.rhai").into_bytes(), serde_json::json!({ "domains": DOMAINS }));
    for (name, policy) in [(OURS, wasm), ("Usher, Rhai, fresh sandbox", rhai)] {
        measure(
            criterion,
            name,
            || policy.decide(black_box(&request), Arc::new(NoFacts)),
            |run| matches!(&run.ended, Ended::Decided(decision) if decision.reasons[0].code == "verified-domain"),
        );
    }
}

/// What `cargo xtask bench` builds before it comes here.
fn built(file: &str) -> Vec<u8> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/policies").join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask bench` builds it", path.display()))
}

fn load(engine: &Engine, kind: &str, payload: Vec<u8>, settings: serde_json::Value) -> Arc<Policy<Approval>> {
    let manifest = serde_json::json!({
        "name": "join-by-domain", "version": "1.0.0", "kind": kind, "point": "approval", "contract": CONTRACT,
    });
    let package = Package::new(manifest.to_string().as_bytes(), payload).unwrap();
    let activation = Activation { settings: settings.to_string(), grants: BTreeSet::new(), limits: Limits::default() };
    match engine.load(&package, activation).unwrap() {
        AnyPolicy::Approval(policy) => policy,
        _ => unreachable!("the manifest says `approval`"),
    }
}

fn regorus(criterion: &mut Criterion, json: &str) {
    use regorus::Value;

    let mut engine = regorus::Engine::new();
    engine.add_policy("join.rego".into(), text("join.rego")).unwrap();
    engine.add_data(Value::from(serde_json::json!({ "domains": DOMAINS }))).unwrap();
    let input = Value::from_json_str(json).unwrap();
    let verdict = Value::from("approve");
    let approves = |answer: &Value| answer["verdict"] == verdict;
    let mut decide = |input: Value| {
        engine.set_input(input);
        engine.eval_rule("data.usher.decision".into()).unwrap()
    };
    measure(criterion, "regorus, input ready", || decide(input.clone()), approves);
    measure(criterion, "regorus, JSON", || decide(Value::from_json_str(black_box(json)).unwrap()), approves);
}

fn cedar(criterion: &mut Criterion, json: &str) {
    use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};

    let policies: PolicySet = text("join.cedar").parse().unwrap();
    let uid = |text: &str| -> EntityUid { text.parse().unwrap() };
    let (person, join, here) = (uid("Person::\"ada\""), uid("Action::\"join\""), uid("Organisation::\"org\""));
    let request = |json: &str| {
        let context = Context::from_json_str(json, None).unwrap();
        Request::new(person.clone(), join.clone(), here.clone(), context, None).unwrap()
    };
    let (authorizer, entities, ready) = (Authorizer::new(), Entities::empty(), request(json));
    let decide = |request: &Request| authorizer.is_authorized(request, &policies, &entities).decision();
    let approves = |decision: &Decision| *decision == Decision::Allow;
    measure(criterion, "Cedar, request ready", || decide(black_box(&ready)), approves);
    measure(criterion, "Cedar, JSON", || decide(&request(black_box(json))), approves);
}

fn extism(criterion: &mut Criterion, json: &str) {
    use extism::{Manifest, Plugin, PluginBuilder, Wasm};

    let limits = Limits::default();
    let module = wat::parse_str(text("join.extism.wat")).unwrap();
    let pages = u32::try_from(limits.memory_bytes / 65_536).unwrap();
    let manifest = Manifest::new([Wasm::data(module)])
        .with_memory_max(pages)
        .with_timeout(Duration::from_millis(limits.deadline_ms));
    let builder = |fuel: bool| {
        let builder = PluginBuilder::new(manifest.clone());
        if fuel { builder.with_fuel_limit(limits.fuel) } else { builder }
    };
    let decide = |plugin: &mut Plugin| plugin.call::<&str, String>("decide", black_box(json)).unwrap();
    let approves = |answer: &String| answer.contains("\"approve\"");
    // A kept plugin has no fuel limit: it would be one for its whole life.
    let mut kept = builder(false).build().unwrap();
    measure(criterion, "Extism, kept plugin, JSON", || decide(&mut kept), approves);
    let compiled = builder(true).compile().unwrap();
    let fresh = || decide(&mut Plugin::new_from_compiled(&compiled).unwrap());
    measure(criterion, "Extism, fresh plugin, JSON", fresh, approves);
}

/// Medians, as criterion wrote them, and how many times ours they are.
fn print_table(group: &Path) {
    let mut rows: Vec<(f64, String)> = fs::read_dir(group)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path().join("new");
            let read = |file: &str| -> Option<serde_json::Value> {
                serde_json::from_slice(&fs::read(folder.join(file)).ok()?).ok()
            };
            let median = read("estimates.json")?["median"]["point_estimate"].as_f64()?;
            Some((median, read("benchmark.json")?["function_id"].as_str()?.to_owned()))
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(ours) = rows.iter().find(|(_, name)| name == OURS).map(|(median, _)| *median) else {
        return;
    };
    println!("\n| join by domain, one thread | median | times ours |\n|---|---:|---:|");
    for (median, name) in &rows {
        println!("| {name} | {:.2} µs | {:.2} |", median / 1_000.0, median / ours);
    }
}
