//! Every hostile program of `tests/guests` ends in the fault that its header names, a neighbour's decisions
//! go on meanwhile, and nothing of it reaches the host.
//!
//! Owns how a guest is run and what is compared; the programs and what each must end in are data.
#![allow(clippy::unwrap_used, reason = "a test that can't read its data has failed")]

mod guest;
mod neighbour;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guest::Guest;
use neighbour::{COLUMNS, Decisions};
use serde::de::DeserializeOwned;
use usher_domain::policy::facts::{Fact, FactValue};
use usher_engine::worker::{CompileLimits, Compiler};
use usher_engine::{
    Activation, AnyPolicy, CONTRACT, Ended, Engine, EngineConfig, FactSource, Fault, Limits, MAX_PAYLOAD_BYTES,
    Package, PoolSize, Run,
};
use wasm_encoder::{
    CodeSection, Component, ComponentSectionId, CustomSection, Function, FunctionSection, Module, ModuleSection,
    RawSection, TypeSection, ValType,
};

/// More fuel and time than a policy gets by itself, so that other limits are met first.
fn limits() -> Limits {
    Limits { fuel: 200_000_000, deadline_ms: 1_000, ..Limits::default() }
}

/// What the compiler gets for a guest that is meant to be too much for it.
const TIGHT: CompileLimits = CompileLimits { memory_bytes: 512 << 20, cpu_seconds: 2, wall_seconds: 60 };

/// An error is kept and shown: no guest decides how long it is.
const MAX_ERROR_BYTES: usize = 4_096;

/// Decisions of the neighbour before the first hostile guest.
const QUIET_DECISIONS: usize = 500;

#[test]
fn every_hostile_component_ends_in_its_fault_and_no_neighbour_notices() {
    let mut guests = guest::components();
    guests.push(Guest::of_bytes("bomb-locals-everywhere", "wasm", "prepare compile-limit", locals_everywhere()));
    check("components", &guests, None);
}

#[test]
fn every_hostile_script_ends_in_its_fault_and_no_neighbour_notices() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/policies/rhai-runtime.wasm");
    let runtime = fs::read(&runtime)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` builds it", runtime.display()));
    let mut guests = guest::scripts();
    let latin_1 = b"fn decide(request) { approve(\"hostile\", \"Entr\xe9e.\") }".to_vec();
    guests.push(Guest::of_bytes("latin-1", "rhai", "prepare script-syntax", latin_1));
    check("scripts", &guests, Some(runtime));
}

#[test]
fn what_is_hardly_a_file_is_refused_by_name() {
    let engine = engine("bytes", CompileLimits::default(), None);
    let control = guest::control().payload;
    let with = |name: &str, expect: &str, payload: Vec<u8>| Guest::of_bytes(name, "wasm", expect, payload);
    let damaged = |name: &str, payload: Vec<u8>| with(name, "prepare not-a-component", payload);
    let noise = (0..4_096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let guests = [
        with("empty", "package", Vec::new()),
        with("larger than any policy", "package", vec![0; MAX_PAYLOAD_BYTES + 1]),
        damaged("noise", noise),
        damaged("half a preamble", control[..6].to_vec()),
        damaged("cut in half", control[..control.len() / 2].to_vec()),
        damaged("cut by a byte", control[..control.len() - 1].to_vec()),
        damaged("noise behind", [&control[..], b"\xff\xff\xff\xff"].concat()),
        damaged("unknown sections", [&control[..8], &[0x7f, 0].repeat(10_000)].concat()),
        with("components in components", "prepare wrong-world", nested_components(1_000)),
        with("eight megabytes of no meaning", "prepare wrong-world", custom_section(8 << 20)),
        damaged("four billion types in five bytes", module_of(1, b"\xff\xff\xff\xff\x0f")),
        damaged("four gigabytes of data in five bytes", module_of(11, b"\x01\0\x41\0\x0b\xff\xff\xff\xff\x0f")),
    ];
    compare(&guests, |guest| outcome(&engine, guest));
}

#[test]
fn what_faults_before_every_decision_is_found_out_by_a_trial() {
    let engine = engine("trials", CompileLimits::default(), None);
    let trial = |guest: &Guest| load(&engine, guest).unwrap().trial().map_err(|error| error.to_string());
    assert_eq!(trial(&guest::control()), Ok(()));
    let guests = guest::components();
    let hoards = guests.iter().find(|guest| guest.name == "configure-hoards").unwrap();
    assert!(trial(hoards).unwrap_err().contains("bytes of memory"));
}

/// A component in a component, and so on.
fn nested_components(depth: usize) -> Vec<u8> {
    (0..depth).fold(Component::new().finish(), |inner, _| {
        let mut outer = Component::new();
        outer.section(&RawSection { id: ComponentSectionId::Component.into(), data: &inner });
        outer.finish()
    })
}

fn custom_section(bytes: usize) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&CustomSection { name: "hostile".into(), data: vec![0; bytes].into() });
    component.finish()
}

/// A component of a module with one section, which may say what it likes.
fn module_of(id: u8, data: &[u8]) -> Vec<u8> {
    let mut module = Module::new();
    module.section(&RawSection { id, data });
    component_of(&module)
}

/// 3,000 functions of nine bytes, each with nearly as many locals as the format allows.
fn locals_everywhere() -> Vec<u8> {
    let mut function = Function::new([(49_999, ValType::I64)]);
    function.instructions().end();
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    for _ in 0..3_000 {
        functions.function(0);
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    component_of(&module)
}

fn component_of(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// Runs every guest while a neighbour decides, and compares: the guests with what they must end in, and the
/// neighbour with itself when nothing else ran.
fn check(name: &str, guests: &[Guest], rhai_runtime: Option<Vec<u8>>) {
    let normal = engine(name, CompileLimits::default(), rhai_runtime);
    let tight = engine(&format!("{name}-tight"), TIGHT, None);
    assert_eq!(outcome(&tight, &guest::control()).0, "approve", "the tight limits must suffice for a policy");
    let control = guests.iter().find(|guest| guest.name == "control").expect("a guest that harms nobody");
    let AnyPolicy::Approval(neighbour) = load(&normal, control).unwrap() else {
        panic!("the control guest is for `approval`");
    };
    let request = request("approval");
    let quiet = Decisions::make(&neighbour, &request, |made| made < QUIET_DECISIONS);
    let done = AtomicBool::new(false);
    let beside = std::thread::scope(|scope| {
        let beside = scope.spawn(|| Decisions::make(&neighbour, &request, |_| !done.load(Ordering::Relaxed)));
        // Else a failed comparison would leave the neighbour deciding for ever.
        let stop = StopOnDrop(&done);
        compare(guests, |guest| {
            let is_bomb = guest.expect() == "prepare compile-limit";
            outcome(if is_bomb { &tight } else { &normal }, guest)
        });
        drop(stop);
        beside.join().unwrap()
    });
    show(name, guests.len(), &quiet, &beside);
    assert_eq!(quiet.answer(), beside.answer());
    assert!(beside.count() > guests.len(), "the neighbour decided {} times only", beside.count());
    let deadline = Duration::from_millis(limits().deadline_ms);
    assert!(beside.longest() <= deadline, "the neighbour waited {:?} for a decision", beside.longest());
}

/// For whoever runs the tests with `--nocapture`: times depend on the machine, so no test does.
#[expect(clippy::print_stdout, reason = "is meant for a reader of the test's output")]
fn show(name: &str, guests: usize, quiet: &Decisions, beside: &Decisions) {
    println!("\n{:32}{COLUMNS}\n{:32}{quiet}", format!("{name}: the neighbour"), "  alone");
    println!("{:32}{beside}\n", format!("  beside {guests} hostile guests"));
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One table of everything that did not end as expected.
fn compare(guests: &[Guest], outcome: impl Fn(&Guest) -> (String, String)) {
    let differing: Vec<String> = guests
        .iter()
        .filter_map(|guest| {
            let (ended, text) = outcome(guest);
            let as_expected = ended == guest.expect()
                && guest.says().is_none_or(|part| text.contains(part))
                && text.len() <= MAX_ERROR_BYTES;
            let expected = [Some(guest.expect()), guest.says()].into_iter().flatten().collect::<Vec<_>>().join(": ");
            (!as_expected).then(|| format!("{:32} expected {expected}\n{:32} got      {ended}: {text}", guest.name, ""))
        })
        .collect();
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), guests.len(), differing.join("\n"));
}

/// How a guest ends, as in its header, and what the error says.
fn outcome(engine: &Engine, guest: &Guest) -> (String, String) {
    match load(engine, guest) {
        Err((ended, text)) => (ended, text),
        Ok(AnyPolicy::Approval(policy)) => {
            let request = request(guest.point());
            ended("", || policy.decide(&request, Arc::new(Everything)), |decision| decision.verdict.as_str())
        }
        Ok(AnyPolicy::SeatAssignment(policy)) => {
            let request = request(guest.point());
            ended("", || policy.decide(&request, Arc::new(Everything)), |decision| decision.verdict.as_str())
        }
        Ok(AnyPolicy::SsoMatching(policy)) if guest.expect().starts_with("keys ") => {
            let request: usher_domain::policy::sso::Request = request(guest.point());
            ended("keys ", || policy.match_keys(&request.login.claims[0]), |_| "given")
        }
        Ok(AnyPolicy::SsoMatching(policy)) => {
            let request = request(guest.point());
            ended("", || policy.decide(&request, Arc::new(Everything)), |decision| decision.verdict.as_str())
        }
    }
}

/// Runs twice: what ends by anything but wall time ends the same way again, for the same fuel.
fn ended<D: PartialEq + Debug>(
    asked: &str,
    run: impl Fn() -> Run<D>,
    verdict: impl Fn(&D) -> &'static str,
) -> (String, String) {
    let (first, again) = (run(), run());
    if !matches!(&first.ended, Ended::Fault(Fault::Deadline { .. })) {
        assert_eq!((&first.ended, first.fuel, &first.log), (&again.ended, again.fuel, &again.log));
    }
    match &first.ended {
        Ended::Decided(decision) => (format!("{asked}{}", verdict(decision)), String::new()),
        Ended::Fault(fault) => (format!("{asked}fault {}", fault.code()), fault.to_string()),
        Ended::NeedsFact(fact) => (format!("{asked}needs fact"), format!("{fact:?}")),
    }
}

fn load(engine: &Engine, guest: &Guest) -> Result<AnyPolicy, (String, String)> {
    let manifest = serde_json::json!({
        "name": "hostile",
        "version": "1.0.0",
        "kind": guest.kind,
        "point": guest.point(),
        "contract": CONTRACT,
        "facts": guest.declares(),
    });
    let package = Package::new(manifest.to_string().as_bytes(), guest.payload.clone())
        .map_err(|error| ("package".to_owned(), error.to_string()))?;
    let activation = Activation {
        settings: guest.settings().to_owned(),
        grants: guest.grants().into_iter().map(|fact| fact.parse().unwrap()).collect::<BTreeSet<_>>(),
        limits: limits(),
    };
    engine.load(&package, activation).map_err(|error| (format!("prepare {}", error.code()), error.to_string()))
}

fn engine(name: &str, limits: CompileLimits, rhai_runtime: Option<Vec<u8>>) -> Engine {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
    // What an earlier run compiled is not what this one tests.
    let _ = fs::remove_dir_all(&cache);
    let compiler = Compiler {
        program: env!("CARGO_BIN_EXE_compile-worker").into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        limits,
    };
    Engine::new(EngineConfig { compiler, cache, seal_key: [7; 32], rhai_runtime, pool: PoolSize(4) }).unwrap()
}

fn request<R: DeserializeOwned>(point: &str) -> R {
    let path = guest::folder("requests").join(format!("{point}.json"));
    serde_json::from_slice(&fs::read(&path).unwrap()).unwrap()
}

/// A host that knows every fact.
struct Everything;

impl FactSource for Everything {
    fn get(&self, fact: &Fact) -> Option<FactValue> {
        Some(match fact {
            Fact::Members => FactValue::Members(3),
            Fact::Limit => FactValue::Limit(Some(10)),
            Fact::DepartmentPath(_) => FactValue::DepartmentPath(Some(vec!["Acme".into(), "Sales".into()])),
            Fact::DepartmentMembers(_) => FactValue::DepartmentMembers(None),
            Fact::InviterHistory(_) => FactValue::InviterHistory(None),
            Fact::DomainProof(domain) => {
                assert!(domain.len() < 254, "a name that no domain can have is not worth a look-up");
                FactValue::DomainProof(None)
            }
        })
    }
}
